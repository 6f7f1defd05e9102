//! Characters that differ in case only.

use std::collections::HashMap;
use std::sync::LazyLock;

/// All characters with a case mapping are below this.
const END: u32 = 0x2_0000;

/// The characters that differ from this one only in case, including itself; `None` when there are no others.
pub(super) fn variants(character: char) -> Option<&'static [char]> {
    static TABLE: LazyLock<HashMap<char, Vec<char>>> = LazyLock::new(table);
    static GROUPS: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
        TABLE.iter().flat_map(|(&folded, group)| group.iter().map(move |&member| (member, folded))).collect()
    });
    GROUPS.get(&character).and_then(|folded| TABLE.get(folded)).map(Vec::as_slice)
}

/// Groups of more than one, by what their characters fold to.
fn table() -> HashMap<char, Vec<char>> {
    let mut groups: HashMap<char, Vec<char>> = HashMap::new();
    for character in (0..END).filter_map(char::from_u32) {
        groups.entry(fold(character)).or_default().push(character);
    }
    groups.retain(|_, group| group.len() > 1);
    groups
}

/// Upper case first, because several small letters can have the same capital: σ and ς are both Σ. Where a mapping gives
/// several characters (ß to SS) there is no single one to compare with, and the character stays as it is.
fn fold(character: char) -> char {
    match character {
        // The dotless i: its capital is I, but it is not the same letter as i. Unicode folds it to itself.
        'ı' => 'ı',
        // Pairs of characters whose capitals are several characters: Unicode says which one both fold to.
        '\u{1fd3}' => '\u{390}',
        '\u{1fe3}' => '\u{3b0}',
        '\u{fb05}' => '\u{fb06}',
        _ => lower(upper(character)),
    }
}

fn upper(character: char) -> char {
    single(character.to_uppercase()).unwrap_or(character)
}

fn lower(character: char) -> char {
    single(character.to_lowercase()).unwrap_or(character)
}

fn single(mut mapped: impl Iterator<Item = char>) -> Option<char> {
    let first = mapped.next()?;
    mapped.next().is_none().then_some(first)
}
