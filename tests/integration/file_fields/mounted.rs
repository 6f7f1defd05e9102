//! Files of resources that are mounted in an application of actix, below a scope with a parameter.

use std::sync::Arc;

use resourceful::actix_web::{self, web};
use resourceful::prelude::*;
use resourceful::serde_json::json;
use resourceful::storage::Storage;

/// A row with a file, which everyone may use.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(public(create, get, patch, delete))]
pub struct Flyer {
    pub id: i32,
    #[resource(file(max = "1KiB", types("text/plain")))]
    pub page: Option<FileRef>,
}

#[test]
fn files_work_below_scopes_with_parameters() {
    actix_web::rt::System::new().block_on(async {
        let folder = tempfile::tempdir().expect("a folder");
        let database = resourceful::context::DatabaseSettings::new(format!(
            "sqlite://{}?mode=rwc",
            folder.path().join("app.db").display()
        ));
        let ctx = Context::builder(resourceful::context::Options::default()).extension(Storage::in_memory());
        let ctx = ctx.connect(&database).await.expect("a context");
        resourceful::schema::create_missing(ctx.db(), &[Flyer::spec()]).await.expect("a table");
        let ctx = Arc::new(ctx);
        let app = {
            let ctx = ctx.clone();
            actix_web::App::new()
                .service(web::scope("/tenants/{id}").service(resourceful::mount(&ctx).resource::<Flyer>()))
        };
        let app = actix_web::test::init_service(app).await;
        let call = async |method: &str, path: &str, content_type: &str, body: &str| {
            let method = actix_web::http::Method::from_bytes(method.as_bytes()).expect("a method");
            let request = actix_web::test::TestRequest::default()
                .method(method)
                .uri(path)
                .insert_header(("host", "localhost"))
                .insert_header(("content-type", content_type))
                .set_payload(body.to_owned())
                .to_request();
            let answer = actix_web::test::call_service(&app, request).await;
            let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
            (status, headers, actix_web::test::read_body(answer).await)
        };
        let api = "/tenants/99/api/v1/flyers";
        for _ in 0..3 {
            assert_eq!(call("POST", api, "application/json", "{}").await.0, 201);
        }
        let (status, headers, body) = call("PUT", &format!("{api}/2/page"), "text/plain", "two").await;
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
        assert_eq!(
            headers.get("content-location").and_then(|path| path.to_str().ok()),
            Some("/tenants/99/api/v1/flyers/2")
        );
        let row: resourceful::serde_json::Value = resourceful::serde_json::from_slice(&body).expect("JSON");
        // Relative to the API, wherever that is.
        assert_eq!((&row["id"], &row["page"]["url"]), (&json!(2), &json!("flyers/2/page")));
        let (status, _, body) = call("GET", &format!("{api}/2/page"), "text/plain", "").await;
        assert_eq!((status, &body[..]), (200, b"two".as_slice()));
        assert_eq!(call("GET", &format!("{api}/1/page"), "text/plain", "").await.0, 404);
        assert_eq!(call("DELETE", &format!("{api}/2/page"), "text/plain", "").await.0, 204);
        assert_eq!(call("GET", &format!("{api}/2/page"), "text/plain", "").await.0, 404);
    });
}
