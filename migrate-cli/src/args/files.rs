//! The options of the verbs on the files of a folder.

use clap::Args;
use migrate_source::MigrationName;

#[derive(Clone, Debug, Args)]
pub(crate) struct Init {
    /// The first migration is number 0001, not the UTC time
    #[arg(long)]
    pub(crate) sequential: bool,
}

#[derive(Clone, Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option that is typed")]
pub(crate) struct Create {
    /// What it does: `add_users`, "Add users"
    pub(crate) name: String,
    /// Without a down
    #[arg(long)]
    pub(crate) forward_only: bool,
    /// With a down
    #[arg(long, conflicts_with = "forward_only")]
    pub(crate) with_down: bool,
    /// One that runs again whenever it changes: for views and functions
    #[arg(long, conflicts_with_all = ["forward_only", "with_down", "timestamp", "sequential"])]
    pub(crate) repeatable: bool,
    /// The version is the UTC time of now, as by default in an empty folder
    #[arg(long)]
    pub(crate) timestamp: bool,
    /// The version is the next number: 0001 in an empty folder, which keeps to it
    #[arg(long, alias = "sequence", conflicts_with = "timestamp")]
    pub(crate) sequential: bool,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Lint {
    /// Exits with 1 also if something is found that is not denied
    #[arg(long)]
    pub(crate) strict: bool,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Renumber {
    /// Only these, which are moved behind all others: `0003_users`, `users`
    #[arg(value_name = "MIGRATION")]
    pub(crate) only: Vec<MigrationName>,
}
