//! What is known of other migration tools: their names, the tables in which they keep their history, and which rows of
//! such a table stand for which migrations of a folder that was imported. It decides and names; whoever speaks to a
//! database is elsewhere.

mod adoption;
mod known;
mod origins;
mod tool;
pub mod version;

pub use adoption::{AdoptError, Adoption, Proof, Record, Row, adopt, listed, reverted_there};
pub use known::{KnownHistory, is_history, is_ours, is_schema};
pub use origins::{LEDGER_FILE, Origin, Origins, OriginsError};
pub use tool::{Tool, UnknownTool};
