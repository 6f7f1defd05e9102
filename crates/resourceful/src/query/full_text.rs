//! `q` as full-text search, which PostgreSQL has.
//!
//! The *document* of a row is the words of its search fields, in lower case; the first field has the greatest weight. A
//! word is a run of letters, digits and marks. All other characters separate words, so that `TCP/IP` is two words and not
//! a path, as PostgreSQL's parser reads it. Of the caller's words
//!
//! - each must be in the document, in whichever field and order;
//! - each matches the beginning of a word (`proj` finds "projects"), unless punctuation ends it: `c++` and `end.` are
//!   whole words, `proj*` means the same as `proj`;
//! - one that consists of several (`tcp/ip`, `3.14`) matches them in sequence only, the last again by its beginning;
//! - one without letters and digits (`&`, `€`, `😀`) is not a word of any document, and is searched as a substring, as by
//!   [`words`](super::words). No word is ignored.
//!
//! It does not depend on the locale of the database: case is folded by the ICU collation `und-x-icu`, which every usual
//! build of PostgreSQL has, also where the database has the locale C and knows only the letters of ASCII. Both sides are
//! folded and split into words by the same expression, and a caller's text is bound and never parsed as a `tsquery`. For
//! languages without spaces between words the substring search is the better choice.
//!
//! Tables store the document of all search fields in a generated column, which the index and the ranks use. Its name
//! contains a checksum of the document. Where the fields have changed, or the table is older than the column, the column
//! is missing, and the document is computed for each row. It is not used for callers who may not read all of the fields.
//!
//! Elsewhere (SQLite) full-text search is the substring search.

use sea_orm::DbBackend;
use sea_orm::sea_query::{Alias, BinOper, Condition, Expr, ExprTrait, Func, Query};

use super::sql::{constant, words as substrings};
use crate::resource::ResourceTable;
use crate::spec::{ResourceSpec, SearchSpec};

/// Whether `q` of this resource is answered by full-text search on this database, and its rows can be ranked.
pub fn applies(backend: DbBackend, spec: &ResourceSpec) -> bool {
    backend == DbBackend::Postgres && spec.search == SearchSpec::FullText
}

/// The condition that these fields hold all these words: by full-text search where the resource declares it and the
/// database has it, else as substrings, whatever their case.
pub fn search(
    backend: DbBackend,
    table: &'static ResourceTable,
    fields: &[usize],
    words: &[impl AsRef<str>],
) -> Condition {
    if applies(backend, table.spec) { matches(table, fields, words) } else { substrings(backend, table, fields, words) }
}

/// PostgreSQL's condition that the document of these fields has all these words. The index serves it when the fields
/// are all search fields of the resource, in their order.
pub fn matches(table: &'static ResourceTable, fields: &[usize], words: &[impl AsRef<str>]) -> Condition {
    let (known, others): (Vec<&str>, Vec<&str>) = words.iter().map(AsRef::as_ref).partition(|word| has_lexeme(word));
    let mut all = Condition::all().add_option(fields.is_empty().then(|| constant(false)));
    if let Some(query) = tsquery(&known)
        && !fields.is_empty()
    {
        all = all.add(document_of(table.spec, fields, None).binary(BinOper::Custom("@@"), query));
    }
    if others.is_empty() { all } else { all.add(substrings(DbBackend::Postgres, table, fields, &others)) }
}

/// The rank of the document of these fields for these words, as PostgreSQL's double precision: higher for more matches and
/// for fields of greater weight. Zero when there is nothing to rank by.
///
/// An index holds no ranks, so the documents of all matching rows are computed, wherever the page begins. To limit the cost
/// only the first thousand characters of each field count.
pub fn rank(table: &'static ResourceTable, fields: &[usize], words: &[impl AsRef<str>]) -> Expr {
    let known: Vec<&str> = words.iter().map(AsRef::as_ref).filter(|word| has_lexeme(word)).collect();
    let rank = match tsquery(&known) {
        Some(query) if !fields.is_empty() => {
            Func::cust("ts_rank").arg(document_of(table.spec, fields, Some(RANKED))).arg(query).into()
        }
        _ => Expr::cust("0"),
    };
    rank.cast_as(Alias::new("double precision"))
}

/// The same conditions for all search fields of a resource whose table stores their document.
pub fn matches_kept(table: &'static ResourceTable, words: &[impl AsRef<str>]) -> Condition {
    let Some(column) = kept(table.spec) else { return matches(table, &searchable(table.spec), words) };
    let (known, others): (Vec<&str>, Vec<&str>) = words.iter().map(AsRef::as_ref).partition(|word| has_lexeme(word));
    let found = tsquery(&known).map(|query| column.binary(BinOper::Custom("@@"), query));
    let all = Condition::all().add_option(found);
    let fields = searchable(table.spec);
    if others.is_empty() { all } else { all.add(substrings(DbBackend::Postgres, table, &fields, &others)) }
}

/// The same rank for all search fields of a resource whose table stores their document; the whole text of each field is used.
pub fn rank_kept(table: &'static ResourceTable, words: &[impl AsRef<str>]) -> Expr {
    let known: Vec<&str> = words.iter().map(AsRef::as_ref).filter(|word| has_lexeme(word)).collect();
    let rank = match (kept(table.spec), tsquery(&known)) {
        (Some(column), Some(query)) => {
            // Computed once, and not for each row.
            let mut once = Query::select();
            once.expr(query);
            Func::cust("ts_rank").arg(column).arg(Expr::SubQuery(None, Box::new(once.into()))).into()
        }
        _ => Expr::cust("0"),
    };
    rank.cast_as(Alias::new("double precision"))
}

/// The column that stores the document of all search fields, and its expression; `None` when the resource has no full-text
/// search.
pub fn kept_column(spec: &ResourceSpec) -> Option<(String, String)> {
    let document = indexed_document(spec)?;
    Some((format!("resourceful_search_{:016x}", checksum(&document)), document))
}

fn kept(spec: &ResourceSpec) -> Option<Expr> {
    let (column, _) = kept_column(spec)?;
    Some(Expr::col((Alias::new(spec.table), Alias::new(column))))
}

fn searchable(spec: &ResourceSpec) -> Vec<usize> {
    spec.searchable().map(|field| field.index).collect()
}

/// A checksum of a text (FNV-1a).
pub(crate) fn checksum(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The document of all search fields, as the index uses it; `None` when the resource has no full-text search.
pub fn indexed_document(spec: &ResourceSpec) -> Option<String> {
    let fields = searchable(spec);
    let is_wanted = spec.search == SearchSpec::FullText && !fields.is_empty();
    is_wanted.then(|| document(spec, &fields, None))
}

/// The characters of a field that its rank uses.
const RANKED: usize = 1_000;

/// The document as one immutable expression. The index is used for exactly this expression only, so it is written in this
/// place only. With `first`, where no index is needed, only so many characters of each field count.
fn document(spec: &ResourceSpec, fields: &[usize], first: Option<usize>) -> String {
    // A document of more than a megabyte is an error, also of the write that would index it. A character comes to four
    // bytes at most, its share of the list of words included.
    let share = 250_000 / fields.len().max(1);
    let part = |(place, &field): (usize, &usize)| {
        let weight = ["A", "B", "C"].get(place).unwrap_or(&"D");
        let column = format!("{}.{}", quoted(spec.table), quoted(spec.fields[field].column));
        let text = format!("coalesce({column}, '')");
        let text = folded(&first.map_or(text.clone(), |first| format!("left({text}, {first})")));
        format!("setweight(to_tsvector('simple', left({text}, {share})), '{weight}')")
    };
    fields.iter().enumerate().map(part).collect::<Vec<_>>().join(" || ")
}

fn document_of(spec: &ResourceSpec, fields: &[usize], first: Option<usize>) -> Expr {
    Expr::cust(format!("({})", document(spec, fields, first)))
}

/// The text in lower case, reduced to words and spaces. The two small sigmas are the same letter, because one of them is
/// only the form at the end of a word.
fn folded(text: &str) -> String {
    format!(
        "translate(regexp_replace(lower({text} COLLATE \"und-x-icu\"), '{SEPARATORS}', ' ', 'g'), '\u{3c2}', '\u{3c3}')"
    )
}

/// The characters that separate words: spaces, punctuation, and the symbols that count as letters where the database's locale is C. The
/// joiners U+200C and U+200D are inside words.
const SEPARATORS: &str = r"[[:space:][:cntrl:][:punct:]$+<=>^`|~\u00a2-\u00a9\u00ac\u00ae-\u00b1\u00b4\u00b8\u00d7\u00f7\u2000-\u200b\u200e-\u206f\u20a0-\u20cf\u2190-\u2bff\U0001f000-\U0001faff]+";

/// Whether the word has letters or digits that a document can have.
fn has_lexeme(word: &str) -> bool {
    let is_symbol =
        |c: char| matches!(c, '\u{2000}'..='\u{206f}' | '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}');
    word.chars().any(|c| (c.is_alphabetic() || c.is_ascii_digit()) && !is_symbol(c))
}

/// All words as one query; `None` when there are none.
fn tsquery(words: &[&str]) -> Option<Expr> {
    let as_query = |word: &&str| {
        // The database itself writes the words that it found, quoted; then `:*` is added after the last, which matches
        // its beginning. Without words the result is null, and no row matches null.
        let found = format!("nullif(phraseto_tsquery('simple', {})::text, '')", folded("$1"));
        let is_whole = word.ends_with(|c: char| c.is_ascii_punctuation() && c != '*');
        let mark = if is_whole { "" } else { " || ':*'" };
        Expr::cust_with_expr(format!("({found}{mark})::tsquery"), Expr::val(*word))
    };
    words.iter().map(as_query).reduce(|all, word| all.binary(BinOper::Custom("&&"), word))
}

/// A name in double quotes, as both databases read it.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_with_letters_or_digits_are_words() {
        for word in ["a", "7", "c++", "ß", "й", "字", "में", "e\u{301}", "€20"] {
            assert!(has_lexeme(word), "{word}");
        }
        for word in ["", "&", "€", "...", "😀", "→", "Ⓐ", "\u{200b}", "\u{301}"] {
            assert!(!has_lexeme(word), "{word}");
        }
    }
}
