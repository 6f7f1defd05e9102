//! Whose requests are counted.

use std::net::IpAddr;

/// Whose budgets these are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Subject<'a> {
    /// A user, by the `sub` of a verified token.
    User(&'a str),
    /// An address of a client.
    Address(IpAddr),
}
