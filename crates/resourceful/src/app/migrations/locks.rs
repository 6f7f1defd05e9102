//! Migrations of PostgreSQL that wait for a lock.
//!
//! A statement that changes a table waits until all transactions that use it are over, and every later statement of the table
//! waits behind it. So it waits no longer than `LOCK_TIMEOUT`, gives way to the others, and is tried again.

use std::time::Duration;

use sea_orm::{DatabaseConnection, DbErr};
use sea_orm_migration::MigratorTrait;

use crate::app::progress::say;
use crate::context::outcome::is_retryable;

/// How often a migration is tried before it fails.
const TRIALS: u32 = 30;

/// The longest pause between two trials.
const LONGEST: Duration = Duration::from_secs(5);

/// Applies all pending migrations, or the next `steps` of them.
pub(super) async fn up<M: MigratorTrait>(db: &DatabaseConnection, steps: Option<u32>) -> Result<(), DbErr> {
    let mut remaining = M::get_pending_migrations(db).await?.len();
    remaining = steps.map_or(remaining, |steps| remaining.min(steps as usize));
    let (mut trial, mut pause) = (1, Duration::from_millis(250));
    while remaining > 0 {
        let pending = M::get_pending_migrations(db).await?;
        let Some(next) = pending.first().map(|migration| migration.name().to_owned()) else { return Ok(()) };
        let all = M::migrations();
        // A part of a migration without a transaction may have happened.
        let is_whole = all.iter().any(|own| own.name() == next && own.use_transaction() != Some(false));
        match M::up(db, Some(1)).await {
            Err(error) if is_whole && trial < TRIALS && is_retryable(&error) => {
                say(format!(
                    "{next}: another transaction kept what it needs ({error}); it is tried again, {trial} of {TRIALS}"
                ));
                tokio::time::sleep(pause).await;
                (trial, pause) = (trial + 1, (pause * 2).min(LONGEST));
            }
            done => {
                done?;
                remaining -= 1;
                (trial, pause) = (1, Duration::from_millis(250));
            }
        }
    }
    // The table of migrations is created even if there are none.
    M::up(db, Some(0)).await
}
