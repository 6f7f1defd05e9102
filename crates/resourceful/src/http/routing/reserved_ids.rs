//! Words of paths that no text id may equal: a row with such an id would be unreachable.

use super::table::Api;
use crate::context::Context;
use crate::http::path::is_parameter;
use crate::spec::{Operation, ResourceSpec};

impl Api {
    /// Registers which ids the rows of each resource cannot have, because an endpoint's path has that word in the
    /// place of the id. The engine knows the words of the generated endpoints. Registers the resources too, so that the
    /// engine knows which of them refer to each other.
    pub(crate) fn reserve_path_words(&self, ctx: &Context) {
        ctx.add_resources(self.specs());
        let paths: Vec<String> = self.routes().into_iter().map(|route| route.path).collect();
        for spec in self.specs() {
            ctx.add_path_words(spec.table, paths.iter().filter_map(|path| word_of(spec, path)));
        }
    }
}

/// The word that a path has where the path of a row of this resource, or of a row of the caller's own, has the id.
fn word_of(spec: &ResourceSpec, of: &str) -> Option<String> {
    let rows = of.strip_prefix('/')?.strip_prefix(spec.path)?.strip_prefix('/')?;
    let own = rows.strip_prefix(Operation::SelfList.path().trim_start_matches('/'));
    let below = own.and_then(|rest| rest.strip_prefix('/')).unwrap_or(rows);
    let word = below.split('/').next()?;
    // Compared as the router does: case-sensitive, and with nothing encoded.
    (!word.is_empty() && !is_parameter(word)).then(|| word.to_owned())
}
