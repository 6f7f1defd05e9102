//! Lists and included rows on SQLite, with two specs written by hand.

use std::sync::Arc;

use sea_orm::ConnectionTrait;

use crate::actor::{Actor, CurrentUser};
use crate::context::{Context, DatabaseSettings, Options, Secret};
use crate::error::Error;
use crate::query::{Count, Include, ListQuery, SortKey, Start, Viewer, parse_list, parse_search};
use crate::resource::{FieldValue, Record, RelationFns, ResourceTable};
use crate::service::Engine;
use crate::spec::{
    FieldAccess, FieldRole, FieldSpec, Kind, OnDelete, Operation, PageSpec, RelationKind, RelationSpec, ResourceSpec,
    SearchSpec, SortSpec, TypeSpec,
};

const fn field(name: &'static str, kind: Kind) -> FieldSpec {
    FieldSpec {
        name,
        json: name,
        column: name,
        was: None,
        doc: "",
        ty: TypeSpec { kind, nullable: false },
        role: FieldRole::Plain,
        access: FieldAccess::Normal,
        read: None,
        write: None,
        has_default: false,
        default_sql: None,
        unique: false,
        index: false,
        filter: true,
        sort: true,
        search: false,
        file: None,
        rules: &[],
    }
}

static BOOK: ResourceSpec = ResourceSpec {
    type_name: "Book",
    name: "books",
    table: "books",
    was: None,
    path: "books",
    tag: "Books",
    doc: "",
    fields: &[FieldSpec { role: FieldRole::Id, ..field("id", Kind::I32) }, field("text", Kind::String)],
    id: 0,
    owner: None,
    relations: &[RelationSpec {
        name: "pages",
        json: "pages",
        kind: RelationKind::HasMany { via: None },
        target: || &PAGE,
    }],
    computed: &[],
    unique: &[],
    search: SearchSpec::Substring,
    read_permission: "books:read",
    operations: &[],
    page: PageSpec { default: 2, max: 100 },
    sort: &[],
    cache: None,
    require_match: false,
};

/// The value that its default order depends on is secret.
static PAGE: ResourceSpec = ResourceSpec {
    type_name: "Page",
    name: "pages",
    table: "pages",
    was: None,
    path: "pages",
    tag: "Pages",
    fields: &[
        FieldSpec { role: FieldRole::Id, ..field("id", Kind::I32) },
        field("book_id", Kind::I32),
        FieldSpec { read: Some("pages:rank"), ..field("rank", Kind::I32) },
        FieldSpec { ty: TypeSpec { kind: Kind::Decimal, nullable: true }, ..field("price", Kind::Decimal) },
    ],
    relations: &[RelationSpec {
        name: "book",
        json: "book",
        kind: RelationKind::BelongsTo { field: "book_id", on_delete: OnDelete::Cascade, any: false },
        target: || &BOOK,
    }],
    read_permission: "pages:read",
    sort: &[SortSpec { field: "rank", descending: false }],
    ..BOOK
};

static BOOKS: ResourceTable = table(&BOOK, &[RelationFns { target: || &PAGES, through: None }]);
static PAGES: ResourceTable = table(&PAGE, &[RelationFns { target: || &BOOKS, through: None }]);

const fn table(spec: &'static ResourceSpec, relations: &'static [RelationFns]) -> ResourceTable {
    ResourceTable {
        spec,
        fields: &[],
        relations,
        model: |_| Err(Error::not_found()),
        computed: &[],
        checks: &[],
        policy: None,
        hooks: None,
    }
}

async fn engine(actor: Actor, rows: &str) -> Engine {
    let options = Options { secret: Secret::new("of all processes"), ..Options::default() };
    let settings = DatabaseSettings::new("sqlite::memory:");
    let ctx = Context::builder(options).connect(&settings).await.expect("a database");
    let ddl = "CREATE TABLE books (id integer NOT NULL PRIMARY KEY, text text NOT NULL);
               CREATE TABLE pages (id integer NOT NULL PRIMARY KEY, book_id integer NOT NULL, rank integer NOT NULL,
               price text COLLATE resourceful_decimal);";
    ctx.db().execute_unprepared(&format!("{ddl}{rows}")).await.expect("tables");
    Engine::new(&ctx, &BOOKS, actor)
}

fn ids<'a>(spec: &ResourceSpec, rows: impl IntoIterator<Item = &'a Record>) -> Vec<i32> {
    let id = |row: &Record| row.value(spec, 0).expect("an id").unwrap::<i32>();
    rows.into_iter().map(id).collect()
}

/// The text of a key can be as long as a body; a cursor goes into a URL.
#[tokio::test]
async fn cursors_of_long_keys_can_be_sent_back() {
    let rows = "INSERT INTO books SELECT n, printf('%.*c', 100000, 'a') || (5 - n % 3)
                FROM (WITH RECURSIVE all_n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM all_n WHERE n < 7) SELECT n FROM all_n);";
    let engine = engine(Actor::System, rows).await;
    let viewer = Viewer { table: &BOOKS, actor: &Actor::System };
    let mut query = parse_list(&viewer, "sort=text").expect("a query");
    let mut seen = Vec::new();
    let cursor = loop {
        let page = engine.list(Operation::List, &query, None).await.expect("a page");
        seen.extend(ids(&BOOK, &page.items));
        let Some(next) = page.next else { break query.start };
        query = parse_list(&viewer, &format!("sort=text&after={next}")).expect("a cursor that can be sent back");
    };
    assert_eq!(seen, [2, 5, 1, 4, 7, 3, 6]);
    // The rows on both sides of a boundary are not needed again.
    engine.ctx().db().execute_unprepared("DELETE FROM books WHERE id IN (3, 6)").await.expect("rows go");
    let page = engine.list(Operation::List, &ListQuery { start: cursor, ..query }, None).await.expect("a page");
    assert_eq!(ids(&BOOK, &page.items), [0_i32; 0]);
}

/// Decimals are text on SQLite, and also sort as numbers after a cursor, however they are written.
#[tokio::test]
async fn decimals_are_paged_as_numbers() {
    let rows = "INSERT INTO pages VALUES (1, 1, 1, '9'), (2, 1, 1, '10'), (3, 1, 1, '2.5'), (4, 1, 1, NULL),
                (5, 1, 1, '-1.5'), (6, 1, 2, '10.00'), (7, 1, 2, NULL), (8, 1, 2, '-20'), (9, 1, 2, '0.000001');";
    let books = engine(Actor::System, rows).await;
    let engine = Engine { table: &PAGES, ..books };
    let viewer = Viewer { table: &PAGES, actor: &Actor::System };
    for (sort, expected) in [
        ("price", [8, 5, 9, 3, 1, 2, 6, 4, 7]),
        ("-price", [7, 4, 6, 2, 1, 3, 9, 5, 8]),
        ("price,-id", [8, 5, 9, 3, 1, 6, 2, 7, 4]),
        ("-price,rank", [4, 7, 2, 6, 1, 3, 9, 5, 8]),
        ("-rank,price", [8, 9, 6, 7, 5, 3, 1, 2, 4]),
    ] {
        for size in [1, 2, 4] {
            let mut raw = format!("sort={sort}&size={size}&count=none");
            let mut seen = Vec::new();
            loop {
                let query = parse_list(&viewer, &raw).expect("a query");
                let page = engine.list(Operation::List, &query, None).await.expect("a page");
                seen.extend(ids(&PAGE, &page.items));
                let Some(next) = page.next else { break };
                assert!(seen.len() < expected.len(), "{sort} by {size} does not end: {seen:?}");
                raw = format!("sort={sort}&size={size}&count=none&after={next}");
            }
            assert_eq!(seen, expected, "{sort} by {size}");
        }
    }
}

/// A cursor stays valid after a restart, and is valid for its own list only.
#[tokio::test]
async fn cursors_are_bound_to_their_list() {
    let rows = "INSERT INTO books VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, 'e');
                INSERT INTO pages (id, book_id, rank) VALUES (1, 1, 1), (2, 2, 1), (3, 3, 1), (4, 4, 1);";
    let viewer = Viewer { table: &BOOKS, actor: &Actor::System };
    let related = serde_json::json!({"filter": {"not": {"pages.rank": 7}}, "sort": ["-text"]});
    let query = parse_search(&viewer, &related).expect("a query");
    // No address of this process is in what the cursor is bound to.
    let digits = format!("{:?}", query.filter);
    assert!(!digits.contains("0x"), "{digits}");
    let first = engine(Actor::System, rows).await;
    let page = first.list(Operation::List, &query, None).await.expect("a page");
    assert_eq!(ids(&BOOK, &page.items), [5, 4]);
    let next = Start::After(page.next.expect("more"));
    // Another process with the same secret.
    let second = engine(Actor::System, rows).await;
    let after = ListQuery { start: next.clone(), size: 10, count: Count::None, ..query.clone() };
    let page = second.list(Operation::Search, &after, None).await.expect("a page");
    assert_eq!((ids(&BOOK, &page.items), page.total, page.page, page.next), (vec![3, 2, 1], None, None, None));
    let user = Actor::User(Arc::new(CurrentUser::new("ada")));
    let others = [
        (&second, ListQuery { filter: None, ..after.clone() }),
        (&second, ListQuery { sort: vec![SortKey { field: 1, descending: false }], ..after.clone() }),
        (&second, ListQuery { words: vec!["a".to_owned()], ..after.clone() }),
        (&Engine { actor: user, ..second.clone() }, after.clone()),
        (&Engine { table: &PAGES, ..second.clone() }, ListQuery { filter: None, sort: vec![], ..after.clone() }),
    ];
    for (engine, query) in others {
        let error = engine.list(Operation::List, &query, None).await.unwrap_err();
        assert_eq!((error.status(), error.slug()), (400, "invalid-cursor"), "{query:?}");
    }
}

/// The order of included rows reveals nothing about a field that the caller does not see.
#[tokio::test]
async fn included_rows_are_ordered_by_what_the_caller_sees() {
    let rows = "INSERT INTO books VALUES (1, 'a'), (2, 'b');
                INSERT INTO pages (id, book_id, rank) VALUES (1, 1, 30), (2, 1, 10), (3, 1, 20), (4, 2, 1);";
    let system = engine(Actor::System, rows).await;
    let user = |permissions: &[&str]| {
        Actor::User(Arc::new(CurrentUser::new("ada").with_permissions(permissions.iter().copied())))
    };
    for (actor, expected) in [
        (Actor::System, [2, 3, 1]),
        (user(&["pages:read", "pages:rank"]), [2, 3, 1]),
        (user(&["pages:read"]), [1, 2, 3]),
        (Actor::Anonymous, [1, 2, 3]),
    ] {
        let engine = Engine { actor, ..system.clone() };
        let page = engine.list(Operation::List, &ListQuery::new(&BOOK), None).await.expect("a page");
        let include = [Include { relation: &BOOK.relations[0], include: Vec::new() }];
        let included = engine.include(&page.items, &include).await.expect("pages");
        let (of_first, more) = included[0].of(&BOOK, &page.items[0]);
        assert_eq!((ids(&PAGE, of_first), more), (expected.to_vec(), false));
        assert_eq!(ids(&PAGE, included[0].of(&BOOK, &page.items[1]).0), [4]);
    }
}

/// Nested related rows can be more than one statement can bind.
#[tokio::test]
async fn many_rows_include_too() {
    let rows = "INSERT INTO books VALUES (1, 'a'), (39999, 'b');
                INSERT INTO pages (id, book_id, rank) SELECT n, CASE WHEN n > 150 THEN 39999 ELSE 1 END, n % 10
                FROM (WITH RECURSIVE all_n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM all_n WHERE n < 250) SELECT n FROM all_n);";
    let engine = engine(Actor::System, rows).await;
    let keys = (0..40_000).map(|id| FieldValue::Int(Some(id))).collect();
    let included = engine.related_to_keys(&BOOK.relations[0], keys).await.expect("pages");
    let page = engine.list(Operation::List, &ListQuery::new(&BOOK), None).await.expect("a page");
    let of = |at: usize| {
        let (rows, more) = included.of(&BOOK, &page.items[at]);
        (ids(&PAGE, rows.iter().copied()), more)
    };
    let (first, more) = of(0);
    assert_eq!((first.len(), more), (150, false), "typed code gets all");
    assert_eq!(first[..16], [10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 130, 140, 150, 1]);
    let (last, more) = of(1);
    assert_eq!((last.len(), more, last[0]), (100, false, 160));
}
