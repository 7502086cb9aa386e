//! The check of a folder's scripts: each statement is parsed, unless its author says that it cannot be.

use migrate_source::{Candidate, Check, Fault, FaultKind, RemarkKind};

use crate::{grammar, guarded, nesting};

/// Checks the SQL of scripts.
#[derive(Debug, Default)]
pub(crate) struct Checker {}

/// How many syntax errors of one script are told.
const MAX_FAULTS: usize = 20;

impl Check for Checker {
    fn check(&self, scripts: &[Candidate<'_>]) -> Vec<Fault> {
        let found = guarded::map(scripts, check);
        let pairs = scripts.iter().zip(found);
        pairs
            .flat_map(|(script, found)| {
                let found = found.unwrap_or_else(|| vec![(0, broken())]);
                found.into_iter().map(|(offset, kind)| script.fault(offset, kind))
            })
            .collect()
    }
}

fn broken() -> FaultKind {
    FaultKind::Uncheckable("the parser broke down on it, which is a fault of the parser's".to_owned())
}

/// The faults of one script, by byte offset.
fn check(script: &Candidate<'_>) -> Vec<(usize, FaultKind)> {
    let is_unchecked = |at: usize| {
        script.remarks.iter().any(|remark| remark.kind == RemarkKind::Unchecked && remark.statement == at)
    };
    let mut faults = Vec::new();
    for (at, range) in script.statements.iter().enumerate() {
        if is_unchecked(at) {
            continue;
        }
        let sql = &script.text[range.clone()];
        if nesting::is_too_deep(sql) {
            let why = "it nests too deeply for the parser".to_owned();
            faults.push((range.start, FaultKind::Uncheckable(why)));
            continue;
        }
        if let Err(fault) = grammar::parse(sql) {
            faults.push((range.start + fault.offset, FaultKind::Syntax(fault.message)));
        }
    }
    let more = faults.len().saturating_sub(MAX_FAULTS);
    if more > 0 {
        faults.truncate(MAX_FAULTS);
        faults.push((0, FaultKind::More(more)));
    }
    faults
}
