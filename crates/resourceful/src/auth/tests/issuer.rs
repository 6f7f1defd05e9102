use std::sync::{Arc, Barrier};
use std::time::Duration;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::AUDIENCE;
use crate::auth::{AuthSettings, ClaimNames, DEV_KEY_FILE, DevIssuer, IssuerError, TokenRequest, Verifier};

const HERE: &str = "http://localhost:8000/";

#[test]
fn the_key_is_created_once_and_reused() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("not/yet/there");
    let barrier = Arc::new(Barrier::new(4));
    let starts: Vec<_> = (0..4)
        .map(|_| {
            let (data, barrier) = (data.clone(), barrier.clone());
            std::thread::spawn(move || {
                barrier.wait();
                DevIssuer::open(&data, HERE).unwrap().kid().to_owned()
            })
        })
        .collect();
    let kids: Vec<String> = starts.into_iter().map(|start| start.join().unwrap()).collect();
    let again = DevIssuer::open(&data, HERE).unwrap();
    assert!(kids.iter().all(|kid| kid == again.kid()), "{kids:?}");
    let files: Vec<_> = std::fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(files, [DEV_KEY_FILE], "no temporary file remains");
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_the_key_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(DEV_KEY_FILE);
    let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    DevIssuer::open(folder.path(), HERE).unwrap();
    assert_eq!(mode(), 0o600);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    DevIssuer::open(folder.path(), HERE).unwrap();
    assert_eq!(mode(), 0o600);
}

#[test]
fn a_file_that_is_not_a_key_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(DEV_KEY_FILE);
    for text in ["", "something", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"] {
        std::fs::write(&path, text).unwrap();
        assert!(matches!(DevIssuer::open(folder.path(), HERE), Err(IssuerError::Key)), "{text}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    assert!(matches!(DevIssuer::open(folder.path(), HERE), Err(IssuerError::File { .. })));
}

#[test]
fn the_key_set() {
    let issuer = DevIssuer::in_memory(HERE).unwrap();
    let document: Value = serde_json::from_str(issuer.jwks()).unwrap();
    let jwk = document["keys"][0].as_object().unwrap();
    let mut members: Vec<&str> = jwk.keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ["alg", "e", "kid", "kty", "n", "use"], "nothing private");
    let canonical = format!(r#"{{"e":{},"kty":"RSA","n":{}}}"#, jwk["e"], jwk["n"]);
    assert_eq!(jwk["kid"], URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, canonical.as_bytes())));
    assert_eq!(URL_SAFE_NO_PAD.decode(jwk["n"].as_str().unwrap()).unwrap().len(), 256);
    assert_eq!(jwk["e"], "AQAB");
}

#[tokio::test]
async fn a_token_contains_what_was_requested() {
    let names = ClaimNames {
        permissions: vec!["perms".into()],
        roles: vec!["https://x.test/roles.*".into(), "roles".into()],
        email: vec!["mail".into()],
        audience: vec!["client_id".into()],
    };
    let issuer = DevIssuer::in_memory(HERE).unwrap().with_claim_names(names.clone());
    let settings = AuthSettings { claims: names, ..AuthSettings::default() };
    let verifier = Verifier::builder(settings).static_issuer(HERE, AUDIENCE, issuer.jwks()).build().unwrap();
    let request = TokenRequest {
        sub: "auth0|ada".into(),
        permissions: vec!["a:read".into(), "a:write".into()],
        roles: vec!["admin".into()],
        email: Some("ada@example.com".into()),
        name: Some("Ada".into()),
        expires_in: Duration::from_secs(60),
        audience: AUDIENCE.into(),
    };
    let user = verifier.verify(&issuer.sign(&request).unwrap()).await.unwrap();
    assert_eq!((user.id.as_str(), user.is_machine), ("auth0|ada", false));
    assert_eq!((&user.permissions, &user.roles), (&request.permissions, &request.roles));
    assert_eq!((&user.email, &user.name), (&request.email, &request.name));
    assert_eq!(user.claims["exp"].as_u64().unwrap() - user.claims["iat"].as_u64().unwrap(), 60);
    assert_eq!(user.claims["iss"], HERE);

    let machine = issuer.sign(&TokenRequest::new("job@clients", AUDIENCE)).unwrap();
    assert!(verifier.verify(&machine).await.unwrap().is_machine);
}

#[test]
fn no_key_is_shown_by_debug() {
    let issuer = DevIssuer::in_memory(HERE).unwrap();
    let shown = format!("{issuer:?}");
    assert!(shown.contains(issuer.kid()) && shown.len() < 200, "{shown}");
}
