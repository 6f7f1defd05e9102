//! The provider `file`: mails are files in a folder.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::outcome::{Refused, SendError};
use super::prepared::Prepared;
use super::provider::Provider;

/// Writes each mail as a file `MESSAGE-ID.eml` into a folder, for tests and for programs that take mails from there; a
/// Message-ID of more than 200 bytes is shortened. A mail that is sent again replaces its file. A file is complete from the moment it has its name.
///
/// The file is the mail as servers get it: `Bcc` is not in it. Its first lines `X-Envelope-From` and `X-Envelope-To` say who sends it and who gets it.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

impl Folder {
    /// The folder of this path; it is created when the first mail is written.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }
}

impl Provider for Folder {
    fn name(&self) -> &str {
        "file"
    }

    async fn send(&self, mail: &Prepared) -> Result<Vec<Refused>, SendError> {
        let (folder, mail) = (self.0.clone(), mail.clone());
        let written = tokio::task::spawn_blocking(move || write(&folder, &mail)).await;
        match written {
            Ok(Ok(())) => Ok(Vec::new()),
            Ok(Err(error)) => {
                Err(SendError::unavailable(format!("the mail cannot be written to `{}`: {error}", self.0.display())))
            }
            Err(error) => Err(SendError::temporary(format!("the mail cannot be written: {error}"))),
        }
    }

    async fn check(&self) -> Result<(), SendError> {
        let folder = self.0.clone();
        let tried = tokio::task::spawn_blocking(move || try_folder(&folder)).await;
        let problem = |error: String| format!("files cannot be written to `{}`: {error}", self.0.display());
        match tried {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(SendError::unavailable(problem(error.to_string()))),
            Err(error) => Err(SendError::unavailable(problem(error.to_string()))),
        }
    }
}

/// Whether files can be written into the folder.
fn try_folder(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let tried = folder.join(format!(".doctor.{}", uuid::Uuid::now_v7()));
    std::fs::OpenOptions::new().write(true).create_new(true).open(&tried)?;
    std::fs::remove_file(&tried)
}

/// Writes a file beside the final one and renames it, so that no reader finds half a mail.
fn write(folder: &Path, mail: &Prepared) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let name = file_name(mail.message_id());
    // Two attempts at once, in two processes, must not write the same unfinished file.
    let unfinished = folder.join(format!(".{name}.{}", uuid::Uuid::now_v7()));
    let written = (|| {
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(&unfinished)?;
        write!(file, "X-Envelope-From: {}\r\n", mail.sender())?;
        for recipient in mail.recipients() {
            write!(file, "X-Envelope-To: {recipient}\r\n")?;
        }
        file.write_all(mail.mime())?;
        file.sync_all()?;
        std::fs::rename(&unfinished, folder.join(format!("{name}.eml")))
    })();
    if written.is_err() {
        let _ = std::fs::remove_file(&unfinished);
    }
    written
}

/// The name of a file, without its ending. The rules of a Message-ID leave no character that has a meaning in paths, and no
/// dot at its start. File systems take 255 bytes, and the name of an unfinished file is longer.
fn file_name(message_id: &str) -> String {
    const MOST: usize = 200;
    if message_id.len() <= MOST {
        return message_id.to_owned();
    }
    let mut hasher = DefaultHasher::new();
    message_id.hash(&mut hasher);
    // The rules of a Message-ID leave ASCII only.
    let beginning: String = message_id.chars().take(MOST - 17).collect();
    format!("{beginning}~{:016x}", hasher.finish())
}
