//! A project outside the workspace whose program prints the migrations that are embedded in it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

/// Built from one test run to the next, and shared with `tests/it/outside.rs`: both ask for the same dependencies.
const TARGET: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/outside");

const README: &str = include_str!("../../README.md");

/// One at a time works in that folder: cargo would wait for the other, and what copies it would not.
static TURN: Mutex<()> = Mutex::new(());

pub(crate) struct Project {
    /// Of the package with the program. No two projects have the same: their programs are in one target folder.
    name: &'static str,
    folder: TempDir,
    /// The package with the program, in `folder`.
    package: PathBuf,
    environment: Vec<(&'static str, PathBuf)>,
    /// False: cargo's default, `target` beside the manifest.
    shares_target: bool,
}

impl Project {
    /// A package, in the folder of the project or in one below, that embeds the folder of this path.
    pub(crate) fn new(name: &'static str, package: &str, migrations: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // What cargo prints has no links in it.
        let package = folder.path().canonicalize().unwrap().join(package);
        let project = Self { name, folder, package, environment: Vec::new(), shares_target: true };
        project.write_package(&project.package, name, "");
        let main = format!(
            "static MIGRATIONS: migrate_runtime::MigrationSet = migrate_runtime::embed_migrations!({migrations:?});\n\
             fn main() {{\n    for migration in MIGRATIONS.iter() {{\n        \
             println!(\"{{}} {{}}\", migration.stem(), migration.up().text().trim());\n    }}\n}}\n"
        );
        project.write(project.package.join("src/main.rs"), &main);
        project
    }

    /// The manifest of a package.
    pub(crate) fn write_package(&self, package: &Path, name: &str, more: &str) {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap();
        let [runtime, source] = ["migrate-runtime", "migrate-source"].map(|name| workspace.join(name));
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
             [build-dependencies]\nmigrate-source = {{ path = '{}' }}\n\n\
             [dependencies]\nmigrate-runtime = {{ path = '{}' }}\n\
             tokio = {{ version = \"1\", features = [\"macros\", \"rt-multi-thread\"] }}\n{more}",
            source.display(),
            runtime.display(),
        );
        self.write(package.join("Cargo.toml"), &manifest);
        // The versions that the workspace was tested with.
        fs::copy(workspace.join("Cargo.lock"), package.join("Cargo.lock")).unwrap();
    }

    /// The README's build script beside a manifest, for the folder of this path.
    pub(crate) fn watch(&self, package: &Path, migrations: &str) {
        let script =
            README.split("\n```rust,no_run\n").find(|block| block.contains("build::watch(")).unwrap();
        let script =
            script.split("```").next().unwrap().replace("\"migrations\"", &format!("{migrations:?}"));
        self.write(package.join("build.rs"), &script);
    }

    /// The folder of the runtime's own package.
    pub(crate) fn runtime() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrate-runtime").canonicalize().unwrap()
    }

    pub(crate) fn package(&self) -> &Path {
        &self.package
    }

    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }

    /// Writes a file, which is newer than everything that was built before, whatever the clock of the file system.
    pub(crate) fn write(&self, name: impl AsRef<Path>, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        touch(&path);
        touch(path.parent().unwrap());
    }

    pub(crate) fn rename(&self, from: &str, to: &str) {
        let (from, to) = (self.path(from), self.path(to));
        fs::rename(&from, &to).unwrap();
        touch(from.parent().unwrap());
        touch(to.parent().unwrap());
    }

    pub(crate) fn remove(&self, name: &str) {
        let path = self.path(name);
        fs::remove_file(&path).unwrap();
        touch(path.parent().unwrap());
    }

    /// A file that was written long ago.
    pub(crate) fn write_old(&self, name: &str, text: &str) {
        self.write(name, text);
        let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        File::options().write(true).open(self.path(name)).unwrap().set_modified(long_ago).unwrap();
    }

    pub(crate) fn set(&mut self, variable: &'static str, value: PathBuf) {
        self.environment.push((variable, value));
    }

    /// Builds in `target` beside the manifest, with the dependencies as they were built elsewhere.
    pub(crate) fn leave_the_shared_target(&mut self) {
        self.shares_target = false;
        let (from, to) = (Path::new(TARGET).join("debug"), self.package.join("target/debug"));
        fs::create_dir_all(&to).unwrap();
        let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        for part in ["deps", "build", ".fingerprint"] {
            let copied = Command::new("cp").arg("-a").arg(from.join(part)).arg(&to).status().unwrap();
            assert!(copied.success(), "{part}");
        }
    }

    pub(crate) fn cargo(&self, args: &[&str]) -> Output {
        let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(args).arg("--offline").current_dir(&self.package);
        for variable in ["RUSTFLAGS", "RUSTC_WRAPPER", "CARGO_TARGET_DIR"] {
            cargo.env_remove(variable);
        }
        if self.shares_target {
            cargo.env("CARGO_TARGET_DIR", TARGET);
        }
        cargo.envs(self.environment.iter().map(|(name, value)| (name, value)));
        cargo.output().unwrap()
    }

    /// What the program prints once cargo has built what it wants to build.
    #[track_caller]
    pub(crate) fn embedded(&self) -> Vec<String> {
        let output = self.cargo(&["run"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
    }

    /// What a build that is not to succeed says.
    #[track_caller]
    pub(crate) fn refused(&self) -> String {
        let output = self.cargo(&["build"]);
        assert!(!output.status.success(), "it was built");
        String::from_utf8(output.stderr).unwrap()
    }

    /// Nothing was changed, and cargo finds nothing to do.
    #[track_caller]
    pub(crate) fn is_fresh(&self) {
        let output = self.cargo(&["build"]);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success() && !stderr.contains("Compiling"), "{stderr}");
    }

    /// What a program prints that is compiled by hand, into a file, with a path below the package in `SCHEMA`.
    pub(crate) fn compiled_alone(&self, main: &str, schema: &str) -> Vec<String> {
        let built = self.rustc(&self.package, &self.package, main, &[("SCHEMA", schema)]);
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        self.printed_alone()
    }

    /// Calls the compiler in a folder, as a build system without cargo does; the dependencies are those that cargo built. It
    /// writes the program, and which files that is made from, into the files `alone` and `alone.d`.
    pub(crate) fn rustc(
        &self,
        folder: &Path,
        manifest_dir: &Path,
        main: &str,
        more: &[(&str, &str)],
    ) -> Output {
        let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        Command::new("rustc")
            .args(["--edition", "2024", "--color=never", main, "-o"])
            .arg(self.path("alone"))
            .arg(format!("--emit=link,dep-info={}", self.path("alone.d").display()))
            .arg(format!("-Ldependency={TARGET}/debug/deps"))
            .arg(format!("--extern=migrate_runtime={}", newest("libmigrate_runtime-", "rlib").display()))
            .env("CARGO_MANIFEST_DIR", manifest_dir)
            .envs(more.iter().copied())
            .current_dir(folder)
            .output()
            .unwrap()
    }

    /// What the program of [`Self::rustc`] prints.
    pub(crate) fn printed_alone(&self) -> Vec<String> {
        let printed = Command::new(self.path("alone")).output().unwrap();
        String::from_utf8(printed.stdout).unwrap().lines().map(str::to_owned).collect()
    }

    /// The program.
    pub(crate) fn binary(&self) -> Vec<u8> {
        assert!(self.cargo(&["build"]).status.success());
        fs::read(Path::new(TARGET).join("debug").join(self.name)).unwrap()
    }
}

/// What a temporary package has built would be kept for ever.
impl Drop for Project {
    fn drop(&mut self) {
        self.cargo(&["clean", "--package", self.name]);
    }
}

/// What builds in the shared folder remember.
pub(crate) fn caches() -> Vec<PathBuf> {
    artifacts("migrate-check-", "cache")
}

/// The files of the shared folder's artifacts whose names begin and end so.
fn artifacts(name: &str, ending: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(Path::new(TARGET).join("debug/deps")) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    let is_meant = |path: &PathBuf| {
        let file = path.file_name().unwrap().to_str().unwrap();
        file.starts_with(name) && path.extension().is_some_and(|found| found == ending)
    };
    paths.filter(is_meant).collect()
}

fn newest(name: &str, ending: &str) -> PathBuf {
    let modified = |path: &PathBuf| fs::metadata(path).unwrap().modified().unwrap();
    artifacts(name, ending).into_iter().max_by_key(modified).unwrap()
}

/// Of a file or a folder.
fn touch(path: &Path) {
    File::open(path).unwrap().set_modified(SystemTime::now()).unwrap();
}
