//! Every kind of token, good and bad, against one verifier.

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::PublicKeyComponents;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::EncodingKey;
use serde_json::{Value, json};

use super::{AUDIENCE, ISSUER, NOW, TestClock, claims, claims_with, forger, header, trusted, verifier};
use crate::auth::refusal::Refusal;
use crate::auth::{AuthSettings, Verifier};

/// A token of the trusted issuer whose header and claims are these texts.
fn raw(header: &str, claims: &str) -> String {
    trusted().sign_parts(header, claims).unwrap()
}

/// A good token with these changes of the header; `null` takes a member out.
fn with_header(changes: Value) -> String {
    let mut header = header();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            header.remove(name);
        } else {
            header.insert(name.clone(), value.clone());
        }
    }
    raw(&json!(header).to_string(), &json!(claims()).to_string())
}

/// A good token with these claims put in.
fn with(changes: Value) -> String {
    trusted().sign_claims(&claims_with(changes)).unwrap()
}

/// A good token without this claim.
fn without(name: &str) -> String {
    let mut claims = claims();
    claims.remove(name).unwrap();
    trusted().sign_claims(&claims).unwrap()
}

/// A good token whose claims begin with this text, which may repeat a name.
fn with_text(text: &str) -> String {
    raw(&json!(header()).to_string(), &json!(claims()).to_string().replacen('{', &format!("{{{text},"), 1))
}

/// A token signed by HMAC with a secret that everybody knows.
fn hmac(secret: &[u8]) -> String {
    let mut header = header();
    header.insert("alg".into(), "HS256".into());
    let signed = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(json!(header).to_string()),
        URL_SAFE_NO_PAD.encode(json!(claims()).to_string())
    );
    let key = EncodingKey::from_secret(secret);
    let signature = jsonwebtoken::crypto::sign(signed.as_bytes(), &key, jsonwebtoken::Algorithm::HS256).unwrap();
    format!("{signed}.{signature}")
}

/// The public key in the forms that an attacker may take for the secret.
fn public_forms() -> [Vec<u8>; 4] {
    let document: Value = serde_json::from_str(trusted().jwks()).unwrap();
    let text = |name: &str| document["keys"][0][name].as_str().unwrap().to_owned();
    let decode = |name: &str| URL_SAFE_NO_PAD.decode(text(name)).unwrap();
    let der = PublicKeyComponents { n: decode("n"), e: decode("e") }.as_der().unwrap().as_ref().to_vec();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(&der));
    [pem.into_bytes(), der, decode("n"), text("n").into_bytes()]
}

fn good() -> String {
    with(json!({}))
}

/// A good token with other bits behind the last byte of its signature: the same bytes in another spelling.
fn with_stray_bits() -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut token = good();
    let last = token.pop().unwrap() as u8;
    let index = ALPHABET.iter().position(|&letter| letter == last).unwrap();
    // 256 bytes leave four unused bits in the last letter
    assert_eq!(index % 16, 0);
    token.push(ALPHABET[index + 1] as char);
    token
}

fn unsigned(alg: &str, signature: &str) -> String {
    let token = with_header(json!({ "alg": alg }));
    format!("{}.{signature}", token.rsplit_once('.').unwrap().0)
}

#[tokio::test]
async fn what_is_refused() {
    use Refusal::*;
    let token = good();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let (head, body) = signed.split_once('.').unwrap();
    let header_text = json!(header()).to_string();
    let jwk: Value = serde_json::from_str::<Value>(forger().jwks()).unwrap()["keys"][0].clone();
    let embedded = json!({"alg": "RS256", "kid": trusted().kid(), "jwk": jwk}).to_string();
    let own_kid = json!({"alg": "RS256", "kid": forger().kid(), "jwk": jwk}).to_string();
    let forged = |header: &str| forger().sign_parts(header, &json!(claims()).to_string()).unwrap();
    let [pem, der, modulus, modulus_text] = public_forms();
    let mut missing_alg = header();
    missing_alg.remove("alg");

    let table: Vec<(&str, String, Refusal)> = vec![
        // 7, 8: length and form
        ("9 KiB", "a".repeat(9 * 1024), TooLong),
        ("empty", String::new(), Form),
        ("random text", "a.b.c".into(), Form),
        ("2 parts", signed.into(), Form),
        ("4 parts", format!("{token}.{signature}"), Form),
        ("5 parts", format!("{token}.{signature}.{signature}"), Form),
        ("no payload", format!("{head}..{signature}"), Claims),
        ("no header", format!(".{body}.{signature}"), Header),
        ("header is no JSON", raw("x", "{}"), Header),
        ("header is a list", raw("[]", "{}"), Header),
        ("payload is no JSON", raw(&header_text, "x"), Claims),
        ("payload is a list", raw(&header_text, "[]"), Claims),
        ("payload has a tail", raw(&header_text, &format!("{} x", json!(claims()))), Claims),
        (
            "other payload",
            format!("{head}.{}.{signature}", good().split('.').nth(1).unwrap().replacen('I', "J", 1)),
            Claims,
        ),
        // 9: no signature
        ("none, no signature", unsigned("none", ""), Form),
        ("none, signed", unsigned("none", signature), Algorithm),
        ("None", unsigned("None", signature), Algorithm),
        ("nOnE", unsigned("nOnE", signature), Algorithm),
        ("RS256, no signature", unsigned("RS256", ""), Form),
        ("alg missing", raw(&json!(missing_alg).to_string(), "{}"), Header),
        ("alg is a list", with_header(json!({"alg": ["RS256"]})), Header),
        ("alg twice", raw(&header_text.replacen('{', r#"{"alg":"none","#, 1), &json!(claims()).to_string()), Header),
        // 10: confusion of algorithms
        ("HS256 with the PEM", hmac(&pem), Algorithm),
        ("HS256 with the DER", hmac(&der), Algorithm),
        ("HS256 with the modulus", hmac(&modulus), Algorithm),
        ("HS256 with the text of the modulus", hmac(&modulus_text), Algorithm),
        ("RS512, not configured", with_header(json!({"alg": "RS512"})), Algorithm),
        ("rs256", with_header(json!({"alg": "rs256"})), Algorithm),
        ("ES256", with_header(json!({"alg": "ES256"})), Algorithm),
        // 11: keys of the token's own
        ("embedded key under the known id", forged(&embedded), Signature),
        ("embedded key under its own id", forged(&own_kid), UnknownKey),
        ("another key under the known id", forged(&header_text), Signature),
        // 12: key ids
        ("kid unknown", with_header(json!({"kid": "nobody"})), UnknownKey),
        ("kid missing", with_header(json!({"kid": null})), KeyId),
        ("kid empty", with_header(json!({"kid": ""})), KeyId),
        ("kid a path", with_header(json!({"kid": "../../etc/passwd"})), UnknownKey),
        ("kid a statement", with_header(json!({"kid": "x' OR '1'='1"})), UnknownKey),
        ("kid long", with_header(json!({"kid": "k".repeat(257)})), KeyId),
        ("kid 10 KiB", with_header(json!({"kid": "k".repeat(10 * 1024)})), TooLong),
        ("kid a number", with_header(json!({"kid": 7})), KeyId),
        ("kid a list", with_header(json!({"kid": [trusted().kid()]})), KeyId),
        // 13 to 15: times, with a leeway of 30 s
        ("expired", with(json!({"exp": NOW - 31})), Expired),
        ("expired this second", with(json!({"exp": NOW - 30})), Expired),
        ("nbf in the future", with(json!({"nbf": NOW + 31})), TooEarly),
        ("iat in the future", with(json!({"iat": NOW + 31})), TooEarly),
        ("exp missing", without("exp"), ClaimType),
        ("exp a string", with(json!({"exp": "9999999999"})), ClaimType),
        ("exp null", with(json!({"exp": null})), ClaimType),
        ("exp a list", with(json!({"exp": [NOW + 60]})), ClaimType),
        ("exp true", with(json!({"exp": true})), ClaimType),
        ("exp negative", with(json!({"exp": -1})), Expired),
        ("exp 1e400", with_text(r#""exp":1e400"#), Claims),
        ("exp twice", with_text(&format!(r#""exp":{}"#, NOW + 9999)), Claims),
        ("nbf a string", with(json!({"nbf": "0"})), ClaimType),
        ("nbf null", with(json!({"nbf": null})), ClaimType),
        ("iat a string", with(json!({"iat": "0"})), ClaimType),
        // 16: issuers
        ("iss missing", without("iss"), Issuer),
        ("iss a number", with(json!({"iss": 7})), Issuer),
        ("iss null", with(json!({"iss": null})), Issuer),
        ("iss a list with ours", with(json!({"iss": [ISSUER]})), Issuer),
        ("iss without its slash", with(json!({"iss": ISSUER.trim_end_matches('/')})), Issuer),
        ("iss in capitals", with(json!({"iss": ISSUER.to_uppercase()})), Issuer),
        ("iss another tenant", with(json!({"iss": "https://other.test/"})), Issuer),
        ("iss empty", with(json!({"iss": ""})), Issuer),
        ("iss twice", with_text(r#""iss":"https://other.test/""#), Claims),
        // 17: audiences
        ("aud missing", without("aud"), Audience),
        ("aud null", with(json!({"aud": null})), Audience),
        ("aud a number", with(json!({"aud": 7})), Audience),
        ("aud an object", with(json!({"aud": {AUDIENCE: 1}})), Audience),
        ("aud empty list", with(json!({"aud": []})), Audience),
        ("aud empty", with(json!({"aud": ""})), Audience),
        ("aud another API", with(json!({"aud": "https://other.test"})), Audience),
        ("aud with a slash more", with(json!({"aud": format!("{AUDIENCE}/")})), Audience),
        ("aud other APIs", with(json!({"aud": ["https://other.test", "https://third.test"]})), Audience),
        ("aud a number and ours", with(json!({"aud": [1, AUDIENCE]})), Audience),
        ("aud ours and null", with(json!({"aud": [AUDIENCE, null]})), Audience),
        ("an ID token", with(json!({"aud": "client-id", "nonce": "n", "at_hash": "h"})), Audience),
        // 18: extensions
        ("crit", with_header(json!({"crit": ["x"], "x": 1})), Extension),
        ("crit b64", with_header(json!({"crit": ["b64"], "b64": false})), Extension),
        ("crit empty", with_header(json!({"crit": []})), Extension),
        ("b64 true", with_header(json!({"b64": true})), Extension),
        // 19: other kinds of token
        ("dpop+jwt", with_header(json!({"typ": "dpop+jwt"})), Kind),
        ("logout+jwt", with_header(json!({"typ": "logout+jwt"})), Kind),
        ("secevent+jwt", with_header(json!({"typ": "secevent+jwt"})), Kind),
        ("application/dpop+jwt", with_header(json!({"typ": "application/dpop+jwt"})), Kind),
        ("typ a number", with_header(json!({"typ": 1})), Kind),
        ("typ empty", with_header(json!({"typ": ""})), Kind),
        // 20: repeated claims
        ("permissions twice", with_text(r#""permissions":[]"#), Claims),
        ("sub twice", with_text(r#""sub":"auth0|eve""#), Claims),
        ("sub twice, once escaped", with_text(r#""s\u0075b":"auth0|eve""#), Claims),
        ("an unknown claim twice", with_text(r#""x":1,"x":1"#), Claims),
        // 21: types
        ("permissions a string", with(json!({"permissions": "projects:read"})), ClaimType),
        ("permissions an object", with(json!({"permissions": {}})), ClaimType),
        ("permissions null", with(json!({"permissions": null})), ClaimType),
        ("permissions [1]", with(json!({"permissions": [1]})), ClaimType),
        ("permissions [null]", with(json!({"permissions": [null]})), ClaimType),
        ("permissions with one number", with(json!({"permissions": ["projects:read", 1]})), ClaimType),
        ("roles a string", with(json!({"roles": "admin"})), ClaimType),
        ("email a list", with(json!({"email": ["ada@example.com"]})), ClaimType),
        ("email with U+0000", with(json!({"email": "ada\0@example.com"})), ClaimType),
        ("name a number", with(json!({"name": 7})), ClaimType),
        ("scope a list", with(json!({"scope": ["read:x"]})), ClaimType),
        // 22: too many permissions
        ("10 000 permissions", with(json!({"permissions": vec!["projects:read"; 10_000]})), TooLong),
        // 23: a bound token
        ("cnf.jkt", with(json!({"cnf": {"jkt": "AAAA"}})), Bound),
        ("cnf empty", with(json!({"cnf": {}})), Bound),
        ("cnf null", with(json!({"cnf": null})), Bound),
        // 27: subjects
        ("sub missing", without("sub"), Subject),
        ("sub empty", with(json!({"sub": ""})), Subject),
        ("sub a number", with(json!({"sub": 7})), Subject),
        ("sub with U+0000", with(json!({"sub": "auth0|1\0"})), Subject),
        // 28: one spelling of the signature
        ("stray bits", with_stray_bits(), Form),
        ("padding", format!("{token}=="), Form),
        ("padded header", format!("{head}=.{body}.{signature}"), Form),
        ("standard base64", token.replace(['-', '_'], "+"), Form),
        ("a byte of the signature less", format!("{signed}.{}", &signature[..signature.len() - 4]), Form),
        ("another signature", format!("{signed}.{}", URL_SAFE_NO_PAD.encode([7; 256])), Signature),
        ("a short signature", format!("{signed}.AAAA"), Signature),
    ];
    let verifier = verifier();
    let mut wrong = Vec::new();
    for (name, token, refusal) in table {
        match verifier.verify(&token).await {
            Ok(user) => wrong.push(format!("{name}: accepted as {}", user.id)),
            // The sentence shows that the token fails for the reason that the row is about.
            Err(error) if error.slug() == "invalid-token" && error.detail() == refusal.sentence() => {}
            Err(error) => wrong.push(format!("{name}: {error:?}")),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

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
    ];
    let verifier = verifier();
    for (name, token) in table {
        let user = verifier.verify(&token).await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(user.id, "auth0|ada", "{name}");
        assert_eq!(user.permissions.is_empty(), name == "no permissions");
    }
}

#[tokio::test]
async fn the_caller_behind_a_token() {
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
    // Exactly as written: no folding of case, no trimming, no normal form
    for sub in ["AUTH0|ada", "auth0|ada ", "e\u{301}", "\u{e9}"] {
        assert_eq!(verifier.verify(&with(json!({ "sub": sub }))).await.unwrap().id, sub);
    }
    for (changes, machine) in [
        (json!({"gty": "client-credentials"}), true),
        (json!({"gty": ["client-credentials"]}), true),
        (json!({"sub": "app@clients"}), true),
        (json!({"gty": "password"}), false),
        (json!({"sub": "app@clients.example"}), false),
    ] {
        assert_eq!(verifier.verify(&with(changes.clone())).await.unwrap().is_machine, machine, "{changes}");
    }
}

#[tokio::test]
async fn claims_of_other_names() {
    let settings = AuthSettings {
        permissions_claim: "https://x.test/permissions".into(),
        roles_claim: "https://x.test/roles".into(),
        email_claim: String::new(),
        ..AuthSettings::default()
    };
    let builder = Verifier::builder(settings).static_issuer(ISSUER, AUDIENCE, trusted().jwks());
    let verifier = builder.clock(TestClock::new()).build().unwrap();
    let token = with(json!({
        "https://x.test/permissions": ["a"], "https://x.test/roles": ["b"], "email": ["not looked at"], "": "neither",
    }));
    let user = verifier.verify(&token).await.unwrap();
    assert_eq!((user.permissions.join(" "), user.roles.join(" "), &user.email), ("a".into(), "b".into(), &None));
    let wrong = verifier.verify(&with(json!({"https://x.test/roles": "b"}))).await.unwrap_err();
    assert_eq!(wrong.detail(), Refusal::ClaimType.sentence());
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
    assert_eq!(sentence(signed(claims())).await.unwrap_err(), Refusal::UnknownKey.sentence());
    assert_eq!(sentence(with(other)).await.unwrap_err(), Refusal::UnknownKey.sentence());
    // The audience belongs to the issuer too
    let aud = signed(claims_with(json!({"iss": "https://other.test/"})));
    assert_eq!(sentence(aud).await.unwrap_err(), Refusal::Audience.sentence());
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
async fn a_refusal_says_nothing_of_the_token() {
    let token = with(json!({"aud": "https://secret-name.test"}));
    let error = verifier().verify(&token).await.unwrap_err();
    assert!(!error.to_string().contains("secret-name"), "{error}");
    assert!(format!("{error:?}").contains("secret-name"), "the log has it");
    for refusal in Refusal::ALL {
        let sentence = refusal.sentence();
        assert!(
            sentence.bytes().all(|byte| (0x20..0x7f).contains(&byte) && byte != b'"' && byte != b'\\'),
            "{sentence}"
        );
    }
}

#[cfg(feature = "jwks-http")]
#[tokio::test]
async fn no_address_in_a_token_is_visited() {
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
