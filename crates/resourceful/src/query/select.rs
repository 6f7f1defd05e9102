//! The parts of each row that an answer shows: `fields` and `include`. The query string and the search body use the same
//! words.

use super::ast::Include;
use super::errors::{self, QueryError, Rejected};
use super::limits;
use super::viewer::Viewer;
use crate::error::{Problem, catalogue};
use crate::rules;

/// Reads `fields`: names of the resource's own fields, computed ones among them.
pub(super) fn fields<'a>(viewer: &Viewer<'_>, names: impl Iterator<Item = &'a str>) -> Result<Vec<usize>, Rejected> {
    let spec = viewer.spec();
    let mut fields = Vec::new();
    // If there are more names than fields, at least one is invalid; reading the others would only cost time.
    let names = names.take(spec.fields.len() + spec.computed.len() + 1);
    errors::all(names.map(|name| add_field(viewer, &mut fields, name)))?;
    Ok(fields)
}

fn add_field(viewer: &Viewer<'_>, fields: &mut Vec<usize>, name: &str) -> Result<(), Rejected> {
    let spec = viewer.spec();
    let own = spec.field_by_json(name).map(|(index, _)| index).filter(|&index| spec.is_readable(index));
    let computed = || spec.computed.iter().position(|computed| computed.json == name);
    let Some(index) = own.or_else(|| computed().map(|place| spec.fields.len() + place)) else {
        let seen = spec.readable().filter(|field| viewer.sees(field.index));
        let known: Vec<&str> = seen
            .map(|field| field.json)
            .chain(spec.computed.iter().filter(|one| viewer.actor.holds(one.read)).map(|one| one.json))
            .collect();
        return Err(error(&catalogue::UNKNOWN_FIELD, rules::unknown("field", name, &known)));
    };
    match index.checked_sub(spec.fields.len()) {
        None => viewer.require_field(index)?,
        Some(place) => viewer.require_read(spec.computed[place].json, spec.computed[place].read)?,
    }
    if fields.contains(&index) {
        return Err(error(&catalogue::INVALID_SELECTION, format!("must not name `{name}` twice")));
    }
    fields.push(index);
    Ok(())
}

/// Reads `include`: relations, and relations of the related rows after a dot.
pub(super) fn include<'a>(viewer: &Viewer<'_>, paths: impl Iterator<Item = &'a str>) -> Result<Vec<Include>, Rejected> {
    let mut included = Vec::new();
    let mut seen = Vec::new();
    let paths = paths.take(limits::INCLUDES + 1);
    errors::all(paths.map(|path| {
        if seen.len() == limits::INCLUDES {
            let message = format!("must name at most {} relations", limits::INCLUDES);
            return Err(error(&catalogue::INVALID_SELECTION, message));
        }
        add(viewer, &mut included, path, 1)?;
        if seen.contains(&path) {
            return Err(error(&catalogue::INVALID_SELECTION, format!("must not name `{path}` twice")));
        }
        seen.push(path);
        Ok(())
    }))?;
    Ok(included)
}

fn add(viewer: &Viewer<'_>, included: &mut Vec<Include>, path: &str, depth: usize) -> Result<(), Rejected> {
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    if depth > limits::INCLUDE_DEPTH {
        let message = format!("is too deep: at most {} relations in a row", limits::INCLUDE_DEPTH);
        return Err(error(&catalogue::INCLUDE_TOO_DEEP, message));
    }
    let spec = viewer.spec();
    let Some(relation) = spec.open_relations().find(|relation| relation.json == name) else {
        let known: Vec<&str> = spec.open_relations().map(|relation| relation.json).collect();
        let message = match known.is_empty() {
            true => format!("`{}` has no relations to include", spec.path),
            false => rules::unknown("relation", name, &known),
        };
        return Err(error(&catalogue::UNKNOWN_INCLUDE, message));
    };
    let related = viewer.follow(relation)?;
    let place = included.iter().position(|include| std::ptr::eq(include.relation, relation));
    let place = place.unwrap_or_else(|| {
        included.push(Include { relation, include: Vec::new() });
        included.len() - 1
    });
    match rest {
        Some(rest) => add(&related, &mut included[place].include, rest, depth + 1),
        None => Ok(()),
    }
}

fn error(problem: &'static Problem, message: String) -> Rejected {
    QueryError::new(problem, message).into()
}
