//! The rules of the house, as tests: which room of the runtime may name which other room and which library, that no files
//! lead to each other in a circle, how long a file may be, and that versions and lints stand in the root manifest only.

mod house;
mod manifests;
mod rooms;
mod source;

use std::fs;
use std::path::{Path, PathBuf};

use house::House;

/// A rule that is broken: where, and which rule.
#[derive(Debug, PartialEq)]
struct Broken {
    file: String,
    line: usize,
    rule: String,
}

const RUNTIME: &str = "crates/resourceful/src";

/// Circles of files that are meant, each with its reason.
const MEANT: &[(&str, &str)] =
    &[("rbac/", "roles, permissions and what joins them refer to each other, as their tables do")];

#[test]
fn arrows_lead_to_lower_floors_only() {
    let house = crate_at(RUNTIME);
    assert!(house.arrows().len() > 200, "the runtime's sources are not where this test looks for them");
    assert_none(rooms::check(&house, RUNTIME).into_iter());
    assert_none(rooms::unknown(names(RUNTIME).iter().map(String::as_str)).into_iter());
}

#[test]
fn no_files_lead_to_each_other() {
    for at in [RUNTIME, "crates/resourceful-macros/src", "xtask/src"] {
        let arrows = crate_at(at).arrows();
        let circles = house::circles(&arrows);
        let meant =
            |circle: &Vec<String>| MEANT.iter().any(|(start, _)| circle.iter().all(|file| file.starts_with(start)));
        for circle in circles.iter().filter(|circle| !meant(circle)) {
            for arrow in arrows.iter().filter(|arrow| circle.contains(&arrow.from) && circle.contains(&arrow.to)) {
                eprintln!("{at}/{}:{} -> {} (`{}`)", arrow.from, arrow.line, arrow.to, arrow.path);
            }
        }
        let left: Vec<_> = circles.into_iter().filter(|circle| !meant(circle)).collect();
        assert!(left.is_empty(), "{at}: {} circles of files: {left:#?}", left.len());
    }
}

/// The modules that users see. The others are closed: what users need of them is re-exported by `lib.rs`, and the engine
/// is open to the framework's own tests only, as the hidden module `internals`.
const PUBLIC: &[&str] = &[
    "__private",
    "auth",
    "cache",
    "context",
    "error",
    "events",
    "guide",
    "internals",
    "limits",
    "mail",
    "migration",
    "prelude",
    "rates",
    "rbac",
    "redis",
    "schema",
    "spec",
    "storage",
    "testing",
    "trace",
];

#[test]
fn the_front_page_opens_these_modules_only() {
    assert_eq!(public_modules(&read(&format!("{RUNTIME}/lib.rs"))), PUBLIC);
}

/// The public modules of a front page: `pub mod name` at the start of a line.
fn public_modules(front: &str) -> Vec<&str> {
    let mut names: Vec<&str> = front
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod "))
        .map(|rest| rest.trim_end_matches([' ', '{', ';']))
        .collect();
    names.sort_unstable();
    names
}

#[test]
fn no_source_file_is_long_without_a_reason() {
    let folders = ["crates", "examples", "migration", "tests", "xtask"];
    let all = folders.iter().flat_map(|folder| files(folder, "rs"));
    assert_none(all.filter_map(|file| too_long(&file, &read(&file))));
}

#[test]
fn versions_and_lints_stand_in_the_root_manifest_only() {
    let folders = ["crates", "examples", "migration", "tests", "xtask"];
    let all = folders.iter().flat_map(|folder| files(folder, "Cargo.toml"));
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

/// A crate, from its sources.
fn crate_at(at: &str) -> House {
    let texts: Vec<(String, String)> =
        names(at).into_iter().map(|file| (file.clone(), read(&format!("{at}/{file}")))).collect();
    House::read(texts.iter().map(|(file, text)| (file.as_str(), text.as_str())))
        .unwrap_or_else(|error| panic!("{at}/{error}"))
}

/// The source files below a folder, named from there on.
fn names(at: &str) -> Vec<String> {
    files(at, "rs").into_iter().map(|file| file[at.len() + 1..].to_owned()).collect()
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

/// A test that cannot fail proves nothing: each rule is shown made-up files that break it.
mod each_rule_fails_when_it_is_broken {
    use super::*;

    /// A small crate with a front page, a room of two files, and the files given.
    fn small(files: &[(&str, &str)]) -> House {
        let front = ("lib.rs", "pub mod spec;\nmod http;\npub use http::{Out, Path as Way};\n");
        let mut all = vec![
            front,
            ("spec/mod.rs", "mod field;\npub use field::Field;\npub struct Spec;"),
            ("spec/field.rs", "pub struct Field;"),
            ("service/mod.rs", ""),
            ("service/engine.rs", "pub struct Engine;"),
            ("http/mod.rs", "mod out;\npub use out::*;\npub struct Path;"),
            ("http/out.rs", ""),
            ("query/mod.rs", "pub mod sql;"),
            ("query/sql.rs", ""),
            ("app/mod.rs", ""),
        ];
        all.retain(|(name, _)| !files.iter().any(|(other, _)| other == name));
        all.extend(files);
        House::read(all).expect("it is Rust")
    }

    #[track_caller]
    fn check(file: &str, text: &str, expected: &[(usize, &str)]) {
        let broken = rooms::check(&small(&[(file, text)]), "src");
        let got: Vec<(usize, &str)> = broken.iter().map(|it| (it.line, it.rule.as_str())).collect();
        let same = got.len() == expected.len()
            && got.iter().zip(expected).all(|(got, want)| got.0 == want.0 && got.1.contains(want.1));
        assert!(same, "expected {expected:?}, got {got:#?}");
    }

    #[test]
    fn an_arrow_to_a_higher_floor() {
        check("spec/field.rs", "//! Words\n\nuse crate::service::engine::Engine;\n", &[(3, "spec -> service")]);
        check("service/crud.rs", "use crate::spec::Field;\nfn f() { crate::http::mount() }", &[(2, "service -> http")]);
        check("query/mod.rs", "use crate::{\n    spec::{Field, Rule},\n    app::App,\n};", &[(3, "query -> app")]);
        check("query/sql.rs", "use super::super::http::Out;", &[(1, "query -> http")]);
        check("query/sql.rs", "use super::super::spec::Field;", &[]);
        check("rules.rs", "use super::http::Out;", &[(1, "rules -> http")]);
        check("query/sql.rs", "mod inside {\n    use super::super::super::http::Out;\n}", &[(2, "query -> http")]);
        check("query/sql.rs", "macro_rules! m { () => { crate::http::mount() } }", &[(1, "query -> http")]);
    }

    #[test]
    fn an_arrow_that_is_denied() {
        check("auth/verify.rs", "use crate::spec::Field;\nuse crate::error::Error;", &[(1, "auth may not name spec")]);
    }

    #[test]
    fn an_arrow_through_a_name_of_the_front_page() {
        check("service/crud.rs", "use crate::Out;", &[(1, "service -> http")]);
        check("service/crud.rs", "fn f(way: crate::Way) {}", &[(1, "service -> http")]);
    }

    #[test]
    fn a_library_outside_of_its_rooms() {
        check("service/crud.rs", "fn f(_: actix_web::HttpRequest) {}", &[(1, "`actix*`")]);
        check("service/crud.rs", "fn f(_: StatusCode, _: sea_orm::DbErr) {}", &[(1, "`StatusCode`")]);
        check("context/mod.rs", "use utoipa::openapi;", &[(1, "`utoipa*`")]);
        check("http/mount.rs", "use actix_web::web;\nuse sea_orm::DbErr;", &[(2, "`sea_orm`")]);
        check("app/server.rs", "use sea_orm::DbErr;", &[(1, "`sea_orm`")]);
        check("service/crud.rs", "use moka::future::Cache;", &[(1, "`moka`")]);
    }

    #[test]
    fn a_room_on_no_floor() {
        assert_eq!(rooms::unknown(["attic/mod.rs", "spec/mod.rs", "lib.rs"].into_iter()).len(), 1);
    }

    #[test]
    fn comments_literals_and_test_modules_break_nothing() {
        let text = "// crate::http\n/* actix_web */\nconst A: &str = \"actix_web\";\nconst B: char = '\"';\n\
                    const C: &str = r#\"crate::http \"actix\" \"#;\n#[cfg(test)]\nmod tests {\n    use crate::http::Out;\n}\n";
        check("spec/field.rs", text, &[]);
        check("spec/field.rs", &format!("{text}\nuse crate::http::Out;"), &[(11, "spec -> http")]);
        check("spec/tests.rs", "use crate::http::Out;", &[]);
    }

    #[test]
    fn a_module_that_is_open() {
        let front = "mod query;\npub mod spec;\npub mod guide {\n    pub mod start {}\n}\n";
        assert_eq!(public_modules(front), ["guide", "spec"]);
    }

    #[test]
    fn files_in_a_circle() {
        let circles = |files: &[(&str, &str)]| house::circles(&small(files).arrows());
        assert!(circles(&[]).is_empty());
        // Through a name that a module hands on, and by way of a third file
        let field = ("spec/field.rs", "use super::kind::Kind;\npub struct Field;");
        assert_eq!(circles(&[field, ("spec/kind.rs", "fn f(field: super::Field) {}\npub enum Kind {}")]).len(), 1);
        let through =
            [field, ("spec/kind.rs", "use super::role;"), ("spec/role.rs", "use crate::spec::Field as Column;")];
        assert_eq!(circles(&through), [["spec/field.rs", "spec/kind.rs", "spec/role.rs"]]);
        // A module and its files are one unit
        let parent = ("spec/mod.rs", "mod field;\npub struct Spec(field::Field);");
        assert_eq!(circles(&[parent, ("spec/field.rs", "use super::Spec;\npub struct Field;")]).len(), 0);
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
