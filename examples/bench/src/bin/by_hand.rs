//! The benchmark's hand-written server: actix-web, one shared SeaORM pool with default options, serde.

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use chrono::{DateTime, Utc};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use sea_orm::entity::prelude::*;
use sea_orm::{Database, DatabaseConnection, PaginatorTrait, QueryOrder, QuerySelect, Set};
use serde::{Deserialize, Serialize};

mod article {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize)]
    #[sea_orm(table_name = "articles")]
    #[serde(rename_all = "camelCase")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) id: Uuid,
        pub(super) title: String,
        pub(super) body: Option<String>,
        pub(super) is_published: bool,
        pub(super) views: i32,
        pub(super) created_at: DateTime<Utc>,
        pub(super) updated_at: DateTime<Utc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(super) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewArticle {
    title: String,
    body: Option<String>,
    is_published: Option<bool>,
    views: Option<i32>,
}

#[derive(Deserialize)]
struct Paging {
    page: Option<u64>,
    size: Option<u64>,
    count: Option<String>,
}

#[derive(Serialize)]
struct Page {
    items: Vec<article::Model>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
    page: u64,
    size: u64,
}

type Answer = actix_web::Result<HttpResponse>;

fn failed(error: sea_orm::DbErr) -> actix_web::Error {
    actix_web::error::ErrorInternalServerError(error)
}

async fn list(db: web::Data<DatabaseConnection>, paging: web::Query<Paging>) -> Answer {
    let (page, size) = (paging.page.unwrap_or(1), paging.size.unwrap_or(20));
    let query = article::Entity::find().order_by_desc(article::Column::CreatedAt).order_by_desc(article::Column::Id);
    let items = query.clone().offset((page - 1) * size).limit(size).all(db.get_ref()).await.map_err(failed)?;
    let total = match paging.count.as_deref() {
        Some("none") => None,
        _ => Some(query.count(db.get_ref()).await.map_err(failed)?),
    };
    Ok(HttpResponse::Ok().json(Page { items, total, page, size }))
}

async fn get(db: web::Data<DatabaseConnection>, id: web::Path<Uuid>) -> Answer {
    match article::Entity::find_by_id(*id).one(db.get_ref()).await.map_err(failed)? {
        Some(article) => Ok(HttpResponse::Ok().json(article)),
        None => Ok(HttpResponse::NotFound().finish()),
    }
}

/// Verifies the tokens of the other server.
struct Auth {
    key: DecodingKey,
    validation: Validation,
}

#[derive(Deserialize)]
struct Claims {
    permissions: Vec<String>,
}

impl Auth {
    fn from_env() -> Option<Self> {
        let set: JwkSet = serde_json::from_str(&std::env::var("JWKS").ok()?).ok()?;
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_audience(&[std::env::var("AUDIENCE").ok()?]);
        validation.set_issuer(&[std::env::var("ISSUER").ok()?]);
        Some(Self { key: DecodingKey::from_jwk(set.keys.first()?).ok()?, validation })
    }

    fn permits(&self, req: &HttpRequest, permission: &str) -> bool {
        let header = req.headers().get("authorization").and_then(|value| value.to_str().ok());
        let Some(token) = header.and_then(|value| value.strip_prefix("Bearer ")) else { return false };
        decode::<Claims>(token, &self.key, &self.validation)
            .is_ok_and(|token| token.claims.permissions.iter().any(|held| held == permission))
    }
}

async fn get_private(
    req: HttpRequest,
    auth: web::Data<Option<Auth>>,
    db: web::Data<DatabaseConnection>,
    id: web::Path<Uuid>,
) -> Answer {
    if !auth.as_ref().as_ref().is_some_and(|auth| auth.permits(&req, "articles:read")) {
        return Ok(HttpResponse::Unauthorized().finish());
    }
    get(db, id).await
}

async fn create(db: web::Data<DatabaseConnection>, new: web::Json<NewArticle>) -> Answer {
    let new = new.into_inner();
    if new.title.is_empty() || new.title.chars().count() > 255 {
        return Ok(HttpResponse::UnprocessableEntity().finish());
    }
    let now = Utc::now();
    let article = article::ActiveModel {
        id: Set(Uuid::now_v7()),
        title: Set(new.title),
        body: Set(new.body),
        is_published: Set(new.is_published.unwrap_or(true)),
        views: Set(new.views.unwrap_or(0)),
        created_at: Set(now),
        updated_at: Set(now),
    };
    let article = article.insert(db.get_ref()).await.map_err(failed)?;
    Ok(HttpResponse::Created().json(article))
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let url = std::env::var("DATABASE_URL").map_err(std::io::Error::other)?;
    let port = std::env::var("PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(8000);
    let db = Database::connect(url).await.map_err(std::io::Error::other)?;
    let auth = web::Data::new(Auth::from_env());
    HttpServer::new(move || {
        App::new()
            .app_data(web::Data::new(db.clone()))
            .app_data(auth.clone())
            .route("/api/v1/articles", web::get().to(list))
            .route("/api/v1/articles", web::post().to(create))
            .route("/api/v1/articles/{id}", web::get().to(get))
            .route("/api/v1/private/articles/{id}", web::get().to(get_private))
    })
    .bind(("127.0.0.1", port))?
    .run()
    .await
}
