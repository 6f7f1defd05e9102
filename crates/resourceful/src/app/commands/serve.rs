//! `serve`: prepares the tables, in development also adds initial rows, and runs the server.

use super::{permissions, seed};
use crate::app::application::App;
use crate::app::assemble::{Assembly, Parts};
use crate::app::cli::print;
use crate::app::deliveries::Deliveries;
use crate::app::listen::Listener;
use crate::app::manifest::Manifest;
use crate::app::notify::{READY, notify};
use crate::app::progress::progress;
use crate::app::telemetry::Telemetry;
use crate::app::{server, tables};
use crate::auth::{DevIssuer, TokenRequest};
use crate::context::Context;
use crate::env::Environment;
use crate::error::{Error, Result, StartupError};
use crate::spec::ResourceSpec;

pub(super) async fn run(app: App) -> Result<()> {
    let telemetry = Telemetry::start(&app)?;
    let done = serve(app).await;
    telemetry.end().await;
    done
}

async fn serve(mut app: App) -> Result<()> {
    app.check_mail()?;
    let listener = Listener::open(&app.settings.server)?;
    if app.settings.server.reuse_port && app.settings.database.is_sqlite() {
        tracing::warn!(
            "REUSE_PORT is true, and the database is SQLite: two processes at once wait for each other's writes, and one does \
             not hear what the other changes. Let the service manager pass the socket instead"
        );
    }
    if !Context::is_there(&app.settings.database).await? {
        if !listener.is_shared() {
            return wait_and_run(app, listener).await;
        }
        // The other processes of the address serve until this one can.
        app.settings.database.wait(None).await?;
    }
    let Parts { ctx, issuer } = Assembly::of_app(&app)?.connect().await?;
    let start = Start::plan(&app, &listener, issuer.as_ref())?;
    let greeting = start.prepare(&mut app, &ctx).await?;
    let deliveries = Deliveries::start(&app, &ctx).await?;
    let (server, shutdown) = server::start(&mut app, ctx, issuer, listener)?;
    announce(&greeting);
    Ok(deliveries.beside(server, &shutdown, app.settings.server.time_to_end()).await.map_err(stopped)?)
}

/// Listens, and responds 503 with `Retry-After` until the database is available.
async fn wait_and_run(mut app: App, listener: Listener) -> Result<()> {
    let Parts { ctx, issuer } = Assembly::of_app(&app)?.connect_later().await?;
    let start = Start::plan(&app, &listener, issuer.as_ref())?;
    let (mut server, shutdown) = server::start(&mut app, ctx.clone(), issuer, listener)?;
    let prepared = async {
        app.settings.database.wait(None).await?;
        let greeting = start.prepare(&mut app, &ctx).await?;
        Ok::<_, Error>((Deliveries::start(&app, &ctx).await?, greeting))
    };
    let (deliveries, greeting) = tokio::select! {
        done = &mut server => return Ok(done.map_err(stopped)?),
        prepared = prepared => match prepared {
            Ok(begun) => begun,
            Err(error) => {
                server.handle().stop(false).await;
                return Err(error);
            }
        }
    };
    ctx.open();
    announce(&greeting);
    Ok(deliveries.beside(server, &shutdown, app.settings.server.time_to_end()).await.map_err(stopped)?)
}

/// Says that the server is ready: with its addresses, and to the service manager.
fn announce(greeting: &str) {
    print(greeting);
    notify(READY);
}

fn stopped(error: std::io::Error) -> StartupError {
    StartupError::new(format!("the server stopped: {error}"))
}

/// What start-up needs from the endpoints, copied before the server takes them.
struct Start {
    specs: Vec<&'static ResourceSpec>,
    descriptions: Vec<(String, String)>,
    manifest: Manifest,
    greeting: String,
}

impl Start {
    fn plan(app: &App, listener: &Listener, issuer: Option<&DevIssuer>) -> Result<Self, StartupError> {
        let port = listener.address()?.port();
        let manifest = Manifest::of(app);
        Ok(Self {
            specs: app.api.specs(),
            descriptions: manifest.descriptions(),
            greeting: greeting(app, port, issuer)?,
            manifest,
        })
    }

    /// Prepares the tables, and adds initial rows in development. Returns what to print once the server is ready.
    async fn prepare(self, app: &mut App, ctx: &Context) -> Result<String> {
        progress("the tables are prepared", tables::prepare(app, ctx, &self.specs)).await?;
        if app.settings.environment == Environment::Development {
            seed::fill(app, ctx, &self.descriptions).await?;
        }
        permissions::watch(self.manifest, app.settings.clone());
        Ok(self.greeting)
    }
}

/// The addresses of the server, and in development a token and a command to try.
fn greeting(app: &App, port: u16, issuer: Option<&DevIssuer>) -> Result<String, StartupError> {
    let host = match app.settings.server.host.as_str() {
        "0.0.0.0" | "127.0.0.1" | "::" => "localhost",
        host => host,
    };
    let base = format!("http://{host}:{port}");
    let docs = if cfg!(feature = "docs") { format!("\n  Try it    {base}/docs") } else { String::new() };
    let is_development = app.settings.environment == Environment::Development;
    let overview = if is_development { format!("\n  Overview  {base}/") } else { String::new() };
    let mail =
        if cfg!(feature = "mail") && is_development { format!("\n  Mail      {base}/mail") } else { String::new() };
    let mut text = format!(
        "{} is ready\n  API       {base}{}{docs}\n  OpenAPI   {base}/openapi.json{mail}{overview}",
        app.title, app.settings.api_prefix
    );
    let (Some(issuer), Some(first)) = (issuer, app.api.specs().into_iter().next_back()) else { return Ok(text) };
    let mut request = TokenRequest::new("auth0|ada", &app.settings.audience);
    request.permissions = Manifest::of(app).permissions();
    request.email = Some("ada@example.com".to_owned());
    request.name = Some("Ada Lovelace".to_owned());
    request.expires_in = std::time::Duration::from_secs(12 * 3600);
    let token = issuer.sign(&request).map_err(StartupError::because)?;
    text.push_str(&format!(
        "\n\nAn access token of auth0|ada with all permissions, valid for 12 hours:\n\n{token}\n\nTry it:\n\ncurl -H 'Authorization: Bearer {token}' '{base}{}/{}'\n",
        app.settings.api_prefix, first.path
    ));
    Ok(text)
}
