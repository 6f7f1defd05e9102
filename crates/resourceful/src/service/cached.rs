//! Services as sources of caches: what one caller may see is never given to another.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::ResourceService;
use crate::actor::Actor;
use crate::cache::{Cache, CacheSource};
use crate::context::Connection;

/// Claims that differ between two tokens of the same caller.
const OF_THE_TOKEN: [&str; 6] = ["exp", "iat", "nbf", "jti", "auth_time", "sid"];

#[diagnostic::do_not_recommend]
impl<S: ResourceService + Sync> CacheSource for S {
    fn source_cache(&self) -> Cache {
        self.crud().engine.ctx.cache()
    }

    /// Policies, ownership and field permissions can depend on everything that is known about the caller.
    fn viewer(&self) -> Option<String> {
        let engine = &self.crud().engine;
        let own = if engine.owned.is_some() { "own rows of " } else { "" };
        let actor = match &engine.actor {
            Actor::System => "the system".to_owned(),
            Actor::Anonymous => "anyone".to_owned(),
            Actor::User(user) => {
                let is_of_caller = |claim: &(&String, _)| !OF_THE_TOKEN.contains(&claim.0.as_str());
                let claims: std::collections::BTreeMap<_, _> = user.claims.iter().filter(is_of_caller).collect();
                let known = (&user.id, &user.email, &user.name, user.is_machine);
                serde_json::json!([known, user.permissions, user.roles, user.scopes, claims]).to_string()
            }
        };
        Some(format!("{own}{actor}"))
    }

    fn in_transaction(&self) -> bool {
        matches!(self.crud().engine.connection, Connection::Transaction(_))
    }

    fn invalidate_cached(&self, tag: String) -> BoxFuture<'_, ()> {
        let engine = &self.crud().engine;
        match &engine.connection {
            Connection::Transaction(tx) => tx.invalidate_cached(tag),
            Connection::Pool(ctx) => {
                let cache = ctx.cache();
                async move { cache.invalidate_tag(&tag).await }.boxed()
            }
        }
    }
}
