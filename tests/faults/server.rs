//! The server that the fault tests kill: two resources in the database of `DATABASE_URL`. It prints its address, and ends
//! when its standard input is closed, so that it never outlives a test. With a command it runs that command.

use std::io::Read;
use std::net::TcpListener;

use resourceful::actix_web::{self, HttpServer};
use resourceful::context::{Context, DatabaseSettings, Options};
use resourceful::{App, Error, Path, Requirement, Resource, Result, get};

mod resources;

use resources::{Document, Mark, Note, Poster, Sheet, Stamp};

/// Answers after this many milliseconds.
#[get("/{milliseconds}", public)]
async fn slow(milliseconds: Path<u64>) -> &'static str {
    resourceful::actix_web::rt::time::sleep(std::time::Duration::from_millis(*milliseconds)).await;
    "late"
}

#[resourceful::main]
async fn main() -> Result<()> {
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    if std::env::args().nth(1).is_some() {
        let app = App::from_env()?.resource::<Mark>().resource::<Stamp>();
        let app = app.resource::<Note>().resource::<Sheet>().resource::<Poster>();
        let app = app.scope("/slow", Requirement::Public, |routes| routes.service(slow));
        return app.seed(async |_| Ok(())).run().await;
    }
    let mut database = DatabaseSettings::new(std::env::var("DATABASE_URL").map_err(Error::internal)?);
    database.max_connections = 6;
    let ctx = Context::builder(Options::default()).connect(&database).await?;
    resourceful::schema::create_missing(ctx.db(), &[Mark::spec(), Stamp::spec(), Document::spec()]).await?;
    let listener = TcpListener::bind("127.0.0.1:0").map_err(Error::internal)?;
    let address = listener.local_addr().map_err(Error::internal)?;
    let app = move || {
        let api = resourceful::mount(&ctx).resource::<Mark>().resource::<Stamp>().resource::<Document>();
        actix_web::App::new().service(api)
    };
    let server = HttpServer::new(app).workers(2).listen(listener).map_err(Error::internal)?.run();
    println!("{address}");
    server.await.map_err(Error::internal)
}
