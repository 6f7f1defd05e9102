//! What the content of a file is: its type, the size of an image, smaller copies of images. No input or output.

mod detect;
mod dimensions;
#[cfg(feature = "thumbnails")]
mod thumbnail;
mod types;
mod walk;
#[cfg(feature = "thumbnails")]
mod webp;

pub(crate) use detect::{Detected, HEAD, detect, is_also_pdf};
pub(crate) use dimensions::{MOST_PIXELS, dimensions};
#[cfg(feature = "thumbnails")]
pub(crate) use thumbnail::{Grant, MOST_MEMORY, thumbnail};
pub(crate) use types::{essence, extension};
pub(crate) use walk::{Walk, Wrong};
