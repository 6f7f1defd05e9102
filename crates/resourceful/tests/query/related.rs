//! Filters on rows of relations: on GET, in bodies, dotted and nested.

use resourceful::internals::query::{parse_count, parse_list, parse_search};
use serde_json::{Value, json};

use super::fixture::{NOTE, NOTES, TAGS, by_system, query, refused};

#[track_caller]
fn check(raw: &str, tree: &str) {
    match parse_list(&by_system(&NOTES), raw) {
        Ok(list) => assert_eq!(query(&NOTE, &list), tree, "{raw}"),
        Err(error) => panic!("{raw}: {error:?}"),
    }
}

#[track_caller]
fn check_body(filter: Value, tree: &str) {
    match parse_search(&by_system(&NOTES), &json!({ "filter": filter })) {
        Ok(list) => assert_eq!(query(&NOTE, &list), tree, "{filter}"),
        Err(error) => panic!("{filter}: {error:?}"),
    }
}

#[test]
fn on_get() {
    check("folder.label=a", r#"folder.label eq "a""#);
    check("folder.label[eq]=a", r#"folder.label eq "a""#);
    check("folder.label[isNull]=true", "folder.label isNull true");
    check("folder.id=1&parent.name[ne]=a", r#"(folder.id eq 1 & parent.name ne "a")"#);
    check("parent.folder.ownerId[in]=a,b", r#"parent.folder.owner_id in ["a" "b"]"#);
    check("parent.parent.id=1", "parent.parent.id eq 1");
    check("tags.label=red", r#"tags{label eq "red"}"#);
    check("children.name=a", r#"children{name eq "a"}"#);
    check("folder%2Elabel=a", r#"folder.label eq "a""#);
    let count = parse_count(&by_system(&NOTES), "tags.label=red").unwrap();
    assert_eq!(query(&NOTE, &count), r#"tags{label eq "red"}"#);
}

#[test]
fn tests_of_one_relation_to_many_are_of_the_same_row() {
    check("tags.label=red&tags.weight[gt]=1", r#"tags{(label eq "red" & weight gt 1)}"#);
    check("tags.label=red&tags.label[ne]=blue", r#"tags{(label eq "red" & label ne "blue")}"#);
    check(
        "tags.label=red&id=1&children.id=2&tags.weight=3",
        r#"(id eq 1 & tags{(label eq "red" & weight eq 3)} & children{id eq 2})"#,
    );
    check(
        "children.name=a&children.tags.label=b&children.tags.weight=1&children.folder.label=c",
        r#"children{(name eq "a" & folder.label eq "c" & tags{(label eq "b" & weight eq 1)})}"#,
    );
    // Through the same parent, and through another relation not.
    check("parent.tags.label=a&parent.tags.weight=1", r#"parent{tags{(label eq "a" & weight eq 1)}}"#);
    check("parent.tags.label=a&tags.weight=1", r#"(parent{tags{label eq "a"}} & tags{weight eq 1})"#);
    check("folder.notes.id=1&folder.notes.name=a", r#"folder{notes{(id eq 1 & name eq "a")}}"#);
}

#[test]
fn in_bodies() {
    check_body(json!({"folder.label": "a"}), r#"folder.label eq "a""#);
    check_body(json!({"folder": {"label": "a"}}), r#"folder.label eq "a""#);
    check_body(json!({"folder": {"label": null}}), "folder.label isNull true");
    check_body(json!({"folder": {"label": {"ne": null}}}), "folder.label isNull false");
    check_body(json!({"parent": {"folder": {"ownerId": "ada"}}}), r#"parent.folder.owner_id eq "ada""#);
    check_body(json!({"parent": {"folder.ownerId": "ada"}}), r#"parent.folder.owner_id eq "ada""#);
    check_body(json!({"parent.folder.ownerId": {"in": ["a,b"]}}), r#"parent.folder.owner_id in ["a,b"]"#);
    check_body(
        json!({"tags": {"label": "red", "weight": {"gt": 1, "lt": 9}}}),
        r#"tags{(label eq "red" & weight gt 1 & weight lt 9)}"#,
    );
    check_body(json!({"tags.weight": {"gt": 1, "lt": 9}}), "tags{(weight gt 1 & weight lt 9)}");
    check_body(json!({"tags.label": "red", "tags.weight": 1}), r#"tags{(label eq "red" & weight eq 1)}"#);
    // The nested form is the dotted one.
    check_body(json!({"tags": {"label": "red"}, "tags.weight": 1}), r#"tags{(label eq "red" & weight eq 1)}"#);
    check_body(
        json!({"children": {"tags": {"label": "a"}}, "children.tags.weight": 1, "children.id": 2}),
        r#"children{(id eq 2 & tags{(label eq "a" & weight eq 1)})}"#,
    );
}

#[test]
fn groups_inside_and_around_a_relation() {
    check_body(
        json!({"children": {"or": [{"name": "a"}, {"priority": 1}], "id": 2}}),
        r#"children{(id eq 2 & (name eq "a" | priority eq 1))}"#,
    );
    check_body(json!({"children": {"not": {"name": "a"}}}), r#"children{!name eq "a"}"#);
    check_body(json!({"not": {"children": {"name": "a"}}}), r#"!children{name eq "a"}"#);
    check_body(json!({"not": {"children": {"not": {"id": 1}}}}), "!children{!id eq 1}");
    check_body(
        json!({"folder": {"or": [{"label": "a"}, {"not": {"ownerId": "b"}}]}}),
        r#"(folder.label eq "a" | !folder.owner_id eq "b")"#,
    );
    check_body(
        json!({"parent": {"not": {"tags": {"label": "a"}}, "name": "b"}}),
        r#"(parent.name eq "b" & !parent{tags{label eq "a"}})"#,
    );
    // Each item of a group is about a row of its own.
    check_body(
        json!({"and": [{"tags.label": "red"}, {"tags.label": "blue"}]}),
        r#"(tags{label eq "red"} & tags{label eq "blue"})"#,
    );
    check_body(
        json!({"tags": {"or": [{"label": "red"}, {"weight": 1}]}, "tags.weight": {"ne": 2}}),
        r#"tags{((label eq "red" | weight eq 1) & weight ne 2)}"#,
    );
    check_body(
        json!({"children": {"or": [{"tags.label": "a"}, {"tags": {"label": "b"}}]}}),
        r#"children{(tags{label eq "a"} | tags{label eq "b"})}"#,
    );
}

const FAR: &str = "follows too many relations: a filter follows at most 2";

#[test]
fn invalid_filters_on_get() {
    for (raw, slug, says) in [
        ("folders.label=a", "unknown-filter", "folders.label: unknown relation `folders`; did you mean `folder`?"),
        ("owner.id=1", "unknown-filter", "unknown relation `owner`; allowed: folder, parent, children, tags"),
        (".id=1", "unknown-filter", "unknown relation ``"),
        ("folder.=1", "unknown-filter", "folder.: unknown filter ``; allowed: id, label, ownerId"),
        ("folder..id=1", "unknown-filter", "unknown relation ``; allowed: notes"),
        ("folder.lable=a", "unknown-filter", "unknown filter `lable`; did you mean `label`?"),
        ("parent.secret=a", "unknown-filter", "unknown filter `secret`"),
        ("children.password[isNull]=true", "unknown-filter", "unknown filter `password`"),
        ("parent.remark=a", "unknown-filter", "`remark` cannot be used in filters; allowed: id, name"),
        ("tags.notes.id=1", "unknown-filter", "tags.notes.id: `tags` has no relations to filter by"),
        ("parent.parent.parent.id=1", "unknown-filter", FAR),
        ("parent.children.tags.label=a", "unknown-filter", FAR),
        ("folder=1", "unknown-parameter", "unknown parameter `folder`"),
        ("folder[eq]=1", "unknown-filter", "folder[eq]: unknown filter `folder`"),
        ("folder.label[gt]=a", "invalid-filter", "unknown operator for `label` `gt`; allowed: eq, ne, in"),
        ("tags.weight=a", "invalid-filter", "tags.weight: must be a whole number"),
        ("folder.label=a&folder.label[eq]=b", "duplicate-parameter", "folder.label[eq]: must not appear twice"),
    ] {
        refused(parse_list(&by_system(&NOTES), raw), raw, slug, says);
    }
    refused(parse_list(&by_system(&TAGS), "notes.id=1"), "notes.id=1", "unknown-filter", "`tags` has no relations");
}

#[test]
fn invalid_filters_in_bodies() {
    for (filter, slug, says) in [
        (json!({"folders": {"label": "a"}}), "unknown-filter", "/filter/folders: unknown filter `folders`"),
        (json!({"folders.label": "a"}), "unknown-filter", "/filter/folders.label: unknown relation `folders`; did you"),
        (json!({"folder": "a"}), "invalid-filter", "/filter/folder: must be a filter object"),
        (json!({"folder": null}), "invalid-filter", "/filter/folder: must be a filter object"),
        (json!({"folder": [1]}), "invalid-filter", "/filter/folder: must be a filter object"),
        (json!({"folder": {}}), "invalid-filter", "/filter/folder: must contain a filter"),
        (json!({"tags": {"and": []}}), "invalid-filter", "/filter/tags/and: must be an array of 1 to 50"),
        (json!({"tags": {"not": {}}}), "invalid-filter", "/filter/tags/not: must contain a filter"),
        (json!({"folder": {"eq": 1}}), "unknown-filter", "/filter/folder/eq: unknown filter `eq`"),
        (json!({"folder": {"lable": 1}}), "unknown-filter", "/filter/folder/lable: unknown filter `lable`; did you"),
        (json!({"parent": {"secret": "a"}}), "unknown-filter", "/filter/parent/secret: unknown filter `secret`"),
        (json!({"parent": {"name": {"gt": 1}}}), "invalid-filter", "/filter/parent/name/gt: unknown operator"),
        (json!({"parent": {"parent": {"parent": {"id": 1}}}}), "unknown-filter", FAR),
        (
            json!({"parent": {"parent": {"parent.id": 1}}}),
            "unknown-filter",
            "/filter/parent/parent/parent.id: follows too many",
        ),
        (
            json!({"parent": {"parent.parent.id": 1}}),
            "unknown-filter",
            "/filter/parent/parent.parent.id: follows too many",
        ),
        (json!({"parent.parent": {"id": 1}}), "unknown-filter", "/filter/parent.parent: unknown filter `parent`"),
        (
            json!({"tags": {"not": {"not": {"not": {"not": {"not": {"id": 1}}}}}}}),
            "invalid-filter",
            "/filter/tags/not/not/not/not/not: is too deep: at most 4 levels",
        ),
    ] {
        refused(parse_search(&by_system(&NOTES), &json!({ "filter": filter })), &filter.to_string(), slug, says);
    }
    let many: Vec<Value> = (0..51).map(|id| json!({"tags": {"id": id}})).collect();
    let body = json!({"filter": {"and": [{"or": many[..25]}, {"or": many[25..]}]}});
    refused(parse_search(&by_system(&NOTES), &body), "51", "invalid-filter", "a query has at most 50 filters");
}
