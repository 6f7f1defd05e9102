//! Entity tags of responses, and If-None-Match (RFC 9110 sections 8.8.3 and 13.1.2).

use resourceful::actix_web::http::StatusCode;
use resourceful::actix_web::{CustomizeResponder, Responder};
use resourceful::prelude::*;
use resourceful::serde_json::{Value, json};
use resourceful::testing::{Answer, Caller, TestApp, TestDatabase};

use crate::support::{created, ok, refused};

/// A resource with versions.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = owner_id, computed(loud: String, open), has_many(chapters: Chapter))]
pub struct Book {
    pub id: Uuid,
    pub name: String,
    #[resource(default = 0, read = "books:read:price", write = "books:read:price")]
    pub price: i32,
    pub owner_id: String,
    pub version: i64,
}

impl Book {
    fn loud(&self) -> String {
        self.name.to_uppercase()
    }
}

/// A resource without versions.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = owner_id)]
pub struct Chapter {
    pub id: Uuid,
    pub name: String,
    #[resource(default = 0, read = "chapters:read:price", write = "chapters:read:price")]
    pub price: i32,
    #[resource(belongs_to(book: Book))]
    pub book_id: Option<Uuid>,
    pub owner_id: String,
}

/// The book that was read last.
#[get("/latest", requires("books:read"))]
async fn latest(books: book::Service) -> Result<Out<Book>> {
    let page = books.list(Query::new().size(1)).await?;
    page.items.into_iter().next().map(Out).ok_or_else(Error::not_found)
}

/// A chapter by its id.
#[get("/one/{id}", requires("chapters:read"))]
async fn one(id: Path<Uuid>, chapters: chapter::Service) -> Result<Out<Chapter>> {
    chapters.get_by_id(*id).await.map(Out)
}

/// A chapter with a status and headers of its own.
#[get("/cited/{id}", requires("chapters:read"))]
async fn cited(id: Path<Uuid>, chapters: chapter::Service) -> Result<CustomizeResponder<(Out<Chapter>, StatusCode)>> {
    let chapter = chapters.get_by_id(*id).await?;
    let answer = (Out(chapter), StatusCode::OK);
    Ok(answer.customize().insert_header(("cache-control", "private, max-age=5")))
}

fn on_both(test: impl Fn(&TestApp)) {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        println!("on {database:?}");
        test(&TestApp::start_on(database, |app| {
            app.resource_with::<Book>(|routes| routes.service(latest))
                .resource_with::<Chapter>(|routes| routes.service(one).service(cited))
        }));
    }
}

fn user<'a>(app: &'a TestApp, id: &str, more: &[&str]) -> Caller<'a> {
    let kinds = ["read", "write", "delete", "read:self", "write:self", "delete:self"];
    let held = ["books", "chapters"].iter().flat_map(|name| kinds.map(|kind| format!("{name}:{kind}")));
    app.as_user(CurrentUser::new(id).with_permissions(held.chain(more.iter().map(|&more| more.to_owned()))))
}

const PRICES: &[&str] = &["books:read:price", "chapters:read:price"];

#[track_caller]
fn tag(answer: &Answer) -> String {
    assert!(matches!(answer.status, 200 | 201 | 304), "{}", answer.text());
    let tag = answer.header("etag").expect("an ETag").to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"') && tag.len() > 2, "{tag}");
    tag
}

fn conditional(caller: &Caller<'_>, method: &str, path: &str, name: &str, value: &str) -> Answer {
    caller.send(method, path, &[(name, value)], None)
}

/// Creates a row and returns its path and its body.
fn row(caller: &Caller<'_>, resource: &str) -> (String, Value) {
    let body = created(caller.post(&format!("/api/v1/{resource}"), json!({"name": "one"})));
    (format!("/api/v1/{resource}/{}", body["id"].as_str().expect("an id")), body)
}

#[test]
fn every_response_that_shows_rows_has_a_tag() {
    on_both(|app| {
        let ada = user(app, "auth0|ada", PRICES);
        for resource in ["books", "chapters"] {
            let all = format!("/api/v1/{resource}");
            let new = ada.post(&all, json!({"name": "one"}));
            let id = new.json()["id"].as_str().expect("an id").to_owned();
            let path = format!("{all}/{id}");
            let first = tag(&new);
            assert_eq!(tag(&ada.get(&path)), first, "the tag of a 201 is that of the row");
            assert_eq!(tag(&ada.get(&format!("{all}/self/{id}"))), first, "and of /self");
            assert_eq!(tag(&ada.send("HEAD", &path, &[], None)), first);
            let changed = ada.patch(&path, json!({"name": "two"}));
            assert_ne!(tag(&changed), first);
            assert_eq!(tag(&ada.get(&path)), tag(&changed));
            let replaced = ada.put(&path, json!({"name": "three"}));
            assert_eq!(tag(&ada.get(&path)), tag(&replaced));
            assert_ne!(tag(&replaced), tag(&changed));
            for path in ["", "/self", "/count", "?page=1&size=1"].map(|end| format!("{all}{end}")) {
                assert_eq!(tag(&ada.get(&path)), tag(&ada.get(&path)), "{path}");
            }
            let list = tag(&ada.get(&all));
            ok(ada.patch(&path, json!({"name": "four"})));
            assert_ne!(tag(&ada.get(&all)), list, "a row of the list has changed");
            let count = tag(&ada.get(&format!("{all}/count")));
            row(&ada, resource);
            assert_ne!(tag(&ada.get(&format!("{all}/count"))), count);
            for (what, answer) in [
                ("search", ada.post(&format!("{all}/search"), json!({}))),
                ("bulk", ada.post(&format!("{all}/bulk"), json!([{"name": "x"}]))),
                ("delete", ada.delete(&path)),
                ("a problem", ada.get(&path)),
            ] {
                assert_eq!(answer.header("etag"), None, "{what}");
            }
        }
        assert_eq!(tag(&ada.get("/api/v1/books/latest")), tag(&ada.get("/api/v1/books/latest")));
        let (path, body) = row(&ada, "chapters");
        let by_hand = format!("/api/v1/chapters/one/{}", body["id"].as_str().expect("an id"));
        assert_eq!(tag(&ada.get(&by_hand)), tag(&ada.get(&path)), "Out answers as the generated endpoint does");
        assert_eq!(conditional(&ada, "GET", &by_hand, "if-none-match", &tag(&ada.get(&path))).status, 304);
        let cited = by_hand.replace("/one/", "/cited/");
        let known = conditional(&ada, "GET", &cited, "if-none-match", &tag(&ada.get(&path)));
        assert_eq!((known.status, known.header("cache-control")), (304, Some("private, max-age=5")));
        assert_eq!((known.header("content-type"), known.text().as_str()), (None, ""));
        assert_eq!(ok(ada.get(&cited)), ok(ada.get(&path)));
        refused(&conditional(&ada, "GET", &by_hand, "if-none-match", "x"), 400, "invalid-request", "malformed");
    });
}

/// RFC 9110 sections 13.1.2, 13.2.2 and 15.4.5
#[test]
fn a_caller_who_has_the_response_gets_304() {
    on_both(|app| {
        let ada = user(app, "auth0|ada", PRICES);
        for resource in ["books", "chapters"] {
            let (row, body) = row(&ada, resource);
            let id = body["id"].as_str().expect("an id");
            for path in [
                row.clone(),
                format!("/api/v1/{resource}/self/{id}"),
                format!("{row}?fields=name"),
                format!("/api/v1/{resource}"),
                format!("/api/v1/{resource}/self"),
                format!("/api/v1/{resource}/count"),
            ] {
                let whole = ada.get(&path);
                let tag = tag(&whole);
                let state = format!("\"{}\"", tag.trim_matches('"').split('-').next().unwrap_or_default());
                for (value, status) in [
                    (tag.clone(), 304),
                    (format!("W/{tag}"), 304),
                    (format!("\"a\", {tag}"), 304),
                    (format!("\"a\" , W/\"b\",,{tag}"), 304),
                    ("*".to_owned(), 304),
                    ("\"a\"".to_owned(), 200),
                    (format!("\"a\",W/\"{}x\"", tag.trim_matches('"')), 200),
                    (tag.trim_matches('"').to_owned(), 400),
                    (String::new(), 400),
                    (format!("*, {tag}"), 400),
                ]
                .into_iter()
                .chain((state != tag).then_some((state, 200)))
                {
                    for method in ["GET", "HEAD"] {
                        let answer = conditional(&ada, method, &path, "if-none-match", &value);
                        assert_eq!(answer.status, status, "{method} {path} {value}: {}", answer.text());
                        if status == 400 {
                            assert_eq!(answer.header("etag"), None);
                            continue;
                        }
                        // A 304 to a weak tag repeats it as it is stored by who asks.
                        let sent = answer.header("etag").map(|sent| sent.trim_start_matches("W/"));
                        assert_eq!(sent, Some(&*tag), "{method} {path} {value}");
                        assert_eq!(answer.header("cache-control"), whole.header("cache-control"));
                        assert_eq!(answer.header("vary"), whole.header("vary"));
                        if status == 304 {
                            assert_eq!((answer.text().as_str(), answer.header("content-type")), ("", None), "no body");
                        }
                    }
                }
                let both = [("if-match", "\"a\""), ("if-none-match", &*tag)];
                refused(&ada.send("GET", &path, &both, None), 412, "precondition-failed", "If-Match comes first");
                let both = [("if-match", &*tag), ("if-none-match", &*tag)];
                assert_eq!(ada.send("GET", &path, &both, None).status, 304);
                assert_eq!(conditional(&ada, "GET", &path, "if-match", "*").status, 200);
                assert_eq!(conditional(&ada, "GET", &path, "if-match", &format!("W/{tag}")).status, 412);
                let date = "Mon, 30 Nov 2026 00:00:00 GMT";
                for name in ["if-modified-since", "if-unmodified-since"] {
                    assert_eq!(conditional(&ada, "GET", &path, name, date).status, 200, "there is no Last-Modified");
                }
            }
            let gone = format!("/api/v1/{resource}/{}", resourceful::uuid::Uuid::now_v7());
            refused(&conditional(&ada, "GET", &gone, "if-none-match", "*"), 404, "not-found", "no row");
        }
    });
}

/// The tag follows everything that the response shows.
#[test]
fn a_tag_changes_with_what_the_response_shows() {
    on_both(|app| {
        let ada = user(app, "auth0|ada", PRICES);
        let (path, book) = row(&ada, "books");
        let with = format!("{path}?include=chapters");
        let (plain, included) = (tag(&ada.get(&path)), tag(&ada.get(&with)));
        assert_ne!(plain, included);
        assert_eq!(plain.split('-').next(), included.split('-').next(), "the version is the same");
        created(ada.post("/api/v1/chapters", json!({"name": "one", "bookId": book["id"]})));
        assert_eq!(tag(&ada.get(&path)), plain);
        assert_ne!(tag(&ada.get(&with)), included, "a related row has changed");
        assert!(plain.starts_with("\"1-"), "{plain}");
        ok(ada.patch(&path, json!({"name": "two"})));
        assert!(tag(&ada.get(&path)).starts_with("\"2-"));
        assert_ne!(tag(&ada.get(&format!("{path}?fields=name"))), tag(&ada.get(&format!("{path}?fields=id"))));

        let (path, _) = row(&ada, "chapters");
        let plain = tag(&ada.get(&path));
        let included = tag(&ada.get(&format!("{path}?include=book")));
        assert_eq!(plain.trim_matches('"'), included.trim_matches('"').split('-').next().unwrap_or_default());
        assert!(tag(&ada.get(&format!("{path}?fields=name"))).starts_with("\"fields-"));
    });
}

/// What a caller has seen is 304 for nobody who would see something else, and a tag says nothing of what is hidden.
#[test]
fn tags_of_one_caller_are_no_tags_of_another() {
    on_both(|app| {
        let (ada, bob) = (user(app, "auth0|ada", PRICES), user(app, "auth0|bob", &[]));
        for resource in ["books", "chapters"] {
            let (path, body) = row(&ada, resource);
            let all = format!("/api/v1/{resource}");
            for path in [&path, &all] {
                let (whole, part) = (tag(&ada.get(path)), tag(&bob.get(path)));
                assert_ne!(whole, part, "{path}");
                assert_eq!(conditional(&bob, "GET", path, "if-none-match", &whole).status, 200, "{path}");
                assert_eq!(conditional(&ada, "GET", path, "if-none-match", &part).status, 200, "{path}");
                assert_eq!(conditional(&app.anonymous(), "GET", path, "if-none-match", &whole).status, 401);
            }
            let own = format!("{all}/self/{}", body["id"].as_str().expect("an id"));
            let known = tag(&ada.get(&own));
            for value in [&*known, "*", "\"a\""] {
                refused(&conditional(&bob, "GET", &own, "if-none-match", value), 404, "not-found", "another's row");
                refused(&conditional(&bob, "GET", &own, "if-match", value), 404, "not-found", "another's row");
            }
        }
        // What Bob does not see changes nothing of what he gets, except the number of changes.
        let (path, _) = row(&ada, "chapters");
        let seen = tag(&bob.get(&path));
        ok(ada.patch(&path, json!({"price": 5})));
        assert_eq!(tag(&bob.get(&path)), seen);
        assert_ne!(tag(&user(app, "auth0|eve", PRICES).get(&path)), seen);
    });
}

/// Responses of single rows are not compressed: a weak tag would be useless for If-Match.
#[test]
fn tags_of_rows_stay_strong_for_clients_that_accept_gzip() {
    on_both(|app| {
        let ada = user(app, "auth0|ada", PRICES);
        let long = json!({"name": "word ".repeat(1000)}).to_string().into_bytes();
        let headers = [("accept-encoding", "gzip"), ("content-type", "application/json")];
        for resource in ["books", "chapters"] {
            let all = format!("/api/v1/{resource}");
            let mut last = String::new();
            for (method, own) in
                [("POST", ""), ("GET", ""), ("GET", "/self"), ("PUT", ""), ("PATCH", "/self"), ("GET", "/one")]
            {
                if own == "/one" && resource == "books" {
                    continue;
                }
                let path = if method == "POST" { all.clone() } else { format!("{all}{own}/{last}") };
                let body = (method != "GET").then(|| long.clone());
                let answer = ada.send(method, &path, &headers, body);
                assert_eq!(answer.header("content-encoding"), None, "{method} {path}");
                let seen = tag(&answer);
                last = answer.json()["id"].as_str().expect("an id").to_owned();
                let none = Some(b"{}".to_vec());
                let same = ada.send("PATCH", &format!("{all}/{last}"), &[headers[1], ("if-match", &*seen)], none);
                assert_eq!(same.status, 200, "{method} {path}: {}", same.text());
            }
            let list = ada.send("GET", &all, &headers[..1], None);
            assert!(list.header("etag").is_some_and(|tag| tag.starts_with("W/")), "a list is compressed");
        }
    });
}

/// Without the secret nobody can compute the tag of what they guess a response to be; processes with one secret agree.
#[test]
fn tags_depend_on_the_secret() {
    let secret = ("SECRET_KEY", "0123456789abcdef0123456789abcdef");
    let other = ("SECRET_KEY", "another secret of thirty-two chars");
    let tags: Vec<String> = [secret, secret, other]
        .map(|secret| {
            let app = TestApp::start_with(TestDatabase::Sqlite, &[secret], |app| {
                app.resource::<Book>().resource::<Chapter>()
            });
            tag(&user(&app, "auth0|ada", &[]).get("/api/v1/chapters"))
        })
        .to_vec();
    assert_eq!(tags[0], tags[1]);
    assert_ne!(tags[0], tags[2]);
}
