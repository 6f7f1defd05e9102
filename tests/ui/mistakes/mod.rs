//! Mistakes as data: each breaks good code in one place, and the compiler has to say one thing, at that place, in words
//! that help.

mod by_hand;
mod grammar;
mod of_resources;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use crate::judge::{Case, Mistake, errors_of};

/// Code with one mistake, and what must be said about it.
pub struct Planned {
    pub name: String,
    pub source: String,
    /// The words that the arrow marks; anything if it is empty.
    pub at: String,
    /// Parts of the first line.
    pub says: Vec<String>,
}

impl Planned {
    pub fn new(name: String, source: String, at: &str, says: &[&str]) -> Self {
        let name = name.to_lowercase();
        Self { name, source, at: at.to_owned(), says: says.iter().map(|word| (*word).to_owned()).collect() }
    }

    /// What is wrong with these errors, if anything is.
    fn judge(&self, errors: &[Mistake]) -> Option<String> {
        let [error] = errors else { return Some(format!("{} errors instead of one", errors.len())) };
        if !self.at.is_empty() && error.places.first().is_none_or(|place| place.words != self.at) {
            return Some(format!("the arrow is not at `{}`", self.at));
        }
        let missing = self.says.iter().find(|word| !error.headline().contains(word.as_str()))?;
        Some(format!("the first line does not say `{missing}`"))
    }
}

#[test]
fn one_mistake_is_one_error_that_helps() {
    let mut planned = grammar::planned();
    planned.extend(by_hand::planned());
    let names: BTreeSet<&String> = planned.iter().map(|one| &one.name).collect();
    assert_eq!(names.len(), planned.len(), "two mistakes have one name");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut cases: Vec<Case> = Vec::new();
    for (name, source) in by_hand::GOOD.iter().map(|good| (good.name, good.source)) {
        cases.push(Case { name: format!("good_{name}"), file: folder.path().join(format!("good_{name}.rs")) });
        fs::write(&cases[cases.len() - 1].file, source).expect("can be written");
    }
    for one in &planned {
        let file = folder.path().join(format!("{}.rs", one.name));
        fs::write(&file, &one.source).expect("can be written");
        cases.push(Case { name: one.name.clone(), file });
    }
    let found = errors_of(&cases);
    let mut wrong = String::new();
    for good in by_hand::GOOD {
        let errors = &found[&format!("good_{}", good.name)];
        let said: String = errors.iter().map(Mistake::text).collect();
        assert!(errors.is_empty(), "the good code does not compile: {said}");
    }
    let mut count = 0;
    for one in &planned {
        let errors = &found[&one.name];
        if let Some(what) = one.judge(errors) {
            let said: String = errors.iter().map(Mistake::text).collect();
            count += 1;
            let _ = writeln!(wrong, "{}: {what}\n{said}", one.name);
        }
    }
    println!("{} mistakes", planned.len());
    assert!(wrong.is_empty(), "{wrong}\n{count} of {} mistakes are not explained well", planned.len());
}
