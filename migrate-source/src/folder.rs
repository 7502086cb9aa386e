//! The only place that reads a directory: which files of a folder are migrations, and their texts.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, FileType, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use crate::config;
use crate::fault::{Fault, FaultKind, NameFault};
use crate::lock;
use crate::name;
use crate::other_tool::LEDGER_FILE;
use crate::unfinished;

/// A file that is named like a migration should be, with its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SourceFile {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    /// As it is on disk, byte order mark included. `None`: a fault says why.
    pub(crate) text: Option<String>,
}

/// What a folder holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Folder {
    /// Sorted by name, so that every file system gives the same result.
    pub(crate) files: Vec<SourceFile>,
    pub(crate) config: Option<SourceFile>,
    pub(crate) lock: Option<SourceFile>,
    pub(crate) import: Option<SourceFile>,
    pub(crate) faults: Vec<Fault>,
}

/// PostgreSQL takes messages of 1 GiB at most; below that, memory for parsing them is what runs out.
const MAX_BYTES: u64 = 512 * 1024 * 1024;

/// Files that belong to the folder and are no migrations.
const OURS: [&str; 3] = [config::SETTINGS_FILE, lock::LOCK_FILE, LEDGER_FILE];

/// Reads a folder.
///
/// # Errors
///
/// The fault of the folder as a whole, if it cannot be read at all. Faults of files are in the result.
pub(crate) fn read(path: &Path) -> Result<Folder, Fault> {
    let of_folder = |kind| Fault::of_file(path.to_owned(), kind);
    let unreadable = |error: io::Error| of_folder(FaultKind::Unreadable(error.to_string()));
    let is_missing = |error: io::Error| error.kind() == io::ErrorKind::NotFound;
    if fs::symlink_metadata(path).is_err_and(is_missing) {
        return Err(of_folder(FaultKind::FolderMissing));
    }
    if !follow(path).map_err(of_folder)?.is_dir() {
        return Err(of_folder(FaultKind::NotAFolder));
    }
    if let Some(fault) = unfinished::fault(path) {
        return Err(fault);
    }
    // Links are judged by where they really lead, unless they may lead anywhere.
    let real = path.canonicalize().map_err(unreadable)?;
    let inside = if follows_links(path) { None } else { Some(&*real) };
    let mut entries =
        fs::read_dir(path).and_then(Iterator::collect::<io::Result<Vec<_>>>).map_err(unreadable)?;
    entries.sort_by_key(fs::DirEntry::file_name);

    let mut folder = Folder::default();
    for entry in entries {
        let path = entry.path();
        let name = match judge(inside, &path, &entry) {
            Ok(None) => continue,
            Ok(Some(name)) => name,
            Err(kind) => {
                folder.faults.push(Fault::of_file(path, kind));
                continue;
            }
        };
        // Where only the content is at fault, the name still counts for order, gaps and pairs.
        let text = read_text(&path).map_err(|fault| folder.faults.push(fault)).ok();
        let file = SourceFile { name, path, text };
        if file.name == config::SETTINGS_FILE {
            folder.config = Some(file);
        } else if file.name == lock::LOCK_FILE {
            folder.lock = Some(file);
        } else if file.name == LEDGER_FILE {
            folder.import = Some(file);
        } else if file.name.ends_with(".sql") {
            folder.files.push(file);
        }
    }
    Ok(folder)
}

/// Whether there is nothing in a folder, hidden or not.
///
/// # Errors
///
/// There is no such folder, or it cannot be read.
pub(crate) fn is_empty(path: &Path) -> io::Result<bool> {
    Ok(fs::read_dir(path)?.next().is_none())
}

/// The files of a folder that could be migrations, with their lengths, unread and unjudged. `None`: the folder is not
/// there, cannot be read, or holds more than this many entries.
pub(crate) fn glance(path: &Path, most: usize) -> Option<BTreeMap<String, u64>> {
    let mut files = BTreeMap::new();
    for (n, entry) in fs::read_dir(path).ok()?.enumerate() {
        let entry = entry.ok().filter(|_| n < most)?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        if !name.ends_with(".sql") || is_left_alone(&name) {
            continue;
        }
        // A link counts as the file it leads to.
        if let Some(metadata) = fs::metadata(entry.path()).ok().filter(Metadata::is_file) {
            files.insert(name, metadata.len());
        }
    }
    Some(files)
}

/// A file, or all files below a folder whose names end in `.sql`, however it is written, in the order of their paths. A link may lead anywhere; a
/// folder to which several lead is read once.
pub(crate) fn sql_files(path: &Path, faults: &mut Vec<Fault>) -> Vec<SourceFile> {
    let mut files = Vec::new();
    let mut folders = BTreeSet::new();
    let mut left = vec![path.to_owned()];
    while let Some(path) = left.pop() {
        match look(&path, &mut folders) {
            Ok(Looked::File) => {
                let text = read_text(&path).map_err(|fault| faults.push(fault)).ok();
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                files.push(SourceFile { name, path, text });
            }
            Ok(Looked::Folder(below)) => {
                let is_sql = |path: &PathBuf| {
                    let name = path.file_name().unwrap_or_default().to_string_lossy();
                    !name.starts_with('.') && (name.to_ascii_lowercase().ends_with(".sql") || path.is_dir())
                };
                left.extend(below.into_iter().filter(is_sql));
            }
            Err(kind) => faults.push(Fault::of_file(path, kind)),
        }
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    files
}

/// What a path may lead to.
enum Looked {
    File,
    /// With what is in it, or with nothing where it was looked at before.
    Folder(Vec<PathBuf>),
}

fn look(path: &Path, folders: &mut BTreeSet<PathBuf>) -> Result<Looked, FaultKind> {
    let unreadable = |error: io::Error| FaultKind::Unreadable(error.to_string());
    let metadata = follow(path)?;
    if metadata.is_file() {
        return Ok(Looked::File);
    }
    if !metadata.is_dir() {
        let file_type = fs::symlink_metadata(path).map_err(unreadable)?.file_type();
        return Err(no_file(file_type, &metadata));
    }
    if !folders.insert(path.canonicalize().map_err(unreadable)?) {
        return Ok(Looked::Folder(Vec::new()));
    }
    let entries = fs::read_dir(path).map_err(unreadable)?;
    let below = entries.map(|entry| Ok(entry.map_err(unreadable)?.path()));
    below.collect::<Result<_, _>>().map(Looked::Folder)
}

/// Every file of a folder that is one itself, hidden ones too; none where the folder cannot be read.
pub(crate) fn plain_files(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let files = entries.filter(|entry| entry.file_type().is_ok_and(|file_type| file_type.is_file()));
    files.map(|entry| entry.path()).collect()
}

fn is_left_alone(name: &str) -> bool {
    name.starts_with('.') || name.starts_with("README")
}

/// Whether the settings of a folder let its links lead out of it.
fn follows_links(folder: &Path) -> bool {
    let path = folder.join(config::SETTINGS_FILE);
    // A pipe is not opened.
    let text = follow(&path).ok().filter(Metadata::is_file).and_then(|_| read_text(&path).ok());
    text.is_some_and(|text| config::follows_links(&text))
}

/// The name of an entry that is to be read; `None` where it is none of our business. Links may not lead out of `inside`, where
/// there is one.
fn judge(inside: Option<&Path>, path: &Path, entry: &fs::DirEntry) -> Result<Option<String>, FaultKind> {
    let Ok(name) = entry.file_name().into_string() else {
        return Err(FaultKind::NameNotUtf8);
    };
    if is_left_alone(&name) {
        return Ok(None);
    }
    let unreadable = |error: io::Error| FaultKind::Unreadable(error.to_string());
    let file_type = entry.file_type().map_err(unreadable)?;
    if file_type.is_dir() {
        return match () {
            () if OURS.contains(&&*name) => Err(FaultKind::NotARegularFile { what: "a folder".to_owned() }),
            () if holds_migrations(path, &name) => Err(FaultKind::Subfolder),
            () => Ok(None),
        };
    }
    if !OURS.contains(&&*name) && !name.ends_with(".sql") {
        let Some(ending) = name::nearly_sql(&name) else {
            return Ok(None);
        };
        let fault = NameFault::Ending(ending.to_owned());
        // What an editor left beside a migration is not to replace it.
        let proposal = name::propose(&name, &fault).filter(|name| !path.with_file_name(name).exists());
        return Err(FaultKind::Name(fault, proposal));
    }
    let bounds = inside.filter(|_| file_type.is_symlink());
    if bounds.is_some() && name == lock::LOCK_FILE {
        return Err(FaultKind::NotARegularFile { what: "a symbolic link".to_owned() });
    }
    let metadata = follow(path)?;
    if let Some(folder) = bounds
        && !path.canonicalize().map_err(unreadable)?.starts_with(folder)
    {
        return Err(FaultKind::LinkOutside { target: fs::read_link(path).map_err(unreadable)? });
    }
    if metadata.is_file() { Ok(Some(name)) } else { Err(no_file(file_type, &metadata)) }
}

/// What is at the end of a path, behind all links. Nothing is opened: a pipe that is opened may wait for ever.
fn follow(path: &Path) -> Result<Metadata, FaultKind> {
    let error = match fs::metadata(path) {
        Ok(metadata) => return Ok(metadata),
        Err(error) => error,
    };
    match (fs::read_link(path), error.kind()) {
        (Ok(target), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Err(FaultKind::LinkBroken { target, why: None })
        }
        (Err(_), _) | (_, io::ErrorKind::PermissionDenied) => Err(FaultKind::Unreadable(error.to_string())),
        // It leads in a circle, for which there is no kind yet.
        (Ok(target), _) => Err(FaultKind::LinkBroken { target, why: Some(error.to_string()) }),
    }
}

/// What an entry is that should have been a file, and what is behind it if it is a link.
fn no_file(file_type: FileType, metadata: &Metadata) -> FaultKind {
    let link = if file_type.is_symlink() { "a symbolic link to " } else { "" };
    FaultKind::NotARegularFile { what: format!("{link}{}", word(metadata.file_type())) }
}

#[cfg(unix)]
fn word(file_type: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;
    match file_type {
        _ if file_type.is_dir() => "a folder",
        _ if file_type.is_fifo() => "a pipe",
        _ if file_type.is_socket() => "a socket",
        _ => "a device",
    }
}

#[cfg(not(unix))]
fn word(file_type: FileType) -> &'static str {
    if file_type.is_dir() { "a folder" } else { "a device" }
}

fn holds_migrations(path: &Path, name: &str) -> bool {
    if name::nearly_sql(name).is_some() {
        return true;
    }
    fs::read_dir(path).is_ok_and(|entries| {
        entries.filter_map(Result::ok).any(|entry| {
            let inner = entry.file_name();
            Path::new(&inner).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("sql"))
        })
    })
}

fn read_text(path: &Path) -> Result<String, Fault> {
    let of_file = |kind| Fault::of_file(path.to_owned(), kind);
    let unreadable = |error: io::Error| of_file(FaultKind::Unreadable(error.to_string()));
    if fs::metadata(path).map_err(unreadable)?.len() > MAX_BYTES {
        return Err(of_file(FaultKind::TooLarge));
    }
    String::from_utf8(fs::read(path).map_err(unreadable)?).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        let utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
        // Up to the offset, the lossy text has the same bytes.
        let text = String::from_utf8_lossy(bytes);
        Fault::in_text(path.to_owned(), &text, offset, FaultKind::NotUtf8 { offset, utf16 })
    })
}
