//! The HTTP server.

use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::http::{KeepAlive, header};
use actix_web::middleware::{Condition, from_fn};
use actix_web::{HttpResponse, HttpServer, web};
use socket2::SockRef;

use super::application::App;
use super::development::Pages;
use super::listen::{Leaving, Listener};
use super::shutdown::{self, Shutdown};
use super::{cors, health, metrics};
use crate::auth::DevIssuer;
use crate::context::Context;
use crate::env::Environment;
use crate::error::{Error, Result, StartupError, catalogue};
use crate::http::middleware::envelope::envelope;
use crate::http::middleware::measure::measure;
use crate::http::middleware::request_log::log_request;
use crate::http::pages::read_only;
use crate::http::problem::pages as problem_pages;
use crate::http::{self, ApiPrefix, docs};

/// Starts to serve the application, until it receives SIGTERM or SIGINT: `shutdown` says how it ends. Returns the server,
/// and what tells that a signal was received.
pub(crate) fn start(
    app: &mut App,
    ctx: Context,
    issuer: Option<DevIssuer>,
    mut listener: Listener,
) -> Result<(Server, Shutdown), StartupError> {
    let limits = app.settings.limits.clone();
    let workers = app.settings.server.worker_threads();
    let body_bytes = limits.body_bytes;
    let cors = Arc::new(app.settings.cors.clone());
    let place = metrics::Place::of(&app.settings.metrics);
    let is_development = app.settings.environment == Environment::Development;
    let pages = is_development.then(|| Pages::new(app, &ctx, issuer.as_ref(), place.path()));
    let sign_in = pages.as_ref().and_then(Pages::sign_in);
    let document = Arc::new(docs::Document::new(&app.document()).with_sign_in(sign_in.as_ref()));
    let recent = pages.as_ref().map(Pages::recent);
    let key_set = issuer.map(|issuer| issuer.jwks().to_owned());
    #[cfg(feature = "migrate")]
    let readiness = web::Data::new(health::Readiness::new(app.migrations));
    #[cfg(not(feature = "migrate"))]
    let readiness = web::Data::new(health::Readiness::default());
    let about = (app.title.clone(), app.version.clone());
    let exporter =
        web::Data::new(metrics::Exporter::new(ctx.clone(), about, readiness.clone(), app.own_metrics.take()));
    let counted = ctx.metrics().cloned();
    let leaving = Leaving::of(&listener).map_err(StartupError::because)?;
    let shutdown = Shutdown::new(leaving.is_followed());
    if let Some(socket) = metrics::listen(&app.settings.metrics, &mut listener)? {
        metrics::start(socket, exporter.clone())?;
    }
    let api = Arc::new(std::mem::take(&mut app.api));
    let begun = shutdown.clone();
    let answering = leaving.workers();
    let is_apart = is_apart(ApiPrefix::of_context(&ctx).as_str());
    let server = HttpServer::new(move || {
        let (key_set, cors, begun, counted) = (key_set.clone(), cors.clone(), begun.clone(), counted.clone());
        let recent = recent.clone();
        answering.answer();
        let state = web::Data::new(begun.clone());
        actix_web::App::new()
            .wrap(Condition::new(!cors.origins.is_empty(), cors.middleware()))
            .wrap(from_fn(move |req, next| {
                let cors = cors.clone();
                async move { cors::explained(&cors, req, next).await }
            }))
            .wrap(from_fn(move |req, next| envelope(body_bytes, req, next)))
            .wrap(from_fn(move |req, next| log_request(recent.clone(), req, next)))
            .wrap(Condition::new(counted.is_some(), from_fn(move |req, next| measure(counted.clone(), req, next))))
            .wrap(from_fn(move |req, next| shutdown::close_connections(begun.clone(), req, next)))
            .app_data(web::Data::new(ctx.clone()))
            .app_data(readiness.clone())
            .app_data(state)
            // Most requests are for the API, and a path is compared with one service after the other.
            .configure(|config| {
                if is_apart {
                    config.service(http::services(&ctx, &api));
                }
            })
            .configure(health::configure)
            .configure(|config| {
                if let Some(key_set) = key_set {
                    let serve = web::to(move || json(key_set.clone()));
                    config.service(read_only(web::resource("/.well-known/jwks.json"), serve));
                }
            })
            .configure(|config| docs::configure(config, document.clone()))
            .configure(problem_pages::configure)
            // Where their paths can be the same, the pages above come before a resource of the same path, and those below after it.
            .configure(|config| {
                if !is_apart {
                    config.service(http::services(&ctx, &api));
                }
                #[cfg(feature = "storage")]
                config.service(http::storage_links(&ctx));
                let _ = config;
            })
            .configure(|config| metrics::configure(config, &place, &ctx, &exporter))
            .configure(|config| development_pages(config, pages.as_ref()))
            .default_service(web::to(not_found))
    });
    // From now on, connections of an address that is shared come to this process too.
    SockRef::from(&listener.socket)
        .listen(i32::try_from(limits.backlog).unwrap_or(i32::MAX))
        .map_err(|error| StartupError::new(format!("the server cannot listen: {error}")))?;
    let answer_timeout = limits.answer_timeout;
    let server = server
        .workers(workers)
        .max_connections(limits.connections.div_ceil(workers))
        .keep_alive(if limits.keep_alive < Duration::MAX {
            KeepAlive::Timeout(limits.keep_alive)
        } else {
            KeepAlive::Os
        })
        .client_request_timeout(if limits.head_timeout < Duration::MAX { limits.head_timeout } else { Duration::ZERO })
        // `http` reads what a client still sends, with a limit; actix does not need to wait for more.
        .client_disconnect_timeout(Duration::ZERO)
        // A client that has closed its side of the connection does not wait for a response: work for it is dropped.
        .h1_allow_half_closed(false)
        .on_connect(move |connection, _| hold(connection, answer_timeout))
        .shutdown_timeout(app.settings.server.shutdown_timeout.as_secs())
        .disable_signals()
        .listen(listener.socket)
        .map_err(|error| StartupError::new(format!("the server cannot listen: {error}")))?;
    let server = server.run();
    shutdown.clone().on_signal(server.handle(), (leaving, workers), app.settings.server.shutdown_delay);
    Ok((server, shutdown))
}

/// Whether no path of the API can be that of a page of the server.
fn is_apart(prefix: &str) -> bool {
    const PAGES: [&str; 5] = ["/health", "/.well-known", "/docs", "/openapi.json", "/problems"];
    !prefix.is_empty() && !PAGES.iter().any(|page| prefix.starts_with(page))
}

/// The pages that only development has. They come behind the API, which may have the same paths.
fn development_pages(config: &mut web::ServiceConfig, pages: Option<&Pages>) {
    let Some(pages) = pages else { return };
    pages.configure(config);
    #[cfg(feature = "mail")]
    super::mail_page::configure(config);
}

/// Sets a timeout of the operating system: it closes a connection whose client acknowledges no data for this long.
fn hold(connection: &dyn std::any::Any, answer_timeout: Duration) {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if let Some(stream) = connection.downcast_ref::<actix_web::rt::net::TcpStream>() {
        // Without it the timeout of the whole response still applies to clients that read slowly.
        let _ = SockRef::from(stream).set_tcp_user_timeout(Some(answer_timeout).filter(|time| *time < Duration::MAX));
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = (connection, answer_timeout);
}

async fn json(body: String) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CONTENT_TYPE, "application/json")).body(body)
}

async fn not_found() -> Result<HttpResponse> {
    Err(Error::new(&catalogue::NOT_FOUND, "Not found"))
}
