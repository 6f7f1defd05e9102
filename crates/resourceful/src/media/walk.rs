//! Walks through an image as it arrives: where it ends, and how large it is. A file that goes on behind the end of its image is two
//! files in one, and what it is depends on who reads it.

/// Why a file is no image, or more than one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// Bytes follow the end of the image.
    Behind,
    /// It is not made as its type requires.
    Malformed,
}

/// A walk through one image. It holds a few bytes at a time.
#[derive(Debug)]
pub(crate) struct Walk {
    format: Format,
    state: State,
    /// What is left to be skipped before the state goes on.
    skip: u64,
    /// The bytes of a part that is read as a whole, such as the head of a chunk.
    held: Vec<u8>,
    dimensions: Option<(u32, u32)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Png,
    Gif,
    Jpeg,
    WebP,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The signature, and what always follows it.
    Start,
    /// PNG: the length and the type of a chunk.
    Chunk,
    /// PNG: the size of the image.
    Size,
    /// GIF: the first byte of a block.
    Block,
    /// GIF: where a frame is, and the size of its color table.
    Frame,
    /// GIF: the length of a piece of a block; 0 ends the block.
    Piece,
    /// JPEG: pixels, and whatever else goes on until a marker.
    Scan,
    /// JPEG: the byte behind 0xff.
    Code,
    /// JPEG: the length of a segment; of one that has the size of the image if so.
    Segment(bool),
    /// JPEG: the size of the image; how many bytes follow it in the segment.
    Frames(u64),
    /// The image has ended when nothing more is skipped.
    End,
    /// JPEG: perhaps the first byte of a further image, as cameras add for depth or brightness.
    Further,
}

impl Walk {
    /// A walk through an image of this type; `None` for types that are not walked through.
    pub(crate) fn new(content_type: &str) -> Option<Self> {
        let format = match content_type {
            "image/png" => Format::Png,
            "image/gif" => Format::Gif,
            "image/jpeg" => Format::Jpeg,
            "image/webp" => Format::WebP,
            _ => return None,
        };
        Some(Self { format, state: State::Start, skip: 0, held: Vec::new(), dimensions: None })
    }

    /// The width and the height, once they have arrived. Those of a WebP are always at its beginning, and are not looked for here.
    pub(crate) fn dimensions(&self) -> Option<(u32, u32)> {
        self.dimensions
    }

    /// Goes on through the next bytes.
    ///
    /// # Errors
    /// If the image has ended before them, or is not made as its type requires.
    pub(crate) fn feed(&mut self, mut bytes: &[u8]) -> Result<(), Wrong> {
        loop {
            let skipped = bytes.len().min(usize::try_from(self.skip).unwrap_or(usize::MAX));
            self.skip -= skipped as u64;
            bytes = &bytes[skipped..];
            if bytes.is_empty() {
                return Ok(());
            }
            if self.state == State::Scan {
                // Most of a photograph is here.
                let Some(place) = bytes.iter().position(|byte| *byte == 0xff) else { return Ok(()) };
                (self.state, bytes) = (State::Code, &bytes[place + 1..]);
                continue;
            }
            let missing = self.needed() - self.held.len();
            let (part, rest) = bytes.split_at(missing.min(bytes.len()));
            self.held.extend_from_slice(part);
            bytes = rest;
            if part.len() == missing {
                let held = std::mem::take(&mut self.held);
                self.step(&held)?;
                // The buffer is used again.
                self.held = held;
                self.held.clear();
            }
        }
    }

    /// How many bytes the state reads as a whole.
    fn needed(&self) -> usize {
        match (self.state, self.format) {
            (State::Start, Format::Png | Format::WebP) | (State::Chunk | State::Size, _) => 8,
            (State::Start, Format::Gif) => 13,
            (State::Frame, _) => 9,
            (State::Frames(_), _) => 5,
            (State::Start, Format::Jpeg) | (State::Segment(_), _) => 2,
            (State::Block | State::Piece | State::Scan | State::Code | State::End | State::Further, _) => 1,
        }
    }

    fn step(&mut self, held: &[u8]) -> Result<(), Wrong> {
        let two = |at: usize| u16::from_be_bytes([held[at], held[at + 1]]);
        let four = |at: usize| u32::from_be_bytes([held[at], held[at + 1], held[at + 2], held[at + 3]]);
        self.state = match self.state {
            State::Start => self.start(held),
            State::Chunk => {
                let (length, kind) = (u64::from(four(0)), &held[4..8]);
                // Longer ones do not exist (PNG specification, section 5.3).
                if length > i32::MAX as u64 {
                    return Err(Wrong::Malformed);
                }
                // A checksum of 4 bytes follows.
                self.skip = length + 4;
                match kind {
                    b"IEND" => State::End,
                    b"IHDR" if length != 13 => return Err(Wrong::Malformed),
                    b"IHDR" => {
                        self.skip = 0;
                        State::Size
                    }
                    _ => State::Chunk,
                }
            }
            State::Size => {
                self.dimensions.get_or_insert((four(0), four(4)));
                // The rest of the chunk, and its checksum
                self.skip = 5 + 4;
                State::Chunk
            }
            State::Block => match held[0] {
                b',' => State::Frame,
                // The label
                b'!' => self.skipping(1, State::Piece),
                b';' => State::End,
                _ => return Err(Wrong::Malformed),
            },
            // The size of the codes follows the color table.
            State::Frame => self.skipping(colors(held[8]) + 1, State::Piece),
            State::Piece if held[0] == 0 => State::Block,
            State::Piece => self.skipping(held[0].into(), State::Piece),
            State::Scan => State::Scan,
            State::Code => match held[0] {
                // Bytes of pixels that are 0xff are followed by 0. The others have no content.
                0 | 1 | 0xd0..=0xd8 => State::Scan,
                0xff => State::Code,
                0xd9 => State::End,
                code => State::Segment(matches!(code, 0xc0..=0xcf) && !matches!(code, 0xc4 | 0xc8 | 0xcc)),
            },
            State::Segment(has_size) => {
                let length = u64::from(two(0));
                match length.checked_sub(if has_size { 7 } else { 2 }) {
                    Some(rest) if has_size => State::Frames(rest),
                    Some(rest) => self.skipping(rest, State::Scan),
                    None => return Err(Wrong::Malformed),
                }
            }
            State::Frames(rest) => {
                self.dimensions.get_or_insert((two(3).into(), two(1).into()));
                self.skipping(rest, State::Scan)
            }
            // Some programs fill up the rest of a block.
            State::End if matches!(self.format, Format::Gif | Format::Jpeg) && held[0] == 0 => State::End,
            State::End if self.format == Format::Jpeg && held[0] == 0xff => State::Further,
            State::Further if held[0] == 0xd8 => State::Scan,
            State::End | State::Further => return Err(Wrong::Behind),
        };
        Ok(())
    }

    fn start(&mut self, held: &[u8]) -> State {
        match self.format {
            Format::Png => State::Chunk,
            Format::Jpeg => State::Scan,
            Format::Gif => {
                let two = |at: usize| u32::from(u16::from_le_bytes([held[at], held[at + 1]]));
                self.dimensions = Some((two(6), two(8)));
                self.skipping(colors(held[10]), State::Block)
            }
            Format::WebP => {
                let length = u64::from(u32::from_le_bytes([held[4], held[5], held[6], held[7]]));
                self.skipping(length + length % 2, State::End)
            }
        }
    }

    fn skipping(&mut self, bytes: u64, state: State) -> State {
        self.skip = bytes;
        state
    }
}

/// The bytes of a color table of a GIF.
fn colors(flags: u8) -> u64 {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] =
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\x02\0\0\0\x03\x08\x06\0\0\0crc!\0\0\0\x02tEXtabcrc!\0\0\0\0IENDcrc!";
    const GIF: &[u8] = b"GIF89a\x02\x01\x03\0\x80\0\0colors!\xfe\x03abc\0,\0\0\0\0\x02\x01\x03\0\x80colors\x02\x01a\0;";
    const JPEG: &[u8] = b"\xff\xd8\xff\xe1\0\x06ab\xff\xd9\xff\xff\xc2\0\x0a\x08\0\x03\x01\x02abc\xff\xda\0\x03apixels\xff\0more\xff\xd1\xff\xd9";
    const WEBP: &[u8] = b"RIFF\x07\0\0\0WEBPabc\0";

    /// Walks through content that arrives in pieces of each size.
    fn walked(content_type: &str, content: &[u8]) -> (Result<(), Wrong>, Option<(u32, u32)>) {
        let in_pieces = |size: usize| {
            let mut walk = Walk::new(content_type).expect("a known type");
            (content.chunks(size).try_for_each(|piece| walk.feed(piece)), walk.dimensions())
        };
        let all = in_pieces(1);
        for size in [2, 3, 7, content.len()] {
            assert_eq!(in_pieces(size), all, "{content_type} in pieces of {size}");
        }
        all
    }

    #[test]
    fn images_end_where_they_say() {
        for (content_type, content, dimensions) in [
            ("image/png", PNG, Some((258, 3))),
            ("image/gif", GIF, Some((258, 3))),
            ("image/jpeg", JPEG, Some((258, 3))),
            ("image/webp", WEBP, None),
        ] {
            assert_eq!(walked(content_type, content), (Ok(()), dimensions), "{content_type}");
            for behind in [b"PK\x03\x04".as_slice(), b"<script>", b"%PDF-1.7", b"\xff\xd9", b"\0a"] {
                let longer = [content, behind].concat();
                assert_eq!(
                    walked(content_type, &longer),
                    (Err(Wrong::Behind), dimensions),
                    "{content_type} {behind:?}"
                );
            }
            // One that is cut is damaged, and nothing else.
            for length in 1..content.len() {
                assert_eq!(walked(content_type, &content[..length]).0, Ok(()), "{content_type} {length}");
            }
        }
        // Cameras add images; other programs add zeros.
        assert_eq!(walked("image/jpeg", &[JPEG, JPEG, &[0; 9]].concat()), (Ok(()), Some((258, 3))));
        assert_eq!(walked("image/gif", &[GIF, &[0; 9]].concat()).0, Ok(()));
    }

    #[test]
    fn what_is_not_made_like_an_image_is_found() {
        for (content_type, content) in [
            ("image/gif", b"GIF89a\x02\0\x03\0\0\0\0<script>".as_slice()),
            ("image/png", b"\x89PNG\r\n\x1a\n\xff\0\0\rIHDR"),
            ("image/jpeg", b"\xff\xd8\xff\xe1\0\x01ab"),
            ("image/jpeg", b"\xff\xd8\xff\xc0\0\x03abc"),
        ] {
            assert_eq!(walked(content_type, content).0, Err(Wrong::Malformed), "{content_type}");
        }
        assert!(Walk::new("image/bmp").is_none());
    }
}
