//! The rows after a cursor, found without counting the rows before it (keyset pagination).
//!
//! "After a row" is a row comparison, `(a, b, id) > (x, y, z)`, only where all keys have one direction and none can be
//! null. Otherwise it is several ranges, each of which is contiguous in the index on the keys: the rows that are equal in
//! the first keys and after the row in the next one. Each range is read up to the size of a page, and the results are
//! combined, so that a page costs the same at any depth.
//!
//! Indexes of SQLite hold null before all values. SQLite reads two ranges where the first key of an order is nullable;
//! where a later key is nullable it sorts, also on the first page.

use sea_orm::DbBackend;
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, NullOrdering, Order, SelectStatement, UnionType};

use super::ast::SortKey;
use super::sql::total;
use crate::resource::{FieldValue, null_of};
use crate::spec::{Kind, ResourceSpec};

/// A statement of SQLite binds at most 32,766 values. Where the values of the condition, bound again for each range, would
/// be more, the ranges become one condition, which is slower.
const VALUES: usize = 30_000;

/// One key of an order, as SQL.
#[derive(Debug, Clone)]
pub struct Key {
    /// The expression that is compared.
    pub expr: Expr,
    /// The kind of its values.
    pub kind: Kind,
    /// It can be null.
    pub nullable: bool,
    /// Descending.
    pub descending: bool,
}

/// The restriction of a key within one range.
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

/// The place where a page begins: after the rows with these values in the first keys, or with those rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Boundary {
    /// The values of as many keys as are needed, at least one.
    pub values: Vec<FieldValue>,
    /// Rows with exactly these values belong to the page.
    pub inclusive: bool,
}

impl Boundary {
    /// After the row that has these values in all keys.
    pub fn behind(values: Vec<FieldValue>) -> Self {
        Self { values, inclusive: false }
    }

    /// A boundary between two consecutive rows, with as few and as short values as distinguish them.
    ///
    /// The keys after the first different key are not needed. Of a text in that key, the beginning up to the first
    /// different character is enough: the beginning of the larger text is larger than every text that begins like the
    /// smaller one up to there, and not larger than the larger text. No other row was between the two, so the boundary
    /// separates all rows in the same way as the whole values would. Rows that do not change stay on their side, whatever
    /// becomes of the two rows. This holds for text that sorts by code point.
    pub fn between(keys: &[Key], last: &[FieldValue], next: &[FieldValue]) -> Self {
        // NaN is not equal to itself.
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
        // Ascending, the later row is the larger one and not before the boundary. Descending, it is the smaller one.
        Self { values, inclusive: !descending }
    }
}

/// One range of rows after a cursor.
struct Range {
    condition: Condition,
    known: Vec<Known>,
}

/// The keys of an order followed by the id, so that the order is total.
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
            // PostgreSQL does not conclude from IS NULL that the key is equal in all rows. Without the key in the order it
            // would not see that an index has the order, and would sort all rows of the range.
            Known::Null if backend != DbBackend::Postgres => {}
            // The default of PostgreSQL. It is left out where possible, because SQLite then uses an index.
            Known::Nothing if key.nullable && backend != DbBackend::Postgres => {
                select.order_by_expr_with_nulls(key.expr.clone(), order, nulls);
            }
            _ => {
                select.order_by_expr(key.expr.clone(), order);
            }
        }
    }
}

/// The first rows after a boundary. `rows` is the statement without order and limit, its columns named.
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
    // Keys after those of the boundary order the rows and do not affect where the page begins.
    let keys = &all[..values.len()];
    let is_null = |place: usize| values[place] == null_of(&keys[place].kind);
    let one_way = keys.iter().all(|key| key.descending == keys[0].descending);
    let mut ranges = Vec::new();
    if one_way && (0..keys.len()).all(|place| !is_null(place)) {
        let row = Expr::tuple(keys.iter().map(|key| key.expr.clone()));
        let boundary_values = Expr::tuple(values.iter().cloned().map(Expr::val));
        let behind = match (keys[0].descending, inclusive) {
            (true, false) => row.lt(boundary_values),
            (true, true) => row.lte(boundary_values),
            (false, false) => row.gt(boundary_values),
            (false, true) => row.gte(boundary_values),
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
        // Null comes last in this direction: after any value, and with itself.
        if key.nullable && (if key.descending { with && is_null(place) } else { with || !is_null(place) }) {
            ranges.push(range(all, values, place, key.expr.clone().is_null(), Known::Null));
        }
    }
    ranges
}

/// The rows that are equal in the keys before `place` and match this condition there.
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
