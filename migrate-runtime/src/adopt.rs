//! Recording what was not run: a baseline for a database that has its schema already, and a migration that is skipped.

use std::time::Instant;

use tokio_postgres::Client;

use crate::apply::Outcome;
use crate::contention;
use crate::contradiction::ContradictionKind;
use crate::error::{Error, ErrorKind};
use crate::history::{Entry, Highest, HistoryRow, How, RowState};
use crate::ledger::{self, Ledger};
use crate::message;
use crate::options::Runner;
use crate::plan::Step;
use crate::presence::Presence;
use crate::report::Report;
use crate::session::Session;
use crate::standing::{Standing, classify};
use crate::step::Resume;

/// Why a migration cannot be skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unskippable {
    /// It is in the history.
    Recorded,
    /// Somebody is applying or reverting it.
    Running,
    /// Others come before it that are pending.
    NotNext,
    /// Its down has been begun.
    HalfReverted,
    /// It is a checkpoint, and the history has only a part of what it stands for.
    Squashed,
}

impl Runner<'_> {
    /// Records every migration up to this version without running it, on a database that has its schema from elsewhere
    /// and no history yet. Repeatable migrations are not recorded: the next run applies them.
    ///
    /// The schema is not compared with what the migrations make, which is `migrate drift`'s matter. A table that they certainly
    /// create and leave, and that the database lacks, is a warning in the report.
    ///
    /// # Errors
    ///
    /// The version is not one of the set's; the database has a history.
    pub async fn baseline(&self, client: &mut Client, version: i64) -> Result<Report, Error> {
        let (start, mut report) = (Instant::now(), Report::default());
        let result = self.record_up_to(&mut self.session(client), version, &mut report).await;
        self.arrive(start, result, report)
    }

    /// Makes the tables of the history, without a row. For the command's scratch databases.
    ///
    /// # Errors
    ///
    /// The database has a history, or the tables cannot be made.
    #[doc(hidden)]
    pub async fn make_history(&self, client: &mut Client) -> Result<Report, Error> {
        let (start, mut report) = (Instant::now(), Report::default());
        let result = self.record_these(&mut self.session(client), &[], &mut report).await;
        self.arrive(start, result, report)
    }

    /// Records one migration without running it: the next one that is pending, one that is out of order, or one without
    /// a transaction that stopped half-way and was brought to its end by hand. Of what it would have made, the same is looked
    /// for as by [`baseline`](Self::baseline).
    ///
    /// # Errors
    ///
    /// The version is not one of the set's, it is recorded, somebody is applying it, or others that are pending come
    /// before it.
    pub async fn skip(&self, client: &mut Client, version: i64) -> Result<Report, Error> {
        let (start, mut report) = (Instant::now(), Report::default());
        let result = self.record_one(&mut self.session(client), version, &mut report).await;
        self.arrive(start, result, report)
    }

    async fn record_up_to(
        &self,
        session: &mut Session<'_>,
        version: i64,
        report: &mut Report,
    ) -> Result<(), ErrorKind> {
        self.must_have(version)?;
        let versions: Vec<i64> =
            self.set.iter().map(|migration| migration.version()).filter(|other| *other <= version).collect();
        self.record_these(session, &versions, report).await?;
        // A baseline is an answer to it, but perhaps not the one that was meant.
        if let Ok(Some(applied)) = self.applied_by_other(session).await {
            report.warn(Some(applied.hint()));
        }
        Ok(())
    }

    async fn record_these(
        &self,
        session: &mut Session<'_>,
        versions: &[i64],
        report: &mut Report,
    ) -> Result<(), ErrorKind> {
        for version in versions {
            self.must_have(*version)?;
        }
        let steps: Vec<Step<'_>> = self
            .set
            .iter()
            .filter(|migration| versions.contains(&migration.version()))
            .map(|migration| Step::apply(migration, None))
            .collect();
        let sql: Vec<String> = steps.iter().flat_map(|step| self.record(step, How::Baseline)).collect();
        let mut presence;
        loop {
            let ledger = ledger::read(session, &self.history).await?;
            if !ledger.history().is_empty() {
                return Err(ErrorKind::HasHistory { table: self.history.to_string() });
            }
            presence = Presence::of(session, &self.history, &steps).await?;
            if self.baselines_what_is_there && presence.present == 0 && !presence.missing.is_empty() {
                return Err(ErrorKind::NothingThere { presence });
            }
            if self.write_to(session, &ledger, &self.history.is_empty(), &sql).await? {
                break;
            }
        }
        for step in &steps {
            tracing::info!(stem = step.stem(), "recorded as baseline");
            report.record(step);
        }
        report.warn(presence.warning(&steps));
        Ok(())
    }

    async fn record_one(
        &self,
        session: &mut Session<'_>,
        version: i64,
        report: &mut Report,
    ) -> Result<(), ErrorKind> {
        self.must_have(version)?;
        loop {
            let ledger = ledger::read(session, &self.history).await?;
            self.must_be_adopted(session, &ledger).await?;
            report.stands(self.set, ledger.history(), i64::MAX);
            let step = self.skippable(version, ledger.history())?;
            let presence = Presence::of(session, &self.history, std::slice::from_ref(&step)).await?;
            let highest = Highest::of(ledger.history());
            let condition = match &step.resume {
                Some(resume) => self.history.is_abandoned(version, &resume.progress),
                None => self.history.is_unchanged(&step, highest),
            };
            if self.write_to(session, &ledger, &condition, &self.record(&step, How::Skipped)).await? {
                tracing::info!(stem = step.stem(), "recorded as skipped");
                report.record(&step);
                report.warn(presence.warning(std::slice::from_ref(&step)));
                return Ok(());
            }
        }
    }

    /// The step whose row is to be written.
    fn skippable(&self, version: i64, history: &[HistoryRow]) -> Result<Step<'_>, ErrorKind> {
        let refuse = |why| Err(ErrorKind::Unskippable { version, why });
        let entries = classify(self.set, history, self.rules.unit);
        let Some((entry, migration)) = entries
            .iter()
            .find(|entry| entry.version == version)
            .and_then(|entry| Some((entry, entry.migration?)))
        else {
            return refuse(Unskippable::Recorded);
        };
        // What contradicts is in the history all the same.
        let is_applied = |row: &HistoryRow| matches!(row.state, RowState::Recorded(_));
        let is_next = entries
            .iter()
            .filter(|other| (1..version).contains(&other.version))
            .all(|other| other.row.is_some_and(is_applied));
        let unfinished = entry.row.and_then(|row| row.state.progress());
        if entry.row.is_some_and(|row| row.state.is_claimed()) {
            return refuse(Unskippable::Running);
        }
        let resume = match &entry.standing {
            Standing::Pending if is_next => None,
            Standing::Pending => return refuse(Unskippable::NotNext),
            Standing::Contradiction(ContradictionKind::OutOfOrder { .. }) => None,
            // Nothing of it is run any more, whatever was edited in it.
            Standing::Failed { .. }
            | Standing::Running { .. }
            | Standing::Contradiction(
                ContradictionKind::StartEdited { .. } | ContradictionKind::NowInTransaction,
            ) => unfinished.map(|progress| Resume {
                progress: progress.clone(),
                was_cut: false,
                sent: None,
                found: None,
            }),
            Standing::Contradiction(ContradictionKind::HalfReverted { .. }) => {
                return refuse(Unskippable::HalfReverted);
            }
            Standing::Contradiction(
                ContradictionKind::BeforeCheckpoint { .. } | ContradictionKind::Unfinished { .. },
            ) => return refuse(Unskippable::Squashed),
            _ => return refuse(Unskippable::Recorded),
        };
        Ok(Step::apply(migration, resume))
    }

    /// The row of a migration that is not run, and its entry in the log.
    pub(crate) fn record(&self, step: &Step<'_>, how: How) -> [String; 2] {
        let entry = Entry::of(if how == How::Baseline { "baseline" } else { "skip" }, step);
        [self.history.record(step, how), self.history.log_entry(&entry, &self.author)]
    }

    /// Writes to the history, which is created where it is missing. False: another process came first.
    pub(crate) async fn write_to(
        &self,
        session: &mut Session<'_>,
        ledger: &Ledger,
        condition: &str,
        statements: &[String],
    ) -> Result<bool, ErrorKind> {
        self.must_have_schema(ledger)?;
        ledger::make_lock(session, &self.history, ledger).await?;
        let outcome = if ledger.rows.is_none() {
            let Ledger { settings, schema_exists, .. } = ledger;
            let own = message::creation(&self.history, self.timeouts, settings, *schema_exists, statements);
            ledger::create(session, &self.history, &own).await?
        } else {
            let own =
                message::own(&self.history, self.timeouts, &ledger.settings, false, condition, statements);
            let written = ledger::write(session, &own).await;
            written.map_err(|error| ledger::not_written(&self.history, error))?
        };
        if outcome == Outcome::Done {
            return Ok(true);
        }
        contention::wait_for_lock(session, &self.history).await?;
        Ok(false)
    }
}
