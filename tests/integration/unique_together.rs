//! Fields that are unique together.

use resourceful::prelude::*;
use resourceful::schema;
use resourceful::sea_orm::{ActiveModelTrait, DbBackend, Set};
use resourceful::serde_json::{Value, json};
use resourceful::testing::{Answer, TestApp, TestDatabase};

use crate::support::{created, field_errors, refused};

/// A seat of a hall. No row has two of one number, and no person sits twice at an event.
#[derive(Clone, Debug, Resource)]
#[resource(unique(hall, row, number), unique(event, person))]
pub struct Seat {
    pub id: Uuid,
    #[resource(length(1..=20))]
    pub hall: String,
    #[resource(column = "row_name")]
    pub row: String,
    pub number: i32,
    #[resource(hidden)]
    pub event: Option<String>,
    #[resource(hidden)]
    pub person: Option<String>,
}

fn seat(hall: &str, row: &str, number: i32) -> Value {
    json!({"hall": hall, "row": row, "number": number})
}

fn at(places: &[&str]) -> Vec<(String, String)> {
    places.iter().map(|place| ((*place).to_owned(), "unique".to_owned())).collect()
}

#[test]
fn values_that_are_unique_together_are_refused_twice() {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        let app = TestApp::start_on(database, |app| app.resource::<Seat>());
        let ada = app.as_user(CurrentUser::new("auth0|ada").with_permissions(["seats:write", "seats:read"]));
        let first = created(ada.post("/api/v1/seats", seat("Opera", "A", 1)));
        for other in [seat("Opera", "A", 2), seat("Opera", "B", 1), seat("Cinema", "A", 1)] {
            created(ada.post("/api/v1/seats", other));
        }

        let taken = ada.post("/api/v1/seats", seat("Opera", "A", 1));
        refused(&taken, 409, "conflict", "the same three values");
        assert_eq!(field_errors(&taken), at(&["/hall", "/row", "/number"]));
        let message = &taken.json()["errors"][0]["message"];
        assert_eq!(*message, "is taken by another row together with `row` and `number`");

        let moved = ada.patch(&format!("/api/v1/seats/{}", first["id"].as_str().expect("an id")), json!({"number": 2}));
        refused(&moved, 409, "conflict", "a change to the same values");
        assert_eq!(field_errors(&moved), at(&["/hall", "/row", "/number"]));

        let bulk = ada.post("/api/v1/seats/bulk", json!([seat("Opera", "C", 1), seat("Opera", "A", 1)]));
        refused(&bulk, 409, "conflict", "one of several");
        assert_eq!(field_errors(&bulk), at(&[""]));
        let message = &bulk.json()["errors"][0]["message"];
        assert_eq!(
            *message,
            "`hall` and `row` and `number` of one item are taken together by another item or another row"
        );
        assert_eq!(ada.get("/api/v1/seats/count").json()["total"], 4, "nothing of a refused bulk is written");

        app.block_on(async {
            let sit = |number: i32| seat::ActiveModel {
                id: Set(Uuid::now_v7()),
                hall: Set("Opera".to_owned()),
                row: Set("P".to_owned()),
                number: Set(number),
                event: Set(Some("Norma".to_owned())),
                person: Set(Some("Ada".to_owned())),
            };
            sit(1).insert(app.ctx().db()).await.expect("a person sits down");
            sit(2).insert(app.ctx().db()).await.expect_err("no person has two seats at an event");
        });
    }
}

#[test]
fn the_tables_have_unique_constraints() {
    for backend in [DbBackend::Sqlite, DbBackend::Postgres] {
        let statements = schema::statements(backend, &[Seat::spec()]).join("\n");
        for part in [
            r#"CONSTRAINT "uq_seats_hall_row_name_number" UNIQUE ("hall", "row_name", "number")"#,
            r#"CONSTRAINT "uq_seats_event_person" UNIQUE ("event", "person")"#,
        ] {
            assert!(statements.contains(part), "{part} in {statements}");
        }
    }
}

/// Texts in indexes.
#[derive(Clone, Debug, Resource)]
#[resource(unique(shelf, title))]
pub struct Book {
    pub id: String,
    #[resource(unique)]
    pub isbn: Option<String>,
    #[resource(index)]
    pub author: Option<String>,
    pub shelf: Option<String>,
    pub title: Option<String>,
    #[resource(unique, write_only)]
    pub code: Option<String>,
    pub blurb: Option<String>,
}

/// Index entries of PostgreSQL have a maximum length. The answer names the value that is too long.
#[test]
fn a_text_too_long_for_its_index_is_named() {
    // Not compressible, so that its length in the index is the length of the text.
    let long =
        |bytes: usize| (0..bytes / 36).map(|_| resourceful::uuid::Uuid::new_v4().to_string()).collect::<String>();
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        let app = TestApp::start_on(database, |app| app.resource::<Book>());
        let ada = app.as_user(CurrentUser::new("auth0|ada").with_permissions(["books:write", "books:read"]));
        created(ada.post("/api/v1/books", json!({"id": "there"})));
        let named = |answer: &Answer, places: &[&str], what: &str| {
            if database == TestDatabase::Sqlite {
                assert!([200, 201].contains(&answer.status), "{what}: SQLite has no such limit: {}", answer.text());
                return;
            }
            refused(answer, 422, "validation-error", what);
            let places: Vec<_> = places.iter().map(|place| ((*place).to_owned(), "length".to_owned())).collect();
            assert_eq!(field_errors(answer), places, "{what}: {}", answer.text());
        };
        for bytes in [7_000, 90_000] {
            for (place, fields) in [
                ("/isbn", json!({"isbn": long(bytes)})),
                ("/author", json!({"author": long(bytes), "blurb": long(bytes)})),
                ("/title", json!({"title": long(bytes), "shelf": "a"})),
                ("/code", json!({"code": long(bytes)})),
            ] {
                let with_id = |id: &str| {
                    let mut fields = fields.clone();
                    fields["id"] = json!(id);
                    fields
                };
                let what = format!("{place} of {bytes} bytes");
                named(&ada.post("/api/v1/books", with_id(&format!("{place}{bytes}"))), &[place], &what);
                let items = json!([{"id": format!("a{place}{bytes}")}, with_id(&format!("b{place}{bytes}")), {"id": format!("c{place}{bytes}")}]);
                let mut second = items.clone();
                if database == TestDatabase::Sqlite {
                    // The value is taken by now.
                    second[1] = json!({"id": format!("b{place}{bytes}")});
                }
                named(&ada.post("/api/v1/books/bulk", second), &[&format!("/1{place}")], &what);
                if database == TestDatabase::Postgres {
                    named(&ada.patch("/api/v1/books/there", fields), &[place], &what);
                }
            }
        }
        let blurb = created(
            ada.post("/api/v1/books", json!({"id": "blurb", "blurb": long(90_000), "isbn": "a".repeat(90_000)})),
        );
        assert_eq!(blurb["id"], "blurb", "what no index holds, or can be compressed, may be long");
    }
}
