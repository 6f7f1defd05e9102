//! The key file of the development issuer: PKCS #8 in PEM form (RFC 7468 section 10), created once by one process.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::issuer_error::IssuerError;

const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";

/// Reads the file, or creates it with the result of `make`. If several processes create it at the same time, one wins,
/// and all get its text.
pub(crate) fn read_or_create(
    path: &Path,
    make: impl FnOnce() -> Result<String, IssuerError>,
) -> Result<String, IssuerError> {
    let failed = |source| IssuerError::File { path: path.display().to_string(), source };
    match fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            create(path, &make()?).map_err(failed)?;
            fs::read_to_string(path).map_err(failed)
        }
        Ok(text) => {
            keep_private(path).map_err(failed)?;
            Ok(text)
        }
        Err(error) => Err(failed(error)),
    }
}

/// Writes the text to a temporary file and then links it under the final name, which fails if the name exists. So no
/// process reads a half-written key, and no existing key is replaced.
fn create(path: &Path, text: &str) -> io::Result<()> {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let draft = path.with_extension(format!("{}-{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed)));
    let outcome = write_private(&draft, text).and_then(|()| match fs::hard_link(&draft, path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        outcome => outcome,
    });
    let removed = fs::remove_file(&draft);
    outcome.and(removed)
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file: File = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Removes the access rights of group and others.
#[cfg(unix)]
fn keep_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut rights = fs::metadata(path)?.permissions();
    if rights.mode() & 0o077 == 0 {
        return Ok(());
    }
    tracing::warn!(path = %path.display(), "other users could read the key of the development issuer");
    rights.set_mode(0o600);
    fs::set_permissions(path, rights)
}

#[cfg(not(unix))]
fn keep_private(_: &Path) -> io::Result<()> {
    Ok(())
}

pub(crate) fn to_pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut pem = format!("{BEGIN}\n");
    for (index, character) in text.chars().enumerate() {
        if index > 0 && index % 64 == 0 {
            pem.push('\n');
        }
        pem.push(character);
    }
    pem.push_str(&format!("\n{END}\n"));
    pem
}

pub(crate) fn from_pem(pem: &str) -> Option<Vec<u8>> {
    let text = pem.trim().strip_prefix(BEGIN)?.strip_suffix(END)?;
    STANDARD.decode(text.split_ascii_whitespace().collect::<String>()).ok()
}
