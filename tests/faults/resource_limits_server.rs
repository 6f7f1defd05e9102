//! The server whose memory and connections `resource_limits.rs` measures: an application with its settings from the
//! environment. It prints its address, and ends when its standard input is closed, so that it never outlives a test.

use std::io::Read;

use futures_util::TryStreamExt;
use resourceful::actix_web::body::SizedStream;
use resourceful::actix_web::{HttpResponse, web};
use resourceful::prelude::*;
use resourceful::sea_orm::ConnectionTrait;
use resourceful::storage::{Key, UploadOptions};

#[path = "resource_limits/resources.rs"]
mod resources;

use resources::{Chapter, Volume};

#[resourceful::main]
async fn main() -> Result<()> {
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let app = App::from_env()?.resource::<Volume>().resource::<Chapter>();
    let app = app.actix_scope("/blobs", Requirement::Public, |config| {
        config.service(web::resource("/{name}").put(store).get(read));
    });
    let app = app.scope("/naps", Requirement::Public, |routes| routes.service(nap).service(short));
    app.run().await
}

/// Keeps a connection of PostgreSQL for this many milliseconds, without work for any processor.
#[get("/{milliseconds}", public)]
async fn nap(ctx: Context, milliseconds: Path<u32>) -> Result<Json<u32>> {
    let seconds = f64::from(*milliseconds) / 1000.0;
    ctx.transaction(async |tx| Ok(tx.execute_unprepared(&format!("SELECT pg_sleep({seconds})")).await.map(drop)?))
        .await?;
    Ok(Json(*milliseconds))
}

/// Needs no connection.
#[get("/none", public)]
async fn short() -> Result<Json<u32>> {
    Ok(Json(0))
}

/// Stores the body of a request, and answers with its checksum.
async fn store(ctx: Context, name: web::Path<String>, payload: web::Payload) -> Result<String> {
    let body = payload.map_err(|error| Error::conflict("broken", error.to_string()));
    let stored = ctx.storage().upload(&Key::parse(name.as_str())?, body, UploadOptions::new("a/b")).await?;
    Ok(stored.sha256)
}

async fn read(ctx: Context, name: web::Path<String>) -> Result<HttpResponse> {
    let download = ctx.storage().download(&Key::parse(name.as_str())?, None).await?;
    Ok(HttpResponse::Ok().body(SizedStream::new(download.file.size, download.stream)))
}
