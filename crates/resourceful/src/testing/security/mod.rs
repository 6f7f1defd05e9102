//! The authorization suite of a resource: [`security_suite!`](crate::security_suite).
//!
//! Each check sends requests to a real server as Ada, as Bob and without a token, and compares the responses with what
//! the resource *declares*: its permissions, its owner, its policy, its fields.

mod computed;
mod entry;
mod fields;
#[cfg(feature = "storage")]
mod files;
mod joins;
mod reads;
mod references;
mod rows;
mod world;

use std::sync::Arc;

use self::world::World;
use super::fixtures::Given;
use super::{TestApp, TestDatabase};
use crate::app::App;
use crate::resource::{Resource, ResourceTable};
use crate::spec::Operation;

/// The resource to test, and the options of the test.
#[derive(Clone)]
pub struct Suite {
    table: &'static ResourceTable,
    database: TestDatabase,
    build: Arc<dyn Fn(App) -> App + Send + Sync>,
    fixtures: Vec<(&'static str, Given)>,
    left_out: Vec<&'static str>,
}

/// A finding of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The name of the check, which is also the name of its test.
    pub check: &'static str,
    /// What was sent, the response, the expected response, and what to check.
    pub message: String,
}

impl Suite {
    /// The suite of a resource, on SQLite. The application has the resource and all resources that its relations lead to.
    pub fn of<R: Resource>() -> Self {
        Self::of_table(R::TABLE)
    }

    /// The same for a resource whose type is not known.
    #[doc(hidden)]
    pub fn of_table(table: &'static ResourceTable) -> Self {
        let build = move |app: App| world::reachable(table).into_iter().fold(app, App::table);
        Self {
            table,
            database: TestDatabase::Sqlite,
            build: Arc::new(build),
            fixtures: Vec::new(),
            left_out: Vec::new(),
        }
    }

    /// Sets the database.
    #[must_use]
    pub fn on(mut self, database: TestDatabase) -> Self {
        self.database = database;
        self
    }

    /// Sets the application. It must have the resource and all resources that its relations lead to.
    #[must_use]
    pub fn app(mut self, build: impl Fn(App) -> App + Send + Sync + 'static) -> Self {
        self.build = Arc::new(build);
        self
    }

    /// Sets a function that returns values, a JSON object, for the row with each number: for rules for which values cannot
    /// be generated.
    #[must_use]
    pub fn fixture(self, values: impl Fn(usize) -> serde_json::Value + Send + Sync + 'static) -> Self {
        let table = self.table;
        self.fixture_in(table, values)
    }

    /// The same for the rows of another resource, to which the tested rows refer.
    #[must_use]
    pub fn fixture_of<R: Resource>(self, values: impl Fn(usize) -> serde_json::Value + Send + Sync + 'static) -> Self {
        self.fixture_in(R::TABLE, values)
    }

    fn fixture_in(
        mut self,
        table: &'static ResourceTable,
        values: impl Fn(usize) -> serde_json::Value + Send + Sync + 'static,
    ) -> Self {
        self.fixtures.push((table.spec.table, Arc::new(values)));
        self
    }

    /// Removes the check with this name, for a resource that intends what the check finds. The test prints that and
    /// passes.
    ///
    /// # Panics
    /// If there is no such check.
    #[must_use]
    pub fn without(mut self, check: &'static str) -> Self {
        named(check);
        self.left_out.push(check);
        self
    }

    /// Runs all checks and returns their findings; empty if there is no problem.
    ///
    /// # Panics
    /// If the application cannot start or no row can be created; the message says why.
    pub fn run(&self) -> Vec<Finding> {
        CHECKS.iter().flat_map(|check| self.findings(check)).collect()
    }

    /// Runs one check, by its name.
    ///
    /// # Panics
    /// If it has findings, which the message contains. Also if there is no such check, the application cannot start or no
    /// row can be created.
    pub fn check(&self, name: &str) {
        let (findings, untested) = self.outcome(named(name));
        for what in untested {
            println!("not tested: {what}");
        }
        if !findings.is_empty() {
            let list: String = findings.iter().map(|finding| format!("\n- {}", finding.message)).collect();
            panic!("{}: {}{list}", self.table.spec.type_name, name.replace('_', " "));
        }
    }

    /// Runs one check, by its name, and returns its findings.
    ///
    /// # Panics
    /// If there is no such check, the application cannot start or no row can be created.
    pub fn find(&self, name: &str) -> Vec<Finding> {
        self.findings(named(name))
    }

    /// What a check could not try because no row for it could be created. Its test prints it.
    ///
    /// # Panics
    /// As [`find`](Self::find).
    pub fn untested(&self, name: &str) -> Vec<String> {
        self.outcome(named(name)).1
    }

    fn findings(&self, check: &Check) -> Vec<Finding> {
        self.outcome(check).0
    }

    fn outcome(&self, check: &Check) -> (Vec<Finding>, Vec<String>) {
        if self.left_out.contains(&check.name) {
            return (Vec::new(), vec![format!("`{}`, which the suite is configured to leave out", check.name)]);
        }
        let world = World::new(self);
        (check.run)(&world);
        let (findings, untested) = world.outcome();
        (findings.into_iter().map(|message| Finding { check: check.name, message }).collect(), untested)
    }

    fn start(&self) -> TestApp {
        let build = self.build.clone();
        TestApp::start_on(self.database, move |app| build(app))
    }
}

impl std::fmt::Debug for Suite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let resource = self.table.spec.type_name;
        f.debug_struct("Suite").field("resource", &resource).field("database", &self.database).finish_non_exhaustive()
    }
}

/// One check, and the name of its test.
struct Check {
    name: &'static str,
    run: fn(&World),
}

/// The check with this name.
fn named(name: &str) -> &'static Check {
    CHECKS.iter().find(|check| check.name == name).unwrap_or_else(|| panic!("there is no check `{name}`"))
}

/// Declares the checks and the tests that run them, from one list.
macro_rules! checks {
    ($d:tt $($name:ident => $run:expr;)*) => {
        const CHECKS: &[Check] = &[$(Check { name: stringify!($name), run: $run }),*];

        /// The tests of a suite.
        #[doc(hidden)]
        #[macro_export]
        macro_rules! __security_tests {
            ($d suite:expr) => {
                $(
                    #[test]
                    fn $name() {
                        $d suite.check(stringify!($name));
                    }
                )*
            };
        }
    };
}

checks! { $
    every_operation_refuses_without_a_token => entry::without_a_token;
    every_operation_refuses_bad_tokens => entry::bad_tokens;
    every_operation_refuses_without_its_permission => entry::without_the_permission;
    self_permissions_open_own_rows_only => entry::self_permissions;
    its_permission_opens_each_operation => entry::the_permission_opens;
    hand_written_endpoints_refuse_strangers => entry::hand_written_endpoints;
    the_document_tells_what_is_asked => entry::the_document;
    methods_cannot_be_overridden => entry::overridden_methods;
    head_is_guarded_like_get => entry::head;
    get_hides_foreign_rows => |world| rows::by(world, Operation::Get);
    update_spares_foreign_rows => |world| rows::by(world, Operation::Update);
    patch_spares_foreign_rows => |world| rows::by(world, Operation::Patch);
    delete_spares_foreign_rows => |world| rows::by(world, Operation::Delete);
    self_get_hides_foreign_rows => |world| rows::by(world, Operation::SelfGet);
    self_update_spares_foreign_rows => |world| rows::by(world, Operation::SelfUpdate);
    self_patch_spares_foreign_rows => |world| rows::by(world, Operation::SelfPatch);
    self_delete_spares_foreign_rows => |world| rows::by(world, Operation::SelfDelete);
    foreign_rows_look_like_missing_ones => rows::alike;
    create_makes_own_rows_only => |world| rows::created_by(world, Operation::Create);
    bulk_create_makes_own_rows_only => |world| rows::created_by(world, Operation::BulkCreate);
    self_create_makes_own_rows_only => |world| rows::created_by(world, Operation::SelfCreate);
    update_moves_no_row_away => |world| rows::moved_by(world, Operation::Update);
    patch_moves_no_row_away => |world| rows::moved_by(world, Operation::Patch);
    self_update_moves_no_row_away => |world| rows::moved_by(world, Operation::SelfUpdate);
    self_patch_moves_no_row_away => |world| rows::moved_by(world, Operation::SelfPatch);
    machines_own_nothing => rows::machines;
    bulk_create_is_all_or_nothing => rows::all_or_nothing;
    list_shows_permitted_rows_only => |world| reads::listed(world, Operation::List);
    search_shows_permitted_rows_only => |world| reads::listed(world, Operation::Search);
    self_list_shows_own_rows_only => |world| reads::listed(world, Operation::SelfList);
    count_counts_permitted_rows_only => reads::counted;
    filters_find_permitted_rows_only => reads::filtered;
    orders_show_permitted_rows_only => reads::ordered;
    words_find_permitted_rows_only => reads::searched;
    pages_show_permitted_rows_only => reads::walked;
    cursors_are_for_one_caller => reads::cursors;
    includes_show_permitted_rows_only => reads::included;
    related_filters_tell_nothing_of_hidden_rows => reads::related_filters;
    relations_ask_for_their_permission => reads::relations_ask;
    ways_of_reading_agree => |world| {
        reads::agree(world, &[Operation::Get, Operation::List, Operation::Search, Operation::Count]);
        reads::agree(world, &[Operation::SelfGet, Operation::SelfList]);
    };
    ways_of_writing_agree => |world| {
        reads::agree(world, &[Operation::Update, Operation::Patch]);
        reads::agree(world, &[Operation::SelfUpdate, Operation::SelfPatch]);
        reads::agree(world, &[Operation::Create, Operation::BulkCreate]);
    };
    what_can_be_written_can_be_read => joins::written_but_not_read;
    joined_rows_open_rows_to_whom_they_name => joins::forgotten_users;
    references_to_hidden_rows_look_like_missing_ones => references::hidden;
    hidden_fields_are_in_no_answer => fields::hidden_in_answers;
    hidden_fields_cannot_be_filtered_by => fields::hidden_by_filter;
    hidden_fields_cannot_be_ordered_by => fields::hidden_by_order;
    hidden_fields_cannot_be_selected => fields::hidden_by_selection;
    hidden_fields_cannot_be_searched => fields::hidden_by_words;
    guarded_fields_are_shown_to_holders_only => fields::guarded_in_answers;
    guarded_fields_are_queried_by_holders_only => fields::guarded_by_query;
    guarded_fields_are_written_by_holders_only => fields::guarded_writes;
    computed_fields_show_nothing_guarded => computed::guarded;
    files_of_foreign_rows_are_hidden => files_of_foreign_rows;
    files_refuse_without_their_permissions => files_without_permissions;
    their_permissions_open_files => files_with_permissions;
    create_takes_no_other_fields => |world| fields::mass_assigned_by(world, Operation::Create);
    bulk_create_takes_no_other_fields => |world| fields::mass_assigned_by(world, Operation::BulkCreate);
    update_takes_no_other_fields => |world| fields::mass_assigned_by(world, Operation::Update);
    patch_takes_no_other_fields => |world| fields::mass_assigned_by(world, Operation::Patch);
    self_create_takes_no_other_fields => |world| fields::mass_assigned_by(world, Operation::SelfCreate);
    self_update_takes_no_other_fields => |world| fields::mass_assigned_by(world, Operation::SelfUpdate);
    self_patch_takes_no_other_fields => |world| fields::mass_assigned_by(world, Operation::SelfPatch);
}

#[cfg(feature = "storage")]
use files::{foreign as files_of_foreign_rows, opened as files_with_permissions, refused as files_without_permissions};

// Without the feature no resource has files.
#[cfg(not(feature = "storage"))]
fn files_of_foreign_rows(_: &World) {}
#[cfg(not(feature = "storage"))]
fn files_without_permissions(_: &World) {}
#[cfg(not(feature = "storage"))]
fn files_with_permissions(_: &World) {}

/// The names of all checks, each of which is a test of [`security_suite!`](crate::security_suite).
pub fn checks() -> impl Iterator<Item = &'static str> {
    CHECKS.iter().map(|check| check.name)
}

/// Tests who may do what with a resource: requests without a token, with a wrong permission, for rows of other users in
/// every operation, and for fields that callers may not read or write. One line is the whole suite, a module of about
/// sixty tests.
///
/// ```
/// use resourceful::prelude::*;
///
/// /// A piece of work that one user owns.
/// #[derive(Clone, Debug, Resource)]
/// #[resource(owner = owner_id)]
/// pub struct Project {
///     pub id: Uuid,
///     #[resource(length(1..=80), filter, sort, search)]
///     pub name: String,
///     pub owner_id: String,
/// }
///
/// #[cfg(test)]
/// resourceful::security_suite!(Project);
/// # fn main() {}
/// ```
///
/// It generates `mod project_security` with tests such as `list_shows_permitted_rows_only`. The tests compare the server
/// with what the resource declares. They fail if the server behaves differently, and if operations on the same rows do not
/// agree, for example because a policy forgets one of the operations.
///
/// | option after the resource | meaning |
/// |---|---|
/// | `database = TestDatabase::Postgres` | PostgreSQL, at `TEST_POSTGRES_URL` |
/// | <code>app = &#124;app&#124; app.resource::&lt;User&gt;().resource_with::&lt;Project&gt;(..)</code> | the application with its own endpoints; by default it has the resource and all resources that its relations lead to |
/// | <code>fixture = &#124;number&#124; json!({"code": format!("C-{number}")})</code> | values that `check` functions and hooks accept, if such values cannot be generated |
/// | <code>suite = &#124;suite&#124; suite.fixture_of::&lt;User&gt;(..)</code> | other options of a [`Suite`](crate::testing::security::Suite) |
///
/// See [the guide](crate::guide::testing).
#[macro_export]
macro_rules! security_suite {
    (
        $resource:path
        $(, database = $database:expr)?
        $(, app = $app:expr)?
        $(, fixture = $fixture:expr)?
        $(, suite = $suite:expr)?
        $(,)?
    ) => {
        $crate::__private::module_of! {
            $resource, security,
            fn suite() -> $crate::testing::security::Suite {
                let suite = $crate::testing::security::Suite::of::<$resource>()
                    $(.on($database))?
                    $(.app($app))?
                    $(.fixture($fixture))?;
                $(
                    let change: fn($crate::testing::security::Suite) -> $crate::testing::security::Suite = $suite;
                    let suite = change(suite);
                )?
                suite
            }
            $crate::__security_tests! { suite() }
        }
    };
}
