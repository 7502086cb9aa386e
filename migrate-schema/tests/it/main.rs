//! The crate by its public API on a real server: schemas are read, the way between them is written, run, and looked at.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that cannot go on has failed, and says why"
)]

mod agreement;
mod bounds;
mod case;
mod cases;
mod conversions;
mod coverage;
mod data;
mod measured;
mod opinion;
#[path = "../../../tests/pg_dump.rs"]
mod pg_dump;
mod positions;
mod properties;
mod renames;
mod sample;
#[path = "../../../tests/skip.rs"]
mod skip;
mod spelling;
mod support;
