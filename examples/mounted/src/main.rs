//! Your own actix-web application, with its own middleware, state and OpenAPI document, which mounts two resources and
//! requires a permission for one of its own scopes.

#![allow(missing_docs, reason = "the fields of an example need no explanation")]

use actix_web::middleware::DefaultHeaders;
use actix_web::{HttpResponse, HttpServer, web};
use resourceful::prelude::*;

/// An author of books.
#[derive(Clone, Debug, Resource)]
#[resource(has_many(books: Book))]
pub struct Author {
    pub id: Uuid,
    #[resource(length(1..=200), filter, sort, search)]
    pub name: String,
}

/// A book.
#[derive(Clone, Debug, Resource)]
pub struct Book {
    pub id: Uuid,
    #[resource(belongs_to(author: Author), filter)]
    pub author_id: Uuid,
    #[resource(length(1..=200), filter, sort, search)]
    pub title: String,
}

/// The permission that the application's older handlers require.
const LEGACY: &str = "legacy:use";

/// The application's own state.
struct Greeting(&'static str);

async fn hello(greeting: web::Data<Greeting>) -> HttpResponse {
    HttpResponse::Ok().body(greeting.0)
}

/// A handler from before the resources. Because its scope requires a permission, it can take the caller, and services that
/// act for the caller.
async fn shelf(reader: CurrentUser, books: book::Service) -> Result<String> {
    Ok(format!("{} can choose from {} books", reader.id, books.count(Query::new()).await?))
}

#[resourceful::main]
async fn main() -> Result<()> {
    let settings = resourceful::Settings::from_env()?;
    let ctx = Context::from_settings(&settings).await?;
    resourceful::schema::create_missing(ctx.db(), &[Author::spec(), Book::spec()]).await?;
    let mut request = resourceful::auth::TokenRequest::new("auth0|ada", "");
    request.permissions = [
        author::permissions::READ,
        author::permissions::WRITE,
        book::permissions::READ,
        book::permissions::WRITE,
        LEGACY,
    ]
    .map(str::to_owned)
    .to_vec();
    println!("A token to try it with:\n\n{}\n", settings.development_token(request)?);
    let server = HttpServer::new(move || {
        actix_web::App::new()
            .wrap(DefaultHeaders::new().add(("x-library", "mounted")))
            .app_data(web::Data::new(Greeting("A library of my own")))
            .route("/", web::get().to(hello))
            .service(
                web::scope("/legacy")
                    .wrap(resourceful::require(&ctx, Requirement::Permission(LEGACY)))
                    .route("/shelf", web::get().to(shelf)),
            )
            .service(resourceful::mount(&ctx).resource::<Author>().resource::<Book>())
    });
    let server = server.bind((settings.server.host.as_str(), settings.server.port)).map_err(Error::internal)?;
    server.run().await.map_err(Error::internal)
}
