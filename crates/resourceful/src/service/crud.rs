//! The engine with the types of one resource: the target of `project::Service`'s `Deref`.

use std::marker::PhantomData;
use std::sync::Arc;

use sea_orm::{EntityTrait, PaginatorTrait, QuerySelect, Select};

use super::engine::Engine;
use super::typed_query::Query;
use crate::actor::{Actor, CurrentUser};
use crate::context::{Connection, Context, Executor, db_error};
use crate::error::Result;
use crate::page::Page;
use crate::resource::{Checked, FieldType, Input, Resource, absent_value};
use crate::spec::{FieldRef, Operation};

/// The service of one resource, for one actor: everything that the generated endpoints do, typed.
///
/// Take it as an argument of a handler (`projects: project::Service`), where it acts for the caller, or from
/// [`as_system`](Self::as_system) and [`as_user`](Self::as_user). The service applies ownership and row policies. It
/// does not check permissions: that is the task of the endpoint.
pub struct Crud<R> {
    pub(super) engine: Engine,
    resource: PhantomData<fn() -> R>,
}

impl<R> Clone for Crud<R> {
    fn clone(&self) -> Self {
        Self { engine: self.engine.clone(), resource: PhantomData }
    }
}

impl<R> std::fmt::Debug for Crud<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Crud").field("resource", &std::any::type_name::<R>()).finish_non_exhaustive()
    }
}

impl<R: Resource> Crud<R> {
    pub(crate) fn new(engine: Engine) -> Self {
        Self { engine: engine.typed(), resource: PhantomData }
    }

    /// The service for the application itself: seeds, jobs, tests. It may touch all rows.
    pub fn as_system(executor: &impl Executor) -> Self {
        Self::new(Engine::new(executor, R::TABLE, Actor::System))
    }

    /// The service for this user.
    pub fn as_user(executor: &impl Executor, user: CurrentUser) -> Self {
        Self::new(Engine::new(executor, R::TABLE, Actor::User(Arc::new(user))))
    }

    /// The same service for the user's own rows only, as the `/self` endpoints use it.
    ///
    /// # Errors
    /// 403 `user-required` where the actor is not a user.
    pub fn owned(&self) -> Result<Self> {
        self.engine.clone().owned().map(Self::new)
    }

    /// The context that all parts of the application share.
    pub fn ctx(&self) -> &Context {
        self.engine.ctx()
    }

    /// The connection on which the service runs its statements (the pool or its transaction), for your own SeaORM
    /// queries. Ownership and policies do not apply to those.
    pub fn db(&self) -> &Connection {
        &self.engine.connection
    }

    /// The user the service acts for; `None` for the system.
    pub fn user(&self) -> Option<&CurrentUser> {
        self.engine.actor.user().map(AsRef::as_ref)
    }

    /// The row with this id.
    ///
    /// # Errors
    /// 404 when there is none that the actor may see.
    pub async fn get_by_id(&self, id: R::Id) -> Result<R> {
        self.engine.get(id.into_value()).await?.model()
    }

    /// One page of the rows that match.
    ///
    /// # Errors
    /// 503 when the database is unavailable or too busy.
    pub async fn list(&self, query: Query) -> Result<Page<R>> {
        let list = query.compile::<R>()?;
        self.engine.list(Operation::List, &list, query.condition.as_ref()).await?.try_map(|record| record.model())
    }

    /// The first page of the rows whose search fields contain each of these words.
    ///
    /// # Errors
    /// 503 when the database is unavailable or too busy.
    pub async fn search(&self, words: &str) -> Result<Page<R>> {
        self.list(Query::new().words(words)).await
    }

    /// How many rows match.
    ///
    /// # Errors
    /// 503 when the database is unavailable or too busy.
    pub async fn count(&self, query: Query) -> Result<u64> {
        self.engine.count(&query.compile::<R>()?, query.condition.as_ref()).await
    }

    /// Creates a row that belongs to the user the service acts for.
    ///
    /// # Errors
    /// 422 with every broken rule, 409 when a unique value is taken, 403 `user-required` where the row needs an owner and
    /// the actor is not a user.
    pub async fn create(&self, input: R::Create) -> Result<R> {
        let row = Checked::from_typed(R::TABLE, input.into_assignments(), "")?;
        self.engine.create(row).await?.model()
    }

    /// Creates a row that belongs to the user with this id, for seeds and jobs.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub async fn create_for(&self, owner: &str, input: R::Create) -> Result<R> {
        Self::new(self.engine.clone().on_behalf_of(owner)).create(input).await
    }

    /// Creates all of these rows, or none, and returns them in the same order.
    ///
    /// # Errors
    /// As [`create`](Self::create); pointers begin with the index of the item.
    pub async fn create_bulk(&self, inputs: Vec<R::Create>) -> Result<Vec<R>> {
        let rows = inputs
            .into_iter()
            .enumerate()
            .map(|(place, input)| Checked::from_typed(R::TABLE, input.into_assignments(), &format!("/{place}")))
            .collect::<Result<Vec<_>>>()?;
        self.engine.create_bulk(rows).await?.into_iter().map(|record| record.model()).collect()
    }

    /// Replaces a row: fields that the input leaves out become their default or null.
    ///
    /// # Errors
    /// 404 when there is none that the actor may change, otherwise as [`create`](Self::create).
    pub async fn update(&self, id: R::Id, input: R::Update) -> Result<R> {
        let mut given = input.into_assignments();
        let spec = R::spec();
        for FieldRef { index, .. } in spec.updatable() {
            if !spec.is_own_owner(index)
                && !given.iter().any(|(at, _)| *at == index)
                && let Some(value) = absent_value(R::TABLE, index)
            {
                given.push((index, value));
            }
        }
        let row = Checked::from_typed(R::TABLE, given, "")?;
        self.engine.update(Operation::Update, id.into_value(), row).await?.model()
    }

    /// Changes the given fields of a row.
    ///
    /// # Errors
    /// 404 when there is none that the actor may change, otherwise as [`create`](Self::create).
    pub async fn patch(&self, id: R::Id, input: R::Patch) -> Result<R> {
        let row = Checked::from_typed(R::TABLE, input.into_assignments(), "")?;
        self.engine.update(Operation::Patch, id.into_value(), row).await?.model()
    }

    /// Deletes a row.
    ///
    /// # Errors
    /// 404 when there is none that the actor may delete, 409 when other rows refer to it.
    pub async fn delete(&self, id: R::Id) -> Result<()> {
        self.engine.delete(id.into_value()).await
    }

    /// One page of your own SeaORM query. Ownership and policies do not apply to it.
    ///
    /// # Errors
    /// 500 or 503 when the query fails.
    pub async fn paginate<E>(&self, select: Select<E>, page: u64, size: u32) -> Result<Page<E::Model>>
    where
        E: EntityTrait,
        E::Model: Sync,
    {
        let (page, size) = (page.max(1), size.max(1));
        let total = select.clone().count(self.db()).await.map_err(db_error::read)?;
        let offset = (page - 1).saturating_mul(u64::from(size)).min(i64::MAX.unsigned_abs());
        let rows = select.offset(offset).limit(u64::from(size));
        let items = rows.all(self.db()).await.map_err(db_error::read)?;
        Ok(Page { items, total: Some(total), page: Some(page), size, next: None })
    }
}
