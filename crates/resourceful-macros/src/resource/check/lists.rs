//! How lists are paged, sorted and searched.

use super::draft::{Draft, field_names};
use super::spelling::Kind;
use crate::attributes::Keys;
use crate::errors::{self, Errors};
use crate::grammar::{PageOption, Search, StructKey, Word};
use crate::resource::model::{PageSizes, Role, SortField};

/// The sizes of a page.
pub(super) fn check_page(keys: &Keys<StructKey>, errors: &mut Errors) -> PageSizes {
    let (mut default, mut max) = (None, None);
    for (name, number) in keys.numbers(StructKey::Page).unwrap_or(&[]) {
        let slot = match PageOption::find(&name.to_string()) {
            Some(PageOption::Default) => &mut default,
            Some(PageOption::Max) => &mut max,
            None => {
                errors.on(name, errors::unknown("option {} of `page`", &name.to_string(), &PageOption::names()));
                continue;
            }
        };
        if slot.is_some() {
            errors.on(name, format!("`{name}` is given twice in `page`; remove one of the two"));
        }
        match number.base10_parse::<u32>() {
            Ok(rows) if rows > 0 => *slot = Some((rows, number)),
            _ => errors.on(number, "a page cannot have this many rows\nallowed: 1 to 4294967295"),
        }
    }
    let (rows, most) = (default.map_or(20, |(rows, _)| rows), max.map_or(100, |(rows, _)| rows));
    if rows > most {
        let at = default.or(max).map(|(_, number)| number);
        errors.on(
            at,
            format!("the default page size {rows} is larger than the maximum {most}; lower `default`, or raise `max`"),
        );
    }
    PageSizes { default: rows, max: most }
}

/// The default order.
pub(super) fn check_sort(
    keys: &Keys<StructKey>,
    drafts: &[Draft],
    id: Option<usize>,
    errors: &mut Errors,
) -> Vec<SortField> {
    let Some(text) = keys.text(StructKey::Sort) else {
        let created = drafts.iter().find(|draft| draft.field.role == Role::CreatedAt);
        let by = created.or(id.map(|id| &drafts[id]));
        let sort = |draft: &Draft| SortField {
            name: draft.name().to_owned(),
            descending: draft.field.role == Role::CreatedAt,
        };
        return by.map(sort).into_iter().collect();
    };
    let mut order: Vec<SortField> = Vec::new();
    for part in text.value().split(',') {
        let part = part.trim();
        let name = part.strip_prefix('-').unwrap_or(part);
        match drafts.iter().find(|draft| draft.name() == name) {
            None => errors.on(text, errors::unknown("field {} in `sort`", name, &field_names(drafts))),
            Some(_) if order.iter().any(|sorted| sorted.name == name) => {
                errors.on(text, format!("`{name}` is given twice in `sort`; remove one of the two"));
            }
            Some(draft) if draft.spelled.is_incomparable() => {
                errors.on(
                    text,
                    match draft.kind() {
                        Some(Kind::File) => {
                            format!("`{name}` cannot be sorted by: it is a file, which has no order; remove it")
                        }
                        _ => {
                            format!("`{name}` cannot be sorted by: it is JSON or bytes, which have no order; remove it")
                        }
                    },
                );
            }
            Some(_) => order.push(SortField { name: name.to_owned(), descending: part.starts_with('-') }),
        }
    }
    order
}

/// How `q` searches.
pub(super) fn check_search(keys: &Keys<StructKey>, drafts: &[Draft], errors: &mut Errors) -> Search {
    let (Some(word), Some(text)) = (keys.word(StructKey::Search), keys.text(StructKey::Search)) else {
        return Search::Substring;
    };
    if !drafts.iter().any(|draft| draft.field.search) {
        errors.on(word, "`search` has no effect: no field has `search`; add `search` to a field, or remove it here");
    }
    Search::find(&text.value()).unwrap_or_else(|| {
        errors.on(text, errors::unknown("search mode {}", &text.value(), &Search::names()));
        Search::Substring
    })
}
