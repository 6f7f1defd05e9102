//! Invalid tokens, each with the reason for which it must be refused.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::tokens::{good, hmac, public_forms, raw, unsigned, with, with_header, with_stray_bits, with_text, without};
use super::{AUDIENCE, ISSUER, NOW, claims, forger, header, trusted, verifier};
use crate::auth::rejection::Rejection;

#[tokio::test]
async fn what_is_refused() {
    use Rejection::*;
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

    let table: Vec<(&str, String, Rejection)> = vec![
        // 7, 8: length and form
        ("9 KiB", "a".repeat(9 * 1024), TooLong),
        ("empty", String::new(), Form),
        ("random text", "a.b.c".into(), Form),
        ("2 parts", signed.into(), Form),
        ("4 parts", format!("{token}.{signature}"), Form),
        ("5 parts", format!("{token}.{signature}.{signature}"), Form),
        ("no payload", format!("{head}..{signature}"), Claims),
        ("no header", format!(".{body}.{signature}"), Header),
        ("header is not JSON", raw("x", "{}"), Header),
        ("header is a list", raw("[]", "{}"), Header),
        ("payload is not JSON", raw(&header_text, "x"), Claims),
        ("payload is a list", raw(&header_text, "[]"), Claims),
        ("no claims", raw(&header_text, "{}"), Issuer),
        ("payload has text after the object", raw(&header_text, &format!("{} x", json!(claims()))), Claims),
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
        // 10: algorithm confusion
        ("HS256 with the PEM", hmac(&pem), Algorithm),
        ("HS256 with the DER", hmac(&der), Algorithm),
        ("HS256 with the modulus", hmac(&modulus), Algorithm),
        ("HS256 with the text of the modulus", hmac(&modulus_text), Algorithm),
        ("RS512, not configured", with_header(json!({"alg": "RS512"})), Algorithm),
        ("rs256", with_header(json!({"alg": "rs256"})), Algorithm),
        ("ES256", with_header(json!({"alg": "ES256"})), Algorithm),
        // 11: keys inside the token
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
        ("iat a string", with(json!({"iat": "0"})), ClaimType),
        // 16: issuers
        ("iss missing", without("iss"), Issuer),
        ("iss a number", with(json!({"iss": 7})), Issuer),
        ("iss null", with(json!({"iss": null})), Issuer),
        ("iss a list with the right one", with(json!({"iss": [ISSUER]})), Issuer),
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
        ("aud with an additional slash", with(json!({"aud": format!("{AUDIENCE}/")})), Audience),
        ("aud other APIs", with(json!({"aud": ["https://other.test", "https://third.test"]})), Audience),
        ("aud a number and the right one", with(json!({"aud": [1, AUDIENCE]})), Audience),
        ("aud the right one and null", with(json!({"aud": [AUDIENCE, null]})), Audience),
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
        ("permissions a number", with(json!({"permissions": 7})), ClaimType),
        ("permissions an object", with(json!({"permissions": {}})), ClaimType),
        ("permissions [1]", with(json!({"permissions": [1]})), ClaimType),
        ("permissions [null]", with(json!({"permissions": [null]})), ClaimType),
        ("permissions with one number", with(json!({"permissions": ["projects:read", 1]})), ClaimType),
        ("roles a number", with(json!({"roles": 7})), ClaimType),
        ("email a list", with(json!({"email": ["ada@example.com"]})), ClaimType),
        ("email with U+0000", with(json!({"email": "ada\0@example.com"})), ClaimType),
        ("name a number", with(json!({"name": 7})), ClaimType),
        ("scope an object", with(json!({"scope": {"read:x": true}})), ClaimType),
        ("scope a list with a number", with(json!({"scope": ["read:x", 1]})), ClaimType),
        ("scp a number", with(json!({"scp": 7})), ClaimType),
        // The issuer says in a claim what the token is for
        ("an ID token of Cognito", with(json!({"token_use": "id"})), Kind),
        ("an ID token of Keycloak", with(json!({"typ": "ID"})), Kind),
        ("a refresh token of Keycloak", with(json!({"typ": "Refresh"})), Kind),
        // 22: too many permissions
        ("10 000 permissions", with(json!({"permissions": vec!["projects:read"; 10_000]})), TooLong),
        // 23: a bound token
        ("cnf.jkt", with(json!({"cnf": {"jkt": "AAAA"}})), Bound),
        ("cnf empty", with(json!({"cnf": {}})), Bound),
        ("cnf false", with(json!({"cnf": false})), Bound),
        // 27: subjects
        ("sub missing", without("sub"), Subject),
        ("sub empty", with(json!({"sub": ""})), Subject),
        ("sub a number", with(json!({"sub": 7})), Subject),
        ("sub with U+0000", with(json!({"sub": "auth0|1\0"})), Subject),
        // 28: only one encoding of the signature
        ("excess bits", with_stray_bits(), Form),
        ("padding", format!("{token}=="), Form),
        ("padded header", format!("{head}=.{body}.{signature}"), Form),
        ("standard base64", token.replace(['-', '_'], "+"), Form),
        (
            "a signature without its last byte",
            format!("{signed}.{}", URL_SAFE_NO_PAD.encode(&URL_SAFE_NO_PAD.decode(signature).unwrap()[..255])),
            Signature,
        ),
        ("another signature", format!("{signed}.{}", URL_SAFE_NO_PAD.encode([7; 256])), Signature),
        ("a short signature", format!("{signed}.AAAA"), Signature),
    ];
    let verifier = verifier();
    let mut wrong = Vec::new();
    for (name, token, rejection) in table {
        match verifier.verify(&token).await {
            Ok(user) => wrong.push(format!("{name}: accepted as {}", user.id)),
            // The sentence shows that the token is refused for the expected reason.
            Err(error) if error.slug() == "invalid-token" && error.detail() == rejection.sentence() => {}
            Err(error) => wrong.push(format!("{name}: {error:?}")),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
