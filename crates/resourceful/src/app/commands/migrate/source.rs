//! The source code of a migration.

use std::fmt::Write;

use crate::context::Backend;
use crate::schema::{Action, Plan, Step};

/// The source code of a migration. It contains the statements as text, so that they do not change when a struct changes.
pub(super) fn source(module: &str, plans: &[(Backend, Plan)], notes: &[String]) -> String {
    let mut out = "//! Written by `migrate`. You can change this file.\n".to_owned();
    for note in notes {
        let _ = writeln!(out, "//!\n//! {note}.");
    }
    let is_complete = plans.len() == 2;
    let up: Vec<_> = plans.iter().map(|(backend, plan)| (*backend, plan.up.as_slice())).collect();
    let down: Vec<_> = plans.iter().map(|(backend, plan)| (*backend, plan.down.as_slice())).collect();
    let _ = write!(
        out,
        "\nuse resourceful::migration::{{\n    DbBackend, DbErr, MigrationName, MigrationTrait, SchemaManager, Step, async_trait, run_steps,\n}};\n\n\
         /// The migration.\npub struct Migration;\n\n\
         impl MigrationName for Migration {{\n    fn name(&self) -> &str {{\n        \"{module}\"\n    }}\n}}\n\n\
         #[async_trait::async_trait]\nimpl MigrationTrait for Migration {{\n    \
         async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {{\n        run_steps(manager, &up(manager.get_database_backend())).await\n    }}\n\n    \
         async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {{\n        run_steps(manager, &down(manager.get_database_backend())).await\n    }}\n\n    \
         /// All steps or none, on both databases.\n    fn use_transaction(&self) -> Option<bool> {{\n        Some(true)\n    }}\n}}\n\n"
    );
    function(&mut out, "up", &up, is_complete);
    out.push('\n');
    function(&mut out, "down", &down, is_complete);
    out
}

fn function(out: &mut String, name: &str, plans: &[(Backend, &[Step])], is_complete: bool) {
    let _ = write!(out, "fn {name}(backend: DbBackend) -> Vec<Step> {{\n    match backend {{\n");
    for (place, (backend, steps)) in plans.iter().enumerate() {
        let pattern = match backend {
            _ if is_complete && place + 1 == plans.len() => "_",
            Backend::Sqlite => "DbBackend::Sqlite",
            _ => "DbBackend::Postgres",
        };
        if steps.is_empty() {
            let _ = writeln!(out, "        {pattern} => vec![],");
            continue;
        }
        let _ = writeln!(out, "        {pattern} => vec![");
        for step in *steps {
            write_step(out, step);
        }
        out.push_str("        ],\n");
    }
    if !is_complete {
        out.push_str("        other => vec![Step::unwritten(other)],\n");
    }
    out.push_str("    }\n}\n");
}

const INDENT: &str = "            ";

fn write_step(out: &mut String, step: &Step) {
    let code = match &step.action {
        Action::Sql(sql) => format!("Step::sql({}),", raw(sql)),
        Action::Rebuild { create, fill } => {
            let pairs: Vec<String> =
                fill.iter().map(|(column, value)| format!("({}, {})", plain(column), plain(value))).collect();
            format!("Step::rebuild(\n    {},\n    &[{}],\n),", raw(create), pairs.join(", "))
        }
    };
    for line in wrapped(&step.about) {
        let _ = writeln!(out, "{INDENT}// {line}");
    }
    match &step.loses {
        None => {
            // The lines of a text in quotes begin at the margin.
            let mut is_in_text = false;
            for (place, line) in code.lines().enumerate() {
                let indent = if place > 0 && is_in_text { "" } else { INDENT };
                let _ = writeln!(out, "{indent}{line}");
                is_in_text ^= line.matches("r#").count() + line.matches("\"#").count() % 2 == 1;
            }
        }
        Some(loses) => {
            for line in wrapped(&format!("Not taken, because it loses {loses}. Without the slashes it is.")) {
                let _ = writeln!(out, "{INDENT}// {line}");
            }
            for line in code.lines() {
                let _ = writeln!(out, "{INDENT}// {line}");
            }
        }
    }
}

/// A text of Rust, without escapes.
fn raw(text: &str) -> String {
    raw_or_plain(text, true)
}

/// The same, without marks where none are needed.
fn plain(text: &str) -> String {
    raw_or_plain(text, false)
}

fn raw_or_plain(text: &str, is_raw: bool) -> String {
    if !is_raw && !text.contains(['"', '\\', '\n']) {
        return format!("\"{text}\"");
    }
    let mut hashes = "#".to_owned();
    while text.contains(&format!("\"{hashes}")) {
        hashes.push('#');
    }
    format!("r{hashes}\"{text}\"{hashes}")
}

/// Lines of at most a hundred characters.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.last_mut().map_or(0, |line| line.chars().count());
        if last > 0 && last + 1 + word.chars().count() > 100 {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}
