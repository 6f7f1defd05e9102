//! Files in the typed service, and the sweep.

use futures_util::{TryStreamExt, stream};
use resourceful::prelude::*;
use resourceful::serde_json::json;
use resourceful::storage::{ByteRange, Key, UploadOptions};
use resourceful::{Sweep, error};

use super::resources::{Document, document};
use super::{PNG, ada, document as new_document, on_all, stored, uploaded};

async fn content(file: resourceful::OpenFile) -> Result<String> {
    let parts: Vec<_> = file.content.stream.try_collect().await?;
    Ok(String::from_utf8_lossy(&parts.concat()).into_owned())
}

#[test]
fn services_put_open_and_remove_files() {
    on_all(|app| {
        let id: Uuid = new_document(&ada(app), json!({})).rsplit('/').next().expect("an id").parse().expect("an id");
        let column = document::Column::Attachment;
        app.block_on(async {
            let documents = document::Service::as_system(app.ctx());
            let row = documents.put_file(id, column, NewFile::new("a.csv", "a,b").content_type("text/csv")).await?;
            let file = row.attachment.expect("a file");
            assert_eq!((file.name(), file.size(), file.content_type()), ("a.csv", 3, "text/csv"));
            // In JSON of one's own it has what rows show, and not where its content is.
            let shown = resourceful::serde_json::to_value(&file).expect("JSON");
            let expected = json!({
                "name": "a.csv", "size": 3, "contentType": "text/csv", "sha256": file.sha256(), "width": null, "height": null
            });
            assert_eq!(shown, expected);
            assert!(documents.get_by_id(id).await?.attachment.is_some_and(|found| found == file));
            assert_eq!(content(documents.open_file(id, column).await?).await?, "a,b");
            assert_eq!(content(documents.open_file_range(id, column, ByteRange::Last(1)).await?).await?, "b");

            let parts = stream::iter(["one, ", "two"].map(|part| Ok::<_, Error>(part.into())));
            documents.put_file(id, column, NewFile::stream("b.txt", parts)).await?;
            assert_eq!(content(documents.open_file(id, column).await?).await?, "one, two");
            assert_eq!(stored_of(app).await.len(), 1);

            // A body that fails leaves the former file.
            let failing = stream::iter([Ok("three".into()), Err(Error::conflict("broken", "The source broke"))]);
            let failed = documents.put_file(id, column, NewFile::stream("c.txt", failing)).await;
            assert_eq!(failed.expect_err("an error").slug(), "broken");
            let wrong =
                documents.put_file(id, column, NewFile::new("c.png", "no image").content_type("image/png")).await;
            assert!(wrong.is_err_and(|error| error.is(&error::catalogue::UNSUPPORTED_MEDIA_TYPE)));
            assert!(documents.put_file(id, document::Column::Name, NewFile::new("c", "c")).await.is_err());
            let nobody = document::Service::as_user(app.ctx(), CurrentUser::new("auth0|bob")).owned()?;
            assert!(nobody.open_file(id, column).await.is_err_and(|error| error.is(&error::catalogue::NOT_FOUND)));
            assert!(nobody.remove_file(id, column).await.is_err_and(|error| error.is(&error::catalogue::NOT_FOUND)));
            assert_eq!(content(documents.open_file(id, column).await?).await?, "one, two");

            // In a transaction, a file is part of what is committed.
            let rolled_back = app.ctx().transaction(async |tx| {
                let documents = document::Service::as_system(&tx);
                documents.put_file(id, column, NewFile::new("d.txt", "four")).await?;
                documents.remove_file(id, column).await?;
                Err::<(), _>(Error::conflict("no", "Rolled back"))
            });
            assert!(rolled_back.await.is_err());
            assert_eq!(content(documents.open_file(id, column).await?).await?, "one, two");

            assert_eq!(documents.remove_file(id, column).await?.attachment, None);
            assert!(documents.open_file(id, column).await.is_err_and(|error| error.is(&error::catalogue::NOT_FOUND)));
            Ok::<_, Error>(())
        })
        .expect("works");
    });
}

async fn stored_of(app: &resourceful::testing::TestApp) -> Vec<Key> {
    app.ctx().storage().list("").map_ok(|entry| entry.key).try_collect().await.expect("a list")
}

#[test]
fn a_sweep_removes_what_no_row_has() {
    on_all(|app| {
        let ada = ada(app);
        let path = new_document(&ada, json!({}));
        uploaded(&ada, &format!("{path}/attachment"), "image/png", PNG);
        assert_eq!(ada.get(&format!("{path}/attachment/thumbs/20x20")).status, 200);
        let kept = stored(app);
        let orphan = |folder: &str| {
            let key = Key::generate(folder, Some("txt")).expect("a key");
            let body = stream::iter([Ok::<_, Error>("left".into())]);
            app.block_on(app.ctx().storage().upload(&key, body, UploadOptions::new("text/plain"))).expect("stored");
            key.to_string()
        };
        let (lost, hidden) = (orphan("documents/attachment"), orphan("documents/secret"));
        let copy = orphan(&format!("{lost}-thumbs"));
        // Not files of rows
        let (other, near) = (orphan("documents/attachments"), orphan("reports"));
        let sweep = |sweep: Sweep| app.block_on(sweep.run(app.ctx())).expect("swept");
        assert!(sweep(Sweep::new()).removed.is_empty(), "all are young");
        assert!(sweep(Sweep::new().older_than(std::time::Duration::ZERO)).removed.is_empty(), "an hour at least");
        let dry = sweep(Sweep::new().of_any_age().dry_run());
        let mut expected = vec![lost, copy, hidden];
        expected.sort();
        let mut removed = dry.removed.clone();
        removed.sort();
        assert_eq!((removed, dry.seen), (expected, kept.len() + 3));
        assert_eq!(stored(app).len(), kept.len() + 5, "a dry run removes nothing");
        assert_eq!(sweep(Sweep::new().of_any_age()).removed, dry.removed);
        let mut rest = [kept.clone(), vec![other, near]].concat();
        rest.sort();
        assert_eq!(stored(app), rest);

        // A storage in which most files are of another database
        let many: Vec<String> = (0..30).map(|_| orphan("documents/attachment")).collect();
        let refused = app.block_on(Sweep::new().of_any_age().run(app.ctx())).expect_err("refused");
        assert!(refused.is(&error::catalogue::CONFLICT));
        assert_eq!(stored(app).len(), rest.len() + many.len());
        assert_eq!(sweep(Sweep::new().of_any_age().force()).removed.len(), many.len());
        assert_eq!(stored(app), rest);

        // A database that knows no file
        assert_eq!(ada.delete(&path).status, 204);
        let last = orphan("documents/attachment");
        let refused = app.block_on(Sweep::new().of_any_age().run(app.ctx())).expect_err("refused");
        assert!(refused.is(&error::catalogue::CONFLICT) && stored(app).contains(&last));
        assert_eq!(sweep(Sweep::new().of_any_age().force()).removed, [last]);
        let _: Option<Document> = None;
    });
}
