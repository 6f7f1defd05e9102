//! Measures how invalid tokens and a slow key server affect the verification of valid tokens, and how much memory a million
//! forged tokens use.
//!
//! `cargo run --release -p bench --bin hostile` prints the results; it takes about two minutes. A thousand valid tokens are
//! verified per second all the time, and periods with and without the attack alternate.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use actix_web::rt::System;
use actix_web::rt::time::sleep;
use resourceful::auth::{Algorithm, AuthSettings, DevIssuer, IssuerSettings, KeyLocation, TokenRequest, Verifier};

const AUDIENCE: &str = "https://api.example.com";
const ISSUER: &str = "https://tenant.example.com/";

/// The number of invalid tokens per second.
const FLOOD: u64 = 5_000;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A server that publishes the issuer's keys.
struct Keys {
    url: String,
    fetches: Arc<AtomicUsize>,
    stalls: Arc<AtomicBool>,
}

fn key_server(jwks: String) -> Result<Keys, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/jwks.json", listener.local_addr()?);
    let (fetches, stalls) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let (seen, stalling) = (fetches.clone(), stalls.clone());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let (jwks, stalling) = (jwks.clone(), stalling.clone());
            seen.fetch_add(1, Ordering::SeqCst);
            std::thread::spawn(move || {
                let _ = stream.read(&mut [0; 4096]);
                if stalling.load(Ordering::SeqCst) {
                    std::thread::sleep(Duration::from_secs(10));
                }
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                    jwks.len()
                );
                let _ = stream.write_all(format!("{head}{jwks}").as_bytes());
            });
        }
    });
    Ok(Keys { url, fetches, stalls })
}

/// Latencies of the verification of valid tokens, a thousand per second, in nanoseconds.
fn good(verifier: &Verifier, tokens: &[String], time: Duration) -> Result<Vec<u64>, Failure> {
    let verifier = verifier.clone();
    let tokens = tokens.to_vec();
    let thread = std::thread::spawn(move || {
        System::new().block_on(async move {
            let (begin, mut latencies) = (Instant::now(), Vec::new());
            while begin.elapsed() < time {
                let token = &tokens[latencies.len() % tokens.len()];
                let start = Instant::now();
                verifier.verify(token).await?;
                latencies.push(u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX));
                sleep(Duration::from_millis(1)).await;
            }
            Ok::<_, resourceful::Error>(latencies)
        })
    });
    Ok(thread.join().map_err(|_| "a thread panicked")??)
}

/// The same while tokens with unknown key ids arrive, at this rate per second.
fn beside(
    verifier: &Verifier,
    tokens: &[String],
    time: Duration,
    rate: u64,
    sent: &Arc<AtomicU64>,
) -> Result<Vec<u64>, Failure> {
    let (flooding, bad) = (verifier.clone(), tokens[0].clone());
    let (stop, counted) = (Arc::new(AtomicBool::new(false)), sent.clone());
    let stopped = stop.clone();
    let flood = std::thread::spawn(move || {
        let rest = bad.split_once('.').map(|(_, rest)| rest.to_owned()).unwrap_or_default();
        System::new().block_on(async move {
            let begin = Instant::now();
            let mut mine = 0_u64;
            while !stopped.load(Ordering::Relaxed) {
                let due = begin.elapsed().as_millis() as u64 * rate / 1000;
                while mine < due {
                    let number = counted.fetch_add(1, Ordering::Relaxed);
                    mine += 1;
                    let token = format!("{}.{rest}", header(&format!("unknown-{number}")));
                    if rate >= FLOOD {
                        let _ = flooding.verify(&token).await;
                    } else {
                        // Each request may wait for the key server without a limit.
                        let verifier = flooding.clone();
                        actix_web::rt::spawn(async move { verifier.verify(&token).await.is_ok() });
                    }
                }
                sleep(Duration::from_millis(1)).await;
            }
        });
    });
    let latencies = good(verifier, tokens, time);
    stop.store(true, Ordering::Relaxed);
    flood.join().map_err(|_| "the thread that sends invalid tokens panicked")?;
    latencies
}

/// A header that names this key.
fn header(kid: &str) -> String {
    encode(format!("{{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"{kid}\"}}").as_bytes())
}

/// base64url (RFC 4648 section 5) without padding.
fn encode(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::with_capacity(bytes.len() * 4 / 3 + 3);
    for chunk in bytes.chunks(3) {
        let number = chunk.iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..=chunk.len() {
            text.push(char::from(LETTERS[(number >> (18 - 6 * place)) as usize & 63]));
        }
    }
    text
}

fn p99(latencies: &mut [u64]) -> f64 {
    latencies.sort_unstable();
    latencies[latencies.len() * 99 / 100] as f64 / 1000.0
}

fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|size| size.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
}

fn main() -> Result<(), Failure> {
    let issuer = DevIssuer::in_memory(ISSUER)?;
    let sign = |index: usize| issuer.sign(&TokenRequest::new(format!("auth0|{index}"), AUDIENCE));
    let tokens = (0..100).map(sign).collect::<Result<Vec<String>, _>>()?;
    let keys = key_server(issuer.jwks().to_owned())?;
    let settings = IssuerSettings {
        issuer: ISSUER.to_owned(),
        audiences: vec![AUDIENCE.to_owned()],
        algorithms: vec![Algorithm::RS256],
        keys: KeyLocation::Url(keys.url.clone()),
    };
    let settings =
        AuthSettings { issuers: vec![settings], allow_http: true, allow_private: true, ..AuthSettings::default() };
    let verifier = Verifier::new(settings)?;
    good(&verifier, &tokens, Duration::from_secs(1))?;

    let sent = Arc::new(AtomicU64::new(0));
    let (mut quiet, mut flooded) = (Vec::new(), Vec::new());
    let (before, begin) = (keys.fetches.load(Ordering::SeqCst), Instant::now());
    for _ in 0..6 {
        quiet.extend(good(&verifier, &tokens, Duration::from_secs(3))?);
        flooded.extend(beside(&verifier, &tokens, Duration::from_secs(10), FLOOD, &sent)?);
    }
    let (fetches, minutes) = (keys.fetches.load(Ordering::SeqCst) - before, begin.elapsed().as_secs_f64() / 60.0);
    let (one, other) = (p99(&mut quiet), p99(&mut flooded));
    println!("{} tokens with unknown keys: {fetches} fetches in {minutes:.1} minutes", sent.load(Ordering::SeqCst));
    println!(
        "p99 of valid tokens: {one:.2} us without, {other:.2} us with invalid tokens, {:+.1} %",
        (other / one - 1.0) * 100.0
    );

    keys.stalls.store(true, Ordering::SeqCst);
    let (mut quiet, mut stalled) = (Vec::new(), Vec::new());
    for _ in 0..2 {
        quiet.extend(good(&verifier, &tokens, Duration::from_secs(3))?);
        stalled.extend(beside(&verifier, &tokens, Duration::from_secs(12), 10, &sent)?);
    }
    let (one, other) = (p99(&mut quiet), p99(&mut stalled));
    println!("p99 of valid tokens while the key server does not respond: {one:.2} us before, {other:.2} us during");

    let (begin, before) = (Instant::now(), memory());
    let signed = tokens[0].rsplit_once('.').map(|(signed, _)| signed.to_owned()).unwrap_or_default();
    let refused = System::new().block_on(async {
        let mut refused = 0_u32;
        for number in 0..1_000_000_u32 {
            let mut signature = vec![7; 256];
            signature[..4].copy_from_slice(&number.to_be_bytes());
            refused += u32::from(verifier.verify(&format!("{signed}.{}", encode(&signature))).await.is_err());
        }
        refused
    });
    let (seconds, grown) = (begin.elapsed().as_secs_f64(), memory().saturating_sub(before));
    println!("{refused} of 1000000 forged tokens refused in {seconds:.1} s; resident memory grew by {grown} kB");
    Ok(())
}
