//! `security_suite!` finds files that are open to others than their declaration says.

use resourceful::prelude::*;
use resourceful::spec::Requirement;
use resourceful::testing::security::Suite;

use crate::resources::Picture;
use crate::suite_finds_access_flaws::{Flaw, Served, find, flaw, served};

fn pictures(change: impl FnOnce(&mut Served)) -> Suite {
    let table = served::<Picture>(change);
    Suite::of::<Picture>().app(move |app| app.table(table))
}

/// Every flaw.
pub(crate) fn all() -> Vec<Flaw> {
    let foreign = &["files_of_foreign_rows_are_hidden"];
    let refused = &["files_refuse_without_their_permissions"];
    let opened = &["their_permissions_open_files"];
    let public = |operation| pictures(move |served| served.operation(operation).requires = Requirement::Public);
    vec![
        flaw("files have no policy", pictures(|served| served.table.policy = None), foreign),
        flaw("raw files are shown to all", pictures(|served| served.field("raw").read = None), refused),
        flaw("raw files are written by all", pictures(|served| served.field("raw").write = None), refused),
        flaw("downloads are public", public(Operation::Get), refused),
        flaw("uploads are public", public(Operation::Patch), refused),
        flaw(
            "the permission to write opens no upload",
            pictures(|served| served.field("raw").write = Some("other")),
            opened,
        ),
    ]
}

#[test]
fn flaws_of_files_are_found() {
    find(all());
}
