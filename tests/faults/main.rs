//! Faults: clients that disconnect, connections that break, processes that are killed. What a client was told has happened
//! must be in the database afterwards.
//!
//! `FAULT_ROUNDS` is the number of rounds (300 by default); slower tests run a part of it. Each test prints its results.
//! All traffic stays on the loopback interface.

mod client_disconnects;
mod connection_lost_at_commit;
mod file_fields;
mod frozen_database;
mod handover;
mod harness;
mod killed_processes;
mod many_sockets;
mod memory_of_files;
mod memory_of_large_bodies;
mod outbox;
mod overload;
#[path = "../support/pgbouncer.rs"]
mod pgbouncer;
mod postgres;
mod proxy;
#[allow(dead_code, reason = "the integration tests use all of it")]
#[path = "../support/redis_server.rs"]
mod redis_server;
mod replicas;
mod resource_limits;
#[allow(dead_code, reason = "the integration tests use all of it")]
#[path = "../integration/support/s3.rs"]
mod s3_server;
mod session_poolers;
mod shutdown;
#[path = "../support/smtp_sink.rs"]
mod smtp_sink;
mod startup;
