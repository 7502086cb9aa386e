//! What is shown while a verb is under way: a line for each migration that is done and for each notice of the server,
//! and at a terminal what is in hand, and for how long.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::events::Event;
use super::terminal::{Style, Terminal, paint, printable};
use crate::activity::{Activity, StatementProgress};
use crate::plan::{Action, count};
use crate::report::milliseconds;

/// What is in hand.
pub(super) struct Progress {
    doing: String,
    since: Instant,
    /// The migration that is sent and not done.
    stem: Option<String>,
    /// How far it is, and for whom it waits: a few words.
    stage: String,
    /// The sessions of which a line was printed since its beginning.
    blockers: BTreeSet<i32>,
    count: Count,
}

/// What goes on from one thing in hand to the next.
#[derive(Clone, Copy, Default)]
struct Count {
    done: usize,
    /// How many are to be done; 0: nobody knows yet.
    planned: usize,
    ticks: usize,
}

/// What takes less is over before it can be read.
const WORTH_TELLING: Duration = Duration::from_millis(300);

const WHEEL: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

impl Progress {
    pub(super) fn new(doing: &str) -> Self {
        Self {
            doing: doing.to_owned(),
            since: Instant::now(),
            stem: None,
            stage: String::new(),
            blockers: BTreeSet::new(),
            count: Count::default(),
        }
    }

    fn next(&mut self, doing: &str, stem: Option<String>) {
        let is_same = stem.is_some() && stem == self.stem;
        let blockers = if is_same { std::mem::take(&mut self.blockers) } else { BTreeSet::new() };
        *self = Self { stem, blockers, count: self.count, ..Self::new(doing) };
    }

    /// The migration that would be finished first.
    pub(super) fn in_hand(&self) -> Option<&str> {
        self.stem.as_deref()
    }

    pub(super) fn hear(&mut self, event: &Event, terminal: &mut Terminal) {
        match event {
            // Those that are done are no longer in a plan that is made anew.
            Event::Planned { steps } => self.count.planned = self.count.done + steps,
            Event::Begun { stem, statements, action, beginning } => {
                let verb = if *action == Action::Apply { "" } else { "reverting " };
                // Which of several it is at, the server does not tell before the last is done.
                let what = if *statements == 1 { beginning } else { &count(*statements, "statement") };
                let doing = format!("{verb}{stem}: {what}");
                self.next(&doing, Some(stem.clone()));
            }
            Event::Statement { number, beginning } => {
                let stem = self.stem.clone();
                let doing =
                    format!("{}: statement {number}: {beginning}", stem.as_deref().unwrap_or_default());
                self.next(&doing, stem);
            }
            Event::Retried { stem, reason } => {
                terminal.note(&paint(Style::Warning, &format!("  {stem} is tried again: {reason}")));
            }
            Event::Waiting { for_whom } => {
                terminal.note(&paint(Style::Dim, &format!("  waiting for {for_whom}")));
            }
            Event::UnderWay { stem, activity } => self.under_way(stem, activity, terminal),
            Event::Done { stem, action, is_row_only, duration } => {
                let what = match action {
                    Action::Apply => "",
                    Action::Revert if *is_row_only => "removed the record of ",
                    Action::Revert => "reverted ",
                };
                self.done(what, stem, *duration, terminal);
            }
            Event::Rehearsed { stem, duration } => self.done("rehearsed ", stem, *duration, terminal),
            Event::Notice { is_warning, text } => {
                let style = if *is_warning { Style::Warning } else { Style::Dim };
                terminal.note(&format!("  {}", paint(style, text)));
            }
        }
    }

    /// A line for each session that comes in the way; how far it is, at a terminal only.
    fn under_way(&mut self, stem: &str, activity: &Activity, terminal: &mut Terminal) {
        for blocker in activity.blockers() {
            if self.blockers.insert(blocker.pid()) {
                let stage = activity.progress().map(|progress| format!(", {progress}")).unwrap_or_default();
                let line = format!("  {stem} waits for {}{stage}", printable(&blocker.to_string()));
                terminal.note(&paint(Style::Warning, &line));
            }
        }
        let progress = activity.progress().map(StatementProgress::stage);
        let pids: Vec<String> = activity.blockers().iter().map(|one| format!("pid {}", one.pid())).collect();
        let waits = (!pids.is_empty()).then(|| format!("waits for {}", pids.join(", ")));
        let stage: Vec<String> = [progress, waits].into_iter().flatten().collect();
        self.stage = stage.join(", ");
    }

    fn done(&mut self, what: &str, stem: &str, duration: Duration, terminal: &mut Terminal) {
        let (mark, duration) = (paint(Style::Good, "✓"), paint(Style::Dim, &milliseconds(duration)));
        terminal.happened(&format!("{mark} {what}{stem}  {duration}"));
        self.count.done += 1;
        self.next("", None);
    }

    /// Shows it at a terminal, in the place of what was shown before.
    pub(super) fn show(&mut self, terminal: &mut Terminal) {
        let elapsed = self.since.elapsed();
        self.count.ticks += 1;
        if elapsed >= WORTH_TELLING && !self.doing.is_empty() {
            let seconds = elapsed.as_secs_f64();
            let wheel = WHEEL[self.count.ticks % WHEEL.len()];
            let bar = self.count.bar();
            // What a narrow terminal cuts off is the end.
            let stage = if self.stage.is_empty() { String::new() } else { format!("{}  ", self.stage) };
            terminal.progress(&format!("{wheel} {bar}{seconds:.0} s  {stage}{}", self.doing));
        }
    }
}

impl Count {
    /// `[===>      ] 3/10  `: how many of them are done, with the one in hand counted; where there is only one, nothing.
    fn bar(self) -> String {
        const WIDTH: usize = 10;
        let Self { done, planned, .. } = self;
        if planned < 2 || done >= planned {
            return String::new();
        }
        let full = done * WIDTH / planned;
        format!("[{}>{}] {}/{planned}  ", "=".repeat(full), " ".repeat(WIDTH - 1 - full), done + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_grows() {
        let bar = |done, planned| Count { done, planned, ticks: 0 }.bar();
        assert_eq!(bar(0, 3), "[>         ] 1/3  ");
        assert_eq!(bar(2, 3), "[======>   ] 3/3  ");
        assert_eq!(bar(999, 1000), "[=========>] 1000/1000  ");
        for (done, planned) in [(0, 0), (0, 1), (3, 3)] {
            assert_eq!(bar(done, planned), "");
        }
    }
}
