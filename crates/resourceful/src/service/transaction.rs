//! Transactions of typed code: what happens together or not at all, and which services take part.

use std::ops::Deref;
use std::time::Duration;

use uuid::Uuid;

use super::failure;
use super::{Crud, Engine};
use crate::context::{Connection, Context, Retried, Tx};
use crate::error::{Error, Result};
use crate::resource::{HookContext, Resource};
use crate::spec::Operation;

/// How often work is done at most before a collision with somebody else's becomes the answer.
const ATTEMPTS: u32 = 3;

impl Context {
    /// Runs a closure in a transaction: what its services write happens together when it returns `Ok`, and not at all
    /// when it returns an error, panics, or is dropped because the client has gone away.
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
    /// own queries take `&tx` as their connection, and their errors become answers by `?`. Services that were made
    /// elsewhere do not take part. Neither `tx` nor a service of it may outlive the closure.
    ///
    /// A write that failed inside cannot be swallowed: PostgreSQL would not commit the others, so that returning `Ok`
    /// all the same is an error on both databases.
    ///
    /// # Errors
    /// That of the closure; 503 when the database is away or too busy, `commit-unknown` when nobody can say whether it
    /// was committed; 500 for a closure that returned `Ok` after a failed write or let a clone of `tx` escape.
    pub async fn transaction<T, F, W>(&self, work: W) -> Result<T>
    where
        W: FnOnce(Tx) -> F,
        F: Future<Output = Result<T>>,
    {
        Tx::run(self, work).await.map_err(failure::transaction)
    }

    /// The same, done again, three times at most, when the database gave it up for the sake of somebody else's
    /// (serialization failure, deadlock, a lock that was not had in time, a locked SQLite). The closure may run more than once, so whatever it does
    /// besides writing belongs into [`Tx::after_commit`].
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
    /// Runs a closure within this transaction. When it fails the whole transaction cannot be committed any more.
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
    /// Runs a closure in a transaction, as [`Context::transaction`] does, or within the one that the service is part of
    /// already.
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
    ///             let tasks = projects.beside::<task::Service>();
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

    /// The same, done again as [`Context::transaction_retrying`] does. Within a transaction it is done once: only the
    /// whole can be done again.
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

    /// The row with this id, which nobody else can change before the transaction ends. Only within a transaction.
    ///
    /// # Errors
    /// 404 when there is none that the actor may change; 500 outside of a transaction, where it would hold nothing.
    pub async fn get_for_update(&self, id: R::Id) -> Result<R> {
        if self.engine.connection.is_pool() {
            return Err(Error::internal(
                "get_for_update outside of a transaction holds nothing; use a service of one: `projects.within(&tx)`",
            ));
        }
        self.engine.get_for_update(Operation::Update, crate::resource::FieldType::into_value(id)).await?.model()
    }
}

impl HookContext {
    /// A service for whoever writes, within the write's transaction: `hook.service::<task::Service>()`. A caller who was
    /// let in to nothing but his own rows gets one for his own rows where the other resource has an owner.
    pub fn service<S: ResourceService>(&self) -> S {
        let all = Engine::new(&self.tx, S::Resource::TABLE, self.actor.clone());
        let own = self.own_rows_only && S::Resource::spec().owner.is_some();
        S::of_crud(Crud::new(if own { all.own_rows() } else { all }))
    }
}

/// What every `project::Service` can do beside its [`Crud`]: move into a transaction, and give services of other
/// resources. The prelude brings it.
pub trait ResourceService: Sized {
    /// What it serves.
    type Resource: Resource;

    /// The same service, for the same actor, within this transaction.
    fn within(&self, tx: &Tx) -> Self {
        let connection = Connection::Transaction(tx.clone());
        Self::of_crud(Crud::new(Engine { ctx: tx.ctx().clone(), connection, ..self.crud().engine.clone() }))
    }

    /// A service of another resource, for the same actor and within the same transaction, if there is one:
    /// `projects.beside::<task::Service>()`. A service for nothing but the user's own rows gives one for his own rows
    /// where the other resource has an owner.
    fn beside<S: ResourceService>(&self) -> S {
        let engine = &self.crud().engine;
        let other = Engine { table: S::Resource::TABLE, owned: None, ..engine.clone() };
        let own = engine.owned.is_some() && S::Resource::spec().owner.is_some();
        // Who owns rows of one resource can own those of another: owners are users' ids everywhere.
        S::of_crud(Crud::new(if own { other.own_rows() } else { other }))
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

/// Does it again when it collided with somebody else's work: one at a time within this process, and after a pause that is
/// not the same for all processes.
pub(super) async fn retrying<T, F>(ctx: &Context, kind: Retried, attempt: impl Fn() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    let mut attempts = ctx.attempts(kind);
    let mut number = 1;
    loop {
        attempts.begin(number == ATTEMPTS).await.map_err(failure::read)?;
        match attempt().await {
            Err(error) if error.is_retryable() && number < ATTEMPTS => {
                attempts.wait_to_repeat().await;
                // The last bits of a version 7 id are random (RFC 9562 section 5.7).
                let jitter = u64::from(Uuid::now_v7().as_bytes()[15]) * u64::from(number) / 8;
                tokio::time::sleep(Duration::from_millis(5 + jitter)).await;
                number += 1;
            }
            done => return done,
        }
    }
}
