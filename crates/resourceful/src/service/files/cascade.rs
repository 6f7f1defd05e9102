//! The files of rows that the database deletes together with another row.

use std::collections::{HashSet, VecDeque};

use sea_orm::DbBackend;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, LockType, Query};

use crate::context::access::build;
use crate::context::db_error;
use crate::error::Result;
use crate::resource::{FieldValue, FileRef, read};
use crate::service::engine::Engine;
use crate::spec::{FieldSpec, Kind, OnDelete, RelationKind, ResourceSpec, TypeSpec};

/// How many rows one query asks for the children of: SQLite binds 32,766 values.
const PARENTS: usize = 1000;

/// A resource whose rows are deleted with those that they refer to by this field.
struct Child {
    spec: &'static ResourceSpec,
    refers: &'static FieldSpec,
}

/// The resources whose rows are deleted with rows of this one, as far as these, or those that are deleted with them, have files.
fn children(all: &[&'static ResourceSpec], parent: &'static ResourceSpec) -> Vec<Child> {
    let mut found = Vec::new();
    for &spec in all {
        for relation in spec.relations {
            let RelationKind::BelongsTo { field, on_delete: OnDelete::Cascade, .. } = relation.kind else { continue };
            if let Some((_, refers)) = spec.field(field).filter(|_| (relation.target)().table == parent.table)
                && leads_to_files(all, spec)
            {
                found.push(Child { spec, refers });
            }
        }
    }
    found
}

/// Whether rows with files may be deleted with a row of this resource, itself included.
fn leads_to_files(all: &[&'static ResourceSpec], spec: &'static ResourceSpec) -> bool {
    let mut seen = HashSet::from([spec.table]);
    let mut waiting = vec![spec];
    while let Some(next) = waiting.pop() {
        if next.files().next().is_some() {
            return true;
        }
        for &other in all {
            let refers = other.relations.iter().any(|relation| {
                matches!(relation.kind, RelationKind::BelongsTo { on_delete: OnDelete::Cascade, .. })
                    && (relation.target)().table == next.table
            });
            if refers && seen.insert(other.table) {
                waiting.push(other);
            }
        }
    }
    false
}

impl Engine {
    /// Whether a deletion of a row of this resource may take files with it.
    pub(in crate::service) fn deletes_files(&self) -> bool {
        leads_to_files(&self.ctx.known_resources(self.spec()), self.spec())
    }

    /// The keys of the files of the rows that are deleted together with the row with this id, its own excluded. To be read in
    /// the transaction that deletes them.
    pub(in crate::service) async fn files_below(&self, id: &FieldValue) -> Result<Vec<String>> {
        let all = self.ctx.known_resources(self.spec());
        let mut keys = Vec::new();
        let mut seen: HashSet<(&'static str, String)> = HashSet::from([(self.spec().table, format!("{id:?}"))]);
        let mut waiting = VecDeque::from([(self.spec(), vec![id.clone()])]);
        while let Some((parent, ids)) = waiting.pop_front() {
            for child in children(&all, parent) {
                for part in ids.chunks(PARENTS) {
                    let mut new = Vec::new();
                    for (id, files) in self.rows_below(&child, part).await? {
                        if seen.insert((child.spec.table, format!("{id:?}"))) {
                            keys.extend(files);
                            new.push(id);
                        }
                    }
                    if !new.is_empty() {
                        waiting.push_back((child.spec, new));
                    }
                }
            }
        }
        Ok(keys)
    }

    /// The ids of the rows that refer to these, and the keys of their files.
    async fn rows_below(&self, child: &Child, parents: &[FieldValue]) -> Result<Vec<(FieldValue, Vec<String>)>> {
        let Child { spec, refers } = child;
        let column = |field: &FieldSpec| (Alias::new(spec.table), Alias::new(field.column));
        let files: Vec<&'static FieldSpec> = spec.files().map(|field| field.field).collect();
        let mut select = Query::select();
        select.column(column(spec.id_field()));
        for file in &files {
            select.column(column(file));
        }
        select
            .from(Alias::new(spec.table))
            .and_where(Expr::col(column(refers)).is_in(parents.iter().cloned().map(Expr::val)));
        // Otherwise another transaction could move a row away before the deletion, and the row would stay without its file. SQLite's
        // write transaction holds the whole database already.
        if self.backend() == DbBackend::Postgres {
            select.lock(LockType::Update);
        }
        let rows = self.connection.all(build(self.backend(), &select)).await.map_err(db_error::read)?;
        let text = TypeSpec { kind: Kind::File, nullable: true };
        let mut found = Vec::with_capacity(rows.len());
        for row in &rows {
            let id = read(&spec.id_field().ty, row, 0_usize).map_err(|error| db_error::read(error.into()))?;
            let key = |place: usize| match read(&text, row, place + 1) {
                Ok(FieldValue::String(Some(text))) => FileRef::read(&text).map(|file| file.key().to_owned()),
                _ => None,
            };
            found.push((id, (0..files.len()).filter_map(key).collect()));
        }
        Ok(found)
    }
}
