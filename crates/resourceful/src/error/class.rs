//! The classes of errors: whether the caller or the server caused the error, and of which kind it is. The room `http`
//! decides which status a class has.

/// The class of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// The request cannot be read, or contradicts itself.
    Malformed,
    /// The caller is not known: no credentials, or invalid ones.
    Unauthenticated,
    /// The caller is known and may not do this.
    Forbidden,
    /// What is requested does not exist, or is not visible to the caller.
    NotFound,
    /// The request contradicts the stored data.
    Conflict,
    /// The request is larger than the limits allow.
    TooLarge,
    /// The request can be read, but its values break a rule.
    Invalid,
    /// The caller has sent too many requests, or used too much of something that refills.
    TooMany,
    /// The server cannot process the request now; it may work later.
    Unavailable,
    /// Something failed on the server.
    Internal,
}

impl Class {
    /// Whether the server caused the error, and not the request.
    pub const fn is_server_fault(self) -> bool {
        matches!(self, Self::Unavailable | Self::Internal)
    }
}
