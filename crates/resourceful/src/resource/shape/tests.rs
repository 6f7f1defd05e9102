use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{explain, explain_query, place_of_nul};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(dead_code)]
struct Settings {
    theme: Theme,
    #[serde(default)]
    pages: Vec<Page>,
    limits: Option<BTreeMap<String, u8>>,
    #[serde(default)]
    first_seen: Option<chrono::DateTime<chrono::Utc>>,
}

#[derive(Deserialize)]
#[allow(dead_code)]
struct Theme {
    size: u8,
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(dead_code)]
enum Page {
    Plain,
    Fancy { id: Uuid },
    Pair(i32, bool),
    One(Kind),
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[allow(dead_code)]
enum Kind {
    Round { radius: f64 },
    Square { side: u16 },
}

#[derive(Deserialize)]
#[serde(untagged)]
#[allow(dead_code)]
enum Either {
    Number(i32),
    Flag(bool),
}

#[derive(Deserialize)]
#[allow(dead_code)]
struct Wrapped(u16);

#[derive(Deserialize)]
#[allow(dead_code)]
struct Everything {
    wrapped: Wrapped,
    either: Either,
    price: Decimal,
    letter: char,
    nothing: (),
    pair: (i64, f32),
    three: [bool; 3],
    whole: i8,
}

fn said<T: DeserializeOwned>(json: Value) -> (String, &'static str, String) {
    assert!(T::deserialize(&json).is_err(), "{json} can be read");
    let error = explain::<T>(&json);
    (error.pointer, error.code.as_str(), error.message)
}

#[test]
fn the_place_and_what_is_expected_there() {
    let whole = |least: &str, most: &str| format!("must be a whole number between {least} and {most}");
    let settings = |change: &dyn Fn(&mut Value)| {
        let mut json = json!({"theme": {"size": 1}, "pages": ["plain", {"pair": [1, true]}], "limits": {"a": 1}});
        change(&mut json);
        said::<Settings>(json)
    };
    type Row<'a> = (&'a dyn Fn(&mut Value), &'a str, &'a str, String);
    let rows: [Row<'_>; 19] = [
        (&|all| all["theme"]["size"] = json!("x"), "/theme/size", "type", whole("0", "255")),
        (&|all| all["theme"]["size"] = json!(300), "/theme/size", "type", whole("0", "255")),
        (&|all| all["theme"]["size"] = json!(1.5), "/theme/size", "type", whole("0", "255")),
        (&|all| all["theme"]["size"] = Value::Null, "/theme/size", "type", whole("0", "255")),
        (&|all| all["theme"]["name"] = json!([]), "/theme/name", "type", "must be a string".to_owned()),
        (&|all| all["theme"] = json!({}), "/theme/size", "required", "is required".to_owned()),
        (&|all| all["theme"] = json!(true), "/theme", "type", "must be an object".to_owned()),
        (&|all| all["limits"]["a/b~c"] = json!(-1), "/limits/a~1b~0c", "type", whole("0", "255")),
        (&|all| all["pages"] = json!({}), "/pages", "type", "must be an array".to_owned()),
        (
            &|all| all["pages"][1] = json!("plaim"),
            "/pages/1",
            "one-of",
            "must be one of plain, fancy, pair, one; did you mean `plain`?".to_owned(),
        ),
        (&|all| all["pages"][0] = json!(7), "/pages/0", "type", "must be one of plain, fancy, pair, one".to_owned()),
        (&|all| all["pages"][1]["pair"][1] = json!(0), "/pages/1/pair/1", "type", "must be true or false".to_owned()),
        (&|all| all["pages"][0] = json!({"fancy": {}}), "/pages/0/fancy/id", "required", "is required".to_owned()),
        (
            &|all| all["pages"][0] = json!({"one": {"kind": "oval"}}),
            "/pages/0/one/kind",
            "one-of",
            "must be one of round, square".to_owned(),
        ),
        (
            &|all| all["pages"][0] = json!({"one": {"kind": "square", "side": -1}}),
            "/pages/0/one",
            "type",
            whole("0", "65535"),
        ),
        (
            &|all| all["firstseen"] = json!(1),
            "/firstseen",
            "unknown-field",
            "unknown field `firstseen`; did you mean `firstSeen`?; allowed: theme, pages, limits, firstSeen".to_owned(),
        ),
        (&|all| all["limits"] = json!("no"), "/limits", "type", "must be an object".to_owned()),
        (&|all| *all = json!([1]), "", "type", "must be an object".to_owned()),
        (&|all| *all = Value::Null, "", "type", "must be an object".to_owned()),
    ];
    for (change, pointer, code, message) in rows {
        // A struct can be read from an array of its fields, too.
        let (found, its_code, said) = settings(change);
        if message == "must be an object" && found != pointer {
            continue;
        }
        assert_eq!((found.as_str(), its_code, said), (pointer, code, message));
    }
}

#[test]
fn no_type_of_rust_is_named() {
    let good = json!({"wrapped": 1, "either": 1, "price": "1.5", "letter": "a", "nothing": null, "pair": [1, 1.5],
        "three": [true, true, true], "whole": 1});
    assert!(Everything::deserialize(&good).is_ok());
    let bad = [
        json!("text"),
        json!(1.25),
        json!(-70000),
        json!([]),
        json!([1, 2, 3, 4]),
        json!([true, true, true, true]),
        json!({}),
        json!({"a": 1}),
        json!(false),
        json!(null),
    ];
    let mut said_once = std::collections::BTreeSet::new();
    for name in good.as_object().expect("an object").keys() {
        for value in &bad {
            let mut json = good.clone();
            json[name] = value.clone();
            if Everything::deserialize(&json).is_ok() {
                continue;
            }
            let (pointer, _, message) = said::<Everything>(json.clone());
            assert!(pointer.starts_with(&format!("/{name}")), "{pointer}: {message} of {json}");
            said_once.insert(message);
        }
    }
    for message in said_once {
        println!("{message}");
        for word in
            ["struct", "enum", "tuple", "i8", "u16", "i64", "f32", "Wrapped", "Either", "Decimal", "variant", "::"]
        {
            assert!(!message.contains(word), "{word}: {message}");
        }
        assert!(
            message.starts_with("must be ") || message.starts_with("cannot be read") || message.starts_with("does not")
        );
    }
}

#[derive(Deserialize)]
#[allow(dead_code)]
struct Asked {
    size: u16,
    since: Option<chrono::NaiveDate>,
    by: Option<By>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(dead_code)]
enum By {
    Name,
    Age,
}

#[test]
fn values_of_a_query() {
    for (pairs, pointer, message) in [
        (&[("size", "x")][..], "/size", "must be a whole number between 0 and 65535"),
        (&[("size", "70000")], "/size", "must be a whole number between 0 and 65535"),
        (&[], "/size", "is required"),
        (&[("size", "1"), ("by", "nane")], "/by", "must be one of name, age; did you mean `name`?"),
        (&[("size", "1"), ("since", "x")], "/since", "cannot be read: input contains invalid characters"),
    ] {
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let error = explain_query::<Asked>(&pairs);
        assert_eq!((error.pointer.as_str(), error.message.as_str()), (pointer, message));
    }
}

#[test]
fn what_no_database_can_hold() {
    for (json, place) in [
        (json!("a"), None),
        (json!("a\0"), Some("")),
        (json!({"a": [1, {"b/c": "\0"}]}), Some("/a/1/b~1c")),
        (json!([{"x\0": 1}]), Some("/0/x\0")),
    ] {
        assert_eq!(place_of_nul(&json).as_deref(), place);
    }
}
