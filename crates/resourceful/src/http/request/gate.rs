//! What a request must pass before an endpoint, besides its token: the number of requests that run at the same time, and
//! how many its sender may send.

use std::fmt::Write;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::dev::ServiceResponse;
use actix_web::http::header::{CACHE_CONTROL, HeaderMap, HeaderName, HeaderValue};

use super::client_address::TrustedProxies;
use super::running::Requests;
use super::state::RequestState;
use crate::actor::Actor;
use crate::context::Context;
use crate::error::{Error, Result, catalogue};
use crate::rates::{Limiter, Policy, RateClass, Subject, Used};

/// The fields of draft-ietf-httpapi-ratelimit-headers: a list of policies with their quotas, and how much of each is left.
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// What requests must pass, as the context of an API says it.
pub(crate) struct Gate {
    requests: Arc<Requests>,
    /// The most requests at the same time.
    most: usize,
    /// `None` without limits.
    limiter: Option<Arc<Limiter>>,
    proxies: TrustedProxies,
}

impl Gate {
    pub(crate) fn of(ctx: &Context) -> Self {
        Self {
            requests: ctx.kept(),
            most: ctx.options().limits.requests,
            limiter: ctx.extension(),
            proxies: ctx.extension::<TrustedProxies>().map(|proxies| (*proxies).clone()).unwrap_or_default(),
        }
    }

    /// Counts the request as running, until its response is ready. The rest of a response that is sent in parts does not
    /// count.
    ///
    /// # Errors
    /// 503 at once if too many run: more would only wait for the same database and the same processors.
    pub(crate) fn enter(&self, req: &HttpRequest) -> Result<()> {
        if self.most == usize::MAX || RequestState::read(req, |state| state.running.is_some()) {
            return Ok(());
        }
        let running = self.requests.begin(self.most).ok_or_else(|| {
            let detail = "The server has too many requests at the same time; try again in a moment";
            Error::new(&catalogue::OVERLOADED, detail).with_retry_after(Duration::from_secs(1))
        })?;
        RequestState::update(req, |state| state.running = Some(running));
        Ok(())
    }

    /// Counts the request for its address.
    ///
    /// # Errors
    /// 429
    pub(crate) async fn count_address(&self, req: &HttpRequest) -> Result<()> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        let Some(policy) = limiter.settings().of_address() else { return Ok(()) };
        let Some(address) = self.proxies.client(req) else { return Ok(()) };
        // The futures of all endpoints contain this one, which is large, so it is in a place of its own.
        Box::pin(count(req, limiter, Subject::Address(address), vec![policy])).await
    }

    /// The address of the client, if it is known.
    #[cfg(feature = "postgres")]
    pub(crate) fn address(&self, req: &HttpRequest) -> Option<IpAddr> {
        self.proxies.client(req)
    }

    /// Counts the request for its caller: the user of a verified token, or the address where there is none. Never what a
    /// body or a header claims.
    ///
    /// # Errors
    /// 429
    pub(crate) async fn count_caller(&self, req: &HttpRequest, actor: &Actor, class: RateClass) -> Result<()> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        let policies: Vec<Policy> = limiter.settings().of_caller(class).collect();
        let subject = match (actor.user(), || self.proxies.client(req)) {
            (Some(user), _) => Some(Subject::User(&user.id)),
            (None, address) => address().map(Subject::Address),
        };
        let Some(subject) = subject.filter(|_| !policies.is_empty()) else { return Ok(()) };
        Box::pin(count(req, limiter, subject, policies)).await
    }

    /// The class of a request to a generated endpoint of this class: a list with search words is a search.
    pub(crate) fn class(&self, req: &HttpRequest, class: RateClass) -> RateClass {
        let is_limited = self.limiter.as_ref().is_some_and(|limiter| limiter.settings().search.is_some());
        let searches = || url::form_urlencoded::parse(req.query_string().as_bytes()).any(|(name, _)| name == "q");
        if is_limited && class == RateClass::Read && searches() { RateClass::Search } else { class }
    }
}

/// Counts a request for the policies that have not counted it already, at a requirement around this one.
async fn count(req: &HttpRequest, limiter: &Limiter, subject: Subject<'_>, mut policies: Vec<Policy>) -> Result<()> {
    RequestState::read(req, |state| {
        policies.retain(|policy| !state.used.iter().any(|used| used.policy.name == policy.name));
    });
    if policies.is_empty() {
        return Ok(());
    }
    let verdict = limiter.count(subject, &policies).await;
    let refused = verdict.refusal().map(|used| refusal(used, subject));
    RequestState::update(req, |state| state.used.extend(verdict.used));
    refused.map_or(Ok(()), Err)
}

fn refusal(used: &Used, subject: Subject<'_>) -> Error {
    let Used { policy, seconds, .. } = used;
    let whose = match subject {
        Subject::User(_) => "each user",
        Subject::Address(IpAddr::V4(_)) => "each address",
        Subject::Address(IpAddr::V6(_)) => "each network of addresses",
    };
    let detail = format!(
        "Too many requests: the limit `{}` allows {} of {whose}; try again in {seconds} seconds",
        policy.name, policy.rate
    );
    Error::new(&catalogue::RATE_LIMITED, detail).with_retry_after(Duration::from_secs(*seconds))
}

/// Adds what the limits say about a request to its response. A response that caches share does not get it: others would
/// read it.
pub(crate) fn add_fields<B>(response: &mut ServiceResponse<B>) {
    if is_shared(response.headers()) {
        return;
    }
    let fields = RequestState::read(response.request(), |state| fields(&state.used));
    for (name, value) in fields.into_iter().flatten() {
        response.headers_mut().insert(name, value);
    }
}

fn fields(used: &[Used]) -> Option<[(HeaderName, HeaderValue); 2]> {
    if used.is_empty() {
        return None;
    }
    let (mut policies, mut left) = (String::new(), String::new());
    for Used { policy, remaining, seconds, .. } in used {
        let comma = if policies.is_empty() { "" } else { ", " };
        let (name, rate) = (policy.name, policy.rate);
        // Writing to a String cannot fail.
        let _ = write!(policies, "{comma}\"{name}\";q={};w={}", rate.requests(), rate.period().as_secs());
        let _ = write!(left, "{comma}\"{name}\";r={remaining};t={seconds}");
    }
    let value = |text: String| HeaderValue::try_from(text).ok();
    Some([(RATE_LIMIT_POLICY, value(policies)?), (RATE_LIMIT, value(left)?)])
}

/// Whether caches may give the response to others.
pub(super) fn is_shared(headers: &HeaderMap) -> bool {
    headers.get(CACHE_CONTROL).is_some_and(|value| value.to_str().is_ok_and(|value| value.contains("public")))
}
