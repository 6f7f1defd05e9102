//! `files sweep`: what it prints, what it removes, and which arguments it takes.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime};

use futures_util::stream;
use resourceful::context::{DatabaseSettings, Options};
use resourceful::prelude::*;
use resourceful::storage::{Key, LocalFiles, Storage, UploadOptions};

/// The resource of the program that is run.
#[derive(Clone, Debug, Resource)]
#[resource(public(get))]
pub struct Paper {
    pub id: i64,
    #[resource(file(max = "4GiB", types("*/*")))]
    pub scan: Option<FileRef>,
}

struct Program {
    folder: tempfile::TempDir,
    storage: Storage,
    runtime: tokio::runtime::Runtime,
}

impl Program {
    /// A database with one row that has a file.
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let storage = Storage::new(LocalFiles::open(folder.path().join("files")).expect("a folder"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let program = Self { folder, storage, runtime };
        program.runtime.block_on(async {
            let database = DatabaseSettings::new(program.database());
            let ctx = Context::builder(Options::default()).extension(program.storage.clone());
            let ctx = ctx.connect(&database).await.expect("a context");
            resourceful::schema::create_missing(ctx.db(), &[Paper::spec()]).await.expect("a table");
            let papers = paper::Service::as_system(&ctx);
            let row = papers.create(paper::Create::new()).await.expect("a row");
            papers.put_file(row.id, paper::Column::Scan, NewFile::new("a.txt", "kept")).await.expect("a file");
        });
        program
    }

    fn database(&self) -> String {
        format!("sqlite://{}?mode=rwc", self.folder.path().join("app.db").display())
    }

    /// Stores a file of no row, which seems to be this old.
    fn orphan(&self, hours: u64) -> String {
        let key = Key::generate("papers/scan", Some("txt")).expect("a key");
        let body = stream::iter([Ok::<_, Error>("left".into())]);
        self.runtime.block_on(self.storage.upload(&key, body, UploadOptions::new("text/plain"))).expect("stored");
        let path = self.path(key.as_str());
        let file = std::fs::File::options().write(true).open(path).expect("a file");
        file.set_modified(SystemTime::now() - Duration::from_secs(hours * 3600)).expect("its time");
        key.to_string()
    }

    fn path(&self, key: &str) -> PathBuf {
        self.folder.path().join("files").join(Path::new(&format!("{key}~")))
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_files-server"));
        command.args(arguments).env_clear().current_dir(self.folder.path()).env("ENVIRONMENT", "test");
        command.env("DATABASE_URL", self.database()).env("STORAGE_LOCAL_PATH", self.folder.path().join("files"));
        // It ends when its standard input is closed.
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program runs");
        let _stdin = child.stdin.take();
        child.wait_with_output().expect("it has ended")
    }

    #[track_caller]
    fn printed(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let (out, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {error}");
        out.into_owned()
    }

    #[track_caller]
    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8_lossy(&output.stderr).into_owned()
    }
}

#[test]
fn files_of_no_row_are_printed_and_removed() {
    let program = Program::new();
    let (old, young) = (program.orphan(30), program.orphan(2));
    let dry = program.printed(&["files", "sweep", "--dry-run"]);
    assert!(dry.contains(&old) && !dry.contains(&young) && dry.contains("1 of 1 files"), "{dry}");
    assert!(dry.contains("would be removed") && program.path(&old).exists());
    let swept = program.printed(&["files", "sweep"]);
    assert!(swept.contains(&old) && swept.contains("1 of 1 files") && !program.path(&old).exists(), "{swept}");
    let young_too = program.printed(&["files", "sweep", "--older-than", "1"]);
    assert!(young_too.contains(&young) && !program.path(&young).exists(), "{young_too}");
    let nothing = program.printed(&["files", "sweep", "--older-than=1"]);
    assert!(nothing.starts_with("0 of 0 files"), "{nothing}");
    let kept = std::fs::read_dir(program.folder.path().join("files/papers/scan")).expect("a folder").count();
    assert_eq!(kept, 1, "that of the row");
}

#[test]
fn a_storage_of_another_database_is_not_emptied_by_mistake() {
    let program = Program::new();
    let all: Vec<String> = (0..25).map(|_| program.orphan(30)).collect();
    let refused = program.refused(&["files", "sweep"]);
    assert!(refused.contains("25 of 25 files") && refused.contains("--force"), "{refused}");
    assert!(all.iter().all(|key| program.path(key).exists()));
    assert!(program.printed(&["files", "sweep", "--dry-run"]).contains("25 of 25 files"));
    let forced = program.printed(&["files", "sweep", "--force"]);
    assert!(all.iter().all(|key| forced.contains(key.as_str()) && !program.path(key).exists()), "{forced}");
}

#[test]
fn arguments_are_checked() {
    let program = Program::new();
    for (arguments, says) in [
        (&["files"][..], "sweep"),
        (&["files", "swep"], "sweep"),
        (&["files", "sweep", "--older-than", "0"], "from 1 to 8760"),
        (&["files", "sweep", "--older-than", "8761"], "from 1 to 8760"),
        (&["files", "sweep", "--older-than", "day"], "--older-than is `day`"),
        (&["files", "sweep", "--older-than"], "older-than"),
        (&["files", "sweep", "--dry"], "--dry"),
        (&["files", "sweep", "more"], "more"),
    ] {
        let said = program.refused(arguments);
        assert!(said.contains(says), "{arguments:?}: {said}");
    }
}
