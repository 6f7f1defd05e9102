//! Faults: clients that vanish, connections that break, processes that are killed. What a client was told has happened
//! must be there afterwards, whatever happens.
//!
//! `FAULT_ROUNDS` says how often (300 by default); the rounds of the slower tests are a part of it. Each test prints its
//! figures. All traffic stays on the loopback interface.

#[path = "faults/cancelled.rs"]
mod cancelled;
#[path = "faults/commit.rs"]
mod commit;
#[path = "faults/frozen.rs"]
mod frozen;
#[path = "faults/killed.rs"]
mod killed;
#[path = "faults/limited.rs"]
mod limited;
#[path = "faults/memory.rs"]
mod memory;
#[path = "faults/pooler.rs"]
mod pooler;
#[path = "faults/postgres.rs"]
mod postgres;
#[path = "faults/proxy.rs"]
mod proxy;
#[path = "faults/rig.rs"]
mod rig;
#[path = "faults/start.rs"]
mod start;
