//! Renumbering: gives drafts versions behind everything that is sealed, as after a merge. What is in the files stays as it
//! is, and what is sealed keeps its name.

mod error;
mod journal;
mod moves;

use std::path::Path;
use std::time::SystemTime;

pub use error::RenumberError;

use crate::check::Seal;
use crate::durable;
use crate::fault::{Fault, FaultKind, Faults};
use crate::folder;
use crate::lock::{self, Ledger, LockFault};
use crate::name;
use crate::named_file::NamedFile;
use crate::unfinished;
use moves::Named;

/// What [`renumber`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Renumbered {
    /// Old and new file names, in the new order. Empty: there was nothing to do.
    pub renamed: Vec<(String, String)>,
    /// The same for what an earlier call began and did not finish.
    pub finished: Vec<(String, String)>,
}

/// Gives drafts new versions where one comes before what is sealed, has its version, or follows a gap: all from that one
/// on, in the order they have. In a sequence these are the next numbers, otherwise the second of now and those after it.
///
/// `only` names migrations by their stems, such as `0003_b`: these are moved behind all others. A folder without a lock
/// file has no drafts, and nothing in it says which of two migrations was there first: there, one has to be named.
///
/// It can be broken off at any point: what it has set out to do is on the disk before the first file is renamed, and the
/// next call finishes it.
///
/// # Errors
///
/// See [`RenumberError`].
pub fn renumber(folder: &Path, only: &[String], now: SystemTime) -> Result<Renumbered, RenumberError> {
    let _held = durable::hold(folder);
    if let Some(fault) = unfinished::of_squash(folder) {
        return Err(Faults::from(fault).into());
    }
    let finished = journal::finish(folder)?;
    let (files, ledger) = read(folder)?;
    let moves = moves::moves(&named(&files, ledger.as_ref(), only)?, now)?;
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
    Ok(Renumbered { renamed, finished })
}

/// Reads the files that have a version. What is inside them does not matter, unless they are sealed.
fn read(path: &Path) -> Result<(Vec<NamedFile>, Option<Ledger>), Faults> {
    let read = folder::read(path)?;
    let mut faults: Vec<Fault> = read.faults;
    let ledger = read.lock.and_then(|file| Ledger::read(file, &mut faults));
    let named = |file| NamedFile::new(file, ledger.as_ref(), &(), &mut faults);
    let mut files: Vec<NamedFile> = read.files.into_iter().filter_map(named).collect();
    files.retain(|file| !file.is_repeatable());
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
        FaultKind::Lock(_) | FaultKind::More(_) => true,
        kind => kind.is_of_name(),
    }
}

/// A migration each, whatever its files, and the lines of the ledger.
fn named<'a>(
    files: &'a [NamedFile],
    ledger: Option<&Ledger>,
    only: &[String],
) -> Result<Vec<Named<'a>>, RenumberError> {
    let is_sealed = |stem: &str| files.iter().any(|file| file.stem() == stem && file.seal == Seal::Sealed);
    for stem in only {
        if !files.iter().any(|file| file.stem() == stem) {
            return Err(RenumberError::Unknown { stem: stem.clone() });
        }
        if is_sealed(stem) {
            return Err(RenumberError::Sealed { stem: stem.clone() });
        }
        if files.iter().any(|file| file.stem() == stem && file.is_checkpoint()) {
            return Err(RenumberError::Checkpoint { stem: stem.clone() });
        }
    }
    let mut migrations: Vec<Named<'_>> = Vec::new();
    for file in files {
        let stem = file.stem();
        // A repeatable migration is not among them, and all others have a style.
        let (Some(style), false) = (file.name.style, migrations.iter().any(|named| named.stem == stem))
        else {
            continue;
        };
        let moves = if only.is_empty() {
            ledger.is_some() && !is_sealed(stem) && !file.is_checkpoint()
        } else {
            only.iter().any(|name| name == stem)
        };
        migrations.push(Named { stem, version: file.name.version, style, moves });
    }
    if ledger.is_none() && only.is_empty() {
        let twins = migrations.windows(2).find(|pair| pair[0].version == pair[1].version);
        if let Some([first, second]) = twins {
            let (first, second) = (first.stem.to_owned(), second.stem.to_owned());
            return Err(RenumberError::WhichOne { first, second });
        }
    }
    Ok(migrations)
}

/// The stem that somebody means by a name: `0003_b`, `0003_b.up.sql` or a path to it.
pub fn stem_of(name: &str) -> &str {
    name::stem(name.rsplit(['/', '\\']).next().unwrap_or(name))
}

#[cfg(test)]
mod tests;
