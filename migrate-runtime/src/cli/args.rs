//! The command line: verbs, and what is said of the database beside them. It parses and decides nothing.

#![allow(
    clippy::doc_markdown,
    reason = "what documents an argument is printed as its help, where a backtick is a backtick"
)]

use std::fmt;
use std::time::Duration;

use super::{Exit, Hazards, Terminal};
use crate::{MigrationName, Runner};

/// A verb with what goes beside it: what a service nests as one of its subcommands.
///
/// The options of [`Target`] may stand before the verb; behind it, each verb takes those that mean something to it.
#[derive(Clone, Debug)]
pub struct Migrate {
    /// Which database, and how to speak.
    pub target: Target,
    /// What to do.
    pub verb: Verb,
}

/// Which database it is about, and how results are printed.
// Its documentation would become that of the command which it is flattened into.
#[derive(Clone, Default, clap::Args)]
#[command(about = None, long_about = None)]
pub struct Target {
    /// The database, as postgres://user:password@host:port/name or as `key=value` pairs
    ///
    /// Without it: DATABASE_URL of the environment or of a file .env, or libpq's variables (PGHOST, PGDATABASE, …).
    #[arg(long, global = true, value_name = "URL")]
    pub database_url: Option<String>,
    /// Asks nothing, even where the database looks like production or rows would be deleted
    #[arg(long, short, global = true)]
    pub yes: bool,
    /// For people, or for programs: one JSON object on the standard output
    #[arg(long, global = true, value_enum, default_value_t)]
    pub format: Format,
    /// Whether to print in colours
    #[arg(long, global = true, value_enum, default_value_t)]
    pub color: Color,
    /// Names of databases and of hosts that are production's, beside those of `migrate.toml`; `*` stands for any characters:
    /// `*-prod`. Not an argument: whoever embeds this fills it in. `MIGRATE_ENV=production` counts besides.
    #[arg(skip)]
    pub production: Vec<String>,
    /// Finds the hazards that `plan` shows. Not an argument: whoever embeds this fills it in, where they have a parser.
    #[arg(skip)]
    pub hazards: Option<Hazards>,
    /// Whether no database is production's because of its name: `production = []` in `migrate.toml`. Otherwise one whose name,
    /// host or user has a word such as `prod` in it gets a warning before each write. Not an argument.
    #[arg(skip)]
    pub no_production: bool,
}

/// For whom results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Human,
    /// For programs: one JSON object, as `schemas/cli.json` describes it.
    Json,
}

/// Whether colours are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    /// At a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Also into a file.
    Always,
    /// Nowhere.
    Never,
}

/// What to do with a database.
#[derive(Clone, Debug, PartialEq, Eq, clap::Subcommand)]
#[command(about = None, long_about = None)]
#[non_exhaustive]
pub enum Verb {
    /// Applies what is pending
    Up(Up),
    /// Reverts the newest migrations by their downs: one, unless --steps or --to is given
    ///
    /// Asks before it deletes rows: if a down has DROP TABLE, DROP COLUMN, DROP SCHEMA … CASCADE, TRUNCATE, DELETE or the like, the
    /// rows that this would delete are counted. If there are any, or if they cannot be counted, it lists them and asks; without a
    /// terminal it needs --yes. An empty table is no reason to ask. An UPDATE, another type of a column and what a function does
    /// are not recognised.
    Down(Down),
    /// Reverts the newest migration and applies it again
    ///
    /// Asks before it deletes rows, as `down` does.
    Redo,
    /// Says how each migration stands
    ///
    /// `ahead` is one that a newer version has applied, `changed` one whose file was edited since, `missing` one without a file,
    /// `out of order` one that is not applied where a later one is. `baseline` and `skipped` were recorded without running.
    Status(StatusArgs),
    /// Prints the scripts that `up` would run, with the place and the hazards of each statement
    Plan(PlanArgs),
    /// Records every migration up to this version without running it: for a database that has its schema already
    ///
    /// The database must have no history yet. What it has is not compared with the files.
    Baseline(Baseline),
    /// Records one migration without running it: for a change that the database has already
    Skip(Version),
    /// Records what another tool has applied to the database, without running it
    ///
    /// For a database that has the history of another tool: one that has a schema and no history gets a `baseline`, and `skip`
    /// records a single migration.
    ///
    /// Reads that tool's history table, matches it with the files that `migrate import` has made of its folder, shows what is
    /// to be recorded, and records it in one transaction. What is recorded already stays, and a database in which that tool
    /// has applied nothing is left alone, so that it can run before every `up`. The table of the other tool is not touched.
    Adopt(Adopt),
    /// Shows where the history does not agree with the files, asks, and brings it in line
    Repair,
    /// Prints what was done to the database, when and by whom
    History(HistoryArgs),
    /// Waits until the server answers
    Wait(Wait),
    /// Finds out whether the server can do what the settings ask of it: advisory locks, DDL that is rolled back
    Probe,
}

/// How far, and how carefully.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
#[command(about = None, long_about = None)]
pub struct Up {
    /// Up to this migration and no further: its version, or its description
    #[arg(long, value_name = "MIGRATION", conflicts_with = "steps")]
    pub to: Option<MigrationName>,
    /// So many migrations and no more
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    pub steps: Option<u32>,
    /// Prints the scripts that would be run, as `plan` does, and runs nothing
    #[arg(long, conflicts_with = "rehearse")]
    pub dry_run: bool,
    /// Runs it in one transaction on the real database and rolls that back; exits with 2 if something was left out
    ///
    /// Locks are held until the end. Statements with CONCURRENTLY run without it on tables up to 8 MB, and are left out on
    /// larger ones.
    #[arg(long)]
    pub rehearse: bool,
    /// With --rehearse, runs statements without CONCURRENTLY on larger tables too, which blocks writes to these until the end
    #[arg(long, requires = "rehearse")]
    pub allow_blocking: bool,
}

/// How much of what `up` would do, and how it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
#[command(about = None, long_about = None)]
pub struct PlanArgs {
    /// Up to this migration and no further: its version, or its description
    #[arg(long, value_name = "MIGRATION", conflicts_with = "steps")]
    pub to: Option<MigrationName>,
    /// So many migrations and no more
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    pub steps: Option<u32>,
    /// Prints every message that is sent, to the byte
    #[arg(long)]
    pub exact: bool,
}

/// How far back.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
#[command(about = None, long_about = None)]
pub struct Down {
    /// So many migrations, newest first
    #[arg(long, value_name = "COUNT", conflicts_with = "to", value_parser = clap::value_parser!(u32).range(1..))]
    pub steps: Option<u32>,
    /// Down to this migration, which stays: its version, or its description; 0: all
    #[arg(long, value_name = "MIGRATION")]
    pub to: Option<MigrationName>,
    /// Prints the scripts that would be run, as `plan` does, and runs nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// What else the exit code says.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
#[command(about = None, long_about = None)]
pub struct StatusArgs {
    /// Exits with 0 if the database is current, with 2 if migrations are pending, with 1 if one has failed halfway or something
    /// else is wrong
    #[arg(long)]
    pub exit_code: bool,
}

/// How far the database is said to be.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
#[command(about = None, long_about = None)]
pub struct Baseline {
    /// The last migration that the database has: its version, or its description
    #[arg(value_name = "MIGRATION")]
    pub version: MigrationName,
    /// Records also where the database has none of the tables that the migrations create
    #[arg(long)]
    pub allow_missing: bool,
}

/// Which migration.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
#[command(about = None, long_about = None)]
pub struct Version {
    /// The migration: its version, or its description
    #[arg(value_name = "MIGRATION")]
    pub version: MigrationName,
}

/// Whether to record it.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
#[command(about = None, long_about = None)]
pub struct Adopt {
    /// Shows what would be recorded, and records nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// How much of the history.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
#[command(about = None, long_about = None)]
pub struct HistoryArgs {
    /// So many entries, the newest ones; 0: all
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    pub last: u32,
}

/// How long to wait.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
#[command(about = None, long_about = None)]
pub struct Wait {
    /// So many seconds and no longer
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub timeout: u64,
}

/// Without the password.
impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { database_url, yes, format, color, production, no_production, hazards: _ } = self;
        f.debug_struct("Target")
            .field("database_url", &database_url.as_ref().map(|_| "…"))
            .field("yes", yes)
            .field("format", format)
            .field("color", color)
            .field("production", production)
            .field("no_production", no_production)
            .finish_non_exhaustive()
    }
}

impl Migrate {
    /// Does it, prints on the standard streams, and says with which code to exit.
    pub async fn run(&self, runner: Runner<'_>) -> Exit {
        super::run(&self.verb, &self.target, runner, &mut Terminal::standard()).await
    }
}

impl Verb {
    /// Those that write to the database.
    pub(super) const WRITING: [&'static str; 7] =
        ["up", "down", "redo", "baseline", "skip", "repair", "adopt"];

    /// The migration that it names.
    pub(super) fn migration(&self) -> Option<&MigrationName> {
        match self {
            Self::Up(up) => up.to.as_ref(),
            Self::Down(down) => down.to.as_ref(),
            Self::Plan(plan) => plan.to.as_ref(),
            Self::Baseline(baseline) => Some(&baseline.version),
            Self::Skip(skip) => Some(&skip.version),
            _ => None,
        }
    }

    /// As it is typed.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Up(_) => "up",
            Self::Down(_) => "down",
            Self::Redo => "redo",
            Self::Status(_) => "status",
            Self::Plan(_) => "plan",
            Self::Baseline(_) => "baseline",
            Self::Skip(_) => "skip",
            Self::Adopt(_) => "adopt",
            Self::Repair => "repair",
            Self::History(_) => "history",
            Self::Wait(_) => "wait",
            Self::Probe => "probe",
        }
    }

    /// Whether it writes to the database, or takes the locks of what writes.
    pub fn writes(&self) -> bool {
        match self {
            Self::Up(up) => !up.dry_run,
            Self::Down(down) => !down.dry_run,
            Self::Adopt(adopt) => !adopt.dry_run,
            Self::Redo | Self::Baseline(_) | Self::Skip(_) | Self::Repair => true,
            Self::Status(_) | Self::Plan(_) | Self::History(_) | Self::Wait(_) | Self::Probe => false,
        }
    }
}

impl Wait {
    pub(super) fn duration(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }
}
