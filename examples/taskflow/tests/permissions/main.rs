//! Compares the permissions that the code requires with those of an Auth0 tenant.

mod faults;
#[path = "../support/mod.rs"]
mod support;
mod tenant;

use resourceful::serde_json::{self, Value, json};
use support::Place;
use tenant::{IDENTIFIER, Role, State, Tenant};

/// The permissions of the application with their descriptions, as it exports them.
fn wanted(place: &Place) -> Vec<(String, Option<String>)> {
    let export: Value = serde_json::from_str(&place.run(&["permissions", "export"])).expect("JSON");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let items = export["permissions"].as_array().expect("permissions");
    items.iter().map(|item| (text(&item["name"]), Some(text(&item["description"])))).collect()
}

fn names(scopes: &[(String, Option<String>)]) -> Vec<String> {
    scopes.iter().map(|(name, _)| name.clone()).collect()
}

fn own(name: &str, description: Option<&str>) -> (String, Option<String>) {
    (name.to_owned(), description.map(str::to_owned))
}

#[test]
fn exports_are_stable_and_described() {
    let place = Place::new();
    let csv = place.run(&["permissions", "export", "--format", "csv"]);
    assert!(csv.starts_with("kind,name,description,resources,used by\r\n"), "{csv}");
    for (name, description) in [
        ("projects:read", "Read projects"),
        ("projects:write", "Create and change projects"),
        ("projects:delete", "Delete projects"),
        ("projects:admin", "Activates a project"),
        ("projects:read:self", "Read own projects"),
        ("features:read", "Search features"),
    ] {
        assert!(csv.contains(&format!("permission,{name},{description},")), "{name} in {csv}");
    }
    let terraform = place.run(&["permissions", "export", "--format=terraform"]);
    assert!(
        terraform.contains("    name        = \"projects:read\"\n    description = \"Read projects\"\n"),
        "{terraform}"
    );
    let yaml = place.run(&["permissions", "export", "--format", "auth0-deploy-cli"]);
    assert!(yaml.contains("      - value: \"projects:read\"\n        description: \"Read projects\"\n"), "{yaml}");
    let mut sorted = wanted(&place);
    sorted.sort();
    assert_eq!(sorted, wanted(&place));
    let mistake = place.fail(&["permissions", "export", "--format", "xml"], &[]);
    assert!(mistake.contains("unknown format `xml`"), "{mistake}");
    let mistake = place.fail(&["permissions", "snyc"], &[]);
    assert!(mistake.contains("did you mean `sync`?"), "{mistake}");
    let mistake = place.fail(&["permissions", "diff", "--apply"], &[]);
    assert!(mistake.contains("`--apply` is not a valid argument"), "{mistake}");
}

/// The scopes of the tenant at the beginning: the required ones, changed by this function.
type Change = fn(&mut Vec<(String, Option<String>)>);

struct Case {
    arguments: &'static [&'static str],
    change: Change,
    succeeds: bool,
    prints: &'static [&'static str],
    never: &'static [&'static str],
    /// The requests that change something.
    writes: &'static [&'static str],
    /// Scopes that exist at the end, and scopes that do not.
    after: (&'static [&'static str], &'static [&'static str]),
}

const CLEAN: Case = Case {
    arguments: &["permissions", "diff"],
    change: |_| {},
    succeeds: true,
    prints: &[],
    never: &[],
    writes: &[],
    after: (&[], &[]),
};
const PATCH: &[&str] = &["PATCH /api/v2/resource-servers/rs%5F1"];

#[test]
fn scopes() {
    let stale: Change = |scopes| {
        scopes.retain(|(name, _)| name != "projects:admin");
        scopes.iter_mut().find(|(name, _)| name == "projects:read").expect("it").1 = Some("View them".to_owned());
        scopes.iter_mut().find(|(name, _)| name == "tasks:read").expect("it").1 = None;
        scopes.push(own("old:scope", Some("Long gone")));
        scopes.push(own("projects:*", None));
    };
    let cases = [
        Case { prints: &["The tenant has everything that the code requires."], ..CLEAN },
        Case { change: |scopes| scopes.reverse(), ..CLEAN },
        Case {
            change: stale,
            succeeds: false,
            prints: &[
                "API https://api.example.com/\n",
                "  + projects:admin  Activates a project\n",
                "  ~ projects:read   Read projects (was: View them)\n",
                "  ~ tasks:read      Read tasks (had no description)\n",
                "Only in the tenant, and kept: old:scope, projects:*",
                "3 differences between the code and the tenant",
            ],
            never: &["  - "],
            after: (&["old:scope"], &["projects:admin"]),
            ..CLEAN
        },
        Case {
            arguments: &["permissions", "diff", "--prune", "--keep-descriptions"],
            change: stale,
            succeeds: false,
            prints: &[
                "  - old:scope\n",
                "Users and roles that have a removed permission lose it.",
                "and kept: projects:*",
                "~ tasks:read",
            ],
            never: &["~ projects:read"],
            ..CLEAN
        },
        Case {
            change: |scopes| scopes.push(own("old:scope", None)),
            prints: &["The tenant has everything", "and kept: old:scope"],
            ..CLEAN
        },
        Case {
            arguments: &["permissions", "sync"],
            change: stale,
            prints: &["  + projects:admin", "Nothing was changed; add --apply to update the tenant."],
            after: (&["old:scope"], &["projects:admin"]),
            ..CLEAN
        },
        Case {
            arguments: &["permissions", "sync", "--prune"],
            change: stale,
            prints: &["  - old:scope", "Nothing was changed"],
            after: (&["old:scope"], &["projects:admin"]),
            ..CLEAN
        },
        Case {
            arguments: &["permissions", "sync", "--apply"],
            change: stale,
            prints: &["  + projects:admin", "The tenant was updated."],
            writes: PATCH,
            after: (&["old:scope", "projects:*", "projects:admin", "projects:read"], &[]),
            ..CLEAN
        },
        Case {
            arguments: &["permissions", "sync", "--apply", "--prune"],
            change: stale,
            prints: &["  - old:scope", "The tenant was updated."],
            writes: PATCH,
            after: (&["projects:*", "projects:admin", "projects:read"], &["old:scope"]),
            ..CLEAN
        },
        Case { arguments: &["permissions", "sync", "--apply"], prints: &["The tenant has everything"], ..CLEAN },
        Case {
            arguments: &["permissions", "sync", "--apply"],
            change: |scopes| scopes.clear(),
            writes: PATCH,
            after: (&["users:delete:self", "features:read"], &[]),
            ..CLEAN
        },
        Case {
            arguments: &["permissions", "sync", "--apply"],
            change: |scopes| *scopes = (0..1000).map(|number| own(&format!("other:{number}"), None)).collect(),
            succeeds: false,
            prints: &["Auth0 stores at most 1000 for one API", "--prune"],
            ..CLEAN
        },
    ];
    let place = Place::new();
    for case in cases {
        let mut scopes = wanted(&place);
        (case.change)(&mut scopes);
        let tenant = Tenant::start(State { scopes, ..State::default() });
        let (succeeds, output, errors) = place.output(case.arguments, &tenant.environment());
        let all = format!("{:?}\n{output}{errors}", case.arguments);
        assert_eq!(succeeds, case.succeeds, "{all}");
        for part in case.prints {
            assert!(all.contains(part), "{part:?} in {all}");
        }
        for part in case.never {
            assert!(!all.contains(part), "{part:?} in {all}");
        }
        assert_eq!(tenant.writes(), case.writes, "{all}");
        let now = names(&tenant.state().scopes);
        for name in case.after.0 {
            assert!(now.iter().any(|there| there == name), "{name} after {all}");
        }
        for name in case.after.1 {
            assert!(!now.iter().any(|there| there == name), "{name} after {all}");
        }
        assert!(!all.contains("the-hidden-word") && !all.contains("t0ken"), "{all}");
        if !case.writes.is_empty() {
            let (again, output, _) = place.output(&["permissions", "diff"], &tenant.environment());
            assert!(again && output.contains("The tenant has everything"), "{output}");
        }
    }
}

#[test]
fn concurrent_changes_of_the_tenant_are_kept() {
    let place = Place::new();
    let scopes = vec![own("old:scope", None)];
    let tenant = Tenant::start(State { scopes, intruder: Some("new:scope".to_owned()), ..State::default() });
    let (succeeds, output, errors) =
        place.output(&["permissions", "sync", "--apply", "--prune"], &tenant.environment());
    assert!(succeeds, "{output}{errors}");
    let now = names(&tenant.state().scopes);
    assert!(now.contains(&"new:scope".to_owned()) && !now.contains(&"old:scope".to_owned()), "{now:?}");
}

#[test]
fn an_api_of_auth0_is_not_changed() {
    let place = Place::new();
    let tenant = Tenant::start(State { more: json!({"is_system": true}), ..State::default() });
    let (succeeds, _, errors) = place.output(&["permissions", "sync", "--apply"], &tenant.environment());
    assert!(!succeeds && errors.contains("one of Auth0's own APIs"), "{errors}");
    assert!(tenant.writes().is_empty());
}

fn held(role: &Role, api: &str) -> Vec<String> {
    role.2.iter().filter(|(of, _)| of == api).map(|(_, name)| name.clone()).collect()
}

#[test]
fn roles() {
    let place = Place::new();
    let file = json!({"roles": [
        {"name": "reader", "description": "Reads", "permissions": ["projects:read", "tasks:read"]},
        {"name": "editor", "description": "Edits", "permissions": ["projects:read", "projects:write", "projects:admin", "old:scope"]},
        {"name": "guest"},
    ]});
    std::fs::write(place.path("roles.json"), file.to_string()).expect("a file");
    let ours = |name: &str| (IDENTIFIER.to_owned(), name.to_owned());
    let start = || {
        let mut scopes = wanted(&place);
        scopes.retain(|(name, _)| name != "projects:admin");
        scopes.push(own("old:scope", None));
        let roles = vec![
            ("other".to_owned(), None, vec![ours("tasks:delete")]),
            ("third".to_owned(), None, Vec::new()),
            (
                "editor".to_owned(),
                Some("Edited".to_owned()),
                vec![
                    ours("tasks:delete"),
                    ("https://other.example.com/".to_owned(), "tasks:delete".to_owned()),
                    ours("projects:read"),
                    ours("old:scope"),
                ],
            ),
        ];
        Tenant::start(State { scopes, roles, ..State::default() })
    };
    let role = |tenant: &Tenant, name: &str| tenant.state().roles.iter().find(|role| role.0 == name).cloned();

    let tenant = start();
    let (succeeds, output, _) = place.output(&["permissions", "diff", "--roles", "roles.json"], &tenant.environment());
    assert!(!succeeds && tenant.writes().is_empty());
    for part in [
        "  + projects:admin  Activates a project\n",
        "Role reader (new)\n  ~ description: Reads\n  + projects:read\n  + tasks:read\n",
        "Role editor\n  ~ description: Edits\n  + projects:admin\n  + projects:write\n",
        "Role guest (new)",
    ] {
        assert!(output.contains(part), "{part:?} in {output}");
    }

    let apply = ["permissions", "sync", "--apply", "--roles", "roles.json"];
    let (succeeds, output, errors) = place.output(&apply, &tenant.environment());
    assert!(succeeds, "{output}{errors}");
    let editor = role(&tenant, "editor").expect("the editor");
    assert_eq!(editor.1.as_deref(), Some("Edits"));
    assert_eq!(
        held(&editor, IDENTIFIER),
        ["tasks:delete", "projects:read", "old:scope", "projects:admin", "projects:write"]
    );
    assert_eq!(held(&role(&tenant, "reader").expect("the reader"), IDENTIFIER), ["projects:read", "tasks:read"]);
    assert!(role(&tenant, "guest").expect("the guest").2.is_empty());
    let (succeeds, output, _) = place.output(&["permissions", "diff", "--roles", "roles.json"], &tenant.environment());
    assert!(succeeds && output.contains("The tenant has everything"), "{output}");

    // `--prune` removes permissions only from roles in the file, and only permissions of this API.
    let tenant = start();
    let without_old = file.to_string().replace(",\"old:scope\"", "");
    std::fs::write(place.path("strict.json"), without_old).expect("a file");
    let prune = ["permissions", "sync", "--apply", "--prune", "--roles=strict.json"];
    let (succeeds, output, errors) = place.output(&prune, &tenant.environment());
    assert!(succeeds && output.contains("  - tasks:delete\n"), "{output}{errors}");
    let editor = role(&tenant, "editor").expect("the editor");
    assert!(!held(&editor, IDENTIFIER).contains(&"tasks:delete".to_owned()), "{editor:?}");
    assert_eq!(held(&editor, "https://other.example.com/"), ["tasks:delete"]);
    assert_eq!(held(&role(&tenant, "other").expect("the other"), IDENTIFIER), ["tasks:delete"]);
    assert!(!names(&tenant.state().scopes).contains(&"old:scope".to_owned()));

    for (content, parts) in [
        (
            r#"{"roles": [{"name": "a", "permissions": ["projects:raed", "x"]}, {"name": "b", "permissions": ["y"]}]}"#,
            ["the role `a`: unknown permission `projects:raed`; did you mean `projects:read`?", "`x`", "the role `b`"],
        ),
        (
            r#"{"roles": [{"name": "a"}, {"name": "a"}, {"name": ""}]}"#,
            ["`a` is listed twice", "role number 3", "no name"],
        ),
        (r#"[["roles"]]"#, ["roles.json", "is invalid", "JSON of this form"]),
    ] {
        std::fs::write(place.path("roles.json"), content).expect("a file");
        let tenant = start();
        let (succeeds, _, errors) = place.output(&apply, &tenant.environment());
        assert!(!succeeds && tenant.writes().is_empty(), "{content}");
        for part in parts {
            assert!(errors.contains(part), "{part} in {errors}");
        }
    }
    let (_, _, errors) = place.output(&["permissions", "diff", "--roles", "nowhere.json"], &start().environment());
    assert!(errors.contains("`nowhere.json` cannot be read"), "{errors}");
    let twins = vec![("twin".to_owned(), None, Vec::new()), ("twin".to_owned(), None, Vec::new())];
    let tenant = Tenant::start(State { scopes: wanted(&place), roles: twins, ..State::default() });
    std::fs::write(place.path("roles.json"), r#"{"roles": [{"name": "twin"}]}"#).expect("a file");
    let (_, _, errors) = place.output(&apply, &tenant.environment());
    assert!(errors.contains("several roles with the name \"twin\""), "{errors}");
}
