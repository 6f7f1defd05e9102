//! A crate as files and the arrows between them: which file names something that another file defines.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{Named, Source};

/// A module path from the crate's root: `["query", "sql"]`.
type Module = Vec<String>;

/// The files of one crate.
pub(crate) struct House {
    files: BTreeMap<String, Source>,
    /// The file in which each module is written.
    modules: BTreeMap<Module, String>,
}

/// An arrow: the file `from` names, on this line, something that the file `to` defines.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Arrow {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) line: usize,
    pub(crate) path: String,
}

impl House {
    /// Reads a crate from its files, named from `src` on, with their text. Test files are no part of the house.
    pub(crate) fn read<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, String> {
        let mut house = Self { files: BTreeMap::new(), modules: BTreeMap::new() };
        for (file, text) in files.into_iter().filter(|(file, _)| !is_test(file)) {
            let source = Source::read(text).map_err(|error| format!("{file}: {error}"))?;
            let own = module_of(file);
            house.modules.insert(own.clone(), file.to_owned());
            for inline in &source.modules {
                house.modules.insert([own.as_slice(), inline.as_slice()].concat(), file.to_owned());
            }
            house.files.insert(file.to_owned(), source);
        }
        Ok(house)
    }

    /// Every file with what it names.
    pub(crate) fn named(&self) -> impl Iterator<Item = (&str, &Named)> {
        self.files.iter().flat_map(|(file, source)| source.named.iter().map(move |named| (file.as_str(), named)))
    }

    /// All arrows between two files.
    pub(crate) fn arrows(&self) -> Vec<Arrow> {
        let arrow = |(file, named): (&str, &Named)| {
            // A module hands on what its children define; that is not a use of it.
            let to = self.target(file, named)?;
            let handed_on = named.is_export && is_child(file, &to);
            (to != file && to != "lib.rs" && !handed_on).then(|| Arrow {
                from: file.to_owned(),
                to,
                line: named.line,
                path: named.path.join("::"),
            })
        };
        let mut all: Vec<Arrow> = self.named().filter_map(arrow).collect();
        all.sort();
        all.dedup();
        all
    }

    /// The file that defines what a path names; `None` outside of the crate.
    fn target(&self, file: &str, named: &Named) -> Option<String> {
        let own = [module_of(file).as_slice(), named.inside.as_slice()].concat();
        self.resolve(&own, &named.path, 8)
    }

    fn resolve(&self, own: &[String], path: &[String], patience: usize) -> Option<String> {
        let patience = patience.checked_sub(1)?;
        let mut module: Module = own.to_vec();
        let mut rest = path;
        match rest.first()?.as_str() {
            "crate" => (module, rest) = (Module::new(), &rest[1..]),
            "self" => rest = &rest[1..],
            "super" => {
                while rest.first().is_some_and(|first| first == "super") {
                    module.pop()?;
                    rest = &rest[1..];
                }
            }
            // A single word may be anything; a path may begin at a module inside of this one.
            first => {
                let child = [own, &[first.to_owned()]].concat();
                if path.len() < 2 || !self.modules.contains_key(&child) {
                    return None;
                }
            }
        }
        while let Some(next) = rest.first() {
            module.push(next.clone());
            if !self.modules.contains_key(&module) {
                module.pop();
                return self.exported(&module, rest, patience).or_else(|| self.modules.get(&module).cloned());
            }
            rest = &rest[1..];
        }
        self.modules.get(&module).cloned()
    }

    /// Where a name comes from that a module hands on.
    fn exported(&self, module: &[String], rest: &[String], patience: usize) -> Option<String> {
        let file = self.modules.get(module)?;
        let own = module_of(file);
        let inside = module.strip_prefix(own.as_slice())?;
        let exports = self.files.get(file)?.named.iter().filter(|named| named.is_export && named.inside == inside);
        exports.filter(|export| export.name == rest[0]).find_map(|export| {
            let path = [export.path.as_slice(), &rest[1..]].concat();
            self.resolve(module, &path, patience)
        })
    }
}

/// Groups of files each of which leads to all others of its group. A module and the files below it are one unit: what
/// they take from it leads to no circle, what two of them take from each other does.
pub(crate) fn circles(arrows: &[Arrow]) -> Vec<Vec<String>> {
    let mut next: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for arrow in arrows.iter().filter(|arrow| !is_child(&arrow.to, &arrow.from)) {
        next.entry(&arrow.from).or_default().insert(&arrow.to);
    }
    let mut all: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for from in next.keys() {
        let seen = all.entry(from).or_default();
        let mut open = vec![*from];
        while let Some(file) = open.pop() {
            open.extend(next.get(file).into_iter().flatten().copied().filter(|file| seen.insert(*file)));
        }
    }
    let mut found: BTreeSet<Vec<String>> = BTreeSet::new();
    for (file, seen) in &all {
        let circle: Vec<String> = seen
            .iter()
            .filter(|other| all.get(*other).is_some_and(|seen| seen.contains(file)))
            .map(|other| (*other).to_owned())
            .collect();
        if circle.len() > 1 {
            found.insert(circle);
        }
    }
    found.into_iter().collect()
}

/// Whether a file is one of tests only.
fn is_test(file: &str) -> bool {
    file.ends_with("/tests.rs") || file == "tests.rs" || file.contains("/tests/") || file.starts_with("tests/")
}

/// The module that a file is: `query/sql/text.rs` is `query::sql::text`.
fn module_of(file: &str) -> Module {
    let path = file.trim_end_matches(".rs").trim_end_matches("/mod");
    match path {
        "lib" | "main" | "mod" => Module::new(),
        _ => path.split('/').map(str::to_owned).collect(),
    }
}

/// Whether a file is below the module that another file is.
fn is_child(file: &str, child: &str) -> bool {
    let (file, child) = (module_of(file), module_of(child));
    child.len() > file.len() && child.starts_with(&file)
}
