//! Mistakes of a query, collected.

use crate::error::{Error, FieldError, Problem, Result};

/// Enough for anybody to mend a query. An answer with thousands would be an attack on the server's own line.
const MOST: usize = 50;

/// The longest name that is repeated in an answer, in characters.
const NAME: usize = 64;

/// What is wrong with one part of a query.
#[derive(Debug)]
pub(super) struct Mistake {
    pub(super) problem: &'static Problem,
    pub(super) message: String,
}

impl Mistake {
    pub(super) fn new(problem: &'static Problem, message: impl Into<String>) -> Self {
        Self { problem, message: message.into() }
    }
}

/// What is wrong with one part of a query, or that this caller may not ask it.
#[derive(Debug)]
pub(super) enum Fault {
    Mistake(Mistake),
    Denial(Error),
}

impl From<Mistake> for Fault {
    fn from(mistake: Mistake) -> Self {
        Self::Mistake(mistake)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Denial(error)
    }
}

/// All of these, or the first denial, or else the first mistake.
pub(super) fn all(outcomes: impl Iterator<Item = Result<(), Fault>>) -> Result<(), Fault> {
    let mut first = Ok(());
    for outcome in outcomes {
        match outcome {
            Err(Fault::Denial(_)) => return outcome,
            Err(_) if first.is_ok() => first = outcome,
            _ => {}
        }
    }
    first
}

/// All mistakes found so far. The first one gives the answer its slug.
#[derive(Debug, Default)]
pub(super) struct Mistakes {
    first: Option<&'static Problem>,
    errors: Vec<FieldError>,
    detail: String,
    /// What the caller may not ask, which comes before what he asks wrongly.
    denial: Option<Error>,
}

impl Mistakes {
    /// Whether there is no use in looking further.
    pub(super) fn is_full(&self) -> bool {
        self.errors.len() >= MOST
    }

    /// Adds one that stands in a query parameter, whatever it is.
    pub(super) fn fault_of_parameter(&mut self, name: &str, fault: Fault) {
        match fault {
            Fault::Mistake(mistake) => self.parameter(name, mistake),
            Fault::Denial(error) => self.denial = self.denial.take().or(Some(error)),
        }
    }

    /// Adds one that stands at this JSON pointer, whatever it is.
    pub(super) fn fault_at(&mut self, pointer: &str, fault: Fault) {
        match fault {
            Fault::Mistake(mistake) => self.at(pointer, mistake),
            Fault::Denial(error) => self.denial = self.denial.take().or(Some(error)),
        }
    }

    /// Adds one that stands in a query parameter.
    pub(super) fn parameter(&mut self, name: &str, mistake: Mistake) {
        let name = shorten(name);
        self.add(FieldError::parameter(name.clone(), mistake.problem.slug, mistake.message), &name, mistake.problem);
    }

    /// Adds one that stands at this JSON pointer.
    pub(super) fn at(&mut self, pointer: &str, mistake: Mistake) {
        self.add(FieldError::at(pointer, mistake.problem.slug, mistake.message), pointer, mistake.problem);
    }

    fn add(&mut self, error: FieldError, place: &str, problem: &'static Problem) {
        if self.is_full() {
            return;
        }
        if self.first.is_none() {
            self.first = Some(problem);
            self.detail = format!("{}: {}", place.escape_debug(), error.message);
        }
        self.errors.push(error);
    }

    /// The value, if nothing was wrong.
    pub(super) fn or<T>(self, value: T) -> Result<T> {
        if let Some(denial) = self.denial {
            return Err(denial);
        }
        let Some(problem) = self.first else {
            return Ok(value);
        };
        let detail = match self.errors.len() {
            1 => self.detail,
            count if count >= MOST => format!("The query has {MOST} mistakes or more; these are the first"),
            count => format!("The query has {count} mistakes"),
        };
        Err(Error::new(problem, detail).with_errors(self.errors))
    }
}

/// A name as far as it is repeated in an answer.
pub(super) fn shorten(name: &str) -> String {
    name.chars().take(NAME).collect()
}
