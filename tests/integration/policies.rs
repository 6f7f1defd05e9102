//! Row policies and field permissions: no operation shows, counts or changes a row that the policy hides from the caller.

use resourceful::prelude::*;
use resourceful::sea_orm::ColumnTrait;
use resourceful::serde_json::{Value, json};
use resourceful::spec::{ResourceSpec, Target};
use resourceful::testing::{Answer, Caller, TestApp, TestDatabase};

use crate::support::{column, created, ok, refused};

/// Something that its author writes and others read once it is published.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(
    policy,
    owner = author,
    sort = "title",
    has_many(remarks: Remark, via = paper_id),
    has_many(revisions: Paper, via = parent_id),
    has_one(cover: Cover),
    many_to_many(labels: Label, through = Labelling),
    computed(length: i32, shout: Option<String>, open)
)]
pub struct Paper {
    pub id: Uuid,
    #[resource(length(1..=100), filter, sort, search)]
    pub title: String,
    #[resource(write = "papers:assign", filter)]
    pub author: String,
    #[resource(default = false, filter)]
    pub is_published: bool,
    #[resource(read = "papers:fees", write = "papers:fees", filter, sort)]
    pub fee: Option<i32>,
    #[resource(read = "papers:fees", search, filter)]
    pub contract: Option<String>,
    #[resource(belongs_to(parent: Paper), filter)]
    pub parent_id: Option<Uuid>,
}

impl Paper {
    fn length(&self) -> i32 {
        i32::try_from(self.title.chars().count()).unwrap_or(i32::MAX)
    }

    fn shout(&self) -> Option<String> {
        self.is_published.then(|| self.title.to_uppercase())
    }
}

impl Policy for Paper {
    fn rows(user: Option<&CurrentUser>, operation: Operation) -> Rows<Self> {
        let Some(user) = user else { return Rows::when("published", paper::Column::IsPublished.eq(true)) };
        let own = Rows::when("author", paper::Column::Author.eq(&user.id));
        if operation.is_write() { own } else { own.or("published", paper::Column::IsPublished.eq(true)) }
    }
}

/// A private remark on a paper, which only its author sees.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(policy)]
pub struct Remark {
    pub id: Uuid,
    #[resource(filter, sort, search)]
    pub text: String,
    pub writer: String,
    #[resource(belongs_to(paper: Paper, on_delete = "cascade"), filter)]
    pub paper_id: Uuid,
}

impl Policy for Remark {
    fn rows(user: Option<&CurrentUser>, _: Operation) -> Rows<Self> {
        user.map_or_else(Rows::none, |user| Rows::when("writer", remark::Column::Writer.eq(&user.id)))
    }
}

/// The first page of a paper.
#[derive(Clone, Debug, PartialEq, Resource)]
pub struct Cover {
    pub id: i32,
    #[resource(filter)]
    pub picture: String,
    #[resource(belongs_to(paper: Paper, on_delete = "cascade"), unique)]
    pub paper_id: Uuid,
}

/// A word on papers.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(many_to_many(papers: Paper, through = Labelling))]
pub struct Label {
    pub id: i32,
    #[resource(filter, sort)]
    pub word: String,
}

/// A label on a paper; secret ones are hidden from all callers.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(policy)]
pub struct Labelling {
    pub id: i32,
    #[resource(belongs_to(label: Label, on_delete = "cascade"), filter)]
    pub label_id: i32,
    #[resource(belongs_to(paper: Paper, on_delete = "cascade"), filter)]
    pub paper_id: Uuid,
    pub is_secret: bool,
}

impl Policy for Labelling {
    fn rows(_: Option<&CurrentUser>, _: Operation) -> Rows<Self> {
        Rows::when("open", labelling::Column::IsSecret.eq(false))
    }
}

const FEES: &str = "papers:fees";
const ASSIGN: &str = "papers:assign";

fn on_both(test: impl Fn(&TestApp)) {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        println!("on {database:?}");
        test(&TestApp::start_on(database, |app| {
            app.resource::<Paper>().resource::<Remark>().resource::<Label>().resource::<Labelling>().resource::<Cover>()
        }));
    }
}

/// A user with every permission of these resources but those of fields.
fn user(id: &str) -> CurrentUser {
    let names = ["papers", "remarks", "labels", "labellings", "covers"];
    let kinds = ["read", "write", "delete", "admin", "read:self", "write:self", "delete:self"];
    let all = names.iter().flat_map(|name| kinds.iter().map(move |kind| format!("{name}:{kind}")));
    CurrentUser::new(id).with_permissions(all)
}

fn ada(app: &TestApp) -> Caller<'_> {
    app.as_user(user("auth0|ada"))
}

/// What the tests look at: Ada's paper, Bob's published one and Bob's hidden one, whose texts all contain `hidden`.
struct Papers {
    own: Paper,
    open: Paper,
    hidden: Paper,
}

fn fill(app: &TestApp) -> Papers {
    app.block_on(async {
        let papers = paper::Service::as_system(app.ctx());
        let paper = |title: &str, published: bool| paper::Create::new(title).is_published(published).fee(Some(7));
        let own = papers.create_for("auth0|ada", paper("own", false)).await?;
        let open = papers.create_for("auth0|bob", paper("open", true).contract(Some("sealed".into()))).await?;
        let hidden = papers.create_for("auth0|bob", paper("hidden", false).parent_id(Some(own.id))).await?;
        let remarks = remark::Service::as_system(app.ctx());
        for paper in [&own, &open, &hidden] {
            remarks.create(remark::Create::new("mine", "auth0|ada", paper.id)).await?;
            remarks.create(remark::Create::new("hidden", "auth0|bob", paper.id)).await?;
        }
        let covers = cover::Service::as_system(app.ctx());
        covers.create(cover::Create::new("flowers", own.id)).await?;
        covers.create(cover::Create::new("night", hidden.id)).await?;
        let labels = label::Service::as_system(app.ctx());
        let (red, blue) =
            (labels.create(label::Create::new("red")).await?, labels.create(label::Create::new("blue")).await?);
        let labellings = labelling::Service::as_system(app.ctx());
        for (label, paper, secret) in [
            (&red, &own, false),
            (&blue, &own, true),
            (&red, &open, false),
            (&red, &hidden, false),
            (&blue, &hidden, false),
        ] {
            labellings.create(labelling::Create::new(label.id, paper.id, secret)).await?;
        }
        Ok::<_, Error>(Papers { own, open, hidden })
    })
    .expect("rows")
}

/// The hidden paper as it is, read by the system.
fn stored(app: &TestApp, paper: &Paper) -> Paper {
    app.block_on(paper::Service::as_system(app.ctx()).get_by_id(paper.id)).expect("it is there")
}

#[test]
fn no_operation_reaches_a_row_outside_the_policy() {
    on_both(|app| {
        let papers = fill(app);
        let ada = ada(app);
        let spec: &'static ResourceSpec = Paper::spec();
        assert_eq!(spec.operations.len(), 15, "all there are");
        for offered in spec.operations {
            let operation = offered.operation;
            let path = format!("/api/v1/papers{}", operation.path()).replace("{id}", &papers.hidden.id.to_string());
            let body = |operation| match operation {
                Operation::Search => Some(json!({"size": 100})),
                Operation::Create | Operation::SelfCreate => Some(json!({"title": "new"})),
                Operation::BulkCreate => Some(json!([{"title": "new"}])),
                Operation::Update | Operation::SelfUpdate => Some(json!({"title": "stolen"})),
                Operation::Patch | Operation::SelfPatch => Some(json!({"title": "stolen", "isPublished": true})),
                Operation::List
                | Operation::Count
                | Operation::Get
                | Operation::Delete
                | Operation::SelfList
                | Operation::SelfGet
                | Operation::SelfDelete => None,
            };
            let body = body(operation).map(|body: Value| body.to_string().into_bytes());
            let answer = ada.send(operation.method(), &path, &[("content-type", "application/json")], body);
            let what = format!("{operation:?}");
            assert!(!answer.text().contains("hidden"), "{what} shows it: {}", answer.text());
            let named = answer.text().replace(&path, "").contains(&papers.hidden.id.to_string());
            assert!(!named, "{what} names it: {}", answer.text());
            match operation.target() {
                Target::Item => {
                    refused(&answer, 404, "not-found", &what);
                    let missing = path.replace(&papers.hidden.id.to_string(), &Uuid::now_v7().to_string());
                    let of_nothing = ada.send(
                        operation.method(),
                        &missing,
                        &[("content-type", "application/json")],
                        Some(b"{\"title\":\"x\"}".to_vec()),
                    );
                    assert_eq!(
                        without_request(&answer),
                        without_request(&of_nothing),
                        "{what}: as a row that is not there"
                    );
                }
                _ => assert!(answer.status < 300, "{what}: {}", answer.text()),
            }
            if operation == Operation::Count {
                assert_eq!(answer.json()["total"], 2, "{what}");
            }
            assert_eq!(stored(app, &papers.hidden), papers.hidden, "{what} changed it");
        }
        // A published row of another user can be read but not written, and is not among the caller's own rows.
        let open = format!("/api/v1/papers/{}", papers.open.id);
        assert_eq!(ok(ada.get(&open))["title"], "open");
        refused(&ada.patch(&open, json!({"title": "stolen"})), 404, "not-found", "patch");
        refused(&ada.put(&open, json!({"title": "stolen"})), 404, "not-found", "put");
        refused(&ada.delete(&open), 404, "not-found", "delete");
        let patch = |body: &str| {
            ada.send("PATCH", &open, &[("content-type", "application/merge-patch+json")], Some(body.into()))
        };
        refused(&ada.patch(&open, json!({})), 404, "not-found", "a patch of nothing is a write");
        refused(&patch("{}"), 404, "not-found", "and so is a merge patch");
        refused(&ada.get(&format!("/api/v1/papers/self/{}", papers.open.id)), 404, "not-found", "self");
        assert_eq!(stored(app, &papers.open), papers.open);
    });
}

fn without_request(answer: &Answer) -> Value {
    let mut problem = answer.json();
    problem["requestId"] = Value::Null;
    problem["instance"] = Value::Null;
    problem
}

#[test]
fn no_query_reveals_a_row_outside_the_policy() {
    on_both(|app| {
        let papers = fill(app);
        let ada = ada(app);
        // Queries and the titles that they find: no query finds the hidden paper.
        for (query, titles) in [
            ("", vec!["open", "own"]),
            ("title=hidden", vec![]),
            ("title[ne]=own", vec!["open"]),
            ("q=hidden", vec![]),
            ("sort=-title", vec!["own", "open"]),
            ("count=estimated", vec!["open", "own"]),
            ("page=2&size=1", vec!["own"]),
            // Through relations: the revision of Ada's paper is hidden, Bob's remarks and secret labels are too.
            ("revisions.title=hidden", vec![]),
            ("parent.title=own", vec![]),
            ("remarks.text=hidden", vec![]),
            ("remarks.text=mine", vec!["open", "own"]),
            ("remarks.text[ne]=mine", vec![]),
            ("labels.word=blue", vec![]),
            ("labels.word=red", vec!["open", "own"]),
            ("cover.picture=flowers", vec!["own"]),
            ("cover.picture[ne]=flowers", vec!["open"]),
            ("cover.picture=night", vec![]),
        ] {
            let page = ok(ada.get(&format!("/api/v1/papers?{query}")));
            assert_eq!(column(&page, "title"), titles, "{query}");
            let plain = query.is_empty() || !["sort", "count", "page"].iter().any(|word| query.starts_with(word));
            if plain {
                assert_eq!(page["total"], titles.len(), "{query}");
                assert_eq!(ok(ada.get(&format!("/api/v1/papers/count?{query}")))["total"], titles.len(), "{query}");
            }
        }
        let none = json!({"filter": {"not": {"revisions": {"title": "hidden"}}}});
        assert_eq!(ok(ada.post("/api/v1/papers/search", none))["total"], 2, "nor by negation");
        let next = ok(ada.get("/api/v1/papers?size=1"))["next"].as_str().unwrap_or_default().to_owned();
        let second = ok(ada.get(&format!("/api/v1/papers?size=1&after={next}")));
        assert_eq!(
            (column(&second, "title"), &second["next"], &second["total"]),
            (vec![json!("own")], &Value::Null, &json!(2))
        );

        let own = ok(ada.get(&format!("/api/v1/papers/{}?include=remarks,revisions,labels.papers", papers.own.id)));
        assert_eq!(column(&own["remarks"], "text"), ["mine"]);
        let covers = ok(ada.get("/api/v1/papers?include=cover&fields=title"));
        assert_eq!(
            (&covers["items"][0]["cover"], &covers["items"][1]["cover"]["picture"]),
            (&Value::Null, &json!("flowers"))
        );
        assert_eq!(own["revisions"], json!({"items": [], "more": false}));
        assert_eq!(column(&own["labels"], "word"), ["red"], "a secret labelling joins nothing");
        assert_eq!(column(&own["labels"]["items"][0]["papers"], "title"), ["open", "own"]);
        let labels = ok(ada.get("/api/v1/labels?include=papers&sort=word"));
        assert_eq!(labels["items"][0]["papers"]["items"], json!([]), "blue");
        assert_eq!(ok(ada.get("/api/v1/labels?papers.title=hidden"))["total"], 0);
        let remarks = ok(ada.get("/api/v1/remarks?include=paper"));
        assert_eq!(remarks["total"], 3, "the caller still sees their own remarks on a hidden paper");
        let shown: Vec<&Value> =
            remarks["items"].as_array().into_iter().flatten().filter(|row| row["paper"].is_null()).collect();
        assert_eq!(shown.len(), 1, "and the paper is not shown with them");
        assert!(!remarks.to_string().contains("\"hidden\""));
        let reader = app.as_user(CurrentUser::new("auth0|ada").with_permissions(["papers:read", "labels:read"]));
        refused(
            &reader.get("/api/v1/papers?include=labels"),
            403,
            "insufficient-scope",
            "what joins two must be readable too",
        );
    });
}

#[test]
fn a_write_cannot_put_a_row_outside_the_policy() {
    on_both(|app| {
        let papers = fill(app);
        let assigner = app.as_user(user("auth0|ada").with_permissions([ASSIGN]));
        let own = format!("/api/v1/papers/{}", papers.own.id);
        let for_bob = json!({"title": "gift", "author": "auth0|bob"});
        for (answer, what) in [
            (assigner.post("/api/v1/papers", &for_bob), "create"),
            (assigner.post("/api/v1/papers/bulk", json!([{"title": "mine"}, for_bob])), "bulk"),
            (assigner.patch(&own, json!({"author": "auth0|bob"})), "patch"),
            (assigner.put(&own, &for_bob), "update"),
        ] {
            refused(&answer, 403, "outside-policy", what);
        }
        assert_eq!(stored(app, &papers.own), papers.own, "rolled back");
        assert_eq!(app.block_on(paper::Service::as_system(app.ctx()).count(Query::new())).expect("a count"), 3);
        let created = created(assigner.post("/api/v1/papers", json!({"title": "given", "author": "auth0|ada"})));
        assert_eq!(created["author"], "auth0|ada");
    });
}

#[test]
fn fields_require_their_own_permissions() {
    on_both(|app| {
        let papers = fill(app);
        let (ada, clerk) = (ada(app), app.as_user(user("auth0|ada").with_permissions([FEES])));
        let (own, open) = (format!("/api/v1/papers/{}", papers.own.id), format!("/api/v1/papers/{}", papers.open.id));
        let shown = ok(ada.get(&own));
        assert!(shown.get("fee").is_none() && shown.get("contract").is_none(), "{shown}");
        assert_eq!(ok(clerk.get(&own))["fee"], 7);
        for query in ["fee=7", "fee[gt]=1", "fee[isNull]=false", "sort=fee", "sort=-fee", "fields=fee", "contract=x"] {
            let answer = ada.get(&format!("/api/v1/papers?{query}"));
            refused(&answer, 403, "insufficient-scope", query);
            assert!(answer.text().contains(FEES), "{query}: {}", answer.text());
            ok(clerk.get(&format!("/api/v1/papers?{query}")));
        }
        for body in [
            json!({"filter": {"fee": 7}}),
            json!({"filter": {"or": [{"not": {"fee": 7}}]}}),
            json!({"sort": ["fee"]}),
            json!({"fields": ["fee"]}),
        ] {
            refused(&ada.post("/api/v1/papers/search", &body), 403, "insufficient-scope", &body.to_string());
        }
        refused(&ada.get("/api/v1/papers?parent.fee=7"), 403, "insufficient-scope", "through a relation too");
        assert_eq!(ok(ada.get("/api/v1/papers?q=sealed"))["total"], 0, "words are not looked for there");
        assert_eq!(ok(clerk.get("/api/v1/papers?q=sealed"))["total"], 1);
        let included = ok(ada.get("/api/v1/labels?include=papers&word=red"));
        assert!(!included.to_string().contains("fee"), "{included}");
        refused(&ada.post("/api/v1/papers", json!({"title": "x", "fee": 1})), 403, "insufficient-scope", "create");
        refused(
            &ada.post("/api/v1/papers/bulk", json!([{"title": "x"}, {"title": "y", "fee": 1}])),
            403,
            "insufficient-scope",
            "bulk",
        );
        refused(&ada.patch(&own, json!({"fee": null})), 403, "insufficient-scope", "patch");
        refused(&ada.put(&own, json!({"title": "x", "fee": 1})), 403, "insufficient-scope", "put");
        refused(&ada.patch(&own, json!({"author": "auth0|bob"})), 403, "insufficient-scope", "the owner");
        refused(
            &ada.patch(&own, json!({"fee": 1, "nonsense": 1})),
            422,
            "validation-error",
            "what is no field comes first",
        );
        refused(&ada.patch(&own, json!({"fee": 1, "title": ""})), 403, "insufficient-scope", "rules come last");
        assert_eq!(ok(ada.put(&own, json!({"title": "renamed"})))["title"], "renamed");
        assert_eq!(ok(clerk.get(&own))["fee"], 7, "a PUT leaves alone what its caller may not write");
        let sealed = format!("/api/v1/papers/{}", {
            let paper = paper::Create::new("sealed").contract(Some("secret".into()));
            app.block_on(paper::Service::as_system(app.ctx()).create_for("auth0|ada", paper)).expect("a paper").id
        });
        assert!(ok(ada.put(&sealed, json!({"title": "sealed"}))).get("contract").is_none());
        assert_eq!(ok(clerk.get(&sealed))["contract"], "secret", "nor a field that they cannot read");
        let put = ok(clerk.put(&own, json!({"title": "own"})));
        assert_eq!(put["fee"], Value::Null, "and clears what they may write");
        assert_eq!(created(clerk.post("/api/v1/papers/self", json!({"title": "x", "fee": 1})))["fee"], 1);
        let out = ok(ada.get(&open));
        assert_eq!((&out["length"], &out["shout"]), (&json!(4), &json!("OPEN")), "computed fields");
        assert_eq!(ok(ada.get(&format!("{open}?fields=shout"))), json!({"shout": "OPEN"}));
        assert_eq!(ok(ada.get(&own))["shout"], Value::Null);
        refused(
            &ada.post("/api/v1/papers", json!({"title": "x", "length": 1})),
            422,
            "validation-error",
            "no caller may write them",
        );
    });
}

#[test]
fn the_openapi_document_shows_permissions_of_fields() {
    let app = TestApp::start_on(TestDatabase::Sqlite, |app| {
        let app = app.resource::<Paper>().resource::<Remark>().resource::<Label>();
        app.resource::<Labelling>().resource::<Cover>()
    });
    let document: Value = app.anonymous().get("/openapi.json").json();
    let of = |schema: &str, field: &str| document["components"]["schemas"][schema]["properties"][field].clone();
    let (shown, taken) = (of("Paper", "fee"), of("PaperCreate", "fee"));
    assert_eq!((&shown["x-permissions"], &taken["x-permissions"]), (&json!([FEES]), &json!([FEES])));
    assert!(shown["description"].as_str().is_some_and(|text| text.contains(FEES)), "{shown}");
    assert_eq!(of("PaperCreate", "author")["x-permissions"], json!([ASSIGN]));
    let required = document["components"]["schemas"]["Paper"]["required"].clone();
    let required = |field: &str| required.as_array().is_some_and(|names| names.contains(&json!(field)));
    assert!(required("title") && required("length") && !required("fee") && !required("remarks"));
    assert_eq!(of("Paper", "length")["readOnly"], true);
}

#[test]
fn typed_code_loads_relations_within_the_policy() {
    on_both(|app| {
        let papers = fill(app);
        app.block_on(async {
            let service = paper::Service::as_user(app.ctx(), user("auth0|ada"));
            let page = service.list(Query::new()).await?;
            let with = service.load_related_page(page, paper::relations::REMARKS).await?;
            let texts: Vec<_> =
                with.items.iter().map(|(paper, remarks)| (paper.title.as_str(), remarks.len())).collect();
            assert_eq!(texts, [("open", 1), ("own", 1)]);
            let labels = service.load_related(vec![papers.own.clone()], paper::relations::LABELS).await?;
            assert_eq!(labels[0].1.iter().map(|label| label.word.as_str()).collect::<Vec<_>>(), ["red"]);
            let system = paper::Service::as_system(app.ctx());
            let parents =
                system.load_related(vec![papers.hidden.clone(), papers.own.clone()], paper::relations::PARENT).await?;
            assert_eq!(
                parents.iter().map(|(_, parent)| parent.as_ref().map(|paper| paper.id)).collect::<Vec<_>>(),
                [Some(papers.own.id), None]
            );
            assert_eq!(
                system.load_related(vec![papers.own.clone()], paper::relations::REVISIONS).await?[0].1,
                std::slice::from_ref(&papers.hidden)
            );
            assert!(service.get_by_id(papers.hidden.id).await.is_err_and(|error| error.status() == 404));
            assert_eq!(service.count(Query::new().filter(paper::Column::Title.eq("hidden"))).await?, 0);
            Ok::<_, Error>(())
        })
        .expect("it loads");
    });
}
