//! What one request, one connection and all of them together may use of the server. Every limit is in one table,
//! [`ALL`], with its variable and its default; [`Limits`] holds the values.

use std::time::Duration;

use crate::env::Reader;

/// What a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Bytes.
    Bytes,
    /// Seconds, with a fraction where wanted: `0.5`.
    Seconds,
    /// Things, as the limit's meaning says.
    Count,
}

impl Unit {
    /// The word for it in messages and in the guide.
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
    /// From here on it is no limit any more, and production refuses it.
    pub most: f64,
    /// What it bounds.
    pub meaning: &'static str,
    of_database: bool,
    set: fn(&mut Limits, f64),
    get: fn(&Limits) -> f64,
}

impl Limit {
    /// The default as it is written into the environment.
    pub fn default_text(&self) -> String {
        self.default.to_string()
    }

    /// The value of these limits; infinite where there is none.
    pub fn value(&self, limits: &Limits) -> f64 {
        (self.get)(limits)
    }
}

/// A number as a value of a unit; what is infinite is the largest.
trait Amount: Copy {
    fn from_f64(value: f64) -> Self;
    fn value(self) -> f64;
}

impl Amount for usize {
    fn from_f64(value: f64) -> Self {
        // Saturates.
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

/// Who needs a limit.
enum Area {
    Http,
    Database,
}

macro_rules! limits {
    ($($of:ident $name:ident: $type:ty, $unit:ident, $variable:literal, $default:expr, $most:expr, $meaning:literal;)*) => {
        /// How much of each resource a request can use. A limit that is off has the largest value of its type.
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
        "the largest body that is read; of a body that is refused no more than this is read on either";
    Http body_parts: usize, Count, "BODY_PARTS", 45_000, 10_000_000,
        "the most parts of a JSON body: a name, string, number, `true`, `false` and `null` is one, an array three, an object nine";
    Http body_timeout: Duration, Seconds, "BODY_TIMEOUT", 30, HOUR,
        "how long a body may take to arrive";
    Http answer_bytes: usize, Bytes, "ANSWER_LIMIT", 12 * MIB, 4 * GIB,
        "the largest answer of a list, a search or a row with what it includes";
    Http answers_bytes: usize, Bytes, "ANSWERS_LIMIT", 128 * MIB, 64 * GIB,
        "all large answers (over 1 MiB) that are being sent at one time";
    Http answer_timeout: Duration, Seconds, "ANSWER_TIMEOUT", 30, HOUR,
        "how long a client may take for each MiB of an answer, and how long it may take nothing at all";
    Http keep_alive: Duration, Seconds, "KEEP_ALIVE", 5, HOUR,
        "how long a connection without a request is kept";
    Http connections: usize, Count, "MAX_CONNECTIONS", 10_000, 1_000_000,
        "open connections of the process";
    Http backlog: usize, Count, "BACKLOG", 1024, 65_535,
        "connections that wait to be accepted";
    Database database_connections: usize, Count, "DATABASE_MAX_CONNECTIONS", 20, 10_000,
        "connections to the database of the process; on SQLite one more writes";
    Database acquire_timeout: Duration, Seconds, "ACQUIRE_TIMEOUT", 3, HOUR,
        "how long a request waits for a connection to the database, for its turn to write on SQLite, and for memory for a large answer";
    Database statement_timeout: Duration, Seconds, "STATEMENT_TIMEOUT", 5, HOUR,
        "how long the database may work on one statement";
    Database lock_timeout: Duration, Seconds, "LOCK_TIMEOUT", 2, HOUR,
        "how long a statement waits on PostgreSQL for a lock that another transaction holds";
    Database transaction_timeout: Duration, Seconds, "TRANSACTION_TIMEOUT", 10, HOUR,
        "how long a transaction may stand idle on PostgreSQL";
}

impl Limits {
    /// Reads the limits. 0 takes a limit away, which production refuses, as it refuses values that are so high that they
    /// limit nothing. Problems are reported of those limits alone that are `needed`.
    pub(crate) fn from_env(reader: &mut Reader<'_>, needed: impl Fn(&Limit) -> bool) -> Self {
        let mut limits = Self::default();
        for limit in ALL {
            reader.part(needed(limit), |reader| limit.read(&mut limits, reader));
        }
        limits
    }

    /// One sentence for each limit that limits nothing.
    pub fn unbounded(&self) -> Vec<String> {
        ALL.iter().filter_map(|limit| limit.unbounded(self)).collect()
    }
}

impl Limit {
    /// Whether it is about the use of the database, which commands without HTTP need as well.
    pub(crate) fn is_of_database(&self) -> bool {
        self.of_database
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
                "{variable} limits nothing, and without it anyone can stop the server; set it to {most} {} at most, or remove it for {}",
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
        // Exponents, signs and `inf` are numbers to Rust and no settings.
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
