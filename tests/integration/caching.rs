//! Cached resources and HTTP caching: who gets which answer from which cache, and which writes end it.

mod across_processes;
mod equal_answers;
mod front_caches;
mod headers;
mod keys;
mod own_store;
mod stampedes;

use resourceful::prelude::*;
use resourceful::sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use resourceful::serde_json::Value;
use resourceful::testing::{TestApp, TestDatabase};

/// A member, made on first sight.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(table = "cached_members", path = "cached-members", owner = id, has_many(plans: Plan), cache(ttl = "10m"))]
pub struct Member {
    pub id: String,
    #[resource(filter)]
    pub name: Option<String>,
}

/// A plan that one member owns.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(
    table = "cached_plans", path = "cached-plans",
    owner = owner_id,
    sort = "name",
    has_many(steps: Step),
    many_to_many(topics: Topic, through = PlanTopic),
    page(default = 3, max = 50),
    cache(ttl = "10m")
)]
pub struct Plan {
    pub id: Uuid,
    #[resource(filter, sort, search, unique)]
    pub name: String,
    #[resource(read = "plans:budget", filter, search)]
    pub secret: Option<String>,
    #[resource(belongs_to(owner: Member), filter)]
    pub owner_id: String,
    #[resource(belongs_to(parent: Plan, on_delete = "set_null"), filter)]
    pub parent_id: Option<Uuid>,
    pub settings: Option<Value>,
}

/// A step of a plan, which only those see who own the plan or hold a permission.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(table = "cached_steps", path = "cached-steps", policy, hooks, sort = "title", computed(shout: String), cache(ttl = "10m"))]
pub struct Step {
    pub id: i64,
    #[resource(belongs_to(plan: Plan, on_delete = "cascade"), filter)]
    pub plan_id: Uuid,
    #[resource(filter, sort)]
    pub title: String,
}

impl Step {
    fn shout(&self) -> String {
        self.title.to_uppercase()
    }
}

impl Policy for Step {
    fn rows(user: Option<&CurrentUser>, _: Operation) -> Rows<Self> {
        let Some(user) = user else { return Rows::none() };
        if user.has_permission("steps:all") {
            return Rows::all();
        }
        let plans = plan::Entity::find().select_only().column(plan::Column::Id);
        let own = plans.filter(plan::Column::OwnerId.eq(&user.id));
        Rows::when("own plans", step::Column::PlanId.in_subquery(resourceful::sea_orm::QueryTrait::into_query(own)))
    }
}

impl Hooks for Step {
    async fn after_create(step: &Self, hook: &HookContext) -> Result<()> {
        let entries = hook.service::<entry::Service>();
        entries.create(entry::Create::new(format!("step {}", step.title))).await.map(drop)
    }
}

/// What hooks have written.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(
    table = "cached_entries",
    path = "cached-entries",
    sort = "text",
    public(list, get, count),
    cache(ttl = "10m", max_age = "2s")
)]
pub struct Entry {
    pub id: Uuid,
    #[resource(filter, sort)]
    pub text: String,
}

/// A topic of several plans, visible to those of one tenant.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(table = "cached_topics", path = "cached-topics", policy, sort = "name", cache(ttl = "10m"))]
pub struct Topic {
    pub id: Uuid,
    #[resource(filter, sort)]
    pub name: String,
    pub tenant: String,
}

impl Policy for Topic {
    fn rows(user: Option<&CurrentUser>, _: Operation) -> Rows<Self> {
        let tenant = user.and_then(|user| user.claims.get("tenant")).and_then(Value::as_str).unwrap_or("none");
        Rows::when("tenant", topic::Column::Tenant.eq(tenant))
    }
}

/// Joins plans and topics.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(table = "cached_plan_topics", path = "cached-plan-topics", unique(plan_id, topic_id), cache(ttl = "10m"))]
pub struct PlanTopic {
    pub id: Uuid,
    #[resource(belongs_to(plan: Plan, on_delete = "cascade"), filter)]
    pub plan_id: Uuid,
    #[resource(belongs_to(topic: Topic, on_delete = "cascade", visible = "any"))]
    pub topic_id: Uuid,
}

fn resources(app: App) -> App {
    app.provision::<Member>(|caller| member::Create::new(&caller.id).name(caller.name.clone()))
        .resource::<Member>()
        .resource::<Plan>()
        .resource::<Step>()
        .resource::<Entry>()
        .resource::<Topic>()
        .resource::<PlanTopic>()
}

/// A server that keeps answers.
fn keeping(database: TestDatabase) -> TestApp {
    TestApp::start_on(database, resources)
}

/// Another server with the same database that keeps none: no answer fits into one byte.
fn forgetting(of: &TestApp) -> TestApp {
    of.another_with(&[("CACHE_MEMORY_LIMIT", "1")], resources)
}

/// A user with every permission on whole resources, and these besides.
fn user(id: &str, tenant: &str, more: &[&str]) -> CurrentUser {
    let names =
        ["cached_members", "cached_plans", "cached_steps", "cached_entries", "cached_topics", "cached_plan_topics"];
    let kinds = ["read", "write", "delete", "read:self", "write:self", "delete:self"];
    let all = names.iter().flat_map(|name| kinds.iter().map(move |kind| format!("{name}:{kind}")));
    let mut user = CurrentUser::new(id).with_permissions(all).with_permissions(more.iter().copied());
    user.claims.insert("tenant".to_owned(), tenant.into());
    user
}

/// Sends GET on a connection of its own and returns the whole response.
fn raw_get(address: std::net::SocketAddr, path: &str, token: &str) -> String {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(address).expect("the server listens");
    let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n");
    stream.write_all(head.as_bytes()).expect("a request");
    let mut response = String::new();
    stream.read_to_string(&mut response).expect("a response");
    response
}
