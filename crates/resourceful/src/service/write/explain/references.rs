//! References to missing rows.

use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};

use crate::context::access::build;
use crate::error::{Error, FieldError, catalogue, codes};
use crate::resource::{Assignments, null_of};
use crate::service::engine::Engine;
use crate::service::write::plan::WritePlan;
use crate::service::write::step::item_pointer;
use crate::spec::{RelationKind, ResourceSpec};

/// 422, naming the references to missing rows.
pub(super) async fn missing(engine: &Engine, plan: &WritePlan<'_>) -> Error {
    let spec = engine.spec();
    let owner = spec.own_owner_field().map(|(index, _)| index);
    let mut errors = Vec::new();
    for relation in spec.relations {
        let RelationKind::BelongsTo { field, .. } = relation.kind else { continue };
        let Some((index, field)) = spec.field(field) else { continue };
        for (prefix, row) in items(plan) {
            let Some((_, value)) = row.iter().find(|(at, _)| *at == index) else { continue };
            if *value == null_of(&field.ty.kind) || !spec.is_readable(index) {
                continue;
            }
            let target = (relation.target)();
            let mut select = Query::select();
            let id = Expr::col(Alias::new(target.id_field().column));
            select.expr(Expr::val(1)).from(Alias::new(target.table)).and_where(id.eq(Expr::val(value.clone())));
            if !matches!(engine.connection.one(build(engine.backend(), &select)).await, Ok(None)) {
                continue;
            }
            if owner == Some(index) {
                tracing::warn!(
                    resource = spec.type_name,
                    "a caller has no row that could own others; App::provision creates one"
                );
                let message = format!("refers to the caller, who has no row in {} yet", target.path);
                errors.push(FieldError::at(format!("{prefix}/{}", field.json), codes::REFERENCE, message));
            } else {
                errors.push(missing_row(&prefix, field.json, target));
            }
        }
    }
    invalid_reference(errors)
}

/// 422 for a row that would belong to another owner through one of its references: the same answer as for a missing row,
/// so that the answer does not reveal which rows exist.
pub(super) fn foreign(engine: &Engine, plan: &WritePlan<'_>) -> Error {
    let spec = engine.spec();
    let through = spec.owner.and_then(|owner| owner.path.first().copied()).and_then(|name| spec.relation(name));
    let mut errors = Vec::new();
    if let Some(relation) = through
        && let RelationKind::BelongsTo { field, .. } = relation.kind
        && let Some((_, field)) = spec.field(field)
    {
        errors.extend(items(plan).map(|(prefix, _)| missing_row(&prefix, field.json, (relation.target)())));
    }
    invalid_reference(errors)
}

/// The error of a reference to a missing row.
pub(in crate::service::write) fn missing_row(prefix: &str, json: &str, target: &ResourceSpec) -> FieldError {
    FieldError::at(
        format!("{prefix}/{json}"),
        codes::REFERENCE,
        format!("refers to a row of {} that does not exist", target.path),
    )
}

/// 422 for references to missing rows.
pub(in crate::service::write) fn invalid_reference(errors: Vec<FieldError>) -> Error {
    Error::new(&catalogue::INVALID_REFERENCE, "A value refers to a row that does not exist").with_errors(errors)
}

/// The rows that are written, each with what precedes its fields in JSON pointers.
pub(super) fn items<'a>(plan: &'a WritePlan<'_>) -> impl Iterator<Item = (String, &'a Assignments)> {
    plan.action.rows().iter().enumerate().map(|(place, row)| (item_pointer(plan.operation, place), row))
}
