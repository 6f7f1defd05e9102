//! Relations over HTTP: filters through relations, included rows, and the number of statements that they need.

use resourceful::prelude::*;
use resourceful::sea_orm::{EntityTrait, QueryOrder, QuerySelect};
use resourceful::serde_json::{Value, json};
use resourceful::testing::{Caller, TestApp};

use crate::resources::project as projects;
use crate::support::{ada, column, created, ok, on_both, refused, user};

/// Three projects: `a` with two tasks, `b` with one, `c` with none; `c` is Bob's.
fn fill(app: &TestApp) -> [String; 3] {
    let (ada, bob) = (ada(app), app.as_user(CurrentUser { email: Some("bob@b.io".into()), ..user("auth0|bob") }));
    let project =
        |caller: &Caller<'_>, name: &str| text(&created(caller.post("/api/v1/projects", json!({"name": name})))["id"]);
    let ids = [project(&ada, "a"), project(&ada, "b"), project(&bob, "c")];
    for (project, title, status, priority) in
        [(&ids[0], "x", "open", 1), (&ids[0], "y", "finished", 5), (&ids[1], "z", "open", 5)]
    {
        let task = json!({"projectId": project, "title": title, "status": status, "priority": priority});
        created(ada.post("/api/v1/tasks", task));
    }
    ids
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[test]
fn filters_follow_relations() {
    // The query of GET, the same query in a body, and the names of the expected projects.
    let cases: Vec<(&str, Value, &[&str])> = vec![
        ("owner.email=bob@b.io", json!({"owner.email": "bob@b.io"}), &["c"]),
        ("owner.email[ne]=bob@b.io", json!({"owner": {"email": {"ne": "bob@b.io"}}}), &["a", "b"]),
        ("owner.email[isNull]=true", json!({"owner.email": null}), &["a", "b"]),
        ("tasks.status=open", json!({"tasks": {"status": "open"}}), &["a", "b"]),
        ("tasks.status=open&tasks.priority=5", json!({"tasks": {"status": "open", "priority": 5}}), &["b"]),
        ("tasks.status=open&tasks.priority=5", json!({"tasks.status": "open", "tasks.priority": 5}), &["b"]),
        ("tasks.status[ne]=open", json!({"tasks": {"not": {"status": "open"}}}), &["a"]),
        ("tasks.title[in]=x,z&name[ne]=b", json!({"tasks.title": {"in": ["x", "z"]}, "name": {"ne": "b"}}), &["a"]),
    ];
    let bodies: Vec<(Value, &[&str])> = vec![
        (json!({"not": {"tasks": {"status": "open"}}}), &["c"]),
        (json!({"or": [{"tasks.title": "z"}, {"owner.email": "bob@b.io"}]}), &["b", "c"]),
        (json!({"and": [{"tasks.status": "open"}, {"tasks.priority": 5}]}), &["a", "b"]),
        (json!({"tasks": {"or": [{"title": "y"}, {"title": "z"}]}}), &["a", "b"]),
    ];
    on_both(|app| {
        fill(app);
        let ada = ada(app);
        let search =
            |filter: &Value| ok(ada.post("/api/v1/projects/search", json!({"filter": filter, "sort": ["name"]})));
        for (query, filter, names) in &cases {
            let page = ok(ada.get(&format!("/api/v1/projects?sort=name&{query}")));
            assert_eq!(column(&page, "name"), *names, "{query}");
            assert_eq!(column(&search(filter), "name"), *names, "{filter}");
            let count = ok(ada.get(&format!("/api/v1/projects/count?{query}")));
            assert_eq!(count["total"], names.len(), "{query}");
        }
        for (filter, names) in &bodies {
            assert_eq!(column(&search(filter), "name"), *names, "{filter}");
        }
        let member = ok(ada.get("/api/v1/members?projects.tasks.title=z"));
        assert_eq!(column(&member, "id"), ["auth0|ada"], "two relations away");
        let reader = app.as_user(CurrentUser::new("auth0|eve").with_permissions(["projects:read"]));
        for query in ["owner.email=x", "tasks.title=x", "include=owner", "include=tasks", "owner.email=x&nonsense=1"] {
            refused(&reader.get(&format!("/api/v1/projects?{query}")), 403, "insufficient-scope", query);
        }
        let denied = reader.get("/api/v1/projects?include=tasks");
        assert!(denied.header("www-authenticate").is_some_and(|value| value.contains("scope=\"tasks:read\"")));
    });
}

#[test]
fn included_rows_are_returned_with_each_row() {
    on_both(|app| {
        let [a, _, c] = fill(app);
        let ada = ada(app);
        let page = ok(ada.get("/api/v1/projects?sort=name&include=owner,tasks"));
        let tasks = |page: &Value, at: usize| -> Vec<Value> { column(&page["items"][at]["tasks"], "title") };
        assert_eq!(
            column(&page, "owner").iter().map(|owner| text(&owner["id"])).collect::<Vec<_>>(),
            ["auth0|ada", "auth0|ada", "auth0|bob"]
        );
        // Tasks have their own default order: the newest first.
        assert_eq!(
            (tasks(&page, 0), tasks(&page, 1), tasks(&page, 2)),
            (vec![json!("y"), json!("x")], vec![json!("z")], vec![])
        );
        assert_eq!(page["items"][0]["tasks"]["more"], false);
        assert!(page["items"][0]["owner"].get("secret").is_none() && page["items"][0].get("pin").is_none());

        let deep = ok(ada.get("/api/v1/tasks?include=project.owner&project.name=a&sort=title"));
        assert_eq!(deep["items"][0]["project"]["owner"]["id"], "auth0|ada");
        let one = ok(ada.get(&format!("/api/v1/projects/{a}?include=tasks.project&fields=name")));
        assert_eq!(one["tasks"]["items"][0]["project"]["id"], json!(a));
        assert_eq!(
            one.as_object().map(|row| row.keys().cloned().collect::<Vec<_>>()),
            Some(vec!["name".into(), "tasks".into()])
        );
        let own = ok(ada.get("/api/v1/projects/self?include=owner&fields=id,name&count=none"));
        assert_eq!(own["items"].as_array().map(Vec::len), Some(2));
        assert!(own["items"][0].get("createdAt").is_none() && own["items"][0]["owner"]["id"] == "auth0|ada");
        let search = json!({"include": ["owner"], "fields": ["name"], "filter": {"name": "c"}});
        assert_eq!(
            ok(ada.post("/api/v1/projects/search", search))["items"],
            json!([{"name": "c", "owner": ok(ada.get("/api/v1/members/auth0%7Cbob"))}])
        );
        let empty = ok(ada.get("/api/v1/stages?include=parent"));
        assert_eq!(empty["items"], json!([]));
        let stage = created(ada.post("/api/v1/stages", json!({"label": "root"})));
        created(ada.post("/api/v1/stages", json!({"label": "leaf", "parentId": stage["id"]})));
        let stages = ok(ada.get("/api/v1/stages?include=parent.parent&sort=label"));
        assert_eq!(
            (
                &stages["items"][0]["parent"]["label"],
                &stages["items"][0]["parent"]["parent"],
                &stages["items"][1]["parent"]
            ),
            (&json!("root"), &Value::Null, &Value::Null)
        );
        refused(&ada.get(&format!("/api/v1/projects/{c}?include=nobody")), 400, "unknown-include", "on a row too");
    });
}

#[test]
fn the_number_of_statements_does_not_depend_on_the_number_of_rows() {
    on_both(|app| {
        let [a, ..] = fill(app);
        let ada = ada(app);
        let statements = |path: &str| {
            let before = app.ctx().statements();
            ok(ada.get(path));
            app.ctx().statements() - before
        };
        let paths = [
            ("/api/v1/projects?count=none", 1),
            ("/api/v1/projects?count=none&include=owner", 2),
            ("/api/v1/projects?count=none&include=owner,tasks", 3),
            ("/api/v1/projects?count=none&include=tasks.project", 3),
            ("/api/v1/projects?include=owner,tasks.project", 4),
            ("/api/v1/projects?owner.email[isNull]=true&tasks.status=open&count=none", 1),
        ];
        for round in 0..2 {
            for (path, expected) in paths {
                assert_eq!(statements(path), expected, "{path}, round {round}");
            }
            assert_eq!(statements(&format!("/api/v1/projects/{a}?include=owner,tasks")), 3);
            for number in 0..15 {
                let project = created(ada.post("/api/v1/projects", json!({"name": format!("more {number}")})));
                created(ada.post("/api/v1/tasks", json!({"projectId": project["id"], "title": "t"})));
            }
        }
        assert_eq!(statements("/api/v1/projects?size=5&count=exact"), 2, "a full page is counted");
        let more: Vec<Value> = (0..100).map(|number| json!({"name": format!("many {number}")})).collect();
        created(ada.post("/api/v1/projects/bulk", more));
        assert_eq!(statements("/api/v1/projects?size=100&count=none&include=owner,tasks"), 3, "a hundred rows");
    });
}

#[test]
fn an_include_shows_at_most_a_hundred_rows() {
    on_both(|app| {
        let [a, b, _] = fill(app);
        let ada = ada(app);
        for _ in 0..2 {
            let tasks: Vec<Value> =
                (0..50).map(|number| json!({"projectId": a, "title": format!("t{number}")})).collect();
            created(ada.post("/api/v1/tasks/bulk", tasks));
        }
        let page = ok(ada.get("/api/v1/projects?include=tasks&sort=name"));
        let tasks = &page["items"][0]["tasks"];
        assert_eq!((tasks["items"].as_array().map(Vec::len), &tasks["more"]), (Some(100), &json!(true)));
        assert_eq!(page["items"][1]["tasks"]["more"], false, "each parent has its own hundred: {b}");
    });
}

#[test]
fn cursors_visit_every_row_once() {
    on_both(|app| {
        let ada = ada(app);
        let due = |number: i32| (number % 3 != 0).then(|| format!("2026-01-{:02}T00:00:00Z", number % 7 + 1));
        let items: Vec<Value> =
            (1..=45).map(|number| json!({"name": format!("P{:02}", number % 20), "dueDate": due(number)})).collect();
        created(ada.post("/api/v1/projects/bulk", items));
        for sort in [
            "name",
            "-name",
            "dueDate",
            "-dueDate",
            "dueDate,-name",
            "-dueDate,name",
            "-dueDate,-name",
            "id",
            "-createdAt",
        ] {
            let all = column(&ok(ada.get(&format!("/api/v1/projects?size=100&sort={sort}"))), "id");
            let (mut walked, mut after, mut pages) = (Vec::new(), String::new(), 0);
            loop {
                let path = format!("/api/v1/projects?size=7&sort={sort}&name[ne]=none{after}");
                let page = ok(ada.get(&path));
                assert_eq!(page["total"], 45, "{path}");
                assert_eq!(page.get("page").is_some(), after.is_empty(), "{path}");
                walked.extend(column(&page, "id"));
                pages += 1;
                let Some(next) = page["next"].as_str() else { break };
                after = format!("&after={next}");
            }
            assert_eq!((walked, pages), (all, 7), "{sort}");
        }
        let list = "/api/v1/projects?size=2&sort=name";
        let next = text(&ok(ada.get(list))["next"]);
        let searched = ok(ada.post("/api/v1/projects/search", json!({"size": 2, "sort": ["name"], "after": next})));
        assert_eq!(
            searched["items"],
            ok(ada.get(&format!("{list}&after={next}")))["items"],
            "GET and search share cursors"
        );
        let bob = app.as_user(user("auth0|bob"));
        let changed = format!("{}{}", if next.starts_with('A') { "B" } else { "A" }, &next[1..]);
        for (caller, path, what) in [
            (&ada, format!("/api/v1/projects?size=2&sort=-name&after={next}"), "another order"),
            (&ada, format!("{list}&isActive=true&after={next}"), "another filter"),
            (&ada, format!("{list}&q=P&after={next}"), "words"),
            (&ada, format!("/api/v1/projects/self?size=2&sort=name&after={next}"), "own rows"),
            (&ada, format!("/api/v1/members?after={next}"), "another resource"),
            (&bob, format!("{list}&after={next}"), "another caller"),
            (&ada, format!("{list}&after={changed}"), "changed"),
            (&ada, format!("{list}&after={}", &next[..next.len() - 4]), "cut"),
            (&ada, format!("{list}&after={}", "A".repeat(60_000)), "64 KiB"),
        ] {
            refused(&caller.get(&path), 400, "invalid-cursor", what);
        }
        let answer = ada.post("/api/v1/projects/search", json!({"after": next}));
        refused(&answer, 400, "invalid-cursor", "a body of another order");
        assert_eq!(crate::support::field_errors(&answer)[0].0, "/after");
        let bigger = ok(ada.get(&format!("/api/v1/projects?size=50&sort=name&after={next}")));
        assert_eq!(bigger["items"].as_array().map(Vec::len), Some(43), "the size of a page is free");
        assert!(!next.contains("UDAw") && next.len() < 300, "nothing can be read in a cursor: {next}");
        let typed = app.block_on(async {
            let service = crate::resources::project::Service::as_system(app.ctx());
            let first = service.list(Query::new().sort("name").size(2)).await?;
            let cursor = first.next.clone().unwrap_or_default();
            service.list(Query::new().sort("name").size(50).after(cursor)).await
        });
        assert_eq!(typed.expect("a page").items.len(), 43);
    });
}

#[test]
fn counts_can_be_estimated() {
    on_both(|app| {
        let ada = ada(app);
        let sql = "INSERT INTO projects (id, name, is_active, owner_id, created_at, updated_at) SELECT md5(n::text)::uuid, 'p' || n, true, 'auth0|ada', now(), now() FROM generate_series(1, 30000) n";
        created(ada.post("/api/v1/projects", json!({"name": "one"})));
        let few = ok(ada.get("/api/v1/projects?count=estimated&size=1"));
        assert_eq!((&few["total"], &few["pages"]), (&json!(1), &json!(1)), "few rows are counted");
        if app.ctx().backend() != resourceful::sea_orm::DbBackend::Postgres {
            return;
        }
        use resourceful::sea_orm::ConnectionTrait;
        app.block_on(async {
            let db = app.ctx().db();
            db.execute_unprepared(sql).await.expect("rows");
            db.execute_unprepared("ANALYZE projects").await.expect("statistics");
        });
        let total = |query: &str| {
            ok(ada.get(&format!("/api/v1/projects?count=estimated&size=1{query}")))["total"]
                .as_u64()
                .unwrap_or_default()
        };
        assert!((25_000..=35_000).contains(&total("")), "{}", total(""));
        assert_eq!(total("&name=p7"), 1, "of the caller's own filters");
        assert_eq!(
            ok(app.as_user(user("auth0|bob")).get("/api/v1/projects/self?count=estimated"))["total"],
            0,
            "and of their own rows"
        );
        let deep = ok(ada.get("/api/v1/projects?sort=name&page=2900&size=10&count=none"));
        let near = ok(ada.post(
            "/api/v1/projects/search",
            json!({"sort": ["name"], "size": 10, "filter": {"name": {"in": column(&deep, "name")}}}),
        ));
        assert_eq!(deep["items"], near["items"], "a deep page is a page");
        // Whichever way of reading is used, the pages are the same as with one statement.
        for page in [51, 100, 799, 800, 801, 1_999, 2_000, 2_001, 2_900] {
            let rows = projects::Entity::find()
                .order_by_desc(projects::Column::Name)
                .order_by_desc(projects::Column::Id)
                .offset((page - 1) * 10)
                .limit(10);
            let rows = app.block_on(rows.all(app.ctx().db())).expect("rows");
            let names: Vec<Value> = rows.into_iter().map(|row| json!(row.name)).collect();
            for count in ["exact", "none"] {
                let page = ok(ada.get(&format!("/api/v1/projects?sort=-name&page={page}&size=10&count={count}")));
                assert_eq!(column(&page, "name"), names, "{page}");
            }
        }
        // 30,001 rows; the last pages are counted from the end.
        for (page, items, more) in
            [(2900, 10, true), (2999, 10, true), (3000, 10, true), (3001, 1, false), (3002, 0, false)]
        {
            let path = format!("/api/v1/projects?sort=name,-createdAt&page={page}&size=10");
            let (counted, plain) = (ok(ada.get(&path)), ok(ada.get(&format!("{path}&count=none"))));
            assert_eq!(counted["items"], plain["items"], "{page}");
            assert_eq!(counted["items"].as_array().map(Vec::len), Some(items), "{page}");
            assert_eq!(
                (&counted["total"], counted["next"].is_string(), plain["next"].is_string()),
                (&json!(30_001), more, more),
                "{page}"
            );
        }
    });
}
