//! Reads the settings about tokens from the environment (`AUTH0_..`).

use super::{
    Algorithm, AuthSettings, ClaimNames, DpopMode, DpopSettings, IssuerSettings, KeyLocation, ManagementSettings,
    TokenCache,
};
use crate::env::Reader;

/// The audience of tokens from the development issuer if `AUTH0_AUDIENCE` is not set.
pub(crate) const DEVELOPMENT_AUDIENCE: &str = "resourceful-development";

/// The Auth0 tenant or another provider, and the API that it issues tokens for.
pub(crate) struct Tenant {
    /// `AUTH0_DOMAIN`
    domain: Option<String>,
    /// `AUTH0_ISSUER`
    issuers: Vec<String>,
    /// `AUTH0_AUDIENCE`
    audiences: Vec<String>,
}

impl Tenant {
    pub(crate) fn from_env(reader: &mut Reader<'_>) -> Self {
        let domain = reader.text("AUTH0_DOMAIN");
        let (issuers, audiences) = (reader.list("AUTH0_ISSUER"), reader.list("AUTH0_AUDIENCE"));
        let has_provider = domain.is_some() || !issuers.is_empty();
        if !has_provider && reader.is_production() {
            reader.problem(
                "AUTH0_DOMAIN is missing, or AUTH0_ISSUER for another provider; the server issues its own tokens in \
                 development only",
            );
        }
        if audiences.is_empty() && (has_provider || reader.is_production()) {
            reader.problem("AUTH0_AUDIENCE is missing; it is the identifier of the API in Auth0");
        }
        if domain.is_some() && issuers.len() > 1 {
            reader.problem(
                "AUTH0_ISSUER names several issuers, and AUTH0_DOMAIN is one tenant; remove AUTH0_DOMAIN, and name the \
                 tenant as an issuer too",
            );
        }
        check_host("AUTH0_DOMAIN", domain.as_slice(), reader);
        Self { domain, issuers, audiences }
    }

    /// The first of `AUTH0_AUDIENCE`, the identifier of the API.
    pub(crate) fn api(&self) -> Option<&str> {
        self.audiences.first().map(String::as_str)
    }

    /// The identifier of the API: that of the settings, or a default in development. Empty if there is none.
    pub(crate) fn audience(&self) -> String {
        let is_development = self.domain.is_none() && self.issuers.is_empty();
        let default = if is_development { DEVELOPMENT_AUDIENCE } else { "" };
        self.api().unwrap_or(default).to_owned()
    }
}

fn check_host(name: &str, domains: &[String], reader: &mut Reader<'_>) {
    for domain in domains.iter().filter(|domain| domain.contains('/')) {
        reader.problem(format!("{name} is `{domain}`; it must be a host name such as tenant.eu.auth0.com"));
    }
}

impl AuthSettings {
    /// The rules for tokens, and the issuers of the tenant. Without `AUTH0_DOMAIN` and `AUTH0_ISSUER` there are no issuers:
    /// then the development issuer issues the tokens.
    pub(crate) fn from_env(reader: &mut Reader<'_>, tenant: &Tenant) -> Self {
        let rules = rules(reader);
        let custom_domains = reader.list("AUTH0_CUSTOM_DOMAINS");
        let algorithms = algorithms(reader, "AUTH0_ALGORITHMS", &[Algorithm::RS256]);
        if tenant.domain.is_none() && !custom_domains.is_empty() {
            reader.problem("AUTH0_CUSTOM_DOMAINS is set and AUTH0_DOMAIN is not; set both");
        }
        check_host("AUTH0_CUSTOM_DOMAINS", &custom_domains, reader);
        let keys = keys(reader, tenant);
        let issuer = |known: IssuerSettings| IssuerSettings {
            audiences: tenant.audiences.clone(),
            algorithms: algorithms.clone(),
            ..known
        };
        let mut issuers: Vec<IssuerSettings> = match (&tenant.domain, tenant.api()) {
            (_, None) => Vec::new(),
            (Some(domain), Some(api)) => std::iter::once(domain)
                .chain(&custom_domains)
                .map(|domain| issuer(IssuerSettings::auth0(domain, api)))
                .collect(),
            (None, Some(api)) => {
                tenant.issuers.iter().map(|name| issuer(IssuerSettings::discovered(name, api))).collect()
            }
        };
        if let (Some(_), Some(name), Some(first)) = (&tenant.domain, tenant.issuers.first(), issuers.first_mut()) {
            first.issuer.clone_from(name);
        }
        if let Some(location) = keys {
            issuers.iter_mut().for_each(|issuer| issuer.keys = location.clone());
        }
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
    let allow_private = reader.flag("AUTH0_ALLOW_PRIVATE");
    AuthSettings {
        leeway: reader.seconds("AUTH0_LEEWAY").unwrap_or(defaults.leeway),
        claims: ClaimNames::from_env(reader),
        // A provider on the developer's own machine seldom has a certificate.
        allow_http: allow_private && !reader.is_production(),
        allow_private,
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
        let of = |name: &str, default: Vec<String>| {
            Some(reader.list(name)).filter(|list| !list.is_empty()).unwrap_or(default)
        };
        let Self { permissions, roles, email, audience } = Self::default();
        Self {
            permissions: of("AUTH0_PERMISSIONS_CLAIM", permissions),
            roles: of("AUTH0_ROLES_CLAIM", roles),
            email: of("AUTH0_EMAIL_CLAIM", email),
            audience: of("AUTH0_AUDIENCE_CLAIM", audience),
        }
    }
}

/// Reads where the keys are; `None` if that follows from the issuers alone.
fn keys(reader: &mut Reader<'_>, tenant: &Tenant) -> Option<KeyLocation> {
    let (url, discovery) = (reader.text("AUTH0_JWKS_URL"), reader.flag("AUTH0_DISCOVERY"));
    let origins = reader.list("AUTH0_JWKS_ORIGINS");
    let discovery = match &url {
        Some(_) if discovery => {
            reader
                .problem("AUTH0_JWKS_URL and AUTH0_DISCOVERY are both set; keep the one that says where the keys are");
            false
        }
        Some(_) => false,
        // The address of the keys is known of Auth0 only.
        None => discovery || tenant.domain.is_none() && !tenant.issuers.is_empty(),
    };
    if !discovery && !origins.is_empty() {
        reader.problem(
            "AUTH0_JWKS_ORIGINS is set and AUTH0_DISCOVERY is not true; without discovery the keys come from AUTH0_DOMAIN",
        );
    }
    url.map(KeyLocation::Url).or(discovery.then_some(KeyLocation::Discovery { origins }))
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
