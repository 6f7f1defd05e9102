//! Stores messages.

use serde::Serialize;
use uuid::Uuid;

use super::hub::Hub;
use super::settings::OutboxSettings;
use super::store::{New, Store};
use super::table;
use crate::context::{Connection, Context, Executor};
use crate::error::{Error, Result, StartupError};

/// Stores messages that a worker delivers.
///
/// ```
/// # use resourceful::prelude::*;
/// use resourceful::events::{Outbox, Undelivered};
///
/// # #[derive(Clone, Debug, Resource)]
/// # pub struct Order { pub id: Uuid, pub number: String }
/// # async fn print(_: Uuid) -> std::io::Result<()> { Ok(()) }
/// fn build(app: App) -> App {
///     app.resource::<Order>().deliver("print-label", |_ctx, message| async move {
///         let order: Uuid = message.payload()?;
///         print(order).await.map_err(|error| Undelivered::temporary(error.to_string()))
///     })
/// }
///
/// async fn place(ctx: &Context) -> Result<()> {
///     ctx.transaction(async |tx| {
///         let order = order::Service::as_system(&tx).create(order::Create::new("A-17")).await?;
///         Outbox::add(&tx, "print-label", &order.id).await?;
///         Ok(())
///     })
///     .await
/// }
/// # fn main() {}
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Outbox;

impl Outbox {
    /// Stores a message of this kind. `executor` is a [`Tx`](crate::Tx), and the message is stored if the transaction is
    /// committed; or a [`Context`], and it is stored now. Returns the id of the message.
    ///
    /// The worker of this process delivers it as soon as it is committed, and workers of other processes within
    /// `OUTBOX_INTERVAL`.
    ///
    /// # Errors
    /// 500 if the application does not use the outbox ([`App::mail`](crate::App::mail), or
    /// [`open`](Self::open) without an [`App`](crate::App)), or if the payload cannot be written as JSON; 503 if the
    /// database is unavailable or too busy.
    pub async fn add(executor: &impl Executor, kind: &str, payload: &impl Serialize) -> Result<Uuid> {
        let (_, connection) = executor.parts();
        add(&connection, New { id: Uuid::now_v7(), kind, label: None, lifetime: None }, payload).await
    }

    /// Lets a context without an [`App`](crate::App) store messages, which [`Worker`](super::Worker)s of other processes
    /// deliver. `Worker::start` does the same.
    ///
    /// # Errors
    /// If the table is missing; the message says how to create it.
    pub async fn open(ctx: &Context) -> Result<()> {
        if !table::is_there(ctx).await? {
            return Err(StartupError::new(MISSING).into());
        }
        ctx.kept::<Hub>().turn_on();
        Ok(())
    }
}

const MISSING: &str = "there is no table `resourceful_outbox` for mail and other messages: add \
     `Box::new(resourceful::events::Migration)` to the migrations and apply it, or call \
     `resourceful::events::create_missing(&ctx)` in development";

/// Stores a message.
pub(super) async fn add(connection: &Connection, new: New<'_>, payload: &impl Serialize) -> Result<Uuid> {
    let ctx = match connection {
        Connection::Pool(ctx) => ctx,
        Connection::Transaction(tx) => tx.ctx(),
    };
    let hub = ctx.kept::<Hub>();
    if !hub.is_on() {
        return Err(Error::internal(
            "the application has no outbox: turn it on with `App::mail()` (or `App::deliver`); in an actix application \
             of your own start a worker with `resourceful::events::Worker::start(&ctx)`",
        ));
    }
    let settings = ctx.extension::<OutboxSettings>();
    let give_up = settings.map_or_else(|| OutboxSettings::default().give_up, |settings| settings.give_up);
    let payload = serde_json::to_string(payload).map_err(Error::internal)?;
    let (id, kind) = (new.id, new.kind.to_owned());
    let give_up = new.lifetime.map_or(give_up, |lifetime| lifetime.min(give_up));
    Store(connection.clone()).insert(new, payload, give_up).await?;
    match connection {
        Connection::Pool(_) => hub.wake(&kind),
        Connection::Transaction(tx) => tx.after_commit(move |_| async move {
            hub.wake(&kind);
            Ok(())
        }),
    }
    Ok(id)
}
