//! The check of a folder's scripts: each statement is parsed, unless its author says that it cannot be.

use migrate_source::{Candidate, Check, Fault, FaultKind, RemarkKind};

use crate::cache::Cache;
use crate::{grammar, guarded, nesting};

/// Checks the SQL of scripts; those that it remembers are not parsed again.
#[derive(Debug, Default)]
pub(crate) struct Checker {
    pub(crate) cache: Option<Cache>,
}

/// How many faults of one script are told.
const MAX_FAULTS: usize = 20;

/// A fault, and the byte offset where it is.
type Found = (usize, FaultKind);

impl Check for Checker {
    fn check(&self, scripts: &[Candidate<'_>]) -> Vec<Fault> {
        let cache = self.cache.as_ref().map(Cache::read).unwrap_or_default();
        let new: Vec<&Candidate<'_>> = scripts.iter().filter(|script| !cache.has(script.checksum)).collect();
        let found = guarded::map(&new, |script| check(script));
        let mut faults = Vec::new();
        for (script, found) in new.iter().zip(found) {
            let found = found.unwrap_or_else(|| vec![(0, FaultKind::Uncheckable(NO_THREAD.to_owned()))]);
            faults.extend(found.into_iter().map(|(offset, kind)| script.fault(offset, kind)));
        }
        if let Some(file) = &self.cache
            && faults.is_empty()
            && !new.is_empty()
        {
            file.write(scripts.iter().map(|script| script.checksum));
        }
        faults
    }
}

const NO_THREAD: &str = "there is no memory for a thread with the parser's stack";
const TOO_DEEP: &str = "it nests too deeply for the parser";
const BROKEN: &str = "the parser breaks down on it, which is a fault of the parser's";

fn check(script: &Candidate<'_>) -> Vec<Found> {
    let is_unchecked = |at: usize| {
        script.remarks.iter().any(|remark| remark.kind == RemarkKind::Unchecked && remark.statement == at)
    };
    let statements = script.statements.iter().enumerate().filter(|(at, _)| !is_unchecked(*at));
    let mut found: Vec<Found> = statements
        .filter_map(|(_, range)| {
            let at_semicolon = script.text[range.end..].starts_with(';');
            let (offset, kind) = check_statement(&script.text[range.clone()], at_semicolon)?;
            Some((range.start + offset, kind))
        })
        .collect();
    let more = found.len().saturating_sub(MAX_FAULTS);
    if more > 0 {
        found.truncate(MAX_FAULTS);
        found.push((script.text.len(), FaultKind::More(more)));
    }
    found
}

/// What is wrong with one statement, which is called on a thread of [`guarded::map`].
fn check_statement(sql: &str, at_semicolon: bool) -> Option<Found> {
    if nesting::is_too_deep(sql) {
        return Some((0, FaultKind::Uncheckable(TOO_DEEP.to_owned())));
    }
    match guarded::caught(|| grammar::parse(sql).map(drop)) {
        Some(Ok(())) => None,
        Some(Err(fault)) => Some((fault.offset, FaultKind::Syntax(fault.message(at_semicolon)))),
        None => Some((0, FaultKind::Uncheckable(BROKEN.to_owned()))),
    }
}

/// What is wrong with the syntax of one statement, if something is: where, and what.
pub(crate) fn syntax_fault(sql: &str) -> Option<(usize, String)> {
    let found = guarded::map(&[sql], |sql| check_statement(sql, false)).pop().flatten().flatten()?;
    Some((found.0, found.1.to_string()))
}
