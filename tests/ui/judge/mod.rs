//! Compiles code that must not compile, and says what the compiler says about it.
//!
//! Many cases are modules of one crate: the compiler then reads `resourceful` once and not once for each case. It goes on
//! after most errors. Those of lints come only where there are no others, so the cases that are left are compiled again. A
//! case with an error after which the compiler stops at once begins with [`STOPS`], and is compiled alone: it would hide what
//! is said about the types of the others.

mod runtime;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

use serde_json::Value;

/// The first line of a case after which the compiler looks at nothing else.
const STOPS: &str = "// The compiler stops here.";

/// How many cases can have errors of lints only.
const LINTS: usize = 5;

/// Code that must not compile: the name of its module, and its file.
pub struct Case {
    pub name: String,
    pub file: PathBuf,
}

/// An error of the compiler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// As in `E0277`; our own errors and those of lints have none.
    pub code: Option<String>,
    /// The first line says what is wrong, the others say more.
    pub message: String,
    /// Where the arrow points.
    pub places: Vec<Place>,
    /// Notes and help, without lists of other types.
    pub notes: Vec<String>,
}

/// A place in the case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub line: u64,
    pub column: u64,
    /// The words that the arrow marks.
    pub words: String,
    /// What is written beside the arrow.
    pub label: String,
}

impl Mistake {
    /// The first line of the message.
    pub fn headline(&self) -> &str {
        self.message.lines().next().unwrap_or_default()
    }

    /// Everything that the user reads.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let code = self.code.as_ref().map(|code| format!("[{code}]")).unwrap_or_default();
        let _ = writeln!(text, "error{code}: {}", self.message.replace('\n', "\n       "));
        for Place { line, column, words, label } in &self.places {
            let label = if label.is_empty() { String::new() } else { format!(" <- {label}") };
            let _ = writeln!(text, "  at {line}:{column} {words}{label}");
        }
        for note in &self.notes {
            let _ = writeln!(text, "  {}", note.replace('\n', "\n  "));
        }
        text
    }
}

/// The errors of each case, in the order in which the user sees them; none where a case compiles.
///
/// # Panics
/// When the compiler or the runtime is not found, or an error is in no case.
pub fn errors_of(cases: &[Case]) -> BTreeMap<String, Vec<Mistake>> {
    let runtime = runtime::library();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let stops = |case: &&Case| fs::read_to_string(&case.file).is_ok_and(|text| text.starts_with(STOPS));
    let (alone, mut left): (Vec<&Case>, Vec<&Case>) = cases.iter().partition(stops);
    let mut found: BTreeMap<String, Vec<Mistake>> = BTreeMap::new();
    for case in alone {
        found.extend(compile(&runtime, folder.path(), &[case]));
    }
    loop {
        let round = compile(&runtime, folder.path(), &left);
        left.retain(|case| !round.contains_key(&case.name));
        assert!(round.is_empty() || left.len() <= LINTS, "a case stops the compiler; it must begin with `{STOPS}`");
        if round.is_empty() {
            break;
        }
        found.extend(round);
    }
    for case in left {
        found.insert(case.name.clone(), Vec::new());
    }
    found
}

/// The errors of the first phase that has some.
fn compile(runtime: &Path, folder: &Path, cases: &[&Case]) -> BTreeMap<String, Vec<Mistake>> {
    let root = folder.join("cases.rs");
    let modules: String =
        cases.iter().map(|case| format!("#[path = {:?}]\npub mod {};\n", case.file, case.name)).collect();
    fs::write(&root, modules).expect("can be written");
    let dependencies = runtime.parent().expect("a folder");
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(compiler)
        .args(["--edition=2024", "--crate-type=lib", "--emit=metadata", "--error-format=json", "-Awarnings"])
        .arg(format!("--extern=resourceful={}", runtime.display()))
        .arg(format!("-Ldependency={}", dependencies.display()))
        .arg("-o")
        .arg(folder.join("libcases.rmeta"))
        .arg(&root)
        .output()
        .expect("rustc runs");
    let mut found: BTreeMap<String, Vec<Mistake>> = BTreeMap::new();
    for line in String::from_utf8_lossy(&output.stderr).lines() {
        let Ok(json) = serde_json::from_str::<Value>(line) else { panic!("the compiler wrote: {line}") };
        if json["level"] != "error" || json["spans"].as_array().is_none_or(Vec::is_empty) {
            let message = json["message"].as_str().unwrap_or_default();
            assert!(json["level"] != "error" || message.starts_with("aborting"), "an error has no place: {message}");
            continue;
        }
        let of = cases
            .iter()
            .find(|case| json["spans"].as_array().expect("a list").iter().any(|span| place(span, case).is_some()));
        let case = of.unwrap_or_else(|| panic!("an error is in no case: {}", json["rendered"]));
        found.entry(case.name.clone()).or_default().push(mistake(&json, case));
    }
    found
}

fn mistake(json: &Value, case: &Case) -> Mistake {
    let spans = |primary: bool| {
        let spans = json["spans"].as_array().into_iter().flatten().filter(move |span| span["is_primary"] == primary);
        spans.filter_map(|span| place(span, case)).collect::<Vec<_>>()
    };
    let mut places = spans(true);
    if places.is_empty() {
        places = spans(false);
    }
    let notes = json["children"].as_array().into_iter().flatten().filter_map(|child| note(child, case)).collect();
    let code = json["code"]["code"].as_str().filter(|code| code.starts_with('E')).map(str::to_owned);
    Mistake { code, message: plain(&json["message"], case), places, notes }
}

/// A note, unless it only lists what other types do or where they are, which depends on the other cases.
fn note(json: &Value, case: &Case) -> Option<String> {
    let message = plain(&json["message"], case);
    let listed = ["following other types implement", "is implemented for `", "is not implemented for `"];
    let about_the_compiler = [
        "this error originates in",
        "the lint level is defined",
        "exist but are inaccessible",
        "consider importing",
        "full name for the type",
        "--verbose",
    ];
    if listed.iter().chain(&about_the_compiler).any(|start| message.contains(start)) {
        return None;
    }
    let suggested = json["spans"].as_array().into_iter().flatten();
    let suggested: Vec<&str> = suggested.filter_map(|span| span["suggested_replacement"].as_str()).collect();
    let suggested = match suggested.concat().trim() {
        "" => String::new(),
        text => format!(": {}", text.replace('\n', " ")),
    };
    Some(format!("{}: {message}{suggested}", json["level"].as_str().unwrap_or_default()))
}

/// The text without the name of the case, which is a module only here.
fn plain(text: &Value, case: &Case) -> String {
    text.as_str().unwrap_or_default().replace(&format!("{}::", case.name), "")
}

/// Where the span is in the case; a span of a macro's own code is where the macro is called.
fn place(span: &Value, case: &Case) -> Option<Place> {
    if span["file_name"].as_str().map(Path::new) != Some(&case.file) {
        let around = &span["expansion"]["span"];
        return if around.is_object() { place(around, case) } else { None };
    }
    let lines = span["text"].as_array().into_iter().flatten().map(|line| {
        let text: Vec<char> = line["text"].as_str().unwrap_or_default().chars().collect();
        let at = |key: &str| line[key].as_u64().and_then(|at| usize::try_from(at).ok()).unwrap_or(1) - 1;
        let marked: String =
            text[at("highlight_start").min(text.len())..at("highlight_end").min(text.len())].iter().collect();
        marked.trim().to_owned()
    });
    Some(Place {
        line: span["line_start"].as_u64().unwrap_or_default(),
        column: span["column_start"].as_u64().unwrap_or_default(),
        words: lines.collect::<Vec<_>>().join(" "),
        label: plain(&span["label"], case),
    })
}

/// Compares what the compiler says about each file of the folder with the `.stderr` beside it.
///
/// # Errors
/// When the folder cannot be read.
pub fn compare_folder(folder: &Path) -> io::Result<()> {
    let is_updated = std::env::var_os("UPDATE_UI").is_some();
    let mut cases = Vec::new();
    for entry in fs::read_dir(folder)? {
        let file = entry?.path();
        if file.extension().is_some_and(|extension| extension == "rs") {
            let name = file.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            cases.push(Case { name, file });
        }
    }
    let found = errors_of(&cases);
    let mut differ = String::new();
    for case in &cases {
        let said: Vec<String> = found[&case.name].iter().map(Mistake::text).collect();
        let said = if said.is_empty() { "it compiles\n".to_owned() } else { said.join("\n") };
        let path = case.file.with_extension("stderr");
        if is_updated {
            fs::write(&path, &said)?;
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        if expected != said || said == "it compiles\n" {
            let _ = writeln!(differ, "--- {} expected:\n{expected}--- found:\n{said}", case.name);
        }
    }
    assert!(
        differ.is_empty(),
        "{differ}\nif this is better than before, run `cargo xtask bless ui` and review the diff"
    );
    Ok(())
}
