//! What goes beyond columns: policy, checks across fields, computed fields, joined resources, permissions of fields.
#![deny(warnings)]
#![allow(dead_code)]

use resourceful::prelude::*;
use resourceful::sea_orm::{ColumnTrait, EntityTrait, Iterable, RelationTrait};
use resourceful::spec::{Kind, RelationKind, SearchSpec};
use resourceful::{ToMany, ToOne};

/// A text that one user owns.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = author_id, policy, search = "full_text", check = dates_in_order, check = Self::is_titled)]
#[resource(computed(is_late: bool, label: Option<String>, read = "documents:plan"))]
#[resource(computed(r#type: Shape, length: i64, open))]
#[resource(has_one(cover: Image), has_one(back: Image, via = back_of), has_many(r#self_: Note))]
#[resource(many_to_many(tags: Tag, through = DocumentTag))]
#[resource(many_to_many(sources: Document, through = Quote, from = quoting_id, to = quoted_id))]
pub struct Document {
    pub id: Uuid,
    #[resource(search, read = "documents:read:text", write = "documents:write:text")]
    pub text: String,
    #[resource(write = "documents:assign", create_only)]
    pub author_id: String,
    #[resource(filter, read = "documents:plan")]
    pub begins: NaiveDate,
    #[resource(filter, write = "documents:plan")]
    pub ends: Option<NaiveDate>,
}

/// What a document looks like.
#[derive(Clone, Copy, Debug, PartialEq, ResourceEnum)]
pub enum Shape {
    Short,
    Long,
}

impl Policy for Document {
    fn rows(user: Option<&CurrentUser>, operation: Operation) -> Rows<Self> {
        match user {
            Some(user) if operation.is_write() => Rows::when("author", document::Column::AuthorId.eq(&user.id)),
            Some(_) => Rows::all(),
            None => Rows::none(),
        }
    }
}

impl Document {
    fn is_late(&self) -> bool {
        self.ends.is_some_and(|ends| ends < self.begins)
    }

    fn label(&self) -> Option<String> {
        self.text.lines().next().map(str::to_owned)
    }

    fn r#type(&self) -> Shape {
        if self.text.len() < 100 { Shape::Short } else { Shape::Long }
    }

    fn length(one: &Document) -> i64 {
        one.text.chars().count() as i64
    }

    fn is_titled(&self) -> std::result::Result<(), &'static str> {
        if self.text.is_empty() { Err("has no title") } else { Ok(()) }
    }
}

fn dates_in_order(document: &Document) -> std::result::Result<(), String> {
    if document.is_late() { Err("ends before it begins".to_owned()) } else { Ok(()) }
}

/// Seen by nobody but this file, though a public resource is related to it.
#[derive(Clone, Debug, Resource)]
struct Image {
    id: i64,
    #[resource(belongs_to(document: Document), unique)]
    document_id: Uuid,
    #[resource(belongs_to(back: Document), unique)]
    back_of: Option<Uuid>,
}

#[derive(Clone, Debug, Resource)]
struct Note {
    id: i64,
    #[resource(belongs_to(r#type: Document))]
    document_id: Uuid,
}

/// Put on documents.
#[derive(Clone, Debug, Resource)]
#[resource(many_to_many(documents: Document, through = DocumentTag, from = tag_id))]
pub struct Tag {
    #[resource(write = "tags:name")]
    pub id: String,
}

#[derive(Clone, Debug, Resource)]
#[resource(operations(only(create, delete)))]
pub struct DocumentTag {
    pub id: i64,
    #[resource(belongs_to(document: Document))]
    pub document_id: Uuid,
    #[resource(belongs_to(tag: Tag))]
    pub tag_id: String,
    /// A field that is called like the alias of a relation.
    pub to_tag: Option<i32>,
}

#[derive(Clone, Debug, Resource)]
pub struct Quote {
    pub id: i64,
    #[resource(belongs_to(quoting: Document))]
    pub quoting_id: Uuid,
    #[resource(belongs_to(quoted: Document))]
    pub quoted_id: Uuid,
}

/// Runs what it makes.
pub fn main() {
    use resourceful::Resource;
    use resourceful::sea_orm::entity::RelationType;

    // The owner is the caller, unless a caller who may names another.
    let create = document::Create::new("a", NaiveDate::MIN);
    assert_eq!(create.author_id, None);
    assert_eq!(create.author_id("auth0|ada").author_id.as_deref(), Some("auth0|ada"));
    let spec = &document::SPEC;
    let written: Vec<_> = (0..5).map(|index| (spec.is_creatable(index), spec.is_updatable(index))).collect();
    assert_eq!(written, [(false, false), (true, true), (true, false), (true, true), (true, true)]);
    assert_eq!((spec.is_required(1), spec.is_required(2)), (true, false));
    let of = |name| spec.field(name).map(|(_, field)| (field.read, field.write)).unwrap();
    assert_eq!(of("text"), (Some("documents:read:text"), Some("documents:write:text")));
    assert_eq!(of("author_id"), (None, Some("documents:assign")));
    assert_eq!(of("begins"), (Some("documents:plan"), None));
    assert_eq!(spec.search, SearchSpec::FullText);
    assert_eq!(tag::SPEC.search, SearchSpec::Substring);

    let table = Document::TABLE;
    let one = Document {
        id: Uuid::nil(),
        text: "A\nB".to_owned(),
        author_id: "auth0|ada".to_owned(),
        begins: NaiveDate::MAX,
        ends: Some(NaiveDate::MIN),
    };
    let computed: Vec<_> = spec.computed.iter().map(|one| (one.name, one.json)).collect();
    assert_eq!(computed, [("is_late", "isLate"), ("label", "label"), ("type", "type"), ("length", "length")]);
    let read: Vec<_> = spec.computed.iter().map(|one| one.read).collect();
    assert_eq!(read, [Some("documents:plan"), Some("documents:plan"), None, None]);
    assert!(spec.computed[1].ty.nullable && matches!(spec.computed[2].ty.kind, Kind::Enum(_)));
    let values: Vec<_> = table.computed.iter().map(|compute| compute(&one)).collect();
    assert_eq!(
        format!("{values:?}"),
        r#"[Bool(Some(true)), String(Some("A")), String(Some("short")), BigInt(Some(3))]"#
    );
    let checks: Vec<_> = table.checks.iter().map(|check| check(&one)).collect();
    assert_eq!(checks, [Err("ends before it begins".to_owned()), Ok(())]);
    assert!(table.policy.is_some() && table.hooks.is_none() && Tag::TABLE.policy.is_none());

    let definitions: Vec<_> = document::Relation::iter().map(|relation| relation.def().rel_type).collect();
    assert_eq!(definitions, [RelationType::HasOne, RelationType::HasOne, RelationType::HasMany]);
    assert_eq!(format!("{:?}", tag::Relation::iter().collect::<Vec<_>>()), "[]");
    let back = format!("{:?}", document::Relation::Back.def().to_col);
    assert!(back.contains("back_of"), "{back}");
    let _ = document::Entity::find().find_also_related(image::Entity);

    let cover: ToOne<Document, Image> = document::relations::COVER;
    let tags: ToMany<Document, Tag> = document::relations::TAGS;
    let sources: ToMany<Document, Document> = document::relations::SOURCES;
    let itself: ToMany<Document, Note> = document::relations::SELF;
    assert_eq!((cover.name(), tags.name(), sources.name(), itself.name()), ("cover", "tags", "sources", "self_"));
    let to_document: ToOne<Note, Document> = note::relations::TYPE;
    assert_eq!(format!("{:?} {to_document:?}", tags), r#"ToMany("tags") ToOne("type")"#);
    let _copies = [to_document, to_document];

    let RelationKind::ManyToMany { through, from, to } = spec.relation("sources").unwrap().kind else { panic!() };
    assert_eq!((through().type_name, from, to), ("Quote", Some("quoting_id"), Some("quoted_id")));
    let RelationKind::ManyToMany { from, to, .. } = tag::SPEC.relations[0].kind else { panic!() };
    assert_eq!((from, to), (Some("tag_id"), None));
    let through = table.relations[3].through.unwrap();
    assert_eq!(through().spec.type_name, "DocumentTag");
    assert!(matches!(spec.relations[1].kind, RelationKind::HasOne { via: Some("back_of") }));
}
