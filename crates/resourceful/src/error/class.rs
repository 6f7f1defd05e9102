//! The classes of failures: whose fault it is, and of which kind. How a class is told to the caller is up to the floor
//! that talks to them.

/// The class of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// The request cannot be read, or contradicts itself.
    Malformed,
    /// The caller is not known: no credentials, or invalid ones.
    Unauthenticated,
    /// The caller is known and may not do this.
    Forbidden,
    /// There is no such thing, or none that the caller may see.
    NotFound,
    /// The request contradicts the stored data.
    Conflict,
    /// The request is larger than the limits allow.
    TooLarge,
    /// The request can be read, but its values break a rule.
    Invalid,
    /// The server cannot answer now, and may be able to later.
    Unavailable,
    /// Something failed on the server.
    Internal,
}

impl Class {
    /// Whether the server is to blame, and not the request.
    pub const fn is_server_fault(self) -> bool {
        matches!(self, Self::Unavailable | Self::Internal)
    }
}
