//! The `resourceful::require` middleware, in a hand-written actix application and around a mounted API.

use std::net::SocketAddr;

use resourceful::actix_web::error::ErrorBadRequest;
use resourceful::actix_web::{HttpResponse, web};
use resourceful::prelude::*;
use resourceful::testing::TestIssuer;

use crate::mount_in_actix::{send, start};
use crate::resources::Note;
use crate::scope_requirements::{Sheet, sheet};

async fn dashboard(user: CurrentUser, sheets: sheet::Service) -> Result<String> {
    Ok(format!("{} sees {}", user.id, sheets.count(Query::new()).await?))
}

async fn anything() -> &'static str {
    "reached"
}

async fn missing(sheets: sheet::Service) -> Result<Out<Sheet>> {
    sheets.get_by_id(Uuid::nil()).await.map(Out)
}

async fn foreign() -> resourceful::actix_web::Result<HttpResponse> {
    Err(ErrorBadRequest("in words of its own"))
}

/// Counts its calls.
#[get("/number", public)]
async fn count(sheets: sheet::Service) -> Result<Json<u64>> {
    sheets.count(Query::new()).await.map(Json)
}

fn application() -> SocketAddr {
    start(&[Note::spec(), Sheet::spec()], |ctx, config| {
        let require = |requires| resourceful::require(ctx, requires);
        let admin = web::scope("/admin")
            .route("/dashboard", web::get().to(dashboard))
            .route("/missing", web::get().to(missing))
            .route("/foreign", web::get().to(foreign))
            .service(web::resource("/anything").to(anything))
            .service(web::scope("/deep").wrap(require(Requirement::Role("deep"))).route("", web::get().to(anything)));
        let cors = actix_cors::Cors::default().allowed_origin("https://app.example").allow_any_method();
        let own = web::scope("/own").wrap(require(Requirement::Permission("area:self")));
        config
            .service(admin.wrap(require(Requirement::Role("admin"))))
            .service(
                web::scope("/cors")
                    .wrap(require(Requirement::Role("admin")))
                    .wrap(cors)
                    .route("", web::get().to(anything)),
            )
            .service(own.service(resourceful::mount(ctx).resource_with::<Sheet>(|routes| routes.service(count))))
            .service(
                resourceful::mount(ctx)
                    .resource::<Note>()
                    .resource::<Sheet>()
                    .scope("/reports", Requirement::Role("admin"), |routes| routes.service(count))
                    .actix_scope("/legacy", Requirement::Role("admin"), |config| {
                        config.route("/dashboard", web::get().to(dashboard));
                    }),
            );
    })
}

fn bearer(user: &CurrentUser) -> String {
    format!("Authorization: Bearer {}\r\n", TestIssuer::new().token(user))
}

fn with_roles(roles: &[&str], permissions: &[&str]) -> CurrentUser {
    let mut user = CurrentUser::new("auth0|ada").with_permissions(permissions.iter().copied());
    user.roles = roles.iter().map(|&role| role.to_owned()).collect();
    user
}

#[test]
fn the_middleware_protects_scopes_of_the_application() {
    let address = application();
    let get = |path: &str, headers: &str| send(address, "GET", path, headers, "");
    let admin = bearer(&with_roles(&["admin"], &["notes:add"]));
    let other = bearer(&with_roles(&["editor"], &["admin"]));

    for path in ["/admin/dashboard", "/admin/nothing", "/admin", "/admin/deep", "/api/v1/legacy/dashboard"] {
        let anonymous = get(path, "");
        for part in [
            "HTTP/1.1 401",
            "content-type: application/problem+json",
            "www-authenticate: Bearer realm=\"api\"\r\n",
            "x-request-id: ",
            "cache-control: no-store",
            "x-own: yes",
            "/problems/unauthenticated",
            &format!("\"instance\":\"{path}\""),
            "\"requestId\":",
        ] {
            assert!(anonymous.contains(part), "{path}: no {part} in {anonymous}");
        }
        let bad = get(path, "Authorization: Bearer x.y.z\r\n");
        assert!(bad.starts_with("HTTP/1.1 401") && bad.contains("error=\"invalid_token\""), "{path}: {bad}");
        let lacking = get(path, &other);
        let challenge = "www-authenticate: Bearer realm=\"api\", error=\"insufficient_scope\"\r\n";
        assert!(lacking.starts_with("HTTP/1.1 403") && lacking.contains(challenge), "{path}: {lacking}");
        assert!(lacking.contains("This needs the role admin"), "{path}: {lacking}");
    }
    let seen = get("/admin/dashboard", &admin);
    assert!(seen.starts_with("HTTP/1.1 200") && seen.ends_with("auth0|ada sees 0"), "{seen}");
    assert!(!seen.contains("content-security-policy"), "what the application answers is its own: {seen}");
    assert!(get("/admin/nothing", &admin).starts_with("HTTP/1.1 404"));
    let missing = get("/admin/missing", &admin);
    for part in ["HTTP/1.1 404", "/problems/not-found", "\"instance\":\"/admin/missing\"", "x-request-id: "] {
        assert!(missing.contains(part), "errors of ours are whole: no {part} in {missing}");
    }
    let foreign = get("/admin/foreign", &admin);
    assert!(foreign.starts_with("HTTP/1.1 400") && foreign.ends_with("in words of its own"), "{foreign}");
    assert!(get("/", "").ends_with("my own state"), "what lies outside is untouched");

    assert!(get("/admin/deep", &admin).starts_with("HTTP/1.1 403"), "of nested ones both must let in");
    assert!(get("/admin/deep", &bearer(&with_roles(&["deep"], &[]))).starts_with("HTTP/1.1 403"));
    assert!(get("/admin/deep", &bearer(&with_roles(&["admin", "deep"], &[]))).ends_with("reached"));

    let legacy = get("/api/v1/legacy/dashboard", &admin);
    assert!(legacy.ends_with("auth0|ada sees 0") && legacy.contains("x-content-type-options: nosniff"), "{legacy}");
    let wrong = send(address, "DELETE", "/api/v1/legacy/dashboard", &admin, "");
    assert!(wrong.starts_with("HTTP/1.1 404") && wrong.contains("/problems/not-found"), "actix's own habit: {wrong}");
    assert!(get("/api/v1/reports/number", &admin).ends_with("\r\n\r\n0"));
    assert!(get("/api/v1/reports/number", &other).starts_with("HTTP/1.1 403"));
}

#[test]
fn preflights_pass_and_reach_no_handler() {
    let address = application();
    let ask = "Origin: https://app.example\r\nAccess-Control-Request-Method: GET\r\n";
    let answer = send(address, "OPTIONS", "/admin/anything", ask, "");
    assert!(answer.starts_with("HTTP/1.1 204") && !answer.contains("reached"), "{answer}");
    let answer = send(address, "OPTIONS", "/cors", ask, "");
    assert!(answer.contains("access-control-allow-origin: https://app.example"), "{answer}");
    let refused = send(address, "GET", "/cors", "Origin: https://app.example\r\n", "");
    assert!(refused.starts_with("HTTP/1.1 401"), "{refused}");
    assert!(refused.contains("access-control-allow-origin"), "a page may read why: {refused}");
    for method in ["GET", "POST", "DELETE", "PATCH", "TRACE", "HEAD", "OPTIONS", "BREW"] {
        let answer = send(address, method, "/admin/anything", "", "");
        assert!(!answer.contains("reached"), "{method}: {answer}");
    }
}

#[test]
fn a_requirement_around_a_mounted_api_applies_too() {
    let address = application();
    let all = ["area:self", "sheets:read", "sheets:write"];
    let as_user = |id: &str| bearer(&CurrentUser::new(id).with_permissions(all));
    let json = "Content-Type: application/json\r\n";
    for id in ["auth0|ada", "auth0|bob"] {
        let headers = format!("{}{json}", as_user(id));
        let made = send(address, "POST", "/api/v1/sheets", &headers, "{\"title\":\"x\"}");
        assert!(made.starts_with("HTTP/1.1 201"), "{made}");
    }
    let get = |path: &str| send(address, "GET", path, &as_user("auth0|ada"), "");
    assert!(get("/api/v1/sheets").contains("\"total\":2"), "outside of it");
    assert!(get("/own/api/v1/sheets").contains("\"total\":1"), "operations: {}", get("/own/api/v1/sheets"));
    assert!(get("/own/api/v1/sheets/count").ends_with("{\"total\":1}"));
    assert!(get("/own/api/v1/sheets/number").ends_with("\r\n\r\n1"), "and endpoints written by hand");
    assert!(get("/own/api/v1/sheets/self").starts_with("HTTP/1.1 403"), "inner requirements apply too");
    assert!(send(address, "GET", "/own/api/v1/sheets", "", "").starts_with("HTTP/1.1 401"));
}

#[test]
#[should_panic(expected = "requires any of no permissions")]
fn an_empty_requirement_panics() {
    let app = resourceful::testing::TestApp::start(|app| app);
    let _ = resourceful::require(app.ctx(), Requirement::Any(&[]));
}
