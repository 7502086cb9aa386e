//! What is to be renamed, on the disk before the first file is: so that what was cut can be finished.
//!
//! A line a file: old name, space, new name. Both are names of migrations, which have no spaces.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::durable;
use crate::name::FileName;
use crate::renumber::RenumberError;
use crate::unfinished::RENUMBER as FILE;

/// Renames the files.
pub(super) fn carry_out(folder: &Path, renames: &[(String, String)]) -> Result<(), RenumberError> {
    if renames.is_empty() {
        return Ok(());
    }
    let path = folder.join(FILE);
    durable::replace(&path, &lines(renames)).map_err(|error| failed(&path, error))?;
    rename(folder, renames).map(|_| ())
}

pub(super) fn lines(renames: &[(String, String)]) -> String {
    renames.iter().flat_map(|(from, to)| [from, " ", to, "\n"]).collect()
}

/// Finishes what was cut, and says what that was. `None`: nothing was cut.
pub(super) fn finish(folder: &Path) -> Result<Option<Vec<(String, String)>>, RenumberError> {
    let path = folder.join(FILE);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(&path, error)),
    };
    let renames: Option<Vec<_>> = text.lines().map(parse).collect();
    rename(folder, &renames.ok_or(RenumberError::Journal { path })?).map(Some)
}

/// Nobody but us writes this file; a line that leads elsewhere is not followed all the same.
fn parse(line: &str) -> Option<(String, String)> {
    let (from, to) = line.split_once(' ')?;
    let is_migration = |name| FileName::parse(name).is_ok();
    (is_migration(from) && is_migration(to)).then(|| (from.to_owned(), to.to_owned()))
}

/// Renames what is not renamed yet.
fn rename(folder: &Path, renames: &[(String, String)]) -> Result<Vec<(String, String)>, RenumberError> {
    let mut renamed = Vec::new();
    for (from, to) in renames {
        let (old, new) = (folder.join(from), folder.join(to));
        match (old.symlink_metadata().is_ok(), new.symlink_metadata().is_ok()) {
            (true, true) => return Err(RenumberError::Both { from: from.clone(), to: to.clone() }),
            (true, false) => {
                durable::rename(&old, &new).map_err(|error| failed(&old, error))?;
                renamed.push((from.clone(), to.clone()));
            }
            // It is done, or somebody has removed the file since.
            (false, _) => {}
        }
    }
    let path = folder.join(FILE);
    durable::remove(&path).map_err(|error| failed(&path, error))?;
    Ok(renamed)
}

fn failed(path: &Path, error: io::Error) -> RenumberError {
    RenumberError::Write { path: PathBuf::from(path), error }
}
