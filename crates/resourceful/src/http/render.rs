//! JSON answers.

use std::io::Write;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, Responder};

use super::dispatch::Admitted;
use crate::actor::Actor;
use crate::page::Page;
use crate::resource::{Record, Resource, Visible, encode_model, encode_record, member};
use crate::service::Included;

/// An answer of JSON that is already written.
pub(crate) fn json(status: StatusCode, body: Vec<u8>) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((header::CONTENT_TYPE, header::HeaderValue::from_static("application/json")))
        .body(body)
}

/// Writes an array.
pub(crate) fn list<T>(out: &mut Vec<u8>, items: &[T], mut write: impl FnMut(&T, &mut Vec<u8>)) {
    out.push(b'[');
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        write(item, out);
    }
    out.push(b']');
}

/// Writes a page.
pub(crate) fn page<T>(out: &mut Vec<u8>, page: &Page<T>, write: impl FnMut(&T, &mut Vec<u8>)) {
    out.extend_from_slice(b"{\"items\":");
    list(out, &page.items, write);
    // Writing to a Vec cannot fail.
    if let Some(total) = page.total {
        let _ = write!(out, ",\"total\":{total}");
    }
    if let Some(number) = page.page {
        let _ = write!(out, ",\"page\":{number}");
    }
    let _ = write!(out, ",\"size\":{}", page.size);
    if let Some(pages) = page.pages() {
        let _ = write!(out, ",\"pages\":{pages}");
    }
    // A cursor is letters, digits, `-` and `_`.
    let _ = match &page.next {
        Some(cursor) => write!(out, ",\"next\":\"{cursor}\"}}"),
        None => write!(out, ",\"next\":null}}"),
    };
}

/// Writes a row with its relations. It cannot fail: the row may have been written by the request.
pub(crate) fn row(out: &mut Vec<u8>, visible: &Visible, record: &Record, included: &[Included]) {
    encode_record(visible, record, out);
    for relation in included {
        member(relation.relation.json, out);
        let (rows, more) = relation.of(visible.table().spec, record);
        let write = |record: &&Record, out: &mut Vec<u8>| row(out, &relation.visible, record, &relation.included);
        match (relation.relation.kind.is_to_many(), rows.first()) {
            (false, None) => out.extend_from_slice(b"null"),
            (false, Some(record)) => write(record, out),
            (true, _) => {
                out.extend_from_slice(b"{\"items\":");
                list(out, &rows, write);
                let _ = write!(out, ",\"more\":{more}}}");
            }
        }
    }
    out.push(b'}');
}

/// Answers with a model, a `Vec` of models or a [`Page`] of models, in JSON as the resource describes it: camel case,
/// and nothing that callers may not see.
#[derive(Debug, Clone, PartialEq)]
pub struct Out<T>(pub T);

/// What [`Out`] can answer with.
#[diagnostic::on_unimplemented(
    message = "`Out` cannot answer with `{Self}`",
    note = "it takes a resource, a Vec of resources or a Page of resources"
)]
pub trait Render {
    /// Writes the JSON text for this actor.
    fn render(&self, actor: &Actor, out: &mut Vec<u8>);

    /// Its JSON Schema: a reference to the resource's own.
    fn schema() -> serde_json::Value;
}

impl<R: Resource> Render for R {
    fn render(&self, actor: &Actor, out: &mut Vec<u8>) {
        encode_model(&Visible::of(R::TABLE, actor, None), self, out);
    }

    fn schema() -> serde_json::Value {
        reference(R::spec().type_name)
    }
}

fn reference(schema: &str) -> serde_json::Value {
    serde_json::json!({"$ref": format!("#/components/schemas/{schema}")})
}

impl<R: Resource> Render for Vec<R> {
    fn render(&self, actor: &Actor, out: &mut Vec<u8>) {
        let visible = Visible::of(R::TABLE, actor, None);
        list(out, self, |model, out| encode_model(&visible, model, out));
    }

    fn schema() -> serde_json::Value {
        serde_json::json!({"type": "array", "items": reference(R::spec().type_name)})
    }
}

impl<R: Resource> Render for Page<R> {
    fn render(&self, actor: &Actor, out: &mut Vec<u8>) {
        let visible = Visible::of(R::TABLE, actor, None);
        page(out, self, |model, out| encode_model(&visible, model, out));
    }

    fn schema() -> serde_json::Value {
        reference(&format!("{}Page", R::spec().type_name))
    }
}

impl<T: Render> Responder for Out<T> {
    type Body = actix_web::body::BoxBody;

    fn respond_to(self, req: &HttpRequest) -> HttpResponse {
        let mut out = Vec::with_capacity(512);
        // Outside of endpoints and of scopes that require something, nobody knows who asks.
        let actor = req.extensions().get::<Admitted>().map_or(Actor::Anonymous, |admitted| admitted.actor.clone());
        self.0.render(&actor, &mut out);
        json(StatusCode::OK, out)
    }
}
