//! How the connections to the database are used at this moment, for metrics.

use sea_orm::DbBackend;

use super::Context;

/// How the connections are used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Connections {
    /// Connections that run a statement or a transaction.
    pub(crate) used: usize,
    /// Open connections that wait for work.
    pub(crate) idle: usize,
    /// The most connections.
    pub(crate) most: usize,
}

impl Connections {
    pub(super) fn add(&mut self, other: Self) {
        self.used += other.used;
        self.idle += other.idle;
        self.most += other.most;
    }
}

impl Context {
    /// How the connections of this process are used now. It takes no round trip.
    pub(crate) fn connections(&self) -> Connections {
        #[cfg_attr(not(feature = "sqlite"), expect(unused_mut, reason = "only SQLite has more"))]
        let mut all = self.0.pools.connections();
        #[cfg(feature = "sqlite")]
        if let Some(lanes) = self.write_queue().connections() {
            all.add(lanes);
        }
        all
    }

    /// How many writers wait for their turn; `None` where the database has many writers.
    pub(crate) fn waiting_writers(&self) -> Option<usize> {
        (self.backend() == DbBackend::Sqlite).then(|| self.write_queue().waiting())
    }
}
