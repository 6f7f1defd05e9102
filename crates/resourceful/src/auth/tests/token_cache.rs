//! The token cache. Responses must be the same with and without it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::tokens::{good, with, with_stray_bits};
use super::{AUDIENCE, ISSUER, NOW, TestClock, claims_with, forger, trusted, verifier};
use crate::auth::rejection::Rejection;
use crate::auth::token_cache::VerifiedTokens;
use crate::auth::{AuthSettings, TokenCache, Verifier};

fn with_clock(token_cache: TokenCache) -> (Verifier, Arc<TestClock>) {
    let clock = TestClock::new();
    let settings = AuthSettings { token_cache, ..AuthSettings::default() };
    let builder = Verifier::builder(settings).static_issuer(ISSUER, AUDIENCE, trusted().jwks());
    (builder.clock(clock.clone()).build().unwrap(), clock)
}

/// `ok`, or the sentence of the rejection.
async fn outcome(verifier: &Verifier, token: &str) -> String {
    verifier.verify(token).await.map_or_else(|error| error.detail().to_owned(), |_| "ok".to_owned())
}

#[tokio::test]
async fn another_signature_is_another_token() {
    let verifier = verifier();
    let token = good();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let forged = forger().sign_parts(r#"{"alg":"RS256"}"#, "{}").unwrap();
    let bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let mut changed = bytes.clone();
    changed[255] ^= 1;
    assert_eq!(outcome(&verifier, &token).await, "ok");
    let table = [
        (format!("{signed}.{}", forged.rsplit_once('.').unwrap().1), Rejection::Signature),
        (format!("{signed}.{}", URL_SAFE_NO_PAD.encode(changed)), Rejection::Signature),
        (format!("{signed}.{}", URL_SAFE_NO_PAD.encode(&bytes[..255])), Rejection::Signature),
        (format!("{signed}."), Rejection::Form),
        (format!("{token}="), Rejection::Form),
        (with_stray_bits(), Rejection::Form),
        (token.to_uppercase(), Rejection::Header),
    ];
    for (token, rejection) in table {
        assert_eq!(outcome(&verifier, &token).await, rejection.sentence(), "{token}");
    }
    assert_eq!(outcome(&verifier, &token).await, "ok");
    assert_eq!(verifier.token_cache().held().0, 1);
}

#[tokio::test]
async fn times_are_checked_on_every_use() {
    // Claims, seconds that pass, and the result, which must be the same with and without the cache
    let table = [
        (json!({"exp": NOW + 10}), 39, "ok"),
        (json!({"exp": NOW + 10}), 40, Rejection::Expired.sentence()),
        (json!({"exp": NOW - 29}), 0, "ok"),
        (json!({"exp": NOW - 29}), 1, Rejection::Expired.sentence()),
        (json!({"exp": NOW + 10, "nbf": NOW + 30}), 39, "ok"),
        (json!({"exp": NOW + 10, "iat": NOW + 30}), 3600, Rejection::Expired.sentence()),
    ];
    for (changes, seconds, expected) in table {
        let token = with(changes.clone());
        for cache in [TokenCache::OFF, TokenCache::default()] {
            let (verifier, clock) = with_clock(cache);
            assert_eq!(outcome(&verifier, &token).await, "ok", "{changes}");
            clock.pass(seconds);
            assert_eq!(outcome(&verifier, &token).await, expected, "{changes} {cache:?}");
        }
    }
    // A clock that was set back
    let (verifier, clock) = with_clock(TokenCache::default());
    let token = with(json!({"nbf": NOW + 20}));
    assert_eq!(outcome(&verifier, &token).await, "ok");
    clock.put_back(20);
    assert_eq!(outcome(&verifier, &token).await, Rejection::TooEarly.sentence());
}

#[tokio::test]
async fn a_cached_token_gives_the_same_caller() {
    let (verifier, clock) = with_clock(TokenCache::default());
    let (without, _) = with_clock(TokenCache::OFF);
    let token =
        with(json!({"scope": "a b", "roles": ["r"], "email": "ada@example.com", "https://x.test/y": {"z": [1]}}));
    let first = verifier.verify(&token).await.unwrap();
    let again = verifier.verify(&token).await.unwrap();
    assert!(Arc::ptr_eq(&first, &again), "the token is cached");
    assert_eq!(first, without.verify(&token).await.unwrap());
    // For a minute from the first use, not from the last
    clock.pass(59);
    assert!(Arc::ptr_eq(&first, &verifier.verify(&token).await.unwrap()));
    clock.pass(1);
    let later = verifier.verify(&token).await.unwrap();
    assert!(!Arc::ptr_eq(&first, &later));
    assert_eq!(first, later);
    for cache in [TokenCache { entries: 0, bytes: 1 << 20 }, TokenCache { entries: 10, bytes: 0 }] {
        let (off, _) = with_clock(cache);
        assert!(!Arc::ptr_eq(&off.verify(&token).await.unwrap(), &off.verify(&token).await.unwrap()), "{cache:?}");
    }
}

#[tokio::test]
async fn each_token_has_its_own_cache_entry() {
    let other = "https://other.test/";
    let verifier = Verifier::builder(AuthSettings::default())
        .static_issuer(ISSUER, AUDIENCE, trusted().jwks())
        .static_issuer(other, AUDIENCE, forger().jwks())
        .clock(TestClock::new())
        .build()
        .unwrap();
    // One subject, by two issuers, with several permissions: tokens must not share entries
    let by = |issuer: &str, permissions: &[&str]| {
        let claims = claims_with(json!({"iss": issuer, "permissions": permissions}));
        if issuer == other { forger().sign_claims(&claims).unwrap() } else { trusted().sign_claims(&claims).unwrap() }
    };
    let tokens = [by(ISSUER, &["a"]), by(ISSUER, &["b"]), by(ISSUER, &[]), by(other, &["c"])];
    for _ in 0..2 {
        for (token, permissions) in tokens.iter().zip(["a", "b", "", "c"]) {
            assert_eq!(verifier.verify(token).await.unwrap().permissions.join(" "), permissions);
        }
        // The other issuer's name, signed with the key of this one
        let stolen = trusted().sign_claims(&claims_with(json!({ "iss": other }))).unwrap();
        assert_eq!(outcome(&verifier, &stolen).await, Rejection::UnknownKey.sentence());
    }
    assert_eq!(verifier.token_cache().held().0, 4);
}

#[tokio::test]
async fn forged_tokens_are_not_cached() {
    let verifier = verifier();
    let token = good();
    assert_eq!(outcome(&verifier, &token).await, "ok");
    let held = verifier.token_cache().held();
    assert_eq!(held.0, 1);
    let signed = token.rsplit_once('.').unwrap().0;
    for number in 0..100_000_u32 {
        // Few with a signature of the right length, which costs more
        let length = if number % 100 == 0 { 256 } else { 8 };
        let mut signature = vec![7; length];
        signature[..4].copy_from_slice(&number.to_be_bytes());
        let forged = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature));
        assert_eq!(outcome(&verifier, &forged).await, Rejection::Signature.sentence());
    }
    assert_eq!(verifier.token_cache().held(), held);
    assert_eq!(outcome(&verifier, &token).await, "ok");
}

#[tokio::test]
async fn entries_and_bytes_are_bounded() {
    let (verifier, _) = with_clock(TokenCache::OFF);
    let small = verifier.verified(&good()).await.unwrap();
    let large = verifier.verified(&with(json!({"permissions": vec!["projects:read"; 300]}))).await.unwrap();
    let huge = verifier.verified(&with(json!({"x": vec![0; 2000]}))).await.unwrap();
    let (now, changes) = (Instant::now(), Arc::new(AtomicU64::new(0)));
    for (bounds, verified) in [
        (TokenCache::default(), &small),
        (TokenCache { entries: 320, ..TokenCache::default() }, &small),
        (TokenCache { entries: 1_000_000, bytes: 1 << 20 }, &small),
        (TokenCache { entries: 1_000_000, bytes: 1 << 20 }, &large),
        (TokenCache { entries: 32, bytes: 1 << 20 }, &small),
    ] {
        let cache = VerifiedTokens::new(bounds, changes.clone()).unwrap();
        for number in 0..100_000 {
            cache.put(&cache.key_of(&number.to_string()), verified, now);
        }
        let (entries, bytes) = cache.held();
        assert!(entries <= bounds.entries && bytes <= bounds.bytes, "{bounds:?}: {entries}, {bytes}");
        assert!(2 * entries > bounds.entries.min(300) || 2 * bytes > bounds.bytes, "{bounds:?}: {entries}, {bytes}");
        assert!(cache.get(&cache.key_of("99999"), now).is_some(), "the latest entry exists");
        assert!(cache.get(&cache.key_of("0"), now).is_none(), "the first entry is removed");
    }
    // An entry that is too large is not stored, and evicts nothing
    let cache = VerifiedTokens::new(TokenCache { entries: 3200, bytes: 32 * 8 * 1024 }, changes).unwrap();
    cache.put(&cache.key_of("small"), &small, now);
    cache.put(&cache.key_of("huge"), &huge, now);
    assert!(cache.get(&cache.key_of("huge"), now).is_none());
    assert!(cache.get(&cache.key_of("small"), now).is_some());
}

#[tokio::test]
async fn used_entries_are_kept() {
    let verified = verifier().verified(&good()).await.unwrap();
    let (now, changes) = (Instant::now(), Arc::new(AtomicU64::new(0)));
    let cache = VerifiedTokens::new(TokenCache { entries: 3200, ..TokenCache::default() }, changes).unwrap();
    let used = cache.key_of("used");
    cache.put(&used, &verified, now);
    for number in 0..20_000 {
        cache.put(&cache.key_of(&number.to_string()), &verified, now);
        assert!(cache.get(&used, now).is_some(), "{number}");
    }
    assert!(cache.get(&used, now + Duration::from_secs(60)).is_none(), "but not longer than one minute");
}

#[tokio::test]
async fn the_cache_is_emptied_when_a_key_changes() {
    let verified = verifier().verified(&good()).await.unwrap();
    let (now, changes) = (Instant::now(), Arc::new(AtomicU64::new(0)));
    let cache = VerifiedTokens::new(TokenCache::default(), changes.clone()).unwrap();
    let before: Vec<_> = (0..1000).map(|number| cache.key_of(&number.to_string())).collect();
    for cache_key in &before {
        cache.put(cache_key, &verified, now);
    }
    changes.fetch_add(1, Ordering::SeqCst);
    for cache_key in &before {
        assert!(cache.get(cache_key, now).is_none());
        // Its key was read before the change, so it may have been removed
        cache.put(cache_key, &verified, now);
        assert!(cache.get(cache_key, now).is_none());
    }
    assert_eq!(cache.held(), (0, 0));
    let after = cache.key_of("1");
    cache.put(&after, &verified, now);
    assert!(cache.get(&after, now).is_some());
}

#[tokio::test]
async fn concurrent_use() {
    let verifier = verifier();
    let tokens: Vec<String> = (0..20).map(|index| with(json!({"sub": format!("auth0|{index}")}))).collect();
    let tasks = (0..8).map(|_| {
        let (verifier, tokens) = (verifier.clone(), tokens.clone());
        tokio::spawn(async move {
            for round in 0..200 {
                let index = round % tokens.len();
                assert_eq!(verifier.verify(&tokens[index]).await.unwrap().id, format!("auth0|{index}"));
            }
        })
    });
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(verifier.token_cache().held().0, 20);
}
