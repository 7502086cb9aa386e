//! The story of a migration: read the history, decide, apply. Everything that decides or speaks SQL is elsewhere.

use std::time::{Duration, Instant};

use tokio_postgres::Client;
use tracing::Instrument as _;

use crate::apply::{self, Outcome, Workshop};
use crate::backoff::Backoff;
use crate::error::{Error, ErrorKind};
use crate::failure::Failure;
use crate::history::{HistoryRow, HistoryTable, Mark};
use crate::identifier::InvalidIdentifier;
use crate::message::Timeouts;
use crate::plan::Plan;
use crate::report::Report;
use crate::session::Session;
use crate::settings::Settings;
use crate::status::Status;
use crate::{MigrationSet, contention, ledger, stepwise};

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
    set: &'a migrate_source::MigrationSet,
    history: HistoryTable,
    timeouts: Timeouts,
    target: Option<i64>,
}

/// How long a transaction waits for a lock before it lets everybody pass who queues behind it, unless
/// [`Runner::lock_timeout`] says otherwise: 3 seconds.
pub const DEFAULT_LOCK_TIMEOUT: Duration = Duration::from_secs(3);

/// How often a migration is tried that runs into [`Runner::lock_timeout`], a deadlock or a serialization failure.
pub const MAX_ATTEMPTS: u32 = 10;

impl<'a> Runner<'a> {
    /// The set with the default options.
    pub fn new(set: &'a MigrationSet) -> Self {
        Self {
            set: set.source(),
            history: HistoryTable::default(),
            timeouts: Timeouts { lock: Some(DEFAULT_LOCK_TIMEOUT), statement: None },
            target: None,
        }
    }

    /// Where the history is kept: `public.schema_migrations` by default. A schema that does not exist is created.
    ///
    /// Two sets in one database need two history tables; they do not wait for each other.
    ///
    /// # Errors
    ///
    /// A name is empty, longer than the 63 bytes that PostgreSQL keeps, or has a control character.
    pub fn history_table(mut self, schema: &str, table: &str) -> Result<Self, InvalidIdentifier> {
        self.history = HistoryTable::new(schema, table)?;
        Ok(self)
    }

    /// Applies migrations up to this version and no further. It must be one of the set's.
    #[must_use]
    pub fn target(mut self, version: i64) -> Self {
        self.target = Some(version);
        self
    }

    /// How long a transactional migration waits for a lock, [`DEFAULT_LOCK_TIMEOUT`] by default. Meanwhile everybody
    /// who wants that table waits behind it; therefore it gives up, and is tried again, [`MAX_ATTEMPTS`] times in all.
    ///
    /// It also holds for each statement of a migration without a transaction, except for those that PostgreSQL refuses
    /// in one: these wait as long as the session's own setting lets them.
    ///
    /// `None` leaves the session's own setting in force. Rounded down to milliseconds; less than one disables it.
    #[must_use]
    pub fn lock_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeouts.lock = timeout.into();
        self
    }

    /// How long one statement of a transactional migration may take. Without it, the session's own setting is in force.
    #[must_use]
    pub fn statement_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeouts.statement = timeout.into();
        self
    }

    /// Applies what is pending.
    ///
    /// A database that is current costs one round trip and writes nothing; it takes no lock but that of a `SELECT`. Any
    /// number of processes may do this at once. What a script sets on the session is put back, custom settings
    /// (`app.tenant`) excepted.
    ///
    /// # Cancellation
    ///
    /// A future that is dropped leaves no transaction open. The server finishes the message that it is working on,
    /// which may apply migrations yet; they are recorded like any other.
    ///
    /// # Errors
    ///
    /// History and set contradict each other; a migration fails; the connection is lost. [`Error::report`] says what
    /// was applied before.
    pub async fn run(&self, client: &mut Client) -> Result<Report, Error> {
        let start = Instant::now();
        let mut report = Report::default();
        let span = tracing::info_span!("migrate", folder = self.set.folder(), history = %self.history);
        let result = self.bring_forward(&mut Session::new(client), &mut report).instrument(span).await;
        report.duration = start.elapsed();
        match result {
            Ok(()) => Ok(report),
            Err(kind) => Err(Error::new(kind, self.set.folder(), report)),
        }
    }

    /// Connects to a database, applies what is pending, and disconnects: for services whose own driver is another.
    ///
    /// The URL is `postgres://user:password@host:port/database?sslmode=…`, or `key=value` pairs as libpq takes them.
    ///
    /// # Errors
    ///
    /// As for [`run`](Self::run), and where no connection can be made.
    pub async fn run_url(&self, url: &str) -> Result<Report, Error> {
        let connected = crate::connect::connect(url).await;
        let mut connected = connected.map_err(|error| self.error(ErrorKind::Connect(error)))?;
        let work = async move {
            let result = self.run(&mut connected.client).await;
            // The connection closes when its client is gone.
            drop(connected.client);
            result
        };
        futures_util::future::join(work, connected.connection).await.0
    }

    /// What [`run`](Self::run) would do: the dry run. Costs one round trip, takes no lock and writes nothing.
    ///
    /// # Errors
    ///
    /// History and set contradict each other, or the history cannot be read.
    pub async fn plan(&self, client: &mut Client) -> Result<Plan<'a>, Error> {
        let history = ledger::read(&Session::new(client), &self.history).await;
        let plan = history.and_then(|history| self.decide(history.as_deref().unwrap_or_default()));
        plan.map_err(|kind| self.error(kind))
    }

    /// How each migration stands. Contradictions are part of the answer, not errors. Costs one round trip, takes no
    /// lock and writes nothing.
    ///
    /// # Errors
    ///
    /// The history cannot be read.
    pub async fn status(&self, client: &mut Client) -> Result<Status, Error> {
        let history = ledger::read(&Session::new(client), &self.history).await;
        let history = history.map_err(|kind| self.error(kind))?;
        Ok(Status::new(self.set, history.as_deref().unwrap_or_default()))
    }

    async fn bring_forward(&self, session: &mut Session<'_>, report: &mut Report) -> Result<(), ErrorKind> {
        let mut attempts = Attempts::default();
        let mut surveyed = None;
        loop {
            let history = ledger::read(session, &self.history).await?;
            let plan = self.decide(history.as_deref().unwrap_or_default())?;
            report.found(&plan);
            if plan.is_empty() {
                return Ok(());
            }
            if let Some(claim) = plan.running() {
                contention::wait_for_claim(session, &self.history, claim).await?;
                continue;
            }
            tracing::info!(pending = plan.steps().len(), "migrations are pending");
            let survey = match &mut surveyed {
                Some(survey) => survey,
                none => none.insert(ledger::survey(session, &self.history).await?),
            };
            let is_ours = match history {
                Some(_) => Outcome::Done,
                None => ledger::create(session, &self.history, self.timeouts, survey).await?,
            };
            let outcome = match is_ours {
                Outcome::Done => self.apply(session, &plan, &survey.settings, report).await,
                Outcome::Overtaken => Ok(Outcome::Overtaken),
            };
            match outcome {
                Ok(Outcome::Done) => return Ok(()),
                Ok(Outcome::Overtaken) => contention::wait_for_lock(session, &self.history).await?,
                Err(failure) => attempts.pause_or_fail(failure).await?,
            }
        }
    }

    /// Applies the steps in their order: runs of transactional ones together, the others one by one.
    async fn apply(
        &self,
        session: &mut Session<'_>,
        plan: &Plan<'_>,
        settings: &Settings,
        report: &mut Report,
    ) -> Result<Outcome, Failure> {
        let mut highest = plan.highest();
        let (history, timeouts) = (&self.history, self.timeouts);
        let mut shop = Workshop { session, history, timeouts, settings, mark: Mark::new(), report };
        for steps in plan.steps().chunk_by(|a, b| !a.is_stepwise() && !b.is_stepwise()) {
            let outcome = match steps {
                [step] if step.is_stepwise() => {
                    stepwise::apply(&mut shop, step, highest).instrument(apply::span(step)).await?
                }
                _ => apply::apply(&mut shop, steps, highest).await?,
            };
            if outcome == Outcome::Overtaken {
                return Ok(Outcome::Overtaken);
            }
            highest = steps.iter().map(|step| step.migration().version()).fold(highest, i64::max);
        }
        Ok(Outcome::Done)
    }

    fn decide(&self, history: &[HistoryRow]) -> Result<Plan<'a>, ErrorKind> {
        if let Some(target) = self.target
            && !self.set.iter().any(|migration| migration.version() == target)
        {
            let newest = self.set.iter().last().map(|migration| migration.stem().to_owned());
            return Err(ErrorKind::UnknownTarget { target, newest });
        }
        Plan::decide(self.set, history, self.target).map_err(ErrorKind::Contradictions)
    }

    fn error(&self, kind: ErrorKind) -> Error {
        Error::new(kind, self.set.folder(), Report::default())
    }
}

/// How often a migration was tried, and the pauses in between.
struct Attempts {
    version: i64,
    made: u32,
    backoff: Backoff,
}

impl Default for Attempts {
    fn default() -> Self {
        let backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(10));
        Self { version: 0, made: 0, backoff }
    }
}

impl Attempts {
    async fn pause_or_fail(&mut self, failure: Failure) -> Result<(), ErrorKind> {
        if failure.version != self.version {
            *self = Self { version: failure.version, ..Self::default() };
        }
        self.made += 1;
        if !failure.is_transient() || self.made >= MAX_ATTEMPTS {
            return Err(ErrorKind::Migration { failure, attempts: self.made });
        }
        let reason = failure.error.as_db_error().map_or("", |error| error.message());
        tracing::warn!(failure.stem, attempt = self.made, reason, "migration will be tried again");
        self.backoff.pause().await;
        Ok(())
    }
}
