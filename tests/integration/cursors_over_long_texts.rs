//! Cursors whose sort keys are long texts: every row that stays is seen exactly once, whatever changes between the pages.

use std::collections::{HashMap, HashSet};

use resourceful::prelude::*;
use resourceful::serde_json::{Value, json};
use resourceful::testing::{Caller, TestApp, TestDatabase};

use crate::support::{created, ok, refused};

/// A letter of any length.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(page(default = 3, max = 100))]
pub struct Letter {
    pub id: i32,
    #[resource(filter, sort)]
    pub kind: i32,
    #[resource(sort)]
    pub body: Option<String>,
    #[resource(sort)]
    pub note: Option<String>,
}

/// xorshift64*: the same numbers in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33).unwrap_or(0) % end
    }

    /// Characters of one to four bytes, of the given number, with few or very many different characters.
    fn text(&mut self, length: usize, dense: bool) -> String {
        let letters = ['a', 'b', 'é', 'ß', '字', '語', '😀', '\u{10ffff}'];
        let any = |random: &mut Self| char::from_u32(0x4e00 + u32::try_from(random.below(20_000)).unwrap_or(0));
        (0..length)
            .map(|_| if dense { any(self).unwrap_or('字') } else { letters[self.below(letters.len())] })
            .collect()
    }
}

/// Texts with common beginnings: each continues one of few stems, and some stems continue others.
struct Stems(Vec<String>);

impl Stems {
    fn new(random: &mut Random) -> Self {
        let short = random.text(40, false);
        let long = format!("{short}{}", random.text(4_000, false));
        let longer = format!("{long}{}", random.text(15_900, false));
        let dense = random.text(9_000, true);
        Self(vec![String::new(), short, long, longer, dense])
    }

    fn text(&self, random: &mut Random) -> Option<String> {
        let stem = random.below(self.0.len() + 1);
        let stem = self.0.get(stem)?;
        // Often the same text, or one that is the beginning of another.
        let length = [0, 0, 1, 2, 60][random.below(5)];
        Some(format!("{stem}{}", random.text(length, false)))
    }

    fn letter(&self, random: &mut Random) -> Value {
        json!({"kind": random.below(2), "body": self.text(random), "note": self.text(random)})
    }
}

fn ada(app: &TestApp) -> Caller<'_> {
    app.as_user(CurrentUser::new("auth0|ada").with_permissions(["letters:read", "letters:write", "letters:delete"]))
}

const SORTS: &[&str] = &["body", "-body", "kind,body", "-body,kind", "body,-note", "-note,-body", "note,body,kind"];

/// A page by GET or in a search, of so many rows.
fn page(ada: &Caller<'_>, sort: &str, size: usize, after: Option<&str>, by_get: bool) -> Value {
    if by_get {
        let after = after.map(|cursor| format!("&after={cursor}")).unwrap_or_default();
        return ok(ada.get(&format!("/api/v1/letters?sort={sort}&size={size}{after}")));
    }
    let mut body = json!({"sort": sort.split(',').collect::<Vec<_>>(), "size": size});
    if let Some(cursor) = after {
        body["after"] = json!(cursor);
    }
    ok(ada.post("/api/v1/letters/search", body))
}

fn id(letter: &Value) -> i64 {
    letter["id"].as_i64().expect("an id")
}

/// As the list is ordered: null is larger than any value, text sorts by code point, the id follows the last key.
fn order(sort: &str, one: &Value, other: &Value) -> std::cmp::Ordering {
    let key = |letter: &Value, name: &str| match (&letter[name], letter[name].as_i64()) {
        (Value::Null, _) => (2, 0, String::new()),
        (_, Some(number)) => (0, number, String::new()),
        (text, None) => (1, 0, text.as_str().unwrap_or_default().to_owned()),
    };
    let id = if sort.rsplit(',').next().is_some_and(|key| key.starts_with('-')) { "-id" } else { "id" };
    sort.split(',').chain([id]).fold(std::cmp::Ordering::Equal, |order, name| {
        let next = key(one, name.trim_start_matches('-')).cmp(&key(other, name.trim_start_matches('-')));
        order.then(if name.starts_with('-') { next.reverse() } else { next })
    })
}

#[test]
fn pages_over_long_texts_contain_every_unchanged_row_once() {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        let app = TestApp::start_on(database, |app| app.resource::<Letter>());
        let ada = ada(&app);
        let mut random = Random(0x5eed);
        let stems = Stems::new(&mut random);
        let mut longest = 0;
        let mut rows: HashMap<i64, Value> = HashMap::new();
        for &sort in SORTS {
            while rows.len() < 24 {
                let letter = created(ada.post("/api/v1/letters", stems.letter(&mut random)));
                rows.insert(id(&letter), letter);
            }
            let mut stay: HashSet<i64> = rows.keys().copied().collect();
            let (mut seen, mut after, mut by_get) = (Vec::new(), None::<String>, true);
            loop {
                let page = page(&ada, sort, 1 + random.below(4), after.as_deref(), by_get);
                by_get = random.below(2) == 0;
                seen.extend(page["items"].as_array().expect("items").iter().map(id));
                let Some(next) = page["next"].as_str() else { break };
                longest = longest.max(next.len());
                after = Some(next.to_owned());
                assert!(seen.len() < 200, "{sort} does not end: {seen:?}");
                // The last row of the page and the first of the next are among the rows that are changed, deleted or created.
                let mut sorted: Vec<&Value> = rows.values().collect();
                sorted.sort_by(|one, other| order(sort, one, other));
                let last = *seen.last().expect("a page with rows");
                let place = sorted.iter().position(|row| id(row) == last).expect("a known row");
                let near: Vec<i64> = [0, 1, 1 + random.below(5)]
                    .iter()
                    .filter_map(|step| sorted.get(place + step).map(|row| id(row)))
                    .filter(|_| random.below(2) == 0)
                    .collect();
                for gone in near {
                    stay.remove(&gone);
                    let path = format!("/api/v1/letters/{gone}");
                    if random.below(2) == 0 {
                        let changed = json!({"body": stems.text(&mut random), "note": stems.text(&mut random)});
                        let answer = ada.patch(&path, changed);
                        if answer.status == 200 {
                            rows.insert(gone, answer.json());
                        }
                    } else if ada.delete(&path).status == 204 {
                        rows.remove(&gone);
                    }
                }
                if random.below(4) == 0 {
                    let letter = created(ada.post("/api/v1/letters", stems.letter(&mut random)));
                    rows.insert(id(&letter), letter);
                }
            }
            let mut expected: Vec<&Value> = rows.values().filter(|row| stay.contains(&id(row))).collect();
            expected.sort_by(|one, other| order(sort, one, other));
            let expected: Vec<i64> = expected.into_iter().map(id).collect();
            seen.retain(|id| stay.contains(id));
            assert_eq!(seen, expected, "sort={sort}");
        }
        assert!(longest > 4_096, "some boundaries are long: {longest}");
    }
}

/// Long texts that differ at their beginning need only a short cursor.
#[test]
fn cursors_stay_short_where_texts_differ_early() {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        let app = TestApp::start_on(database, |app| app.resource::<Letter>());
        let ada = ada(&app);
        let mut random = Random(77);
        for _ in 0..6 {
            created(ada.post("/api/v1/letters", json!({"kind": 1, "body": random.text(20_000, true)})));
        }
        for sort in ["body", "-body", "kind,-body"] {
            let first = page(&ada, sort, 2, None, true);
            let next = first["next"].as_str().expect("another page");
            assert!(next.len() < 200, "{sort}: {} bytes", next.len());
        }
    }
}

/// If the texts do not fit into a URL, the rows around the boundary identify it, as long as one of them is unchanged.
#[test]
fn texts_too_long_for_a_cursor_can_be_paged_too() {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        let app = TestApp::start_on(database, |app| app.resource::<Letter>());
        let ada = ada(&app);
        let stem = Random(99).text(60_000, true);
        let all: Vec<i64> = (0..8)
            .map(|place| {
                id(&created(ada.post("/api/v1/letters", json!({"kind": 1, "body": format!("{stem}{place}")}))))
            })
            .collect();
        let seen = |page: &Value| page["items"].as_array().expect("items").iter().map(id).collect::<Vec<_>>();
        let next = |page: &Value| page["next"].as_str().expect("another page").to_owned();
        let first = page(&ada, "body", 3, None, true);
        assert_eq!(seen(&first), all[..3]);
        // The last row is changed.
        ok(ada.patch(&format!("/api/v1/letters/{}", all[2]), json!({"body": "z"})));
        let second = page(&ada, "body", 2, Some(&next(&first)), true);
        assert_eq!(seen(&second), all[3..5]);
        // The next row is deleted.
        assert_eq!(ada.delete(&format!("/api/v1/letters/{}", all[5])).status, 204);
        let third = page(&ada, "body", 1, Some(&next(&second)), false);
        assert_eq!(seen(&third), all[6..7]);
        // The last row and the next one are deleted; those before them still exist.
        let both = page(&ada, "body", 2, Some(&next(&first)), true);
        assert_eq!(seen(&both), [all[3], all[4]]);
        for gone in [all[4], all[6]] {
            assert_eq!(ada.delete(&format!("/api/v1/letters/{gone}")).status, 204);
        }
        assert_eq!(seen(&page(&ada, "body", 1, Some(&next(&both)), true)), all[7..]);
        // All of them have changed: the beginning of the page is unknown.
        for changed in [all[0], all[1], all[3]] {
            ok(ada.patch(&format!("/api/v1/letters/{changed}"), json!({"body": "y"})));
        }
        let lost = ada.get(&format!("/api/v1/letters?sort=body&after={}", next(&first)));
        refused(&lost, 400, "invalid-cursor", "all rows around the boundary have changed");
    }
}
