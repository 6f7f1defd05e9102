//! What an operation of a storage can fail with.

use std::fmt;
use std::io;
use std::time::Duration;

use crate::error::{Error, catalogue};

/// What kind of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StorageErrorKind {
    /// There is no file with this key (404).
    NotFound,
    /// The file is larger than the upload may be (413).
    TooLarge,
    /// The range begins behind the end of the file (416).
    InvalidRange,
    /// A key, a file name or another argument breaks its rules (422).
    Invalid,
    /// The upload is not what was agreed: another content type (422).
    Unexpected,
    /// The body of the upload failed or ended early. It becomes the error of the body.
    Interrupted,
    /// There is no space left (507).
    Full,
    /// The storage cannot be reached, or is too slow (503). It may work later.
    Unavailable,
    /// Other uploads use all the memory that uploads may have (503). It may work later.
    Busy,
    /// The storage refused, for example its credentials (500), or failed in another way that does not go away by itself.
    Refused,
}

/// The failure of an operation of a [`Storage`](super::Storage). `?` turns it into an [`Error`], whose status is that of the
/// kind.
#[derive(Debug)]
pub struct StorageError {
    kind: StorageErrorKind,
    detail: String,
    source: Option<Source>,
}

#[derive(Debug)]
enum Source {
    /// The error of a body, which is the answer to the caller.
    Body(Error),
    Other(Box<dyn std::error::Error + Send + Sync>),
}

impl StorageError {
    /// A failure of this kind. The detail is shown to callers for the kinds that are their fault, and is in the log for the
    /// others.
    pub fn new(kind: StorageErrorKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), source: None }
    }

    /// Adds the cause, for the log.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(Source::Other(source.into()));
        self
    }

    /// There is no file with this key.
    pub fn not_found() -> Self {
        Self::new(StorageErrorKind::NotFound, "There is no such file")
    }

    /// The storage cannot be reached or is too slow.
    pub fn unavailable(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::new(StorageErrorKind::Unavailable, "The storage cannot be reached").because(source)
    }

    /// An upload is larger than this number of bytes.
    pub(crate) fn too_large(limit: u64) -> Self {
        Self::new(StorageErrorKind::TooLarge, format!("The file must have at most {limit} bytes"))
    }

    pub(super) fn body(error: Error) -> Self {
        Self {
            kind: StorageErrorKind::Interrupted,
            detail: error.detail().to_owned(),
            source: Some(Source::Body(error)),
        }
    }

    /// Something that every upload needs is not there, such as the bucket. To a caller that is no missing file.
    pub(super) fn or_refused(self, detail: &str) -> Self {
        if self.kind == StorageErrorKind::NotFound {
            return Self { kind: StorageErrorKind::Refused, detail: detail.to_owned(), source: self.source };
        }
        self
    }

    pub(super) fn interrupted() -> Self {
        Self::new(StorageErrorKind::Interrupted, "The upload ended before it was complete")
    }

    pub(super) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StorageErrorKind::Invalid, detail)
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> StorageErrorKind {
        self.kind
    }
}

impl fmt::Display for StorageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)?;
        match &self.source {
            Some(Source::Other(source)) => write!(f, ": {source}"),
            Some(Source::Body(_)) | None => Ok(()),
        }
    }
}

impl std::error::Error for StorageError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.source {
            Some(Source::Other(source)) => Some(source.as_ref()),
            Some(Source::Body(error)) => Some(error),
            None => None,
        }
    }
}

impl From<io::Error> for StorageError {
    fn from(error: io::Error) -> Self {
        use io::ErrorKind::{
            FileTooLarge, IsADirectory, NotADirectory, NotFound, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem,
            StorageFull,
        };
        match error.kind() {
            NotFound | NotADirectory | IsADirectory => Self::not_found().because(error),
            StorageFull | QuotaExceeded | FileTooLarge => {
                Self::new(StorageErrorKind::Full, "The storage has no space left").because(error)
            }
            PermissionDenied | ReadOnlyFilesystem => {
                Self::new(StorageErrorKind::Refused, "The folder of the storage cannot be used").because(error)
            }
            _ => Self::unavailable(error),
        }
    }
}

impl From<StorageError> for Error {
    fn from(error: StorageError) -> Self {
        let detail = error.detail.clone();
        match error.kind {
            StorageErrorKind::NotFound => Self::not_found(),
            StorageErrorKind::TooLarge => Self::new(&catalogue::PAYLOAD_TOO_LARGE, detail),
            StorageErrorKind::InvalidRange => Self::new(&catalogue::RANGE_NOT_SATISFIABLE, detail),
            StorageErrorKind::Invalid => Self::new(&catalogue::VALIDATION_ERROR, detail),
            StorageErrorKind::Unexpected => Self::new(&catalogue::UNEXPECTED_FILE, detail),
            StorageErrorKind::Interrupted => match error.source {
                Some(Source::Body(body)) => body,
                _ => Self::new(&catalogue::INVALID_REQUEST, "The body did not arrive completely"),
            },
            StorageErrorKind::Full => {
                Self::new(&catalogue::STORAGE_FULL, "The storage has no space left; nothing was stored")
                    .with_source(error)
            }
            StorageErrorKind::Unavailable => Self::new(
                &catalogue::STORAGE_UNAVAILABLE,
                "The storage of files cannot be reached; try again in a moment",
            )
            .with_retry_after(Duration::from_secs(2))
            .with_source(error),
            StorageErrorKind::Busy => {
                Self::new(&catalogue::UNAVAILABLE, "The server is busy with other uploads; try again in a moment")
                    .with_retry_after(Duration::from_secs(2))
            }
            StorageErrorKind::Refused => Self::internal(error),
        }
    }
}
