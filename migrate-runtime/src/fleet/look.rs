//! How one tenant stands, and what was done to it: what a visit comes to that did not fail.

use tokio_postgres::Client;

use super::outcome::Outcome;
use crate::error::{Error, ErrorKind};
use crate::history::{Digest, HistoryRow, RowState};
use crate::ledger;
use crate::options::Runner;
use crate::plan::Plan;
use crate::report::Report;

/// What a visit has seen of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub(super) outcome: Outcome,
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
    pub(super) count: usize,
    pub(super) notes: Vec<String>,
}

impl Seen {
    /// A tenant that stands at a migration, whose version and description this is.
    pub fn at(outcome: Outcome, stem: Option<&str>) -> Self {
        let stem = stem.map(str::to_owned);
        Self { outcome, from: stem.clone(), to: stem, count: 0, notes: Vec::new() }
    }

    /// The same, and what else is to be said of it: a line each.
    #[must_use]
    pub fn noting(self, notes: impl IntoIterator<Item = String>) -> Self {
        Self { notes: notes.into_iter().collect(), ..self }
    }

    /// What came of it.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Version and description of the newest migration of the set that it has.
    pub fn stem(&self) -> Option<&str> {
        self.to.as_deref()
    }

    pub(super) fn of_report(report: &Report) -> Self {
        let outcome = match () {
            () if !report.applied().is_empty() => Outcome::Applied,
            () if !report.ahead().is_empty() => Outcome::Ahead,
            () => Outcome::Current,
        };
        Self {
            outcome,
            from: report.before().map(str::to_owned),
            to: report.current().map(str::to_owned),
            count: report.applied().len(),
            notes: report.warnings_of_database().to_vec(),
        }
    }

    fn of_plan(plan: &Plan<'_>, history: &[HistoryRow]) -> Self {
        let unfinished = history.iter().find_map(unfinished);
        let outcome = match () {
            () if unfinished.is_some() => Outcome::Failed,
            () if !plan.is_empty() => Outcome::Behind,
            () if !plan.ahead().is_empty() => Outcome::Ahead,
            () => Outcome::Current,
        };
        let from = plan.current().map(str::to_owned);
        let last = plan.steps().iter().rev().find(|step| step.version() > 0);
        let to = last.map(|step| step.stem().to_owned()).or_else(|| from.clone());
        let notes = unfinished.into_iter().chain(plan.warnings().iter().cloned()).collect();
        Self { outcome, from, to, count: plan.steps().len(), notes }
    }
}

/// What stopped half-way.
fn unfinished(row: &HistoryRow) -> Option<String> {
    match &row.state {
        RowState::Failed { progress, error } => {
            Some(format!("{} failed at statement {}: {error}", row.stem(), progress.statements + 1))
        }
        _ => None,
    }
}

impl Runner<'_> {
    /// Brings one tenant forward.
    pub(super) async fn bring(&self, client: &mut Client) -> Result<Seen, Error> {
        self.run(client).await.map(|report| Seen::of_report(&report))
    }

    /// Looks how one tenant stands: one round trip, and one row where it is current.
    pub(super) async fn look(&self, client: &mut Client) -> Result<Seen, Error> {
        self.look_at(client).await.map_err(|kind| self.error(kind))
    }

    async fn look_at(&self, client: &mut Client) -> Result<Seen, ErrorKind> {
        let session = self.session(client);
        let ledger = ledger::read_unless(&session, &self.history, &Digest::of(self.set)).await?;
        self.must_be_adopted(&session, &ledger).await?;
        self.must_have_schema(&ledger)?;
        let plan = self.decide_by(&ledger)?;
        Ok(Seen::of_plan(&plan, ledger.history()))
    }
}
