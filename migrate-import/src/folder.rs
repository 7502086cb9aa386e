//! The only place that touches a disk: reads the folder that is imported, and writes the one that was made of it, whole or
//! not at all.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use migrate_source::other_tool::LEDGER_FILE;
use migrate_source::{Code, SETTINGS_FILE};

use crate::convert::Conversion;
use crate::files::Input;
use crate::history::history_table;
use crate::note::{Note, NoteKind, Notes};

/// What a folder holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Its files and those of the folders in it, by path.
    pub files: Vec<Input>,
    /// The files that could not be read as text.
    pub notes: Vec<Note>,
}

/// A folder that could not be read or written.
#[derive(Debug)]
pub struct FolderError {
    path: PathBuf,
    why: Why,
}

#[derive(Debug)]
enum Why {
    Io(&'static str, io::Error),
    NotEmpty,
    NotAFolder,
    Nothing,
    /// What each of the notes says that are errors.
    Refused(Vec<String>),
}

impl FolderError {
    /// The kind of error that it is.
    pub fn code(&self) -> Code {
        match self.why {
            Why::Io(..) | Why::NotEmpty | Why::NotAFolder | Why::Nothing => Code::M0932,
            Why::Refused(_) => Code::M0938,
        }
    }

    /// There is something in the folder that was to be written.
    pub fn is_not_empty(&self) -> bool {
        matches!(self.why, Why::NotEmpty)
    }

    /// The path is no folder, or the operating system refuses to read or write it.
    pub fn is_inaccessible(&self) -> bool {
        matches!(self.why, Why::Io(..) | Why::NotAFolder)
    }
}

impl fmt::Display for FolderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.why {
            Why::Io(doing, error) => write!(f, "{path} cannot be {doing}: {error}"),
            Why::NotEmpty => write!(f, "{path} is not empty, and nothing is overwritten"),
            Why::NotAFolder => write!(f, "{path} is not a folder"),
            Why::Nothing => write!(
                f,
                "{path} was not written, as nothing was found that could be converted: the notes say why of each file"
            ),
            Why::Refused(notes) => match &notes[..] {
                [note] => f.write_str(note),
                notes => write!(f, "{} errors in the folder:\n  {}", notes.len(), notes.join("\n  ")),
            },
        }
    }
}

impl std::error::Error for FolderError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.why {
            Why::Io(_, error) => Some(error),
            Why::NotEmpty | Why::NotAFolder | Why::Nothing | Why::Refused(_) => None,
        }
    }
}

fn failed(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> FolderError {
    move |error| FolderError { path: path.to_owned(), why: Why::Io(doing, error) }
}

/// Reads a folder with the folders in it. Links to folders are not followed; they and files that are no text get a note.
///
/// # Errors
///
/// A folder or file cannot be read.
pub fn read(folder: &Path) -> Result<Reading, FolderError> {
    if folder.exists() && !folder.is_dir() {
        return Err(FolderError { path: folder.to_owned(), why: Why::NotAFolder });
    }
    let mut files = Vec::new();
    let mut notes = Notes::default();
    let mut folders = vec![(folder.to_owned(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(failed(&folder, "read"))? {
            let entry = entry.map_err(failed(&folder, "read"))?;
            let path = entry.path();
            let shown = format!("{prefix}{}", entry.file_name().to_string_lossy());
            let file_type = entry.file_type().map_err(failed(&path, "read"))?;
            if entry.file_name().to_str().is_none() {
                notes.attention(&shown, None, "its name is not UTF-8: left out; rename it and import again");
            } else if file_type.is_dir() {
                folders.push((path, format!("{shown}/")));
            } else if !behind(&path, file_type).map_err(failed(&path, "read"))?.is_file() {
                notes.left_out(&shown, "neither a file nor a folder: left out");
            } else {
                let bytes = fs::read(&path).map_err(failed(&path, "read"))?;
                match String::from_utf8(bytes) {
                    Ok(text) => files.push(Input { path: shown, text }),
                    Err(_) if shown.ends_with(".sql") => {
                        let what = "it is not UTF-8: left out; save it as UTF-8 and import again";
                        notes.attention(&shown, None, what);
                    }
                    Err(_) => notes.left_out(&shown, "it is no text: left out"),
                }
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(Reading { files, notes: notes.sorted() })
}

/// What is at the end of a path, behind all links.
fn behind(path: &Path, file_type: fs::FileType) -> io::Result<fs::Metadata> {
    fs::metadata(path).map_err(|error| {
        if file_type.is_symlink() {
            io::Error::other(format!("the symbolic link leads nowhere: {error}"))
        } else {
            error
        }
    })
}

/// Writes the files into a folder that is not there yet, or empty; with them [`LEDGER_FILE`] where the tool has a history table,
/// and [`SETTINGS_FILE`] where that, or a script, has the name of ours. They are written beside it and moved there at the end, so that it is
/// there with all of them or not at all.
///
/// # Errors
///
/// A note is an error, the folder is not empty, there is nothing to write, or writing failed.
pub fn write(conversion: &Conversion, folder: &Path) -> Result<(), FolderError> {
    let fail = |why| FolderError { path: folder.to_owned(), why };
    let errors = conversion.notes.iter().filter(|note| note.kind == NoteKind::Error);
    let errors: Vec<String> = errors.map(ToString::to_string).collect();
    if !errors.is_empty() {
        return Err(fail(Why::Refused(errors)));
    }
    if conversion.files.is_empty() {
        return Err(fail(Why::Nothing));
    }
    let is_there = match fs::read_dir(folder).map(Iterator::count) {
        Ok(0) => true,
        Ok(_) => return Err(fail(Why::NotEmpty)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(_) if folder.exists() && !folder.is_dir() => return Err(fail(Why::NotAFolder)),
        Err(error) => return Err(fail(Why::Io("read", error))),
    };
    // What a link leads to is what gets the files.
    let target =
        if is_there { folder.canonicalize().map_err(failed(folder, "read"))? } else { folder.to_owned() };
    let parent = target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(failed(parent, "written"))?;
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let beside = parent.join(format!(".{name}.import-{}", std::process::id()));
    fs::create_dir(&beside).map_err(failed(&beside, "written"))?;
    let result = fill(conversion, &beside).and_then(|()| {
        if is_there {
            // Somebody may have put something into it meanwhile, and then this fails.
            fs::remove_dir(&target).map_err(failed(&target, "replaced"))?;
        }
        fs::rename(&beside, &target).map_err(failed(&target, "written"))
    });
    if result.is_err() {
        // What failed is what is told.
        let _ = fs::remove_dir_all(&beside);
    }
    result
}

fn fill(conversion: &Conversion, folder: &Path) -> Result<(), FolderError> {
    // Where no database can be adopted, nobody would read it.
    let is_adoptable = history_table(conversion.origins.tool).is_some();
    let ledger = is_adoptable.then(|| (LEDGER_FILE, conversion.origins.to_string()));
    let files = conversion.files.iter().map(|file| (file.name.as_str(), file.text.clone()));
    for (name, text) in files.chain(ledger).chain(settings(conversion)) {
        let path = folder.join(name);
        let mut file = fs::File::create_new(&path).map_err(failed(&path, "written"))?;
        io::Write::write_all(&mut file, text.as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(failed(&path, "written"))?;
    }
    Ok(())
}

/// Two cannot have one table: the settings that put ours elsewhere, for the service and for the command.
fn settings(conversion: &Conversion) -> Option<(&'static str, String)> {
    let table = conversion.history_table?;
    let why = conversion.why_history_table();
    let text = format!("# The history is kept here, as {why}.\nhistory-table = \"{table}\"\n");
    Some((SETTINGS_FILE, text))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_link_to_nothing_says_so() {
        let folder = tempfile::tempdir().expect("a folder");
        std::os::unix::fs::symlink("nowhere.sql", folder.path().join("1_a.up.sql")).expect("a link");
        let error = read(folder.path()).expect_err("an error").to_string();
        assert!(error.contains("1_a.up.sql cannot be read: the symbolic link leads nowhere: "), "{error}");
    }
}
