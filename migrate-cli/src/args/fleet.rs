//! The command line of `fleet`: what a folder needs beside what the runtime has.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use migrate_runtime::cli;

#[derive(Clone, Debug, Args)]
pub(crate) struct Fleet {
    /// The folder of the tenants' migrations
    #[arg(long, value_name = "PATH")]
    pub(crate) tenants: Option<PathBuf>,
    /// The folder of the control database's own migrations, which come first
    #[arg(long, value_name = "PATH")]
    pub(crate) master: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) verb: FleetVerb,
}

/// What to do with all tenants.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum FleetVerb {
    /// Applies what is pending to every tenant
    Up(FleetUp),
    /// Shows the state of every tenant
    Status(cli::fleet::Look),
    /// Shows what would be applied to each tenant
    Plan(cli::fleet::Look),
    /// Compares the schema of every tenant with what its migrations make
    ///
    /// The migrations are applied to a scratch database, up to the one that the tenant has. Nothing is done to the tenants.
    Verify(FleetVerify),
}

#[derive(Clone, Debug, Args)]
pub(crate) struct FleetUp {
    #[command(flatten)]
    pub(crate) up: Box<cli::fleet::Up>,
    /// Compares each tenant's schema with what its migrations make, before it is migrated: one that has drifted is reported
    /// and left alone
    ///
    /// As with `fleet verify`, the migrations are applied to a scratch database, up to the one that the tenant has.
    #[arg(long)]
    pub(crate) check_drift: bool,
    /// The server to make the scratch databases of `--check-drift` on, whose role may create databases. The database that it
    /// names is not touched. Without it, PostgreSQL is started from what is installed
    #[arg(long, value_name = "URL", requires = "check_drift")]
    pub(crate) dev_url: Option<String>,
}

impl FleetVerb {
    /// As it is typed, behind `fleet`.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Up(_) => "fleet up",
            Self::Status(_) => "fleet status",
            Self::Plan(_) => "fleet plan",
            Self::Verify(_) => "fleet verify",
        }
    }
}

#[derive(Clone, Debug, Args)]
pub(crate) struct FleetVerify {
    #[command(flatten)]
    pub(crate) look: cli::fleet::Look,
    /// The server to make the scratch databases on, whose role may create databases. The database that it names is not
    /// touched. Without it, PostgreSQL is started from what is installed
    #[arg(long, value_name = "URL")]
    pub(crate) dev_url: Option<String>,
}
