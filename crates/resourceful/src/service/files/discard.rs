//! Removing files that no row has any more.

use std::time::Duration;

use futures_util::{StreamExt, stream};

use super::storage_of;
use crate::context::Context;
use crate::resource::{FieldValue, FileRef, Record};
use crate::spec::ResourceSpec;
use crate::storage::Key;

/// How long the answer to a write waits until its old files are removed. After that they are removed behind it.
const PATIENCE: Duration = Duration::from_secs(2);

/// How many files are removed at the same time.
const AT_ONCE: usize = 8;

/// The keys of the files of a row.
pub(in crate::service) fn keys_of(spec: &'static ResourceSpec, record: &Record) -> Vec<String> {
    let key = |index| match record.value(spec, index) {
        Ok(FieldValue::String(Some(text))) => FileRef::read(&text).map(|file| file.key().to_owned()),
        _ => None,
    };
    spec.files().filter_map(|field| key(field.index)).collect()
}

/// Removes files and their smaller copies. What cannot be removed now is removed by a later `files sweep`.
pub(in crate::service) async fn discard_all(ctx: Context, keys: Vec<String>) {
    let removing =
        tokio::spawn(async move { stream::iter(keys).for_each_concurrent(AT_ONCE, |key| discard(&ctx, key)).await });
    let _ = tokio::time::timeout(PATIENCE, removing).await;
}

async fn discard(ctx: &Context, key: String) {
    let removed = async {
        let (storage, key) = (storage_of(ctx)?, Key::parse(key.as_str())?);
        storage.delete(&key).await?;
        let mut copies = storage.list(&copies_of(&key));
        while let Some(copy) = copies.next().await {
            storage.delete(&copy?.key).await?;
        }
        Ok::<_, crate::error::Error>(())
    };
    if let Err(error) = removed.await {
        tracing::warn!(
            key,
            ?error,
            "a file that no row has any more could not be removed; `files sweep` removes it later"
        );
    }
}

/// The folder of the smaller copies of an image.
pub(super) fn copies_of(key: &Key) -> String {
    format!("{key}{COPIES}")
}

/// What follows the key of an image in the keys of its smaller copies.
pub(super) const COPIES: &str = "-thumbs";
