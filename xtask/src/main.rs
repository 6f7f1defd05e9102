//! The commands for contributors: `cargo xtask <command>`. Each is in its own file.

mod bench;
mod bless;
mod check;
mod conformance;
mod coverage;
mod needs;
mod process;
mod soak;
mod test;
mod workspace;

use std::process::ExitCode;

/// The result of every command. The error is a sentence for the person at the terminal.
type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// A command: its name, what it does, and the function that does it with the arguments after the name.
struct Command {
    name: &'static str,
    help: &'static str,
    run: fn(&[String]) -> Result,
}

const COMMANDS: &[Command] = &[
    Command { name: "test", help: test::HELP, run: test::run },
    Command { name: "check", help: check::HELP, run: check::run },
    Command { name: "bless", help: bless::HELP, run: bless::run },
    Command { name: "conformance", help: conformance::HELP, run: conformance::run },
    Command { name: "bench", help: bench::HELP, run: bench::run },
    Command { name: "fuzz", help: soak::FUZZ_HELP, run: soak::fuzz },
    Command { name: "faults", help: soak::FAULTS_HELP, run: soak::faults },
    Command { name: "interference", help: soak::INTERFERENCE_HELP, run: soak::interference },
    Command { name: "caches", help: soak::CACHES_HELP, run: soak::caches },
    Command { name: "races", help: soak::RACES_HELP, run: soak::races },
    Command { name: "coverage", help: coverage::HELP, run: coverage::run },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = arguments.split_first() else {
        print_help();
        return ExitCode::FAILURE;
    };
    if matches!(name.as_str(), "help" | "--help" | "-h") {
        print_help();
        return ExitCode::SUCCESS;
    }
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        eprintln!("xtask: unknown command `{name}`\n");
        print_help();
        return ExitCode::FAILURE;
    };
    // When `run` returns, all servers are stopped and temporary folders removed.
    match process::catch_signals().and_then(|()| (command.run)(rest)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask {name}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn print_help() {
    println!("Usage: cargo xtask <command>\n");
    for command in COMMANDS {
        println!("  {:<12} {}", command.name, command.help.replace('\n', "\n               "));
    }
}
