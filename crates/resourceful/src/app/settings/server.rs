//! The settings of the server.

use std::time::Duration;

use crate::env::{Reader, Setting};

/// The address on which the server listens, and the number of its workers.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// `HOST`
    pub host: String,
    /// `PORT`
    pub port: u16,
    /// `REUSE_PORT`: whether other processes of the same user may listen on the same address, each with a socket of its own
    pub reuse_port: bool,
    /// `WORKERS`: the number of worker threads; one for each core if `None`
    pub workers: Option<usize>,
    /// `SHUTDOWN_DELAY`: how long requests are still accepted after SIGTERM, while `/health/ready` answers 503
    pub shutdown_delay: Duration,
    /// `SHUTDOWN_TIMEOUT`: how long the requests that have begun by then may take
    pub shutdown_timeout: Duration,
}

/// The delay in production. It is longer than `KEEP_ALIVE`, so that no idle connection is left when it is over, and than
/// the interval at which load balancers usually ask whether a server is ready.
const DELAY: u32 = 6;
const TIMEOUT: u32 = 30;

/// Whether the system spreads the connections of a port over the processes that share it.
const CAN_SHARE: bool = cfg!(any(target_os = "linux", target_os = "android"));

impl ServerSettings {
    /// How long the process may take to end after a signal.
    pub(in crate::app) fn time_to_end(&self) -> Duration {
        self.shutdown_delay + self.shutdown_timeout
    }

    pub(super) fn from_env(reader: &mut Reader<'_>) -> Self {
        let default_host = if reader.is_production() { "0.0.0.0" } else { "127.0.0.1" };
        let (port, reuse_port) =
            (reader.parsed("PORT", "a port such as 8000").unwrap_or(8000), reader.flag("REUSE_PORT"));
        if reuse_port && port == 0 {
            reader.problem("REUSE_PORT is true, and PORT is 0; set PORT to the port that the processes share");
        }
        if reuse_port && !CAN_SHARE {
            reader.problem(
                "REUSE_PORT works on Linux only; unset it, and let the service manager pass a socket to the server",
            );
        }
        Self {
            host: reader.text("HOST").unwrap_or_else(|| default_host.to_owned()),
            port,
            reuse_port,
            workers: reader.positive("WORKERS"),
            shutdown_delay: reader
                .seconds("SHUTDOWN_DELAY")
                .unwrap_or(Duration::from_secs(if reader.is_production() { DELAY.into() } else { 0 })),
            shutdown_timeout: reader.seconds("SHUTDOWN_TIMEOUT").unwrap_or(Duration::from_secs(TIMEOUT.into())),
        }
    }

    pub(super) fn variables() -> Vec<Setting> {
        vec![
            Setting::new("HOST", "The address on which the server listens; 0.0.0.0 is all addresses.")
                .default("127.0.0.1")
                .in_production("0.0.0.0"),
            Setting::new(
                "PORT",
                "The port on which the server listens. HOST and PORT are not used if the service manager passes a socket \
                 (LISTEN_FDS).",
            )
            .default("8000"),
            Setting::new(
                "REUSE_PORT",
                "Whether other processes of the same user may listen on the same address (SO_REUSEPORT, Linux only): the next \
                 version is started beside this one, and takes over without a refused connection.",
            )
            .default("false"),
            Setting::new("WORKERS", "The number of worker threads.").otherwise("one for each core"),
            Setting::new(
                "SHUTDOWN_DELAY",
                "How many seconds requests are still accepted after SIGTERM, while /health/ready answers 503. Set it to \
                 more than the interval at which the load balancer asks, and to more than KEEP_ALIVE.",
            )
            .default("0")
            .in_production("6"),
            Setting::new("SHUTDOWN_TIMEOUT", "How many seconds the requests that have begun by then may take.")
                .default("30"),
        ]
    }

    /// How many worker threads the server has.
    pub(in crate::app) fn worker_threads(&self) -> usize {
        self.workers.unwrap_or_else(|| std::thread::available_parallelism().map_or(2, usize::from))
    }
}
