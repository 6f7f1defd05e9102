//! The endpoints of the Management API that permissions and roles need.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::ManagementSettings;
use super::transport::{Call, Reply, Transport};
use crate::error::StartupError;

/// The number of items on a page: Auth0's maximum.
const PAGE: usize = 100;

/// The most pages of a list that are read.
const MAX_PAGES: usize = 100;

/// The most permissions that one request adds to a role or removes from it.
const BATCH: usize = 50;

/// One permission of an API, which Auth0 calls a scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ApiScope {
    pub(crate) value: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
}

/// An API as the tenant has it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct TenantApi {
    pub(crate) id: String,
    pub(crate) identifier: String,
    #[serde(default)]
    pub(crate) scopes: Vec<ApiScope>,
    /// Whether it is one of Auth0's own APIs, which cannot be changed.
    #[serde(default)]
    pub(crate) is_system: bool,
    /// Whether RBAC is enabled, so that permissions depend on roles. `None` if the response does not say.
    pub(crate) enforce_policies: Option<bool>,
    /// Whether tokens contain permissions (`access_token_authz`, `rfc9068_profile_authz`).
    pub(crate) token_dialect: Option<String>,
}

/// A role of the tenant.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Role {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
}

/// A permission of a role.
#[derive(Debug, Clone, Deserialize)]
struct RolePermission {
    resource_server_identifier: String,
    permission_name: String,
}

/// A client for a tenant's Management API, with an access token.
pub(crate) struct Management {
    transport: Transport,
    token: String,
    granted: Option<String>,
}

impl Management {
    /// Requests a token with the client credentials grant.
    ///
    /// # Errors
    /// If Auth0 cannot be reached or refuses the credentials.
    pub(crate) async fn connect(settings: &ManagementSettings) -> Result<Self, StartupError> {
        #[derive(Deserialize)]
        struct Token {
            access_token: String,
            scope: Option<String>,
        }
        let transport = Transport::new(settings)?;
        let audience = format!("{}/api/v2/", settings.url.trim_end_matches('/'));
        let does = "issue a token for the Management API";
        let call = Call {
            method: Method::POST,
            path: "/oauth/token".to_owned(),
            token: None,
            body: Some(json!({
                "grant_type": "client_credentials",
                "client_id": settings.client_id,
                "client_secret": settings.client_secret,
                "audience": audience,
            })),
            does,
            repeatable: true,
        };
        let reply = transport.send(&call).await?;
        let advice = match reply.status {
            _ if reply.is_success() => {
                let Token { access_token, scope } = reply.read(does)?;
                return Ok(Self { transport, token: access_token, granted: scope });
            }
            401 => "Check AUTH0_MANAGEMENT_CLIENT_ID and AUTH0_MANAGEMENT_CLIENT_SECRET: they must belong to a \
            machine-to-machine application of this tenant that authenticates with a client secret"
                .to_owned(),
            403 => format!(
                "Authorize the application for the API {audience}: Applications > APIs > Auth0 Management API > \
                 Machine to Machine Applications"
            ),
            _ => format!(
                "The Management API of the tenant is {audience}; if AUTH0_DOMAIN is a custom domain, set \
                AUTH0_MANAGEMENT_URL to the tenant's original URL"
            ),
        };
        Err(StartupError::new(format!("Auth0 did not {does} ({}). {advice}", reply.says())))
    }

    /// Checks in advance that the token has all of these scopes. Does nothing if Auth0 did not say which scopes the
    /// token has: then the API checks them with each request.
    ///
    /// # Errors
    /// One error that names all missing scopes.
    pub(crate) fn require(&self, needed: &[&str]) -> Result<(), StartupError> {
        let Some(granted) = &self.granted else { return Ok(()) };
        let missing: Vec<&str> =
            needed.iter().filter(|scope| !granted.split(' ').any(|held| held == **scope)).copied().collect();
        if missing.is_empty() { Ok(()) } else { Err(missing_scopes(&missing.join(", "), "")) }
    }

    /// The API with this identifier (or id).
    pub(crate) async fn api(&self, identifier: &str) -> Result<TenantApi, StartupError> {
        let does = "read the API";
        let path = format!("/api/v2/resource-servers/{}", encoded(identifier));
        let reply = self.send(Method::GET, path, None, does, true).await?;
        if reply.status == 404 {
            return Err(StartupError::new(format!(
                "the tenant has no API with the identifier {identifier:?}. Create it (Applications > APIs > Create API), \
                 or set AUTH0_AUDIENCE to the identifier of an existing API; identifiers must be exactly equal"
            )));
        }
        expect(&reply, does, "read:resource_servers")?;
        reply.read(does)
    }

    /// Replaces the whole list of the API's scopes, and returns the API as the tenant has it afterwards.
    pub(crate) async fn set_scopes(&self, api: &TenantApi, scopes: &[ApiScope]) -> Result<TenantApi, StartupError> {
        let does = "write the API's permissions";
        let path = format!("/api/v2/resource-servers/{}", encoded(&api.id));
        let reply = self.send(Method::PATCH, path, Some(json!({"scopes": scopes})), does, true).await?;
        expect(&reply, does, "update:resource_servers")?;
        reply.read(does)
    }

    /// All roles.
    pub(crate) async fn roles(&self) -> Result<Vec<Role>, StartupError> {
        self.pages("/api/v2/roles", "roles", "read the roles").await
    }

    /// The permissions of a role for the API with this identifier, and for no other API.
    pub(crate) async fn role_permissions(&self, role: &Role, identifier: &str) -> Result<Vec<String>, StartupError> {
        let path = format!("/api/v2/roles/{}/permissions", encoded(&role.id));
        let all: Vec<RolePermission> = self.pages(&path, "permissions", "read a role's permissions").await?;
        let of_api = all.into_iter().filter(|held| held.resource_server_identifier == identifier);
        Ok(of_api.map(|held| held.permission_name).collect())
    }

    /// Creates a role. The request is not repeated: Auth0 may have created the role although its response was lost.
    pub(crate) async fn create_role(&self, name: &str, description: Option<&str>) -> Result<Role, StartupError> {
        let does = "create a role";
        let mut body = json!({"name": name});
        if let Some(description) = description {
            body["description"] = json!(description);
        }
        let reply = self.send(Method::POST, "/api/v2/roles".to_owned(), Some(body), does, false).await?;
        expect(&reply, does, "create:roles")?;
        reply.read(does)
    }

    /// Changes a role's description.
    pub(crate) async fn describe_role(&self, role: &Role, description: &str) -> Result<(), StartupError> {
        let does = "change the description of a role";
        let path = format!("/api/v2/roles/{}", encoded(&role.id));
        let body = json!({"description": description});
        expect(&self.send(Method::PATCH, path, Some(body), does, true).await?, does, "update:roles")
    }

    /// Adds these permissions of the API to a role.
    pub(crate) async fn grant(
        &self,
        role: &Role,
        identifier: &str,
        permissions: &[String],
    ) -> Result<(), StartupError> {
        self.change(Method::POST, role, identifier, permissions, "add permissions to a role").await
    }

    /// Removes these permissions of the API from a role.
    pub(crate) async fn revoke(
        &self,
        role: &Role,
        identifier: &str,
        permissions: &[String],
    ) -> Result<(), StartupError> {
        self.change(Method::DELETE, role, identifier, permissions, "remove permissions from a role").await
    }

    async fn change(
        &self,
        method: Method,
        role: &Role,
        identifier: &str,
        names: &[String],
        does: &str,
    ) -> Result<(), StartupError> {
        let path = format!("/api/v2/roles/{}/permissions", encoded(&role.id));
        for batch in names.chunks(BATCH) {
            let permissions: Vec<Value> = batch
                .iter()
                .map(|name| json!({"resource_server_identifier": identifier, "permission_name": name}))
                .collect();
            let body = json!({"permissions": permissions});
            let reply = self.send(method.clone(), path.clone(), Some(body), does, true).await?;
            expect(&reply, does, "update:roles")?;
        }
        Ok(())
    }

    /// Reads a list page by page. A page can be shorter than requested, so the end of the list is known by its total.
    async fn pages<T: DeserializeOwned>(&self, path: &str, name: &str, does: &str) -> Result<Vec<T>, StartupError> {
        let mut items: Vec<T> = Vec::new();
        for page in 0..MAX_PAGES {
            let path = format!("{path}?include_totals=true&per_page={PAGE}&page={page}");
            let reply = self.send(Method::GET, path, None, does, true).await?;
            expect(&reply, does, "read:roles")?;
            let mut answer: Value = reply.read(does)?;
            let read = |value: Value| {
                serde_json::from_value::<Vec<T>>(value).map_err(|error| {
                    StartupError::new(format!(
                        "page {page} of the response to the request to {does} is not a list: {error}"
                    ))
                })
            };
            let batch = read(answer[name].take())?;
            let total = answer["total"].as_u64().and_then(|total| usize::try_from(total).ok());
            let is_last = batch.is_empty();
            items.extend(batch);
            if total.map_or(is_last, |total| items.len() >= total) {
                return Ok(items);
            }
            if let (true, Some(total)) = (is_last, total) {
                return Err(StartupError::new(format!(
                    "Auth0 announced {total} entries and sent {} (request to {does}): the list changed in the meantime. Run the command again",
                    items.len()
                )));
            }
        }
        Err(StartupError::new(format!(
            "the tenant has more entries than this command can read ({does}: more than {})",
            items.len()
        )))
    }

    async fn send(
        &self,
        method: Method,
        path: String,
        body: Option<Value>,
        does: &str,
        repeatable: bool,
    ) -> Result<Reply, StartupError> {
        self.transport.send(&Call { method, path, token: Some(&self.token), body, does, repeatable }).await
    }
}

/// Checks that the request was successful; the error says what to do.
fn expect(reply: &Reply, does: &str, scope: &str) -> Result<(), StartupError> {
    let advice = match reply.status {
        _ if reply.is_success() => return Ok(()),
        403 => return Err(missing_scopes(scope, &format!(", which is needed to {does} ({})", reply.says()))),
        401 => "The token of the Management API was refused: check the clock of this machine and run the command again",
        404 => "It no longer exists: the tenant was changed in the meantime. Run the command again",
        409 => "The tenant was changed in the meantime. Run the command again",
        _ => "Correct what Auth0 reports and run the command again",
    };
    Err(StartupError::new(format!("Auth0 did not {does} ({}). {advice}", reply.says())))
}

fn missing_scopes(scopes: &str, why: &str) -> StartupError {
    StartupError::new(format!(
        "the application of AUTH0_MANAGEMENT_CLIENT_ID lacks {scopes}{why}. Grant it in Auth0 under Applications > APIs > \
         Auth0 Management API > Machine to Machine Applications"
    ))
}

/// Encodes an identifier, which is usually a URL, as one segment of a path.
fn encoded(segment: &str) -> String {
    utf8_percent_encode(segment, NON_ALPHANUMERIC).to_string()
}
