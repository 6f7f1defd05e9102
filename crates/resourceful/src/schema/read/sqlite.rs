//! Reads the schema of a SQLite database: from its PRAGMAs, and from the text of its statements what no PRAGMA says.

use std::collections::BTreeMap;

use sea_orm::ConnectionTrait;

use super::sqlite_text::{Definition, definition};
use super::{get, names, rows};
use crate::error::Result;
use crate::schema::model::{Column, ForeignKey, Index, Source, Table, Unique};

const TABLES: &str = "SELECT name, type, coalesce(sql, '') AS text FROM sqlite_master WHERE type IN ('table', 'view') \
                      AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND coalesce(sql, '') NOT LIKE 'CREATE VIRTUAL%'";

const COLUMNS: &str = "SELECT m.name AS relation, x.name, x.type, x.\"notnull\" AS filled, x.dflt_value AS expression, x.pk, \
                       x.hidden FROM sqlite_master m JOIN pragma_table_xinfo(m.name) x WHERE m.type = 'table' \
                       AND m.sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY m.name, x.cid";

const COLUMNS_OF_VIEW: &str = "SELECT name, type, \"notnull\" AS filled, dflt_value AS expression, pk, hidden \
                               FROM pragma_table_xinfo(?) ORDER BY cid";

const INDEXES: &str = "SELECT m.name AS relation, l.name, l.\"unique\" AS uniqueness, l.origin, l.partial, s.sql AS text, \
                       (SELECT json_group_array(c.name) FROM (SELECT name FROM pragma_index_xinfo(l.name) WHERE key = 1 \
                       ORDER BY seqno) c) AS columns FROM sqlite_master m JOIN pragma_index_list(m.name) l \
                       LEFT JOIN sqlite_master s ON s.type = 'index' AND s.name = l.name WHERE m.type = 'table' \
                       AND m.sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY m.name, l.name";

const KEYS: &str = "SELECT m.name AS relation, CAST(k.id AS TEXT) AS id, k.\"table\" AS target, k.\"from\" AS own, \
                    k.\"to\" AS other, k.on_delete AS action FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) k \
                    WHERE m.type = 'table' ORDER BY m.name, k.id, k.seq";

pub(super) async fn tables(db: &impl ConnectionTrait) -> Result<Vec<Table>> {
    let mut tables: BTreeMap<String, (Table, Definition)> = BTreeMap::new();
    for row in rows(db, TABLES, None).await? {
        let (name, kind, text): (String, String, String) = (get(&row, "name")?, get(&row, "type")?, get(&row, "text")?);
        let table = Table { name: name.clone(), is_view: kind == "view", ..Table::default() };
        tables.insert(name, (table, definition(&text)));
    }
    for row in rows(db, COLUMNS, None).await? {
        let Some((table, text)) = tables.get_mut(&get::<String>(&row, "relation")?) else { continue };
        let (column, place) = column(&row, table.is_view, text)?;
        if place > 0 {
            table.primary_key.push(column.name.clone());
        }
        table.columns.push(column);
    }
    for (table, text) in tables.values_mut().filter(|(table, _)| table.is_view) {
        // A view whose tables are gone cannot be read, and nobody needs it.
        for row in rows(db, COLUMNS_OF_VIEW, Some(&table.name)).await.unwrap_or_default() {
            table.columns.push(column(&row, true, text)?.0);
        }
    }
    for row in rows(db, INDEXES, None).await? {
        let Some((table, text)) = tables.get_mut(&get::<String>(&row, "relation")?) else { continue };
        let columns = names(&row, "columns")?;
        match get::<String>(&row, "origin")?.as_str() {
            "c" => table.indexes.push(index(&row, columns)?),
            "u" => {
                let columns = columns.unwrap_or_default();
                let name = text.name_of_unique(&columns);
                table.uniques.push(Unique { name, columns });
            }
            _ => {}
        }
    }
    for row in rows(db, KEYS, None).await? {
        let Some((table, text)) = tables.get_mut(&get::<String>(&row, "relation")?) else { continue };
        let (id, target): (String, String) = (get(&row, "id")?, get(&row, "target")?);
        let (own, other): (String, Option<String>) = (get(&row, "own")?, get(&row, "other")?);
        // Until all are read, a key has its number as its name.
        if table.foreign_keys.last().is_none_or(|key| key.name != id) {
            table.foreign_keys.push(ForeignKey {
                name: id,
                columns: Vec::new(),
                target,
                target_columns: Vec::new(),
                on_delete: get(&row, "action")?,
            });
        }
        if let Some(key) = table.foreign_keys.last_mut() {
            key.columns.push(own);
            key.target_columns.extend(other);
        }
        let _ = text;
    }
    let ids: BTreeMap<String, Vec<String>> =
        tables.iter().map(|(name, (table, _))| (name.clone(), table.primary_key.clone())).collect();
    for (table, text) in tables.values_mut() {
        for key in &mut table.foreign_keys {
            key.name = text.name_of_foreign_key(&key.columns);
            // `REFERENCES users` means the primary key of users.
            if key.target_columns.is_empty() {
                key.target_columns = ids.get(&key.target).cloned().unwrap_or_default();
            }
        }
        // The newest comes first.
        table.foreign_keys.reverse();
        table.checks = std::mem::take(&mut text.checks);
        table.options = std::mem::take(&mut text.options);
    }
    Ok(tables.into_values().map(|(table, _)| table).collect())
}

fn column(row: &sea_orm::QueryResult, is_view: bool, text: &Definition) -> Result<(Column, i32)> {
    let name: String = get(row, "name")?;
    let (filled, place, hidden): (i32, i32, i32) = (get(row, "filled")?, get(row, "pk")?, get(row, "hidden")?);
    let written = text.column(&name);
    let source = match (hidden, written.and_then(|column| column.generated.clone())) {
        (2 | 3, expression) => Source::Generated { expression: expression.unwrap_or_default(), stored: hidden == 3 },
        _ if written.is_some_and(|column| column.counts) => Source::Identity,
        _ => Source::Given,
    };
    let column = Column {
        ty: get::<Option<String>>(row, "type")?.unwrap_or_default().to_lowercase(),
        collation: written.and_then(|column| column.collation.clone()),
        nullable: is_view || (filled == 0 && place == 0),
        default: get(row, "expression")?,
        source,
        name,
        ..Column::default()
    };
    Ok((column, place))
}

fn index(row: &sea_orm::QueryResult, columns: Option<Vec<String>>) -> Result<Index> {
    let text: String = get::<Option<String>>(row, "text")?.unwrap_or_default();
    let is_partial: i32 = get(row, "partial")?;
    let condition = text.to_uppercase().rfind(" WHERE ").map(|at| text[at + " WHERE ".len()..].to_owned());
    Ok(Index {
        name: get(row, "name")?,
        columns: columns.unwrap_or_default(),
        unique: get::<i32>(row, "uniqueness")? != 0,
        method: None,
        condition: condition.filter(|_| is_partial != 0),
        statement: Some(text),
    })
}
