//! The manifest in formats that other tools read.

use std::fmt::Write;

use serde::Serialize;

use crate::app::manifest::{Entry, Kind, Manifest, Use};
use crate::error::StartupError;
use crate::rules;

/// A format of the manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Csv,
    DeployCli,
    Terraform,
}

const FORMATS: [(&str, Format); 4] = [
    ("json", Format::Json),
    ("csv", Format::Csv),
    ("auth0-deploy-cli", Format::DeployCli),
    ("terraform", Format::Terraform),
];

impl Format {
    /// The format with this name; JSON if no name is given.
    pub(super) fn named(name: Option<&str>) -> Result<Self, StartupError> {
        let Some(name) = name else { return Ok(Self::Json) };
        let found = FORMATS.iter().find(|(known, _)| *known == name).map(|(_, format)| *format);
        found.ok_or_else(|| StartupError::new(rules::unknown("format", name, &FORMATS.map(|(known, _)| known))))
    }
}

/// The manifest of the API with this identifier and title.
///
/// # Errors
/// If the format contains the API's identifier and AUTH0_AUDIENCE is missing.
pub(super) fn export(
    manifest: &Manifest,
    format: Format,
    identifier: Option<&str>,
    title: &str,
) -> Result<String, StartupError> {
    let named = || {
        let missing = "AUTH0_AUDIENCE is missing; this format contains the identifier of the API in Auth0";
        identifier.ok_or_else(|| StartupError::new(missing))
    };
    match format {
        Format::Json => json(manifest, identifier),
        Format::Csv => Ok(csv(manifest)),
        Format::DeployCli => Ok(deploy_cli(manifest, named()?, title)),
        Format::Terraform => Ok(terraform(manifest, named()?)),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item<'a> {
    name: &'a str,
    description: &'a str,
    resources: Vec<&'a str>,
    used_by: Vec<String>,
}

impl<'a> Item<'a> {
    fn from_entry(entry: &'a Entry) -> Self {
        let used_by = entry.uses.iter().map(Use::label).collect();
        Self { name: entry.name, description: &entry.description, resources: entry.sections(), used_by }
    }
}

fn json(manifest: &Manifest, identifier: Option<&str>) -> Result<String, StartupError> {
    #[derive(Serialize)]
    struct Document<'a> {
        identifier: Option<&'a str>,
        permissions: Vec<Item<'a>>,
        scopes: Vec<Item<'a>>,
        roles: Vec<Item<'a>>,
    }
    let items = |kind: Kind| {
        let of_kind = manifest.entries.iter().filter(|entry| entry.kind == kind);
        of_kind.map(Item::from_entry).collect::<Vec<_>>()
    };
    let document = Document {
        identifier,
        permissions: items(Kind::Permission),
        scopes: items(Kind::Scope),
        roles: items(Kind::Role),
    };
    serde_json::to_string_pretty(&document).map_err(StartupError::because)
}

/// RFC 4180, with a header line.
fn csv(manifest: &Manifest) -> String {
    let mut out = "kind,name,description,resources,used by".to_owned();
    for entry in &manifest.entries {
        let kind = match entry.kind {
            Kind::Permission => "permission",
            Kind::Scope => "scope",
            Kind::Role => "role",
        };
        let used_by: Vec<String> = entry.uses.iter().map(Use::label).collect();
        let cells =
            [kind, entry.name, &entry.description, &entry.sections().join(" "), &used_by.join("; ")].map(csv_cell);
        let _ = write!(out, "\r\n{}", cells.join(","));
    }
    out
}

fn csv_cell(text: &str) -> String {
    if text.contains(['"', ',', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

/// `tenant.yaml` of auth0-deploy-cli.
fn deploy_cli(manifest: &Manifest, identifier: &str, title: &str) -> String {
    let mut out = format!(
        "# The deployment sets the API's name in Auth0 to this one: write its current name here.\n\
         resourceServers:\n  - name: {}\n    identifier: {}\n    scopes:",
        yaml(title),
        yaml(identifier)
    );
    let scopes = manifest.api_scopes();
    if scopes.is_empty() {
        out.push_str(" []");
    }
    for entry in scopes {
        let _ = write!(out, "\n      - value: {}\n        description: {}", yaml(entry.name), yaml(&entry.description));
    }
    out
}

/// A resource of the Terraform provider `auth0/auth0`, which manages the whole list.
fn terraform(manifest: &Manifest, identifier: &str) -> String {
    let mut out = format!(
        "resource \"auth0_resource_server_scopes\" \"api\" {{\n  resource_server_identifier = {}\n",
        hcl(identifier)
    );
    for entry in manifest.api_scopes() {
        let _ = write!(
            out,
            "\n  scopes {{\n    name        = {}\n    description = {}\n  }}\n",
            hcl(entry.name),
            hcl(&entry.description)
        );
    }
    out.push('}');
    out
}

/// A double-quoted scalar (YAML 1.2 section 7.3.1). Always quoted, because `no`, `1e3` and `~` must be text.
fn yaml(text: &str) -> String {
    format!("\"{}\"", text.chars().map(escaped).collect::<String>())
}

/// A quoted template of HCL. `${` and `%{` are escaped, so that Terraform evaluates nothing.
fn hcl(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut out = String::from("\"");
    for (at, &letter) in letters.iter().enumerate() {
        let begins = matches!(letter, '$' | '%') && letters.get(at + 1) == Some(&'{');
        let doubled = at > 0 && letters[at - 1] == letter;
        match (begins, doubled) {
            (true, false) => out.extend([letter, letter]),
            // A `$` or `%` before the escaped pair would be ambiguous.
            (true, true) => out.push_str(&by_number(letter)),
            (false, _) => out.push_str(&escaped(letter)),
        }
    }
    out.push('"');
    out
}

/// A character between double quotes, for YAML and HCL. Characters that are not visible are written as numbers.
fn escaped(letter: char) -> String {
    match letter {
        '"' => "\\\"".to_owned(),
        '\\' => "\\\\".to_owned(),
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        _ if letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{feff}') => by_number(letter),
        _ => letter.to_string(),
    }
}

fn by_number(letter: char) -> String {
    format!("\\u{:04x}", u32::from(letter))
}
