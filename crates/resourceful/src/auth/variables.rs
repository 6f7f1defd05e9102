//! The settings about tokens, as their users read about them.

use crate::env::Setting;

/// The settings of tokens.
pub(crate) fn token_variables() -> Vec<Setting> {
    vec![
        Setting::new(
            "AUTH0_DOMAIN",
            "The domain of the Auth0 tenant. Without it, development issues its own tokens (command `token --sub 'auth0|ada'`).",
        )
        .example("tenant.eu.auth0.com")
        .required(),
        Setting::new("AUTH0_AUDIENCE", "The identifier of the API in Auth0.")
            .example("https://api.example.com")
            .required(),
        Setting::new(
            "AUTH0_ISSUER",
            "The `iss` of the tokens, if it is not https://AUTH0_DOMAIN/. The keys still come from AUTH0_DOMAIN, unless \
             AUTH0_DISCOVERY is true.",
        ),
        Setting::new(
            "AUTH0_DISCOVERY",
            "true: the URL of the signing keys is read from the issuer's metadata \
             (`/.well-known/openid-configuration` below the issuer), and is not \
             https://AUTH0_DOMAIN/.well-known/jwks.json. Auth0 does not need it; other providers may.",
        )
        .default("false"),
        Setting::new(
            "AUTH0_JWKS_ORIGINS",
            "Origins that the issuer's metadata may name for the keys, in addition to the issuer's own origin; comma-separated.",
        )
        .example("https://keys.example.com"),
        Setting::new(
            "AUTH0_ALLOW_PRIVATE",
            "true: keys and metadata may come from addresses that are not on the public internet (loopback, private \
             networks and others), for an issuer in an internal network.",
        )
        .default("false"),
        Setting::new(
            "AUTH0_ALGORITHMS",
            "The accepted signature algorithms, comma-separated: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, \
             EdDSA. HMAC algorithms (HS256, HS384, HS512) are never accepted.",
        )
        .default("RS256"),
        Setting::new("AUTH0_PERMISSIONS_CLAIM", "The name of the claim with the permissions.").default("permissions"),
        Setting::new(
            "AUTH0_ROLES_CLAIM",
            "The name of the claim with the roles. It usually has a namespaced name, such as https://example.com/roles.",
        )
        .default("roles"),
        Setting::new(
            "AUTH0_EMAIL_CLAIM",
            "The name of the claim with the email address, such as https://example.com/email.",
        )
        .default("email"),
        Setting::new(
            "AUTH0_CUSTOM_DOMAINS",
            "More domains whose tokens are accepted, comma-separated: custom domains of the tenant, or other tenants that \
             have an API with the same identifier. The keys that a domain publishes verify only its own tokens.",
        )
        .example("login.example.com,login.example.org"),
        Setting::new(
            "AUTH0_LEEWAY",
            "How many seconds the issuer's clock may differ from the server's clock, up to 300.",
        )
        .default("30"),
        Setting::new(
            "AUTH0_PERMISSIONS_IN_SCOPE",
            "true: a permission is valid only if the token's `scope` also contains it. Auth0 grants permissions to the \
             user, and scopes to the client application.",
        )
        .default("false"),
        Setting::new(
            "AUTH0_TOKEN_CACHE",
            "The most verified tokens in the token cache, which keeps each for a minute. With 0 every request verifies \
             the signature.",
        )
        .default("10000"),
        Setting::new("AUTH0_TOKEN_CACHE_BYTES", "The most bytes of memory of the token cache.").default("8388608"),
        Setting::new(
            "AUTH0_DPOP",
            "Tokens that are bound to a key of the client (DPoP, RFC 9449): off, allowed or required. `off` refuses them.",
        )
        .default("off"),
        Setting::new(
            "AUTH0_DPOP_ORIGINS",
            "The origins under which clients call this API, comma-separated. The default is the Host header of the \
             request, which is right only if no proxy terminates TLS.",
        )
        .example("https://api.example.com"),
        Setting::new("AUTH0_DPOP_ALGORITHMS", "The signature algorithms of DPoP proofs, comma-separated.")
            .default("ES256"),
        Setting::new("AUTH0_DPOP_PROOF_AGE", "The maximum age of a DPoP proof in seconds, up to 300.").default("60"),
    ]
}

/// The settings of the Auth0 Management API.
pub(crate) fn management_variables() -> Vec<Setting> {
    vec![
        Setting::new(
            "AUTH0_MANAGEMENT_CLIENT_ID",
            "A machine-to-machine application of the tenant, for `permissions diff`, `permissions sync`, and a warning at \
             start-up about permissions that the tenant does not have. It needs read:resource_servers of the Auth0 \
             Management API; `sync --apply` also needs update:resource_servers; roles also need read:roles, \
             create:roles, update:roles.",
        ),
        Setting::new("AUTH0_MANAGEMENT_CLIENT_SECRET", "The secret of that application.").secret(),
        Setting::new(
            "AUTH0_MANAGEMENT_URL",
            "The URL of the tenant, if AUTH0_DOMAIN is a custom domain: set the tenant's original URL.",
        )
        .otherwise("https://AUTH0_DOMAIN"),
    ]
}
