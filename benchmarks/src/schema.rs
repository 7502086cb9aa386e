//! Measures what it takes to compare schemas of 1 000 tables and 5 000 indexes, beside the peers:
//! `cargo run --release --bin schema`, some minutes. `-- --only plan,generate` leaves out the others; `-- --tables 100`
//! makes it smaller.
//!
//! `plan` reads both databases and plans; `generate` also runs what it wrote, there and back. The peers, migra from PyPI and
//! pg-delta from npm, plan and run nothing; both are fetched into a temporary folder. Time and memory are those of the
//! process, without the server's; three times, of which the median is printed.

use std::env;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use benchmarks::tools::{Result, connect};
use migrate_schema::{Manner, Request, Viewpoint, generate, plan, read};
use migrate_server::{Options, Server};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;

const TIMES: usize = 3;
const INDEXES: usize = 5;

/// The first two are ours.
const TOOLS: [&str; 4] = ["plan", "generate", "migra", "pg-delta"];
const MIGRA: [&str; 4] =
    ["migra==3.0.1663481299", "psycopg2-binary==2.9.13", "setuptools<81", "sqlalchemy<2.1"];
const PG_DELTA: &str = "@supabase/pg-delta@1.0.0-alpha.34";

fn main() -> Result<()> {
    let mut arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("--ours") => return ours(&arguments[1..]),
        Some("--measured") => return measured(&arguments[1..]),
        _ => {}
    }
    let (mut tables, mut tools) = (1000, TOOLS.to_vec());
    while !arguments.is_empty() {
        let value = arguments.get(1).cloned().unwrap_or_default();
        match arguments.remove(0).as_str() {
            "--tables" => tables = value.parse()?,
            "--only" => tools.retain(|tool| value.split(',').any(|only| only == *tool)),
            _ => return Err("usage: schema [--tables 1000] [--only plan,generate]".into()),
        }
        arguments.remove(0);
    }
    let folder = tempfile::tempdir()?;
    let peers = Peers::fetch(folder.path(), &tools)?;
    // A thousand tables with their indexes are more than PostgreSQL lets one transaction lock by default.
    let server = Options::new().setting("max_locks_per_transaction", "512").start()?;
    fill(&server, tables)?;

    println!("{tables} tables, {} indexes beside those of keys; medians of {TIMES}.\n", tables * INDEXES);
    for (what, from, to) in [
        ("from nothing", "empty", "first"),
        ("50 changes", "first", "second"),
        ("no change", "first", "same"),
    ] {
        println!("| {what} | statements | wall | CPU | memory |\n|---|---|---|---|---|");
        let mut base = None;
        for tool in &tools {
            let mut samples = Vec::new();
            for _ in 0..TIMES {
                samples.push(sample(&peers.command(tool, &server.url_of(from), &server.url_of(to))?)?);
            }
            samples.sort_by(|one, other| one.wall.total_cmp(&other.wall));
            let median = samples[samples.len() / 2];
            let base = *base.get_or_insert(median);
            println!("{}", median.row(tool, &base));
        }
        println!();
    }
    Ok(())
}

/// One run of a tool, in seconds and MB.
#[derive(Clone, Copy)]
struct Sample {
    wall: f64,
    cpu: f64,
    memory: f64,
    statements: usize,
}

impl Sample {
    fn row(&self, tool: &str, base: &Self) -> String {
        let cell = |value: f64, base: f64, unit: &str| format!("{value:.2} {unit}, {:.1} ×", value / base);
        format!(
            "| {tool} | {} | {} | {} | {} |",
            self.statements,
            cell(self.wall, base.wall, "s"),
            cell(self.cpu, base.cpu, "s"),
            cell(self.memory, base.memory, "MB")
        )
    }
}

fn sample(command: &[String]) -> Result<Sample> {
    let output = Command::new(env::current_exe()?).arg("--measured").args(command).output()?;
    let text = String::from_utf8(output.stdout)?;
    if !output.status.success() {
        return Err(format!("{}: {}", command[0], String::from_utf8_lossy(&output.stderr)).into());
    }
    let numbers: Vec<f64> = text.split_whitespace().map(str::parse).collect::<std::result::Result<_, _>>()?;
    let [wall, cpu, memory, statements] = numbers[..] else { return Err(text.into()) };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was counted")]
    Ok(Sample { wall, cpu, memory, statements: statements as usize })
}

/// Runs a command, and prints what it took, and of how many statements its answer was.
fn measured(command: &[String]) -> Result<()> {
    let start = Instant::now();
    let output = Command::new(&command[0]).args(&command[1..]).stdin(Stdio::null()).output()?;
    let wall = start.elapsed().as_secs_f64();
    // migra says by 2 that there is a difference.
    if !output.status.success() && output.status.code() != Some(2) {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    #[expect(clippy::cast_precision_loss, reason = "seconds and megabytes")]
    let seconds = |time: TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    let cpu = seconds(usage.user_time()) + seconds(usage.system_time());
    #[expect(clippy::cast_precision_loss, reason = "seconds and megabytes")]
    let memory = usage.max_rss() as f64 / 1024.0;
    let answer = String::from_utf8_lossy(&output.stdout);
    let statements = answer.lines().filter(|line| line.ends_with(';')).count();
    println!("{wall} {cpu} {memory} {statements}");
    Ok(())
}

/// What this process does when it is measured.
#[tokio::main(flavor = "current_thread")]
async fn ours(arguments: &[String]) -> Result<()> {
    let [what, from, to] = arguments else { return Err("what, from, to".into()) };
    let (from, to) = (connect(from).await?, connect(to).await?);
    let view = Viewpoint::default();
    let goal = read(&to, &view).await?;
    let statements = if what == "plan" {
        plan(&read(&from, &view).await?, &goal, Manner::AtOnce)?.statements
    } else {
        let generated = generate(&from, &goal, &view, &Request::default()).await?;
        if !generated.residue.is_empty() {
            return Err("something is left over".into());
        }
        generated.migrations.into_iter().flat_map(|migration| migration.up.statements).collect()
    };
    for statement in statements {
        println!("{};\n", statement.sql);
    }
    Ok(())
}

/// Where the other tools are.
struct Peers {
    migra: PathBuf,
    pg_delta: PathBuf,
    plan: PathBuf,
}

impl Peers {
    fn fetch(folder: &Path, tools: &[&str]) -> Result<Self> {
        let run = |program: &str, arguments: &[&str]| -> Result<()> {
            let status =
                Command::new(program).args(arguments).current_dir(folder).stdout(Stdio::null()).status()?;
            if status.success() { Ok(()) } else { Err(format!("{program} {}", arguments.join(" ")).into()) }
        };
        if tools.contains(&"migra") {
            run("python3", &["-m", "venv", "venv"])?;
            let mut install = vec!["install", "--quiet"];
            install.extend(MIGRA);
            run(folder.join("venv/bin/pip").to_str().unwrap_or_default(), &install)?;
        }
        if tools.contains(&"pg-delta") {
            run("npm", &["install", "--silent", "--prefix", ".", PG_DELTA])?;
        }
        Ok(Self {
            migra: folder.join("venv/bin/migra"),
            pg_delta: folder.join("node_modules/.bin/pgdelta"),
            plan: folder.join("plan.json"),
        })
    }

    fn command(&self, tool: &str, from: &str, to: &str) -> Result<Vec<String>> {
        let text = |path: &Path| path.display().to_string();
        let command = match tool {
            "migra" => {
                // It knows no other name of the protocol.
                let url = |url: &str| url.replacen("postgres://", "postgresql://", 1);
                vec![text(&self.migra), "--unsafe".to_owned(), url(from), url(to)]
            }
            "pg-delta" => {
                let plan = text(&self.plan);
                let rest = ["plan", "--source", from, "--desired", to, "--renames", "off", "--out", &plan];
                [text(&self.pg_delta)].into_iter().chain(rest.map(str::to_owned)).collect()
            }
            ours => {
                let rest = ["--ours", ours, from, to].map(str::to_owned);
                [text(&env::current_exe()?)].into_iter().chain(rest).collect()
            }
        };
        Ok(command)
    }
}

/// Four databases: nothing, a schema, the same with 50 changes, and the same.
#[tokio::main(flavor = "current_thread")]
async fn fill(server: &Server, tables: usize) -> Result<()> {
    let admin = connect(server.url()).await?;
    admin.batch_execute("CREATE DATABASE empty").await?;
    admin.batch_execute("CREATE DATABASE first").await?;
    let first = connect(&server.url_of("first")).await?;
    for at in 0..tables {
        first.batch_execute(&table(&format!("t{at}"), at)).await?;
    }
    drop(first);
    // A template must be left alone by everybody, and the client is gone only after a while.
    while admin.batch_execute("CREATE DATABASE second TEMPLATE first").await.is_err() {}
    admin.batch_execute("CREATE DATABASE same TEMPLATE first").await?;
    connect(&server.url_of("second")).await?.batch_execute(&changes(tables)).await?;
    Ok(())
}

fn table(name: &str, at: usize) -> String {
    let mut sql = format!(
        "CREATE TABLE {name} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant integer NOT NULL, \
         name varchar(80) NOT NULL, state text NOT NULL DEFAULT 'new' CHECK (state <> ''), amount numeric(12, 2), \
         is_open boolean NOT NULL DEFAULT true, about jsonb NOT NULL DEFAULT '{{}}', at timestamptz NOT NULL DEFAULT now()",
    );
    if let Some(before) = at.checked_sub(1) {
        let _ = write!(sql, ", parent bigint REFERENCES t{before}");
    }
    sql += ");\n";
    for (n, on) in ["(tenant)", "(name, tenant)", "(state) WHERE is_open", "(at DESC)", "(lower(name))"]
        .iter()
        .enumerate()
    {
        let _ = writeln!(sql, "CREATE INDEX {name}_{n} ON {name} {on};");
    }
    sql
}

/// 50 of them, of all sorts.
fn changes(tables: usize) -> String {
    let mut sql = String::new();
    for n in 0..10 {
        let t = n * tables / 10;
        let _ = writeln!(sql, "ALTER TABLE t{t} ADD COLUMN note text;");
        let _ = writeln!(sql, "DROP INDEX t{t}_0;");
        let _ = writeln!(sql, "CREATE INDEX t{t}_more ON t{t} (amount);");
        let _ = writeln!(sql, "ALTER TABLE t{t} ALTER COLUMN name TYPE text;");
        sql += &table(&format!("fresh{n}"), t);
    }
    sql
}
