//! The permissions that callers have by their roles in the database.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use moka::future::Cache;
use sea_orm::{ColumnTrait, EntityTrait, JoinType, QueryFilter, QuerySelect, RelationTrait};

use super::{RbacSettings, notices, permission, role, role_permission, user_role};
use crate::actor::CurrentUser;
use crate::auth::Verifier;
use crate::context::{Connection, Context, GrantSource, db_error};
use crate::error::{Error, Result, catalogue};

/// How long the permissions of a caller are cached: the longest time until a process notices a change by another one
/// without a notification.
const REMEMBERED: Duration = Duration::from_secs(30);

/// The most callers in the cache.
const CALLERS: u64 = 100_000;

/// The permissions that callers have by their roles in the database.
pub(super) struct Grants {
    settings: RbacSettings,
    /// Increased with each change. It is part of the cache key, so entries from before the last change are not used.
    changes: Arc<AtomicU64>,
    known: Cache<(u64, String), Arc<Granted>>,
    listener: notices::Listener,
}

/// The permissions of a caller's roles.
#[derive(Default)]
struct Granted {
    permissions: Vec<String>,
    roles: Vec<String>,
}

impl Grants {
    pub(super) fn new(settings: RbacSettings) -> Self {
        let known = Cache::builder().max_capacity(CALLERS).time_to_live(REMEMBERED).build();
        Self { settings, changes: Arc::default(), known, listener: notices::Listener::default() }
    }

    async fn granted_to(&self, ctx: &Context, user: &str) -> Result<Arc<Granted>> {
        self.listener.start(ctx, &self.changes);
        let key = (self.changes.load(Ordering::SeqCst), user.to_owned());
        // Concurrent requests of the same caller wait for one query.
        self.known.try_get_with(key, self.read(ctx, user)).await.map_err(|error: Arc<Error>| {
            Error::new(&catalogue::UNAVAILABLE, "The permissions of your roles cannot be read; try again in a moment")
                .with_retry_after(Duration::from_secs(1))
                .with_source(error)
        })
    }

    async fn read(&self, ctx: &Context, user: &str) -> Result<Arc<Granted>> {
        let rows: Vec<(String, Option<String>)> = user_role::Entity::find()
            .select_only()
            .column(role::Column::Name)
            .column(permission::Column::Name)
            .join(JoinType::InnerJoin, user_role::Relation::Role.def())
            .join(JoinType::LeftJoin, role_permission::Relation::Role.def().rev())
            .join(JoinType::LeftJoin, role_permission::Relation::Permission.def())
            .filter(user_role::Column::UserId.eq(user))
            .into_tuple()
            .all(&Connection::Pool(ctx.clone()))
            .await
            .map_err(db_error::read)?;
        let (mut roles, mut permissions) = (BTreeSet::new(), BTreeSet::new());
        for (role, permission) in rows {
            if self.settings.roles.contains(&role) {
                roles.insert(role);
            }
            permissions.extend(permission.filter(|name| self.settings.allows(name)));
        }
        Ok(Arc::new(Granted { permissions: permissions.into_iter().collect(), roles: roles.into_iter().collect() }))
    }

    async fn extended(&self, ctx: &Context, user: Arc<CurrentUser>) -> Result<Arc<CurrentUser>> {
        let granted = self.granted_to(ctx, &user.id).await?;
        // If the scopes of the client application limit the permissions of the token, they limit these permissions too.
        let in_scope = ctx.extension::<Verifier>().is_some_and(|verifier| verifier.permissions_in_scope());
        let new = |name: &&String| !user.permissions.contains(name) && (!in_scope || user.has_scope(name));
        let permissions: Vec<String> = granted.permissions.iter().filter(new).cloned().collect();
        let roles: Vec<String> = granted.roles.iter().filter(|name| !user.has_role(name)).cloned().collect();
        if permissions.is_empty() && roles.is_empty() {
            return Ok(user);
        }
        let mut extended = CurrentUser::clone(&user);
        extended.permissions.extend(permissions);
        extended.roles.extend(roles);
        Ok(Arc::new(extended))
    }
}

impl GrantSource for Grants {
    fn extend<'a>(&'a self, ctx: &'a Context, user: Arc<CurrentUser>) -> BoxFuture<'a, Result<Arc<CurrentUser>>> {
        self.extended(ctx, user).boxed()
    }

    fn forget(&self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
    }

    fn allows(&self, permission: &str) -> bool {
        self.settings.allows(permission)
    }
}
