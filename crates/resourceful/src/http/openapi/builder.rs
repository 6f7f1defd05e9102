//! The document while it is built.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::enums;
use super::input::DocumentInput;
use super::names::{numbered, schema_ref};
use super::surroundings::Surroundings;
use crate::spec::{EnumSpec, Operation, RelationSpec, ResourceSpec};

/// What follows a resource's name in the names of its schemas.
const SUFFIXES: [&str; 11] =
    ["", "Create", "CreateOwn", "Update", "Patch", "BulkCreate", "Page", "Search", "Filter", "RelatedFilter", "Sort"];
/// The name of the schema of a file in a row.
pub(super) const FILE: &str = "StoredFile";
/// Schemas that belong to no resource.
const SHARED: [&str; 4] = ["Problem", "FieldError", "Total", FILE];

/// The document while it grows.
pub(super) struct Builder<'a> {
    pub(super) input: &'a DocumentInput<'a>,
    pub(super) around: Surroundings,
    pub(super) paths: Map<String, Value>,
    pub(super) schemas: Map<String, Value>,
    pub(super) parameters: Map<String, Value>,
    pub(super) responses: Map<String, Value>,
    pub(super) headers: Map<String, Value>,
    pub(super) statuses: BTreeSet<u16>,
    pub(super) operation_ids: BTreeSet<String>,
    pub(super) reserved: BTreeSet<String>,
    pub(super) enums: Vec<(&'static EnumSpec, String)>,
    /// The prefix of the schema names of each resource.
    pub(super) bases: Vec<(&'static ResourceSpec, String)>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(input: &'a DocumentInput<'a>) -> Self {
        Self {
            input,
            around: Surroundings::of(input),
            paths: Map::new(),
            schemas: Map::new(),
            parameters: Map::new(),
            responses: Map::new(),
            headers: Map::new(),
            statuses: BTreeSet::new(),
            operation_ids: BTreeSet::new(),
            reserved: SHARED.iter().map(|&name| name.to_owned()).collect(),
            enums: Vec::new(),
            bases: Vec::new(),
        }
    }

    /// Reserves the prefix of a resource's schema names. Structs of the same name can come from different modules, and the
    /// name of one with a suffix can be the name of another, so later ones are numbered.
    pub(super) fn reserve(&mut self, spec: &'static ResourceSpec) -> String {
        let derived = |base: &str| SUFFIXES.map(|suffix| format!("{base}{suffix}"));
        let base = numbered(spec.type_name, |base| derived(base).iter().all(|name| !self.reserved.contains(name)));
        self.reserved.extend(derived(&base));
        self.bases.push((spec, base.clone()));
        base
    }

    /// The relations whose target is part of the document, each with the prefix of the target's schema names.
    pub(super) fn relations(&self, spec: &'static ResourceSpec) -> Vec<(&'static RelationSpec, String)> {
        let base =
            |table: &str| self.bases.iter().find(|(known, _)| known.table == table).map(|(_, base)| base.clone());
        spec.open_relations().filter_map(|relation| Some((relation, base((relation.target)().table)?))).collect()
    }

    /// Whether a searchable resource has a relation to this one, whose filters then refer to this one.
    pub(super) fn is_searched_through(&self, spec: &ResourceSpec) -> bool {
        let mut searched = self.bases.iter().filter(|(other, _)| other.operation(Operation::Search).is_some());
        searched.any(|(other, _)| other.open_relations().any(|relation| (relation.target)().table == spec.table))
    }

    /// The reference to an enum's schema, which is added on first use.
    pub(super) fn enum_ref(&mut self, spec: &'static EnumSpec) -> Value {
        if let Some((_, name)) =
            self.enums.iter().find(|(known, _)| std::ptr::eq(*known, spec) || same_enum(known, spec))
        {
            return schema_ref(name);
        }
        let name = numbered(spec.name, |name| !self.reserved.contains(name));
        self.reserved.insert(name.clone());
        self.schemas.insert(name.clone(), enums::schema(spec));
        let reference = schema_ref(&name);
        self.enums.push((spec, name));
        reference
    }
}

/// The compiler can duplicate statics, so equal content is the same enum too.
fn same_enum(one: &EnumSpec, other: &EnumSpec) -> bool {
    one.name == other.name && one.variants.iter().map(|v| v.value).eq(other.variants.iter().map(|v| v.value))
}
