//! The check of a folder's scripts: each statement is parsed, unless its author says that it cannot be.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use migrate_source::{Candidate, Check, Fault, FaultKind, ParsedScript, RemarkKind, Seal, Settings};

use crate::bulk::Shortened;
use crate::cache::Cache;
use crate::grammar::{Refused, Tree};
use crate::lint::{self, Examiner, Findings, Hazard, Level, Levels, Mode};
use crate::{grammar, guarded};

/// Checks the SQL of scripts; those that it remembers are not parsed again.
#[derive(Debug, Default)]
pub(crate) struct Checker {
    pub(crate) cache: Option<Cache>,
    /// Where hazards go. `None`: those that are denied are faults, and nobody asks for the others.
    pub(crate) hazards: Option<Mutex<Vec<Hazard>>>,
    /// The names of the files that no database has yet of those that are asked about, whether they are sealed or not.
    /// `None`: the drafts.
    pub(crate) pending: Option<BTreeSet<String>>,
}

/// How many faults of one script are told.
const MAX_FAULTS: usize = 20;

impl Check for Checker {
    fn check(&self, scripts: &[Candidate<'_>], settings: Settings<'_>) -> Vec<Fault> {
        let remembered = |script| self.cache.as_ref().and_then(|cache| cache.findings(script));
        let mut findings: Vec<Option<Findings>> = scripts.iter().map(remembered).collect();
        let new: Vec<usize> = (0..scripts.len()).filter(|at| findings[*at].is_none()).collect();
        let found = guarded::map(&new, |at| check(&scripts[*at]));
        let mut faults = Vec::new();
        let mut broken = BTreeSet::new();
        for (at, found) in new.iter().zip(found) {
            if let Some((of_script, of_lints)) = found {
                if !of_script.is_empty() {
                    broken.insert(*at);
                }
                // What is sealed was checked then, and whoever has a stricter grammar now could not mend it.
                if scripts[*at].seal != Seal::Sealed {
                    faults.extend(of_script);
                }
                findings[*at] = Some(of_lints);
            } else {
                faults.push(scripts[*at].fault_of_file(FaultKind::Uncheckable(NO_THREAD.to_owned())));
            }
        }
        let findings: Vec<Findings> = findings.into_iter().map(Option::unwrap_or_default).collect();
        if let Some(file) = &self.cache
            && faults.is_empty()
            && !scripts.iter().all(|script| file.holds(script))
        {
            // A sealed one that is broken is told to be so if it is no longer sealed.
            let all = scripts.iter().zip(&findings).enumerate();
            file.write(all.filter(|(at, _)| !broken.contains(at)).map(|(_, pair)| pair));
        }
        faults.extend(self.judge(scripts, &findings, settings));
        faults
    }

    fn recall(&self, file: &str, text: &str) -> Option<ParsedScript> {
        self.cache.as_ref()?.script(file, text)
    }
}

impl Checker {
    /// The faults of the settings and the remarks, and the hazards that are denied.
    fn judge<'a>(
        &self,
        scripts: &[Candidate<'a>],
        findings: &[Findings],
        settings: Settings<'_>,
    ) -> Vec<Fault> {
        let mut faults: Vec<Fault> = scripts.iter().flat_map(lint::unknown_lints).collect();
        let levels = Levels::parse(settings.lints).unwrap_or_else(|found| {
            faults.extend(found.into_iter().map(|(offset, why)| settings.fault(offset, why)));
            Levels::default()
        });
        let pairs = scripts.iter().zip(findings);
        let candidate = |script: &Candidate<'a>| Candidate { seal: self.seal(script), ..*script };
        let scripts: Vec<lint::Script<'_>> =
            pairs.map(|(script, findings)| lint::Script { candidate: candidate(script), findings }).collect();
        match &self.hazards {
            Some(shelf) => {
                let hazards = lint::judge(&scripts, &levels, Level::Warn);
                shelf.lock().unwrap_or_else(PoisonError::into_inner).extend(hazards);
            }
            None => faults.extend(lint::judge(&scripts, &levels, Level::Deny).iter().map(Hazard::fault)),
        }
        faults
    }

    /// What is pending may have hazards, and what it creates has no rows yet.
    fn seal(&self, script: &Candidate<'_>) -> Seal {
        let Some(pending) = &self.pending else {
            return script.seal;
        };
        let name = script.path.file_name().unwrap_or_default().to_string_lossy();
        if pending.contains(&*name) { Seal::Draft } else { Seal::Sealed }
    }
}

/// What is wrong with a statement: the byte offset in it, and what.
type Found = Option<(usize, FaultKind)>;

/// The faults of one script, as far as they are told, and what may be dangerous in it. Called on a thread of
/// [`guarded::map`].
fn check(script: &Candidate<'_>) -> (Vec<Fault>, Findings) {
    let remarks = script.script.remarks.iter().filter(|remark| remark.kind == RemarkKind::Unchecked);
    let unchecked: BTreeSet<usize> = remarks.map(|remark| remark.statement).collect();
    let mode = Mode { is_transactional: script.script.is_transactional(), is_down: script.is_down };
    let mut examiner = Examiner::new(mode);
    let mut found = Vec::new();
    let mut heads = BTreeSet::new();
    for (at, range) in script.script.statements.iter().enumerate().filter(|(at, _)| !unchecked.contains(at)) {
        let sql = &script.text[range.clone()];
        let text = if examiner.reads_values() { Shortened::whole(sql) } else { Shortened::of(sql) };
        if text.head.is_some_and(|head| heads.contains(head)) {
            continue;
        }
        let at_semicolon = script.text[range.end..].starts_with(';');
        let examine = |tree: &Tree| examiner.statement(at, range.start, text.gap, tree);
        if let Some((offset, kind)) = check_sql(&text, at_semicolon, examine) {
            found.push((range.start + offset, kind));
        } else {
            heads.extend(text.head);
        }
    }
    let more = found.len().saturating_sub(MAX_FAULTS);
    let told = found.into_iter().take(MAX_FAULTS);
    let mut faults: Vec<Fault> = told.map(|(offset, kind)| script.fault(offset, kind)).collect();
    if more > 0 {
        faults.push(script.fault_of_file(FaultKind::More(more)));
    }
    (faults, examiner.finish())
}

const TOO_DEEP: &str = "it nests too deeply for the parser";
const NO_THREAD: &str = "there is no memory for a thread with the parser's stack";
const BROKEN: &str = "the parser breaks down on it, which is a fault of the parser's";

/// What is right is examined.
fn check_sql(sql: &Shortened<'_>, at_semicolon: bool, examine: impl FnOnce(&Tree)) -> Found {
    match guarded::caught(|| grammar::parse(&sql.text).map(|tree| examine(&tree))) {
        Some(Ok(())) => None,
        Some(Err(Refused::NotSql(fault))) => {
            let kind =
                FaultKind::Syntax { message: fault.message(at_semicolon), advice: fault.advice.clone() };
            Some((sql.gap.in_statement(fault.offset), kind))
        }
        Some(Err(Refused::TooDeep)) => Some((0, FaultKind::Uncheckable(TOO_DEEP.to_owned()))),
        None => Some((0, FaultKind::Uncheckable(BROKEN.to_owned()))),
    }
}

/// What is wrong with the syntax of one statement, if something is: where, and what.
pub(crate) fn syntax_fault(sql: &str) -> Option<(usize, String)> {
    let found = guarded::map(&[sql], |sql| check_sql(&Shortened::of(sql), false, |_| ()))
        .pop()
        .flatten()
        .flatten()?;
    Some((found.0, found.1.to_string()))
}

#[cfg(test)]
mod tests {
    use std::fs;

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
        for text in ["(", "DECLARE c CURSOR FOR ", "SELECT CASE WHEN a.end THEN "] {
            check_uncheckable(&many(text));
        }
        check_uncheckable(&format!("SELECT * FROM a{}", many(" JOIN a")));
        // As long as it is, it would overflow any stack.
        check_uncheckable(&format!("SELECT 1{}", many(" + 1").repeat(20)));
        // This takes a time that grows with its square.
        check_uncheckable(&format!("SELECT 1{}", many("+1")));
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

    #[test]
    fn rows_that_are_not_parsed_hide_nothing() {
        let rows = "(1, 'a'), ".repeat(5000);
        let first = "INSERT INTO t VALUES ";
        for tail in [
            "(1, 'a')",
            "(now(), 'a')",
            "(1, 'a') ON CONFLICT DO NOTHING",
            "(1, 'a') RETURNIN b",
            "(1, 2, ), (3)",
            "(1) (2)",
            "(1, 'a'),",
            "(1, 'a'), (SELEC 1)",
        ] {
            let expected = syntax_fault(&format!("{first}{tail}"));
            let expected = expected.map(|(at, message)| (at + rows.len(), message));
            assert_eq!(syntax_fault(&format!("{first}{rows}{tail}")), expected, "{tail}");
        }
    }

    #[test]
    fn each_insert_that_is_no_sql_is_told() {
        let insert = |columns: &str| format!("INSERT INTO t ({columns}) VALUES (1);\n").repeat(2);
        let text = format!("{}{}{}", insert("a"), insert("a,, b"), insert("a, b"));
        let faults = crate::check_script("0001_a.sql", text).expect_err("faults");
        let lines: Vec<u32> = faults.iter().filter_map(Fault::line).collect();
        assert_eq!(lines, [3, 4]);
    }

    #[test]
    fn what_is_left_of_a_broken_cache_is_not_believed() {
        let folder = tempfile::tempdir().expect("a folder");
        let artifacts = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("a file");
        write("0001_a.sql", "DROP TABLE a;\nALTER TABLE b ALTER c SET NOT NULL;");
        let load = || crate::load_cached(folder.path(), artifacts.path());
        assert!(load().is_ok());
        let entry = fs::read_dir(artifacts.path()).expect("a folder").next().expect("a cache");
        let cache = entry.expect("a cache").path();
        let text = fs::read(&cache).expect("a cache");
        write("migrate.toml", "[lints]\nwarnings = \"deny\"");
        let faults = crate::load(folder.path()).err();
        for at in 0..text.len() {
            fs::write(&cache, &text[..at]).expect("a file");
            assert_eq!(load().err(), faults, "{at}");
        }
    }

    #[test]
    fn a_broken_script_that_was_sealed_is_not_remembered_as_sound() {
        let folder = tempfile::tempdir().expect("a folder");
        let artifacts = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("0001_a.sql"), "CREAT TABLE a (b int);").expect("a file");
        migrate_source::seal(folder.path()).expect("no fault of its own");
        let load = || crate::load_cached(folder.path(), artifacts.path());
        assert!(load().is_ok());
        fs::remove_file(folder.path().join(migrate_source::LOCK_FILE)).expect("a file");
        assert!(load().is_err());
    }

    #[test]
    fn what_is_remembered_is_denied_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let artifacts = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("a file");
        write("0001_a.sql", "DROP TABLE a;");
        let load = || crate::load_cached(folder.path(), artifacts.path());
        assert!(load().is_ok());
        write("migrate.toml", "[lints]\ndrop-table = \"deny\"");
        let faults = load().expect_err("a fault");
        assert!(matches!(
            faults.iter().next().map(Fault::kind),
            Some(FaultKind::Hazard { lint: "drop-table", .. })
        ));
        assert_eq!(Some(faults), crate::load(folder.path()).err());
        // From here on it reverts something, which is not remembered of it.
        fs::rename(folder.path().join("0001_a.sql"), folder.path().join("0001_a.down.sql")).expect("a name");
        write("0001_a.up.sql", "SELECT 1;");
        assert!(load().is_ok());
    }
}
