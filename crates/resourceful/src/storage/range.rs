//! A part of a file.

use std::ops::Range;

use super::error::{StorageError, StorageErrorKind};

/// A part of a file, counted in bytes from 0, as RFC 9110 section 14.1.2 has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteRange {
    /// From this byte to the end.
    From(u64),
    /// From the first byte to the last one, which is included. The end of the file ends it too.
    Between(u64, u64),
    /// This number of bytes at the end; the whole file where it has fewer.
    Last(u64),
}

impl ByteRange {
    /// The bytes of a file of this size, the end excluded.
    ///
    /// # Errors
    /// 416, if there are none: the range begins behind the end, or has no bytes.
    pub fn within(self, size: u64) -> Result<Range<u64>, StorageError> {
        let (start, end) = match self {
            Self::From(start) => (start, size),
            Self::Between(first, last) => (first, last.saturating_add(1).min(size)),
            Self::Last(length) => (size.saturating_sub(length), size),
        };
        if start >= end {
            let detail = format!("The file has {size} bytes, and none of them is in the range");
            return Err(StorageError::new(StorageErrorKind::InvalidRange, detail));
        }
        Ok(start..end)
    }
}
