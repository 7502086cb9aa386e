//! `init`: the folder of the migrations, with its settings.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use migrate_runtime::cli::Terminal;
use migrate_source::{Code, durable};
use serde_json::json;

use super::shown;
use crate::Answer;
use crate::args;
use crate::failure::Failure;
use crate::folder::not_a_folder;
use crate::say;

const FILES: [(&str, &str); 2] = [("migrate.toml", SETTINGS), (".gitattributes", ATTRIBUTES)];

const SETTINGS: &str = "\
# The settings of this folder. `embed_migrations!` and the `migrate` command read them alike; each is off as it stands.

# How the first migration is numbered: by the UTC time, as a \"timestamp\", or from 0001, as a \"sequence\".
#versions = \"timestamp\"

# Each migration must have a `.down.sql` that reverts it.
#require-down = true

# Databases, or hosts, that are production's: what writes to them asks first. `*` stands for any characters.
#production = [\"*-prod\", \"db.example.com\"]

# Where the history of the migrations is kept, and beside it the log, with the ending `_log`. Choose before the first run:
# another name is another history.
#history-table = \"public.schema_migrations\"

# How long a migration waits for a lock before it lets others pass and tries again, and how long one statement may take.
#lock-timeout = \"3s\"
#statement-timeout = \"10min\"

# What keeps two processes from migrating one database at a time: an \"advisory\" lock, or a lock on the \"row\" of a table
# beside the history, with the ending `_lock`, for roles that may not use those.
#lock = \"advisory\"

# What is done in one transaction: a \"migration\", or a \"statement\" with the record of how far the migration is, for servers
# that do not roll back DDL.
#transaction = \"migration\"

# The migration tools of other applications in the same database. Another tool whose history table has rows stops every
# verb until `migrate adopt` has recorded what it has applied.
#beside = [\"sqlx\"]

# What is made of a hazard: \"allow\" it, \"warn\" of it in `migrate lint`, or \"deny\" it, so that it does not compile.
#[lints]
#drop-table = \"deny\"
#warnings = \"deny\"
";

/// What `--sequential` replaces in the settings, and by what.
const TIMESTAMP: &str = "#versions = \"timestamp\"";
const SEQUENCE: &str = "versions = \"sequence\"";

const ATTRIBUTES: &str = "\
# The same bytes on every system: a line ending inside a string reaches the database.
*.sql text eol=lf
migrate.lock text eol=lf
";

pub(crate) fn init(folder: &Path, init: &args::Init, terminal: &mut Terminal) -> Result<Answer, Failure> {
    let failed = |path: &Path, error: &io::Error| {
        Failure::new(
            Code::M0904,
            format!("{}: cannot be written: {error}", shown(path)),
            "allow it, or name another folder: `--dir`",
        )
    };
    if folder.exists() && !folder.is_dir() {
        return Err(not_a_folder(folder));
    }
    fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
    let mut wrote = Vec::new();
    for (file, text) in FILES {
        let path = folder.join(file);
        let text = if init.sequential { text.replace(TIMESTAMP, SEQUENCE) } else { text.to_owned() };
        match durable::create(&path, &text) {
            Ok(()) => {
                say::wrote(terminal, &shown(&path));
                wrote.push(shown(&path));
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                terminal.note(&format!("{} is there, and stays as it is", shown(&path)));
                if init.sequential && text.contains(SEQUENCE) {
                    say::warning(
                        terminal,
                        &format!("for numbers from 0001, add `{SEQUENCE}` to {}", shown(&path)),
                    );
                }
            }
            Err(error) => return Err(failed(&path, &error)),
        }
    }
    say::next(terminal, "`migrate create NAME`");
    terminal.result(&embedding(&shown(folder), checkout().as_deref()));
    Ok(Answer::done(json!({ "folder": shown(folder), "wrote": wrote })))
}

/// The folder of the crates where this program was compiled from a checkout that is still there. Until a release, there is
/// nothing else that a service could depend on.
fn checkout() -> Option<PathBuf> {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?;
    checkout.join("migrate-runtime/Cargo.toml").is_file().then(|| checkout.to_owned())
}

/// A dependency that can be compiled: of the checkout, or of this release.
fn dependency(name: &str, checkout: Option<&Path>) -> String {
    match checkout {
        Some(checkout) => format!("{name} = {{ path = '{}' }}", shown(&checkout.join(name))),
        None => format!("{name} = {:?}", env!("CARGO_PKG_VERSION")),
    }
}

/// What a service says to carry the folder in it.
fn embedding(folder: &str, checkout: Option<&Path>) -> String {
    let [runtime, source] = ["migrate-runtime", "migrate-source"].map(|name| dependency(name, checkout));
    let argument = if folder == "migrations" { String::new() } else { format!("{folder:?}") };
    format!(
        "
In the service that carries the migrations:

  # Cargo.toml
  [dependencies]
  {runtime}
  [build-dependencies]
  {source}

  // build.rs: a file that is added builds the service again
  fn main() {{
      migrate_source::build::watch({folder:?});
  }}

  // src/main.rs
  use migrate_runtime::{{MigrationSet, embed_migrations}};
  static MIGRATIONS: MigrationSet = embed_migrations!({argument});
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_is_one_that_can_be_compiled() {
        let checkout = checkout().expect("the tests run in a checkout");
        for name in ["migrate-runtime", "migrate-source"] {
            assert!(checkout.join(name).join("Cargo.toml").is_file(), "{name}");
            let path = shown(&checkout.join(name));
            assert_eq!(dependency(name, Some(&checkout)), format!("{name} = {{ path = '{path}' }}"));
            assert_eq!(dependency(name, None), format!("{name} = {:?}", env!("CARGO_PKG_VERSION")));
        }
    }

    /// Also with each setting switched on.
    #[test]
    fn the_settings_are_understood() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |file: &str, text: &str| fs::write(folder.path().join(file), text).expect("a file");
        for file in ["0001_a.up.sql", "0001_a.down.sql"] {
            write(file, "SELECT 1;");
        }
        let on: String = SETTINGS
            .lines()
            .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line))
            .flat_map(|line| [line, "\n"])
            .collect();
        assert!(on.contains("\nrequire-down"), "{on}");
        assert!(SETTINGS.contains(TIMESTAMP) && !SETTINGS.contains(SEQUENCE));
        for settings in [SETTINGS, &*on] {
            write("migrate.toml", settings);
            migrate_check::load(folder.path()).unwrap_or_else(|faults| panic!("{faults}"));
        }
    }
}
