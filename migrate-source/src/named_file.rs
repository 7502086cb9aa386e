//! A file whose name is right: its script, its checksum, and what it is to the lock file.

use std::path::{Path, PathBuf};

use crate::check::{Candidate, Check, Seal};
use crate::checkpoint;
use crate::checksum::Checksum;
use crate::fault::{Fault, FaultKind};
use crate::folder::SourceFile;
use crate::lock::Ledger;
use crate::name::{self, Direction, FileName};
use crate::script::{self, Mode, ParsedScript};
use crate::set::strip_byte_order_mark;

/// A file whose name is right, whatever its content.
pub(crate) struct NamedFile {
    pub(crate) file: String,
    pub(crate) path: PathBuf,
    pub(crate) name: FileName,
    pub(crate) text: String,
    /// `None`: the script has faults, or no statement yet.
    pub(crate) script: Option<ParsedScript>,
    /// That it has no statement, where that is all that is wrong with it.
    pub(crate) empty: Option<Fault>,
    /// Of a script with faults too. `None`: it could not be read.
    pub(crate) checksum: Option<Checksum>,
    pub(crate) seal: Seal,
    /// It comes from another tool's folder.
    pub(crate) is_imported: bool,
}

impl NamedFile {
    /// `None` where the name is at fault, which keeps the other rules from drawing conclusions from it.
    pub(crate) fn new(
        source: SourceFile,
        ledger: Option<&Ledger>,
        check: &dyn Check,
        faults: &mut Vec<Fault>,
    ) -> Option<Self> {
        let name = FileName::parse(&source.name);
        let direction = name.as_ref().map_or(Direction::Forward, |name| name.direction);
        let mut empty = None;
        let script = source.text.as_deref().and_then(|text| {
            let known = check.recall(&source.name, strip_byte_order_mark(text));
            let parsed = known.map_or_else(|| parse_script(&source.path, text, direction), Ok);
            parsed
                .map_err(|mut found| match &*found {
                    [fault] if *fault.kind() == FaultKind::NoStatement => empty = found.pop(),
                    _ => faults.extend(found),
                })
                .ok()
        });
        let checksum = match &script {
            Some(script) => Some(script.checksum),
            None => source.text.as_deref().map(Checksum::of),
        };
        let seal = match ledger {
            Some(ledger) if direction != Direction::Repeatable => {
                if ledger.seals(&source.name) {
                    Seal::Sealed
                } else {
                    Seal::Draft
                }
            }
            _ => Seal::None,
        };
        let SourceFile { name: file, path, text } = source;
        let text = text.unwrap_or_default();
        match name {
            Ok(name) => {
                Some(Self { file, path, name, text, script, empty, checksum, seal, is_imported: false })
            }
            Err(fault) => {
                faults.extend(empty);
                let proposal = name::propose(&file, &fault);
                faults.push(Fault::of_file(path, FaultKind::Name(fault, proposal)));
                None
            }
        }
    }

    pub(crate) fn is_draft(&self) -> bool {
        self.seal == Seal::Draft
    }

    /// Whether it has no statement yet, and may still be given one.
    pub(crate) fn is_unfinished(&self) -> bool {
        self.empty.is_some() && self.seal != Seal::Sealed && !self.is_checkpoint()
    }

    /// The repeatable ones last; ups before downs; then by name, so that of two duplicates always the same one comes
    /// first.
    pub(crate) fn order(&self) -> (bool, i64, bool, &str) {
        (self.is_repeatable(), self.name.version, self.is_down(), &self.file)
    }

    pub(crate) fn is_repeatable(&self) -> bool {
        self.name.direction == Direction::Repeatable
    }

    pub(crate) fn is_down(&self) -> bool {
        self.name.direction == Direction::Down
    }

    /// Whether it is a step of its own: neither a down nor repeatable.
    pub(crate) fn is_versioned_up(&self) -> bool {
        !self.is_down() && !self.is_repeatable()
    }

    /// Whether it stands for others, or was meant to: one that is broken has a fault that says so.
    pub(crate) fn is_checkpoint(&self) -> bool {
        match &self.script {
            Some(script) => script.mode == Mode::Checkpoint,
            None => checkpoint::is_meant_by(&self.text),
        }
    }

    /// Version and description as the file name has them.
    pub(crate) fn stem(&self) -> &str {
        name::stem(&self.file)
    }

    pub(crate) fn candidate(&self) -> Option<Candidate<'_>> {
        let script = self.script.as_ref()?;
        Some(Candidate {
            path: &self.path,
            text: strip_byte_order_mark(&self.text),
            script,
            is_down: self.is_down(),
            seal: self.seal,
            is_imported: self.is_imported,
        })
    }

    pub(crate) fn fault(&self, kind: FaultKind) -> Fault {
        Fault::of_file(self.path.clone(), kind)
    }
}

/// Parses a script as its file has it, with a byte order mark or without.
///
/// # Errors
///
/// Every fault, in the order of the text.
pub(crate) fn parse_script(
    path: &Path,
    text: &str,
    direction: Direction,
) -> Result<ParsedScript, Vec<Fault>> {
    let text = strip_byte_order_mark(text);
    let fault = |(at, kind)| match kind {
        FaultKind::NoStatement | FaultKind::More(_) => Fault::of_file(path.to_owned(), kind),
        kind => Fault::in_text(path.to_owned(), text, at, kind),
    };
    script::parse(text, direction).map_err(|found| found.into_iter().map(fault).collect())
}
