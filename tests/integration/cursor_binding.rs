//! A cursor is valid for its own list, however the query is written, and for no other list.

use resourceful::prelude::*;
use resourceful::serde_json::{Value, json};
use resourceful::testing::{Answer, Caller, TestApp, TestDatabase};

use crate::support::{created, ok, refused};

/// Has readings.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(has_many(readings: Reading))]
pub struct Gauge {
    pub id: i32,
    #[resource(filter, sort, search)]
    pub label: String,
    #[resource(filter, sort)]
    pub rank: Option<i32>,
    #[resource(filter, sort)]
    pub exact: Decimal,
    #[resource(filter, sort)]
    pub double: f64,
    #[resource(filter, sort)]
    pub moment: DateTime<Utc>,
    #[resource(filter, sort)]
    pub key: Uuid,
}

/// What a gauge showed.
#[derive(Clone, Debug, PartialEq, Resource)]
pub struct Reading {
    pub id: i32,
    #[resource(belongs_to(gauge: Gauge), filter)]
    pub gauge_id: i32,
    #[resource(filter)]
    pub low: i32,
    #[resource(filter)]
    pub high: i32,
}

/// The same with full-text search, which ranks on PostgreSQL.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(search = "full_text")]
pub struct Leaf {
    pub id: i32,
    #[resource(search, filter, sort)]
    pub text: String,
}

/// A way to write a query: the query string of a GET, or the body of a search.
#[derive(Clone, Debug)]
enum Ask {
    Get(&'static str),
    Search(Value),
}
use Ask::{Get, Search};

impl Ask {
    fn page(&self, ada: &Caller<'_>, path: &str, after: Option<&str>) -> Answer {
        match self {
            Get(query) => {
                let after = after.map(|cursor| format!("&after={cursor}")).unwrap_or_default();
                ada.get(&format!("{path}?size=1&{query}{after}"))
            }
            Search(body) => {
                let mut body = body.clone();
                body["size"] = json!(1);
                if let Some(cursor) = after {
                    body["after"] = json!(cursor);
                }
                ada.post(&format!("{path}/search"), body)
            }
        }
    }
}

/// Lists of gauges, each with several spellings of its query. No two of them are the same list.
fn lists() -> Vec<Vec<Ask>> {
    let filter = |filter: Value| Search(json!({ "filter": filter }));
    vec![
        vec![
            Get(""),
            Get("sort=id"),
            Search(json!({})),
            filter(json!({})),
            Search(json!({"sort": []})),
            Search(json!({"sort": ["id"]})),
        ],
        vec![Get("sort=-id"), Search(json!({"sort": ["-id"]}))],
        vec![Get("sort=label"), Get("sort=label,id"), Search(json!({"sort": ["label"], "count": "none"}))],
        vec![Get("sort=label,-id")],
        vec![Get("sort=-label"), Get("sort=-label,-id")],
        vec![Get("sort=label,rank")],
        vec![Get("sort=rank,label")],
        vec![
            Get("label=x&rank[gte]=0&sort=rank"),
            Get("rank[gte]=0&label=x&sort=rank"),
            Get("sort=rank&rank[gte]=0&label[eq]=x"),
            Get("label[in]=x&rank[gte]=0&sort=rank,id"),
            Search(json!({"filter": {"label": "x", "rank": {"gte": 0}}, "sort": ["rank"]})),
            Search(json!({"filter": {"rank": {"gte": 0}, "label": {"eq": "x"}}, "sort": ["rank"]})),
            Search(json!({"filter": {"and": [{"rank": {"gte": 0}}, {"label": "x"}]}, "sort": ["rank"]})),
            Search(
                json!({"filter": {"and": [{"label": "x"}, {"and": [{"rank": {"gte": 0}}, {"label": "x"}]}]}, "sort": ["rank"]}),
            ),
            Search(json!({"filter": {"not": {"not": {"label": "x", "rank": {"gte": 0}}}}, "sort": ["rank"]})),
            Search(json!({"filter": {"or": [{"label": "x", "rank": {"gte": 0}}]}, "sort": ["rank"]})),
        ],
        vec![Get("label=x&rank[gt]=0&sort=rank")],
        vec![Get("label=x&rank[gte]=1&sort=rank")],
        vec![
            Get("label[ne]=x&rank[gte]=0&sort=rank"),
            Search(json!({"filter": {"not": {"label": "x"}, "rank": {"gte": 0}}, "sort": ["rank"]})),
        ],
        vec![Get("label=x"), filter(json!({"label": "x"})), Get("label[in]=x"), Get("label[in]=x,x")],
        vec![Get("label[startsWith]=x")],
        vec![Get("label[contains]=x")],
        vec![Get("label[contains]=X")],
        vec![Get("label[icontains]=x"), Get("label[icontains]=X")],
        vec![
            Get("rank[in]=0,1"),
            Get("rank[in]=1,0"),
            Get("rank[in]=1,0,1,1"),
            filter(json!({"rank": {"in": [1, 0]}})),
        ],
        vec![Get("rank[in]=0,1,2")],
        vec![Get("rank[nin]=5,6"), Get("rank[nin]=6,5,6"), filter(json!({"not": {"rank": {"in": [6, 5]}}}))],
        vec![Get("rank[nin]=5"), Get("rank[ne]=5"), filter(json!({"not": {"rank": 5}}))],
        vec![Get("rank[isNull]=false"), filter(json!({"rank": {"ne": null}})), filter(json!({"not": {"rank": null}}))],
        vec![Get("rank[isNull]=true"), filter(json!({"rank": null}))],
        vec![
            Get("exact[gte]=1.0"),
            Get("exact[gte]=1.00"),
            Get("exact[gte]=1"),
            filter(json!({"exact": {"gte": "1.000"}})),
        ],
        vec![Get("exact[gte]=0"), Get("exact[gte]=-0.00")],
        vec![
            Get("double[gte]=1"),
            Get("double[gte]=1.0"),
            Get("double[gte]=1e0"),
            filter(json!({"double": {"gte": 1}})),
        ],
        vec![Get("double[gte]=0"), Get("double[gte]=-0.0")],
        vec![
            Get("moment[gte]=2026-01-01T00:00:00Z"),
            Get("moment[gte]=2026-01-01T01:00:00%2B01:00"),
            Get("moment[gte]=2025-12-31T19:00:00.000-05:00"),
            filter(json!({"moment": {"gte": "2026-01-01T00:00:00.000000Z"}})),
        ],
        vec![Get("moment[gte]=2026-01-01T00:00:00.000001Z")],
        vec![Get("key[ne]=00000000-0000-0000-0000-00000000000a"), Get("key[ne]=00000000-0000-0000-0000-00000000000A")],
        vec![Get("q=x+y"), Get("q=y+x"), Get("q=x+y+x"), Get("q=X++y"), Search(json!({"q": "y x"}))],
        vec![Get("q=xy")],
        vec![Get("q=x")],
        vec![
            filter(json!({"or": [{"label": "x"}, {"rank": 0}]})),
            filter(json!({"or": [{"rank": 0}, {"label": "x"}, {"rank": 0}]})),
        ],
        vec![filter(json!({"or": [{"label": "x"}, {"rank": 1}]}))],
        vec![filter(json!({"label": "x", "rank": 1}))],
        vec![
            filter(json!({"not": {"label": "y", "rank": 1}})),
            filter(json!({"or": [{"label": {"ne": "y"}}, {"rank": {"ne": 1}}]})),
        ],
        vec![filter(json!({"not": {"rank": {"gt": 5}}}))],
        vec![filter(json!({"rank": {"lte": 5}}))],
        vec![
            Get("readings.low=1&readings.high=2"),
            Get("readings.high=2&readings.low=1"),
            filter(json!({"readings": {"high": 2, "low": 1}})),
        ],
        vec![
            filter(json!({"and": [{"readings": {"low": 1}}, {"readings": {"high": 2}}]})),
            filter(json!({"and": [{"readings": {"high": 2}}, {"readings": {"low": 1}}]})),
        ],
        vec![filter(json!({"not": {"readings": {"low": 7}}}))],
        vec![filter(json!({"readings": {"low": {"ne": 7}}}))],
    ]
}

fn fill(ada: &Caller<'_>) {
    for place in 0..4 {
        let gauge = created(ada.post(
            "/api/v1/gauges",
            json!({"label": "x", "rank": place % 2, "exact": "1.5", "double": 1.5, "moment": "2026-02-01T00:00:00Z",
                   "key": "00000000-0000-0000-0000-000000000001"}),
        ));
        created(ada.post("/api/v1/readings", json!({"gaugeId": gauge["id"], "low": 1, "high": 2})));
    }
    for label in ["x y", "y x", "xy", "X y"] {
        for rank in [json!(1), Value::Null] {
            created(ada.post(
                "/api/v1/gauges",
                json!({"label": label, "rank": rank, "exact": "2", "double": 2, "moment": "2026-02-01T00:00:00Z",
                       "key": "00000000-0000-0000-0000-000000000002"}),
            ));
        }
    }
}

#[test]
fn a_cursor_is_valid_for_all_spellings_of_its_list_only() {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        let app = TestApp::start_on(database, |app| app.resource::<Gauge>().resource::<Reading>());
        let permissions = ["gauges:read", "gauges:write", "readings:read", "readings:write"];
        let ada = app.as_user(CurrentUser::new("auth0|ada").with_permissions(permissions));
        fill(&ada);
        let lists = lists();
        let path = "/api/v1/gauges";
        let cursor = |ask: &Ask| {
            let page = ok(ask.page(&ada, path, None));
            page["next"].as_str().unwrap_or_else(|| panic!("{ask:?} has one page: {page}")).to_owned()
        };
        for (place, spellings) in lists.iter().enumerate() {
            let first = cursor(&spellings[0]);
            let second = ok(spellings[0].page(&ada, path, Some(&first)))["items"].clone();
            for ask in spellings {
                assert_eq!(ok(ask.page(&ada, path, Some(&first)))["items"], second, "{:?}, then {ask:?}", spellings[0]);
                let own = cursor(ask);
                assert_eq!(
                    ok(spellings[0].page(&ada, path, Some(&own)))["items"],
                    second,
                    "{ask:?}, then {:?}",
                    spellings[0]
                );
            }
            // What a cursor is bound to does not depend on the database: all pairs on one, neighbours on the other.
            let pairs = |other: usize| database == TestDatabase::Sqlite || other == (place + 1) % lists.len();
            for (other, foreign) in lists.iter().enumerate().filter(|(other, _)| *other != place && pairs(*other)) {
                // Every pair of lists, each time with other spellings.
                let ask = &foreign[(place + other) % foreign.len()];
                refused(
                    &ask.page(&ada, path, Some(&first)),
                    400,
                    "invalid-cursor",
                    &format!("{:?}, then {ask:?}", spellings[0]),
                );
            }
        }
    }
}

#[test]
fn the_order_of_ranked_search_words_does_not_matter() {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        let app = TestApp::start_on(database, |app| app.resource::<Leaf>());
        let ada = app.as_user(CurrentUser::new("auth0|ada").with_permissions(["leafs:read", "leafs:write"]));
        for text in ["oak and ash", "ash, oak, oak", "oaks", "an ash by an oak by an ash"] {
            created(ada.post("/api/v1/leafs", json!({"text": text})));
        }
        let asks = [Get("q=oak+ash"), Get("q=ash+oak"), Get("q=Ash+oak+ash"), Search(json!({"q": "ash OAK"}))];
        let whole = ok(ada.get("/api/v1/leafs?q=oak+ash"))["items"].as_array().expect("items").clone();
        let (mut walked, mut after) = (Vec::new(), None::<String>);
        // The query of each page is written differently.
        for place in 0..10 {
            let page = ok(asks[place % asks.len()].page(&ada, "/api/v1/leafs", after.as_deref()));
            walked.extend(page["items"].as_array().expect("items").clone());
            match page["next"].as_str() {
                Some(next) => after = Some(next.to_owned()),
                None => break,
            }
        }
        assert_eq!(walked, whole);
        let cursor = ok(asks[0].page(&ada, "/api/v1/leafs", None))["next"].as_str().expect("a page").to_owned();
        let sorted = Get("q=oak+ash&sort=id").page(&ada, "/api/v1/leafs", Some(&cursor));
        if database == TestDatabase::Postgres {
            refused(&sorted, 400, "invalid-cursor", "by id, not by rank");
        } else {
            assert_eq!(sorted.status, 200, "without ranks it is the same list: {}", sorted.text());
        }
    }
}
