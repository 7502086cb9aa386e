//! The book is built, and what it says of the repository is so: links, anchors, names of tests, texts of messages.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod html;
mod links;
mod messages;
mod promises;
mod readme;

/// The root of the repository.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
