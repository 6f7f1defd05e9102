//! The values that processes share in a store.
//!
//! Each value carries a token of everything, of its key, and of each of its tags. An invalidation removes the token from the
//! store, so that no value with it is current any more, also one that is stored later by a load that began before.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::envelope::{Envelope, Token, token};
use super::link::Link;
use super::pending::{Notice, Pending};
use super::store::{CacheStore, Unavailable};

/// How long a request waits for the store.
const LIMIT: Duration = Duration::from_millis(50);

/// How long the store is not used after a failure.
const PAUSE: Duration = Duration::from_secs(1);

/// How long the token of a tag is kept at least. A value whose token has expired is not used.
const TAG_TIME: Duration = Duration::from_secs(24 * 60 * 60);

/// The largest value in the store.
const LARGEST: usize = 4 * 1024 * 1024;

pub(super) struct Far {
    pub(super) store: Box<dyn CacheStore>,
    /// Whether the store tells what other processes change. Only then this process keeps values itself.
    pub(super) listens: bool,
    pub(super) link: Link,
    pub(super) pending: Pending,
    /// The beginning of each key.
    prefix: String,
    /// Tells the notices of this process from those of others.
    pub(super) sender: String,
    started: Instant,
    /// The time until which the store is not used, in milliseconds since `started`.
    paused: AtomicU64,
    /// How many uses have failed.
    failures: AtomicU64,
}

/// What the store has for a key.
pub(super) enum Found {
    Value {
        value: Bytes,
        ttl: Duration,
    },
    /// Nothing; a value that is loaded now can be stored with these tokens.
    Nothing(Tokens),
}

/// The tokens from before a load.
pub(super) struct Tokens {
    fixed: [Token; 2],
    tags: Vec<(String, Token)>,
}

impl Far {
    pub(super) fn new(store: impl CacheStore, namespace: &str) -> Self {
        let sender = uuid::Uuid::now_v7().simple().to_string();
        // A name with a colon must not lead into the keys of another application.
        let name = namespace.replace('%', "%25").replace(':', "%3A");
        let listens = store.listen().is_some();
        Self {
            listens,
            store: Box::new(store),
            link: Link::default(),
            pending: Pending::default(),
            prefix: format!("resourceful:cache:{name}:"),
            sender,
            started: Instant::now(),
            paused: AtomicU64::new(0),
            failures: AtomicU64::new(0),
        }
    }

    /// Whether what the store holds for this key and these tags can be used now.
    pub(super) fn is_usable(&self, key: &str, tags: &[&str]) -> bool {
        (!self.listens || self.link.is_in_sync()) && !self.pending.concerns(key, tags.iter().copied())
    }

    /// What the store has for this key; `None` if that cannot be known.
    pub(super) async fn find(&self, key: &str, tags: &[&str], ttl: Duration) -> Option<Found> {
        if !self.is_usable(key, tags) {
            return None;
        }
        self.limited(self.search(key, tags, ttl)).await.ok().flatten()
    }

    async fn search(&self, key: &str, tags: &[&str], ttl: Duration) -> Result<Option<Found>, Unavailable> {
        let mut names = vec![self.everything(), self.key(key)];
        names.extend(tags.iter().map(|tag| self.tag(tag)));
        names.push(self.value(key));
        let mut found = self.store.read(&names).await?;
        names.pop();
        let stored = found.pop().flatten().and_then(Envelope::read);
        let known: Vec<Option<Token>> = found.into_iter().map(read_token).collect();
        if let (Some(stored), Some(tokens)) = (stored, tokens_of(&known, tags))
            && stored.fixed == tokens.fixed
            && stored.tags == tokens.tags
        {
            let left = stored.left(ttl);
            if !left.is_zero() {
                return Ok(Some(Found::Value { value: stored.value, ttl: left }));
            }
        }
        if let Some(tokens) = tokens_of(&known, tags) {
            return Ok(Some(Found::Nothing(tokens)));
        }
        Ok(self.make_tokens(key, tags, ttl).await?.map(Found::Nothing))
    }

    /// The tokens for a value that is stored under this key whatever the store has; `None` if they cannot be known.
    pub(super) async fn tokens(&self, key: &str, tags: &[&str], ttl: Duration) -> Option<Tokens> {
        if !self.is_usable(key, tags) {
            return None;
        }
        self.limited(self.make_tokens(key, tags, ttl)).await.ok().flatten()
    }

    /// Makes the tokens that are missing. They must be there before a load begins, so that an invalidation during it can
    /// remove them.
    async fn make_tokens(&self, key: &str, tags: &[&str], ttl: Duration) -> Result<Option<Tokens>, Unavailable> {
        // A value is of no use without its tokens: they live as long as a load and the value after it.
        let of_key = ttl.saturating_add(Duration::from_secs(60));
        let of_tags = TAG_TIME.max(of_key);
        let fixed = [(self.everything(), of_tags), (self.key(key), of_key)];
        let names = fixed.into_iter().chain(tags.iter().map(|tag| (self.tag(tag), of_tags)));
        let entries: Vec<_> = names.map(|(name, ttl)| (name, Bytes::copy_from_slice(&token()), ttl)).collect();
        let known: Vec<_> = self.store.read_or_add(&entries).await?.into_iter().map(read_token).collect();
        Ok(tokens_of(&known, tags))
    }

    /// The tags of the value that is stored for this key; `None` if there is none.
    pub(super) async fn tags(&self, key: &str) -> Option<Vec<String>> {
        if !self.is_usable(key, &[]) {
            return None;
        }
        let names = [self.value(key)];
        let found = self.limited(self.store.read(&names)).await.ok()?.pop().flatten()?;
        Some(Envelope::read(found)?.tags.into_iter().map(|(tag, _)| tag).collect())
    }

    /// Stores a value that was loaded with these tokens.
    pub(super) async fn store(&self, key: &str, tokens: Tokens, value: Bytes, ttl: Duration) {
        let envelope = Envelope::new(tokens.fixed, tokens.tags, value, ttl);
        if let Some(bytes) = envelope.write().filter(|bytes| !ttl.is_zero() && bytes.len() <= LARGEST) {
            let _ = self.limited(self.store.write(&self.value(key), bytes, ttl)).await;
        }
    }

    /// Makes something outdated in the store and tells the other processes.
    pub(super) async fn tell(&self, notice: &Notice) -> Result<(), Unavailable> {
        self.limited(self.deliver(notice)).await
    }

    /// As [`tell`](Self::tell), without a time limit.
    pub(super) async fn deliver(&self, notice: &Notice) -> Result<(), Unavailable> {
        let keys = match notice {
            Notice::Everything => vec![self.everything()],
            Notice::Tag(tag) => vec![self.tag(tag)],
            Notice::Key(key) => vec![self.key(key), self.value(key)],
        };
        let text = notice.to_text(&self.sender);
        self.store.remove(&keys, self.listens.then_some(&text)).await
    }

    /// The result of the store, if there is one in time. After a failure the store is not called for a while.
    async fn limited<T>(&self, call: impl Future<Output = Result<T, Unavailable>>) -> Result<T, Unavailable> {
        let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        if now < self.paused.load(Ordering::Relaxed) {
            return Err(Unavailable);
        }
        let answer = tokio::time::timeout(LIMIT, call).await.unwrap_or(Err(Unavailable));
        if answer.is_err() {
            self.failures.fetch_add(1, Ordering::Relaxed);
            // The longest pause is one second.
            self.paused.store(now + PAUSE.as_millis() as u64, Ordering::Relaxed);
        }
        answer
    }

    /// How many uses of the store have failed.
    pub(super) fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    fn everything(&self) -> String {
        format!("{}e", self.prefix)
    }

    fn tag(&self, tag: &str) -> String {
        format!("{}t:{tag}", self.prefix)
    }

    fn key(&self, key: &str) -> String {
        format!("{}k:{key}", self.prefix)
    }

    fn value(&self, key: &str) -> String {
        format!("{}v:{key}", self.prefix)
    }
}

fn read_token(value: Option<Bytes>) -> Option<Token> {
    Token::try_from(&value?[..]).ok()
}

/// The tokens, if none is missing.
fn tokens_of(known: &[Option<Token>], tags: &[&str]) -> Option<Tokens> {
    let [everything, key, of_tags @ ..] = known else { return None };
    let tags = tags.iter().zip(of_tags).map(|(tag, token)| Some(((*tag).to_owned(), (*token)?)));
    Some(Tokens { fixed: [(*everything)?, (*key)?], tags: tags.collect::<Option<_>>()? })
}
