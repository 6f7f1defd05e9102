//! The files of a folder in the order of their keys.

use super::folder::Folder;
use crate::storage::error::StorageError;
use crate::storage::key::Key;

/// What is done with a key; `false` ends the list.
type Visit<'a> = dyn FnMut(Key) -> Result<bool, StorageError> + 'a;

/// Visits the keys of files below a folder that are greater than `after`. A file system has an order of its own, so the names of
/// one folder at a time are read and sorted.
pub(super) fn list(
    folder: &Folder,
    name: &str,
    after: Option<&Key>,
    visit: &mut Visit<'_>,
) -> Result<(), StorageError> {
    let after = after.map(Key::as_str).unwrap_or_default();
    walk(folder, name, after, visit).map(drop)
}

fn walk(folder: &Folder, name: &str, after: &str, visit: &mut Visit<'_>) -> Result<bool, StorageError> {
    let parents: Vec<&str> = name.split('/').filter(|part| !part.is_empty()).collect();
    let (files, folders) = match folder.names(&parents) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => return Ok(true),
        names => names?,
    };
    let start = if name.is_empty() { String::new() } else { format!("{name}/") };
    // With its slash a folder is where its first key is: `a-b` is before `a/b`, and `a` before both.
    let mut all: Vec<String> = files.into_iter().map(|file| format!("{start}{file}")).collect();
    all.extend(folders.into_iter().map(|folder| format!("{start}{folder}/")));
    all.sort_unstable();
    for path in all {
        let goes_on = match path.strip_suffix('/') {
            // All of its keys begin with the path, so they are before `after` unless that begins with it too.
            Some(inner) if path.as_str() > after || after.starts_with(&path) => walk(folder, inner, after, visit)?,
            None if path.as_str() > after => match Key::parse(path) {
                Ok(key) => visit(key)?,
                Err(_) => true,
            },
            _ => true,
        };
        if !goes_on {
            return Ok(false);
        }
    }
    Ok(true)
}
