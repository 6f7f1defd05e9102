//! What is counted while an application runs, and the text in which Prometheus reads it.
//!
//! Every metric is a row of the [table](catalogue): its name, its labels, and what it says. What happens often is counted in
//! atomic numbers of fixed size ([`Metrics`]): nothing grows with the number of requests, and no label has a value that
//! a client chooses. States, such as the number of open connections, are read when somebody asks.

#[cfg_attr(
    not(all(feature = "mail", feature = "postgres")),
    allow(dead_code, reason = "the outbox and replicas are counted with these features only")
)]
pub(crate) mod catalogue;
mod count;
mod page;
pub(crate) mod process;
#[cfg_attr(not(feature = "mail"), allow(dead_code, reason = "only messages of the outbox are counted with it"))]
mod recorded;
mod route;

#[cfg(feature = "postgres")]
pub(crate) use count::Counter;
pub(crate) use page::Page;
pub(crate) use recorded::{InFlight, Metrics};
pub(crate) use route::Route;
