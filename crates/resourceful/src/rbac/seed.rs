//! Adds rows for the permissions that roles can grant.

use std::collections::HashSet;

use sea_orm::ColumnTrait;

use super::{Permission, permission, role, role_permission};
use crate::context::Context;
use crate::error::Result;
use crate::service::{Crud, Query};

/// The name of the role that the seed creates.
const ADMIN: &str = "admin";

/// Adds a row for every permission that the application requires and that [`RbacSettings`] allow, with its description.
/// If there is no role at all, it adds the role `admin` with all of them. Existing rows do not change.
///
/// # Errors
/// 503 if the database is unavailable.
pub(crate) async fn seed(ctx: &Context, permissions: &[(String, String)]) -> Result<()> {
    let Some(grants) = ctx.grants() else { return Ok(()) };
    let grantable: Vec<&(String, String)> = permissions.iter().filter(|(name, _)| grants.allows(name)).collect();
    ctx.transaction(async |tx| {
        let rows = permission::Service::as_system(&tx);
        let names = || permission::Column::Name.is_in(grantable.iter().map(|(name, _)| name.as_str()));
        let existing: HashSet<String> =
            all(&rows, Query::new().filter(names())).await?.into_iter().map(|row| row.name).collect();
        for (name, description) in grantable.iter().filter(|(name, _)| !existing.contains(name)) {
            rows.create(permission::Create::new(name).description(Some(description.clone()))).await?;
        }
        let roles = role::Service::as_system(&tx);
        if roles.count(Query::new()).await? > 0 {
            return Ok(());
        }
        let create = role::Create::new(ADMIN)
            .description(Some("All permissions that roles of this application may grant".to_owned()));
        let admin = roles.create(create).await?;
        let granted = all(&rows, Query::new().filter(names())).await?;
        let assignments = granted.iter().map(|permission| role_permission::Create::new(admin.id, permission.id));
        let assignments: Vec<_> = assignments.collect();
        if !assignments.is_empty() {
            role_permission::Service::as_system(&tx).create_bulk(assignments).await?;
        }
        Ok(())
    })
    .await
}

async fn all(rows: &Crud<Permission>, query: Query) -> Result<Vec<Permission>> {
    // Large enough for all permissions of one application.
    Ok(rows.list(query.size(u32::MAX).without_total()).await?.items)
}
