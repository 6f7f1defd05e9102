//! What an actor may see, as a text: two actors with the same text get the same answer to the same query.

use std::fmt::Write;

use sea_orm::sea_query::{Condition, Query};

use crate::actor::Actor;
use crate::context::access::build;
use crate::context::changes::{ANY, EVERY};
use crate::resource::ResourceTable;
use crate::service::engine::Engine;
use crate::service::ownership;
use crate::spec::Operation;

/// What an actor may see of some resources, and what makes an answer outdated.
pub(crate) struct Sight {
    /// The conditions of ownership and policies with their values, and which guarded fields the actor sees.
    pub(crate) text: String,
    /// The tags on which an answer depends: those of the tables that decide it.
    pub(crate) tags: Vec<&'static str>,
}

impl Engine {
    /// What the actor may see with this operation, of this resource and of those that the query leads to.
    pub(crate) fn sight(&self, operation: Operation, reached: &[&'static ResourceTable]) -> Sight {
        let mut sight = Sight { text: String::new(), tags: vec![EVERY, self.spec().table] };
        if let Some(owned) = &self.owned {
            // Debug shows values with their types, and texts in quotes.
            let _ = write!(sight.text, "own {owned:?}");
            match owned.tables() {
                Some(tables) => sight.tags.extend(tables),
                None => sight.tags.push(ANY),
            }
        }
        let operation = ownership::policy_operation(self.row_access(), operation);
        self.add(&mut sight, self.table, operation);
        for table in reached {
            sight.tags.push(table.spec.table);
            self.add(&mut sight, table, Operation::List);
        }
        sight
    }

    fn add(&self, sight: &mut Sight, table: &'static ResourceTable, operation: Operation) {
        let spec = table.spec;
        let _ = write!(sight.text, ";{} ", spec.table);
        let guards = spec.fields.iter().map(|field| field.read).chain(spec.computed.iter().map(|one| one.read));
        for permission in guards.flatten() {
            sight.text.push(if self.actor.holds(Some(permission)) { '+' } else { '-' });
        }
        if table.policy.is_some() {
            match ownership::policy(table, &self.actor, operation) {
                None => sight.text.push_str(" all"),
                Some(condition) => self.add_condition(sight, spec.table, condition),
            }
        }
        // The functions of computed fields are the application's own: what they read is not known.
        if !spec.computed.is_empty() {
            sight.tags.push(ANY);
        }
    }

    fn add_condition(&self, sight: &mut Sight, table: &str, condition: Condition) {
        let mut select = Query::select();
        select.cond_where(condition);
        let statement = build(self.backend(), &select).statement;
        if !is_about(&statement.sql, table) {
            sight.tags.push(ANY);
        }
        let _ = write!(sight.text, " {:?} {:?}", statement.sql, statement.values);
    }

    /// Who the actor is, for answers that differ between callers with the same rights: cursors belong to one caller.
    pub(crate) fn caller(&self) -> Option<&str> {
        match &self.actor {
            Actor::Anonymous | Actor::System => None,
            Actor::User(user) => Some(&user.id),
        }
    }
}

/// Whether this condition compares columns of this table with values, and does nothing else. Anything that is not known
/// here, such as a subquery or a function, may read other tables.
fn is_about(sql: &str, table: &str) -> bool {
    const WORDS: [&str; 13] =
        ["SELECT", "WHERE", "AND", "OR", "NOT", "IN", "IS", "NULL", "LIKE", "ESCAPE", "BETWEEN", "TRUE", "FALSE"];
    let mut rest = sql.trim_start();
    let (mut selects, mut is_column) = (0, false);
    while let Some(first) = rest.chars().next() {
        let end = |fits: fn(char) -> bool| rest.find(|c| !fits(c)).unwrap_or(rest.len());
        let length = match first {
            '"' => {
                let Some(length) = rest[1..].find('"').map(|at| at + 2) else { return false };
                let name = &rest[1..length - 1];
                let qualifies = rest[length..].starts_with(".\"");
                // A column follows the name of its table; anything else is a table or a column of an unknown one.
                match (is_column, qualifies) {
                    (false, true) if name == table => is_column = true,
                    (true, false) => is_column = false,
                    _ => return false,
                }
                length
            }
            '.' if is_column => 1,
            c if c.is_ascii_alphabetic() => {
                let length = end(|c| c.is_ascii_alphanumeric() || c == '_');
                let word = rest[..length].to_ascii_uppercase();
                selects += usize::from(word == "SELECT");
                if selects > 1 || !WORDS.contains(&word.as_str()) {
                    return false;
                }
                length
            }
            c if c.is_ascii_digit() => end(|c| c.is_ascii_digit()),
            ' ' | '(' | ')' | ',' | '=' | '<' | '>' | '?' | '$' | '!' => 1,
            _ => return false,
        };
        rest = &rest[length..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::is_about;

    #[test]
    fn conditions_about_one_table() {
        for (sql, expected) in [
            (r#"SELECT WHERE "notes"."owner" = $1"#, true),
            (r#"SELECT  WHERE ("notes"."owner" = ? OR "notes"."open" IS NOT NULL) AND "notes"."kind" IN (?, ?)"#, true),
            (r#"SELECT WHERE 1 = 0"#, true),
            (r#"SELECT WHERE "notes"."owner" = "other"."owner""#, false),
            (r#"SELECT WHERE "owner" = $1"#, false),
            (r#"SELECT WHERE "notes"."id" IN (SELECT "notes"."id" FROM "notes")"#, false),
            (r#"SELECT WHERE EXISTS(SELECT 1 FROM "members")"#, false),
            (r#"SELECT WHERE may_see("notes"."id")"#, false),
            (r#"SELECT WHERE "notes"."owner" = 'x'"#, false),
            (r#"SELECT WHERE "notes"."until" > CURRENT_TIMESTAMP"#, false),
            (r#"SELECT WHERE "notes"."a""b" = $1"#, false),
            (r#"SELECT WHERE "notes"."open" = $1 -- all"#, false),
        ] {
            assert_eq!(is_about(sql, "notes"), expected, "{sql}");
        }
    }
}
