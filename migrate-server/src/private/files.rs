//! Files in a directory that another user may have written to: opened without following a link,
//! and only when they are what they should be. It must not be used for anything shared.

use std::fs::{File, Metadata};
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{Mode, OFlags};

use super::account::Account;

/// Opens the directory itself, never what a link names in its place.
pub(crate) fn open_directory(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(File::from(rustix::fs::open(path, flags, Mode::empty())?))
}

/// Opens a file of the directory to read and append, and makes it for the account if need be.
pub(crate) fn open_or_create(directory: &File, name: &str, account: Account) -> io::Result<File> {
    let file = open(directory, name, OFlags::RDWR | OFlags::APPEND | OFlags::CREATE)?;
    account.take_file(&file)?;
    Ok(file)
}

/// The text of a small file, or `None` where there is no such file.
pub(crate) fn read(directory: &File, name: &str) -> io::Result<Option<String>> {
    let file = match open(directory, name, OFlags::RDONLY) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut text = String::new();
    file.take(1000).read_to_string(&mut text)?;
    Ok(Some(text))
}

/// Writes a file that only the account can read, in place of an earlier one.
pub(crate) fn write(directory: &File, name: &str, text: &str, account: Account) -> io::Result<()> {
    let mut file = open_or_create(directory, name, account)?;
    file.set_len(0)?;
    file.write_all(text.as_bytes())
}

/// Whether both are the same file or directory.
pub(crate) fn same(one: &Metadata, other: &Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

fn open(directory: &File, name: &str, flags: OFlags) -> io::Result<File> {
    // A pipe in a file's place must not block us either.
    let flags = flags | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::openat(directory, name, flags, Mode::RUSR | Mode::WUSR)?);
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.nlink() != 1 {
        return Err(io::Error::other(format!("`{name}` is not an ordinary file")));
    }
    Ok(file)
}

/// 128 bits that nobody can guess, as text.
pub(crate) fn random_hex() -> io::Result<String> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}
