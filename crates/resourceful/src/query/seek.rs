//! The rows behind a cursor, found without counting those before it.
//!
//! What lies behind a row is a row comparison, `(a, b, id) > (x, y, z)`, only where all keys run in one direction and
//! none can be null. Elsewhere it falls into several ranges, each of which is one stretch of the index on the keys: the
//! rows that share the first values and are behind in the next key. They are read one by one up to the size of a page
//! and then put together, so that a page costs the same however deep it lies.
//!
//! Indexes of SQLite hold null before all values. It reads them as two stretches where a nullable key is the first of an
//! order; behind another it sorts, on the first page as well.

use sea_orm::DbBackend;
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, NullOrdering, Order, SelectStatement, UnionType};

use super::ast::SortKey;
use super::sql::total;
use crate::resource::{FieldValue, null_of};
use crate::spec::{Kind, ResourceSpec};

/// A statement of SQLite binds at most 32,766 values. Where those of the rows, bound again for each range, would be more,
/// the ranges are one condition, which costs time and not the answer.
const VALUES: usize = 30_000;

/// One key of an order, as SQL.
#[derive(Debug, Clone)]
pub struct Key {
    /// What is compared.
    pub expr: Expr,
    /// What it holds.
    pub kind: Kind,
    /// It can be null.
    pub nullable: bool,
    /// Largest first.
    pub descending: bool,
}

/// What is known of a key within one range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    /// It is the same value in all rows.
    Fixed,
    /// It is null in all rows.
    Null,
    /// It is not null.
    NotNull,
    Nothing,
}

/// Where a page begins: behind the rows that have these values in the first keys, or with them.
#[derive(Debug, Clone, PartialEq)]
pub struct Boundary {
    /// The values of as many keys as are needed, at least one.
    pub values: Vec<FieldValue>,
    /// Rows with these very values come with the page.
    pub inclusive: bool,
}

impl Boundary {
    /// Behind the row that has these values in all keys.
    pub fn behind(values: Vec<FieldValue>) -> Self {
        Self { values, inclusive: false }
    }

    /// A boundary between two rows that follow one another, in as few and as short values as tell them apart.
    ///
    /// The keys behind the first that differs say nothing any more. Of a text in this key, its beginning up to the first
    /// character that differs is enough: between `lo` and `lo'` stands the beginning of the larger one, which is larger
    /// than all that the smaller one could be continued with and not larger than the larger one. No other row stood
    /// between the two, so those before and those behind are parted as by the whole values, and whatever becomes of the
    /// two rows later, rows that stay remain on their side. This holds for text that sorts by code point.
    pub fn between(keys: &[Key], last: &[FieldValue], next: &[FieldValue]) -> Self {
        // Not a number is not equal to itself.
        let same = |place: &usize| {
            last[*place] == next[*place] || format!("{:?}", last[*place]) == format!("{:?}", next[*place])
        };
        let Some(place) = (0..keys.len()).find(|place| !same(place)) else { return Self::behind(last.to_vec()) };
        let descending = keys[place].descending;
        let (smaller, larger) = if descending { (next, last) } else { (last, next) };
        let value = match (keys[place].kind, &smaller[place], &larger[place]) {
            (Kind::String, FieldValue::String(Some(smaller)), FieldValue::String(Some(larger))) => {
                let shared = smaller.chars().zip(larger.chars()).take_while(|(one, other)| one == other).count();
                FieldValue::String(Some(larger.chars().take(shared + 1).collect()))
            }
            (_, _, larger) => larger.clone(),
        };
        let values = last[..place].iter().cloned().chain([value]).collect();
        // Ascending, the row behind is the larger one and not before the boundary. Descending, it is the smaller one.
        Self { values, inclusive: !descending }
    }
}

/// One stretch of rows behind a cursor.
struct Range {
    condition: Condition,
    known: Vec<Known>,
}

/// The keys of an order with the id behind them, so that it is total.
pub fn keys(spec: &'static ResourceSpec, sort: &[SortKey]) -> Vec<Key> {
    let key = |key: SortKey| {
        let field = &spec.fields[key.field];
        Key {
            expr: Expr::col((Alias::new(spec.table), Alias::new(field.column))),
            kind: field.ty.kind,
            nullable: field.ty.nullable,
            descending: key.descending,
        }
    };
    total(spec, sort).into_iter().map(key).collect()
}

/// Orders by the keys: null is larger than any value.
pub fn order(backend: DbBackend, select: &mut SelectStatement, keys: &[Key]) {
    order_within(backend, select, keys, &vec![Known::Nothing; keys.len()]);
}

/// The key's direction: null is larger than any value.
pub fn direction(key: &Key) -> (Order, NullOrdering) {
    match key.descending {
        false => (Order::Asc, NullOrdering::Last),
        true => (Order::Desc, NullOrdering::First),
    }
}

fn order_within(backend: DbBackend, select: &mut SelectStatement, keys: &[Key], known: &[Known]) {
    for (key, known) in keys.iter().zip(known) {
        let (order, nulls) = direction(key);
        match known {
            Known::Fixed => {}
            // PostgreSQL does not conclude from IS NULL that the key is the same in all rows. Without it, it would not
            // see that an index has the order, and sort all rows of the stretch.
            Known::Null if backend != DbBackend::Postgres => {}
            // What PostgreSQL does anyway. Where it can be left away it is, because SQLite then uses an index.
            Known::Nothing if key.nullable && backend != DbBackend::Postgres => {
                select.order_by_expr_with_nulls(key.expr.clone(), order, nulls);
            }
            _ => {
                select.order_by_expr(key.expr.clone(), order);
            }
        }
    }
}

/// The first rows behind a boundary. `rows` is the statement without order and limit, its columns named.
pub fn after(
    backend: DbBackend,
    rows: &SelectStatement,
    table: &'static str,
    columns: &[Alias],
    keys: &[Key],
    boundary: &Boundary,
    limit: u64,
) -> SelectStatement {
    let stretch = |range: &Range| {
        let mut select = rows.clone();
        select.cond_where(range.condition.clone()).limit(limit);
        order_within(backend, &mut select, keys, &range.known);
        select
    };
    let ranges = ranges(keys, boundary);
    if let [range] = ranges.as_slice() {
        return stretch(range);
    }
    let bound = backend.build(rows).values.map_or(0, |values| values.0.len());
    if bound * ranges.len() > VALUES {
        let behind = ranges.into_iter().fold(Condition::any(), |any, range| any.add(range.condition));
        let mut select = rows.clone();
        select.cond_where(behind).limit(limit);
        order(backend, &mut select, keys);
        return select;
    }
    let named = |from: SelectStatement| {
        let mut select = SelectStatement::new();
        select.columns(columns.iter().map(|column| (Alias::new(table), column.clone())));
        select.from_subquery(from, Alias::new(table));
        select
    };
    let mut stretches = ranges.iter().map(|range| named(stretch(range)));
    // The id is a key that always leaves a range.
    let mut all = stretches.next().unwrap_or_else(|| rows.clone());
    for stretch in stretches {
        all.union(UnionType::All, stretch);
    }
    let mut select = named(all);
    select.limit(limit);
    order(backend, &mut select, keys);
    select
}

fn ranges(all: &[Key], Boundary { values, inclusive }: &Boundary) -> Vec<Range> {
    // Keys behind those of the boundary order the rows and say nothing of where the page begins.
    let keys = &all[..values.len()];
    let is_null = |place: usize| values[place] == null_of(&keys[place].kind);
    let one_way = keys.iter().all(|key| key.descending == keys[0].descending);
    let mut ranges = Vec::new();
    if one_way && (0..keys.len()).all(|place| !is_null(place)) {
        let row = Expr::tuple(keys.iter().map(|key| key.expr.clone()));
        let there = Expr::tuple(values.iter().cloned().map(Expr::val));
        let behind = match (keys[0].descending, inclusive) {
            (true, false) => row.lt(there),
            (true, true) => row.lte(there),
            (false, false) => row.gt(there),
            (false, true) => row.gte(there),
        };
        let mut known = vec![Known::Nothing; all.len()];
        known[0] = Known::NotNull;
        ranges.push(Range { condition: Condition::all().add(behind), known });
        // A comparison with null is never true, and in this direction null comes last.
        for place in (0..keys.len()).filter(|&place| keys[place].nullable && !keys[place].descending) {
            ranges.push(range(all, values, place, keys[place].expr.clone().is_null(), Known::Null));
        }
        return ranges;
    }
    for (place, key) in keys.iter().enumerate().rev() {
        let value = || Expr::val(values[place].clone());
        let with = *inclusive && place + 1 == keys.len();
        let behind = match (key.descending, is_null(place)) {
            (false, true) => None,
            (false, false) if with => Some(key.expr.clone().gte(value())),
            (false, false) => Some(key.expr.clone().gt(value())),
            (true, true) => Some(key.expr.clone().is_not_null()),
            (true, false) if with => Some(key.expr.clone().lte(value())),
            (true, false) => Some(key.expr.clone().lt(value())),
        };
        if let Some(behind) = behind {
            ranges.push(range(all, values, place, behind, Known::NotNull));
        }
        // Null comes last in this direction: behind any value, and with itself.
        if key.nullable && (if key.descending { with && is_null(place) } else { with || !is_null(place) }) {
            ranges.push(range(all, values, place, key.expr.clone().is_null(), Known::Null));
        }
    }
    ranges
}

/// The rows that share the values before `place` and obey this there.
fn range(keys: &[Key], values: &[FieldValue], place: usize, behind: Expr, known_there: Known) -> Range {
    let mut condition = Condition::all();
    let mut known = vec![Known::Nothing; keys.len()];
    for before in 0..place {
        let key = &keys[before];
        let (same, known_before) = match values[before] == null_of(&key.kind) {
            true => (key.expr.clone().is_null(), Known::Null),
            false => (key.expr.clone().eq(Expr::val(values[before].clone())), Known::Fixed),
        };
        condition = condition.add(same);
        known[before] = known_before;
    }
    known[place] = known_there;
    Range { condition: condition.add(behind), known }
}
