//! Reads the schema of a PostgreSQL database from its catalogue.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, QueryResult};

use super::{get, names, rows};
use crate::error::Result;
use crate::schema::model::{Check, CheckRule, Column, ForeignKey, Index, Source, Table, Unique};

/// Columns of tables and views.
const COLUMNS: &str = "\
    SELECT c.relname::text AS relation, c.relkind::text AS kind, a.attname::text AS name, \
    format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS filled, pg_get_expr(d.adbin, d.adrelid) AS expression, \
    a.attidentity::text AS identity, a.attgenerated::text AS generated, co.collname::text AS collation \
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
    JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum \
    LEFT JOIN pg_collation co ON co.oid = a.attcollation AND a.attcollation <> t.typcollation \
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND pg_table_is_visible(c.oid) \
    AND (SELECT nspname FROM pg_namespace n WHERE n.oid = c.relnamespace) = ANY (current_schemas(false)) \
    ORDER BY c.relname, a.attnum";

/// Primary keys, unique constraints, foreign keys and checks.
const CONSTRAINTS: &str = "\
    SELECT c.relname::text AS relation, con.conname::text AS name, con.contype::text AS kind, \
    pg_get_constraintdef(con.oid) AS definition, con.confdeltype::text AS action, f.relname::text AS target, \
    (SELECT json_agg(a.attname ORDER BY k.place)::text FROM unnest(con.conkey) WITH ORDINALITY k (number, place) \
    JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k.number) AS columns, \
    (SELECT json_agg(a.attname ORDER BY k.place)::text FROM unnest(con.confkey) WITH ORDINALITY k (number, place) \
    JOIN pg_attribute a ON a.attrelid = con.confrelid AND a.attnum = k.number) AS target_columns \
    FROM pg_constraint con JOIN pg_class c ON c.oid = con.conrelid LEFT JOIN pg_class f ON f.oid = con.confrelid \
    WHERE con.contype IN ('p', 'u', 'f', 'c') AND pg_table_is_visible(c.oid) ORDER BY c.relname, con.conname";

/// Indexes that belong to no constraint.
const INDEXES: &str = "\
    SELECT c.relname::text AS relation, i.relname::text AS name, x.indisunique AS uniqueness, \
    pg_get_indexdef(x.indexrelid) AS definition, am.amname::text AS method, \
    pg_get_expr(x.indpred, x.indrelid) AS condition, \
    (SELECT json_agg(a.attname ORDER BY k.place)::text FROM unnest(x.indkey::int2[]) WITH ORDINALITY k (number, place) \
    LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.number AND k.number > 0 \
    WHERE k.place <= x.indnkeyatts) AS columns \
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid \
    JOIN pg_am am ON am.oid = i.relam \
    WHERE pg_table_is_visible(c.oid) AND x.indisvalid \
    AND (SELECT nspname FROM pg_namespace n WHERE n.oid = c.relnamespace) = ANY (current_schemas(false)) \
    AND NOT EXISTS (SELECT 1 FROM pg_constraint con WHERE con.conindid = x.indexrelid AND con.contype IN ('p', 'u', 'x')) \
    ORDER BY c.relname, i.relname";

pub(super) async fn tables(db: &impl ConnectionTrait) -> Result<Vec<Table>> {
    let mut tables: BTreeMap<String, Table> = BTreeMap::new();
    for row in rows(db, COLUMNS, None).await? {
        let (relation, kind): (String, String) = (get(&row, "relation")?, get(&row, "kind")?);
        let column = column(&row)?;
        let table = tables.entry(relation.clone()).or_insert_with(|| Table { name: relation, ..Table::default() });
        table.is_view = matches!(kind.as_str(), "v" | "m");
        table.columns.push(column);
    }
    for row in rows(db, CONSTRAINTS, None).await? {
        if let Some(table) = tables.get_mut(&get::<String>(&row, "relation")?) {
            add_constraint(&row, table)?;
        }
    }
    for row in rows(db, INDEXES, None).await? {
        if let Some(table) = tables.get_mut(&get::<String>(&row, "relation")?) {
            table.indexes.push(index(&row)?);
        }
    }
    Ok(tables.into_values().collect())
}

fn column(row: &QueryResult) -> Result<Column> {
    let (identity, generated): (String, String) = (get(row, "identity")?, get(row, "generated")?);
    let expression: Option<String> = get(row, "expression")?;
    let source = match (&expression, generated.as_str()) {
        (Some(expression), "s" | "v") => Source::Generated { expression: expression.clone(), stored: generated == "s" },
        // A sequence of its own, as `serial` makes it
        (Some(text), _) if text.starts_with("nextval(") => Source::Identity,
        _ if !identity.is_empty() => Source::Identity,
        _ => Source::Given,
    };
    Ok(Column {
        name: get(row, "name")?,
        ty: short(&get::<String>(row, "type")?),
        collation: get(row, "collation")?,
        nullable: !get::<bool>(row, "filled")?,
        default: expression.filter(|_| source == Source::Given),
        source,
        ..Column::default()
    })
}

/// The short form of a type.
fn short(ty: &str) -> String {
    for (zone, short) in [(" with time zone", "tz"), (" without time zone", "")] {
        for word in ["timestamp", "time"] {
            // The number of digits stands in between: `timestamp(3) with time zone`.
            if let Some(digits) = ty.strip_prefix(word).and_then(|rest| rest.strip_suffix(zone))
                && (digits.is_empty() || digits.starts_with('('))
            {
                return format!("{word}{short}{digits}");
            }
        }
    }
    if let Some(rest) = ty.strip_prefix("character varying") {
        return format!("varchar{rest}");
    }
    ty.strip_prefix("character(").map_or_else(|| ty.to_owned(), |rest| format!("char({rest}"))
}

fn add_constraint(row: &QueryResult, table: &mut Table) -> Result<()> {
    let name: String = get(row, "name")?;
    let columns = names(row, "columns")?.unwrap_or_default();
    match get::<String>(row, "kind")?.as_str() {
        "p" => {
            table.primary_key = columns;
            table.primary_key_name = Some(name);
        }
        "u" => table.uniques.push(Unique { name, columns }),
        "f" => table.foreign_keys.push(ForeignKey {
            name,
            columns,
            target: get(row, "target")?,
            target_columns: names(row, "target_columns")?.unwrap_or_default(),
            on_delete: match get::<String>(row, "action")?.as_str() {
                "r" => "RESTRICT",
                "c" => "CASCADE",
                "n" => "SET NULL",
                "d" => "SET DEFAULT",
                _ => "NO ACTION",
            }
            .to_owned(),
        }),
        _ => {
            let definition: String = get(row, "definition")?;
            let text = inner(&definition).to_owned();
            let rule = match columns.as_slice() {
                [column] => one_of(column, &text),
                _ => None,
            };
            table.checks.push(Check { name: Some(name), rule: rule.unwrap_or(CheckRule::Expression(text)) });
        }
    }
    Ok(())
}

/// The expression of `CHECK ((..)) NOT VALID`.
fn inner(definition: &str) -> &str {
    let text = definition.strip_prefix("CHECK (").unwrap_or(definition);
    let text = text.strip_suffix(" NOT VALID").unwrap_or(text);
    text.strip_suffix(')').unwrap_or(text)
}

/// The list of values in `(status = ANY (ARRAY['a'::text, 'b'::text]))`, or in `(status = 'a'::text)`.
fn one_of(column: &str, expression: &str) -> Option<CheckRule> {
    let text = expression.strip_prefix('(')?.strip_suffix(')')?;
    let rest = text.strip_prefix(column).or_else(|| text.strip_prefix(&crate::query::full_text::quoted(column)))?;
    let rest = rest.strip_prefix(" = ")?;
    let (list, is_array) = match rest.strip_prefix("ANY (ARRAY[") {
        Some(list) => (list.strip_suffix("])")?, true),
        None => (rest, false),
    };
    let mut values = Vec::new();
    let mut rest = list;
    loop {
        let (value, behind) = literal(rest)?;
        values.push(value);
        let behind = behind.strip_prefix("::text").unwrap_or(behind);
        match behind.strip_prefix(", ") {
            Some(next) if is_array => rest = next,
            _ if behind.is_empty() => break,
            _ => return None,
        }
    }
    Some(CheckRule::OneOf { column: column.to_owned(), values })
}

/// A text in quotes at the start, and what follows it.
fn literal(text: &str) -> Option<(String, &str)> {
    let mut rest = text.strip_prefix('\'')?;
    let mut value = String::new();
    loop {
        let at = rest.find('\'')?;
        value.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        match rest.strip_prefix('\'') {
            Some(next) => {
                value.push('\'');
                rest = next;
            }
            None => return Some((value, rest)),
        }
    }
}

fn index(row: &QueryResult) -> Result<Index> {
    let method: String = get(row, "method")?;
    Ok(Index {
        name: get(row, "name")?,
        columns: names(row, "columns")?.unwrap_or_default(),
        unique: get(row, "uniqueness")?,
        method: Some(method).filter(|method| method != "btree"),
        condition: get(row, "condition")?,
        statement: Some(get(row, "definition")?),
    })
}

#[cfg(test)]
mod tests {
    use super::{CheckRule, one_of, short};

    #[test]
    fn types_have_a_short_form() {
        for (long, expected) in [
            ("timestamp with time zone", "timestamptz"),
            ("timestamp(3) without time zone", "timestamp(3)"),
            ("time without time zone", "time"),
            ("character varying(200)", "varchar(200)"),
            ("character varying", "varchar"),
            ("character(3)", "char(3)"),
            ("numeric(10,2)", "numeric(10,2)"),
        ] {
            assert_eq!(short(long), expected);
        }
    }

    #[test]
    fn lists_of_values_are_recognised() {
        for (expression, expected) in [
            ("(status = ANY (ARRAY['a'::text, 'it''s, b'::text]))", Some(vec!["a", "it's, b"])),
            ("(status = 'a'::text)", Some(vec!["a"])),
            ("(status <> 'a'::text)", None),
            ("(status = ANY (ARRAY['a'::text, other]))", None),
            ("((status = 'a'::text) OR (other = 1))", None),
        ] {
            let found = one_of("status", expression);
            let values = found.map(|rule| match rule {
                CheckRule::OneOf { values, .. } => values,
                CheckRule::Expression(text) => vec![text],
            });
            assert_eq!(values, expected.map(|list| list.into_iter().map(str::to_owned).collect()), "{expression}");
        }
    }
}
