//! How the processes of the examples end: when they are told to, and with an error that is told in full. A service of yours
//! copies what it needs.

pub mod shutdown;
mod told;

pub use told::whole;
