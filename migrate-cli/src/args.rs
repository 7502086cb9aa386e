//! The command line: verbs and options. It parses and decides nothing.

mod files;
mod fleet;
mod import;
mod pages;
mod scope;
mod squash;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use migrate_runtime::cli::{self, Color, Format, Target};
use migrate_runtime::{MigrationSet, Runner};
use migrate_schema::Viewpoint;
use migrate_source::{Applying, Code};

use crate::failure::Failure;
use crate::stage;
pub(crate) use files::{Create, Init, Lint, Renumber};
pub(crate) use fleet::{Fleet, FleetUp, FleetVerb, FleetVerify};
pub(crate) use import::Import;
pub(crate) use pages::{Completions, Explain, Man};
pub(crate) use scope::{command, parse};
pub(crate) use squash::{Data, Squash};

/// The whole life of a PostgreSQL migration
///
/// Migrations are SQL files in the folder `migrations`: that of the current folder, or of the nearest one above that has
/// one, or that of `--dir`.
#[derive(Clone, Debug, Parser)]
#[command(name = "migrate", bin_name = "migrate", version, disable_help_subcommand = false)]
#[command(arg_required_else_help = true, max_term_width = 100, after_long_help = EXIT_CODES)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0    it is done, or there was nothing to do
  1    an error, which is printed; of `lint`: something is denied; of `verify`: a down does not bring the schema back
  2    of `status --exit-code`: migrations are pending; of `up --rehearse`: something was not rehearsed; of `drift` and
       `diff`: there is a difference
  64   the command line cannot be understood: an unknown option, a missing argument, a bad value
  130  it was interrupted by Ctrl-C or SIGTERM";

/// What goes beside the verbs that it means something to.
#[derive(Clone, Debug, Args)]
pub(crate) struct Common {
    /// The folder of the migrations
    #[arg(long, value_name = "PATH")]
    pub(crate) dir: Option<PathBuf>,
    /// The database, as postgres://user:password@host:port/name or as `key=value` pairs
    ///
    /// Without it: `DATABASE_URL` of the environment or of a file `.env`, or libpq's variables (PGHOST, PGDATABASE, …).
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// Where the history of the migrations is, if not where `migrate.toml` says, nor in `public.schema_migrations`
    ///
    /// Names are taken to the letter; one with a dot or a double quote in it is written in double quotes as in SQL.
    #[arg(long, value_name = "SCHEMA.TABLE", value_parser = history_table)]
    history_table: Option<String>,
    /// Asks nothing, even where the database looks like production or rows would be deleted
    #[arg(long, short)]
    yes: bool,
    /// For people, or for programs: one JSON object on the standard output
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: OutputFormat,
    /// Whether to print in colours
    #[arg(long, value_enum, default_value_t)]
    color: Color,
}

fn rename(value: &str) -> Result<String, migrate_schema::RenameError> {
    migrate_schema::check_rename(value).map(|()| value.to_owned())
}

/// A name that cannot be one is a mistake of the command line.
fn history_table(text: &str) -> Result<String, String> {
    migrate_source::history_table(text).map(|_| text.to_owned())
}

impl Common {
    /// What applies the set: as `migrate.toml` says, with the history where it is kept.
    ///
    /// # Errors
    ///
    /// `--history-table` cannot be a name.
    pub(crate) fn runner<'s>(
        &self,
        set: &'s MigrationSet,
        applying: &Applying,
    ) -> Result<Runner<'s>, Failure> {
        let mut applying = applying.clone();
        applying.history_table = self.history_table(&applying)?;
        Runner::new(set).applying(&applying).map_err(|error| Failure::told(error.code(), error))
    }

    /// The schema and the table of the history, where they are not as by default.
    ///
    /// # Errors
    ///
    /// `--history-table` cannot be a name.
    pub(crate) fn history_table(&self, applying: &Applying) -> Result<Option<(String, String)>, Failure> {
        let Some(name) = &self.history_table else { return Ok(applying.history_table.clone()) };
        let named = migrate_source::history_table(name);
        named
            .map(Some)
            .map_err(|why| Failure::new(Code::M0538, why, "name it as `--history-table SCHEMA.TABLE`"))
    }

    /// A schema without the history of its migrations.
    ///
    /// # Errors
    ///
    /// `--history-table` cannot be a name.
    pub(crate) fn viewpoint(&self, applying: &Applying) -> Result<Viewpoint, Failure> {
        Ok(self
            .history_table(applying)?
            .map_or_else(stage::viewpoint, |(schema, table)| stage::without_history(&schema, &table)))
    }

    /// What the verbs on databases take, with the names of production, if `migrate.toml` says them.
    pub(crate) fn target(&self, production: Option<Vec<String>>) -> Target {
        Target {
            no_production: production.as_ref().is_some_and(Vec::is_empty),
            database_url: self.database_url.clone(),
            yes: self.yes,
            format: if self.format == OutputFormat::Json { Format::Json } else { Format::Human },
            color: self.color,
            production: production.unwrap_or_default(),
            hazards: None,
        }
    }
}

/// For whom results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// For people
    #[default]
    Human,
    /// One JSON object
    Json,
    // The option is every verb's, and its help too: that of `lint` names the two that are for hazards.
    #[value(hide = true)]
    Sarif,
    #[value(hide = true)]
    Github,
}

/// What to do.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Command {
    /// Makes the folder of the migrations
    ///
    /// Writes `migrate.toml` with every setting explained, and `.gitattributes`, which keeps line endings the same on every
    /// system. What is there already stays as it is.
    Init(Init),
    /// Writes the files of a new migration
    ///
    /// The version is the UTC time of now or the next number, and there is a down or none, as the folder does; in an empty
    /// folder the UTC time, and a down. Until they have a statement, the files are left out of what is applied. Nothing is
    /// overwritten.
    Create(Create),
    /// Says what is dangerous on a database that is in use
    ///
    /// Exits with 1 if anything is found that `migrate.toml` denies. LINTS.md says what there is to be found, and what to
    /// do instead. `--format sarif` prints SARIF 2.1.0, for code scanning, and `--format github` annotations for a workflow
    /// on GitHub.
    Lint(Lint),
    /// Seals the drafts, the files that are not in `migrate.lock` yet: from then on, an edit is an error
    ///
    /// Adds their checksums to `migrate.lock`. A sealed file that is edited, renamed or removed does not compile. A draft can be
    /// edited freely.
    Lock,
    /// Moves drafts, the files that are not in `migrate.lock` yet, behind what was there first, as after a merge
    ///
    /// In a sequence they get the next numbers, otherwise the UTC time of now, a second apart. What is sealed stays; then what
    /// the default branch of the repository has; then what the database has applied, if one is given. Where none of them tells two
    /// migrations with one version apart, it asks, or wants the name of the one that moves. One that is named and that the branch or
    /// the database has moves with `--yes` alone, and never where production has it. A run that was cut is finished by the next one.
    Renumber(Renumber),
    /// Puts one checkpoint in the place of the migrations up to a version
    ///
    /// The checkpoint makes at once what they have made step by step: a new database begins with it, and one that has them
    /// has it already. Both ways are gone on scratch databases and compared before anything is written. The migrations move
    /// to an archive, a folder like any other, by which a database that has only some of them goes on first. A run that was
    /// cut is finished by the next one.
    Squash(Squash),
    /// Writes the next migration from a declared schema
    ///
    /// What the database shall have is declared as CREATE statements in any order, in `schema.sql` or the folder `schema`
    /// beside the migrations. The migration that takes what the existing ones make to that, and its down, are run on
    /// scratch databases before they are written. Where there is nothing to change, nothing is written.
    Generate(Generate),
    /// Compares the database with what its migrations make
    ///
    /// What somebody has changed by hand is told, with the SQL that would bring it back, where what would delete data is a
    /// comment. The migrations are applied to a scratch database, up to the one that the database has.
    Drift(Scratching),
    /// Compares two databases
    ///
    /// Tells in what they differ, with the SQL that would make the first like the second; what would delete data is a comment.
    Diff(Diff),
    /// Prints the schema of a database as SQL
    ///
    /// On an empty database it makes the same schema, which is tried on a scratch database first: the start for a team that
    /// has a database and no migrations. Where the schema has a password, as that of a user mapping, a placeholder is printed.
    Dump(Dump),
    /// Tries every down on a scratch database
    ///
    /// Applies each migration, reverts it by its down, compares the schema with that of before, applies it again, and
    /// compares the schema with that of after. It names each down that does not bring the schema back, with the
    /// difference. Without `--dev-url` it starts a PostgreSQL of its own from the one that is installed.
    Verify(Verify),
    /// Describes the schema on a page of HTML
    ///
    /// A diagram, every table with its columns, keys and indexes, views, types and functions, which migration made each of
    /// them and which one changed it last, and the migrations themselves. The page is one file that needs no network. What
    /// the migrations lead to is read on a scratch database, where they are applied one after the other.
    Docs(Docs),
    #[command(flatten)]
    Database(cli::Verb),
    /// The same migrations on many databases or schemas
    ///
    /// Each tenant has its own history; no tenant's failure stops what is under way elsewhere, and all of them are in the
    /// report. The tenants' migrations are in the folder of `--tenants`, or else that of `--dir`; those of `--master` are
    /// applied to the control database, that of `--database-url`, before.
    Fleet(Fleet),
    /// Drops the database and builds it anew: for development
    ///
    /// All that is in it is lost, so that it asks, unless `--yes` is said; where the database looks like production, it is
    /// refused. A database that does not exist is created.
    Reset,
    /// Converts the folder of another tool's migrations
    ///
    /// The SQL stays as it is; names, sections and marks become those of this tool. It says what it changed, and what it
    /// could not convert. The folder that is written must not be there yet, or be empty; the one that is read stays as it
    /// is.
    Import(Import),
    /// Says what an error is about, and what to do: `M0201`, as in `error[M0201]`
    ///
    /// It takes the name of a lint too. Without either, it lists all of them.
    Explain(Explain),
    /// Prints a script that completes the command in a shell
    Completions(Completions),
    /// Prints the manual page
    Man(Man),
}

const ALLOWED: [&str; 6] =
    ["deletes-data", "changes-values", "rewrites-table", "builds-index", "scans-table", "residue"];

#[derive(Clone, Debug, Args)]
pub(crate) struct Generate {
    /// What it does: `add_users`, "Add users"
    pub(crate) name: String,
    /// Where the schema is declared: a file, or a folder of `.sql` files
    #[arg(long, value_name = "PATH")]
    pub(crate) schema: Option<PathBuf>,
    /// Prints the SQL, and writes no file: the down, and what deletes or changes data unless allowed, as comments
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Without locks that a database in use would feel, where PostgreSQL has a way
    #[arg(long)]
    pub(crate) online: bool,
    /// Renames instead of dropping and creating: `users=accounts`, `users.name=full_name`, `users.name=accounts.full_name`
    ///
    /// A new name with its schema in front moves a table there: `public.users=app.users`. Names are taken to the letter; one with a
    /// dot or an equals sign in it is written in double quotes as in SQL.
    #[arg(long, value_name = "OLD=NEW", value_parser = rename)]
    pub(crate) rename: Vec<String>,
    /// What may be in it: statements that delete rows, or change values (round or cut them); with `--online`, those that lock a
    /// table while all of its rows are read or written; or a residue, differences for which it has no statement
    #[arg(long, value_name = "WHAT", value_parser = ALLOWED)]
    pub(crate) allow: Vec<String>,
    /// How many made-up rows each table that the migration touches or needs gets, on which it is tried; 0 for none
    ///
    /// A table that the migrations themselves fill keeps the rows that it has.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(..=1000))]
    pub(crate) rows: u32,
    /// The server to make scratch databases on, whose role may create databases. The database that it names is not
    /// touched. Without it, PostgreSQL is started from what is installed
    #[arg(long, value_name = "URL")]
    pub(crate) dev_url: Option<String>,
}

/// Where scratch databases are made.
#[derive(Clone, Debug, Args)]
pub(crate) struct Scratching {
    /// The server to make scratch databases on, whose role may create databases. The database that it names is not
    /// touched. Without it, PostgreSQL is started from what is installed
    #[arg(long, value_name = "URL")]
    pub(crate) dev_url: Option<String>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Dump {
    /// Prints the passwords of user mappings, servers and subscriptions too, for a database that shall have them
    #[arg(long)]
    pub(crate) with_passwords: bool,
    #[command(flatten)]
    pub(crate) scratching: Scratching,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Diff {
    /// The one
    #[arg(value_name = "URL")]
    pub(crate) from: String,
    /// The other
    #[arg(value_name = "OTHER_URL")]
    pub(crate) to: String,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Verify {
    /// The server to make the scratch database on, whose role may create databases. The database that it names is not
    /// touched
    #[arg(long, value_name = "URL")]
    pub(crate) dev_url: Option<String>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Docs {
    /// The file to write. One that is there is replaced
    #[arg(long, value_name = "FILE", default_value = "schema.html")]
    pub(crate) out: PathBuf,
    /// Describes the database of `--database-url` as it is, with when each migration was applied there
    #[arg(long)]
    pub(crate) live: bool,
    /// The server to make the scratch database on, whose role may create databases. The database that it names is not
    /// touched. Without it, PostgreSQL is started from what is installed
    #[arg(long, value_name = "URL")]
    pub(crate) dev_url: Option<String>,
}

impl Command {
    /// Whether it is about a folder of migrations that is there.
    pub(crate) fn reads_folder(&self) -> bool {
        !matches!(
            self,
            Self::Init(_)
                | Self::Import(_)
                | Self::Diff(_)
                | Self::Dump(_)
                | Self::Explain(_)
                | Self::Completions(_)
                | Self::Man(_)
        )
    }

    /// The verb as it is typed.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Init(_) => "init",
            Self::Create(_) => "create",
            Self::Lint(_) => "lint",
            Self::Lock => "lock",
            Self::Renumber(_) => "renumber",
            Self::Squash(_) => "squash",
            Self::Generate(_) => "generate",
            Self::Drift(_) => "drift",
            Self::Diff(_) => "diff",
            Self::Dump(_) => "dump",
            Self::Verify(_) => "verify",
            Self::Docs(_) => "docs",
            Self::Database(verb) => verb.name(),
            Self::Fleet(Fleet { verb, .. }) => verb.name(),
            Self::Reset => "reset",
            Self::Import(_) => "import",
            Self::Explain(_) => "explain",
            Self::Completions(_) => "completions",
            Self::Man(_) => "man",
        }
    }
}
