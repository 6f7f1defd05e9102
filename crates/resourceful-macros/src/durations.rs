//! Durations as they are written in attributes: `500ms`, `60s`, `5m`, `12h`, `1d`.

use syn::LitStr;

use crate::errors::Errors;

/// The milliseconds of one of each unit.
const UNITS: [(&str, u64); 5] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// The longest, in milliseconds: a year.
const MOST: u64 = 366 * 86_400_000;

/// The milliseconds of a duration.
pub(crate) fn check_duration(text: &LitStr, errors: &mut Errors) -> Option<u64> {
    let written = text.value();
    let digits = written.len() - written.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = written.split_at(digits);
    let unit = UNITS.iter().find(|(name, _)| *name == unit);
    let millis = unit.and_then(|(_, each)| number.parse::<u64>().ok()?.checked_mul(*each));
    match millis {
        Some(1..=MOST) => return millis,
        Some(_) => errors.on(text, format!("`{written}` is not between 1ms and 366d; write for example \"60s\"")),
        None => errors.on(
            text,
            format!("`{written}` is not a duration; write for example \"60s\"\nallowed: a whole number with ms, s, m, h or d"),
        ),
    }
    None
}
