//! `diff` and `sync`: compares the manifest with the tenant.

use std::collections::BTreeSet;
use std::time::Duration;

use super::plan::{self, MAX_SCOPES, Plan};
use super::roles::{self, WantedRole};
use crate::app::cli::print;
use crate::app::manifest::Manifest;
use crate::app::settings::Settings;
use crate::auth::ManagementSettings;
use crate::auth::management::{ApiScope, Management, Role, TenantApi};
use crate::error::StartupError;

/// How long the comparison at start-up may take, including all attempts.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// What `diff` and `sync` compare.
pub(super) struct Request {
    pub(super) options: plan::Options,
    /// The file of roles.
    pub(super) roles: Option<String>,
}

impl Request {
    fn roles(&self) -> Result<Vec<WantedRole>, StartupError> {
        self.roles.as_deref().map_or_else(|| Ok(Vec::new()), roles::read)
    }
}

/// Prints the differences.
///
/// # Errors
/// If there is a difference, so that a build can fail.
pub(super) async fn diff(manifest: &Manifest, settings: &Settings, request: &Request) -> Result<(), StartupError> {
    let wanted = request.roles()?;
    let tenant = Tenant::connect(settings, &reading(manifest, &wanted)).await?;
    let (plan, _) = tenant.plan(manifest, &wanted, request).await?;
    print(&plan.print(&settings.audience));
    match plan.changes() {
        0 => Ok(()),
        changes => Err(StartupError::new(format!(
            "{changes} difference{} between the code and the tenant; `permissions sync --apply` with the same options updates the tenant",
            if changes == 1 { "" } else { "s" }
        ))),
    }
}

/// The number of differences between the code and the tenant.
pub(in crate::app::commands) async fn drift(manifest: &Manifest, settings: &Settings) -> Result<usize, StartupError> {
    let request = Request { options: plan::Options { prune: false, keep_descriptions: true }, roles: None };
    let tenant = Tenant::connect(settings, &reading(manifest, &[])).await?;
    Ok(tenant.plan(manifest, &[], &request).await?.0.changes())
}

/// Prints the differences, and with `apply` updates the tenant.
pub(super) async fn sync(
    manifest: &Manifest,
    settings: &Settings,
    request: &Request,
    apply: bool,
) -> Result<(), StartupError> {
    let wanted = request.roles()?;
    let mut scopes = reading(manifest, &wanted);
    if apply {
        scopes.push("update:resource_servers");
        if request.roles.is_some() {
            scopes.extend(["create:roles", "update:roles"]);
        }
    }
    let tenant = Tenant::connect(settings, &scopes).await?;
    let (plan, api) = tenant.plan(manifest, &wanted, request).await?;
    print(&plan.print(&settings.audience));
    if plan.changes() == 0 {
        return Ok(());
    }
    if !apply {
        print("Nothing was changed; add --apply to update the tenant.");
        return Ok(());
    }
    tenant.apply(&plan, &api).await?;
    print("The tenant was updated.");
    Ok(())
}

/// The scopes of the Management API that reading needs, checked before the first request.
fn reading(manifest: &Manifest, wanted: &[WantedRole]) -> Vec<&'static str> {
    let roles = !wanted.is_empty() || manifest.roles().next().is_some();
    let mut scopes = vec!["read:resource_servers"];
    scopes.extend(roles.then_some("read:roles"));
    scopes
}

/// A client for the tenant in the settings.
struct Tenant<'a> {
    management: Management,
    settings: &'a Settings,
}

impl<'a> Tenant<'a> {
    async fn connect(settings: &'a Settings, scopes: &[&str]) -> Result<Self, StartupError> {
        let management = Management::connect(credentials(settings)?).await?;
        management.require(scopes)?;
        Ok(Self { management, settings })
    }

    async fn plan(
        &self,
        manifest: &Manifest,
        wanted: &[WantedRole],
        request: &Request,
    ) -> Result<(Plan, TenantApi), StartupError> {
        let api = self.management.api(&self.settings.audience).await?;
        if api.is_system {
            return Err(StartupError::new(format!(
                "{} is one of Auth0's own APIs, whose permissions cannot be changed; set AUTH0_AUDIENCE to the identifier of your API",
                api.identifier
            )));
        }
        let mut plan = plan::compare_scopes(manifest, &api, request.options);
        bounded(&plan::merged(&api.scopes, &plan.scopes))?;
        let known: BTreeSet<&str> =
            manifest.api_scopes().iter().map(|entry| entry.name).chain(plan.kept.iter().map(String::as_str)).collect();
        roles::check(wanted, &known)?;
        if !wanted.is_empty() || manifest.roles().next().is_some() {
            let existing = self.management.roles().await?;
            let mut plans = Vec::new();
            for role in wanted {
                let existing = match only(&existing, &role.name)? {
                    Some(found) => {
                        Some((found.clone(), self.management.role_permissions(found, &api.identifier).await?))
                    }
                    None => None,
                };
                plans.push(plan::compare_role(role, existing, &plan.removed(), request.options.prune));
            }
            plan.roles = plans;
            for entry in manifest.roles() {
                let exists = existing.iter().any(|role| role.name == entry.name);
                if !exists && !wanted.iter().any(|role| role.name == entry.name) {
                    plan.notes.push(format!(
                        "endpoints require the role {}, which the tenant does not have; add it to a file for --roles",
                        entry.name
                    ));
                }
            }
        }
        plan.notes.extend(self.token_note(&api));
        Ok((plan, api))
    }

    /// First removes permissions from roles, then changes the API's permissions, then adds permissions to roles.
    async fn apply(&self, plan: &Plan, api: &TenantApi) -> Result<(), StartupError> {
        for role in &plan.roles {
            if let Some(existing) = &role.existing {
                self.management.revoke(existing, &api.identifier, &role.revoke).await?;
            }
        }
        self.write_scopes(plan).await?;
        for role in &plan.roles {
            let description = role.description.as_deref();
            let created;
            let existing = match (&role.existing, description) {
                (Some(existing), None) => existing,
                (Some(existing), Some(description)) => {
                    self.management.describe_role(existing, description).await?;
                    existing
                }
                (None, description) => {
                    created = self.management.create_role(&role.name, description).await?;
                    &created
                }
            };
            self.management.grant(existing, &api.identifier, &role.grant).await?;
        }
        Ok(())
    }

    /// Auth0 replaces the whole list. So the list is read again, to keep what was added since the plan was made.
    async fn write_scopes(&self, plan: &Plan) -> Result<(), StartupError> {
        if plan.scopes.is_empty() {
            return Ok(());
        }
        let now = self.management.api(&self.settings.audience).await?;
        let scopes = plan::merged(&now.scopes, &plan.scopes);
        bounded(&scopes)?;
        let after = self.management.set_scopes(&now, &scopes).await?;
        let lost: Vec<&str> = scopes
            .iter()
            .map(|scope| scope.value.as_str())
            .filter(|name| !after.scopes.iter().any(|scope| scope.value == *name))
            .collect();
        if lost.is_empty() {
            return Ok(());
        }
        Err(StartupError::new(format!(
            "Auth0 accepted the list of permissions, but its response lacks {}; another program may have changed the list at the same time. Run the command again",
            lost.join(", ")
        )))
    }

    fn token_note(&self, api: &TenantApi) -> Option<String> {
        // If the claim has another name, an Action of the tenant writes it.
        let own_claim = self.settings.auth.claims.permissions != crate::auth::ClaimNames::default().permissions;
        if own_claim { None } else { plan::token_note(api) }
    }
}

fn credentials(settings: &Settings) -> Result<&ManagementSettings, StartupError> {
    settings.management.as_ref().ok_or_else(|| {
        StartupError::new(
            "the Management API of Auth0 is not configured: create a machine-to-machine application, authorize it for the \
             Auth0 Management API with read:resource_servers, update:resource_servers, read:roles, create:roles and \
             update:roles, and set AUTH0_MANAGEMENT_CLIENT_ID and AUTH0_MANAGEMENT_CLIENT_SECRET in addition to AUTH0_DOMAIN",
        )
    })
}

fn bounded(scopes: &[ApiScope]) -> Result<(), StartupError> {
    if scopes.len() <= MAX_SCOPES {
        return Ok(());
    }
    Err(StartupError::new(format!(
        "the API would have {} permissions, but Auth0 stores at most {MAX_SCOPES} for one API; remove unused ones (--prune), or let resources share permissions",
        scopes.len()
    )))
}

/// The tenant's role of this name.
fn only<'a>(roles: &'a [Role], name: &str) -> Result<Option<&'a Role>, StartupError> {
    let mut found = roles.iter().filter(|role| role.name == name);
    match (found.next(), found.next()) {
        (found, None) => Ok(found),
        _ => Err(StartupError::new(format!("the tenant has several roles with the name {name:?}; rename all but one"))),
    }
}

/// Compares in the background, and logs a warning for permissions that the tenant cannot grant. The server runs in any
/// case.
pub(in crate::app) fn watch(manifest: Manifest, settings: Settings) {
    if settings.management.is_none() {
        return;
    }
    actix_web::rt::spawn(async move {
        match tokio::time::timeout(START_TIMEOUT, warnings(&manifest, &settings)).await {
            Ok(Ok(warnings)) => warnings.iter().for_each(|warning| tracing::warn!("{warning}")),
            Ok(Err(error)) => tracing::warn!("the permissions could not be compared with the tenant: {error}"),
            Err(_) => tracing::warn!("the permissions could not be compared with the tenant: it took too long"),
        }
    });
}

async fn warnings(manifest: &Manifest, settings: &Settings) -> Result<Vec<String>, StartupError> {
    let tenant = Tenant::connect(settings, &["read:resource_servers"]).await?;
    let api = tenant.management.api(&settings.audience).await?;
    let missing = plan::ungrantable(manifest, &api);
    let unknown = (!missing.is_empty()).then(|| {
        format!(
            "no user can have {}: the tenant does not have these permissions; `permissions diff` shows them, and `permissions sync --apply` adds them",
            missing.join(", ")
        )
    });
    Ok(unknown.into_iter().chain(tenant.token_note(&api)).collect())
}
