//! Notifies this process and others that something was granted or revoked.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::AtomicU64;

use crate::context::Context;
use crate::error::Result;
use crate::resource::HookContext;

/// The channel of PostgreSQL's LISTEN and NOTIFY.
#[cfg(feature = "postgres")]
const CHANNEL: &str = "resourceful_rbac";

/// The hooks of a resource whose rows grant something.
macro_rules! announces_changes {
    () => {
        async fn after_create(_: &Self, hook: &crate::HookContext) -> crate::Result<()> {
            super::notices::announce(hook).await
        }

        async fn after_update(_: &Self, _: &Self, hook: &crate::HookContext) -> crate::Result<()> {
            super::notices::announce(hook).await
        }

        async fn after_delete(_: &Self, hook: &crate::HookContext) -> crate::Result<()> {
            super::notices::announce(hook).await
        }

        async fn after_commit(_: crate::Change<Self>, ctx: &crate::Context) -> crate::Result<()> {
            if let Some(grants) = ctx.grants() {
                grants.forget();
            }
            Ok(())
        }
    };
}
pub(super) use announces_changes;

/// Notifies other processes, after the transaction is committed.
pub(super) async fn announce(hook: &HookContext) -> Result<()> {
    #[cfg(feature = "postgres")]
    if hook.ctx().backend() == sea_orm::DbBackend::Postgres {
        use sea_orm::ConnectionTrait;
        hook.tx().execute_unprepared(&format!("NOTIFY {CHANNEL}")).await?;
    }
    let _ = hook;
    Ok(())
}

/// Listens to notifications of other processes.
#[derive(Default)]
pub(super) struct Listener(OnceLock<()>);

impl Listener {
    /// Begins to listen, once. Not needed on SQLite, where only one process uses the database.
    pub(super) fn start(&self, ctx: &Context, changes: &Arc<AtomicU64>) {
        self.0.get_or_init(|| {
            #[cfg(feature = "postgres")]
            listen(ctx, changes);
            let _ = (ctx, changes);
        });
    }
}

#[cfg(feature = "postgres")]
fn listen(ctx: &Context, changes: &Arc<AtomicU64>) {
    if ctx.backend() != sea_orm::DbBackend::Postgres {
        return;
    }
    // Whoever listens needs a session of their own.
    if ctx.is_pooled() {
        tracing::info!(
            "with DATABASE_POOLER=transaction nothing listens to changes of roles; changes by other processes take effect \
             within 30 seconds"
        );
        return;
    }
    let pool = ctx.outside_db().get_postgres_connection_pool().clone();
    // Listening occupies one connection, which a small pool cannot spare.
    if pool.options().get_max_connections() < 3 {
        tracing::info!(
            "the pool is too small to listen to changes of roles; changes by other processes take effect within 30 seconds"
        );
        return;
    }
    let changes = changes.clone();
    tokio::spawn(async move {
        while !pool.is_closed() {
            if let Err(error) = hear(&pool, &changes).await {
                tracing::debug!(%error, "listening to changes of roles was interrupted");
            }
            // Notifications in the meantime were missed.
            forget(&changes);
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        }
    });
}

#[cfg(feature = "postgres")]
async fn hear(pool: &sqlx::PgPool, changes: &AtomicU64) -> sqlx::Result<()> {
    let mut listener = sqlx::postgres::PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    forget(changes);
    loop {
        // `None` means that the connection failed and will be opened again.
        listener.try_recv().await?;
        forget(changes);
    }
}

#[cfg(feature = "postgres")]
fn forget(changes: &AtomicU64) {
    changes.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
}
