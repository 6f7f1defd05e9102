//! What the content of a file is: its type, the size of an image, smaller copies of images. No input or output.

mod detect;
mod dimensions;
#[cfg(feature = "thumbnails")]
mod thumbnail;
mod types;

pub(crate) use detect::{Detected, HEAD, detect};
pub(crate) use dimensions::{MOST_PIXELS, dimensions};
#[cfg(feature = "thumbnails")]
pub(crate) use thumbnail::{NoThumbnail, pixels, thumbnail};
pub(crate) use types::{essence, extension};
