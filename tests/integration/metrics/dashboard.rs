//! The guide, the dashboard and what is served have the same metrics.

use std::collections::BTreeSet;

use resourceful::serde_json::{Value, from_str};
use resourceful::testing::TestDatabase;

use super::{BOTH, OPEN, metrics};
use crate::support::app_with;

fn text(path: &str) -> String {
    let path = format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The rows of the guide's table: name, kind, labels and help.
fn guide() -> Vec<[String; 4]> {
    let guide = text("crates/resourceful/src/docs/metrics.md");
    let table = guide.split("| metric | kind |").nth(1).expect("the table");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let cells: Vec<String> = row.trim_matches('|').split(" | ").map(|cell| cell.trim().replace('`', "")).collect();
        cells.try_into().unwrap_or_else(|cells| panic!("{cells:?}"))
    })
    .collect()
}

#[test]
fn what_is_served_is_what_the_guide_says() {
    let guide = guide();
    let mut served = BTreeSet::new();
    for database in BOTH {
        // A replica that is none has metrics as well.
        let replica = std::env::var("TEST_POSTGRES_URL").expect("TEST_POSTGRES_URL must name a PostgreSQL server");
        let settings = [OPEN, ("DATABASE_READ_URL", replica.as_str())];
        let settings = if database == TestDatabase::Sqlite { &settings[..1] } else { &settings };
        let page = metrics(&app_with(database, settings, |app| app.mail()));
        for (name, (kind, help)) in &page.metrics {
            let row = guide.iter().find(|row| row[0] == *name).unwrap_or_else(|| panic!("{name} is not in the guide"));
            assert_eq!((&row[1], &row[3]), (kind, help), "{name}");
            served.insert(name.clone());
        }
        for sample in &page.samples {
            let of = |name: &&[String; 4]| {
                let ending = sample.name.strip_prefix(name[0].as_str());
                ending.is_some_and(|ending| matches!(ending, "" | "_bucket" | "_sum" | "_count"))
            };
            let row = guide.iter().find(of).unwrap_or_else(|| panic!("{sample} is not in the guide"));
            let documented: BTreeSet<&str> = row[2].split(", ").filter(|label| !label.is_empty()).collect();
            let labels: BTreeSet<&str> =
                sample.labels.keys().map(String::as_str).filter(|label| *label != "le").collect();
            assert_eq!(labels, documented, "{sample}");
        }
    }
    let missing: Vec<&String> = guide.iter().map(|row| &row[0]).filter(|name| !served.contains(*name)).collect();
    assert!(missing.is_empty(), "the guide has metrics that are not served: {missing:?}");
    // A table that cannot be read would pass as well.
    assert!(guide.len() > 30 && served.len() == guide.len());
}

fn dashboard() -> Value {
    from_str(&text("examples/taskflow/deploy/grafana-dashboard.json")).expect("JSON")
}

/// The words of a query that could be metrics.
fn words(query: &str) -> Vec<&str> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    // What is between quotes is a value of a label.
    let outside = query.split('"').step_by(2);
    outside.flat_map(|part| part.split(|c: char| !is_word(c))).filter(|word| word.contains('_')).collect()
}

#[test]
fn the_dashboard_asks_for_metrics_that_exist_and_for_all_of_them() {
    let guide = guide();
    let dashboard = dashboard();
    let panels = dashboard["panels"].as_array().expect("panels");
    let mut asked = BTreeSet::new();
    let queries = panels.iter().flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    let queries = queries.map(|target| target["expr"].as_str().expect("a query"));
    let variables = dashboard["templating"]["list"].as_array().expect("variables");
    let variables = variables.iter().filter_map(|variable| variable["definition"].as_str());
    for query in queries.chain(variables) {
        for word in words(query) {
            if matches!(word, "histogram_quantile" | "label_values" | "__rate_interval") {
                continue;
            }
            let of = |row: &&[String; 4]| match row[1].as_str() {
                "histogram" => ["_bucket", "_sum", "_count"].iter().any(|end| word.strip_suffix(end) == Some(&row[0])),
                _ => word == row[0],
            };
            let row = guide.iter().find(of).unwrap_or_else(|| panic!("`{word}` is no metric: {query}"));
            asked.insert(row[0].clone());
            // A counter is of no use without a rate.
            assert!(row[1] != "counter" || query.contains("rate(") || query.contains("increase("), "{query}");
        }
    }
    let unused: Vec<&String> = guide.iter().map(|row| &row[0]).filter(|name| !asked.contains(*name)).collect();
    assert!(unused.is_empty(), "no panel shows {unused:?}");
}

#[test]
fn the_panels_of_the_dashboard_do_not_overlap() {
    let dashboard = dashboard();
    let panels = dashboard["panels"].as_array().expect("panels");
    let (mut ids, mut taken) = (BTreeSet::new(), BTreeSet::new());
    for panel in panels {
        let title = panel["title"].as_str().expect("a title");
        assert!(ids.insert(panel["id"].as_u64().expect("an id")), "{title}");
        let place = |name: &str| panel["gridPos"][name].as_u64().expect("a place");
        assert!(place("x") + place("w") <= 24, "{title} is within the width");
        for cell in (0..place("w")).flat_map(|x| (0..place("h")).map(move |y| (x, y))) {
            assert!(taken.insert((place("x") + cell.0, place("y") + cell.1)), "{title} is over another panel");
        }
        for target in panel["targets"].as_array().into_iter().flatten() {
            assert_eq!(target["datasource"]["uid"], "${datasource}", "{title}");
        }
    }
}
