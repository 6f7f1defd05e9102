//! The pages that a problem's `type` points to: what it means and what to do about it.

use std::fmt::Write as _;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use crate::error::codes::{self, CodeEntry};
use crate::error::{Problem, catalogue};
use crate::html::escape;
use crate::http::pages::{html, prefers_json, read_only, refuse};
use crate::rules;

/// Styles are in the page; nothing else is loaded.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const STYLE: &str = "body{font:16px/1.6 system-ui,sans-serif;max-width:42rem;margin:3rem auto;padding:0 1rem;color:#1c2530;\
background:#fff}h1{line-height:1.25}code,.status{font-family:ui-monospace,monospace}.status{color:#b42318}\
a{color:#175cd3}li{margin:.3rem 0}@media(prefers-color-scheme:dark){body{color:#e4e7ec;background:#12161c}\
.status{color:#fda29b}a{color:#84caff}}";

/// Serves `/problems` and `/problems/{slug}` below wherever it is mounted.
pub fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(read_only(web::resource("/problems"), web::to(list)));
    cfg.service(read_only(web::resource("/problems/{slug}"), web::to(show)));
}

async fn list(request: HttpRequest) -> HttpResponse {
    if prefers_json(&request) {
        let problems: Vec<Value> = catalogue::all().map(describe).collect();
        return HttpResponse::Ok().json(json!({"problems": problems, "codes": describe_codes()}));
    }
    let base = escape(request.path().trim_end_matches('/'));
    let mut items = String::new();
    for problem in catalogue::all() {
        let (slug, title) = (escape(problem.slug), escape(problem.title));
        let status = problem.status();
        let _ = write!(items, "<li><span class=\"status\">{status}</span> <a href=\"{base}/{slug}\">{title}</a></li>");
    }
    let body = format!(
        "<h1>Problems</h1><p>All problems that this API can respond with, in addition to those of the application.</p>\
         <ul>{items}</ul>{}",
        codes_table()
    );
    page("Problems", &body)
}

async fn show(request: HttpRequest, slug: web::Path<String>) -> HttpResponse {
    let Some(problem) = catalogue::by_slug(&slug) else {
        let slugs: Vec<&str> = catalogue::all().map(|problem| problem.slug).collect();
        let near = rules::nearest(&slug.chars().take(64).collect::<String>(), &slugs);
        let hint = near.map(|slug| format!("; did you mean `{slug}`?")).unwrap_or_default();
        return refuse(&catalogue::NOT_FOUND, format!("Unknown problem{hint}"));
    };
    let has_codes = problem.slug == catalogue::VALIDATION_ERROR.slug;
    if prefers_json(&request) {
        let mut described = describe(problem);
        if has_codes {
            described["codes"] = json!(describe_codes());
        }
        return HttpResponse::Ok().json(described);
    }
    let above = request.path().trim_end_matches('/').rsplit_once('/').map_or("", |(above, _)| above);
    let body = format!(
        "<p class=\"status\">{} {}</p><h1>{}</h1><p>{}</p>{}<p><a href=\"{}\">All problems</a></p>",
        problem.status(),
        escape(problem.slug),
        escape(problem.title),
        escape(problem.explanation),
        if has_codes { codes_table() } else { String::new() },
        escape(above),
    );
    page(problem.title, &body)
}

fn describe(problem: &Problem) -> Value {
    json!({
        "type": format!("/problems/{}", problem.slug),
        "title": problem.title,
        "status": problem.status(),
        "explanation": problem.explanation,
    })
}

fn describe_codes() -> Vec<Value> {
    let described =
        |entry: CodeEntry| json!({"code": entry.code.as_str(), "meaning": entry.meaning, "advice": entry.advice});
    codes::all().map(described).collect()
}

/// The codes of the entries of `errors`.
fn codes_table() -> String {
    let mut rows = String::new();
    for CodeEntry { code, meaning, advice } in codes::all() {
        let (code, meaning, advice) = (escape(code.as_str()), escape(meaning), escape(advice));
        let _ = write!(rows, "<dt id=\"code-{code}\"><code>{code}</code></dt><dd>{meaning} {advice}</dd>");
    }
    format!(
        "<h2>Codes</h2><p>Each entry of <code>errors</code> has a <code>code</code>: one of these, or one of the \
         application.</p><dl>{rows}</dl>"
    )
}

fn page(title: &str, body: &str) -> HttpResponse {
    let page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{}</title><style>{STYLE}</style></head><body>{body}</body></html>",
        escape(title)
    );
    html(POLICY, (header::VARY, "Accept"), page)
}

#[cfg(test)]
mod tests {
    use actix_web::App;
    use actix_web::test::{TestRequest, call_service, init_service, read_body};

    use super::*;

    #[actix_web::test]
    async fn answers() {
        let app = init_service(App::new().service(web::scope("/x").configure(configure))).await;
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        // method, path, Accept, status, content type, text within
        let table = [
            ("GET", "/x/problems", browser, 200, "text/html; charset=utf-8", "href=\"/x/problems/conflict\""),
            ("GET", "/x/problems", "application/json", 200, "application/json", "\"/problems/conflict\""),
            ("GET", "/x/problems", browser, 200, "text/html; charset=utf-8", "<code>read-only</code>"),
            ("GET", "/x/problems", "application/json", 200, "application/json", "{\"advice\":"),
            ("GET", "/x/problems/validation-error", browser, 200, "text/html; charset=utf-8", "id=\"code-length\""),
            ("GET", "/x/problems/validation-error", "application/json", 200, "application/json", "\"code\":\"length\""),
            ("GET", "/x/problems/conflict", browser, 200, "text/html; charset=utf-8", "must be unique"),
            ("GET", "/x/problems/conflict", "*/*", 200, "text/html; charset=utf-8", "<h1>Conflict</h1>"),
            ("GET", "/x/problems/conflict", "application/json", 200, "application/json", "\"status\":409"),
            ("GET", "/x/problems/conflict", "text/html;q=0.5, application/json", 200, "application/json", "409"),
            (
                "GET",
                "/x/problems/conflict",
                "text/html, application/json;q=0.5",
                200,
                "text/html; charset=utf-8",
                "409",
            ),
            ("HEAD", "/x/problems/conflict", "*/*", 200, "text/html; charset=utf-8", ""),
            ("GET", "/x/problems/conflcit", browser, 404, "application/problem+json", "did you mean `conflict`?"),
            ("GET", "/x/problems/%3Cscript%3E", browser, 404, "application/problem+json", "/problems/not-found"),
            ("POST", "/x/problems/conflict", "*/*", 405, "application/problem+json", "method-not-allowed"),
            ("DELETE", "/x/problems", "*/*", 405, "application/problem+json", "allowed: GET, HEAD"),
        ];
        for (method, path, accept, status, content_type, text) in table {
            let request = TestRequest::with_uri(path)
                .method(method.parse().expect("a method"))
                .insert_header((header::ACCEPT, accept))
                .to_request();
            let response = call_service(&app, request).await;
            assert_eq!(response.status(), status, "{method} {path} {accept}");
            let found =
                response.headers().get(header::CONTENT_TYPE).map(|value| value.to_str().expect("text").to_owned());
            assert_eq!(found.as_deref(), Some(content_type), "{method} {path} {accept}");
            assert_eq!(response.headers().contains_key(header::ALLOW), status == 405, "{method} {path}");
            let body = read_body(response).await;
            let body = std::str::from_utf8(&body).expect("UTF-8");
            assert!(body.contains(text), "{method} {path} {accept}: {body}");
            assert!(!body.contains("<script"), "{body}");
        }
    }
}
