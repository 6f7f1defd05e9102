//! The endpoints of fields that are files: uploads, downloads, removals, smaller copies of images.
//!
//! They are parts of the row: an upload and a removal have the requirement, the policy and the conditions of a PATCH, a download
//! those of a GET. The order of the checks is that of every operation, and the row is looked up before the body is read.

mod disposition;
mod form;
mod upload;

use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};

use super::conditional;
use super::files::answer::{Shown, answer};
use super::operations::{id, row};
use super::request::admission::Admission;
use super::status::of_success;
use crate::actor::{Actor, RowAccess};
use crate::context::Context;
use crate::error::{Result, catalogue};
use crate::query::{self, Viewer};
use crate::resource::ResourceTable;
use crate::service::{Engine, Looking, note_missing};
use crate::spec::{FieldSpec, FileAction, FileOperation, Operation, Requirement};

/// Runs the endpoint of a file for a caller who was let in.
pub(crate) async fn run(
    ctx: &Context,
    table: &'static ResourceTable,
    file: FileOperation,
    admission: Admission,
    req: &HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse> {
    let spec = table.spec;
    let FileOperation { field, action, operation } = file;
    let Admission { actor, rows } = admission;
    check_field(&actor, &spec.fields[field], action)?;
    let engine = Engine::new(ctx, table, actor.clone());
    let engine = if rows == RowAccess::Own && spec.owner.is_some() { engine.owned()? } else { engine };
    let id = id(spec, operation, req)?;
    query::parse_none(req.query_string())?;
    match action {
        FileAction::Upload => {
            let engine = engine.expecting(conditional::of_write(spec, conditional::conditions(req)?)?);
            conditional::keep_strong(req);
            engine.check_file_row(operation, id.clone()).await?;
            let record = upload::upload(ctx, &engine, file, id, req, payload).await?;
            let mut response = row(ctx, &Viewer { table, actor: &actor }, operation, &record);
            // The answer, and its tag, are those of the row (RFC 9110 section 8.7).
            if let Some(path) = req.uri().path().trim_end_matches('/').rsplit_once('/').map(|(row, _)| row)
                && let Ok(path) = HeaderValue::try_from(path)
            {
                response.headers_mut().insert(header::CONTENT_LOCATION, path);
            }
            Ok(response)
        }
        FileAction::Remove => {
            let engine = engine.expecting(conditional::of_write(spec, conditional::conditions(req)?)?);
            engine.remove_file(operation, id, field).await?;
            Ok(HttpResponse::new(of_success(Operation::Delete)))
        }
        FileAction::Download => {
            let mut row = Looking::new(&engine, operation, id, field);
            let mut opened = row.open().await?;
            loop {
                let missing = match answer(req, &opened.storage, &opened.key, shown(ctx)).await {
                    Err(error) if error.is(&catalogue::NOT_FOUND) => error,
                    answered => return answered,
                };
                match row.again(&opened.key).await? {
                    Some(other) => opened = other,
                    None => {
                        note_missing(&opened.key);
                        return Err(missing);
                    }
                }
            }
        }
        #[cfg(feature = "thumbnails")]
        FileAction::Thumb(size) => {
            let mut row = Looking::new(&engine, operation, id, field);
            let mut opened = row.open().await?;
            loop {
                let key = opened.key.clone();
                let answered = match opened.thumb(ctx, size).await {
                    Ok(copy) => answer(req, &copy.storage, &copy.key, shown(ctx)).await,
                    Err(error) => Err(error),
                };
                let missing = match answered {
                    Err(error) if error.is(&catalogue::NOT_FOUND) => error,
                    answered => return answered,
                };
                // Of most images that have no copy there will never be one.
                opened = row.again(&key).await?.ok_or(missing)?;
            }
        }
        // Without the feature the macro refuses them.
        #[cfg(not(feature = "thumbnails"))]
        FileAction::Thumb(_) => Err(crate::error::Error::not_found()),
    }
}

fn shown<'a>(ctx: &Context) -> Shown<'a> {
    Shown { patience: ctx.options().limits.answer_timeout, ..Shown::default() }
}

/// Whether the caller has the permission of the field itself.
fn check_field(actor: &Actor, field: &'static FieldSpec, action: FileAction) -> Result<()> {
    let (word, permission) = match action {
        FileAction::Upload | FileAction::Remove => ("write", field.write),
        FileAction::Download | FileAction::Thumb(_) => ("read", field.read),
    };
    let Some(permission) = permission else { return Ok(()) };
    actor.require(&Requirement::Permission(permission)).map_err(|error| {
        error.with_explanation(format!("The field `{}` is declared with `{word} = \"{permission}\"`", field.json))
    })
}
