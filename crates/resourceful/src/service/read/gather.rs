//! Reads of single rows that arrive together go out as one query.
//!
//! The first read goes out at once. Reads that arrive while it is in flight, on the same worker and with the same shape,
//! wait for it and then go out together: `WHERE id = ANY($1)`. So there is no timer, and no wait where nothing is in
//! flight.
//!
//! - **No read is stale.** A query is sent after all of its reads have arrived, and a read is never joined to a query that
//!   was sent before: it sees every write that was acknowledged before it arrived.
//!   A replica that has what each reader must see still has it when the query is sent.
//! - **No read waits for more than one query in flight.** When that one ends, all that wait go out. When [`MOST`] wait,
//!   they go out without waiting.
//! - **No read sees another caller's rows.** The shape of a read is its resource, its columns and its condition (policy
//!   and ownership) by value; reads of callers with different conditions are in different queries.
//! - **Each read has its own answer.** If the database refuses a gathered query, which one row or one id can cause, each
//!   read is repeated alone. If no answer comes, each read fails with that error, and is not repeated: it would wait for
//!   the same time again. Rows are not decoded here, so what is wrong in a row concerns its own reader.
//! - **A reader that is dropped stops nothing.** The first read runs in its own request; when it ends or is dropped, a
//!   task takes over for those that wait.
//!
//! Reads of a transaction and reads that lock are never gathered. SQLite needs no gathering: it works inside of the
//! process. Where gathered rows were too large to be in memory together, rows of the table are read one by one until one
//! is small.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, PgFunc};
use sea_orm::{DbBackend, DbErr, QueryResult};
use tokio::sync::oneshot;

use super::columns::Columns;
use super::texts;
use crate::actor::Actor;
use crate::context::access::build;
use crate::context::outcome::copy_of_outage;
use crate::context::{Connection, Context, ReadRoute, row_bytes, worker_number};
use crate::resource::{FieldValue, Record, ResourceTable, array_type};
use crate::service::engine::Engine;

/// The most reads of one query.
const MOST: usize = 100;

/// The number of places for workers. Two workers at the same place gather together.
const PLACES: usize = 64;

/// A row up to this many bytes is small.
const SMALL_ROW: usize = 8 * 1024;

/// The reads of an application.
pub(super) struct Gatherers {
    /// Those that are in flight or wait, for each worker.
    places: [Mutex<Vec<Queue>>; PLACES],
    /// The tables whose rows were too large to be read together.
    large: RwLock<HashSet<&'static str>>,
}

impl Default for Gatherers {
    fn default() -> Self {
        Self { places: std::array::from_fn(|_| Mutex::default()), large: RwLock::default() }
    }
}

impl Gatherers {
    fn queues(&self, place: usize) -> MutexGuard<'_, Vec<Queue>> {
        self.places[place % PLACES].lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_large(&self, table: &str) -> bool {
        self.large.read().unwrap_or_else(PoisonError::into_inner).contains(table)
    }
}

/// Whether the rows of this table are read one by one.
pub(super) fn is_large(ctx: &Context, table: &'static str) -> bool {
    ctx.kept::<Gatherers>().is_large(table)
}

/// Notes the row of a table whose rows are read one by one.
pub(super) fn note(ctx: &Context, table: &'static str, row: &Record) {
    if row_bytes(row.row()) <= SMALL_ROW {
        ctx.kept::<Gatherers>().large.write().unwrap_or_else(PoisonError::into_inner).remove(table);
    }
}

/// What reads of one query have in common.
#[derive(Debug)]
struct Shape {
    table: &'static ResourceTable,
    columns: Columns,
    condition: Condition,
    /// The server that may answer all of them.
    route: ReadRoute,
}

impl Shape {
    fn is(&self, table: &'static ResourceTable, columns: &Columns, condition: &Condition, route: &ReadRoute) -> bool {
        std::ptr::eq(self.table, table)
            && self.columns == *columns
            && self.condition == *condition
            && self.route == *route
    }
}

/// The reads that wait for the query in flight of their shape.
struct Queue {
    shape: Arc<Shape>,
    waiting: Vec<Waiting>,
}

struct Waiting {
    id: FieldValue,
    answer: oneshot::Sender<Answer>,
}

/// The result of a gathered read.
pub(super) enum Answer {
    /// The row, if there is one.
    Row(Option<Record>),
    /// The database gave no answer.
    Failed(DbErr),
    /// The read must run alone.
    Alone,
}

/// What a read does.
pub(super) enum Place {
    /// It goes out at once. What it returned must exist while it is in flight.
    First(InFlight),
    /// Its result comes.
    Waits(oneshot::Receiver<Answer>),
}

/// Takes the place of a read among those of its worker.
pub(super) fn join(
    ctx: &Context,
    table: &'static ResourceTable,
    columns: &Columns,
    condition: &Condition,
    id: &FieldValue,
    route: ReadRoute,
) -> Place {
    let place = worker_number().map_or(0, |number| 1 + number % (PLACES - 1));
    let gatherers = ctx.kept::<Gatherers>();
    let mut queues = gatherers.queues(place);
    let Some(queue) = queues.iter_mut().find(|queue| queue.shape.is(table, columns, condition, &route)) else {
        let shape = Arc::new(Shape { table, columns: columns.clone(), condition: condition.clone(), route });
        queues.push(Queue { shape: shape.clone(), waiting: Vec::new() });
        return Place::First(InFlight { ctx: ctx.clone(), place, shape });
    };
    let (answer, result) = oneshot::channel();
    queue.waiting.push(Waiting { id: id.clone(), answer });
    if queue.waiting.len() >= MOST {
        let (reads, shape) = (std::mem::take(&mut queue.waiting), queue.shape.clone());
        drop(queues);
        spawn({
            let ctx = ctx.clone();
            async move { run(&ctx, &shape, reads).await }
        });
    }
    Place::Waits(result)
}

/// A query in flight. When this is dropped, those that wait for it go out.
pub(super) struct InFlight {
    ctx: Context,
    place: usize,
    shape: Arc<Shape>,
}

impl InFlight {
    /// The reads that wait. `Break` if there are none: then the next read is the first again.
    fn next(&self) -> ControlFlow<(), Vec<Waiting>> {
        let gatherers = self.ctx.kept::<Gatherers>();
        let mut queues = gatherers.queues(self.place);
        let Some(at) = queues.iter().position(|queue| Arc::ptr_eq(&queue.shape, &self.shape)) else {
            return ControlFlow::Break(());
        };
        let waiting = std::mem::take(&mut queues[at].waiting);
        if waiting.is_empty() {
            queues.swap_remove(at);
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(waiting)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let ControlFlow::Continue(reads) = self.next() else { return };
        let in_flight = Self { ctx: self.ctx.clone(), place: self.place, shape: self.shape.clone() };
        spawn(async move {
            run(&in_flight.ctx, &in_flight.shape, reads).await;
            while let ControlFlow::Continue(reads) = in_flight.next() {
                run(&in_flight.ctx, &in_flight.shape, reads).await;
            }
        });
    }
}

/// Runs a task. Without a runtime it is dropped, and its reads run alone.
fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        runtime.spawn(task);
    }
}

/// Runs one query for these reads.
async fn run(ctx: &Context, shape: &Shape, reads: Vec<Waiting>) {
    // Those whose clients have gone need no answer.
    let mut reads: Vec<Waiting> = reads.into_iter().filter(|read| !read.answer.is_closed()).collect();
    if reads.len() < 2 {
        return answer_all(reads, || Answer::Alone);
    }
    let spec = shape.table.spec;
    let ids = reads.iter().map(|read| read.id.clone()).collect();
    let ids = FieldValue::Array(array_type(spec.id_field()), Some(Box::new(ids)));
    let select = || {
        let mut select = shape.columns.select(spec);
        let id = Expr::col((Alias::new(spec.table), Alias::new(spec.id_field().column)));
        select.cond_where(shape.condition.clone().add(id.eq(PgFunc::any(Expr::val(ids.clone())))));
        select
    };
    // The condition is a part of the shape: what may be read does not depend on the engine's actor.
    let engine = Engine::new(ctx, shape.table, Actor::System);
    let statement = match shape.condition.is_empty() {
        true => engine.with_text(&shape.columns, texts::Shape::Many, vec![ids.clone()], select),
        false => build(DbBackend::Postgres, &select()),
    };
    let connection = Connection::Pool(ctx.clone());
    match shape.route.run(connection.all_small(spec.table, statement)).await {
        Ok(Some(rows)) => hand_out(shape, reads, rows),
        // They are too large to be in memory together.
        Ok(None) => {
            let gatherers = ctx.kept::<Gatherers>();
            gatherers.large.write().unwrap_or_else(PoisonError::into_inner).insert(spec.table);
            answer_all(reads, || Answer::Alone);
        }
        Err(error) => {
            for read in reads.drain(..) {
                let answer = copy_of_outage(&error).map_or(Answer::Alone, Answer::Failed);
                let _ = read.answer.send(answer);
            }
        }
    }
}

fn answer_all(reads: Vec<Waiting>, answer: impl Fn() -> Answer) {
    for read in reads {
        // A reader that has gone needs none.
        let _ = read.answer.send(answer());
    }
}

/// Gives each read the row with its id.
fn hand_out(shape: &Shape, reads: Vec<Waiting>, rows: Vec<QueryResult>) {
    let spec = shape.table.spec;
    let mut reads: Vec<Option<Waiting>> = reads.into_iter().map(Some).collect();
    let mut is_sure = true;
    for row in rows {
        let record = Record::from(row);
        let Ok(id) = record.value(spec, spec.id) else {
            is_sure = false;
            continue;
        };
        let same = |read: &&mut Option<Waiting>| read.as_ref().is_some_and(|read| read.id == id);
        let mut same: Vec<Waiting> = reads.iter_mut().filter(same).filter_map(Option::take).collect();
        let last = same.pop();
        is_sure &= last.is_some();
        let Some(last) = last else { continue };
        for read in same {
            let _ = read.answer.send(Answer::Row(Some(record.clone())));
        }
        let _ = last.answer.send(Answer::Row(Some(record)));
    }
    // A collation can make different texts equal: then the row of a read has another id than the read.
    let others = reads.into_iter().flatten().collect();
    answer_all(others, || if is_sure { Answer::Row(None) } else { Answer::Alone });
}
