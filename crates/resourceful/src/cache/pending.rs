//! Invalidations that the shared store has not accepted yet. Until it has, what it holds for them is not used.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The most invalidations that are kept. If there are more, everything in the store becomes outdated.
const MOST: usize = 1_000;

/// What became outdated.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Notice {
    Everything,
    Tag(String),
    Key(String),
}

impl Notice {
    /// The text that other processes get. `sender` has no `|`.
    pub(super) fn to_text(&self, sender: &str) -> String {
        match self {
            Self::Everything => format!("{sender}|everything"),
            Self::Tag(tag) => format!("{sender}|tag:{tag}"),
            Self::Key(key) => format!("{sender}|key:{key}"),
        }
    }

    /// The notice in a text of another process; `None` if this process sent it. A text that nobody can read makes everything
    /// outdated.
    pub(super) fn from_text(text: &str, own: &str) -> Option<Self> {
        match text.split_once('|') {
            Some((sender, _)) if sender == own => None,
            Some((_, notice)) => Some(match notice.split_once(':') {
                Some(("tag", tag)) => Self::Tag(tag.to_owned()),
                Some(("key", key)) => Self::Key(key.to_owned()),
                _ => Self::Everything,
            }),
            None => Some(Self::Everything),
        }
    }
}

/// Invalidations that are on their way.
#[derive(Default)]
pub(super) struct Pending(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    count: u64,
    /// The number of the last invalidation of each.
    notices: HashMap<Notice, u64>,
}

impl Pending {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an invalidation, and returns its number.
    pub(super) fn add(&self, notice: &Notice) -> u64 {
        let mut waiting = self.lock();
        waiting.count += 1;
        let number = waiting.count;
        if waiting.notices.len() >= MOST && !waiting.notices.contains_key(notice) {
            waiting.notices.clear();
            waiting.notices.insert(Notice::Everything, number);
        } else {
            waiting.notices.insert(notice.clone(), number);
        }
        number
    }

    /// The store has accepted this one.
    pub(super) fn done(&self, notice: &Notice, number: u64) {
        let mut waiting = self.lock();
        if waiting.notices.get(notice) == Some(&number) {
            waiting.notices.remove(notice);
        }
    }

    /// The store has accepted that everything up to this number is outdated.
    pub(super) fn done_until(&self, number: u64) {
        self.lock().notices.retain(|_, last| *last > number);
    }

    /// The number of the last invalidation.
    pub(super) fn last(&self) -> u64 {
        self.lock().count
    }

    pub(super) fn all(&self) -> Vec<(Notice, u64)> {
        self.lock().notices.iter().map(|(notice, number)| (notice.clone(), *number)).collect()
    }

    /// Whether what the store holds under this key, or with these tags, may be outdated.
    pub(super) fn concerns<'a>(&self, key: &str, tags: impl IntoIterator<Item = &'a str>) -> bool {
        let waiting = self.lock();
        let waits = |notice: Notice| waiting.notices.contains_key(&notice);
        !waiting.notices.is_empty()
            && (waits(Notice::Everything)
                || waits(Notice::Key(key.to_owned()))
                || tags.into_iter().any(|tag| waits(Notice::Tag(tag.to_owned()))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invalidation_waits_until_its_last_one_is_accepted() {
        let pending = Pending::default();
        let tag = Notice::Tag("a".into());
        let first = pending.add(&tag);
        assert!(pending.concerns("k", ["b", "a"]) && !pending.concerns("k", ["b"]));
        let second = pending.add(&tag);
        pending.done(&tag, first);
        assert!(pending.concerns("k", ["a"]), "the second one is still on its way");
        pending.done(&tag, second);
        assert!(!pending.concerns("k", ["a"]));
    }

    #[test]
    fn too_many_become_one_for_everything() {
        let pending = Pending::default();
        (0..=MOST).for_each(|number| _ = pending.add(&Notice::Key(number.to_string())));
        assert_eq!(pending.all().len(), 1);
        assert!(pending.concerns("another", []));
        pending.done_until(pending.last());
        assert!(!pending.concerns("another", []));
    }

    #[test]
    fn notices_are_read_as_they_were_written() {
        for notice in [Notice::Everything, Notice::Tag("a|b:c".into()), Notice::Key(String::new())] {
            let text = notice.to_text("me");
            assert_eq!(Notice::from_text(&text, "other"), Some(notice));
            assert_eq!(Notice::from_text(&text, "me"), None);
        }
        for unreadable in ["", "x", "x|y", "x|tag"] {
            assert_eq!(Notice::from_text(unreadable, "me"), Some(Notice::Everything), "{unreadable}");
        }
    }
}
