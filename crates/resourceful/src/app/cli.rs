//! The command line: its words and `--options`, and printing.

use crate::error::StartupError;
use crate::rules;

/// How long a command waits for a database that does not respond yet.
pub(in crate::app) const DATABASE_WAIT: std::time::Duration = std::time::Duration::from_secs(60);

/// The rest of the command line, which is not read yet.
pub(in crate::app) struct Arguments {
    rest: Vec<String>,
}

impl Arguments {
    pub(in crate::app) fn new(arguments: &[String]) -> Self {
        Self { rest: arguments.to_vec() }
    }

    /// The next word that is not an option.
    pub(in crate::app) fn word(&mut self) -> Option<String> {
        let at = self.rest.first().filter(|word| !word.starts_with("--")).map(|_| 0)?;
        Some(self.rest.remove(at))
    }

    /// Whether `--name` is given.
    pub(in crate::app) fn flag(&mut self, name: &str) -> bool {
        let at = self.rest.iter().position(|word| word.strip_prefix("--") == Some(name));
        at.map(|at| self.rest.remove(at)).is_some()
    }

    /// The value of `--name value` or `--name=value`.
    pub(in crate::app) fn option(&mut self, name: &str) -> Result<Option<String>, StartupError> {
        let is_it = |word: &String| {
            word.strip_prefix("--")
                .is_some_and(|word| word == name || word.strip_prefix(name).is_some_and(|rest| rest.starts_with('=')))
        };
        let Some(at) = self.rest.iter().position(is_it) else { return Ok(None) };
        let word = self.rest.remove(at);
        if let Some((_, value)) = word.split_once('=') {
            return Ok(Some(value.to_owned()));
        }
        if at < self.rest.len() {
            return Ok(Some(self.rest.remove(at)));
        }
        Err(StartupError::new(format!("--{name} needs a value")))
    }

    /// The parts of a comma-separated option.
    pub(in crate::app) fn list(&mut self, name: &str) -> Result<Option<Vec<String>>, StartupError> {
        let split =
            |text: String| text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect();
        Ok(self.option(name)?.map(split))
    }

    /// Checks that nothing is left.
    pub(in crate::app) fn finish(self) -> Result<(), StartupError> {
        match self.rest.first() {
            None => Ok(()),
            Some(word) => Err(StartupError::new(format!(
                "`{word}` is not a valid argument of this command; `help` lists the commands"
            ))),
        }
    }
}

/// The error about a word that is not a command.
pub(in crate::app) fn unknown(command: &str, word: Option<&str>, allowed: &[&str]) -> StartupError {
    let parent = if command.is_empty() { String::new() } else { format!(" of `{command}`") };
    match word {
        None => StartupError::new(format!("a command{parent} is missing; allowed: {}", allowed.join(", "))),
        Some(word) => StartupError::new(format!("{}{parent}", rules::unknown("command", word, allowed))),
    }
}

/// Writes to standard output. It is not an error if the reader has closed it (`| head`).
pub(in crate::app) fn print(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// An error with its causes. The answers of a server leave them out; who runs a command may see them.
pub(in crate::app) fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
