//! A database whose tables change.

use std::collections::BTreeMap;
use std::path::PathBuf;

use resourceful::actix_web::rt::{System, SystemRunner};
use resourceful::migration::{SchemaManager, run_steps};
use resourceful::schema::{Action, Schema, Step, read};
use resourceful::sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement, TransactionTrait,
};
use resourceful::testing::TestDatabase;
use resourceful::uuid::Uuid;

use super::Rows;
use super::drafts::{Draft, Field, Ty};

/// How many rows a table has.
const ROWS: usize = 3;

pub(crate) struct Live {
    runtime: SystemRunner,
    db: DatabaseConnection,
    place: Place,
}

enum Place {
    File(PathBuf),
    Server { url: String, name: String },
}

impl Live {
    pub(crate) fn new(database: TestDatabase) -> Self {
        let runtime = System::new();
        let name = format!("resourceful_changes_{}", Uuid::now_v7().simple());
        let (url, place) = match database {
            TestDatabase::Sqlite => {
                let file = std::env::temp_dir().join(format!("{name}.db"));
                (format!("sqlite://{}?mode=rwc", file.display()), Place::File(file))
            }
            TestDatabase::Postgres => {
                let url = std::env::var("TEST_POSTGRES_URL").expect("TEST_POSTGRES_URL");
                runtime.block_on(async {
                    let server = Database::connect(&url).await.expect("the server");
                    server.execute_unprepared(&format!("CREATE DATABASE {name}")).await.expect("a database");
                });
                let (front, _) = url.rsplit_once('/').expect("a path");
                (format!("{front}/{name}"), Place::Server { url, name })
            }
        };
        let mut options = ConnectOptions::new(url);
        options.max_connections(1).sqlx_logging(false);
        // As the command `migrate` has it: a migration that runs in a transaction begins with foreign keys off.
        // The statements of these tests would be kept beyond the tables that they are about.
        options.map_sqlx_postgres_opts(|postgres| postgres.statement_cache_capacity(0));
        options.map_sqlx_sqlite_opts(|sqlite| {
            sqlite.foreign_keys(false).collation("resourceful_decimal", |a, b| {
                let number = |text: &str| text.parse::<f64>().unwrap_or_default();
                number(a).total_cmp(&number(b))
            })
        });
        let db = runtime.block_on(Database::connect(options)).expect("the database");
        Self { runtime, db, place }
    }

    /// The address of the database, as a setting.
    pub(crate) fn url(&self) -> String {
        match &self.place {
            Place::File(file) => format!("sqlite://{}?mode=rwc", file.display()),
            Place::Server { url, name } => format!("{}/{name}", url.rsplit_once('/').expect("a path").0),
        }
    }

    pub(crate) fn backend(&self) -> DbBackend {
        self.db.get_database_backend()
    }

    pub(crate) fn clear(&self) {
        if self.backend() == DbBackend::Postgres {
            self.execute(&["DROP SCHEMA public CASCADE".to_owned(), "CREATE SCHEMA public".to_owned()]);
            return;
        }
        for table in self.schema().tables {
            self.execute(&[format!("DROP TABLE \"{}\"", table.name)]);
        }
    }

    pub(crate) fn execute(&self, statements: &[String]) {
        for statement in statements {
            self.runtime.block_on(self.db.execute_unprepared(statement)).expect(statement);
        }
    }

    pub(crate) fn schema(&self) -> Schema {
        self.runtime.block_on(read(&self.db)).expect("the schema")
    }

    /// Takes these steps, as a migration does.
    #[track_caller]
    pub(crate) fn take(&self, steps: &[Step], what: &str) {
        let steps: Vec<_> = steps.iter().filter(|step| step.loses.is_none()).map(written).collect();
        let done = self.runtime.block_on(async {
            let transaction = self.db.begin().await?;
            run_steps(&SchemaManager::new(&transaction), &steps).await?;
            transaction.commit().await
        });
        if let Err(error) = done {
            panic!("{what}: {error}\n{steps:#?}");
        }
        if self.backend() == DbBackend::Sqlite {
            let dangling = self.texts("SELECT \"table\" FROM pragma_foreign_key_check");
            assert!(dangling.is_empty(), "{what}: rows of {dangling:?} refer to nothing");
        }
    }

    pub(crate) fn texts(&self, sql: &str) -> Vec<Option<String>> {
        let rows = self.runtime.block_on(self.db.query_all_raw(Statement::from_string(self.backend(), sql)));
        let rows = rows.unwrap_or_else(|error| panic!("{sql}: {error}"));
        rows.iter().map(|row| row.try_get_by_index(0).expect("a text")).collect()
    }

    pub(crate) fn rows(&self, schema: &Schema) -> Rows {
        let mut all = Rows::new();
        for table in &schema.tables {
            let values = |name: &str| match self.backend() {
                DbBackend::Sqlite => format!("SELECT CAST(\"{name}\" AS TEXT) FROM \"{}\" ORDER BY id", table.name),
                _ => format!("SELECT \"{name}\"::text FROM \"{}\" ORDER BY id", table.name),
            };
            let given = table.columns.iter().filter(|column| !column.is_derived());
            let columns: BTreeMap<_, _> =
                given.map(|column| (column.name.clone(), self.texts(&values(&column.name)))).collect();
            all.insert(table.name.clone(), columns);
        }
        all
    }

    pub(crate) fn insert_rows(&self, drafts: &[Draft]) {
        let is_sqlite = self.backend() == DbBackend::Sqlite;
        let statements = drafts.iter().flat_map(|draft| (1..=ROWS).map(|number| self.insert(draft, number)));
        // References may form a circle.
        let keys = |role: &str| (!is_sqlite).then(|| format!("SET session_replication_role = {role}"));
        let all: Vec<String> = keys("replica").into_iter().chain(statements).chain(keys("DEFAULT")).collect();
        self.execute(&all);
        if !is_sqlite {
            for draft in drafts {
                let id = format!("SELECT setval(pg_get_serial_sequence('\"{}\"', 'id'), {ROWS})::text", draft.name);
                self.texts(&id);
            }
        }
    }

    fn insert(&self, draft: &Draft, number: usize) -> String {
        let columns: Vec<String> = draft.fields.iter().map(|field| format!("\"{}\"", field.name)).collect();
        let values: Vec<String> = draft.fields.iter().map(|field| self.value(field, number)).collect();
        format!("INSERT INTO \"{}\" ({}) VALUES ({})", draft.name, columns.join(", "), values.join(", "))
    }

    fn value(&self, field: &Field, number: usize) -> String {
        let is_sqlite = self.backend() == DbBackend::Sqlite;
        // Some rows have no value, but a column that may become unique and required has one in each.
        if field.nullable && !field.unique && number == 2 {
            return "NULL".to_owned();
        }
        match &field.ty {
            Ty::Id | Ty::I16 | Ty::I32 | Ty::I64 => number.to_string(),
            Ty::F64 => format!("{number}.5"),
            Ty::Decimal if is_sqlite => format!("'{number}.50'"),
            Ty::Decimal => format!("{number}.50"),
            Ty::Text => format!("'it''s {number}'"),
            Ty::Bool => (if number.is_multiple_of(2) { "TRUE" } else { "FALSE" }).to_owned(),
            Ty::Uuid if is_sqlite => format!("x'000000000000000000000000000000{number:02}'"),
            Ty::Uuid => format!("'00000000-0000-0000-0000-0000000000{number:02}'"),
            Ty::Date => format!("'2026-01-{number:02}'"),
            Ty::Timestamp | Ty::CreatedAt if is_sqlite => format!("'2026-01-{number:02}T00:00:00+00:00'"),
            Ty::Timestamp | Ty::CreatedAt => format!("'2026-01-{number:02}T00:00:00Z'"),
            Ty::Json => format!("'[{number}]'"),
            Ty::Bytes if is_sqlite => format!("x'{number:02}'"),
            Ty::Bytes => format!("'\\x{number:02}'"),
            Ty::Enum(values) => format!("'{}'", values[number % values.len()].replace('\'', "''")),
        }
    }
}

/// The step as it is written in a migration.
fn written(step: &Step) -> resourceful::migration::Step {
    let text = |text: &String| &*String::leak(text.clone());
    match &step.action {
        Action::Sql(sql) => resourceful::migration::Step::sql(text(sql)),
        Action::Rebuild { create, fill } => {
            let fill: Vec<_> = fill.iter().map(|(column, value)| (text(column), text(value))).collect();
            resourceful::migration::Step::rebuild(text(create), fill.leak())
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        let _ = self.runtime.block_on(self.db.close_by_ref());
        match &self.place {
            Place::File(file) => {
                let _ = std::fs::remove_file(file);
            }
            Place::Server { url, name } => self.runtime.block_on(async {
                if let Ok(server) = Database::connect(url).await {
                    let _ = server.execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)")).await;
                }
            }),
        }
    }
}
