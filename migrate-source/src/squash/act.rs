//! What is done on the disk, in acts of which each may be the last before a cut, and each may be done twice.

use std::fs;
use std::io;
use std::path::Path;

use crate::checksum::Checksum;
use crate::config;
use crate::durable;
use crate::folder::SourceFile;
use crate::lock;
use crate::squash::journal::{self, Journal};
use crate::squash::{SquashError, Squashed, ledger};

/// One of the acts, in their order: the archive is whole before anything in the folder is touched, and the checkpoint is there
/// before anything is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act<'j> {
    /// The archive gets a copy of the file.
    Copy(&'j str),
    /// The archive gets the settings.
    Settings,
    /// The archive gets the lines that seal its files.
    ArchiveLedger,
    /// The folder gets the checkpoint.
    Checkpoint,
    /// The ledger seals the checkpoint and no longer what moves.
    Ledger,
    /// The folder loses the file.
    Remove(&'j str),
    /// Nothing is left to do.
    End,
}

impl Journal {
    pub(super) fn acts(&self) -> Vec<Act<'_>> {
        let copies = self.moved.iter().map(|file| Act::Copy(file));
        let between = [Act::Settings, Act::ArchiveLedger, Act::Checkpoint, Act::Ledger];
        let removals = self.moved.iter().map(|file| Act::Remove(file));
        copies.chain(between).chain(removals).chain([Act::End]).collect()
    }

    pub(super) fn carry_out(&self, folder: &Path) -> Result<Squashed, SquashError> {
        durable::create_folder(&self.archive).map_err(|error| failed(&self.archive, error))?;
        for act in self.acts() {
            self.take(folder, act)?;
        }
        Ok(Squashed {
            checkpoint: folder.join(&self.checkpoint),
            archive: self.archive.clone(),
            moved: self.moved.clone(),
        })
    }

    pub(super) fn take(&self, folder: &Path, act: Act<'_>) -> Result<(), SquashError> {
        match act {
            Act::Copy(file) => self.copy(folder, file),
            Act::Settings => {
                let settings = config::SETTINGS_FILE;
                match read(&folder.join(settings))? {
                    Some(text) if read(&self.archive.join(settings))?.is_none() => {
                        create(&self.archive.join(settings), &text)
                    }
                    _ => Ok(()),
                }
            }
            Act::ArchiveLedger => {
                let path = self.archive.join(lock::LOCK_FILE);
                match self.ledger(folder)? {
                    Some((_, split)) if read(&path)?.is_none() => create(&path, &split.archived),
                    _ => Ok(()),
                }
            }
            Act::Checkpoint => replace(&folder.join(&self.checkpoint), &self.script),
            Act::Ledger => match self.ledger(folder)? {
                Some((text, split)) if split.kept != text => {
                    replace(&folder.join(lock::LOCK_FILE), &split.kept)
                }
                _ => Ok(()),
            },
            Act::Remove(file) => {
                let path = folder.join(file);
                durable::remove(&path).map_err(|error| failed(&path, error))
            }
            Act::End => {
                let path = folder.join(journal::FILE);
                durable::remove(&path).map_err(|error| failed(&path, error))
            }
        }
    }

    fn copy(&self, folder: &Path, file: &str) -> Result<(), SquashError> {
        let copy = self.archive.join(file);
        match (read(&folder.join(file))?, read(&copy)?) {
            (Some(text), None) => create(&copy, &text),
            (Some(text), Some(copied)) if text != copied => {
                Err(SquashError::Differs { file: file.to_owned(), copy })
            }
            (None, None) => Err(SquashError::Gone { file: file.to_owned() }),
            // It is copied, or moved.
            _ => Ok(()),
        }
    }

    /// The text of the folder's ledger, if it has one, and what becomes of it.
    fn ledger(&self, folder: &Path) -> Result<Option<(String, lock::Split)>, SquashError> {
        let path = folder.join(lock::LOCK_FILE);
        let Some(text) = read(&path)? else { return Ok(None) };
        let source = SourceFile { name: lock::LOCK_FILE.to_owned(), path, text: Some(text.clone()) };
        let (ledger, _) = ledger(source)?;
        let split = ledger.squashed(&self.moved, &self.checkpoint, Checksum::of(&self.script));
        Ok(Some((text, split)))
    }
}

pub(super) fn read(path: &Path) -> Result<Option<String>, SquashError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(path, error)),
    }
}

fn create(path: &Path, text: &str) -> Result<(), SquashError> {
    durable::create(path, text).map_err(|error| failed(path, error))
}

fn replace(path: &Path, text: &str) -> Result<(), SquashError> {
    durable::replace(path, text).map_err(|error| failed(path, error))
}

fn failed(path: &Path, error: io::Error) -> SquashError {
    SquashError::Write { path: path.to_owned(), error }
}
