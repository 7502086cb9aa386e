//! Whether a command that changes several files of a folder was cut there. Until it has ended, the files are not what anybody
//! meant, and nothing is to be concluded from them but that.

use std::fs::File;
use std::path::Path;

use crate::durable;
use crate::fault::{Fault, FaultKind};
use crate::lock::LOCK_FILE;
use crate::name::FileName;

/// What `squash` has set out to do. Whoever loads the folder leaves it alone because of the point in front.
pub(crate) const SQUASH: &str = ".migrate.squash";

/// The same of `renumber`.
pub(crate) const RENUMBER: &str = ".migrate.renumber";

/// The same of `create` and `generate`.
pub(crate) const CREATE: &str = ".migrate.create";

/// The fault that a folder has then, which is its only one.
pub(crate) fn fault(folder: &Path) -> Option<Fault> {
    of_squash(folder)
        .or_else(|| of(folder, RENUMBER, FaultKind::RenumberUnfinished))
        .or_else(|| of(folder, CREATE, FaultKind::CreateUnfinished))
}

/// Holds a folder as [`durable::hold`] does, and removes what a killed process has left there of a file that it did not finish.
/// The copies that an unfinished squash has made are its own.
pub(crate) fn hold(folder: &Path) -> Option<File> {
    let held = durable::hold(folder)?;
    let is_written =
        |name: &str| [SQUASH, RENUMBER, CREATE, LOCK_FILE].contains(&name) || FileName::parse(name).is_ok();
    durable::remove_left_over(folder, is_written);
    Some(held)
}

pub(crate) fn of_squash(folder: &Path) -> Option<Fault> {
    of(folder, SQUASH, FaultKind::SquashUnfinished)
}

fn of(folder: &Path, journal: &str, kind: FaultKind) -> Option<Fault> {
    let path = folder.join(journal);
    path.symlink_metadata().is_ok().then(|| Fault::of_file(path, kind))
}
