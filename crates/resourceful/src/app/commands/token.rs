//! `token`: a token of the development issuer.

use std::time::Duration;

use super::arguments::Arguments;
use super::print;
use crate::app::App;
use crate::app::permissions::Manifest;
use crate::auth::TokenRequest;
use crate::error::{Error, Result};

pub(super) fn run(app: &App, mut arguments: Arguments) -> Result<()> {
    let sub = arguments
        .option("sub")?
        .ok_or_else(|| Error::startup("--sub is missing: who the token is for, such as 'auth0|ada'"))?;
    let mut request = TokenRequest::new(sub, &app.settings.audience);
    request.permissions = arguments.list("permissions")?.unwrap_or_else(|| Manifest::of(&app.api).permissions());
    request.roles = arguments.list("roles")?.unwrap_or_default();
    request.email = arguments.option("email")?;
    request.name = arguments.option("name")?;
    if let Some(text) = arguments.option("expires-in")? {
        let seconds = text
            .parse()
            .map_err(|_| Error::startup(format!("--expires-in is `{text}`; it must be a number of seconds")))?;
        request.expires_in = Duration::from_secs(seconds);
    }
    arguments.finish()?;
    print(&app.settings.development_token(request)?);
    Ok(())
}
