//! Which types of columns work for which fields, other than the type that this crate gives them.

use sea_orm::DbBackend;

use super::model::Column;

/// Whether a column that somebody has made by hand is left as it is: its type is none that this crate gives, and it holds
/// what the field has, up to a limit that was set on purpose.
pub(super) fn is_kept(found: &Column, wanted: &Column) -> bool {
    let base = found.ty.split('(').next().unwrap_or_default().trim_end();
    let is_limited = found.ty.contains('(');
    match wanted.ty.as_str() {
        "text" => matches!(base, "varchar" | "char" | "citext" | "bpchar" | "character" | "clob" | "nvarchar"),
        "numeric" => base == "numeric" && is_limited,
        "timestamptz" | "timestamp" | "time" => base == wanted.ty && is_limited,
        "jsonb" => base == "json",
        _ => false,
    }
}

/// Whether the engine reads and writes a field with such a column. SQLite stores any value in any column, and decides by
/// the type only what it makes of it.
pub(super) fn works(backend: DbBackend, found: &Column, wanted: &Column) -> bool {
    if backend == DbBackend::Sqlite {
        return works_on_sqlite(&found.ty, &wanted.ty);
    }
    let base = found.ty.split('(').next().unwrap_or_default().trim_end();
    let whole = ["smallint", "integer", "bigint"];
    match wanted.ty.as_str() {
        "smallint" | "integer" | "bigint" => whole.contains(&base),
        "numeric" => base == "numeric" || whole.contains(&base),
        "double precision" => matches!(base, "double precision" | "real" | "numeric"),
        "text" => matches!(base, "text" | "varchar" | "char" | "bpchar" | "name" | "citext"),
        "jsonb" => matches!(base, "jsonb" | "json"),
        // A column without a time zone is one in UTC.
        "timestamptz" | "timestamp" => matches!(base, "timestamptz" | "timestamp"),
        other => base == other,
    }
}

/// What SQLite makes of a value in a column of a type (<https://www.sqlite.org/datatype3.html#determination_of_column_affinity>).
fn works_on_sqlite(found: &str, wanted: &str) -> bool {
    let has = |words: &[&str]| words.iter().any(|word| found.contains(word));
    let affinity = if has(&["int"]) {
        "integer"
    } else if has(&["char", "clob", "text"]) {
        "text"
    } else if has(&["blob"]) || found.is_empty() {
        "blob"
    } else if has(&["real", "floa", "doub"]) {
        "real"
    } else {
        "numeric"
    };
    match wanted {
        "integer" | "boolean" => matches!(affinity, "integer" | "numeric" | "blob"),
        "real" => affinity != "text",
        // In a column for numbers, texts that look like numbers become numbers and decimals have 15 digits. All others, such
        // as dates, remain what they are.
        _ => true,
    }
}
