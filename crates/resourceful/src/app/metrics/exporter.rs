//! The page of all metrics: what was counted, and the states of all parts at this moment.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
#[cfg(feature = "mail")]
use std::time::{Duration, Instant};

use actix_web::web;
#[cfg(feature = "mail")]
use tokio::sync::Mutex;

use crate::app::health::Readiness;
use crate::auth::Verifier;
use crate::context::Context;
use crate::context::state::Connections;
#[cfg(feature = "mail")]
use crate::context::work::Work;
#[cfg(feature = "mail")]
use crate::events::{Backlog, backlog};
use crate::metrics::process::Process;
use crate::metrics::{Metrics, Page, catalogue};
use crate::rates::Limiter;

/// How long what is in the outbox is not asked again, and how long the database may take to answer that.
#[cfg(feature = "mail")]
const ASKED: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(1));

/// A function of the application that writes metrics of its own.
pub(in crate::app) type OwnMetrics = Arc<dyn Fn() -> String + Send + Sync>;

/// Writes the page.
pub(in crate::app) struct Exporter {
    ctx: Context,
    /// The title and the version of the application.
    about: (String, String),
    readiness: web::Data<Readiness>,
    own: Option<OwnMetrics>,
    /// What was last in the outbox, and when the database was asked.
    #[cfg(feature = "mail")]
    outbox: Mutex<Option<(Instant, Option<Backlog>)>>,
}

impl Exporter {
    pub(in crate::app) fn new(
        ctx: Context,
        about: (String, String),
        readiness: web::Data<Readiness>,
        own: Option<OwnMetrics>,
    ) -> Self {
        Self {
            ctx,
            about,
            readiness,
            own,
            #[cfg(feature = "mail")]
            outbox: Mutex::default(),
        }
    }

    /// Each part of the application has a line here.
    pub(super) async fn page(&self) -> String {
        let mut page = Page::default();
        let Some(metrics) = self.ctx.metrics() else { return page.into_text() };
        // Before anything here uses one.
        let connections = self.ctx.connections();
        self.write_application(&mut page).await;
        metrics.write_requests(&mut page);
        self.write_rates(&mut page);
        self.write_keys(&mut page);
        self.write_database(&mut page, metrics, connections);
        self.write_cache(&mut page);
        self.write_outbox(&mut page, metrics).await;
        write_process(&mut page);
        if let Some(own) = &self.own {
            // Metrics of the application must not take those of the framework away.
            match std::panic::catch_unwind(AssertUnwindSafe(|| own())) {
                Ok(text) => page.add_foreign(&text),
                Err(_) => tracing::error!("the function of `App::metrics` panicked; its metrics are left out"),
            }
        }
        page.into_text()
    }

    async fn write_application(&self, page: &mut Page) {
        page.metric(&catalogue::INFO).add([&self.about.0, &self.about.1], 1);
        let state = self.readiness.state(&self.ctx).await;
        page.value(&catalogue::READY, u8::from(state.problem.is_none()));
        let mut parts = page.metric(&catalogue::PART_UP);
        for (part, is_up) in &state.parts {
            parts.add([part], u8::from(*is_up));
        }
    }

    fn write_rates(&self, page: &mut Page) {
        let limiter = self.ctx.extension::<Limiter>();
        let mut limits = page.metric(&catalogue::RATE_LIMITS);
        for (limit, decided) in limiter.iter().flat_map(|limiter| limiter.decided()) {
            limits.add([limit, "allowed"], decided.allowed());
            limits.add([limit, "refused"], decided.refused());
        }
        page.value(&catalogue::RATE_LIMITS_ALONE, limiter.map_or(0, |limiter| limiter.alone()));
    }

    fn write_keys(&self, page: &mut Page) {
        let verifier = self.ctx.extension::<Verifier>();
        let keys = || verifier.iter().flat_map(|verifier| verifier.key_sets());
        let mut ages = page.metric(&catalogue::KEYS_AGE);
        for (issuer, state) in keys() {
            if let Some(age) = state.age {
                ages.add([issuer], age.as_secs_f64());
            }
        }
        let mut fetches = page.metric(&catalogue::KEYS_FETCHES);
        for (issuer, state) in keys() {
            fetches.add([issuer, "ok"], state.fetches.0);
            fetches.add([issuer, "failed"], state.fetches.1);
        }
    }

    fn write_database(&self, page: &mut Page, metrics: &Metrics, connections: Connections) {
        let mut values = page.metric(&catalogue::CONNECTIONS);
        values.add(["used"], connections.used);
        values.add(["idle"], connections.idle);
        page.value(&catalogue::CONNECTIONS_MAX, connections.most);
        page.times(&catalogue::CONNECTION_WAIT, &metrics.connection_wait);
        page.times(&catalogue::STATEMENT_TIME, &metrics.statements);
        page.value(&catalogue::SLOW_STATEMENTS, metrics.slow_statements.get());
        #[cfg(feature = "postgres")]
        self.write_replicas(page);
        if let Some(writers) = self.ctx.waiting_writers() {
            page.value(&catalogue::WRITERS, writers);
            page.times(&catalogue::WRITE_WAIT, &metrics.write_wait);
        }
    }

    #[cfg(feature = "postgres")]
    fn write_replicas(&self, page: &mut Page) {
        let Some(replicas) = self.ctx.replicas() else { return };
        let states = replicas.states();
        let mut values = page.metric(&catalogue::REPLICA_USED);
        states.iter().for_each(|state| values.add([state.place], u8::from(state.is_used)));
        let mut values = page.metric(&catalogue::REPLICA_LAG);
        for state in &states {
            if let Some(lag) = state.lag {
                values.add([state.place], lag.as_secs_f64());
            }
        }
        let mut values = page.metric(&catalogue::REPLICA_CONNECTIONS);
        for state in &states {
            values.add([state.place, "used"], state.connections.used);
            values.add([state.place, "idle"], state.connections.idle);
        }
        let mut values = page.metric(&catalogue::REPLICA_READS);
        replicas.answered().for_each(|(answered, reads)| values.add([answered], reads));
    }

    fn write_cache(&self, page: &mut Page) {
        let cache = self.ctx.cache();
        let stats = cache.stats();
        let mut requests = page.metric(&catalogue::CACHE_REQUESTS);
        requests.add(["hit"], stats.hits);
        requests.add(["shared_hit"], stats.shared_hits);
        requests.add(["miss"], stats.misses);
        let mut loads = page.metric(&catalogue::CACHE_LOADS);
        // Both are counted one after another, so one may be ahead.
        loads.add(["ok"], stats.loads.saturating_sub(stats.failures));
        loads.add(["failed"], stats.failures);
        page.value(&catalogue::CACHE_MEMORY, cache.memory());
        page.value(&catalogue::CACHE_STORE_FAILURES, cache.store_failures());
    }

    #[cfg(feature = "mail")]
    async fn write_outbox(&self, page: &mut Page, metrics: &Metrics) {
        let Some(backlog) = self.backlog().await else { return };
        let mut messages = page.metric(&catalogue::OUTBOX);
        messages.add(["waiting"], backlog.waiting);
        messages.add(["failed"], backlog.failed);
        page.value(&catalogue::OUTBOX_OLDEST, backlog.oldest.as_secs_f64());
        let mut deliveries = page.metric(&catalogue::DELIVERIES);
        deliveries.add(["delivered"], metrics.delivered.get());
        deliveries.add(["retried"], metrics.retried.get());
        deliveries.add(["failed"], metrics.undelivered.get());
    }

    #[cfg(not(feature = "mail"))]
    async fn write_outbox(&self, _: &mut Page, _: &Metrics) {}

    /// What is in the outbox; while the database does not answer, what was in it before.
    #[cfg(feature = "mail")]
    async fn backlog(&self) -> Option<Backlog> {
        let mut known = self.outbox.lock().await;
        let before = known.and_then(|(_, backlog)| backlog);
        if !known.is_some_and(|(asked, _)| asked.elapsed() < ASKED.0) {
            let asked = Work::Background("metrics").run(backlog(&self.ctx));
            let found = tokio::time::timeout(ASKED.1, asked).await;
            *known = Some((Instant::now(), found.ok().and_then(Result::ok).unwrap_or(before)));
        }
        known.and_then(|(_, backlog)| backlog)
    }
}

fn write_process(page: &mut Page) {
    let Some(process) = Process::read() else { return };
    page.value(&catalogue::CPU, process.cpu);
    page.value(&catalogue::MEMORY, process.resident);
    page.value(&catalogue::VIRTUAL_MEMORY, process.virtual_size);
    page.value(&catalogue::FILES, process.open_files);
    if let Some(most) = process.most_files {
        page.value(&catalogue::FILES_MAX, most);
    }
    page.value(&catalogue::THREADS, process.threads);
    page.value(&catalogue::STARTED, process.started);
}
