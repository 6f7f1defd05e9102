//! `doctor`: what works and what does not, each in a line.

use super::{run, text};

/// A folder that is removed with this value.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("resourceful_doctor_{}", resourceful::uuid::Uuid::now_v7()));
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Runs `doctor` in development with these settings: whether it succeeded, and its lines.
fn doctor(more: &[&str], settings: &[(&str, &str)]) -> (bool, String) {
    let folder = Folder::new();
    let path = folder.0.to_string_lossy().into_owned();
    let own = [("ENVIRONMENT", "development"), ("DATA_FOLDER", &*path), ("LOG_LEVEL", "error")];
    let output = run(&[&["doctor"], more].concat(), &[&own, settings].concat());
    (output.status.success(), text(&output.stdout) + &text(&output.stderr))
}

fn from_environment(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set; `cargo xtask test` sets it"))
}

#[test]
fn what_works_and_what_does_not_is_told() {
    let postgres = from_environment("TEST_POSTGRES_URL");
    let redis = from_environment("TEST_REDIS_URL");
    let cases: &[(&[&str], &[(&str, &str)], bool, &[&str])] = &[
        // Nothing is there yet, and nothing is wrong
        (
            &[],
            &[],
            true,
            &[
                "note     database     there is no file",
                "ok       storage",
                "note     tokens",
                "note     redis",
                "no problem, 0 warnings",
            ],
        ),
        (
            &[],
            &[("DATABASE_URL", &postgres), ("DATABASE_READ_URL", &postgres), ("REDIS_URL", &redis)],
            false,
            &[
                "ok       database     PostgreSQL 1",
                "warning  replica      ",
                "is not used: it is not a replica: it was promoted, or DATABASE_READ_URL names a primary",
                "ok       redis        Redis ",
                "PROBLEM  tables",
                "there is no table `things`",
            ],
        ),
        (
            &[],
            &[("DATABASE_URL", "sqlite://nowhere/to/be/found.db")],
            false,
            &["PROBLEM  database     there is no file", "does not end with ?mode=rwc", "ok       storage"],
        ),
        (
            &[],
            &[("DATABASE_URL", &postgres), ("DATABASE_POOLER", "transaction")],
            false,
            &["note     pooler       DATABASE_POOLER is transaction, and no pooler"],
        ),
        // What keeps the application from starting stands beside the rest
        (
            &["--production"],
            &[("STORAGE_LOCAL_PATH", "/dev/null")],
            false,
            &["PROBLEM  start        ", "/dev/null", "to do    production   backups"],
        ),
        // One part that does not answer does not keep the others from being tried
        (
            &[],
            &[("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none"), ("REDIS_URL", "redis://127.0.0.1:1")],
            false,
            &[
                "PROBLEM  database     does not answer",
                "PROBLEM  redis        does not answer",
                "ok       storage",
                "2 problems",
            ],
        ),
        (
            &[],
            &[("AUTH0_DOMAIN", "tenant.invalid"), ("AUTH0_AUDIENCE", "https://api.example")],
            false,
            &["PROBLEM  tokens       the keys of https://tenant.invalid/ cannot be fetched", "1 problem, 0 warnings"],
        ),
        (
            &[],
            &[("EMAIL_PROVIDER", "smtp"), ("SMTP_HOST", "127.0.0.1"), ("SMTP_PORT", "1"), ("EMAIL_TIMEOUT", "5")],
            false,
            &["PROBLEM  mail         the provider smtp cannot be used", "1 problem, 0 warnings"],
        ),
        (
            &[],
            &[("EMAIL_PROVIDER", "file"), ("EMAIL_FOLDER", "/dev/null/mail")],
            false,
            &["PROBLEM  mail         the provider file cannot be used", "1 problem, 0 warnings"],
        ),
        (
            &["--production"],
            &[("DATABASE_URL", "postgres://nobody@db.invalid/x"), ("CORS_ORIGINS", "http://page.example")],
            false,
            &[
                "warning  production   it is not so that ENVIRONMENT is production",
                "warning  production   it is not so that the connection to the database stays on this machine",
                "warning  production   it is not so that no origin in CORS_ORIGINS is without HTTPS",
                "to do    production   backups",
            ],
        ),
    ];
    for (more, settings, succeeds, lines) in cases {
        let (succeeded, printed) = doctor(more, settings);
        assert_eq!(succeeded, *succeeds, "{settings:?}: {printed}");
        for line in *lines {
            assert!(printed.contains(line), "{settings:?} lacks `{line}`: {printed}");
        }
    }
}

#[test]
fn no_secret_is_printed() {
    let settings = [
        ("DATABASE_URL", "postgres://ann:CANARY@127.0.0.1:1/none"),
        ("DATABASE_READ_URL", "postgres://ann:CANARY@127.0.0.1:1/none"),
        ("REDIS_URL", "redis://:CANARY@127.0.0.1:1"),
        ("SECRET_KEY", "CANARY CANARY CANARY CANARY CANARY"),
    ];
    let (_, printed) = doctor(&["--production"], &settings);
    assert!(printed.contains("PROBLEM") && !printed.contains("CANARY"), "{printed}");
}
