//! Queries, from what a caller writes to the rows he gets.

mod body;
mod denied;
mod fixture;
mod parse;
mod refused;
mod related;
mod select;
mod sql;
mod times;
