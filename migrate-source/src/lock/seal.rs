//! Sealing: adds the drafts of a folder to its ledger, and changes nothing that is there.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::check::Check;
use crate::durable;
use crate::fault::Faults;
use crate::load;
use crate::lock::{LOCK_FILE, Ledger, SEPARATOR};
use crate::named_file::NamedFile;

/// What [`seal`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sealed {
    /// The files that were drafts, in the order of the folder. Where it is empty, nothing was written.
    pub added: Vec<String>,
}

/// Why nothing was sealed.
#[derive(Debug)]
#[non_exhaustive]
pub enum SealError {
    /// The folder has faults, one of which may be that a sealed file was edited.
    Faults(Faults),
    /// The lock file could not be written, and is what it was.
    Write {
        /// Where it is.
        path: PathBuf,
        /// What the operating system says.
        error: io::Error,
    },
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Faults(faults) => write!(f, "{faults}"),
            Self::Write { path, error } => write!(
                f,
                "{}: cannot be written: {error}\nhelp: it is replaced by a new file, so that the folder must be writable; \
                 nothing was changed",
                path.display()
            ),
        }
    }
}

impl std::error::Error for SealError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            // Its words are this error's own.
            Self::Faults(_) => None,
            Self::Write { error, .. } => Some(error),
        }
    }
}

impl From<Faults> for SealError {
    fn from(faults: Faults) -> Self {
        Self::Faults(faults)
    }
}

/// Seals every draft of a folder: adds its line to `migrate.lock`, which is made where there is none.
///
/// What the file has stays as it is, to the byte. It is replaced in one step, so that a crash leaves the old one or the
/// new one. Where there is no draft, nothing is written.
///
/// # Errors
///
/// [`SealError::Faults`] where the folder does not load, so that an edited file is not sealed anew;
/// [`SealError::Write`] where the folder cannot be written to.
pub fn seal(folder: &Path) -> Result<Sealed, SealError> {
    seal_and(folder, &())
}

/// The same, where somebody else has something to say of the scripts first.
///
/// # Errors
///
/// As [`seal`].
pub fn seal_and(folder: &Path, check: &dyn Check) -> Result<Sealed, SealError> {
    let _held = crate::unfinished::hold(folder);
    let examined = load::examine(folder, check)?;
    examined.is_finished()?;
    let ledger = examined.ledger.unwrap_or_default();
    let versioned: Vec<&NamedFile> = examined.files.iter().filter(|file| !file.is_repeatable()).collect();
    let added =
        versioned.iter().filter(|file| !ledger.seals(&file.file)).map(|file| file.file.clone()).collect();
    let sealed = Sealed { added };
    if !sealed.added.is_empty() {
        let path = folder.join(LOCK_FILE);
        durable::replace(&path, &ledger.with(&versioned))
            .map_err(|error| SealError::Write { path, error })?;
    }
    Ok(sealed)
}

/// What the file is, for who meets it first.
pub(super) const HEAD: &str = "# The sealed migrations of this folder: the files below no longer change. `migrate lock` adds to it; \
                    `sha256sum -c migrate.lock` checks it, as the build does.";

impl Ledger {
    /// The text with all files of a folder, which are in order and without faults.
    fn with(&self, files: &[&NamedFile]) -> String {
        let ending = if self.text.contains("\r\n") { "\r\n" } else { "\n" };
        let mut text = if self.text.is_empty() { format!("{HEAD}{ending}") } else { String::new() };
        let mut copied = 0;
        // Where the line of the last file ends, if that is sealed.
        let mut sealed_until = None;
        for file in files {
            if let Some(line) = self.line(&file.file) {
                sealed_until = Some(line.end);
                continue;
            }
            // A draft is behind all that is sealed, but for the down of a sealed up, which comes right before it.
            let until = sealed_until.take().filter(|_| file.is_down()).unwrap_or(self.text.len());
            text.push_str(&self.text[copied..until]);
            copied = until;
            if !text.ends_with('\n') {
                text.push_str(ending);
            }
            // A file without a script has a fault.
            if let Some(checksum) = file.checksum {
                text.extend([&checksum.to_string(), SEPARATOR, &file.file, ending]);
            }
        }
        text.push_str(&self.text[copied..]);
        text
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use super::*;
    use crate::fault::{Fault, FaultKind, LockFault};
    use crate::load::{load, load_with_drafts};
    use crate::skip::skip;

    /// A folder with these files.
    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for (file, text) in files {
            write(&folder, file, text);
        }
        folder
    }

    fn write(folder: &tempfile::TempDir, file: &str, text: impl AsRef<[u8]>) {
        fs::write(folder.path().join(file), text).expect("a file");
    }

    fn ledger(folder: &tempfile::TempDir) -> String {
        fs::read_to_string(folder.path().join(LOCK_FILE)).expect("a ledger")
    }

    fn added(folder: &tempfile::TempDir) -> Vec<String> {
        seal(folder.path()).expect("no fault").added
    }

    fn kinds(folder: &tempfile::TempDir) -> Vec<FaultKind> {
        let faults = load(folder.path()).expect_err("faults");
        faults.iter().map(Fault::kind).cloned().collect()
    }

    const PAIR: [(&str, &str); 2] = [("0001_a.up.sql", "SELECT 1;\n"), ("0001_a.down.sql", "SELECT 2;\n")];

    #[test]
    fn what_the_system_says_is_the_source() {
        let error = io::Error::other("full");
        let error = SealError::Write { path: PathBuf::from("migrate.lock"), error };
        let source = std::error::Error::source(&error).map(ToString::to_string);
        assert_eq!(source.as_deref(), Some("full"));
    }

    #[test]
    fn what_is_sealed_loads_and_is_sealed_once() {
        let folder = folder(&[PAIR[0], PAIR[1], ("R_views.sql", "SELECT 3;\n"), ("migrate.toml", "")]);
        let before = load_with_drafts(folder.path(), &()).expect("no fault");
        assert!(!before.has_lock && before.drafts.is_empty());

        assert_eq!(added(&folder), ["0001_a.up.sql", "0001_a.down.sql"]);
        let sealed = ledger(&folder);
        // printf 'SELECT 1;\n' | sha256sum; printf 'SELECT 2;\n' | sha256sum
        assert_eq!(
            sealed,
            format!(
                "{HEAD}\nb4e0497804e46e0a0b0b8c31975b062152d551bac49c3c2e80932567b4085dcd  0001_a.up.sql\n\
                 a41109d24069b4822ddc5f367b25d484dc7e839bff338ce7a3e5da641caacda0  0001_a.down.sql\n"
            )
        );
        let after = load_with_drafts(folder.path(), &()).expect("no fault");
        assert!(after.has_lock && after.drafts.is_empty());
        assert_eq!(after.set, before.set);

        write(&folder, "0002_b.sql", "SELECT 4;");
        let with_draft = load_with_drafts(folder.path(), &()).expect("no fault");
        assert_eq!(with_draft.drafts, ["0002_b.sql"]);
        write(&folder, "R_views.sql", "SELECT 5;");
        assert_eq!(added(&folder), ["0002_b.sql"]);
        assert!(ledger(&folder).starts_with(&sealed));

        let modified =
            || fs::metadata(folder.path().join(LOCK_FILE)).and_then(|of| of.modified()).expect("a time");
        let written = modified();
        assert!(added(&folder).is_empty());
        assert_eq!(modified(), written);
        let left = fs::read_dir(folder.path()).expect("a folder").count();
        assert_eq!(left, 6, "a file was left");
    }

    #[test]
    fn what_is_there_stays_as_it_is() {
        let folder = folder(&[PAIR[0], ("0002_b.sql", "SELECT 1;\n")]);
        added(&folder);
        let by_hand = format!("# Ours.\r\n\r\n{}# The end.", ledger(&folder).replace('\n', "\r\n"));
        write(&folder, LOCK_FILE, &by_hand);
        write(&folder, "0003_c.sql", "SELECT 1;\n");
        assert_eq!(added(&folder), ["0003_c.sql"]);
        let line = |file: &str| {
            let ledger = ledger(&folder);
            let line = ledger.split_inclusive('\n').find(|line| line.contains(file));
            line.expect("a line").to_owned()
        };
        assert_eq!(ledger(&folder), format!("{by_hand}\r\n{}", line("0003")));

        // A down that is written later stands behind its up.
        write(&folder, PAIR[1].0, PAIR[1].1);
        assert_eq!(load_with_drafts(folder.path(), &()).expect("no fault").drafts, [PAIR[1].0]);
        write(&folder, "0004_d.up.sql", "SELECT 1;\n");
        write(&folder, "0004_d.down.sql", "SELECT 1;\n");
        assert_eq!(added(&folder), [PAIR[1].0, "0004_d.up.sql", "0004_d.down.sql"]);
        let up = line("0001_a.up.sql");
        let expected = by_hand.replace(&up, &[&*up, &line("0001_a.down.sql")].concat());
        let behind = [line("0003"), line("0004_d.up"), line("0004_d.down")].concat();
        assert_eq!(ledger(&folder), format!("{expected}\r\n{behind}"));
        load(folder.path()).expect("no fault");
    }

    #[test]
    fn an_edited_file_is_not_sealed_anew() {
        let folder = folder(&PAIR);
        added(&folder);
        let sealed = ledger(&folder);
        write(&folder, PAIR[0].0, "SELECT 1; -- one\n");
        write(&folder, "0002_b.sql", "SELECT 1;\n");
        let error = seal(folder.path()).expect_err("a fault");
        assert!(error.to_string().contains("`0001_a.up.sql` was edited"), "{error}");
        assert_eq!(ledger(&folder), sealed);
    }

    /// Each byte is changed, left out, and doubled.
    #[test]
    fn each_change_of_a_sealed_file_is_found() {
        const TEXT: &str = "SELECT 'a\r\nb', $$ c\nd $$\r\n  AS \"e\"; -- f\n/* g */\n";
        let folder = folder(&[("0001_a.sql", TEXT)]);
        added(&folder);
        for at in 0..TEXT.len() {
            let (before, byte, after) = (&TEXT[..at], &TEXT[at..=at], &TEXT[at + 1..]);
            let other = char::from(byte.as_bytes()[0] ^ 1).to_string();
            // Outside literals it is not to be seen, which is the rule.
            let is_ending = after.starts_with("$$\r\n") || (byte == "\r" && after.starts_with("\n  AS"));
            for change in ["", &other, &byte.repeat(2)] {
                let text = [before, change, after].concat();
                if is_ending && text.replace('\r', "") == TEXT.replace('\r', "") {
                    continue;
                }
                write(&folder, "0001_a.sql", &text);
                let is_of_lock = |kind: &FaultKind| matches!(kind, FaultKind::Lock(_));
                assert!(kinds(&folder).iter().any(is_of_lock), "{text:?}");
            }
        }
        write(&folder, "0001_a.sql", format!("\u{feff}{}", TEXT.replace("; -- f\n", "; -- f\r\n")));
        load(folder.path()).expect("no fault");
    }

    #[test]
    fn line_endings_inside_a_literal() {
        let is_told = |sealed: &str, now: &str| {
            let folder = folder(&[("0001_a.sql", sealed)]);
            added(&folder);
            write(&folder, "0001_a.sql", now);
            kinds(&folder) == [FaultKind::Lock(LockFault::LineEndings { file: "0001_a.sql".into() })]
        };
        let [unix, windows] = ["SELECT 1,\n  'a\nb';\n", "SELECT 1,\r\n  'a\r\nb';\r\n"];
        assert!(is_told(unix, windows) && is_told(windows, unix));
        assert!(!is_told(unix, "SELECT 1,\n  'a\nc';\n"));
    }

    #[test]
    fn sha256sum_agrees() {
        let folder = folder(&[PAIR[0], PAIR[1], ("0002_b.sql", "SELECT 'é\n';\n")]);
        added(&folder);
        let check = || {
            let arguments = ["--check", "--strict", "--warn", LOCK_FILE];
            Command::new("sha256sum").args(arguments).current_dir(folder.path()).output()
        };
        let Ok(output) = check() else { return skip("sha256sum", "it is not asked about the ledger") };
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        write(&folder, "0002_b.sql", "SELECT 'è\n';\n");
        assert!(!check().expect("output").status.success());
    }

    #[test]
    fn what_a_killed_process_has_left_harms_nothing() {
        let folder = folder(&PAIR);
        added(&folder);
        let sealed = ledger(&folder);
        for (number, left) in ["", &sealed[..90], &sealed, "no ledger at all\n"].into_iter().enumerate() {
            write(&folder, &format!(".{LOCK_FILE}.{number}"), left);
            write(&folder, &format!(".000{}_x.sql.{number}", number + 2), "SELEC");
        }
        assert_eq!(load_with_drafts(folder.path(), &()).expect("no fault").drafts, [""; 0]);
        assert!(added(&folder).is_empty());
        write(&folder, "0002_b.sql", "SELECT 4;");
        assert_eq!(added(&folder), ["0002_b.sql"]);
        assert!(ledger(&folder).starts_with(&sealed) && load(folder.path()).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn a_ledger_that_cannot_be_written_is_said_so_and_nothing_is_left() {
        let folder = folder(&PAIR);
        // A folder where the new file would be: refused to root as well.
        let beside = folder.path().join(format!(".{LOCK_FILE}.{}", std::process::id()));
        fs::create_dir(&beside).expect("a folder");
        let error = seal(folder.path()).expect_err("an error");
        assert!(matches!(error, SealError::Write { .. }));
        assert!(error.to_string().contains("migrate.lock: cannot be written"), "{error}");
        assert!(!folder.path().join(LOCK_FILE).exists());
    }
}
