//! What is advised, from the resources alone.

use resourceful::prelude::*;
use resourceful::schema::{IndexAdvice, index_advice};
use resourceful::sea_orm::DbBackend;

use crate::resources::{Item, Member, Note, Step};

fn advised(backend: DbBackend) -> Vec<IndexAdvice> {
    index_advice(backend, &[Member::spec(), Item::spec(), Step::spec()])
}

/// Name, columns, and whether it wants a decision.
fn short(backend: DbBackend) -> Vec<(String, String, bool)> {
    let short = |advice: IndexAdvice| {
        let statement = advice.statements.last().expect("a statement");
        let (_, columns) = statement.split_once(" ON ").expect("a table");
        (advice.name, columns.to_owned(), advice.caution.is_some())
    };
    advised(backend).into_iter().map(short).collect()
}

const CERTAIN: bool = false;
const CAUTIOUS: bool = true;

fn row(name: &str, columns: &str, caution: bool) -> (String, String, bool) {
    (name.to_owned(), columns.to_owned(), caution)
}

#[test]
fn each_order_filter_and_owner_has_its_index_once() {
    let sqlite = [
        row("ix_items_by_priority_desc_name", r#""items" ("priority" DESC, "name" ASC)"#, CERTAIN),
        row("ix_items_by_name", r#""items" ("name")"#, CERTAIN),
        row("ix_items_by_due", r#""items" ("due")"#, CERTAIN),
        row("ix_items_by_price", r#""items" ("price")"#, CAUTIOUS),
        row("ix_items_by_state", r#""items" ("state")"#, CERTAIN),
        row(
            "ix_items_by_owner_id_desc_priority_desc_name",
            r#""items" ("owner_id" DESC, "priority" DESC, "name" ASC)"#,
            CERTAIN,
        ),
        row(
            "ix_items_by_is_active_desc_priority_desc_name",
            r#""items" ("is_active" DESC, "priority" DESC, "name" ASC)"#,
            CAUTIOUS,
        ),
        row("ix_items_by_email", r#""items" ("email")"#, CERTAIN),
    ];
    assert_eq!(short(DbBackend::Sqlite), sqlite, "SQLite keeps a numeric id in every index");
    let postgres = [
        row("ix_items_by_priority_desc_name_id", r#""items" ("priority" DESC, "name" ASC, "id" ASC)"#, CERTAIN),
        row("ix_items_by_name_id", r#""items" ("name", "id")"#, CERTAIN),
        row("ix_items_by_due_id", r#""items" ("due", "id")"#, CERTAIN),
        row("ix_items_by_price_id", r#""items" ("price", "id")"#, CERTAIN),
        row("ix_items_by_state_id", r#""items" ("state", "id")"#, CERTAIN),
        row("ix_items_by_place_id", r#""items" ("place", "id")"#, CERTAIN),
        row(
            "ix_items_by_owner_id_desc_priority_desc_name_id",
            r#""items" ("owner_id" DESC, "priority" DESC, "name" ASC, "id" ASC)"#,
            CERTAIN,
        ),
        row(
            "ix_items_by_is_active_desc_priority_desc_name_id",
            r#""items" ("is_active" DESC, "priority" DESC, "name" ASC, "id" ASC)"#,
            CAUTIOUS,
        ),
        row("ix_items_by_email", r#""items" ("email")"#, CAUTIOUS),
        row("ix_items_trigrams", r#""items" USING gin ("name" gin_trgm_ops)"#, CAUTIOUS),
    ];
    assert_eq!(short(DbBackend::Postgres), postgres);
}

#[test]
fn the_reason_names_all_uses_of_an_index() {
    let advised = advised(DbBackend::Postgres);
    let reason = |name: &str| {
        let advice = advised.iter().find(|advice| advice.name == name).unwrap_or_else(|| panic!("{name}"));
        (advice.reason.as_str(), advice.caution.as_deref().unwrap_or_default())
    };
    let (name, _) = reason("ix_items_by_name_id");
    assert_eq!(name, "sort=name and sort=-name, by page and by cursor; filters on name");
    let (place, _) = reason("ix_items_by_place_id");
    assert!(place.ends_with("it also replaces ix_items_place"), "{place}");
    let (owner, _) = reason("ix_items_by_owner_id_desc_priority_desc_name_id");
    assert!(owner.starts_with("/self: the rows of one owner"), "{owner}");
    let (_, email) = reason("ix_items_by_email");
    assert!(email.contains("2,704 bytes") && email.contains("`length(..)` of email"), "{email}");
}

#[test]
fn a_table_that_is_only_searched_needs_a_trigram_index_only() {
    let advised = index_advice(DbBackend::Postgres, &[Note::spec()]);
    let statements: Vec<&str> = advised.iter().flat_map(|it| &it.statements).map(String::as_str).collect();
    assert_eq!(
        statements,
        [
            "CREATE EXTENSION IF NOT EXISTS pg_trgm",
            r#"CREATE INDEX IF NOT EXISTS "ix_notes_trigrams" ON "notes" USING gin ("name" gin_trgm_ops, "title" gin_trgm_ops)"#,
        ]
    );
    assert!(index_advice(DbBackend::Sqlite, &[Note::spec()]).is_empty());
}
