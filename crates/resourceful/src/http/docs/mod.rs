//! `/openapi.json`, and with the feature `docs` the page at `/docs` on which every operation can be tried.

#[cfg(feature = "docs")]
mod page;
#[cfg(feature = "docs")]
mod swagger_ui;

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;

use crate::http::pages::{etag, is_cached, read_only};

/// An OpenAPI document, rendered once.
#[derive(Debug)]
pub struct Document {
    bytes: web::Bytes,
    etag: String,
    /// The path of the document's first server.
    #[cfg_attr(not(feature = "docs"), allow(dead_code))]
    base: String,
    /// How the page gets tokens, as JSON.
    #[cfg_attr(not(feature = "docs"), allow(dead_code))]
    sign_in: Option<String>,
}

impl Document {
    /// Renders the document.
    pub fn new(document: &Value) -> Self {
        let bytes = document.to_string();
        let etag = etag(bytes.as_bytes());
        let server = document.pointer("/servers/0/url").and_then(Value::as_str).unwrap_or_default();
        Self { bytes: bytes.into(), etag, base: server.trim_end_matches('/').to_owned(), sign_in: None }
    }

    /// The page gets tokens of users that can be chosen: `token` is the path that gives them, `users` have a `key`, a `name`
    /// and a text about what they `may`. Only for requests that name this server by an address.
    pub(crate) fn with_sign_in(mut self, sign_in: Option<&Value>) -> Self {
        self.sign_in = sign_in.map(Value::to_string);
        self
    }
}

/// Serves `/openapi.json` and, with the feature `docs`, `/docs` below wherever it is mounted.
pub fn configure(cfg: &mut web::ServiceConfig, document: Arc<Document>) {
    #[cfg(feature = "docs")]
    page::configure(cfg, &document);
    let serve = move |request: HttpRequest| std::future::ready(serve(&request, &document));
    cfg.service(read_only(web::resource("/openapi.json"), web::to(serve)));
}

fn serve(request: &HttpRequest, document: &Document) -> HttpResponse {
    let is_cached = is_cached(request, &document.etag);
    let mut response = if is_cached { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((header::ETAG, document.etag.clone())).insert_header((header::CACHE_CONTROL, "no-cache"));
    if is_cached { response.finish() } else { response.content_type("application/json").body(document.bytes.clone()) }
}

#[cfg(test)]
mod tests {
    use actix_web::App;
    use actix_web::test::{TestRequest, call_service, init_service, read_body};
    use serde_json::json;

    use super::*;

    #[actix_web::test]
    async fn serves_the_document_and_the_page() {
        let document = Arc::new(Document::new(&json!({"openapi": "3.1.0", "servers": [{"url": "/"}]})));
        let etag = document.etag.clone();
        let mount = move |cfg: &mut web::ServiceConfig| configure(cfg, Arc::clone(&document));
        let app =
            init_service(App::new().service(web::scope("/inner").configure(mount.clone())).configure(mount.clone()))
                .await;
        #[cfg_attr(not(feature = "docs"), allow(unused_mut))]
        let mut table = vec![
            ("GET", "/openapi.json", 200, "application/json", "{\"openapi\":\"3.1.0\""),
            ("HEAD", "/openapi.json", 200, "application/json", ""),
            ("PUT", "/openapi.json", 405, "application/problem+json", "method-not-allowed"),
            ("GET", "/inner/openapi.json", 200, "application/json", "3.1.0"),
        ];
        #[cfg(feature = "docs")]
        table.extend([
            ("GET", "/docs", 200, "text/html; charset=utf-8", "data-openapi=\"/openapi.json\""),
            ("GET", "/docs/", 200, "text/html; charset=utf-8", "src=\"/docs/start.js\""),
            ("GET", "/inner/docs", 200, "text/html; charset=utf-8", "data-openapi=\"/inner/openapi.json\""),
            ("GET", "/inner/docs/", 200, "text/html; charset=utf-8", "href=\"/inner/docs/swagger-ui.css\""),
            ("GET", "/docs/start.js", 200, "text/javascript; charset=utf-8", "persistAuthorization: true"),
            ("GET", "/docs/swagger-ui.css", 200, "text/css", ".swagger-ui"),
            ("GET", "/docs/swagger-ui-bundle.js", 200, "text/javascript", "SwaggerUIBundle"),
            ("GET", "/docs/favicon-32x32.png", 200, "image/png", ""),
            ("GET", "/docs/swagger-initializer.js", 404, "application/problem+json", "not-found"),
            ("GET", "/docs/..%2Fsecret", 404, "application/problem+json", "not-found"),
            ("POST", "/docs", 405, "application/problem+json", "method-not-allowed"),
        ]);
        for (method, path, status, content_type, text) in table {
            let request = TestRequest::with_uri(path).method(method.parse().expect("a method")).to_request();
            let response = call_service(&app, request).await;
            assert_eq!(response.status(), status, "{method} {path}");
            assert_eq!(response.headers().get(header::CONTENT_TYPE).expect("a type"), content_type, "{method} {path}");
            let body = read_body(response).await;
            assert!(String::from_utf8_lossy(&body).contains(text), "{method} {path}");
        }
        let again = TestRequest::with_uri("/openapi.json").insert_header((header::IF_NONE_MATCH, etag)).to_request();
        assert_eq!(call_service(&app, again).await.status(), 304);
    }

    #[cfg(feature = "docs")]
    #[actix_web::test]
    async fn files_are_packed_for_clients_that_read_gzip() {
        let document = Arc::new(Document::new(&json!({})));
        let app = init_service(App::new().configure(|cfg| configure(cfg, document))).await;
        for (accepted, coding) in [
            (None, None),
            (Some("br;q=1.0, gzip;q=0.8"), Some("gzip")),
            (Some("*"), Some("gzip")),
            (Some("GZIP"), Some("gzip")),
            (Some("gzip;q=0"), None),
            (Some("*, gzip;q=0"), None),
        ] {
            let mut request = TestRequest::with_uri("/docs/swagger-ui.css");
            if let Some(accepted) = accepted {
                request = request.insert_header((header::ACCEPT_ENCODING, accepted));
            }
            let response = call_service(&app, request.to_request()).await;
            let seen =
                response.headers().get(header::CONTENT_ENCODING).map(|value| value.to_str().expect("text").to_owned());
            assert_eq!(seen.as_deref(), coding, "{accepted:?}");
            let body = read_body(response).await;
            assert_eq!(body.starts_with(&[0x1f, 0x8b]), coding.is_some(), "{accepted:?}");
        }
    }

    #[cfg(feature = "docs")]
    #[actix_web::test]
    async fn the_page_loads_nothing_from_elsewhere() {
        let document = Arc::new(Document::new(&json!({"servers": [{"url": "/behind/"}]})));
        let app = init_service(App::new().configure(|cfg| configure(cfg, document))).await;
        let response = call_service(&app, TestRequest::with_uri("/docs").to_request()).await;
        let policy = response.headers().get(header::CONTENT_SECURITY_POLICY).expect("a policy").to_str().expect("text");
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
        assert!(!policy.contains("http"), "{policy}");
        let body = read_body(response).await;
        let html = std::str::from_utf8(&body).expect("UTF-8");
        assert!(!html.contains("://") && !html.contains("<script>"), "{html}");
        assert!(html.contains("data-openapi=\"/behind/openapi.json\""), "{html}");
        for source in html.split(['"']).filter(|part| part.starts_with("/behind/docs/")) {
            let path = source.trim_start_matches("/behind");
            let response = call_service(&app, TestRequest::with_uri(path).to_request()).await;
            assert_eq!(response.status(), 200, "{path}");
        }
    }
}
