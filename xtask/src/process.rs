//! Runs other programs, and ensures that none of them continues after this one has ended.
//!
//! There are two kinds. [`run`] waits for a program (a test run, a compiler), which Ctrl-C ends. A [`Guarded`] program (a
//! server) runs in the background until its guard is dropped, and ends even if this process is killed (`kill -9`).

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::Result;
use crate::workspace::{Scratch, User};

/// The number of stop signals that this process has received.
static STOPS: AtomicUsize = AtomicUsize::new(0);
/// The process group that [`run`] is waiting for.
static FOREGROUND: Mutex<Option<Pid>> = Mutex::new(None);

/// Prints the current step.
pub(crate) fn step(what: &str) {
    eprintln!("==> {what}");
}

/// After this call, Ctrl-C, SIGTERM and SIGHUP end the program that this process waits for; then this process cleans up. A
/// second signal kills that program.
pub(crate) fn catch_signals() -> Result {
    ctrlc::set_handler(|| {
        let signal = if STOPS.fetch_add(1, Ordering::SeqCst) == 0 { Signal::SIGTERM } else { Signal::SIGKILL };
        signal_foreground(signal);
    })?;
    Ok(())
}

/// An error if this process has received a stop signal. Loops that wait call it.
pub(crate) fn check_stop() -> Result {
    if STOPS.load(Ordering::SeqCst) > 0 { Err("interrupted".into()) } else { Ok(()) }
}

/// Runs a program with its output shown, and fails unless it succeeds.
pub(crate) fn run(command: &mut Command) -> Result {
    let line = line_of(command);
    step(&line);
    let mut child = spawn_in_front(command, &line)?;
    finish(&mut child, &line)
}

/// Runs a program and returns its standard output; its standard error is shown.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let line = line_of(command);
    let mut child = spawn_in_front(command.stdout(Stdio::piped()), &line)?;
    let mut text = String::new();
    if let Some(mut stdout) = child.stdout.take() {
        stdout.read_to_string(&mut text)?;
    }
    finish(&mut child, &line)?;
    Ok(text)
}

/// Whether a program can be started and succeeds; its output is hidden.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn spawn_in_front(command: &mut Command, line: &str) -> Result<Child> {
    check_stop()?;
    let child = command
        .stdin(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(|error| format!("`{line}` could not be started: {error}"))?;
    *FOREGROUND.lock().unwrap_or_else(|broken| broken.into_inner()) = Some(Pid::from_raw(child.id().cast_signed()));
    if STOPS.load(Ordering::SeqCst) > 0 {
        signal_foreground(Signal::SIGTERM);
    }
    Ok(child)
}

fn finish(child: &mut Child, line: &str) -> Result {
    let status = child.wait()?;
    *FOREGROUND.lock().unwrap_or_else(|broken| broken.into_inner()) = None;
    check_stop()?;
    if status.success() { Ok(()) } else { Err(format!("`{line}` failed ({status})").into()) }
}

fn signal_foreground(signal: Signal) {
    if let Some(group) = *FOREGROUND.lock().unwrap_or_else(|broken| broken.into_inner()) {
        // It may have ended by itself in the meantime
        killpg(group, signal).ok();
    }
}

fn line_of(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// A server with a guard. The guard is a shell that starts the server and then reads from a pipe; this process holds the
/// other end. The pipe closes when this value is dropped, and also when this process ends in any way, even with
/// `kill -9`. Then the shell stops the server and removes its folder.
pub(crate) struct Guarded {
    shell: Child,
    folder: Scratch,
}

impl Guarded {
    /// Runs `script` with `sh`, as `user` if one is given, with `arguments` as `$1`, `$2`, .. and the folder as `$FOLDER`.
    /// The script defines `begin`, which prints `ready` to descriptor 3 when the server can be used, and `end`, which
    /// stops it; both get the arguments. The server's output must go to `$FOLDER/log`.
    pub(crate) fn start(
        name: &str,
        script: &str,
        arguments: &[&str],
        folder: Scratch,
        user: Option<&User>,
    ) -> Result<Self> {
        check_stop()?;
        let script = format!(
            "{script}\ntrap : INT TERM HUP\nbegin \"$@\" 3>&1 1>&2\nexec 1>&2\nread -r _\nend \"$@\"\ncd /\nrm -rf \"$FOLDER\""
        );
        let mut command = Command::new("sh");
        command.args(["-c", &script, "guard"]).args(arguments).env("FOLDER", folder.path()).current_dir(folder.path());
        if let Some(user) = user {
            command.uid(user.uid).gid(user.gid).env("HOME", folder.path());
        }
        let shell = command.stdin(Stdio::piped()).stdout(Stdio::piped()).process_group(0).spawn()?;
        let mut guarded = Self { shell, folder };
        let mut line = String::new();
        if let Some(stdout) = guarded.shell.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        check_stop()?;
        if line.trim() == "ready" {
            Ok(guarded)
        } else {
            Err(format!("{name} did not start:\n{}", guarded.log()).into())
        }
    }

    /// The server's folder.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// The last lines of the server's log, `$FOLDER/log`.
    pub(crate) fn log(&self) -> String {
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        if let Err(error) = self.shell.wait() {
            eprintln!("xtask: a server may still be running: {error}");
        }
    }
}
