//! The tree as SQL.
//!
//! SQL's logic has three values and ours has two, so a `NOT` is never written around a test that may be null: negation
//! is carried down to the tests, and each test says itself what it is when it fails. A test that holds is never null.

mod fold;
mod text;

use sea_orm::DbBackend;
use sea_orm::sea_query::{Condition, DynIden, Expr, ExprTrait, IntoIden, NullOrdering, Order, Query, SelectStatement};

use super::ast::{FieldPath, Filter, Op, Operand, SortKey, Test};
use super::paging::is_searchable;
use crate::resource::{FieldValue, null_of};
use crate::spec::{FieldSpec, RelationKind, RelationSpec, ResourceSpec};

/// The condition that a row of `spec`, selected under the name `table`, obeys the filter.
pub fn condition(backend: DbBackend, table: impl IntoIden, spec: &'static ResourceSpec, filter: &Filter) -> Condition {
    Scope { backend, table: table.into_iden(), spec, depth: 0 }.filter(filter, false)
}

/// The condition that each of these words occurs in one of the search fields, whatever its case.
pub fn words(
    backend: DbBackend,
    table: impl IntoIden,
    spec: &'static ResourceSpec,
    words: &[impl AsRef<str>],
) -> Condition {
    let scope = Scope { backend, table: table.into_iden(), spec, depth: 0 };
    let fields: Vec<&FieldSpec> =
        (0..spec.fields.len()).filter(|&index| is_searchable(spec, index)).map(|index| &spec.fields[index]).collect();
    let mut all = Condition::all();
    for word in words {
        let mut any = Condition::any().add_option(fields.is_empty().then(|| constant(false)));
        for field in &fields {
            any = any.add(text::contains_any_case(backend, scope.column(field), word.as_ref()));
        }
        all = all.add(any);
    }
    all
}

/// Orders by the keys and then by the id, so that every order is total: pages neither repeat nor miss a row.
pub fn order(
    backend: DbBackend,
    select: &mut SelectStatement,
    table: impl IntoIden,
    spec: &'static ResourceSpec,
    keys: &[SortKey],
) {
    let scope = Scope { backend, table: table.into_iden(), spec, depth: 0 };
    let tie_break = SortKey { field: spec.id, descending: keys.last().is_some_and(|key| key.descending) };
    let has_id = keys.iter().any(|key| key.field == spec.id);
    for key in keys.iter().chain((!has_id).then_some(&tie_break)) {
        let field = &spec.fields[key.field];
        let (order, nulls) = match key.descending {
            false => (Order::Asc, NullOrdering::Last),
            true => (Order::Desc, NullOrdering::First),
        };
        // What PostgreSQL does anyway. Where it can be left away it is, because SQLite then uses an index.
        if field.ty.nullable && backend != DbBackend::Postgres {
            select.order_by_expr_with_nulls(scope.column(field), order, nulls);
        } else {
            select.order_by_expr(scope.column(field), order);
        }
    }
}

/// The rows that a condition is about.
struct Scope {
    backend: DbBackend,
    table: DynIden,
    spec: &'static ResourceSpec,
    depth: usize,
}

impl Scope {
    fn column(&self, field: &FieldSpec) -> Expr {
        Expr::col((self.table.clone(), field.column))
    }

    fn filter(&self, filter: &Filter, negated: bool) -> Condition {
        match filter {
            Filter::Not(inner) => self.filter(inner, !negated),
            Filter::Test(test) => self.test(test, negated),
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
    /// missing that a relation would lead to.
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
        let target = (relation.target)();
        let Some((here, there)) = self.ends(relation, target) else {
            debug_assert!(false, "{}.{} leads nowhere", self.spec.type_name, relation.name);
            return Condition::all().add(constant(false));
        };
        let depth = self.depth + 1;
        let table = format!("r{depth}").into_iden();
        let scope = Self { backend: self.backend, table: table.clone(), spec: target, depth };
        let mut related = Query::select();
        related.expr(scope.column(there)).from_as(target.table, table).cond_where(scope.path(rest, test, false));
        if there.ty.nullable {
            // One null in the list would make NOT IN null for every row.
            related.cond_where(scope.column(there).is_not_null());
        }
        let column = self.column(here);
        match negated {
            false => Condition::all().add(column.in_subquery(related)),
            true => self.unless(here, column.not_in_subquery(related)),
        }
    }

    /// The columns that a relation joins: ours and the other's.
    fn ends(
        &self,
        relation: &RelationSpec,
        target: &'static ResourceSpec,
    ) -> Option<(&'static FieldSpec, &'static FieldSpec)> {
        match relation.kind {
            RelationKind::BelongsTo { field, .. } => Some((self.spec.field(field)?.1, target.id_field())),
            RelationKind::HasMany { via } => {
                let via = match via {
                    Some(via) => via,
                    None => target.relations.iter().find_map(|back| match back.kind {
                        RelationKind::BelongsTo { field, .. } if (back.target)().table == self.spec.table => {
                            Some(field)
                        }
                        _ => None,
                    })?,
                };
                Some((self.spec.id_field(), target.field(via)?.1))
            }
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
            // Nothing equals null, and nothing is before or after it.
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
                debug_assert!(false, "{op:?} cannot be asked of {operand:?}");
                holds(constant(false))
            }
        }
    }

    /// A failed test: null fails every test.
    fn unless(&self, field: &FieldSpec, failed: Expr) -> Condition {
        let any = Condition::any().add(failed);
        if field.ty.nullable { any.add(self.column(field).is_null()) } else { any }
    }
}

/// A condition on no column, in words that both databases have.
fn constant(truth: bool) -> Expr {
    Expr::cust(if truth { "1 = 1" } else { "1 = 0" })
}
