//! What callers have written last: the position of the primary after it.
//!
//! In this process it is a table of fixed size, whose places are shared by callers: the position of another caller is never too
//! low, and at worst the primary answers a read that a replica could have answered. A position is kept for good; it means
//! nothing any more once replicas have replayed it.
//!
//! With `REDIS_URL` all processes know it. Who asks Redis and gets no answer does not know what the caller has written elsewhere,
//! so the primary answers then, and for as long afterwards as a replica may be behind: what Redis has forgotten because it was
//! started again is older than that.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{SHA256, digest};

use super::lsn::{Lsn, Position};
use crate::context::stale::nanos;
#[cfg(feature = "redis")]
use crate::redis::{Redis, Value, cmd};

/// The position of a caller who has written nothing.
const NOTHING: Position = Position { lsn: Lsn::NONE, timeline: 0 };

/// The number of places.
const PLACES: usize = 64 * 1024;

/// Who is recognised at the next request: a user, or an address where there is no token. A digest, of fixed length and without
/// personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Caller([u8; 16]);

impl Caller {
    pub(crate) fn user(id: &str) -> Self {
        Self::of(&format!("user:{id}"))
    }

    pub(crate) fn address(address: IpAddr) -> Self {
        Self::of(&format!("address:{address}"))
    }

    fn of(text: &str) -> Self {
        let mut name = [0; 16];
        name.copy_from_slice(&digest(&SHA256, text.as_bytes()).as_ref()[..16]);
        Self(name)
    }

    /// A number that is the same for the same caller.
    pub(super) fn number(self) -> usize {
        let [a, b, c, d, ..] = self.0;
        u32::from_le_bytes([a, b, c, d]) as usize
    }

    #[cfg(feature = "redis")]
    fn name(self) -> String {
        use base64::Engine as _;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(self.0)
    }
}

/// The last writes of all callers.
pub(super) struct Callers {
    places: Box<[AtomicU64]>,
    /// Until when the primary answers everyone, because a write may not be known. In the unit of `stale`.
    doubt: AtomicU64,
    max_lag: Duration,
    #[cfg(feature = "redis")]
    shared: Option<Shared>,
}

impl Callers {
    pub(super) fn new(max_lag: Duration, #[cfg(feature = "redis")] shared: Option<Shared>) -> Self {
        Self {
            places: std::iter::repeat_with(AtomicU64::default).take(PLACES).collect(),
            doubt: AtomicU64::new(0),
            max_lag,
            #[cfg(feature = "redis")]
            shared,
        }
    }

    fn place(&self, caller: Caller) -> &AtomicU64 {
        &self.places[caller.number() % PLACES]
    }

    /// The position that a replica must have replayed for this caller, as far as this process knows it.
    pub(super) fn here(&self, caller: Caller) -> Lsn {
        Lsn::new(self.place(caller).load(Ordering::Relaxed))
    }

    /// The same, as far as other processes have told it; `None` if that is not known.
    pub(super) async fn elsewhere(&self, caller: Caller) -> Option<Position> {
        #[cfg(feature = "redis")]
        if let Some(shared) = &self.shared {
            let found = shared.get(caller).await;
            if found.is_none() {
                self.doubt();
            }
            return found;
        }
        let _ = caller;
        Some(NOTHING)
    }

    /// Whether a write may not be known.
    pub(super) fn is_in_doubt(&self) -> bool {
        let until = self.doubt.load(Ordering::Relaxed);
        until > 0 && nanos(Instant::now()) < until
    }

    /// From now on a write may not be known, until every replica that is used has it.
    pub(super) fn doubt(&self) {
        self.doubt.fetch_max(nanos(Instant::now() + self.max_lag), Ordering::Relaxed);
    }

    /// Remembers the position after a write; `None` if it could not be found out.
    pub(super) async fn remember(&self, caller: Caller, position: Option<Position>) {
        match position {
            Some(position) => _ = self.place(caller).fetch_max(position.lsn.number(), Ordering::Relaxed),
            None => self.doubt(),
        }
        #[cfg(feature = "redis")]
        if let Some(shared) = &self.shared
            && !shared.put(caller, position, self.max_lag).await
        {
            self.doubt();
            shared.put_later(caller, position, self.max_lag);
        }
    }
}

/// What processes tell each other in Redis.
#[cfg(feature = "redis")]
#[derive(Clone)]
pub(in crate::context) struct Shared {
    redis: Redis,
    /// The beginning of each key.
    prefix: String,
}

/// How long a request waits for Redis.
#[cfg(feature = "redis")]
const LIMIT: Duration = Duration::from_millis(50);

/// How much longer than the lag of a replica a position is kept.
#[cfg(feature = "redis")]
const LONGER: Duration = Duration::from_secs(60);

/// Stores a position: the higher of the one that is there and this one, because two requests of a caller can end in another order
/// than their writes. A value that is no position is replaced.
#[cfg(feature = "redis")]
const SCRIPT: &str = "\
local found = redis.pcall('GET', KEYS[1])
local lsn, timeline = ARGV[1], ARGV[2]
if type(found) == 'string' then
  local known, since = string.match(found, '^(%d+) (%d+)$')
  if known and tonumber(known) > tonumber(lsn) then lsn = known end
  if since and tonumber(since) > tonumber(timeline) then timeline = since end
end
redis.call('SET', KEYS[1], lsn .. ' ' .. timeline, 'PX', ARGV[3])
return 1";

#[cfg(feature = "redis")]
impl Shared {
    /// In this Redis, for the application of this name.
    pub(in crate::context) fn new(redis: &Redis, namespace: &str) -> Self {
        // A name with a colon must not lead into the keys of another application.
        let name = namespace.replace('%', "%25").replace(':', "%3A");
        Self { redis: redis.separate(LIMIT), prefix: format!("resourceful:writes:{name}:") }
    }

    async fn get(&self, caller: Caller) -> Option<Position> {
        let found = self.redis.ask::<Value>(cmd("GET").arg(format!("{}{}", self.prefix, caller.name()))).await.ok()?;
        match found {
            Value::Nil => Some(NOTHING),
            // What is no position was written by another program, in the place of one.
            Value::BulkString(text) => {
                let (lsn, timeline) = std::str::from_utf8(&text).ok()?.split_once(' ')?;
                Some(Position { lsn: Lsn::new(lsn.parse().ok()?), timeline: timeline.parse().ok()? })
            }
            _ => None,
        }
    }

    /// Whether Redis has it now.
    async fn put(&self, caller: Caller, position: Option<Position>, max_lag: Duration) -> bool {
        let longer = if position.is_some() { LONGER } else { Duration::ZERO };
        let kept = u64::try_from((max_lag + longer).as_millis()).unwrap_or(u64::MAX);
        let mut eval = cmd("EVAL");
        eval.arg(SCRIPT).arg(1).arg(format!("{}{}", self.prefix, caller.name()));
        let Position { lsn, timeline } = position.unwrap_or(Position::UNKNOWN);
        eval.arg(lsn.number()).arg(timeline).arg(kept);
        self.redis.ask::<i64>(&eval).await == Ok(1)
    }

    /// Tries again, as long as a replica that is used may not have it.
    fn put_later(&self, caller: Caller, position: Option<Position>, max_lag: Duration) {
        let (shared, begun) = (self.clone(), Instant::now());
        tokio::spawn(async move {
            while begun.elapsed() < max_lag {
                tokio::time::sleep(Duration::from_millis(250)).await;
                if shared.put(caller, position, max_lag).await {
                    return;
                }
            }
        });
    }
}
