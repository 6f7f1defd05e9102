//! What answers a read that a replica may answer.

/// What answers a read that a replica may answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answered {
    /// A replica.
    Replica,
    /// The primary, because the caller has seen or written what no replica has yet.
    Behind,
    /// The primary, because no replica is used.
    Unavailable,
    /// The primary, because the replica has failed.
    Failed,
    /// The primary, because the value is kept for others.
    Cached,
}

impl Answered {
    /// The words of metrics, in the order of the variants.
    pub(super) const WORDS: [&'static str; 5] = ["replica", "behind", "unavailable", "failed", "cached"];
}
