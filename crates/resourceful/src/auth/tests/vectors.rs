//! Signatures without claims: the examples of the RFCs, every algorithm, and changed tokens.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize, PublicKeyComponents};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::auth::algorithm::Family;
use crate::auth::jwk::Key;
use crate::auth::rejection::Rejection;
use crate::auth::{Algorithm, KeySet, verify_jws};

/// The claims of RFC 7515 appendix A, line ends included.
const JOE: &str = "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";

/// The key of RFC 7515 appendix A.2.
const A2_N: &str = "\
    ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-\
    pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2Ca\
    pHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb5\
    4h4FRWyuXpoQ";

const A2: &str = "\
    eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0c\
    nVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdb\
    F9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6\
    _dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0ig\
    cN_IoypGlUPQGe77Rw";

const A3: &str = "\
    eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0c\
    nVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

const RFC8037_A4: &str = "\
    eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4\
    ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

struct Example {
    name: &'static str,
    token: &'static str,
    jwk: Value,
    algorithm: Algorithm,
    payload: &'static str,
}

fn examples() -> [Example; 3] {
    let x = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
    let y = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
    let ed = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    [
        Example {
            name: "RFC 7515 A.2",
            token: A2,
            jwk: json!({"kty": "RSA", "n": A2_N, "e": "AQAB"}),
            algorithm: Algorithm::RS256,
            payload: JOE,
        },
        Example {
            name: "RFC 7515 A.3",
            token: A3,
            jwk: json!({"kty": "EC", "crv": "P-256", "x": x, "y": y}),
            algorithm: Algorithm::ES256,
            payload: JOE,
        },
        Example {
            name: "RFC 8037 A.4",
            token: RFC8037_A4,
            jwk: json!({"kty": "OKP", "crv": "Ed25519", "x": ed}),
            algorithm: Algorithm::EdDSA,
            payload: "Example of Ed25519 signing",
        },
    ]
}

/// A set with this key. It gets a key id, which the examples do not have.
fn set(jwk: &Value) -> KeySet {
    let mut jwk = jwk.clone();
    jwk["kid"] = "k".into();
    KeySet::parse(json!({ "keys": [jwk] }).to_string().as_bytes()).unwrap()
}

fn sentence(token: &str, keys: &KeySet, algorithms: &[Algorithm]) -> String {
    verify_jws(token, keys, algorithms).map_or_else(|error| error.detail().to_owned(), |_| "accepted".into())
}

#[test]
fn the_examples_of_the_rfcs() {
    for Example { name, token, jwk, algorithm, payload } in examples() {
        let keys = set(&jwk);
        assert_eq!(verify_jws(token, &keys, &[algorithm]).unwrap(), payload.as_bytes(), "{name}");
        assert_eq!(verify_jws(token, &keys, Algorithm::ALL).unwrap(), payload.as_bytes(), "{name}");
        for &other in Algorithm::ALL.iter().filter(|&&other| other != algorithm) {
            assert_eq!(sentence(token, &keys, &[other]), Rejection::Algorithm.sentence(), "{name} {other}");
        }
    }
}

#[test]
fn a_signature_is_valid_for_one_message_and_one_key() {
    for Example { name, token, jwk, algorithm, .. } in examples() {
        let keys = set(&jwk);
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let (header, payload) = signed.split_once('.').unwrap();
        let bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let signed_by = |bytes: &[u8]| format!("{signed}.{}", URL_SAFE_NO_PAD.encode(bytes));
        let wrong = Rejection::Signature.sentence();
        // Every byte matters, in its first and its last bit
        for index in 0..bytes.len() {
            for bit in [0x80, 1] {
                let mut changed = bytes.clone();
                changed[index] ^= bit;
                assert_eq!(sentence(&signed_by(&changed), &keys, &[algorithm]), wrong, "{name}: byte {index}");
            }
        }
        let zero = vec![0; bytes.len()];
        let longer = [&bytes[..], &[0]].concat();
        let padded = [&[0], &bytes[..]].concat();
        for changed in [&bytes[1..], &bytes[..bytes.len() - 1], &longer, &padded, &zero, &[0], &bytes[..32]] {
            assert_eq!(sentence(&signed_by(changed), &keys, &[algorithm]), wrong, "{name}");
        }
        let other_payload = URL_SAFE_NO_PAD.encode(JOE.replace("joe", "eve"));
        let texts = [
            (format!("{header}.{other_payload}.{signature}"), wrong),
            (format!("{header}..{signature}"), wrong),
            (format!("{header}.{payload}."), Rejection::Form.sentence()),
            (format!("{header}.{payload}.{signature}="), Rejection::Form.sentence()),
            (format!("{header}.{payload} .{signature}"), Rejection::Form.sentence()),
            (format!("{header}.{payload}.{signature}.{signature}"), Rejection::Form.sentence()),
        ];
        for (changed, rejection) in texts {
            assert_eq!(sentence(&changed, &keys, &[algorithm]), rejection, "{name}: {changed}");
        }
        for (alg, rejection) in
            [("none", Rejection::Algorithm), ("HS256", Rejection::Algorithm), ("RS512", Rejection::Signature)]
        {
            // An RSA key can be used with RS512 too; the other keys are of another kind
            let rejection = if algorithm == Algorithm::RS256 { rejection } else { Rejection::Algorithm };
            let header = URL_SAFE_NO_PAD.encode(json!({ "alg": alg }).to_string());
            let changed = format!("{header}.{payload}.{signature}");
            assert_eq!(sentence(&changed, &keys, Algorithm::ALL), rejection.sentence(), "{name}: {alg}");
        }
        for other in examples().iter().filter(|other| other.name != name) {
            assert_eq!(sentence(token, &set(&other.jwk), Algorithm::ALL), Rejection::Algorithm.sentence(), "{name}");
        }
    }
}

#[test]
fn a_token_without_a_key_id_needs_a_set_of_one_key() {
    let [rsa, elliptic, _] = examples();
    let (mut first, mut second) = (rsa.jwk.clone(), elliptic.jwk);
    (first["kid"], second["kid"]) = ("1".into(), "2".into());
    let two = KeySet::parse(json!({ "keys": [first, second] }).to_string().as_bytes()).unwrap();
    assert_eq!(two.len(), 2);
    assert_eq!(sentence(rsa.token, &two, &[Algorithm::RS256]), Rejection::UnknownKey.sentence());
    let none = KeySet::parse(br#"{"keys":[]}"#).unwrap();
    assert_eq!(sentence(rsa.token, &none, &[Algorithm::RS256]), Rejection::UnknownKey.sentence());
}

/// An ECDSA signature in DER form, as in X.509, instead of two concatenated numbers (RFC 7518 section 3.4).
#[test]
fn a_der_encoded_ecdsa_signature_is_refused() {
    let Example { token, jwk, .. } = &examples()[1];
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let integer = |bytes: &[u8]| {
        let zero = if bytes[0] >= 0x80 { &[0][..] } else { &[] };
        [&[2, u8::try_from(bytes.len() + zero.len()).unwrap()], zero, bytes].concat()
    };
    let both = [integer(&bytes[..32]), integer(&bytes[32..])].concat();
    let der = [&[0x30, u8::try_from(both.len()).unwrap()], both.as_slice()].concat();
    let changed = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(der));
    assert_eq!(sentence(&changed, &set(jwk), &[Algorithm::ES256]), Rejection::Signature.sentence());
}

/// A private key of each kind that signs with each of its algorithms.
enum Signer {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
    P384(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Signer {
    fn of(family: Family) -> Self {
        match family {
            Family::Rsa => Self::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).unwrap()),
            Family::P256 => Self::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap()),
            Family::P384 => Self::P384(EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap()),
            Family::Ed25519 => Self::Ed25519(Ed25519KeyPair::generate().unwrap()),
        }
    }

    fn jwk(&self) -> Value {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let point = |curve: &str, pair: &EcdsaKeyPair| {
            let (x, y) = pair.public_key().as_ref()[1..].split_at(pair.public_key().as_ref().len() / 2);
            json!({"kty": "EC", "crv": curve, "x": text(x), "y": text(y)})
        };
        match self {
            Self::Rsa(pair) => {
                let public = PublicKeyComponents::<Vec<u8>>::from(pair.public_key());
                json!({"kty": "RSA", "n": text(&public.n), "e": text(&public.e)})
            }
            Self::P256(pair) => point("P-256", pair),
            Self::P384(pair) => point("P-384", pair),
            Self::Ed25519(pair) => json!({"kty": "OKP", "crv": "Ed25519", "x": text(pair.public_key().as_ref())}),
        }
    }

    fn token(&self, algorithm: Algorithm) -> String {
        let header = json!({"alg": algorithm.name(), "typ": "at+jwt", "kid": "k"}).to_string();
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(JOE));
        let (message, random) = (signed.as_bytes(), SystemRandom::new());
        let signature = match self {
            Self::Rsa(pair) => {
                let encoding: &'static dyn RsaEncoding = match algorithm {
                    Algorithm::RS384 => &RSA_PKCS1_SHA384,
                    Algorithm::RS512 => &RSA_PKCS1_SHA512,
                    Algorithm::PS256 => &RSA_PSS_SHA256,
                    Algorithm::PS384 => &RSA_PSS_SHA384,
                    Algorithm::PS512 => &RSA_PSS_SHA512,
                    _ => &RSA_PKCS1_SHA256,
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &random, message, &mut signature).unwrap();
                signature
            }
            Self::P256(pair) | Self::P384(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Self::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
        };
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

#[test]
fn every_algorithm_with_every_kind_of_key() {
    let families = [Family::Rsa, Family::P256, Family::P384, Family::Ed25519];
    let signers = families.map(|family| (family, Signer::of(family)));
    for (family, signer) in &signers {
        let keys = set(&signer.jwk());
        for &algorithm in Algorithm::ALL.iter().filter(|algorithm| algorithm.family() == *family) {
            let token = signer.token(algorithm);
            assert_eq!(sentence(&token, &keys, &[algorithm]), "accepted", "{algorithm}");
            let (signed, signature) = token.rsplit_once('.').unwrap();
            let payload = signed.split_once('.').unwrap().1;
            for &other in Algorithm::ALL.iter().filter(|&&other| other != algorithm) {
                // The algorithm is not allowed; is allowed and in the header; is the only one of the key
                assert_eq!(sentence(&token, &keys, &[other]), Rejection::Algorithm.sentence(), "{algorithm} {other}");
                let header = URL_SAFE_NO_PAD.encode(json!({"alg": other.name(), "kid": "k"}).to_string());
                let renamed = sentence(&format!("{header}.{payload}.{signature}"), &keys, Algorithm::ALL);
                let same_kind = other.family() == *family;
                let rejection = if same_kind { Rejection::Signature } else { Rejection::Algorithm };
                assert_eq!(renamed, rejection.sentence(), "{algorithm} as {other}");
                let mut published = signer.jwk();
                published["alg"] = other.name().into();
                let keys = set(&published);
                assert_eq!(keys.len(), usize::from(same_kind), "a key cannot be for an algorithm of another kind");
                let rejection = if same_kind { Rejection::Algorithm } else { Rejection::UnknownKey };
                assert_eq!(sentence(&token, &keys, Algorithm::ALL), rejection.sentence());
            }
        }
        for (_, other) in signers.iter().filter(|(other, _)| other != family) {
            let token = signer.token(*Algorithm::ALL.iter().find(|algorithm| algorithm.family() == *family).unwrap());
            assert_eq!(sentence(&token, &set(&other.jwk()), Algorithm::ALL), Rejection::Algorithm.sentence());
        }
    }
}

/// RFC 7638 section 3.1 and RFC 8037 appendix A.3: members that are not part of the key are ignored.
#[test]
fn thumbprints_of_the_rfcs() {
    let n = "\
        0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3ok\
        njhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6\
        qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awa\
        pJzKnqDKgw";
    let rsa = json!({"kty": "RSA", "n": n, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"});
    let key = Key::read(rsa.as_object().unwrap()).unwrap();
    assert_eq!(URL_SAFE_NO_PAD.encode(key.thumbprint), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    let ed = json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "use": "sig"});
    let key = Key::read(ed.as_object().unwrap()).unwrap();
    assert_eq!(URL_SAFE_NO_PAD.encode(key.thumbprint), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}
