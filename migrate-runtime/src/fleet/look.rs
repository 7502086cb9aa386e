//! How one tenant stands, and what was done to it: what a visit comes to that did not fail.

use migrate_source::Code;
use tokio_postgres::Client;

use super::outcome::{Outcome, SchemaCheck};
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
    pub(super) check: Option<SchemaCheck>,
    /// Why nothing was done there.
    pub(super) refusal: Option<(Code, String)>,
}

impl Seen {
    /// A tenant that stands at a migration, whose version and description this is.
    pub fn at(outcome: Outcome, stem: Option<&str>) -> Self {
        let stem = stem.map(str::to_owned);
        let (from, to) = (stem.clone(), stem);
        Self { outcome, from, to, count: 0, notes: Vec::new(), check: None, refusal: None }
    }

    /// The same, and what else is to be said of it: a line each.
    #[must_use]
    pub fn noting(self, notes: impl IntoIterator<Item = String>) -> Self {
        Self { notes: notes.into_iter().collect(), ..self }
    }

    /// The same, and how its schema compares with what its migrations make.
    #[must_use]
    pub fn compared(self, check: SchemaCheck) -> Self {
        Self { check: Some(check), ..self }
    }

    /// What came of it.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Version and description of the newest migration of the set that it has.
    pub fn stem(&self) -> Option<&str> {
        self.to.as_deref()
    }

    /// Whether a check that saw this keeps the tenant from being migrated. What contradicts the set is left to the runner:
    /// it has the better error, and finishes what stopped half-way.
    pub(super) fn forbids(&self) -> bool {
        self.outcome.is_trouble() && self.outcome != Outcome::Changed
    }

    /// A tenant that is not migrated, because of what the check saw.
    pub(super) fn left_alone(self) -> Self {
        let refusal = match self.outcome {
            Outcome::Drifted => (Code::M0715, DRIFTED.to_owned()),
            _ => (Code::M0716, NOT_CHECKED.to_owned()),
        };
        Self { refusal: Some(refusal), ..self }
    }

    /// What was done after a check, with what the check has to say.
    pub(super) fn after(mut self, checked: Self) -> Self {
        self.notes.splice(..0, checked.notes);
        Self { check: checked.check, ..self }
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
            check: None,
            refusal: None,
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
        Self { outcome, from, to, count: plan.steps().len(), notes, check: None, refusal: None }
    }
}

const DRIFTED: &str = "not migrated, because its schema is not what its migrations make: undo the difference, or write a \
                       migration for it";
const NOT_CHECKED: &str =
    "not migrated, because its schema could not be checked: fix what keeps it from being compared";

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
