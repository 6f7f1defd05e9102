//! Reads of requests on replicas of PostgreSQL (`DATABASE_READ_URL`).
//!
//! A replica replays what the primary has written, and is always a little behind. Three rules keep that invisible where it
//! would be wrong:
//!
//! - **Callers see their own writes.** After a request that has written, the position of the primary in its write-ahead log
//!   is remembered for the caller (`callers`): in this process, in Redis, and in a field of the response that the client can send
//!   back. A replica answers the caller once it has replayed that position; until then the primary does (`session`).
//! - **A replica that may be further behind than `REPLICA_MAX_LAG` answers nobody.** How far it is behind is found by comparing its
//!   position with those that the primary had in the last seconds (`samples`). What a replica says about its own lag is not
//!   used: one that is cut off from the primary would say that it has everything.
//! - **Whatever is wrong with a replica, the primary answers instead** (`read`): no error of a replica reaches a caller, except
//!   that a query takes too long.
//!
//! Only reads of requests that change nothing use replicas, and only outside of transactions: the dispatcher begins a
//! [`Session`] for each request, and code without one uses the primary. The value of a cached function and a kept answer
//! are read from the primary: they would be used longer than the lag of a replica.
//!
//! All statements of a request go to the same replica, so that none of them sees an older state than the one before.

#[cfg(feature = "postgres")]
mod answered;
#[cfg(feature = "postgres")]
mod callers;
#[cfg(feature = "postgres")]
mod line;
#[cfg(feature = "postgres")]
mod lsn;
#[cfg(feature = "postgres")]
mod primary;
#[cfg(feature = "postgres")]
mod read;
#[cfg(feature = "postgres")]
mod replica;
#[cfg(feature = "postgres")]
mod samples;
#[cfg(feature = "postgres")]
mod session;
mod settings;
#[cfg(feature = "postgres")]
mod state;
#[cfg(feature = "postgres")]
mod watch;

#[cfg(feature = "postgres")]
pub(crate) use callers::Caller;
#[cfg(all(feature = "postgres", feature = "redis"))]
pub(super) use callers::Shared;
#[cfg(feature = "postgres")]
pub(super) use session::note_statement;
#[cfg(feature = "postgres")]
pub(crate) use session::{ReadRoute, Session, admitted, note_write};
pub use settings::ReplicaSettings;
#[cfg(feature = "postgres")]
pub(crate) use state::Replicas;
