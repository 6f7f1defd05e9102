//! An application as a program: reads the settings and runs the command of the command line.

use super::application::App;
use super::commands;
use super::settings::Settings;
use crate::error::{Result, StartupError};

impl App {
    /// Creates an application with settings from the environment. Settings that the command does not need may be missing:
    /// `routes` needs no database, even in a production build.
    ///
    /// # Errors
    /// One error that names every setting that is missing or invalid.
    pub fn from_env() -> Result<Self, StartupError> {
        Ok(Self::new(Settings::from_env_for(commands::needs(&arguments()))?))
    }

    /// Runs the command on the command line, or `serve` if there is none.
    ///
    /// # Errors
    /// Why the application cannot run, and what to do about it.
    pub async fn run(self) -> Result<()> {
        commands::run(self.complete()?, &arguments()).await
    }
}

fn arguments() -> Vec<String> {
    std::env::args().skip(1).collect()
}

/// A running server of a test.
#[cfg(feature = "testing")]
pub(crate) struct Serving {
    pub(crate) server: actix_web::dev::Server,
    pub(crate) address: std::net::SocketAddr,
    pub(crate) ctx: crate::context::Context,
    /// Delivers the messages of the outbox, if the application has one.
    pub(crate) worker: super::deliveries::Deliveries,
}

/// Starts a server for tests: creates the tables, and accepts the tokens of this issuer.
#[cfg(feature = "testing")]
pub(crate) async fn serving(
    app: App,
    issuer: impl FnOnce(crate::auth::VerifierBuilder) -> crate::auth::VerifierBuilder + 'static,
) -> Result<Serving> {
    use super::assemble::Assembly;
    use super::deliveries::Deliveries;
    use super::listen::Listener;
    use super::{server, tables};
    let mut app = app.complete()?;
    app.check_mail()?;
    let listener = Listener::open(&app.settings.server)?;
    let address = listener.address()?;
    let ctx = Assembly::of_app(&app)?.with_issuer(issuer).connect().await?.ctx;
    tables::prepare(&app, &ctx, &app.api.specs()).await?;
    let worker = Deliveries::start(&app, &ctx).await?;
    let (server, _) = server::start(&mut app, ctx.clone(), None, listener)?;
    Ok(Serving { server, address, ctx, worker })
}
