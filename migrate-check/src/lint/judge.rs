//! From the findings of all scripts to hazards: what is new is nobody's, and what its author allows is allowed.

use std::borrow::Cow;

use migrate_source::{Candidate, Fault, FaultKind, RemarkKind};

use super::catalogue::{InDown, Level, Lint};
use super::findings::{Finding, Findings};
use super::hazard::Hazard;
use super::levels::{Levels, unknown};
use super::lock;
use super::name::Name;
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
    /// Whether it has not been released yet: what it creates is used by nobody before the scripts after it.
    pub(crate) is_draft: bool,
}

/// The hazards of scripts in the order in which they are applied, but for those that are allowed.
pub(crate) fn judge(scripts: &[Script<'_>], levels: &Levels) -> Vec<Hazard> {
    let mut world = World::default();
    let mut hazards = Vec::new();
    for script in scripts {
        judge_script(script, &world, levels, &mut hazards);
        // What a down creates and drops is not there for the scripts after it.
        if !script.candidate.is_down {
            script.findings.changes.iter().for_each(|change| world.apply(change, script.is_draft));
        }
    }
    hazards
}

fn judge_script(script: &Script<'_>, world: &World, levels: &Levels, hazards: &mut Vec<Hazard>) {
    // What is new to a released script is not new to anybody else.
    let is_new = |name: &Name| script.is_draft && world.is_new(name);
    let mut found: Vec<Finding> = script.findings.found.clone();
    found.extend(many_locks(script, is_new));
    // A constraint of an earlier script may be validated in this one.
    let proven = proven(script, world);
    found.sort_by_key(|finding| finding.range.start);
    let remarks = script.candidate.remarks.iter();
    let allows: Vec<(usize, usize, &'static Lint)> = remarks
        .filter_map(|remark| match &remark.kind {
            RemarkKind::Allow { lint } => Some((remark.statement, remark.offset, Lint::named(lint)?)),
            _ => None,
        })
        .collect();
    let is_meant = |finding: &Finding, statement: usize, lint: &Lint| {
        finding.statement == statement && finding.lint == lint
    };
    for finding in &found {
        let is_free = finding.relation.as_ref().is_some_and(is_new)
            || finding.column.as_ref().is_some_and(|column| proven.is_proven(column));
        let is_allowed = allows.iter().any(|(statement, _, lint)| is_meant(finding, *statement, lint));
        if !is_free && !is_allowed {
            push(hazards, script, levels, finding.lint, finding.range.start, finding.message.clone());
        }
    }
    for (statement, offset, lint) in allows {
        if !found.iter().any(|finding| is_meant(finding, statement, lint)) {
            let message = format!("`{}` is allowed and not found in this statement", lint.name());
            push(hazards, script, levels, &UNUSED_ALLOW, offset, message);
        }
    }
}

/// What is known of columns when the script is done.
fn proven<'a>(script: &Script<'_>, world: &'a World) -> Cow<'a, World> {
    let mut world = Cow::Borrowed(world);
    if script.findings.found.iter().any(|finding| finding.column.is_some()) {
        let changes = script.findings.changes.iter();
        // What the script claims itself, the examiner knew.
        let validations = changes.filter(|change| matches!(change, Change::Validated(_)));
        validations.for_each(|change| world.to_mut().apply(change, false));
    }
    world
}

fn push(
    hazards: &mut Vec<Hazard>,
    script: &Script<'_>,
    levels: &Levels,
    lint: &'static Lint,
    offset: usize,
    message: String,
) {
    let level = levels.of(lint);
    if level > Level::Allow {
        let kind = FaultKind::Hazard { lint: lint.name(), message, instead: lint.instead() };
        hazards.push(Hazard { lint, level, fault: script.candidate.fault(offset, kind) });
    }
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
        column: None,
        message: format!("`{}` is waited for while `{}` is closed{more}", second.relation, first.relation),
    })
}

/// The remarks that allow what there is not.
pub(crate) fn unknown_lints(script: &Candidate<'_>) -> Vec<Fault> {
    let fault = |offset, lint: &str| script.fault(offset, FaultKind::UnknownLint { message: unknown(lint) });
    let remarks = script.remarks.iter().filter_map(|remark| match &remark.kind {
        RemarkKind::Allow { lint } if Lint::named(lint).is_none() => Some(fault(remark.offset, lint)),
        _ => None,
    });
    remarks.collect()
}
