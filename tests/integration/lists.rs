//! Lists: pages, order, filters, `q` and counts, and invalid queries.

use resourceful::prelude::*;
use resourceful::serde;
use resourceful::serde_json::{Value, json};
use resourceful::testing::{TestApp, TestDatabase};

use crate::support::{ada, column, created, ok, on_both, project, refused};

#[test]
fn pages() {
    on_both(|app| {
        let ada = ada(app);
        let empty = ok(ada.get("/api/v1/projects"));
        assert_eq!(empty, json!({"items": [], "total": 0, "page": 1, "size": 20, "pages": 0, "next": null}));
        let items: Vec<Value> =
            (1..=45).map(|number| json!({"name": format!("P{number:02}"), "isActive": number % 2 == 0})).collect();
        created(ada.post("/api/v1/projects/bulk", items));
        let first = ok(ada.get("/api/v1/projects?sort=name"));
        assert_eq!((&first["total"], &first["pages"], &first["size"]), (&json!(45), &json!(3), &json!(20)));
        let mut names = Vec::new();
        for page in 1..=3 {
            names.extend(column(&ok(ada.get(&format!("/api/v1/projects?sort=name&page={page}&size=20"))), "name"));
        }
        let expected: Vec<Value> = (1..=45).map(|number| json!(format!("P{number:02}"))).collect();
        assert_eq!(names, expected);
        let beyond = ok(ada.get("/api/v1/projects?page=9"));
        assert_eq!((&beyond["items"], &beyond["total"]), (&json!([]), &json!(45)), "a page beyond the end is empty");
        let full = ok(ada.get("/api/v1/projects?size=45"));
        assert_eq!((&full["total"], &full["pages"]), (&json!(45), &json!(1)));
        let uncounted = ok(ada.get("/api/v1/projects?count=none&size=1"));
        assert!(uncounted.get("total").is_none() && uncounted.get("pages").is_none());
        assert_eq!(uncounted["page"], 1);
        assert!(uncounted["next"].is_string(), "there is another page");
        assert_eq!(ok(ada.get("/api/v1/projects?page=3"))["next"], Value::Null, "and behind the last there is none");
        assert_eq!(ok(ada.get("/api/v1/projects/count?isActive=true"))["total"], 22);
        assert_eq!(
            column(&ok(ada.get("/api/v1/projects?size=2")), "name"),
            [json!("P45"), json!("P44")],
            "the resource's own order, ties by id"
        );
    });
}

#[test]
fn filters_words_and_order_on_get_and_in_a_body() {
    // The query of GET, the same query as a body of POST /search, and the expected names.
    let cases: Vec<(&str, Value, &[&str])> = vec![
        ("name=alpha", json!({"filter": {"name": "alpha"}}), &["alpha"]),
        ("name[eq]=alpha", json!({"filter": {"name": {"eq": "alpha"}}}), &["alpha"]),
        ("name[ne]=alpha", json!({"filter": {"name": {"ne": "alpha"}}}), &["100% Über", "Beta_1", "ÄPFEL [x]*?"]),
        ("name[in]=alpha,Beta_1", json!({"filter": {"name": {"in": ["alpha", "Beta_1"]}}}), &["Beta_1", "alpha"]),
        (
            "name[nin]=alpha,Beta_1",
            json!({"filter": {"name": {"nin": ["alpha", "Beta_1"]}}}),
            &["100% Über", "ÄPFEL [x]*?"],
        ),
        ("name[contains]=a", json!({"filter": {"name": {"contains": "a"}}}), &["Beta_1", "alpha"]),
        ("name[contains]=%25", json!({"filter": {"name": {"contains": "%"}}}), &["100% Über"]),
        ("name[contains]=_", json!({"filter": {"name": {"contains": "_"}}}), &["Beta_1"]),
        ("name[contains]=*?", json!({"filter": {"name": {"contains": "*?"}}}), &["ÄPFEL [x]*?"]),
        ("name[icontains]=äpf", json!({"filter": {"name": {"icontains": "äpf"}}}), &["ÄPFEL [x]*?"]),
        ("name[icontains]=über", json!({"filter": {"name": {"icontains": "über"}}}), &["100% Über"]),
        ("name[icontains]=[X]", json!({"filter": {"name": {"icontains": "[X]"}}}), &["ÄPFEL [x]*?"]),
        ("name[startsWith]=Be", json!({"filter": {"name": {"startsWith": "Be"}}}), &["Beta_1"]),
        ("name[endsWith]=*?", json!({"filter": {"name": {"endsWith": "*?"}}}), &["ÄPFEL [x]*?"]),
        ("dueDate[isNull]=true", json!({"filter": {"dueDate": null}}), &["ÄPFEL [x]*?"]),
        ("dueDate[isNull]=false", json!({"filter": {"dueDate": {"isNull": false}}}), &["100% Über", "Beta_1", "alpha"]),
        (
            "dueDate[gte]=2026-02-01T00:00:00Z",
            json!({"filter": {"dueDate": {"gte": "2026-02-01T00:00:00Z"}}}),
            &["100% Über", "Beta_1"],
        ),
        (
            "dueDate[gt]=2026-01-01T00:00:00Z&dueDate[lt]=2026-03-01T00:00:00Z",
            json!({"filter": {"dueDate": {"gt": "2026-01-01T00:00:00Z", "lt": "2026-03-01T00:00:00Z"}}}),
            &["Beta_1"],
        ),
        (
            "dueDate[ne]=2026-01-01T00:00:00Z",
            json!({"filter": {"dueDate": {"ne": "2026-01-01T00:00:00Z"}}}),
            &["100% Über", "Beta_1", "ÄPFEL [x]*?"],
        ),
        ("isActive=false", json!({"filter": {"isActive": false}}), &["Beta_1"]),
        ("q=ÜBER", json!({"q": "ÜBER"}), &["100% Über", "Beta_1"]),
        ("q=über+beta", json!({"q": "über beta"}), &["Beta_1"]),
        ("q=100%25", json!({"q": "100%"}), &["100% Über"]),
        (
            "isActive=true&name[contains]=l",
            json!({"filter": {"isActive": true, "name": {"contains": "l"}}}),
            &["alpha"],
        ),
    ];
    on_both(|app| {
        let ada = ada(app);
        let rows = json!([
            {"name": "alpha", "dueDate": "2026-01-01T00:00:00Z"},
            {"name": "Beta_1", "description": "über alles", "isActive": false, "dueDate": "2026-02-01T00:00:00Z"},
            {"name": "100% Über", "dueDate": "2026-03-01T00:00:00.5Z"},
            {"name": "ÄPFEL [x]*?"}
        ]);
        created(ada.post("/api/v1/projects/bulk", rows));
        for (query, body, names) in &cases {
            let expected: Vec<Value> = names.iter().map(|name| json!(name)).collect();
            assert_eq!(
                column(&ok(ada.get(&format!("/api/v1/projects?sort=name&{query}"))), "name"),
                expected,
                "{query}"
            );
            assert_eq!(
                ok(ada.get(&format!("/api/v1/projects/count?{query}")))["total"],
                names.len(),
                "count of {query}"
            );
            let mut body = body.clone();
            body["sort"] = json!(["name"]);
            assert_eq!(column(&ok(ada.post("/api/v1/projects/search", &body)), "name"), expected, "{body}");
        }
        let nulls_last = column(&ok(ada.get("/api/v1/projects?sort=dueDate")), "name");
        assert_eq!(
            nulls_last,
            ["alpha", "Beta_1", "100% Über", "ÄPFEL [x]*?"].map(|name| json!(name)),
            "null is larger than any value"
        );
        let nulls_first = column(&ok(ada.get("/api/v1/projects?sort=-dueDate,name")), "name");
        assert_eq!(nulls_first, ["ÄPFEL [x]*?", "100% Über", "Beta_1", "alpha"].map(|name| json!(name)));
        let paged =
            ok(ada.post("/api/v1/projects/search", json!({"page": 2, "size": 3, "count": "none", "sort": ["-name"]})));
        assert_eq!(column(&paged, "name"), [json!("100% Über")]);
        let first = ok(ada.get("/api/v1/projects?sort=name"))["items"][0]["id"].clone();
        assert_eq!(
            ok(ada.get(&format!("/api/v1/projects?id={}&sort=-id", first.as_str().expect("an id"))))["total"],
            1,
            "the id can always be filtered and sorted"
        );
    });
}

#[test]
fn invalid_queries() {
    let long = "x".repeat(201);
    let many_sorts = vec!["name"; 50].join(",");
    let many_filters: String = (0..51).map(|_| "name[contains]=x&").collect::<String>();
    let list: String = (0..1001).map(|number| format!("{number},")).collect();
    let cases: Vec<(String, &str)> = [
        ("size=0", "invalid-pagination"),
        ("size=-1", "invalid-pagination"),
        ("size=101", "invalid-pagination"),
        ("size=1e9", "invalid-pagination"),
        ("size=99999999999999999999", "invalid-pagination"),
        ("size=abc", "invalid-pagination"),
        ("size=", "invalid-pagination"),
        ("size=%2B10", "invalid-pagination"),
        ("size=1.0", "invalid-pagination"),
        ("size=0x10", "invalid-pagination"),
        ("page=0", "invalid-pagination"),
        ("page=-1", "invalid-pagination"),
        ("page=9223372036854775807&size=100", "invalid-pagination"),
        ("page=1&page=2", "duplicate-parameter"),
        ("foo=1", "unknown-parameter"),
        ("sort=name;DROP TABLE projects", "unknown-sort"),
        ("sort=(1)", "unknown-sort"),
        ("sort=description", "unknown-sort"),
        ("sort=owner.name", "unknown-sort"),
        ("sort=pin", "unknown-sort"),
        ("sort=name,name", "invalid-sort"),
        ("sort=", "invalid-sort"),
        ("name[regex]=(a+)+$", "invalid-filter"),
        ("name[gt]=a", "invalid-filter"),
        ("isActive[contains]=t", "invalid-filter"),
        ("isActive=1", "invalid-filter"),
        ("isActive=TRUE", "invalid-filter"),
        ("pin=1", "unknown-parameter"),
        ("pin[startsWith]=a", "unknown-filter"),
        ("description=x", "unknown-filter"),
        ("owner.secret[startsWith]=a", "unknown-filter"),
        ("owner.name=a", "unknown-filter"),
        ("ownr.email=a", "unknown-filter"),
        ("owner.projects.owner.email=a", "unknown-filter"),
        ("owner.=a", "unknown-filter"),
        ("owner=a", "unknown-parameter"),
        ("owner[eq]=a", "unknown-filter"),
        ("after=", "invalid-cursor"),
        ("after=abc", "invalid-cursor"),
        ("after=a%20b", "invalid-cursor"),
        ("after=abc&page=1", "invalid-pagination"),
        ("include=nobody", "unknown-include"),
        ("include=", "unknown-include"),
        ("include=owner,owner", "invalid-selection"),
        ("include=owner.projects.owner", "include-too-deep"),
        ("fields=pin", "unknown-field"),
        ("fields=", "unknown-field"),
        ("fields=name,name", "invalid-selection"),
        ("filter[owner.passwordHash][startsWith]=a", "unknown-filter"),
        ("name=%00", "invalid-encoding"),
        ("name=%ff", "invalid-encoding"),
        ("name=%zz", "invalid-encoding"),
        ("name=%ED%A0%80", "invalid-encoding"),
        ("dueDate=2026-02-30", "invalid-filter"),
        ("dueDate=2026-02-30T00:00:00Z", "invalid-filter"),
        ("dueDate[gt]=99999-01-01T00:00:00Z", "invalid-filter"),
        ("dueDate=infinity", "invalid-filter"),
        ("dueDate=2026-01-01T00:00:60Z", "invalid-filter"),
        ("dueDate=2026-01-01T00:00:00%2B25:00", "invalid-filter"),
        ("dueDate[isNull]=maybe", "invalid-filter"),
        ("count=yes", "invalid-count"),
        ("id=abc", "invalid-filter"),
        ("NAME=x", "unknown-parameter"),
    ]
    .into_iter()
    .map(|(query, slug)| (query.to_owned(), slug))
    .chain([
        (format!("q={long}"), "invalid-search"),
        (format!("sort={many_sorts}"), "invalid-sort"),
        (format!("name[in]={list}"), "invalid-filter"),
        (many_filters, "duplicate-parameter"),
    ])
    .collect();
    let bodies: Vec<(Value, u16, &str)> = vec![
        (json!([]), 422, "validation-error"),
        (json!({"foo": 1}), 400, "unknown-parameter"),
        (json!({"page": "1"}), 400, "invalid-pagination"),
        (json!({"page": 0}), 400, "invalid-pagination"),
        (json!({"size": 1.5}), 400, "invalid-pagination"),
        (json!({"sort": "name"}), 400, "invalid-sort"),
        (json!({"sort": ["nam"]}), 400, "unknown-sort"),
        (json!({"filter": {"pin": "1"}}), 400, "unknown-filter"),
        (json!({"filter": {"name": 1}}), 400, "invalid-filter"),
        (json!({"filter": {"name": {"matches": "x"}}}), 400, "invalid-filter"),
        (json!({"filter": {"isActive": "true"}}), 400, "invalid-filter"),
        (json!({"filter": []}), 400, "invalid-filter"),
        (json!({"q": 1}), 400, "invalid-search"),
        (json!({"count": "all"}), 400, "invalid-count"),
        (json!({"filter": {"name": "a\u{0}"}}), 400, "invalid-filter"),
    ];
    on_both(|app| {
        let ada = ada(app);
        project(&ada, "x");
        for (query, slug) in &cases {
            let short: String = query.chars().take(60).collect();
            refused(&ada.get(&format!("/api/v1/projects?{query}")), 400, slug, &short);
        }
        for (body, status, slug) in &bodies {
            refused(&ada.post("/api/v1/projects/search", body), *status, slug, &body.to_string());
        }
        for query in ["page=1", "size=5", "sort=name", "count=none"] {
            refused(&ada.get(&format!("/api/v1/projects/count?{query}")), 400, "unknown-parameter", query);
        }
        for (method, path) in [
            ("GET", "/api/v1/projects/0190a2d4-7b1e-7c3a-9f00-3b1c2d4e5f60?x=1"),
            ("DELETE", "/api/v1/projects/0190a2d4-7b1e-7c3a-9f00-3b1c2d4e5f60?force=1"),
            ("POST", "/api/v1/projects/search?page=1"),
        ] {
            let answer = ada.send(method, path, &[("content-type", "application/json")], Some(b"{}".to_vec()));
            refused(&answer, 400, "unknown-parameter", path);
        }
        let near = ada.get("/api/v1/projects?isActiv=true");
        assert!(near.text().contains("did you mean `isActive`?"), "{}", near.text());
        for id in ["abc", "..%2F1", "1%2f2", "NaN", "9223372036854775808", &"x".repeat(300)] {
            refused(&ada.get(&format!("/api/v1/projects/{id}")), 404, "not-found", id);
        }
        for id in ["abc", "2147483648", "1.0", "+1", "01", "-1"] {
            refused(&ada.get(&format!("/api/v1/stages/{id}")), 404, "not-found", id);
        }
    });
}

/// The parameters of a hand-written endpoint.
#[derive(Debug, serde::Deserialize)]
#[serde(crate = "resourceful::serde", deny_unknown_fields)]
struct Asked {
    page: Option<u32>,
}

#[get("/asked", public)]
async fn asked(query: QueryParams<Asked>) -> Json<Option<u32>> {
    Json(query.0.page)
}

/// Empty pieces of a query string are ignored by every operation; a name without a value, or a value without a name, is
/// still a parameter.
#[test]
fn empty_pieces_of_a_query_string_are_skipped() {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        let app = TestApp::start_on(database, |app| {
            app.resource::<crate::resources::Member>()
                .resource::<crate::resources::Task>()
                .resource_with::<crate::resources::Project>(|routes| routes.service(asked))
                .provision::<crate::resources::Member>(|caller| crate::resources::member::Create::new(&caller.id))
        });
        let ada = ada(&app);
        let name = json!({"name": "one"});
        // Without parameters: on every operation, so that it is the same request.
        for empty in ["?", "?&", "?&&", "?&&&&"] {
            let made = created(ada.post(&format!("/api/v1/projects{empty}"), &name));
            let own = created(ada.post(&format!("/api/v1/projects/self{empty}"), &name));
            created(ada.post(&format!("/api/v1/projects/bulk{empty}"), json!([name])));
            ok(ada.post(&format!("/api/v1/projects/search{empty}"), json!({})));
            for path in ["", "/count", "/self", "/asked"] {
                ok(ada.get(&format!("/api/v1/projects{path}{empty}")));
            }
            for (row, own) in [(made, ""), (own, "/self")] {
                let path = format!("/api/v1/projects{own}/{}{empty}", row["id"].as_str().expect("an id"));
                ok(ada.get(&path));
                ok(ada.put(&path, &name));
                ok(ada.patch(&path, &name));
                assert_eq!(ada.delete(&path).status, 204, "{path}");
            }
        }
        let of_page = |query: &str| ok(ada.get(&format!("/api/v1/projects?{query}")))["page"].clone();
        for query in ["&page=2", "page=2&", "page=2&&size=5", "&&page=2&&&size=5&&", "&size=5&page=2&"] {
            assert_eq!(of_page(query), 2, "{query}");
            assert_eq!(ok(ada.get(&format!("/api/v1/projects/self?{query}")))["page"], 2, "{query}");
        }
        assert_eq!(ok(ada.get("/api/v1/projects/count?&isActive=true&"))["total"], 4);
        assert_eq!(ok(ada.get("/api/v1/projects/asked?&page=7&&")), 7);
        let id = created(ada.post("/api/v1/projects", &name))["id"].as_str().expect("an id").to_owned();
        assert_eq!(ok(ada.get(&format!("/api/v1/projects/{id}?&fields=name&"))), name);
        // These are parameters.
        for query in ["=", "=x", "a", "a=", "&=&", "&a", "%26"] {
            for path in ["", "/count", "/self", &format!("/{id}")] {
                let answer = ada.get(&format!("/api/v1/projects{path}?{query}"));
                refused(&answer, 400, "unknown-parameter", &format!("{path}?{query}"));
            }
            let answer = ada.post(&format!("/api/v1/projects?{query}"), &name);
            refused(&answer, 400, "unknown-parameter", &format!("POST ?{query}"));
            let answer = ada.delete(&format!("/api/v1/projects/{id}?{query}"));
            refused(&answer, 400, "unknown-parameter", &format!("DELETE ?{query}"));
        }
        refused(&ada.get("/api/v1/projects?page=1&&page=1"), 400, "duplicate-parameter", "twice is twice");
    }
}
