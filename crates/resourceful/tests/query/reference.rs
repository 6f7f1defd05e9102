//! The reference implementation of filters and orders, on rows in memory, with which the SQL is compared.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use regex::Regex;
use resourceful::internals::query::{FieldPath, Filter, Op, Operand, SortKey};
use resourceful::internals::resource::{FieldValue, null_of};
use resourceful::spec::{RelationSpec, ResourceSpec};
use sea_orm::sea_query::{Alias, Expr, Query};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend};
use uuid::Uuid;

use super::fixture::{FOLDER, NOTE, NOTE_TAG, TAG};

/// A row by its fields' Rust names.
pub(crate) type Row = HashMap<&'static str, FieldValue>;

/// Which rows of a table count where another table's row leads to them.
pub(crate) type Counts = fn(&str, &Row) -> bool;

/// The fields of notes that have columns here.
pub(crate) const NOTE_FIELDS: &[&str] = &[
    "id",
    "name",
    "title",
    "is_active",
    "priority",
    "score",
    "due",
    "day",
    "status",
    "token",
    "folder_id",
    "parent_id",
];

/// Names that differ in case, in wildcards and in bytes; `None` is a title only.
const TEXTS: &[Option<&str>] = &[
    None,
    Some(""),
    Some("a"),
    Some("A"),
    Some("cafe"),
    Some("café"),
    Some("CAFÉ"),
    Some("straße"),
    Some("STRASSE"),
    Some("STRAẞE"),
    Some("οδος"),
    Some("ΟΔΟΣ"),
    Some("οδοσ"),
    Some("İstanbul"),
    Some("istanbul"),
    Some("ısparta"),
    Some("ISPARTA"),
    Some("5 \u{212a}elvin"),
    Some("5 kelvin"),
    Some("100%"),
    Some("100 percent"),
    Some("a_b"),
    Some("a-b"),
    Some("axb"),
    Some(r"a\b"),
    Some(r"a\\b"),
    Some("a*b"),
    Some("a?b"),
    Some("a[x]b"),
    Some("a[^x]b"),
    Some("a]b"),
    Some("^a$"),
    Some("a\nb"),
    Some("a.b"),
    Some("😀 Ünïcode"),
    Some("\u{10400}"),
    Some("\u{10428}"),
];

pub(crate) fn int(number: impl Into<Option<i32>>) -> FieldValue {
    FieldValue::Int(number.into())
}

pub(crate) fn text(text: Option<&str>) -> FieldValue {
    FieldValue::String(text.map(str::to_owned))
}

/// A note whose values repeat, null among them, so that every order has ties.
pub(crate) fn note(id: i32, seed: usize) -> Row {
    let some = |modulus: usize| (!seed.is_multiple_of(modulus)).then_some(seed % modulus);
    let some_int = |modulus: usize| int(some(modulus).and_then(|number| i32::try_from(number).ok()));
    let moment = |micros: usize| -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::microseconds(1_767_225_600_000_000 + (micros as i64 - 2) * 500_001)
    };
    let day = |days: usize| NaiveDate::from_ymd_opt(2026, 1, 1 + u32::try_from(days).expect("few")).expect("a day");
    let score = [-0.0, 0.1, -1.5e300, 0.1 + 0.2, f64::MIN_POSITIVE, 0.3];
    Row::from([
        ("id", int(id)),
        ("name", text(Some(TEXTS[(seed * 7 + 1) % TEXTS.len()].unwrap_or("none")))),
        ("title", text(TEXTS[seed % TEXTS.len()])),
        ("is_active", FieldValue::Bool(Some(seed.is_multiple_of(2)))),
        ("priority", some_int(5)),
        ("score", FieldValue::Double(some(7).map(|at| score[at - 1]))),
        ("due", FieldValue::ChronoDateTimeUtc(some(6).map(moment))),
        ("day", FieldValue::ChronoDate(some(3).map(day))),
        ("status", text(Some(if seed % 3 == 1 { "open" } else { "done" }))),
        ("token", FieldValue::Uuid(some(4).map(|at| Uuid::from_u128((at as u128) << 120 | 7)))),
        ("folder_id", some_int(4)),
        ("parent_id", some_int(6)),
    ])
}

/// The rows of all tables, by table.
pub(crate) struct World(HashMap<&'static str, Vec<Row>>);

impl World {
    pub(crate) fn new() -> Self {
        let folder =
            |id, label, owner| Row::from([("id", int(id)), ("label", text(label)), ("owner_id", text(Some(owner)))]);
        let folders = vec![folder(1, Some("inbox"), "ada"), folder(2, None, "ada"), folder(3, Some("inbox"), "bob")];
        let notes = (0..TEXTS.len()).map(|at| note(i32::try_from(at).expect("few") + 1, at + 1)).collect();
        let tag = |(id, label): (i32, Option<&str>)| {
            Row::from([("id", int(id)), ("label", text(label)), ("weight", int(id % 3))])
        };
        let tags = [(1, Some("red")), (2, Some("blue")), (3, None), (4, Some("red")), (5, Some("unused"))].map(tag);
        let joined = |id: i32| {
            let note = (id % 9 != 0).then_some(id % 23);
            let (tag, public) = (int(id * 7 % 4 + 1), FieldValue::Bool(Some(id % 3 != 0)));
            Row::from([("id", int(id)), ("note_id", int(note)), ("tag_id", tag), ("is_public", public)])
        };
        let joined = (1..60).map(joined).collect();
        Self(HashMap::from([
            (FOLDER.table, folders),
            (NOTE.table, notes),
            (TAG.table, tags.to_vec()),
            (NOTE_TAG.table, joined),
        ]))
    }

    pub(crate) fn notes(&self) -> &[Row] {
        &self.0[NOTE.table]
    }

    pub(crate) fn notes_mut(&mut self) -> &mut Vec<Row> {
        self.0.get_mut(NOTE.table).expect("notes")
    }

    fn find<'a>(&'a self, table: &'static str, field: &str, key: &FieldValue, counts: Counts) -> Vec<&'a Row> {
        let same = |row: &&Row| !is_null(key) && row[field] == *key && counts(table, row);
        self.0[table].iter().filter(same).collect()
    }

    fn related(&self, relation: &RelationSpec, row: &Row, counts: Counts) -> Vec<&Row> {
        match relation.name {
            "folder" => self.find("folders", "id", &row["folder_id"], counts),
            "parent" => self.find("notes", "id", &row["parent_id"], counts),
            "children" => self.find("notes", "parent_id", &row["id"], counts),
            "notes" => self.find("notes", "folder_id", &row["id"], counts),
            "tags" => {
                let joined = self.find("note_tags", "note_id", &row["id"], counts);
                joined.into_iter().flat_map(|row| self.find("tags", "id", &row["tag_id"], counts)).collect()
            }
            other => panic!("{other}"),
        }
    }

    /// Whether a row obeys a filter.
    pub(crate) fn holds(&self, row: &Row, filter: &Filter, counts: Counts) -> bool {
        match filter {
            Filter::And(parts) => parts.iter().all(|part| self.holds(row, part, counts)),
            Filter::Or(parts) => parts.iter().any(|part| self.holds(row, part, counts)),
            Filter::Not(inner) => !self.holds(row, inner, counts),
            Filter::Related { relation, filter } => {
                self.related(relation, row, counts).into_iter().any(|row| self.holds(row, filter, counts))
            }
            Filter::Test(test) if test.path.relations.iter().any(|relation| relation.kind.is_to_many()) => {
                // Of rows behind a relation to many, `ne` and its kin say that none equals.
                let (op, negative) = match (test.op, &test.operand) {
                    (Op::Ne, _) => (Op::Eq, true),
                    (Op::NotIn, _) => (Op::In, true),
                    (Op::IsNull, Operand::Flag(true)) => (Op::Ne, true),
                    (op, _) => (op, false),
                };
                let start = vec![row];
                let rows = test.path.relations.iter().fold(start, |rows, relation| {
                    rows.into_iter().flat_map(|row| self.related(relation, row, counts)).collect()
                });
                let found = rows.into_iter().any(|row| match (op, &test.operand) {
                    (_, Operand::Flag(_)) => !is_null(&row[test.path.field().name]),
                    (op, operand) => tests(&row[test.path.field().name], op, operand),
                });
                found != negative
            }
            Filter::Test(test) => tests(&self.value(row, &test.path, counts), test.op, &test.operand),
        }
    }

    /// The value at the end of a path of relations to one; null also where a row on the way is missing.
    fn value(&self, row: &Row, path: &FieldPath, counts: Counts) -> FieldValue {
        let end = path.relations.iter().try_fold(row, |row, relation| self.related(relation, row, counts).pop());
        end.map_or_else(|| null_of(&path.field().ty.kind), |row| row[path.field().name].clone())
    }
}

pub(crate) fn is_null(value: &FieldValue) -> bool {
    use FieldValue as V;
    matches!(
        value,
        V::Int(None)
            | V::String(None)
            | V::Double(None)
            | V::ChronoDateTimeUtc(None)
            | V::ChronoDate(None)
            | V::Uuid(None)
            | V::Bool(None)
    )
}

fn tests(value: &FieldValue, op: Op, operand: &Operand) -> bool {
    let null = is_null(value);
    match (op, operand) {
        (Op::IsNull, Operand::Flag(flag)) => null == *flag,
        (Op::Eq, Operand::Value(wanted)) => !null && value == wanted,
        (Op::Ne, Operand::Value(wanted)) => null || value != wanted,
        (Op::In, Operand::List(wanted)) => !null && wanted.contains(value),
        (Op::NotIn, Operand::List(wanted)) => null || !wanted.contains(value),
        (op, Operand::Value(wanted)) => match (value, wanted) {
            (FieldValue::Int(Some(value)), FieldValue::Int(Some(wanted))) => match op {
                Op::Gt => value > wanted,
                Op::Gte => value >= wanted,
                Op::Lt => value < wanted,
                _ => value <= wanted,
            },
            (FieldValue::String(Some(value)), FieldValue::String(Some(needle))) => match op {
                Op::Contains => value.contains(needle.as_str()),
                Op::StartsWith => value.starts_with(needle.as_str()),
                Op::EndsWith => value.ends_with(needle.as_str()),
                _ => contains_any_case(value, needle),
            },
            _ => false,
        },
        other => panic!("{other:?}"),
    }
}

pub(crate) fn contains_any_case(text: &str, needle: &str) -> bool {
    static COMPILED: LazyLock<Mutex<HashMap<String, Regex>>> = LazyLock::new(Mutex::default);
    let compile = || Regex::new(&format!("(?i:{})", regex::escape(needle))).expect("escaped");
    COMPILED.lock().expect("no panic").entry(needle.to_owned()).or_insert_with(compile).is_match(text)
}

/// Null above every value, text by code point, and the id last.
pub(crate) fn compare(left: &Row, right: &Row, keys: &[SortKey]) -> Ordering {
    let tie = SortKey { field: 0, descending: keys.last().is_some_and(|key| key.descending) };
    keys.iter().chain([&tie]).fold(Ordering::Equal, |so_far, key| {
        let name = NOTE.fields[key.field].name;
        let next = compare_values(&left[name], &right[name]);
        so_far.then(if key.descending { next.reverse() } else { next })
    })
}

fn compare_values(left: &FieldValue, right: &FieldValue) -> Ordering {
    use FieldValue as V;
    match (left, right) {
        _ if is_null(left) || is_null(right) => is_null(left).cmp(&is_null(right)),
        (V::Int(left), V::Int(right)) => left.cmp(right),
        (V::String(left), V::String(right)) => left.cmp(right),
        (V::Bool(left), V::Bool(right)) => left.cmp(right),
        (V::Double(left), V::Double(right)) => left.partial_cmp(right).expect("numbers"),
        (V::ChronoDateTimeUtc(left), V::ChronoDateTimeUtc(right)) => left.cmp(right),
        (V::ChronoDate(left), V::ChronoDate(right)) => left.cmp(right),
        (V::Uuid(left), V::Uuid(right)) => left.cmp(right),
        other => panic!("{other:?}"),
    }
}

/// Makes the tables and fills them.
pub(crate) async fn fill(db: &DatabaseConnection, world: &World) {
    let (text, moment, day, uuid, real) = match db.get_database_backend() {
        DbBackend::Postgres => ("text COLLATE \"C\"", "timestamptz", "date", "uuid", "double precision"),
        _ => ("text", "text", "text", "blob", "real"),
    };
    for ddl in [
        "DROP TABLE IF EXISTS note_tags".to_owned(),
        "DROP TABLE IF EXISTS tags".to_owned(),
        "DROP TABLE IF EXISTS notes".to_owned(),
        "DROP TABLE IF EXISTS folders".to_owned(),
        "CREATE TABLE folders (id integer NOT NULL PRIMARY KEY, label text, owner_id text NOT NULL)".to_owned(),
        format!(
            "CREATE TABLE notes (id integer NOT NULL PRIMARY KEY, name {text} NOT NULL, the_title {text}, \
             is_active boolean NOT NULL, priority integer, score {real}, due {moment}, day {day}, \
             status {text} NOT NULL, token {uuid}, folder_id integer, parent_id integer)"
        ),
        "CREATE TABLE tags (id integer NOT NULL PRIMARY KEY, label text, weight integer NOT NULL)".to_owned(),
        "CREATE TABLE note_tags (id integer NOT NULL PRIMARY KEY, note_id integer, tag_id integer NOT NULL, \
         is_public boolean NOT NULL)"
            .to_owned(),
    ] {
        db.execute_unprepared(&ddl).await.expect("a table");
    }
    for spec in [&FOLDER, &NOTE, &TAG, &NOTE_TAG] {
        for row in &world.0[spec.table] {
            insert(db, spec, row).await;
        }
    }
}

pub(crate) async fn insert(db: &DatabaseConnection, spec: &ResourceSpec, row: &Row) {
    let given = spec.fields.iter().filter(|field| row.contains_key(field.name));
    let (columns, values): (Vec<Alias>, Vec<Expr>) =
        given.map(|field| (Alias::new(field.column), Expr::val(row[field.name].clone()))).unzip();
    let mut insert = Query::insert();
    insert.into_table(Alias::new(spec.table)).columns(columns).values_panic(values);
    db.execute(&insert).await.expect("a row");
}
