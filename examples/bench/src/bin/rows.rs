//! The databases of the benchmark: commands on the one that `DATABASE_URL` names. `create` and `drop` take the name of
//! another on the same server.

use std::io::Write;

use bench::entities::{owner, project, task};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, QueryOrder, QuerySelect, Set, Statement};

type Failure = Box<dyn std::error::Error>;

const PROJECTS: u32 = 100_000;
const OWNERS: u32 = 2_000;
const TASKS_OF_A_PROJECT: u32 = 2;

/// The rows of one INSERT: with 8 columns, SQLite's limit of 32766 values is far.
const BATCH: usize = 1_000;

#[actix_web::main]
async fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let db = Database::connect(std::env::var("DATABASE_URL")?).await?;
    match words[..] {
        ["create", name] => {
            run(&db, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await?;
            run(&db, &format!("CREATE DATABASE {name}")).await
        }
        ["drop", name] => run(&db, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await,
        ["fill"] => fill(&db).await,
        ["run", script] => {
            run(&db, &std::fs::read_to_string(script)?).await?;
            analyze(&db).await
        }
        ["ids"] => ids(&db).await,
        ["restore"] => restore(&db).await,
        ["server"] => server(&db).await,
        _ => Err("rows create NAME | drop NAME | fill | run FILE | ids | restore | server".into()),
    }
}

fn print(line: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

async fn run(db: &DatabaseConnection, sql: &str) -> Result<(), Failure> {
    db.execute_unprepared(sql).await?;
    Ok(())
}

/// The time of the first row. Rows that the benchmark creates are younger than the last.
fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_225_600, 0).unwrap_or_default()
}

/// The time of a row: one each minute, in microseconds.
fn time(number: u32) -> DateTime<Utc> {
    start() + TimeDelta::minutes(i64::from(number)) + TimeDelta::microseconds(i64::from(number) * 7919 % 1_000_000)
}

/// An id of version 7 that was made at that time.
fn id(time: DateTime<Utc>, number: u32) -> Uuid {
    let millis = time.timestamp_millis().cast_unsigned();
    let mut bytes = [0; 10];
    // Any spread of bits will do.
    bytes[..8].copy_from_slice(&u64::from(number).wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes());
    uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
}

fn owner_id(number: u32) -> Uuid {
    id(start(), number)
}

async fn fill(db: &DatabaseConnection) -> Result<(), Failure> {
    let owners = (0..OWNERS).map(|number| owner::ActiveModel {
        id: Set(owner_id(number)),
        name: Set(format!("Owner {number}")),
        email: Set(format!("owner{number}@example.com")),
        created_at: Set(start()),
    });
    let projects = (0..PROJECTS).map(|number| project::ActiveModel {
        id: Set(id(time(number), number)),
        name: Set(format!("Project {number} of the benchmark")),
        description: Set(Some("What this project is about, in a sentence of some length.".to_owned())),
        // 40 of the 50 projects of each owner
        is_active: Set(!(number / OWNERS).is_multiple_of(5)),
        owner_id: Set(owner_id(number.wrapping_mul(7919) % OWNERS)),
        due_date: Set(number.is_multiple_of(2).then(|| time(number + 10_000))),
        created_at: Set(time(number)),
        updated_at: Set(time(number)),
    });
    let tasks = (0..PROJECTS * TASKS_OF_A_PROJECT).map(|number| {
        let of = number / TASKS_OF_A_PROJECT;
        task::ActiveModel {
            id: Set(id(time(of), number + PROJECTS)),
            project_id: Set(id(time(of), of)),
            title: Set(format!("Task {number}")),
            priority: Set(1 + (number % 5).cast_signed()),
            created_at: Set(time(of)),
        }
    });
    insert::<owner::Entity, _>(db, owners).await?;
    insert::<project::Entity, _>(db, projects).await?;
    insert::<task::Entity, _>(db, tasks).await?;
    if db.get_database_backend() == DbBackend::Postgres {
        // Vacuumed between the measurements instead, so that none has a share of it by chance.
        for table in ["owners", "projects", "tasks"] {
            run(db, &format!("ALTER TABLE {table} SET (autovacuum_enabled = false)")).await?;
        }
    }
    analyze(db).await
}

async fn insert<E: EntityTrait, A: ActiveModelTrait<Entity = E> + Send>(
    db: &DatabaseConnection,
    rows: impl Iterator<Item = A>,
) -> Result<(), Failure> {
    let mut rows = rows.peekable();
    while rows.peek().is_some() {
        E::insert_many(rows.by_ref().take(BATCH)).exec_without_returning(db).await?;
    }
    Ok(())
}

async fn analyze(db: &DatabaseConnection) -> Result<(), Failure> {
    match db.get_database_backend() {
        DbBackend::Postgres => run(db, "VACUUM ANALYZE").await,
        _ => run(db, "ANALYZE").await,
    }
}

/// Prints the ids of the projects, then a `-`, then those of the owners.
async fn ids(db: &DatabaseConnection) -> Result<(), Failure> {
    let projects = project::Entity::find().select_only().column(project::Column::Id);
    let projects: Vec<Uuid> = projects.order_by_asc(project::Column::Id).into_tuple().all(db).await?;
    let owners: Vec<Uuid> = owner::Entity::find().select_only().column(owner::Column::Id).into_tuple().all(db).await?;
    let lines: Vec<String> = projects.iter().map(Uuid::to_string).collect();
    let owners: Vec<String> = owners.iter().map(Uuid::to_string).collect();
    print(&format!("{}\n-\n{}", lines.join("\n"), owners.join("\n")))
}

/// Removes the rows that the benchmark has created, and what its writes have left in the tables.
async fn restore(db: &DatabaseConnection) -> Result<(), Failure> {
    project::Entity::delete_many().filter(project::Column::CreatedAt.gte(time(PROJECTS))).exec(db).await?;
    analyze(db).await
}

/// Prints the version of PostgreSQL and the id of its first process, which is `-` if it runs on another machine.
async fn server(db: &DatabaseConnection) -> Result<(), Failure> {
    let sql = "SELECT pg_backend_pid(), current_setting('server_version')";
    let row = db.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await?.ok_or("no row")?;
    let (pid, version): (i32, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
    let version = version.split(' ').next().unwrap_or_default();
    // The parent of this session's process, if that is a process of PostgreSQL here.
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let parent = stat.contains("(postgres)").then(|| stat.rsplit_once(')')?.1.split_whitespace().nth(1)).flatten();
    print(&format!("{version} {}", parent.unwrap_or("-")))
}
