//! Renumbering: gives drafts versions behind everything that is sealed, as after a merge. What is in the files stays as it
//! is, and what is sealed keeps its name.

mod decide;
mod error;
mod journal;
mod moves;

use std::path::Path;
use std::time::SystemTime;

pub use decide::Evidence;
pub use error::RenumberError;

use crate::check::Seal;
use crate::fault::{Fault, FaultKind, Faults, VersionStyle};
use crate::folder;
use crate::load;
use crate::lock::{self, Ledger, LockFault};
use crate::named_file::NamedFile;
use crate::select::MigrationName;
use crate::unfinished;
use decide::Known;
use moves::Named;

/// What [`renumber`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Renumbered {
    /// Old and new file names, in the new order. Empty: there was nothing to do.
    pub renamed: Vec<(String, String)>,
    /// The same for what an earlier call began and did not finish.
    pub finished: Vec<(String, String)>,
    /// Whether the folder has a lock file, which says what does not move.
    pub has_lock: bool,
    /// Of a folder with timestamps, the last migration that had another one behind it, by version and description. `None` too
    /// where an earlier call was finished.
    pub last_but_one: Option<String>,
}

/// Gives drafts new versions where one comes before what stays, has its version, or follows a gap: all from that one
/// on, in the order they have. In a sequence these are the next numbers, otherwise the second of now and those after it.
///
/// What is sealed or imported stays, and what the evidence says was there first. A folder without a lock file has no drafts but
/// those that this tells apart.
///
/// `only` names migrations: these are moved behind all others, and those behind them close the gap that they leave in a
/// sequence.
///
/// It can be broken off at any point: what it has set out to do is on the disk before the first file is renamed, and the
/// next call finishes it.
///
/// # Errors
///
/// See [`RenumberError`].
pub fn renumber(
    folder: &Path,
    only: &[MigrationName],
    evidence: &Evidence,
    now: SystemTime,
) -> Result<Renumbered, RenumberError> {
    let _held = unfinished::hold(folder);
    if let Some(fault) = unfinished::of_squash(folder) {
        return Err(Faults::from(fault).into());
    }
    let finished = journal::finish(folder)?;
    let (files, ledger) = read(folder)?;
    let named = named(&files, ledger.is_some(), only, evidence)?;
    let moves = moves::moves(&named, now)?;
    let mut renamed = Vec::new();
    for file in &files {
        if let Some((_, to)) = moves.iter().find(|(from, _)| *from == file.stem()) {
            renamed.push((file.file.clone(), format!("{to}{}", &file.file[file.stem().len()..])));
        }
    }
    if let Some((from, to)) = renamed.iter().find(|(_, to)| files.iter().any(|file| file.file == *to)) {
        return Err(RenumberError::Taken { from: from.clone(), to: to.clone() });
    }
    journal::carry_out(folder, &renamed)?;
    let last_but_one = named
        .iter()
        .rev()
        .nth(1)
        .filter(|named| finished.is_none() && only.is_empty() && named.style == VersionStyle::Timestamp);
    let last_but_one = last_but_one.map(|named| named.stem.to_owned());
    let finished = finished.unwrap_or_default();
    Ok(Renumbered { renamed, finished, has_lock: ledger.is_some(), last_but_one })
}

/// Reads the files that have a version. What is inside them does not matter, unless they are sealed.
fn read(path: &Path) -> Result<(Vec<NamedFile>, Option<Ledger>), Faults> {
    let read = folder::read(path)?;
    let mut faults: Vec<Fault> = read.faults;
    let ledger = read.lock.and_then(|file| Ledger::read(file, &mut faults));
    let named = |file| NamedFile::new(file, ledger.as_ref(), &(), &mut faults);
    let mut files: Vec<NamedFile> = read.files.into_iter().filter_map(named).collect();
    files.retain(|file| !file.is_repeatable());
    let imported = read.import.and_then(|file| load::parse_import(&file, &mut faults));
    let imported = imported.map(|imported| imported.origins).unwrap_or_default();
    for file in &mut files {
        file.is_imported = imported.iter().any(|origin| origin.stem == file.stem());
    }
    files.sort_by(|a, b| a.order().cmp(&b.order()));
    let all_are_known = faults.iter().all(|fault| !fault.kind().is_of_name());
    if let Some(ledger) = &ledger {
        faults.extend(lock::judge(path, ledger, &files, all_are_known));
    }
    faults.retain(|fault| is_in_the_way(fault.kind()));
    Faults::check(faults)?;
    Ok((files, ledger))
}

/// Whether a fault leaves the order of the files unknown.
fn is_in_the_way(kind: &FaultKind) -> bool {
    match kind {
        FaultKind::Lock(LockFault::DraftBesideSealed { .. } | LockFault::DraftBeforeSealed { .. }) => false,
        FaultKind::Lock(_) | FaultKind::More(_) | FaultKind::Import(_) => true,
        kind => kind.is_of_name(),
    }
}

/// A migration each, whatever its files, in their order, and whether it moves.
fn named<'a>(
    files: &'a [NamedFile],
    has_lock: bool,
    only: &[MigrationName],
    evidence: &Evidence,
) -> Result<Vec<Named<'a>>, RenumberError> {
    let mut ups: Vec<&NamedFile> = Vec::new();
    for file in files {
        if !ups.iter().any(|up| up.stem() == file.stem()) {
            ups.push(file);
        }
    }
    let has = |stem: &str, is: &dyn Fn(&NamedFile) -> bool| {
        files.iter().any(|file| file.stem() == stem && is(file))
    };
    let is_sealed = |stem: &str| has(stem, &|file| file.seal == Seal::Sealed);
    let is_checkpoint = |stem: &str| has(stem, &NamedFile::is_checkpoint);
    let is_imported = |stem: &str| has(stem, &|file| file.is_imported);
    let known: Vec<Known<'_>> = ups
        .iter()
        .map(|up| Known {
            stem: up.stem(),
            version: up.name.version,
            description: &up.name.description,
            is_fixed: is_sealed(up.stem()) || is_checkpoint(up.stem()) || is_imported(up.stem()),
        })
        .collect();
    // A repeatable migration is not among them, and all others have a style.
    let in_order = |stays: &[bool]| -> Vec<Named<'a>> {
        let named = ups.iter().zip(stays).filter_map(|(up, stays)| {
            let style = up.name.style?;
            Some(Named { stem: up.stem(), version: up.name.version, style, moves: !stays })
        });
        named.collect()
    };
    if only.is_empty() {
        return Ok(in_order(&decide::who_stays(&known, evidence, has_lock)?));
    }
    let stems = known.iter().map(|one| one.stem);
    let chosen = only.iter().map(|name| name.find(stems.clone())).collect::<Result<Vec<_>, _>>()?;
    for one in known.iter().filter(|one| chosen.contains(&one.stem)) {
        let stem = one.stem.to_owned();
        match () {
            () if is_sealed(&stem) => return Err(RenumberError::Sealed { stem }),
            () if is_checkpoint(&stem) => return Err(RenumberError::Checkpoint { stem }),
            () if is_imported(&stem) => return Err(RenumberError::Imported { stem }),
            () => decide::named_may_move(one, &known, evidence)?,
        }
    }
    let mut stays: Vec<bool> = stems.map(|stem| !chosen.contains(&stem)).collect();
    if let Some(gap) = moves::gap(&in_order(&stays)) {
        for (at, one) in
            known.iter().enumerate().skip(gap.behind).filter(|(_, one)| !chosen.contains(&one.stem))
        {
            if one.is_fixed || evidence.knows(one) {
                let (stem, behind) = (known[gap.leaves].stem.to_owned(), one.stem.to_owned());
                return Err(RenumberError::Gap { stem, behind });
            }
            stays[at] = false;
        }
    }
    // Those that close a gap keep their order, and those that are named come behind them.
    let mut named = in_order(&stays);
    named.sort_by_key(|named| chosen.contains(&named.stem));
    Ok(named)
}

#[cfg(test)]
mod tests;
