//! What the hand-written servers of the benchmark share: entities, bodies, paging and the verification of tokens.

#![allow(missing_docs, reason = "the parts of a hand-written server need no explanation")]

pub mod auth;
pub mod bodies;
pub mod entities;
pub mod paging;
