//! The CPU time and the memory of processes, from `/proc`.

use std::fs;

use crate::Result;

/// CPU time, in ticks of 10 ms.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cpu(u64);

impl Cpu {
    /// The time since an earlier reading, in microseconds.
    pub(super) fn since(self, earlier: Self) -> f64 {
        // Linux counts 100 ticks a second on every architecture.
        self.0.saturating_sub(earlier.0) as f64 * 10_000.0
    }
}

/// What `/proc/PID/stat` says.
struct Stat {
    parent: u32,
    /// User and system time.
    own: u64,
    /// The same of children that have ended.
    ended: u64,
}

fn stat(pid: u32) -> Result<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name of the program, in parentheses, may contain spaces.
    let (_, rest) = text.rsplit_once(')').ok_or("/proc/PID/stat without a name")?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let number = |place: usize| -> Result<u64> { Ok(fields.get(place).ok_or("/proc/PID/stat is short")?.parse()?) };
    Ok(Stat { parent: u32::try_from(number(1)?)?, own: number(11)? + number(12)?, ended: number(13)? + number(14)? })
}

/// The CPU time of a process.
pub(super) fn of_process(pid: u32) -> Result<Cpu> {
    Ok(Cpu(stat(pid)?.own))
}

/// The CPU time of a process and of all its children, also of those that have ended.
pub(super) fn of_family(pid: u32) -> Result<Cpu> {
    let first = stat(pid)?;
    let mut sum = first.own + first.ended;
    for entry in fs::read_dir("/proc")?.flatten() {
        let Some(child) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // It may have ended in the meantime.
        if let Ok(stat) = stat(child)
            && stat.parent == pid
        {
            sum += stat.own;
        }
    }
    Ok(Cpu(sum))
}

/// The resident memory of a process, in MB (10^6 bytes).
pub(super) fn resident(pid: u32) -> Result<f64> {
    memory(pid, "VmRSS:")
}

/// The most resident memory that a process has had, in MB (10^6 bytes).
pub(super) fn peak(pid: u32) -> Result<f64> {
    memory(pid, "VmHWM:")
}

fn memory(pid: u32, name: &str) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)).ok_or("/proc/PID/status lacks a line")?;
    let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1024.0 / 1e6)
}
