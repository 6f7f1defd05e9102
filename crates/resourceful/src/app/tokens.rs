//! Which tokens the application accepts: Auth0's, or in development its own.

use std::path::Path;

use super::settings::{Environment, Settings};
use crate::auth::{AuthSettings, DevIssuer, TokenRequest, Verifier, VerifierBuilder};
use crate::error::{Error, Result};

/// The `iss` of development tokens. A name that no tenant can have, and the same whatever port the server takes.
const DEVELOPMENT_ISSUER: &str = "https://resourceful.localhost/";

/// The verifier of the settings, and the development issuer where it stands in for Auth0.
pub(crate) fn verifier(settings: &Settings) -> Result<(Verifier, Option<DevIssuer>)> {
    if let Some(auth) = &settings.auth {
        let builder = builder(auth, settings)?;
        return Ok((builder.build().map_err(startup)?, None));
    }
    let issuer = development_issuer(settings)?;
    let builder = builder(&settings.token_rules, settings)?;
    let builder = builder.static_issuer(issuer.issuer(), &settings.audience, issuer.jwks());
    Ok((builder.build().map_err(startup)?, Some(issuer)))
}

/// A verifier of these rules that tells other processes what it has seen, where the settings say how.
pub(crate) fn builder(rules: &AuthSettings, settings: &Settings) -> Result<VerifierBuilder> {
    let builder = Verifier::builder(rules.clone());
    #[cfg(feature = "redis")]
    if let Some(url) = &settings.redis {
        return Ok(builder.share_proofs(crate::redis::Redis::new(&url.0).map_err(startup)?));
    }
    let _ = settings;
    Ok(builder)
}

/// The development issuer.
///
/// # Errors
/// In production, and where Auth0 is set up: there tokens come from Auth0.
pub(crate) fn development_issuer(settings: &Settings) -> Result<DevIssuer> {
    if settings.environment == Environment::Production {
        return Err(Error::startup("the development issuer does not work in production; get a token from Auth0"));
    }
    if settings.auth.is_some() {
        return Err(Error::startup(
            "AUTH0_DOMAIN is set, so tokens come from Auth0; unset it to use the development issuer",
        ));
    }
    keep_out_of_git(&settings.data_folder);
    let issuer = DevIssuer::open(Path::new(&settings.data_folder), DEVELOPMENT_ISSUER).map_err(startup)?;
    Ok(issuer.with_claim_names(settings.claim_names.clone()))
}

/// The folder holds a private key and a database: `git add .` must not take them. Without the file nothing breaks.
fn keep_out_of_git(folder: &str) {
    let file = Path::new(folder).join(".gitignore");
    if !file.exists() && std::fs::create_dir_all(folder).is_ok() {
        let _ = std::fs::write(file, "*\n");
    }
}

impl Settings {
    /// A token of the development issuer, for an application of one's own that has no command `token`.
    ///
    /// # Errors
    /// In production, and where Auth0 is set up: there tokens come from Auth0.
    pub fn development_token(&self, mut request: TokenRequest) -> Result<String> {
        request.audience.clone_from(&self.audience);
        development_issuer(self)?.sign(&request).map_err(startup)
    }
}

fn startup(error: impl std::fmt::Display) -> Error {
    Error::startup(error.to_string())
}
