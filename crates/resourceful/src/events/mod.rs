//! The outbox: messages that are stored in the database together with the change that causes them, and delivered by a
//! worker afterwards (feature `mail`).
//!
//! [`Outbox::add`] within a transaction stores a message if, and only if, the transaction is committed. A [`Worker`] of
//! any process then delivers it **at least once**: it tries again until it succeeds, is refused for good, or the time of
//! the setting `OUTBOX_GIVE_UP` is over. Mail is one kind of message; [`App::deliver`](crate::App::deliver) adds others.
//! See [the guide](crate::guide::outbox).

mod backlog;
mod deliver;
mod hub;
mod lane;
mod mail;
mod message;
#[cfg(feature = "migrate")]
mod migration;
mod outbox;
mod records;
mod round;
mod settings;
mod store;
mod sweep;
mod table;
mod worker;

pub(crate) use backlog::{Backlog, backlog};
pub(crate) use hub::Hub;
pub use mail::DurableMailer;
pub(crate) use mail::{is_mail, records};
pub(crate) use message::Handlers;
pub use message::{Message, Undelivered};
#[cfg(feature = "migrate")]
pub use migration::Migration;
pub use outbox::Outbox;
pub(crate) use records::{Failure, Records, Summary};
pub use settings::OutboxSettings;
pub use table::create_missing;
pub(crate) use table::{TABLE, is_there, wanted};
pub use worker::{Worker, WorkerBuilder};
