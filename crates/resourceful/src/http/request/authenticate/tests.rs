//! Credentials and challenges over HTTP.

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::header::{self, HeaderMap};
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, call_service, init_service, read_body_json};
use actix_web::{App, web};
use serde_json::{Value, json};

use crate::actor::CurrentUser;
use crate::auth::{AuthSettings, DevIssuer, DpopKey, DpopMode, DpopSettings, TokenRequest, Verifier};
use crate::context::{Context, DatabaseSettings, Options};
use crate::error::{Error, Result};
use crate::http::middleware::envelope::envelope;
use crate::http::middleware::require::require;
use crate::http::request::shared::Shared;
use crate::spec::Requirement;

const AUDIENCE: &str = "https://api.test";
const HERE: &str = "http://localhost:8080/me";

/// Extracts the caller twice, as a plain actix handler may.
async fn me(caller: CurrentUser, again: Option<CurrentUser>) -> Result<String> {
    assert_eq!(Some(&caller), again.as_ref());
    if caller.has_permission("read") { Ok(caller.id) } else { Err(Error::missing_permission(&["read"])) }
}

struct Sent<'a> {
    name: &'static str,
    headers: Vec<(&'static str, &'a str)>,
    status: u16,
    slug: &'static str,
    challenges: Vec<String>,
}

fn issuer() -> DevIssuer {
    DevIssuer::in_memory("https://tenant.test/").unwrap()
}

async fn check(mode: DpopMode, issuer: &DevIssuer, table: Vec<Sent<'_>>) {
    let context = async || {
        let dpop = DpopSettings { mode, ..DpopSettings::default() };
        let builder = Verifier::builder(AuthSettings { dpop, ..AuthSettings::default() });
        let verifier = builder.static_issuer(issuer.issuer(), AUDIENCE, issuer.jwks()).build().unwrap();
        let database = DatabaseSettings::new("sqlite::memory:");
        Context::builder(Options::default()).extension(verifier).connect(&database).await.unwrap()
    };
    let shared = web::Data::new(Shared::new(&context().await));
    let app = App::new()
        .wrap(from_fn(|req, next| envelope(1024, req, next)))
        .app_data(shared)
        .route("/me", web::get().to(me));
    compare(mode, "mounted", init_service(app).await, TestRequest::to_request, &table).await;
    // The middleware alone answers in the same way.
    let behind = web::scope("").wrap(require(&context().await, Requirement::Permission("read")));
    let app = App::new().service(behind.route("/me", web::get().to(me)));
    compare(mode, "behind a requirement", init_service(app).await, TestRequest::to_request, &table).await;
    // A proof counts as stolen when it is seen twice, and so must be verified only once.
    let ctx = context().await;
    let twice = web::scope("").wrap(require(&ctx, Requirement::Public));
    let twice = twice.wrap(require(&ctx, Requirement::Permission("read")));
    let app = App::new().service(twice.route("/me", web::get().to(me)));
    compare(mode, "behind two", init_service(app).await, TestRequest::to_request, &table).await;
}

async fn compare<R, B: MessageBody>(
    mode: DpopMode,
    place: &str,
    app: impl Service<R, Response = ServiceResponse<B>, Error = actix_web::Error>,
    request_of: fn(TestRequest) -> R,
    table: &[Sent<'_>],
) {
    for Sent { name, headers, status, slug, challenges } in table {
        let mut request = TestRequest::get().uri("/me?x=1").insert_header((header::HOST, "localhost:8080"));
        for header in headers {
            request = request.append_header(*header);
        }
        let answer = call_service(&app, request_of(request)).await;
        let of = |headers: &HeaderMap| -> Vec<String> {
            headers.get_all(header::WWW_AUTHENTICATE).map(|value| value.to_str().unwrap().to_owned()).collect()
        };
        let got = (answer.status().as_u16(), of(answer.headers()));
        assert_eq!(got, (*status, challenges.clone()), "{mode:?}, {place}: {name}");
        if *status >= 400 {
            let body: Value = read_body_json(answer).await;
            assert_eq!(body["type"], format!("/problems/{slug}"), "{mode:?}, {place}: {name}");
            if *name == "no token" {
                let detail = body["detail"].as_str().unwrap_or_default();
                assert_eq!(detail.contains("DPoP <token>"), mode == DpopMode::Required, "{mode:?}, {place}: {detail}");
            }
        }
    }
}

#[actix_web::test]
async fn who_is_let_in_and_what_the_others_are_told() {
    let issuer = issuer();
    let key = DpopKey::generate().unwrap();
    let token = |permissions: &[&str], cnf: Option<Value>| {
        let mut claims = issuer.claims(&TokenRequest::new("auth0|ada", AUDIENCE));
        claims.insert("permissions".into(), json!(permissions));
        claims.extend(cnf.map(|cnf| ("cnf".to_owned(), cnf)));
        issuer.sign_claims(&claims).unwrap()
    };
    let cnf = || Some(json!({"jkt": key.thumbprint()}));
    let (plain, bound, poor) = (token(&["read"], None), token(&["read"], cnf()), token(&[], cnf()));
    let bearer = format!("Bearer {plain}");
    let (bound_bearer, dpop, poor_dpop) = (format!("Bearer {bound}"), format!("DPoP {bound}"), format!("DPoP {poor}"));
    let unbound_dpop = format!("DPoP {plain}");
    let proofs: Vec<String> = (0..4).map(|_| key.proof("GET", HERE, &bound).unwrap()).collect();
    let poor_proof = key.proof("GET", HERE, &poor).unwrap();
    let plain_proof = key.proof("GET", HERE, &plain).unwrap();
    let elsewhere = key.proof("GET", "http://evil.test/me", &bound).unwrap();

    let open = "Bearer realm=\"api\"".to_owned();
    let open_dpop = "DPoP realm=\"api\", algs=\"ES256\"".to_owned();
    let wrong = |scheme: &str, code: &str, sentence: &str| {
        let algorithms = if scheme == "DPoP" { ", algs=\"ES256\"" } else { "" };
        format!("{scheme} realm=\"api\", error=\"{code}\", error_description=\"{sentence}\"{algorithms}")
    };
    let bound_sentence = "The token is bound to a key and cannot be used as a bearer token";
    let unbound_sentence = "The token is not bound to a key, so it cannot be used with the DPoP scheme";
    let address_sentence = "The DPoP proof was made for another address";
    let count_sentence = "Send exactly one DPoP header together with the token";
    let replay_sentence = "The DPoP proof was used before";
    let thief = DpopKey::generate().unwrap().proof("GET", HERE, &bound).unwrap();
    let binding_sentence = "The DPoP proof is signed with another key than the one the token is bound to";
    let off_sentence = "Only tokens that are bound to a key by DPoP are accepted here";
    let auth = "authorization";
    let sent = |name, headers, status, slug, challenges| Sent { name, headers, status, slug, challenges };

    let table = vec![
        sent("no token", vec![], 401, "unauthenticated", vec![open.clone()]),
        sent("a bearer", vec![(auth, bearer.as_str())], 200, "", vec![]),
        sent(
            "another scheme",
            vec![(auth, dpop.as_str()), ("dpop", &proofs[0])],
            401,
            "unauthenticated",
            vec![open.clone()],
        ),
        sent(
            "a bound bearer",
            vec![(auth, bound_bearer.as_str())],
            401,
            "invalid-token",
            vec![wrong("Bearer", "invalid_token", bound_sentence)],
        ),
        sent(
            "bad",
            vec![(auth, "Bearer a.b.c")],
            401,
            "invalid-token",
            vec![wrong("Bearer", "invalid_token", "The token is not a signed JWT in its compact form")],
        ),
    ];
    check(DpopMode::Off, &issuer, table).await;

    let both = |used: String| vec![used, open.clone()];
    let table = vec![
        sent("no token", vec![], 401, "unauthenticated", vec![open.clone(), open_dpop.clone()]),
        sent("a bearer", vec![(auth, bearer.as_str())], 200, "", vec![]),
        sent("a proof", vec![(auth, dpop.as_str()), ("dpop", &proofs[0])], 200, "", vec![]),
        sent(
            "a proof again",
            vec![(auth, dpop.as_str()), ("dpop", &proofs[0])],
            401,
            "invalid-dpop-proof",
            both(wrong("DPoP", "invalid_dpop_proof", replay_sentence)),
        ),
        sent(
            "no proof",
            vec![(auth, dpop.as_str())],
            401,
            "invalid-dpop-proof",
            both(wrong("DPoP", "invalid_dpop_proof", count_sentence)),
        ),
        sent(
            "two proofs",
            vec![(auth, dpop.as_str()), ("dpop", &proofs[1]), ("dpop", &proofs[2])],
            401,
            "invalid-dpop-proof",
            both(wrong("DPoP", "invalid_dpop_proof", count_sentence)),
        ),
        sent("two headers", vec![(auth, dpop.as_str()), (auth, bearer.as_str())], 400, "invalid-request", vec![]),
        sent(
            "not bound",
            vec![(auth, unbound_dpop.as_str()), ("dpop", &plain_proof)],
            401,
            "invalid-token",
            both(wrong("DPoP", "invalid_token", unbound_sentence)),
        ),
        sent(
            "bound, as a bearer",
            vec![(auth, bound_bearer.as_str())],
            401,
            "invalid-token",
            vec![wrong("Bearer", "invalid_token", bound_sentence), open_dpop.clone()],
        ),
        // A header that any client can send changes nothing
        sent(
            "forwarded",
            vec![
                (auth, dpop.as_str()),
                ("dpop", &elsewhere),
                ("x-forwarded-host", "evil.test"),
                ("forwarded", "host=evil.test"),
            ],
            401,
            "invalid-dpop-proof",
            both(wrong("DPoP", "invalid_dpop_proof", address_sentence)),
        ),
        sent(
            "forwarded otherwise",
            vec![
                (auth, dpop.as_str()),
                ("dpop", &proofs[3]),
                ("x-forwarded-host", "evil.test"),
                ("x-forwarded-proto", "https"),
            ],
            200,
            "",
            vec![],
        ),
        sent(
            "no permission",
            vec![(auth, poor_dpop.as_str()), ("dpop", &poor_proof)],
            403,
            "insufficient-scope",
            vec!["DPoP realm=\"api\", error=\"insufficient_scope\", scope=\"read\", algs=\"ES256\"".to_owned()],
        ),
    ];
    check(DpopMode::Allowed, &issuer, table).await;

    let table = vec![
        sent("no token", vec![], 401, "unauthenticated", vec![open_dpop.clone()]),
        sent(
            "a bearer",
            vec![(auth, bearer.as_str())],
            401,
            "invalid-token",
            vec![wrong("DPoP", "invalid_token", off_sentence)],
        ),
        sent("a proof", vec![(auth, dpop.as_str()), ("dpop", &proofs[0])], 200, "", vec![]),
        sent(
            "a proof of another key",
            vec![(auth, dpop.as_str()), ("dpop", &thief)],
            401,
            "invalid-token",
            vec![wrong("DPoP", "invalid_token", binding_sentence)],
        ),
    ];
    check(DpopMode::Required, &issuer, table).await;
}
