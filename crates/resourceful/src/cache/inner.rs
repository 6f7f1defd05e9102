//! The parts of a cache, and what an invalidation does to them.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::far::Far;
use super::flight::Keys;
use super::marks::{Marks, Stamp};
use super::near::Near;
use super::pending::Notice;
use super::stats::Counts;

/// How long a value is kept that was loaded while other processes could not be heard.
const ALONE: Duration = Duration::from_secs(1);

pub(super) struct Inner {
    pub(super) near: Near,
    pub(super) marks: Marks,
    pub(super) keys: Keys,
    pub(super) far: Option<Far>,
    pub(super) counts: Counts,
}

impl Inner {
    /// The value in this process, if it is not outdated.
    pub(super) fn near(&self, key: &str) -> Option<Bytes> {
        let entry = self.near.get(key)?;
        self.is_current(&entry.stamp).then(|| entry.value.clone())
    }

    /// The state of these tags now.
    pub(super) fn stamp(&self, tags: &[&str]) -> Stamp {
        self.marks.stamp(tags, !self.is_in_sync())
    }

    /// Whether this process hears what other processes change, or is the only one.
    pub(super) fn is_in_sync(&self) -> bool {
        self.far.as_ref().is_none_or(|far| !far.listens || far.link.is_in_sync())
    }

    /// Whether values are kept in this process.
    pub(super) fn keeps(&self) -> bool {
        self.far.as_ref().is_none_or(|far| far.listens)
    }

    pub(super) fn is_current(&self, stamp: &Stamp) -> bool {
        self.marks.is_current(stamp) && (stamp.alone || self.is_in_sync())
    }

    /// Keeps a value in this process, unless it is outdated: then it would replace a newer one. The caller has the lock of
    /// the key.
    pub(super) fn keep(&self, key: &Arc<str>, value: Bytes, stamp: &Stamp, ttl: Duration) {
        if self.keeps() && self.is_current(stamp) {
            let ttl = if stamp.alone { ttl.min(ALONE) } else { ttl };
            self.near.put(key.clone(), value, stamp.clone(), ttl);
        }
    }

    /// Makes everything outdated in this process.
    pub(super) fn forget_everything(&self) {
        self.marks.invalidate_all();
        self.near.clear();
    }

    /// Makes something outdated in this process.
    pub(super) fn forget(&self, notice: &Notice) {
        match notice {
            Notice::Everything => self.forget_everything(),
            Notice::Tag(tag) => self.marks.invalidate(tag),
            Notice::Key(key) => {
                let mut stripe = self.keys.lock(key);
                stripe.changes += 1;
                self.near.remove(key);
            }
        }
    }

    /// Another process told this.
    pub(super) fn heard(&self, text: &str) {
        let own = self.far.as_ref().map_or("", |far| &far.sender);
        if let Some(notice) = Notice::from_text(text, own) {
            self.forget(&notice);
        }
    }

    /// Makes something outdated in this process at once, and in the others as soon as they can be told. It does not fail: what
    /// cannot be told now is told later, and until then this process does not use what the store holds for it. The same is
    /// true if the future is dropped.
    pub(super) async fn invalidate(&self, notice: Notice) {
        let far = self.far.as_ref().filter(|far| !far.link.is_lost());
        let Some(far) = far else { return self.forget(&notice) };
        let number = far.pending.add(&notice);
        self.forget(&notice);
        if far.tell(&notice).await.is_ok() {
            far.pending.done(&notice, number);
        }
    }
}
