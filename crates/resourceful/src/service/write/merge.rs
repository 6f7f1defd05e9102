//! Merge patches (RFC 7396).

use std::sync::{Mutex, PoisonError};

use futures_util::FutureExt;
use serde_json::Value as JsonValue;

use super::error::WriteError;
use super::plan::WritePlan;
use super::step::Action;
use crate::error::{Error, FieldError, Result, catalogue, codes};
use crate::resource::{
    Assignments, Body, BodyShape, Checked, FieldValue, Record, decode_body, json_parts, rounded, rounded_numbers,
};
use crate::service::engine::Engine;
use crate::spec::{FieldRef, Kind, Operation};

/// How many times longer the database's text of a value may be than the text that was sent: PostgreSQL writes numbers
/// out in full.
const SPELLED_OUT: usize = 16;

impl Engine {
    /// Merges a patch into a row (RFC 7396) and returns it. Objects are merged into the JSON of the row, member by member,
    /// so the row is read and written in one transaction; without objects it is an ordinary update.
    pub(crate) async fn merge(&self, id: FieldValue, mut patch: Body) -> Result<Record> {
        let spec = self.spec();
        let decode = |body: Body| decode_body(self.table, &self.actor, BodyShape::Patch, body);
        let is_merged = |field: &FieldRef| {
            matches!(field.ty.kind, Kind::Json(_)) && patch.value.get(field.json).is_some_and(JsonValue::is_object)
        };
        let merged: Vec<FieldRef> = spec.updatable().filter(is_merged).collect();
        if merged.is_empty() {
            return self.update(Operation::Patch, id, decode(patch)?).await;
        }
        // Errors of the patch are reported before the row is read; the merged value can only be checked as a whole.
        let rounded: Vec<_> = merged.iter().flat_map(|field| rounded_in(&patch, &format!("/{}", field.json))).collect();
        let objects: Vec<(FieldRef, JsonValue)> =
            merged.into_iter().filter_map(|field| Some((field, patch.take(field.json)?))).collect();
        let rest = decode(patch)?;
        if !rounded.is_empty() {
            return Err(Error::validation(rounded));
        }
        let written = Mutex::new(Assignments::new());
        let plan = WritePlan::new(self, Operation::Patch, Action::Merge { id: &id, values: &written });
        let (id, objects, rest, written) = (&id, &objects, &rest, &written);
        let work = |engine: Self| async move {
            written.lock().unwrap_or_else(PoisonError::into_inner).clear();
            let current = engine.locked(Operation::Patch, id.clone()).await?;
            let values = rest.clone().and(engine.merged(&current, objects)?);
            *written.lock().unwrap_or_else(PoisonError::into_inner) = values.clone().into_inner();
            engine.update(Operation::Patch, id.clone(), values).await.map_err(WriteError::Refused)
        };
        self.perform(&plan, work).boxed().await
    }

    /// The fields of a row with these objects merged into them, checked.
    fn merged(&self, current: &Record, objects: &[(FieldRef, JsonValue)]) -> Result<Checked> {
        let mut whole = serde_json::Map::new();
        for (field, object) in objects {
            let mut value = self.current_json(current, field)?;
            merge_patch(&mut value, object.clone());
            self.check_merged(field, &value)?;
            whole.insert(field.json.to_owned(), value);
        }
        decode_body(self.table, &self.actor, BodyShape::Patch, JsonValue::Object(whole).into())
    }

    /// Whether a JSON text is longer than this many times the limit for bodies, or has more parts than a body may have.
    fn is_beyond_a_body(&self, text: &str, times: usize) -> bool {
        let limits = &self.ctx.options().limits;
        text.len() > limits.body_bytes.saturating_mul(times) || json_parts(text) > limits.body_parts
    }

    /// Checks that a field does not grow by many patches beyond the limit for one body.
    ///
    /// # Errors
    /// 413.
    fn check_merged(&self, field: &FieldRef, value: &JsonValue) -> Result<()> {
        if !self.is_beyond_a_body(&value.to_string(), 1) {
            return Ok(());
        }
        let detail = format!(
            "This patch would make `{}` larger than a whole request body may be; remove members from it",
            field.json
        );
        Err(Error::new(&catalogue::PAYLOAD_TOO_LARGE, detail))
    }

    /// The current value of a JSON field.
    ///
    /// # Errors
    /// 409 where a merge would change more of the value than the patch says: another program has stored numbers that
    /// cannot be kept exactly, or text that is not JSON.
    fn current_json(&self, current: &Record, field: &FieldRef) -> Result<JsonValue> {
        let json = field.json;
        let unmergeable = |errors: Vec<FieldError>| {
            let detail = format!(
                "`{json}` contains values that a merge cannot preserve; send the whole value as application/json"
            );
            Error::new(&catalogue::CONFLICT, detail).with_errors(errors)
        };
        let Some(text) =
            current.json(self.spec(), field.index).map_err(|error| unmergeable(Vec::new()).with_source(error))?
        else {
            return Ok(JsonValue::Null);
        };
        if self.is_beyond_a_body(text, SPELLED_OUT) {
            return Err(unmergeable(Vec::new()));
        }
        let numbers = rounded_numbers(text).into_iter();
        let numbers: Vec<_> = numbers
            .map(|at| FieldError::at(format!("/{json}{at}"), codes::PRECISION, "cannot be preserved exactly"))
            .collect();
        if !numbers.is_empty() {
            return Err(unmergeable(numbers));
        }
        serde_json::from_str(text).map_err(|error| unmergeable(Vec::new()).with_source(error))
    }
}

/// An error for each number in a patch that could not be stored exactly.
fn rounded_in(patch: &Body, pointer: &str) -> Vec<FieldError> {
    let error = rounded();
    let numbers = patch.rounded_at(pointer);
    numbers.map(|at| FieldError::at(at.to_owned(), error.code, error.message.clone())).collect()
}

/// RFC 7396 section 2.
fn merge_patch(target: &mut JsonValue, patch: JsonValue) {
    let JsonValue::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = JsonValue::Object(serde_json::Map::new());
    }
    let Some(members) = target.as_object_mut() else { return };
    for (name, value) in patch {
        if value.is_null() {
            members.remove(&name);
        } else {
            merge_patch(members.entry(name).or_insert(JsonValue::Null), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::merge_patch;

    /// RFC 7396 Appendix A, every row.
    #[test]
    fn merges_as_the_rfc_says() {
        let cases = [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
            (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
            (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"a": "b"}), json!(["c"]), json!(["c"])),
            (json!({"a": "foo"}), json!(null), json!(null)),
            (json!({"a": "foo"}), json!("bar"), json!("bar")),
            (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
            (json!([1, 2]), json!({"a": "b", "c": null}), json!({"a": "b"})),
            (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
        ];
        for (original, patch, expected) in cases {
            let mut target = original.clone();
            merge_patch(&mut target, patch.clone());
            assert_eq!(target, expected, "{original} with {patch}");
        }
    }
}
