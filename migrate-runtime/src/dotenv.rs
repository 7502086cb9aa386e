//! The file `.env`, which is for development: the nearest one, from a folder upwards to the root of the repository. It leaves
//! the environment of the process alone.

use std::fmt;
use std::path::{Path, PathBuf};

/// A file `.env` that is there and is not one. What is in its lines may be secret, and is not shown.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unreadable(PathBuf);

/// The value that the nearest file gives a variable. An empty one counts as none.
pub(crate) fn get(folder: &Path, name: &str) -> Result<Option<String>, Unreadable> {
    let Some(path) = nearest(folder) else {
        return Ok(None);
    };
    let pairs = dotenvy::from_path_iter(&path).map_err(|_| Unreadable(path.clone()))?;
    for pair in pairs {
        let (key, value) = pair.map_err(|_| Unreadable(path.clone()))?;
        if key == name && !value.is_empty() {
            return Ok(Some(value));
        }
    }
    Ok(None)
}

/// Beyond the root of a repository the files are another project's.
fn nearest(folder: &Path) -> Option<PathBuf> {
    let folder = std::path::absolute(folder).ok()?;
    for folder in folder.ancestors() {
        let path = folder.join(".env");
        // A link to nowhere is a file that cannot be read. A folder of that name is something else.
        if path.is_file() || (path.is_symlink() && !path.exists()) {
            return Some(path);
        }
        if folder.join(".git").exists() {
            return None;
        }
    }
    None
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.0.display();
        write!(f, "{path} cannot be read: write NAME=value lines, and a value with spaces in quotes")
    }
}

#[cfg(test)]
mod tests {
    use super::get;

    #[test]
    fn nearest_file_counts_up_to_the_root_of_the_repository() {
        let root = tempfile::tempdir().expect("a folder");
        let below = root.path().join("service/src");
        std::fs::create_dir_all(&below).expect("folders");
        let write = |file: &str, text: &str| std::fs::write(root.path().join(file), text).expect("a file");
        let found = || get(&below, "DATABASE_URL").map_err(|error| error.to_string());
        assert_eq!(found(), Ok(None));
        write(".env", "DATABASE_URL=of the root\n");
        assert!(
            found().is_err_and(|error| error.contains(".env cannot be read: ") && !error.contains("of the"))
        );
        write(".env", "OTHER=x\nDATABASE_URL='of the root'\n");
        assert_eq!(found(), Ok(Some("of the root".to_owned())));
        // One that has it not is the nearest all the same.
        write("service/.env", "DATABASE_URL=\n");
        assert_eq!(found(), Ok(None));
        write("service/.env", "DATABASE_URL=near\n");
        assert_eq!(found(), Ok(Some("near".to_owned())));
        std::fs::remove_file(root.path().join("service/.env")).expect("it was there");
        std::fs::create_dir(root.path().join("service/.git")).expect("a folder");
        assert_eq!(found(), Ok(None));
    }
}
