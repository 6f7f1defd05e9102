//! Resources with files.

use resourceful::prelude::*;
use resourceful::sea_orm::{ColumnTrait, ExprTrait};

/// Documents are in a folder, and deleted with it.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = owner_id)]
pub struct Folder {
    pub id: Uuid,
    pub name: String,
    /// Folders are deleted with the folder that they are in.
    #[resource(belongs_to(parent: Folder, on_delete = "cascade"))]
    pub parent_id: Option<Uuid>,
    pub owner_id: String,
}

/// A row with files. Its policy hides some rows, and does not allow changes of others.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = owner_id, policy)]
pub struct Document {
    pub id: Uuid,
    #[resource(length(1..=80), filter, sort)]
    pub name: String,
    #[resource(belongs_to(folder: Folder, on_delete = "cascade"))]
    pub folder_id: Option<Uuid>,
    /// What the document is about.
    #[resource(file(
        max = "1MiB",
        types("image/png", "image/jpeg", "application/pdf", "text/plain", "text/csv"),
        thumbs("20x20", "400x400")
    ))]
    pub attachment: Option<FileRef>,
    #[resource(file(max = "64KiB", types("*/*")), read = "documents:read:scan", write = "documents:write:scan")]
    pub scan: Option<FileRef>,
    #[resource(hidden, file(max = "1KiB", types("text/plain")))]
    pub secret: Option<FileRef>,
    #[resource(file(max = "1KiB", types("text/plain")), check = short)]
    pub note: Option<FileRef>,
    pub owner_id: String,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

fn short(file: &FileRef) -> Result<(), &'static str> {
    if file.size() > 100 { Err("must have at most 100 bytes") } else { Ok(()) }
}

impl Policy for Document {
    fn rows(_: Option<&CurrentUser>, operation: Operation) -> Rows<Self> {
        let shown = document::Column::Name.ne("hidden");
        match operation {
            Operation::Patch | Operation::SelfPatch => {
                Rows::when("changeable", shown.and(document::Column::Name.ne("frozen")))
            }
            _ => Rows::when("shown", shown),
        }
    }
}

/// A row with a text as its id, hooks, and conditions that are required.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(require_match, hooks)]
pub struct Strict {
    pub id: String,
    #[resource(file(max = "1KiB", types("text/plain")))]
    pub paper: Option<FileRef>,
    #[resource(default = 0, read_only)]
    pub changes: i32,
}

impl Hooks for Strict {
    async fn before_update(before: &Self, row: &mut strict::ActiveModel, _: &HookContext) -> Result<()> {
        row.changes = resourceful::sea_orm::Set(before.changes + 1);
        Ok(())
    }

    async fn after_update(_: &Self, after: &Self, _: &HookContext) -> Result<()> {
        if after.paper.as_ref().is_some_and(|paper| paper.name() == "refused.txt") {
            return Err(Error::conflict("refused-name", "The hook refuses this name"));
        }
        Ok(())
    }
}
