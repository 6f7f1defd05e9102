//! Extreme queries (very long lists, deep nesting, huge page numbers, odd values): they are answered or refused, and never
//! an internal error.

use resourceful::internals::query::operators;
use resourceful::prelude::*;
use resourceful::serde_json::{Value, json};
use resourceful::testing::{Answer, Caller, TestApp, TestDatabase};

use crate::resources::Everything;
use crate::support::{ada, ok, on_both, project, refused};

/// Answered with success, or refused with a 4xx status.
#[track_caller]
fn no_fault(answer: &Answer, what: &str) {
    let what: String = what.chars().take(200).collect();
    match answer.status {
        200 => {}
        400..=499 => assert!(answer.problem().is_some(), "{what}: {}", answer.text()),
        status => panic!("{what}: {status} {}", answer.text()),
    }
}

#[test]
fn pages_far_beyond_the_end_are_empty() {
    // The last page that can be counted in 64 bits, of the largest size.
    let last = i64::MAX / 100;
    on_both(|app| {
        let ada = ada(app);
        project(&ada, "one");
        for page in [1_000_000_000, last] {
            for rest in [
                "",
                "&size=100",
                "&size=1&count=none",
                "&count=estimated",
                "&sort=-name,dueDate&q=o",
                "&include=owner,tasks&fields=id",
            ] {
                for path in ["/api/v1/projects", "/api/v1/projects/self"] {
                    let answer = ok(ada.get(&format!("{path}?page={page}{rest}")));
                    assert_eq!((&answer["items"], &answer["next"]), (&json!([]), &Value::Null), "{path} {page}{rest}");
                    if !rest.contains("count") {
                        assert_eq!(answer["total"], 1, "{path} {page}{rest}");
                    }
                }
            }
            assert_eq!(ok(ada.post("/api/v1/projects/search", json!({"page": page})))["items"], json!([]));
        }
        for page in [(last + 1).to_string(), i64::MAX.to_string(), u64::MAX.to_string(), "9".repeat(400)] {
            refused(&ada.get(&format!("/api/v1/projects?page={page}")), 400, "invalid-pagination", &page);
        }
        for page in [json!(last + 1), json!(u64::MAX), json!(1e300), json!(-1), json!(1.5)] {
            refused(&ada.post("/api/v1/projects/search", json!({"page": page})), 400, "invalid-pagination", "a body");
        }
    });
}

#[test]
fn long_value_lists_are_answered_or_refused() {
    let names = |count: usize| (0..count).map(|at| format!("n{at}")).collect::<Vec<_>>();
    on_both(|app| {
        let ada = ada(app);
        project(&ada, "n7");
        let search = |filter: Value| ada.post("/api/v1/projects/search", json!({ "filter": filter }));
        assert_eq!(ok(ada.get(&format!("/api/v1/projects?name[in]={}", names(1_000).join(","))))["total"], 1);
        assert_eq!(ok(search(json!({"name": {"in": names(1_000)}})))["total"], 1);
        assert_eq!(ok(search(json!({"name": {"nin": names(1_000)}})))["total"], 0);
        let lists =
            |count: usize| -> Vec<Value> { (0..count).map(|_| json!({"name": {"in": names(1_000)}})).collect() };
        assert_eq!(ok(search(json!({"or": lists(10)})))["total"], 1, "ten thousand values");
        // Also after a cursor, where they would be bound again for each range.
        project(&ada, "n8");
        let body = json!({"filter": {"and": lists(10)}, "sort": ["dueDate", "-name", "createdAt"], "size": 1});
        let next = ok(ada.post("/api/v1/projects/search", &body))["next"].clone();
        let mut behind = body.clone();
        behind["after"] = next;
        assert_eq!(ok(ada.post("/api/v1/projects/search", &behind))["items"].as_array().map(Vec::len), Some(1));
        for filter in
            [json!({"name": {"in": names(1_001)}}), json!({"name": {"in": names(10_000)}}), json!({"or": lists(11)})]
        {
            refused(&search(filter), 400, "invalid-filter", "too many values");
        }
        no_fault(&ada.get(&format!("/api/v1/projects?name[in]={}", names(10_000).join(","))), "ten thousand in a URL");
        let many: Vec<Value> = (0..51).map(|at| json!({"name": format!("n{at}")})).collect();
        refused(&search(json!({"or": many})), 400, "invalid-filter", "too many filters");
    });
}

#[test]
fn deep_nesting_is_answered_or_refused() {
    let nested = |depth: usize, kind: &str| {
        let (mut filter, test) = (String::new(), r#"{"name":"x"}"#);
        for _ in 0..depth {
            filter += &format!(r#"{{"{kind}":{}"#, if kind == "not" { "" } else { "[" });
        }
        filter += test;
        for _ in 0..depth {
            filter += if kind == "not" { "}" } else { "]}" };
        }
        format!(r#"{{"filter":{filter}}}"#).into_bytes()
    };
    let brackets =
        |depth: usize| [b"{\"filter\":".to_vec(), b"[".repeat(depth), b"]".repeat(depth), b"}".to_vec()].concat();
    on_both(|app| {
        let ada = ada(app);
        let search = |body: Vec<u8>| {
            ada.send("POST", "/api/v1/projects/search", &[("content-type", "application/json")], Some(body))
        };
        for kind in ["and", "or", "not"] {
            assert_eq!(search(nested(4, kind)).status, 200, "{kind}");
            for depth in [5, 60, 127, 128, 10_000, 100_000] {
                let answer = search(nested(depth, kind));
                assert_eq!(answer.status, 400, "{depth} {kind}: {}", answer.text());
                no_fault(&answer, kind);
            }
        }
        for depth in [1, 100, 200, 100_000, 500_000] {
            let answer = search(brackets(depth));
            assert_eq!(answer.status, 400, "{depth}: {}", answer.text());
            let body =
                [b"{\"name\":".to_vec(), b"{\"a\":".repeat(depth), b"1".to_vec(), b"}".repeat(depth + 1)].concat();
            let answer = ada.send("POST", "/api/v1/projects", &[("content-type", "application/json")], Some(body));
            assert!([400, 413, 422].contains(&answer.status), "{depth}: {}", answer.text());
        }
    });
}

/// Values that look like another type, are truncated, or are very large.
const ODD: &[&str] = &[
    "",
    "'",
    "''",
    "\"",
    "`",
    "\\",
    "\\\\",
    "%",
    "_",
    "%_%",
    "[",
    "]",
    "[^a]",
    "*",
    "?",
    "(",
    ")",
    "(a+)+$",
    "^",
    "$",
    "|",
    "+",
    "{",
    "}",
    "$1",
    ":1",
    "?1",
    "--",
    ";",
    "/*",
    "' OR 1=1 --",
    "\u{1}",
    "\u{7f}",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "\u{200d}",
    "\u{301}",
    "\u{10ffff}",
    "İ",
    "ı",
    "ß",
    "ẞ",
    "ﬁ",
    "Σς",
    "0",
    "-0",
    "1",
    "-1",
    "1e308",
    "1e309",
    "-1e400",
    "NaN",
    "inf",
    "Infinity",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "99999999999999999999999999999999",
    "0.0000000000000000000000000001",
    "79228162514264337593543950335",
    "79228162514264337593543950336",
    "0x10",
    "1_000",
    "٣",
    "true",
    "TRUE",
    "null",
    "0001-01-01",
    "9999-12-31",
    "0000-00-00",
    "10000-01-01",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999Z",
    "9999-12-31T23:59:59-23:59",
    "2026-02-29",
    "24:00:00",
    "23:59:60",
    "infinity",
    "-infinity",
    "00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "{00000000-0000-0000-0000-000000000000}",
    "in_progress",
    "finished",
    "a,b",
    ",",
    "NULL",
    "\\x00",
    "E'\\0'",
];

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[test]
fn odd_values_in_filters_are_never_an_internal_error() {
    on_both(|app| {
        let ada = ada(app);
        let spec = Everything::spec();
        let mut place = 0;
        let mut next = || {
            place += 1;
            ODD[place % ODD.len()]
        };
        for field in spec.fields.iter().filter(|field| field.filter || field.json == "id") {
            for op in operators(&field.ty.kind) {
                let (name, op) = (field.json, op.word());
                for _ in 0..2 {
                    let odd = next();
                    no_fault(
                        &ada.get(&format!("/api/v1/everythings?{name}[{op}]={}", encoded(odd))),
                        &format!("{name}[{op}]={odd}"),
                    );
                }
                let odd = next();
                let one = resourceful::serde_json::from_str::<Value>(odd).unwrap_or_else(|_| json!(odd));
                let value = vec![json!(odd), one, json!([odd, odd]), json!({ odd: odd })].swap_remove(odd.len() % 4);
                let body = json!({"filter": {"not": {name: {op: value}}}});
                no_fault(&ada.post("/api/v1/everythings/search", &body), &body.to_string());
            }
        }
        for (place, odd) in ODD.iter().enumerate() {
            let long = encoded(&odd.repeat(200 / odd.chars().count().max(1)));
            let short = encoded(odd);
            let name = ["sort", "fields", "include", "after", "page", "size", "count", odd][place % 8];
            for query in [
                format!("q={short}"),
                format!("text[icontains]={long}&text[endsWith]={short}&q={long}"),
                format!("{}={short}", encoded(name)),
            ] {
                no_fault(&ada.get(&format!("/api/v1/everythings?{query}")), &query);
            }
        }
        for raw in [
            "%",
            "%F",
            "a=%C3",
            "a=%C3%28",
            "%00=1",
            "[=1",
            "a[=1",
            "a]=1",
            "[]=",
            "text[][eq]=1",
            "text[eq][eq]=1",
            ".=1",
            "a..b=1",
        ] {
            no_fault(&ada.get(&format!("/api/v1/everythings?{raw}")), raw);
        }
        for raw in [
            r#"{"q":"\ud800"}"#,
            r#"{"q":"\u0000"}"#,
            r#"{"filter":{"double":1e999}}"#,
            r#"{"filter":{"large":1e30}}"#,
            "{\"q\":\"\u{feff}\"}",
        ] {
            let answer = ada.send(
                "POST",
                "/api/v1/everythings/search",
                &[("content-type", "application/json")],
                Some(raw.into()),
            );
            no_fault(&answer, raw);
        }
    });
}

/// Contains as much JSON as fits into a body, and more.
#[derive(Clone, Debug, PartialEq, Resource)]
pub struct Blob {
    pub id: i32,
    pub content: Value,
}

#[get("/largest/{count}", requires("blobs:read"))]
async fn largest(count: Path<u32>, blobs: blob::Service) -> Result<Out<Page<Blob>>> {
    blobs.list(Query::new().size(*count)).await.map(Out)
}

#[test]
fn a_page_of_large_json_is_complete() {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        let app = TestApp::start_on(database, |app| app.resource_with::<Blob>(|routes| routes.service(largest)));
        let ada: Caller<'_> = app.as_user(CurrentUser::new("auth0|ada").with_permissions(["blobs:read"]));
        // A megabyte of text in each row, and very many small values.
        let mut rows = vec![json!({"text": "字".repeat(350_000)}); 10];
        rows.push(json!((0..20_000).map(|at| at * 7).collect::<Vec<_>>()));
        rows.push(json!((0..8_000).map(|at| json!({"n": at})).collect::<Vec<_>>()));
        let inputs = rows.iter().cloned().map(blob::Create::new).collect();
        app.block_on(blob::Service::as_system(app.ctx()).create_bulk(inputs)).expect("rows");
        let page = ok(ada.get("/api/v1/blobs/largest/12"));
        let shown: Vec<&Value> = page["items"].as_array().expect("items").iter().map(|item| &item["content"]).collect();
        assert!(shown.into_iter().eq(rows.iter()), "what is stored is shown, whole");
        assert_eq!(page["total"], 12);
        // The same as in a list of the resource itself, and row by row.
        no_fault(&ada.get("/api/v1/blobs?size=12"), "the generated list");
        assert_eq!(ok(ada.get("/api/v1/blobs/12"))["content"], rows[11]);
        assert_eq!(ok(ada.get("/api/v1/blobs?fields=id&size=12"))["items"].as_array().map(Vec::len), Some(12));
    }
}
