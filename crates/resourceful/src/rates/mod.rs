//! How many requests a caller may send in a time, and how many they have sent.
//!
//! A [`Rate`] such as `600/minute` is a budget that refills steadily: 600 requests at once are allowed, and then one every
//! 100 ms. The budgets are in this process and, with `REDIS_URL`, in Redis, where all processes of the application share
//! them. See [the guide](crate::guide::rate_limits).

mod budget;
mod limiter;
mod memory;
mod rate;
#[cfg(feature = "redis")]
mod redis_store;
mod settings;
mod subject;

pub(crate) use limiter::{Limiter, Used};
pub use rate::Rate;
#[cfg(feature = "redis")]
pub(crate) use redis_store::RedisStore;
pub(crate) use settings::Policy;
pub use settings::{RateClass, RateSettings};
pub(crate) use subject::Subject;
