//! The tree as SQL.
//!
//! SQL's logic has three values and ours has two, so a `NOT` is never written around a test that may be null: negation
//! is moved down to the tests, and each kind of test defines its own negation. A test that is true is never null.

mod constant;
mod fold;
mod text;

use sea_orm::DbBackend;
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, Query};

pub(super) use constant::constant;

use super::ast::{FieldPath, Filter, Op, Operand, SortKey, Test};
use super::join_columns::JoinColumns;
use crate::resource::{FieldValue, ResourceTable, null_of};
use crate::spec::{FieldSpec, RelationSpec, ResourceSpec};

/// The rows of a related resource that the actor may see, as a condition on its table; `None` for all rows.
pub type RowFilter<'a> = &'a dyn Fn(&'static ResourceTable) -> Option<Condition>;

/// All rows of all resources: for conditions of the application itself.
pub const NO_ROW_FILTER: RowFilter<'static> = &|_| None;

/// The condition that a row matches the filter. Columns are qualified with their table, which is never renamed: related
/// rows are found by subqueries, in which the name of a table means the innermost one.
pub fn condition(
    backend: DbBackend,
    table: &'static ResourceTable,
    filter: &Filter,
    row_filter: RowFilter<'_>,
) -> Condition {
    Frame { backend, table, row_filter }.filter(filter, false)
}

/// The condition that each of these words occurs in one of these fields, whatever its case.
pub fn words(
    backend: DbBackend,
    table: &'static ResourceTable,
    fields: &[usize],
    words: &[impl AsRef<str>],
) -> Condition {
    let frame = Frame { backend, table, row_filter: NO_ROW_FILTER };
    let mut all = Condition::all();
    for word in words {
        let mut any = Condition::any().add_option(fields.is_empty().then(|| constant(false)));
        for &field in fields {
            any = any.add(text::contains_any_case(backend, frame.column(&table.spec.fields[field]), word.as_ref()));
        }
        all = all.add(any);
    }
    all
}

/// The keys, followed by the id in the direction of the last key, unless the id is one of them.
pub fn total(spec: &ResourceSpec, keys: &[SortKey]) -> Vec<SortKey> {
    let mut keys = keys.to_vec();
    if !keys.iter().any(|key| key.field == spec.id) {
        let descending = keys.last().is_some_and(|key| key.descending);
        keys.push(SortKey { field: spec.id, descending });
    }
    keys
}

/// The table that a condition is compiled for.
struct Frame<'a> {
    backend: DbBackend,
    table: &'static ResourceTable,
    row_filter: RowFilter<'a>,
}

impl Frame<'_> {
    fn column(&self, field: &FieldSpec) -> Expr {
        Expr::col((Alias::new(self.table.spec.table), Alias::new(field.column)))
    }

    fn filter(&self, filter: &Filter, negated: bool) -> Condition {
        match filter {
            Filter::Not(inner) => self.filter(inner, !negated),
            Filter::Test(test) => self.test(test, negated),
            Filter::Related { relation, filter } => {
                self.related(relation, negated, |frame| frame.filter(filter, false))
            }
            Filter::And(parts) if parts.is_empty() => Condition::all().add(constant(!negated)),
            Filter::Or(parts) if parts.is_empty() => Condition::all().add(constant(negated)),
            Filter::And(parts) => self.parts(parts, negated, !negated),
            Filter::Or(parts) => self.parts(parts, negated, negated),
        }
    }

    fn parts(&self, parts: &[Filter], negated: bool, all: bool) -> Condition {
        let empty = if all { Condition::all() } else { Condition::any() };
        parts.iter().fold(empty, |joined, part| joined.add(self.filter(part, negated)))
    }

    /// Reduces `ne`, `nin` and `isNull` to what they negate: what remains is false on null, also where the row is
    /// missing that a relation refers to.
    fn test(&self, test: &Test, negated: bool) -> Condition {
        let negative = match (test.op, &test.operand) {
            (Op::Ne | Op::NotIn, _) => true,
            (Op::IsNull, Operand::Flag(flag)) => *flag,
            _ => false,
        };
        self.path(&test.path.relations, test, negated != negative)
    }

    fn path(&self, relations: &[&'static RelationSpec], test: &Test, negated: bool) -> Condition {
        let [relation, rest @ ..] = relations else {
            return self.own(&test.path, test.op, &test.operand, negated);
        };
        self.related(relation, negated, |frame| frame.path(rest, test, false))
    }

    /// Whether the relation has a row that matches the condition and that the actor may see.
    fn related(
        &self,
        relation: &'static RelationSpec,
        negated: bool,
        condition: impl FnOnce(&Frame<'_>) -> Condition,
    ) -> Condition {
        let columns = self.table.related(relation).and_then(|fns| Some((fns, JoinColumns::of(self.table, relation)?)));
        let Some((fns, columns)) = columns else {
            debug_assert!(false, "the relation {}.{} is unresolved", self.table.spec.type_name, relation.name);
            return Condition::all().add(constant(false));
        };
        let target = (fns.target)();
        let frame = Frame { table: target, ..*self };
        let obeys = Condition::all().add(condition(&frame)).add_option((self.row_filter)(target));
        let mut related = Query::select();
        let found = match columns.through {
            None => {
                related.expr(frame.column(columns.foreign)).from(Alias::new(target.spec.table)).cond_where(obeys);
                frame.column(columns.foreign)
            }
            Some(through) => {
                let join = Frame { table: through.table, ..*self };
                let mut inner = Query::select();
                inner.expr(frame.column(target.spec.id_field())).from(Alias::new(target.spec.table)).cond_where(obeys);
                related
                    .expr(join.column(through.from))
                    .from(Alias::new(through.table.spec.table))
                    .cond_where(Condition::all().add(join.column(through.to).in_subquery(inner)))
                    .cond_where(Condition::all().add_option((self.row_filter)(through.table)));
                join.column(through.from)
            }
        };
        if columns.is_nullable() {
            // One null in the list would make NOT IN null for every row.
            related.cond_where(found.is_not_null());
        }
        let column = self.column(columns.local);
        match negated {
            false => Condition::all().add(column.in_subquery(related)),
            true => self.unless(columns.local, column.not_in_subquery(related)),
        }
    }

    fn own(&self, path: &FieldPath, op: Op, operand: &Operand, negated: bool) -> Condition {
        let field = path.field();
        let column = || self.column(field);
        let is_null = |value: &FieldValue| *value == null_of(&field.ty.kind);
        let holds = |expr: Expr| Condition::all().add(expr);
        match (op, operand) {
            (Op::IsNull, _) if negated => holds(column().is_null()),
            (Op::IsNull, _) => holds(column().is_not_null()),
            (Op::In | Op::NotIn, Operand::List(values)) => {
                let mut values = values.iter().filter(|value| !is_null(value)).cloned().peekable();
                match (values.peek().is_some(), negated) {
                    (false, _) => holds(constant(negated)),
                    (true, false) => holds(column().is_in(values)),
                    (true, true) => self.unless(field, column().is_not_in(values)),
                }
            }
            // Nothing equals null, and nothing is less or greater.
            (_, Operand::Value(value)) if is_null(value) => holds(constant(negated)),
            (_, Operand::Value(value)) => {
                let value = value.clone();
                let expr = match (op, negated) {
                    (Op::Eq | Op::Ne, false) => column().eq(value),
                    (Op::Eq | Op::Ne, true) => column().ne(value),
                    (Op::Gt, false) | (Op::Lte, true) => column().gt(value),
                    (Op::Gte, false) | (Op::Lt, true) => column().gte(value),
                    (Op::Lt, false) | (Op::Gte, true) => column().lt(value),
                    (Op::Lte, false) | (Op::Gt, true) => column().lte(value),
                    (_, negated) => {
                        let expr = text::test(self.backend, column(), op, &value);
                        if negated { expr.not() } else { expr }
                    }
                };
                if negated { self.unless(field, expr) } else { holds(expr) }
            }
            _ => {
                debug_assert!(false, "{op:?} does not fit {operand:?}");
                holds(constant(false))
            }
        }
    }

    /// A negated test: it is true for null, because null fails every test.
    fn unless(&self, field: &FieldSpec, failed: Expr) -> Condition {
        let any = Condition::any().add(failed);
        if field.ty.nullable { any.add(self.column(field).is_null()) } else { any }
    }
}
