//! `cargo xtask bench`: the same endpoints by Resourceful and by hand, measured in turn in one run. Only the ratios mean
//! something on another machine.

mod compile;
mod databases;
mod files;
mod load;
mod measure;
mod options;
mod peers;
mod processes;
mod report;
mod session;
mod workloads;

use std::fs;

use options::Options;
use peers::Peer;
use session::Session;
use workloads::{WORKLOADS, Workload};

use crate::Result;
use crate::needs::{Environment, Postgres, apt_install, can_install};
use crate::process::{check_stop, run as run_command};
use crate::workspace::{cargo, find_program, target};

pub(crate) const HELP: &str = "throughput compared with hand-written servers, as ratios (release build, wrk)\n\
    [--rounds N]    how many times each server is measured (3)\n\
    [--seconds N]   how long each time (2)\n\
    [--only NAME]   only the workloads whose names contain this\n\
    [--compile]     compile times of one more resource instead\n\
    [--files]       uploads and downloads of a large file instead, compared with nginx\n\
    [--mib N]       the size of that file (1024)";

/// The programs of the package `bench` that a run needs.
const PROGRAMS: [&str; 5] = ["ours", "by_hand", "by_driver", "fixed", "rows"];

pub(crate) fn run(arguments: &[String]) -> Result {
    let options = Options::read(arguments)?;
    if options.compile {
        return compile::run(&options);
    }
    if options.files {
        return files::run(&options);
    }
    let chosen = |workload: &&Workload| options.only.as_ref().is_none_or(|only| workload.name.contains(only.as_str()));
    let workloads: Vec<&Workload> = WORKLOADS.iter().filter(chosen).collect();
    if workloads.is_empty() {
        let names: Vec<&str> = WORKLOADS.iter().map(|workload| workload.name).collect();
        return Err(format!("no workload has this in its name; there are: {}", names.join("; ")).into());
    }
    for program in ["wrk", "curl"] {
        if find_program(&[program]).is_none() {
            if !can_install() {
                return Err(format!("{program} is needed (Debian's package is `{program}`)").into());
            }
            apt_install(&[program])?;
        }
    }
    run_command(
        cargo(&["build", "--release", "--package", "bench"]).args(PROGRAMS.map(|name| format!("--bin={name}"))),
    )?;
    let environment = Environment::provide(&[&Postgres])?;
    let url = environment.value("TEST_POSTGRES_URL").ok_or("PostgreSQL was provided without an address")?;
    let folder = target().join("bench");
    fs::create_dir_all(&folder)?;
    let mut peers: Vec<Peer> = workloads.iter().flat_map(|workload| workload.peers).copied().collect();
    peers.sort();
    peers.dedup();
    let session = Session::start(url, &folder, &peers)?;
    let mut measured = Vec::new();
    for workload in workloads {
        check_stop()?;
        measured.push((workload, measure::measure(&session, workload, &options)?));
    }
    report::print(&measured, &session, &options)
}
