//! The page at `/mail` in development: templates with sample values, and the mails that this process has sent.
//!
//! The pages have no scripts. The HTML of a mail is in a frame of its own, which can run no scripts, load nothing and send
//! nothing: a mail can contain what somebody else wrote.

mod frame;
mod view;

use std::collections::HashMap;

use actix_web::http::header;
use actix_web::{HttpResponse, web};

use crate::context::Context;
use crate::error::catalogue;
use crate::http::pages::{by_address, html, read_only, refuse};
use crate::mail::{Email, SentMail};

/// The page itself: styles that are in it, frames from here.
const PAGE: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'; form-action 'none'; \
                    frame-ancestors 'none'";
/// The HTML of a mail, also when it is opened outside of its frame: nothing but styles and the images that are in the mail.
const MAIL: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; \
                    form-action 'none'; frame-ancestors 'self'";

/// Serves the page.
pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(read_only(web::resource(["/mail", "/mail/"]).guard(by_address()), web::to(index)));
    config.service(read_only(web::resource("/mail/templates/{name}").guard(by_address()), web::to(template)));
    config.service(read_only(web::resource("/mail/templates/{name}/html").guard(by_address()), web::to(template_html)));
    config.service(read_only(web::resource("/mail/sent/{number}").guard(by_address()), web::to(sent)));
    config.service(read_only(web::resource("/mail/sent/{number}/html").guard(by_address()), web::to(sent_html)));
    config.service(read_only(web::resource("/mail/sent/{number}/source").guard(by_address()), web::to(source)));
    config.service(read_only(web::resource("/mail/sent/{number}/files/{index}").guard(by_address()), web::to(file)));
}

/// `?language=de&scheme=dark`
type Choice = web::Query<HashMap<String, String>>;

fn chosen<'a>(choice: &'a Choice, name: &str) -> Option<&'a str> {
    choice.get(name).map(String::as_str).filter(|value| !value.is_empty())
}

fn scheme(choice: &Choice) -> frame::Scheme {
    match chosen(choice, "scheme") {
        Some("dark") => frame::Scheme::Dark,
        _ => frame::Scheme::Light,
    }
}

async fn index(ctx: web::Data<Context>) -> HttpResponse {
    page(view::index(&ctx.mailer()))
}

async fn template(ctx: web::Data<Context>, name: web::Path<String>, choice: Choice) -> HttpResponse {
    let mailer = ctx.mailer();
    let Some(info) = mailer.templates().all().into_iter().find(|template| template.name == *name) else {
        return refuse(&catalogue::NOT_FOUND, "There is no such template");
    };
    let language = chosen(&choice, "language").filter(|language| info.languages.iter().any(|known| known == language));
    let preview = preview(&ctx, &name, language);
    page(view::template(&mailer, &info, language, scheme(&choice), &preview.map_err(|error| error.to_string())))
}

async fn template_html(ctx: web::Data<Context>, name: web::Path<String>, choice: Choice) -> HttpResponse {
    match preview(&ctx, &name, chosen(&choice, "language")) {
        Ok(email) => mail_html(&email, scheme(&choice)),
        Err(_) => refuse(&catalogue::NOT_FOUND, "The template cannot be rendered"),
    }
}

fn preview(ctx: &Context, name: &str, language: Option<&str>) -> Result<Email, crate::mail::TemplateError> {
    let templates = ctx.mailer().templates();
    match language {
        Some(language) => templates.in_language(language).preview(name),
        None => templates.preview(name),
    }
}

/// The mail of this number; another text finds nothing.
fn find(ctx: &Context, number: &str) -> Option<SentMail> {
    let number: u64 = number.parse().ok()?;
    ctx.mailer().sent().into_iter().find(|mail| mail.number == number)
}

fn no_mail() -> HttpResponse {
    refuse(&catalogue::NOT_FOUND, "There is no such mail; the last ones are kept until the server stops")
}

async fn sent(ctx: web::Data<Context>, number: web::Path<String>, choice: Choice) -> HttpResponse {
    let Some(mail) = find(&ctx, &number) else { return no_mail() };
    page(view::sent(&ctx.mailer(), &mail, scheme(&choice)))
}

async fn sent_html(ctx: web::Data<Context>, number: web::Path<String>, choice: Choice) -> HttpResponse {
    let Some(mail) = find(&ctx, &number) else { return no_mail() };
    mail_html(mail.mail.email(), scheme(&choice))
}

async fn source(ctx: web::Data<Context>, number: web::Path<String>) -> HttpResponse {
    let Some(mail) = find(&ctx, &number) else { return no_mail() };
    plain("text/plain; charset=utf-8", None, mail.source().to_vec())
}

async fn file(ctx: web::Data<Context>, path: web::Path<(String, String)>) -> HttpResponse {
    let Some(mail) = find(&ctx, &path.0) else { return no_mail() };
    let index = path.1.parse().unwrap_or(usize::MAX);
    match mail.mail.email().attachments().get(index) {
        // Never shown by the browser, whatever its type is.
        Some(file) => plain("application/octet-stream", Some(file.name()), file.bytes().to_vec()),
        None => refuse(&catalogue::NOT_FOUND, "The mail has no such file"),
    }
}

fn page(text: String) -> HttpResponse {
    private(html(PAGE, (header::CACHE_CONTROL, "no-store"), text))
}

fn mail_html(email: &Email, scheme: frame::Scheme) -> HttpResponse {
    private(html(MAIL, (header::CACHE_CONTROL, "no-store"), frame::html(email, scheme)))
}

fn plain(content_type: &'static str, download: Option<&str>, bytes: Vec<u8>) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response
        .content_type(content_type)
        .insert_header((header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CACHE_CONTROL, "no-store"));
    if let Some(name) = download {
        let encoded = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
        response.insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename*=UTF-8''{encoded}")));
    }
    private(response.body(bytes))
}

/// The address of the page says which mail was open.
fn private(mut response: HttpResponse) -> HttpResponse {
    response.headers_mut().insert(header::REFERRER_POLICY, header::HeaderValue::from_static("no-referrer"));
    response
}
