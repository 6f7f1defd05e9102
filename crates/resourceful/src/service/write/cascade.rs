//! Deleting a row whose cascade is deeper than the database can follow.
//!
//! `ON DELETE CASCADE` follows a chain of rows recursively, up to a depth of a thousand on SQLite and of a few thousand
//! on PostgreSQL. A longer chain needs tables that refer to themselves, or to each other in a cycle. The rows of such a
//! chain are looked up and deleted in an order that leaves the database few recursive steps.

use std::collections::{HashMap, HashSet};

use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Statement};

use super::error::WriteError;
use super::explain::too_deep;
use crate::context::Connection;
use crate::context::Tx;
use crate::context::access::build;
use crate::context::outcome::sql_state;
use crate::error::Error;
use crate::query::full_text::quoted;
use crate::resource::FieldValue;
use crate::service::engine::Engine;
use crate::spec::{OnDelete, Operation, RelationKind, ResourceSpec};

/// How many rows of a chain one statement deletes. SQLite chooses the order, and its recursive steps cost more the deeper
/// they are.
const AT_ONCE: usize = 32;

impl Engine {
    /// Deletes a row and the rows that are deleted with it, in the open transaction, however long their chain is.
    pub(super) async fn delete_deep(&self, id: &FieldValue) -> Result<(), WriteError> {
        let Connection::Transaction(tx) = &self.connection else {
            return Err(Error::internal("a chain of rows is deleted in a transaction only").into());
        };
        let current = self.locked(Operation::Delete, id.clone()).await?;
        self.check_condition(&current)?;
        let postgres = self.backend() == DbBackend::Postgres;
        let graph = Graph::read(tx, self.spec()).await?;
        if graph.links.is_empty() {
            return Err(too_deep().into());
        }
        let mut row = Query::select();
        let column = Expr::col(Alias::new(self.spec().id_field().column));
        row.expr(Expr::cust(if postgres { "ctid" } else { "_rowid_" }))
            .from(Alias::new(self.spec().table))
            .and_where(column.eq(Expr::val(id.clone())));
        let row = build(self.backend(), &row).statement;
        match postgres {
            true => graph.delete_at_once(tx, row).await,
            false => graph.delete_in_turn(tx, row).await,
        }
    }
}

/// A foreign key with `ON DELETE CASCADE`.
struct Link {
    parent: usize,
    child: usize,
    /// The child's columns and the parent's, quoted.
    columns: Vec<(String, String)>,
}

impl Link {
    fn condition(&self) -> String {
        let equal = |(child, parent): &(String, String)| format!("c.{child} = p.{parent}");
        self.columns.iter().map(equal).collect::<Vec<_>>().join(" AND ")
    }
}

/// The tables of cyclic cascades, and those on the way to them. The first is the table of the row.
struct Graph {
    /// Their names, quoted.
    tables: Vec<String>,
    links: Vec<Link>,
}

/// Each foreign key of SQLite that cascades, column by column.
const SQLITE: &str = r#"SELECT lower(m.name) || '#' || f.id, m.name, f."table", f."from",
    coalesce(f."to", (SELECT name FROM pragma_table_info(f."table") WHERE pk = f.seq + 1))
FROM sqlite_schema m JOIN pragma_foreign_key_list(m.name) f
WHERE m.type = 'table' AND f.on_delete = 'CASCADE' ORDER BY m.name, f.id, f.seq"#;

/// The same for PostgreSQL, between ordinary tables.
const POSTGRES: &str = r#"SELECT k.oid::text, k.conrelid::regclass::text, k.confrelid::regclass::text,
    quote_ident(a.attname)::text, quote_ident(b.attname)::text
FROM pg_constraint k
CROSS JOIN LATERAL unnest(k.conkey, k.confkey) AS pair(here, there)
JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = pair.here
JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = pair.there
WHERE k.contype = 'f' AND k.confdeltype = 'c' AND NOT EXISTS (
    SELECT 1 FROM pg_class t WHERE t.oid IN (k.conrelid, k.confrelid) AND (t.relkind <> 'r' OR t.relhassubclass))
ORDER BY k.oid"#;

impl Graph {
    async fn read(tx: &Tx, spec: &ResourceSpec) -> Result<Self, WriteError> {
        let backend = tx.get_database_backend();
        let postgres = backend == DbBackend::Postgres;
        let first = match postgres {
            true => {
                let sql = "SELECT ($1::text::regclass)::text";
                let name = Statement::from_sql_and_values(backend, sql, [quoted(spec.table).into()]);
                texts(&tx.query_all_raw(name).await?)?.into_iter().flatten().next().unwrap_or_default()
            }
            false => quoted(&spec.table.to_lowercase()),
        };
        let sql = if postgres { POSTGRES } else { SQLITE };
        let rows = texts(&tx.query_all_raw(Statement::from_string(backend, sql)).await?)?;
        let mut graph = Self { tables: vec![first], links: Vec::new() };
        let mut last = String::new();
        for row in rows {
            let Ok([key, child, parent, from, to]) = <[String; 5]>::try_from(row) else { continue };
            let named = |name: String| if postgres { name } else { quoted(&name) };
            let columns = (named(from), named(to));
            if key == last
                && let Some(link) = graph.links.last_mut()
            {
                link.columns.push(columns);
                continue;
            }
            last = key;
            let table = |name: String| if postgres { name } else { quoted(&name.to_lowercase()) };
            let (parent, child) = (graph.place(table(parent)), graph.place(table(child)));
            graph.links.push(Link { parent, child, columns: vec![columns] });
        }
        graph.keep_endless();
        Ok(graph)
    }

    fn place(&mut self, table: String) -> usize {
        self.tables.iter().position(|known| *known == table).unwrap_or_else(|| {
            self.tables.push(table);
            self.tables.len() - 1
        })
    }

    /// Keeps the links that lead from the first table into a cycle, and those within it. From all other tables the cascade
    /// has at most as many steps as there are tables.
    fn keep_endless(&mut self) {
        let from = |start: usize, links: &[Link]| {
            let mut seen = HashSet::new();
            let mut waiting = vec![start];
            while let Some(table) = waiting.pop() {
                let next = links.iter().filter(|link| link.parent == table).map(|link| link.child);
                waiting.extend(next.filter(|&child| seen.insert(child)));
            }
            seen
        };
        let reached: Vec<HashSet<usize>> = (0..self.tables.len()).map(|table| from(table, &self.links)).collect();
        let is_endless = |table: usize| {
            let cycles = |other: &usize| reached[*other].contains(other);
            cycles(&table) || reached[table].iter().any(cycles)
        };
        self.links.retain(|link| (link.parent == 0 || reached[0].contains(&link.parent)) && is_endless(link.child));
    }

    /// On PostgreSQL: deletes all rows in one statement, at the end of which no row refers to another.
    async fn delete_at_once(&self, tx: &Tx, row: Statement) -> Result<(), WriteError> {
        let step = |link: &Link| {
            format!(
                "SELECT {}, c.ctid FROM ONLY {} p JOIN ONLY {} c ON {} WHERE d.place = {} AND p.ctid = d.row_id",
                link.child,
                self.tables[link.parent],
                self.tables[link.child],
                link.condition(),
                link.parent
            )
        };
        let steps: Vec<String> = self.links.iter().map(step).collect();
        let concerned: HashSet<usize> =
            self.links.iter().flat_map(|link| [link.parent, link.child]).chain([0]).collect();
        let delete = |place: &usize| {
            format!(
                ", gone_{place} AS (DELETE FROM ONLY {} WHERE ctid = ANY (ARRAY(SELECT row_id FROM doomed WHERE place = \
                 {place})))",
                self.tables[*place]
            )
        };
        let deletes: String = concerned.iter().map(delete).collect();
        let sql = format!(
            "WITH RECURSIVE first_row (row_id) AS ({}), doomed (place, row_id) AS (SELECT 0, row_id FROM first_row UNION \
             SELECT step.* FROM doomed d CROSS JOIN LATERAL ({}) step){deletes} SELECT 1",
            row.sql,
            steps.join(" UNION ALL ")
        );
        tx.execute_raw(Statement { sql, ..row }).await?;
        Ok(())
    }

    /// On SQLite: deletes the rows at the ends of the chains first, after setting the references that close a cycle to null.
    async fn delete_in_turn(&self, tx: &Tx, row: Statement) -> Result<(), WriteError> {
        // A row that refers to two of these rows must not be checked between their deletions.
        tx.execute_unprepared("PRAGMA defer_foreign_keys = ON").await?;
        let step = |(number, link): (usize, &Link)| {
            format!(
                " UNION SELECT {number}, p._rowid_, {}, c._rowid_ FROM reached r CROSS JOIN {} p CROSS JOIN {} c WHERE \
                 r.place = {} AND p._rowid_ = r.row_id AND {}",
                link.child,
                self.tables[link.parent],
                self.tables[link.child],
                link.parent,
                link.condition()
            )
        };
        let steps: String = self.links.iter().enumerate().map(step).collect();
        let sql = format!(
            "WITH RECURSIVE first_row (row_id) AS ({}), reached (link, parent_id, place, row_id) AS (SELECT -1, -1, 0, \
             row_id FROM first_row{steps}) SELECT link, parent_id, row_id FROM reached",
            row.sql
        );
        let mut children: HashMap<(usize, i64), Vec<(usize, i64)>> = HashMap::new();
        let mut first = None;
        for row in tx.query_all_raw(Statement { sql, ..row }).await? {
            let number = |at| row.try_get_by_index::<i64>(at);
            let (link, parent, row) = (number(0)?, number(1)?, number(2)?);
            match usize::try_from(link) {
                Ok(link) => children.entry((self.links[link].parent, parent)).or_default().push((link, row)),
                Err(_) => first = Some((0, row)),
            }
        }
        let Some(first) = first else { return Err(WriteError::NotFound) };
        let Order { ends_first, cycles } = self.order(first, &children);
        for (link, row) in cycles {
            let link = &self.links[link];
            let cut: Vec<String> = link.columns.iter().map(|(child, _)| format!("{child} = NULL")).collect();
            let cut = format!("UPDATE {} SET {} WHERE _rowid_ = {row}", self.tables[link.child], cut.join(", "));
            let done = tx.execute_unprepared(&cut).await;
            done.map_err(|error| match sql_state(&error).and_then(|state| state.parse::<u32>().ok()) {
                // SQLITE_CONSTRAINT: the reference cannot be set to null.
                Some(code) if code & 0xff == 19 => WriteError::from(too_deep()),
                _ => WriteError::from(error),
            })?;
        }
        for rows in ends_first.chunks(AT_ONCE) {
            let mut by_table: HashMap<usize, Vec<String>> = HashMap::new();
            rows.iter().for_each(|(table, row)| by_table.entry(*table).or_default().push(row.to_string()));
            for (table, rows) in by_table {
                let delete = format!("DELETE FROM {} WHERE _rowid_ IN ({})", self.tables[table], rows.join(", "));
                tx.execute_unprepared(&delete).await?;
            }
        }
        Ok(())
    }

    /// Every row after the rows that are deleted with it, as far as there are no cycles.
    fn order(&self, first: (usize, i64), children: &HashMap<(usize, i64), Vec<(usize, i64)>>) -> Order {
        let none = Vec::new();
        let of = |row: &(usize, i64)| children.get(row).unwrap_or(&none).iter();
        let mut order = Order { ends_first: Vec::new(), cycles: Vec::new() };
        let (mut seen, mut open) = (HashSet::from([first]), HashSet::from([first]));
        let mut way = vec![(first, of(&first))];
        while let Some((row, rest)) = way.last_mut() {
            let Some(&(link, child)) = rest.next() else {
                open.remove(row);
                order.ends_first.push(*row);
                way.pop();
                continue;
            };
            let child = (self.links[link].child, child);
            if seen.insert(child) {
                open.insert(child);
                way.push((child, of(&child)));
            } else if open.contains(&child) && child != *row {
                order.cycles.push((link, child.1));
            }
        }
        order
    }
}

struct Order {
    /// Table and row.
    ends_first: Vec<(usize, i64)>,
    /// Links that close a cycle, and the rows that they lead to.
    cycles: Vec<(usize, i64)>,
}

fn texts(rows: &[QueryResult]) -> Result<Vec<Vec<String>>, DbErr> {
    let text = |row: &QueryResult, at| row.try_get_by_index::<Option<String>>(at).map(Option::unwrap_or_default);
    rows.iter().map(|row| (0..row.column_names().len()).map(|at| text(row, at)).collect()).collect()
}

/// Whether rows of this resource, or of the resources that refer to it, are deleted with each other in a cycle.
pub(super) fn is_in_cycle(spec: &'static ResourceSpec) -> bool {
    let many = spec.relations.iter().filter(|relation| !matches!(relation.kind, RelationKind::BelongsTo { .. }));
    std::iter::once(spec).chain(many.map(|relation| (relation.target)())).any(refers_in_cycle)
}

fn refers_in_cycle(spec: &'static ResourceSpec) -> bool {
    let mut seen = HashSet::new();
    let mut waiting = vec![spec];
    while let Some(next) = waiting.pop() {
        for relation in next.relations {
            if !matches!(relation.kind, RelationKind::BelongsTo { on_delete: OnDelete::Cascade, .. }) {
                continue;
            }
            let target = (relation.target)();
            if target.table == spec.table {
                return true;
            }
            if seen.insert(target.table) {
                waiting.push(target);
            }
        }
    }
    false
}
