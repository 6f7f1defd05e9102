//! Queries of lists: from the query string or a search body to a tree, and from the tree to SQL.
//!
//! These are two independent steps. [`parse_list`], [`parse_count`] and [`parse_search`] parse the caller's input into a
//! [`ListQuery`] and refuse everything that is unknown, repeated, malformed or not enabled for the field: no parameter is
//! ever ignored. [`condition`], [`words`] and [`seek`] compile the tree for one database. Names in the SQL come from the
//! resource's spec only, values are always bound, and both databases return the same rows in the same order, except for
//! [`full_text`], which only PostgreSQL has.
//!
//! Row policies and ownership use the same [`Filter`], so that there is one compiler to trust.

pub mod full_text;

mod ast;
mod body;
mod canonical;
pub mod cursor;
mod errors;
mod filter;
mod join_columns;
mod list;
mod paging;
mod reach;
pub mod seek;
mod select;
mod sql;
mod url;
mod viewer;

pub use ast::{Count, FieldPath, Filter, Include, ListQuery, Op, Operand, Selection, SortKey, Start, Test};
pub use body::parse_search;
pub use canonical::canonical;
pub use filter::operators;
pub use join_columns::{JoinColumns, Through};
pub use list::{parse_any, parse_count, parse_list, parse_named, parse_none, parse_row};
pub use paging::{last_page, searched};
pub use reach::reached;
pub use sql::{NO_ROW_FILTER, RowFilter, condition, total, words};
pub use viewer::Viewer;

/// The limits of one query. Each is far beyond normal use, and keeps the cost of a single request bounded.
pub mod limits {
    /// Filters in one query.
    pub const FILTERS: usize = 50;
    /// Values in one `in` or `nin` list.
    pub const LIST: usize = 1_000;
    /// Values in all lists together: a statement of SQLite binds at most 32,766.
    pub const VALUES: usize = 10_000;
    /// Characters of `q`, and of the operand of `contains`, `icontains`, `startsWith` and `endsWith`.
    pub const NEEDLE: usize = 200;
    /// Words of `q`.
    pub const WORDS: usize = 10;
    /// Sort keys.
    pub const SORT: usize = 8;
    /// `and`, `or` and `not` inside one another.
    pub const DEPTH: usize = 4;
    /// Relations that one filter follows.
    pub const RELATIONS: usize = 2;
    /// Relations that `include` names.
    pub const INCLUDES: usize = 10;
    /// Relations that `include` follows in a row.
    pub const INCLUDE_DEPTH: usize = 2;
    /// Rows of a relation to many that are shown with one row.
    pub const INCLUDED: usize = 100;
    /// Rows that one relation adds to an answer; each parent shows fewer of its own where there are very many parents.
    pub const INCLUDED_ROWS: usize = 20_000;
    /// Bytes of a cursor. actix reads an address of 65,534 bytes, which leaves room for the filters that usual proxies accept.
    pub const CURSOR: usize = 57_344;
    /// Bytes of a cursor that holds the values of its row whole: with usual filters it passes all usual proxies.
    pub const WHOLE_CURSOR: usize = 4_096;
}
