//! The program's commands, run as a user runs them.

mod support;

use resourceful::sea_orm::{ConnectionTrait, Database, DbBackend, Statement};
use support::Place;

#[test]
fn routes_and_permissions() {
    let place = Place::new();
    let routes = place.run(&["routes"]);
    for line in [
        "GET    /api/v1/projects ",
        "POST   /api/v1/projects/bulk ",
        "DELETE /api/v1/projects/self/{id} ",
        "POST   /api/v1/projects/{id}/activate ",
    ] {
        assert!(routes.contains(line), "{line} in {routes}");
    }
    assert!(routes.lines().any(|line| line.contains("/api/v1/features ") && line.ends_with("public")), "{routes}");
    let permissions = place.run(&["permissions", "list"]);
    assert!(
        permissions
            .lines()
            .any(|line| line.trim_start().starts_with("projects:admin") && line.ends_with("projects_activate")),
        "{permissions}"
    );
    assert!(permissions.lines().any(|line| line.starts_with("  tasks:read:self")), "{permissions}");
}

#[test]
fn indexes_are_printed_as_sql_for_each_database() {
    let place = Place::new();
    let sqlite = place.run(&["indexes"]);
    let index = r#"CREATE INDEX IF NOT EXISTS "ix_projects_by_owner_id_created_at_id" ON "projects" ("owner_id", "created_at", "id");"#;
    assert!(sqlite.lines().any(|line| line == index), "{sqlite}");
    assert!(sqlite.lines().all(|line| line.is_empty() || line.starts_with("-- ") || line.ends_with(';')), "{sqlite}");
    assert!(!sqlite.contains("pg_trgm") && !place.path("data").exists(), "{sqlite}");
    let postgres = place.run(&["indexes", "--database", "postgres"]);
    assert!(postgres.contains(index) && postgres.contains("-- CREATE EXTENSION IF NOT EXISTS pg_trgm;"), "{postgres}");
    let unknown = place.fail(&["indexes", "--database=mysql"], &[]);
    assert!(unknown.contains("unknown database `mysql`"), "{unknown}");
}

#[test]
fn a_document_and_a_token_without_a_server() {
    let place = Place::new();
    let document = place.run(&["openapi"]);
    assert!(document.contains("\"operationId\": \"projects_activate\""));
    let token = place.run(&["token", "--sub", "auth0|ada", "--permissions", "projects:read", "--expires-in=60"]);
    assert_eq!(token.trim().split('.').count(), 3, "{token}");
    let mistake = place.fail(&["token"], &[]);
    assert!(mistake.contains("--sub is missing"), "{mistake}");
    let refused = place.fail(
        &["token", "--sub", "x"],
        &[
            ("ENVIRONMENT", "production"),
            ("SECRET_KEY", "0123456789abcdef0123456789abcdef"),
            ("DATABASE_URL", "sqlite::memory:"),
            ("AUTH0_DOMAIN", "t.eu.auth0.com"),
            ("AUTH0_AUDIENCE", "a"),
        ],
    );
    assert!(refused.contains("does not work in production"), "{refused}");
}

#[test]
fn migrations_go_up_and_down_and_the_seed_runs_once() {
    let place = Place::new();
    assert!(place.run(&["migrate", "status"]).starts_with("pending m"));
    assert!(place.run(&["migrate", "up"]).starts_with("applied m"));
    place.run(&["seed"]);
    place.run(&["seed"]);
    assert!(place.run(&["migrate", "down", "3"]).starts_with("pending m"));
    assert!(place.run(&["migrate", "up"]).starts_with("applied m"));
}

/// The seed of roles in the database can run again, and reports missing settings.
#[test]
fn roles_in_the_database_are_seeded_once() {
    let place = Place::new();
    let on = [("AUTH0_USE_RBAC", "true"), ("AUTH0_RBAC_PERMISSIONS", "projects:*,tasks:read")];
    for round in ["first", "second"] {
        let (ok, _, errors) = place.output(&["seed"], &on);
        assert!(ok, "the {round} time: {errors}");
    }
    let url = format!("sqlite://{}", place.path("data/app.db").display());
    let counts = resourceful::actix_web::rt::System::new().block_on(async {
        let db = Database::connect(url).await.expect("the database that was seeded");
        let mut counts = Vec::new();
        for table in ["permissions", "roles", "role_permissions", "user_roles"] {
            let rows = db.query_all_raw(Statement::from_string(DbBackend::Sqlite, format!("SELECT id FROM {table}")));
            counts.push(rows.await.expect("its rows").len());
        }
        counts
    });
    assert_eq!(counts, [8, 1, 8, 0], "the permissions that the settings allow, and a role that no user has yet");
    let (_, routes, _) = place.output(&["routes"], &on);
    for line in ["POST   /api/v1/users/{id}/roles ", "GET    /api/v1/roles/{id} ", "DELETE /api/v1/user-roles/{id} "] {
        assert!(routes.contains(line), "{line} in {routes}");
    }
    assert!(!place.run(&["routes"]).contains("/roles"), "off by default");
    let refused = place.fail(&["seed"], &on[..1]);
    assert!(refused.contains("AUTH0_RBAC_PERMISSIONS does not say which permissions"), "{refused}");
}

#[test]
fn the_migration_of_the_resources_is_the_one_that_is_committed() {
    let place = Place::new();
    place.run(&["migrate", "new", "create tables", "--from-resources", "--folder", "written"]);
    let files: Vec<_> = std::fs::read_dir(place.path("written"))
        .expect("the folder")
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .collect();
    let written = files.iter().find(|path| path.to_string_lossy().contains("create_tables")).expect("a migration");
    let text = std::fs::read_to_string(written).expect("the migration");
    let committed = include_str!("../../../migration/src/m20261123_120000_create_tables.rs");
    let statements = |text: &str| {
        text.split("r#\"").skip(1).filter_map(|rest| rest.split("\"#").next().map(str::to_owned)).collect::<Vec<_>>()
    };
    assert_eq!(statements(&text), statements(committed), "the resources have changed: write a migration");
    assert!(place.path("written/mod.rs").exists(), "a folder without a list of migrations gets one");
}

#[test]
fn invalid_settings_are_reported_together() {
    let place = Place::new();
    let text = place.fail(
        &["serve"],
        &[("ENVIRONMENT", "production"), ("PORT", "eighty"), ("CORS_ORIGINS", "*"), ("LOG_FORMAT", "xml")],
    );
    for part in [
        "PORT is `eighty`",
        "SECRET_KEY is missing",
        "DATABASE_URL is missing",
        "AUTH0_DOMAIN is missing",
        "AUTH0_AUDIENCE is missing",
        "CORS_ORIGINS is `*`",
        "LOG_FORMAT is `xml`",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let unknown = place.fail(&["serv"], &[]);
    assert!(unknown.contains("did you mean `serve`?"), "{unknown}");
    let extra = place.fail(&["routes", "--json"], &[]);
    assert!(extra.contains("`--json` is not a valid argument"), "{extra}");
    let database = place.fail(&["serve"], &[("DATABASE_URL", "mysql://localhost/x")]);
    assert!(database.contains("begins with `mysql:`"), "{database}");
    let pending = place.fail(
        &["serve"],
        &[
            ("ENVIRONMENT", "production"),
            ("SECRET_KEY", "0123456789abcdef0123456789abcdef"),
            ("AUTH0_DOMAIN", "t.eu.auth0.com"),
            ("AUTH0_AUDIENCE", "a"),
            ("DATABASE_URL", "sqlite://./p.db?mode=rwc"),
            ("PORT", "0"),
        ],
    );
    assert!(pending.contains("Run `migrate up` first"), "{pending}");
}

#[test]
fn the_curl_command_of_the_greeting_works() {
    let place = Place::new();
    let server = place.serve();
    let curl = server.greeting().lines().find(|line| line.starts_with("curl ")).expect("a curl line").to_owned();
    let output = std::process::Command::new("bash")
        .arg("-c")
        .arg(format!("{curl} --silent --show-error"))
        .output()
        .expect("bash and curl");
    let answer = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(answer.contains("\"name\":\"Analytical engine\""), "{answer}{}", String::from_utf8_lossy(&output.stderr));
}

/// The example data assigns tasks, and whoever gets one gets a mail; without any account it goes to the log.
#[test]
fn the_mails_of_the_example_data_are_sent_once() {
    let place = Place::new();
    for start in 0..2 {
        let server = place.serve();
        assert!(server.greeting().contains("is ready"));
        let mut status = place.run(&["mail", "status"]);
        for _ in 0..300 {
            if status.contains("sent           3") {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
            status = place.run(&["mail", "status"]);
        }
        assert!(status.contains("sent           3") && status.contains("waiting        0"), "start {start}: {status}");
    }
    assert_eq!(place.run(&["mail", "purge", "--sent"]).trim(), "3 mails were removed");
}

#[test]
fn the_settings_of_the_deployment_exist() {
    let place = Place::new();
    let known = place.run(&["config"]);
    let known: Vec<&str> = known.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let files = [
        include_str!("../deploy/development.env"),
        include_str!("../deploy/production.env.example"),
        include_str!("../deploy/taskflow.service"),
    ];
    let mut seen = 0;
    for line in files.iter().flat_map(|text| text.lines()) {
        let line = line.trim_start_matches('#').trim_start_matches("Environment=");
        let Some((name, _)) = line.split_once('=') else { continue };
        // Lines that are commands or keys of systemd have other letters
        if name.is_empty()
            || !name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        {
            continue;
        }
        assert!(known.contains(&name.trim_end_matches("_FILE")), "the deployment sets {name}, which is no setting");
        seen += 1;
    }
    assert!(seen > 20, "{seen} settings");
}

#[test]
fn a_line_of_the_environment_file_that_cannot_be_read_is_named_without_its_value() {
    let place = Place::new();
    std::fs::write(place.path(".env"), "PORT=8000\nSMTP_PASSWORD=abcd CANARY\n").expect("a file");
    let said = place.fail(&["routes"], &[("ENVIRONMENT", "development")]);
    assert!(said.contains(".env cannot be read in line 2 (SMTP_PASSWORD)"), "{said}");
    assert!(!said.contains("CANARY"), "{said}");
}

/// Changes of tables need a session of their own, which a pooler in transaction mode does not give.
#[cfg(feature = "postgres")]
#[test]
fn migrations_are_not_applied_through_a_pooler() {
    let place = Place::new();
    let url = std::env::var("TEST_POSTGRES_URL").expect("TEST_POSTGRES_URL names a server; `cargo xtask test` sets it");
    let through = [("DATABASE_URL", url.as_str()), ("DATABASE_POOLER", "transaction")];
    let cases: &[(&[&str], &[(&str, &str)], &str)] = &[
        (&["migrate", "up"], &through, "set DATABASE_URL to PostgreSQL itself, and DATABASE_POOLER=none"),
        (&["migrate", "down"], &through, "set DATABASE_URL to PostgreSQL itself, and DATABASE_POOLER=none"),
        (&["serve"], &through, "migrations are pending"),
        (&["migrate", "up"], &[("DATABASE_POOLER", "transaction")], "DATABASE_POOLER is for PostgreSQL only"),
        (&["migrate", "up"], &[("DATABASE_POOLER", "session")], "it must be `none` or `transaction`"),
    ];
    for (command, settings, sentence) in cases {
        let refused = place.fail(command, settings);
        assert!(refused.contains(sentence), "{command:?} {settings:?}: {refused}");
    }
    let status = place.output(&["migrate", "status"], &through);
    assert!(status.0 && status.1.starts_with("pending m"), "{status:?}");
}
