//! Measures what embedding costs who compiles, beside the peers: `cargo run --release --bin rebuild`, an hour;
//! `-- --quick` repeats less and leaves out the longest, `-- --only migrate,diesel_migrations` leaves out the others.
//!
//! Each tool has a minimal service that embeds a folder of migrations of some 300 bytes each. Measured are, in CPU
//! seconds of cargo and all that it starts: a clean build; and a debug build after one migration was edited, which each
//! tool notices or is made to by touching `main.rs`. The memory is the largest process of that build.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use benchmarks::measured::{self, Usage};
use benchmarks::service::Service;
use benchmarks::tools::{Result, Tool};

fn main() -> Result<()> {
    if measured::child()? {
        return Ok(());
    }
    let mut arguments = env::args().skip(1);
    let (mut quick, mut tools) = (false, Tool::EMBED.to_vec());
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
    let service = |&tool: &Tool| {
        let folder = folder.path().join(tool.to_string());
        let target = folder.join("target");
        Service::new(tool, folder, target)
    };
    let services: Vec<Service> = tools.iter().map(service).collect::<Result<_>>()?;

    println!(
        "| | {} |\n|---|{}",
        tools.iter().map(ToString::to_string).collect::<Vec<_>>().join(" | "),
        "---|".repeat(tools.len())
    );
    let mut clean = Vec::new();
    for service in &services {
        write(service, 10)?;
        let crates = service.crates()?.len();
        clean.push(format!("{:.0} s, {crates} crates", service.measure(&[])?.cpu));
    }
    row("clean debug build, 10 migrations", &clean);

    let sizes: &[usize] = if quick { &[10, 1000] } else { &[10, 1000, 10_000] };
    let repetitions = if quick { 3 } else { 7 };
    let mut ten = Vec::new();
    for &size in sizes {
        let mut samples = vec![Vec::new(); services.len()];
        for service in &services {
            write(service, size)?;
            // What is kept from build to build is there from now on.
            service.measure(&[])?;
        }
        for repetition in 0..repetitions {
            for (service, samples) in services.iter().zip(&mut samples) {
                edit(service, repetition)?;
                samples.push(service.measure(&[])?);
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
            service.measure(&["--release"])?;
            binaries.push(fs::metadata(service.binary("release"))?.len());
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
        write(service, 10)?;
        write_large(service, 0)?;
        service.measure(&[])?;
        edit(service, 1)?;
        let usage = service.measure(&[])?;
        beside.push(format!("{:.2} s, {} MB", usage.cpu, usage.peak / 1024));
        write_large(service, 1)?;
        let usage = service.measure(&[])?;
        itself.push(format!("{:.2} s, {} MB", usage.cpu, usage.peak / 1024));
    }
    row("after an edit, 10 migrations and one of 10 MB", &beside);
    row("the same, the large one is edited", &itself);
    Ok(())
}

fn row(first: &str, cells: &[String]) {
    println!("| {first} | {} |", cells.join(" | "));
}

/// The file of a migration, below the folder.
fn file(tool: Tool, n: usize) -> PathBuf {
    PathBuf::from(match tool {
        Tool::Refinery => format!("V{n}__t{n}.sql"),
        Tool::Diesel => format!("{n:05}_t{n}/up.sql"),
        _ => format!("{n:05}_t{n}.sql"),
    })
}

fn write(service: &Service, migrations: usize) -> Result<()> {
    service.write((1..=migrations).map(|n| (file(service.tool, n), script(n))))
}

fn path(service: &Service, n: usize) -> PathBuf {
    service.folder.join("migrations").join(file(service.tool, n))
}

/// The eleventh migration: data of 10 MB.
fn write_large(service: &Service, repetition: usize) -> Result<()> {
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
    let path = path(service, 11);
    fs::create_dir_all(path.parent().unwrap_or(&service.folder))?;
    fs::write(path, sql)?;
    service.touch()
}

fn edit(service: &Service, repetition: usize) -> Result<()> {
    fs::write(path(service, 5), format!("{}-- {repetition}\n", script(5)))?;
    service.touch()
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
