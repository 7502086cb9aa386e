//! What a verb would run and send: the scripts, and the messages, which are composed by what composes the real ones.

use std::ops::Range;

use migrate_source::{MigrationSet, Position};
use tokio_postgres::Client;

use crate::apply::batches;
use crate::error::Error;
use crate::history::Highest;
use crate::ledger::{self, Ledger};
use crate::message::Envelope;
use crate::options::Runner;
use crate::plan::{Action, Plan, Step};
use crate::revert::Goal;
use crate::stepwise::Statements;
use crate::workshop;

/// What a verb would do, and the messages that it would send.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    steps: Vec<PreviewStep>,
    messages: Vec<PreviewMessage>,
    warnings: Vec<String>,
}

/// A migration that would be applied or reverted, with its script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewStep {
    action: Action,
    version: i64,
    stem: String,
    text: String,
    execution: Execution,
    path: Option<String>,
    script: String,
    statements: Vec<PreviewStatement>,
    resumes_at: usize,
}

/// How the script of a migration is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Execution {
    /// In one transaction with its history row.
    Transaction,
    /// One statement at a time, each recorded when it is done.
    Statements,
    /// By a function of the service, in one transaction with its history row.
    Function,
    /// Not at all: only the history row is removed.
    RowOnly,
}

/// A statement of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewStatement {
    range: Range<usize>,
    start: Position,
    end: Position,
    is_alone: bool,
}

/// One message that would be sent: PostgreSQL takes it as a simple query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewMessage {
    subject: String,
    sql: String,
}

impl Runner<'_> {
    /// What [`run`](Self::run) would do, with the messages that it would send. Costs one round trip, takes no lock and
    /// writes nothing.
    ///
    /// The messages are those of a run with the same options, on the same kind of session, that nobody comes in the way
    /// of; but for the name of the run in them, `migrate_` and 16 digits, which is another one each time. What a function
    /// of the service sends is not in them, nor what is found out in between: what an index build that was cut has left
    /// behind, and who holds a lock.
    ///
    /// # Errors
    ///
    /// Those of [`plan`](Self::plan); a function is missing that a migration announces.
    pub async fn preview(&self, client: &mut Client) -> Result<Preview, Error> {
        let result = async {
            let ledger = self.ledger(client).await?;
            let plan = self.decide(ledger.history())?;
            self.functions.check(self.set, &plan)?;
            Ok(self.compose(&plan, &ledger))
        };
        result.await.map_err(|kind| self.error(kind))
    }

    /// What [`revert`](Self::revert) would do, with the messages that it would send: see [`preview`](Self::preview).
    ///
    /// # Errors
    ///
    /// Something cannot be reverted, or the history cannot be read.
    pub async fn preview_revert(&self, client: &mut Client, count: usize) -> Result<Preview, Error> {
        self.preview_way_back(client, Goal::Count(count)).await
    }

    /// What [`revert_to`](Self::revert_to) would do, with the messages that it would send: see
    /// [`preview`](Self::preview).
    ///
    /// # Errors
    ///
    /// Something cannot be reverted, the version is not known, or the history cannot be read.
    pub async fn preview_revert_to(&self, client: &mut Client, version: i64) -> Result<Preview, Error> {
        self.preview_way_back(client, Goal::Version(version)).await
    }

    pub(crate) async fn preview_way_back(&self, client: &mut Client, goal: Goal) -> Result<Preview, Error> {
        let result = async {
            let session = self.session(client);
            let ledger = ledger::read_with_downs(&session, &self.history).await?;
            self.must_be_adopted(&session, &ledger).await?;
            let plan = self.plan_back(&ledger, goal)?;
            self.functions.check(self.set, &plan)?;
            Ok(self.compose(&plan, &ledger))
        };
        result.await.map_err(|kind| self.error(kind))
    }

    fn compose(&self, plan: &Plan<'_>, ledger: &Ledger) -> Preview {
        let envelope = self.envelope(ledger);
        let mut creation = self.creation(ledger);
        let mut preview = Preview { warnings: plan.warnings().to_vec(), ..Preview::default() };
        preview.steps = plan.steps().iter().map(|step| PreviewStep::new(step, self.set)).collect();
        let mut highest = plan.highest;
        for steps in plan.steps().chunk_by(|a, b| !a.is_alone() && !b.is_alone()) {
            match steps {
                [step] if step.is_alone() => {
                    if let Some(own) = creation.take() {
                        preview.message("the history".to_owned(), own.sql);
                    }
                    if step.is_function() {
                        preview.function(&envelope, step, highest);
                    } else {
                        preview.stepwise(&envelope, step, highest);
                    }
                    highest = step.highest_after(highest);
                }
                _ => {
                    for batch in batches(steps, workshop::batch_limit(self.hooks)) {
                        let stems: Vec<&str> = batch.iter().map(Step::stem).collect();
                        let message = envelope.steps(batch, highest, creation.take());
                        preview.message(stems.join(", "), message.sql);
                        highest = batch.iter().fold(highest, |highest, step| step.highest_after(highest));
                    }
                }
            }
        }
        preview
    }
}

impl Preview {
    /// The migrations, in this order.
    pub fn steps(&self) -> &[PreviewStep] {
        &self.steps
    }

    /// The messages, in this order.
    pub fn messages(&self) -> &[PreviewMessage] {
        &self.messages
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// What is not as it should be, and no reason to stop: a line each, beginning with version and description.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    fn message(&mut self, subject: String, sql: String) {
        self.messages.push(PreviewMessage { subject, sql });
    }

    fn stepwise(&mut self, envelope: &Envelope<'_>, step: &Step<'_>, highest: Highest) {
        let stem = step.stem();
        let Some(script) = step.script() else {
            return;
        };
        self.message(format!("{stem}: it is claimed"), envelope.claim(step, highest).sql);
        for statement in Statements::new(step, script, envelope.within) {
            let subject = format!("{stem}: statement {}", statement.index + 1);
            if !migrate_source::is_refused_in_transaction(statement.sql) {
                self.message(subject, envelope.statement(&statement).0);
                continue;
            }
            let resume = step.resume.as_ref().filter(|_| statement.index == step.resumes_at());
            let kept = resume.and_then(|resume| resume.sent.as_ref());
            let alone = envelope.alone(&statement, kept);
            if let Some(prelude) = envelope.prelude(&statement) {
                self.message(format!("{subject}: the settings before it"), prelude);
            }
            self.message(format!("{subject}: the claim holds"), alone.touch);
            self.message(subject.clone(), alone.message);
            self.message(format!("{subject}: it is recorded"), format!("{}{}", alone.tidy, alone.advance));
        }
        self.message(format!("{stem}: it is done"), envelope.finish_claimed(step));
    }

    fn function(&mut self, envelope: &Envelope<'_>, step: &Step<'_>, highest: Highest) {
        let stem = step.stem();
        let begin = "START TRANSACTION ISOLATION LEVEL READ COMMITTED";
        self.message(format!("{stem}: its transaction"), begin.to_owned());
        self.message(format!("{stem}: before the function"), envelope.guards(step, highest));
        self.message(format!("{stem}: after the function"), envelope.tail(step));
        self.message(format!("{stem}: the end of its transaction"), "COMMIT".to_owned());
    }
}

impl PreviewStep {
    fn new(step: &Step<'_>, set: &MigrationSet) -> Self {
        let execution = match step.script() {
            None => Execution::RowOnly,
            Some(_) if step.is_function() => Execution::Function,
            Some(_) if step.is_stepwise() => Execution::Statements,
            Some(_) => Execution::Transaction,
        };
        // Without a down in the set, it is the one that the history has stored.
        let has_file = || {
            let mut migrations = set.iter();
            migrations.any(|one| one.version() == step.version() && one.down().is_some())
        };
        let path = step.script().filter(|_| step.action() == Action::Apply || has_file());
        Self {
            action: step.action(),
            version: step.version(),
            stem: step.stem().to_owned(),
            text: step.to_string(),
            execution,
            path: path.map(|_| format!("{}/{}", set.folder(), step.file())),
            script: step.text().to_owned(),
            statements: PreviewStatement::all(step, execution),
            resumes_at: step.resumes_at(),
        }
    }

    /// Whether it would be applied or reverted.
    pub fn action(&self) -> Action {
        self.action
    }

    /// The version; 0 for a repeatable migration.
    pub fn version(&self) -> i64 {
        self.version
    }

    /// Version and description as the file name has them: `0001_users`.
    pub fn stem(&self) -> &str {
        &self.stem
    }

    /// The stem, and what is special: `0004_index  without a transaction`.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How its script is run.
    pub fn execution(&self) -> Execution {
        self.execution
    }

    /// The folder and the file of the script: `migrations/0001_users.up.sql`. `None`: there is no script, or it is the down
    /// that the history has stored.
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }

    /// The script as it is in the file; empty where only the history row is removed.
    pub fn script(&self) -> &str {
        &self.script
    }

    /// The statements of the script, in this order; a function has none.
    pub fn statements(&self) -> &[PreviewStatement] {
        &self.statements
    }

    /// The statement, from 0, at which a migration without a transaction goes on that was begun and not finished.
    pub fn resumes_at(&self) -> usize {
        self.resumes_at
    }
}

impl PreviewStatement {
    fn all(step: &Step<'_>, execution: Execution) -> Vec<Self> {
        let text = step.text();
        let (mut read, mut line, mut line_start) = (0, 1_u32, 0);
        let mut position = |offset: usize| {
            for (at, _) in text[read..offset].match_indices('\n') {
                line += 1;
                line_start = read + at + 1;
            }
            read = offset;
            let column = text[line_start..offset].chars().count() + 1;
            Position { line, column: u32::try_from(column).unwrap_or(u32::MAX) }
        };
        let ranges = step.script().into_iter().flat_map(|script| script.statements());
        ranges
            .map(|range| Self {
                start: position(range.start),
                end: position(range.end),
                is_alone: execution == Execution::Statements
                    && migrate_source::is_refused_in_transaction(&text[range.clone()]),
                range,
            })
            .collect()
    }

    /// The bytes of the script that are the statement, without its semicolon.
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// The line that it begins in, from 1.
    pub fn line(&self) -> u32 {
        self.start.line
    }

    /// The character in the line, from 1.
    pub fn column(&self) -> u32 {
        self.start.column
    }

    /// The line that it ends in, from 1.
    pub fn end_line(&self) -> u32 {
        self.end.line
    }

    /// Whether PostgreSQL takes it only outside a transaction, where `lock_timeout` and `statement_timeout` of the run do not
    /// hold for it.
    pub fn is_alone(&self) -> bool {
        self.is_alone
    }

    /// Whether it ends at or behind this place.
    #[cfg(feature = "cli")]
    pub(crate) fn reaches(&self, place: Position) -> bool {
        self.end >= place
    }
}

impl PreviewMessage {
    /// Which migrations it is about, and what of them: a line.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The message.
    pub fn sql(&self) -> &str {
        &self.sql
    }
}
