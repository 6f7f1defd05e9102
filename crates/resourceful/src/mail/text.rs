//! Rules for single lines of text: what goes into headers of mails.

use crate::error::{Code, codes};

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::mail) struct Wrong {
    pub(in crate::mail) code: Code,
    pub(in crate::mail) message: String,
}

impl Wrong {
    pub(in crate::mail) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// Characters that would end a line or a header, or that make text look like other text: control characters, line and
/// paragraph separators, and overrides of the writing direction (Unicode UAX #9).
pub(in crate::mail) fn is_forbidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Checks a line of text that becomes a part of a header. `what` names it in the message.
pub(in crate::mail) fn check_line(what: &str, line: &str, most: usize) -> Result<(), Wrong> {
    if let Some(found) = line.chars().find(|c| is_forbidden(*c)) {
        return Err(Wrong::new(
            codes::INVALID_CHARACTER,
            format!("{what} contains the character U+{:04X}; it must be one line of plain text", u32::from(found)),
        ));
    }
    let count = line.chars().count();
    if count > most {
        return Err(Wrong::new(codes::LENGTH, format!("{what} has {count} characters; at most {most} are allowed")));
    }
    Ok(())
}

/// A value as a message shows it: short, and without characters that could disturb a log line.
pub(in crate::mail) fn shown(value: &str) -> String {
    let short: String = value.chars().take(80).map(|c| if is_forbidden(c) { '\u{FFFD}' } else { c }).collect();
    if short.len() < value.len() && value.chars().count() > 80 { format!("`{short}..`") } else { format!("`{short}`") }
}
