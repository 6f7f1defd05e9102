//! The parts of a WebP file (RFC 9649), before a library reads them: it allocates as much as they say.

/// The most pixels that a part of the file says that it has. `None` if a part is longer than what it is in, or if there is none.
pub(super) fn most_pixels(content: &[u8]) -> Option<u64> {
    let body = content.strip_prefix(b"RIFF")?.get(4..)?.strip_prefix(b"WEBP")?;
    within(body, true)
}

fn within(mut rest: &[u8], is_outer: bool) -> Option<u64> {
    let mut most = None;
    while let Some((head, behind)) = rest.split_first_chunk::<8>() {
        let length = u32::from_le_bytes(*head.last_chunk()?) as usize;
        let data = behind.get(..length)?;
        let pixels = match &head[..4] {
            b"VP8X" => area(three(data, 4)? + 1, three(data, 7)? + 1),
            // The size follows the tag of the frame and three fixed bytes.
            b"VP8 " => area(two(data, 6)? & 0x3fff, two(data, 8)? & 0x3fff),
            b"VP8L" => {
                let bits = u32::from_le_bytes(*data.get(1..5)?.first_chunk()?);
                area((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1)
            }
            // The parts of a frame follow 16 bytes about it.
            b"ANMF" if is_outer => within(data.get(16..)?, false)?.max(area(three(data, 6)? + 1, three(data, 9)? + 1)),
            _ => 0,
        };
        most = most.max(Some(pixels));
        // An odd part is followed by a byte, which may be missing at the end.
        rest = behind.get(length + length % 2..).unwrap_or_default();
    }
    most
}

fn area(width: u32, height: u32) -> u64 {
    u64::from(width) * u64::from(height)
}

fn two(data: &[u8], at: usize) -> Option<u32> {
    data.get(at..at + 2).map(|two| u32::from(two[0]) | u32::from(two[1]) << 8)
}

fn three(data: &[u8], at: usize) -> Option<u32> {
    data.get(at..at + 3).map(|three| u32::from(three[0]) | u32::from(three[1]) << 8 | u32::from(three[2]) << 16)
}
