//! The rules for values: one small function each, which the attributes of the derive name.

mod check;
mod number;
mod rule;
mod rule_error;
mod suggest;
mod text;

pub use check::{Subject, check};
pub use number::{Bound, Range};
pub use rule::Rule;
pub use rule_error::RuleError;
pub use suggest::{nearest, unknown};
pub use text::{email, length, one_of, pattern, url};
