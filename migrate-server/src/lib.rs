//! A private PostgreSQL server for whoever needs one and was given none: an example, a test, a
//! scratch database of the command line.
//!
//! [`Server::obtain`] takes the server of `DATABASE_URL` if there is one. Otherwise it starts a
//! server of its own from the PostgreSQL that is installed, or from the one that the feature
//! `bundled` carries inside the program: own data directory, own loopback port, own password. The
//! server ends with its [`Server`], also when the process panics, exits, or is killed.
//!
//! ```no_run
//! let server = migrate_server::Server::obtain()?;
//! println!("{} at {}", server.origin(), server.url());
//! # Ok::<(), migrate_server::Error>(())
//! ```
//!
//! As root, the server runs as the user `nobody`, since PostgreSQL refuses root. This crate is not
//! for data that matter: a temporary server trades safety after a crash of the machine for speed.

// Layers, each above those before it: `tests/tidy.rs` holds the order.
//
// What a caller asks for and gets.
mod error;
mod options;
mod origin;
mod url;

// A server of our own.
#[cfg(unix)]
mod private;
#[cfg(not(unix))]
#[path = "unsupported.rs"]
mod private;

// The server as its owner sees it.
mod server;

pub use error::{Error, Looked};
pub use options::Options;
pub use origin::Origin;
pub use server::Server;
