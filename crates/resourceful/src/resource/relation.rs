//! Generated relations: as typed values, and as SeaORM's definitions.

use std::fmt;
use std::marker::PhantomData;

use sea_orm::entity::RelationType;
use sea_orm::sea_query::ForeignKeyAction;
use sea_orm::{EntityTrait, Iterable, ModelTrait, PrimaryKeyToColumn, Related, RelationDef};

use super::table::Resource;
use crate::spec::OnDelete;

/// A relation of `From` to at most one row of `To`: a `belongs_to` or a `has_one`, as the generated
/// `project::relations::OWNER`.
pub struct ToOne<From, To> {
    name: &'static str,
    ends: PhantomData<fn() -> (From, To)>,
}

/// A relation of `From` to any number of rows of `To`: a `has_many` or a `many_to_many`, as the generated
/// `project::relations::TASKS`.
pub struct ToMany<From, To> {
    name: &'static str,
    ends: PhantomData<fn() -> (From, To)>,
}

macro_rules! typed {
    ($($ty:ident),*) => { $(
        impl<From, To> $ty<From, To> {
            /// The relation of this Rust name.
            pub const fn new(name: &'static str) -> Self {
                Self { name, ends: PhantomData }
            }

            /// The relation's Rust name.
            pub const fn name(&self) -> &'static str {
                self.name
            }
        }

        // By hand: a derive would require the same of the resources.
        impl<From, To> Clone for $ty<From, To> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<From, To> Copy for $ty<From, To> {}

        impl<From, To> fmt::Debug for $ty<From, To> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($ty)).field(&self.name).finish()
            }
        }
    )* };
}
typed!(ToOne, ToMany);

/// An entity whose rows refer to those of `E` by a `belongs_to`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no `belongs_to` that refers to `{E}`",
    label = "no field of this resource refers to it",
    note = "add `#[resource(belongs_to(name: Type))]` to the field that holds the id; if several fields do, name one: `has_many(name: Type, via = field)`, `many_to_many(name: Type, through = Type, from = field, to = field)`"
)]
pub trait RefersTo<E: EntityTrait>: Related<E> {}

/// A row of `From` refers to one of `To` by its id, so the column has the type of that id.
pub fn belongs_to<From, To, Id>(column: From::Column, on_delete: OnDelete) -> RelationDef
where
    From: EntityTrait,
    To: Resource<Id = Id>,
{
    refers_to::<From, To>(column, on_delete)
}

fn refers_to<From, To>(column: From::Column, on_delete: OnDelete) -> RelationDef
where
    From: EntityTrait,
    To: Resource,
{
    let mut relation = From::belongs_to(<To::Entity as Default>::default()).from(column);
    if let Some(id) = <To::Entity as EntityTrait>::PrimaryKey::iter().next() {
        relation = relation.to(id.into_column());
    }
    let action = match on_delete {
        OnDelete::Restrict => ForeignKeyAction::Restrict,
        OnDelete::Cascade => ForeignKeyAction::Cascade,
        OnDelete::SetNull => ForeignKeyAction::SetNull,
    };
    relation.on_delete(action).into()
}

/// Rows of `To` refer to one of `From` by their only `belongs_to` to it.
pub fn has_many<From, To>() -> RelationDef
where
    From: EntityTrait,
    To: ModelTrait<Entity: RefersTo<From>>,
{
    From::has_many(<To::Entity as Default>::default()).into()
}

/// At most one row of `To` refers to one of `From`, by its only `belongs_to` to it.
pub fn has_one<From, To>() -> RelationDef
where
    From: EntityTrait,
    To: ModelTrait<Entity: RefersTo<From>>,
{
    From::has_one(<To::Entity as Default>::default()).into()
}

/// Rows of `To` refer to one of `From` by this column.
pub fn has_many_via<From, To>(column: <To::Entity as EntityTrait>::Column) -> RelationDef
where
    From: Resource,
    To: Resource,
{
    referred::<From, To>(column, RelationType::HasMany)
}

/// At most one row of `To` refers to one of `From`, by this column.
pub fn has_one_via<From, To>(column: <To::Entity as EntityTrait>::Column) -> RelationDef
where
    From: Resource,
    To: Resource,
{
    referred::<From, To>(column, RelationType::HasOne)
}

fn referred<From, To>(column: <To::Entity as EntityTrait>::Column, rel_type: RelationType) -> RelationDef
where
    From: Resource,
    To: Resource,
{
    // The action on delete belongs to the side that holds the reference.
    let mut relation = refers_to::<To::Entity, From>(column, OnDelete::Restrict).rev();
    relation.rel_type = rel_type;
    relation.on_delete = None;
    relation
}
