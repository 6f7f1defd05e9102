//! Helpers that make valid and invalid tokens.

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::PublicKeyComponents;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::EncodingKey;
use serde_json::{Value, json};

use super::{claims, claims_with, header, trusted};

/// A token of the trusted issuer whose header and claims are these texts.
pub(super) fn raw(header: &str, claims: &str) -> String {
    trusted().sign_parts(header, claims).unwrap()
}

/// A valid token with these changes of the header; `null` removes a member.
pub(super) fn with_header(changes: Value) -> String {
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

/// A valid token with these claims added.
pub(super) fn with(changes: Value) -> String {
    trusted().sign_claims(&claims_with(changes)).unwrap()
}

/// A valid token without this claim.
pub(super) fn without(name: &str) -> String {
    let mut claims = claims();
    claims.remove(name).unwrap();
    trusted().sign_claims(&claims).unwrap()
}

/// A valid token whose claims begin with this text, which may repeat a name.
pub(super) fn with_text(text: &str) -> String {
    raw(&json!(header()).to_string(), &json!(claims()).to_string().replacen('{', &format!("{{{text},"), 1))
}

/// A token that is signed with HMAC and a publicly known secret.
pub(super) fn hmac(secret: &[u8]) -> String {
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

/// The public key in the formats that an attacker may use as the secret.
pub(super) fn public_forms() -> [Vec<u8>; 4] {
    let document: Value = serde_json::from_str(trusted().jwks()).unwrap();
    let text = |name: &str| document["keys"][0][name].as_str().unwrap().to_owned();
    let decode = |name: &str| URL_SAFE_NO_PAD.decode(text(name)).unwrap();
    let der = PublicKeyComponents { n: decode("n"), e: decode("e") }.as_der().unwrap().as_ref().to_vec();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(&der));
    [pem.into_bytes(), der, decode("n"), text("n").into_bytes()]
}

pub(super) fn good() -> String {
    with(json!({}))
}

/// A valid token with other bits after the last byte of its signature: the same bytes in another encoding.
pub(super) fn with_stray_bits() -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut token = good();
    let last = token.pop().unwrap() as u8;
    let index = ALPHABET.iter().position(|&letter| letter == last).unwrap();
    // 256 bytes leave four unused bits in the last character
    assert_eq!(index % 16, 0);
    token.push(ALPHABET[index + 1] as char);
    token
}

pub(super) fn unsigned(alg: &str, signature: &str) -> String {
    let token = with_header(json!({ "alg": alg }));
    format!("{}.{signature}", token.rsplit_once('.').unwrap().0)
}
