//! Who may upload, download and remove: what patch and get require, and the permissions of the field.

use resourceful::prelude::*;
use resourceful::serde_json::json;

use super::{PNG, ada, document, on_all, stored, upload, uploaded};
use crate::support::{ok, refused};

#[test]
fn permissions_of_the_row_and_of_the_field() {
    on_all(|app| {
        let ada = ada(app);
        let row = document(&ada, json!({}));
        let (attachment, scan) = (format!("{row}/attachment"), format!("{row}/scan"));
        uploaded(&ada, &attachment, "text/plain", b"one");
        let with = |permissions: &[&str]| {
            app.as_user(CurrentUser::new("auth0|ada").with_permissions(permissions.iter().copied()))
        };
        let anonymous = app.anonymous();
        refused(&anonymous.get(&attachment), 401, "unauthenticated", "GET");
        refused(&upload(&anonymous, &attachment, "text/plain", b"x"), 401, "unauthenticated", "PUT");
        refused(&anonymous.delete(&attachment), 401, "unauthenticated", "DELETE");
        let reader = with(&["documents:read"]);
        assert_eq!(reader.get(&attachment).text(), "one");
        refused(&upload(&reader, &attachment, "text/plain", b"x"), 403, "insufficient-scope", "PUT");
        refused(&reader.delete(&attachment), 403, "insufficient-scope", "DELETE");
        let writer = with(&["documents:write"]);
        refused(&writer.get(&attachment), 403, "insufficient-scope", "GET");
        uploaded(&writer, &attachment, "text/plain", b"two");
        assert_eq!(writer.delete(&attachment).status, 204);

        // The field's own permissions come in addition.
        for (method, permission) in
            [("GET", "documents:read:scan"), ("PUT", "documents:write:scan"), ("DELETE", "documents:write:scan")]
        {
            let answer = ada.send(method, &scan, &[("content-type", "text/plain")], Some(b"x".to_vec()));
            refused(&answer, 403, "insufficient-scope", method);
            assert!(answer.text().contains(permission), "{}", answer.text());
            // The answer is the same for a row that does not exist.
            let other = scan.replace(&row, "/api/v1/documents/0190a2d4-7b1e-7c3a-9f00-3b1c2d4e5f60");
            let answer = ada.send(method, &other, &[("content-type", "text/plain")], Some(b"x".to_vec()));
            refused(&answer, 403, "insufficient-scope", method);
        }
        let scanner = with(&["documents:write", "documents:read", "documents:write:scan"]);
        assert_eq!(uploaded(&scanner, &scan, "text/plain", b"scan").get("scan"), None, "written, and not shown");
        refused(&scanner.get(&scan), 403, "insufficient-scope", "GET");
        let both = with(&["documents:read", "documents:read:scan"]);
        assert_eq!(both.get(&scan).text(), "scan");
        assert_eq!(ok(both.get(&row))["scan"]["size"], 4);

        // A hidden field has no endpoints.
        let hidden = format!("{row}/secret");
        refused(&ada.get(&hidden), 404, "not-found", "hidden");
        refused(&upload(&ada, &hidden, "text/plain", b"x"), 404, "not-found", "hidden");
        refused(&ada.post(&attachment, json!({})), 405, "method-not-allowed", "POST");
    });
}

#[test]
fn rows_of_others_are_not_there() {
    on_all(|app| {
        let (ada, bob) = (ada(app), app.as_user(CurrentUser::new("auth0|bob").with_permissions(["documents:*"])));
        let row = document(&ada, json!({}));
        let id = row.rsplit('/').next().expect("an id");
        let own = format!("/api/v1/documents/self/{id}/attachment");
        let with_self = app
            .as_user(CurrentUser::new("auth0|ada").with_permissions(["documents:read:self", "documents:write:self"]));
        let bob_self = app
            .as_user(CurrentUser::new("auth0|bob").with_permissions(["documents:read:self", "documents:write:self"]));
        let row_json = uploaded(&with_self, &own, "image/png", PNG);
        assert_eq!(
            row_json["attachment"]["url"],
            format!("documents/self/{id}/attachment"),
            "what this caller may use"
        );
        assert_eq!(with_self.get(&own).body, PNG);
        assert_eq!(with_self.get(&format!("{own}/thumbs/20x20")).status, 200);
        let missing = "/api/v1/documents/self/0190a2d4-7b1e-7c3a-9f00-3b1c2d4e5f60/attachment";
        for path in [own.as_str(), missing, "/api/v1/documents/self/no-id/attachment"] {
            refused(&bob_self.get(path), 404, "not-found", path);
            refused(&bob_self.get(&format!("{path}/thumbs/20x20")), 404, "not-found", path);
            refused(&upload(&bob_self, path, "text/plain", b"x"), 404, "not-found", path);
            // Before anything of the body is judged.
            refused(&upload(&bob_self, path, "image/svg+xml", &vec![b'x'; 2 << 20]), 404, "not-found", path);
            refused(&bob_self.delete(path), 404, "not-found", path);
        }
        assert_eq!(bob.get(&format!("{row}/attachment")).status, 200, "all rows");

        // The policy of patch, and that of get
        for (name, shown) in [("frozen", true), ("hidden", false)] {
            let row = document(&ada, json!({"name": "Plan"}));
            let path = format!("{row}/attachment");
            uploaded(&ada, &path, "text/plain", b"one");
            let service = super::resources::document::Service::as_system(app.ctx());
            let id = row.rsplit('/').next().and_then(|id| id.parse().ok()).expect("an id");
            app.block_on(service.patch(id, super::resources::document::Patch::new().name(name))).expect("changed");
            let before = stored(app);
            refused(&upload(&ada, &path, "text/plain", b"x"), 404, "not-found", name);
            refused(&ada.delete(&path), 404, "not-found", name);
            assert_eq!(ada.get(&path).status, if shown { 200 } else { 404 }, "{name}");
            assert_eq!(stored(app), before);
        }
    });
}
