//! The effects of writes. A new effect is a file and a line in the list.

mod checks;
mod condition;
mod effect;
#[cfg(feature = "storage")]
mod files;
mod hooks;
mod recheck;

pub(super) use effect::Effect;

use super::step::Action;
use crate::service::engine::Engine;

/// All effects, in the order in which they run.
static EFFECTS: &[&dyn Effect] = &[
    &condition::Condition,
    &checks::Checks,
    &recheck::Recheck,
    // Before the hooks, whose work after the commit may look at the storage
    #[cfg(feature = "storage")]
    &files::Files,
    &hooks::RunHooks,
];

/// The effects of a write, in the order in which they run. A merge has those of the update that it becomes.
pub(super) fn of(engine: &Engine, action: &Action<'_>) -> Vec<&'static dyn Effect> {
    EFFECTS.iter().copied().filter(|effect| effect.applies(engine, action)).collect()
}
