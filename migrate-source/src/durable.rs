//! Files that are written as a whole or not at all, and one at a time: what is read after a crash is the old file or the
//! new one. It knows nothing of migrations.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::folder;
use std::time::SystemTime;

/// Puts a file in the place of another one, or where none was. It keeps the permissions of the old one. Where a link leads to
/// a file, that one is replaced and the link stays; a pipe or a device, `/dev/stdout` for example, is written to.
///
/// # Errors
///
/// What the operating system says; then the old file is what it was.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    let old = fs::metadata(path).ok();
    if old.as_ref().is_some_and(|old| !old.is_file() && !old.is_dir()) {
        return File::options().write(true).open(path)?.write_all(text.as_bytes());
    }
    let real = path.canonicalize().ok().filter(|_| path.is_symlink()).unwrap_or_else(|| path.to_owned());
    beside(&real, text, old.map(|old| old.permissions()), |new| fs::rename(new, &real))
}

/// Writes a file that was not there.
///
/// # Errors
///
/// [`io::ErrorKind::AlreadyExists`] where there is anything of that name, which is left alone; otherwise what the operating
/// system says, and then there is no such file.
pub fn create(path: &Path, text: &str) -> io::Result<()> {
    beside(path, text, None, |new| match fs::hard_link(new, path) {
        Ok(()) => fs::remove_file(new),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // A file system without links. What is cut here is a file with a part of the text.
        Err(_) => create_directly(path, text).and_then(|()| fs::remove_file(new)),
    })
}

/// Renames a file within its folder. Whoever calls holds the folder, and has looked that the new name is free.
///
/// # Errors
///
/// What the operating system says; then the file has its old name.
pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    if to.symlink_metadata().is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    fs::rename(from, to)?;
    sync_folder_of(to);
    Ok(())
}

/// Removes a file that need not be there.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => {
            sync_folder_of(path);
            Ok(())
        }
    }
}

/// Makes a folder, and those above it that are not there yet.
pub(crate) fn create_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)?;
    path.ancestors().take(2).for_each(sync_folder_of);
    Ok(())
}

/// Gives a file the time of now, so that who tracks it looks at it again. Its content stays as it is.
///
/// # Errors
///
/// What the operating system says.
pub fn touch(path: &Path) -> io::Result<()> {
    File::options().append(true).open(path)?.set_modified(SystemTime::now())
}

/// Keeps others of our kind from writing in a folder until the value is dropped; waits for who does already. `None`: this
/// system has no such lock, and nobody is kept from anything.
pub fn hold(folder: &Path) -> Option<File> {
    let held = File::open(folder).ok()?;
    held.lock().ok().map(|()| held)
}

/// Writes a file under another name in the same folder, and has it put into its place.
fn beside(
    path: &Path,
    text: &str,
    permissions: Option<fs::Permissions>,
    put: impl FnOnce(&Path) -> io::Result<()>,
) -> io::Result<()> {
    let new = name_beside(path);
    let write = || {
        let mut file = File::create(&new)?;
        file.write_all(text.as_bytes())?;
        if let Some(permissions) = permissions {
            file.set_permissions(permissions)?;
        }
        file.sync_all()
    };
    let result = write().and_then(|()| put(&new));
    if result.is_err() {
        let _ = fs::remove_file(&new);
    } else {
        sync_folder_of(path);
    }
    result
}

/// The point in front keeps whoever loads the folder meanwhile from looking at it.
fn name_beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}", std::process::id()))
}

/// Removes what [`replace`] and [`create`] of files with such names have left in a folder where their process was killed.
/// Whoever calls holds the folder, so that no process is writing there. What cannot be removed is in nobody's way.
pub(crate) fn remove_left_over(folder: &Path, is_written: impl Fn(&str) -> bool) {
    for path in folder::plain_files(folder) {
        let file = path.file_name().and_then(|file| file.to_str());
        let name = file.and_then(|file| file.strip_prefix('.')?.rsplit_once('.'));
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let is_left = name.is_some_and(|(name, process)| is_written(name) && is_number(process));
        if is_left {
            let _ = fs::remove_file(&path);
        }
    }
}

fn create_directly(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    let result = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    if result.is_err() {
        let _ = fs::remove_file(path);
    }
    result
}

/// Then the new name is on the disk too. Not every system opens a folder, and by now the file is the new one.
fn sync_folder_of(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let _ = File::open(folder.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_link_stays_and_what_it_leads_to_is_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, link) = (folder.path().join("page.html"), folder.path().join("link.html"));
        fs::write(&path, "old").expect("a file");
        std::os::unix::fs::symlink("page.html", &link).expect("a link");
        replace(&link, "new").expect("replaced");
        assert!(link.is_symlink() && fs::read_to_string(&path).expect("a file") == "new");
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_written_to_and_stays() {
        use std::io::Read as _;
        let (mut reader, writer) = io::pipe().expect("a pipe");
        // `/dev/stdout` is such a link.
        let path = format!("/dev/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&writer));
        if fs::metadata(&path).is_err() {
            return;
        }
        replace(Path::new(&path), "page").expect("written");
        drop(writer);
        let mut read = String::new();
        reader.read_to_string(&mut read).expect("read");
        assert_eq!(read, "page");
    }

    #[test]
    fn what_is_there_is_replaced_or_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.txt");
        let read = || fs::read_to_string(&path).expect("a file");
        create(&path, "one").expect("no error");
        assert_eq!(read(), "one");
        let error = create(&path, "two").expect_err("an error");
        assert_eq!((error.kind(), read()), (io::ErrorKind::AlreadyExists, "one".into()));
        replace(&path, "three").expect("no error");
        assert_eq!(read(), "three");

        let other = folder.path().join("b.txt");
        fs::write(&other, "b").expect("a file");
        assert!(rename(&path, &other).is_err());
        remove(&other).expect("no error");
        remove(&other).expect("no error where it is gone");
        rename(&path, &other).expect("no error");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "a file was left");
    }

    /// Where a process is killed between the two steps: what it has written stays, under a name that nobody reads.
    #[test]
    fn who_is_killed_before_the_new_file_is_in_its_place_leaves_the_old_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.txt");
        create(&path, "old").expect("no error");
        let killed = std::panic::catch_unwind(|| beside(&path, "new", None, |_| panic!("killed")));
        assert!(killed.is_err());
        assert_eq!(fs::read_to_string(&path).expect("a file"), "old");
        assert_eq!(fs::read_to_string(name_beside(&path)).expect("what is left"), "new");
        // The same process number may come again.
        replace(&path, "newer").expect("no error");
        assert_eq!(fs::read_to_string(&path).expect("a file"), "newer");
        assert!(!name_beside(&path).exists());
    }

    #[cfg(unix)]
    #[test]
    fn permissions_are_kept() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.txt");
        fs::write(&path, "one").expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("permissions");
        replace(&path, "two").expect("no error");
        assert_eq!(fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o640);
    }

    #[test]
    fn a_touched_file_is_newer_and_the_same() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.txt");
        fs::write(&path, "one").expect("a file");
        let old = SystemTime::UNIX_EPOCH;
        File::options().append(true).open(&path).and_then(|file| file.set_modified(old)).expect("a time");
        touch(&path).expect("no error");
        assert!(fs::metadata(&path).and_then(|file| file.modified()).expect("a time") > old);
        assert_eq!(fs::read_to_string(&path).expect("a file"), "one");
        assert!(touch(&folder.path().join("b.txt")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_is_held_by_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let held = hold(folder.path()).expect("a lock");
        let second = File::open(folder.path()).expect("a folder");
        assert!(second.try_lock().is_err());
        drop(held);
        assert!(second.try_lock().is_ok());
    }
}
