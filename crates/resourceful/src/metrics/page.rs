//! The text format of Prometheus, version 0.0.4.

use std::fmt::{Display, Write};

use super::catalogue::{Kind, Metric};
use super::count::Histogram;

/// A page of metrics that is being written.
#[derive(Default)]
pub(crate) struct Page {
    text: String,
}

impl Page {
    /// The media type of the page.
    pub(crate) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

    /// Begins a metric; its values follow.
    pub(crate) fn metric(&mut self, metric: &Metric) -> Values<'_> {
        let Metric { name, kind, help, labels } = *metric;
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {}", kind.word());
        Values { text: &mut self.text, name, labels, kind }
    }

    /// A metric without labels.
    pub(crate) fn value(&mut self, metric: &Metric, value: impl Display) {
        self.metric(metric).add([], value);
    }

    /// A histogram without labels.
    pub(crate) fn times(&mut self, metric: &Metric, histogram: &Histogram) {
        self.metric(metric).add_times([], histogram);
    }

    /// Adds what another library has written in the same format.
    pub(crate) fn add_foreign(&mut self, text: &str) {
        // OpenMetrics, which is the same in what matters here, has a last line.
        for line in text.lines().filter(|line| line.trim_end() != "# EOF") {
            let _ = writeln!(self.text, "{line}");
        }
    }

    /// The whole page.
    pub(crate) fn into_text(self) -> String {
        self.text
    }
}

/// The values of a metric.
pub(crate) struct Values<'a> {
    text: &'a mut String,
    name: &'static str,
    labels: &'static [&'static str],
    kind: Kind,
}

impl Values<'_> {
    /// A value with these values of the labels, in the order of the table.
    pub(crate) fn add<const N: usize>(&mut self, labels: [&str; N], value: impl Display) {
        debug_assert!(N == self.labels.len() && self.kind != Kind::Histogram, "{} has other labels", self.name);
        self.line("", &labels, None, value);
    }

    /// A histogram with these values of the labels.
    pub(crate) fn add_times<const N: usize>(&mut self, labels: [&str; N], histogram: &Histogram) {
        debug_assert!(N == self.labels.len() && self.kind == Kind::Histogram, "{} has other labels", self.name);
        let (buckets, all, sum) = histogram.read();
        for (bound, count) in buckets {
            self.line("_bucket", &labels, Some(&bound.as_secs_f64().to_string()), count);
        }
        self.line("_bucket", &labels, Some("+Inf"), all);
        self.line("_sum", &labels, None, sum);
        self.line("_count", &labels, None, all);
    }

    fn line(&mut self, ending: &str, labels: &[&str], bound: Option<&str>, value: impl Display) {
        let _ = write!(self.text, "{}{ending}", self.name);
        let labels = self.labels.iter().copied().zip(labels.iter().copied()).chain(bound.map(|bound| ("le", bound)));
        let mut open = '{';
        for (name, value) in labels {
            let _ = write!(self.text, "{open}{name}=\"");
            escape(self.text, value);
            self.text.push('"');
            open = ',';
        }
        let close = if open == ',' { "}" } else { "" };
        let _ = writeln!(self.text, "{close} {value}");
    }
}

fn escape(text: &mut String, value: &str) {
    for c in value.chars() {
        match c {
            '\\' => text.push_str("\\\\"),
            '"' => text.push_str("\\\""),
            '\n' => text.push_str("\\n"),
            c => text.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Metric = Metric { name: "a_total", kind: Kind::Counter, labels: &["x", "y"], help: "What." };

    #[test]
    fn values_of_labels_are_escaped() {
        let mut page = Page::default();
        page.metric(&ONE).add(["a\"b\\c\nd", "/{id}"], 3);
        page.add_foreign("# TYPE b gauge\nb 1\n# EOF\n");
        let expected = "# HELP a_total What.\n# TYPE a_total counter\na_total{x=\"a\\\"b\\\\c\\nd\",y=\"/{id}\"} 3\n\
                        # TYPE b gauge\nb 1\n";
        assert_eq!(page.into_text(), expected);
    }
}
