//! A folder of another tool's migrations converted into ours, with the list by which that tool's history table is adopted.
//!
//! [`convert`] is pure: files in, files and versions out. [`read`](fn@read) and [`write`](fn@write) are the only things here
//! that touch a disk, and nothing here speaks to a database: `Runner::adopt` of the runtime does.
//!
//! Nothing is lost silently: each file that goes in is in an [`Output`] or in a [`Note`]. The SQL stays as it is, byte for
//! byte, but for the marks that a tool has between its parts, and for what a note names.
//!
//! ```
//! use migrate_import::{Input, Tool, convert};
//!
//! let text = "-- +goose Up\nCREATE TABLE a ();\n-- +goose Down\nDROP TABLE a;\n";
//! let conversion = convert(Tool::Goose, &[Input { path: "00001_a.sql".into(), text: text.into() }]);
//! let names: Vec<&str> = conversion.files.iter().map(|file| file.name.as_str()).collect();
//! assert_eq!(names, ["00001_a.up.sql", "00001_a.down.sql"]);
//! assert_eq!(conversion.files[0].text, "CREATE TABLE a ();\n");
//! ```

// Layers, each above those before it: `tests/tidy.rs` holds the order.
//
// What all speak of.
mod dates;
mod description;
mod files;
mod note;
mod script;

// What the tools have in common.
mod checksums;
mod draft;
mod names;
mod pairs;
mod placeholders;
mod sections;

// The tools, and what becomes of their scripts.
mod finish;
mod history;
mod numbering;
mod tools;

// The conversion, and the folders on the disk.
mod convert;
mod folder;

pub use convert::{Conversion, convert, convert_checked};
pub use files::{Input, Output};
pub use folder::{FolderError, Reading, read, write};
pub use history::history_table;
pub use migrate_source::other_tool::{LEDGER_FILE, Origin, Origins, Tool};
pub use note::{Note, NoteKind};
