//! The check of a folder's scripts: each statement is parsed, unless its author says that it cannot be.

use std::ops::Range;

use migrate_source::{Candidate, Check, Fault, FaultKind, RemarkKind, Seal, nesting};

use crate::cache::Cache;
use crate::{grammar, guarded};

/// Checks the SQL of scripts; those that it remembers are not parsed again.
#[derive(Debug, Default)]
pub(crate) struct Checker {
    pub(crate) cache: Option<Cache>,
}

/// How many faults of one script are told.
const MAX_FAULTS: usize = 20;

impl Check for Checker {
    fn check(&self, scripts: &[Candidate<'_>]) -> Vec<Fault> {
        let checked = self.cache.as_ref().map(Cache::read).unwrap_or_default();
        // What is sealed was checked then, and whoever has a stricter grammar now could not mend it.
        let is_new = |script: &&Candidate<'_>| script.seal != Seal::Sealed && !checked.has(script.checksum);
        let new: Vec<&Candidate<'_>> = scripts.iter().filter(is_new).collect();
        let statements: Vec<Statement<'_>> = new.iter().flat_map(|script| statements(script)).collect();
        let found = guarded::map(&statements, check);
        let mut faults = Vec::new();
        for statements in
            statements.iter().zip(found).collect::<Vec<_>>().chunk_by(|(a, _), (b, _)| a.is_beside(b))
        {
            faults.extend(told(statements));
        }
        if let Some(file) = &self.cache
            && faults.is_empty()
            && !new.is_empty()
        {
            let checked = scripts.iter().filter(|script| script.seal != Seal::Sealed);
            file.write(checked.map(|script| script.checksum));
        }
        faults
    }
}

/// A statement of a script.
struct Statement<'a> {
    script: &'a Candidate<'a>,
    range: Range<usize>,
}

impl Statement<'_> {
    fn text(&self) -> &str {
        &self.script.text[self.range.clone()]
    }

    /// Whether the other one is of the same script.
    fn is_beside(&self, other: &Self) -> bool {
        std::ptr::eq(self.script, other.script)
    }
}

/// The statements of a script that are to be checked.
fn statements<'a>(script: &'a Candidate<'a>) -> impl Iterator<Item = Statement<'a>> {
    let is_unchecked = |at: usize| {
        script.remarks.iter().any(|remark| remark.kind == RemarkKind::Unchecked && remark.statement == at)
    };
    let all = script.statements.iter().enumerate();
    all.filter(move |(at, _)| !is_unchecked(*at)).map(|(_, range)| Statement { script, range: range.clone() })
}

/// What is wrong with a statement: the byte offset in it, and what.
type Found = Option<(usize, FaultKind)>;

/// The faults of the statements of one script, as far as they are told.
fn told(statements: &[(&Statement<'_>, Option<Found>)]) -> Vec<Fault> {
    let mut found = statements.iter().filter_map(|(statement, found)| {
        let no_thread = || Some((0, FaultKind::Uncheckable(NO_THREAD.to_owned())));
        let (offset, kind) = found.clone().unwrap_or_else(no_thread)?;
        Some(statement.script.fault(statement.range.start + offset, kind))
    });
    let mut faults: Vec<Fault> = found.by_ref().take(MAX_FAULTS).collect();
    let more = found.count();
    if more > 0
        && let Some((statement, _)) = statements.first()
    {
        faults.push(statement.script.fault_of_file(FaultKind::More(more)));
    }
    faults
}

/// How deep a statement may nest. PostgreSQL itself gives up at `max_stack_depth` or before; and the time that the
/// parser takes grows with the square of the depth.
const MAX_NESTING: usize = 1000;

const TOO_DEEP: &str = "it nests too deeply for the parser";
const NO_THREAD: &str = "there is no memory for a thread with the parser's stack";
const BROKEN: &str = "the parser breaks down on it, which is a fault of the parser's";

/// Called on a thread of [`guarded::map`].
fn check(statement: &Statement<'_>) -> Found {
    let at_semicolon = statement.script.text[statement.range.end..].starts_with(';');
    check_sql(statement.text(), at_semicolon)
}

fn check_sql(sql: &str, at_semicolon: bool) -> Found {
    if nesting(sql) > MAX_NESTING {
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
    let found = guarded::map(&[sql], |sql| check_sql(sql, false)).pop().flatten().flatten()?;
    Some((found.0, found.1.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_uncheckable(sql: &str) {
        let (_, message) = syntax_fault(sql).expect("a fault");
        assert_eq!(message, format!("this statement cannot be checked: {TOO_DEEP}"));
    }

    #[test]
    fn what_nests_too_deeply_is_not_parsed() {
        let many = |unit: &str| unit.repeat(20_000);
        for unit in ["(", "[", "- ", "NOT ", "CASE WHEN ", "f(", "EXISTS (SELECT ", "@"] {
            check_uncheckable(&format!("SELECT {}", many(unit)));
        }
        check_uncheckable(&many("EXPLAIN "));
        check_uncheckable(&many("("));
        assert_eq!(syntax_fault(&format!("SELECT {}1{}", "(".repeat(900), ")".repeat(900))), None);
    }

    #[test]
    fn what_is_merely_long_is_parsed() {
        for (first, unit) in [
            ("SELECT 1", " + 1"),
            ("SELECT 1", " AND 1"),
            ("SELECT 1", " UNION SELECT 1"),
            ("SELECT * FROM a", " JOIN b ON true"),
            ("SELECT a", "[1]"),
            ("INSERT INTO t VALUES (1, 'a')", ", (1, 'a')"),
        ] {
            assert_eq!(syntax_fault(&format!("{first}{}", unit.repeat(1000))), None, "{unit}");
        }
    }
}
