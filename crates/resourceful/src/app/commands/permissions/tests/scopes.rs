//! Scopes in the manifest and in the list of routes, and invalid scopes.

use super::super::export::{Format, export};
use super::{OpenBill, Payer, audit, mine, remind};
use crate::app::commands::routes::routes;
use crate::app::manifest::Manifest;
use crate::http::{Api, ApiPrefix, Routes};
use crate::prelude::*;

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
fn the_manifest_contains_requirements_of_scopes() {
    assert_eq!(with_scopes().validate(), [""; 0]);
    let manifest = Manifest::read(&with_scopes());
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
    assert!(
        manifest.permissions().contains(&"legacy:use".to_owned()),
        "a token with all permissions includes those of scopes"
    );
    let csv = export(&manifest, Format::Csv, Some("a"), "b").expect("an export");
    assert!(csv.contains("\r\npermission,legacy:use,Use /legacy,/legacy,/legacy/* (and books:close)\r\n"), "{csv}");
}

#[test]
fn the_list_of_routes_shows_requirements_of_scopes() {
    let text = routes(&with_scopes(), &ApiPrefix::default());
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
fn invalid_scopes_are_start_up_errors() {
    type Add = fn(&mut Api);
    let cases: &[(Add, &str)] = &[
        (|api| api.add_scope("", Requirement::Public, |r| r), "the scope `` needs a path"),
        (|api| api.add_scope("/", Requirement::Public, |r| r), "the scope `/` needs a path"),
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
        (|api| api.add_scope("/r", Requirement::Any(&[]), |r| r), "the scope `/r` requires any of no permissions"),
        (|api| api.add_scope("/r", Requirement::All(&[]), |r| r), "requires all of no permissions"),
        (|api| api.add_scope("/r", Requirement::Permission("a b"), |r| r), "requires the permission \"a b\""),
        (|api| api.add_scope("/r", Requirement::Role(" "), |r| r), "requires a role without a name"),
        (|api| api.add_actix_scope("legacy", Requirement::Public, |_| {}), "write `/legacy`"),
        (|api| api.add_actix_scope("/l", Requirement::Scope(""), |_| {}), "requires the scope \"\""),
        (
            |api| api.add::<OpenBill>(Routes::default().scope("x", Requirement::Public, |r| r)),
            "endpoints of OpenBill: the scope `x` does not begin with a slash",
        ),
        (
            |api| api.add_scope("/open-bills", Requirement::Public, |r| r),
            "the scope `/open-bills` has the path of OpenBill: add its endpoints with `.resource_with::<OpenBill>(..)`",
        ),
        (
            |api| api.add_actix_scope("/payers", Requirement::Public, |_| {}),
            "the scope `/payers` has the path of Payer",
        ),
        (
            |api| api.add_actix_scope("/payers/import", Requirement::Public, |_| {}),
            "the scope `/payers/import` would not get DELETE /payers/{id}, which is an endpoint of payers",
        ),
        (|api| api.add_scope("/one", Requirement::Public, |r| r), "two scopes have the same path, `/one`"),
        (|api| api.add_actix_scope("/one", Requirement::Public, |_| {}), "two scopes have the same path, `/one`"),
        (
            |api| api.add_actix_scope("/one/two/{x}", Requirement::Public, |_| {}),
            "the scope `/one/two/{x}` is below `/one`, but would not have its requirement: put it inside, `routes.scope(\"/two/{x}\", ..)`",
        ),
        (
            |api| api.add_scope("/ones", Requirement::Role("x"), |r| r.service(summary).service(summary)),
            "GET /ones/summary exists twice",
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
            "are the same path",
        ),
    ];
    for (add, expected) in cases {
        let mut api = Api::default();
        if !expected.starts_with("endpoints of") {
            api.add::<OpenBill>(Routes::default());
        }
        api.add::<Payer>(Routes::default());
        api.add_scope("/one", Requirement::Role("one"), |routes| routes.service(summary));
        add(&mut api);
        let errors = api.validate();
        assert!(errors.len() == 1 && errors[0].contains(expected), "{expected}: {errors:#?}");
    }
    let mut api = Api::default();
    api.add::<OpenBill>(Routes::default());
    api.add::<Payer>(Routes::default());
    api.add_scope("/payers/{id}/files", Requirement::Public, |routes| routes.service(summary));
    api.add_actix_scope("/payers/{id}/mail", Requirement::Public, |_| {});
    api.add_actix_scope("/pay", Requirement::Public, |_| {});
    assert_eq!(api.validate(), [""; 0], "paths next to those of a resource are allowed");
}
