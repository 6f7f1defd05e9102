//! The reference of the settings: complete, and equal to `.env.example` and to the guide.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;

use super::super::reference::{effective, groups, misspelt};
use super::Settings;
use crate::env::{Environment, Setting};

const EXAMPLE_HEAD: &str = "\
# Every setting with its default. In development a file .env in the working directory is read too; variables of the
# environment win. `cargo run -- config` prints the values that apply.
# For each secret, NAME_FILE can name a file with the value instead.
";

const GUIDE_HEAD: &str = "\
Every setting is an environment variable. In development, the file `.env` in the working directory is read as well; a variable of
the environment takes precedence. A start reports all settings that are missing or invalid together. A name that looks like
a misspelt setting is logged as a warning.

The command `config` prints every setting with the value that applies and where it comes from; `config --explain` also says what
each sets. Secrets are never printed. In place of the variable of a secret, `NAME_FILE` can name a file that holds the value.
";

fn all() -> Vec<Setting> {
    groups().into_iter().flat_map(|group| group.settings).collect()
}

/// Lines of a comment, at most 120 characters each.
fn comment(text: &str) -> String {
    let mut lines = vec![String::from("#")];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is a first line");
        if line.chars().count() + 1 + word.chars().count() > 120 {
            lines.push(format!("# {word}"));
        } else {
            line.push(' ');
            line.push_str(word);
        }
    }
    lines.join("\n")
}

fn example() -> String {
    let mut text = EXAMPLE_HEAD.to_owned();
    for group in groups() {
        text.push_str(&format!("\n# ---- {} ----\n", group.title));
        for setting in group.settings {
            let mut meaning = setting.meaning.to_string();
            if let Some(value) = setting.in_production {
                meaning.push_str(&format!(" The default in production is {value}."));
            }
            if let Some(words) = setting.otherwise {
                meaning.push_str(&format!(" The default: {words}."));
            }
            if setting.is_required {
                let unless = setting.instead.map_or_else(String::new, |other| format!(", or {other}"));
                meaning.push_str(&format!(" Required in production{unless}."));
            }
            let value = setting.default.as_deref().or(setting.example).unwrap_or_default();
            text.push_str(&format!("{}\n#{}={value}\n", comment(&meaning), setting.name));
        }
    }
    text
}

fn guide() -> String {
    let mut text = GUIDE_HEAD.to_owned();
    for group in groups() {
        text.push_str(&format!("\n# {}\n\n| variable | default | what it sets |\n|---|---|---|\n", group.title));
        for setting in group.settings {
            let mut default: Vec<String> = setting.default.iter().map(|value| format!("`{value}`")).collect();
            default.extend(setting.otherwise.map(str::to_owned));
            default.extend(setting.in_production.map(|value| format!("in production `{value}`")));
            if setting.is_required {
                let unless = setting.instead.map_or_else(String::new, |other| format!(", or `{other}`"));
                default.push(format!("required in production{unless}"));
            }
            let mut meaning = linked(&setting.meaning).replace('|', "\\|");
            if let Some(value) = setting.example.filter(|_| setting.default.is_none()) {
                meaning.push_str(&format!(" Example: `{value}`"));
            }
            let secret = if setting.is_secret { " (secret)" } else { "" };
            text.push_str(&format!("| `{}`{secret} | {} | {meaning} |\n", setting.name, default.join("; ")));
        }
    }
    text
}

/// The text with its URLs as Markdown code, which rustdoc would take for links.
fn linked(text: &str) -> String {
    let word = |word: &str| match word.contains("://") && !word.contains('`') {
        true => {
            let end = word.trim_end_matches(['.', ',', ';', ')']);
            format!("`{end}`{}", &word[end.len()..])
        }
        false => word.to_owned(),
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// The file holds this text; `UPDATE_SETTINGS=1` (`cargo xtask bless settings`) writes it.
fn assert_file(path: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("UPDATE_SETTINGS").is_some() {
        std::fs::write(&path, text).expect("the file can be written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == text, "{} differs from the settings; run `cargo xtask bless settings`", path.display());
}

#[test]
fn the_files_tell_every_setting() {
    assert_file("../../.env.example", &example());
    assert_file("src/docs/configuration.md", &guide());
}

/// The names that the settings ask for, in each environment.
fn asked() -> BTreeSet<String> {
    let names = RefCell::new(BTreeSet::new());
    // With an issuer and with each provider, so that everything is read
    for (environment, mail, files) in
        [("development", "file", "local"), ("test", "smtp", "s3"), ("production", "ses", "s3")]
    {
        let known = [
            ("ENVIRONMENT", environment),
            ("AUTH0_DOMAIN", "a.example"),
            ("AUTH0_AUDIENCE", "b"),
            ("EMAIL_PROVIDER", mail),
            ("STORAGE_PROVIDER", files),
        ];
        let lookup = |name: &str| {
            names.borrow_mut().insert(name.to_owned());
            known.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let _ = Settings::from_lookup(lookup);
    }
    names.into_inner()
}

#[test]
fn the_reference_has_every_setting_that_is_read_and_no_other() {
    // The less usual ones of the AWS tools are in the documentation of AWS.
    let usual = ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SECRET_ACCESS_KEY_FILE"];
    let asked = asked().into_iter().filter(|name| !name.starts_with("AWS_") || usual.contains(&name.as_str()));
    let (files, names): (BTreeSet<String>, BTreeSet<String>) =
        asked.partition(|name| name.ends_with("_FILE") && name != "SMTP_CA_FILE");
    let known: BTreeSet<String> = all().iter().map(|setting| setting.name.to_owned()).collect();
    assert_eq!(names, known);
    let secrets: BTreeSet<String> =
        all().iter().filter(|setting| setting.is_secret).map(|setting| format!("{}_FILE", setting.name)).collect();
    assert_eq!(files, secrets);
}

#[test]
fn defaults_of_the_reference_are_those_that_apply() {
    // A setting that is set to its default changes nothing.
    let base = [("ENVIRONMENT", "test"), ("AUTH0_DOMAIN", "a.example"), ("AUTH0_AUDIENCE", "b")];
    let read = |changed: Option<(&str, &str)>| {
        let settings = Settings::from_lookup(|name| {
            let changed = changed.filter(|(known, _)| *known == name);
            changed.or_else(|| base.into_iter().find(|(known, _)| *known == name)).map(|(_, value)| value.to_owned())
        });
        format!("{settings:?}")
    };
    let unchanged = read(None);
    for setting in all().iter().filter(|setting| setting.name != "DATABASE_URL") {
        if let Some(default) = setting.default.as_deref() {
            assert_eq!(read(Some((setting.name, default))), unchanged, "{}={default}", setting.name);
        }
    }
}

#[test]
fn misspelt_names_are_reported_with_the_nearest_setting() {
    for (variable, setting) in [
        ("AUTH0_DOMIAN", "AUTH0_DOMAIN"),
        ("AUTH_DOMAIN", "AUTH0_DOMAIN"),
        ("DATABASE_ULR", "DATABASE_URL"),
        ("DATABASEURL", "DATABASE_URL"),
        ("SECRET_KEYS", "SECRET_KEY"),
        ("SECRET_KEY_FIL", "SECRET_KEY_FILE"),
        ("CORS_ORIGIN", "CORS_ORIGINS"),
        ("BODY_LIMITS", "BODY_LIMIT"),
        ("LOG_LEVL", "LOG_LEVEL"),
        ("WORKER", "WORKERS"),
    ] {
        let warnings = misspelt(&[variable.to_owned(), "PATH".to_owned()]);
        let expected = format!("the variable {variable} is not a setting and has no effect; did you mean {setting}?");
        assert_eq!(warnings, [expected]);
        // If the right name is set too, the other belongs to another program.
        assert!(misspelt(&[variable.to_owned(), setting.to_owned()]).is_empty());
    }
    let others = [
        "HOSTNAME",
        "PATH",
        "HOME",
        "USER",
        "LOGNAME",
        "LANG",
        "TERM",
        "SHELL",
        "PWD",
        "DATABASE_PASSWORD",
        "AUTH0_CLIENT_ID",
        "POSTGRES_USER",
        "REDIS_HOST",
        "RUST_LOG",
        "TEST_REDIS_URL",
        "MY_DATABASE_URL",
        "PGPORT",
        "SECRET",
        "DEBUG",
    ];
    let others = others.map(str::to_owned);
    assert_eq!(misspelt(&others), Vec::<String>::new());
}

#[test]
fn which_value_applies_and_where_it_comes_from() {
    let setting = |name: &str| all().into_iter().find(|setting| setting.name == name).expect("a setting");
    let shown = |name: &str, environment, variables: &[(&str, &str)]| {
        let lookup =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        let found = effective(&setting(name), environment, &lookup, &|name| name == "PORT");
        (found.value.unwrap_or_default(), found.source)
    };
    let (development, production) = (Environment::Development, Environment::Production);
    for (name, environment, variables, value, source) in [
        ("HOST", development, &[] as &[(&str, &str)], "127.0.0.1", "default"),
        ("HOST", production, &[], "0.0.0.0", "default"),
        ("HOST", production, &[("HOST", " ::1 ")], "::1", "environment"),
        ("PORT", development, &[("PORT", "80")], "80", ".env"),
        ("PORT", development, &[("PORT", "")], "8000", "default"),
        ("WORKERS", development, &[], "(one for each core)", "default"),
        ("AUTH0_ISSUER", development, &[], "", "not set"),
        ("AUTH0_DOMAIN", development, &[], "", "not set"),
        ("AUTH0_DOMAIN", production, &[], "", "missing"),
        ("AUTH0_DOMAIN", production, &[("AUTH0_ISSUER", "https://sso.example.com")], "", "not set"),
        ("SECRET_KEY", development, &[("SECRET_KEY", "hush")], "(set, not shown)", "environment"),
        (
            "SECRET_KEY",
            production,
            &[("SECRET_KEY_FILE", "/run/key")],
            "(content of /run/key, not shown)",
            "environment",
        ),
        ("DATABASE_URL", production, &[], "", "missing"),
        (
            "STORAGE_PUBLIC_URL",
            development,
            &[("STORAGE_PUBLIC_URL", "https://ada:hush@files.example.com/a@b")],
            "https://ada:(not shown)@files.example.com/a@b",
            "environment",
        ),
        (
            "STORAGE_PUBLIC_URL",
            development,
            &[("STORAGE_PUBLIC_URL", "https://files.example.com/a:b@c")],
            "https://files.example.com/a:b@c",
            "environment",
        ),
        ("DATABASE_URL", production, &[("DATABASE_URL", "postgres://a:hush@b/c")], "(set, not shown)", "environment"),
    ] {
        assert_eq!(shown(name, environment, variables), (value.to_owned(), source), "{name} {variables:?}");
    }
}
