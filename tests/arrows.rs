//! The rules of the house, as tests: which part of the runtime may name which other part and which library, how long a
//! file may be, and that versions and lints stand in the root manifest only. They read the files as text.

#[path = "arrows/manifests.rs"]
mod manifests;
#[path = "arrows/rooms.rs"]
mod rooms;
#[path = "arrows/source.rs"]
mod source;

use std::fs;
use std::path::{Path, PathBuf};

/// A rule broken: where, and which rule.
#[derive(Debug, PartialEq)]
struct Broken {
    file: String,
    line: usize,
    rule: String,
}

#[test]
fn the_runtime_follows_the_arrows() {
    let house = rooms::House::read(&read("crates/resourceful/src/lib.rs"));
    let files = files("crates/resourceful/src", "rs");
    assert!(files.len() > 20, "the runtime's sources are not where this test looks for them");
    let broken = files.iter().flat_map(|file| {
        let inside = file.strip_prefix("crates/resourceful/src/").unwrap_or(file);
        house.check(inside, &read(file))
    });
    assert_none(broken);
}

#[test]
fn no_source_file_is_long_without_a_reason() {
    let folders = ["crates", "examples", "migration", "tests", "xtask"];
    // What the macros write is checked in beside their tests, and nobody reads it as a whole
    let written =
        folders.iter().flat_map(|folder| files(folder, "rs")).filter(|file| !file.contains("/tests/expected/"));
    assert_none(written.filter_map(|file| too_long(&file, &read(&file))));
}

#[test]
fn versions_and_lints_stand_in_the_root_manifest_only() {
    let folders = ["crates", "examples", "migration", "tests", "xtask"];
    let all =
        folders.iter().flat_map(|folder| files(folder, "Cargo.toml")).filter(|file| !file.starts_with("tests/ui/"));
    assert_none(all.flat_map(|file| manifests::check(&file, &read(&file))));
}

#[test]
fn the_macro_crate_depends_on_nothing_of_ours() {
    let file = "crates/resourceful-macros/Cargo.toml";
    let ours = |(line, name): (usize, String)| {
        let rule = format!("the macro crate names paths as tokens and may not depend on `{name}`");
        name.starts_with("resourceful").then(|| Broken { file: file.to_owned(), line, rule })
    };
    assert_none(manifests::dependencies(&read(file)).into_iter().filter_map(ours));
}

fn too_long(file: &str, text: &str) -> Option<Broken> {
    const MOST: usize = 500;
    let excused = text.lines().take(40).any(|line| line.starts_with("// Over 500 lines because"));
    let count = text.lines().count();
    let rule = format!("{count} lines; over {MOST} needs a line near the top that starts `// Over 500 lines because`");
    (count > MOST && !excused).then(|| Broken { file: file.to_owned(), line: count, rule })
}

fn assert_none(broken: impl Iterator<Item = Broken>) {
    let lines: Vec<String> = broken.map(|it| format!("{}:{}: {}", it.file, it.line, it.rule)).collect();
    assert!(lines.is_empty(), "{} broken:\n{}", lines.len(), lines.join("\n"));
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The files under a folder of the workspace whose name ends so, as paths from the root, sorted. None if it is missing.
fn files(folder: &str, end: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(root().join(folder)) else { return Vec::new() };
    let mut found: Vec<String> = entries
        .flatten()
        .flat_map(|entry| {
            let name = entry.file_name().into_string().unwrap_or_default();
            let path = format!("{folder}/{name}");
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && name != "target" && name != "node_modules" => files(&path, end),
                Ok(kind) if kind.is_file() && path.ends_with(end) => vec![path],
                _ => Vec::new(),
            }
        })
        .collect();
    found.sort();
    found
}

/// A test that cannot fail proves nothing: each rule is shown a made-up file that breaks it.
mod the_rules_bite {
    use super::*;

    const LIB: &str = "pub mod spec;\nmod http;\npub use http::{Out, Path as Way};\n";

    #[track_caller]
    fn check(file: &str, text: &str, expected: &[(usize, &str)]) {
        let broken = rooms::House::read(LIB).check(file, text);
        let got: Vec<(usize, &str)> = broken.iter().map(|it| (it.line, it.rule.as_str())).collect();
        let same = got.len() == expected.len()
            && got.iter().zip(expected).all(|(got, want)| got.0 == want.0 && got.1.contains(want.1));
        assert!(same, "expected {expected:?}, got {got:#?}");
    }

    #[test]
    fn an_arrow_turned_round() {
        check("spec/field.rs", "//! Words\n\nuse crate::service::Engine;\n", &[(3, "spec -> service")]);
        check("service/crud.rs", "use crate::spec::Field;\nfn f() { crate::http::mount() }", &[(2, "service -> http")]);
        check("query/mod.rs", "use crate::{\n    spec::{Field, Rule},\n    app::App,\n};", &[(1, "query -> app")]);
        check("query/sql/text.rs", "use super::super::super::http::Out;", &[(1, "query -> http")]);
        check("query/sql/text.rs", "use super::super::http::Out;", &[]);
        check("rules.rs", "use super::http::Out;", &[(1, "rules -> http")]);
        check("auth/verify.rs", "use crate::spec::Field;\nuse crate::error::Error;", &[(1, "auth -> spec")]);
    }

    #[test]
    fn an_arrow_turned_round_through_a_name_of_the_front_page() {
        check("service/crud.rs", "use crate::Out;", &[(1, "service -> http")]);
        check("service/crud.rs", "fn f(way: crate::Way) {}", &[(1, "service -> http")]);
    }

    #[test]
    fn a_library_where_it_does_not_belong() {
        check("service/crud.rs", "fn f(_: actix_web::HttpRequest) {}", &[(1, "`actix_web`")]);
        check("service/crud.rs", "fn f(_: StatusCode, _: sea_orm::DbErr) {}", &[(1, "`StatusCode`")]);
        check("context/mod.rs", "use utoipa::openapi;", &[(1, "`utoipa`")]);
        check("http/mount.rs", "use actix_web::web;\nuse sea_orm::DbErr;", &[(2, "`sea_orm`")]);
        check("app/migrate.rs", "use sea_orm::DbErr;", &[]);
        check("app/server.rs", "use sea_orm::DbErr;", &[(1, "`sea_orm`")]);
    }

    #[test]
    fn a_room_that_the_table_does_not_know() {
        check("attic/mod.rs", "", &[(1, "`attic`")]);
    }

    #[test]
    fn but_neither_words_nor_tests() {
        let text = "// crate::http\n/* actix_web */\nconst A: &str = \"actix_web\";\nconst B: char = '\"';\n\
                    const C: &str = r#\"crate::http \"actix\" \"#;\n#[cfg(test)]\nmod tests {\n    use crate::http::Out;\n}\n";
        check("spec/field.rs", text, &[]);
        check("spec/field.rs", &format!("{text}\nuse crate::http::Out;"), &[(11, "spec -> http")]);
        check("spec/tests.rs", "use crate::http::Out;", &[]);
    }

    #[test]
    fn a_long_file() {
        assert!(too_long("a.rs", &"\n".repeat(501)).is_some());
        assert!(too_long("a.rs", &"\n".repeat(500)).is_none());
        assert!(
            too_long("a.rs", &format!("//! A\n// Over 500 lines because of a table\n{}", "\n".repeat(501))).is_none()
        );
    }

    #[test]
    fn a_version_outside_the_root() {
        let text = "[package]\nname = \"a\"\nversion = \"1.0.0\"\nedition.workspace = true\n\n[dependencies]\nserde = \"1\"\n\
                    url = { workspace = true, features = [\n    \"serde\",\n] }\n\n[target.'cfg(unix)'.dev-dependencies]\n\
                    nix = { path = \"../nix\" }\n[dependencies.syn]\nversion = \"3\"\n";
        let lines: Vec<usize> = manifests::check("a/Cargo.toml", text).iter().map(|it| it.line).collect();
        assert_eq!(lines, [3, 7, 13, 14, 1]);
        let good = "[package]\nname = \"a\"\nversion.workspace = true\nedition = { workspace = true }\n[lints]\nworkspace = true\n\
                    [dependencies]\nserde.workspace = true\n";
        assert_eq!(manifests::check("a/Cargo.toml", good), []);
        assert_eq!(
            manifests::dependencies("[dev-dependencies]\nresourceful.workspace = true\n"),
            [(2, "resourceful".to_owned())]
        );
    }
}
