//! The engine with the types of one resource: what `project::Service` dereferences to.

use std::marker::PhantomData;
use std::sync::Arc;

use sea_orm::sea_query::IntoCondition;
use sea_orm::{Condition, EntityTrait, PaginatorTrait, QuerySelect, Select};

use super::Engine;
use crate::actor::{Actor, CurrentUser};
use crate::context::{Connection, Context, Executor};
use crate::error::{Error, Result};
use crate::page::Page;
use crate::query::{self, Count, ListQuery, Start};
use crate::resource::{Checked, FieldType, Input, Resource, absent_value};
use crate::spec::Operation;

/// The service of one resource, for one actor: everything the generated endpoints do, typed.
///
/// Obtained as an argument of a handler (`projects: project::Service`), where it acts for the caller, or from
/// [`as_system`](Self::as_system) and [`as_user`](Self::as_user). Permissions are the endpoint's business and are not
/// asked for here; ownership and row policies are part of the service.
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

/// Which rows a typed list holds: a SeaORM condition, words, an order, a page.
#[derive(Debug, Clone, Default)]
pub struct Query {
    condition: Option<Condition>,
    words: Vec<String>,
    sort: Vec<(String, bool)>,
    page: Option<u64>,
    after: Option<String>,
    size: Option<u32>,
    uncounted: bool,
}

impl Query {
    /// All rows, in the resource's own order, the first page.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only rows that match this SeaORM condition besides those given before:
    /// `project::Column::IsActive.eq(true)`.
    #[must_use]
    pub fn filter(mut self, condition: impl IntoCondition) -> Self {
        self.condition = Some(self.condition.unwrap_or_else(Condition::all).add(condition.into_condition()));
        self
    }

    /// Only rows in whose search fields each of these words occurs.
    #[must_use]
    pub fn words(mut self, words: &str) -> Self {
        self.words.extend(words.split_whitespace().map(str::to_owned));
        self
    }

    /// Ordered by this field (its Rust name), largest first with a leading `-`; then by the keys of further calls.
    #[must_use]
    pub fn sort(mut self, key: &str) -> Self {
        let descending = key.starts_with('-');
        self.sort.push((key.trim_start_matches('-').to_owned(), descending));
        self
    }

    /// This page, from 1.
    #[must_use]
    pub fn page(mut self, page: u64) -> Self {
        self.page = Some(page);
        self
    }

    /// The page behind the row of this cursor, the [`next`](Page::next) of an earlier page of the same list.
    #[must_use]
    pub fn after(mut self, cursor: impl Into<String>) -> Self {
        self.after = Some(cursor.into());
        self
    }

    /// This many rows a page; the resource's maximum does not bind typed code.
    #[must_use]
    pub fn size(mut self, size: u32) -> Self {
        self.size = Some(size);
        self
    }

    /// Without counting all rows.
    #[must_use]
    pub fn uncounted(mut self) -> Self {
        self.uncounted = true;
        self
    }

    fn compile<R: Resource>(&self) -> Result<ListQuery> {
        let spec = R::spec();
        let sort = self
            .sort
            .iter()
            .map(|(name, descending)| match spec.field(name) {
                Some((field, _)) => Ok(query::SortKey { field, descending: *descending }),
                None => Err(Error::internal(format!("{} has no field `{name}` to sort by", spec.type_name))),
            })
            .collect::<Result<Vec<_>>>()?;
        let mut list = ListQuery::new(spec);
        list.words.clone_from(&self.words);
        if !sort.is_empty() {
            list.sort = sort;
            list.is_sorted = true;
        }
        list.start = match &self.after {
            Some(cursor) => Start::After(cursor.clone()),
            None => Start::Page(self.page.unwrap_or(1).max(1)),
        };
        list.size = self.size.unwrap_or(list.size).max(1);
        if self.uncounted {
            list.count = Count::None;
        }
        Ok(list)
    }
}

impl<R: Resource> Crud<R> {
    pub(crate) fn new(engine: Engine) -> Self {
        Self { engine: engine.typed(), resource: PhantomData }
    }

    /// The service for the application itself: seeds, jobs, tests. Nothing is refused to it.
    pub fn as_system(executor: &impl Executor) -> Self {
        Self::new(Engine::new(executor, R::TABLE, Actor::System))
    }

    /// The service for this user.
    pub fn as_user(executor: &impl Executor, user: CurrentUser) -> Self {
        Self::new(Engine::new(executor, R::TABLE, Actor::User(Arc::new(user))))
    }

    /// The same service for the rows that the user owns: what the `/self` endpoints use.
    ///
    /// # Errors
    /// 403 `user-required` where no user acts.
    pub fn own(&self) -> Result<Self> {
        self.engine.clone().owned().map(Self::new)
    }

    /// What all parts of the application share.
    pub fn ctx(&self) -> &Context {
        self.engine.ctx()
    }

    /// Where the service runs its statements, the pool or its transaction, for SeaORM queries of one's own. Ownership
    /// and policies do not apply to them.
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
    /// 503 when the database is away or too busy.
    pub async fn list(&self, query: Query) -> Result<Page<R>> {
        let list = query.compile::<R>()?;
        self.engine.list(Operation::List, &list, query.condition.as_ref()).await?.try_map(|record| record.model())
    }

    /// The first page of the rows in whose search fields each of these words occurs.
    ///
    /// # Errors
    /// 503 when the database is away or too busy.
    pub async fn search(&self, words: &str) -> Result<Page<R>> {
        self.list(Query::new().words(words)).await
    }

    /// How many rows match.
    ///
    /// # Errors
    /// 503 when the database is away or too busy.
    pub async fn count(&self, query: Query) -> Result<u64> {
        self.engine.count(&query.compile::<R>()?, query.condition.as_ref()).await
    }

    /// Creates a row that belongs to the user the service acts for.
    ///
    /// # Errors
    /// 422 with every broken rule, 409 when a unique value is taken, 403 `user-required` where nobody could own it.
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
    /// As [`create`](Self::create); pointers begin with the item's place.
    pub async fn create_bulk(&self, inputs: Vec<R::Create>) -> Result<Vec<R>> {
        let rows = inputs
            .into_iter()
            .enumerate()
            .map(|(place, input)| Checked::from_typed(R::TABLE, input.into_assignments(), &format!("/{place}")))
            .collect::<Result<Vec<_>>>()?;
        self.engine.create_many(rows).await?.into_iter().map(|record| record.model()).collect()
    }

    /// Replaces a row: what the input leaves out becomes its default or null.
    ///
    /// # Errors
    /// 404 when there is none that the actor may change, otherwise as [`create`](Self::create).
    pub async fn update(&self, id: R::Id, input: R::Update) -> Result<R> {
        let mut given = input.into_assignments();
        let spec = R::spec();
        for index in (0..spec.fields.len()).filter(|&index| spec.is_updatable(index)) {
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

    /// One page of a SeaORM query of one's own. Ownership and policies do not apply to it.
    ///
    /// # Errors
    /// 500 or 503 when the query fails.
    pub async fn paginate<E>(&self, select: Select<E>, page: u64, size: u32) -> Result<Page<E::Model>>
    where
        E: EntityTrait,
        E::Model: Sync,
    {
        let (page, size) = (page.max(1), size.max(1));
        let total = select.clone().count(self.db()).await.map_err(super::failure::read)?;
        let offset = (page - 1).saturating_mul(u64::from(size)).min(i64::MAX.unsigned_abs());
        let rows = select.offset(offset).limit(u64::from(size));
        let items = rows.all(self.db()).await.map_err(super::failure::read)?;
        Ok(Page { items, total: Some(total), page: Some(page), size, next: None })
    }
}
