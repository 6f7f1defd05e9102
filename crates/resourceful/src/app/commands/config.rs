//! `config`: every setting with the value that applies and where it comes from.

use std::collections::HashMap;

use crate::app::cli::{Arguments, print};
use crate::app::settings::{Settings, effective, groups};
use crate::env::Environment;
use crate::error::StartupError;

/// Prints the settings as the environment has them, also when some are missing or invalid; then it fails with the error
/// that the start would give. `--explain` also prints what each sets.
pub(super) fn run(mut arguments: Arguments) -> Result<(), StartupError> {
    let explains = arguments.flag("explain");
    arguments.finish()?;
    // This also adds `.env` to the environment, in development.
    let read = Settings::from_env();
    let environment =
        Environment::parse(std::env::var("ENVIRONMENT").ok().as_deref()).unwrap_or(Environment::Production);
    let file = dotenv(environment);
    let lookup = |name: &str| std::env::var(name).ok();
    let in_file = |name: &str| file.contains_key(name) && file.get(name) == lookup(name).as_ref();
    for group in groups() {
        print(&format!("# {}", group.title));
        for setting in group.settings {
            if explains {
                print(&format!("# {}", setting.meaning));
            }
            let found = effective(&setting, environment, &lookup, &in_file);
            print(&format!("{:<32} {:<48} {}", setting.name, found.value.unwrap_or_default(), found.source));
        }
        print("");
    }
    let settings = read?;
    for warning in &settings.warnings {
        print(&format!("warning: {warning}"));
    }
    Ok(())
}

/// The variables of `.env`, which only development reads.
fn dotenv(environment: Environment) -> HashMap<String, String> {
    let variables = (environment == Environment::Development).then(dotenvy::dotenv_iter).and_then(Result::ok);
    variables.into_iter().flatten().filter_map(Result::ok).collect()
}
