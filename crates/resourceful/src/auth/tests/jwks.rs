use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{claims, claims_with, forger, header, trusted};
use crate::auth::jwk::Unfit;
use crate::auth::jwks::MAX_KEYS;
use crate::auth::{Algorithm, KeySet, verify_jws};

fn jwk(changes: Value) -> Value {
    let document: Value = serde_json::from_str(trusted().jwks()).unwrap();
    let mut jwk = document["keys"][0].as_object().unwrap().clone();
    for (name, value) in changes.as_object().unwrap() {
        // null removes a member
        if value.is_null() {
            jwk.remove(name);
        } else {
            jwk.insert(name.clone(), value.clone());
        }
    }
    jwk.insert("kid".into(), changes.get("kid").cloned().unwrap_or_else(|| "k".into()));
    Value::Object(jwk)
}

fn parse(keys: &Value) -> KeySet {
    KeySet::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

fn number(bytes: &[u8]) -> Value {
    URL_SAFE_NO_PAD.encode(bytes).into()
}

/// An odd number of this many bits.
fn modulus(bits: usize) -> Value {
    let mut bytes = vec![0xff; bits.div_ceil(8)];
    bytes[0] >>= (8 - bits % 8) % 8;
    number(&bytes)
}

#[test]
fn which_keys_are_kept() {
    let mut even = vec![0xff; 256];
    even[255] = 0xfe;
    let table = [
        (true, json!({})),
        (true, json!({"use": null, "alg": null})),
        (true, json!({"key_ops": ["verify"]})),
        (true, json!({"key_ops": ["sign", "verify"]})),
        (true, json!({"alg": "PS256"})),
        (true, json!({"x5c": ["AAAA"], "x5t": "AAAA", "unknown": {}})),
        (true, json!({"e": "Aw"})),
        (true, json!({"n": modulus(2048)})),
        (true, json!({"n": modulus(8192)})),
        (true, json!({"kid": "k".repeat(256)})),
        (false, json!({"kid": "k".repeat(257)})),
        (false, json!({"kid": ""})),
        (false, json!({"kid": 7})),
        (false, json!({"kid": null})),
        (false, json!({"kty": "EC"})),
        (false, json!({"kty": "rsa"})),
        (false, json!({"kty": null})),
        (false, json!({"kty": "oct", "k": "AAAA"})),
        (false, json!({"kty": "oct"})),
        (false, json!({"d": "AAAA"})),
        (false, json!({"p": "AAAA"})),
        (false, json!({"k": "AAAA"})),
        (false, json!({"oth": []})),
        (false, json!({"d": ""})),
        (false, json!({"use": "enc"})),
        (false, json!({"use": ["sig"]})),
        (false, json!({"key_ops": []})),
        (false, json!({"key_ops": ["sign"]})),
        (false, json!({"key_ops": "verify"})),
        (false, json!({"alg": "HS256"})),
        (false, json!({"alg": "RSA-OAEP"})),
        (false, json!({"alg": "rs256"})),
        (false, json!({"alg": 1})),
        (false, json!({"n": modulus(2047)})),
        (false, json!({"n": modulus(1024)})),
        (false, json!({"n": modulus(8193)})),
        (false, json!({"n": number(&even)})),
        (false, json!({"n": ""})),
        (false, json!({"n": "not base64!"})),
        (false, json!({"n": null})),
        (false, json!({"e": "AQ"})),
        (false, json!({"e": "Ag"})),
        (false, json!({"e": "AQAA"})),
        (false, json!({"e": number(&[0xff; 5])})),
        (false, json!({"e": "AQAB="})),
        (false, json!({"e": 65537})),
        (false, json!({"e": null})),
    ];
    for (kept, changes) in table {
        assert_eq!(parse(&json!([jwk(changes.clone())])).len(), usize::from(kept), "{changes}");
    }
}

#[test]
fn which_keys_of_the_other_kinds_are_kept() {
    let (x, y) = ("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
    let elliptic = json!({"kid": "k", "kty": "EC", "crv": "P-256", "x": x, "y": y});
    let point = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    let edwards = json!({"kid": "k", "kty": "OKP", "crv": "Ed25519", "x": point});
    let table = [
        (true, &elliptic, json!({})),
        (true, &elliptic, json!({"use": "sig", "alg": "ES256", "key_ops": ["verify"]})),
        (false, &elliptic, json!({"alg": "ES384"})),
        (false, &elliptic, json!({"alg": "RS256"})),
        (false, &elliptic, json!({"alg": "EdDSA"})),
        (false, &elliptic, json!({"alg": "ECDH-ES"})),
        (false, &elliptic, json!({"use": "enc"})),
        (false, &elliptic, json!({"key_ops": ["deriveKey"]})),
        (false, &elliptic, json!({"d": "AAAA"})),
        (false, &elliptic, json!({"k": "AAAA"})),
        (false, &elliptic, json!({"kty": "RSA"})),
        (false, &elliptic, json!({"kty": "OKP"})),
        (false, &elliptic, json!({"crv": "P-384"})),
        (false, &elliptic, json!({"crv": "P-521"})),
        (false, &elliptic, json!({"crv": "secp256k1"})),
        (false, &elliptic, json!({"crv": "Ed25519"})),
        (false, &elliptic, json!({"crv": null})),
        (false, &elliptic, json!({"x": y, "y": x})),
        (false, &elliptic, json!({"y": x})),
        (false, &elliptic, json!({"x": number(&[0; 32]), "y": number(&[0; 32])})),
        (false, &elliptic, json!({"x": number(&[0; 31])})),
        (false, &elliptic, json!({"x": number(&[&[0], URL_SAFE_NO_PAD.decode(x).unwrap().as_slice()].concat())})),
        (false, &elliptic, json!({"x": format!("{x}=")})),
        (false, &elliptic, json!({"y": null})),
        (true, &edwards, json!({})),
        (true, &edwards, json!({"use": "sig", "alg": "EdDSA"})),
        (false, &edwards, json!({"alg": "ES256"})),
        (false, &edwards, json!({"alg": "RS256"})),
        (false, &edwards, json!({"d": "AAAA"})),
        (false, &edwards, json!({"use": "enc"})),
        (false, &edwards, json!({"kty": "EC"})),
        (false, &edwards, json!({"crv": "X25519"})),
        (false, &edwards, json!({"crv": "Ed448"})),
        (false, &edwards, json!({"crv": "P-256"})),
        (false, &edwards, json!({"x": number(&[1; 31])})),
        (false, &edwards, json!({"x": number(&[1; 33])})),
        (false, &edwards, json!({"x": null})),
    ];
    for (kept, base, changes) in table {
        let mut jwk = base.clone();
        jwk.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        assert_eq!(parse(&json!([jwk])).len(), usize::from(kept), "{jwk}");
    }
}

#[test]
fn when_two_sets_are_the_same() {
    let one = || jwk(json!({"kid": "1"}));
    let other_key = {
        let document: Value = serde_json::from_str(forger().jwks()).unwrap();
        jwk(json!({"kid": "1", "n": document["keys"][0]["n"]}))
    };
    let table = [
        (true, json!([one()])),
        // The order, and members that are not part of a key, do not matter
        (true, json!([jwk(json!({"kid": "1", "x5c": ["AAAA"]}))])),
        (true, json!([jwk(json!({"kid": "2", "use": "enc"})), one()])),
        (false, json!([])),
        (false, json!([jwk(json!({"kid": "2"}))])),
        (false, json!([one(), jwk(json!({"kid": "2"}))])),
        (false, json!([jwk(json!({"kid": "1", "alg": null}))])),
        (false, json!([other_key])),
    ];
    let base = parse(&json!([one()]));
    for (same, keys) in table {
        let set = parse(&keys);
        assert_eq!((base.is_same(&set), set.is_same(&base)), (same, same), "{keys}");
    }
}

#[test]
fn a_leading_zero_of_the_modulus_changes_nothing() {
    let document: Value = serde_json::from_str(trusted().jwks()).unwrap();
    let n = URL_SAFE_NO_PAD.decode(document["keys"][0]["n"].as_str().unwrap()).unwrap();
    let keys = parse(&json!([jwk(json!({"kid": trusted().kid(), "n": number(&[&[0], n.as_slice()].concat())}))]));
    assert!(verify_jws(&trusted().sign_claims(&claims()).unwrap(), &keys, &[Algorithm::RS256]).is_ok());
}

#[test]
fn a_set_as_a_whole() {
    let other = || jwk(json!({"kid": "other"}));
    let table = [
        (json!([]), 0),
        (json!([jwk(json!({})), other()]), 2),
        // One invalid key does not affect the others
        (json!([jwk(json!({"use": "enc"})), other(), "text", null, 7, []]), 1),
        // An entry that cannot verify does not affect the key with the same id
        (json!([jwk(json!({})), jwk(json!({"use": "enc", "n": modulus(2048)})), other()]), 2),
        (json!([jwk(json!({"kty": "oct", "k": "AAAA"})), jwk(json!({})), other()]), 2),
        // One key several times, and once for each algorithm
        (json!([jwk(json!({})), jwk(json!({})), other()]), 2),
        (json!([jwk(json!({})), jwk(json!({"alg": "RS384"})), jwk(json!({"alg": "RS512"})), other()]), 4),
        // Keys of different kinds, and for different algorithms
        (json!([jwk(json!({})), elliptic(), other()]), 3),
        (json!([jwk(json!({})), jwk(json!({"alg": "PS256", "n": modulus(2048)})), other()]), 3),
        // Of two keys for one algorithm neither is used
        (json!([jwk(json!({})), jwk(json!({"n": modulus(2048)})), other()]), 1),
        (json!([jwk(json!({})), jwk(json!({"n": modulus(2048), "alg": null})), other()]), 1),
        (json!([jwk(json!({})), jwk(json!({"n": modulus(2048)})), elliptic(), other()]), 2),
    ];
    for (keys, kept) in table {
        let set = parse(&keys);
        assert_eq!(set.len(), kept, "{keys}");
        assert_eq!(set.contains("other"), kept > 0, "{keys}");
        assert_eq!(set.is_empty(), kept == 0);
    }
    let many: Vec<Value> = (0..MAX_KEYS + 5).map(|index| jwk(json!({ "kid": index.to_string() }))).collect();
    assert_eq!(parse(&many.into()).len(), MAX_KEYS);
}

fn elliptic() -> Value {
    let (x, y) = ("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
    json!({"kid": "k", "kty": "EC", "crv": "P-256", "x": x, "y": y})
}

/// An encryption key under the id of the signing key, and the signing key once for each algorithm.
#[test]
fn the_key_is_chosen_by_its_id_its_use_and_its_algorithm() {
    let kid = trusted().kid();
    let set = parse(&json!([
        jwk(json!({"kid": kid, "use": "enc", "alg": "RSA-OAEP", "n": modulus(2048)})),
        jwk(json!({"kid": kid, "alg": "RS512"})),
        jwk(json!({"kid": kid, "alg": "RS256"})),
        jwk(json!({"kid": kid, "alg": "PS256", "n": modulus(2048)})),
    ]));
    let token = trusted().sign_claims(&claims()).unwrap();
    assert!(verify_jws(&token, &set, &[Algorithm::RS256]).is_ok());
}

#[test]
fn private_members_without_a_value_are_no_secret() {
    let reason = |changes: Value| {
        let mut jwk = jwk(json!({})).as_object().unwrap().clone();
        jwk.extend(changes.as_object().unwrap().clone());
        crate::auth::jwk::Key::read(&jwk).map(|_| ()).unwrap_err()
    };
    let empty = Unfit::Other("it has a member of private keys, without a value");
    for (changes, expected) in [
        (json!({"oth": []}), empty),
        (json!({"d": null}), empty),
        (json!({"d": null, "p": "", "oth": []}), empty),
        (json!({"d": null, "p": "AAAA"}), Unfit::Secret("p")),
        (json!({"d": "AAAA"}), Unfit::Secret("d")),
        (json!({"oth": [{"r": "AAAA"}]}), Unfit::Secret("oth")),
        (json!({"kty": "oct", "k": null}), Unfit::Secret("kty")),
    ] {
        assert_eq!(reason(changes.clone()), expected, "{changes}");
    }
}

#[test]
fn a_member_named_twice() {
    let good = jwk(json!({})).to_string();
    let twice = good.replacen('{', r#"{"kty":"RSA","#, 1);
    assert_eq!(KeySet::parse(format!(r#"{{"keys":[{good}]}}"#).as_bytes()).unwrap().len(), 1);
    assert_eq!(KeySet::parse(format!(r#"{{"keys":[{twice}]}}"#).as_bytes()).unwrap().len(), 0);
    assert!(KeySet::parse(format!(r#"{{"keys":[{good}],"keys":[]}}"#).as_bytes()).is_err());
}

#[test]
fn text_that_is_not_a_key_set() {
    for text in ["", "null", "[]", "{}", r#"{"keys":null}"#, r#"{"keys":{}}"#, "<html></html>", r#"{"keys":[]} x"#] {
        assert!(KeySet::parse(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn a_key_is_used_with_its_own_algorithm_only() {
    let mut header = header();
    header.insert("alg".into(), "RS512".into());
    let token = trusted().sign_parts(&json!(header).to_string(), &json!(claims()).to_string()).unwrap();
    let sentence = |alg: Value| {
        let keys = parse(&json!([jwk(json!({"kid": trusted().kid(), "alg": alg}))]));
        verify_jws(&token, &keys, &[Algorithm::RS256, Algorithm::RS512]).unwrap_err().detail().to_owned()
    };
    // The signature is one of RS256, so with a key for RS512 the signature is wrong
    assert_eq!(sentence(json!("RS512")), "The signature of the token is wrong");
    assert_eq!(sentence(json!("RS256")), "The token is signed with an algorithm that is not accepted");
}

#[test]
fn signatures_without_checks_of_claims() {
    let keys = KeySet::parse(trusted().jwks().as_bytes()).unwrap();
    let token = trusted().sign_claims(&claims_with(json!({"exp": 0}))).unwrap();
    let payload = verify_jws(&token, &keys, &[Algorithm::RS256]).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&payload).unwrap()["sub"], "auth0|ada");
    assert_eq!(verify_jws(&token, &keys, &[Algorithm::PS256]).unwrap_err().slug(), "invalid-token");
    assert_eq!(verify_jws(&token, &keys, &[]).unwrap_err().slug(), "invalid-token");
    let forged = forger().sign_claims(&claims()).unwrap();
    assert_eq!(verify_jws(&forged, &keys, &[Algorithm::RS256]).unwrap_err().slug(), "invalid-token");
}
