//! Values of any type that serde knows, stored as JSON.

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::handle::Cache;
use super::keep::Keep;

impl Cache {
    /// As [`get_bytes`](Self::get_bytes), for a value of any type that serde knows. A stored value of another type counts as
    /// none.
    pub async fn get<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        decode(self.get_bytes(key).await?)
    }

    /// As [`set_bytes`](Self::set_bytes), for a value of any type that serde knows. A value that serde cannot write as JSON is
    /// not stored, and what is stored under the key is removed.
    pub async fn set<T: Serialize>(&self, key: &str, value: &T, keep: Keep<'_>) {
        match encode(value) {
            Some(value) => self.set_bytes(key, value, keep).await,
            None => self.delete(key).await,
        }
    }

    /// As [`get_or_set_bytes`](Self::get_or_set_bytes), for a value of any type that serde knows.
    ///
    /// # Errors
    /// The error of the load.
    pub async fn get_or_set<T, E, F>(&self, key: &str, keep: Keep<'_>, load: impl FnOnce() -> F) -> Result<T, E>
    where
        F: Future<Output = Result<T, E>>,
        T: Serialize + DeserializeOwned,
        E: Clone + Send + Sync + 'static,
    {
        self.inner().load(key, keep, load, encode, decode).await.0
    }
}

fn encode<T: Serialize>(value: &T) -> Option<Bytes> {
    match serde_json::to_vec(value) {
        Ok(value) => Some(value.into()),
        Err(error) => {
            let kind = std::any::type_name::<T>();
            tracing::warn!(%error, kind, "a value cannot be cached, because it cannot be written as JSON");
            None
        }
    }
}

fn decode<T: DeserializeOwned>(value: Bytes) -> Option<T> {
    serde_json::from_slice(&value).ok()
}
