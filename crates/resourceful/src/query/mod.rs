//! What a list asks for: from the query string or a search body to a tree, and from the tree to SQL.
//!
//! Two steps that know nothing of each other. [`parse_list`], [`parse_count`] and [`parse_search`] read what a caller
//! wrote into a [`ListQuery`] and refuse whatever is unknown, doubled, malformed or not opted in: no parameter is ever
//! ignored. [`condition`], [`words`] and [`seek`] compile the tree for one database. Names in the SQL come from the
//! resource's description only, values are always bound, and both databases give the same rows in the same order, but
//! for [`full_text`], which only one of them has.
//!
//! Row policies and ownership use the same [`Filter`], so that there is one compiler to trust.

pub mod full_text;

mod ast;
mod body;
mod canonical;
pub mod cursor;
mod ends;
mod filter;
mod list;
mod mistakes;
mod paging;
pub mod seek;
mod select;
mod sql;
mod url;
mod viewer;

pub use ast::{Count, FieldPath, Filter, Include, ListQuery, Op, Operand, Selection, SortKey, Start, Test};
pub use body::parse_search;
pub use canonical::canonical;
pub use ends::{Ends, Through};
pub use filter::{is_filterable, operators};
pub use list::{parse_any, parse_count, parse_list, parse_named, parse_none, parse_row};
pub use paging::{is_searchable, is_sortable, last_page, searched};
pub use sql::{EVERYTHING, Reach, condition, total, words};
pub use viewer::Viewer;

/// What a query may ask for at most. Each is far beyond what a person asks and keeps a single request affordable.
pub mod limits {
    /// Filters in one query.
    pub const FILTERS: usize = 50;
    /// Values in one `in` or `nin` list.
    pub const LIST: usize = 1_000;
    /// Values in all lists together: a statement of SQLite binds at most 32,766.
    pub const VALUES: usize = 10_000;
    /// Characters of `q` and of what `contains` and its kin look for.
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
    /// Bytes of a cursor. actix reads an address of 65,534 bytes, so as many filters beside it as usual proxies take.
    pub const CURSOR: usize = 57_344;
    /// Bytes of a cursor that holds the values of its row whole: with usual filters it passes all usual proxies.
    pub const WHOLE_CURSOR: usize = 4_096;
}
