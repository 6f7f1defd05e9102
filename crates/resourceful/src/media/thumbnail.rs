//! Smaller copies of images.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use super::dimensions::MOST_PIXELS;
use super::webp;

/// The quality of copies in JPEG, out of 100.
const QUALITY: u8 = 82;

/// The most bytes of memory that all copies use while they are made: 512 MiB.
pub(crate) const MOST_MEMORY: u64 = 512 * 1024 * 1024;

/// The most bytes of a file of which copies are made. It is in memory as a whole.
pub(crate) const LARGEST: u64 = 64 * 1024 * 1024;

/// What a decoder may use in addition to pixels: color profiles, texts, tables.
const METADATA: u64 = 4 * 1024 * 1024;

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoThumbnail {
    #[error("the image has more pixels than its row says, or than is allowed")]
    TooLarge,
    #[error("the image is a WebP whose parts are not what they say")]
    Inconsistent,
    #[error("the image cannot be read: {0}")]
    Unreadable(#[from] image::ImageError),
}

/// The memory in which a copy is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Grant {
    /// The most pixels of the image.
    pixels: u64,
    /// What all of it takes, the bytes of the file included.
    pub(crate) bytes: u64,
}

impl Grant {
    /// What the copy of a file of this size takes, whose image has this many pixels, as far as that is known. `None` for a file
    /// of which no copies are made: of another type, or too large.
    pub(crate) fn of(content_type: &str, pixels: Option<u64>, size: u64) -> Option<Self> {
        // How often the file is in memory; the bytes for each pixel. A PNG has 8 with 16 bits for each color. A GIF has a frame
        // beside its screen. A progressive JPEG has coefficients of 16 bits for up to 4 components, and its pixels. A WebP that
        // moves has its frame, in planes and in colors, the picture so far and the pixels.
        let (copies, per_pixel) = match content_type {
            "image/png" => (1, 8),
            "image/gif" => (1, 12),
            "image/jpeg" => (2, 12),
            "image/webp" => (1, 20),
            _ => return None,
        };
        if size > LARGEST {
            return None;
        }
        let fixed = size * copies + METADATA;
        let most = MOST_MEMORY.checked_sub(fixed)? / per_pixel;
        let pixels = pixels.unwrap_or(most.min(MOST_PIXELS));
        (pixels <= most.min(MOST_PIXELS)).then(|| Self { pixels, bytes: fixed + pixels * per_pixel })
    }

    /// What a decoder may allocate beside the pixels of the image, once these are known.
    fn rest(self, total: u64, content_type: &str) -> Option<u64> {
        let per_pixel = if content_type == "image/gif" { 12 } else { 8 };
        (self.pixels * per_pixel).checked_sub(total)
    }
}

/// A copy of an image, no larger than the image itself and than this width and height, upright and with the same ratio of its
/// sides; and its content type: JPEG for JPEG, else PNG. It takes long: do not call it on a worker.
///
/// # Errors
/// If the image cannot be read, or takes more memory than was granted.
pub(crate) fn thumbnail(
    content_type: &str,
    content: &[u8],
    grant: Grant,
    (width, height): (u32, u32),
) -> Result<(Vec<u8>, &'static str), NoThumbnail> {
    // The library allocates what the parts of a WebP say before it compares them.
    if content_type == "image/webp" && webp::most_pixels(content).ok_or(NoThumbnail::Inconsistent)? > grant.pixels {
        return Err(NoThumbnail::TooLarge);
    }
    let mut decoder = reader(content_type, content)?.into_decoder()?;
    let (own_width, own_height) = decoder.dimensions();
    if u64::from(own_width) * u64::from(own_height) > grant.pixels {
        return Err(NoThumbnail::TooLarge);
    }
    let rest = grant.rest(decoder.total_bytes(), content_type).ok_or(NoThumbnail::TooLarge)?;
    decoder.set_limits(limits(rest))?;
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

fn limits(bytes: u64) -> Limits {
    let mut limits = Limits::default();
    limits.max_alloc = Some(bytes);
    limits
}

fn reader<'a>(content_type: &str, content: &'a [u8]) -> Result<ImageReader<Cursor<&'a [u8]>>, NoThumbnail> {
    let format = ImageFormat::from_mime_type(content_type).ok_or_else(|| {
        NoThumbnail::Unreadable(image::ImageError::Unsupported(image::error::UnsupportedError::from_format_and_kind(
            image::error::ImageFormatHint::Name(content_type.to_owned()),
            image::error::UnsupportedErrorKind::Format(image::error::ImageFormatHint::Unknown),
        )))
    })?;
    let mut reader = ImageReader::with_format(Cursor::new(content), format);
    reader.limits(limits(METADATA));
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

    /// A copy with as much memory as an image of 1,000,000 pixels is granted.
    fn thumbnail(content_type: &str, content: &[u8], size: (u32, u32)) -> Result<(Vec<u8>, &'static str), NoThumbnail> {
        let known = Grant::of("image/png", Some(1_000_000), content.len() as u64).expect("a small image");
        let grant = Grant::of(content_type, Some(1_000_000), content.len() as u64).unwrap_or(known);
        super::thumbnail(content_type, content, grant, size)
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

    fn crc(bytes: &[u8]) -> [u8; 4] {
        // That of the PNG specification
        let crc = bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
        });
        (!crc).to_be_bytes()
    }

    fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
        let named = [kind, data].concat();
        let length = u32::try_from(data.len()).expect("short").to_be_bytes();
        [length.as_slice(), &named, &crc(&named)].concat()
    }

    /// A GIF with a screen of one size and a frame of another one, whose pixels are missing.
    fn gif(screen: (u16, u16), frame: (u16, u16)) -> Vec<u8> {
        let pair = |(width, height): (u16, u16)| [width.to_le_bytes(), height.to_le_bytes()].concat();
        let colors = [0_u8; 6];
        let head = [b"GIF89a".as_slice(), &pair(screen), &[0x80, 0, 0], &colors].concat();
        [head.as_slice(), b",\0\0\0\0", &pair(frame), &[0, 2, 1, 0, 0, b';']].concat()
    }

    /// A WebP in the extended form with a canvas of one size and a picture that says another one.
    fn webp(canvas: (u32, u32), picture: (u16, u16), length: u32) -> Vec<u8> {
        let three = |number: u32| (number - 1).to_le_bytes()[..3].to_vec();
        let extended = [&[0_u8; 4], three(canvas.0).as_slice(), &three(canvas.1)].concat();
        let lossy =
            [b"\x10\0\0\x9d\x01\x2a".as_slice(), &picture.0.to_le_bytes(), &picture.1.to_le_bytes(), &[0; 6]].concat();
        let parts = [b"WEBPVP8X\x0a\0\0\0", extended.as_slice(), b"VP8 ", &length.to_le_bytes(), &lossy].concat();
        [b"RIFF".as_slice(), &u32::try_from(parts.len()).expect("short").to_le_bytes(), &parts].concat()
    }

    #[test]
    fn an_image_with_more_pixels_than_were_granted_is_not_decoded() {
        for (content_type, content) in [
            ("image/png", png(1001, 1000)),
            ("image/gif", gif((1001, 1000), (1, 1))),
            ("image/webp", webp((1001, 1000), (1001, 1000), 16)),
            // The picture is larger than the canvas, for which memory was granted.
            ("image/webp", webp((10, 10), (1001, 1000), 16)),
        ] {
            let result = thumbnail(content_type, &content, (10, 10));
            assert!(matches!(result, Err(NoThumbnail::TooLarge)), "{content_type}: {result:?}");
        }
        // A frame that is larger than its screen
        let frame = thumbnail("image/gif", &gif((10, 10), (1800, 1800)), (10, 10));
        let refused = matches!(frame, Err(NoThumbnail::Unreadable(image::ImageError::Limits(_))));
        assert!(refused, "{frame:?}");
        // A part that says that it is larger than the file
        let part = thumbnail("image/webp", &webp((10, 10), (10, 10), 1_000_000), (10, 10));
        assert!(matches!(part, Err(NoThumbnail::Inconsistent)), "{part:?}");
    }

    #[test]
    fn the_color_profile_of_an_image_is_not_inflated_without_limit() {
        use std::io::Write;
        let with_profile = |bytes: usize| {
            let mut deflated = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
            deflated.write_all(&vec![0; bytes]).expect("written");
            let data = [b"name\0\0".as_slice(), &deflated.finish().expect("written")].concat();
            let mut content = png(40, 30);
            content.splice(33..33, chunk(b"iCCP", &data));
            content
        };
        let decoder = |content: &[u8]| {
            let mut decoder =
                reader("image/png", content).and_then(|reader| Ok(reader.into_decoder()?)).expect("an image");
            decoder.icc_profile().ok().flatten().map_or(0, |profile| profile.len())
        };
        assert_eq!(decoder(&with_profile(100_000)), 100_000);
        assert_eq!(decoder(&with_profile(8 * 1024 * 1024)), 0);
        // It is of no use for the copy.
        assert!(thumbnail("image/png", &with_profile(100_000), (10, 10)).is_ok());
    }

    #[test]
    fn memory_is_granted_for_pixels_and_for_the_file() {
        let mega = 1_000_000;
        assert_eq!(Grant::of("image/png", Some(mega), 100).map(|grant| grant.bytes), Some(8 * mega + 100 + METADATA));
        assert_eq!(Grant::of("image/jpeg", Some(mega), 100).map(|grant| grant.bytes), Some(12 * mega + 200 + METADATA));
        for (content_type, pixels, size, is_granted) in [
            ("image/jpeg", Some(MOST_PIXELS), 20 * mega, true),
            ("image/jpeg", None, 20 * mega, true),
            ("image/png", Some(MOST_PIXELS + 1), 100, false),
            ("image/webp", Some(MOST_PIXELS), 100, false),
            ("image/png", Some(1), LARGEST + 1, false),
            ("image/png", Some(1), u64::MAX, false),
            ("image/bmp", Some(1), 100, false),
        ] {
            let grant = Grant::of(content_type, pixels, size);
            assert_eq!(grant.is_some(), is_granted, "{content_type} {pixels:?} {size}");
            assert!(grant.is_none_or(|grant| grant.bytes <= MOST_MEMORY));
        }
    }
}
