//! The scripts that were checked before, by their checksums: in the target folder, where the next build finds it.
//!
//! It saves the time of parsing, and nothing depends on it: what cannot be read is as good as empty, and what cannot be
//! written is parsed again.

use std::collections::HashSet;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use migrate_source::Checksum;

/// The file that remembers one folder of migrations.
#[derive(Debug)]
pub(crate) struct Cache {
    file: PathBuf,
}

/// What another version of the grammar said is not what this one would say.
const HEAD: &str = concat!("migrate-check ", env!("CARGO_PKG_VERSION"), ", squawk 2.68.0\n");

impl Cache {
    /// The cache of a folder of migrations, in a folder for what a build leaves behind.
    pub(crate) fn of(migrations: &Path, artifacts: &Path) -> Self {
        let mut hasher = DefaultHasher::new();
        migrations.hash(&mut hasher);
        Self { file: artifacts.join(format!("migrate-check-{:016x}.cache", hasher.finish())) }
    }

    /// What is remembered.
    pub(crate) fn read(&self) -> Checked {
        let bytes = fs::read(&self.file).unwrap_or_default();
        let checksums = bytes.strip_prefix(HEAD.as_bytes()).unwrap_or_default().chunks_exact(Checksum::LEN);
        Checked(checksums.filter_map(|bytes| bytes.try_into().ok()).collect())
    }

    /// Remembers these, and forgets all others. Several builds may do so at once: the last one wins.
    pub(crate) fn write(&self, checksums: impl Iterator<Item = Checksum>) {
        let mut bytes = HEAD.as_bytes().to_vec();
        checksums.for_each(|checksum| bytes.extend(checksum.as_bytes()));
        let temporary = self.file.with_extension(format!("{}.tmp", std::process::id()));
        // A file that is half written must never be read.
        if fs::write(&temporary, bytes).is_err() || fs::rename(&temporary, &self.file).is_err() {
            let _ = fs::remove_file(&temporary);
        }
    }
}

/// The checksums of scripts that had no fault.
#[derive(Debug, Default)]
pub(crate) struct Checked(HashSet<[u8; Checksum::LEN]>);

impl Checked {
    pub(crate) fn has(&self, checksum: Checksum) -> bool {
        self.0.contains(checksum.as_bytes())
    }
}
