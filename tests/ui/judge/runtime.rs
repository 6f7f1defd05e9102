//! The compiled `resourceful` that the cases are compiled with: the one of this test.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

/// The library. Cargo knows where it is: it has just built it for this test, with these arguments.
///
/// # Panics
/// When cargo cannot build it.
pub fn library() -> PathBuf {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .args(["build", "--workspace", "--all-features", "--test=ui", "--message-format=json-render-diagnostics"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    // What the test runner says about this package is no part of another build.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_BIN_") || name.starts_with("CARGO_MANIFEST_") {
            cargo.env_remove(name);
        }
    }
    let output = cargo.output().expect("cargo runs");
    assert!(output.status.success(), "cargo: {}", String::from_utf8_lossy(&output.stderr));
    let messages = String::from_utf8_lossy(&output.stdout).into_owned();
    let files = messages.lines().filter_map(|line| {
        let message: Value = serde_json::from_str(line).ok()?;
        let of_runtime = message["reason"] == "compiler-artifact"
            && message["target"]["name"] == "resourceful"
            && message["profile"]["test"] == false;
        of_runtime.then(|| message["filenames"].as_array().cloned().unwrap_or_default())
    });
    let mut libraries = files.flatten().filter_map(|file| file.as_str().map(PathBuf::from));
    libraries.find(|file| file.extension().is_some_and(|extension| extension == "rlib")).expect("the library is built")
}
