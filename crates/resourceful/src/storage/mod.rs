//! Files outside of the database: in a folder, in S3, or wherever a [`StorageProvider`] keeps them.
//!
//! [`Storage`] is what an application uses; the guide [storage](crate::guide::storage) shows it from nothing to the first
//! upload. Every provider behaves alike: what one does, all do, and the same tests run on each.

mod about;
mod body;
mod checksum;
mod disposition;
mod error;
mod file_name;
mod handle;
mod key;
mod links;
mod local;
mod objects;
mod provider;
mod range;
mod room;
#[cfg(feature = "s3")]
mod s3;
mod settings;
mod upload;
mod watched;

pub use about::{Download, Found, Listed, Stored, UploadOptions};
pub use body::Body;
pub use error::{StorageError, StorageErrorKind};
pub use file_name::FileName;
pub use handle::Storage;
pub use key::Key;
pub use local::LocalFiles;
pub use objects::Objects;
pub use provider::{About, ByteStream, Entry, Meta, PresignedUpload, StorageProvider};
pub use range::ByteRange;
#[cfg(feature = "s3")]
pub use s3::{S3Settings, s3};
pub use settings::{StorageProviderSettings, StorageSettings};

pub(crate) use disposition::disposition;
pub(crate) use links::PATH as LINK_PATH;
/// The library behind [`Objects`], whose stores can be used as providers.
pub use object_store;
pub(crate) use room::Room;
