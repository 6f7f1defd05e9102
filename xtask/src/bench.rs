//! `cargo xtask bench`: compares the same endpoints with Resourceful and hand-written, on PostgreSQL, in one run. Only the
//! ratios are meaningful, because the absolute numbers depend on the machine.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::Result;
use crate::needs::{Environment, Postgres, apt_install, can_install};
use crate::process::{run as run_command, step};
use crate::workspace::{cargo, find_program, target};

pub(crate) const HELP: &str = "throughput compared with a hand-written server, as ratios (release build, wrk)";

/// Rows in the table before anything is measured.
const ROWS: usize = 2_000;

pub(crate) fn run(_: &[String]) -> Result {
    if find_program(&["wrk"]).is_none() {
        if !can_install() {
            return Err("wrk is needed (Debian's package is `wrk`)".into());
        }
        apt_install(&["wrk"])?;
    }
    run_command(&mut cargo(&["build", "--release", "--package", "bench"]))?;
    let environment = Environment::provide(&[&Postgres])?;
    let url = environment.value("TEST_POSTGRES_URL").ok_or("PostgreSQL was provided without an address")?;
    let folder = target().join("bench");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("create.lua"), CREATE)?;

    // Our server creates the table, and issues the tokens that both servers verify.
    let ours = Served::start("ours", url, &folder, &[])?;
    let token = token(url, &folder)?;
    let keys = curl(&ours, "/.well-known/jwks.json")?;
    let (issuer, audience) = ("https://resourceful.localhost/", "resourceful-development");
    let verifying = [("JWKS", keys.as_str()), ("ISSUER", issuer), ("AUDIENCE", audience)];
    let by_hand = Served::start("by_hand", url, &folder, &verifying)?;
    step(&format!("adding {ROWS} rows"));
    wrk(&ours, "/api/v1/articles", &folder, Load { create: true, seconds: 3, connections: 8, token: None })?;
    let id = first_id(&ours)?;

    let cases = [
        ("get by id", format!("/api/v1/articles/{id}"), false),
        ("list without total", "/api/v1/articles?count=none".to_owned(), false),
        ("list with exact total", "/api/v1/articles".to_owned(), false),
        ("create", "/api/v1/articles".to_owned(), true),
    ];
    let authenticated = [format!("/api/v1/private/articles/{id}"), format!("/api/v1/articles/{id}")];
    println!("{:<26} {:>12} {:>12} {:>8}", "", "by hand /s", "ours /s", "ratio");
    for (name, path, create) in cases {
        let load = Load { create, seconds: 4, connections: 32, token: None };
        compare(name, [(&by_hand, &path), (&ours, &path)], &folder, load)?;
    }
    // The hand-written server verifies the token of each request.
    let load = Load { create: false, seconds: 4, connections: 32, token: Some(&token) };
    let [private, path] = &authenticated;
    compare("authenticated get by id", [(&by_hand, private), (&ours, path)], &folder, load)?;
    let uncached = Served::start("ours", url, &folder, &[("AUTH0_TOKEN_CACHE", "0")])?;
    compare("the same, without cache", [(&by_hand, private), (&uncached, path)], &folder, load)?;
    println!("resident memory after the run: by hand {}, ours {}", by_hand.memory(), ours.memory());
    Ok(())
}

/// Measures both in turn, twice, so that a slow period of the machine affects both.
fn compare(name: &str, servers: [(&Served, &String); 2], folder: &Path, load: Load<'_>) -> Result {
    let mut totals = [0.0, 0.0];
    for _ in 0..2 {
        for (total, (server, path)) in totals.iter_mut().zip(servers) {
            *total += wrk(server, path, folder, load)?;
        }
    }
    println!("{name:<26} {:>12.0} {:>12.0} {:>8.2}", totals[0] / 2.0, totals[1] / 2.0, totals[1] / totals[0]);
    Ok(())
}

#[derive(Clone, Copy)]
struct Load<'a> {
    create: bool,
    seconds: u32,
    connections: u32,
    token: Option<&'a str>,
}

const CREATE: &str = r#"wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"title": "An article about something", "body": "Its text, which is not long, but has a few words.", "views": 3}'
"#;

struct Served {
    child: Child,
    port: u16,
}

impl Served {
    fn start(name: &str, database: &str, folder: &Path, more: &[(&str, &str)]) -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = Command::new(target().join("release").join(name));
        command.env("DATABASE_URL", database).env("PORT", port.to_string()).env("ENVIRONMENT", "development");
        command.envs(more.iter().copied());
        let child =
            command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let served = Self { child, port };
        for _ in 0..100 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(served);
            }
            sleep(Duration::from_millis(100));
        }
        Err(format!("the server `{name}` does not listen").into())
    }

    fn memory(&self) -> String {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .map_or_else(|| "unknown".to_owned(), |size| size.trim().to_owned())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A token of our server with every permission.
fn token(database: &str, folder: &Path) -> Result<String> {
    let mut command = Command::new(target().join("release").join("ours"));
    command.env("DATABASE_URL", database).env("ENVIRONMENT", "development").current_dir(folder);
    let output = command.args(["token", "--sub", "auth0|ada", "--permissions", "articles:read"]).output()?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

fn curl(server: &Served, path: &str) -> Result<String> {
    let output = Command::new("curl").args(["-s", &format!("http://127.0.0.1:{}{path}", server.port)]).output()?;
    Ok(String::from_utf8(output.stdout)?)
}

fn first_id(server: &Served) -> Result<String> {
    let page: serde_json::Value = serde_json::from_str(&curl(server, "/api/v1/articles?size=1")?)?;
    Ok(page["items"][0]["id"].as_str().ok_or("the list is empty")?.to_owned())
}

/// Requests per second; an error response fails the run.
fn wrk(server: &Served, path: &str, folder: &Path, load: Load<'_>) -> Result<f64> {
    let mut command = Command::new("wrk");
    command.args(["-t1", &format!("-c{}", load.connections), &format!("-d{}s", load.seconds)]);
    if let Some(token) = load.token {
        command.args(["-H", &format!("Authorization: Bearer {token}")]);
    }
    if load.create {
        command.arg("-s").arg(folder.join("create.lua"));
    }
    let output = command.arg(format!("http://127.0.0.1:{}{path}", server.port)).output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if text.contains("Non-2xx") {
        return Err(format!("{path} failed under load:\n{text}").into());
    }
    let rate = text.lines().find_map(|line| line.strip_prefix("Requests/sec:")).ok_or("wrk printed no rate")?;
    Ok(rate.trim().parse()?)
}
