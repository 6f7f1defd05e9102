//! The rows that a write refers to. One that the caller may not see does not exist for them: the answer is that of a
//! missing row, and it is given before a statement or a hook could tell otherwise.
//!
//! They are looked at before the write and not locked: a row that is hidden a moment later was visible when it was
//! referred to, as if the write had come first.

use std::collections::{HashMap, HashSet};

use sea_orm::DbErr;
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, Query};

use super::{Engine, WriteError, prefix};
use crate::error::{Error, Result};
use crate::resource::{self, Assignments, FieldValue, ResourceTable, null_of};
use crate::service::failure::{self, Write};
use crate::service::scope::{self, owner_path, owner_value};
use crate::spec::{Operation, RelationKind};

/// How many ids are asked for at once.
const MOST_IDS: usize = 1_000;

/// A reference whose target the actor may not see everywhere.
struct Guarded {
    /// The index of the referring field.
    field: usize,
    target: &'static ResourceTable,
    /// The rows of the target that the actor may refer to.
    condition: Condition,
}

/// A reference to a row that does not exist for the actor.
struct Unseen {
    /// The row of the write that holds it.
    place: usize,
    field: usize,
    target: &'static ResourceTable,
    value: FieldValue,
}

impl Engine {
    /// Refuses new rows that refer to rows which the actor may not see, or that would belong to somebody else where only
    /// the actor's own rows count.
    pub(super) async fn check_references(&self, operation: Operation, rows: &[Assignments]) -> Result<()> {
        if rows.iter().any(|row| self.names_another_owner(row)) {
            return Err(self.of_another_owner().await);
        }
        self.refuse(operation, self.unseen(rows).await?).await
    }

    /// Likewise for a row that changes. What it refers to already it may go on referring to.
    pub(super) async fn check_changed_references(
        &self,
        operation: Operation,
        id: &FieldValue,
        values: &Assignments,
    ) -> Result<()> {
        let another = self.names_another_owner(values);
        let mut unseen = self.unseen(std::slice::from_ref(values)).await?;
        if !another && unseen.is_empty() {
            return Ok(());
        }
        // That there is no such row is said first.
        let current = self.get_as(operation, id.clone()).await?;
        if another {
            return Err(self.of_another_owner().await);
        }
        // What the caller does not see of the row they are not told by this either.
        let sees = |field: usize| self.spec().is_readable(field) && self.actor.holds(self.spec().fields[field].read);
        let holds = |unseen: &Unseen| current.value(self.spec(), unseen.field).is_ok_and(|value| value == unseen.value);
        unseen.retain(|unseen| !(sees(unseen.field) && holds(unseen)));
        self.refuse(operation, unseen).await
    }

    /// 403 for a row that would be somebody else's.
    async fn of_another_owner(&self) -> Error {
        let path = self.spec().owner.map(|owner| owner.path.join(".")).unwrap_or_default();
        let why = format!("`{path}` would name another owner: here the caller's own rows count");
        self.explain(WriteError::OutsidePolicy(Some(why)), Write::Delete).await
    }

    /// Whether these values give a row to somebody else, where only the actor's own rows count.
    fn names_another_owner(&self, values: &Assignments) -> bool {
        let own = self.owned.as_ref().and_then(|owned| owned.own_field());
        own.is_some_and(|(field, owner)| values.iter().any(|(index, value)| *index == field && value != owner))
    }

    /// The references of the resource whose targets do not all exist for the actor.
    fn guarded(&self) -> impl Iterator<Item = Guarded> + '_ {
        self.spec().relations.iter().zip(self.table.relations).filter_map(|(relation, related)| {
            let RelationKind::BelongsTo { field, any, .. } = relation.kind else { return None };
            let (field, _) = self.spec().field(field)?;
            let target = (related.target)();
            let policy = if any { None } else { scope::policy(target, &self.actor, Operation::List) };
            let owned = self.owned.as_ref().and_then(|owned| owned.through(relation));
            let owned = owned.map(|owned| owned.condition(self.backend(), target));
            let is_guarded = policy.is_some() || owned.is_some();
            is_guarded.then(|| Guarded {
                field,
                target,
                condition: Condition::all().add_option(policy).add_option(owned),
            })
        })
    }

    /// The references of these rows to rows that do not exist for the actor: one statement for each relation.
    async fn unseen(&self, rows: &[Assignments]) -> Result<Vec<Unseen>> {
        let mut unseen = Vec::new();
        for Guarded { field, target, condition } in self.guarded() {
            let given = rows.iter().enumerate().filter_map(|(place, row)| Some((place, self.reference(field, row)?)));
            let mut given: Vec<(usize, &FieldValue)> = given.collect();
            if target.spec.table == self.spec().table {
                // Rows that come in one statement may refer to each other.
                let made: Vec<FieldValue> = self.ids_of(rows).unwrap_or_default();
                given.retain(|(_, value)| !made.contains(value));
            }
            let mut seen = HashSet::new();
            let ids: HashMap<String, &FieldValue> =
                given.iter().map(|(_, value)| (format!("{value:?}"), *value)).collect();
            let ids: Vec<&FieldValue> = ids.into_values().collect();
            for ids in ids.chunks(MOST_IDS) {
                let (name, id) = (Alias::new(target.spec.table), target.spec.id_field());
                let column = Expr::col((name.clone(), Alias::new(id.column)));
                let among = column.clone().is_in(ids.iter().map(|id| Expr::val((*id).clone())));
                let mut look = Query::select();
                look.expr(column).from(name).and_where(among).cond_where(condition.clone());
                for row in self.all(&look).await? {
                    let value = resource::read(&id.ty, &row, 0).map_err(|error| Error::internal(DbErr::from(error)))?;
                    seen.insert(format!("{value:?}"));
                }
            }
            given.retain(|(_, value)| !seen.contains(&format!("{value:?}")));
            unseen.extend(given.into_iter().map(|(place, value)| Unseen {
                place,
                field,
                target,
                value: value.clone(),
            }));
        }
        Ok(unseen)
    }

    /// What a row refers to by a field, unless that is nothing, or whoever is made its owner.
    fn reference<'a>(&self, field: usize, row: &'a Assignments) -> Option<&'a FieldValue> {
        let (_, value) = row.iter().find(|(index, _)| *index == field)?;
        let is_nothing = *value == null_of(&self.spec().fields[field].ty.kind);
        let is_owner = || {
            let owner = owner_path(self.spec()).zip(self.new_owner());
            owner.is_some_and(|(path, user)| owner_value(&path, user).is_ok_and(|owner| owner == *value))
        };
        let is_own = self.spec().is_own_owner(field) && is_owner();
        (!is_nothing && !is_own).then_some(value)
    }

    /// 422, as for references that lead nowhere.
    async fn refuse(&self, operation: Operation, unseen: Vec<Unseen>) -> Result<()> {
        if unseen.is_empty() {
            return Ok(());
        }
        let spec = self.spec();
        let shown = unseen.iter().filter(|unseen| spec.is_readable(unseen.field));
        let errors = shown.map(|unseen| {
            failure::dangling(&prefix(operation, unseen.place), spec.fields[unseen.field].json, unseen.target.spec)
        });
        let mut error = failure::invalid_reference(errors.collect());
        if self.ctx.options().development {
            for unseen in &unseen {
                let there = Self { table: unseen.target, owned: None, on_behalf: None, ..self.clone() };
                let decision = there.decide(Operation::List, &unseen.value).await?;
                let sentences = match decision.allowed {
                    true => vec!["The row exists and does not belong to the caller".to_owned()],
                    false => there.sentences(Operation::List, &decision),
                };
                let name = spec.fields[unseen.field].json;
                error =
                    sentences.into_iter().fold(error, |error, why| error.with_explanation(format!("`{name}`: {why}")));
            }
        }
        Err(error)
    }
}
