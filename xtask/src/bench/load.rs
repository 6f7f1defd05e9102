//! One measurement: wrk sends requests for some seconds.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::peers::Server;
use super::workloads::Workload;
use crate::Result;
use crate::process::output;

const SCRIPT: &str = include_str!("load.lua");

const CONNECTIONS: u32 = 32;

/// The files that the requests of a measurement take values from.
pub(super) struct Files {
    pub(super) script: PathBuf,
    pub(super) values: Option<PathBuf>,
    pub(super) tokens: Option<PathBuf>,
}

/// What wrk has measured.
pub(super) struct Load {
    pub(super) requests: u64,
    /// Requests per second.
    pub(super) rate: f64,
    /// In milliseconds.
    pub(super) p99: f64,
    /// Answers with a status of 400 or more.
    pub(super) refused: u64,
    /// Connections that failed, and requests without an answer within wrk's 2 s.
    pub(super) broken: u64,
}

pub(super) fn write_script(folder: &Path) -> Result<PathBuf> {
    let path = folder.join("load.lua");
    fs::write(&path, SCRIPT)?;
    Ok(path)
}

pub(super) fn run(server: &Server, workload: &Workload, files: &Files, seconds: u32, seed: usize) -> Result<Load> {
    let name = |file: &Option<PathBuf>| file.as_ref().map_or_else(|| "-".into(), |file| file.display().to_string());
    let mut command = Command::new("wrk");
    command.args(["-t1", &format!("-c{CONNECTIONS}"), &format!("-d{seconds}s"), "-s"]).arg(&files.script);
    command.args([&server.url("/"), "--", workload.method, &workload.full_path(), workload.body.unwrap_or("-")]);
    command.args([&name(&files.values), &name(&files.tokens), &seed.to_string()]);
    let text = output(&mut command)?;
    let line = text.lines().find_map(|line| line.strip_prefix("RESULT ")).ok_or("wrk printed no result")?;
    let numbers: Vec<u64> = line.split(' ').map(str::parse).collect::<std::result::Result<_, _>>()?;
    let [requests, duration, p99, refused, broken] = numbers[..] else {
        return Err(format!("wrk printed another result than expected: {line}").into());
    };
    Ok(Load { requests, rate: requests as f64 * 1e6 / duration as f64, p99: p99 as f64 / 1000.0, refused, broken })
}
