//! The PostgreSQL inside this program: whether it runs here, and its files in a server's own
//! directory, so that nothing stays behind and nobody else can have put it there.

use std::ffi::OsString;
use std::path::PathBuf;

use super::account::Account;
use super::home::Home;

/// An unpacked PostgreSQL.
#[derive(Debug)]
pub(crate) struct Unpacked {
    pub(crate) bin_dir: PathBuf,
    pub(crate) variables: Vec<(&'static str, OsString)>,
}

#[cfg(not(bundled_here))]
pub(crate) fn unpack(_: Account, _: &Home) -> Result<Unpacked, String> {
    Err(if cfg!(feature = "bundled") {
        "there is none for this platform, only for Linux with glibc (x86_64, aarch64) and macOS \
         (aarch64)"
    } else {
        "this program was built without the feature `bundled`"
    }
    .to_owned())
}

#[cfg(bundled_here)]
pub(crate) use here::unpack;

#[cfg(bundled_here)]
mod here {
    use std::fs::{self, DirBuilder, OpenOptions, Permissions};
    use std::io::{self, Write};
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    use std::path::Path;

    use super::super::glibc;
    use super::{Account, Home, Unpacked};

    struct File {
        name: &'static str,
        executable: bool,
        bytes: &'static [u8],
    }

    const FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/bundled_files.rs"));

    const LIBRARY_PATH: &str =
        if cfg!(target_os = "macos") { "DYLD_LIBRARY_PATH" } else { "LD_LIBRARY_PATH" };

    pub(crate) fn unpack(account: Account, home: &Home) -> Result<Unpacked, String> {
        glibc::suffices()?;
        let target = home.dir().join("postgresql");
        write_all(account, &target)
            .map_err(|error| format!("unpacking it into {} failed: {error}", target.display()))?;
        Ok(Unpacked {
            bin_dir: target.join("bin"),
            variables: vec![
                (LIBRARY_PATH, target.join("lib").into()),
                // This build's `initdb` looks for ICU's data, which are not bundled, unless told.
                ("OLIPHAUNT_INTERNAL_SKIP_ICU_DISCOVERY", "1".into()),
            ],
        })
    }

    fn write_all(account: Account, target: &Path) -> io::Result<()> {
        match fs::remove_dir_all(target) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut made: Vec<&Path> = Vec::new();
        for file in FILES {
            let parent = Path::new(file.name).parent().unwrap_or(Path::new(""));
            if !made.contains(&parent) {
                DirBuilder::new().recursive(true).create(target.join(parent))?;
                made.push(parent);
            }
            let permissions = if file.executable { 0o700 } else { 0o600 };
            let path = target.join(file.name);
            let mut new = OpenOptions::new().write(true).create_new(true).mode(permissions).open(path)?;
            new.write_all(file.bytes)?;
            account.take_file(&new)?;
        }
        take_directories(account, target)
    }

    /// The inner ones first, so that the account owns nothing yet that we still have to enter.
    fn take_directories(account: Account, directory: &Path) -> io::Result<()> {
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                take_directories(account, &entry.path())?;
            }
        }
        fs::set_permissions(directory, Permissions::from_mode(0o700))?;
        account.take_directory(directory)
    }
}
