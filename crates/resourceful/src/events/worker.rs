//! The worker: takes messages that are due, and delivers several at a time.

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::deliver::Delivery;
use super::message::{Handlers, Message, Undelivered};
use super::outbox::Outbox;
use super::round::Round;
use super::settings::OutboxSettings;
use crate::context::Context;
use crate::context::work::Work;
use crate::error::{Result, StartupError};

/// The longest time that [`Worker::stop`] waits for deliveries; other programs usually wait 30 seconds for a process.
const STOPPING: Duration = Duration::from_secs(20);

/// Delivers the messages of the outbox. [`App::run`](crate::App::run) starts one; an actix application of your own does it
/// by itself. Each process may have one: they share the work.
///
/// ```no_run
/// use resourceful::Context;
/// use resourceful::events::Worker;
///
/// # async fn main_() -> resourceful::Result<()> {
/// let ctx = Context::from_env().await?;
/// let worker = Worker::start(&ctx).await?;
/// // .. run the server until it ends ..
/// worker.stop().await;
/// # Ok(())
/// # }
/// ```
///
/// A worker that is dropped goes on until its runtime ends. What it was delivering then is delivered again by another
/// worker when its lease is over; [`stop`](Self::stop) avoids that.
#[derive(Debug)]
pub struct Worker {
    /// How long to wait for deliveries, once it is to stop.
    stop: watch::Sender<Option<Duration>>,
    task: JoinHandle<()>,
}

/// Builds a worker with handlers; created by [`Worker::builder`].
#[derive(Debug)]
#[must_use = "call `start`"]
pub struct WorkerBuilder {
    ctx: Context,
    handlers: Handlers,
    settings: OutboxSettings,
}

impl Worker {
    /// Starts a worker that delivers mail, with the settings of the context.
    ///
    /// # Errors
    /// If the table of the outbox is missing; the message says how to create it. 503 if the database is unavailable.
    pub async fn start(ctx: &Context) -> Result<Self> {
        Self::builder(ctx).start().await
    }

    /// Builds a worker that delivers mail and messages of other kinds.
    pub fn builder(ctx: &Context) -> WorkerBuilder {
        let settings = ctx.extension::<OutboxSettings>().map(|settings| OutboxSettings::clone(&settings));
        let mut handlers = Handlers::default();
        super::mail::register(&mut handlers, ctx);
        WorkerBuilder { ctx: ctx.clone(), handlers, settings: settings.unwrap_or_default() }
    }

    /// Takes no more messages, waits up to 20 seconds for those that are being delivered, and gives the others back, so
    /// that another worker can deliver them at once.
    pub async fn stop(self) {
        self.stop_within(STOPPING).await;
    }

    /// The same with another limit of time.
    pub async fn stop_within(self, limit: Duration) {
        let _ = self.stop.send(Some(limit));
        let _ = self.task.await;
    }
}

impl WorkerBuilder {
    /// Delivers messages of this kind with this function; it replaces one that the kind has. What it returns decides whether a message is tried again. It can
    /// be called twice for one message, and must end within `OUTBOX_TIMEOUT`.
    pub fn deliver<F>(
        mut self,
        kind: impl Into<String>,
        deliver: impl Fn(Context, Message) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<(), Undelivered>> + Send + 'static,
    {
        self.handlers.add(kind, deliver);
        self
    }

    /// Delivers messages of these kinds too.
    pub(crate) fn with(mut self, handlers: Handlers) -> Self {
        self.handlers.extend(handlers);
        self
    }

    /// Uses these settings instead of those of the context.
    pub fn settings(mut self, settings: OutboxSettings) -> Self {
        self.settings = settings;
        self
    }

    /// Starts the worker in the current runtime.
    ///
    /// # Errors
    /// If the table of the outbox is missing; the message says how to create it. If a setting is outside of its limits. 503 if
    /// the database is unavailable.
    pub async fn start(self) -> Result<Worker> {
        let problems = self.settings.problems();
        if !problems.is_empty() {
            return Err(StartupError::new(problems.join("; ")).into());
        }
        Outbox::open(&self.ctx).await?;
        let (stop, stopped) = watch::channel(None);
        let delivery = Delivery { ctx: self.ctx, handlers: self.handlers, settings: self.settings };
        let round = Round::new(delivery).run(stopped);
        Ok(Worker { stop, task: tokio::spawn(Work::Background("outbox").run(round)) })
    }
}
