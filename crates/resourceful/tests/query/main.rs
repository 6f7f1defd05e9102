//! Queries, from what a caller writes to the rows he gets.

mod body;
mod fixture;
mod parse;
mod refused;
mod run;
mod sql;
mod times;
