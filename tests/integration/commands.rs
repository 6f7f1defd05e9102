//! The commands of a program that is built for production, on a machine that has none of production's settings.

use std::process::{Command, Output};

use resourceful::serde_json::Value;

fn run(arguments: &[&str], settings: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_commands-program"));
    // A folder without an `.env` of somebody's.
    command.args(arguments).env_clear().current_dir(std::env::temp_dir()).env("ENVIRONMENT", "production");
    command.envs(settings.iter().copied()).output().expect("the program runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[track_caller]
fn printed(arguments: &[&str], settings: &[(&str, &str)]) -> String {
    let output = run(arguments, settings);
    assert!(output.status.success(), "{arguments:?} with {settings:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

#[track_caller]
fn refused(arguments: &[&str], settings: &[(&str, &str)]) -> String {
    let output = run(arguments, settings);
    assert!(!output.status.success(), "{arguments:?}: {}", text(&output.stdout));
    text(&output.stderr)
}

/// What is set wrongly, and is no matter of the commands that only tell what the program is.
const WRONG: &[(&str, &str)] = &[
    ("PORT", "x"),
    ("SECRET_KEY", "short"),
    ("AUTH0_LEEWAY", "x"),
    ("CORS_ORIGINS", "*"),
    ("REDIS_URL", "x"),
    ("LOG_LEVEL", "loud"),
    ("AUTH0_MANAGEMENT_CLIENT_ID", "x"),
];

#[test]
fn commands_need_only_the_settings_that_they_use() {
    for settings in [&[][..], WRONG] {
        for help in [&["help"][..], &["--help"], &["-h"]] {
            assert!(printed(help, settings).contains("migrate new NAME"));
        }
        assert!(printed(&["routes"], settings).contains("/api/v1/things/{id}"));
        assert!(printed(&["permissions", "list"], settings).contains("things:read"));
        assert!(printed(&["permissions", "export", "--format", "csv"], settings).contains("things:read"));
        let document: Value = resourceful::serde_json::from_str(&printed(&["openapi"], settings)).expect("a document");
        assert!(document["paths"]["/api/v1/things"].is_object());
        let exported: Value =
            resourceful::serde_json::from_str(&printed(&["permissions", "export"], settings)).expect("a manifest");
        assert_eq!((exported["identifier"].clone(), exported["permissions"].is_array()), (Value::Null, true));
        for database in [&["indexes", "--database", "sqlite"][..], &["indexes", "--database=postgres"]] {
            assert!(printed(database, settings).contains("CREATE INDEX"));
        }
        let folder = std::env::temp_dir().join(format!("resourceful_new_{}", resourceful::uuid::Uuid::now_v7()));
        let path = folder.to_string_lossy().into_owned();
        printed(&["migrate", "new", "first", "--from-resources", "--folder", &path], settings);
        std::fs::remove_dir_all(&folder).expect("the folder of the migration");
    }
    assert!(printed(&["routes"], &[("API_PREFIX", "/v9")]).contains("/v9/things"));
    let known = [("AUTH0_AUDIENCE", "https://api.example")];
    assert!(printed(&["permissions", "export"], &known).contains("https://api.example"));
    assert!(printed(&["permissions", "export", "--format", "terraform"], &known).contains("https://api.example"));
}

#[test]
fn what_a_command_needs_and_lacks_is_said_and_nothing_else() {
    let all = ["AUTH0_DOMAIN", "AUTH0_AUDIENCE", "SECRET_KEY", "DATABASE_URL"];
    let token = &["token", "--sub", "x"][..];
    for (arguments, settings, says) in [
        (&[][..], &[][..], &all[..]),
        (&["serve"], &[], &all),
        (&["seed"], &[], &all),
        (&["migrate", "status"], &[], &["DATABASE_URL"]),
        (&["migrate", "up"], &[], &["DATABASE_URL"]),
        (&["indexes"], &[], &["DATABASE_URL"]),
        (&["permissions", "diff"], &[], &["AUTH0_DOMAIN", "AUTH0_AUDIENCE"]),
        (&["permissions", "export", "--format", "terraform"], &[], &["AUTH0_AUDIENCE"]),
        (&["permissions", "export", "--format", "auth0-deploy-cli"], &[], &["AUTH0_AUDIENCE"]),
        (&["routes"], &[("API_PREFIX", "x")], &["API_PREFIX"]),
        (&["routes"], &[("ENVIRONMENT", "x")], &["ENVIRONMENT"]),
        (token, &[], &["the development issuer does not work in production"]),
        (&["rotes"], &[], &["unknown command `rotes`; did you mean `routes`?"]),
    ] {
        let said = refused(arguments, settings);
        for word in says {
            assert!(said.contains(word), "{arguments:?} does not speak of {word}: {said}");
        }
        for word in all.iter().filter(|word| !says.contains(word)) {
            assert!(!said.contains(word), "{arguments:?} speaks of {word}: {said}");
        }
    }
}
