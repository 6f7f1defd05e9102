//! Who may do what with the resources, tested: one line for each.

use resourceful::security_suite;

use crate::feature::Feature;
use crate::project::Project;
use crate::task::Task;
use crate::user::User;

security_suite!(Feature);
security_suite!(Project);
security_suite!(Task);
security_suite!(User);
