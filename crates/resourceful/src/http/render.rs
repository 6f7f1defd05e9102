//! JSON responses.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::http::{Method, StatusCode, header};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, Responder, ResponseError};
use serde::Serialize;

use super::conditional::{self, Subject};
use super::portions::Portions;
use super::request::shared::context;
use super::request::state::RequestState;
use super::signature::{Described, EndpointDoc, Part, schema_of};
use crate::actor::Actor;
use crate::context::Secret;
use crate::context::budget::Budget;
use crate::error::{Error, Result};
use crate::etag::{EntityTag, State};
use crate::page::Page;
use crate::resource::{Json, Record, Resource, Visible, encode_model, encode_record, member, version_of_model};
use crate::service::Included;
use crate::spec::ResourceSpec;

/// A response of JSON that is already written.
pub(crate) fn json(status: StatusCode, body: impl Into<Bytes>) -> HttpResponse {
    json_of(status, body.into())
}

/// The response to a write. A long one is handed out in portions: what is handed out as a whole is copied as a whole.
pub(crate) fn written(status: StatusCode, body: Vec<u8>) -> HttpResponse {
    if body.len() <= STRETCH {
        return json(status, body);
    }
    json_of(status, Portions::new(body, (), Duration::MAX))
}

fn json_of(status: StatusCode, body: impl MessageBody + 'static) -> HttpResponse {
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
    out.extend_from_slice(ITEMS);
    list(out, &page.items, write);
    page_end(out, page);
}

const ITEMS: &[u8] = b"{\"items\":";

/// What follows the rows of a page.
fn page_end<T>(out: &mut Vec<u8>, page: &Page<T>) {
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

/// What a response shows of its rows.
pub(crate) struct Shown {
    pub(crate) visible: Visible,
    pub(crate) included: Vec<Included>,
}

impl Shown {
    fn write(&self, out: &mut Vec<u8>, record: &Record, most: usize) -> Option<usize> {
        row_within(out, &self.visible, record, &self.included, most)
    }
}

/// A response that is being written and may not become larger than its budget.
pub(crate) struct Sheet {
    out: Vec<u8>,
    budget: Arc<Budget>,
    /// Its length when other requests of the worker could last run.
    yielded: usize,
}

/// The capacity of a large response, in bytes. Allocators take more than 32 MiB directly from the system, page by page as
/// it is written to, and return it at once: the response is not copied while it grows, and no memory is kept afterwards.
const ROOM: std::ops::RangeInclusive<usize> = 33 * 1024 * 1024..=256 * 1024 * 1024;

fn room(budget: &Budget) -> usize {
    budget.most().clamp(*ROOM.start(), *ROOM.end())
}

/// After how many bytes the other requests of the worker can run.
const STRETCH: usize = 64 * 1024;

/// The largest response whose digest is made without leaving the worker: it takes about 0.2 milliseconds.
const DIGESTED: usize = 1024 * 1024;

impl Sheet {
    pub(crate) fn new(budget: Arc<Budget>, capacity: usize) -> Self {
        let capacity = if budget.is_large() { room(&budget) } else { capacity };
        Self { out: Vec::with_capacity(capacity), budget, yielded: 0 }
    }

    /// Writes a page and drops its rows one after another.
    ///
    /// # Errors
    /// 400 `answer-too-large`, 503 when too many large responses are being made.
    pub(crate) async fn page(&mut self, mut page: Page<Record>, shown: Shown) -> Result<()> {
        let shown = Arc::new(shown);
        self.out.extend_from_slice(ITEMS);
        self.out.push(b'[');
        for (place, record) in std::mem::take(&mut page.items).into_iter().enumerate() {
            if place > 0 {
                self.out.push(b',');
            }
            self.row_of(record, &shown).await?;
        }
        self.out.push(b']');
        page_end(&mut self.out, &page);
        Ok(())
    }

    /// Writes a row with its relations. Returns where its stored fields end.
    ///
    /// # Errors
    /// As of a page.
    pub(crate) async fn row(&mut self, record: Record, shown: Shown) -> Result<usize> {
        self.row_of(record, &Arc::new(shown)).await
    }

    async fn row_of(&mut self, record: Record, shown: &Arc<Shown>) -> Result<usize> {
        if !self.budget.is_large() {
            let begin = self.out.len();
            if let Some(end) = shown.write(&mut self.out, &record, self.budget.most()) {
                if self.out.len() - self.yielded > STRETCH {
                    self.yielded = self.out.len();
                    tokio::task::yield_now().await;
                }
                return Ok(end);
            }
            self.out.truncate(begin);
            self.budget.enlarge().await?;
            let small = std::mem::replace(&mut self.out, Vec::with_capacity(room(&self.budget)));
            self.out.extend_from_slice(&small);
        }
        // The worker's other requests would wait until the whole row is written.
        let (mut out, shown, most) = (std::mem::take(&mut self.out), shown.clone(), self.budget.most());
        let written = tokio::task::spawn_blocking(move || {
            let end = shown.write(&mut out, &record, most);
            (out, end)
        });
        let (out, end) = written.await.map_err(Error::internal)?;
        self.out = out;
        end.ok_or_else(|| self.budget.too_large())
    }

    /// The tag of the response.
    ///
    /// # Errors
    /// 500 when the process ends meanwhile.
    pub(crate) async fn tag(&mut self, secret: &Secret, subject: Subject) -> Result<EntityTag> {
        if self.out.len() <= DIGESTED {
            return Ok(conditional::tag(secret, &self.out, subject));
        }
        let (out, secret) = (std::mem::take(&mut self.out), secret.clone());
        let tagged = tokio::task::spawn_blocking(move || (conditional::tag(&secret, &out, subject), out));
        let (tag, out) = tagged.await.map_err(Error::internal)?;
        self.out = out;
        Ok(tag)
    }

    /// The response.
    ///
    /// # Errors
    /// 503 when too many large responses are being sent.
    pub(crate) async fn answer(self) -> Result<HttpResponse> {
        if self.out.len() <= STRETCH {
            return Ok(json(StatusCode::OK, self.out));
        }
        let memory = self.budget.sending(self.out.len()).await?;
        Ok(json_of(StatusCode::OK, Portions::new(self.out, memory, self.budget.patience())))
    }
}

/// Writes a row without relations, whatever its size, and returns where its stored fields end. It cannot fail: the row may
/// have been written by the request.
pub(crate) fn row(out: &mut Vec<u8>, visible: &Visible, record: &Record) -> usize {
    let end = encode_record(visible, record, out);
    out.push(b'}');
    end
}

/// Writes a row with its relations, and returns where its stored fields end. `None` when the response would be larger than
/// this many bytes; it is then incomplete.
fn row_within(
    out: &mut Vec<u8>,
    visible: &Visible,
    record: &Record,
    included: &[Included],
    most: usize,
) -> Option<usize> {
    let end = encode_record(visible, record, out);
    if out.len() > most {
        return None;
    }
    for relation in included {
        member(relation.relation.json, out);
        let (rows, more) = relation.of(visible.table().spec, record);
        let write =
            |record: &Record, out: &mut Vec<u8>| row_within(out, &relation.visible, record, &relation.included, most);
        match (relation.relation.kind.is_to_many(), rows.first()) {
            (false, None) => out.extend_from_slice(b"null"),
            (false, Some(record)) => {
                write(record, out)?;
            }
            (true, _) => {
                out.extend_from_slice(ITEMS);
                out.push(b'[');
                for (place, record) in rows.iter().enumerate() {
                    if place > 0 {
                        out.push(b',');
                    }
                    write(record, out)?;
                }
                let _ = write!(out, "],\"more\":{more}}}");
            }
        }
    }
    out.push(b'}');
    (out.len() <= most).then_some(end)
}

/// Responds with a model, a `Vec` of models or a [`Page`] of models, in the JSON of the resource: camel case, and without
/// fields that the caller may not see.
#[derive(Debug, Clone, PartialEq)]
pub struct Out<T>(pub T);

/// What [`Out`] can respond with.
#[diagnostic::on_unimplemented(
    message = "`Out` cannot answer with `{Self}`, which is no resource; write `Json` for other values",
    note = "it takes a resource, a Vec of resources or a Page of resources"
)]
pub trait Render {
    /// Whether it is one row.
    #[doc(hidden)]
    const IS_ROW: bool = false;

    /// Writes the JSON text for this actor.
    fn render(&self, actor: &Actor, out: &mut Vec<u8>);

    /// Writes the same. For a single row it returns its version, if it has one, and where its stored fields end.
    #[doc(hidden)]
    fn render_row(&self, actor: &Actor, out: &mut Vec<u8>) -> Option<(Option<i64>, usize)> {
        self.render(actor, out);
        None
    }

    /// Its JSON Schema: a reference to the resource's own.
    fn schema() -> serde_json::Value;

    /// The resource that the schema refers to.
    fn resource() -> Option<&'static ResourceSpec> {
        None
    }
}

// Without this, the compiler asks for a derive of `Resource` on every type.
#[diagnostic::do_not_recommend]
impl<R: Resource> Render for R {
    const IS_ROW: bool = true;

    fn render(&self, actor: &Actor, out: &mut Vec<u8>) {
        encode_model(&Visible::of(R::TABLE, actor, None), self, out);
    }

    fn render_row(&self, actor: &Actor, out: &mut Vec<u8>) -> Option<(Option<i64>, usize)> {
        let end = encode_model(&Visible::of(R::TABLE, actor, None), self, out);
        Some((version_of_model(self), end))
    }

    fn schema() -> serde_json::Value {
        schema_of(R::spec(), "")
    }

    fn resource() -> Option<&'static ResourceSpec> {
        Some(R::spec())
    }
}

impl<R: Resource> Render for Vec<R> {
    fn render(&self, actor: &Actor, out: &mut Vec<u8>) {
        let visible = Visible::of(R::TABLE, actor, None);
        list(out, self, |model, out| {
            encode_model(&visible, model, out);
        });
    }

    fn schema() -> serde_json::Value {
        serde_json::json!({"type": "array", "items": R::schema()})
    }

    fn resource() -> Option<&'static ResourceSpec> {
        R::resource()
    }
}

impl<R: Resource> Render for Page<R> {
    fn render(&self, actor: &Actor, out: &mut Vec<u8>) {
        let visible = Visible::of(R::TABLE, actor, None);
        page(out, self, |model, out| {
            encode_model(&visible, model, out);
        });
    }

    fn schema() -> serde_json::Value {
        schema_of(R::spec(), "Page")
    }

    fn resource() -> Option<&'static ResourceSpec> {
        R::resource()
    }
}

impl<T: Render> Described for Out<T> {
    fn describe(doc: &mut EndpointDoc, _: Part) {
        doc.answer = Some((200, T::schema()));
        doc.tagged = T::IS_ROW;
        doc.resources.extend(T::resource());
    }
}

impl<T: Render> Responder for Out<T> {
    type Body = actix_web::body::BoxBody;

    fn respond_to(self, req: &HttpRequest) -> HttpResponse {
        let mut out = Vec::with_capacity(512);
        // Outside of endpoints and of scopes with a requirement, the token has not been checked.
        let actor = RequestState::admission(req).map_or(Actor::Anonymous, |admission| admission.actor);
        let Some((version, end)) = self.0.render_row(&actor, &mut out) else { return json(StatusCode::OK, out) };
        // The tag of a row is that of a GET: what another method answers with may be something else than its target.
        let (true, Ok(ctx)) = (matches!(*req.method(), Method::GET | Method::HEAD), context(req)) else {
            return json(StatusCode::OK, out);
        };
        let subject = version.map_or(Subject::Fields(end), |version| Subject::Row(State::Version(version)));
        let tag = conditional::tag(&ctx.options().secret, &out, subject);
        conditional::keep_strong(req);
        conditional::with_tag(json(StatusCode::OK, out), &tag)
    }
}

impl<T: Serialize> Responder for Json<T> {
    type Body = actix_web::body::BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        match serde_json::to_vec(&self.0) {
            Ok(body) => json(StatusCode::OK, body),
            Err(error) => Error::internal(error).error_response(),
        }
    }
}
