//! The claims of a token whose signature is verified.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::jwk::Thumbprint;
use super::rejection::{Rejection, quoted};
use crate::actor::CurrentUser;
use crate::error::Result;
use crate::json::strict;

/// The expected values of the claims.
#[derive(Debug)]
pub(crate) struct Expected<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) audiences: &'a [String],
    pub(crate) leeway: f64,
    pub(crate) names: &'a ClaimNames,
    /// Whether a token may be bound to a key, because its proof is checked.
    pub(crate) may_be_bound: bool,
    /// Whether only permissions that `scope` also contains are valid.
    pub(crate) permissions_in_scope: bool,
}

/// The caller of a valid token, and until when the token is valid.
#[derive(Debug)]
pub(crate) struct Verified {
    pub(crate) user: Arc<CurrentUser>,
    /// The key that the token is bound to (RFC 9449 section 6.1).
    pub(crate) bound_to: Option<Thumbprint>,
    times: Times,
}

impl Verified {
    /// Checks that a token, which was valid before, is valid at this time.
    pub(crate) fn check_times(&self, leeway: f64, now: f64) -> Result<()> {
        self.times.check(leeway, now)
    }
}

/// The times of a token, in seconds since 1970.
#[derive(Debug, Clone, Copy)]
struct Times {
    expires: f64,
    not_before: Option<f64>,
    issued: Option<f64>,
}

impl Times {
    fn check(&self, leeway: f64, now: f64) -> Result<()> {
        // At the second of `exp` the token is no longer valid (RFC 7519 section 4.1.4).
        if now >= self.expires + leeway {
            return Err(Rejection::Expired.into());
        }
        for (name, from) in [("nbf", self.not_before), ("iat", self.issued)] {
            if from.is_some_and(|from| from > now + leeway) {
                return Err(Rejection::TooEarly.because(name));
            }
        }
        Ok(())
    }
}

/// The names of the claims that differ between tenants.
///
/// In Auth0, an Action can only add claims with a namespaced name, such as `https://example.com/roles`
/// (auth0.com/docs/secure/tokens/json-web-tokens/create-custom-claims). An empty name switches a claim off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimNames {
    /// The permissions, a list of strings; `permissions` by default, where Auth0's RBAC puts them.
    pub permissions: String,
    /// The roles, a list of strings; `roles` by default.
    pub roles: String,
    /// The e-mail address, a string; `email` by default.
    pub email: String,
}

impl Default for ClaimNames {
    fn default() -> Self {
        Self { permissions: "permissions".into(), roles: "roles".into(), email: "email".into() }
    }
}

/// The claims as they are in the token.
#[derive(Debug)]
pub(crate) struct Claims(Map<String, Value>);

impl Claims {
    /// Reads the payload: one object, without repeated claims.
    pub(crate) fn parse(payload: &[u8]) -> Result<Self> {
        strict::object(payload).map(Self).map_err(|error| Rejection::Claims.because(error))
    }

    /// The `iss` claim, a single string. Before the signature is verified, it is used only to choose the keys.
    pub(crate) fn issuer(&self) -> Result<&str> {
        match self.0.get("iss") {
            Some(Value::String(issuer)) => Ok(issuer),
            _ => Err(Rejection::Issuer.because("iss is not a string")),
        }
    }

    /// Checks all claims and turns them into the caller.
    ///
    /// A claim with the wrong type is an error and not ignored, because the issuer put it there for a reason.
    pub(crate) fn check(self, expected: &Expected<'_>, now: f64) -> Result<Verified> {
        if self.issuer()? != expected.issuer {
            return Err(Rejection::Issuer.into());
        }
        self.check_audience(expected.audiences)?;
        let times = self.times()?;
        times.check(expected.leeway, now)?;
        let bound_to = self.bound_to(expected.may_be_bound)?;
        let id = match self.0.get("sub") {
            Some(Value::String(sub)) if !sub.is_empty() && !sub.contains('\0') => sub.clone(),
            _ => return Err(Rejection::Subject.into()),
        };
        let scope = self.text("scope")?.unwrap_or_default();
        let scopes: Vec<String> = scope.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
        let mut permissions = self.list(&expected.names.permissions)?;
        if expected.permissions_in_scope {
            permissions.retain(|permission| scopes.contains(permission));
        }
        let user = CurrentUser {
            is_machine: self.is_client_credentials() || id.ends_with("@clients"),
            id,
            email: self.text(&expected.names.email)?,
            name: self.text("name")?,
            permissions,
            roles: self.list(&expected.names.roles)?,
            scopes,
            claims: self.0,
        };
        Ok(Verified { user: Arc::new(user), bound_to, times })
    }

    /// The key of `cnf.jkt` (RFC 9449 section 6.1). A token that is bound in an unsupported way must be refused (RFC 7800
    /// section 3.1).
    fn bound_to(&self, may_be_bound: bool) -> Result<Option<Thumbprint>> {
        let Some(confirmation) = self.0.get("cnf") else { return Ok(None) };
        let jkt = match confirmation {
            Value::Object(members) if may_be_bound && members.len() == 1 => members.get("jkt").and_then(Value::as_str),
            _ => None,
        };
        let thumbprint = jkt.and_then(|jkt| URL_SAFE_NO_PAD.decode(jkt).ok()?.try_into().ok());
        thumbprint.map(Some).ok_or_else(|| Rejection::Bound.because(quoted(&confirmation.to_string())))
    }

    /// Checks that `aud`, a string or a list of strings, contains one of the configured audiences (RFC 7519 section
    /// 4.1.3). An ID token is refused here, because its audience is the client.
    fn check_audience(&self, ours: &[String]) -> Result<()> {
        let wanted = |audience: &String| ours.contains(audience);
        let good = match self.0.get("aud") {
            Some(Value::String(audience)) => wanted(audience),
            Some(Value::Array(items)) => {
                let audiences = strings(items)
                    .ok_or_else(|| Rejection::Audience.because("aud is a list with items that are not strings"))?;
                audiences.iter().any(wanted)
            }
            _ => return Err(Rejection::Audience.because("aud is neither a string nor a list")),
        };
        if good {
            return Ok(());
        }
        let theirs = self.0.get("aud").map(Value::to_string).unwrap_or_default();
        Err(Rejection::Audience.because(format!("aud is {}, expected one of {ours:?}", quoted(&theirs))))
    }

    fn times(&self) -> Result<Times> {
        let expires = self.number("exp")?.ok_or_else(|| Rejection::ClaimType.because("exp is missing"))?;
        Ok(Times { expires, not_before: self.number("nbf")?, issued: self.number("iat")? })
    }

    /// `gty` is Auth0's grant type, a string; other issuers send a list.
    fn is_client_credentials(&self) -> bool {
        let is = |value: &Value| value.as_str() == Some("client-credentials");
        match self.0.get("gty") {
            Some(Value::Array(items)) => items.iter().any(is),
            Some(value) => is(value),
            None => false,
        }
    }

    fn number(&self, name: &'static str) -> Result<Option<f64>> {
        match self.0.get(name) {
            None => Ok(None),
            Some(value) => match value.as_f64().filter(|number| value.is_number() && number.is_finite()) {
                Some(number) => Ok(Some(number)),
                None => Err(Rejection::ClaimType.because(format!("{name} is not a number"))),
            },
        }
    }

    /// The claim with this name; `None` if the name is empty.
    fn named(&self, name: &str) -> Option<&Value> {
        if name.is_empty() { None } else { self.0.get(name) }
    }

    fn text(&self, name: &str) -> Result<Option<String>> {
        match self.named(name) {
            None => Ok(None),
            // PostgreSQL cannot store U+0000, and claims are stored in rows.
            Some(Value::String(text)) if !text.contains('\0') => Ok(Some(text.clone())),
            Some(_) => Err(Rejection::ClaimType.because(format!("{name} is not a string"))),
        }
    }

    fn list(&self, name: &str) -> Result<Vec<String>> {
        let items = match self.named(name) {
            None => return Ok(Vec::new()),
            Some(Value::Array(items)) => strings(items),
            Some(_) => None,
        };
        items.ok_or_else(|| Rejection::ClaimType.because(format!("{name} is not a list of strings")))
    }
}

fn strings(items: &[Value]) -> Option<Vec<String>> {
    items.iter().map(|item| item.as_str().map(str::to_owned)).collect()
}
