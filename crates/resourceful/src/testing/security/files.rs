//! Files of rows: their endpoints have the rows and the requirements of the operations that they are a part of.

use futures_util::stream;

use super::rows::plain;
use super::world::{World, grant};
use crate::actor::{Actor, CurrentUser};
use crate::error::Error;
use crate::resource::FieldValue;
use crate::service::{Engine, Incoming};
use crate::spec::{FileAction, FileOperation, FileSpec, Operation, Requirement};
use crate::testing::Answer;

/// The smallest images and documents of their types.
const SAMPLES: &[(&str, &[u8])] = &[
    ("text/plain", b"A file of the suite"),
    (
        "image/png",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0:~\x9bU\0\0\0\nIDATx\x9cc`\0\0\0\x02\0\x01H\xaf\xa4q\0\0\0\0IEND\xaeB`\x82",
    ),
    ("application/pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n"),
    ("image/gif", b"GIF89a\x01\0\x01\0\0\0\0;"),
    ("application/json", b"{}"),
    ("text/csv", b"a,b"),
    ("application/zip", b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
];

/// A file that the field takes.
fn sample(limits: &FileSpec) -> Option<(&'static str, &'static [u8])> {
    SAMPLES.iter().copied().find(|(name, content)| limits.accepts(name) && content.len() as u64 <= limits.max)
}

/// The endpoints of files, and a file for each.
fn all(world: &World) -> Vec<(FileOperation, (&'static str, &'static [u8]))> {
    let spec = world.spec();
    let with_sample = |file: FileOperation| Some((file, sample(&spec.fields[file.field].file?)?));
    let (known, unknown): (Vec<_>, Vec<_>) =
        spec.file_operations().into_iter().partition(|file| with_sample(*file).is_some());
    for file in unknown {
        world.not_tested(format!("`{}`: the suite has no file of a type that it takes", spec.fields[file.field].json));
    }
    known.into_iter().filter_map(with_sample).collect()
}

fn path(world: &World, file: FileOperation, id: &str) -> String {
    let row = file.operation.path();
    let below = file.path(world.spec());
    format!("{}{}", world.path(file.operation, id), below.strip_prefix(row).unwrap_or_default())
}

fn send(world: &World, user: Option<&CurrentUser>, file: FileOperation, sample: (&str, &[u8]), id: &str) -> Answer {
    let mut headers = Vec::new();
    let body = (file.action == FileAction::Upload).then(|| sample.1.to_vec());
    headers.extend(body.is_some().then_some(("content-type", sample.0)));
    let is_write = matches!(file.action, FileAction::Upload | FileAction::Remove);
    headers.extend((is_write && world.spec().require_match).then_some(("if-match", "*")));
    world.caller(user).send(file.method(), &path(world, file, id), &headers, body)
}

/// Puts a file into a row. Returns false where a rule of the application refuses it.
fn fill(world: &World, id: &FieldValue, file: FileOperation, sample: (&str, &[u8])) -> bool {
    let engine = Engine::new(world.app.ctx(), world.table, Actor::System);
    let body = stream::iter([Ok::<_, Error>(sample.1.to_vec().into())]);
    let incoming = Incoming { name: None, content_type: Some(sample.0.to_owned()), size: None, body };
    let stored = world.app.block_on(engine.store_file(Operation::Patch, id.clone(), file.field, incoming));
    if let Err(error) = &stored {
        let field = world.spec().fields[file.field].json;
        world.not_tested(format!("`{field}`: the application refuses the file of the suite: {}", error.detail()));
    }
    stored.is_ok()
}

fn what(world: &World, user: Option<&CurrentUser>, file: FileOperation, id: &str) -> String {
    let who = user.map_or("nobody", |user| user.id.as_str());
    format!("{} {} by {who}", file.method(), path(world, file, id))
}

/// Tries the files of every row, as every user. The users have all existing permissions.
pub(super) fn foreign(world: &World) {
    for (file, sample) in all(world) {
        for row in &world.rows {
            let (id, text) = (&row.made.id, &row.made.text);
            if !fill(world, id, file, sample) {
                break;
            }
            for user in [Some(world.all(&world.ada)), Some(world.all(&world.bob))] {
                if world.may(user.as_ref(), file.operation, id) {
                    continue;
                }
                let before = world.stored(id);
                let answer = send(world, user.as_ref(), file, sample, text);
                let what = what(world, user.as_ref(), file, text);
                let advice =
                    "The caller may not access this row: its files must look like those of a row that does not exist";
                world.must_answer(&answer, &[404], &what, advice);
                world.must_be(&before, id, &what);
                let nothing = send(world, user.as_ref(), file, sample, &world.missing());
                if (answer.status, plain(&answer)) != (nothing.status, plain(&nothing)) {
                    world.found(format!(
                        "{what} has another response than for a row that does not exist: {}",
                        answer.text()
                    ));
                }
            }
        }
    }
}

/// The permissions that an endpoint requires: of its operation, and of its field.
fn requirements(world: &World, file: FileOperation) -> Vec<Requirement> {
    let field = &world.spec().fields[file.field];
    let of_field = match file.action {
        FileAction::Upload | FileAction::Remove => field.write,
        FileAction::Download | FileAction::Thumb(_) => field.read,
    };
    let of_operation = world.spec().operation(file.operation).map(|offered| offered.requires);
    let all = of_operation.into_iter().chain(of_field.map(Requirement::Permission));
    all.filter(|requires| *requires != Requirement::Public).collect()
}

/// Leaves out one of the permissions at a time.
pub(super) fn refused(world: &World) {
    let row = &world.rows[0].made;
    for (file, sample) in all(world) {
        let requires = requirements(world, file);
        if requires.is_empty() || !fill(world, &row.id, file, sample) {
            continue;
        }
        let before = world.stored(&row.id);
        let answer = send(world, None, file, sample, &row.text);
        world.must_answer(&answer, &[401], &what(world, None, file, &row.text), "The endpoint has a requirement");
        for missing in requires {
            let mut user = world.all(&world.ada);
            let names = missing.permissions();
            user.permissions.retain(|held| !names.contains(&held.as_str()));
            match missing {
                Requirement::Role(role) => user.roles.retain(|held| held != role),
                Requirement::Scope(scope) => user.scopes.retain(|held| held != scope),
                _ => {}
            }
            let answer = send(world, Some(&user), file, sample, &row.text);
            let what = what(world, Some(&user), file, &row.text);
            world.must_answer(&answer, &[403], &what, &format!("The caller has all permissions except {missing}"));
            world.must_be(&before, &row.id, &what);
        }
    }
}

/// Checks that permitted requests succeed.
pub(super) fn opened(world: &World) {
    for (file, sample) in all(world) {
        let mut user = world.ada.clone();
        requirements(world, file).iter().for_each(|requires| grant(&mut user, requires));
        let Some(row) = world.rows.iter().find(|row| world.may(Some(&user), file.operation, &row.made.id)) else {
            continue;
        };
        if !fill(world, &row.made.id, file, sample) {
            continue;
        }
        let answer = send(world, Some(&user), file, sample, &row.made.text);
        // A file that is no image has no smaller copy.
        let statuses: &[u16] = match file.action {
            FileAction::Thumb(_) => &[200, 404],
            // Its new state may be one that the caller may not write.
            FileAction::Upload => &[200, 403],
            FileAction::Remove => &[204, 403],
            FileAction::Download => &[200],
        };
        let is_missing = answer.problem().as_deref() == Some("insufficient-scope");
        let what = what(world, Some(&user), file, &row.made.text);
        if is_missing || !statuses.contains(&answer.status) {
            world.found(format!("{what} is refused to a caller who has its permissions: {}", answer.text()));
        }
    }
}
