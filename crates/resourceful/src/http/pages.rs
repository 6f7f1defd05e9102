//! What is served in addition to the API itself: HTML pages and documents, with their headers and methods.

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hasher};
use std::net::IpAddr;

use actix_web::dev::RequestHead;
use actix_web::guard::{Guard, fn_guard};
use actix_web::http::header;
use actix_web::http::uri::Authority;
use actix_web::{HttpRequest, HttpResponse, Resource, Route, guard, web};

use crate::error::{Error, Problem, catalogue};

/// A resource of actix that serves GET and HEAD by this route, and answers all other methods with 405.
pub(crate) fn read_only(resource: Resource, route: Route) -> Resource {
    let route = route.guard(guard::Any(guard::Get()).or(guard::Head()));
    resource.route(route).default_service(web::to(method_not_allowed))
}

async fn method_not_allowed() -> HttpResponse {
    let detail = "Method not allowed for this path; allowed: GET, HEAD";
    HttpResponse::from_error(Error::new(&catalogue::METHOD_NOT_ALLOWED, detail).with_allow(vec!["GET", "HEAD"]))
}

/// Whether a request names the server by an address, or as `localhost`. Another page can lead a name of its own to this
/// machine, and would read what only development shows under it.
pub(crate) fn is_by_address(head: &RequestHead) -> bool {
    let host = head.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host();
    let is_address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok();
    is_address || name == "localhost" || name.ends_with(".localhost")
}

/// Only for requests that name the server by an address: what development alone has.
pub(crate) fn by_address() -> impl Guard {
    fn_guard(|request| is_by_address(request.head()))
}

/// A problem; the envelope around the server adds the path and the request id.
pub(crate) fn refuse(problem: &'static Problem, detail: impl Into<Cow<'static, str>>) -> HttpResponse {
    HttpResponse::from_error(Error::new(problem, detail))
}

/// An HTML page under a content security policy.
pub(crate) fn html(
    policy: &'static str,
    (header, value): (header::HeaderName, &'static str),
    html: String,
) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, policy))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header, value))
        .body(html)
}

/// Whether the caller prefers JSON to HTML. A caller that accepts everything gets HTML.
pub(crate) fn prefers_json(request: &HttpRequest) -> bool {
    let accept = request.headers().get_all(header::ACCEPT).filter_map(|value| value.to_str().ok());
    let (mut json, mut html) = (0.0_f32, 0.0_f32);
    for item in accept.flat_map(|value| value.split(',')) {
        let mut parts = item.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
        let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(1.0, |q| q.parse().unwrap_or(0.0));
        match kind.as_str() {
            "application/json" | "application/problem+json" => json = json.max(weight),
            "text/html" | "application/xhtml+xml" => html = html.max(weight),
            _ => {}
        }
    }
    json > html
}

/// The entity tag of a body that is rendered once. Weak, because a proxy may compress the body.
pub(crate) fn etag(body: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(body);
    format!("W/\"{:016x}\"", hasher.finish())
}

/// Whether the client has the body of this entity tag already (RFC 9110 section 13.1.2).
pub(crate) fn is_cached(request: &HttpRequest, etag: &str) -> bool {
    let known = request.headers().get_all(header::IF_NONE_MATCH).filter_map(|value| value.to_str().ok());
    let opaque = etag.trim_start_matches("W/");
    known
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|tag| tag == "*" || tag.trim_start_matches("W/") == opaque)
}
