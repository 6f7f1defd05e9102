//! What is measured: one row for each line of the table.

use super::peers::Peer;

/// The servers with the same tables on PostgreSQL.
const ALL: &[Peer] = &[Peer::ByHand, Peer::Tuned, Peer::Driver, Peer::Ours];

#[derive(Debug, Clone, Copy)]
pub(super) struct Workload {
    pub(super) name: &'static str,
    /// The servers that are compared.
    pub(super) peers: &'static [Peer],
    pub(super) method: &'static str,
    /// The path below `/api/v1`; `{}` is a random one of the values.
    pub(super) path: &'static str,
    pub(super) body: Option<&'static str>,
    pub(super) values: Values,
    /// What a right answer has.
    pub(super) expects: Expects,
    /// Whether each request has a token.
    pub(super) with_token: bool,
    /// The goal: the ratio to the hand-written server, or to the fixed answer where that is the only other one.
    pub(super) goal: Option<f64>,
}

/// The values that requests choose from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Values {
    /// Ids of all projects.
    Projects,
    /// Ids of 1,000 projects, whose answers fit into the cache.
    HotProjects,
    /// Ids of all owners.
    Owners,
    /// Numbers of the pages of 20 among the first 2,000 rows.
    NearPages,
    /// Cursors that the server itself has given for places beyond row 80,000.
    Cursors,
    /// There is one request only.
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expects {
    /// A project.
    Project,
    /// A page of 20 projects.
    Page,
    /// A page of 20 projects with the total.
    PageWithTotal,
    /// A page of 20 projects with their owners and tasks.
    PageWithRelated,
}

const GET: Workload = Workload {
    name: "get by id",
    peers: ALL,
    method: "GET",
    path: "/projects/{}",
    body: None,
    values: Values::Projects,
    expects: Expects::Project,
    with_token: false,
    goal: Some(3.5),
};

const LIST: Workload = Workload {
    name: "page without total",
    path: "/projects?count=none&page={}",
    values: Values::NearPages,
    expects: Expects::Page,
    goal: Some(1.4),
    ..GET
};

pub(super) const WORKLOADS: &[Workload] = &[
    GET,
    Workload {
        name: "authenticated get",
        peers: &[Peer::ByHand, Peer::Tuned, Peer::Driver, Peer::OursGuarded],
        path: "/guarded/{}",
        with_token: true,
        ..GET
    },
    LIST,
    Workload {
        name: "page with exact total",
        path: "/projects?page={}",
        expects: Expects::PageWithTotal,
        goal: Some(1.0),
        ..LIST
    },
    Workload {
        // The hand-written servers have no estimate, and count.
        name: "page with estimated total",
        path: "/projects?count=estimated&page={}",
        expects: Expects::PageWithTotal,
        goal: Some(10.0),
        ..LIST
    },
    Workload {
        name: "page at offset 90,000",
        path: "/projects?count=none&page=4501",
        values: Values::None,
        goal: Some(3.0),
        ..LIST
    },
    Workload {
        name: "page by cursor, deep",
        path: "/projects?count=none&after={}",
        values: Values::Cursors,
        goal: None,
        ..LIST
    },
    Workload {
        name: "page with two includes",
        path: "/projects?count=none&include=owner,tasks&page={}",
        expects: Expects::PageWithRelated,
        goal: None,
        ..LIST
    },
    Workload {
        name: "filtered page",
        path: "/projects?count=none&isActive=true&ownerId={}",
        values: Values::Owners,
        goal: None,
        ..LIST
    },
    Workload {
        name: "create",
        method: "POST",
        path: "/projects",
        body: Some(
            r#"{"name": "A new project", "description": "What it is about, in a sentence of some length.", "ownerId": "{}"}"#,
        ),
        values: Values::Owners,
        goal: Some(1.6),
        ..GET
    },
    Workload {
        name: "patch",
        method: "PATCH",
        body: Some(r#"{"description": "What it is about, in another sentence of some length."}"#),
        goal: Some(1.4),
        ..GET
    },
    Workload {
        name: "cached get",
        peers: &[Peer::Fixed, Peer::OursCached],
        values: Values::HotProjects,
        goal: Some(0.8),
        ..GET
    },
    Workload { name: "get by id on SQLite", peers: &[Peer::ByHandSqlite, Peer::OursSqlite], goal: None, ..GET },
];

impl Workload {
    pub(super) fn full_path(&self) -> String {
        format!("/api/v1{}", self.path)
    }

    /// Whether it changes rows, so that the tables are restored after each measurement.
    pub(super) fn writes(&self) -> bool {
        self.body.is_some()
    }
}
