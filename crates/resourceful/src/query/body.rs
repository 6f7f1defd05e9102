//! The body of POST `/search`: the same query as on GET, with JSON for values and with `and`, `or` and `not`.

use serde_json::{Map, Value as JsonValue};

use super::ast::{Filter, ListQuery, Op};
use super::filter::Reader;
use super::mistakes::{Mistake, Mistakes, shorten};
use super::{limits, paging};
use crate::error::{Error, FieldError, Problem, Result, catalogue};
use crate::rules;
use crate::spec::ResourceSpec;

// `after`, `fields` and `include` are names to come, as on GET.
const MEMBERS: &[&str] = &["filter", "q", "sort", "page", "size", "count"];

/// Reads a search body.
///
/// # Errors
/// 400 with every mistake and the slugs of GET; 422 when the body is not an object.
pub fn parse_search(spec: &'static ResourceSpec, body: &JsonValue) -> Result<ListQuery> {
    let Some(members) = body.as_object() else {
        return Err(Error::validation(vec![FieldError::at("", "type", "must be an object")]));
    };
    let mut mistakes = Mistakes::default();
    let mut query = ListQuery::new(spec);
    for (name, value) in members {
        if mistakes.is_full() {
            break;
        }
        let outcome = match name.as_str() {
            "filter" => {
                let mut groups = Groups { reader: Reader::new(spec), mistakes: &mut mistakes };
                query.filter = groups.object("/filter", value, 0);
                continue;
            }
            "sort" => {
                read_sort(spec, &mut query, value, &mut mistakes);
                continue;
            }
            "q" => text(value, &catalogue::INVALID_SEARCH)
                .and_then(|text| paging::words(spec, text))
                .map(|words| query.words = words),
            "page" => paging::page(spec, value.as_u64()).map(|page| query.page = page),
            "size" => paging::size(spec, value.as_u64()).map(|size| query.size = size),
            "count" => text(value, &catalogue::INVALID_COUNT).and_then(paging::count).map(|count| query.count = count),
            _ => Err(Mistake::new(&catalogue::UNKNOWN_PARAMETER, rules::unknown("member", name, MEMBERS))),
        };
        if let Err(mistake) = outcome {
            mistakes.at(&member("", name), mistake);
        }
    }
    mistakes.or(query)
}

fn text<'a>(value: &'a JsonValue, problem: &'static Problem) -> Result<&'a str, Mistake> {
    value.as_str().ok_or_else(|| Mistake::new(problem, "must be a string"))
}

fn read_sort(spec: &ResourceSpec, query: &mut ListQuery, value: &JsonValue, mistakes: &mut Mistakes) {
    let Some(keys) = value.as_array() else {
        mistakes.at("/sort", Mistake::new(&catalogue::INVALID_SORT, "must be an array of strings"));
        return;
    };
    if let Err(mistake) = paging::check_sort_length(keys.len()) {
        mistakes.at("/sort", mistake);
        return;
    }
    query.sort.clear();
    for (at, key) in keys.iter().enumerate() {
        let outcome =
            text(key, &catalogue::INVALID_SORT).and_then(|key| paging::add_sort_key(spec, &mut query.sort, key));
        if let Err(mistake) = outcome {
            mistakes.at(&format!("/sort/{at}"), mistake);
        }
    }
}

struct Groups<'a> {
    reader: Reader,
    mistakes: &'a mut Mistakes,
}

impl Groups<'_> {
    /// An object of filters, all of which must hold.
    fn object(&mut self, pointer: &str, value: &JsonValue, depth: usize) -> Option<Filter> {
        let Some(members) = value.as_object() else {
            self.invalid(pointer, "must be an object of filters");
            return None;
        };
        // Groups without filters would cost the database more than they cost the caller.
        if members.is_empty() && depth > 0 {
            self.invalid(pointer, "must hold a filter");
        }
        let mut filters = Vec::with_capacity(members.len());
        for (name, value) in members {
            if self.mistakes.is_full() {
                break;
            }
            let pointer = member(pointer, name);
            match name.as_str() {
                "and" | "or" | "not" if depth == limits::DEPTH => {
                    self.invalid(&pointer, &format!("is too deep: at most {} levels", limits::DEPTH));
                }
                "and" => filters.push(Filter::And(self.array(&pointer, value, depth + 1))),
                "or" => filters.push(Filter::Or(self.array(&pointer, value, depth + 1))),
                "not" => {
                    let inner = self.object(&pointer, value, depth + 1).unwrap_or(Filter::And(Vec::new()));
                    filters.push(Filter::Not(Box::new(inner)));
                }
                _ => self.field(&pointer, name, value, &mut filters),
            }
        }
        Filter::all(filters)
    }

    fn array(&mut self, pointer: &str, value: &JsonValue, depth: usize) -> Vec<Filter> {
        let items = match value.as_array() {
            Some(items) if (1..=limits::FILTERS).contains(&items.len()) => items,
            _ => {
                self.invalid(pointer, &format!("must be an array of 1 to {} objects of filters", limits::FILTERS));
                return Vec::new();
            }
        };
        let objects = items
            .iter()
            .enumerate()
            .map(|(at, item)| self.object(&format!("{pointer}/{at}"), item, depth).unwrap_or(Filter::And(Vec::new())));
        objects.collect()
    }

    /// `"name": value`, or `"name": {"op": value}`.
    fn field(&mut self, pointer: &str, name: &str, value: &JsonValue, filters: &mut Vec<Filter>) {
        let index = match self.reader.field(name) {
            Ok(index) => index,
            Err(mistake) => return self.mistakes.at(pointer, mistake),
        };
        match value {
            JsonValue::Object(tests) if tests.is_empty() => self.invalid(pointer, "must name an operator"),
            JsonValue::Object(tests) => self.tests(pointer, index, tests, filters),
            value => match self.reader.json(index, Op::Eq, value) {
                Ok(filter) => filters.push(filter),
                Err(mistake) => self.mistakes.at(pointer, mistake),
            },
        }
    }

    fn tests(&mut self, pointer: &str, index: usize, tests: &Map<String, JsonValue>, filters: &mut Vec<Filter>) {
        for (word, value) in tests {
            if self.mistakes.is_full() {
                return;
            }
            match self.reader.op(index, word).and_then(|op| self.reader.json(index, op, value)) {
                Ok(filter) => filters.push(filter),
                Err(mistake) => self.mistakes.at(&member(pointer, word), mistake),
            }
        }
    }

    fn invalid(&mut self, pointer: &str, message: &str) {
        self.mistakes.at(pointer, Mistake::new(&catalogue::INVALID_FILTER, message));
    }
}

/// The JSON pointer to a member (RFC 6901 section 3).
fn member(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", shorten(name).replace('~', "~0").replace('/', "~1"))
}
