//! Resources mounted in a hand-written actix application (`mount`).

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc;

use resourceful::actix_web::middleware::DefaultHeaders;
use resourceful::actix_web::{App, HttpResponse, HttpServer, web};
use resourceful::context::{ContextBuilder, Options};
use resourceful::prelude::*;
use resourceful::spec::ResourceSpec;
use resourceful::testing::TestIssuer;

use crate::resources::Note;

/// Starts a plain actix application on a free port; its thread ends with the test's process.
pub(crate) fn start(
    specs: &[&'static ResourceSpec],
    configure: impl Fn(&Context, &mut web::ServiceConfig) + Clone + Send + 'static,
) -> SocketAddr {
    start_in(specs, Context::builder(Options::default()), configure)
}

/// The same with a context of the caller.
pub(crate) fn start_in(
    specs: &[&'static ResourceSpec],
    builder: ContextBuilder,
    configure: impl Fn(&Context, &mut web::ServiceConfig) + Clone + Send + 'static,
) -> SocketAddr {
    let specs = specs.to_vec();
    let context = async move || {
        let database = resourceful::context::DatabaseSettings::new("sqlite::memory:");
        let verifier = TestIssuer::new().verifier().expect("a verifier");
        let ctx = builder.extension(verifier).connect(&database).await.expect("a context");
        resourceful::schema::create_missing(ctx.db(), &specs).await.expect("tables");
        ctx
    };
    start_with(context, configure)
}

/// The same with a context of its own.
pub(crate) fn start_with(
    context: impl AsyncFnOnce() -> Context + Send + 'static,
    configure: impl Fn(&Context, &mut web::ServiceConfig) + Clone + Send + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let (started, starting) = mpsc::channel();
    std::thread::spawn(move || {
        resourceful::actix_web::rt::System::new().block_on(async move {
            let ctx = context().await;
            let server = HttpServer::new(move || {
                let (configure, ctx) = (configure.clone(), ctx.clone());
                App::new()
                    .wrap(DefaultHeaders::new().add(("x-own", "yes")))
                    .app_data(web::Data::new("my own state"))
                    .route(
                        "/",
                        web::get().to(|state: web::Data<&'static str>| async move {
                            HttpResponse::Ok().body(*state.get_ref())
                        }),
                    )
                    .configure(move |config| configure(&ctx, config))
            });
            let server = server.workers(1).listen(listener).expect("the server listens").run();
            let _ = started.send(());
            let _ = server.await;
        });
    });
    starting.recv().expect("the server starts");
    address
}

pub(crate) fn send(address: SocketAddr, method: &str, path: &str, headers: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
    )
    .expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

#[test]
fn routes_of_the_application_are_unchanged() {
    let address = start(&[Note::spec()], |ctx, config| {
        config.service(resourceful::mount(ctx).resource::<Note>());
    });
    let own = send(address, "GET", "/", "", "");
    assert!(own.starts_with("HTTP/1.1 200") && own.ends_with("my own state"), "{own}");
    assert!(!own.contains("x-request-id"), "nothing is added outside of the mounted scope: {own}");
    let nothing = send(address, "GET", "/nothing", "", "");
    assert!(nothing.starts_with("HTTP/1.1 404") && !nothing.contains("problem+json"), "{nothing}");

    let stranger = send(address, "POST", "/api/v1/notes", "", "{}");
    assert!(stranger.starts_with("HTTP/1.1 401") && stranger.contains("/problems/unauthenticated"), "{stranger}");
    assert!(stranger.contains("x-own: yes"), "the application's middleware is around the resources: {stranger}");
    let token = TestIssuer::new().token(&CurrentUser::new("auth0|ada").with_permissions(["notes:add"]));
    let headers = format!("Authorization: Bearer {token}\r\nContent-Type: application/json\r\n");
    let created = send(address, "POST", "/api/v1/notes", &headers, "{\"text\":\"mounted\"}");
    assert!(created.starts_with("HTTP/1.1 201") && created.contains("\"text\":\"mounted\""), "{created}");
    let missing = send(address, "GET", "/api/v1/nothing", "", "");
    assert!(missing.contains("/problems/not-found"), "inside, errors are problems: {missing}");
}

/// Has one key, according to its declaration.
#[derive(Clone, Debug, Resource)]
#[resource(has_one(key: Key))]
pub struct Flat {
    pub id: Uuid,
}

#[derive(Clone, Debug, Resource)]
#[resource(has_one(key: Key))]
pub struct Door {
    pub id: Uuid,
}

/// A door has one key and a flat has many: which field refers to which is known only when the application is assembled.
#[derive(Clone, Debug, Resource)]
pub struct Key {
    pub id: Uuid,
    #[resource(belongs_to(door: Door), unique)]
    pub door_id: Uuid,
    #[resource(belongs_to(flat: Flat))]
    pub flat_id: Uuid,
}

#[test]
fn a_has_one_of_several_rows_is_a_startup_error() {
    let app = resourceful::testing::TestApp::start(|app| app.resource::<Note>());
    let document = || {
        resourceful::mount(app.ctx()).resource::<Flat>().resource::<Door>().resource::<Key>().document("Flats", "1.0.0")
    };
    let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(document)).expect_err("a flat has many keys");
    let told = told.downcast_ref::<String>().expect("a message");
    assert!(
        told.contains(
            "Flat.key is one row of Key, but several rows can have the same `flat_id`: write `#[resource(unique)]`"
        ),
        "{told}"
    );
    assert!(!told.contains("Door.key"), "{told}");
}
