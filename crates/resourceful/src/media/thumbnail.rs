//! Smaller copies of images.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use super::dimensions::MOST_PIXELS;

/// The quality of copies in JPEG, out of 100.
const QUALITY: u8 = 82;

/// The most bytes of an image that is being decoded: each pixel of the largest has at most 8.
const MOST_BYTES: u64 = MOST_PIXELS * 8;

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoThumbnail {
    #[error("the image has more than {MOST_PIXELS} pixels")]
    TooLarge,
    #[error("the image cannot be read: {0}")]
    Unreadable(#[from] image::ImageError),
}

/// How many pixels an image has, by its header.
///
/// # Errors
/// If it has more than is allowed, or no header that can be read.
pub(crate) fn pixels(content_type: &str, content: &[u8]) -> Result<u32, NoThumbnail> {
    let (width, height) = reader(content_type, content)?.into_decoder()?.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    u32::try_from(pixels).ok().filter(|_| pixels <= MOST_PIXELS).ok_or(NoThumbnail::TooLarge)
}

/// A copy of an image, no larger than the image itself and than this width and height, upright and with the same ratio of its
/// sides; and its content type: JPEG for JPEG, else PNG. It takes long: do not call it on a worker.
///
/// # Errors
/// If the image cannot be read, or has more pixels than is allowed.
pub(crate) fn thumbnail(
    content_type: &str,
    content: &[u8],
    (width, height): (u32, u32),
) -> Result<(Vec<u8>, &'static str), NoThumbnail> {
    pixels(content_type, content)?;
    let mut decoder = reader(content_type, content)?.into_decoder()?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let image = DynamicImage::from_decoder(decoder)?;
    let is_turned = matches!(
        orientation,
        Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH
    );
    let (width, height) = if is_turned { (height, width) } else { (width, height) };
    let is_larger = image.width() > width || image.height() > height;
    let mut copy = if is_larger { image.thumbnail(width, height) } else { image };
    copy.apply_orientation(orientation);
    let mut out = Vec::new();
    if content_type == "image/jpeg" {
        let copy = copy.into_rgb8();
        JpegEncoder::new_with_quality(&mut out, QUALITY).encode_image(&copy)?;
        return Ok((out, "image/jpeg"));
    }
    // Bits beyond eight for each color are of no use in a small copy.
    let copy = if copy.color().has_alpha() { copy.into_rgba8().into() } else { DynamicImage::from(copy.into_rgb8()) };
    copy.write_to(&mut Cursor::new(&mut out), ImageFormat::Png)?;
    Ok((out, "image/png"))
}

fn reader<'a>(content_type: &str, content: &'a [u8]) -> Result<ImageReader<Cursor<&'a [u8]>>, NoThumbnail> {
    let format = ImageFormat::from_mime_type(content_type).ok_or_else(|| {
        NoThumbnail::Unreadable(image::ImageError::Unsupported(image::error::UnsupportedError::from_format_and_kind(
            image::error::ImageFormatHint::Name(content_type.to_owned()),
            image::error::UnsupportedErrorKind::Format(image::error::ImageFormatHint::Unknown),
        )))
    })?;
    let mut reader = ImageReader::with_format(Cursor::new(content), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_BYTES);
    reader.limits(limits);
    Ok(reader)
}
