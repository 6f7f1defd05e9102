//! The compiled conditions on real rows, compared with the reference implementation.

use resourceful::internals::query::{
    FieldPath, Filter, ListQuery, NO_ROW_FILTER, Op, Operand, RowFilter, Test, condition, parse_list, parse_search,
    searched, seek, words,
};
use resourceful::internals::resource::ResourceTable;
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait, DatabaseConnection};
use serde_json::{Value, json};

use super::databases;
use super::fixture::{NOTE, NOTES, by_system, filter as show};
use super::reference::{Counts, Row, World, compare, contains_any_case, fill, int, text};

const NEEDLES: &[&str] = &[
    "a",
    "A",
    "é",
    "É",
    "café",
    "ß",
    "ẞ",
    "ss",
    "ς",
    "Σ",
    "οδοσ",
    "İ",
    "i",
    "I",
    "ı",
    "k",
    "\u{212a}",
    "%",
    "_",
    r"\",
    r"\\",
    "*",
    "?",
    "[",
    "]",
    "[x]",
    "[^",
    "^",
    "-",
    "^a$",
    "a*b",
    "a?b",
    ".",
    ".*",
    "\n",
    "a_b",
    "100%",
    "😀",
    "ü",
    "\u{10400}",
    "(",
    "(?i)a",
    "x]b",
    " ",
];

/// Every test that there is, on own fields and through relations.
fn all_tests() -> Vec<Filter> {
    let mut all = Vec::new();
    let mut add = |names: &[&str], op, operand| {
        let path = FieldPath::resolve(&NOTE, names).expect("a path");
        all.push(Filter::Test(Test { path, op, operand }));
    };
    for names in [&["name"][..], &["title"], &["parent", "title"]] {
        for needle in NEEDLES {
            let operand = || Operand::Value(text(Some(needle)));
            for op in [Op::Eq, Op::Ne, Op::Contains, Op::IContains, Op::StartsWith, Op::EndsWith] {
                add(names, op, operand());
            }
        }
    }
    for names in [&["priority"][..], &["id"], &["parent", "priority"]] {
        for number in [0, 2, 4] {
            for op in [Op::Eq, Op::Ne, Op::Gt, Op::Gte, Op::Lt, Op::Lte] {
                add(names, op, Operand::Value(int(number)));
            }
        }
        add(names, Op::Eq, Operand::Value(int(None)));
        for list in [&[][..], &[1], &[1, 3, 99]] {
            let list: Vec<_> = list.iter().map(|&number| int(number)).collect();
            add(names, Op::In, Operand::List(list.clone()));
            add(names, Op::NotIn, Operand::List(list));
        }
    }
    for names in [&["title"][..], &["priority"], &["name"], &["folder", "label"], &["parent", "folder", "label"]] {
        add(names, Op::IsNull, Operand::Flag(true));
        add(names, Op::IsNull, Operand::Flag(false));
    }
    for names in [&["folder", "owner_id"][..], &["folder", "label"], &["parent", "folder", "owner_id"]] {
        for owner in ["ada", "inbox", "nobody"] {
            add(names, Op::Eq, Operand::Value(text(Some(owner))));
            add(names, Op::Ne, Operand::Value(text(Some(owner))));
            add(names, Op::In, Operand::List(vec![text(Some(owner)), text(Some("bob"))]));
            add(names, Op::NotIn, Operand::List(vec![text(Some(owner)), text(Some("bob"))]));
        }
    }
    for op in [Op::Eq, Op::Ne] {
        add(&["children", "name"], op, Operand::Value(text(Some("a"))));
        add(&["tags", "label"], op, Operand::Value(text(Some("red"))));
        add(&["parent", "children", "priority"], op, Operand::Value(int(3)));
        add(&["children", "parent", "id"], op, Operand::Value(int(2)));
    }
    for flag in [true, false] {
        add(&["tags", "label"], Op::IsNull, Operand::Flag(flag));
        add(&["children", "title"], Op::IsNull, Operand::Flag(flag));
    }
    all
}

/// Filters of related rows as a search body says them.
fn related() -> Vec<Filter> {
    let mut bodies = Vec::new();
    for tag in [
        json!({"label": "red"}),
        json!({"label": "red", "weight": 1}),
        json!({"label": {"ne": "red"}}),
        json!({"label": null}),
        json!({"label": {"nin": ["red", "blue"]}}),
        json!({"not": {"label": "red"}}),
        json!({"or": [{"label": "blue"}, {"weight": {"gte": 2}}]}),
        json!({"not": {"or": [{"label": "blue"}, {"weight": {"gte": 2}}]}}),
        json!({"label": "nothing"}),
        json!({"id": {"in": []}}),
        json!({"id": {"nin": []}}),
    ] {
        bodies.extend([
            json!({ "tags": tag }),
            json!({ "parent": { "tags": tag } }),
            json!({ "children": { "tags": tag } }),
            json!({ "children": { "tags": tag, "priority": { "ne": 1 } }, "children.isActive": true }),
        ]);
    }
    for note in [
        json!({"isActive": true}),
        json!({"isActive": true, "priority": 3}),
        json!({"priority": {"ne": 3}}),
        json!({"title": null, "name": {"icontains": "o"}}),
        json!({"not": {"title": {"contains": "a"}}}),
        json!({"or": [{"priority": 1}, {"title": null}, {"not": {"isActive": true}}]}),
        json!({"folder.label": "inbox"}),
        json!({"folder.label": null}),
        json!({"folder": {"ownerId": {"ne": "ada"}}}),
        json!({"parent.priority": {"gt": 2}}),
        json!({"children": {"priority": {"lt": 3}}}),
        json!({"children.isActive": false, "isActive": true}),
    ] {
        bodies.extend([json!({ "children": note }), json!({ "parent": note })]);
        if show(&parse(&note)).contains('.') || show(&parse(&note)).contains('{') {
            continue;
        }
        bodies.extend([
            json!({ "folder": { "notes": note } }),
            json!({ "parent": { "children": note } }),
            json!({ "children": { "children": note } }),
            json!({ "children": { "parent": note } }),
        ]);
    }
    bodies.iter().map(parse).collect()
}

fn parse(filter: &Value) -> Filter {
    let list = parse_search(&by_system(&NOTES), &json!({ "filter": filter })).expect("a filter");
    list.filter.expect("not empty")
}

/// A relation to one as a condition that the row is there, which no parser makes and typed code can.
fn present(relation: &str) -> Filter {
    let relation = NOTE.relation(relation).expect("a relation");
    Filter::Related { relation, filter: Box::new(Filter::And(Vec::new())) }
}

fn not(filter: &Filter) -> Filter {
    Filter::Not(Box::new(filter.clone()))
}

/// Each test, each negated, and neighbours joined in each way.
fn all_filters() -> Vec<Filter> {
    let mut tests = all_tests();
    tests.extend(related());
    tests.extend(["folder", "parent", "children", "tags"].map(present));
    let mut filters = Vec::new();
    for (at, test) in tests.iter().enumerate() {
        let other = &tests[(at * 31 + 17) % tests.len()];
        let third = &tests[(at * 53 + 5) % tests.len()];
        let mixed = Filter::Or(vec![Filter::And(vec![test.clone(), not(other)]), not(third)]);
        filters.extend([test.clone(), not(test), not(&not(test)), not(&mixed), mixed]);
    }
    filters.extend([Filter::And(vec![]), Filter::Or(vec![]), Filter::Not(Box::new(Filter::And(vec![])))]);
    filters
}

/// The ids of the rows that a query selects, in its order.
async fn select(db: &DatabaseConnection, list: &ListQuery, reach: RowFilter<'_>) -> Vec<i32> {
    let backend = db.get_database_backend();
    let mut select = Query::select();
    select.expr(Expr::col(("notes", "id"))).from("notes");
    if let Some(filter) = &list.filter {
        select.cond_where(condition(backend, &NOTES, filter, reach));
    }
    select.cond_where(words(backend, &NOTES, &searched(&by_system(&NOTES)), &list.words));
    seek::order(backend, &mut select, &seek::keys(&NOTE, &list.sort));
    let rows = db.query_all(&select).await.unwrap_or_else(|error| panic!("{error}: {:?}", backend.build(&select)));
    rows.iter().map(|row| row.try_get_by_index(0).expect("an id")).collect()
}

pub(crate) fn id(row: &Row) -> i32 {
    row["id"].clone().unwrap()
}

/// Not all rows of related resources count.
fn within(table: &'static ResourceTable) -> Option<Condition> {
    let column = |column: &'static str| Expr::col((Alias::new(table.spec.table), Alias::new(column)));
    Some(match table.spec.table {
        "folders" => Condition::all().add(column("owner_id").eq("ada")),
        "notes" => Condition::any().add(column("priority").is_null()).add(column("priority").ne(2)),
        "tags" => Condition::all().add(column("weight").lt(2)),
        "note_tags" => Condition::all().add(column("is_public").eq(true)),
        _ => return None,
    })
}

fn counts_within(table: &str, row: &Row) -> bool {
    match table {
        "folders" => row["owner_id"] == text(Some("ada")),
        "notes" => row["priority"] != int(2),
        "tags" => row["weight"] != int(2),
        _ => row["is_public"] == true.into(),
    }
}

async fn filters_agree(
    db: &DatabaseConnection,
    world: &World,
    filters: impl IntoIterator<Item = Filter>,
    reach: RowFilter<'_>,
    counts: Counts,
) -> usize {
    let mut kept = 0;
    for filter in filters {
        let holds = |row: &&Row| world.holds(row, &filter, counts);
        let expected: Vec<i32> = world.notes().iter().filter(holds).map(id).collect();
        kept += expected.len();
        let shown = show(&filter);
        let list = ListQuery { filter: Some(filter), sort: Vec::new(), ..ListQuery::new(&NOTE) };
        assert_eq!(select(db, &list, reach).await, expected, "{shown}");
    }
    kept
}

async fn words_agree(db: &DatabaseConnection, world: &World) {
    let text_of = |row: &Row, name: &str| -> Option<String> { row[name].clone().unwrap() };
    let mut kept = 0;
    for (at, first) in NEEDLES.iter().enumerate() {
        for second in [NEEDLES[(at * 3 + 1) % NEEDLES.len()], "a", first] {
            let words: Vec<String> = [*first, second].map(str::to_owned).to_vec();
            let found = |row: &&Row| {
                words.iter().all(|word| {
                    let holds = |name| text_of(row, name).is_some_and(|text| contains_any_case(&text, word));
                    holds("name") || holds("title")
                })
            };
            let expected: Vec<i32> = world.notes().iter().filter(found).map(id).collect();
            kept += expected.len();
            let list = ListQuery { words: words.clone(), sort: Vec::new(), ..ListQuery::new(&NOTE) };
            assert_eq!(select(db, &list, NO_ROW_FILTER).await, expected, "{words:?}");
        }
    }
    assert!(kept > 300, "{kept}");
}

async fn orders_agree(db: &DatabaseConnection, world: &World) {
    for raw in
        ["", "name", "-name", "title", "-title", "priority", "-priority,title", "priority,-title", "-id", "title,id"]
    {
        let sort = if raw.is_empty() {
            Vec::new()
        } else {
            parse_list(&by_system(&NOTES), &format!("sort={raw}")).unwrap().sort
        };
        let mut all = world.notes().to_vec();
        all.sort_by(|left, right| compare(left, right, &sort));
        let expected: Vec<i32> = all.iter().map(id).collect();
        let list = ListQuery { sort, ..ListQuery::new(&NOTE) };
        assert_eq!(select(db, &list, NO_ROW_FILTER).await, expected, "{raw}");
    }
}

async fn everything(db: &DatabaseConnection) {
    let world = World::new();
    fill(db, &world).await;
    let kept = filters_agree(db, &world, all_filters(), NO_ROW_FILTER, |_, _| true).await;
    assert!(kept > 10_000, "the filters say something: {kept}");
    let about_relations = all_tests().into_iter().chain(related()).filter(|filter| show(filter).contains(['.', '{']));
    let with_negated = about_relations.flat_map(|filter| [not(&filter), filter]);
    let kept = filters_agree(db, &world, with_negated, &within, counts_within).await;
    assert!(kept > 5_000, "the filters say something: {kept}");
    words_agree(db, &world).await;
    orders_agree(db, &world).await;
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn sqlite_selects_what_the_tree_says() {
    databases::on_sqlite(everything).await;
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn postgres_selects_what_the_tree_says() {
    databases::on_postgres(everything).await;
}
