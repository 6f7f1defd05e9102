//! Reads the settings about tokens from the environment (`AUTH0_..`).

use super::{
    Algorithm, AuthSettings, ClaimNames, DpopMode, DpopSettings, IssuerSettings, KeyLocation, ManagementSettings,
    TokenCache,
};
use crate::env::Reader;

/// The audience of tokens from the development issuer if `AUTH0_AUDIENCE` is not set.
pub(crate) const DEVELOPMENT_AUDIENCE: &str = "resourceful-development";

/// The Auth0 tenant and the API in it.
pub(crate) struct Tenant {
    /// `AUTH0_DOMAIN`
    domain: Option<String>,
    /// `AUTH0_AUDIENCE`
    audience: Option<String>,
}

impl Tenant {
    pub(crate) fn from_env(reader: &mut Reader<'_>) -> Self {
        let (domain, audience) = (reader.text("AUTH0_DOMAIN"), reader.text("AUTH0_AUDIENCE"));
        if domain.is_none() && reader.is_production() {
            reader.problem("AUTH0_DOMAIN is missing; the server issues its own tokens in development only");
        }
        if audience.is_none() && (domain.is_some() || reader.is_production()) {
            reader.problem("AUTH0_AUDIENCE is missing; it is the identifier of the API in Auth0");
        }
        check_host("AUTH0_DOMAIN", domain.as_slice(), reader);
        Self { domain, audience }
    }

    /// `AUTH0_AUDIENCE`, the identifier of the API.
    pub(crate) fn api(&self) -> Option<&str> {
        self.audience.as_deref()
    }

    /// The identifier of the API: that of the settings, or a default in development. Empty if there is none.
    pub(crate) fn audience(&self) -> String {
        let development = self.domain.is_none().then(|| DEVELOPMENT_AUDIENCE.to_owned());
        self.audience.clone().or(development).unwrap_or_default()
    }
}

fn check_host(name: &str, domains: &[String], reader: &mut Reader<'_>) {
    for domain in domains.iter().filter(|domain| domain.contains('/')) {
        reader.problem(format!("{name} is `{domain}`; it must be a host name such as tenant.eu.auth0.com"));
    }
}

impl AuthSettings {
    /// The rules for tokens, and the issuers of the tenant. Without `AUTH0_DOMAIN` there are no issuers: then the
    /// development issuer issues the tokens.
    pub(crate) fn from_env(reader: &mut Reader<'_>, tenant: &Tenant) -> Self {
        let rules = rules(reader);
        let custom_domains = reader.list("AUTH0_CUSTOM_DOMAINS");
        let algorithms = algorithms(reader, "AUTH0_ALGORITHMS", &[Algorithm::RS256]);
        let issuers = match (&tenant.domain, &tenant.audience) {
            (Some(domain), Some(audience)) => {
                check_host("AUTH0_CUSTOM_DOMAINS", &custom_domains, reader);
                let issuer = |domain: &String| IssuerSettings {
                    algorithms: algorithms.clone(),
                    ..IssuerSettings::auth0(domain, audience)
                };
                let mut issuers: Vec<IssuerSettings> =
                    std::iter::once(domain).chain(&custom_domains).map(issuer).collect();
                if let Some(name) = reader.text("AUTH0_ISSUER") {
                    issuers[0].issuer = name;
                }
                if let Some(location) = discovery(reader) {
                    issuers.iter_mut().for_each(|issuer| issuer.keys = location.clone());
                }
                issuers
            }
            (None, _) if !custom_domains.is_empty() => {
                reader.problem("AUTH0_CUSTOM_DOMAINS is set and AUTH0_DOMAIN is not; set both");
                Vec::new()
            }
            _ => Vec::new(),
        };
        let settings = Self { issuers, ..rules };
        reader.problems(settings.problems());
        settings
    }
}

/// The settings that apply to the tokens of all issuers.
fn rules(reader: &mut Reader<'_>) -> AuthSettings {
    let defaults = AuthSettings::default();
    let mode = match reader.text("AUTH0_DPOP").as_deref() {
        None | Some("off") => DpopMode::Off,
        Some("allowed") => DpopMode::Allowed,
        Some("required") => DpopMode::Required,
        Some(other) => {
            reader.problem(format!("AUTH0_DPOP is `{other}`; it can be off, allowed or required"));
            DpopMode::Required
        }
    };
    let dpop = DpopSettings {
        mode,
        origins: reader.list("AUTH0_DPOP_ORIGINS"),
        algorithms: algorithms(reader, "AUTH0_DPOP_ALGORITHMS", &defaults.dpop.algorithms),
        proof_age: reader.seconds("AUTH0_DPOP_PROOF_AGE").unwrap_or(defaults.dpop.proof_age),
    };
    let TokenCache { entries, bytes } = defaults.token_cache;
    AuthSettings {
        leeway: reader.seconds("AUTH0_LEEWAY").unwrap_or(defaults.leeway),
        claims: ClaimNames::from_env(reader),
        allow_private: reader.flag("AUTH0_ALLOW_PRIVATE"),
        permissions_in_scope: reader.flag("AUTH0_PERMISSIONS_IN_SCOPE"),
        token_cache: TokenCache {
            entries: reader.parsed("AUTH0_TOKEN_CACHE", "a number of tokens, or 0").unwrap_or(entries),
            bytes: reader.parsed("AUTH0_TOKEN_CACHE_BYTES", "a number of bytes").unwrap_or(bytes),
        },
        dpop,
        ..defaults
    }
}

impl ClaimNames {
    fn from_env(reader: &Reader<'_>) -> Self {
        let Self { permissions, roles, email } = Self::default();
        Self {
            permissions: reader.text("AUTH0_PERMISSIONS_CLAIM").unwrap_or(permissions),
            roles: reader.text("AUTH0_ROLES_CLAIM").unwrap_or(roles),
            email: reader.text("AUTH0_EMAIL_CLAIM").unwrap_or(email),
        }
    }
}

/// Reads the settings of discovery: the keys are where the metadata of the issuers says.
fn discovery(reader: &mut Reader<'_>) -> Option<KeyLocation> {
    let on = reader.flag("AUTH0_DISCOVERY");
    let origins = reader.list("AUTH0_JWKS_ORIGINS");
    if !on && !origins.is_empty() {
        reader.problem(
            "AUTH0_JWKS_ORIGINS is set and AUTH0_DISCOVERY is not true; without discovery the keys come from AUTH0_DOMAIN",
        );
    }
    on.then_some(KeyLocation::Discovery { origins })
}

fn algorithms(reader: &mut Reader<'_>, name: &str, default: &[Algorithm]) -> Vec<Algorithm> {
    if reader.list(name).is_empty() { default.to_vec() } else { reader.parsed_list(name) }
}

impl ManagementSettings {
    /// The settings of the Management API; `None` if none of its variables is set.
    pub(crate) fn from_env(reader: &mut Reader<'_>, tenant: &Tenant) -> Option<Self> {
        const ID: &str = "AUTH0_MANAGEMENT_CLIENT_ID";
        const SECRET: &str = "AUTH0_MANAGEMENT_CLIENT_SECRET";
        let before = reader.count();
        let (id, secret) = (reader.text(ID), reader.secret(SECRET));
        let own = reader.text("AUTH0_MANAGEMENT_URL");
        if id.is_none() && secret.is_none() && own.is_none() {
            return None;
        }
        // A secret that is set but cannot be read has been reported already.
        for (name, missing) in [(ID, id.is_none()), (SECRET, secret.is_none() && reader.count() == before)] {
            if missing {
                reader.problem(format!(
                    "{name} is missing; the Management API needs the client id and the secret of a machine-to-machine application"
                ));
            }
        }
        let Some(url) = own.or_else(|| tenant.domain.as_ref().map(|domain| format!("https://{domain}"))) else {
            reader.problem("AUTH0_DOMAIN is missing; it is the tenant whose Management API is called");
            return None;
        };
        if let Some(problem) = Self::problem_of(&url, !reader.is_production()) {
            reader.problem(format!(
                "the URL of the Management API, `{url}`, {problem}; it must be the tenant's original URL, such as https://tenant.eu.auth0.com"
            ));
        }
        let url = url.trim_end_matches('/').to_owned();
        Some(Self { url, client_id: id?, client_secret: secret? })
    }
}
