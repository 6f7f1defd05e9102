//! Durations as they are written in attributes: `500ms`, `60s`, `5m`, `12h`, `1d`.

use syn::LitStr;

use crate::errors::Errors;

/// The milliseconds of one of each unit.
const UNITS: [(&str, u64); 5] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// The longest time that an answer is kept, in milliseconds: a year.
const MOST: u64 = 366 * 86_400_000;

/// The milliseconds of a text; `None` when it is not a duration above 0.
pub(crate) fn milliseconds(written: &str) -> Option<u64> {
    let (number, unit) = written.split_at(written.find(|c: char| !c.is_ascii_digit())?);
    let (_, each) = UNITS.iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*each).filter(|time| *time > 0)
}

/// The milliseconds of a duration that an answer can be kept.
pub(crate) fn check_duration(text: &LitStr, errors: &mut Errors) -> Option<u64> {
    let time = milliseconds(&text.value()).filter(|time| *time <= MOST);
    if time.is_none() {
        let message = format!(
            "`{}` is not a duration; write for example \"60s\"\nallowed: a whole number from 1 with `ms`, `s`, `m`, `h` or `d`, up to 366d",
            text.value()
        );
        errors.on(text, message);
    }
    time
}
