//! What has become of a folder since a set was embedded from it: a glance, which judges nothing, parses nothing and takes
//! little time whatever it finds.

use std::fs;
use std::path::Path;

use crate::folder;
use crate::set::MigrationSet;

/// What has become of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(hidden)]
pub enum Change {
    Added,
    Edited,
    Removed,
}

/// A folder with more entries than this is not compared.
const MOST_ENTRIES: usize = 20_000;

/// So much is read; of what is beyond, only the lengths are compared.
const MOST_BYTES: u64 = 16 * 1024 * 1024;

/// In what the folder differs from the set that was embedded from it, by file name. Nothing, where there is no such folder
/// any more: a binary is run in other places than where it was built.
#[doc(hidden)]
pub fn changes(set: &MigrationSet, folder: &Path) -> Vec<(String, Change)> {
    let Some(mut files) = folder::glance(folder, MOST_ENTRIES) else {
        return Vec::new();
    };
    let mut changes = Vec::new();
    let mut bytes_left = MOST_BYTES;
    for script in set.scripts() {
        let change = match files.remove(script.file) {
            None => Some(Change::Removed),
            Some(len) if usize::try_from(len).ok() != Some(script.layout.text_len) => Some(Change::Edited),
            Some(len) => bytes_left.checked_sub(len).and_then(|left| {
                bytes_left = left;
                let differs = |bytes: Vec<u8>| !is_text(&bytes, script.text);
                fs::read(folder.join(script.file)).is_ok_and(differs).then_some(Change::Edited)
            }),
        };
        changes.extend(change.map(|change| (script.file.to_owned(), change)));
    }
    changes.extend(files.into_keys().map(|file| (file, Change::Added)));
    changes.sort_by(|(a, _), (b, _)| a.cmp(b));
    changes
}

/// Whether these bytes are a text from which the byte order mark was taken, if it had one: the lengths were the same.
fn is_text(bytes: &[u8], text: &str) -> bool {
    bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes) == text.as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: [(&str, &str); 3] = [
        ("0001_a.sql", "\u{feff}CREATE TABLE a (id int);\r\n"),
        ("0002_b.up.sql", "CREATE TABLE b (id int);\n"),
        ("0002_b.down.sql", "DROP TABLE b;\n"),
    ];

    fn folder() -> (tempfile::TempDir, MigrationSet) {
        let folder = tempfile::tempdir().expect("a folder");
        for (file, text) in FILES {
            fs::write(folder.path().join(file), text).expect("a file");
        }
        let set = crate::load(folder.path()).expect("no fault");
        (folder, set)
    }

    #[test]
    fn nothing_has_changed() {
        let (folder, set) = folder();
        // These are no migrations.
        for file in ["README.sql", ".#0003_c.sql", "0003_c.sql~", "migrate.toml"] {
            fs::write(folder.path().join(file), "").expect("a file");
        }
        fs::create_dir(folder.path().join("0003_c.sql")).expect("a folder");
        assert_eq!(changes(&set, folder.path()), []);
    }

    #[test]
    fn every_change_is_told_by_the_name_of_the_file() {
        let (folder, set) = folder();
        let path = |file: &str| folder.path().join(file);
        // A text of the same length; no byte order mark; a file that could not be compiled.
        fs::write(path("0002_b.up.sql"), "CREATE TABLE b (no int);\n").expect("a file");
        fs::write(path("0001_a.sql"), "CREATE TABLE a (id int);\r\n").expect("a file");
        fs::rename(path("0002_b.down.sql"), path("0002_c.down.sql")).expect("a file");
        fs::write(path("3-new.sql"), "'").expect("a file");
        let expected = [
            ("0001_a.sql", Change::Edited),
            ("0002_b.down.sql", Change::Removed),
            ("0002_b.up.sql", Change::Edited),
            ("0002_c.down.sql", Change::Added),
            ("3-new.sql", Change::Added),
        ];
        assert_eq!(changes(&set, folder.path()), expected.map(|(file, change)| (file.to_owned(), change)));
    }

    #[test]
    fn there_is_no_folder_any_more() {
        let (folder, set) = folder();
        assert_eq!(changes(&set, &folder.path().join("nowhere")), []);
        assert_eq!(changes(&set, &folder.path().join(FILES[0].0)), []);
    }
}
