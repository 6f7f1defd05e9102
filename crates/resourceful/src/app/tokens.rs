//! The development issuer: issues tokens if no Auth0 tenant is configured.

use std::path::Path;

use super::settings::Settings;
use crate::auth::{DevIssuer, TokenRequest};
use crate::env::Environment;
use crate::error::StartupError;

/// The `iss` of development tokens: a name that no tenant can have, and that does not depend on the server's port.
const DEVELOPMENT_ISSUER: &str = "https://resourceful.localhost/";

/// The development issuer.
///
/// # Errors
/// In production, and if Auth0 is configured: then tokens come from Auth0.
pub(super) fn development_issuer(settings: &Settings) -> Result<DevIssuer, StartupError> {
    if settings.environment == Environment::Production {
        return Err(StartupError::new("the development issuer does not work in production; get a token from Auth0"));
    }
    if !settings.auth.issuers.is_empty() {
        return Err(StartupError::new(
            "AUTH0_DOMAIN or AUTH0_ISSUER is set, so tokens come from there; unset it to use the development issuer",
        ));
    }
    keep_out_of_git(&settings.data_folder);
    let issuer =
        DevIssuer::open(Path::new(&settings.data_folder), DEVELOPMENT_ISSUER).map_err(StartupError::because)?;
    Ok(issuer.with_claim_names(settings.auth.claims.clone()))
}

/// Writes a `.gitignore`: the folder has a private key and a database, which `git add .` must not include. A failure to
/// write it is ignored.
fn keep_out_of_git(folder: &str) {
    let file = Path::new(folder).join(".gitignore");
    if !file.exists() && std::fs::create_dir_all(folder).is_ok() {
        let _ = std::fs::write(file, "*\n");
    }
}

impl Settings {
    /// Signs a token with the development issuer, for applications that do not have the command `token`.
    ///
    /// # Errors
    /// In production, and if Auth0 is configured: then tokens come from Auth0.
    pub fn development_token(&self, mut request: TokenRequest) -> Result<String, StartupError> {
        request.audience.clone_from(&self.audience);
        development_issuer(self)?.sign(&request).map_err(StartupError::because)
    }
}
