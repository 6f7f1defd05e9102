//! The settings `RATE_LIMIT..`.

use super::rate::Rate;
use crate::env::{Reader, Setting};

/// A kind of endpoint with a rate of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RateClass {
    /// It reads rows: `RATE_LIMIT_READ`. GET and HEAD, where an endpoint has no other class.
    Read,
    /// It changes something: `RATE_LIMIT_WRITE`. All methods but GET and HEAD, where an endpoint has no other class.
    Write,
    /// It searches texts or by a filter in the body: `RATE_LIMIT_SEARCH`.
    Search,
    /// It stores a file: `RATE_LIMIT_UPLOAD`.
    Upload,
    /// It sends mail: `RATE_LIMIT_MAIL`. Endpoints have this class by [`Routes::rate_class`](crate::Routes::rate_class) only.
    Mail,
}

impl RateClass {
    /// The class of an endpoint of which only the HTTP method is known.
    pub(crate) fn of_method(method: &str) -> Self {
        if matches!(method, "GET" | "HEAD") { Self::Read } else { Self::Write }
    }
}

/// How many requests are allowed. A rate that is `None` is no limit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RateSettings {
    /// `RATE_LIMIT`: of each user; of each address for requests without a token
    pub user: Option<Rate>,
    /// `RATE_LIMIT_ADDRESS`: of each client address, with any token and with none
    pub address: Option<Rate>,
    /// `RATE_LIMIT_READ`: of each user, as for `user`, to endpoints of the class [`RateClass::Read`]
    pub read: Option<Rate>,
    /// `RATE_LIMIT_WRITE`: the same for [`RateClass::Write`]
    pub write: Option<Rate>,
    /// `RATE_LIMIT_SEARCH`: the same for [`RateClass::Search`]
    pub search: Option<Rate>,
    /// `RATE_LIMIT_UPLOAD`: the same for [`RateClass::Upload`]
    pub upload: Option<Rate>,
    /// `RATE_LIMIT_MAIL`: the same for [`RateClass::Mail`]
    pub mail: Option<Rate>,
}

/// A rate by the name that responses have for it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy {
    pub(crate) name: &'static str,
    pub(crate) rate: Rate,
}

impl RateSettings {
    pub(crate) fn variables() -> Vec<Setting> {
        let rate = |name, meaning: &'static str, example| Setting::new(name, meaning).example(example);
        vec![
            rate(
                "RATE_LIMIT",
                "How many requests each user may send: a number and a time (second, minute, hour or day). For requests \
                 without a token it applies to each client address. Requests beyond it are answered 429.",
                "600/minute",
            ),
            rate(
                "RATE_LIMIT_ADDRESS",
                "How many requests each client address may send, counted before the token is verified. Behind a proxy, set \
                 TRUSTED_PROXIES too.",
                "1200/minute",
            ),
            rate("RATE_LIMIT_READ", "How many requests that read each user may send.", "600/minute"),
            rate("RATE_LIMIT_WRITE", "How many requests that change something each user may send.", "120/minute"),
            rate(
                "RATE_LIMIT_SEARCH",
                "How many searches (POST /search, and lists with q) each user may send.",
                "60/minute",
            ),
            rate("RATE_LIMIT_UPLOAD", "How many files each user may upload.", "30/minute"),
            rate(
                "RATE_LIMIT_MAIL",
                "How many requests each user may send to endpoints of the rate class `Mail`.",
                "10/hour",
            ),
        ]
    }

    /// Reads the settings.
    pub(crate) fn from_env(reader: &mut Reader<'_>) -> Self {
        let mut rate = |name: &str| match reader.text(name).map(|text| (text.parse(), text)) {
            Some((Ok(rate), _)) => Some(rate),
            Some((Err(expected), text)) => {
                let expected: String = expected;
                reader.problem(format!("{name} is `{text}`; it must be {expected}"));
                None
            }
            None => None,
        };
        Self {
            user: rate("RATE_LIMIT"),
            address: rate("RATE_LIMIT_ADDRESS"),
            read: rate("RATE_LIMIT_READ"),
            write: rate("RATE_LIMIT_WRITE"),
            search: rate("RATE_LIMIT_SEARCH"),
            upload: rate("RATE_LIMIT_UPLOAD"),
            mail: rate("RATE_LIMIT_MAIL"),
        }
    }

    /// Whether there is any limit.
    pub(crate) fn is_on(&self) -> bool {
        *self != Self::default()
    }

    /// What requests of an address count for.
    pub(crate) fn of_address(&self) -> Option<Policy> {
        Some(Policy { name: "address", rate: self.address? })
    }

    /// What requests of a caller to an endpoint of this class count for.
    pub(crate) fn of_caller(&self, class: RateClass) -> impl Iterator<Item = Policy> + use<> {
        let of_class = match class {
            RateClass::Read => ("read", self.read),
            RateClass::Write => ("write", self.write),
            RateClass::Search => ("search", self.search),
            RateClass::Upload => ("upload", self.upload),
            RateClass::Mail => ("mail", self.mail),
        };
        [("user", self.user), of_class].into_iter().filter_map(|(name, rate)| Some(Policy { name, rate: rate? }))
    }
}
