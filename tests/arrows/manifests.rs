//! The manifests of the workspace's packages, read line by line.

use super::Broken;

/// What the root manifest decides for all packages.
const INHERITED: &[&str] = &["version", "edition", "rust-version", "license", "repository"];

/// What a package's manifest decides although it should inherit it.
pub(crate) fn check(file: &str, text: &str) -> Vec<Broken> {
    let broken = |line: usize, rule: String| Broken { file: file.to_owned(), line, rule };
    let mut all = Vec::new();
    let mut lints = false;
    for (line, section, entry) in entries(text) {
        let inherits = entry.replace(' ', "").contains("workspace=true");
        let key = entry.split(['=', '.']).next().unwrap_or(entry).trim();
        lints |= section == "lints" && inherits;
        if section == "package" && INHERITED.contains(&key) && !inherits {
            all.push(broken(line, format!("`{key}` belongs into [workspace.package]: `{key}.workspace = true` here")));
        } else if is_dependencies(section) && !inherits {
            all.push(broken(line, format!("`{key}` belongs into [workspace.dependencies]: `workspace = true` here")));
        }
    }
    for (at, line) in
        text.lines().enumerate().filter(|(_, line)| line.starts_with('[') && line.contains("dependencies."))
    {
        all.push(broken(at + 1, format!("`{line}`: a dependency is one line in its table")));
    }
    if !lints {
        all.push(broken(1, "lints belong into the root manifest: `[lints]` with `workspace = true` here".to_owned()));
    }
    all
}

/// The names of all its dependencies, with their lines.
pub(crate) fn dependencies(text: &str) -> Vec<(usize, String)> {
    let entries = entries(text).into_iter().filter(|(_, section, _)| is_dependencies(section));
    entries.map(|(line, _, entry)| (line, entry.split(['=', '.', ' ']).next().unwrap_or(entry).to_owned())).collect()
}

fn is_dependencies(section: &str) -> bool {
    section.ends_with("dependencies")
}

/// Every `key = value`, with its line and its section. What follows an open bracket belongs to the value.
fn entries(text: &str) -> Vec<(usize, &str, &str)> {
    let mut section = "";
    let mut open = 0usize;
    let mut all = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let inside = open > 0;
        if !inside && line.starts_with('[') {
            section = line.trim_matches(['[', ']']);
            continue;
        }
        open = (open + line.matches(['[', '{']).count()).saturating_sub(line.matches([']', '}']).count());
        if !inside {
            all.push((at + 1, section, line));
        }
    }
    all
}
