//! Creating tables from resources.

use resourceful::prelude::*;
use resourceful::schema;
use resourceful::sea_orm::{ConnectionTrait, DbBackend};
use resourceful::testing::{TestApp, TestDatabase};

use crate::resources::{Keyword, Member, Project, Stage, Task};
use crate::support::on_both;

#[test]
fn referred_tables_are_created_first_on_both_databases() {
    let statements = schema::statements(
        DbBackend::Sqlite,
        &[Task::spec(), Project::spec(), Member::spec(), Stage::spec(), Keyword::spec()],
    );
    let tables: Vec<&str> = statements
        .iter()
        .filter(|text| text.starts_with("CREATE TABLE"))
        .filter_map(|text| text.split('"').nth(1))
        .collect();
    assert_eq!(tables, ["members", "projects", "tasks", "stages", "order"]);
    let task = statements.iter().find(|text| text.starts_with("CREATE TABLE \"tasks\"")).expect("tasks");
    for part in [
        "\"priority\" integer NOT NULL DEFAULT 3",
        "\"status\" text NOT NULL CHECK (\"status\" IN ('open', 'in_progress', 'finished'))",
        "\"estimate\" text COLLATE resourceful_decimal",
        "CONSTRAINT \"fk_tasks_project_id\" FOREIGN KEY (\"project_id\") REFERENCES \"projects\" (\"id\") ON DELETE RESTRICT",
    ] {
        assert!(task.contains(part), "{part} in {task}");
    }
    let postgres = schema::statements(DbBackend::Postgres, &[Project::spec(), Member::spec()]).join("\n");
    for part in [
        "\"id\" uuid NOT NULL PRIMARY KEY",
        "text COLLATE \"C\"",
        "\"due_date\" timestamptz",
        "DEFAULT TRUE",
        "CONSTRAINT \"uq_projects_code\" UNIQUE (\"code\")",
        "CREATE INDEX \"ix_projects_owner_id\"",
    ] {
        assert!(postgres.contains(part), "{part} in {postgres}");
    }
}

#[test]
fn missing_tables_are_created_and_existing_ones_unchanged() {
    on_both(|app| {
        app.block_on(async {
            let specs = [Member::spec(), Project::spec()];
            assert!(schema::create_missing(app.ctx().db(), &specs).await.expect("a check").is_empty());
            assert!(schema::check_tables(app.ctx().db(), &specs).await.expect("a check").is_empty());
            app.ctx().db().execute_unprepared("ALTER TABLE members DROP COLUMN name").await.expect("a change");
            let complaints = schema::check_tables(app.ctx().db(), &specs).await.expect("a check");
            assert!(complaints[0].starts_with("the table `members` lacks the column `name` (text"), "{complaints:?}");
            assert_eq!(complaints.len(), 1);
        });
    });
}

#[test]
fn a_missing_resource_is_a_startup_error() {
    let started = std::panic::catch_unwind(|| TestApp::start_on(TestDatabase::Sqlite, |app| app.resource::<Project>()));
    let panic = started.err().expect("it does not start");
    let message = panic.downcast_ref::<String>().expect("a message");
    assert!(message.contains("Project refers to Member by `owner`: add `.resource::<Member>()`"), "{message}");
}
