//! `icontains` with every letter that has several cases, and with texts that repeat themselves.

use resourceful::internals::query::{FieldPath, Filter, NO_ROW_FILTER, Op, Operand, Test, condition};
use resourceful::internals::resource::FieldValue;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait, DatabaseConnection};

use super::databases;
use super::fixture::{NOTE, NOTES};
use super::reference::contains_any_case;

/// Whether a text obeys a test, as the database sees it.
async fn holds(db: &DatabaseConnection, text: &str, op: Op, needle: &str) -> bool {
    let value = FieldValue::String(Some(needle.to_owned()));
    let path = FieldPath::resolve(&NOTE, &["name"]).expect("a path");
    let test = Filter::Test(Test { path, op, operand: Operand::Value(value) });
    let mut row = Query::select();
    row.expr_as(Expr::val(text).cast_as("text"), Alias::new("name"));
    let mut select = Query::select();
    select.expr(Expr::cust("1")).from_subquery(row, Alias::new("notes"));
    select.cond_where(condition(db.get_database_backend(), &NOTES, &test, NO_ROW_FILTER));
    db.query_one(&select).await.unwrap_or_else(|error| panic!("{error}: {op:?} {needle:?}")).is_some()
}

/// All letters with a case, 200 at a time, which is the longest needle: each in every other spelling.
async fn every_letter(db: &DatabaseConnection) {
    let single = |mut mapped: Box<dyn Iterator<Item = char>>, itself: char| match (mapped.next(), mapped.next()) {
        (Some(only), None) => only,
        _ => itself,
    };
    let upper = |c: char| single(Box::new(c.to_uppercase()), c);
    let lower = |c: char| single(Box::new(c.to_lowercase()), c);
    // Not all databases know the newest letters yet.
    let known = |c: char| contains_any_case(&format!("{}{}", upper(c), lower(c)), &format!("{c}{c}"));
    let cased = |c: &char| (upper(*c) != *c || lower(*c) != *c) && known(*c);
    let letters: Vec<char> = ('\0'..='\u{1ffff}').filter(cased).collect();
    assert!(letters.len() > 2_500, "{}", letters.len());
    let mut found = 0;
    for needle in letters.chunks(200) {
        let spelt = |respell: &dyn Fn(char) -> char| needle.iter().map(|&c| respell(c)).collect::<String>();
        let needle: String = needle.iter().collect();
        let mut texts = vec![spelt(&upper), spelt(&lower), spelt(&|c| upper(lower(c))), spelt(&|c| lower(upper(c)))];
        texts.push(texts[0].replace(|c: char| c == needle.chars().last().map_or(c, upper), "-"));
        for text in texts {
            let text = format!("-{text}-");
            let expected = contains_any_case(&text, &needle);
            found += usize::from(expected);
            assert_eq!(holds(db, &text, Op::IContains, &needle).await, expected, "{needle} in {text}");
        }
    }
    assert!(found > 30, "{found}");
}

/// Needles that nearly match everywhere. Were the rest of the needle tried at each place again, this would take minutes.
async fn texts_that_repeat(db: &DatabaseConnection) {
    for (part, last) in [("a", "b"), ("ab", "aa"), ("k", "\u{212a}b"), ("é", "e"), ("aé", "éé")] {
        let long = part.repeat(1_000_000 / part.len());
        let needle = part.repeat(190 / part.chars().count()) + last;
        for (op, there) in [
            (Op::IContains, format!("{long}{needle}{long}")),
            (Op::Contains, format!("{long}{needle}{long}")),
            (Op::EndsWith, format!("{long}{needle}")),
            (Op::StartsWith, format!("{needle}{long}")),
        ] {
            assert!(!holds(db, &long, op, &needle).await, "{op:?} {needle}");
            assert!(holds(db, &there, op, &needle).await, "{op:?} {needle}");
        }
    }
    for (text, needle, ends) in [
        ("b", "ab", false),
        ("ab", "ab", true),
        ("éab", "b", true),
        ("ab\n", "b", false),
        ("a$", "$", true),
        ("", "a", false),
        ("B", "b", false),
    ] {
        assert_eq!(holds(db, text, Op::EndsWith, needle).await, ends, "{needle:?} at the end of {text:?}");
    }
}

async fn everything(db: &DatabaseConnection) {
    every_letter(db).await;
    texts_that_repeat(db).await;
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn sqlite_knows_every_letter() {
    databases::on_sqlite(everything).await;
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn postgres_knows_every_letter() {
    databases::on_postgres(everything).await;
}
