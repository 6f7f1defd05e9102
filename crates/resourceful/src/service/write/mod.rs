//! Writing rows. A write is a plan (`plan`), which one function executes (`execute`): begin a transaction where one is
//! needed, then for each step the effects before the statement, the statement, and the effects after it. A write without
//! effects is one statement without a transaction.
//!
//! What a write does in addition to its statement is an effect (`effects`). Checks that do not need the written row, of
//! ids (`ids`) and references (`references`), run before the plan is made. `explain` turns the error of a write into the
//! answer.

mod atomicity;
mod cascade;
mod changes;
mod complete;
mod condition;
mod delete;
mod effects;
mod error;
mod execute;
mod explain;
mod ids;
mod insert;
mod merge;
mod plan;
mod provision;
mod read_back;
mod references;
mod step;
mod update;
mod values;

pub(crate) use provision::Provisioning;
