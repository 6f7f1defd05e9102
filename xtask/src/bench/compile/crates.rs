//! The crates whose compilation is measured: servers with many resources of 12 fields.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use crate::Result;
use crate::workspace::root;

/// How the resources are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Ours,
    ByHand,
}

impl Kind {
    pub(super) const BOTH: [Self; 2] = [Self::ByHand, Self::Ours];

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::ByHand => "by hand",
            Self::Ours => "ours",
        }
    }

    fn template(self) -> &'static str {
        match self {
            Self::ByHand => include_str!("templates/by_hand.rs.txt"),
            Self::Ours => include_str!("templates/ours.rs.txt"),
        }
    }

    fn dependencies(self) -> String {
        // The versions are those of the lock file, which is copied.
        match self {
            Self::Ours => format!("resourceful = {{ path = {:?} }}\n", root().join("crates/resourceful")),
            Self::ByHand => r#"actix-web = { version = "4", default-features = false, features = ["macros", "compress-gzip"] }
chrono = { version = "0.4", default-features = false, features = ["std", "clock", "serde"] }
sea-orm = { version = "2.0.4", default-features = false, features = ["macros", "runtime-tokio", "with-uuid", "with-chrono", "sqlx-sqlite"] }
serde = { version = "1", features = ["derive"] }
uuid = { version = "1", default-features = false, features = ["std", "v7", "serde"] }
"#
            .to_owned(),
        }
    }

    fn main(self, count: usize) -> String {
        let mut text = String::new();
        for number in 0..count {
            let _ = writeln!(text, "mod thing{number};");
        }
        let each = |line: &dyn Fn(usize) -> String| (0..count).map(line).collect::<String>();
        match self {
            Self::Ours => {
                let resources = each(&|number| format!("\n        .resource::<thing{number}::Thing{number}>()"));
                text + &format!(
                    "\n#[resourceful::main]\nasync fn main() -> resourceful::Result<()> {{\n    \
                     resourceful::App::from_env()?{resources}\n        .run()\n        .await\n}}\n"
                )
            }
            Self::ByHand => {
                let routes = each(&|number| format!(".configure(thing{number}::routes)"));
                text + &format!(
                    "\n#[actix_web::main]\nasync fn main() -> std::io::Result<()> {{\n    \
                     let db = sea_orm::Database::connect(\"sqlite::memory:\").await.map_err(std::io::Error::other)?;\n    \
                     let db = actix_web::web::Data::new(db);\n    \
                     actix_web::HttpServer::new(move || actix_web::App::new().app_data(db.clone()){routes})\n        \
                     .bind((\"127.0.0.1\", 8000))?\n        .run()\n        .await\n}}\n"
                )
            }
        }
    }
}

/// A crate with this many resources.
pub(super) struct Crate {
    pub(super) kind: Kind,
    pub(super) count: usize,
    pub(super) name: String,
    pub(super) main: PathBuf,
}

/// Writes a workspace with crates of each kind and each count.
pub(super) fn write(folder: &Path, counts: &[usize]) -> Result<Vec<Crate>> {
    let mut crates = Vec::new();
    for kind in Kind::BOTH {
        for count in counts {
            let name = format!("{}-{count}", kind.title().replace(' ', "-"));
            let package = folder.join(&name);
            fs::create_dir_all(package.join("src"))?;
            let manifest = format!(
                "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n{}",
                kind.dependencies()
            );
            fs::write(package.join("Cargo.toml"), manifest)?;
            for number in 0..*count {
                let text = kind.template().replace("NUMBER", &number.to_string());
                fs::write(package.join(format!("src/thing{number}.rs")), text)?;
            }
            let main = package.join("src/main.rs");
            fs::write(&main, kind.main(*count))?;
            crates.push(Crate { kind, count: *count, name, main });
        }
    }
    let members: Vec<String> = crates.iter().map(|krate| format!("{:?}", krate.name)).collect();
    fs::write(
        folder.join("Cargo.toml"),
        format!("[workspace]\nresolver = \"3\"\nmembers = [{}]\n", members.join(", ")),
    )?;
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock"))?;
    Ok(crates)
}
