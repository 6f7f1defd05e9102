//! A server that keeps answers gives the same answers as one that does not, after every kind of write, to every caller.

use std::collections::BTreeSet;

use resourceful::prelude::*;
use resourceful::sea_orm::ConnectionTrait;
use resourceful::serde_json::{Value, json};
use resourceful::testing::{Answer, Caller, TestApp, TestDatabase};

use super::{Plan, Topic, forgetting, keeping, plan, topic, user};
use crate::support::created;

/// The reads that are compared; `{plan}` and `{step}` are ids.
const READS: &[&str] = &[
    "cached-members",
    "cached-members/count",
    "cached-members/self",
    "cached-plans",
    "cached-plans?size=50&include=owner,steps,topics,parent",
    "cached-plans?size=50&include=topics,parent.steps&fields=id,name",
    "cached-plans?size=50&count=none&sort=-name&q=a",
    "cached-plans?size=50&owner.name[icontains]=a&fields=name",
    "cached-plans?parent.name[isNull]=false",
    "cached-plans?secret[isNull]=false",
    "cached-plans/count",
    "cached-plans/count?q=s",
    "cached-plans/self?size=50",
    "cached-plans/{plan}",
    "cached-plans/{plan}?include=steps,topics",
    "cached-plans/self/{plan}?fields=name",
    "cached-steps?size=50",
    "cached-steps/count",
    "cached-steps/{step}?include=plan",
    "cached-entries?size=100",
    "cached-entries/count",
    "cached-topics",
    "cached-plan-topics?include=topic",
];

struct World<'a> {
    keeping: &'a TestApp,
    forgetting: &'a TestApp,
    users: Vec<CurrentUser>,
    plans: Vec<String>,
    steps: Vec<i64>,
    topics: Vec<String>,
    random: u64,
    compared: BTreeSet<u16>,
}

impl World<'_> {
    fn below(&mut self, end: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        usize::try_from(self.random % end as u64).expect("a small number")
    }

    fn one_of(&mut self, ids: fn(&Self) -> &[String]) -> String {
        let count = ids(self).len();
        match count {
            0 => Uuid::nil().to_string(),
            count => {
                let place = self.below(count);
                ids(self)[place].clone()
            }
        }
    }

    fn plan(&mut self) -> String {
        self.one_of(|world| &world.plans)
    }

    fn callers<'b>(&self, app: &'b TestApp) -> Vec<Caller<'b>> {
        self.users.iter().map(|user| app.as_user(user.clone())).chain([app.anonymous()]).collect()
    }

    /// Compares every read of every caller.
    fn compare(&mut self, after: &str) {
        let (plan, place) = (self.plan(), self.below(self.steps.len().max(1)));
        let step = self.steps.get(place).copied().unwrap_or(1);
        let callers = [self.callers(self.keeping), self.callers(self.forgetting)];
        // Two callers after each write, in turn: the others have answers from before it.
        let skipped = self.below(2);
        for read in READS {
            let path = format!("/api/v1/{read}").replace("{plan}", &plan).replace("{step}", &step.to_string());
            for (place, (one, other)) in callers[0].iter().zip(&callers[1]).enumerate().skip(skipped).step_by(2) {
                let (kept, fresh) = (one.get(&path), other.get(&path));
                assert_eq!(shown(&kept), shown(&fresh), "after {after}: {path} for caller {place}");
                self.compared.insert(kept.status);
            }
        }
    }

    /// One write, by its number. Returns what it was.
    fn write(&mut self, kind: usize) -> String {
        let caller = self.below(2);
        let caller = self.keeping.as_user(self.users[caller].clone());
        let name = format!("{}{}", ["alpha", "beta", "gas", "sigma"][self.below(4)], self.below(1_000_000));
        let plan = self.plan();
        let (answer, what) = match kind {
            0 => (caller.post("/api/v1/cached-plans", json!({"name": name, "secret": "s1"})), "create"),
            1 => {
                let items = json!([{"name": name}, {"name": format!("{name}x"), "parentId": plan}]);
                (caller.post("/api/v1/cached-plans/bulk", items), "bulk")
            }
            2 => (caller.put(&format!("/api/v1/cached-plans/{plan}"), json!({"name": name})), "update"),
            3 => (caller.patch(&format!("/api/v1/cached-plans/{plan}"), json!({"secret": name})), "patch"),
            4 => {
                let body = json!({"settings": {"a": {"b": name}}}).to_string().into_bytes();
                let kind = [("content-type", "application/merge-patch+json")];
                (caller.send("PATCH", &format!("/api/v1/cached-plans/{plan}"), &kind, Some(body)), "merge")
            }
            5 => (caller.post("/api/v1/cached-steps", json!({"planId": plan, "title": name})), "create with hooks"),
            6 => (caller.post("/api/v1/cached-topics", json!({"name": name, "tenant": "one"})), "create of a topic"),
            7 => {
                let topic = self.one_of(|world| &world.topics);
                (caller.post("/api/v1/cached-plan-topics", json!({"planId": plan, "topicId": topic})), "join")
            }
            8 => (caller.post("/api/v1/cached-plans/self", json!({"name": name})), "self create"),
            9 => (caller.patch(&format!("/api/v1/cached-plans/self/{plan}"), json!({"name": name})), "self patch"),
            10 => {
                let topic = self.one_of(|world| &world.topics);
                (caller.delete(&format!("/api/v1/cached-topics/{topic}")), "delete through a joining table")
            }
            11 => (caller.delete(&format!("/api/v1/cached-plans/{plan}")), "delete with cascade and set_null"),
            12 => (caller.delete(&format!("/api/v1/cached-plans/self/{plan}")), "self delete"),
            13 => {
                let place = self.below(self.steps.len().max(1));
                let step = self.steps.get(place).copied().unwrap_or(1);
                (caller.patch(&format!("/api/v1/cached-steps/{step}"), json!({"title": name})), "patch under a policy")
            }
            14 => {
                let newcomer = user(&name, "one", &[]);
                let answer = self.keeping.as_user(newcomer).post("/api/v1/cached-plans", json!({"name": name}));
                (answer, "create by a new caller, for whom a row is made")
            }
            15 => (
                caller.patch(&format!("/api/v1/cached-members/{}", self.users[0].id), json!({"name": name})),
                "patch of a member",
            ),
            _ => return self.typed_write(kind, &name, &plan),
        };
        self.note(&answer);
        format!("{what} ({})", answer.status)
    }

    /// A write of typed code.
    fn typed_write(&mut self, kind: usize, name: &str, plan: &str) -> String {
        let app = self.keeping;
        let id: Uuid = plan.parse().expect("an id");
        let owner = self.users[0].id.clone();
        let outcome = match kind {
            16 => app.block_on(async {
                let done = plan::Service::as_system(app.ctx()).create_for(&owner, plan::Create::new(name)).await;
                done.map(|_| ()).map_err(|error| error.slug().to_owned())
            }),
            17 => app.block_on(async {
                let done = app.ctx().transaction(async |tx| {
                    plan::Service::as_system(&tx).patch(id, plan::Patch::new().name(name)).await?;
                    let topic = topic::Service::as_system(&tx).create(topic::Create::new(name, "two")).await?;
                    super::plan_topic::Service::as_system(&tx)
                        .create(super::plan_topic::Create::new(id, topic.id))
                        .await
                        .map(drop)
                });
                done.await.map_err(|error| error.slug().to_owned())
            }),
            18 => app.block_on(async {
                let done: Result<()> = app
                    .ctx()
                    .transaction(async |tx| {
                        plan::Service::as_system(&tx).delete(id).await?;
                        Err(Error::conflict("never-mind", "It is rolled back"))
                    })
                    .await;
                done.map_err(|error| error.slug().to_owned())
            }),
            19 => app.block_on(async {
                let sql = format!("UPDATE cached_plans SET name = 'sql {name}' WHERE parent_id IS NOT NULL AND name = (SELECT MIN(name) FROM cached_plans)");
                app.ctx().db().execute_unprepared(&sql).await.expect("own SQL");
                app.ctx().changed::<Plan>().await;
                Ok(())
            }),
            _ => app.block_on(async {
                let done: Result<()> = app
                    .ctx()
                    .transaction(async |tx| {
                        tx.execute_unprepared(&format!("UPDATE cached_topics SET name = 'sql {name}'")).await?;
                        tx.changed::<Topic>();
                        Ok(())
                    })
                    .await;
                done.map_err(|error| error.slug().to_owned())
            }),
        };
        format!("typed write {kind} ({outcome:?})")
    }

    /// Remembers the ids of new rows.
    fn note(&mut self, answer: &Answer) {
        if answer.status != 201 {
            return;
        }
        let rows = match answer.json() {
            Value::Array(rows) => rows,
            row => vec![row],
        };
        for row in rows {
            match (row["id"].as_i64(), row["id"].as_str()) {
                (Some(id), _) => self.steps.push(id),
                (_, Some(id)) if row.get("tenant").is_some() => self.topics.push(id.to_owned()),
                (_, Some(id)) if row.get("ownerId").is_some() => self.plans.push(id.to_owned()),
                _ => {}
            }
        }
        // Ids of deleted rows stay among them: reads of missing rows are compared too.
        for ids in [&mut self.plans, &mut self.topics] {
            let surplus = ids.len().saturating_sub(5);
            ids.drain(..surplus);
        }
        let surplus = self.steps.len().saturating_sub(5);
        self.steps.drain(..surplus);
    }
}

/// What two servers must agree in. Cursors are encrypted with each server's own key, and request ids differ.
fn shown(answer: &Answer) -> (u16, Value) {
    let mut body = answer.json();
    if let Some(body) = body.as_object_mut() {
        body.remove("requestId");
        if let Some(next) = body.get_mut("next") {
            *next = Value::Bool(!next.is_null());
        }
    }
    (answer.status, body)
}

/// How many random writes are made besides one of each kind.
fn steps() -> usize {
    std::env::var("CACHE_STEPS").ok().and_then(|text| text.parse().ok()).unwrap_or(8)
}

#[test]
fn every_write_ends_the_answers_that_it_changes_on_sqlite() {
    compare_after_writes(TestDatabase::Sqlite);
}

#[test]
fn every_write_ends_the_answers_that_it_changes_on_postgres() {
    compare_after_writes(TestDatabase::Postgres);
}

fn compare_after_writes(database: TestDatabase) {
    let keeping = keeping(database);
    let forgetting = forgetting(&keeping);
    let mut world = World {
        keeping: &keeping,
        forgetting: &forgetting,
        users: vec![
            user("ada", "one", &["steps:all"]),
            user("bob", "two", &["plans:budget"]),
            CurrentUser::new("eve").with_permissions(["cached_plans:read", "cached_steps:read", "cached_topics:read"]),
        ],
        plans: Vec::new(),
        steps: Vec::new(),
        topics: Vec::new(),
        random: 0x9E37_79B9_7F4A_7C15,
        compared: BTreeSet::new(),
    };
    // The rows that the first writes refer to.
    for kind in [0, 0, 1, 5, 6, 7] {
        world.write(kind);
    }
    world.compare("the first rows");
    for kind in (0..=20).chain((0..steps()).map(|_| 100)) {
        let kind = if kind == 100 { world.below(21) } else { kind };
        let what = world.write(kind);
        println!("{database:?}: {what}");
        world.compare(&what);
    }
    assert!([200, 401, 403, 404].iter().all(|status| world.compared.contains(status)), "{:?}", world.compared);
}

/// The same for answers that take longer than a write: what was read before the write is not kept after it.
#[test]
fn a_slow_read_does_not_bring_back_what_it_has_read() {
    let app = keeping(TestDatabase::Postgres);
    let ada = app.as_user(user("ada", "one", &[]));
    let plan = created(ada.post("/api/v1/cached-plans", json!({"name": "old"})));
    let id: Uuid = plan["id"].as_str().expect("an id").parse().expect("an id");
    let path = format!("/api/v1/cached-plans/{id}");
    for round in 0..20 {
        let token = app.issuer().token(&user("ada", "one", &[]));
        let (address, read) = (app.address(), path.clone());
        let reading = std::thread::spawn(move || {
            for _ in 0..20 {
                crate::caching::raw_get(address, &read, &token);
            }
        });
        let name = format!("new {round}");
        assert_eq!(ada.patch(&path, json!({"name": name})).status, 200);
        assert_eq!(ada.get(&path).json()["name"], name, "round {round}");
        reading.join().expect("the reads end");
        assert_eq!(ada.get(&path).json()["name"], name, "after the reads of round {round}");
    }
}
