use std::time::Duration;

use super::{AUDIENCE, ISSUER, trusted};
use crate::auth::{Algorithm, AuthSettings, IssuerSettings, KeyLocation, Verifier};

fn settings(change: impl FnOnce(&mut AuthSettings)) -> AuthSettings {
    let mut settings =
        AuthSettings { issuers: vec![IssuerSettings::auth0("tenant.test", AUDIENCE)], ..AuthSettings::default() };
    change(&mut settings);
    settings
}

fn url(text: &str) -> KeyLocation {
    KeyLocation::Url(text.into())
}

/// Settings with an issuer with this name, which uses discovery.
fn discovered(issuer: &str, origins: &[&str]) -> Vec<IssuerSettings> {
    let origins = origins.iter().map(|&origin| origin.into()).collect();
    vec![IssuerSettings { keys: KeyLocation::Discovery { origins }, ..IssuerSettings::discovered(issuer, AUDIENCE) }]
}

#[test]
fn defaults() {
    let auth0 = IssuerSettings::auth0("tenant.test", AUDIENCE);
    assert_eq!(auth0.issuer, "https://tenant.test/");
    assert_eq!(auth0.keys, KeyLocation::Url("https://tenant.test/.well-known/jwks.json".into()));
    assert_eq!(auth0.algorithms, [Algorithm::RS256]);
    assert_eq!(IssuerSettings::auth0("tenant.test/", AUDIENCE), auth0);
    assert_eq!(AuthSettings::default().leeway, Duration::from_secs(30));
}

#[test]
fn unsafe_settings_are_refused() {
    type Change = fn(&mut AuthSettings);
    let table: &[(Change, &str)] = &[
        (|s| s.leeway = Duration::from_secs(301), "leeway"),
        (|s| s.issuers[0].keys = url("http://tenant.test/jwks"), "https://"),
        (|s| s.issuers[0].keys = url("file:///etc/passwd"), "https://"),
        (|s| s.issuers[0].keys = url("tenant.test"), "not a URL"),
        (|s| s.issuers[0].keys = url("https://user@tenant.test/"), "a user"),
        (|s| s.issuers[0].keys = url("https://tenant.test/#x"), "fragment"),
        (|s| s.issuers[0].keys = url("https://127.0.0.1/jwks"), "127.0.0.1, which is not on the public internet"),
        (|s| s.issuers[0].keys = url("https://0x7f.1/jwks"), "127.0.0.1, which"),
        (|s| s.issuers[0].keys = url("https://2130706433/jwks"), "127.0.0.1, which"),
        (|s| s.issuers[0].keys = url("https://[::ffff:10.0.0.1]/jwks"), "::ffff:10.0.0.1, which"),
        (|s| s.issuers = discovered("tenant.test", &[]), "not a URL"),
        (|s| s.issuers = discovered("http://tenant.test/", &[]), "https://"),
        (|s| s.issuers = discovered("https://user:x@tenant.test/", &[]), "a user"),
        (|s| s.issuers = discovered("https://tenant.test/?x", &[]), "a query"),
        (|s| s.issuers = discovered("https://tenant.test/#x", &[]), "fragment"),
        (|s| s.issuers = discovered("https://192.168.1.1/", &[]), "192.168.1.1, which"),
        (|s| s.issuers = discovered("https://tenant.test/", &["keys.test"]), "`keys.test`, which is not an origin"),
        (|s| s.issuers = discovered("https://tenant.test/", &["https://keys.test/"]), "not an origin"),
        (|s| s.issuers = discovered("https://tenant.test/", &["http://keys.test"]), "not an origin"),
        (|s| s.issuers[0].audiences.clear(), "no audience"),
        (|s| s.issuers[0].audiences.push(String::new()), "empty audience"),
        (|s| s.issuers[0].algorithms.clear(), "no algorithms"),
        (|s| s.issuers[0].issuer.clear(), "is empty"),
        (|s| s.issuers.push(s.issuers[0].clone()), "listed twice"),
        (|s| s.issuers.clear(), "no issuer"),
    ];
    for (change, word) in table {
        let error = Verifier::new(settings(change)).unwrap_err();
        assert_eq!(error.problems.len(), 1, "{error}");
        assert!(error.to_string().contains(word), "{error}");
    }
    let all = Verifier::new(settings(|s| {
        s.leeway = Duration::from_secs(301);
        s.issuers[0].audiences.clear();
        s.issuers[0].algorithms.clear();
    }));
    assert_eq!(all.unwrap_err().problems.len(), 3);
}

#[cfg(feature = "jwks-http")]
#[test]
fn good_settings_are_accepted() {
    for change in [
        (|_| ()) as fn(&mut AuthSettings),
        |s| s.leeway = Duration::from_secs(300),
        |s| s.issuers = discovered("https://tenant.test:8443/realms/main", &["https://keys.test"]),
        // The name of an issuer with fixed keys does not have to be a URL
        |s| s.issuers[0].issuer = "tenant.test".into(),
        |s| {
            s.allow_http = true;
            s.allow_private = true;
            s.issuers[0].keys = url("http://127.0.0.1/jwks");
        },
    ] {
        assert!(Verifier::new(settings(change)).is_ok());
    }
}

#[test]
fn static_keys_are_checked() {
    let refused =
        |audience: &str, jwks: &str| Verifier::with_static_keys(ISSUER, audience, jwks).unwrap_err().to_string();
    assert!(refused(AUDIENCE, r#"{"keys":[]}"#).contains("no usable key"));
    assert!(refused(AUDIENCE, "<html>").contains("cannot be read"));
    assert!(refused("", trusted().jwks()).contains("empty audience"));
    let twice = Verifier::builder(settings(|_| ())).static_issuer(ISSUER, AUDIENCE, trusted().jwks()).build();
    assert!(twice.unwrap_err().to_string().contains("listed twice"));
}

#[test]
fn names_of_algorithms() {
    for &algorithm in Algorithm::ALL {
        assert_eq!(algorithm.to_string().parse(), Ok(algorithm));
    }
    assert_eq!("Ed25519".parse(), Ok(Algorithm::EdDSA));
    for name in ["none", "HS256", "HS384", "HS512", "ES512", "ES256K", "rs256", "RS256 ", ""] {
        assert!(name.parse::<Algorithm>().is_err(), "{name}");
    }
}
