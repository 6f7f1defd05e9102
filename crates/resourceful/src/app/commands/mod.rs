//! The subcommands that every application has.

mod arguments;
mod describe;
mod needs;
mod serve;
mod token;

pub(super) use arguments::Arguments;
#[cfg(test)]
pub(super) use describe::routes;
pub(super) use needs::needs;

use super::App;
use crate::error::{Error, Result};

/// How long a command waits for a database that is not there.
pub(super) const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);

const HELP: &str = "\
commands:
  serve                         serve the API (also without a command)
  migrate up [N] | down [N]     apply migrations, take back the last
  migrate status                which are applied
  migrate new NAME [--from-resources] [--folder PATH]
                                write a migration
  seed                          add the application's own data
  token --sub ID [--permissions a,b] [--roles a,b] [--email E] [--name N] [--expires-in SECONDS]
                                print a token of the development issuer
  routes                        every endpoint and what it asks for
  permissions list              every permission and what asks for it
  permissions export [--format json|csv|auth0-deploy-cli|terraform]
                                the same for other tools
  permissions diff [--prune] [--keep-descriptions] [--roles FILE]
                                what the Auth0 tenant does not know; fails at a difference
  permissions sync [--apply] [--prune] [--keep-descriptions] [--roles FILE]
                                tell the tenant; without --apply only say what would change
  indexes [--database sqlite|postgres]
                                the indexes that filters, orders and cursors would use, as SQL
  openapi                       print the OpenAPI document
  help                          print this";

const COMMANDS: &[&str] = &["serve", "migrate", "seed", "token", "routes", "permissions", "indexes", "openapi", "help"];

pub(super) async fn run(app: App, arguments: &[String]) -> Result<()> {
    if matches!(arguments.first().map(String::as_str), Some("--help" | "-h")) {
        print(HELP);
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
            serve::seed(app).await
        }
        Some("token") => token::run(&app, arguments),
        Some("routes") => {
            arguments.finish()?;
            print(&describe::routes(&app.api, &app.settings.api_prefix));
            Ok(())
        }
        Some("permissions") => super::permissions::run(&app, arguments).await,
        Some("indexes") => {
            let named = arguments.option("database")?;
            arguments.finish()?;
            print(&describe::indexes(&app.api, describe::backend(&app.settings, named.as_deref())?));
            Ok(())
        }
        Some("openapi") => {
            arguments.finish()?;
            let document = serde_json::to_string_pretty(&app.document()).map_err(Error::internal)?;
            print(&document);
            Ok(())
        }
        #[cfg(feature = "migrate")]
        Some("migrate") => super::migrate::run(&app, arguments).await,
        Some("help") => {
            print(HELP);
            Ok(())
        }
        other => Err(unknown("", other, COMMANDS)),
    }
}

/// The error about a word that is no command.
pub(in crate::app) fn unknown(of: &str, word: Option<&str>, allowed: &[&str]) -> Error {
    let of = if of.is_empty() { String::new() } else { format!(" of `{of}`") };
    match word {
        None => Error::startup(format!("a command{of} is missing; allowed: {}", allowed.join(", "))),
        Some(word) => Error::startup(format!("{}{of}", crate::rules::unknown("command", word, allowed))),
    }
}

/// Writes to standard output; a reader that went away (`| head`) is no mistake.
pub(in crate::app) fn print(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout(), "{text}");
}
