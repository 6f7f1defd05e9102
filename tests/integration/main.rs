//! The contract, tested from outside: HTTP against the real server, on SQLite and on PostgreSQL.

mod bodies;
mod callers;
mod crud;
mod documents;
mod explained;
mod framing;
mod full_text;
mod hooks;
mod lists;
mod matrix;
mod mounted;
mod own_rows;
mod policies;
mod provisioning;
mod rbac;
mod relations;
mod required;
mod resources;
mod round_trip;
mod scopes;
mod services;
mod support;
mod tables;
mod transactions;
mod unique;
mod writers;
