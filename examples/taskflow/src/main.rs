//! The example server: users, their projects, the tasks of projects, features to switch on and off, and a dashboard.
//!
//! `cargo run -p taskflow` starts it on SQLite, with tables and example data, and prints a token to try it with.

#![allow(missing_docs, reason = "the fields of an example need no explanation")]

#[cfg(test)]
mod caching;
mod dashboard;
mod feature;
mod project;
#[cfg(test)]
mod security;
mod seed;
mod task;
mod user;
#[cfg(test)]
mod versions;

use resourceful::prelude::*;

use crate::feature::Feature;
use crate::project::Project;
use crate::task::Task;
use crate::user::User;

/// The resources and endpoints of the application.
fn resources(app: App) -> App {
    app.provision::<User>(|caller| user::Create::new(&caller.id).email(caller.email.clone()).name(caller.name.clone()))
        .resource::<Feature>()
        .resource::<User>()
        .resource::<Task>()
        .resource_with::<Project>(|routes| routes.service(project::activate))
        .scope("/dashboard", Requirement::Public, |routes| routes.service(dashboard::summary))
        .explain_access()
        .mail()
}

#[resourceful::main]
async fn main() -> Result<()> {
    resources(App::from_env()?)
        .title("Taskflow", env!("CARGO_PKG_VERSION"))
        .description("The example server of Resourceful.")
        .migrations::<migration::Migrator>()
        .seed(seed::seed)
        .run()
        .await
}
