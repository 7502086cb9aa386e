//! The way back: which migrations are reverted by which scripts, newest first, and what is in the way. The steps are
//! then taken like any other.

use std::fmt;
use std::time::Instant;

use migrate_source::{Code, Migration, MigrationSet, Script};
use tokio_postgres::Client;
use tracing::Instrument as _;

use crate::contention;
use crate::contradiction::ContradictionKind;
use crate::error::{Error, ErrorKind};
use crate::history::{HistoryRow, How, RowState};
use crate::ledger::{self, Ledger};
use crate::notices::Here;
use crate::options::Runner;
use crate::plan::{Plan, Step, count};
use crate::report::{Done, Report};
use crate::rules::Rules;
use crate::runner::{Compiled, Journey};
use crate::session::Session;
use crate::standing::{begins_with, is_another, squashed};
use crate::step::{Claim, Resume};

/// How far back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    /// So many migrations.
    Count(usize),
    /// Down to this version, which stays; 0: none stays.
    Version(i64),
}

/// Why a migration cannot be reverted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Obstacle {
    subject: String,
    kind: ObstacleKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum ObstacleKind {
    NoDown,
    /// There is no file, and no script was stored.
    NoFile,
    /// Its file has no statement, or comes after one that has none, and no script was stored.
    LeftOut,
    Baseline,
    /// It is to be applied again, and was never run.
    Skipped,
    Unfinished,
    Changed,
    Renamed(String),
    /// The statements of the down that are done were edited.
    StartEdited(usize),
    /// A checkpoint stands for it, with so many others.
    Squashed(usize),
    /// The database began with it.
    Checkpoint,
}

impl Runner<'_> {
    /// Reverts the newest migrations, as many as this: the newest first, each in one transaction with the removal of its
    /// row. Where the database has fewer, all of them.
    ///
    /// Afterwards every repeatable migration runs again at the next [`run`](Self::run), because a down may take with it what
    /// one has made.
    ///
    /// A down that runs without a transaction goes on where it was cut, like an up. What was recorded by
    /// [`skip`](Self::skip) loses its row, and nothing is run. Of several processes that revert at once, each counts from
    /// what it read first, so that nothing is reverted twice; it counts anew where another one has applied something
    /// newer in the meantime.
    ///
    /// # Errors
    ///
    /// A migration has no down, was recorded by [`baseline`](Self::baseline), is not finished, or was edited after it
    /// was applied: then nothing is reverted. A down fails; the connection is lost: [`Error::report`] says what was
    /// reverted before.
    pub async fn revert(&self, client: &mut Client, count: usize) -> Result<Report, Error> {
        self.go_back_compiled(client, Goal::Count(count)).await
    }

    /// Reverts every migration that is newer than this version; 0 for all.
    ///
    /// # Errors
    ///
    /// Those of [`revert`](Self::revert); and the version is neither in the set nor in the history.
    pub async fn revert_to(&self, client: &mut Client, version: i64) -> Result<Report, Error> {
        self.go_back_compiled(client, Goal::Version(version)).await
    }

    fn go_back_compiled<'f>(
        &'f self,
        client: &'f mut Client,
        goal: Goal,
    ) -> Compiled<'f, Result<Report, Error>> {
        Box::pin(async move { self.go_back(client, goal, &Here::default()).await })
    }

    pub(crate) async fn go_back(
        &self,
        client: &mut Client,
        goal: Goal,
        here: &Here,
    ) -> Result<Report, Error> {
        let span = tracing::info_span!("revert", folder = self.set.folder(), history = %self.history);
        let start = Instant::now();
        let mut journey = self.journey(here);
        let mut session = self.session(client);
        let work = Box::pin(self.go_back_to(&mut session, goal, &mut journey));
        let result = work.instrument(span).await;
        drop(session);
        self.arrive(start, result, journey.report)
    }

    async fn go_back_to(
        &self,
        session: &mut Session<'_>,
        goal: Goal,
        journey: &mut Journey<'_>,
    ) -> Result<(), ErrorKind> {
        // The version that stays, and the highest there was when it was counted.
        let mut counted = None;
        loop {
            let mut ledger = ledger::read_with_downs(session, &self.history).await?;
            if counted.is_none() {
                self.must_be_adopted(session, &ledger).await?;
            }
            let rows = ledger.rows.replace(Vec::new()).unwrap_or_default();
            journey.report.stands(self.set, &rows, i64::MAX);
            let highest = rows.last().map_or(0, |row| row.version);
            let target = match counted {
                // What others revert meanwhile is not reverted in addition.
                Some((target, highest_then)) if highest <= highest_then => target,
                // What others apply meanwhile is on top, and does not go with what was below it.
                _ => {
                    let target = self.target_of(goal, journey.report.reverted().len(), &rows)?;
                    counted = Some((target, highest));
                    target
                }
            };
            let plan = decide(self.set, &rows, target, &self.rules).map_err(ErrorKind::Irreversible)?;
            journey.report.is_warned(&plan);
            if let Some(claim) = &plan.running {
                contention::wait_for_claim(session, &self.history, claim).await?;
                continue;
            }
            if plan.is_empty() {
                return Ok(());
            }
            self.prepare(session, journey, &mut ledger, &plan).await?;
            ledger::make_lock(session, &self.history, &ledger).await?;
            let result = self.carry_out(session, journey, &plan, &ledger).await;
            if let Some(last) = journey.report.reverted().last().map(Done::version) {
                journey.report.stands(self.set, &rows, last - 1);
            }
            if result? {
                return Ok(());
            }
        }
    }

    /// The plan of the way back, for a verb that takes no step of it.
    ///
    /// # Errors
    ///
    /// Something cannot be reverted, or the version is not known.
    pub(crate) fn plan_back<'p>(&'p self, ledger: &'p Ledger, goal: Goal) -> Result<Plan<'p>, ErrorKind> {
        let target = self.target_of(goal, 0, ledger.history())?;
        decide(self.set, ledger.history(), target, &self.rules).map_err(ErrorKind::Irreversible)
    }

    /// The version that stays, where so many are reverted already.
    fn target_of(&self, goal: Goal, done: usize, rows: &[HistoryRow]) -> Result<i64, ErrorKind> {
        match goal {
            Goal::Count(count) => {
                let count = count.saturating_sub(done);
                // The repeatable migrations come last here, and their 0 is what stays where there are no more.
                Ok(rows.iter().rev().nth(count).map_or(0, |row| row.version))
            }
            Goal::Version(version) if version == 0 || rows.iter().any(|row| row.version == version) => {
                Ok(version)
            }
            Goal::Version(version) => self.must_have(version).map(|()| version),
        }
    }
}

/// What is to be reverted, newest first. Only what is to be reverted is looked at: what else contradicts, stays as it is.
pub(crate) fn decide<'a>(
    set: &'a MigrationSet,
    history: &'a [HistoryRow],
    target: i64,
    rules: &Rules,
) -> Result<Plan<'a>, Vec<Obstacle>> {
    let (mut steps, mut obstacles, mut running) = (Vec::new(), Vec::new(), None);
    let mut warnings = Vec::new();
    let file = |migration: Migration<'_>| format!("{}/{}", set.folder(), migration.up().file());
    let squashed = squashed(set, history);
    let stands = squashed.map_or(0, |(checkpoint, _)| checkpoint.version());
    for row in history.iter().rev().filter(|row| row.version > target.max(stands)) {
        let changed = ContradictionKind::Changed { applied_at: String::new() };
        let migration = set.iter().find(|migration| migration.version() == row.version);
        let migration = migration.filter(|file| !is_another(file, row) || rules.allow(row.version, &changed));
        // Whether somebody applies it or reverts it: what is to be done is known when that is over.
        if let RowState::Running { claim, .. } | RowState::Reverting { claim, .. } = &row.state
            && claim.alive
        {
            running.get_or_insert(Claim { stem: row.stem(), pid: claim.pid });
            continue;
        }
        match step(row, migration, rules) {
            Ok(step) => {
                warnings.extend(which_down(row, migration));
                steps.push(step);
            }
            Err(kind) => {
                let left_out = rules.left_out.file_of(row.version).filter(|_| migration.is_none());
                let kind = match (&kind, left_out) {
                    (ObstacleKind::NoFile, Some(_)) => ObstacleKind::LeftOut,
                    _ => kind,
                };
                let left_out = left_out.map(|file| format!("{}/{file}", set.folder()));
                let subject = migration.map(file).or(left_out).unwrap_or_else(|| row.stem());
                obstacles.push(Obstacle { subject, kind });
            }
        }
    }
    if let Some((checkpoint, rows)) = squashed.filter(|(_, rows)| rows.iter().any(|row| row.version > target))
    {
        obstacles.push(Obstacle { subject: file(checkpoint), kind: ObstacleKind::Squashed(rows.len()) });
    }
    let mut plan = Plan::of_steps(steps, running).warning(warnings);
    plan.in_units(rules.unit);
    if obstacles.is_empty() { Ok(plan) } else { Err(obstacles) }
}

fn step<'a>(
    row: &'a HistoryRow,
    migration: Option<Migration<'a>>,
    rules: &Rules,
) -> Result<Step<'a>, ObstacleKind> {
    match &row.state {
        RowState::Recorded(How::Skipped) if rules.restores => return Err(ObstacleKind::Skipped),
        RowState::Recorded(How::Skipped) => return Ok(Step::revert(row, migration, None, None)),
        RowState::Recorded(How::Baseline) => return Err(ObstacleKind::Baseline),
        RowState::Running { .. } | RowState::Failed { .. } => return Err(ObstacleKind::Unfinished),
        RowState::Recorded(How::Applied) | RowState::Reverting { .. } => {}
    }
    if let Some(migration) = migration {
        is_same(row, &migration, rules)?;
    }
    let script = down(row, migration)?;
    let resume = match &row.state {
        RowState::Reverting { progress, .. } if !begins_with(script, progress) => {
            return Err(ObstacleKind::StartEdited(progress.statements));
        }
        RowState::Reverting { progress, error, .. } => Some(Resume {
            progress: progress.clone(),
            was_cut: error.is_none(),
            sent: row.sent.clone(),
            found: row.found.clone(),
        }),
        _ => None,
    };
    Ok(Step::revert(row, migration, Some(script), resume))
}

/// The script that reverts it: the set's, or else the one that was stored when it was applied. Of one that was edited since,
/// what was stored belongs to what the database has.
fn down<'a>(row: &'a HistoryRow, migration: Option<Migration<'a>>) -> Result<Script<'a>, ObstacleKind> {
    let stored = row.down.as_ref().map(|stored| stored.script());
    if let Some(stored) = stored.filter(|_| migration.is_some_and(|migration| is_edited(row, &migration))) {
        return Ok(stored);
    }
    let none = match migration {
        Some(migration) if migration.up().is_checkpoint() => ObstacleKind::Checkpoint,
        Some(_) => ObstacleKind::NoDown,
        None => ObstacleKind::NoFile,
    };
    migration.and_then(|migration| migration.down()).or(stored).ok_or(none)
}

/// A down belongs to the up beside it: it may not fit what another one did.
fn is_same(row: &HistoryRow, migration: &Migration<'_>, rules: &Rules) -> Result<(), ObstacleKind> {
    let is_draft = rules.drafts_above.is_some_and(|sealed| row.version > sealed);
    // The down that its file has now belongs to the up that it has now.
    if is_draft && (row.down.is_some() || !is_edited(row, migration)) {
        return Ok(());
    }
    let was = row.description.clone();
    let renamed = ContradictionKind::Renamed { was: was.clone(), is_finished: true };
    if migration.description() != row.description && !rules.allow(row.version, &renamed) {
        return Err(ObstacleKind::Renamed(was));
    }
    let changed = ContradictionKind::Changed { applied_at: String::new() };
    if !is_edited(row, migration) || rules.allow(row.version, &changed) {
        Ok(())
    } else {
        Err(ObstacleKind::Changed)
    }
}

fn is_edited(row: &HistoryRow, migration: &Migration<'_>) -> bool {
    migration.up().tokens_checksum().to_string() != row.tokens_checksum
}

/// By which of two downs one is reverted that was edited since.
fn which_down(row: &HistoryRow, migration: Option<Migration<'_>>) -> Option<String> {
    let migration = migration.filter(|migration| is_edited(row, migration))?;
    let which = match &row.down {
        Some(_) => "the down that was stored when it was applied",
        None => "the down that its file has now",
    };
    Some(format!("{}: it was edited after it was applied, and is reverted by {which}", migration.stem()))
}

impl Obstacle {
    /// The kind of error that it is.
    pub(crate) fn code(&self) -> Code {
        match &self.kind {
            ObstacleKind::NoDown => Code::M0431,
            ObstacleKind::NoFile | ObstacleKind::LeftOut => Code::M0432,
            ObstacleKind::Baseline | ObstacleKind::Skipped => Code::M0433,
            ObstacleKind::Unfinished => Code::M0434,
            ObstacleKind::Changed | ObstacleKind::Renamed(_) => Code::M0435,
            ObstacleKind::StartEdited(_) => Code::M0406,
            ObstacleKind::Squashed(_) | ObstacleKind::Checkpoint => Code::M0436,
        }
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = &self.subject;
        match &self.kind {
            ObstacleKind::NoDown => {
                write!(f, "{subject} has no down: write one, or go forward with a new migration instead")
            }
            ObstacleKind::NoFile => write!(
                f,
                "{subject} has no file in this binary, and no down was stored when it was applied: revert it with the \
                 binary that applied it"
            ),
            ObstacleKind::LeftOut => write!(
                f,
                "{subject} is left out until each file up to it has a statement, and no down was stored when it was applied: \
                 restore the file that has none"
            ),
            ObstacleKind::Baseline => write!(
                f,
                "{subject} was recorded by a baseline, or adopted from another tool, and was not run from this file, so \
                 that its down may not undo what the database has of it: go back no further than this version, and undo \
                 it by a new migration"
            ),
            ObstacleKind::Skipped => write!(
                f,
                "{subject} was recorded by a skip and was never run, so that to apply it again would run it for the first \
                 time: if that is meant, remove its record with `down`, then apply it with `up`"
            ),
            ObstacleKind::Unfinished => write!(
                f,
                "{subject} is not finished: run the migrations to the end first, with the binary that has its file; or \
                 skip it if its work is done by hand, after which its down is not run any more"
            ),
            ObstacleKind::Changed => write!(
                f,
                "{subject} changed after it was applied here, so that its down may not fit: restore the file, or allow \
                 the change by Runner::allow_changed"
            ),
            ObstacleKind::Renamed(was) => {
                write!(f, "{subject} is recorded under the description `{was}`: give the file back its name")
            }
            ObstacleKind::Squashed(rows) => write!(
                f,
                "{subject} is a checkpoint, and the {} that this database has of what it stands for can be reverted from \
                 their archive only: by `migrate down --dir <archive>`, once what is newer is reverted",
                count(*rows, "migration"),
            ),
            ObstacleKind::Checkpoint => write!(
                f,
                "{subject} is the checkpoint that this database began with, and there is no way back before it: build the \
                 database anew from the archive, if an older one is needed"
            ),
            ObstacleKind::StartEdited(done) => write!(
                f,
                "{subject} is half reverted, and what is done of its down, {}, was edited since: restore that; what \
                 comes after it may be corrected",
                count(*done, "statement"),
            ),
        }
    }
}

#[cfg(test)]
mod tests;
