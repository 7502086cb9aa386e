//! A folder in which the command is called, and the transcript of what was typed and printed.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::schema;

pub(crate) struct Session {
    folder: tempfile::TempDir,
    /// Below the folder.
    current: PathBuf,
    variables: Vec<(String, String)>,
    transcript: String,
}

impl Session {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder, current: PathBuf::new(), variables: Vec::new(), transcript: String::new() }
    }

    /// In a folder that has these migrations, each with a statement or what is given.
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let session = Self::new();
        std::fs::create_dir(session.path("migrations")).unwrap();
        for (file, text) in files {
            session.write(&format!("migrations/{file}"), text);
        }
        session
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        std::fs::write(self.path(path), text).unwrap();
    }

    pub(crate) fn append(&self, path: &str, text: &str) {
        let there = self.read(path);
        self.write(path, &format!("{there}{text}"));
    }

    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// The names in a folder, hidden ones too.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.path(folder)).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    pub(crate) fn enter(&mut self, folder: &str) {
        std::fs::create_dir_all(self.path(folder)).unwrap();
        self.current = folder.into();
        writeln!(self.transcript, "$ cd {folder}").unwrap();
    }

    /// From here on, the command has this variable. It is not in the transcript.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    pub(crate) fn output(&self, args: &[impl AsRef<OsStr>]) -> Output {
        self.output_of(Path::new(env!("CARGO_BIN_EXE_migrate")), args)
    }

    pub(crate) fn output_of(&self, program: &Path, args: &[impl AsRef<OsStr>]) -> Output {
        self.command(program, args).stdin(Stdio::null()).output().unwrap()
    }

    /// The command as it would be called here.
    pub(crate) fn command(&self, program: &Path, args: &[impl AsRef<OsStr>]) -> Command {
        let mut command = Command::new(program);
        command.args(args).current_dir(self.folder.path().join(&self.current));
        // What the one who runs the tests has set is not the user's.
        for (name, _) in std::env::vars() {
            if name.starts_with("PG") || name.starts_with("MIGRATE_") || name == "DATABASE_URL" {
                command.env_remove(name);
            }
        }
        command.env_remove("NO_COLOR").envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Calls the command; what it prints goes into the transcript, and the exit code unless it is 0.
    pub(crate) fn run(&mut self, args: &[&str]) -> &mut Self {
        let output = self.output(args);
        let shown: Vec<String> = args.iter().map(|arg| quoted(arg)).collect();
        writeln!(self.transcript, "$ migrate {}", shown.join(" ")).unwrap();
        for (stream, mark) in [(&output.stdout, ""), (&output.stderr, "2> ")] {
            for line in String::from_utf8_lossy(stream).lines() {
                writeln!(self.transcript, "{}", format!("{mark}{line}").trim_end()).unwrap();
            }
        }
        if !output.status.success() {
            writeln!(self.transcript, "exit code {}", output.status.code().unwrap()).unwrap();
        }
        self.transcript.push('\n');
        self
    }

    /// Adds to the transcript what is worth seeing beside it.
    pub(crate) fn note(&mut self, text: &str) {
        writeln!(self.transcript, "{text}").unwrap();
    }

    /// Calls the command, which exits with this code; what it prints counts for nothing.
    #[track_caller]
    pub(crate) fn run_quietly(&self, args: &[&str], code: i32) {
        let output = self.output(args);
        assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// The object that the command prints, and nothing else, and its exit code.
    pub(crate) fn json(&self, args: &[&str]) -> (serde_json::Value, i32) {
        let args = [args, &["--format", "json"]].concat();
        let output = self.output(&args);
        let text = String::from_utf8(output.stdout).unwrap();
        let object: serde_json::Value =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{args:?}: {error}: {text}"));
        schema::check(&object);
        (object, output.status.code().unwrap())
    }

    /// What was typed and printed so far. Times and the like are not in it.
    pub(crate) fn transcript(&mut self) -> String {
        let folder = self.folder.path().display().to_string();
        let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().display().to_string();
        let transcript = std::mem::take(&mut self.transcript).replace(&folder, "[FOLDER]");
        transcript.replace(&checkout, "[CHECKOUT]")
    }
}

fn quoted(arg: &str) -> String {
    if arg.is_empty() || arg.contains(' ') { format!("{arg:?}") } else { arg.to_owned() }
}

/// Compares a transcript with the snapshot of this name.
#[track_caller]
pub(crate) fn check(name: &str, transcript: &str) {
    let filters = [
        (r"20\d{12}", "[TIMESTAMP]"),
        // In a table, how wide a column is depends on it.
        (r" {2,}\d+(\.\d+)? (ms|s)\b", "  [TIME]"),
        (r"\b\d+(\.\d+)? (ms|s)\b", "[TIME]"),
        (r"\b20\d\d-\d\d-\d\dT[\d:]+Z", "[TIME]"),
        (r"127\.0\.0\.1:\d+", "[SERVER]"),
        (r"a scratch database on .*", "a scratch database on [SERVER]"),
    ];
    let mut settings = insta::Settings::clone_current();
    settings.set_filters(filters);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, transcript));
}
