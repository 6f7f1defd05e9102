//! The users of development, and tokens for them.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::manifest::{Kind, Manifest};
use crate::auth::{DevIssuer, TokenRequest};
use crate::error::{Error, Result, catalogue};

/// How long a token is valid. The pages get a new one before.
const VALID: Duration = Duration::from_secs(3600);

/// The most of each thing that a token is made with.
const MOST: usize = 1000;

/// Signs tokens for the pages of development.
#[derive(Clone)]
pub(super) struct Users {
    issuer: DevIssuer,
    audience: String,
    all: Vec<User>,
    /// Every permission of the application.
    pub(super) permissions: Vec<String>,
}

/// A user that can be chosen.
#[derive(Clone)]
pub(super) struct User {
    /// By what the pages know them.
    pub(super) key: &'static str,
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    email: &'static str,
    /// What they may do, in words.
    pub(super) may: &'static str,
    pub(super) permissions: Vec<String>,
    roles: Vec<String>,
}

/// Whose token is asked for: a user of the list, or anyone with these permissions.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    user: Option<String>,
    sub: Option<String>,
    permissions: Option<Vec<String>>,
}

impl Users {
    pub(super) fn new(issuer: DevIssuer, audience: String, manifest: &Manifest) -> Self {
        let permissions = manifest.permissions();
        let roles = manifest.entries.iter().filter(|entry| entry.kind == Kind::Role);
        let reads = |permission: &&String| permission.split(':').skip(1).any(|word| word == "read");
        let user =
            |(key, id, name, email), may, permissions, roles| User { key, id, name, email, may, permissions, roles };
        let all = vec![
            user(
                ("ada", "auth0|ada", "Ada Lovelace", "ada@example.com"),
                "may do everything",
                permissions.clone(),
                roles.map(|entry| entry.name.to_owned()).collect(),
            ),
            user(
                ("grace", "auth0|grace", "Grace Hopper", "grace@example.com"),
                "may read",
                permissions.iter().filter(reads).cloned().collect(),
                Vec::new(),
            ),
            user(
                ("alan", "auth0|alan", "Alan Turing", "alan@example.com"),
                "has no permissions",
                Vec::new(),
                Vec::new(),
            ),
        ];
        Self { issuer, audience, all, permissions }
    }

    pub(super) fn all(&self) -> &[User] {
        &self.all
    }

    /// What the page at `/docs` needs to sign in.
    pub(super) fn for_docs(&self, path: &str) -> Value {
        let users = self.all.iter().map(|user| json!({"key": user.key, "name": user.name, "may": user.may}));
        json!({"token": path, "users": users.collect::<Vec<_>>()})
    }

    /// A token, as the body of a request asks for it: `{"user": "ada"}`, or
    /// `{"sub": "auth0|ada", "permissions": ["projects:read"]}`.
    ///
    /// # Errors
    /// 400 if the body asks for no such token.
    pub(super) fn token(&self, body: &[u8]) -> Result<Value> {
        let refused = |detail: String| Error::new(&catalogue::INVALID_REQUEST, detail);
        let wanted: Wanted = serde_json::from_slice(body).map_err(|error| {
            refused(format!("Send {{\"user\": \"ada\"}}, or {{\"sub\": \"auth0|ada\", \"permissions\": []}}: {error}"))
        })?;
        let Wanted { user: key, sub, permissions } = wanted;
        let known = |user: &&User| key.as_deref() == Some(user.key) || sub.as_deref() == Some(user.id);
        let user = self.all.iter().find(known);
        let id = match (&key, sub) {
            (Some(key), None) => match user {
                Some(user) => user.id.to_owned(),
                None => {
                    let keys: Vec<_> = self.all.iter().map(|user| user.key).collect();
                    return Err(refused(format!("There is no user `{key}`; the users are {}", keys.join(", "))));
                }
            },
            (None, Some(sub)) if !sub.is_empty() && sub.len() <= MOST => sub,
            _ => return Err(refused("Send either `user` or `sub`: the user of the token".to_owned())),
        };
        let permissions = permissions.unwrap_or_else(|| user.map(|user| user.permissions.clone()).unwrap_or_default());
        if permissions.len() > MOST || permissions.iter().any(|permission| permission.len() > MOST) {
            return Err(refused(format!("A token has at most {MOST} permissions of at most {MOST} bytes")));
        }
        let mut request = TokenRequest::new(id, &self.audience);
        request.permissions = permissions;
        request.roles = user.map(|user| user.roles.clone()).unwrap_or_default();
        request.email = user.map(|user| user.email.to_owned());
        request.name = user.map(|user| user.name.to_owned());
        request.expires_in = VALID;
        let token = self.issuer.sign(&request).map_err(Error::internal)?;
        Ok(json!({"token": token, "expiresIn": VALID.as_secs()}))
    }
}
