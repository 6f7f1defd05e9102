//! The outline of a resource with errors.

use super::spelling::Spelled;
use crate::resource::model::{Checked, Names, Outline, TypeName};

/// The outline. A number replaces the type of an id that may be the error itself.
pub(super) fn outline_of(mut outline: Outline, spelled: &[Spelled]) -> Checked {
    let Some(id) = spelled.get(outline.id) else {
        return Checked::Names(Names { vis: outline.vis, module: outline.module });
    };
    if !id.is_id() {
        outline.id_type = TypeName::StandIn;
    }
    // The flags may be the words that could not be parsed.
    outline.has_policy = true;
    outline.has_hooks = true;
    Checked::Outline(Box::new(outline))
}
