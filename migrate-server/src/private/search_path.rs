//! Where an installed PostgreSQL may be. It lists directories and does not judge them.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Directories that one pattern or program names, by the name that an error gives them.
#[derive(Debug)]
pub(crate) struct SearchPath {
    pub(crate) name: &'static str,
    pub(crate) dirs: Vec<PathBuf>,
    /// What an empty `dirs` means.
    pub(crate) absent: &'static str,
}

const NOTHING_THERE: &str = "nothing there";

/// Everything that is searched, the preferred one first.
pub(crate) fn all(path: Option<&OsStr>) -> Vec<SearchPath> {
    vec![
        SearchPath {
            name: "PATH",
            dirs: path.map(in_path).unwrap_or_default(),
            absent: "no directory in it has both `initdb` and `postgres`",
        },
        SearchPath {
            name: "`pg_config --bindir`",
            dirs: pg_config().into_iter().collect(),
            absent: "there is no `pg_config`",
        },
        versions("/usr/lib/postgresql/*/bin", "/usr/lib/postgresql", "", "bin"),
        versions("/usr/pgsql-*/bin", "/usr", "pgsql-", "bin"),
        versions("/opt/homebrew/opt/postgresql@*/bin", "/opt/homebrew/opt", "postgresql@", "bin"),
        versions("/usr/local/opt/postgresql@*/bin", "/usr/local/opt", "postgresql@", "bin"),
        versions(
            "/Applications/Postgres.app/Contents/Versions/*/bin",
            "/Applications/Postgres.app/Contents/Versions",
            "",
            "bin",
        ),
    ]
}

/// Whether a directory has what it takes, whether or not it runs.
pub(crate) fn has_programs(dir: &Path) -> bool {
    ["initdb", "postgres"].iter().all(|program| dir.join(program).is_file())
}

fn in_path(path: &OsStr) -> Vec<PathBuf> {
    env::split_paths(path).filter(|dir| dir.is_absolute() && has_programs(dir)).collect()
}

fn pg_config() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    let dir = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    (output.status.success() && dir.is_absolute()).then_some(dir)
}

/// `{parent}/{prefix}{version}/{inner}` for every version there is, the newest first.
fn versions(name: &'static str, parent: &str, prefix: &str, inner: &str) -> SearchPath {
    let mut found: Vec<(Vec<u32>, PathBuf)> = fs::read_dir(parent)
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let file_name = entry.file_name();
            let version = numbers(file_name.to_str()?.strip_prefix(prefix)?)?;
            Some((version, entry.path().join(inner)))
        })
        .collect();
    found.sort_by(|(one, _), (other, _)| other.cmp(one));
    SearchPath { name, dirs: found.into_iter().map(|(_, dir)| dir).collect(), absent: NOTHING_THERE }
}

/// `9.6` as numbers, so that 10 comes after 9.
fn numbers(version: &str) -> Option<Vec<u32>> {
    version.split('.').map(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::{all, numbers, versions};

    /// A directory of this test's own, which it removes at its end.
    fn scratch(name: &str) -> PathBuf {
        let dir = std::env::temp_dir().join(format!("migrate-server-{name}-{}", std::process::id()));
        fs::create_dir_all(&dir).expect("a directory");
        dir
    }

    #[test]
    fn newest_version_first() {
        let dir = scratch("versions");
        for name in ["pgsql-9.6", "pgsql-10", "pgsql-18", "pgsql-x", "other-19"] {
            fs::create_dir_all(dir.join(name)).expect("a directory");
        }
        let place = versions("name", dir.to_str().expect("UTF-8"), "pgsql-", "bin");
        let expected: Vec<PathBuf> =
            ["pgsql-18/bin", "pgsql-10/bin", "pgsql-9.6/bin"].map(|name| dir.join(name)).into();
        assert_eq!(place.dirs, expected);
        fs::remove_dir_all(dir).expect("removed");
        assert_eq!(numbers("18-rc"), None);
    }

    #[test]
    fn path_counts_only_with_both_programs() {
        let dir = scratch("path");
        for (name, programs) in [("both", &["initdb", "postgres"][..]), ("one", &["postgres"])] {
            fs::create_dir_all(dir.join(name)).expect("a directory");
            for program in programs {
                fs::write(dir.join(name).join(program), "").expect("a file");
            }
        }
        let path = std::env::join_paths([dir.join("one"), dir.join("both"), "relative".into()]);
        let places = all(Some(&path.expect("a PATH")));
        assert_eq!(places[0].dirs, [dir.join("both")]);
        fs::remove_dir_all(dir).expect("removed");
    }
}
