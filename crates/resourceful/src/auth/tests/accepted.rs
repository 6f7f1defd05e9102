//! Valid tokens, their callers, and the effects of settings.

use serde_json::json;

use super::tokens::{good, with, with_header, without};
use super::{AUDIENCE, ISSUER, NOW, TestClock, claims, claims_with, forger, trusted, verifier};
use crate::auth::rejection::Rejection;
use crate::auth::{AuthSettings, ClaimNames, Verifier};

#[tokio::test]
async fn what_is_accepted() {
    let table: Vec<(&str, String)> = vec![
        ("plain", good()),
        ("no typ", with_header(json!({"typ": null}))),
        ("at+jwt", with_header(json!({"typ": "at+jwt"}))),
        ("AT+JWT", with_header(json!({"typ": "AT+JWT"}))),
        ("application/at+jwt", with_header(json!({"typ": "Application/at+jwt"}))),
        ("jwt", with_header(json!({"typ": "jwt"}))),
        ("unknown header members", with_header(json!({"x5t": "AAAA", "x": 1}))),
        ("aud a list", with(json!({"aud": [AUDIENCE]}))),
        ("aud a list with others", with(json!({"aud": ["https://tenant.test/userinfo", AUDIENCE]}))),
        ("expired within the leeway", with(json!({"exp": NOW - 29}))),
        ("nbf within the leeway", with(json!({"nbf": NOW + 30}))),
        ("iat within the leeway", with(json!({"iat": NOW + 30}))),
        ("no iat", without("iat")),
        ("exp with a fraction", with(json!({"exp": 1_800_000_000.5}))),
        ("exp far away", with(json!({"exp": 1e19}))),
        ("no permissions", without("permissions")),
        ("nbf null", with(json!({"nbf": null}))),
        ("cnf null", with(json!({"cnf": null}))),
        ("typ Bearer as a claim", with(json!({"typ": "Bearer", "token_use": "access"}))),
    ];
    let verifier = verifier();
    for (name, token) in table {
        let user = verifier.verify(&token).await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(user.id, "auth0|ada", "{name}");
        assert_eq!(user.permissions.is_empty(), name == "no permissions");
    }
}

#[tokio::test]
async fn the_caller_of_a_token() {
    let verifier = verifier();
    let token = with(json!({
        "email": "ada@example.com", "name": "Ada", "roles": ["admin"], "scope": "openid  read:x ",
        "https://x.test/plan": {"seats": 3},
    }));
    let user = verifier.verify(&token).await.unwrap();
    assert_eq!((user.email.as_deref(), user.name.as_deref()), (Some("ada@example.com"), Some("Ada")));
    assert_eq!(user.permissions, ["projects:read", "projects:write"]);
    assert_eq!(
        (user.roles.as_slice(), user.scopes.as_slice()),
        (&["admin".to_owned()][..], &["openid".to_owned(), "read:x".to_owned()][..])
    );
    assert_eq!(user.claims["https://x.test/plan"], json!({"seats": 3}));
    assert!(!user.is_machine);
    // Exactly as written: no case folding, no trimming, no Unicode normalization
    for sub in ["AUTH0|ada", "auth0|ada ", "e\u{301}", "\u{e9}"] {
        assert_eq!(verifier.verify(&with(json!({ "sub": sub }))).await.unwrap().id, sub);
    }
    let nulls = with(json!({"email": null, "name": null, "roles": null, "permissions": null, "scope": null}));
    let user = verifier.verify(&nulls).await.unwrap();
    assert_eq!((&user.email, &user.name, user.permissions.len(), user.scopes.len()), (&None, &None, 0, 0));
    for (scopes, read) in [
        (json!({"scope": ["read:x", "a b"]}), "read:x|a b"),
        (json!({"scp": ["read:x"]}), "read:x"),
        (json!({"scp": "read:x read:y"}), "read:x|read:y"),
        (json!({"scope": "read:x read:y", "scp": ["read:y", "read:z"]}), "read:x|read:y|read:z"),
    ] {
        assert_eq!(verifier.verify(&with(scopes.clone())).await.unwrap().scopes.join("|"), read, "{scopes}");
    }
    for (changes, machine) in [
        (json!({"gty": "client-credentials"}), true),
        (json!({"gty": ["client-credentials"]}), true),
        (json!({"sub": "app@clients"}), true),
        (json!({"sub": "app", "client_id": "app"}), true),
        (json!({"sub": "app", "azp": "app"}), true),
        (json!({"sub": "app", "cid": "app"}), true),
        (json!({"idtyp": "app"}), true),
        (json!({"azp": "job", "preferred_username": "service-account-job"}), true),
        (json!({"azp": "web", "preferred_username": "service-account-job"}), false),
        (json!({"azp": "web", "client_id": "web", "preferred_username": "ada"}), false),
        (json!({"idtyp": "user"}), false),
        (json!({"gty": "password"}), false),
        (json!({"sub": "app@clients.example"}), false),
    ] {
        assert_eq!(verifier.verify(&with(changes.clone())).await.unwrap().is_machine, machine, "{changes}");
    }
}

#[tokio::test]
async fn claims_of_other_names() {
    let settings = AuthSettings {
        claims: ClaimNames {
            permissions: vec!["https://x.test/permissions".into(), "realm.access".into()],
            roles: vec!["https://x.test/roles".into(), "grants.*".into()],
            email: Vec::new(),
            audience: vec!["aud".into(), "client_id".into()],
        },
        ..AuthSettings::default()
    };
    let builder = Verifier::builder(settings).static_issuer(ISSUER, AUDIENCE, trusted().jwks());
    let verifier = builder.clock(TestClock::new()).build().unwrap();
    let token = with(json!({
        "https://x.test/permissions": ["a"], "realm": {"access": "c d"}, "https://x.test/roles": "b b2",
        "grants": {"e": {}}, "email": ["not read"], "": "neither", "aud": null, "client_id": [AUDIENCE],
    }));
    let user = verifier.verify(&token).await.unwrap();
    assert_eq!(
        (user.permissions.join(" "), user.roles.join(" "), &user.email),
        ("a c d".into(), "b b2 e".into(), &None)
    );
    let wrong = verifier.verify(&with(json!({"https://x.test/roles": {"b": 1}}))).await.unwrap_err();
    assert_eq!(wrong.detail(), Rejection::ClaimType.sentence());
    // The first claim that the token has decides
    let other = with(json!({"aud": "https://other.test", "client_id": AUDIENCE}));
    assert_eq!(verifier.verify(&other).await.unwrap_err().detail(), Rejection::Audience.sentence());
}

/// In Auth0, `permissions` are those of the user, and `scope` is what the client application requested.
#[tokio::test]
async fn permissions_in_scope() {
    let table = [
        (json!({"scope": "projects:read projects:write"}), "projects:read projects:write"),
        (json!({"scope": "openid projects:read email"}), "projects:read"),
        (json!({"scope": "projects:read"}), "projects:read"),
        (json!({"scope": "projects:read:self projects:rea Projects:Read projects:read,projects:write"}), ""),
        (json!({"scope": "projects:delete"}), ""),
        (json!({"scope": ""}), ""),
        (json!({}), ""),
        (json!({"permissions": [], "scope": "projects:read"}), ""),
    ];
    for (changes, expected) in table {
        for permissions_in_scope in [true, false] {
            let settings = AuthSettings { permissions_in_scope, ..AuthSettings::default() };
            let builder = Verifier::builder(settings).static_issuer(ISSUER, AUDIENCE, trusted().jwks());
            let user = builder.clock(TestClock::new()).build().unwrap().verify(&with(changes.clone())).await.unwrap();
            let all = changes.get("permissions").map_or("projects:read projects:write", |_| "");
            let expected = if permissions_in_scope { expected } else { all };
            assert_eq!(user.permissions.join(" "), expected, "{changes}");
        }
    }
}

#[tokio::test]
async fn one_issuer_cannot_sign_for_another() {
    let two = Verifier::builder(AuthSettings::default())
        .static_issuer(ISSUER, AUDIENCE, trusted().jwks())
        .static_issuer("https://other.test/", "https://other-api.test", forger().jwks())
        .clock(TestClock::new())
        .build()
        .unwrap();
    let sentence = async |token: String| two.verify(&token).await.map_err(|error| error.detail().to_owned());
    let other = json!({"iss": "https://other.test/", "aud": "https://other-api.test"});
    let signed = |claims| forger().sign_claims(&claims).unwrap();
    assert!(sentence(good()).await.is_ok());
    assert!(sentence(signed(claims_with(other.clone()))).await.is_ok());
    assert_eq!(sentence(signed(claims())).await.unwrap_err(), Rejection::UnknownKey.sentence());
    assert_eq!(sentence(with(other)).await.unwrap_err(), Rejection::UnknownKey.sentence());
    // If it is ambiguous, none is used
    assert_eq!(sentence(without("iss")).await.unwrap_err(), Rejection::Issuer.sentence());
    // Each issuer has its own audience
    let aud = signed(claims_with(json!({"iss": "https://other.test/"})));
    assert_eq!(sentence(aud).await.unwrap_err(), Rejection::Audience.sentence());
}

#[tokio::test]
async fn the_leeway_can_be_set() {
    for (leeway, good) in [(0, false), (59, false), (61, true)] {
        let settings = AuthSettings { leeway: std::time::Duration::from_secs(leeway), ..AuthSettings::default() };
        let builder = Verifier::builder(settings).static_issuer(ISSUER, AUDIENCE, trusted().jwks());
        let verifier = builder.clock(TestClock::new()).build().unwrap();
        assert_eq!(verifier.verify(&with(json!({"exp": NOW - 60}))).await.is_ok(), good, "{leeway}");
        assert_eq!(verifier.verify(&with(json!({"nbf": NOW + 60}))).await.is_ok(), good, "{leeway}");
    }
}

#[tokio::test]
async fn a_rejection_contains_nothing_from_the_token() {
    let token = with(json!({"aud": "https://secret-name.test"}));
    let error = verifier().verify(&token).await.unwrap_err();
    assert!(!error.to_string().contains("secret-name"), "{error}");
    assert!(format!("{error:?}").contains("secret-name"), "the log contains it");
    let guide = include_str!("../../docs/auth0.md");
    for rejection in Rejection::ALL {
        let sentence = rejection.sentence();
        assert!(guide.contains(sentence), "the guide does not explain: {sentence}");
        assert!(
            sentence.bytes().all(|byte| (0x20..0x7f).contains(&byte) && byte != b'"' && byte != b'\\'),
            "{sentence}"
        );
    }
}

#[cfg(feature = "jwks-http")]
#[tokio::test]
async fn no_url_in_a_token_is_fetched() {
    use super::server::{Answer, Server};
    let server = Server::start(Answer::Body(forger().jwks().to_owned(), "")).await;
    let verifier = verifier();
    for name in ["jku", "x5u"] {
        for kid in [trusted().kid(), forger().kid()] {
            let header = json!({"alg": "RS256", "kid": kid, name: server.url}).to_string();
            let token = forger().sign_parts(&header, &json!(claims()).to_string()).unwrap();
            assert_eq!(verifier.verify(&token).await.unwrap_err().slug(), "invalid-token");
        }
    }
    assert_eq!(server.hits(), 0);
}
