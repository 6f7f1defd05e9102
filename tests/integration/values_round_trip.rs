//! Values of every field type are returned exactly as they were sent, on both databases.

use resourceful::serde_json::{Value, json};

use crate::support::{ada, column, created, field_errors, ok, on_both, refused};

fn ordinary() -> Value {
    json!({
        "small": 1, "medium": 2, "large": 3, "single": 0.5, "double": 0.25, "exact": "1.50", "text": "x", "flag": true,
        "key": "0190a2d4-7b1e-7c3a-9f00-3b1c2d4e5f60", "day": "2026-01-31", "time": "13:45:00", "local": "2026-01-31T13:45:00",
        "moment": "2026-01-31T13:45:00Z", "status": "open", "json": {}, "settings": {"theme": "dark", "size": 1}, "bytes": ""
    })
}

/// The ordinary row with one field changed.
fn with(field: &str, value: Value) -> Value {
    let mut row = ordinary();
    row[field] = value;
    row
}

#[test]
fn values_round_trip() {
    let long = "ä".repeat(10_000);
    let same: Vec<(&str, Value)> = vec![
        ("small", json!(-32768)),
        ("small", json!(32767)),
        ("medium", json!(-2147483648)),
        ("medium", json!(2147483647)),
        ("large", json!(9223372036854775807_i64)),
        ("large", json!(-9223372036854775808_i64)),
        ("single", json!(3.4028235e38)),
        ("double", json!(1.7976931348623157e308)),
        ("double", json!(5e-324)),
        ("double", json!(0.1)),
        ("exact", json!("79228162514264337593543950335")),
        ("exact", json!("-79228162514264337593543950335")),
        ("exact", json!("0.0000000000000000000000000001")),
        ("exact", json!("0.10")),
        ("exact", json!("100")),
        ("exact", json!("12345678901234567890.12345678")),
        ("text", json!("")),
        ("text", json!("  spaces stay  ")),
        ("text", json!("'; DROP TABLE x; -- $1 ? {} {{7*7}} ${jndi:x} <script>")),
        ("text", json!("\u{1b}[31m\r\nline")),
        ("text", json!("日本語 עברית 𝒳 e\u{301} \u{202e}rtl \u{200b}")),
        ("text", json!(long)),
        ("flag", json!(false)),
        ("key", json!("ffffffff-ffff-ffff-ffff-ffffffffffff")),
        ("day", json!("0001-01-01")),
        ("day", json!("9999-12-31")),
        ("day", json!("2024-02-29")),
        ("time", json!("23:59:59.999999")),
        ("time", json!("00:00:00")),
        ("local", json!("9999-12-31T23:59:59.999999")),
        ("local", json!("2026-03-29T02:30:00")),
        ("moment", json!("2026-01-31T13:45:00.000001Z")),
        ("moment", json!("9999-12-31T23:59:59.999999Z")),
        ("status", json!("in_progress")),
        ("status", json!("finished")),
        ("json", json!({"a": [1, 2.5, null, true, {"b": "ü"}], "": "empty", "9": 9007199254740993_i64})),
        ("json", json!([])),
        ("json", json!("text")),
        ("json", json!(null)),
        ("settings", json!({"theme": "light", "size": 255})),
        ("bytes", json!("AAECAwT/")),
        ("alias", json!("an alias of Option<String>")),
        ("alias", json!(null)),
        ("maybeLarge", json!(null)),
        ("maybeLarge", json!(-1)),
        ("maybeExact", json!("0")),
        ("maybeJson", json!({"x": 1})),
        ("maybeBytes", json!("/w==")),
        ("maybeStatus", json!("open")),
    ];
    on_both(|app| {
        let ada = ada(app);
        for (field, value) in &same {
            let row = created(ada.post("/api/v1/everythings", with(field, value.clone())));
            assert_eq!(row[field], *value, "{field} in the answer to POST");
            let read = ok(ada.get(&format!("/api/v1/everythings/{}", row["id"])));
            assert_eq!(read, row, "{field} read again");
        }
    });
}

#[test]
fn values_that_have_one_stored_form() {
    let changed = [
        ("moment", json!("2026-01-31T13:45:00+05:30"), json!("2026-01-31T08:15:00Z")),
        ("moment", json!("2026-01-31T13:45:00.123456789Z"), json!("2026-01-31T13:45:00.123456Z")),
        ("maybeMoment", json!("2026-01-31T13:45:00-08:00"), json!("2026-01-31T21:45:00Z")),
        ("local", json!("2026-01-31T13:45:00.1234567"), json!("2026-01-31T13:45:00.123456")),
        ("key", json!("0190A2D4-7B1E-7C3A-9F00-3B1C2D4E5F60"), json!("0190a2d4-7b1e-7c3a-9f00-3b1c2d4e5f60")),
        ("exact", json!("-0.0"), json!("0")),
        ("maybeExact", json!("0.00"), json!("0")),
    ];
    on_both(|app| {
        let ada = ada(app);
        for (field, sent, stored) in &changed {
            let row = created(ada.post("/api/v1/everythings", with(field, sent.clone())));
            assert_eq!(row[field], *stored, "{field}");
            assert_eq!(
                ok(ada.get(&format!("/api/v1/everythings/{}", row["id"])))[field],
                *stored,
                "{field} read again"
            );
        }
    });
}

#[test]
fn values_that_do_not_fit_are_refused() {
    let refused_values: Vec<(&str, Vec<Value>)> = vec![
        ("small", vec![json!(32768), json!(-32769), json!(1.0), json!("1"), json!(null), json!(true)]),
        ("medium", vec![json!(2147483648_i64), json!(-2147483649_i64), json!(1e3)]),
        ("large", vec![json!(9223372036854775808_u64), json!(-1e19), json!(1.0), json!(1.5), json!("1")]),
        ("single", vec![json!(1e39), json!("NaN"), json!("1")]),
        ("double", vec![json!("NaN"), json!("Infinity"), json!(null)]),
        (
            "exact",
            vec![
                json!(1),
                json!(1.5),
                json!("1e3"),
                json!("1e400"),
                json!("+1"),
                json!(".5"),
                json!("5."),
                json!(""),
                json!("792281625142643375935439503350"),
                json!("0.00000000000000000000000000001"),
                json!("1,5"),
            ],
        ),
        ("text", vec![json!(1), json!(null), json!(["x"])]),
        ("flag", vec![json!("true"), json!(1), json!(0)]),
        (
            "key",
            vec![
                json!("{0190a2d4-7b1e-7c3a-9f00-3b1c2d4e5f60}"),
                json!("urn:uuid:0190a2d4-7b1e-7c3a-9f00-3b1c2d4e5f60"),
                json!("0190a2d47b1e7c3a9f003b1c2d4e5f60"),
                json!("x"),
            ],
        ),
        (
            "day",
            vec![
                json!("2026-02-30"),
                json!("2026-1-1"),
                json!("0000-01-01"),
                json!("10000-01-01"),
                json!("2026-01-01T00:00:00Z"),
                json!(20260101),
            ],
        ),
        ("time", vec![json!("24:00:00"), json!("12:00"), json!("12:00:60"), json!("12:00:00Z")]),
        (
            "local",
            vec![
                json!("2026-01-31 13:45:00"),
                json!("2026-01-31T13:45:00Z"),
                json!("2026-01-31"),
                json!("2026-01-31T13:45:60"),
            ],
        ),
        (
            "moment",
            vec![
                json!("2026-02-30T00:00:00Z"),
                json!("300000-01-01T00:00:00Z"),
                json!("2026-01-31T13:45:00"),
                json!("2026-01-01"),
                json!(1769866000),
                json!("-5000-01-01T00:00:00Z"),
                json!("2026-01-31T13:45:60Z"),
                json!("2026-01-31T13:45:00+25:00"),
                json!("0000-12-31T23:59:59Z"),
                json!("9999-12-31T23:59:59-01:00"),
            ],
        ),
        ("status", vec![json!("Open"), json!("OPEN"), json!("Done"), json!(0), json!("")]),
        (
            "settings",
            vec![
                json!({"theme": 1, "size": 1}),
                json!({"theme": "x"}),
                json!({"theme": "x", "size": 256}),
                json!({"theme": "x", "size": 1, "more": 1}),
                json!(null),
            ],
        ),
        ("bytes", vec![json!("A"), json!("AA=A"), json!("AB=="), json!("a b="), json!([1, 2])]),
    ];
    on_both(|app| {
        let ada = ada(app);
        for (field, values) in &refused_values {
            for value in values {
                let answer = ada.post("/api/v1/everythings", with(field, value.clone()));
                refused(&answer, 422, "validation-error", &format!("{field} = {value}"));
                assert_eq!(field_errors(&answer).len(), 1, "{field} = {value}");
                let (place, _) = &field_errors(&answer)[0];
                let within = place.strip_prefix(&format!("/{field}")).expect("a place in the field");
                assert!(within.is_empty() || (*field == "settings" && within.starts_with('/')), "{place}");
            }
        }
        for (field, value) in [
            ("text", json!("a\u{0}b")),
            ("json", json!({"deep": ["a\u{0}"]})),
            ("json", json!({"a\u{0}": 1})),
            ("alias", json!("\u{0}")),
        ] {
            refused(&ada.post("/api/v1/everythings", with(field, value)), 422, "invalid-character", field);
        }
        assert_eq!(ok(ada.get("/api/v1/everythings/count"))["total"], 0);
    });
}

#[test]
fn order_and_filters_follow_the_type() {
    let rows = ["10", "9", "-1.5", "0.30", "0.3", "1000000000000000000000000.1"];
    on_both(|app| {
        let ada = ada(app);
        for exact in rows {
            created(ada.post("/api/v1/everythings", with("exact", json!(exact))));
        }
        let sorted = column(&ok(ada.get("/api/v1/everythings?sort=exact")), "exact");
        assert_eq!(
            sorted,
            ["-1.5", "0.30", "0.3", "9", "10", "1000000000000000000000000.1"].map(|text| json!(text)),
            "decimals sort as numbers"
        );
        for (filter, count) in [
            ("exact[gt]=9.5", 2),
            ("exact=0.3", 2),
            ("exact=0.300", 2),
            ("exact[in]=9,10.0", 2),
            ("exact[lte]=-1.5", 1),
            ("exact[ne]=9", 5),
        ] {
            assert_eq!(ok(ada.get(&format!("/api/v1/everythings/count?{filter}")))["total"], count, "{filter}");
        }
        for text in ["b", "a", "B", "ä", "Z", "z", "10", "9"] {
            created(ada.post("/api/v1/everythings", with("text", json!(text))));
        }
        let texts = column(&ok(ada.get("/api/v1/everythings?sort=text&text[ne]=x")), "text");
        assert_eq!(
            texts,
            ["10", "9", "B", "Z", "a", "b", "z", "ä"].map(|text| json!(text)),
            "text sorts by code point"
        );
    });
}

#[test]
fn sql_and_rust_keywords_can_be_names() {
    on_both(|app| {
        let ada = ada(app);
        let row =
            created(ada.post("/api/v1/orders", json!({"order": "first", "user": "ada", "group": 7, "kind": "x"})));
        assert_eq!(row, json!({"id": 1, "order": "first", "user": "ada", "group": 7, "kind": "x"}));
        created(ada.post("/api/v1/orders", json!({"order": "second", "kind": "y"})));
        assert_eq!(
            ok(ada.get(
                "/api/v1/orders?order=first&user[contains]=d&group[gte]=7&kind=x&sort=-order,user,group,kind&q=AD"
            ))["items"],
            json!([row])
        );
        let taken = ada.patch("/api/v1/orders/2", json!({"group": 7}));
        refused(&taken, 409, "conflict", "a unique column called group");
        assert_eq!(field_errors(&taken), [("/group".to_owned(), "unique".to_owned())]);
        assert_eq!(ada.delete("/api/v1/orders/1").status, 204);
    });
}
