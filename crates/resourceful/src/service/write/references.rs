//! The rows that a write refers to. A row that the caller may not see does not exist for them: the answer is that of a
//! missing row, and it is given before a statement or a hook could reveal otherwise.
//!
//! They are read before the write and not locked: a row that is hidden a moment later was visible when it was referred
//! to, as if the write had come first.

use std::collections::{HashMap, HashSet};

use sea_orm::DbErr;
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, Query};

use super::explain::{invalid_reference, missing_row, outside_policy};
use super::step::item_pointer;
use crate::error::{Error, Result};
use crate::resource::{self, Assignments, FieldValue, ResourceTable, null_of};
use crate::service::engine::Engine;
use crate::service::ownership::{self, owner_path, owner_value};
use crate::spec::{Operation, RelationKind};

/// The most ids of one statement.
const IDS: usize = 1_000;

/// A reference of which the actor may not see all possible targets.
struct Guarded {
    /// The index of the referring field.
    field: usize,
    target: &'static ResourceTable,
    /// The rows of the target that the actor may refer to.
    condition: Condition,
}

/// A reference to a row that does not exist for the actor.
struct Unseen {
    /// The index of the row that holds it among those of the write.
    place: usize,
    field: usize,
    target: &'static ResourceTable,
    value: FieldValue,
}

impl Engine {
    /// Refuses new rows that refer to rows which the actor may not see, or that would belong to another owner where the
    /// actor may write only their own rows.
    pub(super) async fn check_references(&self, operation: Operation, rows: &[Assignments]) -> Result<()> {
        if rows.iter().any(|row| self.is_for_other_owner(row)) {
            return Err(self.names_other_owner());
        }
        self.refuse(operation, self.unseen(rows).await?).await
    }

    /// The same for a row that changes. It may keep the references that it has.
    pub(super) async fn check_changed_references(
        &self,
        operation: Operation,
        id: &FieldValue,
        values: &Assignments,
    ) -> Result<()> {
        let another = self.is_for_other_owner(values);
        let mut unseen = self.unseen(std::slice::from_ref(values)).await?;
        if !another && unseen.is_empty() {
            return Ok(());
        }
        // If the row does not exist, that is the answer.
        let current = self.get_as(operation, id.clone()).await?;
        if another {
            return Err(self.names_other_owner());
        }
        // The answer must not reveal the value of a field that the caller may not see.
        let sees = |field: usize| self.spec().is_readable(field) && self.actor.holds(self.spec().fields[field].read);
        let holds = |unseen: &Unseen| current.value(self.spec(), unseen.field).is_ok_and(|value| value == unseen.value);
        unseen.retain(|unseen| !(sees(unseen.field) && holds(unseen)));
        self.refuse(operation, unseen).await
    }

    /// 403 for a row that would belong to another owner.
    fn names_other_owner(&self) -> Error {
        let path = self.spec().owner.map(|owner| owner.path.join(".")).unwrap_or_default();
        outside_policy(Some(format!("`{path}` would name another owner: only the caller's own rows are allowed here")))
    }

    /// Whether these values give a row to another owner, where the actor may write only their own rows.
    fn is_for_other_owner(&self, values: &Assignments) -> bool {
        let own = self.owned.as_ref().and_then(|owned| owned.own_field());
        own.is_some_and(|(field, owner)| values.iter().any(|(index, value)| *index == field && value != owner))
    }

    /// The references of the resource of which the actor may not see all possible targets.
    fn guarded(&self) -> impl Iterator<Item = Guarded> + '_ {
        self.spec().relations.iter().zip(self.table.relations).filter_map(|(relation, related)| {
            let RelationKind::BelongsTo { field, any, .. } = relation.kind else { return None };
            let (field, _) = self.spec().field(field)?;
            let target = (related.target)();
            let policy = if any { None } else { ownership::policy(target, &self.actor, Operation::List) };
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

    /// The references of these rows to rows that do not exist for the actor, read with one statement for each relation.
    async fn unseen(&self, rows: &[Assignments]) -> Result<Vec<Unseen>> {
        let mut unseen = Vec::new();
        for Guarded { field, target, condition } in self.guarded() {
            let given = rows.iter().enumerate().filter_map(|(place, row)| Some((place, self.reference(field, row)?)));
            let mut given: Vec<(usize, &FieldValue)> = given.collect();
            if target.spec.table == self.spec().table {
                // Rows of one statement may refer to each other.
                let made: Vec<FieldValue> = self.ids_of(rows).unwrap_or_default();
                given.retain(|(_, value)| !made.contains(value));
            }
            let mut seen = HashSet::new();
            let ids: HashMap<String, &FieldValue> =
                given.iter().map(|(_, value)| (format!("{value:?}"), *value)).collect();
            let ids: Vec<&FieldValue> = ids.into_values().collect();
            for ids in ids.chunks(IDS) {
                let (name, id) = (Alias::new(target.spec.table), target.spec.id_field());
                let column = Expr::col((name.clone(), Alias::new(id.column)));
                let among = column.clone().is_in(ids.iter().map(|id| Expr::val((*id).clone())));
                let mut select = Query::select();
                select.expr(column).from(name).and_where(among).cond_where(condition.clone());
                for row in self.all(&select).await? {
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

    /// The value of a reference, unless it is null or the owner that the row is created for.
    fn reference<'a>(&self, field: usize, row: &'a Assignments) -> Option<&'a FieldValue> {
        let (_, value) = row.iter().find(|(index, _)| *index == field)?;
        let is_null = *value == null_of(&self.spec().fields[field].ty.kind);
        let is_owner = || {
            let owner = owner_path(self.spec()).zip(self.new_owner());
            owner.is_some_and(|(path, user)| owner_value(&path, user).is_ok_and(|owner| owner == *value))
        };
        let is_own = self.spec().is_own_owner(field) && is_owner();
        (!is_null && !is_own).then_some(value)
    }

    /// 422, as for references to missing rows.
    async fn refuse(&self, operation: Operation, unseen: Vec<Unseen>) -> Result<()> {
        if unseen.is_empty() {
            return Ok(());
        }
        let spec = self.spec();
        let shown = unseen.iter().filter(|unseen| spec.is_readable(unseen.field));
        let errors = shown.map(|unseen| {
            let item = item_pointer(operation, unseen.place);
            missing_row(&item, spec.fields[unseen.field].json, unseen.target.spec)
        });
        let mut error = invalid_reference(errors.collect());
        if self.ctx.options().development {
            for unseen in &unseen {
                let target = Self { table: unseen.target, owned: None, on_behalf: None, ..self.clone() };
                let decision = target.decide(Operation::List, &unseen.value).await?;
                let sentences = match decision.allowed {
                    true => vec!["The row exists and does not belong to the caller".to_owned()],
                    false => target.sentences(Operation::List, &decision),
                };
                let name = spec.fields[unseen.field].json;
                error =
                    sentences.into_iter().fold(error, |error, why| error.with_explanation(format!("`{name}`: {why}")));
            }
        }
        Err(error)
    }
}
