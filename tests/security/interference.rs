//! Non-interference: one tenant sends the same random requests to two servers, of which one holds rows of other tenants as
//! well. No answer may differ, in status or body: otherwise it reveals rows that the tenant may not see.
//!
//! `cargo xtask interference` sends as many requests as you choose.

mod requests;
mod tenants;

use std::collections::HashMap;

use resourceful::internals::resource::ResourceTable;
use resourceful::prelude::*;
use resourceful::serde_json::{Value, json};
use resourceful::spec::RelationKind;
use resourceful::testing::{Answer, Caller, TestApp, TestDatabase};

use self::requests::{KNOWN, Random, Request, Rows, WORDS, next};
use self::tenants::{Folder, Item, Memo, Stub, Tenant, Ticket, Tray, folder, item, memo, stub, tenant, ticket, tray};
use crate::suite_finds_access_flaws::served;

/// How many requests each server gets: `INTERFERENCE_REQUESTS`, or a few.
fn requests() -> usize {
    let asked = std::env::var("INTERFERENCE_REQUESTS").ok();
    asked.map_or(400, |text| text.parse().expect("INTERFERENCE_REQUESTS is a number"))
}

fn seed() -> u64 {
    let asked = std::env::var("INTERFERENCE_SEED").ok();
    asked.map_or(9, |text| text.parse().expect("INTERFERENCE_SEED is a number"))
}

const ONE: &str = "auth0|one";

/// The tenant, who holds only `..:self` where rows have owners.
fn one() -> CurrentUser {
    let open = ["tenants", "folders", "items", "tickets", "memos"];
    let kinds = ["read", "write", "delete", "read:self", "write:self", "delete:self"];
    let all = open.iter().flat_map(|name| kinds.map(|kind| format!("{name}:{kind}")));
    let own = ["trays", "stubs"];
    let own =
        own.iter().flat_map(|name| ["read:self", "write:self", "delete:self"].map(|kind| format!("{name}:{kind}")));
    CurrentUser::new(ONE).with_permissions(all).with_permissions(own)
}

fn app(database: TestDatabase, items: &'static ResourceTable) -> TestApp {
    TestApp::start_on(database, move |app| {
        app.resource::<Tenant>()
            .resource::<Folder>()
            .table(items)
            .resource::<Tray>()
            .resource::<Stub>()
            .resource::<Ticket>()
            .resource::<Memo>()
    })
}

/// Rows of other tenants, under the names that the tenant uses too. Their ids.
fn others(app: &TestApp, round: usize) -> Vec<(&'static str, String)> {
    let who = ["auth0|two", "auth0|three"][round % 2];
    app.block_on(async {
        let ctx = app.ctx();
        let mut ids = Vec::new();
        if round < 2 {
            tenant::Service::as_system(ctx).create(tenant::Create::new(who).name(Some("alpha".to_owned()))).await?;
        }
        let folders = folder::Service::as_system(ctx);
        let (items, memos) = (item::Service::as_system(ctx), memo::Service::as_system(ctx));
        let (trays, stubs) = (tray::Service::as_system(ctx), stub::Service::as_system(ctx));
        let tickets = ticket::Service::as_system(ctx);
        for (place, word) in WORDS.iter().enumerate() {
            let name = if round < 2 { (*word).to_owned() } else { format!("{word} {round}") };
            let number = i32::try_from(place).unwrap_or_default();
            let folder = folders.create_for(who, folder::Create::new(name).size_limit(Some(number))).await?;
            ids.push(("folders", folder.id.to_string()));
            for code in [None, Some("alpha".to_owned()), Some("beta".to_owned())] {
                let item = item::Create::new(*word, number, folder.id).code(code).second_id(Some(folder.id));
                ids.push(("items", items.create(item).await?.id.to_string()));
            }
            if *word != "closed" {
                ids.push(("memos", memos.create(memo::Create::new(*word, folder.id)).await?.id.to_string()));
            }
            let tray = trays.create_for(who, tray::Create::new(*word)).await?;
            ids.push(("trays", tray.id.to_string()));
            for number in 0..4 {
                ids.push(("stubs", stubs.create(stub::Create::new(tray.id, number)).await?.id.to_string()));
                ids.push(("tickets", tickets.create(ticket::Create::new(tray.id, number)).await?.id.to_string()));
            }
        }
        Ok::<_, Error>(ids)
    })
    .expect("rows of others")
}

/// One of the two servers, and what the tenant's rows are called there.
struct Side<'a> {
    caller: Caller<'a>,
    ids: Vec<String>,
    places: HashMap<String, usize>,
    cursor: Option<String>,
}

impl<'a> Side<'a> {
    fn new(app: &'a TestApp) -> Self {
        Self { caller: app.as_user(one()), ids: Vec::new(), places: HashMap::new(), cursor: None }
    }

    /// A text of a request with this side's ids.
    fn fill(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let (place, after) = after.split_once("}}").unwrap_or((after, ""));
            out.push_str(before);
            out.push_str(place.parse().ok().and_then(|place: usize| self.ids.get(place)).map_or("", String::as_str));
            rest = after;
        }
        out + rest
    }

    fn send(&self, request: &Request) -> Answer {
        let path = match &self.cursor {
            Some(cursor) if request.goes_on => {
                let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
                let kept: Vec<&str> = query.split('&').filter(|part| !part.contains("page=")).collect();
                format!("{path}?{}&after={cursor}", kept.join("&"))
            }
            _ => request.path.clone(),
        };
        let body = request.body.as_ref().map(|body| self.fill(body).into_bytes());
        let headers = [("content-type", request.content_type)];
        let headers = if body.is_some() { &headers[..] } else { &[] };
        self.caller.send(request.method, &self.fill(&path), headers, body)
    }

    /// A body without what differs from server to server: ids, cursors and the request's own id.
    fn plain(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                let part = |part: &str| match self.places.get(part) {
                    Some(place) => format!("row {place}"),
                    None => part.to_owned(),
                };
                *text = text.split('/').map(part).collect::<Vec<_>>().join("/");
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.plain(item)),
            Value::Object(members) => {
                for (name, value) in members.iter_mut() {
                    match name.as_str() {
                        "requestId" => *value = Value::Null,
                        "next" if value.is_string() => *value = json!("a cursor"),
                        _ => self.plain(value),
                    }
                }
            }
            _ => {}
        }
    }

    /// Remembers the ids of new rows.
    fn made(&mut self, answer: &Value) -> usize {
        let rows = answer.as_array().cloned().unwrap_or_else(|| vec![answer.clone()]);
        for row in &rows {
            let id = row["id"].as_str().expect("a row has an id").to_owned();
            self.places.insert(id.clone(), self.ids.len());
            self.ids.push(id);
        }
        rows.len()
    }
}

/// The result of a run.
#[derive(Debug, Default)]
struct Outcome {
    sent: usize,
    statuses: std::collections::BTreeMap<u16, usize>,
    /// Answers to requests that name rows of others.
    about_others: usize,
    difference: Option<String>,
}

/// Sends the same requests to both servers until an answer differs.
fn run(alone: &TestApp, among: &TestApp, seed: u64, requests: usize) -> Outcome {
    let (mut alone_side, mut among_side) = (Side::new(alone), Side::new(among));
    let mut random = Random(seed);
    let mut rows = Rows { own: Vec::new(), foreign: others(among, 0) };
    rows.foreign.extend(others(among, 1));
    let mut outcome = Outcome::default();
    for number in 0..requests {
        // Other tenants continue to write.
        if number % 250 == 249 && number < 5_000 {
            rows.foreign.extend(others(among, 2 + number / 250));
        }
        let request = next(&mut random, &rows);
        let (first, second) = (alone_side.send(&request), among_side.send(&request));
        outcome.sent += 1;
        *outcome.statuses.entry(first.status).or_default() += 1;
        let text = format!("{} {}", request.path, request.body.as_deref().unwrap_or_default());
        outcome.about_others += usize::from(rows.foreign.iter().any(|(_, id)| text.contains(id)));
        let (mut one, mut other) = (first.json(), second.json());
        if first.status == 201 && second.status == 201 && request.makes.is_some() {
            let begin = alone_side.ids.len();
            let made = alone_side.made(&one);
            among_side.made(&other);
            if let Some(resource) = KNOWN.iter().map(|known| known.path).find(|path| Some(*path) == request.makes) {
                rows.own.extend((begin..begin + made).map(|place| (resource, place)));
            }
        }
        if one.get("next").is_some() {
            let next = |answer: &Value| answer["next"].as_str().map(str::to_owned);
            (alone_side.cursor, among_side.cursor) = (next(&one), next(&other));
        }
        // Deleted now, or deleted with its parent.
        if let Some(row) = request.row.filter(|_| matches!(first.status, 204 | 404)) {
            rows.own.retain(|(_, own)| *own != row);
        }
        alone_side.plain(&mut one);
        among_side.plain(&mut other);
        if (first.status, &one) != (second.status, &other) {
            outcome.difference = Some(format!(
                "request {number} of seed {seed}: {request:?}\nalone:        {} {one}\namong others: {} {other}",
                first.status, second.status
            ));
            return outcome;
        }
        assert!(first.status < 500, "{request:?}: {one}");
    }
    outcome
}

fn on(database: TestDatabase) {
    let (alone, among) = (app(database, Item::TABLE), app(database, Item::TABLE));
    let outcome = run(&alone, &among, seed(), requests());
    println!(
        "{database:?}: {} requests to each server, {} of them about rows of others, {:?}",
        outcome.sent, outcome.about_others, outcome.statuses
    );
    assert_eq!(outcome.difference, None);
    // If all requests failed, the answers would be equal as well.
    for status in [200, 201, 204, 400, 403, 404, 409, 422] {
        assert!(outcome.statuses.contains_key(&status), "no request was answered {status}: {:?}", outcome.statuses);
    }
    assert!(outcome.about_others * 20 > outcome.sent, "too few requests name rows of others");
}

#[test]
fn answers_on_sqlite_do_not_depend_on_other_tenants() {
    on(TestDatabase::Sqlite);
}

#[test]
fn answers_on_postgres_do_not_depend_on_other_tenants() {
    on(TestDatabase::Postgres);
}

/// A relation that may refer to any existing row reveals in its answers which rows exist.
#[test]
fn a_planted_leak_is_found() {
    let leaky = served::<Item>(|served| {
        for relation in &mut served.relations {
            if let RelationKind::BelongsTo { any, .. } = &mut relation.kind {
                *any = true;
            }
        }
    });
    let (alone, among) = (app(TestDatabase::Sqlite, leaky), app(TestDatabase::Sqlite, leaky));
    let outcome = run(&alone, &among, 9, 2_000);
    let difference = outcome.difference.expect("the leak is found");
    assert!(difference.contains("/api/v1/items"), "{difference}");
    println!("found after {} requests: {difference}", outcome.sent);
}
