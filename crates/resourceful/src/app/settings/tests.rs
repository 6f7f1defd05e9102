//! The environment variables.

mod reference;

use std::time::Duration;

use super::*;
use crate::auth::{Algorithm, DpopMode, DpopSettings, IssuerSettings, KeyLocation, TokenCache};

const BASE: &[(&str, &str)] =
    &[("ENVIRONMENT", "test"), ("AUTH0_DOMAIN", "tenant.eu.auth0.com"), ("AUTH0_AUDIENCE", "https://api.example.com")];

fn read(more: &[(&str, &str)]) -> Result<Settings, StartupError> {
    let find = |list: &[(&str, &str)], name: &str| {
        list.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    };
    Settings::from_lookup(|name| find(more, name).or_else(|| find(BASE, name)))
}

fn auth(more: &[(&str, &str)]) -> AuthSettings {
    read(more).unwrap().auth
}

/// The URL of the key set, or the issuer whose metadata has it.
fn location(issuer: &IssuerSettings) -> &str {
    match &issuer.keys {
        KeyLocation::Url(url) => url,
        KeyLocation::Discovery { .. } => &issuer.issuer,
    }
}

#[test]
fn variables_about_tokens() {
    let plain = auth(&[]);
    assert_eq!(plain, AuthSettings { issuers: plain.issuers.clone(), ..AuthSettings::default() });
    assert_eq!(plain.issuers, [IssuerSettings::auth0("tenant.eu.auth0.com", "https://api.example.com")]);

    let settings = auth(&[
        ("AUTH0_LEEWAY", "5"),
        ("AUTH0_PERMISSIONS_IN_SCOPE", "true"),
        ("AUTH0_TOKEN_CACHE", "0"),
        ("AUTH0_TOKEN_CACHE_BYTES", "1024"),
        ("AUTH0_DPOP", "required"),
        ("AUTH0_DPOP_ORIGINS", "https://api.example.com, https://api.example.org:8443"),
        ("AUTH0_DPOP_ALGORITHMS", "ES256,EdDSA"),
        ("AUTH0_DPOP_PROOF_AGE", "120"),
    ]);
    assert_eq!(settings.leeway, Duration::from_secs(5));
    assert!(settings.permissions_in_scope);
    assert_eq!(settings.token_cache, TokenCache { entries: 0, bytes: 1024 });
    let dpop = DpopSettings {
        mode: DpopMode::Required,
        algorithms: vec![Algorithm::ES256, Algorithm::EdDSA],
        origins: vec!["https://api.example.com".into(), "https://api.example.org:8443".into()],
        proof_age: Duration::from_secs(120),
    };
    assert_eq!(settings.dpop, dpop);
}

#[test]
fn several_domains() {
    let settings =
        auth(&[("AUTH0_CUSTOM_DOMAINS", "login.example.com, login.example.org"), ("AUTH0_ALGORITHMS", "RS256,PS256")]);
    let issuers: Vec<(&str, &str)> =
        settings.issuers.iter().map(|issuer| (issuer.issuer.as_str(), location(issuer))).collect();
    assert_eq!(
        issuers,
        [
            ("https://tenant.eu.auth0.com/", "https://tenant.eu.auth0.com/.well-known/jwks.json"),
            ("https://login.example.com/", "https://login.example.com/.well-known/jwks.json"),
            ("https://login.example.org/", "https://login.example.org/.well-known/jwks.json"),
        ]
    );
    for issuer in &settings.issuers {
        assert_eq!(issuer.audiences, ["https://api.example.com"]);
        assert_eq!(issuer.algorithms, [Algorithm::RS256, Algorithm::PS256]);
    }
    // Only `iss` is different; the keys still come from the domain
    let settings = auth(&[("AUTH0_ISSUER", "https://login.example.com/")]);
    assert_eq!(settings.issuers[0].issuer, "https://login.example.com/");
    assert_eq!(location(&settings.issuers[0]), "https://tenant.eu.auth0.com/.well-known/jwks.json");
}

#[test]
fn issuers_with_discovery() {
    let found = |settings: &AuthSettings| -> Vec<(String, Vec<String>)> {
        let origins = |issuer: &IssuerSettings| match &issuer.keys {
            KeyLocation::Discovery { origins } => origins.clone(),
            KeyLocation::Url(url) => panic!("{url}"),
        };
        settings.issuers.iter().map(|issuer| (issuer.issuer.clone(), origins(issuer))).collect()
    };
    let tenant = "https://tenant.eu.auth0.com/".to_owned();
    let domains = auth(&[("AUTH0_DISCOVERY", "true"), ("AUTH0_CUSTOM_DOMAINS", "login.example.com")]);
    assert_eq!(found(&domains), [(tenant, vec![]), ("https://login.example.com/".to_owned(), vec![])]);
    assert!(!domains.allow_private);
    let other = auth(&[
        ("AUTH0_DISCOVERY", "true"),
        ("AUTH0_ISSUER", "https://sso.example.com/realms/main"),
        ("AUTH0_JWKS_ORIGINS", "https://keys.example.com, https://keys.example.org:8443"),
        ("AUTH0_ALLOW_PRIVATE", "true"),
    ]);
    let origins = vec!["https://keys.example.com".to_owned(), "https://keys.example.org:8443".to_owned()];
    assert_eq!(found(&other), [("https://sso.example.com/realms/main".to_owned(), origins)]);
    assert!(other.allow_private);
    assert_eq!(auth(&[("AUTH0_DISCOVERY", "false")]), auth(&[]));
}

#[test]
fn other_providers_need_their_issuer_only() {
    let none = ("AUTH0_DOMAIN", "");
    let names = ("AUTH0_ISSUER", "https://sso.example.com/realms/main, https://accounts.google.com");
    let settings =
        auth(&[none, names, ("AUTH0_AUDIENCE", "one, two"), ("AUTH0_JWKS_ORIGINS", "https://keys.example.com")]);
    let keys = KeyLocation::Discovery { origins: vec!["https://keys.example.com".into()] };
    let issuer = |name: &str| IssuerSettings {
        audiences: vec!["one".into(), "two".into()],
        keys: keys.clone(),
        ..IssuerSettings::discovered(name, "one")
    };
    assert_eq!(
        settings.issuers,
        [issuer("https://sso.example.com/realms/main"), issuer("https://accounts.google.com")]
    );
    assert_eq!(read(&[none, names, ("AUTH0_AUDIENCE", "one,two")]).unwrap().audience, "one");
    let url = ("AUTH0_JWKS_URL", "https://keys.example.com/jwks");
    for more in [vec![none, ("AUTH0_ISSUER", "any name"), url], vec![url]] {
        assert_eq!(location(&auth(&more).issuers[0]), url.1, "{more:?}");
    }
    let claims = auth(&[
        ("AUTH0_PERMISSIONS_CLAIM", "resource_access.api.roles, scope"),
        ("AUTH0_EMAIL_CLAIM", "email,upn"),
        ("AUTH0_AUDIENCE_CLAIM", "client_id"),
    ])
    .claims;
    assert_eq!(claims.permissions, ["resource_access.api.roles", "scope"]);
    assert_eq!((claims.email.join(" "), claims.audience.join(" ")), ("email upn".into(), "client_id".into()));
    // Plain HTTP, for a provider on the developer's machine, and never in production
    let local = [none, ("AUTH0_ISSUER", "http://localhost:8080/realms/main"), ("AUTH0_ALLOW_PRIVATE", "true")];
    assert!(auth(&local).allow_http);
    let production = [
        &local[..],
        &[
            ("ENVIRONMENT", "production"),
            ("SECRET_KEY", "0123456789abcdef0123456789abcdef"),
            ("DATABASE_URL", "sqlite::memory:"),
        ],
    ]
    .concat();
    let refused = read(&production).unwrap_err().message().to_owned();
    assert!(refused.contains("does not begin with https://"), "{refused}");
}

#[test]
fn the_development_issuer_follows_the_settings_about_tokens() {
    let none = &[("AUTH0_DOMAIN", ""), ("AUTH0_DPOP", "allowed"), ("AUTH0_ROLES_CLAIM", "https://x.test/roles")];
    let settings = read(none).unwrap();
    assert!(settings.auth.issuers.is_empty());
    assert_eq!(settings.auth.dpop.mode, DpopMode::Allowed);
    assert_eq!(settings.auth.claims.roles, ["https://x.test/roles"]);
}

#[test]
fn invalid_settings_are_reported_by_name() {
    let table: &[(&[(&str, &str)], &str)] = &[
        (&[("AUTH0_DPOP", "yes")], "AUTH0_DPOP is `yes`; it can be off, allowed or required"),
        (&[("AUTH0_DPOP", "on"), ("AUTH0_DOMAIN", "")], "AUTH0_DPOP is `on`"),
        (&[("AUTH0_DPOP_ORIGINS", "api.example.com")], "not an origin for DPoP"),
        (&[("AUTH0_DPOP_ORIGINS", "https://api.example.com/v1/"), ("AUTH0_DOMAIN", "")], "not an origin for DPoP"),
        (&[("AUTH0_ISSUER", "https://a.example, https://b.example")], "AUTH0_ISSUER names several issuers"),
        (
            &[("AUTH0_ISSUER", "https://a.example"), ("AUTH0_DOMAIN", ""), ("AUTH0_AUDIENCE", "")],
            "AUTH0_AUDIENCE is missing",
        ),
        (
            &[("AUTH0_JWKS_URL", "https://a.example/keys"), ("AUTH0_DISCOVERY", "true")],
            "AUTH0_JWKS_URL and AUTH0_DISCOVERY",
        ),
        (&[("AUTH0_JWKS_URL", "http://a.example/keys")], "does not begin with https://"),
        (&[("AUTH0_JWKS_URL", "keys")], "has a key set URL that is not a URL"),
        (&[("AUTH0_DPOP_PROOF_AGE", "301")], "The age of a DPoP proof"),
        (&[("AUTH0_DPOP_ALGORITHMS", "HS256")], "AUTH0_DPOP_ALGORITHMS names `HS256`"),
        (&[("AUTH0_ALGORITHMS", "HS256")], "algorithms with a shared secret (HS256, HS384, HS512) are never accepted"),
        (&[("AUTH0_ALGORITHMS", "none")], "AUTH0_ALGORITHMS names `none`"),
        (&[("AUTH0_LEEWAY", "301")], "The leeway"),
        (&[("AUTH0_LEEWAY", "-1")], "AUTH0_LEEWAY is `-1`"),
        (&[("AUTH0_TOKEN_CACHE", "many")], "AUTH0_TOKEN_CACHE is `many`"),
        (&[("AUTH0_PERMISSIONS_IN_SCOPE", "yes")], "AUTH0_PERMISSIONS_IN_SCOPE is `yes`; it must be true or false"),
        (
            &[("AUTH0_CUSTOM_DOMAINS", "https://login.example.com")],
            "AUTH0_CUSTOM_DOMAINS is `https://login.example.com`",
        ),
        (&[("AUTH0_CUSTOM_DOMAINS", "tenant.eu.auth0.com")], "is listed twice"),
        (&[("AUTH0_DISCOVERY", "yes")], "AUTH0_DISCOVERY is `yes`; it must be true or false"),
        (&[("AUTH0_ALLOW_PRIVATE", "1")], "AUTH0_ALLOW_PRIVATE is `1`; it must be true or false"),
        (&[("AUTH0_JWKS_ORIGINS", "https://keys.example.com")], "AUTH0_DISCOVERY is not true"),
        (
            &[("AUTH0_DISCOVERY", "true"), ("AUTH0_JWKS_ORIGINS", "keys.example.com")],
            "may have keys at `keys.example.com`, which is not an origin",
        ),
        (&[("AUTH0_DISCOVERY", "true"), ("AUTH0_ISSUER", "sso.example.com")], "is not a URL"),
        (&[("AUTH0_DISCOVERY", "true"), ("AUTH0_ISSUER", "http://sso.example.com/")], "does not begin with https://"),
        (&[("AUTH0_DOMAIN", "10.0.0.1")], "has its keys at 10.0.0.1, which is not on the public internet"),
        (&[("AUTH0_CUSTOM_DOMAINS", "login.example.com"), ("AUTH0_DOMAIN", "")], "AUTH0_DOMAIN is not"),
    ];
    for (variables, words) in table {
        let message = format!("{:?}", read(variables).unwrap_err());
        assert!(message.contains(words), "{variables:?}: {message}");
        assert_eq!(
            message.matches("\n  - ").count(),
            1 + usize::from(message.contains("has no algorithms")),
            "{message}"
        );
    }
}

#[cfg(feature = "rbac")]
#[test]
fn settings_of_roles_in_the_database() {
    let domain = ("AUTH0_DOMAIN", "");
    let used = ("AUTH0_USE_RBAC", "true");
    assert_eq!(read(&[domain, ("AUTH0_RBAC_PERMISSIONS", "projects:*")]).unwrap().rbac, None, "off by default");
    let list = ("AUTH0_RBAC_PERMISSIONS", "projects:*, *:read,tasks:write");
    let rbac = read(&[domain, used, list, ("AUTH0_RBAC_ROLES", "editor")]).unwrap().rbac.unwrap();
    assert_eq!(
        (rbac.permissions.as_slice(), rbac.roles.as_slice()),
        (&["projects:*".to_owned(), "*:read".to_owned(), "tasks:write".to_owned()][..], &["editor".to_owned()][..],)
    );
    for (list, wanted) in [
        ("", "AUTH0_RBAC_PERMISSIONS does not say which permissions"),
        ("*", "the entry `*`, which matches no permission"),
        ("projects:*,*:*", "the entry `*:*`, which matches no permission"),
        ("pro*", "the entry `pro*`, which matches no permission"),
        ("projects read", "the entry `projects read`, which matches no permission"),
    ] {
        let refused = read(&[domain, used, ("AUTH0_RBAC_PERMISSIONS", list)]).unwrap_err().message().to_owned();
        assert!(refused.contains(wanted), "{list}: {refused}");
    }
    let refused = read(&[domain, ("AUTH0_USE_RBAC", "yes")]).unwrap_err().message().to_owned();
    assert!(refused.contains("AUTH0_USE_RBAC"), "{refused}");
}

#[test]
fn settings_of_cors() {
    let said = |environment: &str, more: &[(&str, &str)]| {
        let own = [
            ("ENVIRONMENT", environment),
            ("SECRET_KEY", "0123456789abcdef0123456789abcdef"),
            ("DATABASE_URL", "sqlite::memory:"),
        ];
        let all: Vec<_> = own.iter().chain(more).copied().collect();
        read(&all).map(|settings| settings.cors).map_err(|error| error.to_string())
    };
    assert_eq!(said("production", &[]), Ok(CorsSettings::default()));
    let full = [
        ("CORS_ORIGINS", "https://a.example, https://b.example:8443"),
        ("CORS_HEADERS", "X-One, x-two"),
        ("CORS_EXPOSED_HEADERS", "X-Three"),
        ("CORS_CREDENTIALS", "true"),
        ("CORS_MAX_AGE", "0"),
    ];
    let expected = CorsSettings {
        origins: vec!["https://a.example".to_owned(), "https://b.example:8443".to_owned()],
        headers: vec!["x-one".to_owned(), "x-two".to_owned()],
        exposed_headers: vec!["x-three".to_owned()],
        credentials: true,
        max_age: Duration::ZERO,
    };
    assert_eq!(said("production", &full), Ok(expected));
    for (environment, more, part) in [
        ("production", &[("CORS_ORIGINS", "*")][..], "CORS_ORIGINS is `*`"),
        (
            "test",
            &[("CORS_ORIGINS", "*"), ("CORS_CREDENTIALS", "true")],
            "any page could act in the name of its visitor",
        ),
        ("test", &[("CORS_ORIGINS", "*,https://a.example")], "`*` together with other origins"),
        ("test", &[("CORS_ORIGINS", "null")], "`null`, which is not an origin"),
        ("test", &[("CORS_ORIGINS", "https://a.example/")], "which is not an origin"),
        ("test", &[("CORS_ORIGINS", "https://a.example"), ("CORS_HEADERS", "*")], "`*`, which is not a header name"),
        (
            "test",
            &[("CORS_ORIGINS", "https://a.example"), ("CORS_HEADERS", "a b")],
            "`a b`, which is not a header name",
        ),
        ("test", &[("CORS_ORIGINS", "https://a.example"), ("CORS_MAX_AGE", "1h")], "CORS_MAX_AGE is `1h`"),
        ("test", &[("CORS_ORIGINS", "https://a.example"), ("CORS_CREDENTIALS", "yes")], "CORS_CREDENTIALS is `yes`"),
        ("test", &[("CORS_HEADERS", "x-a"), ("CORS_MAX_AGE", "5")], "CORS_HEADERS, CORS_MAX_AGE without CORS_ORIGINS"),
    ] {
        let said = said(environment, more).expect_err(part);
        assert!(said.contains(part), "{said}");
    }
}

/// Tests with all features have the feature `rbac`.
#[cfg(not(feature = "rbac"))]
#[test]
fn roles_in_the_database_require_the_feature_rbac() {
    let refused = read(&[("AUTH0_USE_RBAC", "true")]).unwrap_err().message().to_owned();
    assert!(refused.contains("AUTH0_USE_RBAC cannot be used: this build lacks the feature `rbac`"), "{refused}");
    assert!(read(&[("AUTH0_USE_RBAC", "false")]).is_ok());
}

#[test]
fn settings_of_the_cache() {
    let cache = read(&[]).unwrap().cache;
    assert_eq!((cache.memory_limit, cache.namespace.as_str()), (64 * 1024 * 1024, "https://api.example.com"));
    let cache = read(&[("CACHE_MEMORY_LIMIT", "1000"), ("CACHE_NAMESPACE", "shop")]).unwrap().cache;
    assert_eq!((cache.memory_limit, cache.namespace.as_str()), (1_000, "shop"));
    let problem = read(&[("CACHE_MEMORY_LIMIT", "0")]).unwrap_err().message().to_owned();
    assert!(problem.contains("CACHE_MEMORY_LIMIT is 0"), "{problem}");
    // Without a name, the processes of two applications would share values.
    let unnamed = [("ENVIRONMENT", "production"), ("AUTH0_AUDIENCE", ""), ("REDIS_URL", "redis://127.0.0.1")];
    let problem = read(&unnamed).unwrap_err().message().to_owned();
    assert!(problem.contains("CACHE_NAMESPACE is missing"), "{problem}");
}

#[test]
fn settings_of_rates() {
    let rates = read(&[]).unwrap().rates;
    assert_eq!(rates, RateSettings::default());
    let names =
        ["", "_ADDRESS", "_READ", "_WRITE", "_SEARCH", "_UPLOAD", "_MAIL"].map(|end| format!("RATE_LIMIT{end}"));
    let all = |rates: &RateSettings| {
        let RateSettings { user, address, read, write, search, upload, mail } = rates.clone();
        [user, address, read, write, search, upload, mail]
    };
    for (place, name) in names.iter().enumerate() {
        let rates = read(&[(name, "7/hour")]).unwrap().rates;
        for (other, rate) in all(&rates).into_iter().enumerate() {
            assert_eq!(rate.map(|rate| rate.to_string()).as_deref(), (other == place).then_some("7/hour"), "{name}");
        }
        for text in ["0", "0/minute", "ten/minute", "10", "10/week", "-1/day"] {
            let problem = read(&[(name, text)]).unwrap_err().message().to_owned();
            assert!(problem.contains(&format!("{name} is `{text}`; it must be a number of requests")), "{problem}");
        }
    }
    let problem = read(&[("TRUSTED_PROXIES", "10.0.0.0/8, proxy")]).unwrap_err().message().to_owned();
    assert!(problem.contains("TRUSTED_PROXIES names `proxy`, which is neither an address nor a network"), "{problem}");
}

#[cfg(feature = "postgres")]
#[test]
fn replicas_of_the_database() {
    let primary = ("DATABASE_URL", "postgres://app@db/app");
    let urls = "postgres://a:hunter2@one/app, postgresql://b@two/app\n postgres://c@three:5433/app ,";
    let settings = read(&[primary, ("DATABASE_READ_URL", urls), ("REPLICA_MAX_LAG", "2.5")]).unwrap();
    let replicas = &settings.database.replicas;
    let found: Vec<&str> = replicas.urls.iter().map(|url| url.0.as_str()).collect();
    assert_eq!(found, ["postgres://a:hunter2@one/app", "postgresql://b@two/app", "postgres://c@three:5433/app"]);
    assert_eq!(replicas.max_lag, Duration::from_millis(2_500));
    assert!(!format!("{settings:?}").contains("hunter2"), "{settings:?}");
    let none = read(&[primary]).unwrap().database.replicas;
    assert_eq!((none.urls.len(), none.max_lag), (0, Duration::from_secs(10)));

    let wrong = [
        (
            vec![("DATABASE_URL", "sqlite::memory:"), ("DATABASE_READ_URL", "postgres://b@two/app")],
            "only PostgreSQL has replicas",
        ),
        (vec![("DATABASE_READ_URL", "postgres://b@two/app")], "only PostgreSQL has replicas"),
        (vec![primary, ("DATABASE_READ_URL", "postgres://a@one/app mysql://a:hunter2@two/app")], "the URL number 2"),
        (vec![primary, ("DATABASE_READ_URL", "postgres://a:hunter2@one:port/app")], "the URL number 1"),
        (
            vec![primary, ("DATABASE_READ_URL", "postgres://b@two/app"), ("DATABASE_POOLER", "transaction")],
            "cannot be used together",
        ),
        (vec![primary, ("REPLICA_MAX_LAG", "0.5")], "REPLICA_MAX_LAG is less than 1"),
        (vec![primary, ("REPLICA_MAX_LAG", "soon")], "REPLICA_MAX_LAG is `soon`"),
    ];
    for (settings, expected) in wrong {
        let error = read(&settings).unwrap_err().to_string();
        assert!(error.contains(expected) && !error.contains("hunter2"), "{settings:?}: {error}");
    }
}
