//! The manifest of a small application, and its exports to the letter.

use super::super::commands::routes;
use super::export::{Format, export};
use super::manifest::{Entry, Kind, Manifest};
use crate::http::{Api, Routes};
use crate::prelude::*;

/// Something to pay.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(
    operations(only(list, count, get, create, delete, self_list)),
    permissions(count = "stats", delete = "books:close"),
    owner = payer_id
)]
struct OpenBill {
    pub id: Uuid,
    #[resource(read = "bills:amounts", write = "bills:amounts")]
    pub amount_due: Decimal,
    #[resource(belongs_to(payer: Payer))]
    pub payer_id: String,
}

/// Who pays. Nobody lists payers, they are only seen beside their bills.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(operations(only(delete)), permissions(delete = "books:close"))]
struct Payer {
    pub id: String,
    pub name: String,
}

/// Sends a reminder,
/// again. Not too often.
#[post("/{id}/remind", any("bills:remind", "books:close"))]
async fn remind(id: Path<Uuid>) -> Result<String> {
    Ok(id.to_string())
}

#[get("/audit", role("auditor"))]
async fn audit() -> Result<String> {
    Ok(String::new())
}

#[get("/mine", scope("profile"))]
async fn mine() -> Result<String> {
    Ok(String::new())
}

#[get("/total", scope("bills:total"))]
async fn total() -> Result<String> {
    Ok(String::new())
}

fn manifest() -> Manifest {
    let mut api = Api::default();
    api.add::<OpenBill>(Routes::default().service(remind).service(audit).service(mine).service(total));
    api.add::<Payer>(Routes::default());
    Manifest::of(&api)
}

#[test]
fn the_list_names_operations_endpoints_fields_and_relations() {
    let expected = "\
open_bills
  bills:amounts         open_bills.amountDue (read), open_bills.amountDue (write)
  bills:remind          open_bills_remind (or books:close)
  books:close           open_bills_delete, open_bills_remind (or bills:remind)
  open_bills:read       open_bills_list, open_bills_get
  open_bills:read:self  open_bills_self_list
  open_bills:write      open_bills_create
  stats                 open_bills_count
  scope bills:total     open_bills_total
  scope profile         open_bills_mine
  role auditor          open_bills_audit
payers
  books:close           payers_delete
  payers:read           include open_bills.payer";
    assert_eq!(manifest().list(), expected);
}

#[test]
fn descriptions_are_for_those_who_grant() {
    let manifest = manifest();
    for (name, expected) in [
        ("bills:amounts", "See amount due of open bills; set amount due of open bills"),
        ("bills:remind", "Sends a reminder, again"),
        ("books:close", "Delete open bills; delete payers"),
        ("open_bills:read", "Read open bills"),
        ("open_bills:read:self", "List own open bills"),
        ("open_bills:write", "Create open bills"),
        ("stats", "Count open bills"),
        ("payers:read", "Read payers"),
        ("bills:total", "Open bills: total"),
        ("auditor", "Open bills: audit"),
    ] {
        let entry = manifest.entries.iter().find(|entry| entry.name == name).expect(name);
        assert_eq!(entry.description, expected, "{name}");
    }
}

#[test]
fn the_api_needs_permissions_and_its_own_scopes() {
    let names: Vec<&str> = manifest().api_scopes().iter().map(|entry| entry.name).collect();
    let expected = [
        "bills:amounts",
        "bills:remind",
        "bills:total",
        "books:close",
        "open_bills:read",
        "open_bills:read:self",
        "open_bills:write",
        "payers:read",
        "stats",
    ];
    assert_eq!(names, expected, "no role, and no scope of OpenID Connect");
    assert!(manifest().permissions().contains(&"bills:amounts".to_owned()), "fields count, too");
}

fn only(names: &[&str]) -> Manifest {
    let mut manifest = manifest();
    manifest.entries.retain(|entry| names.contains(&entry.name));
    manifest
}

fn odd(names: &[(&'static str, &str)]) -> Manifest {
    let entry = |&(name, description): &(&'static str, &str)| Entry {
        kind: Kind::Permission,
        name,
        description: description.to_owned(),
        uses: Vec::new(),
    };
    Manifest { entries: names.iter().map(entry).collect() }
}

/// Sums the year up. At length.
#[get("/summary", public)]
async fn summary() -> Result<String> {
    Ok(String::new())
}

#[get("/{year}/export", any("bills:remind", "reports:export"))]
async fn export_year(year: Path<u16>) -> Result<String> {
    Ok(year.to_string())
}

fn with_scopes() -> Api {
    let mut api = Api::default();
    api.add::<OpenBill>(
        Routes::default()
            .service(remind)
            .scope("", Requirement::Role("auditor"), |routes| routes.service(audit).service(mine)),
    );
    api.add::<Payer>(Routes::default());
    api.add_scope("/reports", Requirement::Permission("reports:read"), |routes| {
        routes.service(summary).scope("/years", Requirement::Role("clerk"), |routes| routes.service(export_year))
    });
    api.add_actix_scope("/legacy", Requirement::All(&["legacy:use", "books:close"]), |_| {});
    api.add_actix_scope("/open", Requirement::Public, |_| {});
    api
}

#[test]
fn scopes_ask_for_all_that_is_in_them() {
    assert_eq!(with_scopes().mistakes(), [""; 0]);
    let manifest = Manifest::of(&with_scopes());
    let expected = "\
/legacy
  books:close           /legacy/* (and legacy:use)
  legacy:use            /legacy/* (and books:close)
/reports
  bills:remind          reports_export_year (or reports:export, and reports:read, and role clerk)
  reports:export        reports_export_year (or bills:remind, and reports:read, and role clerk)
  reports:read          reports_summary, reports_export_year (and role clerk, and any of bills:remind, reports:export)
  role clerk            reports_export_year (and reports:read, and any of bills:remind, reports:export)
open_bills
  bills:amounts         open_bills.amountDue (read), open_bills.amountDue (write)
  bills:remind          open_bills_remind (or books:close)
  books:close           open_bills_delete, open_bills_remind (or bills:remind)
  open_bills:read       open_bills_list, open_bills_get
  open_bills:read:self  open_bills_self_list
  open_bills:write      open_bills_create
  stats                 open_bills_count
  scope profile         open_bills_mine (and role auditor)
  role auditor          open_bills_audit, open_bills_mine (and scope profile)
payers
  books:close           payers_delete
  payers:read           include open_bills.payer";
    assert_eq!(manifest.list(), expected);
    for (name, expected) in [
        ("legacy:use", "Use /legacy"),
        ("books:close", "Delete open bills; delete payers; use /legacy"),
        ("reports:read", "Sums the year up; /reports: export year"),
        ("clerk", "/reports: export year"),
    ] {
        let entry = manifest.entries.iter().find(|entry| entry.name == name).expect(name);
        assert_eq!(entry.description, expected, "{name}");
    }
    assert!(manifest.permissions().contains(&"legacy:use".to_owned()), "a token of all permissions opens scopes");
    let csv = export(&manifest, Format::Csv, "a", "b").expect("an export");
    assert!(csv.contains("\r\npermission,legacy:use,Use /legacy,/legacy,/legacy/* (and books:close)\r\n"), "{csv}");
}

#[test]
fn the_list_of_routes_shows_what_scopes_ask() {
    let text = routes(&with_scopes(), "/api/v1");
    let lines: Vec<String> = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    for expected in [
        "GET /api/v1/open-bills/audit role auditor",
        "GET /api/v1/reports/summary reports:read",
        "GET /api/v1/reports/years/{year}/export reports:read, and role clerk, and any of bills:remind, reports:export",
        "any /api/v1/legacy/* all of legacy:use, books:close",
        "any /api/v1/open/* public",
    ] {
        assert!(lines.iter().any(|line| line == expected), "{expected}: {text}");
    }
}

#[test]
fn scopes_that_do_not_fit_are_named_at_the_start() {
    type Add = fn(&mut Api);
    let cases: &[(Add, &str)] = &[
        (|api| api.add_scope("", Requirement::Public, |r| r), "the scope `` has no path of its own"),
        (|api| api.add_scope("/", Requirement::Public, |r| r), "the scope `/` has no path of its own"),
        (|api| api.add_scope("reports", Requirement::Public, |r| r), "does not begin with a slash; write `/reports`"),
        (|api| api.add_scope("/reports/", Requirement::Public, |r| r), "ends with a slash; write `/reports`"),
        (|api| api.add_scope("/a//b", Requirement::Public, |r| r), "an empty word is neither"),
        (|api| api.add_scope("/a b", Requirement::Public, |r| r), "a b is neither"),
        (|api| api.add_scope("/{id:\\d+}", Requirement::Public, |r| r), "{id:\\d+} is neither"),
        (
            |api| api.add_scope("/{a}/{a}", Requirement::Public, |r| r.service(summary)),
            "the scope `/{a}/{a}` has the parameter `a` twice",
        ),
        (
            |api| api.add_scope("/r/{year}", Requirement::Public, |r| r.service(export_year)),
            "GET /r/{year}/{year}/export has the parameter `year` twice",
        ),
        (
            |api| api.add_scope("/r", Requirement::Public, |r| r.scope("x/", Requirement::Public, |r| r)),
            "the scope `x/` does not begin with a slash; write `/x`",
        ),
        (|api| api.add_scope("/r", Requirement::Any(&[]), |r| r), "the scope `/r` asks for any of no permissions"),
        (|api| api.add_scope("/r", Requirement::All(&[]), |r| r), "asks for all of no permissions"),
        (|api| api.add_scope("/r", Requirement::Permission("a b"), |r| r), "asks for the permission \"a b\""),
        (|api| api.add_scope("/r", Requirement::Role(" "), |r| r), "asks for a role without a name"),
        (|api| api.add_actix_scope("legacy", Requirement::Public, |_| {}), "write `/legacy`"),
        (|api| api.add_actix_scope("/l", Requirement::Scope(""), |_| {}), "asks for the scope \"\""),
        (
            |api| api.add::<OpenBill>(Routes::default().scope("x", Requirement::Public, |r| r)),
            "beside OpenBill: the scope `x` does not begin with a slash",
        ),
        (
            |api| api.add_scope("/open-bills", Requirement::Public, |r| r),
            "the scope `/open-bills` has the path of OpenBill: add its endpoints by `.resource_with::<OpenBill>(..)`",
        ),
        (
            |api| api.add_actix_scope("/payers", Requirement::Public, |_| {}),
            "the scope `/payers` has the path of Payer",
        ),
        (
            |api| api.add_actix_scope("/payers/import", Requirement::Public, |_| {}),
            "the scope `/payers/import` would not see DELETE /payers/{id}, which is an endpoint of payers",
        ),
        (|api| api.add_scope("/one", Requirement::Public, |r| r), "two scopes have the same path, `/one`"),
        (|api| api.add_actix_scope("/one", Requirement::Public, |_| {}), "two scopes have the same path, `/one`"),
        (
            |api| api.add_actix_scope("/one/two/{x}", Requirement::Public, |_| {}),
            "the scope `/one/two/{x}` lies below `/one` and would not ask for what that asks: put it inside, `routes.scope(\"/two/{x}\", ..)`",
        ),
        (
            |api| api.add_scope("/ones", Requirement::Role("x"), |r| r.service(summary).service(summary)),
            "GET /ones/summary is there twice",
        ),
        (
            |api| {
                api.add_scope("/w", Requirement::Public, |r| {
                    r.scope("/{x}", Requirement::Public, |r| r.service(summary)).scope(
                        "/{y}",
                        Requirement::Public,
                        |r| r.service(summary),
                    )
                })
            },
            "are the same address",
        ),
    ];
    for (add, expected) in cases {
        let mut api = Api::default();
        if !expected.starts_with("beside") {
            api.add::<OpenBill>(Routes::default());
        }
        api.add::<Payer>(Routes::default());
        api.add_scope("/one", Requirement::Role("one"), |routes| routes.service(summary));
        add(&mut api);
        let mistakes = api.mistakes();
        assert!(mistakes.len() == 1 && mistakes[0].contains(expected), "{expected}: {mistakes:#?}");
    }
    let mut api = Api::default();
    api.add::<OpenBill>(Routes::default());
    api.add::<Payer>(Routes::default());
    api.add_scope("/payers/{id}/files", Requirement::Public, |routes| routes.service(summary));
    api.add_actix_scope("/payers/{id}/mail", Requirement::Public, |_| {});
    api.add_actix_scope("/pay", Requirement::Public, |_| {});
    assert_eq!(api.mistakes(), [""; 0], "what only stands beside a resource is no mistake");
}

#[test]
fn exports_to_the_letter() {
    let some = only(&["bills:remind", "books:close", "auditor"]);
    for (format, expected) in [
        (
            Format::Csv,
            "kind,name,description,resources,used by\r\n\
             permission,bills:remind,\"Sends a reminder, again\",open_bills,open_bills_remind (or books:close)\r\n\
             permission,books:close,Delete open bills; delete payers,open_bills payers,\
             open_bills_delete; open_bills_remind (or bills:remind); payers_delete\r\n\
             role,auditor,Open bills: audit,open_bills,open_bills_audit",
        ),
        (
            Format::Json,
            r#"{
  "identifier": "https://api.example.com",
  "permissions": [
    {
      "name": "bills:remind",
      "description": "Sends a reminder, again",
      "resources": [
        "open_bills"
      ],
      "usedBy": [
        "open_bills_remind (or books:close)"
      ]
    },
    {
      "name": "books:close",
      "description": "Delete open bills; delete payers",
      "resources": [
        "open_bills",
        "payers"
      ],
      "usedBy": [
        "open_bills_delete",
        "open_bills_remind (or bills:remind)",
        "payers_delete"
      ]
    }
  ],
  "scopes": [],
  "roles": [
    {
      "name": "auditor",
      "description": "Open bills: audit",
      "resources": [
        "open_bills"
      ],
      "usedBy": [
        "open_bills_audit"
      ]
    }
  ]
}"#,
        ),
        (
            Format::DeployCli,
            r#"# Auth0 renames the API to this name: write the one that it has there.
resourceServers:
  - name: "Bills"
    identifier: "https://api.example.com"
    scopes:
      - value: "bills:remind"
        description: "Sends a reminder, again"
      - value: "books:close"
        description: "Delete open bills; delete payers""#,
        ),
        (
            Format::Terraform,
            r#"resource "auth0_resource_server_scopes" "api" {
  resource_server_identifier = "https://api.example.com"

  scopes {
    name        = "bills:remind"
    description = "Sends a reminder, again"
  }

  scopes {
    name        = "books:close"
    description = "Delete open bills; delete payers"
  }
}"#,
        ),
    ] {
        let text = export(&some, format, "https://api.example.com", "Bills").expect("an export");
        assert_eq!(text, expected, "{format:?}");
    }
    let none = export(&odd(&[]), Format::DeployCli, "a", "b").expect("an export");
    assert!(none.ends_with("    scopes: []"), "{none}");
}

#[test]
fn odd_names_stay_text() {
    for (format, name, expected) in [
        (Format::DeployCli, "no", r#"value: "no""#),
        (Format::DeployCli, "1e3", r#"value: "1e3""#),
        (Format::DeployCli, "a: b #c", r#"value: "a: b #c""#),
        (Format::DeployCli, "{\"a\\b\"}", r#"value: "{\"a\\b\"}""#),
        (Format::DeployCli, "two\nlines\t\u{1b}[0m\u{85}\u{2028}", r#"value: "two\nlines\t\u001b[0m\u0085\u2028""#),
        (Format::DeployCli, "größe:✓", r#"value: "größe:✓""#),
        (Format::Terraform, "${var.secret}", r#"= "$${var.secret}""#),
        (Format::Terraform, "%{ if x }", r#"= "%%{ if x }""#),
        (Format::Terraform, "$${x}", r#"= "$\u0024{x}""#),
        (Format::Terraform, "100% $5 {x}", r#"= "100% $5 {x}""#),
        (Format::Terraform, "\"\\\n}", r#"= "\"\\\n}""#),
        (Format::Csv, "a,\"b\"", r#","a,""b""","#),
    ] {
        let text = export(&odd(&[(name, name)]), format, "id", "title").expect("an export");
        assert!(text.contains(expected), "{name:?} as {format:?}: {text}");
    }
}

#[cfg(feature = "jwks-http")]
#[test]
fn wildcards_grant_permissions_and_no_scopes() {
    use super::plan::{Options, compare_scopes, ungrantable};
    let scopes =
        ["bills:*", "*:read", "*:read:self", "books:close", "other:*"].map(|value| serde_json::json!({"value": value}));
    let api = serde_json::json!({"id": "1", "identifier": "a", "scopes": scopes});
    let api = serde_json::from_value(api).expect("an API");
    assert_eq!(ungrantable(&manifest(), &api), ["bills:total", "open_bills:write", "stats"]);
    let plan = compare_scopes(&manifest(), &api, Options { prune: true, keep_descriptions: false });
    assert_eq!(plan.kept, ["*:read", "*:read:self", "bills:*"], "what grants something is not pruned");
    assert_eq!(plan.removed().into_iter().collect::<Vec<_>>(), ["other:*"]);
}

#[test]
fn unknown_formats_name_the_known_ones() {
    assert_eq!(Format::named(None).expect("a default"), Format::Json);
    let mistake = Format::named(Some("terrafrom")).expect_err("no format").to_string();
    assert!(mistake.contains("did you mean `terraform`?") && mistake.contains("auth0-deploy-cli"), "{mistake}");
}
