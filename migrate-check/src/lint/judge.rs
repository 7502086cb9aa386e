//! From the findings of all scripts to hazards: what is new is nobody's, and what its author allows is allowed.

use std::borrow::Cow;
use std::collections::BTreeSet;

use migrate_source::{Candidate, Fault, FaultKind, RemarkKind, Seal};

use super::catalogue::{InDown, Level, Lint};
use super::findings::{Finding, Findings, Premise};
use super::hazard::Hazard;
use super::levels::{Levels, unknown};
use super::lock;
use super::name::Name;
use super::retyped;
use super::world::{Change, World};

pub(super) const UNUSED_ALLOW: Lint = Lint {
    name: "unused-allow",
    level: Level::Warn,
    in_down: InDown::Same,
    summary: "a `-- migrate: allow` that allows nothing",
    why: "The statement is not dangerous in this way, or not any more. Who reads the migration takes it for what it is not.",
    instead: "remove it, or put it in the line before the statement that it is about",
    sql: "",
    manual: "",
};

/// One script, with what was found in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Script<'a> {
    pub(crate) candidate: Candidate<'a>,
    pub(crate) findings: &'a Findings,
}

/// The hazards of scripts in the order in which they are applied, from a level on, but for those that are allowed, and for
/// those of sealed and imported scripts: they have been applied, and an `allow` would change them.
pub(crate) fn judge(scripts: &[Script<'_>], levels: &Levels, least: Level) -> Vec<Hazard> {
    let mut world = World::default();
    let mut hazards = Vec::new();
    for script in scripts {
        let is_down = script.candidate.is_down;
        let mut replay = Replay {
            world: if is_down { Cow::Borrowed(&world) } else { Cow::Owned(std::mem::take(&mut world)) },
            changes: &script.findings.changes,
            is_new: script.candidate.seal == Seal::Draft && !script.candidate.is_imported,
        };
        if script.candidate.seal != Seal::Sealed && !script.candidate.is_imported {
            let mut found = judge_script(script, &mut replay);
            found.retain(|found| levels.of(found.lint) >= least.max(Level::Warn));
            hazards.extend(told(script, levels, found));
        }
        // What a down creates and drops is not there for the scripts after it.
        if !is_down {
            world = replay.done();
        }
    }
    hazards
}

/// What is known while a script runs: what the folder says, and what its own statements have changed so far.
struct Replay<'a> {
    world: Cow<'a, World>,
    /// Those that are still to come.
    changes: &'a [Change],
    /// What the script creates is not used by anybody before the scripts after it.
    is_new: bool,
}

impl Replay<'_> {
    /// What is known when so many changes are still to come.
    fn until(&mut self, left: usize) -> &World {
        let (now, later) = self.changes.split_at(self.changes.len().saturating_sub(left));
        self.changes = later;
        for change in now {
            self.world.to_mut().apply(change, self.is_new);
        }
        &self.world
    }

    fn done(mut self) -> World {
        self.until(0);
        self.world.into_owned()
    }
}

/// What is dangerous in a script, at a byte of it.
struct Found {
    lint: &'static Lint,
    offset: usize,
    message: String,
}

fn judge_script(script: &Script<'_>, replay: &mut Replay<'_>) -> Vec<Found> {
    let world = &replay.world;
    // What is new to a released script is not new to anybody else.
    let is_new = |name: &Name| script.candidate.seal == Seal::Draft && world.is_new(name);
    let mut found: Vec<Finding> = script.findings.found.clone();
    found.extend(many_locks(script, is_new));
    let remarks = script.candidate.script.remarks.iter();
    let allows: Vec<(usize, usize, &'static Lint)> = remarks
        .filter_map(|remark| match &remark.kind {
            RemarkKind::Allow { lint } => Some((remark.statement, remark.offset, Lint::named(lint)?)),
            _ => None,
        })
        .collect();
    let allowed: BTreeSet<_> = allows.iter().map(|(statement, _, lint)| (*statement, lint.name())).collect();
    let meant: BTreeSet<_> = found.iter().map(|finding| (finding.statement, finding.lint.name())).collect();
    let unused = allows.iter().filter(|(statement, _, lint)| !meant.contains(&(*statement, lint.name())));
    let unused = unused.map(|(_, offset, lint)| Found {
        lint: &UNUSED_ALLOW,
        offset: *offset,
        message: format!("`{}` is allowed and not found in this statement", lint.name()),
    });
    let dangerous: Vec<&Finding> = found
        .iter()
        .filter(|finding| {
            let is_elsewhere = finding.relation.as_ref().is_some_and(|name| world.is_foreign(name));
            let is_free = finding.relation.as_ref().is_some_and(is_new)
                || is_elsewhere && retyped::is_about_rows(finding.lint);
            !is_free && !allowed.contains(&(finding.statement, finding.lint.name()))
        })
        .collect();
    let changes = script.findings.changes.len();
    let dangerous = dangerous.into_iter().filter_map(|finding| {
        let message = match &finding.premise {
            None => finding.message.clone(),
            Some(premise) => match (premise, replay.until(changes - finding.changes)) {
                (Premise::Retyped(retyped), world) => retyped.message(world)?,
                (premise, world) => world.bears(premise).then(|| finding.message.clone())?,
            },
        };
        Some(Found { lint: finding.lint, offset: finding.range.start, message })
    });
    dangerous.chain(unused).collect()
}

/// In the order of the text.
fn told(script: &Script<'_>, levels: &Levels, mut found: Vec<Found>) -> impl Iterator<Item = Hazard> {
    found.sort_by_key(|found| found.offset);
    let (lints, faults): (Vec<&'static Lint>, Vec<(usize, FaultKind)>) = found
        .into_iter()
        .map(|Found { lint, offset, message }| {
            // A name may hold what acts on a terminal, or forges a line.
            let message = message.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            let kind = FaultKind::Hazard { lint: lint.name(), message, instead: lint.instead() };
            (lint, (offset, kind))
        })
        .unzip();
    let hazards = lints.into_iter().zip(script.candidate.faults(faults));
    hazards.map(|(lint, fault)| Hazard { lint, level: levels.of(lint), fault })
}

/// The second relation that is closed, and how many more.
fn many_locks(script: &Script<'_>, is_new: impl Fn(&Name) -> bool) -> Option<Finding> {
    let mut locks = script.findings.locks.iter().filter(|lock| !is_new(&lock.relation));
    let (first, second) = (locks.next()?, locks.next()?);
    let more = match locks.count() {
        0 => String::new(),
        1 => ", and one more table after it".to_owned(),
        more => format!(", and {more} more tables after it"),
    };
    Some(Finding {
        lint: &lock::MANY,
        statement: second.statement,
        range: second.range.clone(),
        relation: None,
        premise: None,
        changes: 0,
        message: format!(
            "this waits for `{}` while it holds a lock on `{}`{more}",
            second.relation, first.relation
        ),
    })
}

/// The remarks that allow what there is not. A sealed one may speak of a lint of another version.
pub(crate) fn unknown_lints(script: &Candidate<'_>) -> Vec<Fault> {
    if script.seal == Seal::Sealed {
        return Vec::new();
    }
    let fault = |offset, lint: &str| script.fault(offset, FaultKind::UnknownLint { message: unknown(lint) });
    let remarks = script.script.remarks.iter().filter_map(|remark| match &remark.kind {
        RemarkKind::Allow { lint } if Lint::named(lint).is_none() => Some(fault(remark.offset, lint)),
        _ => None,
    });
    remarks.collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use migrate_source::{Checksum, ParsedScript, Remark};

    use super::*;
    use crate::bulk::Gap;
    use crate::grammar;
    use crate::lint::{Examiner, Mode};

    /// A script of single lines, with a draft or a released one.
    fn lints_of(scripts: &[(&[&str], bool)]) -> Vec<String> {
        let texts: Vec<String> = scripts.iter().map(|(lines, _)| lines.join("\n")).collect();
        let parts: Vec<(Findings, ParsedScript)> = scripts.iter().map(|(lines, _)| examine(lines)).collect();
        let judged: Vec<Script<'_>> = scripts
            .iter()
            .zip(&parts)
            .zip(&texts)
            .map(|(((_, is_draft), (findings, script)), text)| Script {
                candidate: Candidate {
                    path: Path::new("0001_a.sql"),
                    text,
                    script,
                    is_down: false,
                    seal: if *is_draft { Seal::Draft } else { Seal::None },
                    is_imported: false,
                },
                findings,
            })
            .collect();
        let hazards = judge(&judged, &Levels::default(), Level::Warn);
        hazards.iter().map(|hazard| format!("{} {}", hazard.line(), hazard.lint().name())).collect()
    }

    /// A line that begins with `allow` is a remark at the next one.
    fn examine(lines: &[&str]) -> (Findings, ParsedScript) {
        let mut examiner = Examiner::new(Mode { is_transactional: true, is_down: false });
        let (mut offset, mut statement, mut remarks) = (0, 0, Vec::new());
        for line in lines {
            if let Some(lint) = line.strip_prefix("allow ") {
                remarks.push(Remark { offset, statement, kind: RemarkKind::Allow { lint: lint.to_owned() } });
            } else {
                examiner.statement(statement, offset, Gap::default(), &grammar::parse(line).expect("SQL"));
                statement += 1;
            }
            offset += line.len() + 1;
        }
        let checksum = Checksum::from_bytes([0; Checksum::LEN]);
        let mode = migrate_source::Mode::Transaction;
        (examiner.finish(), ParsedScript { mode, statements: Vec::new(), remarks, checksum })
    }

    #[test]
    fn what_a_draft_creates_is_new_to_the_drafts_after_it() {
        let create: &[&str] = &["CREATE TABLE users (email text)", "CREATE TABLE old (a int)"];
        let change: &[&str] = &["CREATE INDEX ON public.users (email)", "ALTER TABLE old RENAME TO young"];
        let follow: &[&str] = &["DROP TABLE young", "ALTER TABLE users ALTER email SET NOT NULL"];
        assert_eq!(lints_of(&[(create, true), (change, true), (follow, true)]), [""; 0]);
        let released = lints_of(&[(create, false), (change, true), (follow, true)]);
        let expected = [
            "1 create-index-without-concurrently",
            "2 rename-table",
            "1 drop-table",
            "2 set-not-null",
            "2 many-exclusive-locks",
        ];
        assert_eq!(released, expected);
        // A released script is not told that it was a draft once.
        assert_eq!(
            lints_of(&[(create, true), (&change[..1], false)]),
            ["1 create-index-without-concurrently"]
        );
    }

    #[test]
    fn a_check_that_an_older_migration_validated_proves_that_there_are_no_nulls() {
        let add: &[&str] = &["ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT VALID"];
        let validate: &[&str] = &["ALTER TABLE t VALIDATE CONSTRAINT c"];
        let set: &[&str] = &["ALTER TABLE public.t ALTER a SET NOT NULL"];
        assert_eq!(lints_of(&[(add, false), (validate, false), (set, false)]), [""; 0]);
        assert_eq!(lints_of(&[(add, false), (set, false), (validate, false)]), ["1 set-not-null"]);
    }

    #[test]
    fn what_is_allowed_and_what_is_not_there_to_be_allowed() {
        let script: &[&str] = &[
            "allow drop-table",
            "DROP TABLE a",
            "allow drop-table",
            "DROP VIEW v",
            "allow many-exclusive-locks",
            "DROP TABLE b",
        ];
        assert_eq!(lints_of(&[(script, false)]), ["3 unused-allow", "4 drop-view", "6 drop-table"]);
        // Whether a table is new may change with the next release; the remark may stay.
        let draft: &[&str] = &["allow drop-table", "DROP TABLE a"];
        assert_eq!(lints_of(&[(&["CREATE TABLE a (b int)"], true), (draft, true)]), [""; 0]);
    }
}
