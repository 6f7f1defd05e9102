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
        .required_unless("AUTH0_ISSUER"),
        Setting::new(
            "AUTH0_AUDIENCE",
            "The identifier of the API in Auth0. Several, comma-separated, are all accepted; the first is the name of the \
             API.",
        )
        .example("https://api.example.com")
        .required(),
        Setting::new(
            "AUTH0_ISSUER",
            "Another provider than Auth0: the `iss` of its tokens, exactly, or several, comma-separated. Its metadata says \
             where its keys are. Leave AUTH0_DOMAIN out. Together with AUTH0_DOMAIN: the `iss` of the tenant's tokens, if it \
             is not https://AUTH0_DOMAIN/; the keys still come from AUTH0_DOMAIN.",
        )
        .example("https://sso.example.com/realms/main"),
        Setting::new(
            "AUTH0_JWKS_URL",
            "The URL of the signing keys, for a provider whose metadata cannot be used.",
        )
        .otherwise("https://AUTH0_DOMAIN/.well-known/jwks.json, or what the metadata of AUTH0_ISSUER says"),
        Setting::new(
            "AUTH0_DISCOVERY",
            "true: the URL of the signing keys is read from the issuer's metadata \
             (`/.well-known/openid-configuration` below the issuer, or `/.well-known/oauth-authorization-server`), also \
             with AUTH0_DOMAIN. Auth0 does not need it.",
        )
        .otherwise("true with AUTH0_ISSUER alone, false with AUTH0_DOMAIN"),
        Setting::new(
            "AUTH0_JWKS_ORIGINS",
            "Origins that the issuer's metadata may name for the keys, in addition to the issuer's own origin; comma-separated.",
        )
        .example("https://keys.example.com"),
        Setting::new(
            "AUTH0_ALLOW_PRIVATE",
            "true: keys and metadata may come from addresses that are not on the public internet (loopback, private \
             networks and others), for an issuer in an internal network; outside of production also over http://.",
        )
        .default("false"),
        Setting::new(
            "AUTH0_ALGORITHMS",
            "The accepted signature algorithms, comma-separated: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, \
             EdDSA. HMAC algorithms (HS256, HS384, HS512) are never accepted.",
        )
        .default("RS256"),
        Setting::new(
            "AUTH0_PERMISSIONS_CLAIM",
            "The claim with the permissions: its name, or a path into claims that are objects (`realm_access.roles`). Of \
             several, comma-separated, all are read. A claim can be a list or a text with spaces; a path that ends with \
             `.*` stands for the names of an object's members.",
        )
        .default("permissions"),
        Setting::new(
            "AUTH0_ROLES_CLAIM",
            "The claim with the roles, in the same form. In Auth0 it usually has a namespaced name, such as \
             https://example.com/roles.",
        )
        .default("roles"),
        Setting::new(
            "AUTH0_EMAIL_CLAIM",
            "The claim with the email address, such as https://example.com/email. Of several, comma-separated, the first \
             that the token has is used.",
        )
        .default("email"),
        Setting::new(
            "AUTH0_AUDIENCE_CLAIM",
            "The claim that is compared with AUTH0_AUDIENCE. Only for tokens without `aud`, such as those of Amazon Cognito.",
        )
        .default("aud"),
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
            "The origins under which clients call this API, comma-separated, each with the path that a proxy removes, if one \
             does (https://example.com/shop). The default is the Host header of the request, which is right only if no \
             proxy terminates TLS.",
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
