//! The HTTP server.

use std::net::TcpListener;
use std::sync::Arc;

use actix_cors::Cors;
use actix_web::dev::Server;
use actix_web::http::header;
use actix_web::middleware::{Condition, from_fn};
use actix_web::{HttpResponse, HttpServer, web};

use super::{App, health};
use crate::auth::DevIssuer;
use crate::context::Context;
use crate::error::{Error, Result, catalogue};
use crate::http::{self, docs, guard, problem_page};

/// Starts to serve the application, until it is told to stop (SIGTERM or SIGINT).
pub(crate) fn start(app: &mut App, ctx: Context, issuer: Option<DevIssuer>, listener: TcpListener) -> Result<Server> {
    let workers = app.settings.workers;
    let origins = app.settings.cors_origins.clone();
    let document = Arc::new(docs::Document::new(&app.document()));
    let key_set = issuer.map(|issuer| issuer.jwks().to_owned());
    let readiness = web::Data::new(health::Readiness::default());
    let api = Arc::new(std::mem::take(&mut app.api));
    let server = HttpServer::new(move || {
        let key_set = key_set.clone();
        actix_web::App::new()
            .wrap(Condition::new(!origins.is_empty(), cors(&origins)))
            .wrap(from_fn(guard::guard))
            .app_data(web::Data::new(ctx.clone()))
            .app_data(readiness.clone())
            .configure(health::configure)
            .configure(|config| {
                if let Some(key_set) = key_set {
                    let serve = problem_page::read(web::to(move || json(key_set.clone())));
                    let resource = web::resource("/.well-known/jwks.json").route(serve);
                    config.service(resource.default_service(web::to(problem_page::wrong_method)));
                }
            })
            .configure(|config| docs::configure(config, document.clone()))
            .configure(problem_page::configure)
            .service(http::scope(&ctx, &api))
            .default_service(web::to(not_found))
    });
    let server = match workers {
        Some(workers) => server.workers(workers),
        None => server,
    };
    let server = server
        .client_request_timeout(std::time::Duration::from_secs(10))
        .shutdown_timeout(30)
        .listen(listener)
        .map_err(|error| Error::startup(format!("the server cannot listen: {error}")))?;
    Ok(server.run())
}

/// Takes the address of the settings.
pub(crate) fn listen(host: &str, port: u16) -> Result<TcpListener> {
    let listener = TcpListener::bind((host, port)).map_err(|error| {
        Error::startup(format!(
            "the address {host}:{port} cannot be used: {error}. Set HOST and PORT, or stop what uses it"
        ))
    })?;
    listener.set_nonblocking(true).map_err(|error| Error::startup(error.to_string()))?;
    Ok(listener)
}

async fn json(body: String) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CONTENT_TYPE, "application/json")).body(body)
}

async fn not_found() -> Result<HttpResponse> {
    Err(Error::new(&catalogue::NOT_FOUND, "There is nothing at this address"))
}

/// Only listed origins, compared whole: no suffixes, no reflection (RFC 6454 section 4).
fn cors(origins: &[String]) -> Cors {
    let cors = Cors::default()
        .allow_any_method()
        .allowed_headers([header::AUTHORIZATION, header::CONTENT_TYPE, header::ACCEPT])
        .allowed_header("x-request-id")
        .allowed_header("dpop")
        .expose_headers(["location", "retry-after", "www-authenticate", "x-request-id"])
        .max_age(3600);
    origins
        .iter()
        .fold(cors, |cors, origin| if origin == "*" { cors.allow_any_origin() } else { cors.allowed_origin(origin) })
}
