//! Cursors: from the end of a page to a sealed text, and back to the beginning of the next page.
//!
//! A cursor is sent in a URL, and the values of its keys can be as long as a body. Its sealed content is
//!
//! 1. the values of the page's last row, where they are short: nearly always;
//! 2. else a boundary between this row and the next, [`Boundary::between`]: as many characters of a long text as
//!    distinguish the two, compressed. It needs neither of the rows again, even if they change or are deleted;
//! 3. else, where texts of tens of thousands of characters hardly differ and cannot be compressed, the ids of the next
//!    row and of the last ones, each with a digest of its values. The page begins at the first of them that is unchanged:
//!    at the next row, or after the last unchanged row before it. The rows between were changed or deleted, so no unchanged
//!    row is skipped. If all of them were changed, the beginning of the page is unknown, and the cursor is refused.

use std::io::{Read, Write};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use sea_orm::sea_query::{Alias, Expr, ExprTrait};

use super::columns::Columns;
use super::order::{Order, RANK};
use crate::error::{Error, FieldError, Result, catalogue};
use crate::query::seek::{self, Boundary, Key};
use crate::query::{self, ListQuery, cursor, limits};
use crate::resource::{FieldValue, Record, value_to_json};
use crate::service::engine::Engine;
use crate::spec::Operation;

/// The first byte of a content that is not the values of a row. JSON begins with another byte.
const BETWEEN: u8 = b'=';
const ROWS: u8 = b'@';

/// The most rows that a cursor of the last kind names.
const WITNESSES: usize = 8;

impl Engine {
    /// The boundary at which the page of this cursor begins.
    pub(super) async fn open_cursor(
        &self,
        operation: Operation,
        list: &ListQuery,
        order: &Order,
        binding: &[u8],
        text: &str,
    ) -> Result<Boundary> {
        let foreign = |why| foreign(operation, why);
        let content = self.ctx.options().secret.open(binding, text);
        let content = content
            .ok_or_else(|| foreign("was truncated, changed, or made for another caller, order, filter or search"))?;
        let boundary = match content.split_first() {
            Some((&BETWEEN, packed)) => unpack(packed).and_then(|content| between(&order.keys, &content)),
            Some((&ROWS, rows)) => match self.witnesses(rows) {
                Some(rows) => Some(self.begin_at(list, order, rows).await?.ok_or_else(|| {
                    foreign("follows rows that have all been changed or deleted, and whose values are too long to be stored in it")
                })?),
                None => None,
            },
            _ => cursor::read(&order.keys, &content).filter(|values| values.len() == order.keys.len()).map(Boundary::behind),
        };
        boundary.ok_or_else(|| foreign("was made before the resource changed"))
    }

    /// The cursor of the page after these rows, which begins with another row.
    pub(super) fn seal_cursor(
        &self,
        list: &ListQuery,
        order: &Order,
        binding: &[u8],
        shown: &[Record],
        next: &Record,
    ) -> Result<Option<String>> {
        let Some(last) = shown.last() else { return Ok(None) };
        let seal = |content: &[u8]| self.ctx.options().secret.seal(binding, content);
        let keys_of =
            |row: &Record| self.key_values(list, order, row).map_err(|error| self.no_next_page(list, row, error));
        let values = keys_of(last)?;
        let sealed = seal(&cursor::write(&order.keys, &values));
        if sealed.len() <= limits::WHOLE_CURSOR {
            return Ok(Some(sealed));
        }
        let boundary = Boundary::between(&order.keys, &values, &keys_of(next)?);
        let mut content = vec![BETWEEN];
        content
            .extend(pack(&[&[u8::from(boundary.inclusive)], &*cursor::write(&order.keys, &boundary.values)].concat()));
        let sealed = seal(&content);
        if sealed.len() <= limits::CURSOR {
            return Ok(Some(sealed));
        }
        let spec = self.spec();
        let witnesses = std::iter::once(next).chain(shown.iter().rev().take(WITNESSES - 1)).map(|row| {
            let id = cursor::write(&self.id_key(), &[row.value(spec, spec.id)?]);
            Ok((String::from_utf8_lossy(&id).into_owned(), digest_of(&order.keys, &keys_of(row)?)))
        });
        let witnesses = serde_json::to_vec(&witnesses.collect::<Result<Vec<_>>>()?).map_err(Error::internal)?;
        Ok(Some(seal(&[&[ROWS], &*witnesses].concat())))
    }

    /// 409: the next page would begin after a value that cannot be stored in a cursor. The answer names the row and the field.
    fn no_next_page(&self, list: &ListQuery, last: &Record, error: Error) -> Error {
        let spec = self.spec();
        let keys = query::total(spec, &list.sort);
        let field = keys.iter().map(|key| key.field).find(|&field| last.value(spec, field).is_err());
        let field = field.map_or(spec.id_field().json, |field| spec.fields[field].json);
        let id = last.value(spec, spec.id).map(|id| value_to_json(&spec.id_field().ty.kind, &id).to_string());
        let row = id.map_or_else(|_| "a row".to_owned(), |id| format!("the row with the id {id}"));
        let detail = format!(
            "The page ends with {row}, whose `{field}` has a value that does not fit the field. No cursor can continue \
             this order: sort by another field, or correct the row"
        );
        Error::new(&catalogue::CONFLICT, detail).with_source(error)
    }

    /// The rows that a cursor names, the next one first and then those before it, each with a digest of its values.
    fn witnesses(&self, content: &[u8]) -> Option<Vec<(FieldValue, String)>> {
        let rows: Vec<(String, String)> = serde_json::from_slice(content).ok()?;
        let id = |text: &str| cursor::read(&self.id_key(), text.as_bytes()).and_then(|mut values| values.pop());
        rows.into_iter().map(|(text, digest)| Some((id(&text)?, digest))).collect()
    }

    /// The place where the page begins, according to the first of these rows that is unchanged.
    async fn begin_at(
        &self,
        list: &ListQuery,
        order: &Order,
        rows: Vec<(FieldValue, String)>,
    ) -> Result<Option<Boundary>> {
        for (place, (id, digest)) in rows.into_iter().enumerate() {
            let same = Expr::col((Alias::new(self.spec().table), Alias::new(self.spec().id_field().column)));
            let keys = query::total(self.spec(), &list.sort).into_iter().map(|key| key.field);
            let mut select = Columns::NONE.with(keys).select(self.spec());
            select.cond_where(same.eq(Expr::val(id))).limit(1);
            if let Some(rank) = &order.rank {
                select.expr_as(rank.clone(), Alias::new(RANK));
            }
            let Some(row) = self.one(&select).await? else { continue };
            let Ok(values) = self.key_values(list, order, &row) else { continue };
            if digest_of(&order.keys, &values) == digest {
                return Ok(Some(Boundary { values, inclusive: place == 0 }));
            }
        }
        Ok(None)
    }

    fn key_values(&self, list: &ListQuery, order: &Order, row: &Record) -> Result<Vec<FieldValue>> {
        let spec = self.spec();
        if order.rank.is_some() {
            let rank: f64 = row.row().try_get_by_index(spec.fields.len()).map_err(Error::internal)?;
            return Ok(vec![FieldValue::Double(Some(rank)), row.value(spec, spec.id)?]);
        }
        query::total(spec, &list.sort).into_iter().map(|key| row.value(spec, key.field)).collect()
    }

    fn id_key(&self) -> Vec<Key> {
        seek::keys(self.spec(), &[])
    }
}

/// Reads a boundary: whether it is inclusive, and its values.
fn between(keys: &[Key], content: &[u8]) -> Option<Boundary> {
    let (inclusive, values) = content.split_first()?;
    Some(Boundary { values: cursor::read(keys, values)?, inclusive: *inclusive == 1 })
}

fn digest_of(keys: &[Key], values: &[FieldValue]) -> String {
    STANDARD_NO_PAD.encode(&digest(&SHA256, &cursor::write(keys, values)).as_ref()[..16])
}

fn pack(content: &[u8]) -> Vec<u8> {
    let mut packed = DeflateEncoder::new(Vec::new(), Compression::best());
    // Writing to a Vec cannot fail.
    packed.write_all(content).and_then(|()| packed.finish()).unwrap_or_default()
}

/// The packed content. Only this application can have sealed it.
fn unpack(packed: &[u8]) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    DeflateDecoder::new(packed).read_to_end(&mut content).ok()?;
    Some(content)
}

/// A cursor that does not belong to the list. A search has it in its body.
fn foreign(operation: Operation, why: &'static str) -> Error {
    let code = catalogue::INVALID_CURSOR.code();
    let field_error = match operation {
        Operation::Search => FieldError::at("/after", code, why),
        _ => FieldError::parameter("after", code, why),
    };
    Error::new(&catalogue::INVALID_CURSOR, "The cursor does not belong to this list; begin at the first page")
        .with_errors(vec![field_error])
}
