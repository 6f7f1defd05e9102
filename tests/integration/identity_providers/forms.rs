//! What each provider's tokens and keys look like, after its documentation. Every value is made up.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize, PublicKeyComponents};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use resourceful::serde_json::{Map, Value, json};

use super::published::Manner;

const AUDIENCE: &str = "The token is meant for another API";
const KIND: &str = "The token is not an access token";

/// A provider: where it is, and what it issues.
pub(super) struct Form {
    /// Its heading in the guide.
    pub(super) provider: &'static str,
    pub(super) host: &'static str,
    /// The host of the keys, if it is another.
    pub(super) key_host: &'static str,
    pub(super) issuer: &'static str,
    pub(super) jwks_uri: &'static str,
    /// The path of the metadata at the host. Auth0 is used without.
    pub(super) metadata: Option<&'static str>,
    pub(super) manner: Manner,
    pub(super) keys: Vec<Value>,
    pub(super) header: Value,
    /// The claims without `iss` and the times.
    pub(super) claims: Value,
    /// What the server reads from them.
    pub(super) caller: Value,
    /// Whether the caller has the permission `projects:read`.
    pub(super) may_list: bool,
    /// Tokens with other claims, and why they are refused.
    pub(super) refused: Vec<(&'static str, Value, &'static str)>,
}

impl Form {
    /// A form whose provider has metadata at this path of its host, and its keys at the same host.
    fn of(provider: &'static str, host: &'static str, issuer: &'static str, jwks_uri: &'static str) -> Self {
        Self {
            provider,
            host,
            key_host: "https://nowhere.test",
            issuer,
            jwks_uri,
            metadata: None,
            manner: Manner::Plain,
            keys: Vec::new(),
            header: Value::Null,
            claims: Value::Null,
            caller: Value::Null,
            may_list: true,
            refused: Vec::new(),
        }
    }
}

/// The keys with which all providers of these tests sign.
pub(super) struct Signer {
    rsa: KeyPair,
    elliptic: EcdsaKeyPair,
}

impl Signer {
    pub(super) fn new() -> Self {
        let rsa = KeyPair::generate(KeySize::Rsa2048).expect("a key");
        let elliptic = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
        Self { rsa, elliptic }
    }

    /// The RSA key as a JWK with these members; its `kid` is `rsa` if they name no other.
    pub(super) fn rsa(&self, members: Value) -> Value {
        let public = PublicKeyComponents::<Vec<u8>>::from(self.rsa.public_key());
        let (n, e) = (URL_SAFE_NO_PAD.encode(public.n), URL_SAFE_NO_PAD.encode(public.e));
        with(json!({"kid": "rsa", "kty": "RSA", "use": "sig", "n": n, "e": e}), members)
    }

    pub(super) fn elliptic(&self) -> Value {
        // An uncompressed point: a byte 4, then both coordinates.
        let (x, y) = self.elliptic.public_key().as_ref()[1..].split_at(32);
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        json!({"kid": "ec", "kty": "EC", "use": "sig", "alg": "ES256", "crv": "P-256", "x": x, "y": y})
    }

    /// A token of this issuer that is valid now.
    pub(super) fn sign(&self, header: &Value, claims: &Value, issuer: &str) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970").as_secs();
        let claims = with(json!({"iss": issuer, "iat": now, "exp": now + 600}), claims.clone());
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(&claims));
        let random = SystemRandom::new();
        let signature = if header["alg"] == "ES256" {
            self.elliptic.sign(&random, signed.as_bytes()).expect("a signature").as_ref().to_vec()
        } else {
            let mut signature = vec![0; self.rsa.public_modulus_len()];
            self.rsa.sign(&RSA_PKCS1_SHA256, &random, signed.as_bytes(), &mut signature).expect("a signature");
            signature
        };
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn with(base: Value, more: Value) -> Value {
    let mut all: Map<String, Value> = base.as_object().expect("an object").clone();
    all.extend(more.as_object().expect("an object").clone());
    all.into()
}

/// An RSA key that nobody signs with.
fn stranger(members: Value) -> Value {
    let modulus = URL_SAFE_NO_PAD.encode([0xff; 256]);
    with(json!({"kty": "RSA", "n": modulus, "e": "AQAB"}), members)
}

/// Several keys under one id: one for encryption, one for each algorithm, one of another kind.
pub(super) fn crowded(signer: &Signer) -> Vec<Value> {
    vec![
        stranger(json!({"kid": "rsa", "use": "enc", "alg": "RSA-OAEP"})),
        signer.rsa(json!({"alg": "RS512"})),
        signer.rsa(json!({"alg": "RS384"})),
        signer.rsa(json!({"alg": "RS256"})),
        stranger(json!({"kid": "rsa", "use": "sig", "alg": "PS256"})),
        with(signer.elliptic(), json!({"kid": "rsa"})),
    ]
}

/// The caller of a token without what is not named here.
fn caller(members: Value) -> Value {
    let nothing = json!({
        "id": null, "email": null, "name": null, "permissions": [], "roles": [], "scopes": [], "machine": false,
    });
    with(nothing, members)
}

/// Every provider of the guide.
pub(super) fn all(signer: &Signer) -> Vec<Form> {
    vec![
        auth0(signer),
        keycloak(signer),
        okta(signer),
        entra(signer),
        cognito(signer),
        google(signer),
        zitadel(signer),
        authentik(signer),
        ory(signer),
    ]
}

fn auth0(signer: &Signer) -> Form {
    let host = "https://tenant.eu.auth0.com";
    Form {
        // The server knows the address of Auth0's keys without metadata.
        host: "https://login.nowhere.test",
        keys: vec![
            signer.rsa(
                json!({"kid": "NjVBRjY5MDlCMUIwNzU4RTA2", "alg": "RS256", "x5t": "NjVBRjY5", "x5c": ["MIIC+DCC"]}),
            ),
            stranger(json!({"kid": "next", "use": "sig", "alg": "RS256"})),
        ],
        header: json!({"alg": "RS256", "typ": "JWT", "kid": "NjVBRjY5MDlCMUIwNzU4RTA2"}),
        claims: json!({
            "sub": "auth0|64f0c1", "aud": ["https://api.example.com", format!("{host}/userinfo")], "azp": "web",
            "scope": "openid profile", "permissions": ["projects:read", "projects:write"],
        }),
        caller: caller(json!({
            "id": "auth0|64f0c1", "permissions": ["projects:read", "projects:write"], "scopes": ["openid", "profile"],
        })),
        refused: vec![("an ID token", json!({"aud": "web"}), AUDIENCE)],
        ..Form::of("Auth0", host, "https://tenant.eu.auth0.com/", "https://login.nowhere.test/.well-known/jwks.json")
    }
}

fn keycloak(signer: &Signer) -> Form {
    let key =
        json!({"kid": "FJ86GcF3jTbNLOco4NvZkUCIUmfYCqoqtOQeMfbhNlE", "alg": "RS256", "x5c": ["MIIC"], "x5t": "AAAA"});
    Form {
        metadata: Some("/realms/main/.well-known/openid-configuration"),
        keys: vec![
            stranger(json!({"kid": "FJ86GcF3jTbNLOco4NvZkUCIUmfYCqoqtOQeMfbhNlE", "use": "enc", "alg": "RSA-OAEP"})),
            signer.rsa(key),
        ],
        header: json!({"alg": "RS256", "typ": "JWT", "kid": "FJ86GcF3jTbNLOco4NvZkUCIUmfYCqoqtOQeMfbhNlE"}),
        claims: json!({
            "auth_time": 1_700_000_000, "jti": "onrtac:7d3a", "aud": ["projects-api", "account"],
            "sub": "5c34f6f0-1d2b-4c3d-8e4f-0a1b2c3d4e5f", "typ": "Bearer", "azp": "web", "sid": "b5f0", "acr": "1",
            "allowed-origins": ["https://app.example.com"],
            "realm_access": {"roles": ["default-roles-main", "offline_access", "editor"]},
            "resource_access": {
                "projects-api": {"roles": ["projects:read", "projects:write"]},
                "account": {"roles": ["manage-account", "view-profile"]},
            },
            "scope": "openid email profile", "email_verified": true, "name": "Ada Byron", "preferred_username": "ada",
            "given_name": "Ada", "family_name": "Byron", "email": "ada@example.com",
        }),
        caller: caller(json!({
            "id": "5c34f6f0-1d2b-4c3d-8e4f-0a1b2c3d4e5f", "email": "ada@example.com", "name": "Ada Byron",
            "permissions": ["projects:read", "projects:write"],
            "roles": ["default-roles-main", "offline_access", "editor"], "scopes": ["openid", "email", "profile"],
        })),
        refused: vec![
            ("an ID token", json!({"typ": "ID", "aud": "web"}), KIND),
            ("a refresh token", json!({"typ": "Refresh"}), KIND),
            ("another client's token", json!({"aud": "account"}), AUDIENCE),
        ],
        ..Form::of(
            "Keycloak",
            "https://sso.example.com",
            "https://sso.example.com/realms/main",
            "https://sso.example.com/realms/main/protocol/openid-connect/certs",
        )
    }
}

fn okta(signer: &Signer) -> Form {
    Form {
        metadata: Some("/oauth2/default/.well-known/openid-configuration"),
        keys: vec![signer.rsa(json!({"kid": "RQ8DuhdxCczyMvy7GNJb4Ka3lQ99vrSo3oFBUiZjzzc", "alg": "RS256"}))],
        header: json!({"kid": "RQ8DuhdxCczyMvy7GNJb4Ka3lQ99vrSo3oFBUiZjzzc", "alg": "RS256"}),
        claims: json!({
            "ver": 1, "jti": "AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE", "aud": "api://default",
            "cid": "nmdP1fcyvdVO11AL7ECm", "uid": "00ulevQ6Z8r5MwF5I1d7", "auth_time": 1_700_000_000,
            "scp": ["openid", "projects:read"], "sub": "ada@example.com", "groups": ["Everyone", "editors"],
        }),
        caller: caller(json!({
            "id": "ada@example.com", "permissions": ["openid", "projects:read"], "roles": ["Everyone", "editors"],
            "scopes": ["openid", "projects:read"],
        })),
        refused: vec![("a token of an application's own API", json!({"aud": "api://other"}), AUDIENCE)],
        ..Form::of(
            "Okta",
            "https://dev-123456.okta.com",
            "https://dev-123456.okta.com/oauth2/default",
            "https://dev-123456.okta.com/oauth2/default/v1/keys",
        )
    }
}

fn entra(signer: &Signer) -> Form {
    let kid = "iOtBVDfIBbJd7GDBbzT3cKXvB4Y";
    // Keys of Microsoft have no algorithm.
    let key = json!({"kid": kid, "x5t": kid, "x5c": ["MIIC/TCC"], "cloud_instance_name": "microsoftonline.com",
        "issuer": "https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0"});
    Form {
        metadata: Some("/11111111-2222-3333-4444-555555555555/v2.0/.well-known/openid-configuration"),
        keys: vec![signer.rsa(key), stranger(json!({"kid": "other", "use": "sig"}))],
        header: json!({"typ": "JWT", "alg": "RS256", "kid": kid}),
        claims: json!({
            "aud": "66666666-7777-8888-9999-000000000000", "aio": "AXQAi/8TAAAA", "azp": "0a0b0c0d-0000-4000-8000-000000000000",
            "azpacr": "0", "name": "Ada Byron", "oid": "21532ad8-0000-4000-8000-000000000000", "preferred_username": "ada@example.com",
            "rh": "0.AV", "roles": ["projects:read"], "scp": "access_as_user", "sub": "HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ",
            "tid": "11111111-2222-3333-4444-555555555555", "uti": "fqiBqXLPj0eQa82S-IYFAA", "ver": "2.0", "nbf": 1_700_000_000,
        }),
        caller: caller(json!({
            "id": "HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ", "email": "ada@example.com", "name": "Ada Byron",
            "permissions": ["projects:read"], "roles": ["projects:read"], "scopes": ["access_as_user"],
        })),
        refused: vec![(
            "a token for Microsoft Graph",
            json!({"aud": "00000003-0000-0000-c000-000000000000"}),
            AUDIENCE,
        )],
        ..Form::of(
            "Microsoft Entra ID",
            "https://login.microsoftonline.com",
            "https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0",
            "https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/discovery/v2.0/keys",
        )
    }
}

fn cognito(signer: &Signer) -> Form {
    Form {
        metadata: Some("/eu-central-1_EXAMPLE/.well-known/openid-configuration"),
        keys: vec![
            stranger(json!({"kid": "id-tokens=", "alg": "RS256", "use": "sig"})),
            signer.rsa(json!({"kid": "1234example=", "alg": "RS256"})),
        ],
        header: json!({"kid": "1234example=", "alg": "RS256"}),
        claims: json!({
            "sub": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "device_key": "aaaa", "cognito:groups": ["projects:read", "editors"],
            "version": 2, "client_id": "1example23456789", "origin_jti": "aaaa", "event_id": "bbbb", "token_use": "access",
            "scope": "phone openid projects-api/read", "auth_time": 1_700_000_000, "jti": "cccc", "username": "ada",
        }),
        caller: caller(json!({
            "id": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "permissions": ["projects:read", "editors"],
            "roles": ["projects:read", "editors"], "scopes": ["phone", "openid", "projects-api/read"],
        })),
        refused: vec![
            ("an ID token", json!({"token_use": "id", "client_id": null, "aud": "1example23456789"}), KIND),
            ("of another app client", json!({"client_id": "3example23456789"}), AUDIENCE),
        ],
        ..Form::of(
            "Amazon Cognito",
            "https://cognito-idp.eu-central-1.amazonaws.com",
            "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_EXAMPLE",
            "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_EXAMPLE/.well-known/jwks.json",
        )
    }
}

fn google(signer: &Signer) -> Form {
    Form {
        key_host: "https://www.googleapis.com",
        metadata: Some("/.well-known/openid-configuration"),
        manner: Manner::CompressedUnlessIdentity,
        keys: vec![
            signer.rsa(json!({"kid": "c8ab71530972bba20b49f78a09c9852c43ff9118", "alg": "RS256"})),
            stranger(json!({"kid": "89ce3598c473af1bda4bff95e6c8736450206fba", "use": "sig", "alg": "RS256"})),
        ],
        header: json!({"alg": "RS256", "kid": "c8ab71530972bba20b49f78a09c9852c43ff9118", "typ": "JWT"}),
        claims: json!({
            "azp": "1234567890-example.apps.googleusercontent.com", "aud": "1234567890-example.apps.googleusercontent.com",
            "sub": "10769150350006150715113082367", "hd": "example.com", "email": "ada@example.com", "email_verified": true,
            "at_hash": "HK6E_P6Dh8Y93mRNtsDB1Q", "name": "Ada Byron", "picture": "https://example.com/ada.png",
        }),
        caller: caller(json!({"id": "10769150350006150715113082367", "email": "ada@example.com", "name": "Ada Byron"})),
        may_list: false,
        refused: vec![("for another application", json!({"aud": "9-other.apps.googleusercontent.com"}), AUDIENCE)],
        ..Form::of(
            "Google",
            "https://accounts.google.com",
            "https://accounts.google.com",
            "https://www.googleapis.com/oauth2/v3/certs",
        )
    }
}

fn zitadel(signer: &Signer) -> Form {
    Form {
        metadata: Some("/.well-known/openid-configuration"),
        keys: vec![signer.rsa(json!({"kid": "200837231930312961", "alg": "RS256"}))],
        header: json!({"alg": "RS256", "kid": "200837231930312961", "typ": "JWT"}),
        claims: json!({
            "aud": ["164435267098312801@projects", "164435267098312705"], "client_id": "164435267098312801@projects",
            "sub": "165467338479501569", "jti": "V2_200837", "nbf": 1_700_000_000,
            "urn:zitadel:iam:org:project:roles": {
                "projects:read": {"165461784306221313": "example.zitadel.cloud"},
                "editor": {"165461784306221313": "example.zitadel.cloud"},
            },
        }),
        caller: caller(json!({
            "id": "165467338479501569", "permissions": ["editor", "projects:read"], "roles": ["editor", "projects:read"],
        })),
        refused: vec![("of another project", json!({"aud": ["164435267098312801@projects"]}), AUDIENCE)],
        ..Form::of(
            "Zitadel",
            "https://example-abc123.zitadel.cloud",
            "https://example-abc123.zitadel.cloud",
            "https://example-abc123.zitadel.cloud/oauth/v2/keys",
        )
    }
}

fn authentik(signer: &Signer) -> Form {
    let kid = "cb2d5ba1f1d24f4e9e0a3f1b2c3d4e5f";
    Form {
        metadata: Some("/application/o/projects/.well-known/openid-configuration"),
        keys: vec![signer.rsa(json!({"kid": kid, "alg": "RS256", "x5c": ["MIIF"], "x5t": "AA", "x5t#S256": "BB"}))],
        header: json!({"alg": "RS256", "kid": kid, "typ": "JWT"}),
        claims: json!({
            "sub": "9b71d224bd62f3785d96d46ad3ea3d73319bfbc2", "aud": "kP3example", "auth_time": 1_700_000_000,
            "acr": "goauthentik.io/providers/oauth2/default", "azp": "kP3example", "uid": "x7", "email": "ada@example.com",
            "email_verified": true, "name": "Ada Byron", "given_name": "Ada Byron", "preferred_username": "ada",
            "nickname": "ada", "groups": ["authentik Admins", "editors"], "permissions": ["projects:read"],
            "scope": "openid email profile",
        }),
        caller: caller(json!({
            "id": "9b71d224bd62f3785d96d46ad3ea3d73319bfbc2", "email": "ada@example.com", "name": "Ada Byron",
            "permissions": ["projects:read"], "roles": ["authentik Admins", "editors"],
            "scopes": ["openid", "email", "profile"],
        })),
        refused: vec![("of another application", json!({"aud": "other"}), AUDIENCE)],
        ..Form::of(
            "Authentik",
            "https://auth.example.com",
            "https://auth.example.com/application/o/projects/",
            "https://auth.example.com/application/o/projects/jwks/",
        )
    }
}

fn ory(signer: &Signer) -> Form {
    Form {
        metadata: Some("/.well-known/openid-configuration"),
        manner: Manner::KeySetTypeOnly,
        keys: vec![
            // Of ID tokens, then of access tokens
            stranger(json!({"kid": "3f0edde4-1b7c-4b1f-9a53-d7e6c6c93b0c", "use": "sig", "alg": "RS256"})),
            signer.rsa(json!({"kid": "a2aa9739-d753-4a0d-87ee-61f101050277", "alg": "RS256"})),
        ],
        header: json!({"alg": "RS256", "kid": "a2aa9739-d753-4a0d-87ee-61f101050277", "typ": "JWT"}),
        claims: json!({
            "aud": ["https://api.example.com"], "client_id": "f0a7d6a3-0000-4000-8000-000000000000",
            "ext": {"permissions": ["projects:read"], "roles": ["editor"], "email": "ada@example.com"},
            "jti": "aaaa", "nbf": 1_700_000_000, "scp": ["openid", "offline_access"], "scope": "openid offline_access",
            "sub": "0d4d6d1b-0000-4000-8000-000000000000",
        }),
        caller: caller(json!({
            "id": "0d4d6d1b-0000-4000-8000-000000000000", "permissions": ["projects:read"], "roles": ["editor"],
            "scopes": ["openid", "offline_access"],
        })),
        refused: vec![("the client has not requested the audience", json!({"aud": []}), AUDIENCE)],
        ..Form::of(
            "Ory",
            "https://example-abc123.projects.oryapis.com",
            "https://example-abc123.projects.oryapis.com",
            "https://example-abc123.projects.oryapis.com/.well-known/jwks.json",
        )
    }
}
