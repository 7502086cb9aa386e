//! Measures what a service costs that embeds ten migrations, beside the peers: `cargo run --release --bin build-cost`, ten
//! minutes of two cores; `-- --only migrate,diesel_migrations` leaves out the others, `-- --quick` the release builds.
//!
//! Each tool is taken with its default features, PostgreSQL, and TLS where it has that by itself; nothing is shared
//! between them. The seconds are CPU seconds of cargo and all that it starts, of a clean build whose crates have been
//! fetched before.

use std::env;
use std::fs;
use std::path::PathBuf;

use benchmarks::measured;
use benchmarks::service::Service;
use benchmarks::tools::{Result, Tool};

fn main() -> Result<()> {
    if measured::child()? {
        return Ok(());
    }
    let (mut quick, mut tools) = (false, Tool::EMBED.to_vec());
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--quick" => quick = true,
            "--only" => {
                let names = arguments.next().unwrap_or_default();
                tools.retain(|tool| names.split(',').any(|name| name == tool.name()));
            }
            _ => return Err("usage: build-cost [--quick] [--only migrate,diesel_migrations]".into()),
        }
    }
    let folder = tempfile::tempdir()?;
    let mut costs = Vec::new();
    for &tool in &tools {
        costs.push(Cost::of(tool, folder.path().join(tool.name()), quick)?);
    }
    let names: Vec<&str> = tools.iter().map(|tool| tool.name()).collect();
    println!("| | {} |\n|---|{}", names.join(" | "), "---|".repeat(names.len()));
    let row = |first: &str, cell: &dyn Fn(&Cost) -> String| {
        println!("| {first} | {} |", costs.iter().map(cell).collect::<Vec<_>>().join(" | "));
    };
    row("version", &|cost| cost.version.clone());
    row("crates that are compiled", &|cost| cost.crates.to_string());
    row("debug build, clean", &|cost| format!("{:.0} s", cost.debug));
    if !quick {
        row("release build, clean", &|cost| format!("{:.0} s", cost.release.0));
        row("release binary, stripped", &|cost| format!("{:.1} MB", cost.release.1));
    }
    Ok(())
}

struct Cost {
    version: String,
    crates: usize,
    debug: f64,
    /// CPU seconds, and megabytes of the binary.
    release: (f64, f64),
}

impl Cost {
    fn of(tool: Tool, folder: PathBuf, quick: bool) -> Result<Self> {
        let target = folder.join("target");
        let service = Service::new(tool, folder, target.clone())?;
        service.configure("[profile.release]\nstrip = true\n")?;
        service.write((1..=10).map(|n| (file(tool, n), format!("CREATE TABLE t{n} (id bigint);\n"))))?;
        let crates = service.crates()?;
        let package = if tool == Tool::Migrate { "migrate-runtime" } else { tool.name() };
        let version = crates
            .iter()
            .find_map(|name| name.strip_prefix(package)?.strip_prefix(" v")?.split(' ').next())
            .ok_or("the tool is none of the crates")?
            .to_owned();
        let debug = service.measure(&[])?.cpu;
        fs::remove_dir_all(&target)?;
        let mut release = (0.0, 0.0);
        if !quick {
            release.0 = service.measure(&["--release"])?.cpu;
            release.1 = fs::metadata(service.binary("release"))?.len() as f64 / 1e6;
            fs::remove_dir_all(&target)?;
        }
        Ok(Self { version, crates: crates.len(), debug, release })
    }
}

fn file(tool: Tool, n: usize) -> PathBuf {
    PathBuf::from(match tool {
        Tool::Refinery => format!("V{n}__t{n}.sql"),
        Tool::Diesel => format!("{n:04}_t{n}/up.sql"),
        _ => format!("{n:04}_t{n}.sql"),
    })
}
