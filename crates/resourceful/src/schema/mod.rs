//! Tables from resources: the DDL that both the development server and the first migration use, and advice about further
//! indexes for lists.

mod advice;
mod create;
mod ddl;
mod facts;
#[cfg(all(feature = "migrate", feature = "sqlite"))]
pub(crate) mod rebuild;

pub use advice::{IndexAdvice, index_advice};
pub use create::{check_tables, create_missing};
pub use ddl::{Table, constraint_name, statements, tables};
pub(crate) use facts::{Facts, facts};
