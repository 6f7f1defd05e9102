//! Which files a field takes.

/// Which files a field takes.
#[derive(Debug, Clone, Copy)]
pub struct FileSpec {
    /// The largest size, in bytes.
    pub max: u64,
    /// The content types; `*/*` is all.
    pub types: &'static [&'static str],
    /// The sizes of smaller copies of images.
    pub thumbs: &'static [ThumbSpec],
}

impl FileSpec {
    /// Whether files of this content type are accepted.
    pub fn accepts(&self, content_type: &str) -> bool {
        self.types.iter().any(|accepted| *accepted == "*/*" || *accepted == content_type)
    }
}

/// The size of a smaller copy of an image, in pixels: no side of the copy is longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThumbSpec {
    /// The width.
    pub width: u32,
    /// The height.
    pub height: u32,
}

impl std::fmt::Display for ThumbSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}
