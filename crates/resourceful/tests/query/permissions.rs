//! A caller cannot query by what they may not see.

use std::sync::Arc;

use resourceful::internals::query::{ListQuery, Viewer, parse_count, parse_list, parse_row, parse_search, searched};
use resourceful::internals::resource::ResourceTable;
use resourceful::{Actor, CurrentUser, Result};
use serde_json::json;

use super::fixture::{NOTE, NOTES, VAULT, VAULTS, query, refused};

fn holder(permissions: &[&str]) -> Actor {
    Actor::User(Arc::new(CurrentUser::new("ada").with_permissions(permissions.iter().copied())))
}

fn list(table: &'static ResourceTable, actor: &Actor, raw: &str) -> Result<ListQuery> {
    parse_list(&Viewer { table, actor }, raw)
}

/// Checks that a query is denied because this permission is missing, and with 401 for an anonymous caller.
#[track_caller]
fn denied(table: &'static ResourceTable, held: &[&str], raw: &str, permission: &str) {
    let error = list(table, &holder(held), raw).expect_err(raw);
    assert_eq!((error.status(), error.slug()), (403, "insufficient-scope"), "{raw}: {error:?}");
    assert_eq!(error.missing_permissions().collect::<Vec<_>>(), [permission], "{raw}");
    let error = list(table, &Actor::Anonymous, raw).expect_err(raw);
    assert_eq!((error.status(), error.slug()), (401, "unauthenticated"), "{raw}: {error:?}");
}

#[test]
fn a_field_with_a_permission() {
    for raw in [
        "content=a",
        "content[startsWith]=a",
        "content[isNull]=true",
        "sort=content",
        "sort=label,-content",
        "fields=content",
        "fields=id,content,label",
        // A denial takes precedence over errors, wherever they are.
        "page=0&content=a&nothing=1",
        "size=x&size=y&foo=%ff&sort=content",
        "fields=content,nothing",
        "fields=nothing,nothing,content",
        "sort=nothing,content",
        "sort=label,label,-content",
        "content[like]=a",
        "content=a&content[eq]=b",
    ] {
        denied(&VAULTS, &["vaults:read", "notes:secret"], raw, "notes:secrets");
        if !["nothing", "foo", "like", "[eq]", "label,label"].iter().any(|wrong| raw.contains(wrong)) {
            assert!(list(&VAULTS, &holder(&["notes:secrets"]), raw).is_ok(), "{raw}");
            assert!(list(&VAULTS, &Actor::System, raw).is_ok(), "{raw}");
        }
    }
    // Messages list only the names that this caller may use.
    let error = list(&VAULTS, &holder(&[]), "sort=nothing").unwrap_err();
    assert_eq!(error.slug(), "unknown-sort");
    assert!(!error.errors()[0].message.contains("content"), "{error:?}");
    let error = list(&VAULTS, &holder(&["notes:secrets"]), "sort=nothing").unwrap_err();
    assert!(error.errors()[0].message.contains("allowed: id, label, content"), "{error:?}");
    for raw in ["labels=a", "fields=nothing"] {
        let error = list(&VAULTS, &holder(&[]), raw).unwrap_err();
        assert!(!error.errors()[0].message.contains("content"), "{error:?}");
    }
}

#[test]
fn bodies_and_single_rows_require_the_same_permission() {
    let (without, with) = (holder(&["vaults:read"]), holder(&["notes:secrets"]));
    let viewer = |actor| Viewer { table: &VAULTS, actor };
    for body in [
        json!({"filter": {"content": "a"}}),
        json!({"filter": {"or": [{"label": "a"}, {"not": {"content": {"contains": "a"}}}]}}),
        json!({"sort": ["label", "content"]}),
        json!({"fields": ["content"]}),
    ] {
        let error = parse_search(&viewer(&without), &body).expect_err("denied");
        assert_eq!((error.status(), error.slug()), (403, "insufficient-scope"), "{body}");
        assert!(parse_search(&viewer(&with), &body).is_ok(), "{body}");
    }
    let invalid = json!({"filter": {"content": "a", "nothing": 1}, "page": 0});
    assert_eq!(parse_search(&viewer(&without), &invalid).unwrap_err().status(), 403);
    assert_eq!(parse_row(&viewer(&without), "fields=content&foo=1").unwrap_err().status(), 403);
    assert!(parse_row(&viewer(&with), "fields=content").is_ok());
    assert_eq!(parse_count(&viewer(&without), "content=a").unwrap_err().status(), 403);
}

#[test]
fn search_words_and_the_default_order_skip_such_a_field() {
    let fields = |actor: &Actor| searched(&Viewer { table: &VAULTS, actor });
    assert_eq!(fields(&holder(&[])), [1]);
    assert_eq!(fields(&Actor::Anonymous), [1]);
    assert_eq!(fields(&holder(&["notes:secrets"])), [1, 2]);
    assert_eq!(fields(&Actor::System), [1, 2]);
    for actor in [holder(&[]), Actor::Anonymous] {
        let parsed = list(&VAULTS, &actor, "q=a").unwrap();
        assert_eq!(query(&VAULT, &parsed), r#"q=["a"] sort=label"#);
        let searched = parse_search(&Viewer { table: &VAULTS, actor: &actor }, &json!({})).unwrap();
        assert_eq!(query(&VAULT, &searched), "sort=label");
    }
    assert_eq!(query(&VAULT, &list(&VAULTS, &holder(&["notes:secrets"]), "").unwrap()), "");
}

#[test]
fn relations_need_the_permission_to_read_what_they_lead_to() {
    for (raw, held, missing) in [
        ("folder.label=a", &["notes:read"][..], "folders:read"),
        ("include=folder", &["notes:read"], "folders:read"),
        ("folder.nothing=a", &["notes:read"], "folders:read"),
        ("include=folder.nothing", &["notes:read"], "folders:read"),
        ("parent.name=a", &["folders:read"], "notes:read"),
        ("children.name=a", &[], "notes:read"),
        ("include=parent.folder", &["notes:read"], "folders:read"),
        ("parent.folder.label=a", &["notes:read"], "folders:read"),
        ("parent.folder.label=a", &["folders:read"], "notes:read"),
        ("tags.label=a", &["note-tags:read"], "tags:read"),
        ("tags.label=a", &["tags:read"], "note-tags:read"),
        ("include=tags", &["tags:read"], "note-tags:read"),
        ("page=0&foo=1&folder.label=a", &["notes:read"], "folders:read"),
        ("include=nothing,folder", &["notes:read"], "folders:read"),
        ("include=nothing&folder.label[gt]=a", &["notes:read"], "folders:read"),
    ] {
        denied(&NOTES, held, raw, missing);
    }
    for (raw, held) in [
        ("folder.label=a", &["folders:read"][..]),
        ("include=folder", &["folders:read"]),
        ("parent.folder.label=a", &["notes:read", "folders:read"]),
        ("tags.label=a&include=tags", &["tags:read", "note-tags:read"]),
    ] {
        assert!(list(&NOTES, &holder(held), raw).is_ok(), "{raw}");
    }
    // What a row refers to is what the referring field holds.
    for raw in ["note.name=a", "include=note", "note.id=1", "note.nothing=1"] {
        denied(&VAULTS, &["notes:read"], raw, "vaults:notes");
        denied(&VAULTS, &["vaults:notes"], raw, "notes:read");
    }
    assert!(list(&VAULTS, &holder(&["notes:read", "vaults:notes"]), "note.name=a&include=note").is_ok());
    let body = json!({"filter": {"not": {"folder": {"label": "a"}}}});
    let actor = holder(&["notes:read"]);
    let error = parse_search(&Viewer { table: &NOTES, actor: &actor }, &body).unwrap_err();
    assert_eq!(error.missing_permissions().collect::<Vec<_>>(), ["folders:read"]);
    let body = json!({"include": ["tags"]});
    assert_eq!(parse_search(&Viewer { table: &NOTES, actor: &Actor::Anonymous }, &body).unwrap_err().status(), 401);
}

#[test]
fn other_fields_can_be_queried_without_the_permission() {
    let actor = holder(&[]);
    assert_eq!(query(&NOTE, &list(&NOTES, &actor, "name=a&sort=-due").unwrap()), r#"name eq "a""#);
    let viewer = Viewer { table: &NOTES, actor: &actor };
    refused(parse_list(&viewer, "owner.id=1"), "owner.id=1", "unknown-filter", "unknown relation `owner`");
    refused(parse_list(&viewer, "include=owner"), "include=owner", "unknown-include", "unknown relation `owner`");
}
