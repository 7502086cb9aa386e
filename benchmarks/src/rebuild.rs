//! Measures what embedding costs who compiles, beside the peers: `cargo run --release --bin rebuild`, an hour;
//! `-- --quick` repeats less and leaves out the longest, `-- --only migrate,diesel_migrations` leaves out the others.
//!
//! Each tool has a minimal service that embeds a folder of migrations of some 300 bytes each. Measured are, in CPU
//! seconds of cargo and all that it starts: a clean build; and a debug build after one migration was edited, which each
//! tool notices or is made to by touching `main.rs`. The memory is the largest process of that build.

use std::env;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use benchmarks::tools::{Result, Tool};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;

const TOOLS: [Tool; 4] = [Tool::Migrate, Tool::Diesel, Tool::Sqlx, Tool::Refinery];

fn main() -> Result<()> {
    let mut arguments = env::args().skip(1).peekable();
    if arguments.next_if_eq("--measured").is_some() {
        return child(arguments);
    }
    let (mut quick, mut tools) = (false, TOOLS.to_vec());
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--quick" => quick = true,
            "--only" => {
                let names = arguments.next().unwrap_or_default();
                tools.retain(|tool| names.split(',').any(|name| name == tool.to_string()));
            }
            _ => return Err("usage: rebuild [--quick] [--only migrate,diesel_migrations]".into()),
        }
    }
    let folder = tempfile::tempdir()?;
    let services: Vec<Service> =
        tools.iter().map(|tool| Service::new(*tool, folder.path())).collect::<Result<_>>()?;

    println!(
        "| | {} |\n|---|{}",
        tools.iter().map(ToString::to_string).collect::<Vec<_>>().join(" | "),
        "---|".repeat(tools.len())
    );
    let mut clean = Vec::new();
    for service in &services {
        service.write(10)?;
        let crates = service.crates()?;
        clean.push(format!("{:.0} s, {crates} crates", service.build(&[])?.cpu));
    }
    row("clean debug build, 10 migrations", &clean);

    let sizes: &[usize] = if quick { &[10, 1000] } else { &[10, 1000, 10_000] };
    let repetitions = if quick { 3 } else { 7 };
    let mut ten = Vec::new();
    for &size in sizes {
        let mut samples = vec![Vec::new(); services.len()];
        for service in &services {
            service.write(size)?;
            // What is kept from build to build is there from now on.
            service.build(&[])?;
        }
        for repetition in 0..repetitions {
            for (service, samples) in services.iter().zip(&mut samples) {
                service.edit(repetition)?;
                samples.push(service.build(&[])?);
            }
        }
        let cell = |samples: &mut Vec<Usage>| {
            samples.sort_by(|a, b| a.cpu.total_cmp(&b.cpu));
            let median = samples[samples.len() / 2];
            format!("{:.2} s, {} MB", median.cpu, median.peak / 1024)
        };
        let cells: Vec<String> = samples.iter_mut().map(cell).collect();
        row(&format!("after an edit, {size} migrations (of {repetitions})"), &cells);

        let mut binaries = Vec::new();
        for service in &services {
            service.build(&["--release"])?;
            binaries.push(service.binary()?);
        }
        if size == 10 {
            ten = binaries;
        } else {
            let bytes = script(size).len() as u64;
            let cell = |(large, small): (&u64, &u64)| {
                format!("{} B", large.saturating_sub(*small) / (size as u64 - 10))
            };
            let cells: Vec<String> = binaries.iter().zip(&ten).map(cell).collect();
            row(&format!("growth of the binary a migration of {bytes} B, {size}"), &cells);
        }
    }
    let (mut beside, mut itself) = (Vec::new(), Vec::new());
    for service in &services {
        service.write(10)?;
        service.write_large(0)?;
        service.build(&[])?;
        service.edit(1)?;
        let usage = service.build(&[])?;
        beside.push(format!("{:.2} s, {} MB", usage.cpu, usage.peak / 1024));
        service.write_large(1)?;
        let usage = service.build(&[])?;
        itself.push(format!("{:.2} s, {} MB", usage.cpu, usage.peak / 1024));
    }
    row("after an edit, 10 migrations and one of 10 MB", &beside);
    row("the same, the large one is edited", &itself);
    Ok(())
}

fn row(first: &str, cells: &[String]) {
    println!("| {first} | {} |", cells.join(" | "));
}

/// Runs a command and prints what it took: a process of its own, which has had no other child.
fn child(mut arguments: impl Iterator<Item = String>) -> Result<()> {
    let program = arguments.next().ok_or("no command")?;
    let status = Command::new(program).args(arguments).status()?;
    if !status.success() {
        return Err(format!("{status}").into());
    }
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let seconds = |time: TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    println!("{} {}", seconds(usage.user_time()) + seconds(usage.system_time()), usage.max_rss());
    Ok(())
}

/// What a build took: CPU seconds, and the kilobytes of its largest process.
#[derive(Clone, Copy)]
struct Usage {
    cpu: f64,
    peak: i64,
}

/// A crate that embeds a folder with one of the tools.
struct Service {
    tool: Tool,
    folder: PathBuf,
}

impl Service {
    fn new(tool: Tool, parent: &Path) -> Result<Self> {
        let folder = parent.join(tool.to_string());
        fs::create_dir_all(folder.join("src"))?;
        let runtime = fs::canonicalize(concat!(env!("CARGO_MANIFEST_DIR"), "/../migrate-runtime"))?;
        let tokio = "tokio = { version = \"1\", features = [\"macros\", \"rt-multi-thread\"] }";
        let (dependencies, main) = match tool {
            Tool::Migrate => (
                format!("migrate-runtime = {{ path = {runtime:?} }}\n{tokio}"),
                "static MIGRATIONS: migrate_runtime::MigrationSet = migrate_runtime::embed_migrations!();\n\
                 #[tokio::main]\nasync fn main() { println!(\"{:?}\", MIGRATIONS.run_url(\"\").await.is_ok()); }",
            ),
            Tool::Sqlx => (
                format!(
                    "sqlx = {{ version = \"0.9\", default-features = false, features = [\"postgres\", \
                     \"runtime-tokio\", \"macros\", \"migrate\", \"tls-rustls\"] }}\n{tokio}"
                ),
                "use sqlx::Connection as _;\nstatic MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();\n\
                 #[tokio::main]\nasync fn main() {\n    let mut c = sqlx::PgConnection::connect(\"\").await.unwrap();\n\
                 println!(\"{:?}\", MIGRATOR.run(&mut c).await.is_ok());\n}",
            ),
            Tool::Refinery => (
                format!(
                    "refinery = {{ version = \"0.10\", features = [\"tokio-postgres\"] }}\ntokio-postgres = \"0.7\"\n{tokio}"
                ),
                "refinery::embed_migrations!(\"migrations\");\n#[tokio::main]\nasync fn main() {\n    \
                 let (mut c, _) = tokio_postgres::connect(\"\", tokio_postgres::NoTls).await.unwrap();\n    \
                 println!(\"{:?}\", migrations::runner().run_async(&mut c).await.is_ok());\n}",
            ),
            Tool::Diesel => (
                "diesel = { version = \"2.3\", features = [\"postgres\"] }\n\
                 diesel_migrations = { version = \"2.3\", features = [\"postgres\"] }"
                    .to_owned(),
                "use diesel::Connection as _;\nuse diesel_migrations::MigrationHarness as _;\n\
                 const MIGRATIONS: diesel_migrations::EmbeddedMigrations = diesel_migrations::embed_migrations!();\n\
                 fn main() {\n    let mut c = diesel::PgConnection::establish(\"\").unwrap();\n    \
                 println!(\"{:?}\", c.run_pending_migrations(MIGRATIONS).is_ok());\n}",
            ),
            Tool::Floor => return Err("the floor embeds nothing".into()),
        };
        let manifest = format!(
            "[package]\nname = \"service\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}\n\n[workspace]\n"
        );
        fs::write(folder.join("Cargo.toml"), manifest)?;
        fs::write(folder.join("src/main.rs"), main)?;
        Ok(Self { tool, folder })
    }

    /// The file of a migration.
    fn file(&self, n: usize) -> PathBuf {
        let name = match self.tool {
            Tool::Refinery => format!("V{n}__t{n}.sql"),
            Tool::Diesel => format!("{n:05}_t{n}/up.sql"),
            _ => format!("{n:05}_t{n}.sql"),
        };
        self.folder.join("migrations").join(name)
    }

    fn write(&self, migrations: usize) -> Result<()> {
        let _ = fs::remove_dir_all(self.folder.join("migrations"));
        for n in 1..=migrations {
            let file = self.file(n);
            fs::create_dir_all(file.parent().unwrap_or(&self.folder))?;
            fs::write(file, script(n))?;
        }
        self.touch()
    }

    /// The eleventh migration: data of 10 MB.
    fn write_large(&self, repetition: usize) -> Result<()> {
        let mut sql = format!("-- {repetition}\nCREATE TABLE large (id int, note text);\n");
        for block in 0.. {
            if sql.len() > 10_000_000 {
                break;
            }
            sql.push_str("INSERT INTO large (id, note) VALUES\n");
            let rows: Vec<String> = (0..1000)
                .map(|row| format!("    ({}, 'row {row} of block {block}')", block * 1000 + row))
                .collect();
            sql.push_str(&rows.join(",\n"));
            sql.push_str(";\n");
        }
        let file = self.file(11);
        fs::create_dir_all(file.parent().unwrap_or(&self.folder))?;
        fs::write(file, sql)?;
        self.touch()
    }

    fn edit(&self, repetition: usize) -> Result<()> {
        fs::write(self.file(5), format!("{}-- {repetition}\n", script(5)))?;
        self.touch()
    }

    fn touch(&self) -> Result<()> {
        Ok(File::options()
            .append(true)
            .open(self.folder.join("src/main.rs"))?
            .set_modified(SystemTime::now())?)
    }

    fn build(&self, options: &[&str]) -> Result<Usage> {
        let output = Command::new(env::current_exe()?)
            .args(["--measured", "cargo", "build", "--quiet", "--manifest-path"])
            .arg(self.folder.join("Cargo.toml"))
            .args(options)
            .env("CARGO_TARGET_DIR", self.folder.join("target"))
            .output()?;
        let text = String::from_utf8(output.stdout)?;
        let (cpu, peak) = text.trim().split_once(' ').ok_or_else(|| {
            format!("{} does not build: {}", self.tool, String::from_utf8_lossy(&output.stderr))
        })?;
        Ok(Usage { cpu: cpu.parse()?, peak: peak.parse()? })
    }

    /// How many crates the service compiles besides itself.
    fn crates(&self) -> Result<usize> {
        let output = Command::new("cargo")
            .args([
                "tree",
                "--edges",
                "normal,build",
                "--prefix",
                "none",
                "--format",
                "{p}",
                "--manifest-path",
            ])
            .arg(self.folder.join("Cargo.toml"))
            .output()?;
        let text = String::from_utf8(output.stdout)?;
        let mut names: Vec<&str> = text.lines().map(|line| line.trim_end_matches(" (*)")).collect();
        names.sort_unstable();
        names.dedup();
        Ok(names.len() - 1)
    }

    /// The size of the release binary.
    fn binary(&self) -> Result<u64> {
        let name = format!("service{}", env::consts::EXE_SUFFIX);
        Ok(fs::metadata(self.folder.join("target/release").join(name))?.len())
    }
}

/// A migration of some 300 bytes.
fn script(n: usize) -> String {
    let mut sql = format!("CREATE TABLE t{n} (\n");
    for column in [
        "id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
        "tenant_id  bigint NOT NULL",
        "name       text NOT NULL CHECK (length(name) < 200)",
    ] {
        let _ = writeln!(sql, "    {column},");
    }
    let _ = write!(
        sql,
        "    created_at timestamptz NOT NULL DEFAULT now()\n);\n\nCREATE INDEX t{n}_tenant_id_idx ON t{n} (tenant_id);\n"
    );
    sql
}
