//! Creating: the files of a new migration, named as the folder names its own. Nothing that is there is overwritten.

mod describe;
mod error;
mod journal;
mod template;
mod version;

use std::path::{Path, PathBuf};
use std::time::SystemTime;

pub use error::CreateError;

use crate::check::Check;
use crate::config::{self, Config};
use crate::durable;
use crate::fault::{Fault, FaultKind, Faults, VersionStyle};
use crate::folder::{self, Folder, SourceFile};
use crate::load;
use crate::lock::{self, Ledger};
use crate::name::{Direction, FileName};
use crate::set::MigrationSet;
use crate::unfinished;
use version::Named;

/// What a new migration shall be.
#[derive(Clone, Copy, Debug)]
pub struct Outline<'a> {
    /// What it does, in words: `Add Users` or `add_users`.
    pub name: &'a str,
    /// `None`: as the folder does, and where there is no other migration, as `versions` in `migrate.toml` says, or a
    /// timestamp.
    pub style: Option<VersionStyle>,
    /// `None`: as the folder does, and with a down where there is no other migration.
    pub shape: Option<Shape>,
}

/// Of which files a migration consists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shape {
    /// `.up.sql` and `.down.sql`.
    WithDown,
    /// `.sql`: there is no way back.
    ForwardOnly,
    /// `R_….sql`: runs again whenever it changes.
    Repeatable,
}

/// What [`create`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Created {
    /// Version and description as the files have them: `0001_add_users`.
    pub stem: String,
    /// The files, the up first.
    pub files: Vec<PathBuf>,
    /// The file that was given the time of now, because the macro tracks it and so sees that there is a new one. `None`:
    /// the folder has none, and a build does not see the new migration until something else changes.
    pub touched: Option<PathBuf>,
    /// The file whose timestamp is much later than now, and behind which the new one is put by a second.
    pub behind: Option<String>,
}

/// Writes the files of a new migration, with comments and without a statement: until there is one, it is left out of what
/// is applied.
///
/// # Errors
///
/// See [`CreateError`]. Then there is no new file.
pub fn create(folder: &Path, outline: &Outline<'_>, now: SystemTime) -> Result<Created, CreateError> {
    let _held = unfinished::hold(folder);
    let mut new = New::in_folder(folder::read(folder).map_err(Faults::from)?)?;
    new.add(outline, None, now)?;
    let mut created = new.write(folder)?;
    Ok(created.remove(0))
}

/// The description that a name becomes.
///
/// # Errors
///
/// [`CreateError::Name`].
pub(crate) fn description(name: &str) -> Result<String, CreateError> {
    Ok(describe::words(name)?.join("_"))
}

/// A new migration with its statements.
#[derive(Clone, Copy, Debug)]
pub struct Content<'a> {
    /// What it does, in words: `Add Users` or `add_users`.
    pub name: &'a str,
    /// The SQL of the way there.
    pub up: &'a str,
    /// The SQL of the way back, in which there may be nothing to do; it is left out where the folder has no downs. `None`:
    /// there is no way back.
    pub down: Option<&'a str>,
}

/// Writes the files of new migrations, one after the other: all of them, or none. The folder as it will be is checked
/// before.
///
/// `planned` is the folder that they were planned on: where it has other migrations by now, nothing is written, since the new
/// ones could make a change once more.
///
/// It can be broken off at any point: what it has set out to write is on the disk before the first file is, and
/// [`finish_create`] writes the rest.
///
/// # Errors
///
/// See [`CreateError`]; of faults, those that the folder would have. Then there is no new file.
pub fn create_all(
    folder: &Path,
    contents: &[Content<'_>],
    planned: &MigrationSet,
    check: &dyn Check,
    now: SystemTime,
) -> Result<Vec<Created>, CreateError> {
    let _held = unfinished::hold(folder);
    let read = folder::read(folder).map_err(Faults::from)?;
    if !is_as_planned(folder, &read, planned)? {
        return Err(CreateError::Changed { folder: folder.to_owned() });
    }
    let mut new = New::in_folder(read.clone())?;
    for content in contents {
        let shape = content.down.is_none().then_some(Shape::ForwardOnly);
        new.add(&Outline { name: content.name, style: None, shape }, Some(content), now)?;
    }
    let mut after = read;
    after.files.extend(new.files().map(|(name, text)| SourceFile {
        name: name.clone(),
        path: folder.join(name),
        text: Some(text.clone()),
    }));
    after.files.sort_by(|a, b| a.name.cmp(&b.name));
    load::examine_read(folder, after, check)?;
    new.write(folder)
}

/// Whether a folder has the migrations that were planned on, to the byte.
fn is_as_planned(folder: &Path, read: &Folder, planned: &MigrationSet) -> Result<bool, Faults> {
    if read.files.is_empty() {
        return Ok(planned.is_empty());
    }
    let there = load::examine_read(folder, read.clone(), &())?.loaded(folder);
    let set = there.set.in_folder(planned.folder().to_owned());
    Ok(there.unfinished.is_empty() && set == *planned)
}

/// Writes the files that an earlier [`create`] or [`create_all`] has left to write, if it was cut, and says which these are.
/// `None`: none was cut.
///
/// # Errors
///
/// [`CreateError::Write`], [`CreateError::Journal`].
pub fn finish_create(folder: &Path) -> Result<Option<Vec<PathBuf>>, CreateError> {
    if !folder.join(unfinished::CREATE).exists() {
        return Ok(None);
    }
    let _held = unfinished::hold(folder);
    journal::finish(folder)
}

/// The migrations that are to be written into a folder.
struct New {
    there: Neighbours,
    planned: Vec<Planned>,
}

struct Planned {
    stem: String,
    files: Vec<(String, String)>,
    behind: Option<String>,
}

impl New {
    fn in_folder(read: Folder) -> Result<Self, Faults> {
        Ok(Self { there: Neighbours::of(read)?, planned: Vec::new() })
    }

    /// One more, behind the others.
    fn add(
        &mut self,
        outline: &Outline<'_>,
        content: Option<&Content<'_>>,
        now: SystemTime,
    ) -> Result<(), CreateError> {
        let words = describe::words(outline.name)?;
        let description = words.join("_");
        let shape = shape(outline.shape, &self.there)?;
        let taken = self.there.names.iter().find(|(_, name)| {
            name.description == description
                && (shape == Shape::Repeatable) == (name.direction == Direction::Repeatable)
        });
        if let Some((file, _)) = taken {
            let stem = crate::name::stem(file).to_owned();
            return Err(CreateError::DescriptionTaken { description, stem });
        }
        let (prefix, behind) = if shape == Shape::Repeatable {
            ("R".to_owned(), None)
        } else {
            let of_first = self.there.config.versions.unwrap_or(VersionStyle::Timestamp);
            let next = version::next(&self.there.versioned(), outline.style, of_first, now)?;
            (next.digits, next.behind)
        };
        let stem = format!("{prefix}_{description}");
        let mut files = template::texts(shape, &stem, &words);
        if let Some(content) = content {
            let down = content.down.map(|down| template::down_of(&stem, down)).unwrap_or_default();
            for ((_, text), written) in files.iter_mut().zip([content.up.to_owned(), down]) {
                *text = written;
            }
        }
        for (file, _) in &files {
            let name = FileName::parse(file);
            self.there.names.extend(name.into_iter().map(|name| (file.clone(), name)));
        }
        self.planned.push(Planned { stem, files, behind });
        Ok(())
    }

    fn files(&self) -> impl Iterator<Item = &(String, String)> {
        self.planned.iter().flat_map(|planned| &planned.files)
    }

    fn write(self, folder: &Path) -> Result<Vec<Created>, CreateError> {
        let files: Vec<_> = self.files().cloned().collect();
        journal::carry_out(folder, &files)?;
        let tracked = [lock::LOCK_FILE, config::SETTINGS_FILE].map(|file| folder.join(file));
        // A file that cannot be touched is no reason to say that nothing was created.
        let touched = tracked.into_iter().find(|file| file.is_file() && durable::touch(file).is_ok());
        let created = |planned: Planned| Created {
            stem: planned.stem,
            files: planned.files.iter().map(|(file, _)| folder.join(file)).collect(),
            touched: touched.clone(),
            behind: planned.behind,
        };
        Ok(self.planned.into_iter().map(created).collect())
    }
}

/// What a new migration is named after.
struct Neighbours {
    names: Vec<(String, FileName)>,
    /// Of the ledger, whose files may be missing.
    sealed: Vec<(String, FileName)>,
    config: Config,
}

impl Neighbours {
    /// What is there. What is inside the migrations does not matter, so that one can be created before the last one is
    /// finished.
    fn of(read: Folder) -> Result<Self, Faults> {
        let mut faults: Vec<Fault> =
            read.faults.into_iter().filter(|fault| fault.kind().is_of_name()).collect();
        let config = read.config.and_then(|file| {
            let text = file.text.as_deref()?;
            let in_text = |(at, kind)| Fault::in_text(file.path.clone(), text, at, kind);
            config::parse(text).map_err(|found| faults.extend(found.into_iter().map(in_text))).ok()
        });
        let ledger = read.lock.and_then(|file| Ledger::read(file, &mut faults)).unwrap_or_default();
        let mut names = Vec::new();
        for file in read.files {
            match FileName::parse(&file.name) {
                Ok(name) => names.push((file.name, name)),
                Err(fault) => {
                    let proposal = crate::name::propose(&file.name, &fault);
                    faults.push(Fault::of_file(file.path, FaultKind::Name(fault, proposal)));
                }
            }
        }
        Faults::check(faults)?;
        Ok(Self { names, sealed: ledger.into_names(), config: config.unwrap_or_default() })
    }

    fn versioned(&self) -> Vec<Named<'_>> {
        let all = self.names.iter().chain(&self.sealed);
        all.filter_map(|(file, name)| Some(Named { file, version: name.version, style: name.style? }))
            .collect()
    }
}

fn shape(wanted: Option<Shape>, read: &Neighbours) -> Result<Shape, CreateError> {
    let has = |direction| read.names.iter().any(|(_, name)| name.direction == direction);
    match wanted {
        Some(Shape::ForwardOnly) if read.config.require_down => Err(CreateError::DownRequired),
        Some(shape) => Ok(shape),
        None if read.config.require_down || has(Direction::Down) => Ok(Shape::WithDown),
        None if has(Direction::Forward) || has(Direction::Up) => Ok(Shape::ForwardOnly),
        None => Ok(Shape::WithDown),
    }
}

#[cfg(test)]
mod tests;
