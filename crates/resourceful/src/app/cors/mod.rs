//! Which web pages of other origins may call the API (CORS, Fetch standard section 3.3): the responses to their preflight
//! requests, and an error that names what is not allowed.

mod settings;

pub use settings::CorsSettings;
pub(super) use settings::variables;

use actix_cors::Cors;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName};
use actix_web::http::{Method, Uri};
use actix_web::middleware::Next;

use crate::error::{Error, catalogue};
use crate::http::middleware::envelope;
use crate::rules;

/// The methods that pages may use.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// The headers that pages may send without a setting: those that the API reads, and those of distributed tracing.
const HEADERS: [&str; 18] = [
    "accept",
    "accept-language",
    "authorization",
    "content-disposition",
    "content-language",
    "content-type",
    "dpop",
    "idempotency-key",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "traceparent",
    "tracestate",
    "baggage",
    "range",
    "read-after-write",
    "x-request-id",
];

/// The response headers that pages may read without a setting.
const EXPOSED: [&str; 14] = [
    "accept-ranges",
    "allow",
    "content-disposition",
    "content-range",
    "dpop-nonce",
    "etag",
    "last-modified",
    "location",
    "ratelimit",
    "ratelimit-policy",
    "read-after-write",
    "retry-after",
    "www-authenticate",
    "x-request-id",
];

impl CorsSettings {
    /// The names of all headers that pages may send, in lower case.
    fn allowed(&self) -> Vec<&str> {
        HEADERS.into_iter().chain(self.headers.iter().map(String::as_str)).collect()
    }

    fn allows_origin(&self, origin: &str) -> bool {
        self.origins.iter().any(|allowed| allowed == "*" || allowed == origin)
    }

    /// The middleware. It allows listed origins only and compares the whole origin: no suffixes, no reflection (RFC 6454
    /// section 4).
    pub(super) fn middleware(&self) -> Cors {
        let cors = Cors::default()
            .allowed_methods(METHODS)
            .allowed_headers(self.allowed())
            .expose_headers(EXPOSED.into_iter().chain(self.exposed_headers.iter().map(String::as_str)))
            .max_age(usize::try_from(self.max_age.as_secs()).unwrap_or(usize::MAX));
        let cors = if self.credentials { cors.supports_credentials() } else { cors };
        self.origins.iter().fold(cors, |cors, origin| match origin.as_str() {
            "*" => cors.allow_any_origin().send_wildcard(),
            origin => cors.allowed_origin(origin),
        })
    }

    /// Why a preflight request is not allowed. If no origins are configured the response has no CORS headers, and browsers
    /// refuse the call.
    fn refusal(&self, req: &ServiceRequest) -> Option<Error> {
        if self.origins.is_empty() {
            return None;
        }
        let value = |name: HeaderName| req.headers().get(name).map(|value| String::from_utf8_lossy(value.as_bytes()));
        let origin = value(header::ORIGIN)?;
        let method = value(header::ACCESS_CONTROL_REQUEST_METHOD).filter(|_| req.method() == Method::OPTIONS)?;
        let refused = |detail| Some(Error::new(&catalogue::FORBIDDEN, detail));
        if !self.allows_origin(&origin) || origin.parse::<Uri>().is_err() {
            return refused(format!(
                "Pages of the origin {} may not call this API; CORS_ORIGINS lists the allowed origins",
                short(&origin)
            ));
        }
        if !METHODS.contains(&method.as_ref()) {
            let allowed = METHODS.join(", ");
            return refused(format!("Pages may not use the method {}; allowed: {allowed}", short(&method)));
        }
        let requested = req.headers().get_all(header::ACCESS_CONTROL_REQUEST_HEADERS);
        let requested: Vec<String> =
            requested.map(|value| String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase()).collect();
        let allowed = self.allowed();
        let mut names = requested.iter().flat_map(|list| list.split(',')).map(str::trim);
        let name = names.find(|name| !allowed.contains(name))?;
        refused(format!(
            "Pages may not send this header: {}; set CORS_HEADERS to allow more headers",
            rules::unknown("header", name, &allowed)
        ))
    }
}

/// Text from the request, shortened and escaped for the response.
fn short(text: &str) -> String {
    let text: String = text.chars().take(100).collect();
    format!("`{}`", text.escape_debug())
}

/// Refuses preflight requests before the middleware does, because its response would not say why.
pub(super) async fn explained(
    settings: &CorsSettings,
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    match settings.refusal(&req) {
        Some(error) => Ok(envelope::refuse(req, &error)),
        None => Ok(next.call(req).await?.map_into_boxed_body()),
    }
}
