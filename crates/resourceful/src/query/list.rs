//! The query string of GET.

use super::ast::{Filter, ListQuery};
use super::filter::Reader;
use super::mistakes::{Mistake, Mistakes};
use super::{paging, url};
use crate::error::{Result, catalogue};
use crate::rules;
use crate::spec::ResourceSpec;

// `after`, `fields` and `include` are names to come; each will be one more arm of the match below.
const LIST: &[&str] = &["page", "size", "sort", "q", "count"];
const COUNT: &[&str] = &["q"];

/// Reads the query string of a list.
///
/// # Errors
/// 400 with every mistake; the slug is that of the first: encoding before duplicates, and then in the caller's order.
pub fn parse_list(spec: &'static ResourceSpec, raw: &str) -> Result<ListQuery> {
    read(spec, raw, LIST)
}

/// Reads the query string of a count, which takes filters and `q`: paging and order would change nothing.
///
/// # Errors
/// As [`parse_list`].
pub fn parse_count(spec: &'static ResourceSpec, raw: &str) -> Result<ListQuery> {
    read(spec, raw, COUNT)
}

/// Reads the query string of an operation that has no parameters.
///
/// # Errors
/// 400 naming each parameter.
pub fn parse_none(raw: &str) -> Result<()> {
    let mut mistakes = Mistakes::default();
    for (name, _) in url::pairs(raw, &mut mistakes) {
        mistakes.parameter(&name, Mistake::new(&catalogue::UNKNOWN_PARAMETER, "this operation takes no parameters"));
    }
    mistakes.or(())
}

fn read(spec: &'static ResourceSpec, raw: &str, known: &[&'static str]) -> Result<ListQuery> {
    let mut mistakes = Mistakes::default();
    let mut query = ListQuery::new(spec);
    let mut reader = Reader::new(spec);
    let mut filters = Vec::new();
    for (name, value) in url::pairs(raw, &mut mistakes) {
        if mistakes.is_full() {
            break;
        }
        let word = name.as_str();
        let outcome = match word {
            _ if !known.contains(&word) => read_filter(&mut reader, &mut filters, &name, &value, known),
            "page" => paging::page(spec, paging::digits(&value)).map(|page| query.page = page),
            "size" => paging::size(spec, paging::digits(&value)).map(|size| query.size = size),
            "sort" => read_sort(spec, &mut query, &value),
            "q" => paging::words(spec, &value).map(|words| query.words = words),
            _ => paging::count(&value).map(|count| query.count = count),
        };
        if let Err(mistake) = outcome {
            mistakes.parameter(&name, mistake);
        }
    }
    query.filter = Filter::all(filters);
    mistakes.or(query)
}

fn read_sort(spec: &ResourceSpec, query: &mut ListQuery, value: &str) -> Result<(), Mistake> {
    paging::check_sort_length(value.split(',').count())?;
    query.sort.clear();
    value.split(',').try_for_each(|key| paging::add_sort_key(spec, &mut query.sort, key))
}

/// Reads `name=value` or `name[op]=value`.
fn read_filter(
    reader: &mut Reader,
    filters: &mut Vec<Filter>,
    name: &str,
    value: &str,
    known: &[&'static str],
) -> Result<(), Mistake> {
    let (field, op) = match name.split_once('[') {
        // Without its closing bracket an operator is no operator, whatever it says.
        Some((field, op)) => (field, op.strip_suffix(']').unwrap_or_default()),
        None => (name, "eq"),
    };
    let bare = !name.contains(['[', '.']);
    if bare && !reader.is_known(field) {
        let allowed: Vec<&str> = known.iter().copied().chain(reader.allowed()).collect();
        return Err(Mistake::new(&catalogue::UNKNOWN_PARAMETER, rules::unknown("parameter", name, &allowed)));
    }
    let index = reader.field(field)?;
    let op = reader.op(index, op)?;
    filters.push(reader.text(index, op, value)?);
    Ok(())
}
