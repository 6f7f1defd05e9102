//! What is known about a panic where it is caught.

use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::panic::Location;

thread_local! {
    /// Where this thread panicked last.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Notes where this thread panics, for who catches it.
#[cfg_attr(not(feature = "telemetry"), allow(dead_code))]
pub(crate) fn note_place(place: Option<&Location<'_>>) {
    PLACE.with(|last| *last.borrow_mut() = place.map(ToString::to_string));
}

/// A panic as the cause of an error.
#[derive(Debug)]
pub(crate) struct Panicked {
    message: String,
    /// File, line and column, if they were noted.
    pub(crate) place: Option<String>,
}

impl Panicked {
    /// The panic that was caught just now on this thread.
    pub(crate) fn caught(panic: &(dyn Any + Send)) -> Self {
        let message = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let message = message.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
        Self { message, place: PLACE.with(|last| last.borrow_mut().take()) }
    }
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "a handler panicked at {place}: {}", self.message),
            None => write!(f, "a handler panicked: {}", self.message),
        }
    }
}

impl std::error::Error for Panicked {}
