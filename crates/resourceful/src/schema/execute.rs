//! Takes the steps of a migration that `migrate diff` has written.

use sea_orm::{ConnectionTrait, DatabaseExecutor, DbBackend, DbErr};

use crate::context::outcome::is_retryable;

/// A step of a migration, as `migrate diff` writes it.
#[derive(Debug, Clone, Copy)]
pub struct Step(Kind);

#[derive(Debug, Clone, Copy)]
enum Kind {
    Sql(&'static str),
    #[cfg_attr(not(feature = "sqlite"), expect(dead_code, reason = "only SQLite rebuilds tables"))]
    Rebuild {
        create: &'static str,
        fill: &'static [(&'static str, &'static str)],
    },
    Unwritten(DbBackend),
}

impl Step {
    /// Executes a statement.
    pub const fn sql(statement: &'static str) -> Self {
        Self(Kind::Sql(statement))
    }

    /// Rebuilds a table of SQLite, as `rebuild_table` does.
    pub const fn rebuild(create: &'static str, fill: &'static [(&'static str, &'static str)]) -> Self {
        Self(Kind::Rebuild { create, fill })
    }

    /// Refuses: the migration was written for another database.
    pub const fn unwritten(backend: DbBackend) -> Self {
        Self(Kind::Unwritten(backend))
    }

    async fn take(&self, on: &DatabaseExecutor<'_>) -> Result<(), DbErr> {
        match self.0 {
            Kind::Sql(statement) => on.execute_unprepared(statement).await.map(drop),
            #[cfg(feature = "sqlite")]
            Kind::Rebuild { create, fill } => super::rebuild::Rebuild::read(create, fill)?.run(on).await,
            #[cfg(not(feature = "sqlite"))]
            Kind::Rebuild { .. } => Err(DbErr::Migration("only SQLite rebuilds tables".to_owned())),
            Kind::Unwritten(backend) => Err(DbErr::Migration(format!(
                "it was written for another database than {backend:?}. Write its steps for this one, or let `migrate diff NAME \
                 --also URL` write a migration for both"
            ))),
        }
    }

    /// The first words, for messages.
    fn title(&self) -> String {
        let text = match self.0 {
            Kind::Sql(text) => text,
            Kind::Rebuild { create, .. } => create,
            Kind::Unwritten(_) => "",
        };
        text.lines().next().unwrap_or_default().chars().take(100).collect()
    }
}

/// Takes these steps one after another.
///
/// # Errors
/// The error of the first step that fails, with the step.
pub(crate) async fn run(on: &DatabaseExecutor<'_>, steps: &[Step]) -> Result<(), DbErr> {
    for (place, step) in steps.iter().enumerate() {
        step.take(on).await.map_err(|error| {
            // It may be tried again, which is told by its code.
            if is_retryable(&error) {
                return error;
            }
            let error = match error {
                DbErr::Migration(sentence) => sentence,
                error => error.to_string(),
            };
            DbErr::Migration(format!("step {} of {} (`{}`): {error}", place + 1, steps.len(), step.title()))
        })?;
    }
    Ok(())
}
