//! The claims of a token whose signature is verified.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::ClaimNames;
use super::claim_names::{self, WrongType, strings};
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
    /// A claim with the wrong type is an error and not ignored, because the issuer put it there for a reason. `null` means
    /// that there is no such claim: some libraries write every claim that they know.
    pub(crate) fn check(self, expected: &Expected<'_>, now: f64) -> Result<Verified> {
        if self.issuer()? != expected.issuer {
            return Err(Rejection::Issuer.into());
        }
        self.check_use()?;
        self.check_audience(expected)?;
        let times = self.times()?;
        times.check(expected.leeway, now)?;
        let bound_to = self.bound_to(expected.may_be_bound)?;
        let id = match self.0.get("sub") {
            Some(Value::String(sub)) if !sub.is_empty() && !sub.contains('\0') => sub.clone(),
            _ => return Err(Rejection::Subject.into()),
        };
        // RFC 9068 calls it `scope`, some issuers `scp`; each is a list or a text.
        let scopes = self.words(&["scope", "scp"])?;
        let mut permissions = self.words(&expected.names.permissions)?;
        if expected.permissions_in_scope {
            permissions.retain(|permission| scopes.contains(permission));
        }
        let user = CurrentUser {
            is_machine: self.is_of_application(&id),
            id,
            email: self.text(&expected.names.email)?,
            name: self.text(&["name"])?,
            permissions,
            roles: self.words(&expected.names.roles)?,
            scopes,
            claims: self.0,
        };
        Ok(Verified { user: Arc::new(user), bound_to, times })
    }

    /// The key of `cnf.jkt` (RFC 9449 section 6.1). Other members are ignored, as RFC 7800 section 3.1 requires, but a token
    /// that is bound in another way only must be refused: nothing here would check that binding.
    fn bound_to(&self, may_be_bound: bool) -> Result<Option<Thumbprint>> {
        let Some(confirmation) = self.get("cnf") else { return Ok(None) };
        if !may_be_bound {
            return Err(Rejection::Bound.because(quoted(&confirmation.to_string())));
        }
        let jkt = confirmation.get("jkt").and_then(Value::as_str);
        let thumbprint = jkt.and_then(|jkt| URL_SAFE_NO_PAD.decode(jkt).ok()?.try_into().ok());
        thumbprint.map(Some).ok_or_else(|| Rejection::BoundOtherwise.because(quoted(&confirmation.to_string())))
    }

    /// Refuses tokens for other uses, where the issuer says so in a claim and not in the header: Amazon Cognito in
    /// `token_use`, Keycloak in `typ` (RFC 8725 section 3.12).
    fn check_use(&self) -> Result<()> {
        let of = |name: &str| self.get(name).and_then(Value::as_str);
        let other = of("token_use").filter(|usage| *usage != "access").or_else(|| {
            of("typ")
                .filter(|kind| ["ID", "Refresh", "Offline", "Logout"].iter().any(|it| it.eq_ignore_ascii_case(kind)))
        });
        other.map_or(Ok(()), |usage| Err(Rejection::Kind.because(quoted(usage))))
    }

    /// Checks that the audience, a string or a list of strings, contains one of the configured audiences (RFC 7519 section
    /// 4.1.3). An ID token is refused here, because its audience is the client.
    fn check_audience(&self, expected: &Expected<'_>) -> Result<()> {
        let ours = expected.audiences;
        let wanted = |audience: &String| ours.contains(audience);
        let theirs = expected.names.audience.iter().find_map(|name| Some((name, claim_names::find(&self.0, name)?)));
        let Some((name, theirs)) = theirs else { return Err(Rejection::Audience.because("there is no audience")) };
        let good = match theirs {
            Value::String(audience) => wanted(audience),
            Value::Array(items) => {
                let audiences = strings(items).ok_or_else(|| {
                    Rejection::Audience.because(format!("{name} is a list with items that are not strings"))
                })?;
                audiences.iter().any(wanted)
            }
            _ => return Err(Rejection::Audience.because(format!("{name} is neither a string nor a list"))),
        };
        if good {
            return Ok(());
        }
        let theirs = quoted(&theirs.to_string());
        Err(Rejection::Audience.because(format!("{name} is {theirs}, expected one of {ours:?}")))
    }

    fn times(&self) -> Result<Times> {
        let expires = self.number("exp")?.ok_or_else(|| Rejection::ClaimType.because("exp is missing"))?;
        Ok(Times { expires, not_before: self.number("nbf")?, issued: self.number("iat")? })
    }

    /// Whether the token belongs to an application. Issuers say it in different ways: the subject is the client itself (RFC
    /// 9068 section 2.2), Auth0 has the grant type in `gty` and a `sub` that ends with `@clients`, Microsoft the optional
    /// claim `idtyp`, and Keycloak a user for each client.
    fn is_of_application(&self, id: &str) -> bool {
        let of = |name: &str| self.get(name).and_then(Value::as_str);
        let is = |value: &Value| value.as_str() == Some("client-credentials");
        let granted = match self.get("gty") {
            Some(Value::Array(items)) => items.iter().any(is),
            Some(value) => is(value),
            None => false,
        };
        let clients = ["client_id", "azp", "cid"].map(of);
        let service = of("preferred_username").and_then(|name| name.strip_prefix("service-account-"));
        granted
            || id.ends_with("@clients")
            || of("idtyp") == Some("app")
            || clients.into_iter().flatten().any(|client| client == id || service == Some(client))
    }

    /// The claim with exactly this name; `None` for null.
    fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    fn number(&self, name: &'static str) -> Result<Option<f64>> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => match value.as_f64().filter(|number| value.is_number() && number.is_finite()) {
                Some(number) => Ok(Some(number)),
                None => Err(Rejection::ClaimType.because(format!("{name} is not a number"))),
            },
        }
    }

    /// The first of these claims that the token has.
    fn text<S: AsRef<str>>(&self, names: &[S]) -> Result<Option<String>> {
        let found = names.iter().find_map(|name| Some((name.as_ref(), claim_names::find(&self.0, name.as_ref())?)));
        match found {
            None => Ok(None),
            // PostgreSQL cannot store U+0000, and claims are stored in rows.
            Some((_, Value::String(text))) if !text.contains('\0') => Ok(Some(text.clone())),
            Some((name, _)) => Err(Rejection::ClaimType.because(format!("{name} is not a string"))),
        }
    }

    fn words<S: AsRef<str>>(&self, names: &[S]) -> Result<Vec<String>> {
        claim_names::all_words(&self.0, names).map_err(|WrongType(why)| Rejection::ClaimType.because(why))
    }
}
