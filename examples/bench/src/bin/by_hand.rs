//! The hand-written server of the benchmark: actix-web, SeaORM, serde. One shared pool with default options, or with
//! `POOL=worker` one pool for each worker that does not ping a connection before its use.

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use bench::auth::Auth;
use bench::bodies::{NewProject, ProjectPatch, WithRelated};
use bench::entities::{owner, project, task};
use bench::paging::{ListQuery, Page, cut};
use chrono::Utc;
use sea_orm::entity::prelude::*;
use sea_orm::{
    ActiveModelTrait, Condition, ConnectOptions, Database, DatabaseConnection, DbErr, QueryOrder, QuerySelect, Set,
};

type Db = web::Data<DatabaseConnection>;
type Answer = actix_web::Result<HttpResponse>;

fn failed(error: DbErr) -> actix_web::Error {
    actix_web::error::ErrorInternalServerError(error)
}

async fn list(db: Db, query: web::Query<ListQuery>) -> Answer {
    let Ok(after) = query.after() else { return Ok(HttpResponse::BadRequest().finish()) };
    let mut matching = Condition::all();
    if let Some(owner) = query.owner_id {
        matching = matching.add(project::Column::OwnerId.eq(owner));
    }
    if let Some(is_active) = query.is_active {
        matching = matching.add(project::Column::IsActive.eq(is_active));
    }
    let select = project::Entity::find().filter(matching);
    let mut rows = select.clone().order_by_desc(project::Column::CreatedAt).order_by_desc(project::Column::Id);
    rows = match after {
        Some(after) => rows.filter(Condition::all().add(project::Column::CreatedAt.lte(after.created_at)).add(
            Condition::any().add(project::Column::CreatedAt.lt(after.created_at)).add(project::Column::Id.lt(after.id)),
        )),
        None => rows.offset(query.offset()),
    };
    let mut items = rows.limit(query.size() + 1).all(db.get_ref()).await.map_err(failed)?;
    let next = cut(&mut items, query.size());
    let total = match query.counts() {
        true => Some(select.count(db.get_ref()).await.map_err(failed)?),
        false => None,
    };
    let (page, size) = (query.page(), query.size());
    if !query.includes() {
        return Ok(HttpResponse::Ok().json(Page { items, total, page, size, next }));
    }
    let owners = items.load_one(owner::Entity, db.get_ref()).await.map_err(failed)?;
    let tasks = items.load_many(task::Entity, db.get_ref()).await.map_err(failed)?;
    let related = items.into_iter().zip(owners).zip(tasks);
    let items = related.map(|((project, owner), tasks)| WithRelated { project, owner, tasks }).collect();
    Ok(HttpResponse::Ok().json(Page { items, total, page, size, next }))
}

async fn get(db: Db, id: web::Path<Uuid>) -> Answer {
    match project::Entity::find_by_id(*id).one(db.get_ref()).await.map_err(failed)? {
        Some(project) => Ok(HttpResponse::Ok().json(project)),
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
    let new = new.into_inner();
    if !new.is_valid() {
        return Ok(HttpResponse::UnprocessableEntity().finish());
    }
    let now = Utc::now();
    let project = project::ActiveModel {
        id: Set(Uuid::now_v7()),
        name: Set(new.name),
        description: Set(new.description),
        is_active: Set(new.is_active.unwrap_or(true)),
        owner_id: Set(new.owner_id),
        due_date: Set(new.due_date),
        created_at: Set(now),
        updated_at: Set(now),
    };
    let project = project.insert(db.get_ref()).await.map_err(failed)?;
    Ok(HttpResponse::Created().insert_header(("location", format!("/api/v1/projects/{}", project.id))).json(project))
}

async fn patch(db: Db, id: web::Path<Uuid>, patch: web::Json<ProjectPatch>) -> Answer {
    let patch = patch.into_inner();
    if !patch.is_valid() {
        return Ok(HttpResponse::UnprocessableEntity().finish());
    }
    // One statement: the row is not read before.
    let mut changed = project::ActiveModel { id: Set(*id), updated_at: Set(Utc::now()), ..Default::default() };
    if let Some(name) = patch.name {
        changed.name = Set(name);
    }
    if let Some(is_active) = patch.is_active {
        changed.is_active = Set(is_active);
    }
    if patch.description.is_some() {
        changed.description = Set(patch.description);
    }
    if patch.due_date.is_some() {
        changed.due_date = Set(patch.due_date);
    }
    match changed.update(db.get_ref()).await {
        Ok(project) => Ok(HttpResponse::Ok().json(project)),
        Err(DbErr::RecordNotUpdated) => Ok(HttpResponse::NotFound().finish()),
        Err(error) => Err(failed(error)),
    }
}

fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/api/v1/projects", web::get().to(list))
        .route("/api/v1/projects", web::post().to(create))
        .route("/api/v1/projects/{id}", web::get().to(get))
        .route("/api/v1/projects/{id}", web::patch().to(patch))
        .route("/api/v1/guarded/{id}", web::get().to(get_guarded));
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let url = std::env::var("DATABASE_URL").map_err(std::io::Error::other)?;
    let port = std::env::var("PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(8000);
    let auth = web::Data::new(Auth::from_env());
    if std::env::var("POOL").as_deref() == Ok("worker") {
        let mut options = ConnectOptions::new(url);
        options.test_before_acquire(false);
        let server = HttpServer::new(move || {
            let options = options.clone();
            let connect = move || Database::connect(options.clone());
            App::new().data_factory(connect).app_data(auth.clone()).configure(routes)
        });
        return server.bind(("127.0.0.1", port))?.run().await;
    }
    let db = web::Data::new(Database::connect(url).await.map_err(std::io::Error::other)?);
    HttpServer::new(move || App::new().app_data(db.clone()).app_data(auth.clone()).configure(routes))
        .bind(("127.0.0.1", port))?
        .run()
        .await
}
