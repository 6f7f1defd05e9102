//! The body of POST `/search`: the same query as on GET, with JSON for values and with `and`, `or` and `not`.

use serde_json::{Map, Value as JsonValue};

use super::ast::{Filter, ListQuery, Op, Start};
use super::errors::{QueryError, QueryErrors, Rejected};
use super::filter::{self, Named, Reader, Tests};
use super::viewer::Viewer;
use super::{limits, paging, select};
use crate::error::{Error, FieldError, Problem, Result, catalogue, codes};
use crate::json::pointer::member;
use crate::rules;
use crate::spec::RelationSpec;

const MEMBERS: &[&str] = &["filter", "q", "sort", "page", "size", "after", "include", "fields", "count"];

/// Reads a search body.
///
/// # Errors
/// 400 with every error and the slugs of GET; 403 for what this caller may not see; 422 when the body is not an
/// object.
pub fn parse_search(viewer: &Viewer<'_>, body: &JsonValue) -> Result<ListQuery> {
    let Some(members) = body.as_object() else {
        return Err(Error::validation(vec![FieldError::at("", codes::TYPE, "must be an object")]));
    };
    let spec = viewer.spec();
    let mut errors = QueryErrors::default();
    let mut query = ListQuery::by(viewer);
    for (name, value) in members {
        if errors.is_full() {
            break;
        }
        let outcome: Result<(), Rejected> = match name.as_str() {
            "filter" => {
                let mut groups = Groups { reader: Reader::default(), errors: &mut errors };
                let place = Place { viewer: *viewer, depth: 0, distance: 0, relations: &[] };
                query.filter = groups.object(place, "/filter", value);
                continue;
            }
            "sort" => {
                read_sort(viewer, &mut query, value, &mut errors);
                continue;
            }
            "page" if members.contains_key("after") => Err(paging::page_and_after().into()),
            "q" => text(value, &catalogue::INVALID_SEARCH)
                .and_then(|text| paging::words(viewer, text))
                .map(|words| query.words = words)
                .map_err(Rejected::from),
            "page" => {
                let page = paging::page(spec, value.as_u64());
                page.map(|page| query.start = Start::Page(page)).map_err(Rejected::from)
            }
            "size" => paging::size(spec, value.as_u64()).map(|size| query.size = size).map_err(Rejected::from),
            "after" => text(value, &catalogue::INVALID_CURSOR)
                .and_then(paging::after)
                .map(|after| query.start = after)
                .map_err(Rejected::from),
            "include" => texts(value)
                .and_then(|paths| select::include(viewer, paths.into_iter()))
                .map(|include| query.selection.include = include),
            "fields" => texts(value)
                .and_then(|names| select::fields(viewer, names.into_iter()))
                .map(|fields| query.selection.fields = Some(fields)),
            "count" => text(value, &catalogue::INVALID_COUNT)
                .and_then(paging::count)
                .map(|count| query.count = count)
                .map_err(Rejected::from),
            _ => Err(QueryError::new(&catalogue::UNKNOWN_PARAMETER, rules::unknown("member", name, MEMBERS)).into()),
        };
        if let Err(rejected) = outcome {
            errors.reject_at(&member("", name), rejected);
        }
    }
    errors.or(query)
}

/// The strings of an array that holds at least one.
fn texts(value: &JsonValue) -> Result<Vec<&str>, Rejected> {
    let wrong =
        || Rejected::from(QueryError::new(&catalogue::INVALID_SELECTION, "must be an array of at least one string"));
    let items = value.as_array().filter(|items| !items.is_empty()).ok_or_else(wrong)?;
    items.iter().map(|item| item.as_str().ok_or_else(wrong)).collect()
}

fn text<'a>(value: &'a JsonValue, problem: &'static Problem) -> Result<&'a str, QueryError> {
    value.as_str().ok_or_else(|| QueryError::new(problem, "must be a string"))
}

fn read_sort(viewer: &Viewer<'_>, query: &mut ListQuery, value: &JsonValue, errors: &mut QueryErrors) {
    let Some(keys) = value.as_array() else {
        errors.at("/sort", QueryError::new(&catalogue::INVALID_SORT, "must be an array of strings"));
        return;
    };
    if let Err(error) = paging::check_sort_length(keys.len()) {
        errors.at("/sort", error);
        return;
    }
    query.sort.clear();
    query.is_sorted = true;
    for (at, key) in keys.iter().enumerate() {
        let outcome = text(key, &catalogue::INVALID_SORT)
            .map_err(Rejected::from)
            .and_then(|key| paging::add_sort_key(viewer, &mut query.sort, key));
        if let Err(rejected) = outcome {
            errors.reject_at(&format!("/sort/{at}"), rejected);
        }
    }
}

struct Groups<'a> {
    reader: Reader,
    errors: &'a mut QueryErrors,
}

/// Where an object of filters is in the body.
#[derive(Clone, Copy)]
struct Place<'a> {
    /// The caller, at the resource that the object is about.
    viewer: Viewer<'a>,
    /// The groups around it.
    depth: usize,
    /// The relations around it.
    distance: usize,
    /// Those of the relations that are inside of the group that it belongs to.
    relations: &'a [&'static RelationSpec],
}

impl<'a> Place<'a> {
    fn group(self) -> Self {
        Self { depth: self.depth + 1, relations: &[], ..self }
    }
}

impl Groups<'_> {
    /// An object of filters, all of which must match. Its tests through the same relation to many are tests of the same
    /// row.
    fn object(&mut self, place: Place<'_>, pointer: &str, value: &JsonValue) -> Option<Filter> {
        let mut tests = Tests::new();
        self.members(place, pointer, value, &mut tests);
        Filter::all(filter::joined(tests))
    }

    fn members(&mut self, place: Place<'_>, pointer: &str, value: &JsonValue, tests: &mut Tests) {
        let Some(members) = value.as_object() else {
            return self.invalid(pointer, "must be a filter object");
        };
        // Groups without filters would cost the database more than they cost the caller.
        if members.is_empty() && place.depth + place.distance > 0 {
            self.invalid(pointer, "must contain a filter");
        }
        for (name, value) in members {
            if self.errors.is_full() {
                break;
            }
            let pointer = member(pointer, name);
            let group = match name.as_str() {
                "and" | "or" | "not" if place.depth == limits::DEPTH => {
                    self.invalid(&pointer, &format!("is too deep: at most {} levels", limits::DEPTH));
                    continue;
                }
                "and" => Filter::And(self.array(place.group(), &pointer, value)),
                "or" => Filter::Or(self.array(place.group(), &pointer, value)),
                "not" => {
                    let inner = self.object(place.group(), &pointer, value);
                    Filter::Not(Box::new(inner.unwrap_or(Filter::And(Vec::new()))))
                }
                relation if place.viewer.spec().open_relations().any(|known| known.json == relation) => {
                    self.related(place, &pointer, name, value, tests);
                    continue;
                }
                _ => {
                    self.field(place, &pointer, name, value, tests);
                    continue;
                }
            };
            tests.push((place.relations.to_vec(), group));
        }
    }

    /// `"relation": {..}`: the same as its members with the relation and a dot before their names.
    fn related(&mut self, place: Place<'_>, pointer: &str, name: &str, value: &JsonValue, tests: &mut Tests) {
        if place.distance == limits::RELATIONS {
            return self.errors.at(pointer, filter::too_far());
        }
        let followed = filter::relation(&place.viewer, name).map_err(Rejected::from);
        match followed.and_then(|relation| Ok((relation, place.viewer.follow(relation)?))) {
            Ok((relation, viewer)) => {
                let relations = [place.relations, &[relation]].concat();
                let inside = Place { viewer, distance: place.distance + 1, relations: &relations, ..place };
                self.members(inside, pointer, value, tests);
            }
            Err(rejected) => self.errors.reject_at(pointer, rejected),
        }
    }

    fn array(&mut self, place: Place<'_>, pointer: &str, value: &JsonValue) -> Vec<Filter> {
        let items = match value.as_array() {
            Some(items) if (1..=limits::FILTERS).contains(&items.len()) => items,
            _ => {
                self.invalid(pointer, &format!("must be an array of 1 to {} filter objects", limits::FILTERS));
                return Vec::new();
            }
        };
        let objects = items.iter().enumerate().map(|(at, item)| {
            let filter = self.object(place, &format!("{pointer}/{at}"), item);
            filter.unwrap_or(Filter::And(Vec::new()))
        });
        objects.collect()
    }

    /// `"name": value`, or `"name": {"op": value}`.
    fn field(&mut self, place: Place<'_>, pointer: &str, name: &str, value: &JsonValue, tests: &mut Tests) {
        let named = match filter::named(&place.viewer, name) {
            Ok(named) if place.distance + named.relations.len() <= limits::RELATIONS => named,
            Ok(_) => return self.errors.at(pointer, filter::too_far()),
            Err(rejected) => return self.errors.reject_at(pointer, rejected),
        };
        let named = Named { relations: [place.relations, &named.relations].concat(), ..named };
        match value {
            JsonValue::Object(words) if words.is_empty() => self.invalid(pointer, "must name an operator"),
            JsonValue::Object(words) => self.tests(pointer, &named, words, tests),
            value => match self.reader.json(&named, Op::Eq, value) {
                Ok(filter) => tests.push((named.relations, filter)),
                Err(error) => self.errors.at(pointer, error),
            },
        }
    }

    fn tests(&mut self, pointer: &str, named: &Named, words: &Map<String, JsonValue>, tests: &mut Tests) {
        for (word, value) in words {
            if self.errors.is_full() {
                return;
            }
            match filter::op(named.field(), word).and_then(|op| self.reader.json(named, op, value)) {
                Ok(filter) => tests.push((named.relations.clone(), filter)),
                Err(error) => self.errors.at(&member(pointer, word), error),
            }
        }
    }

    fn invalid(&mut self, pointer: &str, message: &str) {
        self.errors.at(pointer, QueryError::new(&catalogue::INVALID_FILTER, message));
    }
}
