//! The width and height of images, without decoding them.

/// The most pixels that an image may have: 40 million, as a photograph of 7,300 by 5,475. A file of some kilobytes can say that
/// it has billions, for which a client or a server that decodes it would need gigabytes.
pub(crate) const MOST_PIXELS: u64 = 40_000_000;

/// The width and the height of an image that begins like this, in pixels; `None` where they are not found.
pub(crate) fn dimensions(content_type: &str, head: &[u8]) -> Option<(u32, u32)> {
    if !content_type.starts_with("image/") || content_type.ends_with("+xml") {
        return None;
    }
    let size = imagesize::blob_size(head).ok()?;
    Some((u32::try_from(size.width).ok()?, u32::try_from(size.height).ok()?))
}
