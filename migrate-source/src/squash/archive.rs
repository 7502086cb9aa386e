//! Where the squashed migrations go.

use std::io;
use std::path::{Component, Path, PathBuf};

use crate::folder;
use crate::squash::SquashError;

/// A folder that is not there yet, or is empty.
#[derive(Debug)]
pub(super) struct Archive {
    /// Whatever the current folder is: a later run, from another one, finishes what this one began.
    pub(super) path: PathBuf,
    /// As messages name it.
    pub(super) shown: PathBuf,
    /// As the checkpoint names it, where it can be said from the folder of the migrations.
    pub(super) from_folder: PathBuf,
}

impl Archive {
    /// The folder that is named, or the default one for a version.
    ///
    /// # Errors
    ///
    /// It is inside the folder of the migrations, it has something in it, or it has a name that cannot be written down.
    pub(super) fn of(folder: &Path, digits: &str, named: Option<&Path>) -> Result<Self, SquashError> {
        let failed = |error| SquashError::Write { path: folder.to_owned(), error };
        let real = folder.canonicalize().map_err(failed)?;
        let (shown, from_folder) = if let Some(named) = named {
            (named.to_owned(), named.to_owned())
        } else {
            let name = real.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let beside = Path::new(&format!("{name}-archive")).join(digits);
            // `..` and `.` have no name to replace.
            let above = if folder.file_name().is_some() { folder.parent() } else { real.parent() };
            (above.unwrap_or(Path::new("")).join(&beside), Path::new("..").join(beside))
        };
        let path = real_path(&shown).map_err(failed)?;
        let is_plain = path.to_str().is_some_and(|path| !path.contains(char::is_control));
        if !is_plain {
            return Err(SquashError::ArchiveName);
        }
        if path.starts_with(&real) {
            return Err(SquashError::ArchiveInside { path: shown });
        }
        let archive = Self { path, shown, from_folder };
        archive.is_free().map(|()| archive)
    }

    /// Whether nothing is there.
    ///
    /// # Errors
    ///
    /// Something is.
    pub(super) fn is_free(&self) -> Result<(), SquashError> {
        match folder::is_empty(&self.path) {
            Ok(true) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Ok(false) => Err(SquashError::ArchiveTaken { path: self.shown.clone() }),
            Err(error) => Err(SquashError::Write { path: self.shown.clone(), error }),
        }
    }
}

/// Where a path leads that may not be there yet.
pub(super) fn real_path(path: &Path) -> io::Result<PathBuf> {
    let path = std::path::absolute(path)?;
    for (steps, above) in path.ancestors().enumerate() {
        let Ok(mut real) = above.canonicalize() else { continue };
        for part in path.components().skip(path.components().count() - steps) {
            // Of what is not there, no link leads elsewhere.
            if part == Component::ParentDir {
                real.pop();
            } else {
                real.push(part);
            }
        }
        return Ok(real);
    }
    Ok(path)
}
