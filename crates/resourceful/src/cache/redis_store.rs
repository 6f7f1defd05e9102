//! Redis as the store that processes share.

use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::store::{CacheStore, Listener, Unavailable};
use crate::redis::{Cmd, Redis, Subscription, Value, cmd};

/// The time limit of a command.
const LIMIT: Duration = Duration::from_millis(45);

/// The time limit of the commands of a listener, for which no request waits.
const LISTENER_LIMIT: Duration = Duration::from_millis(400);

/// Redis as the store that processes share: all commands go over one connection, which handles many at the same time.
/// Notices come over another one (`SUBSCRIBE`), and a third one checks that the server accepts changes.
#[derive(Debug, Clone)]
pub struct RedisStore {
    redis: Redis,
    channel: String,
}

impl RedisStore {
    /// A store in this Redis server. Applications with different names do not hear each other.
    pub fn new(redis: &Redis, name: &str) -> Self {
        Self { redis: redis.separate(LIMIT), channel: format!("resourceful:cache:{name}") }
    }
}

impl CacheStore for RedisStore {
    fn read<'a>(&'a self, keys: &'a [String]) -> BoxFuture<'a, Result<Vec<Option<Bytes>>, Unavailable>> {
        async move {
            let answers = self.ask([mget(keys.iter())]).await?;
            Ok(values(answers.into_iter().next(), keys.len()))
        }
        .boxed()
    }

    fn read_or_add<'a>(
        &'a self,
        entries: &'a [(String, Bytes, Duration)],
    ) -> BoxFuture<'a, Result<Vec<Option<Bytes>>, Unavailable>> {
        async move {
            let add = |(key, value, ttl): &(String, Bytes, Duration)| {
                let mut set = set(key, value, *ttl);
                set.arg("NX");
                set
            };
            // Whether they were set shows in what is there afterwards. A server without free memory refuses SET only.
            let commands = entries.iter().map(add).chain([mget(entries.iter().map(|(key, _, _)| key))]);
            let answers = self.ask(commands).await?;
            Ok(values(answers.into_iter().last(), entries.len()))
        }
        .boxed()
    }

    fn write<'a>(&'a self, key: &'a str, value: Bytes, ttl: Duration) -> BoxFuture<'a, Result<(), Unavailable>> {
        async move {
            // A server without free memory refuses this, and still responds.
            self.ask([set(key, &value, ttl)]).await.map(drop)
        }
        .boxed()
    }

    fn remove<'a>(&'a self, keys: &'a [String], notice: Option<&'a str>) -> BoxFuture<'a, Result<(), Unavailable>> {
        async move {
            let mut commands = Vec::new();
            // DEL of no keys is an error.
            if !keys.is_empty() {
                let mut del = cmd("DEL");
                del.arg(keys);
                commands.push(del);
            }
            if let Some(notice) = notice {
                let mut publish = cmd("PUBLISH");
                publish.arg(&self.channel).arg(notice);
                commands.push(publish);
            }
            all_done(self.ask(commands).await?)
        }
        .boxed()
    }

    fn listen(&self) -> Option<BoxFuture<'_, Result<Box<dyn Listener>, Unavailable>>> {
        let listening = async move {
            let subscription = self.redis.subscribe(&self.channel).await.map_err(|_| Unavailable)?;
            // One slow command of a request must not look like a lost connection.
            let redis = self.redis.separate(LISTENER_LIMIT);
            let listener: Box<dyn Listener> =
                Box::new(RedisListener { subscription, redis, probe: format!("{}:probe", self.channel) });
            Ok(listener)
        };
        Some(listening.boxed())
    }
}

impl RedisStore {
    async fn ask(&self, commands: impl IntoIterator<Item = Cmd>) -> Result<Vec<Value>, Unavailable> {
        self.redis.ask_all(commands).await.map_err(|_| Unavailable)
    }
}

struct RedisListener {
    subscription: Subscription,
    redis: Redis,
    probe: String,
}

impl Listener for RedisListener {
    fn next(&mut self) -> BoxFuture<'_, Option<String>> {
        async move {
            let notice = self.subscription.next().await?;
            Some(String::from_utf8_lossy(&notice).into_owned())
        }
        .boxed()
    }

    fn check(&mut self) -> BoxFuture<'_, Result<(), Unavailable>> {
        async move {
            self.subscription.ping().await.map_err(|_| Unavailable)?;
            // A read-only replica, or a server that is still loading, would keep what others could not remove.
            let mut del = cmd("DEL");
            del.arg(&self.probe);
            all_done(self.redis.ask_all([del]).await.map_err(|_| Unavailable)?)
        }
        .boxed()
    }
}

fn set(key: &str, value: &Bytes, ttl: Duration) -> Cmd {
    let mut set = cmd("SET");
    // PX 0 is an error.
    let ttl = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX).max(1);
    set.arg(key).arg(&value[..]).arg("PX").arg(ttl);
    set
}

fn mget<'a>(keys: impl Iterator<Item = &'a String>) -> Cmd {
    let mut mget = cmd("MGET");
    keys.for_each(|key| _ = mget.arg(key));
    mget
}

/// The values of an answer to MGET. Anything else counts as no value.
fn values(answer: Option<Value>, count: usize) -> Vec<Option<Bytes>> {
    match answer {
        Some(Value::Array(answers)) if answers.len() == count => {
            let value = |answer| match answer {
                Value::BulkString(value) => Some(value.into()),
                _ => None,
            };
            answers.into_iter().map(value).collect()
        }
        _ => vec![None; count],
    }
}

/// Whether DEL and PUBLISH were accepted: they answer with numbers.
fn all_done(answers: Vec<Value>) -> Result<(), Unavailable> {
    let done = answers.iter().all(|answer| matches!(answer, Value::Int(_)));
    done.then_some(()).ok_or(Unavailable)
}
