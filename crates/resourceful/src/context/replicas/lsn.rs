//! A position in the write-ahead log of PostgreSQL.

/// A position in the write-ahead log (LSN). A replica that has replayed it has everything that was committed before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Lsn(u64);

/// What a replica must have to have a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    /// The end of the write in the log.
    pub(super) lsn: Lsn,
    /// The history of the server that wrote. A server that is promoted begins another with a higher number, and positions
    /// of different histories say nothing about each other.
    pub(super) timeline: u32,
}

#[cfg(feature = "redis")]
impl Position {
    /// A position that no server reaches, for a write whose position is not known.
    pub(super) const UNKNOWN: Self = Self { lsn: Lsn::UNKNOWN, timeline: 0 };
}

/// Pages of the log. Each begins with a header of 24 or 40 bytes.
const PAGE: u64 = 8192;
const LONGEST_HEADER: u64 = 40;

impl Lsn {
    /// Before everything.
    pub(super) const NONE: Self = Self(0);

    /// Behind everything.
    pub(super) const UNKNOWN: Self = Self(i64::MAX as u64);

    pub(super) const fn new(number: u64) -> Self {
        Self(number)
    }

    pub(super) const fn number(self) -> u64 {
        self.0
    }

    /// The position at which the last record of the primary ends.
    ///
    /// Where a record ends with its page, the primary says where the next record will begin, which is behind the header of
    /// the next page. A replica says where the last record has ended. Without other writes they would never be equal.
    /// Inside of a header no record ends that a replica could not have, so it is left out.
    pub(super) const fn of_last_record(self) -> Self {
        let beyond = self.0 % PAGE;
        if beyond <= LONGEST_HEADER { Self(self.0 - beyond) } else { self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_of_a_page_that_has_no_record_yet_is_left_out() {
        let cases =
            [(0, 0), (8_192, 8_192), (8_192 + 24, 8_192), (8_192 + 40, 8_192), (8_192 + 48, 8_240), (8_191, 8_191)];
        for (said, ends) in cases {
            assert_eq!(Lsn::new(said).of_last_record(), Lsn::new(ends), "{said}");
        }
    }
}
