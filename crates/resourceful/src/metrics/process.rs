//! What the operating system says about this process. Only Linux tells it without a call of its own; elsewhere there is
//! nothing.

/// What is known about this process.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Process {
    /// The processor time in seconds.
    pub(crate) cpu: f64,
    /// When it started, in seconds since 1970.
    pub(crate) started: f64,
    pub(crate) threads: u64,
    /// Bytes.
    pub(crate) resident: u64,
    /// Bytes.
    pub(crate) virtual_size: u64,
    pub(crate) open_files: usize,
    /// `None` if there is no limit.
    pub(crate) most_files: Option<u64>,
}

/// The unit of times in `/proc`, in parts of a second. It is fixed for programs, whatever the kernel counts with.
const TICKS: f64 = 100.0;

impl Process {
    /// Reads `/proc/self`; `None` where there is none.
    pub(crate) fn read() -> Option<Self> {
        let text = |path| std::fs::read_to_string(path).ok();
        let open_files = std::fs::read_dir("/proc/self/fd").ok()?.count();
        let (stat, system, limits) = (text("/proc/self/stat")?, text("/proc/stat")?, text("/proc/self/limits")?);
        Self::parse(&stat, &text("/proc/self/status")?, &system, &limits, open_files)
    }

    fn parse(stat: &str, status: &str, system: &str, limits: &str, open_files: usize) -> Option<Self> {
        // The name of the program, in parentheses, can contain anything.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        // The first of them is the third of proc(5).
        let field = |number: usize| fields.get(number - 3)?.parse::<f64>().ok();
        let boot: f64 = value(system, "btime ")?.parse().ok()?;
        let kib = |name| Some(value(status, name)?.split_whitespace().next()?.parse::<u64>().ok()? * 1024);
        Some(Self {
            cpu: (field(14)? + field(15)?) / TICKS,
            started: boot + field(22)? / TICKS,
            threads: value(status, "Threads:")?.parse().ok()?,
            resident: kib("VmRSS:")?,
            virtual_size: kib("VmSize:")?,
            open_files,
            most_files: value(limits, "Max open files")?.split_whitespace().next()?.parse().ok(),
        })
    }
}

/// The rest of the line that begins so.
fn value<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_with_any_name_is_understood() {
        let stat = "4711 (a) b (c 1 2) S 1 4711 4711 0 -1 4194304 100 0 0 0 250 150 0 0 20 0 7 0 1000 9 9";
        let status = "Name:\ta\nVmSize:\t    2048 kB\nVmRSS:\t     512 kB\nThreads:\t7\n";
        let limits =
            "Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 4096  files\n";
        let process = Process::parse(stat, status, "cpu 1 2\nbtime 1700000000\n", limits, 9).expect("a process");
        let expected = Process {
            cpu: 4.0,
            started: 1_700_000_010.0,
            threads: 7,
            resident: 512 * 1024,
            virtual_size: 2048 * 1024,
            open_files: 9,
            most_files: Some(1024),
        };
        assert_eq!(process, expected);
        let unlimited = limits.replace("1024 ", "unlimited ");
        let process = Process::parse(stat, status, "btime 1\n", &unlimited, 9).expect("a process");
        assert_eq!(process.most_files, None);
        assert_eq!(Process::parse("nonsense", status, "btime 1\n", limits, 9), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_is_known() {
        let process = Process::read().expect("Linux has /proc");
        assert!(process.resident > 0 && process.threads > 0 && process.open_files > 2, "{process:?}");
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs_f64();
        assert!(process.started <= now && process.started > now - 24.0 * 3600.0 * 365.0, "{process:?}");
    }
}
