//! Tests who may do what with the resources: one line for each resource.

use resourceful::security_suite;

use crate::feature::Feature;
use crate::project::Project;
use crate::task::Task;
use crate::user::User;

security_suite!(Feature, app = crate::resources);
security_suite!(Project, app = crate::resources);
security_suite!(Task, app = crate::resources);
security_suite!(User, app = crate::resources);
