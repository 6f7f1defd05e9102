//! The keys of `#[cached(..)]`.

use super::{Shape, keys};

keys! {
    /// A key of a cached function.
    CachedKey on "a cached function", not yet [];

    Ttl "ttl" Shape::Expr => "ttl = \"duration\"", "ttl = \"5m\"",
        "How long values are kept: a whole number and its unit (`ms`, `s`, `m`, `h`, `d`).";
    Key "key" Shape::Text => "key = \"text\"", "key = \"users:{user_id}\"",
        "The key of the value, with the values of arguments, or of their fields, in braces. Without it, the key has the path of the function and all arguments.";
    Tags "tags" Shape::Literals => "tags(\"text\", ..)", "tags(\"users\", \"user:{user_id}\")",
        "Values with a tag can be made outdated together: `cache.invalidate_tag(\"users\")`.";
    Skip "skip" Shape::Words => "skip(argument, ..)", "skip(now)",
        "Arguments on which the result does not depend; they are not part of the key.";
    Cache "cache" Shape::Expr => "cache = expression", "cache = self.ctx",
        "What has the cache: a `Cache`, a `Context`, a service, or another `CacheSource`. Without it, this is the first argument of such a type, or `self`.";
    Crate "crate" Shape::Path => "crate = path", "crate = my_crate::resourceful",
        "The path of this crate when it is not a direct dependency.";
}
