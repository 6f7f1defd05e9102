//! What is counted when it happens.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use super::catalogue;
use super::count::{Counter, Histogram};
use super::page::Page;
use super::route::Route;
use crate::error::catalogue as problems;

/// The most routes outside of the table of endpoints, such as those of an application's own actix services. Their templates are
/// in the program, so there are never so many; a mistake must not cost memory without end.
const MOST_ROUTES: usize = 500;

/// What an application counts when it happens; an application that serves no metrics has none. Parts below the database count
/// for themselves, and are asked when the metrics are read.
#[derive(Debug)]
pub(crate) struct Metrics {
    routes: RwLock<BTreeMap<String, Arc<Route>>>,
    unknown: Arc<Route>,
    in_flight: AtomicU64,
    pub(crate) abandoned: Counter,
    /// One for each problem of the catalogue, and one for all others.
    problems: Vec<(&'static str, Counter)>,
    rejections: RwLock<BTreeMap<&'static str, Arc<Counter>>>,
    /// The wait for a connection to the database.
    pub(crate) connection_wait: Histogram,
    /// The wait for the turn of a writer.
    pub(crate) write_wait: Histogram,
    pub(crate) statements: Histogram,
    pub(crate) slow_statements: Counter,
    pub(crate) delivered: Counter,
    pub(crate) retried: Counter,
    pub(crate) undelivered: Counter,
}

impl Metrics {
    /// Nothing has been counted yet.
    pub(crate) fn new() -> Self {
        let slugs = problems::all().map(|problem| problem.slug).chain(["other"]);
        Self {
            routes: RwLock::default(),
            unknown: Arc::new(Route::new("unknown")),
            in_flight: AtomicU64::new(0),
            abandoned: Counter::default(),
            problems: slugs.map(|slug| (slug, Counter::default())).collect(),
            rejections: RwLock::default(),
            connection_wait: Histogram::of_parts(),
            write_wait: Histogram::of_parts(),
            statements: Histogram::of_parts(),
            slow_statements: Counter::default(),
            delivered: Counter::default(),
            retried: Counter::default(),
            undelivered: Counter::default(),
        }
    }

    /// The route with this template, which is the same for all that ask for it. Whoever has it needs no table.
    pub(crate) fn route(&self, template: &str) -> Arc<Route> {
        let routes = self.routes.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(route) = routes.get(template) {
            return route.clone();
        }
        drop(routes);
        let mut routes = self.routes.write().unwrap_or_else(PoisonError::into_inner);
        if routes.len() >= MOST_ROUTES && !routes.contains_key(template) {
            return self.unknown.clone();
        }
        routes.entry(template.to_owned()).or_insert_with(|| Arc::new(Route::new(template))).clone()
    }

    /// The route of requests whose path nothing has.
    pub(crate) fn unknown_route(&self) -> &Route {
        &self.unknown
    }

    /// A request begins; it ends when the result is dropped.
    pub(crate) fn begin(&self) -> InFlight<'_> {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight(self)
    }

    /// Counts a problem document with this slug.
    pub(crate) fn count_problem(&self, slug: &str) {
        let known = self.problems.iter().find(|(known, _)| *known == slug).or(self.problems.last());
        if let Some((_, count)) = known {
            count.add();
        }
    }

    /// Counts a token that was refused for this reason.
    pub(crate) fn count_rejection(&self, reason: &'static str) {
        let rejections = self.rejections.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = rejections.get(reason) {
            return count.add();
        }
        drop(rejections);
        self.rejections.write().unwrap_or_else(PoisonError::into_inner).entry(reason).or_default().add();
    }

    /// Writes what is about requests.
    pub(crate) fn write_requests(&self, page: &mut Page) {
        let routes: Vec<Arc<Route>> =
            self.routes.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        let routes = || routes.iter().chain([&self.unknown]);
        let mut values = page.metric(&catalogue::REQUESTS);
        routes().for_each(|route| route.write_counts(&mut values));
        let mut values = page.metric(&catalogue::REQUEST_TIME);
        routes().for_each(|route| route.write_times(&mut values));
        page.value(&catalogue::IN_FLIGHT, self.in_flight.load(Ordering::Relaxed));
        page.value(&catalogue::ABANDONED, self.abandoned.get());
        let mut values = page.metric(&catalogue::PROBLEMS);
        for (slug, count) in self.problems.iter().filter(|(_, count)| count.get() > 0) {
            values.add([slug], count.get());
        }
        let mut values = page.metric(&catalogue::REJECTIONS);
        for (reason, count) in self.rejections.read().unwrap_or_else(PoisonError::into_inner).iter() {
            values.add([&in_words(reason)], count.get());
        }
    }
}

/// The name of a variant with underscores: `unknown_key`.
fn in_words(name: &str) -> String {
    let mut words = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !words.is_empty() {
            words.push('_');
        }
        words.push(c.to_ascii_lowercase());
    }
    words
}

/// A request whose response has not begun.
pub(crate) struct InFlight<'a>(&'a Metrics);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}
