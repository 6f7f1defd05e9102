//! Timestamps, which SQLite keeps as text of varying length, compare and sort as moments.

#![cfg(feature = "sqlite")]

use resourceful::internals::query::{NO_ROW_FILTER, condition, parse_list, seek};
use resourceful::internals::resource::text_to_value;
use sea_orm::sea_query::Query;
use sea_orm::{ConnectOptions, ConnectionTrait, Database};

use super::fixture::{NOTE, NOTES, by_system};

const MOMENTS: &[&str] = &[
    "0001-01-01T00:00:00Z",
    "1969-12-31T23:59:59.999999Z",
    "2026-01-01T00:00:00Z",
    "2026-01-01T00:00:00.000001Z",
    "2026-01-01T00:00:00.001Z",
    "2026-01-01T00:00:00.0011Z",
    "2026-01-01T00:00:00.5Z",
    "2026-01-01T02:00:01+02:00",
    "9999-12-31T23:59:59Z",
];

#[tokio::test]
async fn moments_are_compared_not_their_spelling() {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options.max_connections(1).sqlx_logging(false);
    let db = Database::connect(options).await.expect("a database");
    db.execute_unprepared("CREATE TABLE notes (id integer PRIMARY KEY, due text)").await.expect("a table");
    let backend = db.get_database_backend();
    let (due, field) = NOTE.field("due").expect("a field");
    for (at, moment) in MOMENTS.iter().enumerate() {
        let id = i32::try_from(at).expect("few");
        let value = text_to_value(&field.ty.kind, moment).expect("a moment");
        let mut insert = Query::insert();
        insert.into_table("notes").columns(["id", "due"]).values_panic([id.into(), value.into()]);
        db.execute(&insert).await.expect("a row");
    }
    for (at, moment) in MOMENTS.iter().enumerate() {
        for (op, expected) in [
            ("gt", at + 1..MOMENTS.len()),
            ("gte", at..MOMENTS.len()),
            ("lt", 0..at),
            ("lte", 0..at + 1),
            ("eq", at..at + 1),
        ] {
            let list = parse_list(&by_system(&NOTES), &format!("due[{op}]={}&sort=due", moment.replace('+', "%2B")))
                .expect("a query");
            assert_eq!(list.sort[0].field, due);
            let mut select = Query::select();
            select.column("id").from("notes");
            select.cond_where(condition(backend, &NOTES, &list.filter.expect("a filter"), NO_ROW_FILTER));
            seek::order(backend, &mut select, &seek::keys(&NOTE, &list.sort));
            let rows = db.query_all(&select).await.expect("rows");
            let ids: Vec<usize> =
                rows.iter().map(|row| row.try_get_by_index::<i32>(0).expect("an id") as usize).collect();
            assert_eq!(ids, expected.collect::<Vec<_>>(), "{op} {moment}");
        }
    }
}
