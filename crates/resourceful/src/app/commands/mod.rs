//! The commands that every application has.

mod config;
mod doctor;
#[cfg(feature = "storage")]
mod files;
mod help;
mod indexes;
#[cfg(feature = "mail")]
mod mail;
#[cfg(feature = "migrate")]
mod migrate;
mod needs;
mod permissions;
mod routes;
mod seed;
mod serve;
mod token;

pub(super) use needs::needs;

use super::application::App;
use super::cli::{Arguments, print, unknown, with_causes};
use crate::error::{Error, Result, StartupError};

/// Runs the command of the command line. What a command fails with is text for the person at the terminal, with its causes.
pub(super) async fn run(app: App, arguments: &[String]) -> Result<()> {
    chosen(app, arguments).await.map_err(|error| match error.as_startup() {
        Some(_) => error,
        None => StartupError::new(with_causes(&error)).into(),
    })
}

async fn chosen(app: App, arguments: &[String]) -> Result<()> {
    if let Some(help) = help::help(arguments) {
        print(&help);
        return Ok(());
    }
    let mut arguments = Arguments::new(arguments);
    let command = arguments.word();
    match command.as_deref() {
        None | Some("serve") => {
            arguments.finish()?;
            serve::run(app).await
        }
        Some("seed") => {
            arguments.finish()?;
            seed::run(app).await
        }
        Some("token") => Ok(token::run(&app, arguments)?),
        Some("routes") => {
            arguments.finish()?;
            print(&routes::routes(&app.api, &app.settings.api_prefix));
            Ok(())
        }
        Some("permissions") => Ok(permissions::run(&app, arguments).await?),
        Some("indexes") => Ok(indexes::run(&app, arguments)?),
        Some("config") => Ok(config::run(arguments)?),
        Some("doctor") => doctor::run(&app, arguments).await,
        #[cfg(feature = "storage")]
        Some("files") => files::run(&app, arguments).await,
        Some("openapi") => {
            arguments.finish()?;
            let document = serde_json::to_string_pretty(&app.document()).map_err(Error::internal)?;
            print(&document);
            Ok(())
        }
        #[cfg(feature = "mail")]
        Some("mail") => mail::run(&app, arguments).await,
        #[cfg(feature = "migrate")]
        Some("migrate") => Ok(migrate::run(&app, arguments).await?),
        other => Err(unknown("", other, &help::names()).into()),
    }
}
