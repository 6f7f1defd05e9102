//! What the checks have found, as lines for a person.

use std::fmt::Write;

/// How serious a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// It works.
    Ok,
    /// Something to know, or to decide.
    Note,
    /// Something that no program can check.
    Todo,
    /// It works, but something is wrong with it.
    Warning,
    /// It does not work.
    Problem,
}

impl Level {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Todo => "to do",
            Self::Warning => "warning",
            Self::Problem => "PROBLEM",
        }
    }
}

/// The findings, in the order of the checks.
#[derive(Default)]
pub(super) struct Report {
    findings: Vec<(Level, &'static str, String)>,
}

impl Report {
    /// Adds a finding about this part. The text says what is so, and for a warning or a problem what to do.
    pub(super) fn add(&mut self, level: Level, part: &'static str, text: impl Into<String>) {
        self.findings.push((level, part, text.into()));
    }

    pub(super) fn ok(&mut self, part: &'static str, text: impl Into<String>) {
        self.add(Level::Ok, part, text);
    }

    /// `Ok` and `Problem` of a check that has one result.
    pub(super) fn result(&mut self, part: &'static str, result: Result<String, String>) {
        match result {
            Ok(text) => self.ok(part, text),
            Err(text) => self.add(Level::Problem, part, text),
        }
    }

    pub(super) fn count(&self, level: Level) -> usize {
        self.findings.iter().filter(|(found, _, _)| *found == level).count()
    }

    /// A line for each finding; further lines of its text are indented.
    pub(super) fn print(&self) -> String {
        let mut out = String::new();
        for (level, part, text) in &self.findings {
            let mut lines = text.lines();
            let _ = writeln!(out, "{:<8} {part:<12} {}", level.word(), lines.next().unwrap_or_default());
            for line in lines {
                let _ = writeln!(out, "{:22}{line}", "");
            }
        }
        out
    }
}
