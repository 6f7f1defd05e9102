//! Why an actor may or may not touch a row: the conditions of every statement, evaluated one by one.

use sea_orm::sea_query::{Alias, CaseStatement, Condition, Expr, ExprTrait, Query};

use super::engine::Engine;
use super::ownership;
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::resource::{FieldValue, RowSet};
use crate::spec::Operation;

/// Why an actor may or may not touch a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RowDecision {
    /// There is a row with this id.
    pub(crate) exists: bool,
    /// The condition of the engine's statements allows it. The other fields only explain.
    pub(crate) allowed: bool,
    /// The row belongs to the actor; `None` where the owner does not matter.
    pub(crate) owned: Option<bool>,
    /// The rules of the policy; `None` where there is no policy, or where it allows all rows.
    pub(crate) policy: Option<Vec<RuleMatch>>,
}

/// A rule of a policy, and whether a row matches it. One matching rule is enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RuleMatch {
    pub(crate) name: &'static str,
    /// `None` where there is no row.
    pub(crate) matches: Option<bool>,
}

impl Engine {
    /// Why the actor may or may not touch the row with this id.
    pub(crate) async fn decide(&self, operation: Operation, id: &FieldValue) -> Result<RowDecision> {
        let spec = self.spec();
        let owned = self.owned.as_ref().map(|owned| owned.condition(self.backend(), self.table));
        let rules = match self.rows(operation) {
            RowSet::All => None,
            RowSet::None => Some(Vec::new()),
            RowSet::Where(rules) => Some(rules),
        };
        let table = Alias::new(spec.table);
        let mut select = Query::select();
        select
            .expr(flag(self.condition(operation)))
            .expr(flag(owned.clone().unwrap_or_else(Condition::all)))
            .exprs(rules.iter().flatten().map(|rule| flag(Condition::all().add(rule.condition.clone()))))
            .from(table.clone())
            .and_where(Expr::col((table, Alias::new(spec.id_field().column))).eq(Expr::val(id.clone())))
            .limit(1);
        let row = self.one(&select).await?;
        let at = |index: usize| match &row {
            Some(record) => record.row().try_get_by_index::<i32>(index).map(|flag| flag == 1).map_err(Error::internal),
            None => Ok(false),
        };
        let name = |(place, rule): (usize, crate::resource::RowRule)| {
            Ok(RuleMatch { name: rule.name, matches: row.is_some().then(|| at(place + 2)).transpose()? })
        };
        Ok(RowDecision {
            exists: row.is_some(),
            allowed: row.is_some() && at(0)?,
            owned: owned.is_some().then(|| at(1)).transpose()?,
            policy: rules.map(|rules| rules.into_iter().enumerate().map(name).collect::<Result<_>>()).transpose()?,
        })
    }

    /// The rules of the policy for an operation, without a row; `None` as in [`RowDecision::policy`].
    pub(crate) fn rules(&self, operation: Operation) -> Option<Vec<RuleMatch>> {
        match self.rows(operation) {
            RowSet::All => None,
            RowSet::None => Some(Vec::new()),
            RowSet::Where(rules) => {
                Some(rules.into_iter().map(|rule| RuleMatch { name: rule.name, matches: None }).collect())
            }
        }
    }

    /// The rows that the policy allows for this operation.
    fn rows(&self, operation: Operation) -> RowSet {
        match self.table.policy {
            Some(policy) if !matches!(self.actor, Actor::System) => {
                policy(self.actor.user().map(AsRef::as_ref), ownership::policy_operation(self.row_access(), operation))
            }
            _ => RowSet::All,
        }
    }

    /// 404 for a row that does not exist or that the actor may not touch. In development it explains which, and why.
    pub(super) async fn not_found(&self, operation: Operation, id: &FieldValue) -> Error {
        let error = Error::not_found();
        if !self.ctx.options().development {
            return error;
        }
        match self.decide(operation, id).await {
            Ok(decision) => self.sentences(operation, &decision).into_iter().fold(error, Error::with_explanation),
            // A failed transaction answers no more statements; the answer is the same without its reasons.
            Err(_) => error,
        }
    }

    /// What keeps a row from the actor, in words.
    pub(super) fn sentences(&self, operation: Operation, decision: &RowDecision) -> Vec<String> {
        let spec = self.spec();
        if !decision.exists {
            return vec![format!("There is no row with this id in `{}`", spec.table)];
        }
        let mut sentences = Vec::new();
        if decision.owned == Some(false) {
            let path = spec.owner.map(|owner| owner.path.join(".")).unwrap_or_default();
            sentences.push(format!(
                "The row exists and `{path}` names another owner: only the caller's own rows are allowed here"
            ));
        }
        if let Some(rules) = decision.policy.as_ref().filter(|rules| !is_match(rules)) {
            sentences.push(self.sentence(operation, rules, "The row exists and"));
        }
        sentences
    }

    /// Explains why the policy does not allow a row.
    pub(super) fn sentence(&self, operation: Operation, rules: &[RuleMatch], row: &str) -> String {
        let (name, operation) =
            (self.spec().type_name, ownership::policy_operation(self.row_access(), operation).name());
        let names: Vec<String> = rules.iter().map(|rule| format!("`{}`", rule.name)).collect();
        match names.as_slice() {
            [] => format!("{row} the policy of {name} gives the caller no rows for `{operation}`"),
            [rule] => format!("{row} does not match the rule {rule} of the policy of {name} for `{operation}`"),
            _ => format!(
                "{row} matches none of the rules {} of the policy of {name} for `{operation}`",
                names.join(", ")
            ),
        }
    }
}

/// Whether the row matches one of the rules.
pub(crate) fn is_match(rules: &[RuleMatch]) -> bool {
    rules.iter().any(|rule| rule.matches == Some(true))
}

/// 1 where the condition is true, 0 where it is false or null: both databases then leave the row out.
fn flag(condition: Condition) -> CaseStatement {
    CaseStatement::new().case(condition, Expr::cust("1")).finally(Expr::cust("0"))
}
