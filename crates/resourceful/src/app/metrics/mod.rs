//! `/metrics`: on the server, or on an address of its own.

mod exporter;
mod settings;

use std::net::TcpListener;
use std::time::Duration;

use actix_web::http::header;
use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, HttpServer, web};
use socket2::SockRef;

pub(super) use exporter::{Exporter, OwnMetrics};
pub use settings::MetricsSettings;

use super::listen::{Listener, nonblocking, share};
use crate::context::Context;
use crate::error::{Error, Result, StartupError, catalogue};
use crate::http::middleware::envelope::envelope;
use crate::http::pages::read_only;
use crate::http::require;
use crate::metrics::Page;
use crate::spec::Requirement;

/// The path of the metrics.
const PATH: &str = "/metrics";

/// The most connections to an address of its own: who reads metrics has one or two.
const CONNECTIONS: usize = 64;

/// The most connections that wait for one of them to end.
const BACKLOG: i32 = 64;

/// Serves metrics on the server, if that is where they are.
pub(super) fn configure(config: &mut web::ServiceConfig, place: &Place, ctx: &Context, exporter: &web::Data<Exporter>) {
    let requires = match place {
        Place::Elsewhere => return,
        Place::Open => Requirement::Public,
        Place::Permission(permission) => Requirement::Permission(permission),
    };
    let resource = read_only(web::resource(PATH).app_data(exporter.clone()), web::to(serve));
    match requires {
        // Nobody is asked for a token, and one that is sent is not looked at.
        Requirement::Public => config.service(resource),
        requires => config.service(resource.wrap(require(ctx, requires))),
    };
}

/// Where the server has metrics.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    Elsewhere,
    Open,
    Permission(&'static str),
}

impl Place {
    pub(super) fn of(settings: &MetricsSettings) -> Self {
        match settings {
            MetricsSettings::Off | MetricsSettings::Address { .. } => Self::Elsewhere,
            MetricsSettings::Open => Self::Open,
            // A server begins once, and requirements are part of the program.
            MetricsSettings::Permission(permission) => Self::Permission(permission.clone().leak()),
        }
    }

    /// Their path, if it is one of the server.
    pub(super) fn path(self) -> Option<&'static str> {
        (!matches!(self, Self::Elsewhere)).then_some(PATH)
    }
}

/// Binds the address of its own, if there is one, or takes the socket for it that was passed beside that of the server.
/// Processes that share the address of the server share this one too.
///
/// # Errors
/// If it cannot be used.
pub(super) fn listen(settings: &MetricsSettings, server: &mut Listener) -> Result<Option<TcpListener>, StartupError> {
    let passed = server.metrics.take();
    let MetricsSettings::Address { host, port } = settings else {
        return match passed {
            None => Ok(None),
            Some(_) => Err(StartupError::new(
                "the service manager passed a socket named `metrics`, and the metrics have no address of their own; set \
                 METRICS_PORT (its value is not used then), or remove FileDescriptorName=metrics",
            )),
        };
    };
    if passed.is_some() {
        return Ok(passed);
    }
    let own = || if server.is_shared() { share(host, *port) } else { TcpListener::bind((host.as_str(), *port)) };
    let listener = own().and_then(nonblocking).map_err(|error| {
        StartupError::new(format!(
            "the address {host}:{port} for metrics cannot be used: {error}. Set METRICS_HOST and METRICS_PORT, or stop the \
             program that uses it"
        ))
    })?;
    Ok(Some(listener))
}

/// Begins to serve metrics on an address of its own, with one thread, until the process ends. A busy server does not delay
/// them.
///
/// # Errors
/// If the server cannot listen.
pub(super) fn start(listener: TcpListener, exporter: web::Data<Exporter>) -> Result<(), StartupError> {
    let address = listener.local_addr().map_err(StartupError::because)?;
    let server = HttpServer::new(move || {
        actix_web::App::new()
            .wrap(from_fn(|req, next| envelope(0, req, next)))
            .app_data(exporter.clone())
            .service(read_only(web::resource(PATH), web::to(serve)))
            .default_service(web::to(not_found))
    });
    SockRef::from(&listener).listen(BACKLOG).map_err(StartupError::because)?;
    let server = server
        .workers(1)
        .max_connections(CONNECTIONS)
        .client_request_timeout(Duration::from_secs(10))
        .shutdown_timeout(1)
        .disable_signals()
        .listen(listener)
        .map_err(|error| StartupError::new(format!("the server for metrics cannot listen: {error}")))?;
    tracing::info!("metrics are at http://{address}{PATH}");
    tokio::spawn(server.run());
    Ok(())
}

async fn serve(exporter: web::Data<Exporter>) -> HttpResponse {
    let page = exporter.page().await;
    HttpResponse::Ok().insert_header((header::CONTENT_TYPE, Page::CONTENT_TYPE)).body(page)
}

async fn not_found() -> Result<HttpResponse> {
    Err(Error::new(&catalogue::NOT_FOUND, "Not found"))
}
