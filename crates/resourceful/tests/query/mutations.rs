//! Every input is either understood or refused: thousands of nearly valid inputs, the same in every run.

use std::sync::Arc;

use resourceful::internals::query::{
    ListQuery, NO_ROW_FILTER, Viewer, condition, cursor, parse_count, parse_list, parse_none, parse_row, parse_search,
    searched, seek, words,
};
use resourceful::internals::resource::ResourceTable;
use resourceful::{Actor, CurrentUser, Error};
use sea_orm::DatabaseBackend;
use sea_orm::sea_query::Query;
use serde_json::{Value, json};

use super::cursor_values::{every_kind, key};
use super::fixture::{FOLDERS, NOTES, VAULTS};
use super::random::Random;

/// The seed of a test: another one with `FUZZ_SEED`, as `cargo xtask fuzz` sets it.
fn seed(usual: u64) -> u64 {
    let other = std::env::var("FUZZ_SEED").ok().map(|text| text.parse::<u64>().expect("FUZZ_SEED is a number"));
    other.map_or(usual, |seed| seed.wrapping_add(usual))
}

/// How often a test tries: `FUZZ_ROUNDS` times as often, if that is set.
fn rounds(usual: usize) -> usize {
    let times = std::env::var("FUZZ_ROUNDS").ok().map(|text| text.parse::<usize>().expect("FUZZ_ROUNDS is a number"));
    usual * times.unwrap_or(1)
}

/// Good query strings, whose pieces are mixed too.
const QUERIES: &[&str] = &[
    "page=2&size=100&sort=-due,name&count=none",
    "name[contains]=%25a&priority[in]=1,2,3&due[gte]=2026-01-01T00:00:00Z",
    "folder.label=a&parent.folder.ownerId[ne]=b&tags.weight[gt]=1&tags.label=red&children.tags.id=1",
    "include=folder,parent.tags,children.folder&fields=id,name,isActive",
    "q=ada+l%C3%B6velace&after=abcDEF-_&count=estimated",
    "score[lt]=1e3&price[gte]=12.50&token=0190a2d4-7b1e-7c3a-9f00-3b1c2d4e5f60&status[nin]=open,done",
    "content[startsWith]=a&sort=content&label[isNull]=false&fields=content,labelLength",
];

/// What queries are made of, and what has broken parsers elsewhere.
const PIECES: &[&str] = &[
    "&",
    "=",
    "[",
    "]",
    ",",
    ".",
    "-",
    "+",
    "%",
    "%00",
    "%ff",
    "%C3",
    "[eq]",
    "[in]",
    "[isNull]=true",
    "folder.",
    "parent.",
    "tags.",
    "children.",
    "include=",
    "fields=",
    "sort=",
    "after=",
    "page=",
    "q=",
    "é",
    "😀",
    "\u{202e}",
    "18446744073709551616",
    "-9223372036854775808",
    "NaN",
    "1e999",
    "0000-00-00",
    "..",
    "id",
    "secret",
    "content",
];

/// Changes a text a few times: bytes and pieces in, out, doubled.
fn mutate(random: &mut Random, valid: &[&str]) -> Vec<u8> {
    let mut bytes = valid[random.below(valid.len())].as_bytes().to_vec();
    for _ in 0..1 + random.below(3) {
        let at = random.below(bytes.len() + 1);
        let to = (at + random.below(12)).min(bytes.len());
        match random.below(6) {
            0 if at < bytes.len() => bytes[at] = random.next() as u8,
            1 => bytes.insert(at, random.next() as u8),
            2 => drop(bytes.drain(at..to)),
            3 => {
                let copy = bytes[at..to].to_vec();
                bytes.splice(at..at, copy);
            }
            4 => {
                let other = valid[random.below(valid.len())].as_bytes();
                bytes.truncate(at);
                bytes.extend_from_slice(&other[random.below(other.len())..]);
            }
            _ => {
                let piece = PIECES[random.below(PIECES.len())];
                bytes.splice(at..at, piece.bytes());
            }
        }
    }
    bytes
}

/// What a body may hold: members that are known and values of every shape.
fn body(random: &mut Random, depth: usize) -> Value {
    const NAMES: &[&str] = &[
        "filter",
        "and",
        "or",
        "not",
        "folder",
        "parent",
        "children",
        "tags",
        "tags.label",
        "parent.folder.label",
        "id",
        "name",
        "priority",
        "due",
        "price",
        "score",
        "eq",
        "ne",
        "in",
        "nin",
        "isNull",
        "gt",
        "contains",
        "icontains",
        "q",
        "sort",
        "page",
        "size",
        "after",
        "include",
        "fields",
        "count",
        "content",
        "a/b~c",
        "",
    ];
    match random.below(if depth > 7 { 6 } else { 11 }) {
        0 => Value::Null,
        1 => json!(random.below(2) == 0),
        2 => json!(random.next() as i64),
        3 => json!(f64::from_bits(random.next())),
        4 => json!(random.below(5)),
        5 => json!(PIECES[random.below(PIECES.len())]),
        6 => (0..random.below(4)).map(|_| body(random, depth + 1)).collect(),
        _ => {
            let members = (0..1 + random.below(4)).map(|_| {
                let name = if depth == 0 { "filter" } else { NAMES[random.below(NAMES.len())] };
                (name.to_owned(), body(random, depth + 1))
            });
            Value::Object(members.collect())
        }
    }
}

fn actors() -> Vec<Actor> {
    let user = CurrentUser::new("ada").with_permissions(["folders:read", "notes:secrets"]);
    vec![Actor::System, Actor::Anonymous, Actor::User(Arc::new(user))]
}

/// What is understood becomes SQL on both databases.
fn compile(viewer: &Viewer<'_>, list: &ListQuery) {
    for backend in [DatabaseBackend::Postgres, DatabaseBackend::Sqlite] {
        let mut select = Query::select();
        select.column("id").from("notes");
        if let Some(filter) = &list.filter {
            select.cond_where(condition(backend, viewer.table, filter, NO_ROW_FILTER));
        }
        select.cond_where(words(backend, viewer.table, &searched(viewer), &list.words));
        seek::order(backend, &mut select, &seek::keys(viewer.spec(), &list.sort));
        assert!(!backend.build(&select).sql.is_empty());
    }
    assert!(list.offset() <= i64::MAX.unsigned_abs() && (1..=viewer.spec().page.max).contains(&list.size));
}

fn is_refusal(error: &Error) -> bool {
    matches!(error.status(), 400 | 401 | 403 | 422) && error.errors().len() <= 50
}

#[test]
fn query_strings_are_understood_or_refused() {
    let random = &mut Random::new(seed(3));
    let tables: &[&'static ResourceTable] = &[&NOTES, &FOLDERS, &VAULTS];
    let actors = actors();
    let mut understood = 0;
    for round in 0..rounds(8_000) {
        let bytes = mutate(random, QUERIES);
        let raw = String::from_utf8_lossy(&bytes);
        let viewer = Viewer { table: tables[round % tables.len()], actor: &actors[round / 3 % actors.len()] };
        for outcome in [parse_list(&viewer, &raw), parse_count(&viewer, &raw)] {
            match outcome {
                Ok(list) => {
                    understood += 1;
                    compile(&viewer, &list);
                }
                Err(error) => assert!(is_refusal(&error), "{raw:?}: {error:?}"),
            }
        }
        if let Err(error) = parse_row(&viewer, &raw) {
            assert!(is_refusal(&error), "{raw:?}: {error:?}");
        }
        assert_eq!(parse_none(&raw).is_ok(), raw.is_empty(), "{raw:?}");
    }
    assert!(understood > 100, "{understood}");
}

#[test]
fn bodies_are_understood_or_refused() {
    let valid = [
        json!({"filter": {"isActive": true, "or": [{"name": {"icontains": "x"}}, {"not": {"due": {"lt": "2026-01-01T00:00:00Z"}}}]}}),
        json!({"filter": {"tags": {"or": [{"label": "red"}, {"weight": 1}]}, "tags.weight": {"ne": 2}}, "size": 5}),
        json!({"filter": {"parent": {"folder": {"label": {"in": ["a", "b"]}}}}, "sort": ["-due"], "include": ["tags"]}),
        json!({"q": "a b", "fields": ["id"], "page": 2, "count": "none", "filter": {"price": "1.5", "score": 0.5}}),
        json!({"after": "abc", "filter": {"content": "a", "priority": {"gte": 1}}}),
    ]
    .map(|body| body.to_string());
    let valid: Vec<&str> = valid.iter().map(String::as_str).collect();
    let random = &mut Random::new(seed(4));
    let actors = actors();
    let mut understood = 0;
    for round in 0..rounds(20_000) {
        let body = if round % 2 == 0 {
            match serde_json::from_slice(&mutate(random, &valid)) {
                Ok(body) => body,
                Err(_) => continue,
            }
        } else {
            body(random, 0)
        };
        let viewer = Viewer { table: &NOTES, actor: &actors[round % actors.len()] };
        match parse_search(&viewer, &body) {
            Ok(list) => {
                understood += 1;
                compile(&viewer, &list);
            }
            Err(error) => assert!(is_refusal(&error), "{body}: {error:?}"),
        }
    }
    assert!(understood > 100, "{understood}");
}

#[test]
fn bytes_are_a_cursor_or_none() {
    let random = &mut Random::new(seed(5));
    let mut understood = 0;
    for (kind, values) in every_kind() {
        let keys = [key(kind, true), key(kind, false)];
        let valid: Vec<String> = values
            .iter()
            .map(|value| {
                let written = cursor::write(&keys, &[value.clone(), values[0].clone()]);
                String::from_utf8(written).expect("JSON")
            })
            .collect();
        let valid: Vec<&str> = valid.iter().map(String::as_str).collect();
        for _ in 0..rounds(1_000) {
            let bytes = mutate(random, &valid);
            if let Some(read) = cursor::read(&keys, &bytes) {
                understood += 1;
                assert!(matches!(read.len(), 1 | 2));
                // What is read can be written again.
                assert!(cursor::read(&keys, &cursor::write(&keys, &read)).is_some(), "{bytes:?}");
            }
            let noise: Vec<u8> = (0..random.below(40)).map(|_| random.next() as u8).collect();
            assert!(cursor::read(&keys, &noise).is_none());
        }
    }
    assert!(understood > 50, "{understood}");
}
