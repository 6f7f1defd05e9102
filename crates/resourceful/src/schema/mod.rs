//! Tables as data: what resources need, what a database has, what is different, and the way from one to the other. Also
//! the advice about further indexes for lists.

mod advice;
mod compare;
mod create;
#[cfg(feature = "migrate")]
pub(crate) mod execute;
mod facts;
mod fit;
mod model;
mod plan;
mod read;
#[cfg(all(feature = "migrate", feature = "sqlite"))]
pub(crate) mod rebuild;
mod render;
mod wanted;

pub use advice::{IndexAdvice, index_advice};
pub use compare::{Difference, Mode, Part, What, differences};
pub use create::{TableCheck, check, check_tables, create_missing};
pub(crate) use facts::{Facts, facts};
pub use model::{Check, CheckRule, Column, ForeignKey, Index, Schema, Source, Table, Unique};
pub use plan::{Action, Leftover, Plan, PlanOptions, Step, plan, plan_creation};
pub use read::read;
pub use render::constraint_name;
pub use wanted::{statements, wanted};
