//! The story of a migration: read the history, decide, apply. Everything that decides or speaks SQL is elsewhere.

use std::pin::Pin;
use std::time::Instant;

use tokio_postgres::Client;
use tracing::Instrument as _;

use crate::apply::{self, Outcome};
use crate::attempts::Attempts;
use crate::error::{Error, ErrorKind};
use crate::failure::{Cause, Failure, Place};
use crate::history::{Digest, HistoryRow, Mark};
use crate::ledger::{self, Ledger};
use crate::message::{self, Envelope, Own};
use crate::notices::Here;
use crate::options::{Runner, Secret};
use crate::plan::Plan;
use crate::report::Report;
use crate::session::{Patience, Session};
use crate::status::Status;
use crate::turns::Turns;
use crate::watch::Watch;
use crate::workshop::{self, Stopwatch, Workshop};
use crate::{contention, function, remedy, stepwise};

/// A future whose code this crate holds. That of an `async fn` is compiled by who awaits it: each service would compile
/// the runtime, the driver and TLS once more, and link both.
pub(crate) type Compiled<'f, T> = Pin<Box<dyn Future<Output = T> + Send + 'f>>;

/// What goes with a verb from its beginning to its end.
pub(crate) struct Journey<'j> {
    pub(crate) watch: Watch,
    pub(crate) here: &'j Here,
    pub(crate) attempts: Attempts,
    turns: Turns,
    /// The session was found to be unlike the one whose settings were read.
    is_unlike: bool,
    pub(crate) stopwatch: Stopwatch,
    pub(crate) report: Report,
}

impl Journey<'_> {
    /// What is to be done must be decided anew, after others have had their turn.
    pub(crate) async fn again(
        &mut self,
        session: &Session<'_>,
        runner: &Runner<'_>,
        outcome: Outcome,
        plan: &Plan<'_>,
        ledger: &Ledger,
    ) -> Result<(), ErrorKind> {
        match outcome {
            Outcome::Unlike => self.is_unlike = true,
            _ => contention::wait_for_lock(session, &runner.history).await?,
        }
        self.turns.another(plan, ledger).await
    }
}

impl<'a> Runner<'a> {
    /// Applies what is pending.
    ///
    /// A database that is current costs one round trip and writes nothing; it takes no lock but that of a `SELECT`. Any
    /// number of processes may do this at once. What a script sets on the session is put back, custom settings
    /// (`app.tenant`) excepted.
    ///
    /// Repeatable migrations run after all others, when their text has changed or something was reverted. The row of one has
    /// the newest version of the set that ran it, and the checksums of the texts that were replaced. A set that ends below
    /// that version, or that ends there and has a text that was replaced, leaves the newer text as it is: a warning says so.
    ///
    /// Where the crate that embeds the set is compiled with debug assertions, and the folder is still there, it is compared
    /// with what was embedded: a migration that is not in this binary, or was edited or removed since, is a warning in
    /// the log and in the report. In a release build there is neither the comparison nor the path of the folder.
    ///
    /// # Cancellation
    ///
    /// A future that is dropped leaves no transaction open and no claim. The server finishes the message that it is
    /// working on, which may apply migrations yet; they are recorded like any other.
    ///
    /// # Errors
    ///
    /// History and set contradict each other; a migration fails; the connection is lost. [`Error::report`] says what
    /// was applied before.
    pub async fn run(&self, client: &mut Client) -> Result<Report, Error> {
        self.run_compiled(client).await
    }

    /// Connects to a database, applies what is pending, and disconnects: for services whose own driver is another.
    ///
    /// The URL is `postgres://user:password@host:port/database?sslmode=…`, or `key=value` pairs as libpq takes them. What it does
    /// not say is looked up as by [`connect`](crate::connect).
    ///
    /// # Errors
    ///
    /// As for [`run`](Self::run), and where no connection can be made.
    pub async fn run_url(&self, url: &str) -> Result<Report, Error> {
        self.run_url_compiled(url).await
    }

    /// What [`run`](Self::run) would do: the dry run. Costs one round trip, takes no lock and writes nothing.
    ///
    /// # Errors
    ///
    /// History and set contradict each other, or the history cannot be read.
    pub async fn plan(&self, client: &mut Client) -> Result<Plan<'a>, Error> {
        let ledger = self.ledger(client).await;
        ledger.and_then(|ledger| self.decide(ledger.history())).map_err(|kind| self.error(kind))
    }

    /// How each migration stands. Contradictions are part of the answer, not errors, also those that are allowed. Costs
    /// one round trip, takes no lock and writes nothing.
    ///
    /// # Errors
    ///
    /// The history cannot be read.
    pub async fn status(&self, client: &mut Client) -> Result<Status, Error> {
        let ledger = self.ledger(client).await.map_err(|kind| self.error(kind))?;
        Ok(Status::new(self.set, ledger.history(), &self.rules))
    }

    /// The history of a database that may be migrated.
    pub(crate) fn ledger<'f>(&'f self, client: &'f mut Client) -> Compiled<'f, Result<Ledger, ErrorKind>> {
        Box::pin(async {
            let session = self.session(client);
            let ledger = ledger::read(&session, &self.history).await?;
            self.must_be_adopted(&session, &ledger).await?;
            Ok(ledger)
        })
    }

    fn run_compiled<'f>(&'f self, client: &'f mut Client) -> Compiled<'f, Result<Report, Error>> {
        Box::pin(async { self.run_here(client, &Here::default()).await })
    }

    fn run_url_compiled<'f>(&'f self, url: &'f str) -> Compiled<'f, Result<Report, Error>> {
        Box::pin(self.connect_and_run(url))
    }

    async fn connect_and_run(&self, url: &str) -> Result<Report, Error> {
        let start = Instant::now();
        let mut connected = match crate::connect::connect(url).await {
            Ok(connected) => connected,
            Err(error) => return self.arrive(start, Err(ErrorKind::Connect(error)), Report::default()),
        };
        let runner = Self { watch_url: Some(Secret(url.to_owned())), ..self.clone() };
        let work = async move {
            let result = runner.run_here(&mut connected.client, &connected.here).await;
            // The connection closes when its client is gone.
            drop(connected.client);
            result
        };
        // In one task: when the server says something by the way, `work` has heard all answers that came before it.
        futures_util::future::join(work, connected.connection).await.0
    }

    pub(crate) async fn run_here(&self, client: &mut Client, here: &Here) -> Result<Report, Error> {
        let span = tracing::info_span!("migrate", folder = self.set.folder(), history = %self.history);
        let start = Instant::now();
        let mut journey = self.journey(here);
        journey.report.is_stale(span.in_scope(|| self.warnings_of_binary()));
        let mut session = self.session(client);
        // On the heap: the future of a verb is handed from hand to hand by the service.
        let work = Box::pin(self.bring_forward(&mut session, &mut journey));
        let result = work.instrument(span).await;
        drop(session);
        self.arrive(start, result, journey.report)
    }

    async fn bring_forward(
        &self,
        session: &mut Session<'_>,
        journey: &mut Journey<'_>,
    ) -> Result<(), ErrorKind> {
        let expected = Digest::of(self.set);
        loop {
            let mut ledger = ledger::read_unless(session, &self.history, &expected).await?;
            self.must_be_adopted(session, &ledger).await?;
            let plan = self.decide_by(&ledger)?;
            journey.report.found(&plan);
            if plan.is_empty() {
                return Ok(());
            }
            if let Some(claim) = &plan.running {
                contention::wait_for_claim(session, &self.history, claim).await?;
                continue;
            }
            self.prepare(session, journey, &mut ledger, &plan).await?;
            ledger::make_lock(session, &self.history, &ledger).await?;
            if self.carry_out(session, journey, &plan, &ledger).await? {
                return Ok(());
            }
        }
    }

    /// What comes between a plan and its first step: the service is asked, and the session is looked at.
    pub(crate) async fn prepare(
        &self,
        session: &Session<'_>,
        journey: &Journey<'_>,
        ledger: &mut Ledger,
        plan: &Plan<'_>,
    ) -> Result<(), ErrorKind> {
        if !ledger.settings.has_standard_strings() {
            return Err(ErrorKind::NonstandardStrings);
        }
        self.must_have_schema(ledger)?;
        self.functions.check(self.set, plan)?;
        if let Some(hooks) = self.hooks {
            hooks.before_run(plan).map_err(ErrorKind::Refused)?;
        }
        tracing::info!(pending = plan.steps().len(), "migrations are pending");
        if journey.is_unlike {
            ledger.settings = ledger::survey(session, std::mem::take(&mut ledger.settings)).await?;
        }
        Ok(())
    }

    /// Does the steps. False: what is to be done must be decided anew.
    pub(crate) async fn carry_out(
        &self,
        session: &mut Session<'_>,
        journey: &mut Journey<'_>,
        plan: &Plan<'_>,
        ledger: &Ledger,
    ) -> Result<bool, ErrorKind> {
        let tools = (&mut journey.watch, journey.here, &mut journey.stopwatch, &mut journey.report);
        let mut shop = self.workshop(session, tools, ledger);
        let failure = match take_steps(&mut shop, plan).await {
            Ok(Outcome::Done) => return Ok(true),
            Ok(outcome) => {
                journey.again(session, self, outcome, plan, ledger).await?;
                return Ok(false);
            }
            Err(Failure { place: Place::Creation, cause: Cause::Server(error), .. }) => {
                ledger::creation_failed(session, &self.history, error).await?;
                return Ok(false);
            }
            Err(failure) => shop.with_blockers(failure),
        };
        let mut failure = failure;
        let idle_limit = ledger.settings.idle_limit();
        if !journey.attempts.may_try_again(&failure, self.hooks, shop.session, idle_limit).await {
            shop.log_failure(&failure).await;
            if failure.sqlstate().is_some_and(remedy::exists_already) {
                failure.is_beside_other = matches!(self.applied_by_other(session).await, Ok(Some(_)));
            }
            return Err(ErrorKind::Migration { failure, attempts: journey.attempts.made() });
        }
        Ok(false)
    }

    /// What steps are taken with.
    pub(crate) fn workshop<'w, 'c>(
        &'w self,
        session: &'w mut Session<'c>,
        tools: (&'w mut Watch, &'w Here, &'w mut Stopwatch, &'w mut Report),
        ledger: &'w Ledger,
    ) -> Workshop<'w, 'c> {
        let (watch, here, stopwatch, report) = tools;
        Workshop {
            session,
            envelope: self.envelope(ledger),
            creation: self.creation(ledger),
            watch,
            functions: &self.functions,
            hooks: self.hooks,
            here,
            stopwatch,
            report,
        }
    }

    /// The caller's client while a verb uses it.
    pub(crate) fn session<'c>(&'c self, client: &'c mut Client) -> Session<'c> {
        let (lock_timeout, attempts) = (self.timeouts.lock, self.max_attempts);
        Session::with_patience(client, Patience { lock_timeout, attempts, hooks: self.hooks })
    }

    /// What all messages of a run have in common, which gets its name here.
    pub(crate) fn envelope<'w>(&'w self, ledger: &'w Ledger) -> Envelope<'w> {
        let (history, within, timeouts, author, settings) =
            (&self.history, self.within.as_ref(), self.timeouts, &self.author, &ledger.settings);
        Envelope { history, within, timeouts, settings, author, mark: Mark::new() }
    }

    /// What creates the history, where there is none.
    pub(crate) fn creation(&self, ledger: &Ledger) -> Option<Own> {
        let Ledger { settings, schema_exists, .. } = ledger;
        let creation = || message::creation(&self.history, self.timeouts, settings, *schema_exists, &[]);
        ledger.rows.is_none().then(creation)
    }

    /// The plan for a history of which perhaps no more is known than that it has the whole set, and nothing else.
    pub(crate) fn decide_by(&self, ledger: &Ledger) -> Result<Plan<'a>, ErrorKind> {
        if ledger.is_as_expected {
            self.must_have_target()?;
            return Ok(Plan::nothing(self.set));
        }
        self.decide(ledger.history())
    }

    pub(crate) fn decide(&self, history: &[HistoryRow]) -> Result<Plan<'a>, ErrorKind> {
        self.must_have_target()?;
        let plan = Plan::decide(self.set, history, &self.rules).map_err(ErrorKind::Contradictions)?;
        let kept = if self.store_downs { 0 } else { self.sealed };
        Ok(if kept < i64::MAX { plan.storing_downs(self.set, kept) } else { plan })
    }

    /// What is not in the set, though it is in the folder, said in the log as well.
    fn warnings_of_binary(&self) -> Vec<String> {
        for warning in &*self.warnings {
            tracing::warn!("{warning}");
        }
        let changed = self.origin.map(|origin| origin.compare(self.set, &self.rules.left_out.files()));
        self.warnings.iter().cloned().chain(changed.into_iter().flatten()).collect()
    }

    fn must_have_target(&self) -> Result<(), ErrorKind> {
        self.rules.target.map_or(Ok(()), |target| self.must_have(target))
    }

    /// A schema that the set is applied to is there.
    pub(crate) fn must_have_schema(&self, ledger: &Ledger) -> Result<(), ErrorKind> {
        match &self.within {
            Some(within) if !ledger.schema_exists && !within.may_create => {
                Err(ErrorKind::NoSchema { schema: within.schema().to_string() })
            }
            _ => Ok(()),
        }
    }

    /// The version is one of the set's.
    pub(crate) fn must_have(&self, version: i64) -> Result<(), ErrorKind> {
        if self.set.iter().any(|migration| migration.version() == version) {
            return Ok(());
        }
        let newest = self.set.iter().last().map(|migration| migration.stem().to_owned());
        let left_out = self.rules.left_out.reason(version);
        Err(ErrorKind::UnknownVersion { version, newest, left_out })
    }

    pub(crate) fn journey<'j>(&self, here: &'j Here) -> Journey<'j> {
        let url = self.watch_url.as_ref().map(|Secret(url)| url.clone());
        let watch = Watch::new(url, self.watch_room.clone(), self.timeouts.lock);
        Journey {
            watch,
            here,
            turns: Turns::default(),
            attempts: Attempts::new(self.max_attempts),
            is_unlike: false,
            stopwatch: Stopwatch::default(),
            report: Report::default(),
        }
    }

    /// The end of a verb, whichever it is.
    pub(crate) fn arrive(
        &self,
        start: Instant,
        result: Result<(), ErrorKind>,
        mut report: Report,
    ) -> Result<Report, Error> {
        report.duration = start.elapsed();
        for warning in report.warnings_of_database() {
            tracing::warn!("{warning}");
        }
        let result = match result {
            Ok(()) => Ok(report),
            Err(kind) => Err(Error::new(kind, self.set.folder(), report)),
        };
        if let Some(hooks) = self.hooks {
            hooks.after_run(result.as_ref());
        }
        result
    }

    pub(crate) fn error(&self, kind: ErrorKind) -> Error {
        Error::new(kind, self.set.folder(), Report::default())
    }
}

/// Takes the steps in their order: runs of transactional ones together, the others one by one.
async fn take_steps(shop: &mut Workshop<'_, '_>, plan: &Plan<'_>) -> Result<Outcome, Failure> {
    let mut highest = plan.highest;
    for steps in plan.steps().chunk_by(|a, b| !a.is_alone() && !b.is_alone()) {
        let outcome = match steps {
            [step] if step.is_stepwise() => {
                stepwise::apply(shop, step, highest).instrument(workshop::span(step)).await?
            }
            [step] if step.is_function() => {
                function::apply(shop, step, highest).instrument(workshop::span(step)).await?
            }
            _ => apply::apply(shop, steps, highest).await?,
        };
        if outcome != Outcome::Done {
            return Ok(outcome);
        }
        highest = steps.iter().fold(highest, |highest, step| step.highest_after(highest));
    }
    Ok(Outcome::Done)
}
