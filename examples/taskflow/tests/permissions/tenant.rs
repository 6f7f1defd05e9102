//! A simulated Auth0 tenant, after Auth0's documentation: the token endpoint, and the Management API for one API and roles.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};

use resourceful::serde_json::{self, Value, json};

/// The API's identifier.
pub const IDENTIFIER: &str = "https://api.example.com/";

/// The number of entries on a page, for any requested size: Auth0 may also return fewer than requested.
const PAGE: usize = 2;

/// A role: its name, its description, and its permissions, each with the identifier of the API that it belongs to.
pub type Role = (String, Option<String>, Vec<(String, String)>);

/// The data of the tenant, and the faults that it simulates.
#[derive(Default)]
pub struct State {
    /// The scopes of the API: values and descriptions.
    pub scopes: Vec<(String, Option<String>)>,
    /// The roles; the index of a role is its id.
    pub roles: Vec<Role>,
    /// More members of the response about the API.
    pub more: Value,
    /// The scopes of the tokens; the response does not contain them if `None`.
    pub granted: Option<String>,
    /// Responses to send instead of the correct ones.
    pub faults: Vec<Fault>,
    /// A scope that another client adds after the API was read for the first time.
    pub intruder: Option<String>,
    /// The requests so far: `PATCH /api/v2/roles/1`.
    pub requests: Vec<String>,
}

/// A faulty response to requests that begin with `to`, for a number of times.
#[derive(Clone)]
pub struct Fault {
    pub to: &'static str,
    pub times: usize,
    /// With 0 there is no response.
    pub status: u16,
    pub headers: &'static str,
    pub body: &'static str,
}

/// A running tenant.
#[derive(Clone)]
pub struct Tenant {
    pub url: String,
    state: Arc<Mutex<State>>,
}

impl Tenant {
    /// Starts the tenant.
    pub fn start(state: State) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let tenant = Self { url, state: Arc::new(Mutex::new(state)) };
        let serving = tenant.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let tenant = serving.clone();
                std::thread::spawn(move || tenant.serve(stream));
            }
        });
        tenant
    }

    /// The current state.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic meanwhile")
    }

    /// The requests that change something.
    pub fn writes(&self) -> Vec<String> {
        let writes = |request: &&String| !request.starts_with("GET ") && !request.contains("/oauth/token");
        self.state().requests.iter().filter(writes).cloned().collect()
    }

    /// The environment variables for this tenant.
    pub fn environment(&self) -> [(&'static str, &str); 4] {
        [
            ("AUTH0_AUDIENCE", IDENTIFIER),
            ("AUTH0_MANAGEMENT_CLIENT_ID", "the-client"),
            ("AUTH0_MANAGEMENT_CLIENT_SECRET", "the-hidden-word"),
            ("AUTH0_MANAGEMENT_URL", &self.url),
        ]
    }

    fn serve(&self, stream: TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream);
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
            let mut words = line.split(' ');
            let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
            let (mut length, mut token) = (0, String::new());
            loop {
                let mut header = String::new();
                reader.read_line(&mut header).ok().filter(|read| *read > 0)?;
                let Some((name, value)) = header.trim_end().split_once(": ") else { break };
                match name.to_lowercase().as_str() {
                    "content-length" => length = value.parse().ok()?,
                    "authorization" => token = value.to_owned(),
                    _ => {}
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).ok()?;
            let body = serde_json::from_slice(&body).unwrap_or_default();
            let (status, headers, answer) = self.answer(&method, &target, &token, &body);
            if status == 0 {
                std::thread::sleep(std::time::Duration::from_secs(600));
            }
            let answer = format!(
                "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{headers}\r\n{answer}",
                answer.len()
            );
            reader.get_mut().write_all(answer.as_bytes()).ok()?;
        }
    }

    fn answer(&self, method: &str, target: &str, token: &str, body: &Value) -> (u16, &'static str, String) {
        let mut state = self.state();
        let request = format!("{method} {target}");
        state.requests.push(request.clone());
        if let Some(fault) = state.faults.iter_mut().find(|fault| fault.times > 0 && request.starts_with(fault.to)) {
            fault.times -= 1;
            return (fault.status, fault.headers, fault.body.to_owned());
        }
        let (status, answer) = if request == "POST /oauth/token" {
            let expected = json!({
                "grant_type": "client_credentials", "client_id": "the-client", "client_secret": "the-hidden-word",
                "audience": format!("{}/api/v2/", self.url),
            });
            let mut answer = json!({"access_token": "t0ken", "token_type": "Bearer", "expires_in": 86400});
            if let Some(granted) = &state.granted {
                answer["scope"] = json!(granted);
            }
            if *body == expected { (200, answer) } else { (401, json!({"error_description": "Unauthorized"})) }
        } else if token != "Bearer t0ken" {
            (401, json!({"statusCode": 401, "error": "Unauthorized", "message": "Missing authentication"}))
        } else {
            state.managed(method, target.strip_prefix("/api/v2/").unwrap_or_default(), body)
        };
        (status, "", if answer.is_null() { String::new() } else { answer.to_string() })
    }
}

impl State {
    fn managed(&mut self, method: &str, target: &str, body: &Value) -> (u16, Value) {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let segments: Vec<&str> = path.split('/').collect();
        let text = |value: &Value| value.as_str().map(str::to_owned);
        match (method, segments.as_slice()) {
            ("GET", ["resource-servers", "https%3A%2F%2Fapi%2Eexample%2Ecom%2F"]) => {
                let answer = self.api();
                self.scopes.extend(self.intruder.take().map(|name| (name, None)));
                (200, answer)
            }
            ("PATCH", ["resource-servers", "rs%5F1"]) => {
                let Some(scopes) = body["scopes"].as_array() else { return (400, json!({"message": "no scopes"})) };
                self.scopes = scopes
                    .iter()
                    .map(|scope| (text(&scope["value"]).expect("a value"), text(&scope["description"])))
                    .collect();
                (200, self.api())
            }
            ("GET", ["roles"]) => {
                let roles = self.roles.iter().enumerate();
                let all = roles.map(|(id, (name, description, _))| role(id, name, description.as_deref())).collect();
                (200, page("roles", all, query))
            }
            ("POST", ["roles"]) => {
                let (name, description) = (text(&body["name"]).expect("a name"), text(&body["description"]));
                let answer = role(self.roles.len(), &name, description.as_deref());
                self.roles.push((name, description, Vec::new()));
                (200, answer)
            }
            (_, ["roles", id, rest @ ..]) => {
                let id: usize = id.trim_start_matches("rol%5F").parse().expect("an id");
                let Some((_, description, held)) = self.roles.get_mut(id) else {
                    return (404, json!({"message": "no role"}));
                };
                let named: Vec<(String, String)> = body["permissions"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(|item| {
                        Some((text(&item["resource_server_identifier"])?, text(&item["permission_name"])?))
                    })
                    .collect();
                match (method, rest) {
                    ("PATCH", []) => {
                        *description = text(&body["description"]);
                        (200, json!({}))
                    }
                    ("GET", ["permissions"]) => {
                        let item = |(api, name): &(String, String)| json!({"resource_server_identifier": api, "resource_server_name": "An API", "permission_name": name, "description": ""});
                        (200, page("permissions", held.iter().map(item).collect(), query))
                    }
                    ("POST", ["permissions"]) => {
                        let unknown = named.iter().any(|(_, name)| !self.scopes.iter().any(|(known, _)| known == name));
                        if unknown {
                            return (400, json!({"message": "The permission does not exist"}));
                        }
                        held.extend(named);
                        (201, Value::Null)
                    }
                    ("DELETE", ["permissions"]) => {
                        held.retain(|permission| !named.contains(permission));
                        (204, Value::Null)
                    }
                    _ => (405, json!({"message": "no such method"})),
                }
            }
            _ => (404, json!({"statusCode": 404, "error": "Not Found", "message": "The resource does not exist"})),
        }
    }

    fn api(&self) -> Value {
        let scope = |(value, description): &(String, Option<String>)| match description {
            Some(description) => json!({"value": value, "description": description}),
            None => json!({"value": value}),
        };
        let scopes: Vec<Value> = self.scopes.iter().map(scope).collect();
        let mut answer = json!({"id": "rs_1", "name": "The API", "identifier": IDENTIFIER, "scopes": scopes});
        for (name, value) in self.more.as_object().into_iter().flatten() {
            answer[name] = value.clone();
        }
        answer
    }
}

fn role(id: usize, name: &str, description: Option<&str>) -> Value {
    json!({"id": format!("rol_{id}"), "name": name, "description": description})
}

fn page(name: &str, all: Vec<Value>, query: &str) -> Value {
    assert!(query.contains("include_totals=true") && query.contains("per_page=100"), "{query}");
    let number = query.rsplit("&page=").next().and_then(|text| text.parse::<usize>().ok()).expect("a page");
    let items: Vec<Value> = all.iter().skip(number * PAGE).take(PAGE).cloned().collect();
    json!({name: items, "start": number * PAGE, "limit": PAGE, "total": all.len()})
}
