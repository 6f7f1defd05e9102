//! The errors of a query, collected.

use crate::error::{Error, FieldError, Problem, Result};

/// The most errors that an answer lists. A large query could have thousands.
const MOST: usize = 50;

/// The longest name that is repeated in an answer, in characters.
const NAME: usize = 64;

/// What is wrong with one part of a query.
#[derive(Debug)]
pub(super) struct QueryError {
    pub(super) problem: &'static Problem,
    pub(super) message: String,
}

impl QueryError {
    pub(super) fn new(problem: &'static Problem, message: impl Into<String>) -> Self {
        Self { problem, message: message.into() }
    }
}

/// Why one part of a query is rejected: it is invalid, or the caller may not use it.
#[derive(Debug)]
pub(super) enum Rejected {
    Invalid(QueryError),
    Denied(Error),
}

impl From<QueryError> for Rejected {
    fn from(error: QueryError) -> Self {
        Self::Invalid(error)
    }
}

impl From<Error> for Rejected {
    fn from(error: Error) -> Self {
        Self::Denied(error)
    }
}

/// Succeeds if all of these do; otherwise the first denial, or else the first error.
pub(super) fn all(outcomes: impl Iterator<Item = Result<(), Rejected>>) -> Result<(), Rejected> {
    let mut first = Ok(());
    for outcome in outcomes {
        match outcome {
            Err(Rejected::Denied(_)) => return outcome,
            Err(_) if first.is_ok() => first = outcome,
            _ => {}
        }
    }
    first
}

/// The errors found so far. The first one decides the slug of the answer.
#[derive(Debug, Default)]
pub(super) struct QueryErrors {
    first: Option<&'static Problem>,
    errors: Vec<FieldError>,
    detail: String,
    /// The first part that the caller may not use. It takes precedence over errors.
    denial: Option<Error>,
}

impl QueryErrors {
    /// Whether no more errors are collected.
    pub(super) fn is_full(&self) -> bool {
        self.errors.len() >= MOST
    }

    /// Adds a rejected query parameter.
    pub(super) fn reject_parameter(&mut self, name: &str, rejected: Rejected) {
        match rejected {
            Rejected::Invalid(error) => self.parameter(name, error),
            Rejected::Denied(error) => self.denial = self.denial.take().or(Some(error)),
        }
    }

    /// Adds a rejected part of a body, with its JSON pointer.
    pub(super) fn reject_at(&mut self, pointer: &str, rejected: Rejected) {
        match rejected {
            Rejected::Invalid(error) => self.at(pointer, error),
            Rejected::Denied(error) => self.denial = self.denial.take().or(Some(error)),
        }
    }

    /// Adds the error of a query parameter.
    pub(super) fn parameter(&mut self, name: &str, error: QueryError) {
        let name = shorten(name);
        self.add(FieldError::parameter(name.clone(), error.problem.code(), error.message), &name, error.problem);
    }

    /// Adds the error at this JSON pointer.
    pub(super) fn at(&mut self, pointer: &str, error: QueryError) {
        self.add(FieldError::at(pointer, error.problem.code(), error.message), pointer, error.problem);
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

    /// The value, if there are no errors.
    pub(super) fn or<T>(self, value: T) -> Result<T> {
        if let Some(denial) = self.denial {
            return Err(denial);
        }
        let Some(problem) = self.first else {
            return Ok(value);
        };
        let detail = match self.errors.len() {
            1 => self.detail,
            count if count >= MOST => format!("The query has {MOST} errors or more; these are the first"),
            count => format!("The query has {count} errors"),
        };
        Err(Error::new(problem, detail).with_errors(self.errors))
    }
}

/// A name, cut to the length that an answer repeats.
pub(super) fn shorten(name: &str) -> String {
    name.chars().take(NAME).collect()
}
