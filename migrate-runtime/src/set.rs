//! The migration set of a service, with the verbs that apply it.

use std::time::Duration;

use migrate_source::{Literals, Migration};
use tokio_postgres::Client;

use crate::history::Digest;
use crate::stale::Origin;
use crate::{Error, Plan, Report, Runner, Status};

/// Every migration of a folder: what [`embed_migrations!`](crate::embed_migrations) makes.
///
/// ```no_run
/// use migrate_runtime::{MigrationSet, embed_migrations};
///
/// # mod doc { pub(super) use migrate_runtime::MigrationSet; }
/// static MIGRATIONS: MigrationSet = embed_migrations!("../migrations");
///
/// # async fn example(mut client: tokio_postgres::Client) -> Result<(), migrate_runtime::Error> {
/// let report = MIGRATIONS.run(&mut client).await?;
/// println!("{report}");
/// # Ok(()) }
/// ```
///
/// The verbs here use the options of `migrate.toml` in the folder, and otherwise the default ones; [`Runner`] has them all.
#[derive(Clone, Debug)]
pub struct MigrationSet {
    set: migrate_source::MigrationSet,
    /// Name and version of the package that embeds it; `None` where it was loaded at run time.
    package: Option<(&'static str, &'static str)>,
    /// Known where the crate that embeds it is compiled for development.
    origin: Option<Origin>,
    embedded: Embedded,
}

/// What the files beside the migrations said when the set was embedded: how it is applied.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Embedded {
    /// Schema and table.
    pub(crate) history_table: Option<(&'static str, &'static str)>,
    pub(crate) lock_timeout: Option<Duration>,
    pub(crate) statement_timeout: Option<Duration>,
    pub(crate) row_lock: bool,
    /// Each statement has a transaction of its own.
    pub(crate) by_statement: bool,
    /// Names of production's databases and hosts, where the file says them.
    pub(crate) production: Option<&'static [&'static str]>,
    pub(crate) drafts: EmbeddedDrafts,
    /// The tools of other applications in the same database.
    pub(crate) beside: &'static [&'static str],
    /// The text of `migrate.import`.
    pub(crate) import: Option<&'static str>,
}

/// What was still being written when the set was embedded for development.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EmbeddedDrafts {
    /// The newest version that no longer changes.
    pub(crate) sealed: i64,
    /// The files of the folder that are not in the set.
    pub(crate) left_out: &'static [&'static str],
    /// What is to be said of them.
    pub(crate) warnings: &'static [&'static str],
}

impl EmbeddedDrafts {
    const NONE: Self = Self { sealed: i64::MAX, left_out: &[], warnings: &[] };
}

impl Default for EmbeddedDrafts {
    fn default() -> Self {
        Self::NONE
    }
}

impl MigrationSet {
    /// The set without migrations.
    pub const EMPTY: Self = Self::of(migrate_source::MigrationSet::EMPTY);

    const fn of(set: migrate_source::MigrationSet) -> Self {
        let embedded = Embedded {
            history_table: None,
            lock_timeout: None,
            statement_timeout: None,
            row_lock: false,
            by_statement: false,
            production: None,
            drafts: EmbeddedDrafts::NONE,
            beside: &[],
            import: None,
        };
        Self { set, package: None, origin: None, embedded }
    }

    /// For `embed_migrations!` only.
    #[doc(hidden)]
    pub const fn from_literals(literals: Literals) -> Self {
        Self::of(migrate_source::MigrationSet::from_literals(literals))
    }

    /// For `embed_migrations!` only: cargo's name and version of the package that embeds the set. Another build tool may
    /// not tell them.
    #[doc(hidden)]
    #[must_use]
    pub const fn of_package(mut self, name: Option<&'static str>, version: Option<&'static str>) -> Self {
        self.package = match (name, version) {
            (Some(name), Some(version)) => Some((name, version)),
            _ => None,
        };
        self
    }

    /// For `embed_migrations!` only: the folder on the machine that builds, where the crate that embeds it is compiled with
    /// debug assertions.
    #[doc(hidden)]
    #[must_use]
    pub const fn in_development(mut self, folder: Option<&'static str>) -> Self {
        self.origin = match folder {
            Some(folder) => Some(Origin::new(folder)),
            None => None,
        };
        self
    }

    /// For `embed_migrations!` only: `history-table` in `migrate.toml`, whose names the macro has checked.
    #[doc(hidden)]
    #[must_use]
    pub const fn with_history_table(mut self, schema: &'static str, table: &'static str) -> Self {
        self.embedded.history_table = Some((schema, table));
        self
    }

    /// For `embed_migrations!` only: `lock-timeout` in `migrate.toml`.
    #[doc(hidden)]
    #[must_use]
    pub const fn with_lock_timeout(mut self, milliseconds: u64) -> Self {
        self.embedded.lock_timeout = Some(Duration::from_millis(milliseconds));
        self
    }

    /// For `embed_migrations!` only: `statement-timeout` in `migrate.toml`.
    #[doc(hidden)]
    #[must_use]
    pub const fn with_statement_timeout(mut self, milliseconds: u64) -> Self {
        self.embedded.statement_timeout = Some(Duration::from_millis(milliseconds));
        self
    }

    /// For `embed_migrations!` only: `lock = "row"` in `migrate.toml`.
    #[doc(hidden)]
    #[must_use]
    pub const fn with_row_lock(mut self) -> Self {
        self.embedded.row_lock = true;
        self
    }

    /// For `embed_migrations!` only: `transaction = "statement"` in `migrate.toml`.
    #[doc(hidden)]
    #[must_use]
    pub const fn by_statement(mut self) -> Self {
        self.embedded.by_statement = true;
        self
    }

    /// For `embed_migrations!` only: `production` in `migrate.toml`.
    #[doc(hidden)]
    #[must_use]
    pub const fn with_production(mut self, names: &'static [&'static str]) -> Self {
        self.embedded.production = Some(names);
        self
    }

    /// For `embed_migrations!` only: what is still being written. In a release build nothing is.
    #[doc(hidden)]
    #[must_use]
    pub const fn with_drafts(
        mut self,
        in_development: bool,
        sealed: i64,
        left_out: &'static [&'static str],
        warnings: &'static [&'static str],
    ) -> Self {
        if in_development {
            self.embedded.drafts = EmbeddedDrafts { sealed, left_out, warnings };
        }
        self
    }

    /// For `embed_migrations!` only: `beside` in `migrate.toml`.
    #[doc(hidden)]
    #[must_use]
    pub const fn beside(mut self, tools: &'static [&'static str]) -> Self {
        self.embedded.beside = tools;
        self
    }

    /// For `embed_migrations!` only: `migrate.import`, which the macro has read.
    #[doc(hidden)]
    #[must_use]
    pub const fn with_import(mut self, text: &'static str) -> Self {
        self.embedded.import = Some(text);
        self
    }

    /// The migrations that have a version, from the lowest to the highest.
    pub fn iter(&self) -> impl Iterator<Item = Migration<'_>> + Clone {
        self.set.iter()
    }

    /// The repeatable migrations, ordered by description.
    pub fn repeatables(&self) -> impl Iterator<Item = Migration<'_>> + Clone {
        self.set.repeatables()
    }

    /// How many migrations with a version there are. Linear in their number.
    pub fn len(&self) -> usize {
        self.set.len()
    }

    /// Whether there is no migration of either kind.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty()
    }

    /// What tells this set from others: 64 hexadecimal digits, the SHA-256 of a line for each migration, ordered by version
    /// and description, with these two and the checksum of the file. For a readiness probe, a log, a deployment that wants
    /// to know whether all replicas have the same schema in them.
    ///
    /// It changes when a file is added, edited, renamed or removed; it does not depend on the downs, on what the folder is called,
    /// on the package that embeds it, or on `migrate.toml`.
    ///
    /// ```
    /// # use migrate_runtime::MigrationSet;
    /// assert_eq!(MigrationSet::EMPTY.digest().len(), 64);
    /// ```
    pub fn digest(&self) -> String {
        Digest::of(&self.set).as_str().to_owned()
    }

    /// Applies what is pending. See [`Runner::run`].
    ///
    /// The client may come from a pool: what dereferences to [`Client`] is taken as `&mut object`.
    ///
    /// # Errors
    ///
    /// Those of [`Runner::run`].
    pub async fn run(&self, client: &mut Client) -> Result<Report, Error> {
        Runner::new(self).run(client).await
    }

    /// Connects, applies what is pending, and disconnects. See [`Runner::run_url`].
    ///
    /// # Errors
    ///
    /// Those of [`Runner::run_url`].
    pub async fn run_url(&self, url: &str) -> Result<Report, Error> {
        Runner::new(self).run_url(url).await
    }

    /// What [`run`](Self::run) would do: the dry run. See [`Runner::plan`].
    ///
    /// # Errors
    ///
    /// Those of [`Runner::plan`].
    pub async fn plan(&self, client: &mut Client) -> Result<Plan<'_>, Error> {
        Runner::new(self).plan(client).await
    }

    /// How each migration stands. See [`Runner::status`].
    ///
    /// # Errors
    ///
    /// Those of [`Runner::status`].
    pub async fn status(&self, client: &mut Client) -> Result<Status, Error> {
        Runner::new(self).status(client).await
    }

    pub(crate) fn source(&self) -> &migrate_source::MigrationSet {
        &self.set
    }

    /// Name and version of the package that embeds the set.
    pub(crate) fn package(&self) -> Option<(&'static str, &'static str)> {
        self.package
    }

    pub(crate) fn origin(&self) -> Option<Origin> {
        self.origin
    }

    pub(crate) fn embedded(&self) -> Embedded {
        self.embedded
    }
}

/// Two sets are equal where their migrations are: the same folder, embedded by two packages or loaded at run time, is one
/// set.
impl PartialEq for MigrationSet {
    fn eq(&self, other: &Self) -> bool {
        self.set == other.set
    }
}

impl Eq for MigrationSet {}

/// A set that was loaded from a folder at run time. It says what the migrations are; what `migrate.toml` says of how they are
/// applied is told to the [`Runner`] by [`Runner::applying`].
impl From<migrate_source::MigrationSet> for MigrationSet {
    fn from(set: migrate_source::MigrationSet) -> Self {
        Self::of(set)
    }
}
