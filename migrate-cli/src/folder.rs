//! Which folder the migrations are in, and what is said of it before a verb has its turn.

use std::path::{Path, PathBuf};

use migrate_runtime::cli::Terminal;
use migrate_source::{Code, Loaded};

use crate::failure::Failure;
use crate::say;

/// The name of the folder.
pub(crate) const NAME: &str = "migrations";

/// The folder that is named; or `migrations` in the current folder, or in the nearest one above that has it.
///
/// # Errors
///
/// There is none.
pub(crate) fn find(named: Option<&Path>) -> Result<PathBuf, Failure> {
    let current = std::env::current_dir().unwrap_or_default();
    find_from(&current, named)
}

fn find_from(current: &Path, named: Option<&Path>) -> Result<PathBuf, Failure> {
    if let Some(named) = named {
        let shown = named.display();
        let path = current.join(named);
        return if path.is_dir() {
            Ok(named.to_owned())
        } else if path.exists() {
            Err(not_a_folder(named))
        } else {
            let help = format!("correct the path, or make the folder: `migrate init --dir {shown}`");
            Err(Failure::new(Code::M0101, format!("{shown}: there is no such folder"), help))
        };
    }
    for (steps, above) in current.ancestors().enumerate() {
        if above.join(NAME).is_dir() {
            // Short, and what a person would type.
            return Ok(std::iter::repeat_n("..", steps).collect::<PathBuf>().join(NAME));
        }
    }
    if current.join(NAME).exists() {
        return Err(not_a_folder(Path::new(NAME)));
    }
    Err(Failure::new(
        Code::M0902,
        format!("there is no folder `{NAME}` here, nor in any folder above"),
        "make one with `migrate init`, or name it: `--dir PATH`",
    ))
}

/// Where the folder should be, there is a file.
pub(crate) fn not_a_folder(path: &Path) -> Failure {
    Failure::new(
        Code::M0102,
        format!("{}: this is not a folder", path.display()),
        "move it away, and make the folder with `migrate init`; or name another one: `--dir PATH`",
    )
}

/// Writes what a command that creates migrations has left to write, if it was cut, and names the files.
///
/// # Errors
///
/// The folder cannot be written.
pub(crate) fn finish_create(folder: &Path, terminal: &mut Terminal) -> Result<Vec<PathBuf>, Failure> {
    let Some(written) = migrate_source::finish_create(folder)? else { return Ok(Vec::new()) };
    terminal.note("an earlier run was cut; this is what it had left to write:");
    for file in &written {
        say::wrote(terminal, &say::shown(file));
    }
    Ok(written)
}

/// The migrations of a folder. What is left out of them, because it has no statement yet, is said.
///
/// # Errors
///
/// Every fault of the folder.
pub(crate) fn load(folder: &Path, terminal: &mut Terminal) -> Result<Loaded, Failure> {
    let loaded = migrate_check::load(folder)?;
    for warning in loaded.warnings() {
        say::warning(terminal, &warning);
    }
    Ok(loaded)
}

/// The folder to make where there is none.
pub(crate) fn new(named: Option<&Path>) -> PathBuf {
    named.map_or_else(|| PathBuf::from(NAME), Path::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn here_or_above_or_where_it_is_said_to_be() {
        let root = tempfile::tempdir().expect("a folder");
        let deep = root.path().join("a/b");
        std::fs::create_dir_all(deep.join(NAME)).expect("a folder");
        std::fs::create_dir_all(root.path().join("a/other")).expect("a folder");
        let find = |current: &Path, named: Option<&str>| find_from(current, named.map(Path::new)).ok();
        assert_eq!(find(&deep, None), Some(NAME.into()));
        assert_eq!(find(&deep.join(NAME), None), Some(Path::new("..").join(NAME)));
        assert_eq!(find(&deep, Some("../other")), Some("../other".into()));
        assert_eq!(find(&deep, Some("other")), None);
    }

    #[test]
    fn file_in_the_place_of_the_folder_is_reported_as_one() {
        let root = tempfile::tempdir().expect("a folder");
        std::fs::write(root.path().join(NAME), "").expect("a file");
        for named in [None, Some(Path::new(NAME))] {
            let failure = find_from(root.path(), named).expect_err("a failure");
            assert!(
                failure.text().starts_with("migrations: this is not a folder\nhelp: move it away"),
                "{}",
                failure.text()
            );
        }
    }
}
