//! The scripts that were checked before, with what was found in them: in the target folder, where the next build finds it.
//!
//! A file holds their texts too. That a script is the one that was checked is seen by comparing every byte, which costs
//! less than any hash where nothing is optimised, and cannot be wrong.
//!
//! It saves the time of lexing, hashing and parsing, and nothing depends on it: what cannot be read is as good as empty,
//! and what cannot be written is parsed again.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use migrate_source::{Candidate, Checksum, Mode, ParsedScript, Remark, RemarkKind};

use crate::lint::Findings;
use crate::postgres;
use crate::record::{Fields, Record};
use crate::sources::SOURCES;

/// The file that remembers one folder of migrations. It is read once, when it is first asked.
#[derive(Debug)]
pub(crate) struct Cache {
    file: PathBuf,
    read: OnceCell<Remembered>,
}

/// The parser of trees, which is pinned to this version.
const GRAMMAR: &str = "2.68.0";

/// What stands before all else. What another version of the grammar, the lints or this file wrote is not what this one
/// would write.
fn head() -> String {
    let rules = hash((migrate_source::SOURCES, SOURCES));
    let (package, tables) = (env!("CARGO_PKG_VERSION"), postgres::VERSION.trim());
    format!("migrate-check {package}, squawk {GRAMMAR}, {tables}, rules {rules:016x}\n")
}

/// Tells the files apart that one process writes at once.
static WRITTEN: AtomicUsize = AtomicUsize::new(0);

impl Cache {
    /// The cache of a folder of migrations, in a folder for what a build leaves behind.
    pub(crate) fn of(migrations: &Path, artifacts: &Path) -> Self {
        let file = artifacts.join(format!("migrate-check-{:016x}.cache", hash(migrations)));
        Self { file, read: OnceCell::new() }
    }

    fn read(&self) -> &Remembered {
        self.read.get_or_init(|| fs::read(&self.file).ok().and_then(Remembered::of).unwrap_or_default())
    }

    /// What the file of this name was, if it had this text.
    pub(crate) fn script(&self, file: &str, text: &str) -> Option<ParsedScript> {
        let remembered = self.read();
        let entry = remembered.entry(file, text)?;
        read_script(Fields(&remembered.bytes[entry.script.clone()]), text)
    }

    /// Whether the script is remembered under its name.
    pub(crate) fn holds(&self, script: &Candidate<'_>) -> bool {
        self.read().entry(name(script), script.text).is_some()
    }

    /// What was found in a script that had no fault, under whatever name it had. A down is judged otherwise.
    pub(crate) fn findings(&self, script: &Candidate<'_>) -> Option<Findings> {
        let remembered = self.read();
        let entry = remembered.entry(name(script), script.text).or_else(|| remembered.renamed(script))?;
        Findings::read(Fields(&remembered.bytes[entry.findings.clone()]))
    }

    /// Remembers these, and forgets all others. Several builds may do so at once: the last one wins.
    pub(crate) fn write<'a>(&self, scripts: impl Iterator<Item = (&'a Candidate<'a>, &'a Findings)> + Clone) {
        let mut facts = Record::default();
        for (script, findings) in scripts.clone() {
            facts.text(name(script));
            facts.number(usize::from(script.is_down));
            facts.number(script.text.len());
            facts.bytes(script.script.checksum.as_bytes());
            facts.bytes(&record_of(script.script).0);
            let mut found = Record::default();
            findings.write(&mut found);
            facts.bytes(&found.0);
        }
        let facts = facts.0;
        let mut bytes = head().into_bytes();
        bytes.extend(hash(&*facts).to_le_bytes());
        bytes.extend((facts.len() as u64).to_le_bytes());
        bytes.extend_from_slice(&facts);
        for (script, _) in scripts {
            bytes.extend_from_slice(script.text.as_bytes());
        }
        let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
        let temporary = self.file.with_extension(format!("{}-{number}.tmp", std::process::id()));
        // A file that is half written must never be read.
        if fs::write(&temporary, bytes).is_err() || fs::rename(&temporary, &self.file).is_err() {
            let _ = fs::remove_file(&temporary);
        }
    }
}

fn hash(what: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}

/// The name of the file.
fn name<'a>(script: &Candidate<'a>) -> &'a str {
    script.path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

/// A cache that was read.
#[derive(Debug, Default)]
struct Remembered {
    bytes: Vec<u8>,
    by_name: HashMap<String, Entry>,
    /// The names by checksum; for one that two have, that of one of them.
    by_checksum: OnceCell<HashMap<(Checksum, bool), String>>,
}

/// Where the parts of one script are among the bytes.
#[derive(Debug)]
struct Entry {
    is_down: bool,
    checksum: Checksum,
    script: Range<usize>,
    findings: Range<usize>,
    text: Range<usize>,
}

impl Remembered {
    /// `None`: it is of another version, or not all of it is there. A disk may have been full, or the power cut.
    fn of(bytes: Vec<u8>) -> Option<Self> {
        let mut rest = bytes.strip_prefix(head().as_bytes())?;
        let mut number = || {
            let (number, after) = rest.split_first_chunk()?;
            rest = after;
            Some(u64::from_le_bytes(*number))
        };
        let (hashed, length) = (number()?, usize::try_from(number()?).ok()?);
        let (facts, texts) = rest.split_at_checked(length)?;
        if hash(facts) != hashed {
            return None;
        }
        let (mut text_start, facts_end) = (bytes.len() - texts.len(), bytes.len() - texts.len());
        let mut fields = Fields(facts);
        let mut by_name = HashMap::new();
        while !fields.is_empty() {
            let file = fields.text()?.to_owned();
            let is_down = fields.number()? == 1;
            let text = text_start..text_start.checked_add(fields.number()?)?;
            let checksum = Checksum::from_bytes(fields.bytes()?.try_into().ok()?);
            let mut part = || {
                let length = fields.bytes()?.len();
                let end = facts_end - fields.0.len();
                Some(end - length..end)
            };
            let (script, findings) = (part()?, part()?);
            text_start = text.end;
            by_name.insert(file, Entry { is_down, checksum, script, findings, text });
        }
        (text_start == bytes.len()).then(|| Self { bytes, by_name, by_checksum: OnceCell::new() })
    }

    fn entry(&self, file: &str, text: &str) -> Option<&Entry> {
        self.by_name.get(file).filter(|entry| self.bytes[entry.text.clone()] == *text.as_bytes())
    }

    /// One of another name and the same text.
    fn renamed(&self, script: &Candidate<'_>) -> Option<&Entry> {
        let by_checksum = self.by_checksum.get_or_init(|| {
            let entries = self.by_name.iter();
            entries.map(|(file, entry)| ((entry.checksum, entry.is_down), file.clone())).collect()
        });
        let file = by_checksum.get(&(script.script.checksum, script.is_down))?;
        self.entry(file, script.text)
    }
}

fn record_of(script: &ParsedScript) -> Record {
    let mut record = Record::default();
    record.number(match script.mode {
        Mode::NoTransaction => 0,
        Mode::Transaction => 1,
        Mode::Function => 2,
        Mode::Checkpoint => 3,
    });
    record.bytes(script.checksum.as_bytes());
    record.number(script.remarks.len());
    for remark in &script.remarks {
        record.number(remark.offset);
        record.number(remark.statement);
        record.text(match &remark.kind {
            RemarkKind::Allow { lint } => lint,
            _ => "",
        });
    }
    for range in &script.statements {
        record.range(range);
    }
    record
}

fn read_script(mut fields: Fields<'_>, text: &str) -> Option<ParsedScript> {
    let mode = match fields.number()? {
        0 => Mode::NoTransaction,
        1 => Mode::Transaction,
        2 => Mode::Function,
        3 => Mode::Checkpoint,
        _ => return None,
    };
    let checksum = Checksum::from_bytes(fields.bytes()?.try_into().ok()?);
    let mut remarks = Vec::new();
    for _ in 0..fields.number()? {
        let (offset, statement) = (fields.number()?, fields.number()?);
        let kind = match fields.text()? {
            "" => RemarkKind::Unchecked,
            lint => RemarkKind::Allow { lint: lint.to_owned() },
        };
        remarks.push(Remark { offset, statement, kind });
    }
    let mut statements = Vec::new();
    while !fields.is_empty() {
        let range = fields.range()?;
        text.get(range.clone())?;
        statements.push(range);
    }
    Some(ParsedScript { mode, statements, remarks, checksum })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_found_by_its_name_and_its_text() {
        let artifacts = tempfile::tempdir().expect("a folder");
        let cache = || Cache::of(Path::new("migrations"), artifacts.path());
        let text = "-- migrate: allow drop-table, unused\nDROP TABLE é; SELECT 1";
        let script = ParsedScript {
            mode: Mode::Transaction,
            statements: vec![37..50, 52..text.len()],
            remarks: vec![Remark {
                offset: 0,
                statement: 0,
                kind: RemarkKind::Allow { lint: "drop-table".to_owned() },
            }],
            checksum: Checksum::from_bytes([7; Checksum::LEN]),
        };
        let candidate = |path, text| {
            let seal = migrate_source::Seal::None;
            Candidate {
                path: Path::new(path),
                text,
                script: &script,
                is_down: false,
                seal,
                is_imported: false,
            }
        };
        let findings = Findings::default();
        cache().write([(&candidate("m/0001_a.sql", text), &findings)].into_iter());
        let read = cache();
        assert_eq!(read.script("0001_a.sql", text), Some(script.clone()));
        assert_eq!(read.script("0001_a.sql", &text.replace('é', "ä")), None);
        assert_eq!(read.script("0002_a.sql", text), None);
        let renamed = candidate("0002_a.sql", text);
        assert_eq!((read.holds(&renamed), read.findings(&renamed)), (false, Some(findings)));
        assert_eq!(read.findings(&candidate("0002_a.sql", "DROP TABLE b;")), None);
        assert_eq!(read.findings(&Candidate { is_down: true, ..renamed }), None);
    }

    #[test]
    fn the_grammar_is_the_one_that_is_pinned() {
        let manifest =
            fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml")).expect("a file");
        let pins: Vec<&str> = manifest.lines().filter(|line| line.starts_with("squawk-")).collect();
        assert!(
            pins.len() == 4 && pins.iter().all(|pin| pin.ends_with(&format!("\"={GRAMMAR}\""))),
            "{pins:?}"
        );
    }

    #[test]
    fn a_script_that_does_not_fit_its_text_is_none() {
        let script = ParsedScript {
            mode: Mode::Function,
            statements: vec![0..1, 1..2],
            remarks: Vec::new(),
            checksum: Checksum::from_bytes([0; Checksum::LEN]),
        };
        let record = record_of(&script);
        assert_eq!(read_script(Fields(&record.0), "ab"), Some(script));
        assert_eq!(read_script(Fields(&record.0), "a"), None);
        assert_eq!(read_script(Fields(&record.0), "aé"), None);
    }
}
