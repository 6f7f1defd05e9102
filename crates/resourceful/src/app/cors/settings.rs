//! `CORS_ORIGINS` and its kin.

use std::time::Duration;

use actix_web::http::header::HeaderName;

use super::Reader;

/// Which pages of other origins may call, and how. Without origins none may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorsSettings {
    /// `CORS_ORIGINS`, comma separated; `*` for all
    pub origins: Vec<String>,
    /// `CORS_HEADERS`, comma separated, in lower case: what pages may send besides the headers that the API reads
    pub headers: Vec<String>,
    /// `CORS_EXPOSED_HEADERS`, comma separated, in lower case: what pages may read besides the headers that the API sends
    pub exposed_headers: Vec<String>,
    /// `CORS_CREDENTIALS`: whether browsers may send cookies along
    pub credentials: bool,
    /// `CORS_MAX_AGE`: how long browsers may remember what is allowed
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

impl<L: Fn(&str) -> Option<String>> Reader<L> {
    pub(super) fn cors(&mut self, production: bool) -> CorsSettings {
        let known = self.mistakes.len();
        let seconds = self.parsed::<u32>("CORS_MAX_AGE", "a number of seconds");
        let settings = CorsSettings {
            origins: self.origins(production),
            headers: self.header_names("CORS_HEADERS"),
            exposed_headers: self.header_names("CORS_EXPOSED_HEADERS"),
            credentials: self.parsed("CORS_CREDENTIALS", "true or false").unwrap_or(false),
            max_age: seconds.map_or(CorsSettings::default().max_age, |seconds| Duration::from_secs(seconds.into())),
        };
        let any = settings.origins.iter().any(|origin| origin == "*");
        if any && settings.credentials {
            self.mistakes.push(
                "CORS_CREDENTIALS is true and CORS_ORIGINS is `*`, so that any page could act for its visitor; name the origins that may"
                    .to_owned(),
            );
        }
        if settings.origins.is_empty() && self.mistakes.len() == known && settings != CorsSettings::default() {
            let more = ["CORS_HEADERS", "CORS_EXPOSED_HEADERS", "CORS_CREDENTIALS", "CORS_MAX_AGE"];
            let set: Vec<&str> = more.into_iter().filter(|name| self.text(name).is_some()).collect();
            self.mistakes.push(format!(
                "{} without CORS_ORIGINS, which names the origins that may call; set both",
                set.join(", ")
            ));
        }
        settings
    }

    fn origins(&mut self, production: bool) -> Vec<String> {
        let origins = self.list("CORS_ORIGINS");
        for origin in &origins {
            let is_origin = url::Url::parse(origin).is_ok_and(|url| url.origin().ascii_serialization() == *origin);
            if origin == "*" && production {
                self.mistakes.push(
                    "CORS_ORIGINS is `*`; name the origins that may call, such as https://app.example.com".to_owned(),
                );
            } else if origin != "*" && !is_origin {
                self.mistakes.push(format!("CORS_ORIGINS names `{origin}`, which is no origin; write it as https://app.example.com, without a path"));
            } else if origin == "*" && origins.len() > 1 {
                self.mistakes.push("CORS_ORIGINS names `*` beside others; keep `*`, or the others".to_owned());
            }
        }
        origins
    }

    fn header_names(&mut self, variable: &str) -> Vec<String> {
        let names: Vec<String> = self.list(variable).iter().map(|name| name.to_ascii_lowercase()).collect();
        for name in &names {
            if name == "*" || HeaderName::from_bytes(name.as_bytes()).is_err() {
                self.mistakes
                    .push(format!("{variable} names `{name}`, which is no header; write names such as x-tenant"));
            }
        }
        names
    }
}
