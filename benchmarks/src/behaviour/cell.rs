//! What was seen of one tool in one scenario: a phrase for the table, and everything that it was made from.

use crate::program::{End, Run};

#[derive(Default)]
pub(crate) struct Cell {
    phrases: Vec<String>,
    /// What was done and what came of it, in order.
    pub(crate) notes: Vec<(String, String)>,
}

impl Cell {
    /// A cell with nothing behind it.
    pub(crate) fn only(phrase: &str) -> Self {
        Self { phrases: vec![phrase.to_owned()], notes: Vec::new() }
    }

    pub(crate) fn say(&mut self, phrase: impl Into<String>) {
        self.phrases.push(phrase.into());
    }

    pub(crate) fn note(&mut self, what: impl Into<String>, text: &str) {
        self.notes.push((what.into(), text.to_owned()));
    }

    /// Notes how a start ended.
    pub(crate) fn note_run(&mut self, what: &str, run: &Run) {
        let end = match run.end {
            End::Done => "exit code 0",
            End::Failed => "exit code not 0",
            End::Waiting => "still waiting, killed",
        };
        self.note(format!("{what}: {end} after {:.1} s", run.took.as_secs_f64()), &run.text);
    }

    pub(crate) fn short(&self) -> String {
        self.phrases.join("; ")
    }
}

impl Run {
    pub(crate) fn is(&self, end: End) -> bool {
        self.end == end
    }

    /// A step that has to succeed for the scenario to mean anything.
    pub(crate) fn succeeded(self) -> benchmarks::tools::Result<()> {
        if self.is(End::Done) { Ok(()) } else { Err(format!("{:?}: {}", self.end, self.text).into()) }
    }

    /// Whether something was printed that a reader would take for a warning.
    pub(crate) fn warns(&self) -> bool {
        let text = self.text.to_lowercase();
        ["warning", "warn:", "changed", "differ", "missing", "newer", "not in this binary"]
            .iter()
            .any(|word| text.contains(word))
    }
}
