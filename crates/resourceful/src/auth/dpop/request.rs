//! The parts of a request that a proof is compared with.

/// A request with a bound token: the expected values of its proof.
#[derive(Debug, Clone)]
pub struct DpopRequest<'a> {
    /// The values of all `DPoP` headers.
    pub proofs: Vec<&'a [u8]>,
    /// The method, such as `GET`.
    pub method: &'a str,
    /// Whether the connection is encrypted.
    pub https: bool,
    /// The values of all `Host` headers.
    pub hosts: Vec<&'a [u8]>,
    /// The path as it was sent, without the query.
    pub path: &'a str,
}
