//! Numbers: every field returns the number that was sent, or refuses it with a pointer to its place.

use resourceful::prelude::*;
use resourceful::sea_orm::{ConnectionTrait, DbBackend};
use resourceful::serde_json::{self, Value, json};
use resourceful::testing::{Answer, Caller, TestApp, TestDatabase};

use crate::support::{created, field_errors, ok, refused};

/// A measurement, in every form that a number can have.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(public(list, count, search, get, create, bulk_create, update, patch), page(default = 100, max = 100))]
pub struct Reading {
    pub id: i64,
    #[resource(default = 0.0, filter, sort)]
    pub double: f64,
    #[resource(filter)]
    pub single: Option<f32>,
    #[resource(default = Value::Null)]
    pub data: Value,
    pub list: Option<Json<Vec<f64>>>,
}

/// Reads a body.
#[post("/echo", public)]
async fn echo(body: Json<Value>) -> Json<Value> {
    body
}

fn start(database: TestDatabase) -> TestApp {
    TestApp::start_on(database, |app| app.resource_with::<Reading>(|routes| routes.service(echo)))
}

fn on_both(test: impl Fn(&TestApp, &Caller<'_>)) {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        println!("on {database:?}");
        let app = start(database);
        test(&app, &app.anonymous());
    }
}

const PATH: &str = "/api/v1/readings";
const JSON: (&str, &str) = ("content-type", "application/json");
const MERGE: (&str, &str) = ("content-type", "application/merge-patch+json");

/// Sends text, so that numbers are spelled as the test spells them.
fn send(caller: &Caller<'_>, method: &str, path: &str, content: (&str, &str), body: impl Into<String>) -> Answer {
    caller.send(method, path, &[content], Some(body.into().into_bytes()))
}

/// Random numbers (xorshift64*), the same in each run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A double of any size, spelled with 16 or 17 significant digits or as short as can be.
    fn double(&mut self) -> (f64, String) {
        loop {
            let number = match self.next() % 3 {
                // Any bits
                0 => f64::from_bits(self.next()),
                // Typical measurements
                1 => (self.next() >> 11) as f64 / (1_u64 << 53) as f64 * 10_f64.powi((self.next() % 9) as i32 - 2),
                // Whole numbers beyond 2^53
                _ => (self.next() >> 1) as f64 * 10_f64.powi((self.next() % 5) as i32),
            };
            if !number.is_normal() {
                continue;
            }
            let text = match self.next() % 4 {
                0 => format!("{number:.16e}"),
                1 => format!("{number:.15e}"),
                2 => format!("{number:E}"),
                _ => serde_json::to_string(&number).expect("a number"),
            };
            return (text.parse().expect("a number"), text);
        }
    }
}

fn bits(value: &Value) -> Option<u64> {
    value.as_f64().map(f64::to_bits)
}

#[test]
fn doubles_round_trip() {
    on_both(|_, caller| {
        let mut random = Random(7);
        for _ in 0..20 {
            let doubles: Vec<(f64, String)> = (0..100).map(|_| random.double()).collect();
            let rows = doubles.iter().map(|(_, text)| {
                format!(
                    "{{\"double\":{text},\"data\":{{\"x\":{text},\"deep\":[[{{\"y\":{text}}}]]}},\"list\":[{text}]}}"
                )
            });
            let body = format!("[{}]", rows.collect::<Vec<_>>().join(","));
            let rows = created(send(caller, "POST", &format!("{PATH}/bulk"), JSON, body));
            let read = ok(caller.get(&format!("{PATH}?sort=-id&count=none")));
            for (place, (number, text)) in doubles.iter().enumerate() {
                for row in [&rows[place], &read["items"][99 - place]] {
                    for at in ["/double", "/data/x", "/data/deep/0/0/y", "/list/0"] {
                        assert_eq!(row.pointer(at).and_then(bits), Some(number.to_bits()), "{text} at {at} of {row}");
                    }
                }
            }
            // A filter with the value of the answer finds the row, in a query and in a body.
            for (place, (_, text)) in doubles.iter().enumerate().step_by(20) {
                let shown = rows[place]["double"].to_string();
                let query = format!("{PATH}/count?double={}&id={}", shown.replace('+', "%2B"), rows[place]["id"]);
                assert_eq!(ok(caller.get(&query))["total"], 1, "{text}");
                let body = format!("{{\"filter\":{{\"double\":{text},\"id\":{}}}}}", rows[place]["id"]);
                assert_eq!(ok(send(caller, "POST", &format!("{PATH}/search"), JSON, body))["total"], 1, "{text}");
            }
        }
    });
}

#[test]
fn singles_round_trip() {
    on_both(|_, caller| {
        let mut random = Random(11);
        let singles = (0..).map(|_| f32::from_bits(random.next() as u32)).filter(|number| number.is_normal());
        let singles: Vec<f32> = singles.take(100).collect();
        let rows: Vec<Value> = singles.iter().map(|number| json!({"single": number})).collect();
        let rows = created(caller.post(&format!("{PATH}/bulk"), &rows));
        for (place, number) in singles.iter().enumerate() {
            let shown = rows[place]["single"].to_string();
            assert_eq!(shown.parse::<f32>().map(f32::to_bits), Ok(number.to_bits()));
            assert_eq!(
                ok(caller.get(&format!("{PATH}/count?single={}&id={}", shown.replace('+', "%2B"), rows[place]["id"])))
                    ["total"],
                1
            );
        }
    });
}

#[test]
fn a_merge_keeps_members_that_it_does_not_name() {
    on_both(|app, caller| {
        let mut random = Random(13);
        let numbers: Vec<(f64, String)> = (0..20_000).map(|_| random.double()).collect();
        let list: Vec<&str> = numbers.iter().map(|(_, text)| text.as_str()).collect();
        let body = format!("{{\"data\":{{\"kept\":[{}],\"round\":0}}}}", list.join(","));
        let row = created(send(caller, "POST", PATH, JSON, body));
        let path = format!("{PATH}/{}", row["id"]);
        let stored = || {
            let column =
                if app.ctx().backend() == DbBackend::Postgres { "(data->'kept')::text" } else { "data->'kept'" };
            let sql = format!("SELECT {column} FROM readings WHERE id = {}", row["id"]);
            app.block_on(async {
                let statement = resourceful::sea_orm::Statement::from_string(app.ctx().backend(), sql);
                let row = app.ctx().db().query_one_raw(statement).await.expect("a query").expect("a row");
                row.try_get_by_index::<String>(0).expect("text")
            })
        };
        let before = stored();
        for round in 1..=3 {
            let patched = ok(send(caller, "PATCH", &path, MERGE, format!("{{\"data\":{{\"round\":{round}}}}}")));
            assert_eq!(patched["data"]["round"], round);
            let kept = patched["data"]["kept"].as_array().expect("a list");
            let changed =
                kept.iter().zip(&numbers).filter(|(value, (number, _))| bits(value) != Some(number.to_bits()));
            assert_eq!((kept.len(), changed.count()), (numbers.len(), 0));
            assert!(stored() == before, "what is stored stays to the last byte");
        }
    });
}

#[test]
fn numbers_keep_their_kind_and_look_the_same_on_both_databases() {
    let spellings = [
        ("0", "0"),
        ("1.0", "1.0"),
        ("-1.0", "-1.0"),
        ("100000.0", "100000.0"),
        ("1E5", "100000.0"),
        ("1e+16", "1e+16"),
        ("1e22", "1e+22"),
        ("12345678901234567000.0", "1.2345678901234567e+19"),
        ("1.7976931348623157e308", "1.7976931348623157e+308"),
        ("179769313486231570000e288", "1.7976931348623157e+308"),
        ("2.2250738585072014e-308", "2.2250738585072014e-308"),
        ("5e-324", "5e-324"),
        ("1e-7", "1e-7"),
        ("117.63331139400017", "117.63331139400017"),
        ("0.9215686321258545", "0.9215686321258545"),
        ("10587.436593658975", "10587.436593658975"),
        ("12.917521550408111", "12.917521550408111"),
        ("0.10000000000000001", "0.1"),
        ("9007199254740993", "9007199254740993"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("18446744073709551615", "18446744073709551615"),
        ("100000000000000000000", "1e+20"),
        ("-0.0", "0.0"),
    ];
    on_both(|_, caller| {
        for (sent, shown) in spellings {
            let body = format!("{{\"data\":{{\"x\":[{sent}]}}}}");
            let answer = send(caller, "POST", PATH, JSON, body);
            let expected = format!("\"data\":{{\"x\":[{shown}]}}");
            assert!(answer.text().contains(&expected), "{sent}: {}", answer.text());
            let id = created(answer)["id"].clone();
            let read = caller.get(&format!("{PATH}/{id}")).text();
            assert!(read.contains(&expected), "{sent}, read again: {read}");
            let listed = caller.get(&format!("{PATH}?id={id}")).text();
            assert!(listed.contains(&expected), "{sent}, in a list: {listed}");
        }
        let largest = created(send(caller, "POST", PATH, JSON, format!("{{\"double\":{},\"data\":{0}}}", f64::MAX)));
        assert_eq!(
            (bits(&largest["double"]), bits(&largest["data"])),
            (Some(f64::MAX.to_bits()), Some(f64::MAX.to_bits()))
        );
    });
}

/// Numbers that neither a 64-bit integer nor a double can represent.
const LOST: &[&str] = &[
    "18446744073709551616",
    "-9223372036854775809",
    "123456789012345678901234567890",
    "0.1234567890123456789012345",
    "1.00000000000000000001",
    "123456789012345678e-3",
    "1e-400",
    "3e-324",
];

#[test]
fn inexact_numbers_are_refused_with_their_pointer() {
    on_both(|_, caller| {
        let row = created(caller.post(PATH, json!({"data": {"x": 1.5}})));
        let path = format!("{PATH}/{}", row["id"]);
        for number in LOST {
            let ways = [
                ("POST", PATH.to_owned(), JSON, format!("{{\"data\":{{\"x\":{number}}}}}"), "/data/x"),
                ("POST", PATH.to_owned(), JSON, format!("{{\"data\":{number}}}"), "/data"),
                ("POST", PATH.to_owned(), JSON, format!("{{\"list\":[0,{number}]}}"), "/list/1"),
                ("PUT", path.clone(), JSON, format!("{{\"data\":[[{number}]]}}"), "/data/0/0"),
                ("PATCH", path.clone(), JSON, format!("{{\"data\":{{\"a/b\":{number}}}}}"), "/data/a~1b"),
                ("PATCH", path.clone(), MERGE, format!("{{\"data\":{{\"y\":{number}}}}}"), "/data/y"),
                ("PATCH", path.clone(), MERGE, format!("{{\"data\":{number}}}"), "/data"),
                (
                    "POST",
                    format!("{PATH}/bulk"),
                    JSON,
                    format!("[{{}},{{}},{{}},{{\"data\":{{\"x\":{number}}}}}]"),
                    "/3/data/x",
                ),
                ("POST", format!("{PATH}/echo"), JSON, format!("{{\"any\":{number}}}"), "/any"),
            ];
            for (method, path, content, body, pointer) in ways {
                let answer = send(caller, method, &path, content, &body);
                refused(&answer, 422, "validation-error", &format!("{method} {body}"));
                assert_eq!(field_errors(&answer), [(pointer.to_owned(), "precision".to_owned())], "{method} {body}");
            }
        }
        assert_eq!(ok(caller.get(&path)), row, "nothing was changed");
        assert_eq!(ok(caller.get(&format!("{PATH}/count")))["total"], 1, "nothing was stored");
        let many = (0..60).map(|_| "1e-400").collect::<Vec<_>>().join(",");
        let answer = send(caller, "POST", PATH, JSON, format!("{{\"data\":[{many}]}}"));
        assert_eq!((answer.status, field_errors(&answer).len()), (422, 50), "the number of listed errors is limited");
    });
}

#[test]
fn numbers_out_of_a_fields_range() {
    on_both(|_, caller| {
        for (body, status, pointer) in [
            ("{\"double\":1e400}", 400, None),
            ("{\"data\":[-1e400]}", 400, None),
            ("{\"data\":1e99999999999999999999}", 400, None),
            ("{\"double\":1e-400}", 422, Some("/double")),
            ("{\"double\":-1e-9999}", 422, Some("/double")),
            ("{\"single\":1e-60}", 422, Some("/single")),
            ("{\"single\":1e39}", 422, Some("/single")),
            ("{\"double\":5e-324}", 201, None),
            ("{\"double\":0e-400}", 201, None),
            // A field of doubles holds the nearest one.
            ("{\"double\":0.1000000000000000055511151231257827}", 201, None),
        ] {
            let answer = send(caller, "POST", PATH, JSON, body);
            assert_eq!(answer.status, status, "{body}: {}", answer.text());
            if let Some(pointer) = pointer {
                assert_eq!(field_errors(&answer)[0].0, pointer, "{body}");
            }
        }
        refused(&caller.get(&format!("{PATH}?double=1e-400")), 400, "invalid-filter", "zero is another number");
        refused(&caller.get(&format!("{PATH}?double=1e400")), 400, "invalid-filter", "no double");
        let body = r#"{"filter":{"or":[{"double":1.5},{"double":{"gt":1e-400}}]}}"#;
        let answer = send(caller, "POST", &format!("{PATH}/search"), JSON, body);
        refused(&answer, 400, "invalid-filter", "zero is another number, in a body too");
        assert_eq!(field_errors(&answer)[0].0, "/filter/or/1/double/gt");
        // The databases do not both keep the sign of zero.
        let zero = created(send(caller, "POST", PATH, JSON, "{\"double\":-0.0,\"single\":-0.0,\"data\":[-0.0,-0]}"));
        assert_eq!((zero["double"].to_string(), zero["single"].to_string()), ("0.0".into(), "0.0".into()));
        assert_eq!(zero["data"].to_string(), "[0.0,0.0]");
    });
}

#[test]
fn numbers_written_by_other_programs_are_shown_exactly_and_never_changed_by_a_merge() {
    on_both(|app, caller| {
        let texts = [
            (r#"{"n":123456789012345678901234567890.123}"#, Some("/data/n")),
            (r#"{"n":[1,0.12345678901234567890123]}"#, Some("/data/n/1")),
            (r#"{"n":1.50}"#, None),
        ];
        let run = |sql: String| {
            app.block_on(async { app.ctx().db().execute_unprepared(&sql).await.map(drop).expect("a statement") });
        };
        for (text, unmergeable) in texts {
            let id = created(caller.post(PATH, json!({})))["id"].clone();
            run(format!("UPDATE readings SET data = '{text}' WHERE id = {id}"));
            let path = format!("{PATH}/{id}");
            assert!(caller.get(&path).text().contains(&format!("\"data\":{text}")), "{}", caller.get(&path).text());
            let merged = send(caller, "PATCH", &path, MERGE, r#"{"data":{"m":1}}"#);
            match unmergeable {
                None => assert_eq!(ok(merged)["data"], json!({"m": 1, "n": 1.5})),
                Some(pointer) => {
                    refused(&merged, 409, "conflict", text);
                    assert_eq!(field_errors(&merged), [(pointer.to_owned(), "precision".to_owned())]);
                    assert!(caller.get(&path).text().contains(text), "nothing was changed");
                    assert_eq!(ok(send(caller, "PATCH", &path, JSON, r#"{"data":{"m":1}}"#))["data"], json!({"m": 1}));
                }
            }
        }
        // A number that no double holds is an ordinary one to PostgreSQL, and text to SQLite.
        let id = created(caller.post(PATH, json!({})))["id"].clone();
        run(format!("UPDATE readings SET data = '{{\"x\":1e400}}' WHERE id = {id}"));
        // Most readers of JSON would not read such a page at all.
        let page = ok(caller.get(&format!("{PATH}?sort=-id")));
        assert_eq!((&page["items"][0]["id"], &page["items"][0]["data"]), (&id, &Value::Null), "{page}");
        refused(
            &send(caller, "PATCH", &format!("{PATH}/{id}"), MERGE, r#"{"data":{"m":1}}"#),
            409,
            "conflict",
            "a number that cannot be read",
        );
    });
}
