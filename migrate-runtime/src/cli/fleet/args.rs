//! The command line of a fleet. It parses and decides nothing.

#![allow(
    clippy::doc_markdown,
    reason = "what documents an argument is printed as its help, where a backtick is a backtick"
)]

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::MigrationName;
use crate::cli::Target;
use crate::fleet::{CreateDatabase, Share};

/// A verb with what goes beside it: what a service nests as one of its subcommands.
#[derive(Clone, Debug)]
pub struct Fleet {
    /// Which control database, and how to speak.
    pub target: Target,
    /// What to do.
    pub verb: FleetVerb,
}

/// What to do with all tenants.
#[derive(Clone, Debug, clap::Subcommand)]
#[command(about = None, long_about = None)]
#[non_exhaustive]
pub enum FleetVerb {
    /// Applies what is pending to every tenant
    Up(Box<Up>),
    /// Shows the state of every tenant
    Status(Look),
    /// Shows what would be applied to each tenant
    Plan(Look),
}

/// Who the tenants are.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(about = None, long_about = None)]
#[group(skip)]
#[command(group = clap::ArgGroup::new("who").required(true).multiple(false)
    .args(["tenants_from", "tenants_file", "databases", "schemas"]))]
pub struct List {
    /// A query on the control database that lists them, by the names of its columns: slug, database_url, database_type, schema
    #[arg(long, value_name = "SQL")]
    pub tenants_from: Option<String>,
    /// A file that lists them, as TOML, CSV or JSON lines; `-` is the standard input
    ///
    /// `${NAME}` in a database_url stands for a variable of the environment.
    #[arg(long, value_name = "FILE")]
    pub tenants_file: Option<PathBuf>,
    /// Every database on the control database's server whose name matches; `*` stands for any characters
    #[arg(long, value_name = "PATTERN")]
    pub databases: Option<String>,
    /// Every schema of the control database whose name matches; `*` stands for any characters
    #[arg(long, value_name = "PATTERN")]
    pub schemas: Option<String>,
    /// Succeeds where the list has no tenant at all, as before the first customer; otherwise that is an error
    #[arg(long)]
    pub allow_empty: bool,
}

/// How many at once, and how patiently.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(about = None, long_about = None)]
pub struct Pace {
    /// Schemas that tenants with a schema of their own use together, those of extensions for example
    ///
    /// A name is taken to the letter, or written in double quotes as in SQL.
    #[arg(long, value_name = "SCHEMA", value_delimiter = ',', value_parser = migrate_source::schema_name)]
    pub shared_schemas: Vec<String>,
    /// The most tenants to visit at once; by default as many as their servers have connections to spare
    #[arg(long, value_name = "COUNT", value_parser = at_least_one)]
    pub jobs: Option<usize>,
    /// The most connections to open to one server; by default half of what it has to spare
    #[arg(long, value_name = "COUNT", value_parser = at_least_one)]
    pub connections: Option<usize>,
    /// How long to retry a server that cannot be reached, by default `60s`; one tenant at a time tries it
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub patience: Option<Duration>,
    /// The most attempts for a tenant whose connection is lost
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    pub attempts: Option<u32>,
    /// How long to wait for a connection
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub connect_timeout: Option<u64>,
    /// Writes the report as a page of HTML
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Writes figures as Prometheus' text format, for its node exporter to collect
    #[arg(long, value_name = "FILE")]
    pub metrics: Option<PathBuf>,
}

/// A look at every tenant.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(about = None, long_about = None)]
pub struct Look {
    /// Who they are.
    #[command(flatten)]
    pub list: List,
    /// How many at once.
    #[command(flatten)]
    pub pace: Pace,
    /// Exits with 2 if a tenant is behind and none needs attention
    #[arg(long)]
    pub exit_code: bool,
}

/// A rollout.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(about = None, long_about = None)]
#[command(group = clap::ArgGroup::new("stages").multiple(true))]
pub struct Up {
    /// Who they are.
    #[command(flatten)]
    pub list: List,
    /// How many at once.
    #[command(flatten)]
    pub pace: Pace,
    /// Up to this migration and no further: its version, or its description
    #[arg(long, value_name = "MIGRATION")]
    pub to: Option<MigrationName>,
    /// The tenants to migrate first: how many from the top of the list, or `slug=acme,globex`
    #[arg(long, value_name = "COUNT|slug=SLUG,…", group = "stages")]
    pub canary: Option<Canary>,
    /// How many tenants are done after each wave: `1%,10%,100%`
    #[arg(long, value_name = "SHARE", value_delimiter = ',', group = "stages")]
    pub waves: Vec<Share>,
    /// How long to wait after each wave but the last: `30s`, `10min`
    #[arg(long, value_name = "DURATION", value_parser = duration, requires = "stages")]
    pub pause: Option<Duration>,
    /// A command for the shell after each wave but the last; if it fails, no other wave begins
    ///
    /// MIGRATE_WAVE is the number of the wave, MIGRATE_WAVES how many there are.
    #[arg(long, value_name = "COMMAND", requires = "stages")]
    pub check: Option<String>,
    /// Begins no other tenant once this many have failed: `5`, `2%`
    #[arg(long, value_name = "SHARE", value_parser = some_failures)]
    pub max_failures: Option<Share>,
    /// Creates databases and schemas that are missing
    #[arg(long)]
    pub create_missing: bool,
    /// The owner of a database that is created
    #[arg(long, value_name = "ROLE", requires = "create_missing")]
    pub owner: Option<String>,
    /// The template of a database that is created
    #[arg(long, value_name = "DATABASE", requires = "create_missing")]
    pub template: Option<String>,
    /// The encoding of a database that is created
    #[arg(long, value_name = "ENCODING", requires = "create_missing")]
    pub encoding: Option<String>,
    /// Joins the run of this name, which any number of processes share through the control database
    #[arg(long, value_name = "NAME", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub run: Option<String>,
    /// The schema of the control database that has the tables of the run; by default `public`
    #[arg(long, value_name = "SCHEMA", requires = "run")]
    pub ledger_schema: Option<String>,
    /// How long a tenant stays claimed by a process that stops reporting: `30s`
    #[arg(long, value_name = "DURATION", value_parser = duration, requires = "run")]
    pub lease: Option<Duration>,
    /// Retries the failed tenants of the run, and continues it where it had stopped
    #[arg(long, requires = "run")]
    pub retry_failed: bool,
}

/// Which canaries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Canary {
    /// So many from the beginning of the list.
    Count(usize),
    /// These.
    Slugs(Vec<String>),
}

impl FromStr for Canary {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(slugs) = text.strip_prefix("slug=") {
            return Ok(Self::Slugs(slugs.split(',').map(|slug| slug.trim().to_owned()).collect()));
        }
        text.parse().map(Self::Count).map_err(|_| "write a number, `3`, or `slug=acme,globex`".to_owned())
    }
}

fn some_failures(text: &str) -> Result<Share, String> {
    match text.parse::<Share>().map_err(|error| error.to_string())? {
        Share::Count(0) => Err("with 0 nothing would begin: 1 stops at the first failure".to_owned()),
        Share::Percent(percent) if percent <= 0.0 => {
            Err("with 0% nothing would begin: 1 stops at the first failure".to_owned())
        }
        share => Ok(share),
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|count| *count > 0).ok_or_else(|| "write a number, 1 or more".to_owned())
}

fn duration(text: &str) -> Result<Duration, String> {
    migrate_source::duration(text)
}

impl FleetVerb {
    /// As it is typed, behind `fleet`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Up(_) => "fleet up",
            Self::Status(_) => "fleet status",
            Self::Plan(_) => "fleet plan",
        }
    }

    pub(super) fn list(&self) -> &List {
        match self {
            Self::Up(up) => &up.list,
            Self::Status(look) | Self::Plan(look) => &look.list,
        }
    }

    pub(super) fn pace(&self) -> &Pace {
        match self {
            Self::Up(up) => &up.pace,
            Self::Status(look) | Self::Plan(look) => &look.pace,
        }
    }
}

impl List {
    /// Whether the control database is asked for them.
    pub(super) fn is_of_control(&self) -> bool {
        self.tenants_file.is_none()
    }
}

impl Pace {
    /// Says it to a fleet.
    #[must_use]
    pub fn apply<'a>(&self, mut fleet: crate::fleet::Fleet<'a>) -> crate::fleet::Fleet<'a> {
        fleet = fleet.shared_schemas(&self.shared_schemas);
        if let Some(jobs) = self.jobs {
            fleet = fleet.jobs(jobs);
        }
        if let Some(connections) = self.connections {
            fleet = fleet.connections_per_server(connections);
        }
        if let Some(attempts) = self.attempts {
            fleet = fleet.attempts(attempts);
        }
        if let Some(patience) = self.patience {
            fleet = fleet.patience(patience);
        }
        if let Some(seconds) = self.connect_timeout {
            fleet = fleet.connect_timeout(Duration::from_secs(seconds));
        }
        fleet
    }
}

impl Up {
    /// Says it to a fleet, but for the check, which runs a command.
    pub(super) fn apply<'a>(&self, mut fleet: crate::fleet::Fleet<'a>) -> crate::fleet::Fleet<'a> {
        fleet = match &self.canary {
            Some(Canary::Count(count)) => fleet.canaries(*count),
            Some(Canary::Slugs(slugs)) => fleet.canary_slugs(slugs),
            None => fleet,
        };
        fleet = fleet.waves(self.waves.iter().copied()).pause(self.pause.unwrap_or_default());
        if let Some(failures) = self.max_failures {
            fleet = fleet.max_failures(failures);
        }
        if self.create_missing {
            fleet = fleet.create_missing(self.creation());
        }
        fleet
    }

    fn creation(&self) -> CreateDatabase {
        let mut how = CreateDatabase::new();
        if let Some(owner) = &self.owner {
            how = how.owner(owner);
        }
        if let Some(template) = &self.template {
            how = how.template(template);
        }
        if let Some(encoding) = &self.encoding {
            how = how.encoding(encoding);
        }
        how
    }
}
