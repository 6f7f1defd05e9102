//! Limits for one request, for one connection, and for all of them together. Every limit is in one table,
//! [`ALL`], with its variable and its default; [`Limits`] holds the values.

use std::time::Duration;

use crate::env::{Reader, Setting};

/// What a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Bytes.
    Bytes,
    /// Seconds, with a fraction where wanted: `0.5`.
    Seconds,
    /// A number of items; the limit's `meaning` says of what.
    Count,
}

impl Unit {
    /// The name of the unit in messages and in the guide.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Seconds => "seconds",
            Self::Count => "count",
        }
    }
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// The field of [`Limits`].
    pub name: &'static str,
    /// The environment variable.
    pub variable: &'static str,
    /// What it counts.
    pub unit: Unit,
    /// Its value when the variable is not set.
    pub default: f64,
    /// The largest value that production accepts: a higher value has no effect as a limit.
    pub most: f64,
    /// What the limit applies to.
    pub meaning: &'static str,
    of_database: bool,
    set: fn(&mut Limits, f64),
    get: fn(&Limits) -> f64,
}

impl Limit {
    /// The default, as text for the environment variable.
    pub fn default_text(&self) -> String {
        self.default.to_string()
    }

    /// The value of this limit in `limits`; infinite if the limit is off.
    pub fn value(&self, limits: &Limits) -> f64 {
        (self.get)(limits)
    }
}

/// A number as a value of a unit. Infinity is the largest value of the type.
trait Amount: Copy {
    fn from_f64(value: f64) -> Self;
    fn value(self) -> f64;
}

impl Amount for usize {
    fn from_f64(value: f64) -> Self {
        // The conversion saturates.
        value as Self
    }

    fn value(self) -> f64 {
        if self == Self::MAX { f64::INFINITY } else { self as f64 }
    }
}

impl Amount for Duration {
    fn from_f64(value: f64) -> Self {
        Self::try_from_secs_f64(value).unwrap_or(Self::MAX)
    }

    fn value(self) -> f64 {
        if self == Self::MAX { f64::INFINITY } else { self.as_secs_f64() }
    }
}

/// Which part of the application a limit belongs to.
enum Area {
    Http,
    Database,
}

macro_rules! limits {
    ($($of:ident $name:ident: $type:ty, $unit:ident, $variable:literal, $default:expr, $most:expr, $meaning:literal;)*) => {
        /// How much memory, time and connections requests can use. A limit that is off has the largest value of its type.
        #[derive(Debug, Clone, PartialEq)]
        pub struct Limits {
            $(#[doc = concat!("`", $variable, "`: ", $meaning, ".")] pub $name: $type,)*
        }

        /// Every limit.
        pub const ALL: &[Limit] = &[$(Limit {
            name: stringify!($name),
            variable: $variable,
            unit: Unit::$unit,
            default: $default as f64,
            most: $most as f64,
            meaning: $meaning,
            of_database: matches!(Area::$of, Area::Database),
            set: |limits, value| limits.$name = <$type as Amount>::from_f64(value),
            get: |limits| Amount::value(limits.$name),
        }),*];

        impl Default for Limits {
            fn default() -> Self {
                Self { $($name: <$type as Amount>::from_f64($default as f64)),* }
            }
        }
    };
}

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;
const GIB: u64 = 1024 * MIB;
const HOUR: u64 = 3600;

limits! {
    Http head_timeout: Duration, Seconds, "HEAD_TIMEOUT", 10, HOUR,
        "how long the first line and the headers of a request may take to arrive";
    Http body_bytes: usize, Bytes, "BODY_LIMIT", MIB, GIB,
        "the largest request body; after a body is refused, at most this much of its rest is read and discarded";
    Http body_parts: usize, Count, "BODY_PARTS", 45_000, 10_000_000,
        "the most parts of a JSON body: a name, string, number, `true`, `false` or `null` counts as 1, an array as 3, an object as 9";
    Http upload_bytes: usize, Bytes, "UPLOAD_LIMIT", 100 * MIB, 5 * 1024 * GIB,
        "the largest file that an upload may store, unless the upload has a limit of its own; it arrives in parts and is never in memory as a whole";
    Http uploads_bytes: usize, Bytes, "UPLOADS_LIMIT", 128 * MIB, 64 * GIB,
        "the memory of all uploads together, at least 32 MiB: what has arrived of them and is not stored yet";
    Http body_timeout: Duration, Seconds, "BODY_TIMEOUT", 30, HOUR,
        "how long a body may take to arrive; for an upload, each MiB of it";
    Http answer_bytes: usize, Bytes, "ANSWER_LIMIT", 12 * MIB, 4 * GIB,
        "the largest response of a list, a search, or a row with its included rows";
    Http answers_bytes: usize, Bytes, "ANSWERS_LIMIT", 128 * MIB, 64 * GIB,
        "the total size of all large responses (over 1 MiB) that are being sent at the same time";
    Http answer_timeout: Duration, Seconds, "ANSWER_TIMEOUT", 30, HOUR,
        "how long a client may take to read each MiB of a response, and how long it may read nothing at all";
    Http keep_alive: Duration, Seconds, "KEEP_ALIVE", 5, HOUR,
        "how long a connection without a request is kept open";
    Http connections: usize, Count, "MAX_CONNECTIONS", 10_000, 1_000_000,
        "the most open client connections of the process";
    Http requests: usize, Count, "MAX_REQUESTS", 1000, 1_000_000,
        "the most requests that the process serves at the same time";
    Http backlog: usize, Count, "BACKLOG", 1024, 65_535,
        "the most client connections that wait to be accepted";
    Database database_connections: usize, Count, "DATABASE_MAX_CONNECTIONS", 20, 10_000,
        "the most database connections of the process; on SQLite there are three more, for writes";
    Database acquire_timeout: Duration, Seconds, "ACQUIRE_TIMEOUT", 3, HOUR,
        "how long a request waits for a database connection, for a write permit on SQLite, and for memory for a large response or an upload";
    Database statement_timeout: Duration, Seconds, "STATEMENT_TIMEOUT", 5, HOUR,
        "how long one SQL statement may run";
    Database lock_timeout: Duration, Seconds, "LOCK_TIMEOUT", 2, HOUR,
        "how long a statement waits for a lock of another transaction on PostgreSQL";
    Database transaction_timeout: Duration, Seconds, "TRANSACTION_TIMEOUT", 10, HOUR,
        "how long a transaction may be idle on PostgreSQL";
}

impl Limits {
    pub(crate) fn variables() -> Vec<Setting> {
        ALL.iter().map(Limit::variable).collect()
    }

    /// Reads the limits from the environment. 0 removes a limit. Production refuses 0 and values above
    /// [`most`](Limit::most). Problems are reported only for limits that are `needed`.
    pub(crate) fn from_env(reader: &mut Reader<'_>, needed: impl Fn(&Limit) -> bool) -> Self {
        let mut limits = Self::default();
        for limit in ALL {
            reader.part(needed(limit), |reader| limit.read(&mut limits, reader));
        }
        limits
    }

    /// One sentence for each limit that is off or above [`most`](Limit::most).
    pub fn unbounded(&self) -> Vec<String> {
        ALL.iter().filter_map(|limit| limit.unbounded(self)).collect()
    }
}

impl Limit {
    /// Whether the limit is about the database. Commands without HTTP need these limits too.
    pub(crate) fn is_of_database(&self) -> bool {
        self.of_database
    }

    fn variable(&self) -> Setting {
        let unit = match self.unit {
            Unit::Bytes => " (bytes)",
            Unit::Seconds => " (seconds)",
            Unit::Count => "",
        };
        let mut letters = self.meaning.chars();
        let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
        Setting::new(self.variable, format!("{first}{}{unit}.", letters.as_str())).default(self.default_text())
    }

    fn read(&self, limits: &mut Limits, reader: &mut Reader<'_>) {
        let Some(text) = reader.text(self.variable) else { return };
        match self.parse(&text) {
            Ok(value) => (self.set)(limits, value),
            Err(problem) => reader.problem(problem),
        }
        if reader.is_production() {
            reader.problems(self.unbounded(limits));
        }
    }

    fn unbounded(&self, limits: &Limits) -> Option<String> {
        let Self { variable, most, .. } = self;
        (self.value(limits) > *most).then(|| {
            format!(
                "{variable} has no limit or a limit that is too high, so that a single client could overload the server; set it to {most} {} or less, or remove it to get the default, {}",
                self.unit.word(),
                self.default_text()
            )
        })
    }

    fn parse(&self, text: &str) -> Result<f64, String> {
        let Self { variable, .. } = self;
        let whole = self.unit != Unit::Seconds;
        let expected = match self.unit {
            Unit::Bytes => "a whole number of bytes",
            Unit::Count => "a whole number",
            Unit::Seconds => "a number of seconds such as 5 or 0.5",
        };
        // Rust would parse exponents, signs and `inf` as numbers, but they are not valid settings.
        let plain = text.bytes().all(|b| b.is_ascii_digit() || (!whole && b == b'.'));
        match text.parse::<f64>() {
            Ok(0.0) if plain => Ok(f64::INFINITY),
            Ok(value) if plain && value.is_finite() => Ok(value),
            _ => Err(format!(
                "{variable} is `{text}`; it must be {expected}, or 0 for no limit, which production refuses"
            )),
        }
    }
}

#[cfg(test)]
mod tests;
