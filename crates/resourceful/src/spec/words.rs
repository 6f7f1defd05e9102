//! Names as separate words, for sentences.

/// A name as words: `TimeEntry`, `timeEntry`, `time_entry` and `time-entry` are `time entry`.
pub fn words(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let mut before_lower = false;
    for letter in name.chars() {
        if matches!(letter, '_' | '-') {
            out.push(' ');
        } else if letter.is_uppercase() {
            if before_lower {
                out.push(' ');
            }
            out.extend(letter.to_lowercase());
        } else {
            out.push(letter);
        }
        before_lower = letter.is_lowercase() || letter.is_ascii_digit();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn names_become_words() {
        for name in ["TimeEntry", "timeEntry", "time_entry", "time-entry"] {
            assert_eq!(words(name), "time entry", "{name}");
        }
        assert_eq!(words("HTTPServer2Log"), "httpserver2 log");
    }
}
