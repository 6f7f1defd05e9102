//! A test application: the real server on a free local port.

use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use actix_web::dev::ServerHandle;
use tokio::runtime::Runtime;

use super::TestIssuer;
use super::database::{Fresh, TestDatabase, pooler};
use crate::actor::CurrentUser;
use crate::app::{App, Serving, Settings, serving};
use crate::context::Context;
#[cfg(feature = "redis")]
use crate::rates::Limiter;
#[cfg(feature = "storage")]
use crate::storage::Storage;

/// The real server on a free local port, with a new database that is removed when this value is dropped.
pub struct TestApp {
    address: SocketAddr,
    ctx: Context,
    issuer: TestIssuer,
    database: Fresh,
    server: ServerHandle,
    thread: Option<JoinHandle<()>>,
    runtime: Arc<Runtime>,
    client: reqwest::Client,
    /// Shared with another application that has the same database.
    files: Files,
}

/// Where an application keeps files unless it or its settings say otherwise: in memory.
#[cfg(feature = "storage")]
type Files = Option<Storage>;
#[cfg(not(feature = "storage"))]
type Files = ();

#[cfg(feature = "storage")]
fn new_files() -> Files {
    Some(Storage::in_memory())
}

#[cfg(not(feature = "storage"))]
fn new_files() -> Files {}

impl TestApp {
    /// Starts an application on SQLite.
    ///
    /// # Panics
    /// If it cannot start; the message says why.
    pub fn start(build: impl FnOnce(App) -> App + Send + 'static) -> Self {
        Self::start_on(TestDatabase::Sqlite, build)
    }

    /// Starts an application on this database.
    ///
    /// # Panics
    /// If it cannot start; the message says why.
    pub fn start_on(database: TestDatabase, build: impl FnOnce(App) -> App + Send + 'static) -> Self {
        Self::start_with(database, &[], build)
    }

    /// Starts an application on this database with these settings, by the names of their environment variables:
    /// `&[("ENVIRONMENT", "development")]`.
    ///
    /// # Panics
    /// If a setting is invalid or the application cannot start; the message says why.
    pub fn start_with(
        database: TestDatabase,
        settings: &[(&str, &str)],
        build: impl FnOnce(App) -> App + Send + 'static,
    ) -> Self {
        let runtime = runtime();
        let fresh = runtime.block_on(Fresh::make(database));
        Self::start_over(fresh, runtime, new_files(), settings, build)
    }

    /// Starts another application with the same database, like a second process of the same application.
    ///
    /// # Panics
    /// If it cannot start; the message says why.
    pub fn another(&self, build: impl FnOnce(App) -> App + Send + 'static) -> Self {
        self.another_with(&[], build)
    }

    /// The same with these settings, by the names of their environment variables.
    ///
    /// # Panics
    /// If a setting is invalid or the application cannot start; the message says why.
    pub fn another_with(&self, settings: &[(&str, &str)], build: impl FnOnce(App) -> App + Send + 'static) -> Self {
        #[allow(clippy::clone_on_copy, reason = "without the feature `storage` there is nothing to share")]
        let files = self.files.clone();
        Self::start_over(Fresh::Shared(self.database.url()), runtime(), files, settings, build)
    }

    fn start_over(
        fresh: Fresh,
        runtime: Runtime,
        files: Files,
        changed: &[(&str, &str)],
        build: impl FnOnce(App) -> App + Send + 'static,
    ) -> Self {
        let issuer = TestIssuer::new();
        let settings = settings(fresh.url(), changed);
        #[cfg(feature = "storage")]
        let files = files.filter(|_| !changed.iter().any(|(name, _)| name.starts_with("STORAGE_")));
        #[cfg(feature = "storage")]
        let own_files = files.clone();
        let (started, starting) = mpsc::channel();
        let trusted = issuer.clone();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let app = build(App::new(settings));
                #[cfg(feature = "storage")]
                let app = match own_files {
                    Some(files) => app.storage_or(files),
                    None => app,
                };
                let serving = serving(app, move |verifier| trusted.trusted_by(verifier)).await;
                match serving {
                    Ok(Serving { server, address, ctx, worker }) => {
                        let _ = started.send(Ok((server.handle(), address, ctx)));
                        let _ = server.await;
                        worker.stop().await;
                    }
                    Err(error) => {
                        let _ = started.send(Err(error));
                    }
                }
            });
        });
        let (server, address, ctx) = match starting.recv() {
            Ok(Ok(parts)) => parts,
            Ok(Err(error)) => panic!("the test application does not start: {error:?}"),
            Err(_) => panic!("the test application does not start: its thread panicked"),
        };
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("an HTTP client");
        Self {
            address,
            ctx,
            issuer,
            database: fresh,
            server,
            thread: Some(thread),
            runtime: Arc::new(runtime),
            client,
            files,
        }
    }

    /// The address on which the server listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The application's context, for services and queries.
    pub fn ctx(&self) -> &Context {
        &self.ctx
    }

    /// The issuer whose tokens the application accepts.
    pub fn issuer(&self) -> &TestIssuer {
        &self.issuer
    }

    /// How many requests this application has counted for itself for its rate limits, because Redis did not respond.
    #[cfg(feature = "redis")]
    pub fn requests_counted_alone(&self) -> u64 {
        self.ctx.extension::<Limiter>().map_or(0, |limiter| limiter.alone())
    }

    /// A caller with a token of this user.
    pub fn as_user(&self, user: CurrentUser) -> Caller<'_> {
        self.with_token(self.issuer.token(&user))
    }

    /// A caller with this token, which may be invalid.
    pub fn with_token(&self, token: impl Into<String>) -> Caller<'_> {
        Caller { app: self, token: Some(token.into()) }
    }

    /// A caller without a token.
    pub fn anonymous(&self) -> Caller<'_> {
        Caller { app: self, token: None }
    }

    /// Runs a future, for services: `app.block_on(project::Service::as_system(app.ctx()).get_by_id(id))`.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.runtime.block_on(async {
            self.server.stop(false).await;
            if let Some(thread) = self.thread.take() {
                let _ = thread.join();
            }
            self.ctx.disconnect().await;
            self.database.remove().await;
        });
    }
}

/// A client that sends requests to a test application.
#[derive(Clone)]
pub struct Caller<'a> {
    app: &'a TestApp,
    token: Option<String>,
}

impl Caller<'_> {
    /// Sends GET.
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], None)
    }

    /// Sends POST with a JSON body.
    pub fn post(&self, path: &str, body: impl serde::Serialize) -> Answer {
        self.json("POST", path, &body)
    }

    /// Sends PUT with a JSON body.
    pub fn put(&self, path: &str, body: impl serde::Serialize) -> Answer {
        self.json("PUT", path, &body)
    }

    /// Sends PATCH with a JSON body.
    pub fn patch(&self, path: &str, body: impl serde::Serialize) -> Answer {
        self.json("PATCH", path, &body)
    }

    /// Sends DELETE.
    pub fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, &[], None)
    }

    fn json(&self, method: &str, path: &str, body: &impl serde::Serialize) -> Answer {
        let body = serde_json::to_vec(body).expect("the body is JSON");
        self.send(method, path, &[("content-type", "application/json")], Some(body))
    }

    /// Sends any request.
    ///
    /// # Panics
    /// If there is no response.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<Vec<u8>>) -> Answer {
        let url = format!("http://{}{path}", self.app.address);
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("an HTTP method");
        let mut request = self.app.client.request(method, url);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        self.app.runtime.block_on(async {
            let answer = request.send().await.expect("the server responds");
            let status = answer.status().as_u16();
            let headers = answer.headers().clone();
            let body = answer.bytes().await.expect("the whole response arrives").to_vec();
            Answer { status, headers, body }
        })
    }
}

/// A response of the server.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
    headers: reqwest::header::HeaderMap,
}

impl Answer {
    /// The value of a header, if the response has it and it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body as JSON; null if it is not JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The slug of the problem, if the response is a problem document.
    pub fn problem(&self) -> Option<String> {
        if self.header("content-type") != Some("application/problem+json") {
            return None;
        }
        self.json()["type"].as_str()?.strip_prefix("/problems/").map(str::to_owned)
    }
}

fn runtime() -> Runtime {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime for the test's client")
}

fn settings(database_url: String, changed: &[(&str, &str)]) -> Settings {
    let own = |name: &str| match name {
        "ENVIRONMENT" => Some("test".to_owned()),
        "DATABASE_URL" => Some(database_url.clone()),
        "DATABASE_POOLER" if database_url.starts_with("postgres") => pooler().map(|_| "transaction".to_owned()),
        "DATABASE_MAX_CONNECTIONS" => Some("8".to_owned()),
        "HOST" => Some("127.0.0.1".to_owned()),
        "PORT" => Some("0".to_owned()),
        "WORKERS" => Some("2".to_owned()),
        _ => None,
    };
    let lookup = |name: &str| {
        let given = changed.iter().find(|(changed, _)| *changed == name);
        given.map_or_else(|| own(name), |(_, value)| Some((*value).to_owned()))
    };
    Settings::from_lookup(lookup).expect("the settings of a test application are valid")
}
