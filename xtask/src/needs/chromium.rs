//! The browser that opens the page at `/docs` in a test.

use std::path::PathBuf;

use super::{Need, Provided};
use crate::Result;
use crate::workspace::find_program;

pub(crate) struct Chromium;

impl Need for Chromium {
    fn name(&self) -> &'static str {
        "Chromium"
    }

    fn variable(&self) -> &'static str {
        "TEST_CHROMIUM"
    }

    fn example(&self) -> &'static str {
        "/usr/bin/chromium"
    }

    fn package(&self) -> &'static str {
        "chromium"
    }

    fn find(&self) -> Option<PathBuf> {
        find_program(&["chromium", "chromium-browser", "google-chrome"])
    }

    fn provide(&self, program: PathBuf) -> Result<Provided> {
        let value = program.to_str().ok_or("the browser's path is not UTF-8")?.to_owned();
        Ok(Provided { value, server: None })
    }
}
