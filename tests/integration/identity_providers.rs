//! Tokens and key sets of other identity providers than Auth0, in the form that their documentation shows. The settings are
//! those of the guide.

mod forms;
mod published;

use std::collections::HashMap;

use forms::Signer;
use published::{Manner, Published};
use resourceful::prelude::*;
use resourceful::serde_json::{Value, json};
use resourceful::testing::{TestApp, TestDatabase};

use crate::support::{ok, refused};

/// Work that callers list.
#[derive(Clone, Debug, PartialEq, Resource)]
pub struct Project {
    pub id: Uuid,
    #[resource(length(1..=80))]
    pub name: String,
}

/// What the server has read from the token.
#[get("/caller", public)]
async fn caller(user: CurrentUser) -> Json<Value> {
    Json(json!({
        "id": user.id, "email": user.email, "name": user.name, "permissions": user.permissions, "roles": user.roles,
        "scopes": user.scopes, "machine": user.is_machine,
    }))
}

const CALLER: &str = "/api/v1/projects/caller";

/// The settings that the guide has for each provider.
fn settings_of_the_guide() -> HashMap<String, Vec<(String, String)>> {
    let guide = include_str!("../../crates/resourceful/src/docs/identity_providers.md");
    let sections = guide.split("\n## ").skip(1);
    let blocks = sections.filter_map(|section| {
        let (name, rest) = section.split_once('\n')?;
        let lines = rest.trim_start().strip_prefix("```sh\n")?.split_once("```")?.0.lines();
        let settings = lines.map(|line| line.split_once('=').expect("NAME=value"));
        Some((name.to_owned(), settings.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()))
    });
    blocks.collect()
}

fn start(settings: &[(String, String)]) -> TestApp {
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    TestApp::start_with(TestDatabase::Sqlite, &settings, |app| {
        app.resource_with::<Project>(|routes| routes.service(caller))
    })
}

#[test]
fn every_provider_works_with_the_settings_of_the_guide() {
    let mut guide = settings_of_the_guide();
    let signer = Signer::new();
    for form in forms::all(&signer) {
        let name = form.provider;
        let settings = guide.remove(name).unwrap_or_else(|| panic!("the guide has no settings for {name}"));
        // The provider is a server of this test, so its host is another; so is that of the keys.
        let (here, keys) = (Published::start(), Published::start());
        let local = |text: &str| text.replace(form.host, &here.url).replace(form.key_host, &keys.url);
        let issuer = local(form.issuer);
        let jwks_uri = local(form.jwks_uri);
        let mut settings: Vec<_> = settings.into_iter().map(|(name, value)| (name, local(&value))).collect();
        settings.push(("AUTH0_ALLOW_PRIVATE".into(), "true".into()));
        if let Some(location) = form.metadata {
            let document = json!({"issuer": issuer, "jwks_uri": jwks_uri, "scopes_supported": ["openid"]});
            here.put(location, document.to_string(), Manner::Plain);
        } else {
            settings.push(("AUTH0_JWKS_URL".into(), jwks_uri.clone()));
        }
        let of_keys = if jwks_uri.starts_with(&keys.url) { &keys } else { &here };
        let path = jwks_uri.strip_prefix(&of_keys.url).expect("a path");
        of_keys.put(path, json!({"keys": form.keys}).to_string(), form.manner);

        let app = start(&settings);
        let token = |claims: &Value| signer.sign(&form.header, claims, &issuer);
        let seen = ok(app.with_token(token(&form.claims)).get(CALLER));
        assert_eq!(seen, form.caller, "{name}");
        let listed = app.with_token(token(&form.claims)).get("/api/v1/projects");
        assert_eq!(listed.status, if form.may_list { 200 } else { 403 }, "{name}: {}", listed.text());
        for (what, changes, sentence) in &form.refused {
            let mut claims = form.claims.clone();
            for (name, value) in changes.as_object().expect("changes") {
                claims[name] = value.clone();
            }
            let answer = app.with_token(token(&claims)).get(CALLER);
            refused(&answer, 401, "invalid-token", &format!("{name}: {what}"));
            assert_eq!(answer.json()["detail"], *sentence, "{name}: {what}");
        }
    }
    assert!(guide.is_empty(), "providers of the guide without a test: {:?}", guide.keys());
}

/// What RFC 9068 and its neighbours allow, beyond the forms of known providers.
#[test]
fn any_issuer_of_rfc_9068_works() {
    let signer = Signer::new();
    let (one, two) = (Published::start(), Published::start());
    // An issuer of OAuth 2.0 with a path, and one whose keys have no metadata
    let issuer = format!("{}/tenants/main", one.url);
    let document = json!({"issuer": issuer, "jwks_uri": format!("{}/keys", one.url)}).to_string();
    one.put("/.well-known/oauth-authorization-server/tenants/main", document, Manner::Plain);
    one.put("/keys", json!({"keys": forms::crowded(&signer)}).to_string(), Manner::Plain);
    two.put("/keys", json!({"keys": [signer.elliptic(), signer.rsa(json!({}))]}).to_string(), Manner::Plain);
    let at = |more: &[(&str, &str)]| {
        let settings = [("AUTH0_ALLOW_PRIVATE", "true"), ("AUTH0_AUDIENCE", "https://one.test, https://two.test")];
        let all = settings.iter().chain(more);
        all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<Vec<_>>()
    };
    let claims = |more: Value| {
        let mut claims = json!({
            "aud": ["https://two.test"], "sub": "ada", "client_id": "web", "jti": "7", "permissions": ["projects:read"],
        });
        claims.as_object_mut().expect("claims").extend(more.as_object().expect("claims").clone());
        claims
    };
    let (jwt, header) = (json!({"alg": "RS256", "kid": "rsa"}), json!({"alg": "RS256", "kid": "rsa", "typ": "at+jwt"}));
    let curve = json!({"alg": "ES256", "kid": "ec", "typ": "application/at+jwt"});

    let app = start(&at(&[("AUTH0_ISSUER", &issuer), ("AUTH0_ALGORITHMS", "RS256,ES256")]));
    let nulls = json!({"email": null, "name": null, "roles": null, "scope": null, "nbf": null, "cnf": null});
    for (what, header, claims) in [
        ("at+jwt", &header, claims(json!({}))),
        ("no typ", &jwt, claims(json!({}))),
        ("the other audience", &jwt, claims(json!({"aud": "https://one.test"}))),
        ("nulls", &jwt, claims(nulls)),
        ("permissions as a text", &jwt, claims(json!({"permissions": "projects:write projects:read"}))),
        ("a key of the same kid for another algorithm", &json!({"alg": "ES256", "kid": "rsa"}), claims(json!({}))),
    ] {
        let answer = app.with_token(signer.sign(header, &claims, &issuer)).get("/api/v1/projects");
        assert_eq!(answer.status, 200, "{what}: {}", answer.text());
    }
    let third = claims(json!({"aud": ["https://three.test"]}));
    refused(&app.with_token(signer.sign(&jwt, &third, &issuer)).get(CALLER), 401, "invalid-token", "another API");

    // Without metadata, the name of an issuer need not be a URL
    let url = format!("{}/keys", two.url);
    let app = start(&at(&[("AUTH0_ISSUER", "made by us"), ("AUTH0_JWKS_URL", &url), ("AUTH0_ALGORITHMS", "ES256")]));
    let token = signer.sign(&curve, &claims(json!({})), "made by us");
    assert_eq!(ok(app.with_token(token).get(CALLER))["id"], "ada");
    let rsa = signer.sign(&jwt, &claims(json!({})), "made by us");
    refused(&app.with_token(rsa).get(CALLER), 401, "invalid-token", "an algorithm that is not accepted");
}

/// Servers of keys that are particular about what they are asked for.
#[test]
fn servers_of_keys_are_asked_in_the_way_that_they_want() {
    let signer = Signer::new();
    let header = json!({"alg": "RS256", "kid": "rsa"});
    for (manner, works) in [
        (Manner::Plain, true),
        (Manner::KeySetTypeOnly, true),
        (Manner::CompressedUnlessIdentity, true),
        (Manner::AlwaysGzip, true),
        (Manner::AlwaysBrotli, false),
        (Manner::TooLongInside, false),
    ] {
        let server = Published::start();
        server.put("/keys", json!({"keys": [signer.rsa(json!({}))]}).to_string(), manner);
        let settings = [
            ("AUTH0_ALLOW_PRIVATE", "true"),
            ("AUTH0_ISSUER", "issuer"),
            ("AUTH0_AUDIENCE", "api"),
            ("AUTH0_JWKS_URL", &format!("{}/keys", server.url)),
        ];
        let app = start(&settings.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let token = signer.sign(&header, &json!({"aud": "api", "sub": "ada"}), "issuer");
        let answer = app.with_token(token).get(CALLER);
        if works {
            assert_eq!(ok(answer)["id"], "ada", "{manner:?}");
        } else {
            refused(&answer, 503, "auth-keys-unavailable", &format!("{manner:?}"));
        }
    }
}
