//! Finding a value, or loading it when it is missing.

use std::any::Any;
use std::sync::Arc;

use bytes::Bytes;

use super::far::Found;
use super::flight::{Seat, Turn};
use super::inner::Inner;
use super::keep::Keep;
use super::pending::Notice;
use super::stats::Source;

impl Inner {
    /// The value of this key, if there is one that is not outdated.
    pub(super) async fn get(&self, key: &str) -> Option<Bytes> {
        if let Some(value) = self.near(key) {
            self.counts.found(Source::Memory);
            return Some(value);
        }
        let value = self.get_far(key).await;
        match value {
            Some(_) => self.counts.found(Source::Store),
            None => self.counts.missed(),
        }
        value
    }

    async fn get_far(&self, key: &str) -> Option<Bytes> {
        let far = self.far.as_ref()?;
        let tags = far.tags(key).await?;
        let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
        let (stamp, changes) = (self.stamp(&tags), self.keys.lock(key).changes);
        let keep = Keep::longest().tags(&tags);
        let Some(Found::Value { value, ttl }) = far.find(key, &tags, keep.ttl).await else { return None };
        let stripe = self.keys.lock(key);
        if stripe.changes == changes {
            self.keep(&Arc::from(key), value.clone(), &stamp, ttl);
        }
        Some(value)
    }

    /// Stores a value under this key.
    pub(super) async fn set(&self, key: &str, value: Bytes, keep: Keep<'_>) {
        let (notice, ttl) = (Notice::Key(key.to_owned()), keep.jittered());
        let shared = self.far.as_ref().filter(|far| far.is_usable(key, keep.tags));
        let Some(far) = shared else {
            self.invalidate(notice).await;
            let stamp = self.stamp(keep.tags);
            let mut stripe = self.keys.lock(key);
            stripe.changes += 1;
            return self.keep(&Arc::from(key), value, &stamp, ttl);
        };
        // What is stored for all processes is the truth: of two who set the same key, this process may not keep the first.
        self.invalidate(notice.clone()).await;
        if let Some(tokens) = far.tokens(key, keep.tags, ttl).await {
            far.store(key, tokens, value, ttl).await;
            self.forget(&notice);
        }
    }

    /// The value of this key, loaded if it is missing, and where it came from. `encode` is `None` for a value that cannot be stored, and `decode` for
    /// bytes that are not such a value.
    pub(super) async fn load<T, E, F>(
        self: &Arc<Self>,
        key: &str,
        keep: Keep<'_>,
        load: impl FnOnce() -> F,
        encode: impl FnOnce(&T) -> Option<Bytes>,
        decode: impl Fn(Bytes) -> Option<T>,
    ) -> (Result<T, E>, Source)
    where
        F: Future<Output = Result<T, E>>,
        E: Clone + Send + Sync + 'static,
    {
        if let Some(value) = self.near(key).and_then(&decode) {
            self.counts.found(Source::Memory);
            return (Ok(value), Source::Memory);
        }
        let mut source = Source::Loaded;
        let load = async || {
            let loaded = super::loading::run(load()).await;
            self.counts.loaded(loaded.is_err());
            loaded
        };
        let result = self.join_or_load(key, keep, load, encode, decode, &mut source).await;
        self.counts.found(source);
        (result, source)
    }

    /// The value of a key that was missing a moment ago.
    async fn join_or_load<T, E>(
        self: &Arc<Self>,
        key: &str,
        keep: Keep<'_>,
        load: impl AsyncFnOnce() -> Result<T, E>,
        encode: impl FnOnce(&T) -> Option<Bytes>,
        decode: impl Fn(Bytes) -> Option<T>,
        source: &mut Source,
    ) -> Result<T, E>
    where
        E: Clone + Send + Sync + 'static,
    {
        let mut seat = {
            let stripe = self.keys.lock(key);
            // Another caller may have stored it since.
            if let Some(value) = self.near(key).and_then(&decode) {
                *source = Source::Memory;
                return Ok(value);
            }
            self.keys.join(stripe, key, self.stamp(keep.tags))
        };
        match seat.turn().await {
            Turn::Lead => {}
            turn => {
                drop(seat);
                let shared = match turn {
                    Turn::Value(value) => decode(value).map(Ok),
                    // Another function may use this key with another type of error.
                    Turn::Error(error) => error.downcast_ref::<E>().cloned().map(Err),
                    Turn::Lead | Turn::Alone => None,
                };
                return match shared {
                    Some(result) => {
                        *source = Source::Awaited;
                        result
                    }
                    None => load().await,
                };
            }
        }
        let ttl = keep.jittered();
        let mut tokens = None;
        if let Some(far) = &self.far {
            match far.find(key, keep.tags, ttl).await {
                Some(Found::Value { value, ttl }) => {
                    if let Some(decoded) = decode(value.clone()) {
                        self.land(seat, value, ttl);
                        *source = Source::Store;
                        return Ok(decoded);
                    }
                }
                Some(Found::Nothing(found)) => tokens = Some(found),
                None => {}
            }
        }
        let value = match load().await {
            Ok(value) => value,
            Err(error) => {
                let shared: Arc<dyn Any + Send + Sync> = Arc::new(error.clone());
                seat.failed(shared);
                return Err(error);
            }
        };
        let Some(bytes) = encode(&value) else {
            seat.unshared();
            return Ok(value);
        };
        self.land(seat, bytes.clone(), ttl);
        if let Some(tokens) = tokens {
            // The caller does not wait for this. An invalidation in the meantime has removed a token.
            let (inner, key) = (self.clone(), key.to_owned());
            tokio::spawn(async move {
                if let Some(far) = &inner.far {
                    far.store(&key, tokens, bytes, ttl).await;
                }
            });
        }
        Ok(value)
    }

    /// Ends a load: keeps the value, and gives it to all who wait.
    fn land(&self, seat: Seat<'_>, value: Bytes, ttl: std::time::Duration) {
        seat.loaded(value.clone(), |seat| self.keep(seat.key(), value, seat.stamp(), ttl));
    }
}
