//! The page at `/docs`, on which every operation can be tried.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

use super::{Document, swagger_ui};
use crate::error::{Error, catalogue};
use crate::html::escape;
use crate::http::pages::{by_address, html, is_by_address, read_only, refuse};

/// Everything comes from this server, and requests go nowhere else. Swagger UI sets styles on elements and has its
/// icons as data in the style sheet.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const START: &str = include_str!("start.js");
const SIGN_IN: &str = include_str!("sign_in.js");

pub(super) fn configure(cfg: &mut web::ServiceConfig, document: &Arc<Document>) {
    let (document, has_sign_in) = (Arc::clone(document), document.sign_in.is_some());
    let index = move |request: HttpRequest| std::future::ready(index(&request, &document));
    // No redirect between the two: with a server that drops trailing slashes it would be a loop.
    cfg.service(read_only(web::resource(["/docs", "/docs/"]), web::to(index)));
    if has_sign_in {
        cfg.service(read_only(web::resource("/docs/sign-in.js").guard(by_address()), web::to(sign_in)));
    }
    cfg.service(read_only(web::resource("/docs/{file}"), web::to(file)));
}

fn index(request: &HttpRequest, document: &Document) -> HttpResponse {
    let docs = request.path().trim_end_matches('/');
    let mounted = docs.strip_suffix("/docs").unwrap_or_default();
    let base = escape(&document.base);
    let (docs, mounted) = (format!("{base}{}", escape(docs)), format!("{base}{}", escape(mounted)));
    let sign_in = document.sign_in.as_ref().filter(|_| is_by_address(request.head()));
    let sign_in = sign_in.map_or_else(String::new, |sign_in| {
        format!(
            "<div id=\"sign-in\" data-base=\"{base}\" data-sign-in=\"{}\"></div>\n<script src=\"{docs}/sign-in.js\"></script>\n",
            escape(sign_in)
        )
    });
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>API</title>\n\
         <link rel=\"icon\" type=\"image/png\" sizes=\"32x32\" href=\"{docs}/favicon-32x32.png\">\n\
         <link rel=\"icon\" type=\"image/png\" sizes=\"16x16\" href=\"{docs}/favicon-16x16.png\">\n\
         <link rel=\"stylesheet\" href=\"{docs}/swagger-ui.css\">\n</head>\n<body style=\"margin:0\">\n\
         {sign_in}<div id=\"swagger-ui\" data-openapi=\"{mounted}/openapi.json\"></div>\n\
         <script src=\"{docs}/swagger-ui-bundle.js\"></script>\n<script src=\"{docs}/start.js\"></script>\n</body>\n</html>\n"
    );
    let mut response = html(POLICY, (header::CACHE_CONTROL, "no-cache"), page);
    response.headers_mut().insert(header::REFERRER_POLICY, header::HeaderValue::from_static("no-referrer"));
    response
}

async fn sign_in() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .content_type("text/javascript; charset=utf-8")
        .body(SIGN_IN)
}

async fn file(request: HttpRequest, name: web::Path<String>) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CACHE_CONTROL, "max-age=3600"));
    if *name == "start.js" {
        return response.content_type("text/javascript; charset=utf-8").body(START);
    }
    let Some(file) = swagger_ui::file(&name) else {
        return refuse(&catalogue::NOT_FOUND, "Not found");
    };
    if !file.is_gzip {
        return response.content_type(file.content_type).body(file.bytes);
    }
    response.insert_header((header::VARY, "accept-encoding")).content_type(file.content_type);
    if accepts_gzip(&request) {
        return response.insert_header((header::CONTENT_ENCODING, "gzip")).body(file.bytes);
    }
    match file.unpacked() {
        Ok(bytes) => response.body(bytes),
        Err(error) => HttpResponse::from_error(Error::internal(error)),
    }
}

/// Whether the client reads gzip. `*` is about the codings that are not named (RFC 9110 section 12.5.3).
fn accepts_gzip(request: &HttpRequest) -> bool {
    let accepted = request.headers().get_all(header::ACCEPT_ENCODING).filter_map(|value| value.to_str().ok());
    let codings: Vec<(String, bool)> = accepted
        .flat_map(|value| value.split(','))
        .map(|coding| {
            let (name, weight) = coding.split_once(';').unwrap_or((coding, "q=1"));
            let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.parse::<f32>().ok());
            (name.trim().to_ascii_lowercase(), weight != Some(0.0))
        })
        .collect();
    let named = |names: &[&str]| codings.iter().find(|(name, _)| names.contains(&name.as_str())).map(|(_, read)| *read);
    named(&["gzip", "x-gzip"]).or_else(|| named(&["*"])).unwrap_or(false)
}
