//! Measures the peers of a workload in turn, for several rounds.

use std::collections::BTreeMap;

use super::load::{self, Files};
use super::options::Options;
use super::peers::Peer;
use super::session::Session;
use super::workloads::Workload;
use crate::Result;
use crate::process::{check_stop, step};

/// One measurement of one peer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    /// Requests per second.
    pub(super) rate: f64,
    /// In milliseconds.
    pub(super) p99: f64,
    /// CPU time of the server for a request, in microseconds.
    pub(super) server: f64,
    /// CPU time of the database for a request, in microseconds; 0 if it is a part of the server or on another machine.
    pub(super) database: f64,
}

/// The samples of each peer, in the order of the rounds.
pub(super) type Samples = BTreeMap<Peer, Vec<Sample>>;

/// The peers take turns, so that a slow period of the machine affects them all.
pub(super) fn measure(session: &Session, workload: &Workload, options: &Options) -> Result<Samples> {
    step(workload.name);
    let mut files = BTreeMap::new();
    let mut samples = Samples::new();
    for peer in workload.peers {
        let files = files.entry(*peer).or_insert(session.files(workload, *peer)?);
        session.check(workload, *peer, files)?;
        // Not counted: connections, prepared statements and caches come into being.
        sample(session, workload, *peer, files, 1, 0)?;
    }
    for round in 1..=options.rounds {
        let mut order = workload.peers.to_vec();
        if round.is_multiple_of(2) {
            order.reverse();
        }
        for peer in order {
            let files = files.get(&peer).ok_or("a peer without files")?;
            samples.entry(peer).or_default().push(sample(session, workload, peer, files, options.seconds, round)?);
        }
    }
    Ok(samples)
}

fn sample(
    session: &Session,
    workload: &Workload,
    peer: Peer,
    files: &Files,
    seconds: u32,
    round: usize,
) -> Result<Sample> {
    check_stop()?;
    let server = session.server(peer)?;
    let before = (server.cpu()?, session.databases.cpu()?);
    let load = load::run(server, workload, files, seconds, round)?;
    let after = (server.cpu()?, session.databases.cpu()?);
    if workload.writes() {
        session.databases.restore(peer)?;
    }
    let failed = load.refused + load.broken;
    if failed > 0 || load.requests == 0 {
        // The same request once more, to show the answer.
        session.check(workload, peer, files)?;
        return Err(format!(
            "{} of {}: {} of {} answers were errors, and {} requests had none",
            workload.name,
            peer.name(),
            load.refused,
            load.requests,
            load.broken
        )
        .into());
    }
    let requests = load.requests as f64;
    let database = before.1.zip(after.1).map_or(0.0, |(before, after)| after.since(before) / requests);
    let database = if peer.uses_postgres() { database } else { 0.0 };
    Ok(Sample { rate: load.rate, p99: load.p99, server: after.0.since(before.0) / requests, database })
}
