//! The settings `CORS_..`.

use std::time::Duration;

use actix_web::http::header::HeaderName;

use crate::env::{Reader, Setting};

/// Which web pages of other origins may call the API, and how. Without origins, none may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorsSettings {
    /// `CORS_ORIGINS`, comma-separated; `*` for all
    pub origins: Vec<String>,
    /// `CORS_HEADERS`, comma-separated, in lower case: headers that pages may send in addition to those that the API reads
    pub headers: Vec<String>,
    /// `CORS_EXPOSED_HEADERS`, comma-separated, in lower case: headers that pages may read in addition to those that the API
    /// sends
    pub exposed_headers: Vec<String>,
    /// `CORS_CREDENTIALS`: whether browsers may send cookies
    pub credentials: bool,
    /// `CORS_MAX_AGE`: how long browsers may cache the result of a preflight request
    pub max_age: Duration,
}

impl Default for CorsSettings {
    fn default() -> Self {
        Self {
            origins: Vec::new(),
            headers: Vec::new(),
            exposed_headers: Vec::new(),
            credentials: false,
            max_age: Duration::from_secs(3600),
        }
    }
}

impl CorsSettings {
    pub(in crate::app) fn from_env(reader: &mut Reader<'_>) -> Self {
        let before = reader.count();
        let defaults = Self::default();
        let settings = Self {
            origins: origins(reader),
            headers: header_names(reader, "CORS_HEADERS"),
            exposed_headers: header_names(reader, "CORS_EXPOSED_HEADERS"),
            credentials: reader.flag("CORS_CREDENTIALS"),
            max_age: reader.seconds("CORS_MAX_AGE").unwrap_or(defaults.max_age),
        };
        let any = settings.origins.iter().any(|origin| origin == "*");
        if any && settings.credentials {
            reader.problem("CORS_CREDENTIALS is true and CORS_ORIGINS is `*`, so any page could act in the name of its visitor; list the allowed origins");
        }
        if settings.origins.is_empty() && reader.count() == before && settings != defaults {
            let more = ["CORS_HEADERS", "CORS_EXPOSED_HEADERS", "CORS_CREDENTIALS", "CORS_MAX_AGE"];
            let set: Vec<&str> = more.into_iter().filter(|name| reader.text(name).is_some()).collect();
            reader
                .problem(format!("{} without CORS_ORIGINS, which lists the allowed origins; set both", set.join(", ")));
        }
        settings
    }
}

/// Which web pages of other origins may call the API, as the reference of the settings says it.
pub(in crate::app) fn variables() -> Vec<Setting> {
    vec![
        Setting::new("CORS_ORIGINS", "Origins of the web pages that may call the API, comma-separated.")
            .example("https://app.example.com,http://localhost:3000"),
        Setting::new(
            "CORS_HEADERS",
            "Headers that pages may send in addition to authorization, content-disposition, content-type, dpop, the conditions \
             (if-match and the other ones), range, read-after-write, idempotency-key, traceparent, tracestate, baggage and x-request-id; \
             comma-separated.",
        )
        .example("x-tenant"),
        Setting::new(
            "CORS_EXPOSED_HEADERS",
            "Headers that pages may read in addition to accept-ranges, allow, content-disposition, content-range, dpop-nonce, etag, \
             last-modified, location, ratelimit, ratelimit-policy, read-after-write, retry-after, www-authenticate and x-request-id; \
             comma-separated.",
        ),
        Setting::new(
            "CORS_CREDENTIALS",
            "true: browsers may send cookies. Access tokens do not need them. Not allowed together with CORS_ORIGINS=*.",
        )
        .default("false"),
        Setting::new("CORS_MAX_AGE", "How many seconds browsers may cache the result of a preflight request.")
            .default("3600"),
    ]
}

fn origins(reader: &mut Reader<'_>) -> Vec<String> {
    let origins = reader.list("CORS_ORIGINS");
    for origin in &origins {
        let is_origin = url::Url::parse(origin).is_ok_and(|url| url.origin().ascii_serialization() == *origin);
        if origin == "*" && reader.is_production() {
            reader.problem("CORS_ORIGINS is `*`; list the allowed origins, such as https://app.example.com");
        } else if origin != "*" && !is_origin {
            reader.problem(format!(
                "CORS_ORIGINS names `{origin}`, which is not an origin; write it as https://app.example.com, without a path"
            ));
        } else if origin == "*" && origins.len() > 1 {
            reader.problem("CORS_ORIGINS names `*` together with other origins; keep `*`, or the others");
        }
    }
    origins
}

fn header_names(reader: &mut Reader<'_>, variable: &str) -> Vec<String> {
    let names: Vec<String> = reader.list(variable).iter().map(|name| name.to_ascii_lowercase()).collect();
    for name in &names {
        if name == "*" || HeaderName::from_bytes(name.as_bytes()).is_err() {
            reader.problem(format!(
                "{variable} names `{name}`, which is not a header name; write names such as x-tenant"
            ));
        }
    }
    names
}
