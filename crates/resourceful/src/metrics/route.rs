//! The requests of one route, by method and status.

use std::sync::OnceLock;
use std::time::Duration;

use super::count::{Counter, Histogram};
use super::page::Values;

/// The methods that are told apart.
const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"];

/// The statuses that are told apart, in their order.
const STATUSES: [u16; 51] = [
    101, 200, 201, 202, 203, 204, 205, 206, 207, 300, 301, 302, 303, 304, 307, 308, 400, 401, 402, 403, 404, 405, 406,
    407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 418, 421, 422, 423, 428, 429, 431, 451, 500, 501, 502, 503,
    504, 505, 507, 508, 511,
];

/// The requests of one route.
#[derive(Debug)]
pub(crate) struct Route {
    template: String,
    /// What was requested, one for each method.
    methods: [OnceLock<Box<Series>>; METHODS.len()],
}

#[derive(Debug)]
struct Series {
    /// One for each status, and one for all others.
    statuses: [Counter; STATUSES.len() + 1],
    time: Histogram,
}

impl Route {
    /// The route with this template.
    pub(super) fn new(template: &str) -> Self {
        Self { template: template.to_owned(), methods: Default::default() }
    }

    /// Counts a request.
    pub(crate) fn count(&self, method: &str, status: u16, time: Duration) {
        let method = METHODS.iter().position(|known| *known == method).unwrap_or(METHODS.len() - 1);
        let series = self.methods[method].get_or_init(|| {
            Box::new(Series { statuses: std::array::from_fn(|_| Counter::default()), time: Histogram::of_requests() })
        });
        series.statuses[place(status)].add();
        series.time.observe(time);
    }

    fn used(&self) -> impl Iterator<Item = (&'static str, &Series)> {
        METHODS.into_iter().zip(&self.methods).filter_map(|(method, series)| Some((method, &**series.get()?)))
    }

    /// Writes the numbers of requests.
    pub(super) fn write_counts(&self, values: &mut Values<'_>) {
        for (method, series) in self.used() {
            for (place, count) in series.statuses.iter().map(Counter::get).enumerate().filter(|(_, count)| *count > 0) {
                let status = STATUSES.get(place).map(u16::to_string);
                values.add([method, &self.template, status.as_deref().unwrap_or("other")], count);
            }
        }
    }

    /// Writes their times.
    pub(super) fn write_times(&self, values: &mut Values<'_>) {
        for (method, series) in self.used() {
            values.add_times([method, &self.template], &series.time);
        }
    }
}

/// Where the requests with this status are counted.
fn place(status: u16) -> usize {
    STATUSES.binary_search(&status).unwrap_or(STATUSES.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{Page, catalogue};

    #[test]
    fn methods_and_statuses_are_bounded() {
        assert!(STATUSES.windows(2).all(|pair| pair[0] < pair[1]), "they are searched");
        let route = Route::new("/{id}");
        for method in ["GET", "PUT", "BREW", "get", "PROPFIND"] {
            for status in [200, 511, 299, 999, 100] {
                route.count(method, status, Duration::from_millis(3));
            }
        }
        let mut page = Page::default();
        route.write_counts(&mut page.metric(&catalogue::REQUESTS));
        let text = page.into_text();
        let lines: Vec<&str> = text.lines().skip(2).collect();
        let mut expected = Vec::new();
        for (method, times) in [("GET", 1), ("PUT", 1), ("other", 3)] {
            for (status, count) in [("200", times), ("511", times), ("other", 3 * times)] {
                let labels = format!("{{method=\"{method}\",route=\"/{{id}}\",status=\"{status}\"}}");
                expected.push(format!("http_requests_total{labels} {count}"));
            }
        }
        assert_eq!(lines, expected);
    }
}
