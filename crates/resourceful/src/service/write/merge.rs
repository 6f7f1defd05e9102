//! Merge patches (RFC 7396).

use serde_json::Value as JsonValue;

use super::{Engine, WriteError};
use crate::error::Result;
use crate::resource::{BodyShape, FieldValue, Record, decode_body, value_to_json};
use crate::service::failure::Write;
use crate::spec::{Kind, Operation};

impl Engine {
    /// Merges a patch into a row (RFC 7396) and returns it. Objects go into the JSON that is there, member by member, so
    /// the row is read and written in one transaction; without them it is a change like any other.
    pub(crate) async fn merge(&self, id: FieldValue, patch: JsonValue) -> Result<Record> {
        let spec = self.spec();
        let merged: Vec<usize> = (0..spec.fields.len())
            .filter(|&index| spec.is_updatable(index) && matches!(spec.fields[index].ty.kind, Kind::Json(_)))
            .filter(|&index| patch.get(spec.fields[index].json).is_some_and(JsonValue::is_object))
            .collect();
        if merged.is_empty() {
            return self
                .update(Operation::Patch, id, decode_body(self.table, &self.actor, BodyShape::Patch, &patch)?)
                .await;
        }
        // Mistakes are told before the database is asked; what is merged can only be judged as a whole.
        let mut rest = patch.clone();
        if let Some(members) = rest.as_object_mut() {
            members.retain(|name, _| !merged.iter().any(|&index| spec.fields[index].json == name));
        }
        decode_body(self.table, &self.actor, BodyShape::Patch, &rest)?;
        let (id, patch, merged) = (&id, &patch, &merged);
        let attempt = || async {
            let work = |engine: Self| async move {
                let current = engine.locked(Operation::Patch, id.clone()).await?;
                let mut patch = patch.clone();
                for &index in merged {
                    let field = &engine.spec().fields[index];
                    let mut value = value_to_json(&field.ty.kind, &current.value(engine.spec(), index)?);
                    merge_patch(&mut value, patch[field.json].take());
                    patch[field.json] = value;
                }
                let values = decode_body(engine.table, &engine.actor, BodyShape::Patch, &patch)?;
                engine.update(Operation::Patch, id.clone(), values).await.map_err(WriteError::Refused)
            };
            match self.atomically(work).await {
                Ok(record) => Ok(record),
                Err(WriteError::NotFound) => Err(self.not_found(Operation::Patch, id).await),
                Err(error) => Err(self.explain(error, Write::Delete).await),
            }
        };
        self.retrying(attempt).await
    }
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
