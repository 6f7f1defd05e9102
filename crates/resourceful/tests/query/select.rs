//! `fields`, `include`, and where a page begins.

use resourceful::internals::query::{parse_list, parse_row, parse_search};
use serde_json::{Value, json};

use super::fixture::{NOTE, NOTES, TAGS, VAULT, VAULTS, by_system, include, query, refused};

#[track_caller]
fn check(raw: &str, body: Value, tree: &str) {
    let list = parse_list(&by_system(&NOTES), raw).expect(raw);
    assert_eq!(query(&NOTE, &list), tree, "{raw}");
    let search = parse_search(&by_system(&NOTES), &body).expect(raw);
    assert_eq!(query(&NOTE, &search), tree, "{body}");
}

#[test]
fn fields_and_relations() {
    check("fields=id", json!({"fields": ["id"]}), "fields=id");
    check("fields=isActive,name", json!({"fields": ["isActive", "name"]}), "fields=is_active,name");
    check("fields=remark,meta", json!({"fields": ["remark", "meta"]}), "fields=remark,meta");
    check("include=folder", json!({"include": ["folder"]}), "include=folder");
    check("include=tags,parent", json!({"include": ["tags", "parent"]}), "include=tags,parent");
    check("include=folder.notes", json!({"include": ["folder.notes"]}), "include=folder(notes)");
    check("include=parent.parent", json!({"include": ["parent.parent"]}), "include=parent(parent)");
    check(
        "include=parent.folder,children,parent.tags",
        json!({"include": ["parent.folder", "children", "parent.tags"]}),
        "include=parent(folder,tags),children",
    );
    // A relation may be named together with one of its own relations, before or after it.
    check("include=parent,parent.tags", json!({"include": ["parent", "parent.tags"]}), "include=parent(tags)");
    check("include=parent.tags,parent", json!({"include": ["parent.tags", "parent"]}), "include=parent(tags)");
    check(
        "fields=id&include=folder&size=5",
        json!({"fields": ["id"], "include": ["folder"], "size": 5}),
        "page=1 size=5 fields=id include=folder",
    );
    let vault = parse_list(&by_system(&VAULTS), "fields=labelLength,id").unwrap();
    assert_eq!(query(&VAULT, &vault), "fields=label_length,id");
}

#[test]
fn one_row_is_shown_in_the_same_words() {
    let row = parse_row(&by_system(&NOTES), "include=tags,folder.notes&fields=id,name").unwrap();
    assert_eq!(include(&row.include), "tags,folder(notes)");
    assert_eq!(row.fields, Some(vec![0, 1]));
    let row = parse_row(&by_system(&NOTES), "").unwrap();
    assert!(row.include.is_empty() && row.fields.is_none());
    for (raw, slug, says) in [
        ("page=1", "unknown-parameter", "page: unknown parameter `page`; allowed: include, fields"),
        ("name=a", "unknown-parameter", "unknown parameter `name`"),
        ("feilds=id", "unknown-parameter", "did you mean `fields`?"),
        ("fields=id&fields=name", "duplicate-parameter", "fields: must not appear twice"),
        ("fields=%ff", "invalid-encoding", "fields: must be percent-encoded"),
        ("fields=", "unknown-field", "unknown field ``"),
        ("include=owner", "unknown-include", "unknown relation `owner`; allowed: folder, parent, children, tags"),
    ] {
        refused(parse_row(&by_system(&NOTES), raw), raw, slug, says);
    }
}

#[test]
fn invalid_selections() {
    let tags = ["tags"; 11].join(",");
    for (raw, body, slug, says) in [
        ("fields=", json!({"fields": [""]}), "unknown-field", "fields: unknown field ``; allowed: id, name"),
        ("fields=id,", json!({"fields": ["id", ""]}), "unknown-field", "unknown field ``"),
        ("fields=nam", json!({"fields": ["nam"]}), "unknown-field", "did you mean `name`?"),
        ("fields=is_active", json!({"fields": ["is_active"]}), "unknown-field", "did you mean `isActive`?"),
        ("fields=secret", json!({"fields": ["secret"]}), "unknown-field", "unknown field `secret`"),
        ("fields=password", json!({"fields": ["password"]}), "unknown-field", "unknown field `password`"),
        ("fields=folder", json!({"fields": ["folder"]}), "unknown-field", "unknown field `folder`"),
        ("fields=folder.label", json!({"fields": ["folder.label"]}), "unknown-field", "unknown field `folder.label`"),
        ("fields=id,name,id", json!({"fields": ["id", "name", "id"]}), "invalid-selection", "not name `id` twice"),
        ("include=", json!({"include": [""]}), "unknown-include", "include: unknown relation ``"),
        ("include=folders", json!({"include": ["folders"]}), "unknown-include", "did you mean `folder`?"),
        ("include=folder.", json!({"include": ["folder."]}), "unknown-include", "unknown relation ``; allowed: notes"),
        ("include=folder.tags", json!({"include": ["folder.tags"]}), "unknown-include", "`tags`; allowed: notes"),
        ("include=tags.notes", json!({"include": ["tags.notes"]}), "unknown-include", "`tags` has no relations to inc"),
        ("include=folder,folder", json!({"include": ["folder", "folder"]}), "invalid-selection", "`folder` twice"),
        (
            "include=parent.tags,parent,parent.tags",
            json!({"include": ["parent.tags", "parent", "parent.tags"]}),
            "invalid-selection",
            "must not name `parent.tags` twice",
        ),
        (
            "include=folder.notes.folder",
            json!({"include": ["folder.notes.folder"]}),
            "include-too-deep",
            "is too deep: at most 2 relations in a row",
        ),
        (
            "include=parent.parent.parent",
            json!({"include": ["parent.parent.parent"]}),
            "include-too-deep",
            "include: is too deep",
        ),
        ("after=", json!({"after": ""}), "invalid-cursor", "after: must be the `next` of an earlier page, unchanged"),
        ("after=a b", json!({"after": "a b"}), "invalid-cursor", "after: must be the `next`"),
        ("after=a%3D", json!({"after": "a="}), "invalid-cursor", "after: must be the `next`"),
        ("after=é", json!({"after": "é"}), "invalid-cursor", "after: must be the `next`"),
        ("page=1&after=abc", json!({"page": 1, "after": "abc"}), "invalid-pagination", "must not be combined"),
        ("after=abc&page=1", json!({"after": "abc", "page": 1}), "invalid-pagination", "must not be combined"),
        ("count=estimate", json!({"count": "estimate"}), "invalid-count", "allowed: exact, estimated, none"),
    ] {
        let says_in_body = says.trim_start_matches(|c: char| c.is_ascii_lowercase()).trim_start_matches(": ");
        let says_in_body = if says.contains(": ") && !says.starts_with("unknown") { says_in_body } else { says };
        refused(parse_list(&by_system(&NOTES), raw), raw, slug, says);
        refused(parse_search(&by_system(&NOTES), &body), &body.to_string(), slug, says_in_body);
    }
    let raw = format!("include={tags}");
    let error = refused(parse_list(&by_system(&NOTES), &raw), &raw, "invalid-selection", "must not name `tags` twice");
    assert_eq!(error.errors().len(), 1);
    refused(parse_list(&by_system(&TAGS), "include=notes"), "notes", "unknown-include", "`tags` has no relations");
}

#[test]
fn bodies_hold_arrays_of_strings() {
    for name in ["fields", "include"] {
        for value in [json!("id"), json!([]), json!([1]), json!(["id", null]), json!(null), json!({})] {
            let body = json!({ name: value });
            let says = format!("/{name}: must be an array of at least one string");
            refused(parse_search(&by_system(&NOTES), &body), &body.to_string(), "invalid-selection", &says);
        }
    }
    for value in [json!(1), json!(null), json!(["abc"])] {
        let body = json!({ "after": value });
        refused(parse_search(&by_system(&NOTES), &body), &body.to_string(), "invalid-cursor", "must be a string");
    }
}

#[test]
fn ten_relations_and_the_longest_cursor_are_taken() {
    let paths = [
        "folder",
        "parent",
        "children",
        "tags",
        "folder.notes",
        "parent.folder",
        "parent.parent",
        "parent.tags",
        "parent.children",
        "children.folder",
        "children.tags",
    ];
    let ten = format!("include={}", paths[..10].join(","));
    let list = parse_list(&by_system(&NOTES), &ten).unwrap();
    let tree = "folder(notes),parent(folder,parent,tags,children),children(folder),tags";
    assert_eq!(include(&list.selection.include), tree);
    let eleven = format!("include={}", paths.join(","));
    refused(parse_list(&by_system(&NOTES), &eleven), &eleven, "invalid-selection", "must name at most 10 relations");
    let cursor = |length: usize| format!("after={}", "a".repeat(length));
    let list = parse_list(&by_system(&NOTES), &cursor(57_344)).unwrap();
    assert_eq!(list.offset(), 0);
    assert!(query(&NOTE, &list).starts_with("after=aaa"));
    refused(parse_list(&by_system(&NOTES), &cursor(57_345)), "57,345", "invalid-cursor", "must be the `next`");
}
