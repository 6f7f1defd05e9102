//! Faults: clients that vanish, connections that break, processes that are killed. What a client was told has happened
//! must be there afterwards, whatever happens.
//!
//! `FAULT_ROUNDS` says how often (300 by default); the rounds of the slower tests are a part of it. Each test prints its
//! figures. All traffic stays on the loopback interface.

mod cancelled;
mod commit;
mod frozen;
mod killed;
mod limited;
mod memory;
mod pooler;
mod postgres;
mod proxy;
mod rig;
mod start;
