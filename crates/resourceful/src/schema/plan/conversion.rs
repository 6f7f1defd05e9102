//! How the values of a column become values of another type.

use sea_orm::DbBackend;

use crate::query::full_text::quoted;
use crate::schema::model::Column;

/// How the values of a column become values of another type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Conversion {
    /// The expression over the old column.
    pub(super) using: String,
    /// What is lost, if anything can be. Values that do not fit and are refused by the database are not lost.
    pub(super) loses: Option<&'static str>,
}

const DIGITS: Option<&str> = Some("digits");

/// The conversion from one type to another; `None` if there is none.
pub(super) fn conversion(backend: DbBackend, found: &Column, wanted: &Column) -> Option<Conversion> {
    let column = quoted(&found.name);
    let (using, loses) = match backend {
        DbBackend::Sqlite => sqlite(&column, found, wanted)?,
        _ => postgres(&column, found, wanted)?,
    };
    Some(Conversion { using, loses })
}

fn base(column: &Column) -> &str {
    column.ty.split('(').next().unwrap_or_default().trim_end()
}

fn postgres(column: &str, found: &Column, wanted: &Column) -> Option<(String, Option<&'static str>)> {
    let cast = format!("{column}::{}", wanted.ty);
    let (from, to) = (base(found), base(wanted));
    if from == to {
        return Some((cast, None));
    }
    let whole = |ty: &str| matches!(ty, "smallint" | "integer" | "bigint");
    let float = |ty: &str| matches!(ty, "real" | "double precision");
    let text = |ty: &str| matches!(ty, "text" | "varchar" | "char" | "citext" | "name");
    let utc = format!("{column} AT TIME ZONE 'UTC'");
    Some(match (from, to) {
        // Numbers that do not fit are refused.
        (from, to) if whole(from) && (whole(to) || to == "numeric") => (cast, None),
        ("smallint", "real" | "double precision") | ("integer", "double precision") => (cast, None),
        ("real", "double precision") => (cast, None),
        (from, to) if (whole(from) || float(from)) && float(to) => (cast, DIGITS),
        (from, "numeric") if float(from) => (cast, DIGITS),
        ("numeric", to) if float(to) => (cast, DIGITS),
        (from, to) if (float(from) || from == "numeric") && whole(to) => (cast, Some("digits after the point")),
        ("date", "timestamp") => (cast, None),
        ("date", "timestamptz") => (format!("{column}::timestamp AT TIME ZONE 'UTC'"), None),
        ("timestamp", "timestamptz") | ("timestamptz", "timestamp") => (utc, None),
        ("timestamp", "date") => (cast, Some("the time of day")),
        ("timestamptz", "date") => (format!("({utc})::date"), Some("the time of day")),
        ("timestamp", "time") => (cast, Some("the day")),
        ("timestamptz", "time") => (format!("({utc})::time"), Some("the day")),
        ("boolean", to) if whole(to) => (format!("{column}::int::{}", wanted.ty), None),
        ("json", "jsonb") | ("jsonb", "json") => (cast, None),
        // A text that is not of the new type is refused.
        (from, "uuid" | "date" | "time" | "timestamp" | "timestamptz" | "boolean" | "numeric" | "jsonb" | "json")
            if text(from) =>
        {
            (cast, None)
        }
        (from, to) if text(from) && (whole(to) || float(to)) => (cast, None),
        ("bytea", to) if text(to) => (format!("encode({column}, 'base64')"), None),
        (from, "bytea") if text(from) => (format!("decode({column}, 'base64')"), None),
        (_, to) if text(to) => (format!("{column}::text"), None),
        _ => return None,
    })
}

fn sqlite(column: &str, found: &Column, wanted: &Column) -> Option<(String, Option<&'static str>)> {
    let cast = |ty: &str| format!("CAST({column} AS {ty})");
    let is_decimal = |of: &Column| of.collation.is_some();
    let copied = column.to_owned();
    Some(match (base(found), base(wanted)) {
        ("text", "text") if is_decimal(wanted) && !is_decimal(found) => {
            (copied, Some("the use of texts that are no numbers"))
        }
        (from, to) if from == to => (copied, None),
        ("boolean", "integer") => (copied, None),
        ("integer", "boolean") => (format!("{column} <> 0"), Some("numbers other than 0 and 1")),
        ("boolean", "text") => {
            (format!("CASE WHEN {column} IS NULL THEN NULL WHEN {column} THEN 'true' ELSE 'false' END"), None)
        }
        ("text", "boolean") => (
            format!("CASE {column} WHEN 'true' THEN 1 WHEN 'false' THEN 0 END"),
            Some("texts other than true and false"),
        ),
        ("integer", "text") => (cast("TEXT"), None),
        ("real", "text") => (cast("TEXT"), DIGITS),
        ("integer", "real") => (cast("REAL"), DIGITS),
        ("real", "integer") => (cast("INTEGER"), Some("digits after the point")),
        ("text", "integer") => (cast("INTEGER"), Some("texts that are no whole numbers")),
        ("text", "real") => (cast("REAL"), Some("texts that are no numbers")),
        // Types that somebody has chosen by hand, and that hold texts
        ("varchar" | "char" | "clob" | "nvarchar" | "character", "text") if !is_decimal(wanted) => (copied, None),
        // Other words for whole numbers
        ("int" | "bigint" | "smallint" | "tinyint" | "mediumint", "integer") => (copied, None),
        ("bool", "boolean") | ("double" | "float" | "double precision", "real") => (copied, None),
        _ => return None,
    })
}
