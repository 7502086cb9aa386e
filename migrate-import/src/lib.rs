//! A folder of another tool's migrations converted into ours, and the plan by which that tool's history table is adopted.
//!
//! [`convert`] and [`adopt`] are pure: files and rows in, files and versions out. [`read`](fn@read) and [`write`](fn@write) are the only
//! things here that touch a disk, and nothing here speaks to a database: [`history_query`] says what to ask it.
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

mod adopt;
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
mod origins;
mod pairs;
mod placeholders;
mod script;
mod sections;
mod tool;
mod tools;

pub use adopt::{AdoptError, Adoption, Proof, Record, Row, adopt};
pub use convert::{Conversion, Input, Output, convert, convert_checked};
pub use folder::{FolderError, Reading, read, write};
pub use history::{history_query, history_table};
pub use note::{Note, NoteKind};
pub use origins::{LEDGER_FILE, Origin, Origins, OriginsError};
pub use tool::{Tool, UnknownTool};
