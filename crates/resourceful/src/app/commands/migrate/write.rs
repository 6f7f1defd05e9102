//! Writes the file of a migration.

use std::path::{Path, PathBuf};

use chrono::Utc;

use super::source;
use crate::app::application::App;
use crate::app::cli::{Arguments, print};
use crate::context::Backend;
use crate::error::StartupError;
use crate::schema::{Plan, plan_creation, wanted};

/// Where a migration is written, and its name.
pub(super) struct Place {
    pub(super) folder: PathBuf,
    module: String,
}

impl Place {
    /// Reads the name, which is the next word, and the option `--folder`.
    pub(super) fn read(arguments: &mut Arguments, example: &str) -> Result<Self, StartupError> {
        let name = arguments.word().ok_or_else(|| {
            StartupError::new(format!("the name of the migration is missing, for example: `{example}`"))
        })?;
        let name: String =
            name.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        let folder = arguments.option("folder")?.map(PathBuf::from).unwrap_or_else(|| {
            let own_package = Path::new("migration/src");
            if own_package.is_dir() { own_package.to_owned() } else { Path::new("src/migration").to_owned() }
        });
        Ok(Self { folder, module: format!("m{}_{name}", Utc::now().format("%Y%m%d_%H%M%S")) })
    }

    /// Writes the migration with these plans, and says what to do with it.
    pub(super) fn write(&self, plans: &[(Backend, Plan)], notes: &[String]) -> Result<(), StartupError> {
        let file = self.folder.join(format!("{}.rs", self.module));
        let text = source::source(&self.module, plans, notes);
        let written = std::fs::create_dir_all(&self.folder).and_then(|()| std::fs::write(&file, text));
        written.map_err(|error| StartupError::new(format!("{} cannot be written: {error}", file.display())))?;
        print(&format!("wrote {}", file.display()));
        self.register()
    }

    /// Writes the list of migrations if the folder has none yet; otherwise prints which lines to add to it.
    fn register(&self) -> Result<(), StartupError> {
        let Self { folder, module } = self;
        let list = if folder.ends_with("migration/src") { folder.join("lib.rs") } else { folder.join("mod.rs") };
        if list.exists() {
            print(&format!("add `mod {module};` and `Box::new({module}::Migration)` to {}", list.display()));
            return Ok(());
        }
        let text = format!(
            "//! The migrations of the database.\n\nuse resourceful::migration::{{MigrationTrait, MigratorTrait, async_trait}};\n\nmod {module};\n\n\
             /// All migrations, the oldest first.\npub struct Migrator;\n\n#[async_trait::async_trait]\nimpl MigratorTrait for Migrator {{\n    \
             fn migrations() -> Vec<Box<dyn MigrationTrait>> {{\n        vec![Box::new({module}::Migration)]\n    }}\n}}\n"
        );
        std::fs::write(&list, text)
            .map_err(|error| StartupError::new(format!("{} cannot be written: {error}", list.display())))?;
        print(&format!("wrote {}; register it with `App::migrations::<migration::Migrator>()`", list.display()));
        Ok(())
    }

    /// Whether a migration of the folder already says that this remains.
    pub(super) fn mentions(&self, loss: &str) -> bool {
        let Ok(entries) = std::fs::read_dir(&self.folder) else { return false };
        let files = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
        let mut files = files.filter(|path| path.extension().is_some_and(|ending| ending == "rs"));
        files.any(|path| std::fs::read_to_string(path).is_ok_and(|text| text.contains(loss)))
    }
}

/// `migrate new`: writes a migration that creates the tables of the resources, or an empty one.
pub(super) fn new(app: &App, mut arguments: Arguments) -> Result<(), StartupError> {
    let place = Place::read(&mut arguments, "migrate new create_tables --from-resources")?;
    let from_resources = arguments.flag("from-resources");
    arguments.finish()?;
    let specs = if from_resources { app.api.specs() } else { Vec::new() };
    let plans = [Backend::Sqlite, Backend::Postgres].map(|backend| {
        let plan = if from_resources { plan_creation(&wanted(backend, &specs)) } else { Plan::default() };
        (backend, plan)
    });
    place.write(&plans, &[])
}
