//! What a verb would do, for people and for programs: the scripts as they are in the files, with the hazards of their
//! statements where somebody knows them, or each message to the byte.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use super::hazard::{Hazard, Hazards};
use super::outcome;
use crate::loss::Prospect;
use crate::options::Runner;
use crate::plan::{Action, count};
use crate::preview::{Execution, Preview, PreviewStatement, PreviewStep};

/// A preview with all that is shown of it.
pub(super) struct Shown<'p> {
    preview: &'p Preview,
    /// Of each step, by the statement, from 0. `None`: nobody has looked.
    hazards: Option<Vec<BTreeMap<usize, Vec<Hazard>>>>,
    /// Of each step, what it destroys of the rows that are there. Empty: nobody has counted.
    losses: Vec<Vec<String>>,
    lock_timeout: Option<Duration>,
    attempts: u32,
}

impl<'p> Shown<'p> {
    pub(super) fn new(preview: &'p Preview, runner: &Runner<'_>, hazards: Option<&Hazards>) -> Self {
        let found = hazards.map(|hazards| {
            let paths = preview.steps().iter().filter_map(PreviewStep::path);
            let found = hazards.among(&paths.map(str::to_owned).collect::<Vec<_>>());
            preview.steps().iter().map(|step| of_step(step, &found)).collect()
        });
        let (lock_timeout, attempts) = (runner.timeouts.lock, runner.max_attempts);
        Self { preview, hazards: found, losses: Vec::new(), lock_timeout, attempts }
    }

    /// With what each step destroys of the rows that are there.
    pub(super) fn losing(mut self, prospects: &[Prospect]) -> Self {
        let of_step = |step: &PreviewStep| {
            let prospects = prospects.iter().filter(|prospect| prospect.text == step.text());
            prospects.flat_map(|prospect| prospect.losses.clone()).collect()
        };
        self.losses = self.preview.steps().iter().map(of_step).collect();
        self
    }

    pub(super) fn preview(&self) -> &'p Preview {
        self.preview
    }

    /// SQL: the scripts, with comments that say where each statement is and what surrounds it.
    pub(super) fn scripts(&self) -> String {
        let Some(first) = self.preview.steps().first() else {
            return String::new();
        };
        let verb = match first.action() {
            Action::Apply => "apply",
            Action::Revert => "revert",
        };
        let mut text = format!("-- {} to {verb}\n", count(self.preview.steps().len(), "migration"));
        for (at, step) in self.preview.steps().iter().enumerate() {
            let _ = writeln!(text, "\n-- {}: {}", step.stem(), self.around(step));
            for loss in self.losses.get(at).into_iter().flatten() {
                let _ = writeln!(text, "-- loss: {}", loss.replace(char::is_control, " "));
            }
            self.script(&mut text, at, step);
        }
        text
    }

    /// What surrounds a script, in a line.
    fn around(&self, step: &PreviewStep) -> String {
        let unit = match step.execution() {
            Execution::Transaction => "one transaction with its history row",
            Execution::Function => "a function of the service, in one transaction with its history row",
            Execution::Statements => "no transaction, one statement at a time",
            Execution::RowOnly => "only its history row, because it was recorded without running",
        };
        let from = match step.resumes_at() {
            0 => String::new(),
            done => format!(", from statement {} on", done + 1),
        };
        let limit = match self.lock_timeout {
            None => "lock_timeout of the session".to_owned(),
            Some(timeout) if timeout.as_millis() == 0 => "no lock_timeout".to_owned(),
            Some(timeout) => format!("lock_timeout {}", span(timeout)),
        };
        let attempts = match (self.attempts, step.execution()) {
            (0 | 1, _) => "no retry".to_owned(),
            (attempts, Execution::Statements) => format!("up to {attempts} attempts a statement"),
            (attempts, _) => format!("up to {attempts} attempts"),
        };
        format!("{unit}{from}; {limit}; {attempts}")
    }

    /// The script as it is, with comments before each line in which a statement begins.
    fn script(&self, text: &mut String, at: usize, step: &PreviewStep) {
        let script = step.script();
        let (mut written, mut index) = (0, 0);
        // A comment between two statements of one line would hide the second.
        for group in step.statements().chunk_by(|_, next| !begins_a_line(script, next)) {
            let start = group[0].range().start;
            let line_start = script[..start].rfind('\n').map_or(0, |newline| newline + 1);
            let begin = if begins_a_line(script, &group[0]) { line_start } else { written };
            text.push_str(&script[written..begin]);
            for statement in group {
                self.notes(text, (at, index), step, statement);
                index += 1;
            }
            written = begin;
        }
        text.push_str(&script[written..]);
        if !text.ends_with('\n') {
            text.push('\n');
        }
    }

    /// Where a statement is, and what is dangerous in it.
    fn notes(
        &self,
        text: &mut String,
        (at, index): (usize, usize),
        step: &PreviewStep,
        statement: &PreviewStatement,
    ) {
        let place = step.path().unwrap_or("the down that the history has stored");
        let note = match () {
            () if index < step.resumes_at() => ": done already",
            () if statement.is_alone() => ": sent by itself, so lock_timeout does not apply",
            () => "",
        };
        let _ = writeln!(text, "-- {place}:{}{note}", statement.line());
        for Hazard { message, lint, .. } in self.hazards_of(at, index).into_iter().flatten() {
            let _ = writeln!(text, "-- hazard: {} [{lint}]", message.replace(char::is_control, " "));
        }
    }

    /// Those of a statement of a step. `None`: nobody has looked.
    fn hazards_of(&self, at: usize, index: usize) -> Option<&[Hazard]> {
        let of_step = self.hazards.as_ref()?.get(at)?;
        Some(of_step.get(&index).map_or(&[], Vec::as_slice))
    }

    /// The same for programs.
    pub(super) fn plan(&self) -> Value {
        let steps = self.preview.steps().iter().enumerate().map(|(at, step)| {
            let statements = step.statements().iter().enumerate().map(|(index, statement)| {
                let hazards = self.hazards_of(at, index);
                json!({
                    "line": statement.line(),
                    "column": statement.column(),
                    "sql": &step.script()[statement.range()],
                    "alone": statement.is_alone(),
                    "hazards": hazards.map(|hazards| hazards.iter().map(Hazard::json).collect::<Vec<_>>()),
                })
            });
            json!({
                "action": step.action(),
                "version": step.version(),
                "migration": step.stem(),
                "text": step.text(),
                "execution": execution(step.execution()),
                "path": step.path(),
                "statements_done": step.resumes_at(),
                "statements": statements.collect::<Vec<_>>(),
            })
        });
        json!({
            "steps": steps.collect::<Vec<_>>(),
            "warnings": self.preview.warnings(),
            "lock_timeout_milliseconds": self.lock_timeout.map(outcome::milliseconds),
            "attempts": self.attempts.max(1),
        })
    }
}

/// The hazards of a step by the statement that each is in, or comes before.
fn of_step(step: &PreviewStep, found: &[Hazard]) -> BTreeMap<usize, Vec<Hazard>> {
    let mut hazards: BTreeMap<usize, Vec<Hazard>> = BTreeMap::new();
    for hazard in found.iter().filter(|hazard| step.path() == Some(&*hazard.path)) {
        let index = step.statements().partition_point(|statement| !statement.reaches(hazard.position()));
        hazards.entry(index).or_default().push(hazard.clone());
    }
    hazards
}

/// Nothing but white space stands before it in its line.
fn begins_a_line(script: &str, statement: &PreviewStatement) -> bool {
    let before = &script[..statement.range().start];
    let line = before.rsplit('\n').next().unwrap_or_default();
    line.trim().is_empty()
}

/// `3 s`, `500 ms`.
fn span(duration: Duration) -> String {
    match duration.as_millis() {
        ms if ms.is_multiple_of(1000) => format!("{} s", ms / 1000),
        ms => format!("{ms} ms"),
    }
}

fn execution(execution: Execution) -> &'static str {
    match execution {
        Execution::Transaction => "transaction",
        Execution::Statements => "statements",
        Execution::Function => "function",
        Execution::RowOnly => "row-only",
    }
}

/// The messages, each behind a comment that is not sent.
pub(super) fn messages(preview: &Preview) -> String {
    let all = preview.messages().len();
    let mut text = String::new();
    for (at, message) in preview.messages().iter().enumerate() {
        let between = if at > 0 { "\n" } else { "" };
        let _ = writeln!(text, "{between}-- message {} of {all}: {}", at + 1, message.subject());
        text += message.sql();
        if !text.ends_with('\n') {
            text += "\n";
        }
    }
    text
}
