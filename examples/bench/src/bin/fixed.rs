//! The ceiling of the benchmark: actix-web alone, with one fixed answer of the length of a project.

use actix_web::{App, HttpResponse, HttpServer, web};

const ANSWER: &str = r#"{"id":"0193777e-9a80-7000-8000-000000000000","name":"Project 1 of the benchmark","description":"What this project is about, in a sentence of some length.","isActive":true,"ownerId":"0193777e-9a80-7000-8000-000000000001","dueDate":null,"createdAt":"2026-01-01T00:00:00.000000Z","updatedAt":"2026-01-01T00:00:00.000000Z"}"#;

async fn get() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(ANSWER)
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let port = std::env::var("PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(8000);
    HttpServer::new(|| App::new().route("/api/v1/projects/{id}", web::get().to(get)))
        .bind(("127.0.0.1", port))?
        .run()
        .await
}
