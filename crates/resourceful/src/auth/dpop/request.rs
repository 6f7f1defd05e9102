//! What of a request a proof is checked against.

/// A request with a bound token: what its proof must have been made for.
#[derive(Debug, Clone)]
pub struct DpopRequest<'a> {
    /// The values of all `DPoP` headers.
    pub proofs: Vec<&'a [u8]>,
    /// The method, such as `GET`.
    pub method: &'a str,
    /// The connection is encrypted.
    pub https: bool,
    /// The values of all `Host` headers.
    pub hosts: Vec<&'a [u8]>,
    /// The path as it was sent, without the query.
    pub path: &'a str,
}
