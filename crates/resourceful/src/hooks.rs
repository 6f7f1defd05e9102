//! Hooks: code of an application that runs with every write of a resource.

use std::any::Any;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sea_orm::{ActiveModelTrait, ActiveValue, EntityTrait, Iterable, ModelTrait};

use crate::context::Context;
use crate::error::{Error, Result};
use crate::resource::{Assignments, HasHooks, HookContext, HookFns, Model, Resource, Written};

/// Runs code with every write of a resource: by endpoints, bulk requests, services and other hooks. The resource needs
/// `#[resource(hooks)]`. SeaORM's own statements do not run hooks, and neither does the database when it deletes rows by
/// `on_delete`.
///
/// All hooks except `after_commit` run inside the transaction of the write, once for each row. An error of one of them
/// rolls back the whole write, including all items of a bulk request, and becomes the response. In a bulk request its
/// pointers begin with that of the item, `/1/size`, and an error without pointers names the item, `/1`. Values that a hook
/// changes are checked against the rules of their fields again. `PATCH` with `{}` does not write and runs no hooks.
///
/// ```
/// use resourceful::prelude::*;
/// use resourceful::sea_orm::Set;
///
/// #[derive(Clone, Debug, Resource)]
/// #[resource(hooks)]
/// pub struct Invoice {
///     pub id: Uuid,
///     #[resource(length(1..=40))]
///     pub number: String,
///     #[resource(default = false)]
///     pub is_paid: bool,
/// }
///
/// impl Hooks for Invoice {
///     async fn before_create(row: &mut invoice::ActiveModel, _hook: &HookContext) -> Result<()> {
///         row.number = Set(row.number.as_ref().trim().to_uppercase());
///         Ok(())
///     }
///
///     async fn before_delete(row: &Self, _hook: &HookContext) -> Result<()> {
///         if row.is_paid {
///             return Err(Error::conflict("invoice-paid", "A paid invoice stays; write a credit note"));
///         }
///         Ok(())
///     }
///
///     async fn after_commit(change: Change<Self>, _ctx: &Context) -> Result<()> {
///         if let Change::Updated { before, after } = change
///             && after.is_paid
///             && !before.is_paid
///         {
///             println!("{} is paid", after.number);
///         }
///         Ok(())
///     }
/// }
/// # fn main() {}
/// ```
///
/// Other services take part in the transaction through [`HookContext::service`], which acts for the same actor, or
/// `project::Service::as_system(hook.tx())`, which may access all rows.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has the attribute `hooks`, but does not implement `Hooks`",
    label = "this attribute requires `impl Hooks for {Self}`",
    note = "write `impl Hooks for {Self} {{ async fn before_create(row: &mut <module>::ActiveModel, hook: &HookContext) -> Result<()> {{ .. }} }}`; every hook has a default that does nothing"
)]
pub trait Hooks: HasHooks {
    /// Receives the complete new row, with its id, its owner and its defaults, and may change it.
    fn before_create(
        row: &mut <Self::Entity as EntityTrait>::ActiveModel,
        hook: &HookContext,
    ) -> impl Future<Output = Result<()>> + Send {
        let _ = (row, hook);
        async { Ok(()) }
    }

    /// Receives the new row as the database has stored it. It is already checked and will be the response, so make changes
    /// to it in `before_create`.
    fn after_create(row: &Self, hook: &HookContext) -> impl Future<Output = Result<()>> + Send {
        let _ = (row, hook);
        async { Ok(()) }
    }

    /// Receives a row that is about to change, and is locked: `current` as it is, and `row` with the new values `Set` and
    /// all others `Unchanged`. Values that are `Set` when the hook returns are written.
    fn before_update(
        current: &Self,
        row: &mut <Self::Entity as EntityTrait>::ActiveModel,
        hook: &HookContext,
    ) -> impl Future<Output = Result<()>> + Send {
        let _ = (current, row, hook);
        async { Ok(()) }
    }

    /// Receives a row before and after the change. Make changes to it in `before_update`.
    fn after_update(before: &Self, after: &Self, hook: &HookContext) -> impl Future<Output = Result<()>> + Send {
        let _ = (before, after, hook);
        async { Ok(()) }
    }

    /// Receives a row that is about to be deleted, and is locked.
    fn before_delete(row: &Self, hook: &HookContext) -> impl Future<Output = Result<()>> + Send {
        let _ = (row, hook);
        async { Ok(()) }
    }

    /// Receives a row that was deleted.
    fn after_delete(row: &Self, hook: &HookContext) -> impl Future<Output = Result<()>> + Send {
        let _ = (row, hook);
        async { Ok(()) }
    }

    /// Runs after the commit and before the response, once for each row, and never after a rollback. It cannot undo the
    /// write, so errors and panics are only logged; and it does not run if the process ends just after the commit. Mail
    /// therefore belongs into the hooks before it, by `hook.mailer()` (feature `mail`).
    fn after_commit(change: Change<Self>, ctx: &Context) -> impl Future<Output = Result<()>> + Send {
        let _ = (change, ctx);
        async { Ok(()) }
    }
}

/// The change of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Change<R> {
    /// The row was created.
    Created(R),
    /// The row was changed.
    Updated {
        /// The row before the change.
        before: R,
        /// The row after the change.
        after: R,
    },
    /// The row was deleted.
    Deleted(R),
}

/// The hooks of a resource, in the form that the engine calls.
#[doc(hidden)]
pub const fn hooks_of<R: Hooks>() -> HookFns {
    HookFns {
        before_create: before_create::<R>,
        after_create: |hook, row| async move { R::after_create(typed(row)?, hook).await }.boxed(),
        before_update: before_update::<R>,
        after_update: |hook, before, after| {
            async move { R::after_update(typed(before)?, typed(after)?, hook).await }.boxed()
        },
        before_delete: |hook, row| async move { R::before_delete(typed(row)?, hook).await }.boxed(),
        after_delete: |hook, row| async move { R::after_delete(typed(row)?, hook).await }.boxed(),
        after_commit: |ctx, written| async move { R::after_commit(change(written)?, &ctx).await }.boxed(),
    }
}

fn before_create<R: Hooks>(hook: &HookContext, row: Assignments) -> BoxFuture<'_, Result<Assignments>> {
    async move {
        let mut active = <<R::Entity as EntityTrait>::ActiveModel as ActiveModelTrait>::default();
        assign::<R>(&mut active, row)?;
        R::before_create(&mut active, hook).await?;
        Ok(assigned::<R>(&active, true))
    }
    .boxed()
}

fn before_update<'a, R: Hooks>(
    hook: &'a HookContext,
    current: &'a Model,
    values: Assignments,
) -> BoxFuture<'a, Result<Assignments>> {
    async move {
        let current: &R = typed(current)?;
        let mut active = <R::Entity as EntityTrait>::ActiveModel::from(current.clone());
        assign::<R>(&mut active, values)?;
        R::before_update(current, &mut active, hook).await?;
        Ok(assigned::<R>(&active, false))
    }
    .boxed()
}

/// The columns of a resource, in the order of its fields.
fn columns<R: Resource>() -> impl Iterator<Item = <R::Entity as EntityTrait>::Column> {
    <R::Entity as EntityTrait>::Column::iter()
}

fn assign<R: Resource>(row: &mut <R::Entity as EntityTrait>::ActiveModel, values: Assignments) -> Result<()> {
    let columns: Vec<_> = columns::<R>().collect();
    values.into_iter().try_for_each(|(index, value)| row.try_set(columns[index], value).map_err(Error::internal))
}

/// The values that are set in a row; with `all` also those that are unchanged.
fn assigned<R: Resource>(row: &<R::Entity as EntityTrait>::ActiveModel, all: bool) -> Assignments {
    let values = columns::<R>().enumerate().map(|(index, column)| (index, row.get(column)));
    let values = values.filter_map(|(index, value)| match value {
        ActiveValue::Set(value) => Some((index, value)),
        ActiveValue::Unchanged(value) if all => Some((index, value)),
        ActiveValue::Unchanged(_) | ActiveValue::NotSet => None,
    });
    values.collect()
}

fn typed<R: ModelTrait + 'static>(model: &Model) -> Result<&R> {
    let model: &dyn Any = &**model;
    model.downcast_ref().ok_or_else(wrong_type)
}

fn owned<R: 'static>(model: Model) -> Result<R> {
    let model: Box<dyn Any> = model;
    model.downcast().map(|model| *model).map_err(|_| wrong_type())
}

fn change<R: 'static>(written: Written) -> Result<Change<R>> {
    Ok(match written {
        Written::Created(row) => Change::Created(owned(row)?),
        Written::Updated { before, after } => Change::Updated { before: owned(before)?, after: owned(after)? },
        Written::Deleted(row) => Change::Deleted(owned(row)?),
    })
}

fn wrong_type() -> Error {
    Error::internal("a hook was called with a row of another resource")
}
