//! Related rows, loaded with one statement for each relation, however many rows there are.

use std::collections::{HashMap, HashSet};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, JoinType, Order, Query, SelectStatement, WindowStatement};

use super::columns::Columns;
use crate::error::{Error, Result};
use crate::query::seek;
use crate::query::{Include, JoinColumns, ListQuery, Viewer, limits};
use crate::resource::{FieldValue, Record, ResourceTable, Visible, null_of, read};
use crate::service::engine::Engine;
use crate::spec::{RelationKind, RelationSpec, ResourceSpec};

/// The key of a row's parent, and the position of the row within it, as columns after those of the resource.
const PARENT: &str = "resourceful_parent";
const PLACE: &str = "resourceful_place";

/// The rows of one relation, for many rows at once.
#[derive(Debug)]
pub(crate) struct Included {
    /// The relation.
    pub(crate) relation: &'static RelationSpec,
    /// What the actor sees of the related rows.
    pub(crate) visible: Visible,
    /// The index of the parents' field that joins the relation.
    local: usize,
    /// All rows.
    pub(crate) rows: Vec<Record>,
    /// The places of the rows of each parent, by its key.
    places: HashMap<String, Vec<usize>>,
    /// The keys of the parents that have more rows than are shown.
    more: HashSet<String>,
    /// The relations of the related rows.
    pub(crate) included: Vec<Included>,
}

impl Included {
    /// The rows of this parent, and whether it has more. A key that cannot be read has none.
    pub(crate) fn of(&self, parent: &ResourceSpec, record: &Record) -> (Vec<&Record>, bool) {
        let Ok(key) = record.value(parent, self.local) else { return (Vec::new(), false) };
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
    /// Loads the relations of these rows, and those of the related rows.
    ///
    /// # Errors
    /// 503 when the database is unavailable or too busy.
    pub(crate) async fn include(&self, rows: &[Record], include: &[Include]) -> Result<Vec<Included>> {
        if include.is_empty() {
            return Ok(Vec::new());
        }
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
                let (joined, local) = joined(table, include.relation)?;
                let keys = rows.iter().filter_map(|row| row.value(table.spec, local).ok()).collect();
                let shown = Some(include.include.as_slice());
                let mut found = self.related(table, include.relation, joined, local, keys, shown).await?;
                found.included = self.include_into(found.visible.table(), &found.rows, &include.include).await?;
                included.push(found);
            }
            Ok(included)
        }
        .boxed()
    }

    /// The index of the field by which a relation joins this resource's rows.
    pub(crate) fn joined_field(&self, relation: &'static RelationSpec) -> Result<usize> {
        Ok(joined(self.table, relation)?.1)
    }

    /// Loads all related rows of the rows with these keys.
    pub(crate) async fn related_to_keys(
        &self,
        relation: &'static RelationSpec,
        keys: Vec<FieldValue>,
    ) -> Result<Included> {
        let (joined, local) = joined(self.table, relation)?;
        self.related(self.table, relation, joined, local, keys, None).await
    }

    /// Loads the related rows of the rows with these keys: with `shown`, the columns that an answer shows together with
    /// these further relations; otherwise all columns and rows, for typed code.
    async fn related(
        &self,
        from: &'static ResourceTable,
        relation: &'static RelationSpec,
        joined: JoinColumns,
        local: usize,
        keys: Vec<FieldValue>,
        shown: Option<&[Include]>,
    ) -> Result<Included> {
        let fns = from.related(relation).ok_or_else(|| unresolved(from, relation))?;
        let table = (fns.target)();
        let mut included = Included {
            relation,
            visible: Visible::of(table, &self.actor, None),
            local,
            rows: Vec::new(),
            places: HashMap::new(),
            more: HashSet::new(),
            included: Vec::new(),
        };
        let columns = shown.map_or(Columns::ALL, |include| Columns::shown(&included.visible, include));
        let keys = distinct(keys, &null_of(&joined.local.ty.kind));
        if keys.is_empty() {
            return Ok(included);
        }
        let parent_type = joined.through.map_or(joined.foreign, |through| through.from).ty;
        let parent_column = table.spec.fields.len();
        // Included rows multiply: the number that one relation adds to an answer is limited, and `more` says where rows
        // are missing.
        let most = match relation.kind {
            RelationKind::BelongsTo { .. } => None,
            RelationKind::HasOne { .. } => Some(1),
            _ => shown.map(|_| limits::INCLUDED.min((limits::INCLUDED_ROWS / keys.len()).max(1))),
        };
        // Nearly always one statement: the number of bound values is limited, and there can be many keys.
        for keys in keys.chunks(limits::VALUES) {
            let select = self.related_select(table, relation, &joined, &columns, keys, most);
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
                included.rows.push(Record::from(row));
            }
        }
        Ok(included)
    }

    /// The related rows, each with its parent's key after its own columns. For each parent of a relation to many it reads
    /// one row more than is shown, to find out whether there are more.
    fn related_select(
        &self,
        table: &'static ResourceTable,
        relation: &'static RelationSpec,
        joined: &JoinColumns,
        columns: &Columns,
        keys: &[FieldValue],
        most: Option<usize>,
    ) -> SelectStatement {
        let spec = table.spec;
        let name = Alias::new(spec.table);
        let column = |table: &str, column: &str| Expr::col((Alias::new(table), Alias::new(column)));
        let own = || spec.fields.iter().map(|field| (name.clone(), Alias::new(field.column)));
        let mut select = columns.select(spec);
        let row_filter = self.row_filter();
        let keys = |parent: (&str, &str)| column(parent.0, parent.1).is_in(keys.iter().cloned());
        let parent = match joined.through {
            None => {
                let parent = (spec.table, joined.foreign.column);
                select.cond_where(Condition::all().add(keys(parent)));
                parent
            }
            Some(through) => {
                let join = through.table.spec;
                let parent = (join.table, through.from.column);
                // Two rows may be joined several times, and are related once.
                let mut pairs = Query::select();
                pairs
                    .distinct()
                    .columns([through.from, through.to].map(|end| (Alias::new(join.table), Alias::new(end.column))))
                    .from(Alias::new(join.table))
                    .cond_where(Condition::all().add(keys(parent)).add_option(row_filter(through.table)));
                let same = column(join.table, through.to.column).eq(column(spec.table, spec.id_field().column));
                select.join_subquery(JoinType::InnerJoin, pairs, Alias::new(join.table), same);
                parent
            }
        };
        select.expr_as(column(parent.0, parent.1), Alias::new(PARENT));
        select.cond_where(Condition::all().add_option(row_filter(table)));
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

fn joined(table: &'static ResourceTable, relation: &'static RelationSpec) -> Result<(JoinColumns, usize)> {
    let joined = JoinColumns::of(table, relation).ok_or_else(|| unresolved(table, relation))?;
    let (local, _) = table.spec.field(joined.local.name).ok_or_else(|| unresolved(table, relation))?;
    Ok((joined, local))
}

fn unresolved(table: &ResourceTable, relation: &RelationSpec) -> Error {
    Error::internal(format!("the relation {}.{} is unresolved", table.spec.type_name, relation.name))
}

/// Each key once, without nulls.
fn distinct(keys: Vec<FieldValue>, null: &FieldValue) -> Vec<FieldValue> {
    let mut seen = HashSet::with_capacity(keys.len());
    keys.into_iter().filter(|key| key != null && seen.insert(text(key))).collect()
}

fn text(key: &FieldValue) -> String {
    format!("{key:?}")
}
