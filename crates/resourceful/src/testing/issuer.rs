//! Issues tokens for tests, without an Auth0 tenant and without a key file.

use std::sync::OnceLock;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::actor::CurrentUser;
use crate::auth::{AuthSettings, DevIssuer, DpopKey, SettingsError, TokenRequest, Verifier, VerifierBuilder};

/// An issuer of tokens for tests. All values of this type share one key, which exists as long as the test process.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use resourceful::CurrentUser;
/// use resourceful::testing::TestIssuer;
///
/// let issuer = TestIssuer::new();
/// let ada = CurrentUser::new("auth0|ada").with_permissions(["projects:read"]);
/// let user = issuer.verifier()?.verify(&issuer.token(&ada)).await?;
/// assert_eq!((&user.id, &user.permissions), (&ada.id, &ada.permissions));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct TestIssuer(DevIssuer);

impl Default for TestIssuer {
    fn default() -> Self {
        Self::new()
    }
}

impl TestIssuer {
    /// The issuer's `iss`.
    pub const ISSUER: &'static str = "https://issuer.test/";
    /// The `aud` of the issuer's tokens.
    pub const AUDIENCE: &'static str = "https://api.test";

    /// Creates the issuer. The first call generates the key.
    ///
    /// # Panics
    /// If the cryptographic library cannot generate a key.
    pub fn new() -> Self {
        static ISSUER: OnceLock<DevIssuer> = OnceLock::new();
        Self(ISSUER.get_or_init(|| DevIssuer::in_memory(Self::ISSUER).expect("an RSA key can be generated")).clone())
    }

    /// The issuer's key set as JSON.
    pub fn jwks(&self) -> &str {
        self.0.jwks()
    }

    /// A verifier that accepts the issuer's tokens.
    ///
    /// # Errors
    /// If the self-check of the cryptographic library fails.
    pub fn verifier(&self) -> Result<Verifier, SettingsError> {
        Verifier::with_static_keys(Self::ISSUER, Self::AUDIENCE, self.jwks())
    }

    /// A verifier that accepts the issuer's tokens, with these settings: `AuthSettings` with `dpop`, `permissions_in_scope`
    /// or the names of claims. The settings do not need an issuer.
    ///
    /// # Errors
    /// If the settings are invalid, or the self-check of the cryptographic library fails.
    pub fn verifier_with(&self, settings: AuthSettings) -> Result<Verifier, SettingsError> {
        self.trusted_by(Verifier::builder(settings)).build()
    }

    /// A builder for a verifier that accepts the issuer's tokens.
    pub(crate) fn trusted_by(&self, verifier: VerifierBuilder) -> VerifierBuilder {
        verifier.static_issuer(Self::ISSUER, Self::AUDIENCE, self.jwks())
    }

    /// A valid token for this user, with the user's permissions, roles, scopes and other claims.
    pub fn token(&self, user: &CurrentUser) -> String {
        self.token_with(user, |_| {})
    }

    /// A token that expired an hour ago.
    pub fn expired_token(&self, user: &CurrentUser) -> String {
        self.token_with(user, |claims| {
            let exp = claims["exp"].as_u64().unwrap_or_default();
            claims.insert("iat".into(), exp.saturating_sub(3 * 3600).into());
            claims.insert("exp".into(), exp.saturating_sub(2 * 3600).into());
        })
    }

    /// A token for another API.
    pub fn token_for_audience(&self, user: &CurrentUser, audience: &str) -> String {
        self.token_with(user, |claims| {
            claims.insert("aud".into(), audience.into());
        })
    }

    /// A token that is bound to this key (DPoP, RFC 9449): for an application whose `AUTH0_DPOP` allows it.
    pub fn bound_token(&self, user: &CurrentUser, key: &DpopKey) -> String {
        self.token_with(user, |claims| {
            claims.insert("cnf".into(), serde_json::json!({"jkt": key.thumbprint()}));
        })
    }

    /// A token whose claims `change` modifies before it is signed.
    ///
    /// # Panics
    /// If the cryptographic library cannot sign.
    pub fn token_with(&self, user: &CurrentUser, change: impl FnOnce(&mut Map<String, Value>)) -> String {
        let mut request = TokenRequest::new(&user.id, Self::AUDIENCE);
        request.permissions.clone_from(&user.permissions);
        request.roles.clone_from(&user.roles);
        request.email.clone_from(&user.email);
        request.name.clone_from(&user.name);
        request.expires_in = Duration::from_secs(3600);
        let mut claims = self.0.claims(&request);
        if !user.scopes.is_empty() {
            claims.insert("scope".into(), user.scopes.join(" ").into());
        }
        if user.is_machine {
            claims.insert("gty".into(), "client-credentials".into());
        }
        for (name, value) in &user.claims {
            claims.entry(name.clone()).or_insert_with(|| value.clone());
        }
        change(&mut claims);
        self.0.sign_claims(&claims).expect("a generated key can sign")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::{DpopMode, DpopRequest, DpopSettings};

    #[tokio::test]
    async fn tokens_of_each_kind() {
        let issuer = TestIssuer::new();
        let verifier = issuer.verifier().unwrap();
        let mut ada = CurrentUser::new("auth0|ada").with_permissions(["projects:read"]);
        ada.roles = vec!["admin".into()];
        ada.scopes = vec!["openid".into(), "read:x".into()];
        ada.email = Some("ada@example.com".into());
        ada.claims.insert("https://x.test/plan".into(), "large".into());
        let mut user = (*verifier.verify(&issuer.token(&ada)).await.unwrap()).clone();
        assert_eq!(user.claims["https://x.test/plan"], "large");
        user.claims.clone_from(&ada.claims);
        assert_eq!(user, ada);

        let job = CurrentUser { is_machine: true, ..CurrentUser::new("job") };
        assert!(verifier.verify(&issuer.token(&job)).await.unwrap().is_machine);

        let other = issuer.token_for_audience(&ada, "https://other.test");
        for (token, word) in [(issuer.expired_token(&ada), "expired"), (other, "another API")] {
            let error = verifier.verify(&token).await.unwrap_err();
            assert!(error.detail().contains(word), "{error}");
        }
        assert_eq!(TestIssuer::new().jwks(), issuer.jwks(), "one key for the whole process");
    }

    #[tokio::test]
    async fn tokens_that_are_bound_to_a_key() {
        let issuer = TestIssuer::new();
        let dpop = DpopSettings { mode: DpopMode::Required, ..DpopSettings::default() };
        let verifier = issuer.verifier_with(AuthSettings { dpop, ..AuthSettings::default() }).unwrap();
        let (ada, key) = (CurrentUser::new("auth0|ada"), DpopKey::generate().unwrap());
        let token = issuer.bound_token(&ada, &key);
        let proof = key.proof("GET", "https://api.test/x?y=1", &token).unwrap();
        let request = DpopRequest {
            proofs: vec![proof.as_bytes()],
            method: "GET",
            https: true,
            hosts: vec![b"api.test"],
            path: "/x",
        };
        assert_eq!(verifier.verify_bound(&token, &request).await.unwrap().id, "auth0|ada");
        assert_eq!(verifier.verify_bound(&token, &request).await.unwrap_err().slug(), "invalid-dpop-proof");
    }
}
