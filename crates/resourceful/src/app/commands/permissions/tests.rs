//! The manifest of a small application, and its exact exports.

use super::export::{Format, export};
use crate::app::manifest::{Entry, Kind, Manifest};
use crate::http::{Api, Routes};
use crate::prelude::*;

mod scopes;

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

/// A payer. There is no operation that lists payers; they are only included with their bills.
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
    Manifest::read(&api)
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
fn descriptions_of_permissions() {
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
fn api_scopes_are_permissions_and_non_standard_scopes() {
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
    assert_eq!(names, expected, "without roles and without scopes of OpenID Connect");
    assert!(manifest().permissions().contains(&"bills:amounts".to_owned()), "permissions of fields are included");
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

#[test]
fn exports_are_exact() {
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
            r#"# The deployment sets the API's name in Auth0 to this one: write its current name here.
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
        let text = export(&some, format, Some("https://api.example.com"), "Bills").expect("an export");
        assert_eq!(text, expected, "{format:?}");
    }
    let none = export(&odd(&[]), Format::DeployCli, Some("a"), "b").expect("an export");
    assert!(none.ends_with("    scopes: []"), "{none}");
}

#[test]
fn unusual_names_are_quoted() {
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
        let text = export(&odd(&[(name, name)]), format, Some("id"), "title").expect("an export");
        assert!(text.contains(expected), "{name:?} as {format:?}: {text}");
    }
}

#[cfg(feature = "jwks-http")]
#[test]
fn wildcards_grant_permissions_but_not_scopes() {
    use super::plan::{Options, compare_scopes, ungrantable};
    let scopes =
        ["bills:*", "*:read", "*:read:self", "books:close", "other:*"].map(|value| serde_json::json!({"value": value}));
    let api = serde_json::json!({"id": "1", "identifier": "a", "scopes": scopes});
    let api = serde_json::from_value(api).expect("an API");
    assert_eq!(ungrantable(&manifest(), &api), ["bills:total", "open_bills:write", "stats"]);
    let plan = compare_scopes(&manifest(), &api, Options { prune: true, keep_descriptions: false });
    assert_eq!(
        plan.kept,
        ["*:read", "*:read:self", "bills:*"],
        "a wildcard that grants a required permission is not pruned"
    );
    assert_eq!(plan.removed().into_iter().collect::<Vec<_>>(), ["other:*"]);
}

#[test]
fn unknown_formats_name_the_known_ones() {
    assert_eq!(Format::named(None).expect("a default"), Format::Json);
    let mistake = Format::named(Some("terrafrom")).expect_err("no format").to_string();
    assert!(mistake.contains("did you mean `terraform`?") && mistake.contains("auth0-deploy-cli"), "{mistake}");
}
