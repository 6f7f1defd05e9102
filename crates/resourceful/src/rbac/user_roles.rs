//! `/users/{id}/roles`: the roles of one user.

use sea_orm::ColumnTrait;
use uuid::Uuid;

use super::{Role, UserRole, role, user_role};
use crate::error::{Error, Result, catalogue};
use crate::http::{Out, Path, Routes};
use crate::resource::Json;
use crate::service::Query;
use crate::{delete, get, post};

/// The path of the endpoints below the API prefix.
pub(super) const PATH: &str = "/users/{id}/roles";

/// The most roles in one response.
const MOST: u32 = 1_000;

/// The role to assign to a user.
#[derive(Debug, Clone, Copy, serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Assignment {
    role_id: Uuid,
}

pub(super) fn routes(routes: Routes) -> Routes {
    routes.service(list).service(assign).service(withdraw).tag("User roles")
}

/// The roles that the application itself gives to a user.
#[get("", requires("user_roles:read"))]
async fn list(id: Path<String>, assignments: user_role::Service, roles: role::Service) -> Result<Out<Vec<Role>>> {
    let given = assignments.list(of_user(&id).size(MOST).without_total()).await?.items;
    let ids = given.into_iter().map(|assignment| assignment.role_id);
    let named = Query::new().filter(role::Column::Id.is_in(ids)).sort("name").size(MOST).without_total();
    Ok(Out(roles.list(named).await?.items))
}

/// Gives a role to a user. A user who has it keeps it.
#[post("", requires("user_roles:write"))]
async fn assign(
    id: Path<String>,
    assignment: Json<Assignment>,
    assignments: user_role::Service,
) -> Result<Out<UserRole>> {
    let role_id = assignment.0.role_id;
    match assignments.create(user_role::Create::new(id.as_str(), role_id)).await {
        Err(error) if error.is(&catalogue::CONFLICT) => find_assignment(&assignments, &id, role_id).await.map(Out),
        created => created.map(Out),
    }
}

/// Takes a role from a user.
#[delete("/{role_id}", requires("user_roles:delete"))]
async fn withdraw(path: Path<(String, Uuid)>, assignments: user_role::Service) -> Result<actix_web::HttpResponse> {
    let (user, role_id) = &*path;
    assignments.delete(find_assignment(&assignments, user, *role_id).await?.id).await?;
    Ok(actix_web::HttpResponse::NoContent().finish())
}

fn of_user(user: &str) -> Query {
    Query::new().filter(user_role::Column::UserId.eq(user))
}

async fn find_assignment(assignments: &user_role::Service, user: &str, role_id: Uuid) -> Result<UserRole> {
    let query = of_user(user).filter(user_role::Column::RoleId.eq(role_id)).size(1).without_total();
    assignments.list(query).await?.items.pop().ok_or_else(Error::not_found)
}
