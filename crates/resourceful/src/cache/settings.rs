//! The settings of the cache.

use crate::env::{Reader, Setting};

/// The size of the cache in memory, if the settings do not say otherwise: 64 MiB.
const MEMORY_LIMIT: u64 = 64 * 1024 * 1024;

/// The namespace of an application without a name, in development.
const NAMESPACE: &str = "resourceful";

/// The settings of the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheSettings {
    /// `CACHE_MEMORY_LIMIT`: the most bytes that the cache occupies in each process; 64 MiB by default
    pub memory_limit: u64,
    /// `CACHE_NAMESPACE`: the name under which the processes of the application share what is in Redis. Applications that use
    /// the same Redis need different names. By default it is `AUTH0_AUDIENCE`.
    pub namespace: String,
}

impl CacheSettings {
    pub(crate) fn variables() -> Vec<Setting> {
        vec![
            Setting::new("CACHE_MEMORY_LIMIT", "The most bytes that cached values occupy in each process.")
                .default(MEMORY_LIMIT.to_string()),
            Setting::new(
                "CACHE_NAMESPACE",
                "The name under which the processes of this application share cached values, and how many requests callers \
                 have sent, in Redis. Every process, and commands such as `seed`, need the same name.",
            )
            .otherwise("the value of AUTH0_AUDIENCE"),
        ]
    }

    /// Reads the settings of the cache. `application` is the name of the application, if it has one.
    pub(crate) fn from_env(reader: &mut Reader<'_>, application: Option<&str>) -> Self {
        let memory_limit = reader.positive("CACHE_MEMORY_LIMIT").unwrap_or(MEMORY_LIMIT);
        let namespace = reader.text("CACHE_NAMESPACE").or_else(|| application.map(str::to_owned));
        let shares = reader.text("REDIS_URL").or_else(|| reader.text("REDIS_URL_FILE")).is_some();
        // A command with another namespace than the server's could not tell the server what it changed.
        if namespace.is_none() && shares && reader.is_production() {
            reader
                .problem("CACHE_NAMESPACE is missing; set it, or AUTH0_AUDIENCE, to the same value for every process");
        }
        Self { memory_limit, namespace: namespace.unwrap_or_else(|| NAMESPACE.to_owned()) }
    }
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self { memory_limit: MEMORY_LIMIT, namespace: NAMESPACE.to_owned() }
    }
}
