//! Reads named values and collects problems with them.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::Environment;

/// Reads named values and collects problems with them.
pub(crate) struct Reader<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    environment: Environment,
    problems: Vec<String>,
}

impl<'a> Reader<'a> {
    /// Creates a reader of this source. Until [`read_environment`](Self::read_environment) is called it assumes the
    /// strictest environment, production.
    pub(crate) fn new(lookup: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { lookup, environment: Environment::Production, problems: Vec::new() }
    }

    /// Reads `ENVIRONMENT`, on which the rules for other settings depend.
    pub(crate) fn read_environment(&mut self) -> Environment {
        match Environment::parse(self.text("ENVIRONMENT").as_deref()) {
            Ok(environment) => self.environment = environment,
            Err(problem) => self.problem(problem),
        }
        self.environment
    }

    pub(crate) fn is_production(&self) -> bool {
        self.environment == Environment::Production
    }

    /// Reads a part of the settings. If the part is not `needed`, problems with it are not reported.
    pub(crate) fn part<T>(&mut self, needed: bool, read: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.problems.len();
        let value = read(self);
        if !needed {
            self.problems.truncate(before);
        }
        value
    }

    /// A variable that is set and not empty.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        (self.lookup)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// A secret: the variable itself, or the content of the file that `NAME_FILE` names.
    pub(crate) fn secret(&mut self, name: &str) -> Option<String> {
        let file = self.text(&format!("{name}_FILE"));
        match (self.text(name), file) {
            (Some(_), Some(_)) => {
                self.problem(format!("{name} and {name}_FILE are both set; keep one"));
                None
            }
            (value, None) => value,
            (None, Some(path)) => match std::fs::read_to_string(&path) {
                Ok(content) => Some(content.trim().to_owned()),
                Err(error) => {
                    self.problem(format!("the file `{path}` of {name}_FILE cannot be read: {error}"));
                    None
                }
            },
        }
    }

    /// A value of another type; `expected` says in the message what it must be.
    pub(crate) fn parsed<T: FromStr>(&mut self, name: &str, expected: &str) -> Option<T> {
        let value = self.text(name)?;
        let parsed = value.parse().ok();
        if parsed.is_none() {
            self.problem(format!("{name} is `{value}`; it must be {expected}"));
        }
        parsed
    }

    /// A whole number above 0.
    pub(crate) fn positive<T: FromStr + PartialOrd + From<u8> + fmt::Display>(&mut self, name: &str) -> Option<T> {
        let value = self.parsed::<T>(name, "a whole number above 0")?;
        if value < T::from(1) {
            self.problem(format!("{name} is {value}; it must be a whole number above 0"));
            return None;
        }
        Some(value)
    }

    /// A number of seconds.
    pub(crate) fn seconds(&mut self, name: &str) -> Option<Duration> {
        self.parsed::<u32>(name, "a number of seconds").map(|seconds| Duration::from_secs(seconds.into()))
    }

    /// A number of seconds with a fraction where wanted: `0.5`.
    pub(crate) fn fraction(&mut self, name: &str) -> Option<Duration> {
        let text = self.text(name)?;
        // Rust would parse exponents, signs and `inf` as numbers.
        let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let seconds = text.parse().ok().filter(|_| plain);
        let time = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        if time.is_none() {
            self.problem(format!("{name} is `{text}`; it must be a number of seconds such as 5 or 0.5"));
        }
        time
    }

    /// `true` or `false`; false if it is not set.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        self.parsed(name, "true or false").unwrap_or(false)
    }

    /// The parts of a comma-separated list.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        let text = self.text(name).unwrap_or_default();
        text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    /// The parts of a comma-separated list, each of another type.
    pub(crate) fn parsed_list<T: FromStr<Err: fmt::Display>>(&mut self, name: &str) -> Vec<T> {
        let mut values = Vec::new();
        for text in self.list(name) {
            match text.parse() {
                Ok(value) => values.push(value),
                Err(error) => self.problem(format!("{name} names `{text}`, which is {error}")),
            }
        }
        values
    }

    /// Adds a problem: one sentence that names the variable and says what to do.
    pub(crate) fn problem(&mut self, problem: impl Into<String>) {
        self.problems.push(problem.into());
    }

    /// Adds problems.
    pub(crate) fn problems(&mut self, problems: impl IntoIterator<Item = String>) {
        self.problems.extend(problems);
    }

    /// Reports a variable that is set although this build lacks the feature for it.
    #[cfg(not(all(feature = "redis", feature = "rbac", feature = "s3", feature = "sentry", feature = "ses")))]
    pub(crate) fn lacks_feature(&mut self, name: &str, feature: &str) {
        self.problem(format!(
            "{name} cannot be used: this build lacks the feature `{feature}` of the resourceful crate; add it in \
             Cargo.toml, or remove the setting"
        ));
    }

    /// The number of problems so far.
    pub(crate) fn count(&self) -> usize {
        self.problems.len()
    }

    /// All problems.
    pub(crate) fn finish(self) -> Vec<String> {
        self.problems
    }
}
