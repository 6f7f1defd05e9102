//! Rules for numbers.

use crate::error::codes;
use rust_decimal::Decimal;

use super::rule_error::RuleError;

/// A range whose bounds are the attribute's literals.
#[derive(Debug, Clone, Copy)]
pub struct Range {
    /// The minimum.
    pub min: Option<&'static str>,
    /// The maximum; exclusive when `exclusive`.
    pub max: Option<&'static str>,
    /// The maximum itself is not allowed.
    pub exclusive: bool,
}

/// A number that can be compared with a literal.
pub trait Bound: PartialOrd + Sized {
    /// Reads a literal; `None` when this type cannot hold it.
    fn literal(text: &str) -> Option<Self>;
}

impl Bound for i64 {
    fn literal(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Bound for f32 {
    fn literal(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Bound for f64 {
    fn literal(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Bound for Decimal {
    fn literal(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Range {
    /// Checks a number.
    ///
    /// # Errors
    /// `range`, naming both bounds.
    pub fn check<N: Bound>(&self, number: N) -> Result<(), RuleError> {
        let low = self.min.and_then(N::literal).is_some_and(|min| number < min);
        let high = self.max.and_then(N::literal).is_some_and(|max| number > max || (self.exclusive && number == max));
        if !low && !high {
            return Ok(());
        }
        let below = if self.exclusive { "less than" } else { "at most" };
        let message = match (self.min, self.max) {
            (Some(min), Some(max)) => format!("must be at least {min} and {below} {max}"),
            (Some(min), None) => format!("must be at least {min}"),
            (_, max) => format!("must be {below} {}", max.unwrap_or_default()),
        };
        Err(RuleError::new(codes::RANGE, message))
    }
}
