//! The rooms of the runtime, and what each may name.

use super::Broken;
use super::house::{Arrow, House};

/// The floors, from the ground up. A room may name rooms of lower floors, and none of its own floor or above.
const FLOORS: &[&[&str]] = &[
    // Words and numbers, and reading text: no input or output
    &["error", "html", "json", "trace"],
    &["env", "etag", "media", "rules"],
    &["limits", "metrics", "spec"],
    &["actor"],
    &["page"],
    // What processes share, for the ports that do so
    &["redis"],
    // Ports: a trait and its adapters
    &["auth", "cache", "mail", "rates", "storage"],
    // The database
    &["context"],
    // The contract between generated code and engine
    &["resource"],
    &["query", "policy", "hooks"],
    &["schema"],
    // Messages that are stored with a change: services write them, so it is below them
    &["events"],
    &["service"],
    // Outward
    &["http"],
    // Resources and endpoints of the framework's own
    &["rbac"],
    &["app"],
    &["testing"],
];

/// Rooms of lower floors that a room may not name all the same, each with its reason.
const DENIED: &[(&str, &[&str], &str)] = &[
    ("auth", &["spec", "rules", "limits"], "a port knows neither resource nor HTTP"),
    ("cache", &["spec", "rules", "limits"], "a port knows neither resource nor HTTP"),
    ("mail", &["spec", "rules", "limits", "redis"], "a port knows neither resource nor HTTP"),
    ("rates", &["spec", "rules", "limits"], "a port knows neither resource nor HTTP"),
    ("storage", &["spec", "rules", "limits", "redis"], "a port knows neither resource nor HTTP"),
    ("query", &["context", "auth"], "a query is data until `service` runs it"),
    ("policy", &["context", "auth"], "a policy is data until `service` applies it"),
    ("http", &["redis"], "only ports use what processes share"),
    (
        "events",
        &["redis", "auth", "query", "policy", "hooks", "spec"],
        "it knows messages, and neither rows nor callers",
    ),
    ("service", &["redis", "auth"], "only ports use what processes share"),
];

/// A library (with a star: every one whose name starts so), and where it may be named: the starts of paths.
const LIBRARIES: &[(&str, &str)] = &[
    ("actix*", "http/ app/ testing/ rbac/user_roles lib.rs"),
    ("utoipa*", "http/ app/ testing/ lib.rs"),
    // auth/fetch and auth/management read the status of another server's answer
    ("StatusCode", "http/ app/ testing/ auth/fetch auth/management/"),
    ("deadpool*", "redis"),
    ("sea_query_sqlx", "context/"),
    ("sqlx", "context/ resource/column service/write/explain/unique schema/ app/ rbac/"),
    ("sea_orm", "resource/ policy hooks query/ schema/ service/ context/ events/ rbac/ app/migrations testing/ lib.rs"),
    ("reqwest", "app/telemetry/ auth/ mail/ses/ testing/"),
    ("jsonwebtoken", "auth/"),
    ("aws_lc_rs", "auth/ context/secret rates/ service/ storage/"),
    ("moka", "cache/ service/write/provision rbac/grants"),
    ("tracing_subscriber", "app/telemetry"),
    ("dotenvy", "app/"),
    ("lettre", "mail/"),
    ("minijinja", "mail/templates/"),
    // Amazon SES takes the credentials and signatures of S3
    ("object_store", "storage/ mail/ses/"),
    ("infer", "media/"),
    ("imagesize", "media/"),
    ("image", "media/"),
    ("opentelemetry*", "app/telemetry/"),
    ("sentry*", "app/telemetry/"),
];

/// What the arrows between rooms and the libraries break.
pub(crate) fn check(house: &House, at: &str) -> Vec<Broken> {
    let broken = |file: &str, line: usize, rule: String| Broken { file: format!("{at}/{file}"), line, rule };
    let mut all = Vec::new();
    for Arrow { from, to, line, path } in house.arrows() {
        let (room, target) = (room_of(&from), room_of(&to));
        if room == target || room == "lib" || target == "lib" {
            continue;
        }
        let (Some(floor), Some(below)) = (floor_of(room), floor_of(target)) else { continue };
        if floor <= below {
            all.push(broken(
                &from,
                line,
                format!("the arrow {room} -> {target} does not lead to a lower floor (`{path}`)"),
            ));
        }
        let denied = DENIED.iter().find(|(name, denied, _)| *name == room && denied.contains(&target));
        if let Some((_, _, why)) = denied {
            all.push(broken(&from, line, format!("{room} may not name {target}: {why} (`{path}`)")));
        }
    }
    for (file, named) in house.named() {
        let library = LIBRARIES.iter().find(|(library, _)| named.path.iter().any(|word| is_of(word, library)));
        let Some((library, places)) = library else { continue };
        if !places.split(' ').any(|place| file.starts_with(place)) {
            let rule = format!("`{library}` may be named only in {places} (`{}`)", named.path.join("::"));
            all.push(broken(file, named.line, rule));
        }
    }
    all.dedup();
    all
}

/// Rooms that no floor has.
pub(crate) fn unknown<'a>(files: impl Iterator<Item = &'a str>) -> Vec<Broken> {
    let rule = |room: &str| format!("the room `{room}` is on no floor of the list in tests/arrows/rooms.rs");
    files
        .filter(|file| room_of(file) != "lib" && floor_of(room_of(file)).is_none())
        .map(|file| Broken { file: file.to_owned(), line: 1, rule: rule(room_of(file)) })
        .collect()
}

fn is_of(word: &str, library: &str) -> bool {
    match library.strip_suffix('*') {
        Some(start) => word.starts_with(start),
        None => word == library,
    }
}

fn room_of(file: &str) -> &str {
    file.split('/').next().unwrap_or(file).trim_end_matches(".rs")
}

fn floor_of(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}
