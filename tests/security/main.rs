//! `security_suite!`: it passes for resources that are served as they are declared, and finds every planted flaw.

mod interference;
mod resources;
mod suite_finds_access_flaws;
mod suite_finds_data_leaks;
mod suite_finds_flaws_of_files;

use resourceful::security_suite;
use resourceful::testing::TestDatabase;

use crate::resources::{Book, Document, Label, Labelling, Letter, Member, Picture, Profile, Remark, Shelf};

security_suite!(Document);
security_suite!(Remark);
security_suite!(Member);
security_suite!(Book);
security_suite!(Shelf);
security_suite!(Label);
security_suite!(Letter);
security_suite!(Labelling);
security_suite!(Profile);
security_suite!(Picture);

mod postgres {
    use super::*;

    security_suite!(Document, database = TestDatabase::Postgres);
    security_suite!(Remark, database = TestDatabase::Postgres);
    security_suite!(Picture, database = TestDatabase::Postgres);
}

/// The resources that the framework brings itself.
mod rbac {
    use resourceful::App;
    use resourceful::rbac::{Permission, RbacSettings, Role, RolePermission, UserRole};
    use resourceful::security_suite;
    use resourceful::serde_json::{Value, json};

    fn with_roles(app: App) -> App {
        app.rbac(RbacSettings::new(["papers:*"]))
    }

    security_suite!(Role, app = with_roles);
    fn grantable(number: usize) -> Value {
        json!({"name": format!("papers:p{number}")})
    }

    security_suite!(Permission, app = with_roles, fixture = grantable);
    security_suite!(RolePermission, app = with_roles, suite = |suite| suite.fixture_of::<Permission>(grantable));
    security_suite!(UserRole, app = with_roles);
}
