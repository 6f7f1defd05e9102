//! Resources that use every kind of access rule.

use resourceful::prelude::*;
use resourceful::sea_orm::sea_query::Query as Select;
use resourceful::sea_orm::{ColumnTrait, Condition};

/// A user with an account; the id is the token's subject.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = id, has_many(documents: Document), cache(ttl = "10m"))]
pub struct Member {
    pub id: String,
    #[resource(email, unique, filter)]
    pub email: String,
    #[resource(filter, sort, search)]
    pub name: Option<String>,
    #[resource(hidden)]
    pub password_hash: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// The state of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ResourceEnum)]
pub enum Stage {
    Draft,
    Review,
    Done,
}

/// A text that its author writes, and that others read once it is published.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(
    policy,
    owner = author_id,
    sort = "title",
    has_many(remarks: Remark),
    has_many(revisions: Document, via = parent_id),
    many_to_many(labels: Label, through = Labelling),
    computed(length: i32, open),
    cache(ttl = "10m")
)]
pub struct Document {
    pub id: Uuid,
    #[resource(length(1..=80), filter, sort, search)]
    pub title: String,
    #[resource(search)]
    pub text: Option<String>,
    #[resource(belongs_to(author: Member), filter)]
    pub author_id: String,
    #[resource(default = false, filter)]
    pub is_published: bool,
    #[resource(default = Stage::Draft, filter, sort)]
    pub stage: Stage,
    #[resource(belongs_to(parent: Document), filter)]
    pub parent_id: Option<Uuid>,
    #[resource(hidden)]
    pub access_key: Option<String>,
    #[resource(write_only)]
    pub pin: Option<String>,
    #[resource(read_only, default = 0, filter, sort)]
    pub views: i32,
    #[resource(create_only)]
    pub source: Option<String>,
    #[resource(read = "documents:fees", write = "documents:fees", filter, sort)]
    pub fee: Option<i32>,
    #[resource(read = "documents:contracts", filter, sort, search)]
    pub contract: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Document {
    fn length(&self) -> i32 {
        i32::try_from(self.title.chars().count()).unwrap_or(i32::MAX)
    }
}

impl Policy for Document {
    fn rows(user: Option<&CurrentUser>, operation: Operation) -> Rows<Self> {
        let Some(user) = user else { return Rows::none() };
        let own = Rows::when("author", document::Column::AuthorId.eq(&user.id));
        if operation.is_write() { own } else { own.or("published", document::Column::IsPublished.eq(true)) }
    }
}

/// A private remark on a document, which only its author sees.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(policy, cache(ttl = "10m"))]
pub struct Remark {
    pub id: i32,
    #[resource(filter, sort, search)]
    pub text: String,
    #[resource(filter)]
    pub writer: String,
    #[resource(belongs_to(document: Document, on_delete = "cascade"), filter)]
    pub document_id: Uuid,
}

impl Policy for Remark {
    fn rows(user: Option<&CurrentUser>, _: Operation) -> Rows<Self> {
        user.map_or_else(Rows::none, |user| Rows::when("writer", remark::Column::Writer.eq(&user.id)))
    }
}

/// Open to readers; written by librarians.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(public(list, get, count), has_many(books: Book), unique(room, number))]
pub struct Shelf {
    pub id: i64,
    #[resource(filter, sort)]
    pub room: String,
    pub number: i32,
}

/// A book on a shelf; every caller with the permission may read it, and change what they have read.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(require_match)]
pub struct Book {
    pub id: Uuid,
    #[resource(pattern = "^[0-9]{3}-[0-9]{4}$", unique, filter)]
    pub code: String,
    #[resource(filter, sort, search)]
    pub title: String,
    #[resource(range(1..=5000), filter, sort)]
    pub pages: i32,
    #[resource(belongs_to(shelf: Shelf), filter)]
    pub shelf_id: i64,
    pub version: i64,
}

/// A word on documents.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(many_to_many(documents: Document, through = Labelling))]
pub struct Label {
    pub id: i32,
    #[resource(filter, sort)]
    pub word: String,
}

/// A label on a document; its owner is the document's.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = document.author_id, unique(label_id, document_id))]
pub struct Labelling {
    pub id: i32,
    #[resource(belongs_to(label: Label, on_delete = "cascade"), filter)]
    pub label_id: i32,
    #[resource(belongs_to(document: Document, on_delete = "cascade"), filter)]
    pub document_id: Uuid,
    pub weight: Option<i32>,
}

/// Its owner may write it until it is sealed; afterwards no caller sees it.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(policy, owner = writer, sort = "title")]
pub struct Letter {
    pub id: Uuid,
    #[resource(filter, sort, search)]
    pub title: String,
    pub writer: String,
    #[resource(filter)]
    pub is_sealed: bool,
}

impl Policy for Letter {
    fn rows(user: Option<&CurrentUser>, _: Operation) -> Rows<Self> {
        let Some(user) = user else { return Rows::none() };
        Rows::when("writer", letter::Column::Writer.eq(&user.id)).and("open", letter::Column::IsSealed.eq(false))
    }
}

/// The profile of a member; each has one.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(policy, owner = member_id)]
pub struct Profile {
    pub id: Uuid,
    #[resource(belongs_to(member: Member, on_delete = "cascade"), unique)]
    pub member_id: String,
    #[resource(filter, sort, search)]
    pub motto: String,
}

impl Policy for Profile {
    fn rows(user: Option<&CurrentUser>, _: Operation) -> Rows<Self> {
        user.map_or_else(Rows::none, |user| Rows::when("member", profile::Column::MemberId.eq(&user.id)))
    }
}

/// The seat of an employee; those who hold a permission give it to others.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = employee)]
pub struct Seat {
    pub id: i32,
    #[resource(unique, write = "seats:assign", filter)]
    pub employee: String,
    #[resource(filter, sort)]
    pub room: String,
}

/// What its writer shares with readers.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(policy, owner = writer, has_many(shares: Share))]
pub struct Dossier {
    pub id: Uuid,
    #[resource(filter, sort, search)]
    pub title: String,
    pub writer: String,
}

impl Policy for Dossier {
    fn rows(user: Option<&CurrentUser>, operation: Operation) -> Rows<Self> {
        let Some(user) = user else { return Rows::none() };
        let own = Rows::when("writer", dossier::Column::Writer.eq(&user.id));
        if operation.is_write() {
            return own;
        }
        let shared = shared(Some(user));
        own.or("shared", dossier::Column::Id.in_subquery(shared))
    }
}

/// The dossiers that are shared with a user, or with any user if the condition on the user is missing.
pub(crate) fn shared(user: Option<&CurrentUser>) -> resourceful::sea_orm::sea_query::SelectStatement {
    let mut shared = Select::select();
    shared.column(share::Column::DossierId).from(share::Entity);
    if let Some(user) = user {
        shared.cond_where(Condition::all().add(share::Column::Reader.eq(&user.id)));
    }
    shared
}

/// Shares a dossier with a reader.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = dossier.writer, unique(dossier_id, reader))]
pub struct Share {
    pub id: i32,
    #[resource(belongs_to(dossier: Dossier, on_delete = "cascade"))]
    pub dossier_id: Uuid,
    pub reader: String,
}

/// An article; its cost requires a permission.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(computed(margin: i32, read = "wares:costs"), computed(label: String, open))]
pub struct Ware {
    pub id: i32,
    #[resource(filter, sort, range(1..=1000))]
    pub price: i32,
    #[resource(read = "wares:costs", range(1..=1000))]
    pub cost: i32,
}

impl Ware {
    fn margin(&self) -> i32 {
        self.price - self.cost
    }

    fn label(&self) -> String {
        format!("{} euros", self.price)
    }
}

/// A resource for which no valid sample can be generated.
#[derive(Clone, Debug, PartialEq, Resource)]
pub struct Riddle {
    pub id: Uuid,
    #[resource(check = ends_with_42)]
    pub answer: i32,
}

fn ends_with_42(answer: &i32) -> Result<(), String> {
    if answer % 100 == 42 { Ok(()) } else { Err("is not the answer".to_owned()) }
}

/// A picture of one user: everybody may see it, only its owner sees the raw file and changes it.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = owner_id, policy)]
pub struct Picture {
    pub id: Uuid,
    #[resource(length(1..=80), filter)]
    pub title: String,
    pub owner_id: String,
    #[resource(file(max = "1MiB", types("image/png"), thumbs("20x20")))]
    pub image: Option<FileRef>,
    #[resource(file(max = "1KiB", types("text/plain")), read = "pictures:read:raw", write = "pictures:write:raw")]
    pub raw: Option<FileRef>,
    #[resource(write_only, file(max = "1KiB", types("*/*")))]
    pub key: Option<FileRef>,
}

impl Policy for Picture {
    fn rows(user: Option<&CurrentUser>, operation: Operation) -> Rows<Self> {
        match user {
            Some(user) if operation.is_write() => Rows::when("own", picture::Column::OwnerId.eq(&user.id)),
            Some(user) => Rows::when("own", picture::Column::OwnerId.eq(&user.id))
                .or("shown", picture::Column::Title.starts_with("A")),
            None => Rows::none(),
        }
    }
}
