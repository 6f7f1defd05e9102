//! The query string of GET.

use super::ast::{Filter, ListQuery, Selection, Start};
use super::errors::{self, QueryError, QueryErrors, Rejected};
use super::filter::{self, Reader};
use super::viewer::Viewer;
use super::{paging, select, url};
use crate::error::{Result, catalogue};
use crate::rules;
use crate::spec::RelationSpec;

const LIST: &[&str] = &["page", "size", "after", "sort", "q", "count", "include", "fields"];
const COUNT: &[&str] = &["q"];
const ROW: &[&str] = &["include", "fields"];

/// Reads the query string of a list.
///
/// # Errors
/// 400 with every error; the slug is that of the first: encoding before duplicates, and then in the caller's order.
/// 403 for what this caller may not see, which takes precedence over errors.
pub fn parse_list(viewer: &Viewer<'_>, raw: &str) -> Result<ListQuery> {
    read(viewer, raw, LIST)
}

/// Reads the query string of a count, which takes filters and `q`: paging and order would change nothing.
///
/// # Errors
/// As [`parse_list`].
pub fn parse_count(viewer: &Viewer<'_>, raw: &str) -> Result<ListQuery> {
    read(viewer, raw, COUNT)
}

/// Reads the query string of an operation that shows one row.
///
/// # Errors
/// As [`parse_list`].
pub fn parse_row(viewer: &Viewer<'_>, raw: &str) -> Result<Selection> {
    let mut errors = QueryErrors::default();
    let mut selection = Selection::default();
    for (name, value) in url::pairs(raw, &mut errors) {
        let outcome = match name.as_str() {
            "include" => select::include(viewer, value.split(',')).map(|include| selection.include = include),
            "fields" => select::fields(viewer, value.split(',')).map(|fields| selection.fields = Some(fields)),
            other => {
                let message = rules::unknown("parameter", other, ROW);
                Err(QueryError::new(&catalogue::UNKNOWN_PARAMETER, message).into())
            }
        };
        if let Err(rejected) = outcome {
            errors.reject_parameter(&name, rejected);
        }
    }
    errors.or(selection)
}

/// Reads the query string of an operation that has no parameters.
///
/// # Errors
/// 400 naming each parameter.
pub fn parse_none(raw: &str) -> Result<()> {
    let mut errors = QueryErrors::default();
    for (name, _) in url::pairs(raw, &mut errors) {
        errors.parameter(&name, QueryError::new(&catalogue::UNKNOWN_PARAMETER, "this operation takes no parameters"));
    }
    errors.or(())
}

/// Reads parameters that have these names; `None` for any name. None may be repeated.
///
/// # Errors
/// 400 with every error.
pub fn parse_named(raw: &str, names: Option<&[&str]>) -> Result<Vec<(String, String)>> {
    let mut errors = QueryErrors::default();
    let pairs = url::pairs(raw, &mut errors);
    for (name, _) in &pairs {
        if let Some(names) = names.filter(|names| !names.contains(&name.as_str())) {
            let message = rules::unknown("parameter", name, names);
            errors.parameter(name, QueryError::new(&catalogue::UNKNOWN_PARAMETER, message));
        }
    }
    errors.or(pairs)
}

/// Reads parameters of any names, which may be repeated.
///
/// # Errors
/// 400 when one is not text.
pub fn parse_any(raw: &str) -> Result<Vec<(String, String)>> {
    let mut errors = QueryErrors::default();
    let parts = raw.split('&').flat_map(|part| url::pairs(part, &mut errors)).collect();
    errors.or(parts)
}

fn read(viewer: &Viewer<'_>, raw: &str, known: &[&'static str]) -> Result<ListQuery> {
    let spec = viewer.spec();
    let mut errors = QueryErrors::default();
    let mut query = ListQuery::by(viewer);
    let mut reader = Reader::default();
    let mut tests = Vec::new();
    let mut paged = false;
    for (name, value) in url::pairs(raw, &mut errors) {
        if errors.is_full() {
            break;
        }
        let word = name.as_str();
        let outcome: Result<(), Rejected> = match word {
            _ if !known.contains(&word) => {
                read_filter(viewer, &mut reader, &name, &value, known).map(|test| tests.push(test))
            }
            "page" | "after" if std::mem::replace(&mut paged, true) => Err(paging::page_and_after().into()),
            "page" => {
                let page = paging::page(spec, paging::digits(&value));
                page.map(|page| query.start = Start::Page(page)).map_err(Rejected::from)
            }
            "after" => paging::after(&value).map(|after| query.start = after).map_err(Rejected::from),
            "size" => paging::size(spec, paging::digits(&value)).map(|size| query.size = size).map_err(Rejected::from),
            "sort" => read_sort(viewer, &mut query, &value),
            "q" => paging::words(viewer, &value).map(|words| query.words = words).map_err(Rejected::from),
            "include" => select::include(viewer, value.split(',')).map(|include| query.selection.include = include),
            "fields" => select::fields(viewer, value.split(',')).map(|fields| query.selection.fields = Some(fields)),
            _ => paging::count(&value).map(|count| query.count = count).map_err(Rejected::from),
        };
        if let Err(rejected) = outcome {
            errors.reject_parameter(&name, rejected);
        }
    }
    query.filter = Filter::all(filter::joined(tests));
    errors.or(query)
}

fn read_sort(viewer: &Viewer<'_>, query: &mut ListQuery, value: &str) -> Result<(), Rejected> {
    paging::check_sort_length(value.split(',').count())?;
    query.sort.clear();
    query.is_sorted = true;
    errors::all(value.split(',').map(|key| paging::add_sort_key(viewer, &mut query.sort, key)))
}

/// Reads `name=value` or `name[op]=value`, where the name may be `relation.name`.
fn read_filter(
    viewer: &Viewer<'_>,
    reader: &mut Reader,
    name: &str,
    value: &str,
    known: &[&'static str],
) -> Result<(Vec<&'static RelationSpec>, Filter), Rejected> {
    let (field, op) = match name.split_once('[') {
        // Without its closing bracket an operator is not an operator.
        Some((field, op)) => (field, op.strip_suffix(']').unwrap_or_default()),
        None => (name, "eq"),
    };
    let bare = !name.contains(['[', '.']);
    if bare && !filter::is_known(viewer, field) {
        let allowed: Vec<&str> = known.iter().copied().chain(filter::allowed(viewer)).collect();
        return Err(QueryError::new(&catalogue::UNKNOWN_PARAMETER, rules::unknown("parameter", name, &allowed)).into());
    }
    let named = filter::named(viewer, field)?;
    let op = filter::op(named.field(), op)?;
    let filter = reader.text(&named, op, value)?;
    Ok((named.relations, filter))
}
