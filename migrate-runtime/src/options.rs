//! The options of a run, and what they are without.

use std::borrow::Cow;
use std::fmt;
use std::ops::RangeBounds;
use std::sync::Arc;
use std::time::Duration;

use migrate_source::Applying;
use tokio::sync::Semaphore;
use tokio_postgres::Transaction;

use crate::MigrationSet;
use crate::function::{FunctionFuture, Functions};
use crate::history::{Author, HistoryTable, Locking};
use crate::hooks::Hooks;
use crate::identifier::InvalidIdentifier;
use crate::in_schema::InSchema;
use crate::message::Timeouts;
use crate::plan::Action;
use crate::rules::{LeftOut, Rules, Unit};
use crate::set::{Embedded, EmbeddedDrafts};
use crate::stale::Origin;

/// Applies a set, with options.
///
/// ```no_run
/// # use migrate_runtime::{MigrationSet, Runner};
/// # async fn example(migrations: &MigrationSet, client: &mut tokio_postgres::Client) -> Result<(), Box<dyn std::error::Error>> {
/// let report = Runner::new(migrations)
///     .history_table("billing", "schema_migrations")?
///     .target(3)
///     .run(client)
///     .await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Runner<'a> {
    pub(crate) set: &'a migrate_source::MigrationSet,
    pub(crate) origin: Option<Origin>,
    pub(crate) history: HistoryTable,
    /// The schema that names without one mean, where it is not that of the session.
    pub(crate) within: Option<InSchema>,
    /// Names of production's databases and hosts, where `migrate.toml` says them.
    #[cfg(feature = "cli")]
    pub(crate) production: Option<&'static [&'static str]>,
    pub(crate) timeouts: Timeouts,
    pub(crate) max_attempts: u32,
    pub(crate) rules: Rules,
    pub(crate) author: Author,
    pub(crate) store_downs: bool,
    /// The newest version that no longer changes. The downs of those above are stored.
    pub(crate) sealed: i64,
    /// What is to be said of the files that are not in the set, because they are still being written.
    pub(crate) warnings: Arc<[String]>,
    /// A baseline is an error where none of the tables is there that its migrations create.
    pub(crate) baselines_what_is_there: bool,
    /// A rehearsal may block the traffic on large tables.
    pub(crate) rehearses_blocking: bool,
    pub(crate) watch_url: Option<Secret>,
    /// Where a permit for the second connection is, if it needs one.
    pub(crate) watch_room: Option<Arc<Semaphore>>,
    pub(crate) hooks: Option<&'a dyn Hooks>,
    pub(crate) functions: Functions<'a>,
    /// The tools of other applications in the same database.
    pub(crate) beside: Vec<Cow<'static, str>>,
    /// The text of `migrate.import`.
    pub(crate) import: Option<Cow<'static, str>>,
}

/// How long a transaction waits for a lock before it lets everybody pass who queues behind it, unless
/// [`Runner::lock_timeout`] says otherwise: 3 seconds.
pub const DEFAULT_LOCK_TIMEOUT: Duration = Duration::from_secs(3);

/// How often a migration is tried that runs into [`Runner::lock_timeout`], a deadlock or a serialization failure, unless
/// [`Runner::max_attempts`] says otherwise. The pauses in between grow from half a second to ten, so that with the
/// default timeout about 70 seconds pass in all.
pub const DEFAULT_MAX_ATTEMPTS: u32 = 10;

impl<'a> Runner<'a> {
    /// The set with the options that `migrate.toml` had in its folder when it was embedded, and otherwise the default ones.
    ///
    /// # Panics
    ///
    /// Never with a set that `embed_migrations!` has made: it checks the name of the history table.
    pub fn new(set: &'a MigrationSet) -> Self {
        let Embedded {
            history_table,
            lock_timeout,
            statement_timeout,
            row_lock,
            by_statement,
            beside,
            import,
            drafts,
            ..
        } = set.embedded();
        let EmbeddedDrafts { sealed, left_out, warnings } = drafts;
        let history = history_table.map(|(schema, table)| HistoryTable::new(schema, table));
        let mut history = history.transpose().expect("the macro has checked the names").unwrap_or_default();
        history.locking = Locking::of(row_lock);
        let package = set.package().map(|(name, version)| format!("{name} {version}"));
        Self {
            set: set.source(),
            origin: set.origin(),
            history,
            within: None,
            #[cfg(feature = "cli")]
            production: set.embedded().production,
            timeouts: Timeouts {
                lock: lock_timeout.or(Some(DEFAULT_LOCK_TIMEOUT)),
                statement: statement_timeout.or(Some(Duration::ZERO)),
            },
            max_attempts: DEFAULT_MAX_ATTEMPTS,
            rules: Rules {
                unit: Unit::of(by_statement),
                left_out: LeftOut::new(left_out.iter().map(|file| (*file).to_owned())),
                ..Rules::default()
            },
            author: Author { package },
            store_downs: false,
            sealed,
            warnings: warnings.iter().map(|warning| (*warning).to_owned()).collect(),
            baselines_what_is_there: false,
            rehearses_blocking: false,
            watch_url: None,
            watch_room: None,
            hooks: None,
            functions: Functions::default(),
            beside: beside.iter().map(|tool| Cow::Borrowed(*tool)).collect(),
            import: import.map(Cow::Borrowed),
        }
    }

    /// Where the history is kept: `public.schema_migrations`, unless `migrate.toml` has a `history-table`, which the `migrate`
    /// command sees too. A schema that does not exist is created. The log is beside it, with the ending `_log`. Both names are
    /// taken to the letter, as they are in the catalog: quotes would be a part of the name.
    ///
    /// Two sets in one database need two history tables; they do not wait for each other.
    ///
    /// # Errors
    ///
    /// A name is empty, longer than the 63 bytes that PostgreSQL keeps (58 for the table, because of those beside it), or has a
    /// control character.
    pub fn history_table(mut self, schema: &str, table: &str) -> Result<Self, InvalidIdentifier> {
        let locking = self.history.locking;
        self.history = HistoryTable::new(schema, table)?;
        self.history.locking = locking;
        Ok(self)
    }

    /// What is still being written in a folder that was loaded at run time: the newest version that no longer changes, the
    /// files that are left out, and what is to be said of them. An embedded set brings its own.
    #[doc(hidden)]
    #[must_use]
    pub fn with_drafts(mut self, sealed: i64, left_out: Vec<String>, warnings: Vec<String>) -> Self {
        (self.sealed, self.warnings) = (sealed, warnings.into());
        self.rules.left_out = LeftOut::new(left_out);
        self
    }

    /// Applies the set to one schema, as for a tenant that has a schema of its own in a database of many: names without a
    /// schema mean this one, and then those of `shared`, which hold what tenants have in common, extensions for example.
    /// The history is in it too, in a table of the name that it has anyway, so that each schema has its own.
    ///
    /// The schema must exist. A statement that PostgreSQL takes only by itself (`CREATE INDEX CONCURRENTLY`) cannot be
    /// placed behind a pooler in transaction mode.
    ///
    /// # Errors
    ///
    /// A name is empty, longer than the 63 bytes that PostgreSQL keeps, or has a control character.
    pub fn in_schema(self, schema: &str, shared: &[&str]) -> Result<Self, InvalidIdentifier> {
        self.in_schema_or_new(schema, shared, false)
    }

    /// The options that `migrate.toml` and `migrate.import` have in a folder that was loaded at run time: `migrate_source::Loaded::applying`. An
    /// embedded set brings its own.
    ///
    /// # Errors
    ///
    /// Those of [`history_table`](Self::history_table); never with what was loaded.
    pub fn applying(self, applying: &Applying) -> Result<Self, InvalidIdentifier> {
        let mut runner = match &applying.history_table {
            Some((schema, table)) => self.history_table(schema, table)?,
            None => self,
        };
        runner.history.locking = Locking::of(applying.row_lock);
        runner.rules.unit = Unit::of(applying.by_statement);
        runner.timeouts.lock = applying.lock_timeout.or(runner.timeouts.lock);
        runner.timeouts.statement = applying.statement_timeout.or(runner.timeouts.statement);
        runner.beside.extend(applying.beside.iter().cloned().map(Cow::Owned));
        runner.import = applying.import.clone().map(Cow::Owned).or(runner.import);
        Ok(runner)
    }

    /// The same for a schema that may be created where it is missing.
    pub(crate) fn in_schema_or_new(
        mut self,
        schema: &str,
        shared: &[&str],
        may_create: bool,
    ) -> Result<Self, InvalidIdentifier> {
        self.history = self.history.in_schema(schema)?;
        self.within = Some(InSchema::new(schema, shared, may_create)?);
        Ok(self)
    }

    /// Applies migrations up to this version and no further. It must be one of the set's. Repeatable migrations are
    /// applied only where this is the newest, so that the history row of one has the newest version that was applied.
    #[must_use]
    pub fn target(mut self, version: i64) -> Self {
        self.rules.target = Some(version);
        self
    }

    /// How long a transactional migration waits for a lock, [`DEFAULT_LOCK_TIMEOUT`] by default. Meanwhile everybody
    /// who wants that table waits behind it; therefore it gives up, and is tried again: see
    /// [`max_attempts`](Self::max_attempts).
    ///
    /// It also holds for each question about the history, which is asked again as often as a migration is tried; and for
    /// each statement of a migration without a transaction, except for those that PostgreSQL refuses
    /// in one: these wait as long as the session's own setting lets them.
    ///
    /// `None` leaves the session's own setting in force. Rounded down to milliseconds; less than one disables it.
    #[must_use]
    pub fn lock_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeouts.lock = timeout.into();
        self
    }

    /// How often a migration is tried that runs into the lock timeout, a deadlock or a serialization failure:
    /// [`DEFAULT_MAX_ATTEMPTS`] times by default. 1, or 0: it is not tried again.
    ///
    /// Of a migration without a transaction, each statement is tried as often.
    #[must_use]
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// How long one statement may take: of a transactional migration, or of one without a transaction that PostgreSQL takes
    /// in one. By default there is no limit.
    ///
    /// A `statement_timeout`, `transaction_timeout` or `idle_in_transaction_session_timeout` that the session has, by `ALTER
    /// ROLE … SET` for example, is meant for queries and does not hold for a migration; afterwards the session has it again.
    /// A statement that PostgreSQL refuses in a transaction has no limit at all, but for that of the session where a pooler in
    /// transaction mode is in between.
    ///
    /// `None` leaves the session's own settings in force, all three. Rounded down to milliseconds; less than one is no limit.
    #[must_use]
    pub fn statement_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeouts.statement = timeout.into();
        self
    }

    /// Leaves the history table of this migration tool alone, `sqlx` for example: it belongs to another application in the
    /// same database. To be called once for each tool; `beside` in `migrate.toml` does the same.
    ///
    /// Without it, nothing is applied where the history is empty and the table of another tool has rows: what that tool has
    /// applied would be applied twice. [`adopt`](Self::adopt) records it.
    #[must_use]
    pub fn beside(mut self, tool: impl Into<String>) -> Self {
        self.beside.push(Cow::Owned(tool.into()));
        self
    }

    /// Keeps other processes away by a lock on a row of a table beside the history, with the ending `_lock`, instead of by
    /// an advisory lock: for roles that may not use those. All processes that share a history must do it alike;
    /// `lock = "row"` in `migrate.toml` sees to that.
    #[must_use]
    pub fn row_lock(mut self) -> Self {
        self.history.locking = Locking::Row;
        self
    }

    pub(crate) fn uses_advisory_locks(&self) -> bool {
        self.history.locking == Locking::Advisory
    }

    pub(crate) fn uses_transactional_ddl(&self) -> bool {
        self.rules.unit == Unit::Migration
    }

    /// Keeps nobody away: for what is rolled back.
    pub(crate) fn unlocked(&self) -> Self {
        let mut runner = self.clone();
        runner.history.locking = Locking::Nothing;
        runner
    }

    /// Runs each statement of a migration in a transaction of its own with the record of how far it is, as if every file said
    /// `-- migrate: no-transaction`: for servers that do not roll back DDL, where a migration that fails half-way would
    /// otherwise leave half of it behind with nothing that says so. `transaction = "statement"` in `migrate.toml` does the
    /// same. Repeatable migrations, which can run again, stay in one transaction.
    #[must_use]
    pub fn statement_by_statement(mut self) -> Self {
        self.rules.unit = Unit::Statement;
        self
    }

    /// Where a second connection can be made to find out who holds a lock that a migration waits for: it ends up in the
    /// log and in the error. [`run_url`](Self::run_url) does so by itself. It is made only when something takes longer
    /// than a quarter of the lock timeout, and it only looks.
    #[must_use]
    pub fn watch_url(mut self, url: impl Into<String>) -> Self {
        self.watch_url = Some(Secret(url.into()));
        self
    }

    /// Makes it an error that the database has migrations that are newer than everything in the set. By default a
    /// binary that is older than its database starts, as during a rolling deployment.
    #[must_use]
    pub fn deny_ahead(mut self) -> Self {
        self.rules.deny_ahead = true;
        self
    }

    /// Goes on although files of these versions were edited or renamed after they were applied: `3..=3`, or `..` for
    /// all. The history keeps what it has; [`repair`](Self::repair) changes that. The same for a checkpoint that does not
    /// stand for what was applied up to its version.
    #[must_use]
    pub fn allow_changed(mut self, versions: impl RangeBounds<i64>) -> Self {
        self.rules.changed.add(&versions);
        self
    }

    /// Goes on although the history has these versions, which have no file, below others that have one: `3..=3`, or
    /// `..` for all.
    #[must_use]
    pub fn allow_missing(mut self, versions: impl RangeBounds<i64>) -> Self {
        self.rules.missing.add(&versions);
        self
    }

    /// Applies migrations of these versions also where a newer one is applied already: `3..=3`, or `..` for all.
    #[must_use]
    pub fn allow_out_of_order(mut self, versions: impl RangeBounds<i64>) -> Self {
        self.rules.out_of_order.add(&versions);
        self
    }

    /// Has [`rehearse`](Self::rehearse) run without `CONCURRENTLY`, on large tables too, what was written with it: for a copy of
    /// the database, or an hour in which writes may wait. Off by default.
    #[must_use]
    pub fn rehearse_blocking(mut self, may_block: bool) -> Self {
        self.rehearses_blocking = may_block;
        self
    }

    /// Stores with each migration that is applied the script that reverts it, so that an older binary can revert it.
    ///
    /// [`revert`](Self::revert) then runs what is in the history table. Whoever can write to that table can thereby have
    /// SQL run by the role that reverts. Off by default. A function cannot be stored.
    #[must_use]
    pub fn store_downs(mut self, store: bool) -> Self {
        self.store_downs = store;
        self
    }

    /// Name and version of the program, for the log of the history. An embedded set brings those of the package that
    /// embeds it.
    #[must_use]
    pub fn package(mut self, name: &str, version: &str) -> Self {
        self.author.package = Some(format!("{name} {version}"));
        self
    }

    /// Callbacks before and after each migration and each run.
    #[must_use]
    pub fn hooks(mut self, hooks: &'a dyn Hooks) -> Self {
        self.hooks = Some(hooks);
        self
    }

    /// The function that applies a migration whose file says `-- migrate: function`. It runs in the transaction of its
    /// history row: both are committed, or neither. It must not end that transaction; one that does is found
    /// out. Its future owns what it uses: clone that, or an `Arc` of it, before `async move`.
    ///
    /// ```no_run
    /// # use migrate_runtime::{MigrationSet, Runner};
    /// # async fn example(migrations: &MigrationSet, client: &mut tokio_postgres::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let runner = Runner::new(migrations).function(4, |transaction| {
    ///     Box::pin(async move {
    ///         for row in transaction.query("SELECT id, email FROM users", &[]).await? {
    ///             let (id, email): (i64, String) = (row.get(0), row.get(1));
    ///             let email = email.to_lowercase();
    ///             transaction.execute("UPDATE users SET email = $1 WHERE id = $2", &[&email, &id]).await?;
    ///         }
    ///         Ok(())
    ///     })
    /// });
    /// runner.run(client).await?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn function<F>(mut self, version: i64, function: F) -> Self
    where
        F: for<'t> Fn(&'t mut Transaction<'_>) -> FunctionFuture<'t> + Send + Sync + 'a,
    {
        self.functions.insert(Action::Apply, version, function);
        self
    }

    /// The same for a down whose file says `-- migrate: function`.
    #[must_use]
    pub fn revert_function<F>(mut self, version: i64, function: F) -> Self
    where
        F: for<'t> Fn(&'t mut Transaction<'_>) -> FunctionFuture<'t> + Send + Sync + 'a,
    {
        self.functions.insert(Action::Revert, version, function);
        self
    }
}

/// A text with a password in it.
#[derive(Clone)]
pub(crate) struct Secret(pub(crate) String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl fmt::Debug for dyn Hooks + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hooks")
    }
}
