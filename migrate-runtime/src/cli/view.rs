//! What people read of a result. Programs get other words for the same, from `outcome` and `verbs`.

use std::fmt::Write as _;

use migrate_source::{Migration, MigrationSet};

use super::terminal::{Style, paint};
use crate::audit::LogEntry;
use crate::error::Error;
use crate::plan::count;
use crate::rehearse::Rehearsal;
use crate::report::{Report, milliseconds};
use crate::rules::{LeftOut, stem};
use crate::status::{State, Status};

/// What was done. Each migration has had its line already.
pub(super) fn report(report: &Report) -> String {
    let elapsed = milliseconds(report.duration());
    if !report.recorded().is_empty() {
        let recorded = report.recorded().join(", ");
        return format!("recorded without running: {recorded}; not checked against the schema");
    }
    let mut done = Vec::new();
    for (verb, number) in [("reverted", report.reverted().len()), ("applied", report.applied().len())] {
        if number > 0 {
            done.push(format!("{verb} {}", count(number, "migration")));
        }
    }
    let done = if done.is_empty() {
        "nothing to do".to_owned()
    } else {
        format!("{} in {elapsed}", done.join(", "))
    };
    let mut text = match report.current() {
        Some(stem) => format!("{done}: the database is at {}", paint(Style::Bold, stem)),
        None => format!("{done}: the database has no migration of this set"),
    };
    if !report.ahead().is_empty() {
        let beyond = count(report.ahead().len(), "migration");
        let _ = write!(text, ", and {beyond} beyond it, applied by a newer version");
    }
    text
}

/// A line a migration.
pub(super) fn status(status: &Status) -> String {
    let migrations = status.migrations();
    let width = migrations.iter().map(|one| one.stem().chars().count()).max().unwrap_or_default();
    let lines = migrations.iter().map(|one| {
        let (style, mark) = mark(one.state());
        let state = one.state().to_string();
        let mut line = format!("{} {:width$}  {}", paint(style, mark), one.stem(), paint(style, &state));
        if let Some(at) = one.applied_at() {
            let _ = write!(line, "  {}", paint(Style::Dim, at));
        }
        if let Some(note) = one.note() {
            let _ = write!(line, "  {note}");
        }
        line
    });
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() { "there are no migrations".to_owned() } else { lines.join("\n") }
}

fn mark(state: State) -> (Style, &'static str) {
    match state {
        State::Applied | State::Baseline | State::Skipped => (Style::Good, "✓"),
        State::Pending => (Style::Bold, "·"),
        State::Running | State::Reverting => (Style::Warning, "…"),
        State::Ahead | State::Superseded => (Style::Dim, "↑"),
        State::Failed | State::Changed | State::Missing | State::OutOfOrder | State::Behind => {
            (Style::Bad, "✗")
        }
    }
}

/// What `up` would do, in a line; its error is printed elsewhere.
pub(super) fn pending(pending: &Result<usize, Error>, failed: usize) -> String {
    match pending {
        Ok(0) => "the database is current".to_owned(),
        Ok(number) if failed > 0 => {
            let pending = number.saturating_sub(failed);
            format!("{failed} failed, {pending} pending: fix the cause, then run `up`")
        }
        Ok(number) => {
            format!("{} pending: `up` applies {}", number, if *number == 1 { "it" } else { "them" })
        }
        Err(_) => "`up` would apply nothing, because history and files contradict each other".to_owned(),
    }
}

/// How many migrations are in the folder, and neither in the set nor in the database, and why.
pub(super) fn waiting(left_out: &LeftOut, status: &Status) -> Option<String> {
    let has = |version: i64| status.migrations().iter().any(|one| version > 0 && one.version() == version);
    let number = left_out.ups().filter(|(version, _)| !has(*version)).count();
    let (_, first) = left_out.first().filter(|_| number > 0)?;
    Some(format!("{number} not applied: {} has no statement yet", stem(first)))
}

/// What a rehearsal came to. Each migration has had its line already.
pub(super) fn rehearsal(rehearsal: &Rehearsal) -> String {
    let mut text = match (rehearsal.rehearsed().len(), rehearsal.unrehearsed().len()) {
        (0, 0) => "nothing to do".to_owned(),
        (0, _) => "nothing could be rehearsed:".to_owned(),
        (number, _) => format!(
            "rehearsed {} in {}, and rolled back: nothing has changed",
            count(number, "migration"),
            milliseconds(rehearsal.duration()),
        ),
    };
    for one in rehearsal.unrehearsed() {
        let mark = paint(Style::Warning, "not rehearsed:");
        let _ = write!(text, "\n{mark} {}: {}", one.stem(), one.reason());
    }
    if rehearsal.unrehearsed().iter().any(crate::Unrehearsed::would_block) {
        text += "\nhelp: rehearse it on a copy of the database with --allow-blocking";
    }
    text
}

/// A line an entry. A migration is called as its file is, where the set has it.
pub(super) fn history(entries: &[LogEntry], set: &MigrationSet) -> String {
    if entries.is_empty() {
        return "no migration was run on this database yet".to_owned();
    }
    let stem = |entry: &LogEntry| match entry.version() {
        0 => format!("R_{}", entry.description()),
        version => {
            let is_it = |migration: &Migration<'_>| {
                migration.version() == version && migration.description() == entry.description()
            };
            let stem = set.iter().find(is_it).map(|migration| migration.stem().to_owned());
            stem.unwrap_or_else(|| format!("{version}_{}", entry.description()))
        }
    };
    let width = entries.iter().map(|entry| stem(entry).chars().count()).max().unwrap_or_default();
    let lines = entries.iter().map(|entry| {
        let style = if entry.outcome() == "done" { Style::Good } else { Style::Bad };
        let took = entry.duration().map(milliseconds).unwrap_or_default();
        let by = [Some(entry.done_by()), Some(entry.application()), entry.package()];
        let by: Vec<&str> = by.into_iter().flatten().filter(|name| !name.is_empty()).collect();
        let mut line = format!(
            "{}  {:8} {:width$}  {}  {took:>8}  {}",
            paint(Style::Dim, entry.at()),
            entry.action(),
            stem(entry),
            paint(style, &format!("{:6}", entry.outcome())),
            paint(Style::Dim, &by.join(", ")),
        );
        if let Some(detail) = entry.detail() {
            let _ = write!(line, "\n    {}", detail.replace('\n', "\n    "));
        }
        line
    });
    lines.collect::<Vec<_>>().join("\n")
}
