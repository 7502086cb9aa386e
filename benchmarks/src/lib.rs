//! What the benchmarks share.

pub mod proxy;
pub mod tools;
