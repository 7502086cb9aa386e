//! Private servers as their owners meet them: started, used, abandoned in every way, found again.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

mod crash;
mod of_run;
mod owner;
mod persistent;
mod private;
#[path = "../../../tests/skip.rs"]
mod skip;
mod support;
