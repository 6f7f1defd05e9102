//! Which database rule a write violates: the table of error codes, PostgreSQL's SQLSTATE and SQLite's extended result
//! codes. A violation of a trigger, a check or a constraint is caused by the caller's values; it is not an internal error.

use sea_orm::DbErr;

use crate::context::outcome::{sql_state, sqlx_error};

/// The kind of rule that a write violates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Violation {
    /// Another row has a value that must be unique.
    Unique,
    /// A foreign key is violated: the referenced row is missing, or other rows refer to this one.
    Reference,
    /// The type of a column or a check refuses a value.
    Value,
    /// The row conflicts with others, or with a concurrent write.
    Conflict,
    /// A rule of the application: an error that a trigger raised.
    Rule,
    /// The role of the application may not write this row (row-level security).
    Forbidden,
}

use Violation::{Conflict, Reference, Rule, Unique, Value};

/// Codes and prefixes of codes; the first match is used.
const POSTGRES: &[(&str, Violation)] = &[
    // unique_violation
    ("23505", Unique),
    // foreign_key_violation, restrict_violation
    ("23503", Reference),
    ("23001", Reference),
    // not_null_violation, check_violation
    ("23502", Value),
    ("23514", Value),
    // exclusion_violation, and integrity_constraint_violation as such
    ("23", Conflict),
    // triggered_data_change_violation, transaction_integrity_constraint_violation
    ("27", Conflict),
    ("40002", Conflict),
    // data_exception: out of range, too long, malformed, division by zero in a generated column
    ("22", Value),
    // with_check_option_violation: a view does not show such a row
    ("44", Value),
    // generated_always
    ("428C9", Value),
    // program_limit_exceeded: text that is too long for its index
    ("54000", Value),
    // raise_exception and the other errors of PL/pgSQL; triggered_action_exception; errors of other languages
    ("P0", Rule),
    ("09", Rule),
    ("38", Rule),
];

/// The classes of PostgreSQL's own codes (its Appendix A). A code of another class was chosen by the code that raised it.
const CLASSES: &[&str] = &[
    "00", "01", "02", "03", "08", "09", "0A", "0B", "0F", "0L", "0P", "0Z", "10", "20", "21", "22", "23", "24", "25",
    "26", "27", "28", "2B", "2D", "2F", "34", "38", "39", "3B", "3D", "3F", "40", "42", "44", "53", "54", "55", "57",
    "58", "72", "F0", "HV", "P0", "XX",
];

const SQLITE: &[(&str, Violation)] = &[
    // SQLITE_CONSTRAINT_UNIQUE, _PRIMARYKEY, _ROWID
    ("2067", Unique),
    ("1555", Unique),
    ("2579", Unique),
    // SQLITE_CONSTRAINT_FOREIGNKEY
    ("787", Reference),
    // SQLITE_CONSTRAINT_CHECK, _NOTNULL, _DATATYPE; SQLITE_TOOBIG, SQLITE_MISMATCH
    ("275", Value),
    ("1299", Value),
    ("3091", Value),
    ("18", Value),
    ("20", Value),
    // SQLITE_CONSTRAINT_TRIGGER: RAISE(ABORT), RAISE(FAIL) and RAISE(ROLLBACK); SQLITE_CONSTRAINT_FUNCTION
    ("1811", Rule),
    ("1043", Rule),
];

/// SQLite's message if `ON DELETE RESTRICT` has refused a statement; the error code is that of a trigger.
const SQLITE_RESTRICT: &str = "FOREIGN KEY constraint failed";

/// The rule that a write violates; `None` for errors of another kind.
pub(crate) fn violation(error: &DbErr) -> Option<Violation> {
    let state = sql_state(error)?;
    let message = sqlx_error(error)?.as_database_error()?.message();
    let violation = by_code(&state, message).or_else(|| by_routine(error, &state))?;
    if violation == Rule {
        // The message was written by the author of the rule. Debug escapes line ends and control characters.
        tracing::info!(code = state, message = ?message, "a rule of the database refused a statement");
    }
    Some(violation)
}

fn by_code(state: &str, message: &str) -> Option<Violation> {
    // SQLSTATE has five characters; SQLite's codes are numbers of four digits at most.
    if state.len() != 5 {
        let found = SQLITE.iter().find(|(code, _)| *code == state).map(|(_, violation)| *violation);
        return if found == Some(Rule) && message == SQLITE_RESTRICT { Some(Reference) } else { found };
    }
    let known = POSTGRES.iter().find(|(code, _)| state.starts_with(code)).map(|(_, violation)| *violation);
    known.or_else(|| (!CLASSES.contains(&&state[..2])).then_some(Rule))
}

/// Whether a trigger raised this error, with any code.
pub(crate) fn is_raised(error: &DbErr) -> bool {
    routine(error) == Some(RAISE)
}

/// PostgreSQL's routine that executes RAISE.
const RAISE: &str = "exec_stmt_raise";

/// The routine of PostgreSQL that reported the error.
#[cfg(feature = "postgres")]
fn routine(error: &DbErr) -> Option<&str> {
    sqlx_error(error)?.as_database_error()?.try_downcast_ref::<sqlx::postgres::PgDatabaseError>()?.routine()
}

#[cfg(not(feature = "postgres"))]
fn routine(_: &DbErr) -> Option<&str> {
    None
}

/// If the code is ambiguous, the routine that reported the error decides: RAISE can use any code.
fn by_routine(error: &DbErr, state: &str) -> Option<Violation> {
    match (state, routine(error)?) {
        ("42501", "ExecWithCheckOptions") => Some(Violation::Forbidden),
        // Codes that mean "try again" keep their meaning.
        (state, RAISE) if !["08", "40", "53", "55P", "57"].iter().any(|class| state.starts_with(class)) => Some(Rule),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_what_they_mean() {
        let cases: &[(&str, &str, Option<Violation>)] = &[
            ("23505", "", Some(Unique)),
            ("23503", "", Some(Reference)),
            ("23001", "", Some(Reference)),
            ("23502", "", Some(Value)),
            ("23514", "", Some(Value)),
            ("23P01", "", Some(Conflict)),
            ("23000", "", Some(Conflict)),
            ("27000", "", Some(Conflict)),
            ("40002", "", Some(Conflict)),
            ("22001", "", Some(Value)),
            ("22003", "", Some(Value)),
            ("22012", "", Some(Value)),
            ("22P02", "", Some(Value)),
            ("44000", "", Some(Value)),
            ("428C9", "", Some(Value)),
            ("54000", "", Some(Value)),
            ("P0001", "no", Some(Rule)),
            ("P0002", "no", Some(Rule)),
            ("45000", "no", Some(Rule)),
            ("MYERR", "no", Some(Rule)),
            ("T0001", "no", Some(Rule)),
            // Internal errors, and temporary errors.
            ("42P01", "", None),
            ("42703", "", None),
            ("42501", "", None),
            ("54001", "", None),
            ("XX000", "", None),
            ("40001", "", None),
            ("40P01", "", None),
            ("57014", "", None),
            ("08006", "", None),
            ("0A000", "", None),
            ("2067", "UNIQUE constraint failed: a.b", Some(Unique)),
            ("1555", "UNIQUE constraint failed: a.id", Some(Unique)),
            ("787", SQLITE_RESTRICT, Some(Reference)),
            ("1811", SQLITE_RESTRICT, Some(Reference)),
            ("1811", "only on weekdays", Some(Rule)),
            ("1043", "no", Some(Rule)),
            ("275", "", Some(Value)),
            ("1299", "", Some(Value)),
            ("3091", "", Some(Value)),
            ("20", "", Some(Value)),
            ("5", "", None),
            ("13", "", None),
            ("1", "", None),
        ];
        for (state, message, expected) in cases {
            assert_eq!(by_code(state, message), *expected, "{state}");
        }
    }
}
