//! Measures the time to verify a token: hand-written code, Resourceful without its token cache, and Resourceful with it.
//!
//! `cargo run --release -p bench --bin verify` prints one line for each, and the ratios, from one run.

use std::time::{Duration, Instant};

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Validation, decode};
use resourceful::auth::{AuthSettings, DevIssuer, TokenCache, TokenRequest, Verifier};
use serde::Deserialize;

const AUDIENCE: &str = "https://api.example.com";

#[derive(Deserialize)]
struct Claims {
    sub: String,
    permissions: Vec<String>,
}

/// The number of different tokens.
const CALLERS: usize = 1_000;

/// How long each variant is measured in each round.
const TURN: Duration = Duration::from_millis(1_500);

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let issuer = DevIssuer::in_memory("https://tenant.example.com/")?;
    let tokens: Vec<String> = (0..CALLERS)
        .map(|index| {
            let mut request = TokenRequest::new(format!("auth0|{index:024}"), AUDIENCE);
            request.permissions =
                ["read", "write", "delete"].iter().map(|action| format!("projects:{action}")).collect();
            request.email = Some(format!("user{index}@example.com"));
            issuer.sign(&request)
        })
        .collect::<Result<_, _>>()?;
    let verifier = |token_cache| {
        let settings = AuthSettings { token_cache, ..AuthSettings::default() };
        Verifier::builder(settings).static_issuer(issuer.issuer(), AUDIENCE, issuer.jwks()).build()
    };
    let (each_time, as_it_is) = (verifier(TokenCache::OFF)?, verifier(TokenCache::default())?);

    let set: JwkSet = serde_json::from_str(issuer.jwks())?;
    let key = DecodingKey::from_jwk(&set.keys[0])?;
    let mut validation = Validation::new(jsonwebtoken::Algorithm::RS256);
    validation.set_audience(&[AUDIENCE]);
    validation.set_issuer(&[issuer.issuer()]);

    let mut totals = [(0_u32, Duration::ZERO); 3];
    // In turn, so that a slow period of the machine affects all variants.
    for _ in 0..3 {
        let start = Instant::now();
        while start.elapsed() < TURN {
            for token in &tokens[..100] {
                let claims = decode::<Claims>(token, &key, &validation)?.claims;
                assert!(!claims.sub.is_empty() && claims.permissions.len() == 3);
            }
            totals[0].0 += 100;
        }
        totals[0].1 += start.elapsed();
        for (total, verifier) in totals[1..].iter_mut().zip([&each_time, &as_it_is]) {
            let start = Instant::now();
            let mut next = 0;
            while start.elapsed() < TURN {
                for _ in 0..100 {
                    let user = verifier.verify(&tokens[next % CALLERS]).await?;
                    assert_eq!(user.permissions.len(), 3);
                    next += 1;
                }
                total.0 += 100;
            }
            total.1 += start.elapsed();
        }
    }
    let cost = |(count, time): (u32, Duration)| time.as_secs_f64() * 1e6 / f64::from(count);
    let names = ["by hand, each time", "ours, without cache", "ours, with cache"];
    println!("{:<24} {:>14} {:>8}", "verify a token (RS256)", "microseconds", "ratio");
    for (name, total) in names.iter().zip(totals) {
        println!("{name:<24} {:>14.2} {:>8.2}", cost(total), cost(totals[0]) / cost(total));
    }
    Ok(())
}
