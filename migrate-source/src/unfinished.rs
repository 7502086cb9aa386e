//! Whether a command that changes several files of a folder was cut there. Until it has ended, the files are not what anybody
//! meant, and nothing is to be concluded from them but that.

use std::path::Path;

use crate::fault::{Fault, FaultKind};

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

pub(crate) fn of_squash(folder: &Path) -> Option<Fault> {
    of(folder, SQUASH, FaultKind::SquashUnfinished)
}

fn of(folder: &Path, journal: &str, kind: FaultKind) -> Option<Fault> {
    let path = folder.join(journal);
    path.symlink_metadata().is_ok().then(|| Fault::of_file(path, kind))
}
