//! Transactions of typed code, and the services that take part in them.

use std::ops::Deref;

use super::crud::Crud;
use super::engine::Engine;
use super::retry::retrying;
use crate::context::Connection;
use crate::context::{Context, Failure, Retried, Tx, db_error};
use crate::error::{Error, Result};
use crate::etag::IntoIfMatch;
use crate::resource::{HookContext, Resource};
use crate::spec::Operation;

impl Context {
    /// Runs a closure in a transaction. What its services write is committed together when it returns `Ok`, and rolled
    /// back when it returns an error, panics, or is dropped because the client has disconnected.
    ///
    /// ```
    /// # use resourceful::prelude::*;
    /// # #[derive(Clone, Debug, Resource)]
    /// # pub struct Account { pub id: Uuid, pub cents: i64 }
    /// # async fn transfer(ctx: &Context, from: Uuid, to: Uuid, cents: i64) -> Result<()> {
    /// ctx.transaction(async |tx| {
    ///     let accounts = account::Service::as_system(&tx);
    ///     let payer = accounts.get_for_update(from).await?;
    ///     if payer.cents < cents {
    ///         return Err(Error::conflict("insufficient-funds", "The account does not hold so much"));
    ///     }
    ///     let payee = accounts.get_for_update(to).await?;
    ///     accounts.patch(from, account::Patch::new().cents(payer.cents - cents)).await?;
    ///     accounts.patch(to, account::Patch::new().cents(payee.cents + cents)).await?;
    ///     Ok(())
    /// })
    /// .await
    /// # }
    /// # fn main() {}
    /// ```
    ///
    /// Services join by [`within`](crate::ResourceService::within), `as_system(&tx)` or `as_user(&tx, user)`; SeaORM's
    /// own queries take `&tx` as their connection, and `?` turns their errors into answers. Services that were made
    /// outside of the closure do not take part. Neither `tx` nor a service of it may outlive the closure.
    ///
    /// The error of a write cannot be ignored: PostgreSQL would not commit the other writes. A closure that returns `Ok`
    /// after a failed write is therefore an error on both databases.
    ///
    /// # Errors
    /// That of the closure; 503 when the database is unavailable or too busy, `commit-unknown` when it is not known
    /// whether the transaction was committed; 500 for a closure that returned `Ok` after a failed write or let a clone of
    /// `tx` escape.
    pub async fn transaction<T, F, W>(&self, work: W) -> Result<T>
    where
        W: FnOnce(Tx) -> F,
        F: Future<Output = Result<T>>,
    {
        Tx::run(self, work).await.map_err(answer)
    }

    /// The same, attempted up to three times when it conflicts with concurrent work: a serialization failure, a
    /// deadlock, a lock timeout or a locked SQLite database. The closure may run more than once, so side effects other
    /// than writes belong into [`Tx::after_commit`].
    ///
    /// # Errors
    /// As [`transaction`](Self::transaction); 503 with `Retry-After` after the last attempt.
    pub async fn transaction_retrying<T, F, W>(&self, work: W) -> Result<T>
    where
        W: Fn(Tx) -> F,
        F: Future<Output = Result<T>>,
    {
        retrying(self, Retried::Transaction, || self.transaction(&work)).await
    }
}

impl Tx {
    /// Runs a closure within this transaction. If it fails, the whole transaction can no longer be committed.
    ///
    /// # Errors
    /// That of the closure.
    pub async fn transaction<T, F, W>(&self, work: W) -> Result<T>
    where
        W: FnOnce(Self) -> F,
        F: Future<Output = Result<T>>,
    {
        let done = work(self.clone()).await;
        if done.is_err() {
            self.fail();
        }
        done
    }
}

impl<R: Resource> Crud<R> {
    /// Runs a closure in a transaction, as [`Context::transaction`] does, or within the transaction that the service
    /// already takes part in.
    ///
    /// ```
    /// # use resourceful::prelude::*;
    /// # #[derive(Clone, Debug, Resource)]
    /// # #[resource(has_many(tasks: Task))]
    /// # pub struct Project { pub id: Uuid, pub name: String }
    /// # #[derive(Clone, Debug, Resource)]
    /// # pub struct Task {
    /// #     pub id: Uuid,
    /// #     #[resource(belongs_to(project: Project))]
    /// #     pub project_id: Uuid,
    /// #     pub title: String,
    /// # }
    /// impl project::Service {
    ///     /// Creates a project and its first tasks, for the actor of this service.
    ///     pub async fn plan(&self, name: &str, titles: &[String]) -> Result<Project> {
    ///         self.transaction(async |tx| {
    ///             let projects = self.within(&tx);
    ///             let tasks = projects.sibling::<task::Service>();
    ///             let project = projects.create(project::Create::new(name)).await?;
    ///             for title in titles {
    ///                 tasks.create(task::Create::new(project.id, title)).await?;
    ///             }
    ///             Ok(project)
    ///         })
    ///         .await
    ///     }
    /// }
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    /// As [`Context::transaction`].
    pub async fn transaction<T, F, W>(&self, work: W) -> Result<T>
    where
        W: FnOnce(Tx) -> F,
        F: Future<Output = Result<T>>,
    {
        match &self.engine.connection {
            Connection::Pool(ctx) => ctx.transaction(work).await,
            Connection::Transaction(tx) => tx.transaction(work).await,
        }
    }

    /// The same, attempted again as [`Context::transaction_retrying`] does. Within a transaction it is attempted once:
    /// only the whole transaction can be repeated.
    ///
    /// # Errors
    /// As [`Context::transaction_retrying`].
    pub async fn transaction_retrying<T, F, W>(&self, work: W) -> Result<T>
    where
        W: Fn(Tx) -> F,
        F: Future<Output = Result<T>>,
    {
        match &self.engine.connection {
            Connection::Pool(ctx) => ctx.transaction_retrying(work).await,
            Connection::Transaction(tx) => tx.transaction(work).await,
        }
    }

    /// The row with this id, locked until the end of the transaction. Only within a transaction.
    ///
    /// # Errors
    /// 404 when there is none that the actor may change; 500 outside of a transaction, where it would lock nothing.
    pub async fn get_for_update(&self, id: R::Id) -> Result<R> {
        if self.engine.connection.is_pool() {
            return Err(Error::internal(
                "get_for_update outside of a transaction locks nothing; use a service of one: `projects.within(&tx)`",
            ));
        }
        self.engine.get_for_update(Operation::Update, crate::resource::FieldType::into_value(id)).await?.model()
    }
}

impl HookContext {
    /// A service for the actor of the write, within the write's transaction: `hook.service::<task::Service>()`. Where the
    /// actor may write only their own rows, and the other resource has an owner, it is a service for their own rows.
    pub fn service<S: ResourceService>(&self) -> S {
        let engine = Engine::new(&self.tx, S::Resource::TABLE, self.actor.clone());
        S::of_crud(Crud::new(engine.limited_to(self.row_access)))
    }
}

/// What every `project::Service` can do in addition to [`Crud`]: join a transaction, and return services of other
/// resources. It is part of the prelude.
pub trait ResourceService: Sized {
    /// The resource that it serves.
    type Resource: Resource;

    /// The same service, for the same actor, within this transaction.
    fn within(&self, tx: &Tx) -> Self {
        let connection = Connection::Transaction(tx.clone());
        Self::of_crud(Crud::new(Engine { ctx: tx.ctx().clone(), connection, ..self.crud().engine.clone() }))
    }

    /// The service of another resource, for the same actor and within the same transaction, if there is one:
    /// `projects.sibling::<task::Service>()`. A service for the user's own rows only returns one for the user's own rows
    /// where the other resource has an owner.
    fn sibling<S: ResourceService>(&self) -> S {
        S::of_crud(Crud::new(self.crud().engine.sibling(S::Resource::TABLE)))
    }

    /// The same service for a row that must be as the caller has seen it: updates, patches and deletes of another state
    /// change nothing and fail with 412 `precondition-failed`. It takes what a request's `If-Match` says
    /// ([`IfMatch`](crate::IfMatch) as an argument of the endpoint), or the version that was read:
    /// `projects.if_match(project.version).patch(..)`.
    ///
    /// The condition is tested together with each write of this service, so the second write of a row fails: the first has
    /// changed its state. Without a condition, such as that of a request without `If-Match`, it is the same service.
    #[must_use]
    fn if_match(&self, condition: impl IntoIfMatch) -> Self {
        Self::of_crud(Crud::new(self.crud().engine.clone().expecting(condition.into())))
    }

    #[doc(hidden)]
    fn of_crud(crud: Crud<Self::Resource>) -> Self;

    #[doc(hidden)]
    fn crud(&self) -> &Crud<Self::Resource>;
}

impl<S, R> ResourceService for S
where
    S: Deref<Target = Crud<R>> + From<Crud<R>>,
    R: Resource,
{
    type Resource = R;

    fn of_crud(crud: Crud<R>) -> Self {
        Self::from(crud)
    }

    fn crud(&self) -> &Crud<R> {
        self
    }
}

impl<R: Resource> ResourceService for Crud<R> {
    type Resource = R;

    fn of_crud(crud: Self) -> Self {
        crud
    }

    fn crud(&self) -> &Self {
        self
    }
}

/// The answer for a transaction that was not committed, or may not have been.
fn answer(failure: Failure<Error>) -> Error {
    match failure {
        Failure::Work { error, retryable: true } => error.retryable(),
        Failure::Work { error, .. } => error,
        Failure::Database(error) => db_error::read(error),
        Failure::Commit(error) if db_error::is_unknown(&error) => db_error::unknown(error),
        Failure::Commit(error) => Error::from(error),
    }
}
