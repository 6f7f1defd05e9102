//! Search bodies.

use resourceful::error::Place;
use resourceful::internals::query::parse_search;
use serde_json::{Value, json};

use super::fixture::{NOTE, NOTES, by_system, query, refused};

#[track_caller]
fn check(body: Value, tree: &str) {
    match parse_search(&by_system(&NOTES), &body) {
        Ok(search) => assert_eq!(query(&NOTE, &search), tree, "{body}"),
        Err(error) => panic!("{body}: {error:?}"),
    }
}

#[test]
fn what_a_query_string_can_say() {
    check(json!({}), "");
    check(json!({"filter": {}}), "");
    check(json!({"filter": {"isActive": true}}), "is_active eq true");
    check(
        json!({"filter": {"priority": 3, "price": "12.50", "score": 1}}),
        r#"(price eq "12.50" & priority eq 3 & score eq 1.0)"#,
    );
    check(json!({"filter": {"name": {"icontains": "x", "ne": "y"}}}), r#"(name icontains "x" & name ne "y")"#);
    check(json!({"filter": {"due": null}}), "due isNull true");
    check(json!({"filter": {"due": {"eq": null}}}), "due isNull true");
    check(json!({"filter": {"due": {"ne": null}}}), "due isNull false");
    check(json!({"filter": {"due": {"isNull": false}}}), "due isNull false");
    check(json!({"filter": {"name": {"in": ["a,b", ""]}}}), r#"name in ["a,b" ""]"#);
    check(json!({"filter": {"priority": {"nin": []}}}), "priority nin []");
    check(
        json!({"q": "a b", "sort": ["-due", "name"], "page": 2, "size": 50, "count": "none"}),
        r#"q=["a", "b"] sort=-due,name page=2 size=50 count=None"#,
    );
    check(json!({"sort": []}), "sort=");
}

#[test]
fn groups() {
    check(
        json!({"filter": {"isActive": true, "or": [{"name": {"icontains": "x"}}, {"not": {"due": {"lt": "2026-01-01T00:00:00Z"}}}]}}),
        r#"(is_active eq true & (name icontains "x" | !due lt "2026-01-01T00:00:00Z"))"#,
    );
    check(
        json!({"filter": {"and": [{"priority": 1}, {"priority": 2, "isActive": false}]}}),
        "(priority eq 1 & (is_active eq false & priority eq 2))",
    );
    check(json!({"filter": {"not": {"not": {"not": {"not": {"id": 1}}}}}}), "!!!!id eq 1");
}

#[test]
fn what_is_refused() {
    for (body, slug, says) in [
        (
            json!({"foo": 1}),
            "unknown-parameter",
            "/foo: unknown member `foo`; allowed: filter, q, sort, page, size, after, include, fields, count",
        ),
        (json!({"a/b~c": 1}), "unknown-parameter", "/a~1b~0c: unknown member"),
        (
            json!({"includes": ["folder"]}),
            "unknown-parameter",
            "/includes: unknown member `includes`; did you mean `include`?",
        ),
        (json!({"filter": []}), "invalid-filter", "/filter: must be a filter object"),
        (json!({"filter": null}), "invalid-filter", "/filter: must be a filter object"),
        (json!({"filter": {"remark": 1}}), "unknown-filter", "/filter/remark: `remark` cannot be used in filters"),
        (json!({"filter": {"isactive": true}}), "unknown-filter", "did you mean `isActive`?"),
        (json!({"filter": {"secret": "a"}}), "unknown-filter", "unknown filter `secret`"),
        (json!({"filter": {"folder.remark": "a"}}), "unknown-filter", "/filter/folder.remark: unknown filter `remark`"),
        (json!({"filter": {"$where": "1"}}), "unknown-filter", "unknown filter `$where`"),
        (json!({"filter": {"name": {}}}), "invalid-filter", "/filter/name: must name an operator"),
        (json!({"filter": {"name": {"$ne": ""}}}), "invalid-filter", "/filter/name/$ne: unknown operator"),
        (json!({"filter": {"name": {"gt": "a"}}}), "invalid-filter", "/filter/name/gt: unknown operator"),
        (json!({"filter": {"name": 1}}), "invalid-filter", "/filter/name: must be a string"),
        (json!({"filter": {"name": ["a"]}}), "invalid-filter", "/filter/name: must be a string"),
        (json!({"filter": {"name": "a\u{0}"}}), "invalid-filter", "U+0000"),
        (json!({"filter": {"name": {"contains": null}}}), "invalid-filter", "/filter/name/contains: must not be null"),
        (json!({"filter": {"name": {"contains": ""}}}), "invalid-filter", "must have 1 to 200 characters"),
        (json!({"filter": {"isActive": "true"}}), "invalid-filter", "must be true or false"),
        (json!({"filter": {"priority": "1"}}), "invalid-filter", "must be a whole number"),
        (json!({"filter": {"priority": 1.0}}), "invalid-filter", "must be a whole number"),
        (json!({"filter": {"price": 1.5}}), "invalid-filter", "must be a decimal number"),
        (json!({"filter": {"priority": {"in": "1,2"}}}), "invalid-filter", "must be an array of values"),
        (json!({"filter": {"priority": {"in": [1, null]}}}), "invalid-filter", "value 2 must not be null"),
        (json!({"filter": {"priority": {"in": vec![1; 1_001]}}}), "invalid-filter", "at most 1000 values"),
        (json!({"filter": {"title": {"isNull": null}}}), "invalid-filter", "must be true or false"),
        (json!({"filter": {"title": {"isNull": "true"}}}), "invalid-filter", "must be true or false"),
        (json!({"filter": {"or": {}}}), "invalid-filter", "/filter/or: must be an array of 1 to 50 filter objects"),
        (json!({"filter": {"or": []}}), "invalid-filter", "/filter/or: must be an array"),
        (json!({"filter": {"or": [{"id": 1}, {}]}}), "invalid-filter", "/filter/or/1: must contain a filter"),
        (json!({"filter": {"not": {}}}), "invalid-filter", "/filter/not: must contain a filter"),
        (json!({"filter": {"not": [1]}}), "invalid-filter", "/filter/not: must be a filter object"),
        (
            json!({"filter": {"not": {"not": {"and": [{"or": [{"not": {"id": 1}}]}]}}}}),
            "invalid-filter",
            "/filter/not/not/and/0/or/0/not: is too deep",
        ),
        (json!({"filter": {"or": [{"name": {"regex": "a"}}]}}), "invalid-filter", "/filter/or/0/name/regex: unknown"),
        (json!({"q": 1}), "invalid-search", "/q: must be a string"),
        (json!({"q": null}), "invalid-search", "/q: must be a string"),
        (json!({"q": " "}), "invalid-search", "/q: must contain at least one word"),
        (json!({"q": "a\u{0}"}), "invalid-search", "U+0000"),
        (json!({"sort": "name"}), "invalid-sort", "/sort: must be an array of strings"),
        (json!({"sort": ["name", 1]}), "invalid-sort", "/sort/1: must be a string"),
        (json!({"sort": ["secret"]}), "unknown-sort", "/sort/0: unknown sort key"),
        (json!({"sort": vec!["name"; 9]}), "invalid-sort", "/sort: must have at most 8 keys"),
        (json!({"page": 0}), "invalid-pagination", "/page: must be"),
        (json!({"page": "1"}), "invalid-pagination", "/page: must be"),
        (json!({"page": 1.0}), "invalid-pagination", "/page: must be"),
        (
            json!({"page": 9_223_372_036_854_775_807_u64, "size": 100}),
            "invalid-pagination",
            "/page: must be a whole number",
        ),
        (json!({"size": 101}), "invalid-pagination", "/size: must be"),
        (json!({"size": null}), "invalid-pagination", "/size: must be"),
        (json!({"count": true}), "invalid-count", "/count: must be a string"),
        (json!({"count": "all"}), "invalid-count", "/count: unknown count `all`"),
    ] {
        refused(parse_search(&by_system(&NOTES), &body), &body.to_string(), slug, says);
    }
    for body in [json!([]), json!(null), json!("x"), json!(1)] {
        assert_eq!(parse_search(&by_system(&NOTES), &body).unwrap_err().status(), 422, "{body}");
    }
}

#[test]
fn fifty_filters_52() {
    let filters = |count: i32| {
        json!({"filter": {"or": [
            {"and": (0..count - 10).map(|at| json!({"priority": at})).collect::<Vec<_>>()},
            {"or": (0..10).map(|at| json!({"id": {"ne": at}})).collect::<Vec<_>>()},
        ]}})
    };
    assert!(parse_search(&by_system(&NOTES), &filters(50)).is_ok());
    let error = refused(
        parse_search(&by_system(&NOTES), &filters(51)),
        "51",
        "invalid-filter",
        "a query has at most 50 filters",
    );
    assert_eq!(error.errors()[0].place, Place::Pointer("/filter/or/1/or/9/id/ne".into()));
}

#[test]
fn values_of_all_lists_together_are_limited() {
    let lists = |count: usize| json!({"filter": {"and": vec![json!({"id": {"in": vec![1; 1_000]}}); count]}});
    assert!(parse_search(&by_system(&NOTES), &lists(10)).is_ok());
    let body = lists(11);
    refused(parse_search(&by_system(&NOTES), &body), "11,000 values", "invalid-filter", "at most 10000 values");
}
