//! A minimal service with each of the tools: a crate that embeds the folder `migrations` beside its manifest and applies
//! it when it starts. What is built of it, and what that takes.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::SystemTime;

use crate::measured;
use crate::tools::{Result, Tool};

/// The crate of a service.
pub struct Service {
    pub tool: Tool,
    pub folder: PathBuf,
    target: PathBuf,
}

impl Service {
    /// Writes the crate, with no migration yet. The versions are those of the benchmarks.
    pub fn new(tool: Tool, folder: PathBuf, target: PathBuf) -> Result<Self> {
        fs::create_dir_all(folder.join("src"))?;
        let (dependencies, main) = match tool {
            Tool::Migrate => (migrate()?, include_str!("services/migrate.rs")),
            Tool::Sqlx => (format!("{SQLX}{TOKIO}"), include_str!("services/sqlx.rs")),
            Tool::Refinery => (format!("{REFINERY}{TOKIO}"), include_str!("services/refinery.rs")),
            Tool::Diesel => (DIESEL.to_owned(), include_str!("services/diesel_migrations.rs")),
            Tool::Floor => return Err("the floor embeds nothing".into()),
        };
        let name = format!("service-{tool}");
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}\n[workspace]\n"
        );
        fs::write(folder.join("Cargo.toml"), manifest)?;
        fs::write(folder.join("src/main.rs"), main)?;
        fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock"), folder.join("Cargo.lock"))?;
        Ok(Self { tool, folder, target })
    }

    /// Adds to the manifest, for example a profile.
    pub fn configure(&self, lines: &str) -> Result<()> {
        let path = self.folder.join("Cargo.toml");
        let manifest = fs::read_to_string(&path)?;
        Ok(fs::write(path, format!("{manifest}\n{lines}"))?)
    }

    /// Replaces what is in the folder of migrations.
    pub fn write(&self, files: impl IntoIterator<Item = (PathBuf, String)>) -> Result<()> {
        let migrations = self.folder.join("migrations");
        let _ = fs::remove_dir_all(&migrations);
        fs::create_dir_all(&migrations)?;
        for (path, text) in files {
            let path = migrations.join(path);
            fs::create_dir_all(path.parent().unwrap_or(&migrations))?;
            fs::write(path, text)?;
        }
        self.touch()
    }

    /// Makes cargo build the service again, whatever its tool notices by itself.
    pub fn touch(&self) -> Result<()> {
        let main = File::options().append(true).open(self.folder.join("src/main.rs"))?;
        Ok(main.set_modified(SystemTime::now())?)
    }

    /// Builds the service and says what it took.
    pub fn measure(&self, options: &[&str]) -> Result<measured::Usage> {
        measured::run(self.command(options))
            .map_err(|error| format!("{} does not build: {error}", self.tool).into())
    }

    /// Builds the service; the output is that of cargo.
    pub fn build(&self, options: &[&str]) -> Result<Output> {
        Ok(self.command(options).output()?)
    }

    fn command(&self, options: &[&str]) -> Command {
        let mut command = Command::new("cargo");
        command
            .args(["build", "--quiet", "--manifest-path"])
            .arg(self.folder.join("Cargo.toml"))
            .args(options)
            .env("CARGO_TARGET_DIR", &self.target);
        command
    }

    /// What was built last, in `debug` or `release`.
    pub fn binary(&self, profile: &str) -> PathBuf {
        let name = format!("service-{}{}", self.tool, std::env::consts::EXE_SUFFIX);
        self.target.join(profile).join(name)
    }

    /// The crates that are compiled besides the service, each with its version.
    pub fn crates(&self) -> Result<Vec<String>> {
        let output = Command::new("cargo")
            .args(["tree", "--edges", "normal,build", "--prefix", "none", "--format", "{p}"])
            .arg("--manifest-path")
            .arg(self.folder.join("Cargo.toml"))
            .output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into());
        }
        let text = String::from_utf8(output.stdout)?;
        let mut names: Vec<String> =
            text.lines().map(|line| line.trim_end_matches(" (*)").to_owned()).collect();
        names.sort_unstable();
        names.dedup();
        names.retain(|name| !name.starts_with("service-"));
        Ok(names)
    }
}

const TOKIO: &str = "tokio = { version = \"1\", features = [\"macros\", \"rt-multi-thread\"] }\n";

fn migrate() -> Result<String> {
    let runtime = fs::canonicalize(Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrate-runtime"))?;
    Ok(format!("migrate-runtime = {{ path = {runtime:?} }}\n{TOKIO}"))
}

const SQLX: &str =
    "sqlx = { version = \"0.9\", features = [\"postgres\", \"runtime-tokio\", \"tls-rustls\"] }\n";

const REFINERY: &str =
    "refinery = { version = \"0.10\", features = [\"tokio-postgres\"] }\ntokio-postgres = \"0.7\"\n";

const DIESEL: &str = "diesel = { version = \"2.3\", features = [\"postgres\"] }\n\
                      diesel_migrations = { version = \"2.3\", features = [\"postgres\"] }\n";
