//! The result as tables in Markdown.

use std::fmt::Write;

use super::measure::{Sample, Samples};
use super::options::Options;
use super::peers::Column;
use super::session::Session;
use super::workloads::Workload;
use crate::Result;

/// Prints everything that was measured.
pub(super) fn print(measured: &[(&Workload, Samples)], session: &Session, options: &Options) -> Result {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    println!(
        "{cores} cores (load, servers and database together), PostgreSQL {}, {} rounds of {} s, 32 connections.\n",
        session.databases.version, options.rounds, options.seconds
    );
    println!("{}", rates(measured));
    println!("{}", of_each(measured, "p99, ms", |samples| format!("{:.1}", median(samples, |sample| sample.p99))));
    let cpu = |samples: &[Sample]| {
        let (server, database) = (median(samples, |sample| sample.server), median(samples, |sample| sample.database));
        if database > 0.0 { format!("{server:.0} + {database:.0}") } else { format!("{server:.0}") }
    };
    println!("{}", of_each(measured, "CPU a request, µs: server + PostgreSQL", cpu));
    let mut memory = Table::new(&["resident memory after the load", "MB"]);
    for server in session.servers() {
        memory.row(vec![server.peer.name().to_owned(), format!("{:.1}", server.memory()?)]);
    }
    println!("{memory}");
    Ok(())
}

fn rates(measured: &[(&Workload, Samples)]) -> Table {
    let mut titles = vec!["requests/s"];
    titles.extend(Column::ALL.map(Column::title));
    titles.extend(["ours : by hand", "goal", "ours : tokio-postgres", "ours : fixed"]);
    let mut table = Table::new(&titles);
    for (workload, samples) in measured {
        let mut cells = vec![workload.name.to_owned()];
        for column in Column::ALL {
            cells.push(of(samples, column).map_or_else(String::new, |samples| {
                format!("{} ± {:.0} %", grouped(median(samples, |sample| sample.rate)), spread(samples))
            }));
        }
        cells.push(ratio(samples, Column::ByHand));
        cells.push(workload.goal.map_or_else(String::new, |goal| format!("{goal:.1}")));
        cells.push(ratio(samples, Column::Driver));
        cells.push(ratio(samples, Column::Fixed));
        table.row(cells);
    }
    table
}

/// A table with a value for each workload and peer.
fn of_each(measured: &[(&Workload, Samples)], title: &str, value: impl Fn(&[Sample]) -> String) -> Table {
    let mut titles = vec![title];
    titles.extend(Column::ALL.map(Column::title));
    let mut table = Table::new(&titles);
    for (workload, samples) in measured {
        let cells = Column::ALL.map(|column| of(samples, column).map_or_else(String::new, &value));
        table.row(std::iter::once(workload.name.to_owned()).chain(cells).collect());
    }
    table
}

fn of(samples: &Samples, column: Column) -> Option<&[Sample]> {
    samples.iter().find(|(peer, _)| peer.column() == column).map(|(_, samples)| samples.as_slice())
}

/// The median of the ratios of the rounds.
fn ratio(samples: &Samples, to: Column) -> String {
    let Some((ours, other)) = of(samples, Column::Ours).zip(of(samples, to)) else { return String::new() };
    let ratios = ours.iter().zip(other).map(|(ours, other)| ours.rate / other.rate);
    format!("{:.2}", middle(ratios.collect()))
}

fn median(samples: &[Sample], of: impl Fn(&Sample) -> f64) -> f64 {
    middle(samples.iter().map(of).collect())
}

pub(super) fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => 0.0,
        length if length.is_multiple_of(2) => (values[length / 2 - 1] + values[length / 2]) / 2.0,
        length => values[length / 2],
    }
}

/// Half of the distance between the slowest and the fastest round, in percent of the median.
fn spread(samples: &[Sample]) -> f64 {
    let rates = || samples.iter().map(|sample| sample.rate);
    let (least, most) = (rates().fold(f64::INFINITY, f64::min), rates().fold(0.0, f64::max));
    (most - least) / 2.0 / median(samples, |sample| sample.rate) * 100.0
}

/// 12345 as 12,345.
fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A table whose columns are aligned in the terminal too.
pub(super) struct Table(Vec<Vec<String>>);

impl Table {
    pub(super) fn new(titles: &[&str]) -> Self {
        Self(vec![titles.iter().map(|title| (*title).to_owned()).collect()])
    }

    pub(super) fn row(&mut self, cells: Vec<String>) {
        self.0.push(cells);
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let columns = self.0.first().map_or(0, Vec::len);
        let width = |column: usize| self.0.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for (number, row) in self.0.iter().enumerate() {
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                match column {
                    0 => write!(f, "| {cell:<width$} |")?,
                    _ => write!(f, " {cell:>width$} |")?,
                }
            }
            f.write_char('\n')?;
            if number == 0 {
                for (column, width) in widths.iter().enumerate() {
                    match column {
                        0 => write!(f, "|{}|", "-".repeat(width + 2))?,
                        _ => write!(f, "{}:|", "-".repeat(width + 1))?,
                    }
                }
                f.write_char('\n')?;
            }
        }
        Ok(())
    }
}
