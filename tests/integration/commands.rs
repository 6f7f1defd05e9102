//! The commands of a production program, run without the settings of production, and what the server writes to its log.

mod doctor;
mod files_sweep;
mod metrics_port;
mod redis_in_the_log;
mod request_log;
mod slow_statements;
mod telemetry;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};

use resourceful::serde_json::Value;

fn run(arguments: &[&str], settings: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_commands-program"));
    // A folder without an `.env` file.
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

/// Wrong settings that do not affect commands which only describe the program.
const WRONG: &[(&str, &str)] = &[
    ("PORT", "x"),
    ("SECRET_KEY", "short"),
    ("AUTH0_LEEWAY", "x"),
    ("CORS_ORIGINS", "*"),
    ("REDIS_URL", "x"),
    ("SLOW_STATEMENT", "x"),
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
        let measured = [settings, &[("METRICS_PERMISSION", "metrics:read")]].concat();
        assert!(printed(&["permissions", "list"], &measured).contains("/metrics\n  metrics:read"));
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
fn a_command_reports_only_the_missing_settings_that_it_needs() {
    let all = ["AUTH0_DOMAIN", "AUTH0_AUDIENCE", "SECRET_KEY", "DATABASE_URL"];
    let token = &["token", "--sub", "x"][..];
    for (arguments, settings, says) in [
        (&[][..], &[][..], &all[..]),
        (&["serve"], &[], &all),
        (&["seed"], &[], &["DATABASE_URL"]),
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

/// One wrong value for each part of the settings; `DATABASE_URL` is missing.
const ALL_WRONG: &[(&str, &str)] = &[
    ("PORT", "x"),
    ("WORKERS", "0"),
    ("API_PREFIX", "x"),
    ("CORS_ORIGINS", "*"),
    ("SECRET_KEY", "short"),
    ("BODY_LIMIT", "x"),
    ("LOCK_TIMEOUT", "x"),
    ("DATABASE_URL", ""),
    ("REDIS_URL", "x"),
    ("CACHE_MEMORY_LIMIT", "x"),
    ("AUTH0_DOMAIN", "https://x"),
    ("AUTH0_AUDIENCE", ""),
    ("AUTH0_LEEWAY", "x"),
    ("AUTH0_DPOP", "x"),
    ("AUTH0_MANAGEMENT_URL", "x"),
    ("AUTH0_USE_RBAC", "x"),
    ("LOG_LEVEL", "x"),
    ("LOG_FORMAT", "x"),
    ("METRICS_PERMISSION", "a b"),
    ("OTEL_TRACES_SAMPLER", "x"),
    ("SENTRY_USER", "x"),
];

#[test]
fn a_command_fails_only_for_wrong_settings_that_it_uses() {
    let all: Vec<&str> = ALL_WRONG.iter().map(|(name, _)| *name).collect();
    let folder = std::env::temp_dir().join(format!("resourceful_needs_{}", resourceful::uuid::Uuid::now_v7()));
    let path = folder.to_string_lossy().into_owned();
    let database = format!("sqlite://{path}/app.db?mode=rwc");
    // The output of each command when the settings that it uses are right, or its error.
    type Row<'a> = (&'a [&'a str], &'a [&'a str], Result<&'a str, &'a str>);
    let table: &[Row<'_>] = &[
        (&["serve"], &all, Err("the address")),
        (&["doctor"], &all, Err("tries what they name")),
        (
            &["seed"],
            &[
                "BODY_LIMIT",
                "LOCK_TIMEOUT",
                "DATABASE_URL",
                "REDIS_URL",
                "CACHE_MEMORY_LIMIT",
                // The name under which the processes share values
                "AUTH0_AUDIENCE",
                "AUTH0_USE_RBAC",
                "LOG_LEVEL",
                "LOG_FORMAT",
                // Their permission is one of those that are in the tables of RBAC
                "METRICS_PERMISSION",
                "OTEL_TRACES_SAMPLER",
                "SENTRY_USER",
            ],
            Err("the application has no seed function"),
        ),
        (&["migrate", "new", "first", "--folder", &path], &["AUTH0_USE_RBAC"], Ok("wrote")),
        (&["migrate", "up"], &["LOCK_TIMEOUT", "DATABASE_URL"], Err("the application has no migrations")),
        (&["migrate", "down"], &["LOCK_TIMEOUT", "DATABASE_URL"], Err("the application has no migrations")),
        (&["migrate", "status"], &["LOCK_TIMEOUT", "DATABASE_URL"], Err("the application has no migrations")),
        (&["token", "--sub", "x"], &["AUTH0_USE_RBAC", "METRICS_PERMISSION"], Err("does not work in production")),
        (&["routes"], &["API_PREFIX", "AUTH0_USE_RBAC"], Ok("/api/v1/things/{id}")),
        (&["openapi"], &["API_PREFIX", "AUTH0_USE_RBAC"], Ok("/api/v1/things/{id}")),
        (&["permissions", "list"], &["AUTH0_USE_RBAC", "METRICS_PERMISSION"], Ok("things:read")),
        (&["permissions", "export"], &["AUTH0_USE_RBAC", "METRICS_PERMISSION"], Ok("things:read")),
        (
            &["permissions", "diff"],
            &["AUTH0_DOMAIN", "AUTH0_AUDIENCE", "AUTH0_MANAGEMENT_URL", "AUTH0_USE_RBAC", "METRICS_PERMISSION"],
            Err("the Management API of Auth0 is not configured"),
        ),
        (
            &["permissions", "sync"],
            &["AUTH0_DOMAIN", "AUTH0_AUDIENCE", "AUTH0_MANAGEMENT_URL", "AUTH0_USE_RBAC", "METRICS_PERMISSION"],
            Err("the Management API of Auth0 is not configured"),
        ),
        (&["indexes", "--database", "sqlite"], &["AUTH0_USE_RBAC"], Ok("CREATE INDEX")),
        (&["indexes"], &["DATABASE_URL", "AUTH0_USE_RBAC"], Ok("CREATE INDEX")),
        (&["help"], &[], Ok("migrate new NAME")),
    ];
    for (command, uses, then) in table {
        if !uses.is_empty() {
            let said = refused(command, ALL_WRONG);
            for name in &all {
                // The message describes AUTH0_MANAGEMENT_URL instead of naming it
                let word = if *name == "AUTH0_MANAGEMENT_URL" { "the URL of the Management API" } else { name };
                assert_eq!(said.contains(word), uses.contains(name), "{command:?} and {name}: {said}");
            }
        }
        if [["serve"], ["doctor"]].iter().any(|whole| command == whole) {
            continue;
        }
        let right = |name: &str| match name {
            "DATABASE_URL" => Some(database.as_str()),
            "AUTH0_DOMAIN" => Some("tenant.example"),
            "AUTH0_AUDIENCE" => Some("https://api.example"),
            "METRICS_PERMISSION" => Some("metrics:read"),
            _ => None,
        };
        let settings: Vec<(&str, &str)> = ALL_WRONG
            .iter()
            .filter_map(
                |(name, wrong)| if uses.contains(name) { Some((*name, right(name)?)) } else { Some((*name, *wrong)) },
            )
            .collect();
        let (said, expected) = match then {
            Ok(expected) => (printed(command, &settings), expected),
            Err(expected) => (refused(command, &settings), expected),
        };
        assert!(said.contains(expected), "{command:?}: {said}");
    }
    let _ = std::fs::remove_dir_all(&folder);
}

#[test]
fn each_command_has_a_help_text() {
    let commands = ["serve", "migrate", "seed", "token", "routes", "permissions", "indexes", "openapi"];
    for command in commands {
        for help in ["--help", "-h"] {
            let said = printed(&[command, help], WRONG);
            for other in commands {
                let lines = said.lines().any(|line| line.starts_with(&format!("  {other} ")));
                assert_eq!(lines, other == command, "{command} {help} and {other}: {said}");
            }
        }
    }
    assert!(printed(&["migrate", "new", "--help"], &[]).contains("--from-resources"));
    assert!(printed(&["permissions", "sync", "--help"], &[]).contains("--apply"));
    let all = printed(&["--help"], &[]);
    assert!(commands.iter().all(|command| all.contains(&format!("\n  {command} "))), "{all}");
    assert!(refused(&["rotes", "--help"], &[]).contains("did you mean `routes`?"));
}

/// A running server, which is stopped when it is dropped.
struct Serving {
    child: Child,
    address: String,
    folder: std::path::PathBuf,
}

impl Serving {
    fn start(log_level: &str) -> Self {
        Self::start_with(&[("LOG_LEVEL", log_level)])
    }

    /// A token of the development issuer.
    fn token(&self, user: &str) -> String {
        let folder = self.folder.to_string_lossy().into_owned();
        let settings = [("ENVIRONMENT", "development"), ("DATA_FOLDER", folder.as_str())];
        printed(&["token", "--sub", user], &settings).trim().to_owned()
    }

    fn start_with(more: &[(&str, &str)]) -> Self {
        let folder = std::env::temp_dir().join(format!("resourceful_log_{}", resourceful::uuid::Uuid::now_v7()));
        let mut command = Command::new(env!("CARGO_BIN_EXE_commands-program"));
        let settings = [("ENVIRONMENT", "development"), ("PORT", "0"), ("LOG_FORMAT", "json")];
        command.env_clear().current_dir(std::env::temp_dir()).envs(settings).envs(more.iter().copied());
        command.env("DATA_FOLDER", &folder);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let mut lines = BufReader::new(child.stdout.as_mut().expect("its output")).lines();
        let address = lines.find_map(|line| {
            let line = line.expect("a line");
            let (_, rest) = line.split_once("http://localhost:")?;
            rest.split('/').next().map(|port| format!("127.0.0.1:{port}"))
        });
        Self { address: address.expect("where it listens"), child, folder }
    }

    /// Sends bytes and reads until the server closes.
    fn send(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("the server listens");
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        text(&answer)
    }

    /// Ends it as an operator does, and returns its log.
    fn end(mut self) -> String {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(asked.is_ok_and(|status| status.success()));
        let mut log = String::new();
        let mut errors = self.child.stderr.take().expect("its log");
        errors.read_to_string(&mut log).expect("its log");
        let ended = self.child.wait().expect("it ends");
        assert!(ended.success(), "{ended}: {log}");
        let _ = std::fs::remove_dir_all(&self.folder);
        log
    }

    /// Stops it, and returns its log.
    fn stop(mut self) -> String {
        let _ = self.child.kill();
        let mut log = String::new();
        let mut errors = self.child.stderr.take().expect("its log");
        errors.read_to_string(&mut log).expect("its log");
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
        log
    }
}

#[test]
fn malformed_requests_do_not_fill_the_log() {
    let long = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(70 * 1024));
    let many = format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "X-A: b\r\n".repeat(200));
    let heads = [
        "nonsense\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n",
        &long,
        &many,
    ];
    for (level, is_there) in [("info", false), ("info,resourceful=debug", false), ("debug", true)] {
        let server = Serving::start(level);
        for head in heads {
            let answer = server.send(head.as_bytes());
            let status = answer.get(..12).unwrap_or_default();
            assert!(status.starts_with("HTTP/1.1 4"), "{status} to {}", &head[..head.len().min(60)]);
        }
        let log = server.stop();
        assert_eq!(log.contains("stream error"), is_there, "LOG_LEVEL={level}: {log}");
        assert!(is_there || !log.contains("ERROR"), "LOG_LEVEL={level}: {log}");
    }
}

#[test]
fn config_prints_the_settings_that_apply_and_no_secret() {
    let key = "a-secret-of-32-characters-or-more";
    let right = [
        ("ENVIRONMENT", "development"),
        ("PORT", "8099"),
        ("SECRET_KEY", key),
        ("DATABASE_URL", "sqlite://hidden.db"),
        ("AUTH0_DOMIAN", "a.example"),
    ];
    for arguments in [&["config"][..], &["config", "--explain"]] {
        let printed = printed(arguments, &right);
        let line = |name: &str| {
            let line = printed.lines().find(|line| line.starts_with(&format!("{name} ")));
            line.unwrap_or_else(|| panic!("{name}: {printed}")).split_whitespace().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(line("PORT"), "PORT 8099 environment");
        assert_eq!(line("HOST"), "HOST 127.0.0.1 default");
        assert_eq!(line("SECRET_KEY"), "SECRET_KEY (set, not shown) environment");
        assert_eq!(line("REDIS_URL"), "REDIS_URL not set");
        assert!(!printed.contains(key) && !printed.contains("hidden.db"), "{printed}");
        assert!(printed.contains("warning: the variable AUTH0_DOMIAN is not a setting"), "{printed}");
        assert!(printed.contains("did you mean AUTH0_DOMAIN?"), "{printed}");
    }
    // Where the start would fail, the settings are printed all the same, and the error says why.
    let output = run(&["config"], &[("PORT", "x")]);
    assert!(!output.status.success());
    assert!(text(&output.stdout).contains("AUTH0_DOMAIN"), "{}", text(&output.stdout));
    let error = text(&output.stderr);
    assert!(error.contains("PORT is `x`") && error.contains("SECRET_KEY is missing"), "{error}");
}
