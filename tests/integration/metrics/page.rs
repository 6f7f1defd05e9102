//! A strict reader of the text format of Prometheus (version 0.0.4).

use std::collections::BTreeMap;
use std::fmt;

/// One line with a value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sample {
    pub(super) name: String,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) value: f64,
}

/// Without the value: what tells a series from others.
impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:?}", self.name, self.labels)
    }
}

/// A page that follows the format.
#[derive(Debug)]
pub(super) struct Page {
    /// Each metric with its kind and its help.
    pub(super) metrics: BTreeMap<String, (String, String)>,
    pub(super) samples: Vec<Sample>,
}

impl Page {
    /// Reads a page.
    ///
    /// # Panics
    /// If a line breaks a rule of the format, or of good histograms.
    #[track_caller]
    pub(super) fn parse(text: &str) -> Self {
        assert!(text.ends_with('\n'), "the last line has an end");
        let mut page = Self { metrics: BTreeMap::new(), samples: Vec::new() };
        let (mut helps, mut current) = (BTreeMap::new(), String::new());
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                let (name, help) = rest.split_once(' ').expect("a name and a help");
                assert!(helps.insert(name.to_owned(), help.to_owned()).is_none(), "two helps: {line}");
                assert!(!page.metrics.contains_key(name), "the help follows the type: {line}");
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').expect("a name and a kind");
                assert!(matches!(kind, "counter" | "gauge" | "histogram"), "{line}");
                let help = helps.get(name).unwrap_or_else(|| panic!("no help: {line}")).clone();
                assert!(page.metrics.insert(name.to_owned(), (kind.to_owned(), help)).is_none(), "two types: {line}");
                name.clone_into(&mut current);
            } else {
                let sample = sample(line).unwrap_or_else(|| panic!("no sample: {line}"));
                let kind = &page.metrics.get(&current).unwrap_or_else(|| panic!("no type: {line}")).0;
                let ending =
                    sample.name.strip_prefix(current.as_str()).unwrap_or_else(|| panic!("after {current}: {line}"));
                let endings: &[&str] = if kind == "histogram" { &["_bucket", "_sum", "_count"] } else { &[""] };
                assert!(endings.contains(&ending), "after {current}: {line}");
                assert!(kind == "gauge" || sample.value >= 0.0, "{line}");
                let is_same = |other: &Sample| (&other.name, &other.labels) == (&sample.name, &sample.labels);
                assert!(!page.samples.iter().any(is_same), "twice: {line}");
                page.samples.push(sample);
            }
        }
        page.check_histograms();
        page
    }

    /// The value of a series.
    pub(super) fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let is_it = |sample: &&Sample| {
            sample.labels.len() == labels.len()
                && labels.iter().all(|(name, value)| sample.labels.get(*name).is_some_and(|found| found == value))
        };
        self.all(name).find(is_it).map(|sample| sample.value)
    }

    /// All series of a name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Sample> {
        self.samples.iter().filter(move |sample| sample.name == name)
    }

    fn check_histograms(&self) {
        for (name, _) in self.metrics.iter().filter(|(_, (kind, _))| kind == "histogram") {
            let buckets: Vec<&Sample> =
                self.samples.iter().filter(|sample| sample.name == format!("{name}_bucket")).collect();
            for count in self.all(&format!("{name}_count")) {
                let of =
                    |sample: &&&Sample| count.labels.iter().all(|(name, value)| sample.labels.get(name) == Some(value));
                let own: Vec<&Sample> = buckets.iter().filter(of).copied().collect();
                let bounds: Vec<f64> =
                    own.iter().map(|sample| number(&sample.labels["le"]).expect("a bound")).collect();
                assert!(bounds.windows(2).all(|pair| pair[0] < pair[1]), "{name}: {bounds:?}");
                assert_eq!(bounds.last(), Some(&f64::INFINITY), "{name}");
                assert!(own.windows(2).all(|pair| pair[0].value <= pair[1].value), "{name} rises");
                assert_eq!(own.last().map(|sample| sample.value), Some(count.value), "{count}");
                assert!(
                    self.samples
                        .iter()
                        .any(|sample| sample.name == format!("{name}_sum") && sample.labels == count.labels)
                );
            }
        }
    }
}

fn number(text: &str) -> Option<f64> {
    match text {
        "+Inf" => Some(f64::INFINITY),
        text if text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'e' | b'+')) => {
            text.parse().ok()
        }
        _ => None,
    }
}

fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// `name{label="value",..} 1`; `None` for everything else.
fn sample(line: &str) -> Option<Sample> {
    let end = line.find(['{', ' '])?;
    let (name, mut rest) = line.split_at(end);
    let mut labels = BTreeMap::new();
    if let Some(mut inner) = rest.strip_prefix('{') {
        loop {
            let (label, after) = inner.split_once("=\"")?;
            let mut value = String::new();
            let mut chars = after.char_indices();
            let end = loop {
                match chars.next()? {
                    (at, '"') => break at,
                    (_, '\\') => value.push(match chars.next()?.1 {
                        'n' => '\n',
                        c @ ('\\' | '"') => c,
                        _ => return None,
                    }),
                    (_, c) => value.push(c),
                }
            };
            if !is_name(label) || labels.insert(label.to_owned(), value).is_some() {
                return None;
            }
            inner = &after[end + 1..];
            match inner.strip_prefix(',') {
                Some(next) => inner = next,
                None => break,
            }
        }
        rest = inner.strip_prefix('}')?;
    }
    let value = number(rest.strip_prefix(' ')?)?;
    is_name(name).then(|| Sample { name: name.to_owned(), labels, value })
}
