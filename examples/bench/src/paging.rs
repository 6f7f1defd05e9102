//! The query and the answer of a list.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::entities::project;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListQuery {
    page: Option<u64>,
    size: Option<u64>,
    after: Option<String>,
    count: Option<String>,
    include: Option<String>,
    pub owner_id: Option<Uuid>,
    pub is_active: Option<bool>,
}

impl ListQuery {
    pub fn page(&self) -> u64 {
        self.page.unwrap_or(1).max(1)
    }

    pub fn size(&self) -> u64 {
        self.size.unwrap_or(20).clamp(1, 100)
    }

    pub fn offset(&self) -> u64 {
        (self.page() - 1) * self.size()
    }

    /// Whether the total is wanted. There is no estimate: it is counted then.
    pub fn counts(&self) -> bool {
        self.count.as_deref() != Some("none")
    }

    pub fn includes(&self) -> bool {
        self.include.is_some()
    }

    /// The row after which the page begins, or `Err` if the cursor cannot be read.
    pub fn after(&self) -> Result<Option<Cursor>, InvalidCursor> {
        self.after.as_deref().map(Cursor::parse).transpose()
    }
}

/// The last row of a page: its time and its id.
pub struct Cursor {
    pub created_at: DateTime<Utc>,
    pub id: Uuid,
}

#[derive(Debug)]
pub struct InvalidCursor;

impl Cursor {
    pub fn of(row: &project::Model) -> String {
        format!("{}_{}", row.created_at.to_rfc3339_opts(SecondsFormat::Micros, true), row.id)
    }

    fn parse(text: &str) -> Result<Self, InvalidCursor> {
        let (time, id) = text.split_once('_').ok_or(InvalidCursor)?;
        let created_at = DateTime::parse_from_rfc3339(time).map_err(|_| InvalidCursor)?.to_utc();
        Ok(Self { created_at, id: id.parse().map_err(|_| InvalidCursor)? })
    }
}

#[derive(Serialize)]
pub struct Page<T> {
    pub items: Vec<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    pub page: u64,
    pub size: u64,
    pub next: Option<String>,
}

/// Takes off the row that was read beyond the page, and makes the cursor of the next page.
pub fn cut(items: &mut Vec<project::Model>, size: u64) -> Option<String> {
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    if items.len() <= size {
        return None;
    }
    items.truncate(size);
    items.last().map(Cursor::of)
}
