//! Fields that are unique together.

use resourceful::prelude::*;
use resourceful::schema;
use resourceful::sea_orm::{ActiveModelTrait, DbBackend, Set};
use resourceful::serde_json::{Value, json};
use resourceful::testing::{TestApp, TestDatabase};

use crate::support::{created, mistakes, refused};

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
fn no_two_rows_hold_the_same_values_together() {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        let app = TestApp::start_on(database, |app| app.resource::<Seat>());
        let ada = app.as_user(CurrentUser::new("auth0|ada").with_permissions(["seats:write", "seats:read"]));
        let first = created(ada.post("/api/v1/seats", seat("Opera", "A", 1)));
        for other in [seat("Opera", "A", 2), seat("Opera", "B", 1), seat("Cinema", "A", 1)] {
            created(ada.post("/api/v1/seats", other));
        }

        let taken = ada.post("/api/v1/seats", seat("Opera", "A", 1));
        refused(&taken, 409, "conflict", "the same three values");
        assert_eq!(mistakes(&taken), at(&["/hall", "/row", "/number"]));
        let message = &taken.json()["errors"][0]["message"];
        assert_eq!(*message, "is taken by another row together with `row` and `number`");

        let moved = ada.patch(&format!("/api/v1/seats/{}", first["id"].as_str().expect("an id")), json!({"number": 2}));
        refused(&moved, 409, "conflict", "a change to the same values");
        assert_eq!(mistakes(&moved), at(&["/hall", "/row", "/number"]));

        let bulk = ada.post("/api/v1/seats/bulk", json!([seat("Opera", "C", 1), seat("Opera", "A", 1)]));
        refused(&bulk, 409, "conflict", "one of several");
        assert_eq!(mistakes(&bulk), at(&[""]));
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
            sit(2).insert(app.ctx().db()).await.expect_err("nobody sits twice at an event");
        });
    }
}

#[test]
fn the_tables_say_so() {
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
