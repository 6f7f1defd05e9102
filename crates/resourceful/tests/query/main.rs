//! Queries, from what a caller writes to the rows he gets.

mod body;
mod cursors;
mod databases;
mod denied;
mod fixture;
mod kept;
mod letters;
mod mutations;
mod parse;
mod plans;
mod random;
mod refused;
mod related;
mod run;
mod select;
mod sql;
mod times;
mod world;
