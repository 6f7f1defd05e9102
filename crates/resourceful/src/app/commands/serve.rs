//! `serve` and `seed`.

use super::print;
use crate::app::permissions::{self, Manifest};
use crate::app::{App, Environment, server, telemetry};
use crate::auth::{DevIssuer, TokenRequest};
use crate::context::Context;
use crate::error::{Error, Result};

pub(super) async fn run(mut app: App) -> Result<()> {
    telemetry::start(&app.settings);
    let listener = server::listen(&app.settings.host, app.settings.port)?;
    let (ctx, issuer) = app.context().await?;
    app.prepare_tables(&ctx).await?;
    if app.settings.environment == Environment::Development {
        fill(&mut app, &ctx).await?;
    }
    let port = listener.local_addr().map_err(|error| Error::startup(error.to_string()))?.port();
    print(&greeting(&app, port, issuer.as_ref())?);
    permissions::watch(Manifest::of(&app.api), app.settings.clone());
    let server = server::start(app, ctx, issuer, listener)?;
    server.await.map_err(|error| Error::startup(format!("the server stopped: {error}")))
}

pub(super) async fn seed(mut app: App) -> Result<()> {
    telemetry::start(&app.settings);
    if app.seed.is_none() && app.settings.rbac.is_none() {
        return Err(Error::startup("the application has no seed; give it one with `App::seed`"));
    }
    let (ctx, _) = app.context().await?;
    app.prepare_tables(&ctx).await?;
    fill(&mut app, &ctx).await
}

/// Adds the rows that the application begins with.
async fn fill(app: &mut App, ctx: &Context) -> Result<()> {
    crate::rbac::seed(ctx, &Manifest::of(&app.api).descriptions()).await?;
    match app.seed.take() {
        Some(seed) => seed(ctx.clone()).await,
        None => Ok(()),
    }
}

/// Where everything is, and in development a token and a command to try.
fn greeting(app: &App, port: u16, issuer: Option<&DevIssuer>) -> Result<String> {
    let host = match app.settings.host.as_str() {
        "0.0.0.0" | "127.0.0.1" | "::" => "localhost",
        host => host,
    };
    let base = format!("http://{host}:{port}");
    let docs = if cfg!(feature = "docs") { format!("\n  Try it    {base}/docs") } else { String::new() };
    let mut text = format!(
        "{} is ready\n  API       {base}{}{docs}\n  OpenAPI   {base}/openapi.json",
        app.title, app.settings.api_prefix
    );
    let (Some(issuer), Some(first)) = (issuer, app.api.specs().into_iter().next_back()) else { return Ok(text) };
    let mut request = TokenRequest::new("auth0|ada", &app.settings.audience);
    request.permissions = Manifest::of(&app.api).permissions();
    request.email = Some("ada@example.com".to_owned());
    request.name = Some("Ada Lovelace".to_owned());
    request.expires_in = std::time::Duration::from_secs(12 * 3600);
    let token = issuer.sign(&request).map_err(|error| Error::startup(error.to_string()))?;
    text.push_str(&format!(
        "\n\nA token of auth0|ada with all permissions, good for 12 hours:\n\n{token}\n\nTry it:\n\ncurl -H 'Authorization: Bearer {token}' '{base}{}/{}'\n",
        app.settings.api_prefix, first.path
    ));
    Ok(text)
}
