//! The commands of an application whose resources have changed: what a person runs, on both databases.

use std::io::{BufRead, BufReader};
use std::process::{Command, Output, Stdio};

use resourceful::testing::TestDatabase;

use super::live::Live;

/// The migration that was written and committed.
const COMMITTED: &str = include_str!("migrations/m20261201_000002_change_books.rs");

struct Program {
    url: String,
    folder: tempfile::TempDir,
}

impl Program {
    fn new(live: &Live) -> Self {
        Self { url: live.url(), folder: tempfile::tempdir().expect("a folder") }
    }

    fn command(&self, migrations: usize, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_changes-program"));
        command.args(arguments).env_clear().current_dir(self.folder.path()).env("DATABASE_URL", &self.url);
        command.env("MIGRATIONS", migrations.to_string());
        command
    }

    fn output(&self, migrations: usize, arguments: &[&str]) -> Output {
        self.command(migrations, arguments).output().expect("the program runs")
    }

    #[track_caller]
    fn run(&self, migrations: usize, arguments: &[&str]) -> String {
        let output = self.output(migrations, arguments);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?} with {migrations}: {errors}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    #[track_caller]
    fn fail(&self, migrations: usize, arguments: &[&str]) -> String {
        let output = self.output(migrations, arguments);
        assert!(!output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    /// The migrations that were written into this folder.
    fn written(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.folder.path().join("src/migration")) else { return Vec::new() };
        let mut files: Vec<_> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
        files.sort();
        let is_migration = |path: &&std::path::PathBuf| !path.ends_with("mod.rs");
        files.iter().filter(is_migration).map(|path| std::fs::read_to_string(path).expect("a text")).collect()
    }
}

/// The code without the name, which has the time, and without what rustfmt changes.
fn without_name(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("\"m20")).collect();
    let code: String = lines.join("").split_whitespace().collect();
    code.replace(",)", ")").replace(",]", "]").replace(",}", "}")
}

fn on_both(test: impl Fn(&Live, &Program)) {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        println!("on {database:?}");
        let live = Live::new(database);
        let program = Program::new(&live);
        test(&live, &program);
    }
}

#[test]
fn a_changed_struct_is_checked_written_applied_and_reverted() {
    let postgres = Live::new(TestDatabase::Postgres);
    on_both(|live, program| {
        program.run(1, &["migrate", "up"]);
        live.execute(&[
            "INSERT INTO books (name, price, remark) VALUES ('Emma', '12.50', 'old'), ('Ada', '7', NULL)".to_owned()
        ]);
        let complaint = program.fail(1, &["migrate", "check"]);
        for part in [
            "the column `books.name` is called `title` now",
            "there is no table `authors`",
            "the table `books` lacks the column `year`",
            "the column `books.price` cannot be null, and its field can be null",
            "`migrate diff NAME` writes the migration",
        ] {
            assert!(complaint.contains(part), "{part} in {complaint}");
        }
        let wrong = program.fail(1, &["migrate", "diff", "x", "--fill", "books.yaer=1"]);
        assert!(wrong.contains("no new or changed column `books.yaer` needs a value"), "{wrong}");
        let (own, other) = if program.url.starts_with("sqlite") {
            ("--also", postgres.url())
        } else {
            ("--also", "sqlite".to_owned())
        };
        let said = program.run(1, &["migrate", "diff", "change books", own, &other]);
        assert!(said.contains("these remain, although no resource has them: books.remark"), "{said}");
        let written = program.written();
        assert_eq!(written.len(), 1);
        assert_eq!(without_name(&written[0]), without_name(COMMITTED), "it is not the one that is committed");

        // What the migration leaves is mentioned in it, so it is no reason for another.
        assert!(program.run(2, &["migrate", "check"]).contains("these remain"));
        let said = program.run(2, &["migrate", "diff", "again"]);
        assert!(said.contains("nothing to do") && program.written().len() == 1, "{said}");
        assert!(program.run(2, &["migrate", "status"]).contains("pending m20261201_000002_change_books"));
        program.run(2, &["migrate", "up"]);
        let now = live.texts(
            "SELECT title || ' ' || year || ' ' || price || ' ' || coalesce(remark, '-') FROM books ORDER BY id",
        );
        assert_eq!(now, [Some("Emma 2000 12.50 old".to_owned()), Some("Ada 2000 7 -".to_owned())]);
        program.run(2, &["migrate", "down"]);
        let back = live.texts("SELECT name || ' ' || price FROM books ORDER BY id");
        assert_eq!(back, [Some("Emma 12.50".to_owned()), Some("Ada 7".to_owned())]);

        let refused =
            program.command(2, &["migrate", "fresh"]).env("ENVIRONMENT", "production").output().expect("it runs");
        assert!(!refused.status.success());
        program.run(2, &["migrate", "fresh"]);
        assert!(live.texts("SELECT title FROM books").is_empty());
    });
}

/// A migration that fails leaves nothing of itself, and the next `up` continues where it was.
#[test]
fn a_migration_that_fails_changes_nothing() {
    on_both(|live, program| {
        let said = program.fail(3, &["migrate", "up"]);
        assert!(said.contains("a migration failed") && said.contains("step 2 of 2 (`CREATE TABLE \"half\""), "{said}");
        let status = program.run(3, &["migrate", "status"]);
        assert!(status.contains("applied m20261201_000002") && status.contains("pending m20261201_000003"), "{status}");
        assert!(live.schema().table("half").is_none());
        assert!(program.fail(3, &["migrate", "up"]).contains("step 2 of 2"));
    });
}

/// A migration of PostgreSQL gives way to a transaction that uses the table, and comes back.
#[test]
fn a_migration_waits_for_a_lock_again_and_again() {
    let live = Live::new(TestDatabase::Postgres);
    let program = Program::new(&live);
    program.run(1, &["migrate", "up"]);
    live.execute(&["BEGIN".to_owned(), "LOCK TABLE books".to_owned()]);
    let mut command = program.command(2, &["migrate", "up"]);
    let mut process = command.env("LOCK_TIMEOUT", "0.1").stderr(Stdio::piped()).spawn().expect("it runs");
    let mut lines = BufReader::new(process.stderr.take().expect("its messages")).lines();
    let said = lines.next().expect("a message").expect("a line");
    assert!(said.contains("m20261201_000002_change_books: another transaction kept what it needs"), "{said}");
    live.execute(&["ROLLBACK".to_owned()]);
    assert!(process.wait().expect("it ends").success());
    assert!(live.texts("SELECT title FROM books").is_empty());
}

#[test]
fn ten_processes_migrate_once() {
    on_both(|live, program| {
        let start = |_| program.command(2, &["migrate", "up"]).spawn().expect("it runs");
        let processes: Vec<_> = (0..10).map(start).collect();
        for mut process in processes {
            assert!(process.wait().expect("it ends").success());
        }
        let applied = live.texts("SELECT version FROM seaql_migrations ORDER BY version");
        assert_eq!(applied.len(), 2, "{applied:?}");
    });
}
