//! The options of `squash`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use migrate_source::MigrationName;

#[derive(Clone, Debug, Args)]
pub(crate) struct Squash {
    /// The last migration that is squashed, by version or description. Every database must have it before the checkpoint is
    /// deployed
    #[arg(long, value_name = "MIGRATION")]
    pub(crate) to: MigrationName,
    /// What the checkpoint is called
    #[arg(long, value_name = "NAME", default_value = "checkpoint")]
    pub(crate) name: String,
    /// What becomes of the rows that the migrations insert, and of sequences that they move
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(crate) data: Option<Data>,
    /// The folder to move the migrations to. Without it: `migrations-archive/VERSION` beside `migrations`
    #[arg(long, value_name = "PATH")]
    pub(crate) archive: Option<PathBuf>,
    /// Tries it and prints the checkpoint, and writes and moves no file
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// The server to make scratch databases on, whose role may create databases. The database that it names is not
    /// touched. Without it, PostgreSQL is started from what is installed
    #[arg(long, value_name = "URL")]
    pub(crate) dev_url: Option<String>,
}

/// What becomes of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Data {
    /// The checkpoint inserts them; refused where they are others each time the migrations run
    Include,
    /// The checkpoint inserts them as they are now, those too that are others each time
    Freeze,
    /// A new database does not have them
    Drop,
}
