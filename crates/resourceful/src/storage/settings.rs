//! The settings of the storage.

use std::path::PathBuf;

use url::Url;

use super::handle::Storage;
use super::local::{self, LocalFiles};
#[cfg(feature = "s3")]
use super::s3::{self, S3Settings};
use crate::env::{Reader, Setting};
use crate::error::StartupError;

/// Where files are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StorageProviderSettings {
    /// `local`: in this folder, `STORAGE_LOCAL_PATH`; `./data/files` by default
    Local(PathBuf),
    /// `s3`: in a bucket of S3, or of a server that speaks its protocol
    #[cfg(feature = "s3")]
    S3(S3Settings),
}

/// The settings of the storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorageSettings {
    /// `STORAGE_PROVIDER`: `local`, the default, or `s3`
    pub provider: StorageProviderSettings,
    /// `STORAGE_PUBLIC_URL`: the address under which clients get files; see [`Storage::url`]
    pub public_url: Option<String>,
}

impl Default for StorageSettings {
    fn default() -> Self {
        Self { provider: StorageProviderSettings::Local(local::default_path()), public_url: None }
    }
}

impl StorageSettings {
    pub(crate) fn variables() -> Vec<Setting> {
        #[allow(unused_mut, reason = "without the feature `s3` nothing is added")]
        let mut all = vec![
            Setting::new(
                "STORAGE_PROVIDER",
                "Where files are kept: local (a folder) or s3 (a bucket of S3 or of a server that speaks its protocol; feature \
                 `s3`).",
            )
            .default("local"),
            Setting::new("STORAGE_LOCAL_PATH", "With STORAGE_PROVIDER=local: the folder.").otherwise("files in DATA_FOLDER"),
            Setting::new(
                "STORAGE_PUBLIC_URL",
                "The address under which clients get files: a content delivery network in front of S3, or this server for \
                 links of `local`.",
            )
            .example("https://files.example.com"),
        ];
        #[cfg(feature = "s3")]
        all.extend(S3Settings::variables());
        all
    }

    /// Reads the settings of the storage. `data_folder` is the folder of the application's data in development.
    pub(crate) fn from_env(reader: &mut Reader<'_>, data_folder: &str) -> Self {
        let provider = match reader.text("STORAGE_PROVIDER").as_deref() {
            None | Some("local") => StorageProviderSettings::Local(local_path(reader, data_folder)),
            #[cfg(feature = "s3")]
            Some("s3") => StorageProviderSettings::S3(S3Settings::from_env(reader)),
            #[cfg(not(feature = "s3"))]
            Some("s3") => {
                reader.lacks_feature("STORAGE_PROVIDER=s3", "s3");
                StorageProviderSettings::Local(local::default_path())
            }
            Some(other) => {
                reader.problem(format!("STORAGE_PROVIDER is `{other}`; it can be local or s3"));
                StorageProviderSettings::Local(local::default_path())
            }
        };
        let public_url = reader.text("STORAGE_PUBLIC_URL");
        let is_production = reader.is_production();
        let problem = public_url.as_deref().and_then(|url| public_url_problem(url, is_production));
        reader.problems(problem);
        Self { provider, public_url }
    }

    /// What an operator of a production server should know: where the files are is nothing that was chosen.
    pub(crate) fn warning(reader: &Reader<'_>) -> Option<String> {
        let is_set = |name| reader.text(name).is_some();
        let is_local = !matches!(reader.text("STORAGE_PROVIDER").as_deref(), Some("s3"));
        let is_chosen = is_set("STORAGE_LOCAL_PATH") || is_set("DATA_FOLDER");
        (reader.is_production() && is_local && !is_chosen).then(|| {
            let path = local::default_path();
            format!(
                "STORAGE_LOCAL_PATH is not set, so files are kept in `{}`, below the folder in which the server was started; set it to a \
                 folder that is kept and backed up",
                path.display()
            )
        })
    }

    /// The storage that they describe. A folder is created.
    ///
    /// # Errors
    /// If the folder cannot be written to, or the settings of S3 do not fit together.
    pub fn open(&self) -> Result<Storage, StartupError> {
        let storage = match &self.provider {
            StorageProviderSettings::Local(path) => {
                let files = LocalFiles::open(path).map_err(|error| {
                    StartupError::new(format!(
                        "the folder `{}` for files cannot be used: {error}. Set STORAGE_LOCAL_PATH to a folder that the server may write to",
                        path.display()
                    ))
                })?;
                Storage::new(files)
            }
            #[cfg(feature = "s3")]
            StorageProviderSettings::S3(settings) => {
                Storage::new(s3::s3(settings).map_err(|error| StartupError::new(error.to_string()))?)
            }
        };
        Ok(match &self.public_url {
            Some(url) => storage.with_public_url(url),
            None => storage,
        })
    }
}

fn local_path(reader: &mut Reader<'_>, data_folder: &str) -> PathBuf {
    let named = reader.text("STORAGE_LOCAL_PATH").map(PathBuf::from);
    let path = named.unwrap_or_else(|| PathBuf::from(data_folder).join("files"));
    // A web server that serves such a folder would show every file to everyone, without any check.
    let is_served = |part: &str| matches!(part, "public" | "static" | "www" | "wwwroot" | "htdocs" | "public_html");
    let served = path.components().find_map(|part| part.as_os_str().to_str().filter(|part| is_served(part)));
    if let (Some(part), true) = (served, reader.is_production()) {
        reader.problem(format!(
            "STORAGE_LOCAL_PATH is `{}`, inside a folder `{part}` that web servers usually serve to everyone; choose a folder outside of it",
            path.display()
        ));
    }
    path
}

fn public_url_problem(text: &str, is_production: bool) -> Option<String> {
    let Ok(url) = Url::parse(text) else {
        return Some(format!("STORAGE_PUBLIC_URL is `{text}`; it must be a URL such as https://files.example.com"));
    };
    let is_web = url.scheme() == "https" || (url.scheme() == "http" && !is_production);
    if !is_web || url.host().is_none() || url.query().is_some() || url.fragment().is_some() {
        return Some(format!(
            "STORAGE_PUBLIC_URL is `{text}`; it must be a URL such as https://files.example.com, without a query, and https in production"
        ));
    }
    None
}
