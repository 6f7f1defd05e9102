//! Poolers between the application and PostgreSQL: one that shares sessions between clients is refused at the start,
//! because clients would receive each other's answers.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::harness::{Postgres, block_on, pause, post, text};
use crate::postgres::{as_user, user};
use crate::startup::Program;

/// PgBouncer: the one that `TEST_PGBOUNCER` names, or that is installed.
fn program() -> Option<PathBuf> {
    let named = std::env::var_os("TEST_PGBOUNCER").filter(|name| !name.is_empty()).map(PathBuf::from);
    named.into_iter().chain(["/usr/sbin/pgbouncer".into(), "/usr/bin/pgbouncer".into()]).find(|path| path.is_file())
}

struct Pooler {
    child: Child,
    folder: PathBuf,
    port: u16,
}

impl Pooler {
    async fn start(program: &std::path::Path, database: &Postgres, settings: &str) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a port")
            .port();
        let folder = std::env::temp_dir().join(format!("resourceful-fault-pooler-{}-{port}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let address = database.address();
        let (host, server) = address.split_once(':').expect("host and port");
        let file = folder.join("pgbouncer.ini");
        let text = format!(
            "[databases]\n* = host={host} port={server} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nauth_type = any\nunix_socket_dir =\n{settings}\n"
        );
        std::fs::write(&file, text).expect("its settings");
        let mut command = Command::new(program);
        as_user(command.arg(&file), user(), &folder).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().expect("it starts");
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(10), "PgBouncer does not listen");
            pause(20).await;
        }
        Self { child, folder, port }
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

const PASSES_ALL: &str = "ignore_startup_parameters = extra_float_digits,options";

#[test]
fn a_pooler_that_shares_sessions_is_refused() {
    block_on(async {
        let Some(pgbouncer) = program() else {
            println!("NOT RUN: this test starts a PgBouncer, and none is installed on this machine");
            return;
        };
        let database = Postgres::new().await;
        let cases = [
            ("pool_mode = transaction".to_owned(), true),
            (format!("pool_mode = transaction\n{PASSES_ALL}"), true),
            (format!("pool_mode = transaction\nserver_round_robin = 1\ndefault_pool_size = 3\n{PASSES_ALL}"), true),
            (format!("pool_mode = transaction\ndefault_pool_size = 1\n{PASSES_ALL}"), true),
            (format!("pool_mode = statement\n{PASSES_ALL}"), true),
            (format!("pool_mode = session\n{PASSES_ALL}"), false),
        ];
        for (settings, refused) in cases {
            let pooler = Pooler::start(&pgbouncer, &database, &settings).await;
            let url = database.url_through(pooler.port);
            let mut program = Program::start("serve", &url);
            if refused {
                let ended = program.end(Duration::from_secs(20)).await;
                assert_eq!(ended, Some(false), "{settings}: {}", program.said());
                let said = program.said();
                assert!(said.contains("pooler") && said.contains("DATABASE_URL"), "{settings}: {said}");
                assert!(said.contains(&format!("127.0.0.1:{}", pooler.port)), "{settings}: {said}");
                continue;
            }
            let begun = Instant::now();
            while post(program.address, "marks", &text("through")).await.map_or(0, |answer| answer.status) != 201 {
                assert!(begun.elapsed() < Duration::from_secs(15), "{settings}: {}", program.said());
                pause(50).await;
            }
        }
        database.remove().await;
    });
}
