//! Migrations of real projects, which are not part of this repository: what they are converted into loads, applies, and
//! makes the schema that `psql` makes of the original files.
//!
//! `CORPUS=<folder> cargo test -p migrate-import --test corpus -- --ignored --nocapture`; each folder in it has a file `ORDER`
//! with the paths of the ups, and a file `SOURCE` that names the style. `POSTGRES_BIN` names the PostgreSQL; `CORPUS_NOTES`
//! prints the notes.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot go on has failed, and this one reports"
)]

mod nothing_lost;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use migrate_import::{Conversion, Input, NoteKind, Tool, convert, convert_checked, read, write};
use migrate_runtime::tokio_postgres::{Client, NoTls};
use migrate_runtime::{MigrationSet, Runner};
use migrate_server::{Options, Server};

fn tool(style: &str) -> Tool {
    match style {
        "gomigrate" | "kratos" => Tool::GolangMigrate,
        "temporal" => Tool::Plain,
        style => style.parse().unwrap(),
    }
}

fn start() -> Server {
    let options = match std::env::var_os("POSTGRES_BIN").filter(|dir| !dir.is_empty()) {
        Some(dir) => Options::new().bin_dir(dir),
        None => Options::new(),
    };
    options.start().unwrap()
}

async fn connect(url: &str) -> Client {
    let (client, connection) = migrate_runtime::tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// The output of a program; `None` where it is not installed.
fn run(program: &str, args: &[&str]) -> Option<Result<String, String>> {
    let output = Command::new(program).args(args).output().ok()?;
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Some(if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) })
}

/// The schema without that of the history, and without the random key that newer versions put around it.
fn dump(url: &str) -> Option<String> {
    let args = ["--schema-only", "--exclude-schema=migrate", "--dbname", url];
    let dump = run("pg_dump", &args)?.ok()?;
    let is_key = |line: &&str| line.starts_with("\\restrict") || line.starts_with("\\unrestrict");
    Some(dump.lines().filter(|line| !is_key(line)).collect::<Vec<_>>().join("\n"))
}

/// The part of a file that goes up, where the tool keeps both in one.
fn up(style: &str, text: &str) -> String {
    if style == "goose" { text.split("-- +goose Down").next().unwrap().to_owned() } else { text.to_owned() }
}

/// What no note says is changed is what it was, byte for byte. Files of goose hold two scripts each.
fn check_bytes(name: &str, style: &str, files: &[Input], conversion: &Conversion) {
    let is_name = |what: &str| what.starts_with("its version") || what.starts_with("its description");
    let (mut same, mut changed) = (0, 0);
    for file in &conversion.files {
        let original = &files.iter().find(|input| input.path == file.from).unwrap().text;
        if file.text == *original {
            same += 1;
            continue;
        }
        changed += 1;
        // A note of Diesel's settings is at their own file.
        let marked = file.text.strip_prefix("-- migrate: no-transaction\n");
        let is_told = conversion.notes.iter().any(|note| note.path == file.from && !is_name(&note.what));
        assert!(is_told || style == "goose" || marked == Some(original), "{name}: {} was changed", file.name);
    }
    println!("  {same} files are the same to the byte, {changed} are not");
}

/// The order is that of the project.
fn check_order(name: &str, folder: &Path, conversion: &Conversion) {
    let order = std::fs::read_to_string(folder.join("ORDER")).unwrap();
    let ups: Vec<&str> = conversion
        .files
        .iter()
        .filter(|file| !file.name.ends_with(".down.sql"))
        .map(|file| file.from.as_str())
        .collect();
    assert_eq!(ups, order.lines().collect::<Vec<_>>(), "{name}");
}

/// Loads what was written. A fault is of a file for which a note asks for attention.
fn load(name: &str, folder: &Path, conversion: &Conversion) -> Option<MigrationSet> {
    match migrate_check::load(folder) {
        Ok(loaded) => Some(loaded.set.into()),
        Err(faults) => {
            println!("{name}: {faults}");
            for fault in &faults {
                let file = fault.path().file_name().unwrap().to_str().unwrap();
                let from = &conversion.files.iter().find(|output| output.name == file).unwrap().from;
                let is_told = conversion
                    .notes
                    .iter()
                    .any(|note| note.path == *from && note.kind == NoteKind::Attention);
                assert!(is_told, "{name}: no note says why {file} has a fault");
            }
            None
        }
    }
}

async fn check(server: &Server, name: &str, folder: &Path) -> Result<(), String> {
    let source = std::fs::read_to_string(folder.join("SOURCE")).unwrap();
    let style = source.lines().find_map(|line| line.strip_prefix("style: ")).unwrap();
    let reading = read(folder).unwrap();
    let check = |name: &str, text: String| migrate_check::check_script(name, text);
    let conversion = convert_checked(tool(style), &reading.files, &check);
    nothing_lost::check(name, &reading.files, &conversion);
    check_order(name, folder, &conversion);
    // Also not by who takes it for another tool's.
    for tool in Tool::ALL {
        nothing_lost::check(name, &reading.files, &convert(tool, &reading.files));
    }
    let kinds = conversion.notes.iter().fold(BTreeMap::new(), |mut kinds, note| {
        *kinds.entry(note.kind).or_insert(0) += 1;
        kinds
    });
    println!(
        "{name} ({style}): {} files of {}, notes {kinds:?}",
        conversion.files.len(),
        reading.files.len()
    );
    for note in &conversion.notes {
        if note.kind == NoteKind::Attention || std::env::var_os("CORPUS_NOTES").is_some() {
            println!("  {note}");
        }
    }
    check_bytes(name, style, &reading.files, &conversion);
    let made = tempfile::tempdir().unwrap();
    let target = made.path().join("migrations");
    write(&conversion, &target).unwrap();
    let set = load(name, &target, &conversion).ok_or("it does not load")?;

    let admin = connect(server.url()).await;
    let (by_run, by_psql) = (format!("{name}_run"), format!("{name}_psql"));
    for database in [&by_run, &by_psql] {
        admin.batch_execute(&format!("CREATE DATABASE {database}")).await.unwrap();
    }
    let (by_run, by_psql) = (server.url_of(&by_run), server.url_of(&by_psql));
    // One of them drops the table `schema_migrations`, which another tool had left.
    let runner = Runner::new(&set).history_table("migrate", "history").unwrap();
    let report = runner.run(&mut connect(&by_run).await).await.map_err(|error| format!("{error:#}"))?;
    println!("  {}", report.to_string().lines().next().unwrap_or_default());
    let original = made.path().join("original.sql");
    let order = std::fs::read_to_string(folder.join("ORDER")).unwrap();
    for path in order.lines() {
        let text = up(style, &std::fs::read_to_string(folder.join(path)).unwrap());
        std::fs::write(&original, text).unwrap();
        let file = original.to_str().unwrap();
        let args = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--dbname", &by_psql, "--file", file];
        match run("psql", &args) {
            Some(result) => result.map_err(|error| format!("psql refuses {path}: {error}"))?,
            None => return Err("there is no psql on this machine".to_owned()),
        };
    }
    match (dump(&by_run), dump(&by_psql)) {
        (Some(by_run), Some(by_psql)) if by_run == by_psql => {
            println!("  the schema is the same: {} lines", by_run.lines().count());
            Ok(())
        }
        (Some(by_run), Some(by_psql)) => {
            let (run, psql): (BTreeSet<&str>, BTreeSet<&str>) =
                (by_run.lines().collect(), by_psql.lines().collect());
            Err(format!(
                "the schema differs: here {:?}, there {:?}",
                run.difference(&psql).take(9).collect::<Vec<_>>(),
                psql.difference(&run).take(9).collect::<Vec<_>>()
            ))
        }
        _ => Err("there is no pg_dump on this machine that takes the server: name one with POSTGRES_BIN"
            .to_owned()),
    }
}

#[tokio::test]
#[ignore = "needs the folder that CORPUS names"]
async fn each_project_is_taken_over() {
    let corpus = PathBuf::from(
        std::env::var_os("CORPUS").expect("CORPUS names the folder with migrations of real projects"),
    );
    let mut folders: Vec<PathBuf> =
        std::fs::read_dir(corpus).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    let server = start();
    let mut failed = Vec::new();
    for folder in folders.iter().filter(|folder| folder.join("SOURCE").exists()) {
        let name = folder.file_name().unwrap().to_str().unwrap();
        if let Err(why) = check(&server, name, folder).await {
            failed.push(format!("{name}: {why}"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
