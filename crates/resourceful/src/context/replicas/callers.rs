//! What callers have written last: the position of the primary after it.
//!
//! In this process it is a table of fixed size, whose places are shared by callers: the position of another caller is never too
//! low, and at worst the primary answers a read that a replica could have answered. A position is kept for good; it means
//! nothing any more once replicas have replayed it.
//!
//! With `REDIS_URL` all processes know it. Who asks Redis and gets no answer does not know what the caller has written elsewhere,
//! so the primary answers then. If Redis was started again since, it may have forgotten positions: then the primary answers
//! everyone for as long as a replica may be behind.

use std::collections::HashMap;
use std::net::IpAddr;
#[cfg(feature = "redis")]
use std::sync::Arc;
#[cfg(feature = "redis")]
use std::sync::atomic::AtomicBool;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
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

/// The most callers of whom it is noted that the position of a write is not known. With more, the primary answers everyone.
const MOST_UNKNOWN: usize = 10_000;

/// Who is recognised at the next request: a user, or an address where there is no token. A digest, of fixed length and without
/// personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
    /// Callers with a write whose position could not be found out, and until when the primary answers them.
    unknown: Mutex<HashMap<Caller, u64>>,
    /// Until when there are any.
    some_unknown: AtomicU64,
    max_lag: Duration,
    #[cfg(feature = "redis")]
    shared: Option<Shared>,
}

impl Callers {
    pub(super) fn new(max_lag: Duration, #[cfg(feature = "redis")] shared: Option<Shared>) -> Self {
        Self {
            places: std::iter::repeat_with(AtomicU64::default).take(PLACES).collect(),
            doubt: AtomicU64::new(0),
            unknown: Mutex::default(),
            some_unknown: AtomicU64::new(0),
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
            return match shared.get(caller, self.max_lag).await {
                Found::Position(position) => Some(position),
                Found::Nothing => None,
                Found::Forgotten => {
                    self.doubt();
                    None
                }
            };
        }
        let _ = caller;
        Some(NOTHING)
    }

    /// Whether a write of this caller may not be known.
    pub(super) fn is_in_doubt(&self, caller: Option<Caller>) -> bool {
        let now = nanos(Instant::now());
        if now < self.doubt.load(Ordering::Relaxed) {
            return true;
        }
        let Some(caller) = caller.filter(|_| now < self.some_unknown.load(Ordering::Relaxed)) else { return false };
        self.unknown().get(&caller).is_some_and(|until| now < *until)
    }

    /// From now on writes may not be known, until every replica that is used has them.
    fn doubt(&self) {
        self.doubt.fetch_max(self.later(), Ordering::Relaxed);
    }

    /// The same for a write of this caller: of others all is known.
    fn doubt_of(&self, caller: Caller) {
        let (now, later) = (nanos(Instant::now()), self.later());
        let mut unknown = self.unknown();
        if unknown.len() >= MOST_UNKNOWN {
            unknown.retain(|_, until| now < *until);
        }
        if unknown.len() >= MOST_UNKNOWN {
            return self.doubt();
        }
        unknown.insert(caller, later);
        self.some_unknown.fetch_max(later, Ordering::Relaxed);
    }

    /// When every replica that is used has what is written now.
    fn later(&self) -> u64 {
        nanos(Instant::now() + self.max_lag)
    }

    fn unknown(&self) -> MutexGuard<'_, HashMap<Caller, u64>> {
        self.unknown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers the position after a write; `None` if it could not be found out. Whether all processes know it.
    pub(super) async fn remember(&self, caller: Caller, position: Option<Position>) -> bool {
        match position {
            Some(position) => _ = self.place(caller).fetch_max(position.lsn.number(), Ordering::Relaxed),
            None => self.doubt_of(caller),
        }
        #[cfg(feature = "redis")]
        if let Some(shared) = &self.shared
            && !shared.put(caller, position, self.max_lag).await
        {
            shared.put_later(caller, position, self.max_lag);
            return false;
        }
        true
    }
}

/// What processes tell each other in Redis.
#[cfg(feature = "redis")]
#[derive(Clone)]
pub(in crate::context) struct Shared {
    redis: Redis,
    /// The beginning of each key.
    prefix: String,
    /// Whether it is certain that Redis has not forgotten anything since the last answer: it has always responded since.
    is_certain: Arc<AtomicBool>,
    /// Which run of a server has answered last.
    run: Arc<Mutex<String>>,
}

/// What Redis says about a caller.
#[cfg(feature = "redis")]
enum Found {
    Position(Position),
    /// It does not respond.
    Nothing,
    /// It responds, and may have forgotten what matters.
    Forgotten,
}

/// How long a request waits for Redis.
#[cfg(feature = "redis")]
const LIMIT: Duration = Duration::from_millis(100);

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
        Self {
            redis: redis.separate(LIMIT),
            prefix: format!("resourceful:writes:{name}:"),
            is_certain: Arc::default(),
            run: Arc::default(),
        }
    }

    async fn get(&self, caller: Caller, max_lag: Duration) -> Found {
        let mut get = cmd("GET");
        get.arg(self.key(caller));
        let is_certain = self.is_certain.load(Ordering::Acquire);
        let mut ask = vec![get];
        if !is_certain {
            let mut info = cmd("INFO");
            info.arg("server");
            ask.push(info);
        }
        let Ok(answers) = self.redis.ask_all(ask).await else {
            self.is_certain.store(false, Ordering::Release);
            return Found::Nothing;
        };
        if !is_certain {
            if !answers.get(1).is_some_and(|info| self.is_the_same(info, max_lag)) {
                return Found::Forgotten;
            }
            self.is_certain.store(true, Ordering::Release);
        }
        match answers.first().map(position) {
            Some(Some(position)) => Found::Position(position),
            _ => Found::Nothing,
        }
    }

    /// Whether a server has all that it was told within this time: it is the one that was asked before, or the first, and was not
    /// started since.
    fn is_the_same(&self, info: &Value, since: Duration) -> bool {
        let text = match info {
            Value::BulkString(text) => String::from_utf8_lossy(text).into_owned(),
            Value::VerbatimString { text, .. } => text.clone(),
            _ => return false,
        };
        let value =
            |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim);
        let (Some(run), Some(up)) = (value("run_id"), value("uptime_in_seconds").and_then(|up| up.parse().ok())) else {
            return false;
        };
        let mut known = self.run.lock().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut *known, run.to_owned());
        // The seconds are rounded.
        (before.is_empty() || before == run) && Duration::from_secs(up) > since + Duration::from_secs(1)
    }

    fn key(&self, caller: Caller) -> String {
        format!("{}{}", self.prefix, caller.name())
    }

    /// Whether Redis has it now.
    async fn put(&self, caller: Caller, position: Option<Position>, max_lag: Duration) -> bool {
        let longer = if position.is_some() { LONGER } else { Duration::ZERO };
        let kept = u64::try_from((max_lag + longer).as_millis()).unwrap_or(u64::MAX);
        let mut eval = cmd("EVAL");
        eval.arg(SCRIPT).arg(1).arg(self.key(caller));
        let Position { lsn, timeline } = position.unwrap_or(Position::UNKNOWN);
        eval.arg(lsn.number()).arg(timeline).arg(kept);
        let is_stored = self.redis.ask::<i64>(&eval).await == Ok(1);
        if !is_stored {
            self.is_certain.store(false, Ordering::Release);
        }
        is_stored
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

/// The position in a value; `None` for what another program has written in its place.
#[cfg(feature = "redis")]
fn position(value: &Value) -> Option<Position> {
    match value {
        Value::Nil => Some(NOTHING),
        Value::BulkString(text) => {
            let (lsn, timeline) = std::str::from_utf8(text).ok()?.split_once(' ')?;
            Some(Position { lsn: Lsn::new(lsn.parse().ok()?), timeline: timeline.parse().ok()? })
        }
        _ => None,
    }
}
