//! The bodies of requests.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::entities::{owner, project, task};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewProject {
    pub name: String,
    pub description: Option<String>,
    pub is_active: Option<bool>,
    pub owner_id: Uuid,
    pub due_date: Option<DateTime<Utc>>,
}

impl NewProject {
    pub fn is_valid(&self) -> bool {
        is_name(&self.name)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProjectPatch {
    pub name: Option<String>,
    pub description: Option<String>,
    pub is_active: Option<bool>,
    pub due_date: Option<DateTime<Utc>>,
}

impl ProjectPatch {
    pub fn is_valid(&self) -> bool {
        self.name.as_deref().is_none_or(is_name)
    }
}

fn is_name(name: &str) -> bool {
    (1..=255).contains(&name.chars().count())
}

/// A project with the rows that it relates to.
#[derive(Serialize)]
pub struct WithRelated {
    #[serde(flatten)]
    pub project: project::Model,
    pub owner: Option<owner::Model>,
    pub tasks: Vec<task::Model>,
}
