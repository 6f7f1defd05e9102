//! Tables from resources: the DDL that both the development server and the first migration use.

mod create;
mod ddl;

pub use create::{check_tables, create_missing};
pub use ddl::{Table, constraint_name, statements, tables};
