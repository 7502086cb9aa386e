//! For the build script of a crate that embeds a folder: cargo is told to look at the folder as a whole.
//!
//! A macro can make cargo track files, and `embed_migrations!` has it track each file that it read. It cannot make it
//! track a folder: a file that is *added* is not seen, and the crate is not built again. A build script can:
//!
//! ```toml
//! [build-dependencies]
//! migrate-source = "0.1"
//! ```
//!
//! and in the `main` of `build.rs`, beside `Cargo.toml`:
//!
//! ```no_run
//! migrate_source::build::watch("migrations");
//! ```
//!
//! The macro has compiled this crate for the machine that builds already: nothing is compiled twice.

use std::io::{self, Write};
use std::path::Path;

use crate::variables::substitute;

/// Has cargo run the build script again, and then build the crate again, whenever something is added to the folder,
/// removed from it, renamed or edited in it.
///
/// The path is the one that `embed_migrations!` is given, with `$NAME` and `${NAME}` for environment variables: relative
/// to the folder of the crate's `Cargo.toml`, of which it may lead out. It is not read or checked; the macro does that.
///
/// Cargo otherwise runs a build script again when any file of the package changes. It ceases to once a script has named
/// what it depends on, as this does: a script that also reads other files names these too.
///
/// What cannot be watched is a warning of cargo's, never an error. Where the folder does not exist, cargo runs the script
/// each time, until it does.
pub fn watch(folder: &str) {
    // A build script speaks to cargo by what it prints. If cargo has stopped listening, the build is over.
    let _ = instruct(folder, |name| std::env::var(name).ok(), &mut io::stdout().lock());
}

/// Writes the instructions. They begin with one colon, not with two: a package that declares a Rust older than 1.77 may
/// not use the newer form, and cargo takes the older one for ever.
fn instruct(written: &str, env: impl Fn(&str) -> Option<String>, cargo: &mut impl Write) -> io::Result<()> {
    let (folder, variables) = match substitute(written, &env) {
        Ok(substituted) => substituted,
        Err(message) => {
            warn(&message, cargo)?;
            // Nothing has this name, so cargo asks again at the next build.
            (written.to_owned(), Vec::new())
        }
    };
    if let Some(why) = unwatchable(&folder) {
        return warn(&format!("{written:?} cannot be watched: {why}"), cargo);
    }
    let root = env("CARGO_MANIFEST_DIR").unwrap_or_default();
    let absolute = Path::new(&root).join(&folder);
    if let Some(output) = env("OUT_DIR") {
        if absolute.starts_with(&output) {
            let why = "the build script makes it, and cargo builds the crate after each run of the script: watch what \
                       it is made from";
            return warn(&format!("`{written}` needs no watching: {why}"), cargo);
        }
        let contains = |output: &Path| absolute.canonicalize().is_ok_and(|folder| output.starts_with(folder));
        if Path::new(&output).canonicalize().is_ok_and(|output| contains(&output)) {
            let why = "what cargo builds is in it, so that it changes with each build: name the folder of the migrations";
            return warn(&format!("`{written}` is not watched: {why}"), cargo);
        }
    }
    if !absolute.is_dir() {
        let shown = absolute.display();
        warn(&format!("there is no folder {shown}: until there is, the crate is built each time"), cargo)?;
    }
    for variable in variables {
        writeln!(cargo, "cargo:rerun-if-env-changed={variable}")?;
    }
    writeln!(cargo, "cargo:rerun-if-changed={folder}")
}

/// Why a path cannot be put in an instruction.
fn unwatchable(folder: &str) -> Option<&'static str> {
    match () {
        // It would be the whole package.
        () if folder.trim().is_empty() => Some("it names no folder"),
        () if folder.contains(['\n', '\r']) => Some("an instruction to cargo is one line"),
        () => None,
    }
}

fn warn(message: &str, cargo: &mut impl Write) -> io::Result<()> {
    writeln!(cargo, "cargo:warning={}", message.replace(['\n', '\r'], " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What cargo is told of a path, by a package in this folder with the folder `migrations` and a folder for output.
    fn told(written: &str, package: &Path) -> String {
        let env = |name: &str| match name {
            "CARGO_MANIFEST_DIR" => Some(package.display().to_string()),
            "OUT_DIR" => Some(package.join("target/out").display().to_string()),
            "WHERE" => Some("migrations".to_owned()),
            "NOWHERE" => Some("\n".to_owned()),
            _ => None,
        };
        let mut cargo = Vec::new();
        instruct(written, env, &mut cargo).expect("a vector takes everything");
        String::from_utf8(cargo).expect("UTF-8").replace(&package.display().to_string(), "$PACKAGE")
    }

    #[track_caller]
    fn check(written: &str, expected: &str) {
        let package = tempfile::tempdir().expect("a folder");
        for folder in ["migrations", "target/out/generated"] {
            std::fs::create_dir_all(package.path().join(folder)).expect("a folder");
        }
        std::fs::write(package.path().join("file"), "").expect("a file");
        assert_eq!(told(written, package.path()), expected);
    }

    #[test]
    fn a_folder_is_named_as_it_was_written() {
        check("migrations", "cargo:rerun-if-changed=migrations\n");
        check("target/../migrations", "cargo:rerun-if-changed=target/../migrations\n");
        check("$WHERE", "cargo:rerun-if-env-changed=WHERE\ncargo:rerun-if-changed=migrations\n");
        check("./${WHERE}/", "cargo:rerun-if-env-changed=WHERE\ncargo:rerun-if-changed=./migrations/\n");
    }

    #[test]
    fn a_folder_that_is_not_there_is_looked_for_again() {
        let warning = |name: &str| {
            format!(
                "cargo:warning=there is no folder $PACKAGE/{name}: until there is, the crate is built each time\n\
                 cargo:rerun-if-changed={name}\n"
            )
        };
        check("nothing", &warning("nothing"));
        check("file", &warning("file"));
        check(
            "$UNSET/migrations",
            &format!(
                "cargo:warning=`$UNSET/migrations` needs the environment variable UNSET, which is not set while this \
                 crate compiles\n{}",
                warning("$UNSET/migrations")
            ),
        );
    }

    #[test]
    fn what_would_be_built_each_time_or_is_no_instruction_is_not_named() {
        let refused = |written: &str, why: &str| check(written, &format!("cargo:warning={why}\n"));
        refused("", "\"\" cannot be watched: it names no folder");
        refused("$NOWHERE/x", "\"$NOWHERE/x\" cannot be watched: an instruction to cargo is one line");
        refused(
            "$OUT_DIR/generated",
            "`$OUT_DIR/generated` needs no watching: the build script makes it, and cargo builds the crate after each run \
             of the script: watch what it is made from",
        );
        for around in [".", "target"] {
            refused(
                around,
                &format!(
                    "`{around}` is not watched: what cargo builds is in it, so that it changes with each build: name the \
                     folder of the migrations"
                ),
            );
        }
    }
}
