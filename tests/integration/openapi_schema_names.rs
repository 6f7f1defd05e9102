//! Schema names in the OpenAPI document: every `$ref` leads to the right schema, whatever the resources are called.

use std::collections::BTreeSet;

use resourceful::prelude::*;
use resourceful::serde_json::{Value, json};
use resourceful::testing::{TestApp, TestDatabase};

/// Resources whose names are equal to those of other schemas, or result in them.
macro_rules! resources {
    ($($module:ident: $name:ident, $table:literal, $marker:ident;)*) => { $(
        mod $module {
            use resourceful::prelude::*;

            /// Has one field with a unique name, which identifies its schema.
            #[derive(Clone, Debug, PartialEq, Resource)]
            #[resource(table = $table, path = $table, name = $table, module = generated)]
            pub struct $name {
                pub id: Uuid,
                pub $marker: String,
            }

            /// One.
            #[get("/one", public)]
            pub async fn one(all: generated::Service) -> Result<Out<$name>> {
                all.get_by_id(Uuid::nil()).await.map(Out)
            }

            /// Many.
            #[get("/many", public)]
            pub async fn many() -> Result<Out<Vec<$name>>> {
                Ok(Out(Vec::new()))
            }

            /// A page.
            #[get("/page", public)]
            pub async fn page(all: generated::Service) -> Result<Out<Page<$name>>> {
                all.list(Query::new()).await.map(Out)
            }
        }
    )* };
}

resources! {
    book: Book, "books", of_book;
    book_page: BookPage, "book-pages", of_book_page;
    book_create: BookCreate, "book-creates", of_book_create;
    book_update: BookUpdate, "book-updates", of_book_update;
    book_patch: BookPatch, "book-patches", of_book_patch;
    book_sort: BookSort, "book-sorts", of_book_sort;
    book2: Book2, "second-books", of_book2;
    problem: Problem, "problems", of_problem;
    field_error: FieldError, "field-errors", of_field_error;
    total: Total, "totals", of_total;
    other_book: Book, "other-books", of_other_book;
    unknown: Book, "unknown-books", of_unknown;
}

/// A resource that only hand-written endpoints return.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(operations(only(get)))]
pub struct Lonely {
    pub id: Uuid,
    pub of_lonely: String,
}

/// Pages of it, which none of its operations returns.
#[get("/page", public)]
async fn lonely_page(all: lonely::Service) -> Result<Out<Page<Lonely>>> {
    all.list(Query::new()).await.map(Out)
}

const MARKERS: [(&str, &str); 11] = [
    ("books", "ofBook"),
    ("book-pages", "ofBookPage"),
    ("book-creates", "ofBookCreate"),
    ("book-updates", "ofBookUpdate"),
    ("book-patches", "ofBookPatch"),
    ("book-sorts", "ofBookSort"),
    ("second-books", "ofBook2"),
    ("problems", "ofProblem"),
    ("field-errors", "ofFieldError"),
    ("totals", "ofTotal"),
    ("other-books", "ofOtherBook"),
];

fn document(turn: usize) -> Value {
    let app = TestApp::start_on(TestDatabase::Sqlite, move |app| {
        type Add = fn(App) -> App;
        macro_rules! add {
            ($($module:ident: $name:ident;)*) => { [$(
                (|app| app.resource_with::<$module::$name>(|routes| {
                    routes.service($module::one).service($module::many).service($module::page)
                })) as Add,
            )*] };
        }
        let mut all = add! {
            book: Book; book_page: BookPage; book_create: BookCreate; book_update: BookUpdate; book_patch: BookPatch;
            book_sort: BookSort; book2: Book2; problem: Problem; field_error: FieldError; total: Total;
            other_book: Book;
        };
        all.rotate_left(turn);
        let app = all.iter().fold(app, |app, add| add(app));
        // Its table does not exist, and its resource is not part of the application.
        let app = app.scope("/unknown", Requirement::Public, |routes| {
            routes.service(unknown::one).service(unknown::many).service(unknown::page)
        });
        let own = json!({
            "openapi": "3.1.0",
            "info": {"title": "Own", "version": "1"},
            "paths": {"/own": {"get": {"responses": {"200": {"description": "", "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/Book"}},
            }}}}}},
            "components": {"schemas": {"Book": {"type": "object", "properties": {"ofOwn": {"type": "string"}}}}},
        });
        app.resource_with::<Lonely>(|routes| routes.service(lonely_page))
            .openapi(resourceful::serde_json::from_value(own).expect("a document"))
    });
    app.anonymous().get("/openapi.json").json()
}

/// The schema itself, behind references.
fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => {
            let pointer = reference.strip_prefix('#').unwrap_or_else(|| panic!("not of the document: {reference}"));
            document.pointer(pointer).unwrap_or_else(|| panic!("leads nowhere: {reference}"))
        }
        None => schema,
    }
}

fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str));
            members.values().for_each(|member| references(member, found));
        }
        _ => {}
    }
}

#[test]
fn every_reference_leads_to_the_right_schema() {
    for turn in (0..MARKERS.len()).step_by(3) {
        let document = document(turn);
        let mut all = BTreeSet::new();
        references(&document, &mut all);
        for reference in all {
            assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference} leads nowhere");
        }
        let follow = |start: &Value, steps: &[&str]| {
            let step = |schema: Value, step: &&str| resolved(&document, &schema[*step]).clone();
            steps.iter().fold(start.clone(), step)
        };
        let at = |path: &str, method: &str, rest: &[&str]| follow(&document["paths"][path][method], rest);
        let json = ["content", "application/json", "schema"];
        let body = [&["requestBody"][..], &json].concat();
        let answer = |status| [&["responses", status][..], &json].concat();
        let has = |schema: Value, marker: &str, what: &str| {
            let properties = schema["properties"].as_object().cloned().unwrap_or_default();
            assert!(properties.contains_key(marker), "{what} lacks {marker}: {schema} (turn {turn})");
        };
        for (path, marker) in MARKERS {
            let base = format!("/api/v1/{path}");
            let one = format!("{base}/{{id}}");
            has(at(&base, "post", &body), marker, &format!("the body of POST {base}"));
            has(at(&base, "post", &answer("201")), marker, &format!("the answer of POST {base}"));
            has(at(&one, "put", &body), marker, &format!("the body of PUT {one}"));
            has(at(&one, "patch", &body), marker, &format!("the body of PATCH {one}"));
            let page = [&answer("200")[..], &["properties", "items", "items"]].concat();
            has(at(&base, "get", &page), marker, &format!("the page of {base}"));
            let bulk = [&body[..], &["items"]].concat();
            has(at(&format!("{base}/bulk"), "post", &bulk), marker, "the body of many");
            has(at(&format!("{base}/count"), "get", &answer("200")), "total", "a count");
            let refusal = ["responses", "404", "content", "application/problem+json", "schema"];
            has(at(&one, "get", &refusal), "requestId", "a problem");
            by_hand(&at, &has, &base, marker);
        }
        by_hand(&at, &has, "/api/v1/unknown", "ofUnknown");
        let page = [&answer("200")[..], &["properties", "items", "items"]].concat();
        has(at("/api/v1/lonelies/page", "get", &page), "ofLonely", "a page of lonely rows");
        has(at("/own", "get", &answer("200")), "ofOwn", "the application's own document");
    }
}

fn by_hand(at: &impl Fn(&str, &str, &[&str]) -> Value, has: &impl Fn(Value, &str, &str), base: &str, marker: &str) {
    let answer = ["responses", "200", "content", "application/json", "schema"];
    let many = [&answer[..], &["items"]].concat();
    let page = [&answer[..], &["properties", "items", "items"]].concat();
    for (word, steps) in [("one", &answer[..]), ("many", &many), ("page", &page)] {
        let path = format!("{base}/{word}");
        has(at(&path, "get", steps), marker, &format!("the answer of {path}"));
    }
}
