//! Durations as they are written in attributes: `500ms`, `60s`, `5m`, `12h`, `1d`.

use syn::{Expr, ExprLit, Lit};

use crate::errors::Errors;

/// The milliseconds of one of each unit.
const UNITS: [(&str, u64); 5] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// The longest time that an answer or a value is kept, in milliseconds: a year.
const MOST: u64 = 366 * 86_400_000;

/// The milliseconds of a text; `None` when it is not a duration above 0.
fn milliseconds(written: &str) -> Option<u64> {
    let (number, unit) = written.split_at(written.find(|c: char| !c.is_ascii_digit())?);
    let (_, each) = UNITS.iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*each).filter(|time| *time > 0 && *time <= MOST)
}

/// The milliseconds of a duration for which something can be kept.
pub(crate) fn check_duration(written: &Expr, errors: &mut Errors) -> Option<u64> {
    let text = match written {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => Some(number.to_string()),
        _ => None,
    };
    if let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = written
        && let Some(time) = milliseconds(&text.value())
    {
        return Some(time);
    }
    let hint = text.as_deref().and_then(meant).map(|meant| format!("; did you mean \"{meant}\"?")).unwrap_or_default();
    let what = text.map_or_else(|| "this".to_owned(), |text| format!("`{text}`"));
    let message = format!(
        "{what} is not a duration{hint}\nallowed: a whole number and its unit, in quotes: \"500ms\", \"30s\", \"5m\", \"1h\" or \"7d\"; at most \"366d\""
    );
    errors.on(written, message);
    None
}

/// The duration that a number without a unit, or with its unit in words, probably is.
fn meant(written: &str) -> Option<String> {
    let written = written.trim();
    let (number, unit) = written.split_at(written.find(|c: char| !c.is_ascii_digit()).unwrap_or(written.len()));
    let unit = match unit.trim().trim_start_matches('_').to_ascii_lowercase().as_str() {
        "" | "sec" | "secs" | "second" | "seconds" => "s",
        "ms" | "millis" | "millisecond" | "milliseconds" => "ms",
        "min" | "mins" | "minute" | "minutes" => "m",
        "hr" | "hrs" | "hour" | "hours" => "h",
        "day" | "days" => "d",
        short => UNITS.iter().map(|(name, _)| *name).find(|name| *name == short)?,
    };
    let meant = format!("{number}{unit}");
    milliseconds(&meant).map(|_| meant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_number_and_a_unit() {
        let durations = [("1ms", 1), ("30s", 30_000), ("5m", 300_000), ("1h", 3_600_000), ("366d", MOST)];
        for (written, time) in durations {
            assert_eq!(milliseconds(written), Some(time), "{written}");
        }
        for written in ["", "5", "s", "0s", "-1s", "1.5s", "5 m", "5min", "367d", "99999999999999999999s"] {
            assert_eq!(milliseconds(written), None, "{written}");
        }
    }

    #[test]
    fn what_is_nearly_a_duration_is_suggested() {
        let nearly = [
            ("300", "300s"),
            ("5 minutes", "5m"),
            ("2 Hours", "2h"),
            ("5 m", "5m"),
            ("100 millis", "100ms"),
            ("1day", "1d"),
        ];
        for (written, duration) in nearly {
            assert_eq!(meant(written).as_deref(), Some(duration), "{written}");
        }
        for written in ["", "soon", "0", "5 weeks", "1.5h", "400 days"] {
            assert_eq!(meant(written), None, "{written}");
        }
    }
}
