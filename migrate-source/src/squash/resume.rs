//! Whether a folder is as a cut has left it: what was begun is not finished over what somebody has done since.

use std::path::Path;

use crate::checksum::Checksum;
use crate::config;
use crate::durable;
use crate::folder::{self, SourceFile};
use crate::lock;
use crate::name::FileName;
use crate::squash::act::read;
use crate::squash::journal::{self, Journal};
use crate::squash::{SquashError, ledger};

impl Journal {
    /// Nothing is written. The acts have an order, and so it is known which files can be gone.
    pub(super) fn is_as_left(&self, folder: &Path) -> Result<(), SquashError> {
        self.has_no_stranger(folder)?;
        let checkpoint = read(&folder.join(&self.checkpoint))?;
        if checkpoint.as_ref().is_some_and(|text| *text != self.script) {
            return Err(SquashError::Edited { file: self.checkpoint.clone() });
        }
        let path = folder.join(lock::LOCK_FILE);
        let ledger = match read(&path)? {
            Some(text) => ledger(SourceFile { name: lock::LOCK_FILE.to_owned(), path, text: Some(text) })?.0,
            None => lock::Ledger::default(),
        };
        let mut all_before_are_removed = checkpoint.is_some();
        for file in &self.moved {
            let copy = self.archive.join(file);
            match (read(&folder.join(file))?, read(&copy)?) {
                (Some(text), Some(copied)) if text != copied => {
                    return Err(SquashError::Differs { file: file.clone(), copy });
                }
                (Some(text), _) => {
                    if ledger.checksum(file).is_some_and(|sealed| sealed != Checksum::of(&text)) {
                        return Err(SquashError::Edited { file: file.clone() });
                    }
                    all_before_are_removed = false;
                }
                (None, Some(_)) if all_before_are_removed => {}
                (None, _) => return Err(SquashError::Gone { file: file.clone() }),
            }
        }
        Ok(())
    }

    /// Removes the files that were not yet in their place when their process was killed. The folder is held.
    pub(super) fn remove_left_over(&self, folder: &Path) {
        let written = [&*self.checkpoint, lock::LOCK_FILE, journal::FILE];
        durable::remove_left_over(folder, |name| written.contains(&name));
        if let Some(_held) = durable::hold(&self.archive) {
            let moved = self.moved.iter().map(String::as_str);
            let copied: Vec<&str> = moved.chain([config::SETTINGS_FILE, lock::LOCK_FILE]).collect();
            durable::remove_left_over(&self.archive, |name| copied.contains(&name));
        }
    }

    /// Such as what moves, under another name.
    fn has_no_stranger(&self, folder: &Path) -> Result<(), SquashError> {
        let parse = |file: &str| FileName::parse(file).ok().filter(|name| name.style.is_some());
        let last = parse(&self.checkpoint).map_or(i64::MAX, |name| name.version);
        let known: Vec<FileName> = self.moved.iter().filter_map(|file| parse(file)).collect();
        for file in folder::glance(folder, usize::MAX).unwrap_or_default().into_keys() {
            let Some(name) = parse(&file) else { continue };
            if file == self.checkpoint || self.moved.contains(&file) {
                continue;
            }
            let was = known
                .iter()
                .position(|known| known.description == name.description && known.direction == name.direction);
            if was.is_some() || name.version <= last {
                let was = was.map(|at| self.moved[at].clone());
                return Err(SquashError::Stranger { file, was });
            }
        }
        Ok(())
    }
}
