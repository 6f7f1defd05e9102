//! Messages about unknown words.

/// The candidate that a misspelled word most likely means, if any is similar enough.
pub fn nearest<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let word = word.to_lowercase();
    candidates
        .iter()
        .map(|&candidate| (strsim::damerau_levenshtein(&word, &candidate.to_lowercase()), candidate))
        .min()
        .filter(|(distance, candidate)| *distance * 3 <= candidate.chars().count().max(3))
        .map(|(_, candidate)| candidate)
}

/// The message about an unknown word, with a suggestion and the allowed words.
pub fn unknown(what: &str, word: &str, allowed: &[&str]) -> String {
    let short: String = word.chars().take(64).collect();
    let mut sentence = format!("unknown {what} `{}`", short.escape_debug());
    // A long word is hardly a typing error, and comparing it costs time.
    if word.len() <= 64
        && let Some(nearest) = nearest(word, allowed)
    {
        sentence.push_str(&format!("; did you mean `{nearest}`?"));
    }
    match allowed {
        [] => sentence.push_str("; none is allowed here"),
        _ => sentence.push_str(&format!("; allowed: {}", allowed.join(", "))),
    }
    sentence
}
