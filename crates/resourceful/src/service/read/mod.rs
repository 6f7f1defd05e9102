//! Reading rows: one, a page, a count, and the rows of relations.

mod columns;
mod cursor;
mod estimate;
#[cfg(feature = "postgres")]
mod gather;
mod get;
mod include;
mod list;
mod order;
mod sight;
mod texts;

pub(crate) use columns::Columns;
pub(crate) use include::Included;
