//! Rows of relations, loaded for many rows at once: one statement for each relation, however many rows there are.

use std::collections::{HashMap, HashSet};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, JoinType, Order, Query, SelectStatement, WindowStatement};

use super::columns::Columns;
use super::engine::Engine;
use crate::error::{Error, Result};
use crate::query::seek;
use crate::query::{Ends, Include, ListQuery, Viewer, limits};
use crate::resource::{FieldValue, Record, ResourceTable, Visible, null_of, read};
use crate::spec::{RelationKind, RelationSpec, ResourceSpec};

/// The key of a row's parent and its place among the parent's, as columns behind those of the resource.
const PARENT: &str = "resourceful_parent";
const PLACE: &str = "resourceful_place";

/// The rows of one relation, for many rows at once.
#[derive(Debug)]
pub(crate) struct Included {
    /// The relation.
    pub(crate) relation: &'static RelationSpec,
    /// What the actor sees of what it leads to.
    pub(crate) visible: Visible,
    /// The index of the parents' field that the relation joins.
    here: usize,
    /// All rows.
    pub(crate) rows: Vec<Record>,
    /// The places of each parent's rows.
    places: HashMap<String, Vec<usize>>,
    /// The parents that have more than are shown.
    more: HashSet<String>,
    /// The relations of the rows.
    pub(crate) included: Vec<Included>,
}

impl Included {
    /// The rows of this parent, and whether it has more. A key that cannot be read leads to none.
    pub(crate) fn of(&self, parent: &ResourceSpec, record: &Record) -> (Vec<&Record>, bool) {
        let Ok(key) = record.value(parent, self.here) else { return (Vec::new(), false) };
        let key = text(&key);
        (self.of_key(&key).iter().map(|&place| &self.rows[place]).collect(), self.more.contains(&key))
    }

    /// The rows of the parent with this key, as models.
    pub(crate) fn models_of<R: crate::resource::Resource>(&self, key: &FieldValue) -> Result<Vec<R>> {
        self.of_key(&text(key)).iter().map(|&place| self.rows[place].model()).collect()
    }

    fn of_key(&self, key: &str) -> &[usize] {
        self.places.get(key).map_or(&[], Vec::as_slice)
    }
}

impl Engine {
    /// Loads the relations of these rows, and those of what they lead to.
    ///
    /// # Errors
    /// 503 when the database is away or too busy.
    pub(crate) async fn include(&self, rows: &[Record], include: &[Include]) -> Result<Vec<Included>> {
        self.include_into(self.table, rows, include).await
    }

    fn include_into<'a>(
        &'a self,
        table: &'static ResourceTable,
        rows: &'a [Record],
        include: &'a [Include],
    ) -> BoxFuture<'a, Result<Vec<Included>>> {
        async move {
            let mut included = Vec::with_capacity(include.len());
            for include in include {
                let (ends, here) = ends(table, include.relation)?;
                let keys = rows.iter().filter_map(|row| row.value(table.spec, here).ok()).collect();
                let shown = Some(include.include.as_slice());
                let mut found = self.related(table, include.relation, ends, here, keys, shown).await?;
                found.included = self.include_into(found.visible.table(), &found.rows, &include.include).await?;
                included.push(found);
            }
            Ok(included)
        }
        .boxed()
    }

    /// The index of the field by which a relation joins this resource's rows.
    pub(crate) fn joined_field(&self, relation: &'static RelationSpec) -> Result<usize> {
        Ok(ends(self.table, relation)?.1)
    }

    /// Loads all rows that a relation leads to from rows with these keys.
    pub(crate) async fn related_to_keys(
        &self,
        relation: &'static RelationSpec,
        keys: Vec<FieldValue>,
    ) -> Result<Included> {
        let (ends, here) = ends(self.table, relation)?;
        self.related(self.table, relation, ends, here, keys, None).await
    }

    /// Loads what a relation leads to from rows with these keys: with `shown`, what an answer shows of it together with
    /// these relations of its own; otherwise all of it, for typed code.
    async fn related(
        &self,
        from: &'static ResourceTable,
        relation: &'static RelationSpec,
        ends: Ends,
        here: usize,
        keys: Vec<FieldValue>,
        shown: Option<&[Include]>,
    ) -> Result<Included> {
        let fns = from.related(relation).ok_or_else(|| nowhere(from, relation))?;
        let table = (fns.target)();
        let mut included = Included {
            relation,
            visible: Visible::of(table, &self.actor, None),
            here,
            rows: Vec::new(),
            places: HashMap::new(),
            more: HashSet::new(),
            included: Vec::new(),
        };
        let columns = shown.map_or(Columns::ALL, |include| Columns::shown(&included.visible, include));
        let keys = distinct(keys, &null_of(&ends.here.ty.kind));
        if keys.is_empty() {
            return Ok(included);
        }
        let parent_type = ends.through.map_or(ends.there, |through| through.from).ty;
        let parent_column = table.spec.fields.len();
        // Rows of rows multiply: what one relation adds to an answer stays affordable, and `more` says where rows are
        // missing.
        let most = match relation.kind {
            RelationKind::BelongsTo { .. } => None,
            RelationKind::HasOne { .. } => Some(1),
            _ => shown.map(|_| limits::INCLUDED.min((limits::INCLUDED_ROWS / keys.len()).max(1))),
        };
        // One statement nearly always: what it can bind is limited, and rows of rows can be many.
        for keys in keys.chunks(limits::VALUES) {
            let select = self.related_select(table, relation, &ends, &columns, keys, most);
            for row in self.rows_to_show(table.spec.table, &select).await? {
                // It equals one of the keys, which could be read.
                let Ok(parent) = read(&parent_type, &row, parent_column) else { continue };
                let key = text(&parent);
                let places = included.places.entry(key.clone()).or_default();
                if Some(places.len()) == most {
                    included.more.insert(key);
                    continue;
                }
                places.push(included.rows.len());
                included.rows.push(Record(row));
            }
        }
        Ok(included)
    }

    /// The related rows, each with its parent's key behind its own columns. Of a relation to many no more than are shown
    /// for each parent, and one, which tells that there are more.
    fn related_select(
        &self,
        table: &'static ResourceTable,
        relation: &'static RelationSpec,
        ends: &Ends,
        columns: &Columns,
        keys: &[FieldValue],
        most: Option<usize>,
    ) -> SelectStatement {
        let spec = table.spec;
        let name = Alias::new(spec.table);
        let column = |table: &str, column: &str| Expr::col((Alias::new(table), Alias::new(column)));
        let own = || spec.fields.iter().map(|field| (name.clone(), Alias::new(field.column)));
        let mut select = columns.select(spec);
        let reach = self.reach();
        let keys = |parent: (&str, &str)| column(parent.0, parent.1).is_in(keys.iter().cloned());
        let parent = match ends.through {
            None => {
                let parent = (spec.table, ends.there.column);
                select.cond_where(Condition::all().add(keys(parent)));
                parent
            }
            Some(through) => {
                let join = through.table.spec;
                let parent = (join.table, through.from.column);
                // Two rows may be joined several times, and are related once.
                let mut joined = Query::select();
                joined
                    .distinct()
                    .columns([through.from, through.to].map(|end| (Alias::new(join.table), Alias::new(end.column))))
                    .from(Alias::new(join.table))
                    .cond_where(Condition::all().add(keys(parent)).add_option(reach(through.table)));
                let same = column(join.table, through.to.column).eq(column(spec.table, spec.id_field().column));
                select.join_subquery(JoinType::InnerJoin, joined, Alias::new(join.table), same);
                parent
            }
        };
        select.expr_as(column(parent.0, parent.1), Alias::new(PARENT));
        select.cond_where(Condition::all().add_option(reach(table)));
        let order = seek::keys(spec, &ListQuery::by(&Viewer { table, actor: &self.actor }).sort);
        match most {
            None if matches!(relation.kind, RelationKind::BelongsTo { .. }) => select,
            Some(most) => {
                let mut window = WindowStatement::partition_by((Alias::new(parent.0), Alias::new(parent.1)));
                for key in &order {
                    let (direction, nulls) = seek::direction(key);
                    window.order_by_expr_with_nulls(key.expr.clone(), direction, nulls);
                }
                select.expr_window_as(Expr::cust("ROW_NUMBER()"), window, Alias::new(PLACE));
                let mut shown = Query::select();
                shown
                    .columns(own())
                    .column((name.clone(), Alias::new(PARENT)))
                    .from_subquery(select, name.clone())
                    .cond_where(
                        column(spec.table, PLACE)
                            .lte(Expr::val(i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1))),
                    )
                    .order_by((name, Alias::new(PLACE)), Order::Asc);
                shown
            }
            None => {
                seek::order(self.backend(), &mut select, &order);
                select
            }
        }
    }
}

fn ends(table: &'static ResourceTable, relation: &'static RelationSpec) -> Result<(Ends, usize)> {
    let ends = Ends::of(table, relation).ok_or_else(|| nowhere(table, relation))?;
    let (here, _) = table.spec.field(ends.here.name).ok_or_else(|| nowhere(table, relation))?;
    Ok((ends, here))
}

fn nowhere(table: &ResourceTable, relation: &RelationSpec) -> Error {
    Error::internal(format!("{}.{} leads nowhere", table.spec.type_name, relation.name))
}

/// Each key once, without nulls.
fn distinct(keys: Vec<FieldValue>, null: &FieldValue) -> Vec<FieldValue> {
    let mut seen = HashSet::with_capacity(keys.len());
    keys.into_iter().filter(|key| key != null && seen.insert(text(key))).collect()
}

fn text(key: &FieldValue) -> String {
    format!("{key:?}")
}
