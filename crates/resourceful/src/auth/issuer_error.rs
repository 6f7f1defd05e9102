//! Why the development issuer cannot work.

use aws_lc_rs::error::Unspecified;

/// Why the development issuer cannot work.
#[derive(Debug, thiserror::Error)]
pub enum IssuerError {
    /// The key file cannot be read or written.
    #[error("the key file {path} of the development issuer cannot be read or written")]
    File {
        /// The path of the file.
        path: String,
        /// The error of the operating system.
        #[source]
        source: std::io::Error,
    },
    /// The key file does not hold an RSA key; delete it to get a new one.
    #[error(
        "the key of the development issuer is not an RSA private key in PEM form (PKCS #8); delete the file to get a new one"
    )]
    Key,
    /// No key could be generated or used.
    #[error("the cryptographic library failed")]
    Crypto,
}

impl From<Unspecified> for IssuerError {
    fn from(_: Unspecified) -> Self {
        Self::Crypto
    }
}
