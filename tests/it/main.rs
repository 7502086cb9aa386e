//! The runtime on a real PostgreSQL: one file a behaviour, a fresh database a test.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod apply;
mod competitors;
mod contradictions;
mod cost;
mod crash;
mod cuts;
mod disturbed;
mod embedded;
mod events;
mod fault_proxy;
mod foreign;
mod function_failures;
mod functions;
mod history_log;
mod hooks;
mod hostile;
mod hostile_files;
mod hostile_history;
mod kills;
mod locks;
mod log;
mod messages;
mod no_transaction;
mod order;
mod outside;
mod pgbouncer;
mod pool;
mod pooler;
mod privileges;
mod processes;
mod properties;
mod proxy;
mod psql;
mod record;
mod repair;
mod repeatable;
mod revert;
mod revert_at_once;
mod revert_stepwise;
mod settings;
mod status;
mod support;
mod tls;
