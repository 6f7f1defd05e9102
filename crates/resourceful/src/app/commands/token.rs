//! `token`: prints a token from the development issuer.

use std::time::Duration;

use crate::app::application::App;
use crate::app::cli::{Arguments, print};
use crate::app::manifest::Manifest;
use crate::auth::TokenRequest;
use crate::error::StartupError;

pub(super) fn run(app: &App, mut arguments: Arguments) -> Result<(), StartupError> {
    let sub = arguments
        .option("sub")?
        .ok_or_else(|| StartupError::new("--sub is missing: the user of the token, such as 'auth0|ada'"))?;
    let mut request = TokenRequest::new(sub, &app.settings.audience);
    request.permissions = arguments.list("permissions")?.unwrap_or_else(|| Manifest::of(app).permissions());
    request.roles = arguments.list("roles")?.unwrap_or_default();
    request.email = arguments.option("email")?;
    request.name = arguments.option("name")?;
    if let Some(text) = arguments.option("expires-in")? {
        let seconds = text
            .parse()
            .map_err(|_| StartupError::new(format!("--expires-in is `{text}`; it must be a number of seconds")))?;
        request.expires_in = Duration::from_secs(seconds);
    }
    arguments.finish()?;
    print(&app.settings.development_token(request)?);
    Ok(())
}
