//! What is shown while a verb is under way: a line for each migration that is done and for each notice of the server,
//! and at a terminal what is in hand, and for how long.

use std::time::{Duration, Instant};

use super::events::Event;
use super::terminal::{Style, Terminal, paint};
use crate::plan::{Action, count};
use crate::report::milliseconds;

/// What is in hand.
pub(super) struct Progress {
    doing: String,
    since: Instant,
    /// The migration that is sent and not done.
    stem: Option<String>,
    ticks: usize,
}

/// What takes less is over before it can be read.
const WORTH_TELLING: Duration = Duration::from_millis(300);

const WHEEL: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

impl Progress {
    pub(super) fn new(doing: &str) -> Self {
        Self { doing: doing.to_owned(), since: Instant::now(), stem: None, ticks: 0 }
    }

    /// The migration that would be finished first.
    pub(super) fn in_hand(&self) -> Option<&str> {
        self.stem.as_deref()
    }

    pub(super) fn hear(&mut self, event: &Event, terminal: &mut Terminal) {
        match event {
            Event::Begun { stem, statements, action, beginning } => {
                let verb = if *action == Action::Apply { "" } else { "reverting " };
                // Which of several it is at, the server does not tell before the last is done.
                let what = if *statements == 1 { beginning } else { &count(*statements, "statement") };
                let doing = format!("{verb}{stem}: {what}");
                *self = Self { stem: Some(stem.clone()), ticks: self.ticks, ..Self::new(&doing) };
            }
            Event::Statement { number, beginning } => {
                let stem = self.stem.take();
                let doing =
                    format!("{}: statement {number}: {beginning}", stem.as_deref().unwrap_or_default());
                *self = Self { stem, ticks: self.ticks, ..Self::new(&doing) };
            }
            Event::Retried { stem, reason } => {
                terminal.note(&paint(Style::Warning, &format!("  {stem} is tried again: {reason}")));
            }
            Event::Done { stem, action, duration } => {
                let what = match action {
                    Action::Apply => String::new(),
                    Action::Revert => "reverted ".to_owned(),
                };
                self.done(&what, stem, *duration, terminal);
            }
            Event::Rehearsed { stem, duration } => self.done("rehearsed ", stem, *duration, terminal),
            Event::Notice { is_warning, text } => {
                let style = if *is_warning { Style::Warning } else { Style::Dim };
                terminal.note(&format!("  {}", paint(style, text)));
            }
        }
    }

    fn done(&mut self, what: &str, stem: &str, duration: Duration, terminal: &mut Terminal) {
        let (mark, duration) = (paint(Style::Good, "✓"), paint(Style::Dim, &milliseconds(duration)));
        terminal.happened(&format!("{mark} {what}{stem}  {duration}"));
        *self = Self { ticks: self.ticks, ..Self::new("") };
    }

    /// Shows it at a terminal, in the place of what was shown before.
    pub(super) fn show(&mut self, terminal: &mut Terminal) {
        let elapsed = self.since.elapsed();
        self.ticks += 1;
        if elapsed >= WORTH_TELLING && !self.doing.is_empty() {
            let seconds = elapsed.as_secs_f64();
            let wheel = WHEEL[self.ticks % WHEEL.len()];
            let doing: String = self.doing.chars().take(66).collect();
            terminal.progress(&format!("{wheel} {doing}  {seconds:.0} s"));
        }
    }
}
