//! The keys of `#[get(..)]` to `#[delete(..)]`, and of `#[main]`.

use super::{Shape, keys};

keys! {
    /// A key after the path of an endpoint.
    EndpointKey on "an endpoint", not yet [];

    Requires "requires" Shape::Constants => "requires(\"permission\")", "requires(\"projects:admin\")",
        "Callers need this permission: a text, or a constant such as `project::permissions::ADMIN`.";
    Any "any" Shape::Constants => "any(\"permission\", ..)", "any(\"projects:read\", \"projects:admin\")",
        "Callers need one of these permissions.";
    All "all" Shape::Constants => "all(\"permission\", ..)", "all(\"projects:read\", \"projects:admin\")",
        "Callers need all of these permissions.";
    Role "role" Shape::Constants => "role(\"role\")", "role(\"admin\")",
        "Callers need this role.";
    Scope "scope" Shape::Constants => "scope(\"scope\")", "scope(\"read:x\")",
        "Callers need a token with this OAuth scope.";
    Public "public" Shape::Flag => "public", "public",
        "No token is required.";
    Query "query" Shape::Text => "query = \"any\"", "query = \"any\"",
        "The endpoint takes query parameters of any name. Without it, it takes the fields of its `QueryParams<T>` only, or none.";
    Crate "crate" Shape::Path => "crate = path", "crate = my_crate::resourceful",
        "The path of this crate when it is not a direct dependency.";
}

impl EndpointKey {
    /// Who may call: an endpoint has exactly one of these.
    pub(crate) const ACCESS: [Self; 6] = [Self::Requires, Self::Any, Self::All, Self::Role, Self::Scope, Self::Public];
}

keys! {
    /// A key of `#[resourceful::main(..)]`.
    MainKey on "`main`", not yet [];

    Crate "crate" Shape::Path => "crate = path", "crate = my_crate::resourceful",
        "The path of this crate when it is not a direct dependency.";
}
