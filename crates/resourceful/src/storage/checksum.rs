//! The SHA-256 checksum of a body that arrives in parts.

use aws_lc_rs::digest;
use bytes::Bytes;
use tokio::task::JoinHandle;

use super::error::StorageError;

/// So many bytes are worth a thread of their own, while the next ones arrive.
const BATCH: usize = 256 * 1024;

/// The most parts that wait. Small ones would otherwise need far more memory than their bytes.
const PARTS: usize = 128;

/// A checksum that is computed beside the thread that receives.
pub(super) struct Checksum {
    hash: Hash,
    waiting: Vec<Bytes>,
    bytes: usize,
}

enum Hash {
    Here(digest::Context),
    Elsewhere(JoinHandle<digest::Context>),
}

impl Checksum {
    pub(super) fn new() -> Self {
        Self { hash: Hash::Here(digest::Context::new(&digest::SHA256)), waiting: Vec::new(), bytes: 0 }
    }

    /// Adds a part.
    pub(super) async fn update(self, part: &Bytes) -> Result<Self, StorageError> {
        let Self { hash, mut waiting, mut bytes } = self;
        waiting.push(part.clone());
        bytes += part.len();
        if bytes < BATCH && waiting.len() < PARTS {
            return Ok(Self { hash, waiting, bytes });
        }
        let mut context = hash.here().await?;
        let hash = if bytes < BATCH {
            add(&mut context, &waiting);
            waiting.clear();
            Hash::Here(context)
        } else {
            let parts = std::mem::take(&mut waiting);
            Hash::Elsewhere(tokio::task::spawn_blocking(move || {
                add(&mut context, &parts);
                context
            }))
        };
        Ok(Self { hash, waiting, bytes: 0 })
    }

    /// The checksum of all parts.
    pub(super) async fn finish(self) -> Result<[u8; 32], StorageError> {
        let mut context = self.hash.here().await?;
        add(&mut context, &self.waiting);
        let mut sum = [0; 32];
        sum.copy_from_slice(context.finish().as_ref());
        Ok(sum)
    }
}

impl Hash {
    async fn here(self) -> Result<digest::Context, StorageError> {
        match self {
            Self::Here(context) => Ok(context),
            Self::Elsewhere(task) => task.await.map_err(StorageError::unavailable),
        }
    }
}

fn add(context: &mut digest::Context, parts: &[Bytes]) {
    for part in parts {
        context.update(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn parts_of_all_sizes_have_the_checksum_of_the_whole() {
        let whole: Vec<u8> = (0..3_000_000_u32).flat_map(u32::to_le_bytes).collect();
        let expected = digest::digest(&digest::SHA256, &whole);
        for size in [37, 1_000, 32 * 1024, BATCH - 1, BATCH, 5_000_000] {
            let mut sum = Checksum::new();
            for part in whole.chunks(size) {
                sum = sum.update(&Bytes::copy_from_slice(part)).await.expect("no panic");
            }
            assert_eq!(sum.finish().await.expect("no panic"), expected.as_ref(), "parts of {size}");
        }
        assert_eq!(Checksum::new().finish().await.expect("no panic"), digest::digest(&digest::SHA256, b"").as_ref());
    }
}
