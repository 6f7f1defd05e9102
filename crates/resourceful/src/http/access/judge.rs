//! Answers a question with the same checks that decide requests: the requirements of the endpoint, and the engine's
//! conditions.

use super::explanation::{Check, Explanation, Field, Step};
use super::question::QuestionTarget;
use crate::actor::{Actor, CurrentUser, RowAccess, grants};
use crate::context::Context;
use crate::error::{Error, Result, catalogue};
use crate::http::request::admission::row_access;
use crate::http::request::lacking::lacking;
use crate::http::routing::table::{Action, ApiRoute};
use crate::http::status::of_success;
use crate::resource::{FieldValue, ResourceTable};
use crate::service::{Engine, RowDecision, RuleMatch, is_match};
use crate::spec::{Operation, Requirement, ResourceSpec, Target};

/// The steps so far, and the first refusal among them.
struct Judgement {
    steps: Vec<Step>,
    refused: Option<(u16, String)>,
}

impl Judgement {
    fn add(&mut self, step: Step, refusal: impl FnOnce() -> (u16, String)) {
        if step.passed == Some(false) && self.refused.is_none() {
            self.refused = Some(refusal());
        }
        self.steps.push(step);
    }
}

/// Answers a question for an actor, who is known only from their token so far.
///
/// # Errors
/// 503 when the database does not respond.
pub(super) async fn judge(ctx: &Context, actor: Actor, target: QuestionTarget<'_>) -> Result<Explanation> {
    let of_token = actor.user().map_or(0, |user| user.permissions.len());
    let actor = match (ctx.grants(), actor) {
        (Some(source), Actor::User(user)) => Actor::User(source.extend(ctx, user).await?),
        (_, actor) => actor,
    };
    let QuestionTarget { route, row } = target;
    let mut judgement = Judgement { steps: Vec::new(), refused: None };
    for requires in &route.requires {
        let refusal = actor.require(requires).err();
        let step = requirement(ctx, &actor, of_token, requires, refusal.is_none());
        judgement.add(step, || of(&refusal.unwrap_or_else(Error::not_found)));
    }
    let mut fields = Vec::new();
    let mut status = None;
    let mut shown = true;
    match route.action {
        Action::Operation(table, operation) => {
            fields = fields_of(table.spec, operation, &actor);
            status = Some(of_success(operation).as_u16());
            shown = rows(ctx, table, operation, &actor, row, &mut judgement).await?;
        }
        #[cfg(feature = "storage")]
        Action::File(table, file) => {
            fields = fields_of(table.spec, file.operation, &actor);
            status = Some(of_success(file.operation).as_u16());
            shown = rows(ctx, table, file.operation, &actor, row, &mut judgement).await?;
        }
        Action::Handler(_) => handler(&actor, route, &mut judgement),
    }
    let (refused, problem) = judgement.refused.unzip();
    Ok(Explanation {
        allowed: refused.is_none() && shown,
        status: refused.or(status),
        problem,
        endpoint: format!("{} {}", route.method, route.path),
        steps: judgement.steps,
        fields,
    })
}

fn of(error: &Error) -> (u16, String) {
    (error.status(), error.slug().to_owned())
}

fn requirement(ctx: &Context, actor: &Actor, of_token: usize, requires: &Requirement, passed: bool) -> Step {
    let step = Step::new(Check::Requirement, passed, requires.to_string());
    if !passed {
        return lacking(ctx, actor, requires).into_iter().fold(step, Step::because);
    }
    let Some(user) = actor.user() else { return step };
    let opened = requires.permissions().iter().filter_map(|name| opener(user, of_token, name));
    opened.fold(step, Step::because)
}

/// Which grant covers a permission, and where it comes from.
fn opener(user: &CurrentUser, of_token: usize, name: &str) -> Option<String> {
    let (place, held) = user.permissions.iter().enumerate().find(|(_, held)| grants(held, name))?;
    let source = if place < of_token { "the token" } else { "a role in the database" };
    Some(format!("`{held}` of {source} grants `{name}`"))
}

fn fields_of(spec: &'static ResourceSpec, operation: Operation, actor: &Actor) -> Vec<Field> {
    let stored = spec.fields.iter().flat_map(|field| {
        let write = field.write.filter(|_| operation.writes_values());
        [("read", field.read), ("write", write)]
            .into_iter()
            .filter_map(|(access, permission)| Some((field.json, access, permission?)))
    });
    let computed = spec.computed.iter().filter_map(|field| Some((field.json, "read", field.read?)));
    let field = |(name, access, permission)| Field { name, access, permission, held: actor.holds(Some(permission)) };
    stored.chain(computed).map(field).collect()
}

/// The steps about rows. Returns whether the row of the question is in the list, for an operation that lists rows.
async fn rows(
    ctx: &Context,
    table: &'static ResourceTable,
    operation: Operation,
    actor: &Actor,
    row: Option<Option<FieldValue>>,
    judgement: &mut Judgement,
) -> Result<bool> {
    let spec = table.spec;
    let engine = Engine::new(ctx, table, actor.clone());
    let engine = if operation.is_self() {
        let owned = engine.clone().owned();
        let step = Step::new(Check::User, owned.is_ok(), "only users can own rows");
        match owned {
            Ok(engine) => {
                judgement.add(step, || of(&Error::new(&catalogue::USER_REQUIRED, "")));
                engine
            }
            Err(error) => {
                // The requirement has refused an anonymous caller already.
                judgement.add(step.because(error.detail()), || of(&error));
                return Ok(false);
            }
        }
    } else {
        engine
    };
    if operation.creates() {
        if let Err(error) = engine.owner_of_created() {
            let step = Step::new(Check::User, false, "a new row requires an owner").because(error.detail());
            judgement.add(step, || of(&error));
        }
        if let Some(rules) = engine.rules(operation) {
            judgement.add(policy(spec, operation, rules, None), || of(&Error::new(&catalogue::OUTSIDE_POLICY, "")));
        }
        return Ok(true);
    }
    let decision = match row {
        Some(Some(id)) => engine.decide(operation, &id).await?,
        // No row can have the id.
        Some(None) => RowDecision { exists: false, allowed: false, owned: None, policy: engine.rules(operation) },
        None => {
            if let Some(rules) = engine.rules(operation) {
                let mut step = policy(spec, operation, rules, None);
                // A list that contains no rows is still allowed.
                step.passed = None;
                judgement.add(step, || of(&Error::not_found()));
            }
            return Ok(true);
        }
    };
    let is_item = operation.target() == Target::Item;
    let mut add = |step: Step| {
        if is_item {
            judgement.add(step, || of(&Error::not_found()));
        } else {
            judgement.steps.push(step);
        }
    };
    add(Step::new(Check::Row, decision.exists, format!("a row of `{}` has this id", spec.table)));
    if !decision.exists {
        return Ok(false);
    }
    if let Some(owned) = decision.owned {
        let path = spec.owner.map(|owner| owner.path.join(".")).unwrap_or_default();
        add(Step::new(Check::Owner, owned, format!("`{path}` is the user's id")));
    }
    if let Some(rules) = decision.policy {
        let passed = is_match(&rules);
        add(policy(spec, operation, rules, Some(passed)));
    }
    Ok(decision.allowed)
}

/// The step of a policy. Without a row, the rules decide nothing yet; a policy without rules refuses every row.
fn policy(spec: &ResourceSpec, operation: Operation, rules: Vec<RuleMatch>, passed: Option<bool>) -> Step {
    let rule = format!("the policy of {} for `{}`", spec.type_name, operation.name());
    let mut step = Step::new(Check::Policy, false, rule);
    step.passed = if rules.is_empty() { Some(false) } else { passed };
    if rules.is_empty() {
        step = step.because("The policy gives this user no rows");
    } else if operation.writes_values() {
        step = step.because("The row must match one of the rules after the write");
    }
    step.policy = Some(rules.into_iter().map(Into::into).collect());
    step
}

fn handler(actor: &Actor, route: &ApiRoute, judgement: &mut Judgement) {
    if route.requires.iter().any(|requires| row_access(actor, requires) == RowAccess::Own) {
        let rule = "services of the handler are limited to the user's own rows: a `..:self` permission let them in";
        judgement.steps.push(Step { passed: None, ..Step::new(Check::Owner, false, rule) });
    }
}
