//! References to schemas of resources, which name a table until the document names the schema.

use serde_json::{Value, json};

use super::builder::Builder;
use super::names::schema_ref;
use super::schemas;
use super::view::ResourceView;
use crate::http::signature::BY_TABLE;
use crate::spec::ResourceSpec;

impl Builder<'_> {
    /// Replaces references by table with references by schema name. One of `resources` that is not part of the API gets
    /// the schemas that are referred to.
    pub(super) fn resolve(&mut self, schema: &mut Value, resources: &[&'static ResourceSpec]) {
        match schema {
            Value::Array(items) => items.iter_mut().for_each(|item| self.resolve(item, resources)),
            Value::Object(members) => {
                let text = members.get("$ref").and_then(Value::as_str).and_then(|text| text.strip_prefix(BY_TABLE));
                match text.and_then(|text| text.rsplit_once('#')) {
                    Some((table, suffix)) => *schema = self.schema_by_table(table, suffix, resources),
                    None => members.values_mut().for_each(|member| self.resolve(member, resources)),
                }
            }
            _ => {}
        }
    }

    fn schema_by_table(&mut self, table: &str, suffix: &str, resources: &[&'static ResourceSpec]) -> Value {
        let known = self.bases.iter().find(|(spec, _)| spec.table == table).cloned();
        let mentioned = || resources.iter().copied().find(|spec| spec.table == table);
        let Some((spec, base)) = known.or_else(|| mentioned().map(|spec| (spec, self.reserve(spec)))) else {
            // An unknown table: any JSON.
            return json!({});
        };
        schemas::add_answer(self, &ResourceView::new(spec, &base), suffix);
        schema_ref(&format!("{base}{suffix}"))
    }
}
