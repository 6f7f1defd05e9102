//! The page at `/` in development: what runs here, how to get a token, and the last requests.
//!
//! Its parts are below `/development/`. The page at `/docs` signs in with tokens from there too. Tokens are given only to this
//! machine and only to pages of this server.

mod users;
mod view;

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};

use super::application::App;
use super::manifest::Manifest;
use crate::auth::DevIssuer;
use crate::context::Context;
use crate::error::{Error, Result, catalogue};
use crate::http::middleware::recent::Recent;
use crate::http::pages::{by_address, html, read_only};
use users::Users;
use view::Overview;

/// Everything comes from this server, and the page talks to nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri \
                      'none'; form-action 'none'; frame-ancestors 'none'";

/// Where tokens are given.
const TOKEN: &str = "/development/token";

/// The pages, with what they show.
#[derive(Clone)]
pub(super) struct Pages(Arc<Inner>);

struct Inner {
    overview: Overview,
    users: Option<Users>,
    recent: Arc<Recent>,
}

impl Pages {
    /// The pages of this application, whose metrics are at `metrics`. With an issuer they give tokens.
    pub(super) fn new(app: &App, ctx: &Context, issuer: Option<&DevIssuer>, metrics: Option<&'static str>) -> Self {
        let manifest = Manifest::of(app);
        let users = issuer.map(|issuer| Users::new(issuer.clone(), app.settings.audience.clone(), &manifest));
        let overview = Overview::of(app, ctx, users.is_some(), metrics);
        Self(Arc::new(Inner { overview, users, recent: Arc::default() }))
    }

    /// The last requests.
    pub(super) fn recent(&self) -> Arc<Recent> {
        self.0.recent.clone()
    }

    /// What the page at `/docs` needs to sign in, if there are tokens.
    pub(super) fn sign_in(&self) -> Option<serde_json::Value> {
        self.0.users.as_ref().map(|users| users.for_docs(TOKEN))
    }

    /// Serves the pages. They come behind the API, which may have the same paths.
    pub(super) fn configure(&self, config: &mut web::ServiceConfig) {
        let get = |path: &str| web::resource(path).guard(by_address()).app_data(web::Data::new(self.clone()));
        config.service(read_only(get("/"), web::to(index)));
        config.service(read_only(get("/development/requests"), web::to(requests)));
        config.service(read_only(get("/development/page.css"), web::to(style)));
        config.service(read_only(get("/development/page.js"), web::to(script)));
        if self.0.users.is_some() {
            config.service(get(TOKEN).route(web::post().to(token)));
        }
    }
}

async fn index(pages: web::Data<Pages>) -> HttpResponse {
    let Inner { overview, users, recent } = &*pages.0;
    let mut response =
        html(POLICY, (header::CACHE_CONTROL, "no-store"), view::page(overview, users.as_ref(), &recent.all()));
    response.headers_mut().insert(header::REFERRER_POLICY, header::HeaderValue::from_static("no-referrer"));
    response
}

async fn requests(pages: web::Data<Pages>) -> HttpResponse {
    html("default-src 'none'", (header::CACHE_CONTROL, "no-store"), view::rows(&pages.0.recent.all()))
}

async fn style() -> HttpResponse {
    file("text/css; charset=utf-8", concat!(include_str!("../look.css"), include_str!("page.css")))
}

async fn script() -> HttpResponse {
    file("text/javascript; charset=utf-8", include_str!("page.js"))
}

fn file(content_type: &'static str, text: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(content_type)
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(text)
}

async fn token(request: HttpRequest, pages: web::Data<Pages>, body: web::Bytes) -> Result<HttpResponse> {
    let refused = |detail: &'static str| Err(Error::new(&catalogue::FORBIDDEN, detail));
    // A page of another origin cannot send this type without asking first (CORS).
    if !request.content_type().eq_ignore_ascii_case("application/json") {
        return Err(Error::new(&catalogue::UNSUPPORTED_MEDIA_TYPE, "Send application/json"));
    }
    if !request.peer_addr().is_some_and(|peer| peer.ip().to_canonical().is_loopback()) {
        return refused(
            "Tokens are given only to this machine; elsewhere, use a token that the command `token` prints",
        );
    }
    // Browsers say which page asks (Fetch Metadata); other programs do not.
    let site = request.headers().get("sec-fetch-site").map(header::HeaderValue::as_bytes);
    if site.is_some_and(|site| site != b"same-origin") {
        return refused("Tokens are given only to pages of this server");
    }
    let Some(users) = &pages.0.users else { return refused("Tokens come from Auth0") };
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(users.token(&body)?))
}
