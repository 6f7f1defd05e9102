//! `permissions`: which permissions the code requires, and whether the Auth0 tenant can grant them.

mod export;
#[cfg(feature = "jwks-http")]
mod plan;
#[cfg(feature = "jwks-http")]
mod roles;
#[cfg(feature = "jwks-http")]
mod sync;
#[cfg(test)]
mod tests;

#[cfg(feature = "jwks-http")]
pub(super) use sync::{drift, watch};

use crate::app::application::App;
use crate::app::cli::{Arguments, print, unknown};
use crate::app::manifest::Manifest;
#[cfg(not(feature = "jwks-http"))]
use crate::app::settings::Settings;
use crate::auth::DEVELOPMENT_AUDIENCE;
use crate::env::Environment;
use crate::error::StartupError;

/// Runs a subcommand of `permissions`.
pub(super) async fn run(app: &App, mut arguments: Arguments) -> Result<(), StartupError> {
    let manifest = Manifest::of(app);
    match arguments.word().as_deref() {
        Some("list") => {
            arguments.finish()?;
            print(&manifest.list());
            Ok(())
        }
        Some("export") => {
            let format = export::Format::named(arguments.option("format")?.as_deref())?;
            arguments.finish()?;
            // The default audience of development has no meaning in production.
            let production = app.settings.environment == Environment::Production;
            let audience =
                Some(app.settings.audience.as_str()).filter(|known| !production || *known != DEVELOPMENT_AUDIENCE);
            print(&export::export(&manifest, format, audience.filter(|known| !known.is_empty()), &app.title)?);
            Ok(())
        }
        Some(command @ ("diff" | "sync")) => compare(&manifest, app, command == "sync", arguments).await,
        other => Err(unknown("permissions", other, &["list", "export", "diff", "sync"])),
    }
}

#[cfg(feature = "jwks-http")]
async fn compare(manifest: &Manifest, app: &App, writes: bool, mut arguments: Arguments) -> Result<(), StartupError> {
    let options =
        plan::Options { prune: arguments.flag("prune"), keep_descriptions: arguments.flag("keep-descriptions") };
    let request = sync::Request { options, roles: arguments.option("roles")? };
    let apply = writes && arguments.flag("apply");
    arguments.finish()?;
    if writes {
        sync::sync(manifest, &app.settings, &request, apply).await
    } else {
        sync::diff(manifest, &app.settings, &request).await
    }
}

#[cfg(not(feature = "jwks-http"))]
async fn compare(_: &Manifest, _: &App, _: bool, _: Arguments) -> Result<(), StartupError> {
    Err(StartupError::new(
        "`permissions diff` and `permissions sync` call Auth0 over HTTP: build the application with the feature `jwks-http` of resourceful",
    ))
}

/// Does nothing: without the feature `jwks-http` there is no HTTP client to call Auth0 with.
#[cfg(not(feature = "jwks-http"))]
pub(super) fn watch(_: Manifest, _: Settings) {}
