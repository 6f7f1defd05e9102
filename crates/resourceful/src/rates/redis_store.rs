//! Budgets in Redis, which the processes of an application share.

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::budget::limit;
use super::settings::Policy;
use super::subject::Subject;
use crate::redis::{Redis, cmd};

/// How long a request waits for Redis.
const LIMIT: Duration = Duration::from_millis(50);

/// Counts a request for each key, if all of them allow it: the same arithmetic as in `budget`. The reply is how far ahead
/// the time of each key is after that, or would be. One script is one round trip, and nothing runs between its parts.
///
/// The time is that of Redis: the clocks of the processes differ, and a process whose clock is ahead would give away what
/// another one refuses. The script is sent as a whole (EVAL): Redis remembers it by its digest anyway, and a Redis that was
/// restarted then needs no second round trip. A value of another type, or one that is no time of such a budget, is replaced.
const SCRIPT: &str = "\
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local ahead, allowed = {}, true
for i, key in ipairs(KEYS) do
  local step, limit = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local found = redis.pcall('GET', key)
  local time = type(found) == 'string' and tonumber(found)
  if not (time and time > now and time - now <= limit) then time = now end
  ahead[i] = time - now + step
  allowed = allowed and ahead[i] <= limit
end
if allowed then
  for i, key in ipairs(KEYS) do
    redis.call('SET', key, string.format('%.0f', now + ahead[i]), 'PX', math.ceil(ahead[i] / 1000))
  end
end
return ahead";

pub(crate) struct RedisStore {
    redis: Redis,
    /// The beginning of each key.
    prefix: String,
}

impl RedisStore {
    /// A store in this Redis, for the application of this name.
    pub(crate) fn new(redis: &Redis, namespace: &str) -> Self {
        // A name with a colon must not lead into the keys of another application.
        let name = namespace.replace('%', "%25").replace(':', "%3A");
        Self { redis: redis.separate(LIMIT), prefix: format!("resourceful:rates:{name}:") }
    }

    /// Counts a request of this subject for each policy, if all of them allow it. How far ahead the time of each is after
    /// that, or would be; `None` if Redis does not respond.
    pub(super) async fn count(&self, subject: &Subject<'_>, policies: &[Policy]) -> Option<Vec<u64>> {
        let name = name(subject);
        let mut eval = cmd("EVAL");
        eval.arg(SCRIPT).arg(policies.len());
        for policy in policies {
            // A cluster keeps keys with the same part in braces together.
            eval.arg(format!("{}{{{name}}}:{}", self.prefix, policy.name));
        }
        for policy in policies {
            eval.arg(policy.rate.step()).arg(limit(policy.rate));
        }
        let ahead: Vec<u64> = self.redis.ask(&eval).await.ok()?;
        (ahead.len() == policies.len()).then_some(ahead)
    }
}

/// The name of a subject in a key: of fixed length, and without personal data.
fn name(subject: &Subject<'_>) -> String {
    let text = match subject {
        Subject::User(id) => format!("user:{id}"),
        Subject::Address(address) => format!("address:{address}"),
    };
    URL_SAFE_NO_PAD.encode(&digest(&SHA256, text.as_bytes()).as_ref()[..16])
}
