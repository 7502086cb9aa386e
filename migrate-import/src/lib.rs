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

mod checksums;
mod convert;
mod dates;
mod description;
mod draft;
mod finish;
mod folder;
mod history;
mod names;
mod note;
mod numbering;
mod pairs;
mod placeholders;
mod script;
mod sections;
mod tools;

pub use convert::{Conversion, Input, Output, convert, convert_checked};
pub use folder::{FolderError, Reading, read, write};
pub use history::history_table;
pub use migrate_source::other_tool::{LEDGER_FILE, Origin, Origins, Tool};
pub use note::{Note, NoteKind};
