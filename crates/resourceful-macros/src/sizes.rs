//! Sizes as they are written in attributes: `512KiB`, `10MiB`, `1GiB`; and the widths and heights of images: `200x200`.

/// The bytes of one of each unit (IEC 80000-13: powers of 1024).
const UNITS: [(&str, u64); 4] = [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];

/// The largest file that a field can allow, in bytes: what one upload to S3 can hold in 10,000 parts of 8 MiB is a little
/// more.
const MOST: u64 = 64 << 30;

/// The most pixels on a side of a smaller copy of an image.
const MOST_PIXELS: u32 = 4096;

/// The bytes of a text; `None` when it is not a size from 1 byte to 64 GiB.
pub(crate) fn bytes(written: &str) -> Option<u64> {
    let (number, unit) = written.split_at(written.find(|c: char| !c.is_ascii_digit())?);
    let (_, each) = UNITS.iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*each).filter(|size| (1..=MOST).contains(size))
}

/// The width and the height of a text; `None` when one of them is missing, 0 or above 4096.
pub(crate) fn pixels(written: &str) -> Option<(u32, u32)> {
    let side = |text: &str| {
        let plain = !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u32>().ok().filter(|side| plain && (1..=MOST_PIXELS).contains(side))
    };
    let (width, height) = written.split_once('x')?;
    Some((side(width)?, side(height)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_whole_numbers_with_a_unit() {
        let right = [("1B", 1), ("512KiB", 512 << 10), ("10MiB", 10 << 20), ("64GiB", MOST)];
        for (text, size) in right {
            assert_eq!(bytes(text), Some(size), "{text}");
        }
        for text in ["", "10", "MiB", "10MB", "10 MiB", "0MiB", "-1MiB", "1.5MiB", "65GiB", "99999999999999999999B"] {
            assert_eq!(bytes(text), None, "{text}");
        }
    }

    #[test]
    fn pixels_are_width_and_height() {
        assert_eq!(pixels("200x100"), Some((200, 100)));
        for text in ["", "200", "200x", "x200", "0x200", "200x0200", "+20x20", "200X200", "200x5000", "200x200x2"] {
            assert_eq!(pixels(text), None, "{text}");
        }
    }
}
