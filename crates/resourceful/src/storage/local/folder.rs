//! The folder itself: paths of keys, without following symbolic links, and files that appear complete.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use uuid::Uuid;

use crate::storage::key::Key;

/// What follows the name of a stored file. It is no character of keys, so that `a` and `a/b` can both be stored.
pub(super) const MARK: char = '~';

/// The folder of what is being written.
const TEMPORARY: &str = "~tmp";

/// How often something is tried again that another caller has changed in between.
const ATTEMPTS: usize = 10;

#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
}

impl Folder {
    /// Opens or creates the folder.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        fs::create_dir_all(path)?;
        let root = fs::canonicalize(path)?;
        let folder = Self { root };
        create_dir(&folder.root.join(TEMPORARY))?;
        // A folder that cannot be written to is found at the start, and not by the first user.
        drop(folder.create()?);
        Ok(folder)
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Opens the file of a key.
    pub(super) fn open_file(&self, key: &Key) -> io::Result<File> {
        let (parents, name) = self.place(key);
        let path = self.existing(&parents)?.join(name);
        for _ in 0..ATTEMPTS {
            let seen = fs::symlink_metadata(&path)?;
            if !seen.is_file() {
                break;
            }
            let file = File::open(&path)?;
            // Otherwise it was replaced in between: by another file, or by a link.
            if is_same(&seen, &file.metadata()?) {
                return Ok(file);
            }
        }
        Err(io::ErrorKind::NotFound.into())
    }

    /// Removes the file of a key, and the folders that are empty without it. A missing one is no error.
    pub(super) fn remove(&self, key: &Key) -> io::Result<()> {
        let (parents, name) = self.place(key);
        let parent = match self.existing(&parents) {
            Err(error) if is_missing(&error) => return Ok(()),
            found => found?,
        };
        match fs::remove_file(parent.join(name)) {
            Err(error) if is_missing(&error) => return Ok(()),
            removed => removed?,
        }
        sync_dir(&parent)?;
        // An upload that needs one of them meanwhile creates it again.
        for depth in (1..=parents.len()).rev() {
            let folder: PathBuf = self.root.join(parents[..depth].iter().collect::<PathBuf>());
            if fs::remove_dir(folder).is_err() {
                break;
            }
        }
        Ok(())
    }

    /// A new file that nobody sees until it is published.
    pub(super) fn create(&self) -> io::Result<Temporary> {
        let temporary = self.root.join(TEMPORARY);
        let path = temporary.join(Uuid::now_v7().to_string());
        let file = match new_file(&path) {
            // Somebody has removed the folder, for example because it was empty.
            Err(error) if is_missing(&error) => {
                self.require_root()?;
                create_dir(&temporary)?;
                new_file(&path)?
            }
            created => created?,
        };
        Ok(Temporary { path, file, is_published: false })
    }

    /// The names in a folder: of files with their mark, and of folders. Everything else is left out.
    pub(super) fn names(&self, parents: &[&str]) -> io::Result<(Vec<String>, Vec<String>)> {
        let (mut files, mut folders) = (Vec::new(), Vec::new());
        for entry in fs::read_dir(self.existing(parents)?)? {
            let entry = entry?;
            // It does not follow links.
            let kind = entry.file_type()?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            match name.strip_suffix(MARK) {
                Some(name) if kind.is_file() => files.push(name.to_owned()),
                None if kind.is_dir() && !name.starts_with(MARK) => folders.push(name),
                _ => {}
            }
        }
        Ok((files, folders))
    }

    /// Removes what was being written and got nothing for this time.
    pub(super) fn sweep(&self, older_than: Duration) -> io::Result<u64> {
        let mut removed = 0;
        for entry in fs::read_dir(self.root.join(TEMPORARY))? {
            let entry = entry?;
            let age =
                entry.metadata().and_then(|about| about.modified()).map(|at| SystemTime::now().duration_since(at));
            let is_old = match age {
                Ok(Ok(age)) => age >= older_than,
                // Written a moment ago, by the clock of another machine.
                Ok(Err(_)) => false,
                Err(error) if is_missing(&error) => false,
                Err(error) => return Err(error),
            };
            if is_old && fs::remove_file(entry.path()).is_ok() {
                removed += 1;
            }
        }
        Ok(removed)
    }

    /// The folders of a key, and the name of its file.
    fn place<'a>(&self, key: &'a Key) -> (Vec<&'a str>, String) {
        let mut parents: Vec<&str> = key.segments().collect();
        let name = parents.pop().unwrap_or_default();
        (parents, format!("{name}{MARK}"))
    }

    /// The path of folders that exist, none of them a link.
    ///
    /// # Errors
    /// `NotFound` for a folder that does not exist. Where the folder of the storage itself is gone, nothing can be said
    /// about files, so that is another error.
    fn existing(&self, parents: &[&str]) -> io::Result<PathBuf> {
        let mut path = self.require_root()?.to_owned();
        for name in parents {
            path.push(name);
            if !fs::symlink_metadata(&path)?.is_dir() {
                return Err(io::ErrorKind::NotFound.into());
            }
        }
        Ok(path)
    }

    fn require_root(&self) -> io::Result<&Path> {
        let gone = || io::Error::other(format!("the folder {} of the storage is gone", self.root.display()));
        if self.root.is_dir() { Ok(&self.root) } else { Err(gone()) }
    }

    /// The same, but folders that are missing are created, and are on the disk then.
    fn created(&self, parents: &[&str]) -> io::Result<PathBuf> {
        let mut path = self.root.clone();
        for name in parents {
            let parent = path.clone();
            path.push(name);
            match fs::symlink_metadata(&path) {
                Ok(about) if about.is_dir() => {}
                Ok(_) => {
                    return Err(io::Error::new(io::ErrorKind::PermissionDenied, "a link is in the place of a folder"));
                }
                Err(error) if is_missing(&error) => {
                    create_dir(&path)?;
                    sync_dir(&parent)?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(path)
    }
}

/// A file that is removed unless it is published.
pub(super) struct Temporary {
    path: PathBuf,
    file: File,
    is_published: bool,
}

impl Temporary {
    pub(super) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Makes it the file of a key, in one step, with everything on the disk.
    pub(super) fn publish(mut self, folder: &Folder, key: &Key) -> io::Result<()> {
        self.file.sync_all()?;
        let (parents, name) = folder.place(key);
        let mut attempt = 0;
        let parent = loop {
            match self.move_to(folder, &parents, &name) {
                // Another caller removed a folder that was empty.
                Err(error) if is_missing(&error) && attempt < ATTEMPTS => attempt += 1,
                // What is missing is no stored file that somebody asks for.
                Err(error) if is_missing(&error) => return Err(io::Error::other(error)),
                moved => break moved?,
            }
        };
        self.is_published = true;
        sync_dir(&parent)
    }

    fn move_to(&self, folder: &Folder, parents: &[&str], name: &str) -> io::Result<PathBuf> {
        let parent = folder.created(parents)?;
        let target = parent.join(name);
        // A folder would be an error of another kind, and a link was not made by this storage.
        if fs::symlink_metadata(&target).is_ok_and(|about| !about.is_file()) {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "something else is in the place of a file"));
        }
        fs::rename(&self.path, target)?;
        Ok(parent)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.is_published {
            // What cannot be removed now is removed by the next sweep.
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn new_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn create_dir(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(path) {
        // Another caller was faster. What is there is looked at again where it is used.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        created => created,
    }
}

/// Writes the names in a folder to the disk. Only Unix can.
fn sync_dir(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    match File::open(path).and_then(|folder| folder.sync_all()) {
        // It was empty and another caller removed it.
        Err(error) if is_missing(&error) => {}
        synced => synced?,
    }
    let _ = path;
    Ok(())
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

#[cfg(unix)]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    one.created().ok() == other.created().ok()
}
