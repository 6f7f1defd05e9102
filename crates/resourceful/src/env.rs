//! Reading settings: named values, from the environment or from any other source.
//!
//! Every part of the application reads its own settings with a [`Reader`], in a function `from_env`. The reader collects
//! all missing and invalid settings, so that they can be reported together.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// The environment in which the application runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// A developer's machine: `.env` is read, missing tables are created, and without Auth0 the server issues its own tokens.
    Development,
    /// Real users: important settings have no defaults, and the application does not start with an unsafe setting.
    Production,
    /// Automatic tests.
    Test,
}

impl Environment {
    /// Reads the value of `ENVIRONMENT`. The default is development in a debug build, and production otherwise.
    pub(crate) fn parse(value: Option<&str>) -> Result<Self, String> {
        match value.map(str::trim) {
            None | Some("") if cfg!(debug_assertions) => Ok(Self::Development),
            None | Some("") => Ok(Self::Production),
            Some("development") => Ok(Self::Development),
            Some("production") => Ok(Self::Production),
            Some("test") => Ok(Self::Test),
            Some(other) => Err(format!("ENVIRONMENT is `{other}`; it can be development, production or test")),
        }
    }
}

/// The text of a secret. Its `Debug` output does not contain the text, so it does not appear in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(pub String);

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(..)")
    }
}

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
    #[cfg(not(all(feature = "redis", feature = "rbac", feature = "s3")))]
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
