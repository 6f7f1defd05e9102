//! The worker: takes messages that are due, and delivers several at a time.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;
use uuid::Uuid;

use super::deliver::Delivery;
use super::hub::Hub;
use super::message::{Handlers, Message, Undelivered};
use super::outbox::Outbox;
use super::settings::OutboxSettings;
use super::store::Claimed;
use crate::context::Context;
use crate::context::work::Work;
use crate::error::Result;

/// How often ended messages are removed whose time is over.
const SWEEP: Duration = Duration::from_secs(600);

/// The longest time that [`Worker::stop`] waits for deliveries; other programs usually wait 30 seconds for a process.
const STOPPING: Duration = Duration::from_secs(20);

/// The longest wait before a database that did not answer is asked again.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

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
        super::mail::register(&mut handlers);
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
    /// Delivers messages of this kind with this function. What it returns decides whether a message is tried again. It can
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
    /// If the table of the outbox is missing; the message says how to create it. 503 if the database is unavailable.
    pub async fn start(self) -> Result<Worker> {
        Outbox::open(&self.ctx).await?;
        let (stop, stopped) = watch::channel(None);
        let hub = self.ctx.kept::<Hub>();
        let delivery = Delivery { ctx: self.ctx, handlers: self.handlers, settings: self.settings };
        let round = Round {
            delivery: Arc::new(delivery),
            hub,
            running: JoinSet::new(),
            leases: HashMap::new(),
            health: Health::default(),
            look_at: Instant::now(),
            is_sure: false,
            is_more: false,
            swept: None,
        };
        Ok(Worker { stop, task: tokio::spawn(Work::Background("outbox").run(round.run(stopped))) })
    }
}

/// The state of a running worker.
struct Round {
    delivery: Arc<Delivery>,
    hub: Arc<Hub>,
    running: JoinSet<Uuid>,
    /// The leases of the messages that are being delivered.
    leases: HashMap<Uuid, Uuid>,
    health: Health,
    /// When to look for messages.
    look_at: Instant,
    /// Whether there certainly is a message, so that a first look can be left out.
    is_sure: bool,
    /// Whether the last look found as many messages as could be taken.
    is_more: bool,
    swept: Option<Instant>,
}

impl Round {
    async fn run(mut self, mut stop: watch::Receiver<Option<Duration>>) {
        let limit = loop {
            if self.free() > 0 && Instant::now() >= self.look_at {
                self.look().await;
            }
            let is_free = self.free() > 0;
            tokio::select! {
                limit = stopped(&mut stop) => break limit,
                Some(ended) = self.running.join_next(), if !self.running.is_empty() => {
                    if let Ok(id) = ended {
                        self.leases.remove(&id);
                    }
                    if self.is_more {
                        self.look_at = Instant::now();
                    }
                }
                () = self.hub.woken(), if is_free && self.health.is_good() => {
                    self.look_at = Instant::now();
                    self.is_sure = true;
                }
                () = tokio::time::sleep_until(self.look_at), if is_free => {}
            }
        };
        self.end(limit).await;
    }

    fn free(&self) -> usize {
        self.delivery.settings.concurrency.saturating_sub(self.running.len())
    }

    /// Takes what is due and begins to deliver it.
    async fn look(&mut self) {
        let free = self.free();
        let lease = self.delivery.settings.lease();
        let asked = Instant::now();
        match self.take(free, lease).await {
            Ok(claimed) => {
                self.health.good();
                self.look_at = asked + self.delivery.settings.interval;
                self.is_more = claimed.len() == free;
                for message in claimed {
                    self.leases.insert(message.id, message.lease);
                    let delivery = self.delivery.clone();
                    // The database counted the lease from a later moment than `asked`.
                    self.running.spawn(Work::carried(async move { delivery.run(message, asked + lease).await }));
                }
            }
            Err(error) => {
                self.look_at = Instant::now() + self.health.broken(&error);
                self.is_more = false;
            }
        }
        self.is_sure = false;
    }

    async fn take(&mut self, free: usize, lease: Duration) -> Result<Vec<Claimed>, sea_orm::DbErr> {
        let store = self.delivery.store();
        if self.swept.is_none_or(|at| at.elapsed() >= SWEEP) {
            store.sweep("sent", self.delivery.settings.keep_sent).await?;
            store.sweep("failed", self.delivery.settings.keep_failed).await?;
            self.swept = Some(Instant::now());
        }
        if !self.is_sure && !store.has_due().await? {
            return Ok(Vec::new());
        }
        store.claim(free, lease).await
    }

    /// Waits for deliveries, and gives back what did not end in time.
    async fn end(mut self, limit: Duration) {
        let until = Instant::now() + limit;
        while let Ok(Some(ended)) = tokio::time::timeout_at(until, self.running.join_next()).await {
            if let Ok(id) = ended {
                self.leases.remove(&id);
            }
        }
        self.running.shutdown().await;
        for message in self.leases {
            if let Err(error) = self.delivery.store().release(&message).await {
                tracing::debug!(%error, "a message cannot be given back; it is due again when its lease ends");
            }
        }
    }
}

/// Waits for the word to stop. Nobody says it if the [`Worker`] was dropped.
async fn stopped(stop: &mut watch::Receiver<Option<Duration>>) -> Duration {
    let said = stop.wait_for(Option::is_some).await.ok().and_then(|limit| *limit);
    match said {
        Some(limit) => limit,
        None => std::future::pending().await,
    }
}

/// Whether the database answers. Only changes are logged.
#[derive(Default)]
struct Health {
    /// The pause before the next question; none while it answers.
    pause: Option<Duration>,
}

impl Health {
    fn is_good(&self) -> bool {
        self.pause.is_none()
    }

    fn good(&mut self) {
        if self.pause.take().is_some() {
            tracing::info!("the outbox can be read again; deliveries go on");
        }
    }

    fn broken(&mut self, error: &sea_orm::DbErr) -> Duration {
        if self.pause.is_none() {
            tracing::warn!(%error, "the outbox cannot be read; deliveries wait until the database answers");
        }
        let pause = self.pause.map_or(Duration::from_secs(1), |pause| (pause * 2).min(LONGEST_PAUSE));
        self.pause = Some(pause);
        pause
    }
}
