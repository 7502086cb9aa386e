//! Creating: the files of a new migration, named as the folder names its own. Nothing that is there is overwritten.

mod describe;
mod error;
mod template;
mod version;

use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

pub use error::CreateError;

use crate::config::{self, Config};
use crate::durable;
use crate::fault::{Fault, FaultKind, Faults, VersionStyle};
use crate::folder;
use crate::lock::{self, Ledger};
use crate::name::{Direction, FileName};
use version::Named;

/// What a new migration shall be.
#[derive(Clone, Copy, Debug)]
pub struct Outline<'a> {
    /// What it does, in words: `Add Users` or `add_users`.
    pub name: &'a str,
    /// `None`: as the folder does, and a sequence where there is no other migration.
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
    /// The file whose timestamp is later than now, and behind which the new one is put by a second.
    pub behind: Option<String>,
}

/// Writes the files of a new migration, with comments and without a statement: until there is one, the folder has a fault
/// that says so.
///
/// # Errors
///
/// See [`CreateError`]. Then there is no new file.
pub fn create(folder: &Path, outline: &Outline<'_>, now: SystemTime) -> Result<Created, CreateError> {
    place(folder, outline, None, now)
}

/// The description that a name becomes.
///
/// # Errors
///
/// [`CreateError::Name`].
pub(crate) fn description(name: &str) -> Result<String, CreateError> {
    Ok(describe::words(name)?.join("_"))
}

/// What the files of a new migration have in them.
#[derive(Clone, Copy, Debug)]
pub struct Content<'a> {
    /// The SQL of the way there.
    pub up: &'a str,
    /// The SQL of the way back; not looked at where the migration has none.
    pub down: &'a str,
}

/// The same, with statements in them.
///
/// # Errors
///
/// See [`CreateError`]. Then there is no new file.
pub fn create_with(
    folder: &Path,
    outline: &Outline<'_>,
    content: Content<'_>,
    now: SystemTime,
) -> Result<Created, CreateError> {
    place(folder, outline, Some(content), now)
}

fn place(
    folder: &Path,
    outline: &Outline<'_>,
    content: Option<Content<'_>>,
    now: SystemTime,
) -> Result<Created, CreateError> {
    let _held = durable::hold(folder);
    let read = read(folder)?;
    let words = describe::words(outline.name)?;
    let description = words.join("_");
    let shape = shape(outline.shape, &read)?;
    if let Some(taken) = read.names.iter().find(|(_, name)| {
        name.description == description
            && (shape == Shape::Repeatable) == (name.direction == Direction::Repeatable)
    }) {
        return Err(CreateError::DescriptionTaken {
            description,
            stem: crate::name::stem(&taken.0).to_owned(),
        });
    }
    let (prefix, behind) = if shape == Shape::Repeatable {
        ("R".to_owned(), None)
    } else {
        let next = version::next(&read.versioned(), outline.style, now)?;
        (next.digits, next.behind)
    };
    let stem = format!("{prefix}_{description}");
    let mut texts = template::texts(shape, &stem, &words);
    if let Some(content) = content {
        for ((_, text), written) in texts.iter_mut().zip([content.up, content.down]) {
            written.clone_into(text);
        }
    }
    let files = write(folder, &texts)?;
    let tracked = [lock::LOCK_FILE, config::SETTINGS_FILE].map(|file| folder.join(file));
    // A file that cannot be touched is no reason to say that nothing was created.
    let touched = tracked.into_iter().find(|file| file.is_file() && durable::touch(file).is_ok());
    Ok(Created { stem, files, touched, behind })
}

/// What a new migration is named after.
struct Neighbours {
    names: Vec<(String, FileName)>,
    /// Of the ledger, whose files may be missing.
    sealed: Vec<(String, FileName)>,
    config: Config,
}

impl Neighbours {
    fn versioned(&self) -> Vec<Named<'_>> {
        let all = self.names.iter().chain(&self.sealed);
        all.filter_map(|(file, name)| Some(Named { file, version: name.version, style: name.style? }))
            .collect()
    }
}

/// Reads what is there. What is inside the migrations does not matter, so that one can be created before the last one is
/// finished.
fn read(folder: &Path) -> Result<Neighbours, Faults> {
    let read = folder::read(folder)?;
    let mut faults: Vec<Fault> = read.faults.into_iter().filter(|fault| fault.kind().is_of_name()).collect();
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
    Ok(Neighbours { names, sealed: ledger.into_names(), config: config.unwrap_or_default() })
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

/// All files or none.
fn write(folder: &Path, texts: &[(String, String)]) -> Result<Vec<PathBuf>, CreateError> {
    let mut files: Vec<PathBuf> = Vec::new();
    for (file, text) in texts {
        let path = folder.join(file);
        if let Err(error) = durable::create(&path, text) {
            for written in files {
                let _ = durable::remove(&written);
            }
            return Err(if error.kind() == io::ErrorKind::AlreadyExists {
                CreateError::Exists { path }
            } else {
                CreateError::Write { path, error }
            });
        }
        files.push(path);
    }
    Ok(files)
}

#[cfg(test)]
mod tests;
