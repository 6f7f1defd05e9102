//! Runs every command of the session in the README against the example server, and compares the output.

mod support;

use std::process::Command;

use support::Place;

/// Ids, times and request ids differ from run to run.
const SAME: &str = r"s/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/ID/g; s/20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]+Z/MOMENT/g";

fn bash(script: &str, environment: &[(&str, &str)]) -> String {
    let output = Command::new("bash").args(["-c", script]).envs(environment.iter().copied()).output().expect("bash");
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn plain(text: &str) -> String {
    bash(&format!("printf %s \"$TEXT\" | sed -E '{SAME}'"), &[("TEXT", text.trim_end())])
}

#[test]
fn the_session_of_the_readme() {
    let readme = include_str!("../../../README.md");
    let blocks: Vec<&str> = readme.split("```console\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(!blocks.is_empty(), "the README has a session");
    let place = Place::new();
    let token = place.run(&["token", "--sub", "auth0|ada"]);
    let server = place.serve();
    let address =
        server.greeting().lines().find_map(|line| line.trim().strip_prefix("API")).map(str::trim).expect("an address");
    let base = address.strip_suffix("/api/v1").expect("the usual prefix");
    let mut commands = 0;
    let mut id = String::new();
    for block in blocks {
        for part in block.split("$ ").filter(|part| !part.trim().is_empty()) {
            // A backslash at the end of a line continues the command.
            let lines: Vec<&str> = part.lines().collect();
            let last = lines.iter().position(|line| !line.ends_with('\\')).unwrap_or_default();
            let command = lines[..=last].join("\n").replace("http://localhost:8000", base);
            let expected = lines[last + 1..].join("\n");
            let printed = bash(&command, &[("TOKEN", token.trim()), ("ID", &id)]);
            assert_eq!(plain(&printed.replace('\r', "")), plain(&expected), "{command}");
            if let Some((_, rest)) = printed.split_once("{\"id\":\"") {
                id = rest.split('"').next().unwrap_or_default().to_owned();
            }
            commands += 1;
        }
    }
    assert!(commands >= 4, "the session has at least four commands");
}
