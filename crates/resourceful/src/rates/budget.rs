//! The arithmetic of a budget (the generic cell rate algorithm). All times are in microseconds.
//!
//! A budget is one number: the time at which it is full again. Each request moves it by one [`step`](Rate::step); a request
//! that would move it further ahead of now than `step * requests` is refused.

use super::rate::Rate;

/// How far ahead of now the time of a rate can be.
pub(super) const fn limit(rate: Rate) -> u64 {
    rate.step() * rate.requests() as u64
}

/// How far ahead of now the time is after one more request. A stored time that no request can have made, also one of
/// another rate, counts as a full budget.
pub(super) const fn ahead_after(rate: Rate, stored: u64, now: u64) -> u64 {
    let is_usable = stored > now && stored - now <= limit(rate);
    (if is_usable { stored - now } else { 0 }) + rate.step()
}

/// How many requests are left, when the time is this far ahead.
pub(super) const fn remaining(rate: Rate, ahead: u64) -> u32 {
    // The result is at most the number of requests of the rate.
    (limit(rate).saturating_sub(ahead) / rate.step()) as u32
}

/// After how many seconds one more request is left than now.
pub(super) const fn seconds_until_more(rate: Rate, ahead: u64) -> u64 {
    let enough = limit(rate).saturating_sub((remaining(rate, ahead) as u64 + 1) * rate.step());
    ahead.saturating_sub(enough).div_ceil(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A caller who sends at these times, and what becomes of each request.
    fn sent(rate: &str, times: &[u64]) -> Vec<(bool, u32, u64)> {
        let rate: Rate = rate.parse().expect("a rate");
        let mut stored = 0;
        let send = |now: &u64| {
            let ahead = ahead_after(rate, stored, *now);
            let is_allowed = ahead <= limit(rate);
            let ahead = if is_allowed { ahead } else { ahead - rate.step() };
            if is_allowed {
                stored = now + ahead;
            }
            (is_allowed, remaining(rate, ahead), seconds_until_more(rate, ahead))
        };
        times.iter().map(send).collect()
    }

    #[test]
    fn a_budget_is_used_up_and_refills_steadily() {
        const S: u64 = 1_000_000;
        for (rate, times, expected) in [
            // All at once, and then one after each step
            (
                "3/minute",
                &[S, S, S, S, 20 * S, 21 * S, 22 * S, 41 * S][..],
                &[
                    (true, 2, 20),
                    (true, 1, 20),
                    (true, 0, 20),
                    (false, 0, 20),
                    (false, 0, 1),
                    (true, 0, 20),
                    (false, 0, 19),
                    (true, 0, 20),
                ][..],
            ),
            // Full again after the whole time
            (
                "2/second",
                &[S, S, S, 2 * S, 2 * S, 2 * S],
                &[(true, 1, 1), (true, 0, 1), (false, 0, 1), (true, 1, 1), (true, 0, 1), (false, 0, 1)],
            ),
            // A step that is no whole number of microseconds
            (
                "7/second",
                &[S; 8],
                &[
                    (true, 6, 1),
                    (true, 5, 1),
                    (true, 4, 1),
                    (true, 3, 1),
                    (true, 2, 1),
                    (true, 1, 1),
                    (true, 0, 1),
                    (false, 0, 1),
                ],
            ),
            // A clock that goes back
            ("1/second", &[5 * S, 4 * S, 6 * S], &[(true, 0, 1), (true, 0, 1), (true, 0, 1)]),
        ] {
            assert_eq!(sent(rate, times), expected, "{rate}");
        }
    }

    #[test]
    fn what_no_request_can_have_stored_is_a_full_budget() {
        let rate: Rate = "10/second".parse().expect("a rate");
        for (stored, now) in [(0, 5), (5, 5), (u64::MAX, 5), (1_000_006, 5), (0, u64::MAX / 2)] {
            assert_eq!(ahead_after(rate, stored, now), rate.step(), "{stored} at {now}");
        }
        assert_eq!(ahead_after(rate, 1_000_005, 5), 1_100_000, "it is used up");
    }
}
