//! The macro and the runtime decide separately which fields callers write: the macro for the typed bodies `Create`,
//! `Update` and `Patch`, the runtime for what it accepts over HTTP. Both must decide the same, for every kind of field
//! and every role.

use std::collections::BTreeMap;
use std::fmt::Debug;

use resourceful::prelude::*;
use resourceful::serde_json::Value;
use resourceful::spec::{FieldRole, Kind, ResourceSpec};
use resourceful::{JsonShape, serde};

/// An alias of a number type, which the macro cannot resolve.
type Number = i32;

/// Fields of every type, and with every key that decides who writes them.
#[derive(Clone, Debug, Resource)]
pub struct Mixed {
    pub id: Uuid,
    pub small: i16,
    pub medium: i32,
    pub large: i64,
    pub single: f32,
    pub double: f64,
    pub exact: Decimal,
    pub text: String,
    pub flag: bool,
    pub key: Uuid,
    pub day: NaiveDate,
    pub time: NaiveTime,
    pub local: NaiveDateTime,
    pub moment: DateTime<Utc>,
    pub bytes: Vec<u8>,
    pub free: Value,
    pub typed: Json<Shape>,
    pub level: Level,
    pub alias: Number,
    pub optional: Option<String>,
    pub optional_level: Option<Level>,
    #[resource(default = 5)]
    pub defaulted: i32,
    #[resource(default = "x")]
    pub optional_default: Option<String>,
    #[resource(default = Level::Low)]
    pub default_level: Level,
    #[resource(read_only, default = 0)]
    pub read_only: i32,
    #[resource(read_only)]
    pub read_only_optional: Option<i32>,
    #[resource(create_only)]
    pub create_only: String,
    #[resource(create_only)]
    pub create_only_optional: Option<i64>,
    #[resource(create_only, write = "mixeds:fix")]
    pub create_only_guarded: bool,
    #[resource(write_only)]
    pub write_only: String,
    #[resource(hidden)]
    pub hidden: Option<String>,
    #[resource(hidden, default = true)]
    pub hidden_default: bool,
    #[resource(read = "mixeds:secrets")]
    pub guarded_read: Decimal,
    #[resource(write = "mixeds:fix")]
    pub guarded_write: Decimal,
    #[resource(write = "mixeds:fix", default = false)]
    pub guarded_default: bool,
    #[resource(belongs_to(parent: Mixed))]
    pub parent_id: Option<Uuid>,
    pub r#type: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ResourceEnum)]
pub enum Level {
    Low,
    High,
}

#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
#[serde(crate = "resourceful::serde")]
pub struct Shape {
    size: i32,
}

impl JsonShape for Shape {}

/// An id that the database assigns.
#[derive(Clone, Debug, Resource)]
pub struct Counted {
    pub id: i64,
    pub name: String,
}

/// An id of another type's name.
#[derive(Clone, Debug, Resource)]
pub struct Aliased {
    pub id: Number,
    pub name: String,
}

/// An id that is given.
#[derive(Clone, Debug, Resource)]
pub struct Named {
    pub id: String,
    pub name: Option<String>,
}

/// An id that is given by some callers only.
#[derive(Clone, Debug, Resource)]
pub struct Guarded {
    #[resource(write = "guardeds:name")]
    pub id: String,
    pub name: String,
}

/// An id that is the owner.
#[derive(Clone, Debug, Resource)]
#[resource(owner = id)]
pub struct Person {
    pub id: String,
    pub name: String,
}

/// An id that is the owner, which some callers may give.
#[derive(Clone, Debug, Resource)]
#[resource(owner = id)]
pub struct Staff {
    #[resource(write = "staffs:name")]
    pub id: String,
    pub name: String,
}

/// A field that is the owner.
#[derive(Clone, Debug, Resource)]
#[resource(owner = owner_id)]
pub struct Owned {
    pub id: Uuid,
    pub owner_id: String,
    pub name: String,
}

/// A field that is the owner, which some callers may give.
#[derive(Clone, Debug, Resource)]
#[resource(owner = owner_id)]
pub struct Assigned {
    pub id: Uuid,
    #[resource(write = "assigneds:assign")]
    pub owner_id: String,
    pub name: String,
}

/// A field that may be the owner, and is written once.
#[derive(Clone, Debug, Resource)]
#[resource(owner = owner_id)]
pub struct Claimed {
    pub id: Uuid,
    #[resource(write = "claimeds:assign", create_only)]
    pub owner_id: Option<String>,
}

/// An owner of another resource.
#[derive(Clone, Debug, Resource)]
#[resource(owner = owned.owner_id)]
pub struct Part {
    pub id: Uuid,
    #[resource(belongs_to(owned: Owned))]
    pub owned_id: Uuid,
}

/// Roles that are declared by keys.
#[derive(Clone, Debug, Resource)]
pub struct Marked {
    #[resource(id)]
    pub number: i32,
    pub id_text: String,
    #[resource(created_at)]
    pub made: DateTime<Utc>,
    #[resource(updated_at)]
    pub changed: DateTime<Utc>,
}

/// The fields of a typed body that was created with the required fields only, each with whether it is required: others are
/// `None` in it.
fn fields_of(body: &impl Debug) -> BTreeMap<String, bool> {
    let text = format!("{body:#?}");
    let fields = text
        .lines()
        .filter_map(|line| line.strip_prefix("    ").filter(|line| !line.starts_with([' ', '}', ')', ']'])));
    let fields = fields.map(|line| line.split_once(": ").expect("a field and its value"));
    fields.map(|(name, value)| (name.to_owned(), value != "None,")).collect()
}

/// The fields that the runtime accepts in a body.
fn expected(
    spec: &ResourceSpec,
    is_in: impl Fn(usize) -> bool,
    is_required: impl Fn(usize) -> bool,
) -> BTreeMap<String, bool> {
    let fields = (0..spec.fields.len()).filter(|&index| is_in(index));
    fields.map(|index| (spec.fields[index].name.to_owned(), is_required(index))).collect()
}

fn check<R: resourceful::Resource>(create: R::Create, update: R::Update, patch: R::Patch)
where
    R::Create: Debug,
    R::Update: Debug,
    R::Patch: Debug,
{
    let spec = R::spec();
    // The one difference: no caller gives an id that is the owner, but seeds and provisioning name it in `Create`.
    let is_named =
        |index: usize| index == spec.id && spec.id_is_owner() && matches!(spec.fields[index].ty.kind, Kind::String);
    let created = expected(
        spec,
        |index| spec.is_creatable(index) || is_named(index),
        |index| spec.is_required(index) || is_named(index),
    );
    assert_eq!(fields_of(&create), created, "Create of {}", spec.type_name);
    let updated = expected(spec, |index| spec.is_updatable(index), |index| spec.is_required(index));
    assert_eq!(fields_of(&update), updated, "Update of {}", spec.type_name);
    let patched = expected(spec, |index| spec.is_updatable(index), |_| false);
    assert_eq!(fields_of(&patch), patched, "Patch of {}", spec.type_name);
}

#[test]
fn typed_bodies_have_the_fields_that_the_runtime_accepts() {
    let (day, time) = (NaiveDate::default(), NaiveTime::default());
    let (local, moment) = (NaiveDateTime::default(), DateTime::<Utc>::default());
    let (decimal, typed) = (Decimal::ONE, || Json(Shape { size: 1 }));
    let create = mixed::Create::new(
        1,
        1,
        1,
        1.0,
        1.0,
        decimal,
        "x",
        true,
        Uuid::nil(),
        day,
        time,
        local,
        moment,
        vec![1],
        Value::Null,
        typed(),
        Level::High,
        1,
        "x",
        true,
        "x",
        decimal,
        decimal,
        "x",
    );
    let update = mixed::Update::new(
        1,
        1,
        1,
        1.0,
        1.0,
        decimal,
        "x",
        true,
        Uuid::nil(),
        day,
        time,
        local,
        moment,
        vec![1],
        Value::Null,
        typed(),
        Level::High,
        1,
        "x",
        decimal,
        decimal,
        "x",
    );
    check::<Mixed>(create, update, mixed::Patch::new());
    check::<Counted>(counted::Create::new("x"), counted::Update::new("x"), counted::Patch::new());
    check::<Aliased>(aliased::Create::new("x"), aliased::Update::new("x"), aliased::Patch::new());
    check::<Named>(named::Create::new("x"), named::Update::new(), named::Patch::new());
    check::<Guarded>(guarded::Create::new("x", "x"), guarded::Update::new("x"), guarded::Patch::new());
    check::<Person>(person::Create::new("x", "x"), person::Update::new("x"), person::Patch::new());
    check::<Staff>(staff::Create::new("x", "x"), staff::Update::new("x"), staff::Patch::new());
    check::<Owned>(owned::Create::new("x"), owned::Update::new("x"), owned::Patch::new());
    check::<Assigned>(assigned::Create::new("x"), assigned::Update::new("x"), assigned::Patch::new());
    check::<Claimed>(claimed::Create::new(), claimed::Update::new(), claimed::Patch::new());
    check::<Part>(part::Create::new(Uuid::nil()), part::Update::new(Uuid::nil()), part::Patch::new());
    check::<Marked>(marked::Create::new("x"), marked::Update::new("x"), marked::Patch::new());
}

/// Each role, kind and access is in one of the resources above: a new one must be added here.
#[test]
fn the_test_resources_have_every_kind_and_role() {
    let mut kinds: Vec<String> = Vec::new();
    let mut accesses: Vec<String> = Vec::new();
    for field in mixed::SPEC.fields {
        let kind = format!("{:?}", field.ty.kind);
        kinds.push(kind.split('(').next().unwrap_or_default().to_owned());
        accesses.push(format!("{:?}", field.access));
        match field.role {
            FieldRole::Plain | FieldRole::Id | FieldRole::CreatedAt | FieldRole::UpdatedAt | FieldRole::Version => {}
        }
        match field.ty.kind {
            Kind::I16 | Kind::I32 | Kind::I64 | Kind::F32 | Kind::F64 | Kind::Decimal | Kind::String | Kind::Bool => {}
            Kind::Uuid | Kind::Date | Kind::Time | Kind::DateTime | Kind::Timestamp => {}
            Kind::Json(_) | Kind::Bytes | Kind::Enum(_) | Kind::File => {}
        }
    }
    for list in [&mut kinds, &mut accesses] {
        list.sort();
        list.dedup();
    }
    assert_eq!(kinds.len(), 16, "{kinds:?}");
    assert_eq!(accesses.len(), 5, "{accesses:?}");
}
