//! Cursors: from the last row of a page to a sealed text, and back to the values behind which the next page begins.

use sea_orm::sea_query::{Alias, Expr, ExprTrait};

use super::engine::Engine;
use super::list::RANK;
use crate::error::{Error, FieldError, Result, catalogue};
use crate::query::seek::{self, Key};
use crate::query::{self, ListQuery, cursor};
use crate::resource::{FieldValue, Record, value_to_json};
use crate::spec::Operation;

/// What a cursor begins with that holds the id of its row and not the values of its keys, because they are too long for
/// a URL. JSON begins with something else.
const BY_ROW: &[u8] = b"@";

impl Engine {
    /// The values of the keys behind which the page of this cursor begins.
    pub(super) async fn open_cursor(
        &self,
        operation: Operation,
        list: &ListQuery,
        keys: &[Key],
        rank: &Option<Expr>,
        binding: &[u8],
        text: &str,
    ) -> Result<Vec<FieldValue>> {
        let foreign = |why| foreign(operation, why);
        let content = self.ctx.options().secret.open(binding, text);
        let content =
            content.ok_or_else(|| foreign("was cut, changed, or made for another caller, order, filter or words"))?;
        let Some(row) = content.strip_prefix(BY_ROW) else {
            return cursor::read(keys, &content).ok_or_else(|| foreign("was made before the resource changed"));
        };
        let id = cursor::read(&self.id_key(), row).and_then(|mut id| id.pop());
        let id = id.ok_or_else(|| foreign("was made before the resource changed"))?;
        let same =
            Expr::col((Alias::new(self.spec().table), Alias::new(self.spec().id_field().column))).eq(Expr::val(id));
        let mut select = self.select();
        select.cond_where(same).limit(1);
        if let Some(rank) = rank {
            select.expr_as(rank.clone(), Alias::new(RANK));
        }
        let row = self.one(&select).await?.ok_or_else(|| foreign("stands behind a row that is gone"))?;
        self.key_values(list, rank.is_some(), &row)
    }

    /// The cursor of the page behind this row.
    pub(super) fn seal_cursor(
        &self,
        list: &ListQuery,
        keys: &[Key],
        rank: &Option<Expr>,
        binding: &[u8],
        last: &Record,
    ) -> Result<String> {
        let secret = &self.ctx.options().secret;
        let values =
            self.key_values(list, rank.is_some(), last).map_err(|error| self.no_next_page(list, last, error))?;
        let sealed = secret.seal(binding, &cursor::write(keys, &values));
        if sealed.len() <= query::limits::CURSOR {
            return Ok(sealed);
        }
        let id = cursor::write(&self.id_key(), &[last.value(self.spec(), self.spec().id)?]);
        Ok(secret.seal(binding, &[BY_ROW, &id].concat()))
    }

    /// 409: the next page would begin behind a value that nobody can say. Which row and which field it is, is said.
    fn no_next_page(&self, list: &ListQuery, last: &Record, error: Error) -> Error {
        let spec = self.spec();
        let keys = query::total(spec, &list.sort);
        let field = keys.iter().map(|key| key.field).find(|&field| last.value(spec, field).is_err());
        let field = field.map_or(spec.id_field().json, |field| spec.fields[field].json);
        let id = last.value(spec, spec.id).map(|id| value_to_json(&spec.id_field().ty.kind, &id).to_string());
        let row = id.map_or_else(|_| "a row".to_owned(), |id| format!("the row with the id {id}"));
        let detail = format!(
            "The page ends with {row}, whose `{field}` holds what the field cannot have, so there is no way to the next \
             page in this order: sort by another field, or correct the row"
        );
        Error::new(&catalogue::CONFLICT, detail).with_source(error)
    }

    fn key_values(&self, list: &ListQuery, is_ranked: bool, row: &Record) -> Result<Vec<FieldValue>> {
        let spec = self.spec();
        if is_ranked {
            let rank: f64 = row.0.try_get_by_index(spec.fields.len()).map_err(Error::internal)?;
            return Ok(vec![FieldValue::Double(Some(rank)), row.value(spec, spec.id)?]);
        }
        query::total(spec, &list.sort).into_iter().map(|key| row.value(spec, key.field)).collect()
    }

    fn id_key(&self) -> Vec<Key> {
        seek::keys(self.spec(), &[])
    }
}

/// A cursor that does not belong to the list. A search has it in its body.
fn foreign(operation: Operation, why: &'static str) -> Error {
    let slug = catalogue::INVALID_CURSOR.slug;
    let mistake = match operation {
        Operation::Search => FieldError::at("/after", slug, why),
        _ => FieldError::parameter("after", slug, why),
    };
    Error::new(&catalogue::INVALID_CURSOR, "The cursor does not belong to this list; begin at the first page")
        .with_errors(vec![mistake])
}
