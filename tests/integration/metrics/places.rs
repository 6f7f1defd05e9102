//! Where metrics are served, and who may read them.

use resourceful::prelude::*;
use resourceful::testing::{TestApp, TestDatabase};

use crate::support::refused;

const READ: &str = "metrics:read";

/// What production needs, for a database whose tables are there.
const PRODUCTION: &[(&str, &str)] = &[
    ("ENVIRONMENT", "production"),
    ("SECRET_KEY", "0123456789abcdef0123456789abcdef"),
    ("AUTH0_DOMAIN", "tenant.eu.auth0.com"),
    ("AUTH0_AUDIENCE", "https://api.example.com"),
    ("AUTH0_USE_RBAC", "false"),
];

#[test]
fn only_development_serves_metrics_that_nobody_asked_for() {
    let app = TestApp::start(|app| app);
    refused(&app.anonymous().get("/metrics"), 404, "not-found", "a test");
    let production = app.another_with(PRODUCTION, |app| app);
    for path in ["/metrics", "/metrics/", "/api/v1/metrics"] {
        refused(&production.anonymous().get(path), 404, "not-found", path);
        let user = CurrentUser::new("auth0|ada").with_permissions([READ, "*"]);
        let answer = production.as_user(user).get(path);
        refused(&answer, 404, "not-found", path);
    }
    let development = TestApp::start_with(TestDatabase::Sqlite, &[("ENVIRONMENT", "development")], |app| app);
    assert_eq!(development.anonymous().get("/metrics").status, 200);
    refused(&development.anonymous().send("POST", "/metrics", &[], None), 405, "method-not-allowed", "POST");
    let head = development.anonymous().send("HEAD", "/metrics", &[], None);
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("cache-control"), Some("no-store"));
}

#[test]
fn a_permission_guards_the_metrics() {
    for environment in ["test", "development", "production"] {
        let first = TestApp::start(|app| app);
        let mut settings = vec![("METRICS_PERMISSION", READ)];
        match environment {
            "production" => settings.extend(PRODUCTION),
            environment => settings.push(("ENVIRONMENT", environment)),
        }
        let app = first.another_with(&settings, |app| app);
        refused(&app.anonymous().get("/metrics"), 401, "unauthenticated", environment);
        refused(&app.with_token("nonsense").get("/metrics"), 401, "invalid-token", environment);
        let caller = |permission: &str| app.as_user(CurrentUser::new("auth0|ada").with_permissions([permission]));
        for other in ["metrics:write", "projects:read", "metrics:read:self", "metric:read"] {
            refused(&caller(other).get("/metrics"), 403, "insufficient-scope", other);
        }
        for right in [READ, "metrics:*"] {
            let answer = caller(right).get("/metrics");
            assert_eq!(answer.status, 200, "{right} in {environment}: {}", answer.text());
            super::Page::parse(&answer.text());
        }
        refused(&caller(READ).send("POST", "/metrics", &[], None), 405, "method-not-allowed", "POST");
        let page = super::Page::parse(&caller(READ).get("/metrics").text());
        let reason = [("reason", "form")];
        assert_eq!(page.value("resourceful_token_rejections_total", &reason), Some(1.0), "{environment}");
    }
}

/// A resource with the path of the metrics.
#[derive(Clone, Debug, Resource)]
#[resource(path = "metrics", name = "metrics", public(list))]
pub struct Metric {
    /// Made by the server.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
}

#[test]
fn a_resource_of_the_same_path_comes_first() {
    let settings = [("ENVIRONMENT", "development"), ("API_PREFIX", "/")];
    let app = TestApp::start_with(TestDatabase::Sqlite, &settings, |app| app.resource::<Metric>());
    let answer = app.anonymous().get("/metrics");
    assert_eq!((answer.status, answer.json()["items"].is_array()), (200, true), "{}", answer.text());
}

#[test]
fn settings_are_checked_together() {
    let table: &[(&[(&str, &str)], &str)] = &[
        (&[("METRICS_PORT", "x")], "METRICS_PORT is `x`; it must be a port"),
        (&[("METRICS_PORT", "70000")], "METRICS_PORT is `70000`"),
        (&[("METRICS_PORT", "9090"), ("METRICS_PERMISSION", READ)], "METRICS_PORT and METRICS_PERMISSION are both set"),
        (&[("METRICS_PERMISSION", "metrics read")], "METRICS_PERMISSION is `metrics read`"),
        (&[("SLOW_STATEMENT", "x")], "SLOW_STATEMENT is `x`; it must be a number of seconds such as 5 or 0.5"),
        (&[("SLOW_STATEMENT", "-1")], "SLOW_STATEMENT is `-1`"),
        (&[("SLOW_STATEMENT", "1e3")], "SLOW_STATEMENT is `1e3`"),
        (&[("SLOW_STATEMENT", ".")], "SLOW_STATEMENT is `.`"),
    ];
    for (settings, says) in table {
        let lookup =
            |name: &str| settings.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        let test = |name: &str| if name == "ENVIRONMENT" { Some("test".to_owned()) } else { lookup(name) };
        let problem = resourceful::Settings::from_lookup(test).expect_err(says);
        assert!(problem.message().contains(says), "{settings:?}: {}", problem.message());
    }
}
