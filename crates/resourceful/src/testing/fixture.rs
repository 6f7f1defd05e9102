//! A row to test with, in a few words.

use std::marker::PhantomData;

use serde_json::{Map, Value};

use super::TestApp;
use super::fixtures::{Fixtures, Variation};
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::resource::Resource;
use crate::service::Engine;

/// Whose rows are that are nobody's in particular.
const NOBODY: &str = "auth0|fixture";

/// A row in the making: valid, with the rows that it refers to. Made by [`TestApp::fixture`].
#[must_use = "a fixture is made by `create`"]
pub struct Fixture<'a, R> {
    app: &'a TestApp,
    owner: String,
    values: Map<String, Value>,
    resource: PhantomData<fn() -> R>,
}

impl TestApp {
    /// A row to test with. Fields that must be given and of which nothing is said get values that obey their rules, different
    /// ones where they must be unique; the others are what a body that leaves them out makes them. Rows that it must refer
    /// to are made as well. The system makes it: permissions and policies are not asked, hooks run.
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
    /// // A task of Ada's, and so a project of hers
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
    /// It belongs to the user with this id.
    pub fn owned_by(mut self, owner: &str) -> Self {
        owner.clone_into(&mut self.owner);
        self
    }

    /// With these values, an object by the names of JSON, as a body that creates the row would have them.
    ///
    /// # Panics
    /// When it is no object.
    pub fn with(mut self, values: Value) -> Self {
        let Value::Object(values) = values else { panic!("the values of a fixture are a JSON object, not {values}") };
        self.values.extend(values);
        self
    }

    /// Makes the row.
    ///
    /// # Panics
    /// When no values can be found that its rules accept, or the given ones are wrong; the message says which.
    #[track_caller]
    pub fn create(self) -> R {
        let [row] = self.make(1).try_into().unwrap_or_else(|_| unreachable!("one was asked for"));
        row
    }

    /// Makes several.
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
