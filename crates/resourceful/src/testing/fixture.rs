//! Creates rows for tests.

use std::marker::PhantomData;

use serde_json::{Map, Value};

use super::TestApp;
use super::fixtures::{Fixtures, Variation};
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::resource::Resource;
use crate::service::Engine;

/// The owner of rows for which [`Fixture::owned_by`] is not called.
const NOBODY: &str = "auth0|fixture";

/// Builds a valid row for a test, with the rows that it refers to. Created by [`TestApp::fixture`].
#[must_use = "call `create` to create the row"]
pub struct Fixture<'a, R> {
    app: &'a TestApp,
    owner: String,
    values: Map<String, Value>,
    resource: PhantomData<fn() -> R>,
}

impl TestApp {
    /// Begins a row for a test. Required fields without a given value get a value that follows their rules, and a different
    /// one each time if it must be unique. Other fields get the value that they have if a body leaves them out. Rows that
    /// the row must refer to are created too. The system creates the rows: permissions and policies are not checked, and
    /// hooks run.
    ///
    /// ```
    /// use resourceful::prelude::*;
    /// use resourceful::serde_json::json;
    /// use resourceful::testing::TestApp;
    ///
    /// #[derive(Clone, Debug, Resource)]
    /// #[resource(owner = owner_id, has_many(tasks: Task))]
    /// pub struct Project {
    ///     pub id: Uuid,
    ///     #[resource(length(1..=80), unique)]
    ///     pub name: String,
    ///     pub owner_id: String,
    /// }
    ///
    /// #[derive(Clone, Debug, Resource)]
    /// #[resource(owner = project.owner_id)]
    /// pub struct Task {
    ///     pub id: Uuid,
    ///     #[resource(belongs_to(project: Project))]
    ///     pub project_id: Uuid,
    ///     #[resource(range(1..=5))]
    ///     pub priority: i32,
    ///     #[resource(default = false)]
    ///     pub is_done: bool,
    /// }
    ///
    /// # fn main() {
    /// let app = TestApp::start(|app| app.resource::<Project>().resource::<Task>());
    /// // A task of Ada, in a new project of Ada
    /// let task = app.fixture::<Task>().owned_by("auth0|ada").with(json!({"priority": 5})).create();
    /// let projects = app.fixture::<Project>().owned_by("auth0|bob").create_many(3);
    /// assert_eq!((task.priority, task.is_done, projects.len()), (5, false, 3));
    ///
    /// let ada = app.as_user(CurrentUser::new("auth0|ada").with_permissions(["projects:read:self"]));
    /// let own = ada.get("/api/v1/projects/self").json();
    /// assert_eq!((&own["total"], &own["items"][0]["id"]), (&json!(1), &json!(task.project_id)));
    /// # }
    /// ```
    pub fn fixture<R: Resource>(&self) -> Fixture<'_, R> {
        Fixture { app: self, owner: NOBODY.to_owned(), values: Map::new(), resource: PhantomData }
    }
}

impl<R: Resource> Fixture<'_, R> {
    /// Sets the owner: the user with this id.
    pub fn owned_by(mut self, owner: &str) -> Self {
        owner.clone_into(&mut self.owner);
        self
    }

    /// Sets these values: a JSON object, like the body of a request that creates the row.
    ///
    /// # Panics
    /// If `values` is not an object.
    pub fn with(mut self, values: Value) -> Self {
        let Value::Object(values) = values else {
            panic!("the values of a fixture must be a JSON object, not {values}")
        };
        self.values.extend(values);
        self
    }

    /// Creates the row.
    ///
    /// # Panics
    /// If no values can be found that the rules accept, or if the given values are invalid; the message says which.
    #[track_caller]
    pub fn create(self) -> R {
        let [row] = self.make(1).try_into().unwrap_or_else(|_| unreachable!("one row was requested"));
        row
    }

    /// Creates several rows.
    ///
    /// # Panics
    /// As [`create`](Self::create).
    #[track_caller]
    pub fn create_many(self, count: usize) -> Vec<R> {
        self.make(count)
    }

    #[track_caller]
    fn make(self, count: usize) -> Vec<R> {
        let Self { app, owner, values, .. } = self;
        let ctx = app.ctx();
        let made: Result<Vec<R>> = app.block_on(async {
            let mut fixtures = Fixtures::new(ctx, Vec::new());
            let mut rows = Vec::with_capacity(count);
            for _ in 0..count {
                let made = fixtures.make(R::TABLE, &owner, Variation::Least, &values).await?;
                rows.push(Engine::new(ctx, R::TABLE, Actor::System).get(made.id).await?.model()?);
            }
            Ok(rows)
        });
        made.unwrap_or_else(|error: Error| {
            let source = std::error::Error::source(&error).map(ToString::to_string);
            panic!("{}", source.unwrap_or_else(|| error.to_string()))
        })
    }
}

impl<R> std::fmt::Debug for Fixture<'_, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fixture").field("owner", &self.owner).field("values", &self.values).finish_non_exhaustive()
    }
}
