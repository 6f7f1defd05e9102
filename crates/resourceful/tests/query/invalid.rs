//! Query strings that are refused.

use std::time::{Duration, Instant};

use resourceful::internals::query::{parse_count, parse_list, parse_none};

use super::fixture::{FOLDERS, NOTES, by_system, refused};

#[track_caller]
fn check(slug: &str, table: &[(&str, &str)]) {
    for (raw, says) in table {
        refused(parse_list(&by_system(&NOTES), raw), raw, slug, says);
    }
}

#[test]
fn pagination() {
    for size in [
        "0",
        "-1",
        "101",
        "1000000000",
        "99999999999999999999",
        "abc",
        "",
        "+10",
        "%2B10",
        "1.0",
        "0x10",
        "01",
        "1e1",
        " 1",
        "١",
    ] {
        let raw = format!("size={size}");
        refused(
            parse_list(&by_system(&NOTES), &raw),
            &raw,
            "invalid-pagination",
            "size: must be a whole number from 1 to 100",
        );
    }
    refused(parse_list(&by_system(&FOLDERS), "size=11"), "size=11", "invalid-pagination", "from 1 to 10 ");
    check(
        "invalid-pagination",
        &[
            ("page=0", "page: must be a whole number from 1"),
            ("page=-1", "page: must"),
            ("page=", "page: must"),
            ("page", "page: must"),
            ("page=18446744073709551616", "page: must"),
            ("page=9223372036854775807&size=100", "page: must be a whole number"),
            ("page=92233720368547759&size=100", "page: must be a whole number"),
            ("page=18446744073709551615", "page: must be a whole number"),
        ],
    );
}

#[test]
fn duplicates() {
    check(
        "duplicate-parameter",
        &[
            ("page=1&page=2", "page: must not appear twice"),
            ("name=a&name[eq]=b", "name[eq]: must not"),
            ("name[eq]=a&name=b", "name: must not"),
            ("name=a&n%61me=a", "name: must not"),
            ("foo=1&foo=2", "foo: must not"),
            ("size=0&page=1&page=2", "page: must not"),
        ],
    );
}

#[test]
fn unknown_parameters() {
    check(
        "unknown-parameter",
        &[
            (
                "foo=1",
                "foo: unknown parameter `foo`; allowed: page, size, after, sort, q, count, include, fields, id, name, title",
            ),
            ("isactive=true", "did you mean `isActive`?"),
            ("is_active=true", "did you mean `isActive`?"),
            ("pagesize=1", "unknown parameter `pagesize`"),
            ("=1", "unknown parameter ``"),
            ("=", "unknown parameter ``"),
            ("&=&", "unknown parameter ``"),
            ("name=a&=", "unknown parameter ``"),
            ("Name=a", "did you mean `name`?"),
            ("secret=a", "unknown parameter `secret`"),
            ("password=a", "unknown parameter `password`"),
            ("includes=folder", "unknown parameter `includes`; did you mean `include`?"),
            ("field=id", "unknown parameter `field`; did you mean `fields`?"),
            ("cursor=abc", "unknown parameter `cursor`"),
            ("limit=1", "unknown parameter `limit`"),
        ],
    );
    let error = parse_list(&by_system(&NOTES), "secret=a").unwrap_err();
    assert!(!error.errors()[0].message.contains("password"), "hidden names are not among the allowed: {error:?}");
    for raw in
        ["page=1", "size=1", "after=abc", "sort=name", "count=exact", "include=folder", "fields=id", "foo=1", "tags=1"]
    {
        refused(parse_count(&by_system(&NOTES), raw), raw, "unknown-parameter", "allowed: q, id, name");
    }
    for raw in ["page=1", "isActive=true", "foo", "=", "q=a"] {
        refused(parse_none(raw), raw, "unknown-parameter", "takes no parameters");
    }
    refused(parse_none("a=%zz"), "a=%zz", "invalid-encoding", "a: must be");
}

#[test]
fn sorting() {
    check(
        "unknown-sort",
        &[
            ("sort=name;DROP TABLE", "unknown sort key `name;DROP TABLE`"),
            ("sort=(select 1)", "unknown sort key `(select 1)`; allowed: id, name, title, priority, due"),
            ("sort=nam", "did you mean `name`?"),
            ("sort=isActive", "`isActive` cannot be sorted by"),
            ("sort=meta", "`meta` cannot be sorted by"),
            ("sort=secret", "unknown sort key `secret`"),
            ("sort=-password", "unknown sort key `password`"),
            ("sort=folder.label", "unknown sort key `folder.label`"),
            ("sort=%2Bname", "unknown sort key `+name`"),
            ("sort=+name", "unknown sort key ` name`"),
            ("sort=--name", "unknown sort key `-name`"),
        ],
    );
    let fifty = format!("sort={}", vec!["name"; 50].join(","));
    check(
        "invalid-sort",
        &[
            ("sort=", "sort: must not contain an empty key"),
            ("sort=-", "empty key"),
            ("sort=name,", "empty key"),
            ("sort=name,-name", "must not name `name` twice"),
            (&fifty, "must have at most 8 keys; this has 50"),
        ],
    );
}

#[test]
fn filters() {
    check(
        "unknown-filter",
        &[
            ("remark=a", "remark: `remark` cannot be used in filters; allowed: id, name, title"),
            ("remark[contains]=a", "`remark` cannot be used in filters"),
            ("meta=a", "`meta` cannot be used in filters"),
            ("nam[eq]=a", "unknown filter `nam`; did you mean `name`?"),
            ("secret[startsWith]=a", "unknown filter `secret`"),
            ("password[isNull]=true", "unknown filter `password`"),
            ("filter[owner.passwordHash][startsWith]=a", "unknown filter `filter`"),
            ("folder.remark=a", "folder.remark: unknown filter `remark`; allowed: id, label, ownerId"),
            ("page[eq]=1", "unknown filter `page`"),
            ("[eq]=1", "unknown filter ``"),
        ],
    );
    check(
        "invalid-filter",
        &[
            ("name[like]=a", "unknown operator for `name` `like`"),
            ("name[regex]=(a%2B)%2B$", "unknown operator for `name` `regex`"),
            ("name[gt]=a", "allowed: eq, ne, in, nin, isNull, contains, icontains, startsWith, endsWith"),
            ("name[Contains]=a", "did you mean `contains`?"),
            ("name[]=a", "unknown operator"),
            ("name[=a", "unknown operator"),
            ("name[ne=a", "unknown operator"),
            ("name[ne]x=a", "unknown operator"),
            ("name[ne][eq]=a", "unknown operator"),
            ("priority[contains]=1", "allowed: eq, ne, in, nin, isNull, gt, gte, lt, lte"),
            ("isActive[gt]=true", "allowed: eq, ne, in, nin, isNull"),
            ("status[lt]=open", "allowed: eq, ne, in, nin, isNull"),
            ("isActive=1", "isActive: must be true or false"),
            ("isActive=", "must be true or false"),
            ("title[isNull]=1", "title[isNull]: must be true or false"),
            ("title[isNull]=", "must be true or false"),
            ("priority=1.0", "must be a whole number"),
            ("priority=2147483648", "must be a whole number"),
            ("priority=", "must be a whole number"),
            ("status=Open", "must be one of open, done"),
            ("token=abc", "must be a UUID"),
            ("id=abc", "must be a whole number"),
            ("priority[in]=1,x", "value 2 must be a whole number"),
            ("priority[in]=", "value 1 is empty"),
            ("name[in]=a,,b", "value 2 is empty"),
        ],
    );
    let many = |count: usize| vec!["1"; count].join(",");
    let list = format!("priority[in]={}", many(1_001));
    refused(
        parse_list(&by_system(&NOTES), &list),
        "1,001 values",
        "invalid-filter",
        "at most 1000 values; this has 1001",
    );
}

#[test]
fn searches() {
    let long = format!("name[contains]={}", "%25".repeat(201));
    let long_words = format!("q={}", "é".repeat(201));
    check("invalid-filter", &[("name[contains]=", "must have 1 to 200 characters"), (&long, "must have 1 to 200")]);
    for op in ["icontains", "startsWith", "endsWith"] {
        let raw = format!("title[{op}]={}", "a".repeat(201));
        refused(parse_list(&by_system(&NOTES), &raw), &raw, "invalid-filter", "must have 1 to 200 characters");
    }
    check(
        "invalid-search",
        &[
            ("q=", "q: must contain at least one word"),
            ("q=++", "must contain at least one word"),
            ("q=a b c d e f g h i j k", "must have at most 10 words; this has 11"),
            (&long_words, "must have at most 200 characters"),
        ],
    );
    refused(parse_list(&by_system(&FOLDERS), "q=a"), "q=a", "invalid-search", "no field is searchable");
}

#[test]
fn counting() {
    check(
        "invalid-count",
        &[
            ("count=", "unknown count ``; allowed: exact, estimated, none"),
            ("count=estimate", "unknown count `estimate`; did you mean `estimated`?"),
            ("count=Exact", "did you mean `exact`?"),
        ],
    );
}

#[test]
fn encoding() {
    check(
        "invalid-encoding",
        &[
            ("name=%00", "name: must be percent-encoded UTF-8"),
            ("name=\0", "name: must be"),
            ("name=%ff", "name: must be"),
            ("name=%zz", "name: must be"),
            ("name=%", "name: must be"),
            ("name=%4", "name: must be"),
            ("name=%+4", "name: must be"),
            ("name=%ed%a0%80", "name: must be"),
            ("name=%c0%af", "name: must be"),
            ("%ff=1", "%ff: must be"),
            ("foo=1&page=1&page=2&name=%ff", "name: must be"),
        ],
    );
}

#[test]
fn dates_and_numbers() {
    for value in [
        "2026-02-30T00:00:00Z",
        "99999-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "infinity",
        "-4714-01-01T00:00:00Z",
        "2026-06-30T23:59:60Z",
        "2026-01-01T00:00:00%2B25:00",
        "2026-01-01",
        "2026-01-01T00:00:00",
        "now",
        "",
        "2026-01-01T00:00:00+02:00",
        "1767225600",
    ] {
        let raw = format!("due[gte]={value}");
        refused(
            parse_list(&by_system(&NOTES), &raw),
            &raw,
            "invalid-filter",
            "must be a date and time with its offset",
        );
    }
    for value in
        ["2026-02-30", "99999-01-01", "0000-00-00", "infinity", "-4714-01-01", "2026-1-1", "2026-01-01T00:00:00Z"]
    {
        let raw = format!("day={value}");
        refused(parse_list(&by_system(&NOTES), &raw), &raw, "invalid-filter", "must be a date such as");
    }
    for value in ["NaN", "Infinity", "-Infinity", "1e309", "inf", "", "0x1", "%2B1", ".5", "1,5"] {
        let raw = format!("score={value}");
        refused(parse_list(&by_system(&NOTES), &raw), &raw, "invalid-filter", "must be a finite number");
    }
    for value in ["1e5", "NaN", "1,5", "", "0.00000000000000000000000000001"] {
        let raw = format!("price={value}");
        refused(parse_list(&by_system(&NOTES), &raw), &raw, "invalid-filter", "must be a decimal number");
    }
}

#[test]
fn every_error_is_listed_and_the_first_determines_the_slug() {
    let raw = "size=0&foo=1&name[like]=a&sort=x&page=1&page=2&title=%ff";
    let error = refused(parse_list(&by_system(&NOTES), raw), raw, "invalid-encoding", "title: must be");
    let codes: Vec<&str> = error.errors().iter().map(|error| error.code.as_str()).collect();
    assert_eq!(
        codes,
        [
            "invalid-encoding",
            "duplicate-parameter",
            "invalid-pagination",
            "unknown-parameter",
            "invalid-filter",
            "unknown-sort"
        ]
    );
    assert_eq!(error.detail(), "The query has 6 errors");
    let one = parse_list(&by_system(&NOTES), "foo=1").unwrap_err();
    assert!(one.detail().starts_with("foo: unknown parameter `foo`"), "{one:?}");
}

#[test]
fn long_input_costs_little_and_is_not_sent_back() {
    let start = Instant::now();
    let unknown: String = (0..20_000).map(|at| format!("field{at}=1&")).collect();
    let same = "name=1&".repeat(20_000);
    let long_name = format!("{}=1", "a".repeat(1 << 20));
    let commas = format!("priority[in]={}", ",".repeat(1 << 20));
    let keys = format!("sort={}", "a,".repeat(1 << 19));
    let words = format!("q={}", "a+".repeat(1 << 19));
    for raw in [unknown, same, long_name, commas, keys, words] {
        let error = parse_list(&by_system(&NOTES), &raw).expect_err("refused");
        assert!(error.errors().len() <= 50, "{}", error.errors().len());
        assert!(error.to_string().len() < 64 * 1024, "{}", error.to_string().len());
    }
    // Quadratic work would take minutes; this leaves room for a slow machine.
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}
