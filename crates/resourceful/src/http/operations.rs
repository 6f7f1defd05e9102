//! The fifteen operations over HTTP: path and query, then the body, then the engine, then the response.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

use super::caching::{self, Asked};
use super::conditional::{self, Subject};
use super::render::{self, Sheet, Shown};
use super::request::admission::Admission;
use super::request::body::{Accepts, is_merge_patch, read_json};
use super::request::own_path;
use super::status::of_success;
use crate::actor::RowAccess;
use crate::context::Context;
use crate::context::budget::Budget;
use crate::error::{Error, FieldError, Result, catalogue};
use crate::etag::{IfMatch, State};
use crate::query::{self, ListQuery, Selection, Viewer};
use crate::resource::{self, BodyShape, FieldValue, Record, ResourceTable, Visible, version_of};
use crate::service::{Columns, Engine};
use crate::spec::{Operation, ResourceSpec, Target};

/// Runs an operation for a caller who was let in. The larger operations have futures of their own, so that they do not make
/// the future of a small one larger: it is moved several times on its way.
pub(crate) async fn run(
    ctx: &Context,
    table: &'static ResourceTable,
    operation: Operation,
    admission: Admission,
    req: &HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse> {
    let spec = table.spec;
    let Admission { actor, rows } = admission;
    let engine = Engine::new(ctx, table, actor.clone());
    // Rows of a resource without an owner belong to no caller.
    let own = rows == RowAccess::Own && spec.owner.is_some();
    let engine = if own { engine.owned()? } else { engine };
    let viewer = Viewer { table, actor: &actor };
    let conditions = conditional::conditions(req)?;
    if operation.target() == Target::Item || matches!(operation, Operation::Create | Operation::SelfCreate) {
        conditional::keep_strong(req);
    }
    let raw = req.query_string();
    let body = |accepts| read_json(req, payload, &ctx.options().limits, accepts);
    match operation {
        Operation::List | Operation::SelfList => {
            let query = query::parse_list(&viewer, raw)?;
            let make = async |conditions: IfMatch| page(&viewer, engine.clone(), operation, &query, &conditions).await;
            let asked = Asked::Page(&query);
            Box::pin(caching::serve((&viewer, rows), &engine, operation, asked, conditions, make)).await
        }
        Operation::Count => {
            let query = query::parse_count(&viewer, raw)?;
            let make = async |conditions: IfMatch| count(&engine, operation, &query, &conditions).await;
            let asked = Asked::Count(&query);
            Box::pin(caching::serve((&viewer, rows), &engine, operation, asked, conditions, make)).await
        }
        Operation::Search => {
            conditional::refuse(&conditions)?;
            query::parse_none(raw)?;
            let body = body(Accepts::Json).await?;
            // Too small for a double: the filter would look for zero, which is another number.
            if let Some(at) = resource::vanished(&body).next() {
                let wrong = FieldError::at(
                    at.to_owned(),
                    catalogue::INVALID_FILTER.code(),
                    "must be a number that a double can represent",
                );
                let detail = format!("{at}: must be a number that a double can represent");
                return Err(Error::new(&catalogue::INVALID_FILTER, detail).with_errors(vec![wrong]));
            }
            let query = query::parse_search(&viewer, &body.value)?;
            Box::pin(page(&viewer, engine, operation, &query, &conditions)).await
        }
        Operation::Get | Operation::SelfGet => {
            let id = id(spec, operation, req)?;
            let selection = query::parse_row(&viewer, raw)?;
            let make = async |conditions: IfMatch| item(&viewer, engine.clone(), &id, &selection, &conditions).await;
            caching::serve((&viewer, rows), &engine, operation, Asked::Row(&id, &selection), conditions, make).await
        }
        Operation::Create | Operation::SelfCreate => {
            conditional::refuse(&conditions)?;
            query::parse_none(raw)?;
            let shape = if operation.is_self() { BodyShape::CreateOwn } else { BodyShape::Create };
            let values = resource::decode_body(table, &actor, shape, body(Accepts::Json).await?)?;
            let record = Box::pin(engine.create(values)).await?;
            // The row has been created: from here on nothing may fail.
            let mut answer = row(ctx, &viewer, operation, &record);
            if let Some(location) = location(req, spec, &record) {
                answer.headers_mut().insert(header::LOCATION, location);
            }
            Ok(answer)
        }
        Operation::BulkCreate => {
            conditional::refuse(&conditions)?;
            query::parse_none(raw)?;
            let items = resource::decode_bulk(table, &actor, body(Accepts::Bulk).await?)?;
            let records = Box::pin(engine.create_bulk(items)).await?;
            let visible = Visible::of(table, &actor, None);
            let mut out = Vec::with_capacity(records.len() * 256);
            render::list(&mut out, &records, |record, out| {
                render::row(out, &visible, record);
            });
            Ok(render::written(of_success(operation), out))
        }
        Operation::Update | Operation::SelfUpdate => {
            let id = id(spec, operation, req)?;
            query::parse_none(raw)?;
            let engine = engine.expecting(conditional::of_write(spec, conditions)?);
            let values = resource::decode_body(table, &actor, BodyShape::Update, body(Accepts::Json).await?)?;
            Ok(row(ctx, &viewer, operation, &Box::pin(engine.update(operation, id, values)).await?))
        }
        Operation::Patch | Operation::SelfPatch => {
            let id = id(spec, operation, req)?;
            query::parse_none(raw)?;
            let engine = engine.expecting(conditional::of_write(spec, conditions)?);
            let patch = body(Accepts::JsonOrMergePatch).await?;
            let record = if is_merge_patch(req) {
                Box::pin(engine.merge(id, patch)).await?
            } else {
                let values = resource::decode_body(table, &actor, BodyShape::Patch, patch)?;
                Box::pin(engine.update(operation, id, values)).await?
            };
            Ok(row(ctx, &viewer, operation, &record))
        }
        Operation::Delete | Operation::SelfDelete => {
            let id = id(spec, operation, req)?;
            query::parse_none(raw)?;
            Box::pin(engine.expecting(conditional::of_write(spec, conditions)?).delete(id)).await?;
            Ok(HttpResponse::new(of_success(operation)))
        }
    }
}

/// The id of the path. No row has an id that cannot be read.
pub(super) fn id(spec: &ResourceSpec, operation: Operation, req: &HttpRequest) -> Result<FieldValue> {
    debug_assert!(operation.target() == Target::Item);
    let text = own_path::last_parameter(req);
    text.and_then(|text| resource::parse_id(spec, &text)).ok_or_else(Error::not_found)
}

/// The response to a write, with the tag that a GET would have.
pub(super) fn row(ctx: &Context, viewer: &Viewer<'_>, operation: Operation, record: &Record) -> HttpResponse {
    let mut out = Vec::with_capacity(512);
    let visible = Visible::of(viewer.table, viewer.actor, None);
    let end = render::row(&mut out, &visible, record);
    let subject = version_of(viewer.table.spec, record).map_or(Subject::Fields(end), Subject::Row);
    let tag = conditional::tag(&ctx.options().secret, &out, subject);
    conditional::with_tag(render::written(of_success(operation), out), &tag)
}

/// The response to a request that reads what is on the sheet.
async fn read(ctx: &Context, mut sheet: Sheet, subject: Subject, conditions: &IfMatch) -> Result<HttpResponse> {
    let tag = sheet.tag(&ctx.options().secret, subject).await?;
    match conditional::instead(conditions, &tag)? {
        Some(instead) => Ok(instead),
        None => Ok(conditional::with_tag(sheet.answer().await?, &tag)),
    }
}

async fn page(
    viewer: &Viewer<'_>,
    engine: Engine,
    operation: Operation,
    query: &ListQuery,
    conditions: &IfMatch,
) -> Result<HttpResponse> {
    let ctx = engine.ctx().clone();
    let budget = Budget::new(engine.ctx());
    let engine = engine.within(budget.clone());
    let visible = Visible::of(viewer.table, viewer.actor, query.selection.fields.as_deref());
    let columns = Columns::shown(&visible, &query.selection.include);
    let page = engine.list_columns(operation, query, None, columns).await?;
    let included = engine.include(&page.items, &query.selection.include).await?;
    let mut sheet = Sheet::new(budget, 64 + page.items.len() * 256);
    sheet.page(page, Shown { visible, included }).await?;
    if operation == Operation::Search {
        // The response to a POST has no tag: it is no representation of what the path names.
        return sheet.answer().await;
    }
    read(&ctx, sheet, Subject::Rows, conditions).await
}

async fn item(
    viewer: &Viewer<'_>,
    engine: Engine,
    id: &FieldValue,
    selection: &Selection,
    conditions: &IfMatch,
) -> Result<HttpResponse> {
    let ctx = engine.ctx().clone();
    let visible = Visible::of(viewer.table, viewer.actor, selection.fields.as_deref());
    let record = engine.get_columns(id.clone(), &Columns::shown(&visible, &selection.include)).await?;
    let version = version_of(viewer.spec(), &record);
    let budget = Budget::new(&ctx);
    let engine = engine.within(budget.clone());
    let included = engine.include(std::slice::from_ref(&record), &selection.include).await?;
    let mut sheet = Sheet::new(budget, 512);
    let end = sheet.row(record, Shown { visible, included }).await?;
    let subject = match (version, &selection.fields) {
        (Some(state), _) => Subject::Row(state),
        (None, Some(_)) => Subject::Row(State::Unknown),
        (None, None) => Subject::Fields(end),
    };
    read(&ctx, sheet, subject, conditions).await
}

async fn count(engine: &Engine, operation: Operation, query: &ListQuery, conditions: &IfMatch) -> Result<HttpResponse> {
    let total = engine.count(query, None).await?;
    let body = format!("{{\"total\":{total}}}").into_bytes();
    let tag = conditional::tag(&engine.ctx().options().secret, &body, Subject::Rows);
    Ok(match conditional::instead(conditions, &tag)? {
        Some(instead) => instead,
        None => conditional::with_tag(render::json(of_success(operation), body), &tag),
    })
}

/// Where the caller finds the new row: below the path of the request. `None` where its id cannot be written in a path.
fn location(req: &HttpRequest, spec: &ResourceSpec, record: &Record) -> Option<header::HeaderValue> {
    let id = record.value(spec, spec.id).ok()?;
    let id = resource::segment(spec, &id)?;
    header::HeaderValue::try_from(own_path::below(req, &id)).ok()
}
