//! Merge patches (RFC 7396).

use std::sync::{Mutex, PoisonError};

use serde_json::Value as JsonValue;

use super::{Engine, WriteError};
use crate::error::{Error, FieldError, Result, catalogue, codes};
use crate::resource::{
    Assignments, Body, BodyShape, FieldValue, Record, decode_body, json_parts, rounded, rounded_numbers,
};
use crate::service::failure::Write;
use crate::spec::{Kind, Operation};

/// How many times longer a database may spell what was sent.
const SPELLED_OUT: usize = 16;

impl Engine {
    /// Merges a patch into a row (RFC 7396) and returns it. Objects go into the JSON that is there, member by member, so
    /// the row is read and written in one transaction; without them it is a change like any other.
    pub(crate) async fn merge(&self, id: FieldValue, mut patch: Body) -> Result<Record> {
        let spec = self.spec();
        let decode = |body: Body| decode_body(self.table, &self.actor, BodyShape::Patch, body);
        let merged: Vec<usize> = (0..spec.fields.len())
            .filter(|&index| spec.is_updatable(index) && matches!(spec.fields[index].ty.kind, Kind::Json(_)))
            .filter(|&index| patch.value.get(spec.fields[index].json).is_some_and(JsonValue::is_object))
            .collect();
        if merged.is_empty() {
            return self.update(Operation::Patch, id, decode(patch)?).await;
        }
        // Mistakes are told before the database is asked; what is merged can only be judged as a whole.
        let rounded: Vec<_> =
            merged.iter().flat_map(|&index| rounded_in(&patch, &format!("/{}", spec.fields[index].json))).collect();
        let objects: Vec<(usize, JsonValue)> =
            merged.into_iter().filter_map(|index| Some((index, patch.take(spec.fields[index].json)?))).collect();
        let rest = decode(patch)?;
        if !rounded.is_empty() {
            return Err(Error::validation(rounded));
        }
        let (id, objects, rest) = (&id, &objects, &rest);
        let attempt = || async {
            let merged = Mutex::new(Assignments::new());
            let sent = &merged;
            let work = |engine: Self| async move {
                let current = engine.locked(Operation::Patch, id.clone()).await?;
                let mut whole = serde_json::Map::new();
                for (index, object) in objects {
                    let mut value = engine.current_json(&current, *index)?;
                    merge_patch(&mut value, object.clone());
                    engine.check_merged(*index, &value)?;
                    whole.insert(spec.fields[*index].json.to_owned(), value);
                }
                let whole = JsonValue::Object(whole).into();
                let whole = decode_body(engine.table, &engine.actor, BodyShape::Patch, whole)?;
                let values = rest.clone().and(whole);
                *sent.lock().unwrap_or_else(PoisonError::into_inner) = values.clone().into_inner();
                engine.update(Operation::Patch, id.clone(), values).await.map_err(WriteError::Refused)
            };
            match self.atomically(work).await {
                Ok(record) => Ok(record),
                Err(WriteError::NotFound) => Err(self.not_found(Operation::Patch, id).await),
                // What fails here is the COMMIT; the update within has explained its own failures.
                Err(error) => {
                    let values = merged.into_inner().unwrap_or_else(PoisonError::into_inner);
                    let error = self.refused_merge(error, id, values).await;
                    Err(self.explain(error, Write::Update(&Assignments::new())).await)
                }
            }
        };
        self.retrying(attempt).await
    }

    /// Whether a JSON text is more than a request may send, or so many times as long.
    fn is_beyond_a_body(&self, text: &str, times: usize) -> bool {
        let limits = &self.ctx.options().limits;
        text.len() > limits.body_bytes.saturating_mul(times) || json_parts(text) > limits.body_parts
    }

    /// A field does not grow by many patches beyond what one body can hold.
    ///
    /// # Errors
    /// 413.
    fn check_merged(&self, index: usize, value: &JsonValue) -> Result<()> {
        if !self.is_beyond_a_body(&value.to_string(), 1) {
            return Ok(());
        }
        let detail = format!(
            "With this patch `{}` would hold more than a whole body may; take members out of it, or keep them elsewhere",
            self.spec().fields[index].json
        );
        Err(Error::new(&catalogue::PAYLOAD_TOO_LARGE, detail))
    }

    /// What the JSON field at this index holds now.
    ///
    /// # Errors
    /// 409 where somebody else has written what a merge would change besides: numbers beyond those that are kept here,
    /// or no JSON at all.
    fn current_json(&self, current: &Record, index: usize) -> Result<JsonValue> {
        let json = self.spec().fields[index].json;
        let unmergeable = |errors: Vec<FieldError>| {
            let detail =
                format!("`{json}` holds what a merge would not keep; send the whole value as application/json");
            Error::new(&catalogue::CONFLICT, detail).with_errors(errors)
        };
        let Some(text) =
            current.json(self.spec(), index).map_err(|error| unmergeable(Vec::new()).with_source(error))?
        else {
            return Ok(JsonValue::Null);
        };
        // PostgreSQL writes numbers out in full.
        if self.is_beyond_a_body(text, SPELLED_OUT) {
            return Err(unmergeable(Vec::new()));
        }
        let numbers = rounded_numbers(text).into_iter();
        let numbers: Vec<_> = numbers
            .map(|at| FieldError::at(format!("/{json}{at}"), codes::PRECISION, "would not be kept exactly"))
            .collect();
        if !numbers.is_empty() {
            return Err(unmergeable(numbers));
        }
        serde_json::from_str(text).map_err(|error| unmergeable(Vec::new()).with_source(error))
    }
}

/// The mistakes of numbers in a patch that would be stored as others.
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
