//! The effects of writes. A new effect is a file and a line in the list.

mod checks;
mod condition;
mod effect;
mod hooks;
mod recheck;

pub(super) use effect::Effect;

use super::step::Action;
use crate::service::engine::Engine;

/// All effects, in the order in which they run.
static EFFECTS: [&dyn Effect; 4] = [&condition::Condition, &checks::Checks, &recheck::Recheck, &hooks::RunHooks];

/// The effects of a write, in the order in which they run. A merge has those of the update that it becomes.
pub(super) fn of(engine: &Engine, action: &Action<'_>) -> Vec<&'static dyn Effect> {
    EFFECTS.into_iter().filter(|effect| effect.applies(engine, action)).collect()
}
