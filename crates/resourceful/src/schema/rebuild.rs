//! Rebuilding a table of SQLite without losing the rows that refer to it.
//!
//! SQLite cannot alter most of a table. Its documentation (<https://www.sqlite.org/lang_altertable.html#otheralter>) has
//! twelve steps for it instead, and each that is left out loses something: with foreign keys on, dropping the old table
//! deletes the rows that refer to its rows; turning them off has no effect within a transaction, and applies to one
//! connection only;
//! indexes and triggers are dropped with the old table, and so is the highest number of an AUTOINCREMENT.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use sea_orm::{ConnectionTrait, DatabaseExecutor, DbBackend, DbErr, RuntimeErr, Statement};
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Connection, Row, Sqlite};

use crate::query::full_text::quoted;

/// A table to be rebuilt.
#[derive(Debug, Clone)]
pub(crate) struct Rebuild {
    table: String,
    /// The text after the table's name in `CREATE TABLE`.
    definition: String,
    /// Columns and the expressions of the old row that fill them.
    fill: Vec<(String, String)>,
}

impl Rebuild {
    /// Reads the new `CREATE TABLE`.
    pub(crate) fn read(create: &str, fill: &[(&str, &str)]) -> Result<Self, DbErr> {
        let (table, definition) = parts(create).ok_or_else(|| {
            wrong(format!(
                "a rebuild takes the whole new statement, `CREATE TABLE \"tasks\" (..)`, with the table's own name; \
                 `{}` is none",
                create.chars().take(60).collect::<String>()
            ))
        })?;
        let fill = fill.iter().map(|(column, value)| ((*column).to_owned(), (*value).to_owned())).collect();
        Ok(Self { table, definition: definition.to_owned(), fill })
    }

    /// Rebuilds the table, all or nothing.
    pub(crate) async fn run(self, on: &DatabaseExecutor<'_>) -> Result<(), DbErr> {
        if on.get_database_backend() != DbBackend::Sqlite {
            return Err(wrong("only SQLite needs a rebuild; PostgreSQL has `ALTER TABLE`".to_owned()));
        }
        match on {
            DatabaseExecutor::Connection(db) => {
                let pool = db.get_sqlite_connection_pool();
                let connection =
                    pool.acquire().await.map_err(|error| DbErr::Conn(RuntimeErr::SqlxError(error.into())))?;
                // In a separate task, which continues when the caller is dropped.
                let done = tokio::spawn(async move { self.alone(connection).await }).await;
                done.unwrap_or_else(|panic| Err(wrong(format!("the rebuild failed: {panic}"))))
            }
            DatabaseExecutor::Transaction(_) | DatabaseExecutor::OwnedTransaction(_) => {
                let mut on = Joined(on);
                if are_on(&mut on).await? {
                    return Err(wrong(format!(
                        "`{}` cannot be rebuilt here: the transaction was begun with foreign keys on, and dropping the \
                         old table would delete the rows that refer to it. Call it outside of transactions of your own",
                        self.table
                    )));
                }
                self.work(&mut on).await
            }
        }
    }

    /// On a connection that nothing else uses at the same time.
    async fn alone(self, connection: PoolConnection<Sqlite>) -> Result<(), DbErr> {
        let mut on = Own(connection);
        let were_on = are_on(&mut on).await?;
        let done = self.without_keys(&mut on).await;
        // A connection whose settings cannot be restored is not used again.
        let back = on.run(if were_on { KEYS_ON } else { KEYS_OFF }).await;
        if back.is_err() || !matches!(are_on(&mut on).await, Ok(now) if now == were_on) {
            let _ = on.0.detach().close().await;
        }
        done
    }

    async fn without_keys(&self, on: &mut Own) -> Result<(), DbErr> {
        on.run(KEYS_OFF).await?;
        if are_on(on).await? {
            return Err(wrong(format!(
                "`{}` cannot be rebuilt here: its connection is inside a transaction, where foreign keys stay on. Call \
                 it outside of transactions of your own",
                self.table
            )));
        }
        on.run("BEGIN IMMEDIATE").await?;
        let done = match self.work(on).await {
            Ok(()) => on.run("COMMIT").await,
            Err(error) => Err(error),
        };
        if done.is_err() {
            let _ = on.run("ROLLBACK").await;
        }
        done
    }

    /// What happens between BEGIN and COMMIT, with foreign keys off.
    async fn work(&self, on: &mut impl On) -> Result<(), DbErr> {
        let before = Health::of(on).await?;
        let table = literal(&self.table);
        let old = on.texts(&columns_of(&self.table)).await?;
        if old.is_empty() {
            return Err(wrong(format!("there is no table `{}` to rebuild", self.table)));
        }
        let sequence = self.sequence(on).await?;
        let kept = on
            .texts(&format!(
                "SELECT type, name, sql FROM sqlite_schema WHERE lower(tbl_name) = lower({table}) AND type IN ('index', \
                 'trigger') AND sql IS NOT NULL ORDER BY type, rowid"
            ))
            .await?;
        let name = format!("resourceful_new_{}", self.table);
        on.run(&format!("CREATE TABLE {} {}", quoted(&name), self.definition)).await?;
        let new = on.texts(&columns_of(&name)).await?;
        let kept = self.still_possible(on, kept, &new).await?;
        self.copy(on, &name, &old, &new).await?;
        // Other tables, views and triggers refer to the table by its name, which it gets back: SQLite must not check them
        // while no table has the name.
        on.run("PRAGMA legacy_alter_table = ON").await?;
        let exchanged = match on.run(&format!("DROP TABLE {}", quoted(&self.table))).await {
            Ok(()) => on.run(&format!("ALTER TABLE {} RENAME TO {}", quoted(&name), quoted(&self.table))).await,
            refused => refused,
        };
        on.run("PRAGMA legacy_alter_table = OFF").await?;
        exchanged?;
        for statement in kept {
            on.run(&statement).await?;
        }
        if let Some(last) = sequence {
            on.run(&format!("UPDATE sqlite_sequence SET seq = {last} WHERE name = {table} AND seq < {last}")).await?;
            on.run(&format!(
                "INSERT INTO sqlite_sequence (name, seq) SELECT {table}, {last} WHERE NOT EXISTS (SELECT 1 FROM \
                 sqlite_sequence WHERE name = {table}) AND {}",
                if self.counts() { "1" } else { "0" }
            ))
            .await?;
        }
        Health::of(on).await?.not_worse_than(&before)
    }

    fn counts(&self) -> bool {
        self.definition.to_ascii_uppercase().contains("AUTOINCREMENT")
    }

    /// The highest number that AUTOINCREMENT has given, which must not be given again.
    async fn sequence(&self, on: &mut impl On) -> Result<Option<i64>, DbErr> {
        let has = on.texts("SELECT name FROM sqlite_schema WHERE name = 'sqlite_sequence'").await?;
        if has.is_empty() {
            return Ok(None);
        }
        let last = format!("SELECT CAST(seq AS TEXT) FROM sqlite_sequence WHERE name = {}", literal(&self.table));
        Ok(on.texts(&last).await?.first().and_then(|row| row.first()?.parse().ok()))
    }

    /// The statements of the existing indexes and triggers, without indexes of dropped columns.
    async fn still_possible(
        &self,
        on: &mut impl On,
        kept: Vec<Vec<String>>,
        new: &[Vec<String>],
    ) -> Result<Vec<String>, DbErr> {
        let mut statements = Vec::new();
        for row in kept {
            let [kind, name, sql] = row.as_slice() else { continue };
            let columns = format!("SELECT name FROM pragma_index_xinfo({}) WHERE cid >= 0", literal(name));
            let columns = if kind == "index" { on.texts(&columns).await? } else { Vec::new() };
            let is_there = |column: &Vec<String>| new.iter().any(|new| new[0].eq_ignore_ascii_case(&column[0]));
            if columns.iter().all(is_there) {
                statements.push(sql.clone());
            } else {
                tracing::info!(table = self.table, index = name, "the index is dropped with one of its columns");
            }
        }
        Ok(statements)
    }

    async fn copy(&self, on: &mut impl On, name: &str, old: &[Vec<String>], new: &[Vec<String>]) -> Result<(), DbErr> {
        let writable = || new.iter().filter(|column| column[1] == "0").map(|column| column[0].as_str());
        let unknown = |(column, _): &&(String, String)| !writable().any(|known| known.eq_ignore_ascii_case(column));
        if let Some((column, _)) = self.fill.iter().find(unknown) {
            return Err(wrong(format!("the new `{}` has no column `{column}` that could be filled", self.table)));
        }
        let value = |column: &str| {
            let filled = self.fill.iter().find(|(filled, _)| filled.eq_ignore_ascii_case(column));
            let copied = || old.iter().any(|old| old[0].eq_ignore_ascii_case(column)).then(|| quoted(column));
            filled.map(|(_, value)| format!("({value})")).or_else(copied)
        };
        let (columns, values): (Vec<String>, Vec<String>) =
            writable().filter_map(|column| Some((quoted(column), value(column)?))).unzip();
        if columns.is_empty() {
            return Err(wrong(format!("the new `{}` keeps no column of the old", self.table)));
        }
        let (from, into) = (quoted(&self.table), quoted(name));
        on.run(&format!("INSERT INTO {into} ({}) SELECT {} FROM {from}", columns.join(", "), values.join(", ")))
            .await?;
        let same = format!("SELECT 1 WHERE (SELECT COUNT(*) FROM {from}) = (SELECT COUNT(*) FROM {into})");
        if on.texts(&same).await?.is_empty() {
            return Err(wrong(format!(
                "the new `{}` would not hold all rows of the old: a conflict clause of it drops some",
                self.table
            )));
        }
        Ok(())
    }
}

const KEYS_ON: &str = "PRAGMA foreign_keys = ON";
const KEYS_OFF: &str = "PRAGMA foreign_keys = OFF";

/// How many trials there were, so that no two have the same text.
static TRIALS: AtomicU64 = AtomicU64::new(0);

/// What a rebuild must not break: valid references, and triggers and views whose tables and columns exist.
struct Health {
    /// How many rows of a table refer to rows of another that do not exist.
    dangling: BTreeMap<(String, String), i64>,
    /// The tables and views that cannot be read or written, and why.
    broken: BTreeMap<String, String>,
}

impl Health {
    async fn of(on: &mut impl On) -> Result<Self, DbErr> {
        let rows = on.texts(DANGLING).await?;
        let dangling = rows.into_iter().filter_map(read_dangling).collect();
        let mut broken = BTreeMap::new();
        let all = "SELECT type, name FROM sqlite_schema WHERE type = 'view' OR type = 'table' AND name NOT LIKE 'sqlite\\_%' \
                   ESCAPE '\\' AND sql NOT LIKE 'CREATE VIRTUAL%'";
        for row in on.texts(all).await? {
            let [kind, name] = row.as_slice() else { continue };
            let mut trials = vec![format!("EXPLAIN SELECT * FROM {}", quoted(name))];
            if kind == "table" {
                let columns = on.texts(&columns_of(name)).await?;
                let writable = columns.iter().filter(|column| column[1] == "0").map(|column| quoted(&column[0]));
                let set: Vec<String> = writable.map(|column| format!("{column} = {column}")).collect();
                trials.push(format!("EXPLAIN INSERT INTO {} DEFAULT VALUES", quoted(name)));
                trials.push(format!("EXPLAIN UPDATE {} SET {}", quoted(name), set.join(", ")));
                trials.push(format!("EXPLAIN DELETE FROM {}", quoted(name)));
            }
            for trial in trials {
                // Each has a text of its own, so that it is prepared now: without that, SQLite 3.54.1 has ended the process.
                let trial = format!("{trial} /* {} */", TRIALS.fetch_add(1, Ordering::Relaxed));
                if let Err(error) = on.texts(&trial).await {
                    broken.insert(format!("{kind} `{name}`"), error.to_string());
                }
            }
        }
        Ok(Self { dangling, broken })
    }

    fn not_worse_than(self, before: &Self) -> Result<(), DbErr> {
        if let Some(complaint) = more_dangling(&before.dangling, &self.dangling) {
            return Err(wrong(format!("nothing was changed: {complaint}")));
        }
        match self.broken.iter().find(|(name, _)| !before.broken.contains_key(*name)) {
            None => Ok(()),
            Some((name, error)) => Err(wrong(format!(
                "nothing was changed: the {name} could no longer be used, because a trigger or a view uses a \
                 column that no longer exists ({error}). Drop or change it first"
            ))),
        }
    }
}

const DANGLING: &str = "SELECT \"table\", parent, CAST(COUNT(*) AS TEXT) FROM pragma_foreign_key_check GROUP BY 1, 2";

fn read_dangling(row: Vec<String>) -> Option<((String, String), i64)> {
    let [table, parent, count] = <[String; 3]>::try_from(row).ok()?;
    Some(((table, parent), count.parse().ok()?))
}

/// How many rows of each table refer to missing rows of another table.
#[cfg(feature = "migrate")]
pub(crate) async fn dangling(on: &DatabaseExecutor<'_>) -> Result<BTreeMap<(String, String), i64>, DbErr> {
    Ok(Joined(on).texts(DANGLING).await?.into_iter().filter_map(read_dangling).collect())
}

/// A sentence about the references that were valid before and are not now.
pub(crate) fn more_dangling(
    before: &BTreeMap<(String, String), i64>,
    now: &BTreeMap<(String, String), i64>,
) -> Option<String> {
    let (between, count) = now.iter().find(|(between, count)| before.get(*between).is_none_or(|was| was < *count))?;
    let (table, parent) = between;
    Some(format!("{count} rows of `{table}` would refer to rows of `{parent}` that do not exist"))
}

/// Whether foreign keys are enforced.
async fn are_on(on: &mut impl On) -> Result<bool, DbErr> {
    let rows = on.texts("SELECT CAST(foreign_keys AS TEXT) FROM pragma_foreign_keys").await?;
    Ok(rows.first().and_then(|row| row.first()).is_some_and(|on| on == "1"))
}

/// Where a rebuild runs.
trait On: Send {
    fn run(&mut self, sql: &str) -> impl Future<Output = Result<(), DbErr>> + Send;

    /// Rows of texts; a null is an empty one.
    fn texts(&mut self, sql: &str) -> impl Future<Output = Result<Vec<Vec<String>>, DbErr>> + Send;
}

/// A connection that the rebuild has for itself.
struct Own(PoolConnection<Sqlite>);

impl On for Own {
    async fn run(&mut self, sql: &str) -> Result<(), DbErr> {
        let done = sqlx::query(AssertSqlSafe(sql)).persistent(false).execute(&mut *self.0).await;
        done.map(drop).map_err(|error| DbErr::Exec(RuntimeErr::SqlxError(error.into())))
    }

    async fn texts(&mut self, sql: &str) -> Result<Vec<Vec<String>>, DbErr> {
        let rows = sqlx::query(AssertSqlSafe(sql)).persistent(false).fetch_all(&mut *self.0).await;
        let rows = rows.map_err(|error| DbErr::Query(RuntimeErr::SqlxError(error.into())))?;
        let text = |row: &sqlx::sqlite::SqliteRow, at| row.try_get_unchecked::<Option<String>, _>(at);
        Ok(rows
            .iter()
            .map(|row| (0..row.len()).map(|at| text(row, at).ok().flatten().unwrap_or_default()).collect())
            .collect())
    }
}

/// An open transaction, or a pool of one connection.
struct Joined<'a>(&'a DatabaseExecutor<'a>);

impl On for Joined<'_> {
    async fn run(&mut self, sql: &str) -> Result<(), DbErr> {
        self.0.execute_unprepared(sql).await.map(drop)
    }

    async fn texts(&mut self, sql: &str) -> Result<Vec<Vec<String>>, DbErr> {
        let rows = self.0.query_all_raw(Statement::from_string(DbBackend::Sqlite, sql)).await?;
        let text = |row: &sea_orm::QueryResult, at| row.try_get_by_index::<Option<String>>(at);
        let texts = |row: &sea_orm::QueryResult| {
            (0..row.column_names().len()).map(|at| text(row, at).ok().flatten().unwrap_or_default()).collect()
        };
        Ok(rows.iter().map(texts).collect())
    }
}

fn columns_of(table: &str) -> String {
    format!("SELECT name, CAST(hidden AS TEXT) FROM pragma_table_xinfo({})", literal(table))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn wrong(sentence: String) -> DbErr {
    DbErr::Migration(sentence)
}

/// The table's name and the text after it in `CREATE TABLE`.
fn parts(create: &str) -> Option<(String, &str)> {
    let mut quote = None;
    let opening = create.char_indices().find(|&(_, c)| match (quote, c) {
        (Some(end), _) => {
            if c == end {
                quote = None;
            }
            false
        }
        (None, '"' | '`') => {
            quote = Some(c);
            false
        }
        (None, '[') => {
            quote = Some(']');
            false
        }
        (None, _) => c == '(',
    });
    let (head, definition) = create.split_at(opening?.0);
    let mut rest = head.trim();
    for (word, must) in [("create", true), ("table", true), ("if", false), ("not", false), ("exists", false)] {
        let (first, behind) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        if first.eq_ignore_ascii_case(word) {
            rest = behind.trim_start();
        } else if must {
            return None;
        }
    }
    let quoted = |open: char, close: char| {
        let inner = rest.strip_prefix(open)?.strip_suffix(close)?;
        Some(inner.replace(&format!("{close}{close}"), &close.to_string()))
    };
    let plain = || {
        let is_name = !rest.is_empty() && rest.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '$');
        is_name.then(|| rest.to_owned())
    };
    let name = quoted('"', '"').or_else(|| quoted('`', '`')).or_else(|| quoted('[', ']')).or_else(plain)?;
    let is_whole = !name.is_empty() && !name.contains("\".\"");
    is_whole.then_some((name, definition))
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn the_name_of_a_statement_is_found() {
        for (create, name) in [
            ("CREATE TABLE tasks (id)", "tasks"),
            ("create table if not exists \"tasks\"(id)", "tasks"),
            ("CREATE TABLE \"a (b\" (id, \"c(\" text)", "a (b"),
            ("CREATE\n TABLE `x``y` (id)", "x`y"),
            ("CREATE TABLE [odd name] (id) STRICT", "odd name"),
        ] {
            assert_eq!(parts(create).expect(create).0, name);
            assert!(parts(create).expect(create).1.starts_with('('), "{create}");
        }
        for create in [
            "",
            "tasks",
            "CREATE TABLE tasks",
            "CREATE TEMP TABLE tasks (id)",
            "CREATE TABLE main.tasks (id)",
            "CREATE TABLE t AS SELECT (1)",
        ] {
            assert!(parts(create).is_none(), "{create}");
        }
    }
}
