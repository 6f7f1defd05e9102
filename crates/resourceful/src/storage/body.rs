//! The body of an upload, on its way from the caller to the provider.

use bytes::Bytes;
use tokio::sync::mpsc;

use super::error::StorageError;
use super::room::Room;

/// How many parts wait for the provider. A part of a request is at most 64 KiB.
const WAITING: usize = 4;

enum Part {
    Bytes(Bytes),
    End([u8; 32]),
}

/// The body of an upload, as a [`StorageProvider`](super::StorageProvider) reads it. Its size limit has been checked, and its
/// checksum is computed meanwhile.
pub struct Body {
    parts: mpsc::Receiver<Part>,
    sha256: Option<[u8; 32]>,
    size: u64,
    room: Room,
}

impl Body {
    /// The next bytes; `None` at the end of a complete body.
    ///
    /// # Errors
    /// If the body does not go on: it failed, was too large, or its caller went away. Then nothing of it may be kept.
    pub async fn next(&mut self) -> Result<Option<Bytes>, StorageError> {
        if self.sha256.is_some() {
            return Ok(None);
        }
        match self.parts.recv().await {
            Some(Part::Bytes(bytes)) => {
                self.size += bytes.len() as u64;
                Ok(Some(bytes))
            }
            Some(Part::End(sha256)) => {
                self.sha256 = Some(sha256);
                Ok(None)
            }
            None => Err(StorageError::interrupted()),
        }
    }

    /// The SHA-256 checksum of the whole body in hexadecimal; empty until its end was read.
    pub fn sha256(&self) -> String {
        self.sha256.map(|sum| hex(&sum)).unwrap_or_default()
    }

    /// How many bytes were read so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The memory in which parts of it wait until they are stored.
    pub(super) fn room(&self) -> &Room {
        &self.room
    }

    pub(super) fn channel(room: Room) -> (Sender, Self) {
        let (sender, parts) = mpsc::channel(WAITING);
        (Sender(sender), Self { parts, sha256: None, size: 0, room })
    }
}

/// The caller's end. When it is dropped before the end was sent, the body is interrupted.
pub(super) struct Sender(mpsc::Sender<Part>);

impl Sender {
    /// Sends bytes; `false` if the provider does not take more.
    pub(super) async fn send(&self, bytes: Bytes) -> bool {
        self.0.send(Part::Bytes(bytes)).await.is_ok()
    }

    pub(super) async fn end(self, sha256: [u8; 32]) -> bool {
        self.0.send(Part::End(sha256)).await.is_ok()
    }
}

/// Bytes in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
