//! Who may do what with the resources, tested: one line for each.

use resourceful::security_suite;

use crate::feature::Feature;
use crate::project::Project;
use crate::task::Task;
use crate::user::User;

security_suite!(Feature, app = crate::resources);
security_suite!(Project, app = crate::resources);
security_suite!(Task, app = crate::resources);
security_suite!(User, app = crate::resources);
