//! What the benchmarks share.

pub mod measured;
pub mod proxy;
pub mod service;
pub mod tools;
