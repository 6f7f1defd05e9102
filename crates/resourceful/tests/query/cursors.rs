//! Pages after cursors: together they are the whole list, each row once, in every order.

use std::collections::HashSet;

use resourceful::internals::query::seek::Boundary;
use resourceful::internals::query::{Filter, NO_ROW_FILTER, SortKey, condition, cursor, parse_search, seek};
use resourceful::internals::resource::FieldValue;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ConnectionTrait, DatabaseConnection};
use serde_json::json;

use super::databases;
use super::evaluated::id;
use super::fixture::{NOTE, NOTES, by_system, note_field};
use super::random::Random;
use super::reference::{NOTE_FIELDS, Row, World, compare, fill, insert, note};

/// The fields that orders are made of.
const KEYS: &[&str] = &["id", "name", "title", "is_active", "priority", "score", "due", "day", "status", "token"];

const SIZES: &[usize] = &[1, 2, 3, 7];

/// Each field by itself both ways, and orders of two or three keys.
fn orders(random: &mut Random, several: usize) -> Vec<Vec<SortKey>> {
    let single = KEYS
        .iter()
        .flat_map(|name| [false, true].map(|descending| vec![SortKey { field: note_field(name), descending }]));
    let mut orders: Vec<_> = single.collect();
    for _ in 0..several {
        let mut order: Vec<SortKey> = Vec::new();
        let length = 2 + random.below(2);
        while order.len() < length {
            let field = note_field(KEYS[random.below(KEYS.len())]);
            if !order.iter().any(|key| key.field == field) {
                order.push(SortKey { field, descending: random.below(2) == 0 });
            }
        }
        orders.push(order);
    }
    orders
}

/// The conditions that a page may have besides its cursor.
fn filters() -> Vec<Option<Filter>> {
    let filter = |filter| parse_search(&by_system(&NOTES), &json!({ "filter": filter })).expect("a filter").filter;
    vec![
        None,
        filter(json!({"or": [{"priority": {"ne": 3}}, {"name": {"contains": "a"}}]})),
        filter(json!({"tags": {"label": {"ne": "blue"}}})),
    ]
}

/// A page of the notes: their ids.
async fn page(
    db: &DatabaseConnection,
    sort: &[SortKey],
    filter: Option<&Filter>,
    after: Option<&Boundary>,
    size: usize,
) -> Vec<i32> {
    let backend = db.get_database_backend();
    let keys = seek::keys(&NOTE, sort);
    let columns: Vec<Alias> = NOTE_FIELDS.iter().map(|name| Alias::new(NOTE.fields[note_field(name)].column)).collect();
    let mut rows: SelectStatement = Query::select();
    rows.columns(columns.iter().map(|column| ("notes", column.clone()))).from("notes");
    if let Some(filter) = filter {
        rows.cond_where(condition(backend, &NOTES, filter, NO_ROW_FILTER));
    }
    let select = match after {
        Some(boundary) => {
            let values = cursor::read(&keys, &cursor::write(&keys, &boundary.values)).expect("what was written");
            let boundary = Boundary { values, inclusive: boundary.inclusive };
            seek::after(backend, &rows, "notes", &columns, &keys, &boundary, size as u64)
        }
        None => {
            seek::order(backend, &mut rows, &keys);
            rows.limit(size as u64);
            rows
        }
    };
    let found = db.query_all(&select).await.unwrap_or_else(|error| panic!("{error}: {:?}", backend.build(&select)));
    found.iter().map(|row| row.try_get_by_index(0).expect("an id")).collect()
}

/// What a cursor behind this row holds.
fn values(row: &Row, sort: &[SortKey]) -> Vec<FieldValue> {
    resourceful::internals::query::total(&NOTE, sort)
        .iter()
        .map(|key| row[NOTE.fields[key.field].name].clone())
        .collect()
}

/// Where the page behind the row begins: behind its values, or between it and the row that follows it in this order.
fn begin(random: &mut Random, mut rows: Vec<&Row>, last: i32, sort: &[SortKey]) -> Boundary {
    rows.sort_by(|left, right| compare(left, right, sort));
    let place = rows.iter().position(|row| id(row) == last).expect("a row that is there");
    let whole = values(rows[place], sort);
    match rows.get(place + 1) {
        Some(next) if random.below(2) == 0 => Boundary::between(&seek::keys(&NOTE, sort), &whole, &values(next, sort)),
        _ => Boundary::behind(whole),
    }
}

fn show(sort: &[SortKey]) -> String {
    let key = |key: &SortKey| format!("{}{}", if key.descending { "-" } else { "" }, NOTE.fields[key.field].name);
    sort.iter().map(key).collect::<Vec<_>>().join(",")
}

async fn pages_are_the_list(db: &DatabaseConnection) {
    let world = World::new();
    fill(db, &world).await;
    let random = &mut Random::new(1);
    let filters = filters();
    let orders = orders(random, 40);
    for (place, sort) in orders.iter().enumerate() {
        let filter = filters[place % filters.len()].as_ref();
        let kept = |row: &&Row| filter.is_none_or(|filter| world.holds(row, filter, |_, _| true));
        let mut expected: Vec<&Row> = world.notes().iter().filter(kept).collect();
        expected.sort_by(|left, right| compare(left, right, sort));
        let rows = expected.clone();
        let expected: Vec<i32> = expected.into_iter().map(id).collect();
        assert!(expected.len() > 10);
        for &size in if place % 3 == 0 { SIZES } else { &SIZES[2..] } {
            let mut seen = page(db, sort, filter, None, size).await;
            while let Some(&last) = seen.last() {
                let boundary = begin(random, rows.clone(), last, sort);
                let next = page(db, sort, filter, Some(&boundary), size).await;
                if next.is_empty() {
                    break;
                }
                seen.extend(next);
                assert!(seen.len() <= expected.len(), "{} by {size}: rows come again: {seen:?}", show(sort));
            }
            assert_eq!(seen, expected, "{} by {size}", show(sort));
        }
    }
}

async fn rows_that_stay_are_seen_once(db: &DatabaseConnection) {
    let random = &mut Random::new(2);
    for sort in orders(random, 20) {
        let mut world = World::new();
        fill(db, &world).await;
        let size = *random.pick(SIZES);
        let mut stay: HashSet<i32> = world.notes().iter().map(id).collect();
        let mut seen = Vec::new();
        let mut after: Option<Boundary> = None;
        let mut fresh = 1_000;
        loop {
            let next = page(db, &sort, None, after.as_ref(), size).await;
            let Some(&last) = next.last() else { break };
            after = Some(begin(random, world.notes().iter().collect(), last, &sort));
            seen.extend(next);
            assert!(seen.len() < 500, "{} by {size} does not end", show(&sort));
            // The row of the cursor itself may go too.
            let gone = if random.below(3) == 0 { last } else { id(random.pick(world.notes())) };
            stay.remove(&gone);
            world.notes_mut().retain(|row| id(row) != gone);
            let mut delete = Query::delete();
            delete.from_table("notes").cond_where(Expr::col("id").eq(gone));
            db.execute(&delete).await.expect("a row goes");
            if fresh < 1_030 {
                fresh += 1;
                let row = note(if random.below(2) == 0 { fresh } else { -fresh }, random.below(1_000));
                insert(db, &NOTE, &row).await;
                world.notes_mut().push(row);
            }
        }
        let once: HashSet<i32> = seen.iter().copied().collect();
        assert_eq!(once.len(), seen.len(), "{} by {size}: rows come again: {seen:?}", show(&sort));
        let mut expected: Vec<&Row> = world.notes().iter().filter(|row| stay.contains(&id(row))).collect();
        expected.sort_by(|left, right| compare(left, right, &sort));
        let expected: Vec<i32> = expected.into_iter().map(id).collect();
        seen.retain(|id| stay.contains(id));
        assert_eq!(seen, expected, "{} by {size}", show(&sort));
    }
}

/// A filter with so many values that they cannot be bound once for each stretch behind a cursor.
async fn long_lists_are_paged_too(db: &DatabaseConnection) {
    let (world, random) = (World::new(), &mut Random::new(3));
    fill(db, &world).await;
    let thousand = |first: i32| json!({"id": {"in": (first..first + 1_000).collect::<Vec<_>>()}});
    let all: Vec<_> = (0..10).map(|at| thousand(1 + at * 1_000)).collect();
    let body = json!({"filter": {"or": all}});
    let filter = parse_search(&by_system(&NOTES), &body).expect("a filter").filter;
    let sort: Vec<SortKey> = ["title", "priority", "due", "score", "name", "day", "status", "token"]
        .iter()
        .enumerate()
        .map(|(place, name)| SortKey { field: note_field(name), descending: place % 2 == 1 })
        .collect();
    let mut expected = world.notes().to_vec();
    expected.sort_by(|left, right| compare(left, right, &sort));
    let expected: Vec<i32> = expected.iter().map(id).collect();
    let mut seen = page(db, &sort, filter.as_ref(), None, 7).await;
    while let Some(&last) = seen.last() {
        let boundary = begin(random, world.notes().iter().collect(), last, &sort);
        let next = page(db, &sort, filter.as_ref(), Some(&boundary), 7).await;
        if next.is_empty() {
            break;
        }
        seen.extend(next);
    }
    assert_eq!(seen, expected);
}

async fn everything(db: &DatabaseConnection) {
    pages_are_the_list(db).await;
    rows_that_stay_are_seen_once(db).await;
    long_lists_are_paged_too(db).await;
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn sqlite_pages_are_the_list() {
    databases::on_sqlite(everything).await;
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn postgres_pages_are_the_list() {
    databases::on_postgres(everything).await;
}
