//! The SQL itself, on both databases.

use regex::Regex;
use resourceful::internals::query::{
    FieldPath, Filter, ListQuery, NO_ROW_FILTER, Op, Operand, RowFilter, Test, condition, parse_list, parse_search,
    searched, seek, words,
};
use resourceful::internals::resource::{FieldValue, ResourceTable};
use sea_orm::DatabaseBackend::{self as DbBackend, Postgres, Sqlite};
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, Query};
use serde_json::{Value, json};

use super::fixture::{FOLDER, FOLDERS, NOTE, NOTES, by_system};

/// What follows WHERE, and the bound values.
fn sql(backend: DbBackend, list: &ListQuery) -> (String, Vec<FieldValue>) {
    sql_within(backend, list, NO_ROW_FILTER)
}

/// The same where not all rows of related resources count.
fn sql_within(backend: DbBackend, list: &ListQuery, reach: RowFilter<'_>) -> (String, Vec<FieldValue>) {
    let mut select = Query::select();
    select.column("id").from(Alias::new(NOTE.table));
    if let Some(filter) = &list.filter {
        select.cond_where(condition(backend, &NOTES, filter, reach));
    }
    if !list.words.is_empty() {
        select.cond_where(words(backend, &NOTES, &searched(&by_system(&NOTES)), &list.words));
    }
    let statement = backend.build(&select);
    let sql = statement.sql.split_once(" WHERE ").map(|(_, condition)| condition.to_owned()).unwrap_or_default();
    (sql, statement.values.map(|values| values.0).unwrap_or_default())
}

fn path(names: &[&str], op: Op, operand: Operand) -> ListQuery {
    let path = FieldPath::resolve(&NOTE, names).expect("a path");
    ListQuery { filter: Some(Filter::Test(Test { path, op, operand })), ..ListQuery::new(&NOTE) }
}

fn text(text: &str) -> FieldValue {
    FieldValue::String(Some(text.to_owned()))
}

#[track_caller]
fn check(list: &ListQuery, postgres: &str, sqlite: &str) {
    assert_eq!(sql(Postgres, list).0, postgres);
    assert_eq!(sql(Sqlite, list).0, sqlite);
}

#[track_caller]
fn check_raw(raw: &str, postgres: &str, sqlite: &str) {
    check(&parse_list(&by_system(&NOTES), raw).expect(raw), postgres, sqlite);
}

#[track_caller]
fn check_body(filter: Value, postgres: &str) {
    let list = parse_search(&by_system(&NOTES), &json!({ "filter": filter })).expect("a filter");
    assert_eq!(sql(Postgres, &list).0, postgres, "{filter}");
}

#[test]
fn comparisons() {
    check_raw("name=a", r#""notes"."name" = $1"#, r#""notes"."name" = ?"#);
    check_raw("title=a", r#""notes"."the_title" = $1"#, r#""notes"."the_title" = ?"#);
    check_raw("name[ne]=a", r#""notes"."name" <> $1"#, r#""notes"."name" <> ?"#);
    check_raw(
        "title[ne]=a",
        r#""notes"."the_title" <> $1 OR "notes"."the_title" IS NULL"#,
        r#""notes"."the_title" <> ? OR "notes"."the_title" IS NULL"#,
    );
    check_raw("priority[in]=1,2", r#""notes"."priority" IN ($1, $2)"#, r#""notes"."priority" IN (?, ?)"#);
    check_raw(
        "priority[nin]=1,2",
        r#""notes"."priority" NOT IN ($1, $2) OR "notes"."priority" IS NULL"#,
        r#""notes"."priority" NOT IN (?, ?) OR "notes"."priority" IS NULL"#,
    );
    check_raw("due[isNull]=true", r#""notes"."due" IS NULL"#, r#""notes"."due" IS NULL"#);
    check_raw("due[isNull]=false", r#""notes"."due" IS NOT NULL"#, r#""notes"."due" IS NOT NULL"#);
    check_raw(
        "priority[gt]=1&priority[lte]=5",
        r#""notes"."priority" > $1 AND "notes"."priority" <= $2"#,
        r#""notes"."priority" > ? AND "notes"."priority" <= ?"#,
    );
    check_raw(
        "name[ne]=a&title[ne]=b",
        r#""notes"."name" <> $1 AND ("notes"."the_title" <> $2 OR "notes"."the_title" IS NULL)"#,
        r#""notes"."name" <> ? AND ("notes"."the_title" <> ? OR "notes"."the_title" IS NULL)"#,
    );
}

#[test]
fn text_tests() {
    check_raw("name[contains]=%25", r#"strpos("notes"."name", $1) > 0"#, r#"instr("notes"."name", ?) > 0"#);
    check_raw("name[startsWith]=a", r#""notes"."name" LIKE $1"#, r#""notes"."name" GLOB ?"#);
    check_raw("name[icontains]=a", r#""notes"."name" ~ $1"#, r#"instr(LOWER("notes"."name"), ?) > 0"#);
    check_raw(
        "q=a+b",
        r#"(("notes"."name" ~ $1) OR ("notes"."the_title" ~ $2)) AND (("notes"."name" ~ $3) OR ("notes"."the_title" ~ $4))"#,
        r#"(instr(LOWER("notes"."name"), ?) > 0 OR instr(LOWER("notes"."the_title"), ?) > 0) AND (instr(LOWER("notes"."name"), ?) > 0 OR instr(LOWER("notes"."the_title"), ?) > 0)"#,
    );
    for (op, needle, postgres, sqlite) in [
        ("contains", r"50%_\*?[^a-z]", r"50%_\*?[^a-z]", r"50%_\*?[^a-z]"),
        ("startsWith", r"50%_\*?[^a-z]", r"50\%\_\\*?[^a-z]%", r"50%_\[*][?][[]^a-z]*"),
        ("icontains", r"5%_\*?[^-]", r"5\%\_\\\*\?\[\^\-\]", r"5%_\*?[^-]"),
        ("icontains", "éA", "[Éé][Aa]", "éa"),
        ("icontains", "(?i)", r"\(\?[Ii]\)", "(?i)"),
        ("icontains", "***=", r"\*\*\*\=", "***="),
    ] {
        let list = parse_search(&by_system(&NOTES), &json!({"filter": {"name": {op: needle}}})).unwrap();
        assert_eq!(sql(Postgres, &list).1, [text(postgres)], "{op} {needle}");
        assert_eq!(sql(Sqlite, &list).1, [text(sqlite)], "{op} {needle}");
    }
    check_raw("name[endsWith]=a$", r#""notes"."name" ~ $1"#, r#"substr("notes"."name", ?) = ?"#);
    let list = parse_list(&by_system(&NOTES), "name[endsWith]=a$%C3%A9").unwrap();
    assert_eq!(sql(Postgres, &list).1, [text(r"a\$é$")]);
    assert_eq!(sql(Sqlite, &list).1, [FieldValue::BigInt(Some(-3)), text("a$é")]);
    // Letters of ASCII that have another spelling beyond it, and letters beyond it: in the SQL, each once
    check_raw(
        "name[icontains]=Kk%C3%A9%C3%89",
        r#""notes"."name" ~ $1"#,
        "instr(replace(replace(LOWER(\"notes\".\"name\"), '\u{212a}', 'k'), 'É', 'é'), ?) > 0",
    );
}

#[test]
fn groups_carry_negation_to_the_tests() {
    check_body(json!({"or": [{"id": 1}, {"name": "a"}]}), r#""notes"."id" = $1 OR "notes"."name" = $2"#);
    check_body(json!({"not": {"or": [{"id": 1}, {"name": "a"}]}}), r#""notes"."id" <> $1 AND "notes"."name" <> $2"#);
    check_body(
        json!({"not": {"priority": 1, "name": "a"}}),
        r#""notes"."name" <> $1 OR ("notes"."priority" <> $2 OR "notes"."priority" IS NULL)"#,
    );
    check_body(json!({"not": {"priority": {"lt": 1}}}), r#""notes"."priority" >= $1 OR "notes"."priority" IS NULL"#);
    check_body(json!({"not": {"priority": {"gte": 1}}}), r#""notes"."priority" < $1 OR "notes"."priority" IS NULL"#);
    check_body(json!({"not": {"priority": {"ne": 1}}}), r#""notes"."priority" = $1"#);
    check_body(json!({"not": {"due": null}}), r#""notes"."due" IS NOT NULL"#);
    check_body(json!({"not": {"not": {"title": {"contains": "a"}}}}), r#"strpos("notes"."the_title", $1) > 0"#);
    check_body(
        json!({"not": {"title": {"contains": "a"}}}),
        r#"(NOT strpos("notes"."the_title", $1) > 0) OR "notes"."the_title" IS NULL"#,
    );
    check_body(json!({"priority": {"in": []}}), "1 = 0");
    check_body(json!({"priority": {"nin": []}}), "1 = 1");
    check_body(json!({"not": {"priority": {"in": []}}}), "1 = 1");
    for (filter, truth) in [
        (Filter::And(vec![]), "1 = 1"),
        (Filter::Or(vec![]), "1 = 0"),
        (Filter::Not(Box::new(Filter::Or(vec![]))), "1 = 1"),
        (Filter::equals(&NOTE, 4, FieldValue::Int(None)), "1 = 0"),
    ] {
        let list = ListQuery { filter: Some(filter), ..ListQuery::new(&NOTE) };
        check(&list, truth, truth);
    }
}

#[test]
fn paths_are_subqueries() {
    let ada = || Operand::Value(text("ada"));
    let (owner, _) = sql(Sqlite, &path(&["folder", "owner_id"], Op::Eq, ada()));
    assert_eq!(
        owner,
        r#""notes"."folder_id" IN (SELECT "folders"."id" FROM "folders" WHERE "folders"."owner_id" = ?)"#
    );
    let (other, _) = sql(Postgres, &path(&["folder", "owner_id"], Op::Ne, ada()));
    assert_eq!(
        other,
        r#""notes"."folder_id" NOT IN (SELECT "folders"."id" FROM "folders" WHERE "folders"."owner_id" = $1) OR "notes"."folder_id" IS NULL"#
    );
    let (nested, values) = sql(Postgres, &path(&["parent", "folder", "owner_id"], Op::Eq, ada()));
    assert_eq!(
        nested,
        r#""notes"."parent_id" IN (SELECT "notes"."id" FROM "notes" WHERE "notes"."folder_id" IN (SELECT "folders"."id" FROM "folders" WHERE "folders"."owner_id" = $1))"#
    );
    assert_eq!(values, [text("ada")]);
    let (children, _) = sql(Postgres, &path(&["children", "name"], Op::Eq, ada()));
    assert_eq!(
        children,
        r#""notes"."id" IN (SELECT "notes"."parent_id" FROM "notes" WHERE "notes"."name" = $1 AND "notes"."parent_id" IS NOT NULL)"#
    );
    assert!(FieldPath::resolve(&NOTE, &["folder", "nothing"]).is_none());
    assert!(FieldPath::resolve(&NOTE, &["nothing", "id"]).is_none());
    assert!(FieldPath::resolve(&FOLDER, &["notes", "name"]).is_some());
    assert!(FieldPath::resolve(&NOTE, &[]).is_none());
}

/// The folders of one owner, the notes and joining rows of anybody but not all of them; all tags.
fn some(table: &'static ResourceTable) -> Option<Condition> {
    let column = |column: &'static str| Expr::col((Alias::new(table.spec.table), Alias::new(column)));
    let condition = match table.spec.table {
        "folders" => Condition::any().add(column("owner_id").eq("ada")).add(column("owner_id").eq("eve")),
        "notes" => Condition::all().add(column("is_active").eq(true)),
        "note_tags" => Condition::all().add(column("is_public").eq(true)),
        _ => return None,
    };
    Some(condition)
}

#[test]
fn related_rows_are_subqueries_with_the_rows_that_count() {
    let places = Regex::new(r"\$\d+").unwrap();
    for (filter, everything, within, negated) in [
        (
            json!({"folder.label": "a"}),
            r#""notes"."folder_id" IN (SELECT "folders"."id" FROM "folders" WHERE "folders"."label" = $1)"#,
            r#""notes"."folder_id" IN (SELECT "folders"."id" FROM "folders" WHERE "folders"."label" = $1 AND ("folders"."owner_id" = $2 OR "folders"."owner_id" = $3))"#,
            r#""notes"."folder_id" NOT IN (SELECT "folders"."id" FROM "folders" WHERE "folders"."label" = $1 AND ("folders"."owner_id" = $2 OR "folders"."owner_id" = $3)) OR "notes"."folder_id" IS NULL"#,
        ),
        (
            json!({"folder.label": {"isNull": true}}),
            r#""notes"."folder_id" NOT IN (SELECT "folders"."id" FROM "folders" WHERE "folders"."label" IS NOT NULL) OR "notes"."folder_id" IS NULL"#,
            r#""notes"."folder_id" NOT IN (SELECT "folders"."id" FROM "folders" WHERE "folders"."label" IS NOT NULL AND ("folders"."owner_id" = $1 OR "folders"."owner_id" = $2)) OR "notes"."folder_id" IS NULL"#,
            r#""notes"."folder_id" IN (SELECT "folders"."id" FROM "folders" WHERE "folders"."label" IS NOT NULL AND ("folders"."owner_id" = $1 OR "folders"."owner_id" = $2))"#,
        ),
        (
            json!({"children": {"name": "a", "priority": {"ne": 1}}}),
            r#""notes"."id" IN (SELECT "notes"."parent_id" FROM "notes" WHERE "notes"."name" = $1 AND ("notes"."priority" <> $2 OR "notes"."priority" IS NULL) AND "notes"."parent_id" IS NOT NULL)"#,
            r#""notes"."id" IN (SELECT "notes"."parent_id" FROM "notes" WHERE "notes"."name" = $1 AND ("notes"."priority" <> $2 OR "notes"."priority" IS NULL) AND "notes"."is_active" = $3 AND "notes"."parent_id" IS NOT NULL)"#,
            r#""notes"."id" NOT IN (SELECT "notes"."parent_id" FROM "notes" WHERE "notes"."name" = $1 AND ("notes"."priority" <> $2 OR "notes"."priority" IS NULL) AND "notes"."is_active" = $3 AND "notes"."parent_id" IS NOT NULL)"#,
        ),
        (
            json!({"tags.label": "red"}),
            r#""notes"."id" IN (SELECT "note_tags"."note_id" FROM "note_tags" WHERE "note_tags"."tag_id" IN (SELECT "tags"."id" FROM "tags" WHERE "tags"."label" = $1) AND "note_tags"."note_id" IS NOT NULL)"#,
            r#""notes"."id" IN (SELECT "note_tags"."note_id" FROM "note_tags" WHERE "note_tags"."tag_id" IN (SELECT "tags"."id" FROM "tags" WHERE "tags"."label" = $1) AND "note_tags"."is_public" = $2 AND "note_tags"."note_id" IS NOT NULL)"#,
            r#""notes"."id" NOT IN (SELECT "note_tags"."note_id" FROM "note_tags" WHERE "note_tags"."tag_id" IN (SELECT "tags"."id" FROM "tags" WHERE "tags"."label" = $1) AND "note_tags"."is_public" = $2 AND "note_tags"."note_id" IS NOT NULL)"#,
        ),
        (
            json!({"parent.children.id": 1}),
            r#""notes"."parent_id" IN (SELECT "notes"."id" FROM "notes" WHERE "notes"."id" IN (SELECT "notes"."parent_id" FROM "notes" WHERE "notes"."id" = $1 AND "notes"."parent_id" IS NOT NULL))"#,
            r#""notes"."parent_id" IN (SELECT "notes"."id" FROM "notes" WHERE "notes"."id" IN (SELECT "notes"."parent_id" FROM "notes" WHERE "notes"."id" = $1 AND "notes"."is_active" = $2 AND "notes"."parent_id" IS NOT NULL) AND "notes"."is_active" = $3)"#,
            r#""notes"."parent_id" NOT IN (SELECT "notes"."id" FROM "notes" WHERE "notes"."id" IN (SELECT "notes"."parent_id" FROM "notes" WHERE "notes"."id" = $1 AND "notes"."is_active" = $2 AND "notes"."parent_id" IS NOT NULL) AND "notes"."is_active" = $3) OR "notes"."parent_id" IS NULL"#,
        ),
    ] {
        let list = |filter: &Value| parse_search(&by_system(&NOTES), &json!({ "filter": filter })).expect("a filter");
        assert_eq!(sql(Postgres, &list(&filter)).0, everything, "{filter}");
        assert_eq!(sql_within(Postgres, &list(&filter), &some).0, within, "{filter}");
        assert_eq!(sql_within(Postgres, &list(&json!({ "not": filter })), &some).0, negated, "not {filter}");
        // The same words but for the places of values.
        assert_eq!(sql_within(Sqlite, &list(&filter), &some).0, places.replace_all(within, "?"), "{filter}");
    }
}

#[test]
fn orders() {
    for (raw, postgres, sqlite) in [
        ("sort=name", r#""notes"."name" ASC, "notes"."id" ASC"#, r#""notes"."name" ASC, "notes"."id" ASC"#),
        ("sort=-name", r#""notes"."name" DESC, "notes"."id" DESC"#, r#""notes"."name" DESC, "notes"."id" DESC"#),
        (
            "sort=-due,name",
            r#""notes"."due" DESC, "notes"."name" ASC, "notes"."id" ASC"#,
            r#""notes"."due" DESC NULLS FIRST, "notes"."name" ASC, "notes"."id" ASC"#,
        ),
        (
            "sort=name,-priority",
            r#""notes"."name" ASC, "notes"."priority" DESC, "notes"."id" DESC"#,
            r#""notes"."name" ASC, "notes"."priority" DESC NULLS FIRST, "notes"."id" DESC"#,
        ),
        (
            "sort=priority",
            r#""notes"."priority" ASC, "notes"."id" ASC"#,
            r#""notes"."priority" ASC NULLS LAST, "notes"."id" ASC"#,
        ),
        ("sort=-id", r#""notes"."id" DESC"#, r#""notes"."id" DESC"#),
        ("sort=id,-name", r#""notes"."id" ASC, "notes"."name" DESC"#, r#""notes"."id" ASC, "notes"."name" DESC"#),
        ("", r#""notes"."due" DESC, "notes"."id" DESC"#, r#""notes"."due" DESC NULLS FIRST, "notes"."id" DESC"#),
    ] {
        let list = parse_list(&by_system(&NOTES), raw).expect(raw);
        for (backend, expected) in [(Postgres, postgres), (Sqlite, sqlite)] {
            let mut select = Query::select();
            select.column("id").from("notes");
            seek::order(backend, &mut select, &seek::keys(&NOTE, &list.sort));
            let sql = backend.build(&select).sql;
            assert_eq!(sql.split_once(" ORDER BY ").expect("an order").1, expected, "{raw}");
        }
    }
    let mut select = Query::select();
    select.column("id").from("folders");
    seek::order(Sqlite, &mut select, &seek::keys(FOLDERS.spec, &[]));
    assert!(Sqlite.build(&select).sql.ends_with(r#"ORDER BY "folders"."id" ASC"#));
}

/// The class that a character becomes, as a pattern of the `regex` crate.
fn class(character: char) -> String {
    let filter = Filter::Test(Test {
        path: FieldPath::own(&NOTE, 1),
        op: Op::IContains,
        operand: Operand::Value(text(&character.to_string())),
    });
    let list = ListQuery { filter: Some(filter), ..ListQuery::new(&NOTE) };
    match sql(Postgres, &list).1.as_slice() {
        [FieldValue::String(Some(pattern))] => pattern.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn case_is_what_unicode_says() {
    // The regex crate folds case by Unicode's own table, ours is made from the standard library's mappings. Letters
    // that only the newer of the two knows are left out.
    let letter = Regex::new(r"^\w$").unwrap();
    let is = |regex: &Regex, character: char| regex.is_match(character.encode_utf8(&mut [0; 4]));
    let maps = |c: char| c.to_lowercase().ne([c]) || c.to_uppercase().ne([c]);
    let cased: Vec<char> = (char::MIN..=char::MAX).filter(|&c| maps(c) && is(&letter, c)).collect();
    assert!(cased.len() > 2_500, "{}", cased.len());
    let several = |c: &&char| c.to_lowercase().len() > 1 || c.to_uppercase().len() > 1;
    let without_single: Vec<char> = cased.iter().filter(several).copied().collect();
    let mut differ = Vec::new();
    for &character in &cased {
        let ours = class(character);
        let members: Vec<char> = ours.trim_matches(['[', ']']).chars().collect();
        let folded = Regex::new(&format!("^(?i:{character})$")).unwrap();
        let mapped = character.to_lowercase().chain(character.to_uppercase()).chain(without_single.iter().copied());
        let complete = mapped.into_iter().all(|c| !is(&folded, c) || members.contains(&c));
        if !complete || members.iter().any(|&member| is(&letter, member) && !is(&folded, member)) {
            differ.push((character, ours));
        }
    }
    assert!(differ.is_empty(), "{differ:?}");
    for (character, expected) in [
        ('k', "[Kk\u{212a}]"),
        ('\u{212a}', "[Kk\u{212a}]"),
        ('ς', "[Σςσ]"),
        ('Σ', "[Σςσ]"),
        ('ß', "[ßẞ]"),
        ('ſ', "[Ssſ]"),
        ('µ', "[µΜμ]"),
        ('ǅ', "[Ǆǅǆ]"),
        ('i', "[Ii]"),
        ('İ', "İ"),
        ('ı', "ı"),
        ('1', "1"),
    ] {
        assert_eq!(class(character), expected);
    }
}
