//! Which PostgreSQL to start: the first that runs and suits the data, and for each that does not,
//! why. It starts no server.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::account::Account;
use super::bundled;
use super::home::Home;
use super::search_path::{self, SearchPath};
use super::version::Version;
use crate::options;
use crate::{Error, Looked, Origin};

/// `initdb --auth=scram-sha-256` needs it.
const OLDEST: u32 = 10;

/// A PostgreSQL that runs here.
#[derive(Debug)]
pub(crate) struct Binaries {
    pub(crate) dir: PathBuf,
    pub(crate) version: Version,
    bundled: bool,
    /// What its programs need in their environment.
    variables: Vec<(&'static str, OsString)>,
}

impl Binaries {
    /// A command line for one of the programs. The variables are set by `env`, since the shell of
    /// macOS, which the watchdog is, drops those that concern libraries.
    pub(crate) fn command(&self, program: &str) -> Vec<OsString> {
        let mut line = Vec::new();
        if !self.variables.is_empty() {
            line.push("env".into());
            for (name, value) in &self.variables {
                let mut assignment = OsString::from(name);
                assignment.push("=");
                assignment.push(value);
                line.push(assignment);
            }
        }
        line.push(self.dir.join(program).into());
        line
    }

    pub(crate) fn origin(&self) -> Origin {
        let version = self.version.as_str().to_owned();
        if self.bundled {
            Origin::Bundled { version }
        } else {
            Origin::Installed { bin_dir: self.dir.clone(), version }
        }
    }

    fn installed(dir: &Path, account: Account) -> Result<Self, String> {
        if !search_path::has_programs(dir) {
            return Err("it lacks `initdb` or `postgres`".to_owned());
        }
        // Behind a link are the other programs too, such as `psql`.
        let linked = fs::canonicalize(dir.join("postgres")).ok();
        let linked = linked.as_deref().and_then(Path::parent);
        let dir = linked.filter(|dir| search_path::has_programs(dir)).unwrap_or(dir);
        Self::try_out(dir.to_owned(), false, Vec::new(), account)
    }

    fn bundled(account: Account, home: &Home) -> Result<Self, String> {
        home.take_back().map_err(|error| error.to_string())?;
        let unpacked = bundled::unpack(account, home);
        home.hand_over().map_err(|error| error.to_string())?;
        let unpacked = unpacked?;
        Self::try_out(unpacked.bin_dir, true, unpacked.variables, account)
    }

    /// Runs `postgres --version` as the server will run, which shows whether it can.
    fn try_out(
        dir: PathBuf,
        bundled: bool,
        variables: Vec<(&'static str, OsString)>,
        account: Account,
    ) -> Result<Self, String> {
        let mut command = account.command(dir.join("postgres"));
        command.arg("--version").envs(variables.iter().map(|(name, value)| (name, value)));
        let output = command.output().map_err(|error| {
            let whom = if account.is_other() { " as `nobody`" } else { "" };
            format!("`postgres` does not run{whom}: {error}")
        })?;
        let text = String::from_utf8_lossy(&output.stdout);
        let version = Version::parse(&text).ok_or_else(|| {
            let complaint = String::from_utf8_lossy(&output.stderr);
            format!("`postgres --version` does not tell one: {}", complaint.trim())
        })?;
        if version.number() < OLDEST {
            let version = version.as_str();
            return Err(format!("PostgreSQL {version} is older than {OLDEST}, the oldest that does"));
        }
        Ok(Self { dir, version, bundled, variables })
    }
}

/// The first PostgreSQL that runs, and that made the data in `home` if there are any.
pub(crate) fn find(
    wish: &options::Binaries,
    search_path: impl FnOnce() -> Vec<SearchPath>,
    account: Account,
    home: &Home,
) -> Result<Binaries, Error> {
    let mut search = Search { made_by: home.made_by(), looked: Vec::new(), unsuited: Vec::new() };
    let found = match wish {
        options::Binaries::Any => {
            search.among(search_path(), account).or_else(|| search.bundled(account, home))
        }
        options::Binaries::In(dir) => {
            let dir = std::path::absolute(dir).unwrap_or_else(|_| dir.clone());
            search.directory(&display(&dir), &dir, account)
        }
        #[cfg(feature = "bundled")]
        options::Binaries::Bundled => search.bundled(account, home),
    };
    found.ok_or_else(|| search.failed(home))
}

struct Search {
    made_by: Option<String>,
    looked: Vec<Looked>,
    /// Versions that run here and did not make the data.
    unsuited: Vec<String>,
}

impl Search {
    fn among(&mut self, search_path: Vec<SearchPath>, account: Account) -> Option<Binaries> {
        for place in search_path {
            if place.dirs.is_empty() {
                self.looked.push(Looked::new(place.name, place.absent));
            }
            for dir in place.dirs {
                let name = format!("{} ({})", display(&dir), place.name);
                if let Some(found) = self.directory(&name, &dir, account) {
                    return Some(found);
                }
            }
        }
        None
    }

    fn directory(&mut self, name: &str, dir: &Path, account: Account) -> Option<Binaries> {
        let tried = Binaries::installed(dir, account);
        self.judge(name, tried)
    }

    fn bundled(&mut self, account: Account, home: &Home) -> Option<Binaries> {
        let tried = Binaries::bundled(account, home);
        self.judge("the bundled PostgreSQL", tried)
    }

    fn judge(&mut self, name: &str, tried: Result<Binaries, String>) -> Option<Binaries> {
        match tried {
            Ok(found) if self.made_by.as_ref().is_none_or(|major| major == found.version.major()) => {
                return Some(found);
            }
            Ok(found) => self.unsuited.push(found.version.as_str().to_owned()),
            Err(why) => self.looked.push(Looked::new(name, why)),
        }
        None
    }

    fn failed(self, home: &Home) -> Error {
        match self.made_by {
            Some(made_by) if !self.unsuited.is_empty() => {
                Error::OtherVersion { dir: home.dir().to_owned(), made_by, found: self.unsuited }
            }
            _ => Error::NothingFound { looked: self.looked },
        }
    }
}

fn display(dir: &Path) -> String {
    dir.display().to_string()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{Account, Home, SearchPath, find};
    use crate::{Error, Options, options};

    #[test]
    fn an_error_lists_what_was_looked_at() {
        let account = Account::for_server().expect("an account");
        let home = Home::prepare(&Options::new(), account).expect("a directory");
        let search_path = || {
            vec![
                SearchPath { name: "PATH", dirs: Vec::new(), absent: "nothing in it" },
                SearchPath { name: "/x/*/bin", dirs: vec![PathBuf::from("/x/1/bin")], absent: "" },
            ]
        };
        let error = find(&options::Binaries::Any, search_path, account, &home).expect_err("none");
        assert!(matches!(error, Error::NothingFound { .. }));
        let text = error.to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[..3],
            [
                "found no PostgreSQL to start a private server from; looked at:",
                "  PATH: nothing in it",
                "  /x/1/bin (/x/*/bin): it lacks `initdb` or `postgres`",
            ]
        );
        assert!(lines[3].starts_with("  the bundled PostgreSQL: "), "{text}");
        assert!(lines[4].starts_with("set DATABASE_URL to a server that you have"), "{text}");
        let dir = home.dir().to_owned();
        drop(home);
        assert!(!dir.exists());
    }
}
