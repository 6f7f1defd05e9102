//! A running worker: it looks for messages that are due, and delivers several at a time.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;
use uuid::Uuid;

use super::deliver::{Delivery, Receiver};
use super::hub::Hub;
use super::lane::Lane;
use super::sweep::Sweep;
use crate::context::work::Work;

/// The longest wait before a database that did not answer is asked again.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The wait before the next portion of the sweep.
const NEXT_PORTION: Duration = Duration::from_secs(1);

/// The longest time for giving messages back, and the wait of those that may have arrived.
const GIVING_BACK: Duration = Duration::from_secs(5);
const MAY_HAVE_ARRIVED: Duration = Duration::from_secs(60 * 60);

/// A message that is being delivered.
struct Running {
    lane: usize,
    id: Uuid,
    lease: Uuid,
    /// Whether it may have arrived.
    is_out: Arc<AtomicBool>,
}

/// The state of a running worker.
pub(super) struct Round {
    delivery: Arc<Delivery>,
    hub: Arc<Hub>,
    lanes: Vec<Lane>,
    tasks: JoinSet<Receiver>,
    running: HashMap<Id, Running>,
    health: Health,
    sweep: Sweep,
    /// When to ask which messages are due.
    look_at: Instant,
}

impl Round {
    pub(super) fn new(delivery: Delivery) -> Self {
        Self {
            hub: delivery.ctx.kept::<Hub>(),
            lanes: delivery.handlers.kinds().map(Lane::new).collect(),
            delivery: Arc::new(delivery),
            tasks: JoinSet::new(),
            running: HashMap::new(),
            health: Health::default(),
            sweep: Sweep::default(),
            look_at: Instant::now(),
        }
    }

    pub(super) async fn run(mut self, mut stop: watch::Receiver<Option<Duration>>) {
        let limit = loop {
            let next = self.next_look();
            tokio::select! {
                limit = stopped(&mut stop) => break limit,
                Some(ended) = self.tasks.join_next_with_id(), if !self.tasks.is_empty() => self.ended(ended),
                () = self.hub.woken(), if self.health.is_good() => self.take_news().await,
                () = tokio::time::sleep_until(next) => self.look().await,
            }
        };
        self.end(limit).await;
    }

    /// When to ask what is due: at the interval, and when a pause ends; not earlier if the database does not answer.
    fn next_look(&self) -> Instant {
        if !self.health.is_good() {
            return self.look_at;
        }
        self.lanes.iter().filter_map(Lane::tried_at).fold(self.look_at, Instant::min)
    }

    fn ended(&mut self, ended: Result<(Id, Receiver), JoinError>) {
        let (id, receiver) = match ended {
            Ok((id, receiver)) => (id, Some(receiver)),
            Err(error) => (error.id(), None),
        };
        let Some(running) = self.running.remove(&id) else { return };
        let first = self.delivery.settings.retry;
        if self.lanes[running.lane].ended(receiver, first) && self.health.is_good() {
            self.look_at = Instant::now();
        }
    }

    fn free(&self, lane: usize) -> usize {
        self.lanes[lane].free(self.delivery.settings.concurrency)
    }

    /// Takes what this process has stored; of those kinds there certainly is something.
    async fn take_news(&mut self) {
        let news = self.hub.news();
        for lane in 0..self.lanes.len() {
            if !news.contains(&self.lanes[lane].kind) {
                continue;
            }
            if self.free(lane) == 0 {
                // It is looked for when a delivery ends.
                self.lanes[lane].is_more = true;
            } else if let Err(error) = self.take(lane).await {
                self.look_at = Instant::now() + self.health.broken(&error);
                return;
            }
        }
    }

    /// Asks which messages are due, and takes them. Afterwards it removes some whose time is over.
    async fn look(&mut self) {
        let asked = Instant::now();
        match self.take_due().await {
            Ok(()) => {
                self.health.good();
                self.look_at = asked + self.delivery.settings.interval;
                self.clean().await;
            }
            Err(error) => self.look_at = Instant::now() + self.health.broken(&error),
        }
    }

    async fn take_due(&mut self) -> Result<(), sea_orm::DbErr> {
        let open: Vec<usize> = (0..self.lanes.len()).filter(|lane| self.free(*lane) > 0).collect();
        if open.is_empty() {
            return Ok(());
        }
        let kinds: Vec<&str> = open.iter().map(|lane| self.lanes[*lane].kind.as_str()).collect();
        let due = self.delivery.store().due(&kinds).await?;
        for lane in open {
            if due.contains(&self.lanes[lane].kind) {
                self.take(lane).await?;
            } else {
                self.lanes[lane].took(0, 1);
            }
        }
        Ok(())
    }

    /// Takes messages of this kind and begins to deliver them.
    async fn take(&mut self, lane: usize) -> Result<(), sea_orm::DbErr> {
        let free = self.free(lane);
        let lease_time = self.delivery.settings.lease();
        let asked = Instant::now();
        let claimed = self.delivery.store().claim(&self.lanes[lane].kind, free, lease_time).await?;
        self.lanes[lane].took(claimed.len(), free);
        for (message, payload) in claimed {
            let is_out = Arc::<AtomicBool>::default();
            let running = Running { lane, id: message.id, lease: message.lease, is_out: is_out.clone() };
            let delivery = self.delivery.clone();
            // The database counted the lease from a later moment than `asked`.
            let until = asked + lease_time;
            let task =
                self.tasks.spawn(Work::carried(async move { delivery.run(message, payload, until, is_out).await }));
            self.running.insert(task.id(), running);
        }
        Ok(())
    }

    async fn clean(&mut self) {
        let (store, settings) = (self.delivery.store(), &self.delivery.settings);
        let registered: Vec<&str> = self.delivery.handlers.kinds().collect();
        self.sweep.name_unknown(&store, &registered).await;
        let usable: Vec<&str> =
            self.lanes.iter().filter(|lane| !lane.is_paused()).map(|lane| lane.kind.as_str()).collect();
        if self.sweep.portion(&store, settings, &usable).await {
            self.look_at = self.look_at.min(Instant::now() + NEXT_PORTION);
        }
    }

    /// Waits for deliveries, and gives back what did not end in time.
    async fn end(mut self, limit: Duration) {
        let until = Instant::now() + limit;
        while let Ok(Some(ended)) = tokio::time::timeout_at(until, self.tasks.join_next_with_id()).await {
            self.ended(ended);
        }
        self.tasks.shutdown().await;
        let (out, kept): (Vec<Running>, Vec<Running>) =
            self.running.into_values().partition(|running| running.is_out.load(Ordering::Acquire));
        let ids = |all: Vec<Running>| all.iter().map(|running| (running.id, running.lease)).collect::<Vec<_>>();
        let store = self.delivery.store();
        let given_back = async {
            store.release(&ids(kept)).await?;
            store.release_later(&ids(out), MAY_HAVE_ARRIVED).await
        };
        match tokio::time::timeout(GIVING_BACK, given_back).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::debug!(%error, "messages cannot be given back; they are due again when their leases end");
            }
            Err(_) => tracing::debug!("messages could not be given back in time; they are due when their leases end"),
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
