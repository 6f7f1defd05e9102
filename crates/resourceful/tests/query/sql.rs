//! The SQL itself, on both databases.

use regex::Regex;
use resourceful::query::{
    FieldPath, Filter, ListQuery, Op, Operand, Test, condition, order, parse_list, parse_search, words,
};
use resourceful::resource::FieldValue;
use resourceful::spec::ResourceSpec;
use sea_orm::DatabaseBackend::{self as DbBackend, Postgres, Sqlite};
use sea_orm::sea_query::{Alias, Query};
use serde_json::{Value, json};

use super::fixture::{FOLDER, NOTE};

/// What follows WHERE, and the bound values.
fn sql(backend: DbBackend, spec: &'static ResourceSpec, list: &ListQuery) -> (String, Vec<FieldValue>) {
    let mut select = Query::select();
    select.column("id").from_as(spec.table, Alias::new("t"));
    if let Some(filter) = &list.filter {
        select.cond_where(condition(backend, Alias::new("t"), spec, filter));
    }
    if !list.words.is_empty() {
        select.cond_where(words(backend, Alias::new("t"), spec, &list.words));
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
    assert_eq!(sql(Postgres, &NOTE, list).0, postgres);
    assert_eq!(sql(Sqlite, &NOTE, list).0, sqlite);
}

#[track_caller]
fn check_raw(raw: &str, postgres: &str, sqlite: &str) {
    check(&parse_list(&NOTE, raw).expect(raw), postgres, sqlite);
}

#[track_caller]
fn check_body(filter: Value, postgres: &str) {
    let list = parse_search(&NOTE, &json!({ "filter": filter })).expect("a filter");
    assert_eq!(sql(Postgres, &NOTE, &list).0, postgres, "{filter}");
}

#[test]
fn comparisons() {
    check_raw("name=a", r#""t"."name" = $1"#, r#""t"."name" = ?"#);
    check_raw("title=a", r#""t"."the_title" = $1"#, r#""t"."the_title" = ?"#);
    check_raw("name[ne]=a", r#""t"."name" <> $1"#, r#""t"."name" <> ?"#);
    check_raw(
        "title[ne]=a",
        r#""t"."the_title" <> $1 OR "t"."the_title" IS NULL"#,
        r#""t"."the_title" <> ? OR "t"."the_title" IS NULL"#,
    );
    check_raw("priority[in]=1,2", r#""t"."priority" IN ($1, $2)"#, r#""t"."priority" IN (?, ?)"#);
    check_raw(
        "priority[nin]=1,2",
        r#""t"."priority" NOT IN ($1, $2) OR "t"."priority" IS NULL"#,
        r#""t"."priority" NOT IN (?, ?) OR "t"."priority" IS NULL"#,
    );
    check_raw("due[isNull]=true", r#""t"."due" IS NULL"#, r#""t"."due" IS NULL"#);
    check_raw("due[isNull]=false", r#""t"."due" IS NOT NULL"#, r#""t"."due" IS NOT NULL"#);
    check_raw(
        "priority[gt]=1&priority[lte]=5",
        r#""t"."priority" > $1 AND "t"."priority" <= $2"#,
        r#""t"."priority" > ? AND "t"."priority" <= ?"#,
    );
    check_raw(
        "name[ne]=a&title[ne]=b",
        r#""t"."name" <> $1 AND ("t"."the_title" <> $2 OR "t"."the_title" IS NULL)"#,
        r#""t"."name" <> ? AND ("t"."the_title" <> ? OR "t"."the_title" IS NULL)"#,
    );
}

#[test]
fn text_tests() {
    check_raw("name[contains]=%25", r#"strpos("t"."name", $1) > 0"#, r#"instr("t"."name", ?) > 0"#);
    check_raw("name[startsWith]=a", r#""t"."name" LIKE $1"#, r#""t"."name" GLOB ?"#);
    check_raw("name[icontains]=a", r#""t"."name" ~ $1"#, r#""t"."name" GLOB ?"#);
    check_raw(
        "q=a+b",
        r#"(("t"."name" ~ $1) OR ("t"."the_title" ~ $2)) AND (("t"."name" ~ $3) OR ("t"."the_title" ~ $4))"#,
        r#"(("t"."name" GLOB ?) OR ("t"."the_title" GLOB ?)) AND (("t"."name" GLOB ?) OR ("t"."the_title" GLOB ?))"#,
    );
    for (op, needle, postgres, sqlite) in [
        ("contains", r"50%_\*?[^a-z]", r"50%_\*?[^a-z]", r"50%_\*?[^a-z]"),
        ("startsWith", r"50%_\*?[^a-z]", r"50\%\_\\*?[^a-z]%", r"50%_\[*][?][[]^a-z]*"),
        ("endsWith", r"50%_\*?[^a-z]", r"%50\%\_\\*?[^a-z]", r"*50%_\[*][?][[]^a-z]"),
        ("icontains", r"5%_\*?[^-]", r"5\%\_\\\*\?\[\^\-\]", r"*5%_\[*][?][[]^-]*"),
        ("icontains", "éa", "[Éé][Aa]", "*[Éé][Aa]*"),
        ("icontains", "(?i)", r"\(\?[Ii]\)", "*([?][Ii])*"),
        ("icontains", "***=", r"\*\*\*\=", "*[*][*][*]=*"),
    ] {
        let list = parse_search(&NOTE, &json!({"filter": {"name": {op: needle}}})).unwrap();
        assert_eq!(sql(Postgres, &NOTE, &list).1, [text(postgres)], "{op} {needle}");
        assert_eq!(sql(Sqlite, &NOTE, &list).1, [text(sqlite)], "{op} {needle}");
    }
}

#[test]
fn groups_carry_negation_to_the_tests() {
    check_body(json!({"or": [{"id": 1}, {"name": "a"}]}), r#""t"."id" = $1 OR "t"."name" = $2"#);
    check_body(json!({"not": {"or": [{"id": 1}, {"name": "a"}]}}), r#""t"."id" <> $1 AND "t"."name" <> $2"#);
    check_body(
        json!({"not": {"priority": 1, "name": "a"}}),
        r#""t"."name" <> $1 OR ("t"."priority" <> $2 OR "t"."priority" IS NULL)"#,
    );
    check_body(json!({"not": {"priority": {"lt": 1}}}), r#""t"."priority" >= $1 OR "t"."priority" IS NULL"#);
    check_body(json!({"not": {"priority": {"gte": 1}}}), r#""t"."priority" < $1 OR "t"."priority" IS NULL"#);
    check_body(json!({"not": {"priority": {"ne": 1}}}), r#""t"."priority" = $1"#);
    check_body(json!({"not": {"due": null}}), r#""t"."due" IS NOT NULL"#);
    check_body(json!({"not": {"not": {"title": {"contains": "a"}}}}), r#"strpos("t"."the_title", $1) > 0"#);
    check_body(
        json!({"not": {"title": {"contains": "a"}}}),
        r#"(NOT strpos("t"."the_title", $1) > 0) OR "t"."the_title" IS NULL"#,
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
fn relations_are_subqueries() {
    let ada = || Operand::Value(text("ada"));
    let (owner, _) = sql(Sqlite, &NOTE, &path(&["folder", "owner_id"], Op::Eq, ada()));
    assert_eq!(owner, r#""t"."folder_id" IN (SELECT "r1"."id" FROM "folders" AS "r1" WHERE "r1"."owner_id" = ?)"#);
    let (other, _) = sql(Postgres, &NOTE, &path(&["folder", "owner_id"], Op::Ne, ada()));
    assert_eq!(
        other,
        r#""t"."folder_id" NOT IN (SELECT "r1"."id" FROM "folders" AS "r1" WHERE "r1"."owner_id" = $1) OR "t"."folder_id" IS NULL"#
    );
    let (nested, values) = sql(Postgres, &NOTE, &path(&["parent", "folder", "owner_id"], Op::Eq, ada()));
    assert_eq!(
        nested,
        r#""t"."parent_id" IN (SELECT "r1"."id" FROM "notes" AS "r1" WHERE "r1"."folder_id" IN (SELECT "r2"."id" FROM "folders" AS "r2" WHERE "r2"."owner_id" = $1))"#
    );
    assert_eq!(values, [text("ada")]);
    let (children, _) = sql(Postgres, &NOTE, &path(&["children", "name"], Op::Eq, ada()));
    assert_eq!(
        children,
        r#""t"."id" IN (SELECT "r1"."parent_id" FROM "notes" AS "r1" WHERE "r1"."name" = $1 AND "r1"."parent_id" IS NOT NULL)"#
    );
    assert!(FieldPath::resolve(&NOTE, &["folder", "nothing"]).is_none());
    assert!(FieldPath::resolve(&NOTE, &["nothing", "id"]).is_none());
    assert!(FieldPath::resolve(&FOLDER, &["notes", "name"]).is_some());
    assert!(FieldPath::resolve(&NOTE, &[]).is_none());
}

#[test]
fn orders() {
    for (raw, postgres, sqlite) in [
        ("sort=name", r#""t"."name" ASC, "t"."id" ASC"#, r#""t"."name" ASC, "t"."id" ASC"#),
        ("sort=-name", r#""t"."name" DESC, "t"."id" DESC"#, r#""t"."name" DESC, "t"."id" DESC"#),
        (
            "sort=-due,name",
            r#""t"."due" DESC, "t"."name" ASC, "t"."id" ASC"#,
            r#""t"."due" DESC NULLS FIRST, "t"."name" ASC, "t"."id" ASC"#,
        ),
        (
            "sort=name,-priority",
            r#""t"."name" ASC, "t"."priority" DESC, "t"."id" DESC"#,
            r#""t"."name" ASC, "t"."priority" DESC NULLS FIRST, "t"."id" DESC"#,
        ),
        ("sort=priority", r#""t"."priority" ASC, "t"."id" ASC"#, r#""t"."priority" ASC NULLS LAST, "t"."id" ASC"#),
        ("sort=-id", r#""t"."id" DESC"#, r#""t"."id" DESC"#),
        ("sort=id,-name", r#""t"."id" ASC, "t"."name" DESC"#, r#""t"."id" ASC, "t"."name" DESC"#),
        ("", r#""t"."due" DESC, "t"."id" DESC"#, r#""t"."due" DESC NULLS FIRST, "t"."id" DESC"#),
    ] {
        let list = parse_list(&NOTE, raw).expect(raw);
        for (backend, expected) in [(Postgres, postgres), (Sqlite, sqlite)] {
            let mut select = Query::select();
            select.column("id").from_as("notes", Alias::new("t"));
            order(backend, &mut select, Alias::new("t"), &NOTE, &list.sort);
            let sql = backend.build(&select).sql;
            assert_eq!(sql.split_once(" ORDER BY ").expect("an order").1, expected, "{raw}");
        }
    }
    let mut select = Query::select();
    select.column("id").from("folders");
    order(Sqlite, &mut select, "folders", &FOLDER, &[]);
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
    match sql(Postgres, &NOTE, &list).1.as_slice() {
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
