//! The HTML of the page.

use std::fmt::Write as _;

use super::users::Users;
use crate::app::application::App;
use crate::context::Context;
use crate::html::escape;
use crate::http::ApiPrefix;
use crate::http::middleware::recent::{KEPT, Request};
use crate::spec::Requirement;

/// What runs here.
pub(super) struct Overview {
    title: String,
    version: String,
    /// Name, address and what is there.
    links: Vec<(&'static str, &'static str, &'static str)>,
    sections: Vec<Section>,
}

/// A resource or a scope, with its endpoints.
struct Section {
    name: String,
    endpoints: Vec<Endpoint>,
}

struct Endpoint {
    method: &'static str,
    path: String,
    requires: String,
}

impl Overview {
    pub(super) fn of(app: &App, ctx: &Context, has_issuer: bool, metrics: Option<&'static str>) -> Self {
        let prefix = ApiPrefix::of_context(ctx);
        let mut sections: Vec<Section> = Vec::new();
        let mut add = |name: &str, endpoint: Endpoint| match sections.iter_mut().find(|section| section.name == name) {
            Some(section) => section.endpoints.push(endpoint),
            None => sections.push(Section { name: name.to_owned(), endpoints: vec![endpoint] }),
        };
        for route in app.api.routes() {
            let requires = Requirement::in_words(&route.requires);
            let path = format!("{prefix}{}", route.path);
            add(route.section.name(), Endpoint { method: route.method, path, requires });
        }
        for scope in app.api.actix_scopes() {
            let requires = Requirement::in_words(&[scope.requires]);
            add(&scope.path, Endpoint { method: "any", path: format!("{prefix}{}/*", scope.path), requires });
        }
        let mut links = Vec::new();
        if cfg!(feature = "docs") {
            links.push(("Try it", "/docs", "every operation, in the browser"));
        }
        links.push(("OpenAPI", "/openapi.json", "the document for other tools"));
        if cfg!(feature = "mail") {
            links.push(("Mail", "/mail", "what was sent, and the templates"));
        }
        links.push(("Health", "/health/ready", "what works at the moment"));
        links.extend(metrics.map(|at| ("Metrics", at, "what Prometheus reads")));
        links.push(("Problems", "/problems", "what each error means"));
        if has_issuer {
            links.push(("Key set", "/.well-known/jwks.json", "the keys of the development issuer"));
        }
        Self { title: app.title.clone(), version: app.version.clone(), links, sections }
    }
}

/// The page.
pub(super) fn page(overview: &Overview, users: Option<&Users>, requests: &[Request]) -> String {
    let Overview { title, version, links, sections } = overview;
    let (title, version) = (escape(title), escape(version));
    let mut list = String::new();
    for (name, address, about) in links {
        let _ = write!(list, "<a class=\"entry\" href=\"{address}\"><b>{name}</b><small>{about}</small></a>");
    }
    let resources = sections.iter().map(section).collect::<String>();
    let resources = if resources.is_empty() { "<p class=\"quiet\">None yet</p>".to_owned() } else { resources };
    let token = users.map_or_else(
        || {
            "<p class=\"quiet\">Tokens come from Auth0, as <code>AUTH0_DOMAIN</code> says. Without it this server has an \
             issuer of its own for development.</p>"
                .to_owned()
        },
        |users| token(users, overview),
    );
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light dark\"><title>{title}</title><link \
         rel=\"icon\" href=\"data:,\"><link rel=\"stylesheet\" href=\"/development/page.css\"></head><body>\
         <nav><a class=\"home\" href=\"/\">{title}</a><p class=\"quiet\">Version {version}, in development</p>\
         <h2>Here</h2>{list}</nav>\
         <main><section><h1>An access token</h1>{token}</section>\
         <section><h1>The last requests</h1><p class=\"quiet\">The newest {KEPT}, without the pages of development. They are \
         forgotten when the server stops. <span id=\"state\"></span></p><div class=\"wide\"><table class=\"requests\"><thead>\
         <tr><th>Time (UTC)</th><th>Request</th><th>Status</th><th>ms</th><th>SQL</th><th>SQL ms</th><th>User</th>\
         <th>Request id</th></tr></thead><tbody id=\"requests\">{}</tbody></table></div></section>\
         <section><h1>Endpoints</h1>{resources}</section>\
         <p class=\"quiet\">Only development has this page.</p></main>\
         <script src=\"/development/page.js\"></script></body></html>",
        rows(requests)
    )
}

/// The rows of the table of requests.
pub(super) fn rows(requests: &[Request]) -> String {
    if requests.is_empty() {
        return "<tr><td colspan=\"8\" class=\"quiet\">None yet</td></tr>".to_owned();
    }
    let milliseconds = |time: std::time::Duration| format!("{:.1}", time.as_secs_f64() * 1000.0);
    let mut rows = String::new();
    for request in requests {
        let class = match request.status {
            500.. => "bad",
            400.. => "refused",
            _ => "fine",
        };
        let route = match &request.route {
            Some(route) => format!("<code>{}</code>", escape(route)),
            None => "<span class=\"quiet\">no such path</span>".to_owned(),
        };
        let _ = write!(
            rows,
            "<tr><td>{}</td><td><b>{}</b> {route}</td><td class=\"{class}\">{}</td><td class=\"number\">{}</td><td \
             class=\"number\">{}</td><td class=\"number\">{}</td><td>{}</td><td><code>{}</code></td></tr>",
            request.at.format("%H:%M:%S"),
            escape(&request.method),
            request.status,
            milliseconds(request.time),
            request.usage.statements,
            milliseconds(request.usage.time),
            escape(request.user.as_deref().unwrap_or("")),
            escape(&request.id),
        );
    }
    rows
}

fn section(section: &Section) -> String {
    let mut rows = String::new();
    for Endpoint { method, path, requires } in &section.endpoints {
        let (path, requires) = (escape(path), escape(requires));
        let _ = write!(rows, "<tr><td><b>{method}</b></td><td><code>{path}</code></td><td>{requires}</td></tr>");
    }
    let count = section.endpoints.len();
    let count = if count == 1 { "1 endpoint".to_owned() } else { format!("{count} endpoints") };
    format!(
        "<details><summary>{} <span class=\"quiet\">{count}</span></summary><div class=\"wide\"><table><thead><tr>\
         <th>Method</th><th>Path</th><th>Requires</th></tr></thead><tbody>{rows}</tbody></table></div></details>",
        escape(&section.name)
    )
}

/// The choice of a user and permissions.
fn token(users: &Users, overview: &Overview) -> String {
    let mut choices = String::new();
    for user in users.all() {
        let _ = write!(
            choices,
            "<option value=\"{}\" data-permissions=\"{}\">{}, who {}</option>",
            escape(user.id),
            escape(&user.permissions.join(" ")),
            escape(user.name),
            user.may
        );
    }
    let mut permissions = String::new();
    for permission in &users.permissions {
        let permission = escape(permission);
        let _ = write!(
            permissions,
            "<label><input type=\"checkbox\" name=\"permission\" value=\"{permission}\" checked> <code>{permission}</code></label>"
        );
    }
    let mut endpoints = overview.sections.iter().flat_map(|section| &section.endpoints);
    let first = endpoints.find(|endpoint| endpoint.method == "GET" && !endpoint.path.contains('{'));
    let first = escape(first.map_or("/", |endpoint| &endpoint.path));
    format!(
        "<div class=\"token\" data-path=\"{}\" data-first=\"{first}\"><label>User <select id=\"user\">{choices}</select></label>\
         <details><summary>Permissions <span class=\"quiet\" id=\"count\"></span></summary><div class=\"choices\">{permissions}\
         </div></details><p class=\"bar\"><button id=\"copy\" type=\"button\">Copy a token</button><button id=\"curl\" \
         type=\"button\">Copy a curl command</button><span class=\"quiet\" id=\"copied\" role=\"status\">It is valid for an \
         hour.</span></p><textarea id=\"shown\" readonly hidden rows=\"4\" aria-label=\"What was copied\"></textarea></div>",
        super::TOKEN
    )
}
