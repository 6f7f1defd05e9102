//! All template files of an application: the defaults, those of the application, and those of the folder.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use super::defaults;
use super::file_name::{FileName, Kind, key};
use super::source::MailTemplate;

/// The most bytes of a template file.
const FILE_BYTES: u64 = 1024 * 1024;

/// All template files, by their names, and the values to try templates with.
#[derive(Debug, Default)]
pub(super) struct Library {
    pub(super) files: BTreeMap<String, String>,
    pub(super) samples: BTreeMap<String, Value>,
    /// The languages of each template, besides the default one.
    pub(super) languages: BTreeMap<String, BTreeSet<String>>,
}

impl Library {
    /// Collects the files. Those of the application replace defaults, and those of the folder replace both.
    ///
    /// # Errors
    /// Everything that is wrong with names, and everything that is missing.
    pub(super) fn collect(own: &[MailTemplate], folder: Option<&Path>) -> Result<Self, Vec<String>> {
        let mut all = Self::default();
        let mut problems = Vec::new();
        for (file, source) in defaults::FILES {
            all.add(file, (*source).to_owned(), &mut problems);
        }
        all.samples.extend(defaults::samples().map(|(name, values)| (name.to_owned(), values)));
        let mut seen = BTreeSet::new();
        for template in own {
            if !seen.insert(template.name()) {
                problems.push(format!("the template `{}` is registered twice", template.name()));
            }
            for (file, source) in template.files() {
                all.add(file, source.clone(), &mut problems);
            }
            if let Some(values) = template.sample_values() {
                all.samples.insert(template.name().to_owned(), values.clone());
            }
        }
        if let Some(folder) = folder {
            match read_folder(folder) {
                Ok(files) => files.into_iter().for_each(|(file, source)| all.add(&file, source, &mut problems)),
                Err(problem) => problems.push(problem),
            }
        }
        all.check_complete(&mut problems);
        if problems.is_empty() { Ok(all) } else { Err(problems) }
    }

    fn add(&mut self, file: &str, source: String, problems: &mut Vec<String>) {
        let name = match FileName::read(file) {
            Ok(name) => name,
            Err(problem) => return problems.push(problem),
        };
        if name.kind == Kind::Sample {
            match serde_json::from_str(&source) {
                Ok(values) => drop(self.samples.insert(name.name, values)),
                Err(error) => problems.push(format!("`{file}` is not JSON: {error}")),
            }
            return;
        }
        self.files.insert(name.key(file), source);
        if name.kind != Kind::Part {
            self.languages.entry(name.name).or_default().extend(name.language);
        }
    }

    /// The names of all templates.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.languages.keys().map(String::as_str)
    }

    /// Every template has a subject and a text, and each language has what the template has: half a translation would be
    /// a mail in two languages.
    fn check_complete(&self, problems: &mut Vec<String>) {
        for (name, languages) in &self.languages {
            let has = |language: Option<&str>, kind| self.files.contains_key(&key(name, language, kind));
            let all = std::iter::once(None).chain(languages.iter().map(|language| Some(language.as_str())));
            for language in all {
                for kind in [Kind::Subject, Kind::Text] {
                    if !has(language, kind) {
                        problems.push(format!("the template `{name}` needs the file `{}`", key(name, language, kind)));
                    }
                }
                if has(None, Kind::Html) != has(language, Kind::Html) {
                    let (lacking, other) = if has(None, Kind::Html) { (language, None) } else { (None, language) };
                    problems.push(format!(
                        "the template `{name}` needs the file `{}`, because there is `{}`",
                        key(name, lacking, Kind::Html),
                        key(name, other, Kind::Html)
                    ));
                }
            }
        }
        for name in self.samples.keys().filter(|name| !self.languages.contains_key(*name)) {
            problems.push(format!("`{name}.sample.json` belongs to no template; there is no `{name}.txt`"));
        }
    }
}

/// The files of a folder, by their names, without those whose names begin with a dot.
fn read_folder(folder: &Path) -> Result<Vec<(String, String)>, String> {
    let cannot = |what: &Path, error: std::io::Error| format!("`{}` cannot be read: {error}", what.display());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| cannot(folder, error))? {
        let entry = entry.map_err(|error| cannot(folder, error))?;
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        let metadata = std::fs::metadata(&path).map_err(|error| cannot(&path, error))?;
        if name.starts_with('.') || metadata.is_dir() {
            continue;
        }
        if metadata.len() > FILE_BYTES {
            return Err(format!("`{}` is larger than {FILE_BYTES} bytes, too large for a template", path.display()));
        }
        files.push((name, std::fs::read_to_string(&path).map_err(|error| cannot(&path, error))?));
    }
    files.sort();
    Ok(files)
}
