//! Squashing: one checkpoint in the place of the migrations up to a version, which move to an archive. Here are the rules of
//! the files; what SQL the checkpoint has, and that it makes what they made, is for others to know.

mod act;
mod archive;
mod error;
mod journal;
mod resume;

use std::path::{Path, PathBuf};

pub use error::SquashError;

use crate::check::Check;
use crate::checkpoint::{self, HistoryDigest};
use crate::checksum::Checksum;
use crate::create;
use crate::durable;
use crate::fault::Faults;
use crate::folder::{self, Folder, SourceFile};
use crate::load::{self, Loaded};
use crate::lock::Ledger;
use crate::migration::Migration;
use crate::name;
use crate::named_file::NamedFile;
use crate::script::Mode;
use crate::select::MigrationName;
use archive::Archive;
use journal::Journal;

/// What is to be squashed.
#[derive(Clone, Copy, Debug)]
pub struct SquashRequest<'a> {
    /// The last migration that is squashed, whose version the checkpoint gets.
    pub to: &'a MigrationName,
    /// What the checkpoint is called: `checkpoint`.
    pub name: &'a str,
    /// Where the migrations go. `None`: beside their folder, into `<its name>-archive/<version>`.
    pub archive: Option<&'a Path>,
}

/// What [`Squash::carry_out`] did, or [`finish_squash`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Squashed {
    /// The file of the checkpoint.
    pub checkpoint: PathBuf,
    /// The folder in which the migrations are now that it stands for.
    pub archive: PathBuf,
    /// The names of the files that are there.
    pub moved: Vec<String>,
}

/// A folder as it was read, and what is to become of it. Nothing is written.
#[derive(Debug)]
pub struct Squash {
    folder: PathBuf,
    read: Folder,
    loaded: Loaded,
    archive: Archive,
    to: i64,
    /// The file of the checkpoint.
    file: String,
    /// The files that move, in the order of the folder.
    moved: Vec<String>,
    digests: Vec<Checksum>,
}

impl Squash {
    /// Reads a folder, and sees whether what is asked for can be.
    ///
    /// # Errors
    ///
    /// See [`SquashError`].
    pub fn of(folder: &Path, request: &SquashRequest<'_>, check: &dyn Check) -> Result<Self, SquashError> {
        if Journal::read(folder)?.is_some() {
            return Err(SquashError::Unfinished);
        }
        let SquashRequest { to: named, name, archive } = *request;
        let read = folder::read(folder).map_err(Faults::from)?;
        let examined = load::examine_read(folder, read.clone(), check)?;
        examined.is_finished()?;
        let versioned = &examined.files[..examined.files.partition_point(|file| !file.is_repeatable())];
        let to = match (named.find(versioned.iter().map(NamedFile::stem)), named.version()) {
            (Ok(stem), _) => {
                versioned.iter().find(|file| file.stem() == stem).map_or(0, |file| file.name.version)
            }
            (Err(_), Some(version)) => version,
            (Err(error), None) => return Err(error.into()),
        };
        let moved = &versioned[..versioned.partition_point(|file| file.name.version <= to)];
        let Some(last) = moved.last().filter(|last| last.name.version == to) else {
            let newest = versioned.last().map(|newest| newest.stem().to_owned());
            return Err(SquashError::UnknownVersion { version: to, newest });
        };
        may_move(moved, last)?;
        let description = create::description(name)?;
        // The file of the checkpoint could be one of these, or its row be taken for the row of the last that is squashed.
        let mut others = versioned.iter().filter(|file| file.name.version >= to);
        if let Some(taken) = others.find(|file| file.name.description == description) {
            return Err(SquashError::Taken { description, stem: taken.stem().to_owned() });
        }
        let digits = last.stem().split_once('_').map_or("", |(digits, _)| digits);
        let archive = Archive::of(folder, digits, archive)?;
        let (file, moved) = (format!("{digits}_{description}.sql"), names(moved, |_| true));
        let loaded = examined.loaded(folder);
        let digests = digests(loaded.set.iter().take_while(|migration| migration.version() <= to));
        let folder = folder.to_owned();
        Ok(Self { folder, read, loaded, archive, to, file, moved, digests })
    }

    /// The folder as it is.
    pub fn before(&self) -> &Loaded {
        &self.loaded
    }

    /// The version of the checkpoint.
    pub fn version(&self) -> i64 {
        self.to
    }

    /// Version and description of the checkpoint, as in `0003_checkpoint`.
    pub fn stem(&self) -> &str {
        name::stem(&self.file)
    }

    /// Where the migrations go, as messages name it.
    pub fn archive(&self) -> &Path {
        &self.archive.shown
    }

    /// The names of the files that go there.
    pub fn moved(&self) -> &[String] {
        &self.moved
    }

    /// The text of the checkpoint that has these statements.
    pub fn script(&self, statements: &str) -> String {
        let mut squashed = self.loaded.set.iter().take_while(|migration| migration.version() <= self.to);
        let first = squashed.next().map_or("", |migration| migration.stem());
        let last = squashed.last().map_or(first, |migration| migration.stem());
        let digests: Vec<String> = self
            .digests
            .iter()
            .map(|digest| format!("-- migrate: {} {digest}\n", checkpoint::DIRECTIVE))
            .collect();
        format!(
            "{}--\n-- `migrate squash` has put it in the place of {first} to {last}, which are in\n-- {} now. A new \
             database begins with it; one that has those has it already.\n\n{statements}",
            digests.concat(),
            self.archive.from_folder.display(),
        )
    }

    /// The folder as it would be with this checkpoint.
    ///
    /// # Errors
    ///
    /// Every fault that it would have.
    pub fn after(&self, script: &str, check: &dyn Check) -> Result<Loaded, Faults> {
        let mut read = self.read.clone();
        read.files.retain(|file| !self.moved.contains(&file.name));
        let path = self.folder.join(&self.file);
        read.files.push(SourceFile { name: self.file.clone(), path, text: Some(script.to_owned()) });
        read.files.sort_by(|a, b| a.name.cmp(&b.name));
        if let Some(lock) = read.lock.take() {
            let (ledger, source) = ledger(lock)?;
            let text = ledger.squashed(&self.moved, &self.file, Checksum::of(script)).kept;
            read.lock = Some(SourceFile { text: Some(text), ..source });
        }
        Ok(load::examine_read(&self.folder, read, check)?.loaded(&self.folder))
    }

    /// The archive as it would be.
    ///
    /// # Errors
    ///
    /// Every fault that it would have.
    pub fn archived(&self, check: &dyn Check) -> Result<Loaded, Faults> {
        let mut read = self.read.clone();
        let folder = &self.archive.shown;
        read.files.retain(|file| self.moved.contains(&file.name));
        for file in read.files.iter_mut().chain(&mut read.config) {
            file.path = folder.join(&file.name);
        }
        if let Some(lock) = read.lock.take() {
            let (ledger, source) = ledger(lock)?;
            let text = ledger.squashed(&self.moved, &self.file, Checksum::of("")).archived;
            read.lock = Some(SourceFile { path: folder.join(&source.name), text: Some(text), ..source });
        }
        Ok(load::examine_read(folder, read, check)?.loaded(folder))
    }

    /// Writes the checkpoint with this text, and moves the migrations.
    ///
    /// It can be broken off at any point: what it has set out to do is on the disk before the first file is touched, and
    /// [`finish_squash`] does the rest. A file is removed only where its copy is in the archive.
    ///
    /// # Errors
    ///
    /// See [`SquashError`]; the folder is not as it was read.
    pub fn carry_out(&self, script: &str) -> Result<Squashed, SquashError> {
        let _held = durable::hold(&self.folder);
        if folder::read(&self.folder).map_err(Faults::from)? != self.read {
            return Err(SquashError::Changed { folder: self.folder.clone() });
        }
        self.archive.is_free()?;
        let journal = self.journal(script);
        journal.write(&self.folder)?;
        journal.carry_out(&self.folder)
    }

    fn journal(&self, script: &str) -> Journal {
        Journal {
            archive: self.archive.path.clone(),
            checkpoint: self.file.clone(),
            moved: self.moved.clone(),
            script: script.to_owned(),
        }
    }
}

/// Finishes what an earlier [`Squash::carry_out`] has left, if it was cut. Where somebody has worked on the files since, it
/// changes nothing.
///
/// # Errors
///
/// See [`SquashError`].
pub fn finish_squash(folder: &Path) -> Result<Option<Squashed>, SquashError> {
    let held = durable::hold(folder);
    let Some(journal) = Journal::read(folder)? else { return Ok(None) };
    journal.is_as_left(folder)?;
    // Where nobody can be kept away, somebody may be writing.
    if held.is_some() {
        journal.remove_left_over(folder);
    }
    journal.carry_out(folder).map(Some)
}

/// Whether these may be squashed, of which one is the last.
fn may_move(files: &[NamedFile], last: &NamedFile) -> Result<(), SquashError> {
    if files.iter().all(|file| file.stem() == last.stem()) {
        return Err(SquashError::Alone { stem: last.stem().to_owned() });
    }
    let drafts = names(files, NamedFile::is_draft);
    if !drafts.is_empty() {
        return Err(SquashError::Drafts { files: drafts });
    }
    let mode = |file: &NamedFile| file.script.as_ref().map(|script| script.mode);
    let functions = names(files, |file| !file.is_down() && mode(file) == Some(Mode::Function));
    if functions.is_empty() { Ok(()) } else { Err(SquashError::Functions { files: functions }) }
}

fn names(files: &[NamedFile], which: impl Fn(&NamedFile) -> bool) -> Vec<String> {
    files.iter().filter(|file| which(file)).map(|file| file.file.clone()).collect()
}

/// The digests of all histories that lead to the last of these: each that an earlier checkpoint stands for goes on from there.
fn digests<'a>(migrations: impl Iterator<Item = Migration<'a>>) -> Vec<Checksum> {
    let mut histories = vec![HistoryDigest::default()];
    for migration in migrations {
        let tokens = migration.up().tokens_checksum().to_string();
        for history in &mut histories {
            history.add(migration.version(), migration.description(), &tokens);
        }
        histories.extend(migration.up().digests().into_iter().map(HistoryDigest::after));
    }
    histories.into_iter().filter_map(HistoryDigest::so_far).collect()
}

fn ledger(source: SourceFile) -> Result<(Ledger, SourceFile), Faults> {
    let mut faults = Vec::new();
    let ledger = Ledger::read(source.clone(), &mut faults);
    Faults::check(faults)?;
    Ok((ledger.unwrap_or_default(), source))
}

#[cfg(test)]
mod tests;
