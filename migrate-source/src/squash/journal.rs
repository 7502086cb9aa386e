//! What is to be done, on the disk before anything is: so that what was cut can be finished.
//!
//! Three kinds of lines, an empty one, and behind it the text of the checkpoint: `archive <path>`, `checkpoint <file>`, and
//! `move <file>` for each that goes to the archive. The path is said from the folder of the migrations where the archive is
//! below what that is in: a project that is moved before it is finished takes both along.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::durable;
use crate::name::FileName;
use crate::squash::{SquashError, archive};
pub(super) use crate::unfinished::SQUASH as FILE;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Journal {
    pub(super) archive: PathBuf,
    /// The name of its file.
    pub(super) checkpoint: String,
    pub(super) moved: Vec<String>,
    pub(super) script: String,
}

impl Journal {
    pub(super) fn write(&self, folder: &Path) -> Result<(), SquashError> {
        let path = folder.join(FILE);
        let real =
            folder.canonicalize().map_err(|error| SquashError::Write { path: folder.to_owned(), error })?;
        let text = self.text(&from(&real, &self.archive));
        durable::replace(&path, &text).map_err(|error| SquashError::Write { path, error })
    }

    /// `None`: nothing is left to do.
    pub(super) fn read(folder: &Path) -> Result<Option<Self>, SquashError> {
        let path = folder.join(FILE);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(SquashError::Write { path, error }),
        };
        let mut journal = Self::parse(&text).ok_or_else(|| SquashError::Journal { path: path.clone() })?;
        let real = folder.canonicalize().map(|real| real.join(&journal.archive));
        let real = real.and_then(|archive| archive::real_path(&archive));
        journal.archive = real.map_err(|error| SquashError::Write { path, error })?;
        Ok(Some(journal))
    }

    fn text(&self, archive: &Path) -> String {
        let mut text = format!("archive {}\ncheckpoint {}\n", archive.display(), self.checkpoint);
        text.extend(self.moved.iter().flat_map(|file| ["move ", file, "\n"]));
        text + "\n" + &self.script
    }

    /// Nobody but us writes this file; a line that leads elsewhere is not followed all the same.
    fn parse(text: &str) -> Option<Self> {
        let (head, script) = text.split_once("\n\n")?;
        let (mut archive, mut checkpoint, mut moved) = (None, None, Vec::new());
        for line in head.lines() {
            match line.split_once(' ')? {
                ("archive", path) => archive = Some(PathBuf::from(path)),
                ("checkpoint", file) if FileName::parse(file).is_ok() => checkpoint = Some(file.to_owned()),
                ("move", file) if FileName::parse(file).is_ok() => moved.push(file.to_owned()),
                _ => return None,
            }
        }
        Some(Self { archive: archive?, checkpoint: checkpoint?, moved, script: script.to_owned() })
    }
}

/// How a path is said from a folder, both real: from there where it is below what the folder is in, and otherwise as it is.
fn from(folder: &Path, path: &Path) -> PathBuf {
    let beside = folder.parent().and_then(|above| path.strip_prefix(above).ok());
    beside.map_or_else(|| path.to_owned(), |beside| Path::new("..").join(beside))
}
