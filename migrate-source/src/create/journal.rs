//! What is to be written, on the disk before the first file is: so that several files are there together, also where the
//! command is cut.
//!
//! For each file a line with its name and the length of its text, then the text, then a line ending.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::create::CreateError;
use crate::durable;
use crate::name::FileName;
use crate::unfinished::CREATE as FILE;

/// Writes the files, of which none is there. Whoever calls holds the folder.
///
/// # Errors
///
/// A file is there, or cannot be written: then there is none of them.
pub(super) fn carry_out(folder: &Path, files: &[(String, String)]) -> Result<(), CreateError> {
    if let [(file, text)] = files {
        let path = folder.join(file);
        return durable::create(&path, text).map_err(|error| refused(path, error));
    }
    let journal = folder.join(FILE);
    durable::replace(&journal, &text(files)).map_err(|error| refused(journal.clone(), error))?;
    let mut written: Vec<PathBuf> = Vec::new();
    for (file, text) in files {
        let path = folder.join(file);
        if let Err(error) = durable::create(&path, text) {
            for path in &written {
                let _ = durable::remove(path);
            }
            let _ = durable::remove(&journal);
            return Err(refused(path, error));
        }
        written.push(path);
    }
    durable::remove(&journal).map_err(|error| refused(journal, error))
}

/// Writes what a call that was cut has not written yet, and says which files these are. One of their names that is there is
/// left as it is. `None`: no call was cut.
pub(super) fn finish(folder: &Path) -> Result<Option<Vec<PathBuf>>, CreateError> {
    let journal = folder.join(FILE);
    let text = match fs::read_to_string(&journal) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(refused(journal, error)),
    };
    let files = parse(&text).ok_or_else(|| CreateError::Journal { path: journal.clone() })?;
    let mut written = Vec::new();
    for (file, text) in files {
        let path = folder.join(file);
        match durable::create(&path, text) {
            Ok(()) => written.push(path),
            // On a file system without links it may be there with a part of its text.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && is_begun(&path, text) => {
                durable::replace(&path, text).map_err(|error| refused(path.clone(), error))?;
                written.push(path);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(refused(path, error)),
        }
    }
    durable::remove(&journal).map_err(|error| refused(journal, error))?;
    Ok(Some(written))
}

fn is_begun(path: &Path, text: &str) -> bool {
    fs::read(path).is_ok_and(|there| there.len() < text.len() && text.as_bytes().starts_with(&there))
}

pub(super) fn text(files: &[(String, String)]) -> String {
    let entry = |(file, text): &(String, String)| format!("{file} {}\n{text}\n", text.len());
    files.iter().map(entry).collect::<Vec<_>>().concat()
}

/// Nobody but us writes this file; a name that leads elsewhere is not followed all the same.
fn parse(mut text: &str) -> Option<Vec<(&str, &str)>> {
    let mut files = Vec::new();
    while !text.is_empty() {
        let (head, rest) = text.split_once('\n')?;
        let (file, len) = head.split_once(' ')?;
        FileName::parse(file).ok()?;
        let (content, rest) = rest.split_at_checked(len.parse().ok()?)?;
        text = rest.strip_prefix('\n')?;
        files.push((file, content));
    }
    Some(files)
}

fn refused(path: PathBuf, error: io::Error) -> CreateError {
    if error.kind() == io::ErrorKind::AlreadyExists {
        CreateError::Exists { path }
    } else {
        CreateError::Write { path, error }
    }
}
