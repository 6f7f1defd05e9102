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

#[cfg(test)]
mod tests {
    use image::RgbImage;

    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut out = Vec::new();
        let image = DynamicImage::from(RgbImage::from_pixel(width, height, image::Rgb([200, 20, 20])));
        image.write_to(&mut Cursor::new(&mut out), ImageFormat::Png).expect("encodes");
        out
    }

    /// A photograph in JPEG that a camera has taken while it was turned (EXIF orientation 6).
    fn turned(width: u32, height: u32) -> Vec<u8> {
        let mut plain = Vec::new();
        let image =
            RgbImage::from_fn(
                width,
                height,
                |x, _| if x < width / 2 { [250, 0, 0].into() } else { [0, 0, 250].into() },
            );
        JpegEncoder::new_with_quality(&mut plain, 90).encode_image(&image).expect("encodes");
        let exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
        let length = u16::try_from(exif.len() + 2).expect("short").to_be_bytes();
        let mut out = plain[..2].to_vec();
        out.extend_from_slice(&[0xff, 0xe1]);
        out.extend_from_slice(&length);
        out.extend_from_slice(exif);
        out.extend_from_slice(&plain[2..]);
        out
    }

    fn size(content_type: &str, copy: &[u8]) -> (u32, u32) {
        reader(content_type, copy).and_then(|reader| Ok(reader.into_decoder()?.dimensions())).expect("an image")
    }

    #[test]
    fn copies_keep_the_ratio_and_are_never_larger() {
        for (from, to, expected) in [
            ((400, 200), (100, 100), (100, 50)),
            ((200, 400), (100, 100), (50, 100)),
            ((40, 30), (100, 100), (40, 30)),
            ((100, 100), (100, 50), (50, 50)),
            ((3000, 1), (100, 100), (100, 1)),
        ] {
            let (copy, content_type) = thumbnail("image/png", &png(from.0, from.1), to).expect("a copy");
            assert_eq!((content_type, size(content_type, &copy)), ("image/png", expected), "{from:?} to {to:?}");
        }
    }

    #[test]
    fn photographs_are_upright() {
        let (copy, content_type) = thumbnail("image/jpeg", &turned(400, 200), (100, 100)).expect("a copy");
        assert_eq!((content_type, size(content_type, &copy)), ("image/jpeg", (50, 100)));
        let copy = reader(content_type, &copy).expect("readable").decode().expect("an image").into_rgb8();
        // What was left is now above.
        assert!(copy.get_pixel(25, 10)[0] > 200 && copy.get_pixel(25, 90)[2] > 200);
    }

    #[test]
    fn what_cannot_be_decoded_is_an_error() {
        let cut = &png(400, 200)[..100];
        assert!(matches!(thumbnail("image/png", cut, (10, 10)), Err(NoThumbnail::Unreadable(_))));
        assert!(matches!(thumbnail("image/png", b"no image", (10, 10)), Err(NoThumbnail::Unreadable(_))));
        assert!(matches!(thumbnail("text/plain", b"no image", (10, 10)), Err(NoThumbnail::Unreadable(_))));
    }

    #[test]
    fn an_image_with_too_many_pixels_is_not_decoded() {
        // The header of an image of 50,000 x 50,000 pixels.
        let mut bomb = png(1, 1);
        bomb[16..20].copy_from_slice(&50_000_u32.to_be_bytes());
        bomb[20..24].copy_from_slice(&50_000_u32.to_be_bytes());
        // The checksum of the chunk is that of the PNG specification, over its type and data.
        let crc = bomb[12..29].iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
        });
        bomb[29..33].copy_from_slice(&(!crc).to_be_bytes());
        assert!(matches!(thumbnail("image/png", &bomb, (10, 10)), Err(NoThumbnail::TooLarge)));
    }
}
