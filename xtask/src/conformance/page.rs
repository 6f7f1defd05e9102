//! The page at `/docs` in a real browser.

use std::process::Command;

use super::server::Server;
use super::{typescript, workshop};
use crate::Result;
use crate::needs::{Chromium, Environment};
use crate::process::run;

pub(crate) fn docs(server: &Server) -> Result {
    let folder = workshop("typescript")?;
    typescript::install(&folder)?;
    let browser = Environment::provide(&[&Chromium])?;
    let screenshot = workshop("reports")?.join("docs.png");
    let mut node = Command::new("node");
    node.arg("page.js").current_dir(&folder).env("ORIGIN", server.origin());
    node.env("TOKEN", server.token("auth0|ada", None)?).env("SCREENSHOT", screenshot);
    run(browser.tell(&mut node))
}
