//! Numbers of JSON, digit by digit: which of them are kept exactly.
//!
//! JSON has one kind of number and no limits. A document is parsed into 64-bit integers and doubles, so a number that
//! neither can hold would be stored as another one; it is found here, in the text, before it is rounded.

/// The number of significant digits that identify any double exactly (IEEE 754).
pub(crate) const MOST_DIGITS: usize = 17;

/// Whether a number, as it is spelled in JSON, is kept: an integer of 64 bits, or a decimal of at most 17 significant
/// digits that a double holds with all of them.
pub(crate) fn is_kept(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    if unsigned.len() <= 15 && unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return true;
    }
    let Parts { digits, magnitude } = Parts::of(unsigned);
    if digits.len() > MOST_DIGITS {
        return text.parse::<i64>().is_ok() || text.parse::<u64>().is_ok();
    }
    // Doubles lose digits below 2.2e-308. No reader of doubles accepts those above 1.8e308.
    if digits.is_empty() || magnitude > -307 {
        return true;
    }
    let Ok(number) = unsigned.parse::<f64>() else { return false };
    number != 0.0 && Parts::of(&format!("{number:.*e}", digits.len() - 1)).digits == digits
}

/// Whether a number is spelled with a digit other than 0 and is still too small for a double.
pub(crate) fn vanishes(text: &str) -> bool {
    text.parse() == Ok(0.0) && !Parts::of(text.strip_prefix('-').unwrap_or(text)).digits.is_empty()
}

/// A number without its sign.
struct Parts {
    /// The significant digits, without zeros at either end.
    digits: Vec<u8>,
    /// The power of ten of the first of them.
    magnitude: i64,
}

impl Parts {
    fn of(text: &str) -> Self {
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = || whole.bytes().chain(fraction.bytes());
        let zeros = all().take_while(|&byte| byte == b'0').count();
        let mut digits: Vec<u8> = all().skip(zeros).collect();
        while digits.last() == Some(&b'0') {
            digits.pop();
        }
        // An exponent beyond i64 is one beyond every double.
        let digits_of = exponent.strip_prefix('+').unwrap_or(exponent);
        let limit = if digits_of.starts_with('-') { i64::MIN / 2 } else { i64::MAX / 2 };
        let exponent = digits_of.parse().unwrap_or(limit).clamp(i64::MIN / 2, i64::MAX / 2);
        Self { digits, magnitude: exponent + whole.len() as i64 - 1 - zeros as i64 }
    }
}

/// A double in plain digits with a decimal point: a database that keeps numbers as decimals, as PostgreSQL's jsonb does,
/// then keeps it as a number with a fraction and not as an integer.
pub(crate) fn plain(number: f64) -> String {
    let mut text = format!("{number}");
    if !text.contains('.') {
        text.push_str(".0");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept() {
        let kept = [
            "0",
            "-0",
            "-0.0",
            "0e0",
            "0.000",
            "1E5",
            "1e+5",
            "1.0",
            "-9223372036854775808",
            "9223372036854775807",
            "18446744073709551615",
            "100000000000000000000",
            "1e300",
            "1.7976931348623157e308",
            "17976931348623157000000",
            "117.63331139400017",
            "0.10000000000000001",
            "1.50000000000000000000000000",
            "2.2250738585072014e-308",
            "5e-324",
            "4.9406564584124654e-324",
        ];
        for text in kept {
            assert!(is_kept(text), "{text}");
        }
        let lost = [
            "18446744073709551616",
            "-9223372036854775809",
            "123456789012345678901234567890",
            "0.1234567890123456789012345",
            "1.00000000000000000001",
            "100000000000000000001",
            "12345678901234567.8e5",
            "1e-400",
            "-1e-99999999999999999999",
            "3e-324",
            "1.23456789e-320",
        ];
        for text in lost {
            assert!(!is_kept(text), "{text}");
        }
    }

    #[test]
    fn what_vanishes() {
        for (text, vanished) in
            [("1e-400", true), ("-1E-9999", true), ("0", false), ("0.0e-9999", false), ("5e-324", false)]
        {
            assert_eq!(vanishes(text), vanished, "{text}");
        }
    }

    #[test]
    fn plain_digits_are_the_same_double() {
        for number in [0.1, 1.0, 1e16, -1e300, f64::MAX, 5e-324, f64::MIN_POSITIVE, 123456.789] {
            let text = plain(number);
            assert!(text.contains('.') && !text.contains('e'), "{text}");
            assert_eq!(text.parse::<f64>().map(f64::to_bits), Ok(number.to_bits()));
        }
    }
}
