//! Queries, from what a caller writes to the rows that they get.

mod body;
mod case_folding;
mod cursor_values;
mod cursors;
mod databases;
mod evaluated;
mod fixture;
mod invalid;
mod mutations;
mod permissions;
mod plans;
mod random;
mod reference;
mod related;
mod select;
mod sql;
mod timestamps;
mod valid;
