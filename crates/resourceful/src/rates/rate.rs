//! A rate: a number of requests in a time.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// The units of time, in seconds.
const UNITS: [(&str, u64); 4] = [("second", 1), ("minute", 60), ("hour", 3600), ("day", 86_400)];

/// The most requests of a rate: with more, the time between two of them would be shorter than a microsecond.
const MOST: u32 = 1_000_000;

/// A number of requests in a time, as text `600/minute`.
///
/// ```
/// use resourceful::rates::Rate;
///
/// let rate: Rate = "600/minute".parse()?;
/// assert_eq!((rate.requests(), rate.period().as_secs()), (600, 60));
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rate {
    requests: u32,
    unit: &'static str,
    seconds: u64,
}

impl Rate {
    /// How many requests are allowed in the time, and how many at once.
    pub const fn requests(&self) -> u32 {
        self.requests
    }

    /// The time.
    pub const fn period(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    /// The time after which one more request is allowed, in microseconds: at least 1.
    pub(super) const fn step(&self) -> u64 {
        self.seconds * 1_000_000 / self.requests as u64
    }
}

impl FromStr for Rate {
    type Err = String;

    /// Reads `600/minute`: a number from 1 to 1,000,000, and `second`, `minute`, `hour` or `day`.
    ///
    /// # Errors
    /// What a rate must be, as the rest of a sentence that begins with "it must be".
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let expected = || {
            format!(
                "a number of requests from 1 to {MOST} and a time (second, minute, hour or day), such as 600/minute; \
                 remove it for no limit"
            )
        };
        let (number, unit) = text.split_once('/').ok_or_else(expected)?;
        // Rust would read a sign, too.
        let is_plain = number.bytes().all(|byte| byte.is_ascii_digit());
        let requests = number.parse().ok().filter(|number| is_plain && (1..=MOST).contains(number));
        let found = UNITS.into_iter().find(|(name, _)| *name == unit);
        let ((unit, seconds), requests) = found.zip(requests).ok_or_else(expected)?;
        Ok(Self { requests, unit, seconds })
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.requests, self.unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_and_written() {
        for (text, requests, seconds, step) in [
            ("1/second", 1, 1, 1_000_000),
            ("600/minute", 600, 60, 100_000),
            ("7/second", 7, 1, 142_857),
            ("1000000/second", 1_000_000, 1, 1),
            ("1000000/day", 1_000_000, 86_400, 86_400),
            ("1/day", 1, 86_400, 86_400_000_000),
        ] {
            let rate: Rate = text.parse().unwrap_or_else(|problem| panic!("{text}: {problem}"));
            assert_eq!((rate.requests(), rate.period().as_secs(), rate.step()), (requests, seconds, step), "{text}");
            assert_eq!(rate.to_string(), text);
        }
    }

    #[test]
    fn nothing_else_is_a_rate() {
        for text in [
            "",
            "0",
            "0/minute",
            "600",
            "600/",
            "/minute",
            "600/minutes",
            "600/Minute",
            "-1/minute",
            "+1/minute",
            "1.5/minute",
            "1e3/minute",
            "600 / minute",
            "1000001/second",
            "99999999999/second",
            "off",
            "600/60",
            "600/minute/hour",
        ] {
            assert!(text.parse::<Rate>().is_err_and(|problem| problem.contains("600/minute")), "{text}");
        }
    }
}
