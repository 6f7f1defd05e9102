//! The hand-written server of the benchmark without an ORM: actix-web and tokio-postgres, one client for each worker, which
//! sends the statements of concurrent requests in one pipeline, and statements that are prepared once.

use std::collections::HashMap;

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use bench::auth::Auth;
use bench::bodies::{NewProject, ProjectPatch, WithRelated};
use bench::entities::{owner, project, task};
use bench::paging::{ListQuery, Page, cut};
use chrono::Utc;
use futures_util::future::try_join;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, NoTls, Row, Statement};
use uuid::Uuid;

type Db = web::Data<Driver>;
type Answer = actix_web::Result<HttpResponse>;

const COLUMNS: &str = "id, name, description, is_active, owner_id, due_date, created_at, updated_at";

struct Driver {
    client: Client,
    get: Statement,
    list: Statement,
    list_filtered: Statement,
    list_after: Statement,
    count: Statement,
    count_filtered: Statement,
    owners: Statement,
    tasks: Statement,
    insert: Statement,
    update: Statement,
}

impl Driver {
    async fn connect(url: String) -> Result<Self, Error> {
        let (client, connection) = tokio_postgres::connect(&url, NoTls).await?;
        actix_web::rt::spawn(async move {
            if let Err(error) = connection.await {
                eprintln!("the connection ended: {error}");
            }
        });
        let select = format!("SELECT {COLUMNS} FROM projects");
        let order = "ORDER BY created_at DESC, id DESC";
        let filter = "WHERE ($1::uuid IS NULL OR owner_id = $1) AND ($2::boolean IS NULL OR is_active = $2)";
        let prepare = async |sql: &str| client.prepare(sql).await;
        Ok(Self {
            get: prepare(&format!("{select} WHERE id = $1")).await?,
            list: prepare(&format!("{select} {order} LIMIT $1 OFFSET $2")).await?,
            list_filtered: prepare(&format!("{select} {filter} {order} LIMIT $3 OFFSET $4")).await?,
            list_after: prepare(&format!("{select} WHERE (created_at, id) < ($1, $2) {order} LIMIT $3")).await?,
            count: prepare("SELECT count(*) FROM projects").await?,
            count_filtered: prepare(&format!("SELECT count(*) FROM projects {filter}")).await?,
            owners: prepare("SELECT id, name, email, created_at FROM owners WHERE id = ANY($1)").await?,
            tasks: prepare("SELECT id, project_id, title, priority, created_at FROM tasks WHERE project_id = ANY($1)")
                .await?,
            insert: prepare(&format!(
                "INSERT INTO projects ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING {COLUMNS}"
            ))
            .await?,
            update: prepare(&format!(
                "UPDATE projects SET name = coalesce($2, name), description = coalesce($3, description), \
                 is_active = coalesce($4, is_active), due_date = coalesce($5, due_date), updated_at = $6 \
                 WHERE id = $1 RETURNING {COLUMNS}"
            ))
            .await?,
            client,
        })
    }

    async fn all(&self, statement: &Statement, values: &[&(dyn ToSql + Sync)]) -> actix_web::Result<Vec<Row>> {
        self.client.query(statement, values).await.map_err(failed)
    }

    async fn total(&self, query: &ListQuery) -> actix_web::Result<Option<u64>> {
        if !query.counts() {
            return Ok(None);
        }
        let rows = match (&query.owner_id, &query.is_active) {
            (None, None) => self.all(&self.count, &[]).await?,
            (owner, active) => self.all(&self.count_filtered, &[owner, active]).await?,
        };
        let total: i64 = rows.first().map(|row| row.get(0)).unwrap_or_default();
        Ok(Some(total.cast_unsigned()))
    }
}

fn failed(error: Error) -> actix_web::Error {
    actix_web::error::ErrorInternalServerError(error)
}

fn project(row: &Row) -> project::Model {
    project::Model {
        id: row.get(0),
        name: row.get(1),
        description: row.get(2),
        is_active: row.get(3),
        owner_id: row.get(4),
        due_date: row.get(5),
        created_at: row.get(6),
        updated_at: row.get(7),
    }
}

fn owner(row: &Row) -> owner::Model {
    owner::Model { id: row.get(0), name: row.get(1), email: row.get(2), created_at: row.get(3) }
}

fn task(row: &Row) -> task::Model {
    task::Model {
        id: row.get(0),
        project_id: row.get(1),
        title: row.get(2),
        priority: row.get(3),
        created_at: row.get(4),
    }
}

async fn list(db: Db, query: web::Query<ListQuery>) -> Answer {
    let Ok(after) = query.after() else { return Ok(HttpResponse::BadRequest().finish()) };
    let (limit, offset) = (query.size().cast_signed() + 1, query.offset().cast_signed());
    let rows = async {
        match (&after, &query.owner_id, &query.is_active) {
            (Some(after), None, None) => db.all(&db.list_after, &[&after.created_at, &after.id, &limit]).await,
            (None, None, None) => db.all(&db.list, &[&limit, &offset]).await,
            (_, owner, active) => db.all(&db.list_filtered, &[owner, active, &limit, &offset]).await,
        }
    };
    // Both statements go out in one pipeline.
    let (rows, total) = try_join(rows, db.total(&query)).await?;
    let mut items: Vec<project::Model> = rows.iter().map(project).collect();
    let next = cut(&mut items, query.size());
    let (page, size) = (query.page(), query.size());
    if !query.includes() {
        return Ok(HttpResponse::Ok().json(Page { items, total, page, size, next }));
    }
    let (ids, owner_ids): (Vec<Uuid>, Vec<Uuid>) = items.iter().map(|item| (item.id, item.owner_id)).unzip();
    let (owners, tasks) = try_join(db.all(&db.owners, &[&owner_ids]), db.all(&db.tasks, &[&ids])).await?;
    let owners: HashMap<Uuid, owner::Model> = owners.iter().map(owner).map(|owner| (owner.id, owner)).collect();
    let mut of_project: HashMap<Uuid, Vec<task::Model>> = HashMap::new();
    for task in tasks.iter().map(task) {
        of_project.entry(task.project_id).or_default().push(task);
    }
    let related = |project: project::Model| WithRelated {
        owner: owners.get(&project.owner_id).cloned(),
        tasks: of_project.remove(&project.id).unwrap_or_default(),
        project,
    };
    let items = items.into_iter().map(related).collect();
    Ok(HttpResponse::Ok().json(Page { items, total, page, size, next }))
}

async fn get(db: Db, id: web::Path<Uuid>) -> Answer {
    match db.all(&db.get, &[&*id]).await?.first() {
        Some(row) => Ok(HttpResponse::Ok().json(project(row))),
        None => Ok(HttpResponse::NotFound().finish()),
    }
}

async fn get_guarded(req: HttpRequest, auth: web::Data<Option<Auth>>, db: Db, id: web::Path<Uuid>) -> Answer {
    if !auth.as_ref().as_ref().is_some_and(|auth| auth.permits(&req, "projects:read")) {
        return Ok(HttpResponse::Unauthorized().finish());
    }
    get(db, id).await
}

async fn create(db: Db, new: web::Json<NewProject>) -> Answer {
    if !new.is_valid() {
        return Ok(HttpResponse::UnprocessableEntity().finish());
    }
    let (id, now) = (Uuid::now_v7(), Utc::now());
    let active = new.is_active.unwrap_or(true);
    let values: [&(dyn ToSql + Sync); 8] =
        [&id, &new.name, &new.description, &active, &new.owner_id, &new.due_date, &now, &now];
    let rows = db.all(&db.insert, &values).await?;
    let Some(row) = rows.first() else { return Ok(HttpResponse::InternalServerError().finish()) };
    Ok(HttpResponse::Created().insert_header(("location", format!("/api/v1/projects/{id}"))).json(project(row)))
}

async fn patch(db: Db, id: web::Path<Uuid>, patch: web::Json<ProjectPatch>) -> Answer {
    if !patch.is_valid() {
        return Ok(HttpResponse::UnprocessableEntity().finish());
    }
    let now = Utc::now();
    let values: [&(dyn ToSql + Sync); 6] =
        [&*id, &patch.name, &patch.description, &patch.is_active, &patch.due_date, &now];
    match db.all(&db.update, &values).await?.first() {
        Some(row) => Ok(HttpResponse::Ok().json(project(row))),
        None => Ok(HttpResponse::NotFound().finish()),
    }
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let url = std::env::var("DATABASE_URL").map_err(std::io::Error::other)?;
    let port = std::env::var("PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(8000);
    let auth = web::Data::new(Auth::from_env());
    HttpServer::new(move || {
        let url = url.clone();
        App::new()
            .data_factory(move || Driver::connect(url.clone()))
            .app_data(auth.clone())
            .route("/api/v1/projects", web::get().to(list))
            .route("/api/v1/projects", web::post().to(create))
            .route("/api/v1/projects/{id}", web::get().to(get))
            .route("/api/v1/projects/{id}", web::patch().to(patch))
            .route("/api/v1/guarded/{id}", web::get().to(get_guarded))
    })
    .bind(("127.0.0.1", port))?
    .run()
    .await
}
