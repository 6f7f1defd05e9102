//! An upload on its way to the provider, and what remains when it ends in another way than it should.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use tokio::task::JoinHandle;

use super::body::{Sender, hex};
use super::checksum::Checksum;
use super::error::{StorageError, StorageErrorKind};
use super::key::Key;
use super::provider::StorageProvider;
use crate::error::Error;

/// The pauses before a removal that has failed is tried again.
const PAUSES: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(25)];

/// How long an answer waits for a removal.
const PATIENCE: Duration = Duration::from_secs(2);

type Put = Result<Option<String>, StorageError>;

/// A file that is being stored. Under a new key it is removed, behind what is going on, when this is dropped without having been
/// kept.
pub(crate) struct Fresh(Option<Inner>);

struct Inner {
    provider: Arc<dyn StorageProvider>,
    key: Key,
    /// No file had the key before.
    is_new: bool,
    state: State,
}

enum State {
    /// The provider stores it.
    Storing(JoinHandle<Put>),
    /// It is stored, or may be: the answer of the provider did not come.
    Stored,
    /// The provider has told that nothing remains.
    Nothing,
}

impl Fresh {
    pub(super) fn new(provider: Arc<dyn StorageProvider>, key: Key, is_new: bool, task: JoinHandle<Put>) -> Self {
        Self(Some(Inner { provider, key, is_new, state: State::Storing(task) }))
    }

    /// Waits until the provider has stored the file, or has failed.
    pub(super) async fn ended(&mut self) -> Put {
        let Some(inner) = &mut self.0 else { return Err(StorageError::interrupted()) };
        let State::Storing(task) = &mut inner.state else { return Err(StorageError::interrupted()) };
        let put = joined(task).await;
        inner.state = state_after(&put);
        put
    }

    /// Removes the file. The answer waits a moment for it, so that a client finds nothing afterwards; then it goes on behind it.
    pub(crate) async fn remove(mut self) {
        let Some(inner) = self.0.take() else { return };
        let _ = tokio::time::timeout(PATIENCE, tokio::spawn(inner.remove())).await;
    }

    /// The file stays.
    pub(crate) fn keep(mut self) {
        self.0 = None;
    }
}

async fn joined(task: &mut JoinHandle<Put>) -> Put {
    task.await.unwrap_or_else(|error| {
        Err(StorageError::new(StorageErrorKind::Refused, "The storage failed while it stored a file").because(error))
    })
}

fn state_after(put: &Put) -> State {
    match put {
        Err(error) if error.kind() == StorageErrorKind::Interrupted => State::Nothing,
        Ok(_) | Err(_) => State::Stored,
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        let Some(inner) = self.0.take() else { return };
        if !inner.is_new || matches!(inner.state, State::Nothing) {
            return;
        }
        // Without a runtime the program ends, and `files sweep` removes it.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(inner.remove());
        }
    }
}

impl Inner {
    async fn remove(mut self) {
        if let State::Storing(task) = &mut self.state {
            let put = joined(task).await;
            if matches!(state_after(&put), State::Nothing) {
                return;
            }
        }
        let mut pauses = PAUSES.into_iter();
        loop {
            let error = match self.provider.delete(&self.key).await {
                Err(error) if error.kind() != StorageErrorKind::NotFound => error,
                _ => return,
            };
            let Some(pause) = pauses.next() else {
                let key = &self.key;
                tracing::warn!(%key, %error, "a file whose upload failed could not be removed; `files sweep` removes it later");
                return;
            };
            tokio::time::sleep(pause).await;
        }
    }
}

/// Hands a body to its provider. `None` if the provider did not take it: its result says why.
///
/// # Errors
/// What is wrong with the body.
pub(super) async fn feed<S, E>(body: S, sender: Sender, limit: u64) -> Result<Option<(u64, String)>, StorageError>
where
    S: Stream<Item = Result<Bytes, E>>,
    E: Into<Error>,
{
    let mut body = std::pin::pin!(body);
    let mut sum = Checksum::new();
    let mut size = 0_u64;
    while let Some(part) = body.next().await {
        let part = part.map_err(|error| StorageError::body(error.into()))?;
        size = size.saturating_add(part.len() as u64);
        if size > limit {
            return Err(StorageError::too_large(limit));
        }
        sum = sum.update(&part).await?;
        if !part.is_empty() && !sender.send(part).await {
            return Ok(None);
        }
    }
    let sha256 = sum.finish().await?;
    Ok(sender.end(sha256).await.then(|| (size, hex(&sha256))))
}
