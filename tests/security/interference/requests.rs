//! Random requests of one tenant: searches and writes, with references to their own rows, rows of others and
//! missing rows.

use resourceful::serde_json::{Map, Value, json};
use resourceful::uuid::Uuid;

/// A generator of numbers that gives the same ones for a seed (splitmix64).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below this one.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).unwrap_or_default()
    }

    /// True in so many of a hundred cases.
    fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn of<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        list.get(self.below(list.len()))
    }

    fn word(&mut self) -> &'static str {
        self.of(WORDS).copied().unwrap_or_default()
    }
}

/// Names that all tenants use, so that their values are equal.
pub(crate) const WORDS: &[&str] = &["alpha", "beta", "gamma", "delta", "closed", "alpha beta", "Ä", "x"];

/// What a field holds.
#[derive(Clone, Copy)]
enum Holds {
    Word,
    Number,
    Flag,
    Json,
    /// The id of a row of this resource.
    Id(&'static str),
}

/// A resource as callers know it.
pub(crate) struct Known {
    pub(crate) path: &'static str,
    /// The caller has access to their own rows only.
    own_only: bool,
    has_owner: bool,
    /// Its fields; `true` for those that must be given.
    fields: &'static [(&'static str, Holds, bool)],
    filters: &'static [&'static str],
    sorts: &'static [&'static str],
    includes: &'static [&'static str],
}

pub(crate) const KNOWN: &[Known] = &[
    Known {
        path: "tenants",
        own_only: false,
        has_owner: true,
        fields: &[("name", Holds::Word, false)],
        filters: &["name=W", "name[icontains]=W", "id=ME", "id[ne]=ME"],
        sorts: &["name", "-id"],
        includes: &[],
    },
    Known {
        path: "folders",
        own_only: false,
        has_owner: true,
        fields: &[
            ("name", Holds::Word, true),
            ("sizeLimit", Holds::Number, false),
            ("parentId", Holds::Id("folders"), false),
        ],
        filters: &[
            "name=W",
            "name[contains]=a",
            "sizeLimit[gte]=N",
            "parentId=folders",
            "parent.name=W",
            "parent.name[ne]=W",
            "items.title=W",
            "items.number[gte]=N",
            "folders.name=W",
            "items.second.name=W",
            "id=folders",
        ],
        sorts: &["name", "-name", "sizeLimit", "-sizeLimit,name"],
        includes: &["parent", "items", "folders", "parent.items", "items.second"],
    },
    Known {
        path: "items",
        own_only: false,
        has_owner: false,
        fields: &[
            ("title", Holds::Word, true),
            ("number", Holds::Number, true),
            ("code", Holds::Word, false),
            ("isDone", Holds::Flag, false),
            ("note", Holds::Json, false),
            ("folderId", Holds::Id("folders"), true),
            ("secondId", Holds::Id("folders"), false),
        ],
        filters: &[
            "title=W",
            "number=N",
            "number[lt]=N",
            "code=W",
            "code[isNull]=true",
            "isDone=true",
            "folder.name=W",
            "second.name[ne]=W",
            "second.parent.name=W",
            "folderId=folders",
            "secondId[in]=folders",
        ],
        sorts: &["title", "-number,title", "number"],
        includes: &["folder", "second", "folder.items", "second.parent"],
    },
    Known {
        path: "trays",
        own_only: true,
        has_owner: true,
        fields: &[("word", Holds::Word, true)],
        filters: &["word=W", "word[startsWith]=a"],
        sorts: &["word", "-word"],
        includes: &[],
    },
    Known {
        path: "stubs",
        own_only: true,
        has_owner: true,
        fields: &[("trayId", Holds::Id("trays"), true), ("number", Holds::Number, true)],
        filters: &["number=N", "trayId=trays"],
        sorts: &["number", "-number"],
        includes: &[],
    },
    Known {
        path: "tickets",
        own_only: false,
        has_owner: false,
        fields: &[("trayId", Holds::Id("trays"), true), ("number", Holds::Number, true)],
        filters: &["number=N", "trayId=trays", "number[gt]=N"],
        sorts: &["number", "-number"],
        includes: &[],
    },
    Known {
        path: "memos",
        own_only: false,
        has_owner: false,
        fields: &[("text", Holds::Word, true), ("folderId", Holds::Id("folders"), true)],
        filters: &["text=W", "folder.name=W", "folderId=folders", "folder.parent.name[ne]=W"],
        sorts: &["text", "-text"],
        includes: &["folder", "folder.items"],
    },
];

/// A request; `{{12}}` is a placeholder for the twelfth row, whose id differs between the servers.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) content_type: &'static str,
    pub(crate) body: Option<String>,
    /// The resource, where rows are made.
    pub(crate) makes: Option<&'static str>,
    /// The row of the tenant's own whose path it is.
    pub(crate) row: Option<usize>,
    /// Request the page after the last one instead.
    pub(crate) goes_on: bool,
}

/// The rows that requests can refer to.
pub(crate) struct Rows {
    /// The tenant's own rows, each with its resource.
    pub(crate) own: Vec<(&'static str, usize)>,
    /// Ids of rows of other tenants, on the server that has them.
    pub(crate) foreign: Vec<(&'static str, String)>,
}

impl Rows {
    /// An id of this resource, as it is written in a request, and the row if it is the tenant's own.
    fn id(&self, random: &mut Random, resource: &str) -> (String, Option<usize>) {
        if resource == "tenants" {
            let id = *random.of(&["auth0%7Cone", "auth0%7Ctwo", "auth0%7Cnobody"]).unwrap_or(&"");
            return (id.to_owned(), None);
        }
        let own: Vec<usize> = self.own.iter().filter(|(of, _)| *of == resource).map(|(_, row)| *row).collect();
        let foreign: Vec<&String> = self.foreign.iter().filter(|(of, _)| *of == resource).map(|(_, id)| id).collect();
        let dice = random.below(100);
        match (random.of(&own), random.of(&foreign)) {
            (Some(row), _) if dice < 65 => (format!("{{{{{row}}}}}"), Some(*row)),
            (_, Some(id)) if dice < 85 => ((*id).clone(), None),
            _ if dice < 97 => (Uuid::from_u64_pair(random.next(), random.next()).to_string(), None),
            _ => ("no-id".to_owned(), None),
        }
    }

    fn value(&self, random: &mut Random, holds: Holds) -> Value {
        match holds {
            _ if random.percent(2) => json!({"wrong": []}),
            _ if random.percent(3) => Value::Null,
            Holds::Word => random.word().into(),
            // Some are out of range.
            Holds::Number => random.below(11).into(),
            Holds::Flag => random.percent(50).into(),
            Holds::Json => json!({random.word(): random.word(), "deep": {"n": random.below(3)}}),
            Holds::Id(resource) => self.id(random, resource).0.into(),
        }
    }

    fn body(&self, random: &mut Random, known: &Known, is_patch: bool) -> Value {
        let mut body = Map::new();
        for (name, holds, required) in known.fields {
            let percent = if is_patch {
                35
            } else if *required {
                97
            } else {
                50
            };
            if random.percent(percent) {
                body.insert((*name).to_owned(), self.value(random, *holds));
            }
        }
        if random.percent(2) {
            body.insert("keeper".to_owned(), "auth0|two".into());
        }
        Value::Object(body)
    }

    /// `name=value` of a random filter.
    fn filter(&self, random: &mut Random, known: &Known) -> Option<(String, String)> {
        let (name, value) = random.of(known.filters)?.split_once('=')?;
        let value = match value {
            "W" => random.word().replace(' ', "%20").replace('Ä', "%C3%84"),
            "N" => random.below(10).to_string(),
            "ME" => "auth0%7Cone".to_owned(),
            "true" | "a" => value.to_owned(),
            resource => self.id(random, resource).0,
        };
        Some((name.to_owned(), value))
    }

    fn query(&self, random: &mut Random, known: &Known, is_count: bool) -> String {
        let mut parts: Vec<String> = Vec::new();
        for _ in 0..random.below(3) {
            parts.extend(self.filter(random, known).map(|(name, value)| format!("{name}={value}")));
        }
        if random.percent(15) {
            parts.push(format!("q={}", if random.percent(50) { "al" } else { "beta" }));
        }
        if is_count {
            return parts.join("&");
        }
        if random.percent(40) {
            parts.extend(random.of(known.sorts).map(|sort| format!("sort={sort}")));
        }
        if random.percent(60) {
            parts.push(format!("size={}", 1 + random.below(6)));
        }
        if random.percent(20) {
            parts.push(format!("page={}", 1 + random.below(3)));
        }
        if random.percent(40) {
            parts.push(format!("count={}", random.of(&["exact", "estimated", "none"]).unwrap_or(&"exact")));
        }
        if random.percent(30) {
            parts.extend(random.of(known.includes).map(|include| format!("include={include}")));
        }
        parts.join("&")
    }

    /// A search body: two filters of the query string, joined somehow.
    fn search(&self, random: &mut Random, known: &Known) -> Value {
        let test = |random: &mut Random| -> Value {
            let Some((name, value)) = self.filter(random, known) else { return json!({}) };
            let (path, op) = match name.strip_suffix(']').and_then(|name| name.split_once('[')) {
                Some((path, op)) => (path.to_owned(), op.to_owned()),
                None => (name, "eq".to_owned()),
            };
            let text = value.replace("%20", " ").replace("%C3%84", "Ä").replace("%7C", "|");
            let value = match (text.parse::<i64>(), text.as_str()) {
                (Ok(number), _) if path.to_lowercase().contains("number") || path == "sizeLimit" => number.into(),
                (_, "true") => true.into(),
                _ if op == "in" => json!([text]),
                _ => Value::from(text),
            };
            path.rsplit('.').fold(json!({op: value}), |inner, name| json!({name: inner}))
        };
        let (one, other) = (test(random), test(random));
        let filter = match random.below(4) {
            0 => json!({"or": [one, other]}),
            1 => json!({"and": [one, {"not": other}]}),
            2 => json!({"not": one}),
            _ => one,
        };
        let count = *random.of(&["exact", "estimated", "none"]).unwrap_or(&"exact");
        json!({"filter": filter, "size": 1 + random.below(6), "count": count})
    }
}

/// The next request.
pub(crate) fn next(random: &mut Random, rows: &Rows) -> Request {
    let known = random.of(KNOWN).unwrap_or(&KNOWN[0]);
    let own = known.own_only || (known.has_owner && random.percent(30));
    let base = format!("/api/v1/{}{}", known.path, if own { "/self" } else { "" });
    let plain = |method, path: String| Request {
        method,
        path,
        content_type: "application/json",
        body: None,
        makes: None,
        row: None,
        goes_on: false,
    };
    let with = |method, path: String, body: Value| Request { body: Some(body.to_string()), ..plain(method, path) };
    // Few rows, so that requests refer to the same ones.
    let crowded = rows.own.len() > 60;
    match random.below(100) {
        0..24 => {
            let goes_on = random.percent(15);
            let query = rows.query(random, known, false);
            Request { goes_on, ..plain("GET", format!("{base}?{query}")) }
        }
        24..28 if !own => {
            let query = rows.query(random, known, true);
            plain("GET", format!("{base}/count?{query}"))
        }
        28..36 if !own => with("POST", format!("{base}/search"), rows.search(random, known)),
        36..46 => {
            let (id, row) = rows.id(random, known.path);
            let include = random.of(known.includes).filter(|_| random.percent(40));
            let query = include.map(|include| format!("?include={include}")).unwrap_or_default();
            Request { row, ..plain("GET", format!("{base}/{id}{query}")) }
        }
        46..64 if !crowded => {
            let made = with("POST", base, rows.body(random, known, false));
            Request { makes: Some(known.path), ..made }
        }
        64..70 if !own && !crowded => {
            let items = (0..1 + random.below(3)).map(|_| rows.body(random, known, false)).collect();
            let made = with("POST", format!("{base}/bulk"), Value::Array(items));
            Request { makes: Some(known.path), ..made }
        }
        70..78 => {
            let (id, row) = rows.id(random, known.path);
            Request { row, ..with("PUT", format!("{base}/{id}"), rows.body(random, known, false)) }
        }
        78..93 => {
            let (id, row) = rows.id(random, known.path);
            let content_type = if random.percent(50) { "application/merge-patch+json" } else { "application/json" };
            let body = rows.body(random, known, true);
            Request { content_type, row, ..with("PATCH", format!("{base}/{id}"), body) }
        }
        _ => {
            let (id, row) = rows.id(random, known.path);
            Request { row, ..plain("DELETE", format!("{base}/{id}")) }
        }
    }
}
