//! Measures a fleet: tenants a second, beside loops of the shell, the memory that a long list takes, and how many connections
//! the server sees. `cargo run --release --bin fleet`, half an hour and more, and a quarter of one the first time, when
//! sqlx-cli is built into `target/peers`. `-- --tenants 50` and `-- --times 1` make it smaller, `-- --jobs 1,8` and
//! `-- --only speed,memory,connections` leave out the others.
//!
//! Each tenant has a database of its own on one private server, which does not spare the disk while it is measured. 20 small
//! migrations are applied to all of them, and then once more when there is nothing left to do. The fleet is a call of the
//! library from this process; the loops start a process a tenant, one after the other and eight at a time (`xargs -P`).
//! psql keeps no history: the second time it would fail. All take turns, three times; the figures are medians.

use std::env;
use std::fmt;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

#[path = "fleet/machine.rs"]
mod machine;

use benchmarks::tools::{Result, connect};
use machine::{median, peak, rate, sqlx};
use migrate_runtime::fleet::{Fleet, FleetReport, Outcome, Tenant, Tenants};
use migrate_runtime::tokio_postgres::Client;
use migrate_runtime::{MigrationSet, Runner};
use migrate_server::{Options, Server};

const MIGRATIONS: usize = 20;

/// How many tenants are migrated before anything is measured.
const WARM_UP: usize = 20;

/// How many a loop of the shell has at once.
const AT_ONCE: [usize; 2] = [1, 8];

/// How many tenants are listed where memory is measured.
const LISTED: [usize; 3] = [100, 1000, 10_000];

/// In how many databases, all of them current, those tenants are: each database is listed many times, by other slugs.
const DATABASES: usize = 50;

/// The bounds that are held against what the server sees.
const BOUNDS: [usize; 3] = [1, 4, 16];

const USAGE: &str =
    "usage: fleet [--tenants 200] [--jobs 1,2,4,8,16] [--times 3] [--only speed,memory,connections]";

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments: Vec<String> = env::args().skip(1).collect();
    if arguments.first().map(String::as_str) == Some("--listed") {
        return listed(&arguments[1..]).await;
    }
    let (mut tenants, mut jobs, mut times) = (200, vec![1, 2, 4, 8, 16], 3);
    let mut parts = vec!["speed", "memory", "connections"];
    while !arguments.is_empty() {
        let value = arguments.get(1).cloned().ok_or(USAGE)?;
        match arguments.remove(0).as_str() {
            "--tenants" => tenants = value.parse()?,
            "--jobs" => jobs = value.split(',').map(str::parse).collect::<std::result::Result<_, _>>()?,
            "--times" => times = value.parse::<usize>()?.max(1),
            "--only" => parts.retain(|part| value.split(',').any(|only| only == *part)),
            _ => return Err(USAGE.into()),
        }
        arguments.remove(0);
    }
    let folder = tempfile::tempdir()?;
    for n in 1..=MIGRATIONS {
        let sql = format!(
            "CREATE TABLE t{n} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);\n"
        );
        fs::create_dir_all(folder.path().join("set"))?;
        fs::write(folder.path().join(format!("set/{n:04}_t{n}.sql")), sql)?;
    }
    let bench = Bench::new(folder.path()).await?;
    println!("{MIGRATIONS} migrations, {tenants} databases.");
    if parts.contains(&"speed") {
        bench.speed(tenants, &jobs, times).await?;
    }
    if parts.contains(&"memory") {
        bench.memory().await?;
    }
    if parts.contains(&"connections") {
        bench.connections(tenants).await?;
    }
    Ok(())
}

/// By what the tenants are migrated, and how many at once.
#[derive(Clone, Copy)]
enum Way {
    Fleet(usize),
    Sqlx(usize),
    Psql(usize),
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, at_once) = match self {
            Self::Fleet(at_once) => ("fleet", at_once),
            Self::Sqlx(at_once) => ("sqlx migrate run", at_once),
            Self::Psql(at_once) => ("psql -1 -f", at_once),
        };
        write!(f, "{name}, {at_once} at once")
    }
}

struct Bench<'b> {
    folder: &'b Path,
    set: MigrationSet,
    /// How databases are copied, the fastest way.
    strategy: &'static str,
    /// Where the server has its data, which is elsewhere than it was told where root calls it.
    data: OnceLock<PathBuf>,
}

impl Drop for Bench<'_> {
    fn drop(&mut self) {
        if let Some(data) = self.data.get() {
            let _ = fs::remove_dir_all(data);
        }
    }
}

/// A server with so many empty databases.
struct Town<'t> {
    bench: &'t Bench<'t>,
    server: Server,
    admin: Client,
    tenants: usize,
}

impl<'b> Bench<'b> {
    async fn new(folder: &'b Path) -> Result<Self> {
        let set = migrate_source::load(&folder.join("set"))?.into();
        let mut bench = Self { folder, set, strategy: "WAL_LOG", data: OnceLock::new() };
        let town = bench.start(true).await?;
        town.admin.batch_execute("CREATE DATABASE empty").await?;
        let mut times = Vec::new();
        for strategy in ["WAL_LOG", "FILE_COPY"] {
            let start = Instant::now();
            for at in 0..5 {
                town.create(&format!("tenant_{at}_{}", strategy.to_lowercase()), strategy).await?;
            }
            times.push((start.elapsed(), strategy));
        }
        drop(town);
        bench.strategy = times.into_iter().min().map_or("WAL_LOG", |(_, strategy)| strategy);
        Ok(bench)
    }

    /// The one server, careless with its data or not. What it has stays from one start to the next.
    async fn start(&self, is_careless: bool) -> Result<Town<'_>> {
        let safe = if is_careless { "off" } else { "on" };
        let settings = [
            ("fsync", safe),
            ("full_page_writes", safe),
            ("shared_buffers", "128MB"),
            ("max_connections", "300"),
        ];
        let options =
            settings.into_iter().fold(Options::new(), |options, (name, value)| options.setting(name, value));
        let server = options.data_in(self.folder.join("server")).start()?;
        if let Some(data) = server.data_dir() {
            self.data.get_or_init(|| data.to_owned());
        }
        let admin = connect(server.url()).await?;
        Ok(Town { bench: self, server, admin, tenants: 0 })
    }

    /// Empty databases in the place of those that were there, on a server that is careful now, with the disk at rest. To make
    /// and to drop them on that one would take most of the time.
    async fn town(&self, tenants: usize) -> Result<Town<'_>> {
        let careless = self.start(true).await?;
        for row in
            careless.admin.query("SELECT datname FROM pg_database WHERE datname LIKE 'tenant%'", &[]).await?
        {
            let name: &str = row.get(0);
            careless.admin.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).await?;
        }
        for at in 0..tenants {
            careless.create(&format!("tenant_{at}"), self.strategy).await?;
        }
        careless.admin.batch_execute("CHECKPOINT").await?;
        drop(careless);
        Command::new("sync").status()?;
        let town = self.start(false).await?;
        Ok(Town { tenants, ..town })
    }

    /// Tenants a second, of the fleet and of the loops.
    async fn speed(&self, tenants: usize, jobs: &[usize], times: usize) -> Result<()> {
        let sqlx = sqlx()?;
        let fleets = jobs.iter().map(|jobs| Way::Fleet(*jobs));
        let loops = AT_ONCE.iter().map(|at_once| Way::Sqlx(*at_once));
        let ways: Vec<Way> =
            fleets.chain(loops).chain(AT_ONCE.iter().map(|at_once| Way::Psql(*at_once))).collect();
        // The first ones would pay for what the server, the disk and this process do once.
        self.measure(Way::Fleet(2), WARM_UP, &sqlx).await?;
        let mut samples = vec![Vec::new(); ways.len()];
        for _ in 0..times {
            for (way, samples) in ways.iter().zip(&mut samples) {
                samples.push(self.measure(*way, tenants, &sqlx).await?);
            }
        }
        println!("Databases are copied by {}; medians of {times}.\n", self.strategy);
        println!("| tenants a second | empty | current |\n|---|---|---|");
        let mut base = None;
        for (way, samples) in ways.iter().zip(&samples) {
            let rates = [0, 1].map(|at| median(samples.iter().map(|sample| sample[at]).collect()));
            let base = *base.get_or_insert(rates);
            let cell = |at: usize| match rates[at] {
                rate if rate.is_nan() => "–".to_owned(),
                rate => format!("{rate:.1}, {:.2} ×", rate / base[at]),
            };
            println!("| {way} | {} | {} |", cell(0), cell(1));
        }
        Ok(())
    }

    /// Tenants a second on empty databases, and on current ones.
    async fn measure(&self, way: Way, tenants: usize, sqlx: &Path) -> Result<[f64; 2]> {
        let town = self.town(tenants).await?;
        let folder = self.folder.display();
        let rates = match way {
            Way::Fleet(jobs) => {
                let empty = rate(tenants, town.up(jobs, Outcome::Applied)).await?;
                [empty, rate(tenants, town.up(jobs, Outcome::Current)).await?]
            }
            Way::Sqlx(at_once) => {
                let run = format!("{} migrate run --source {folder}/set --database-url", sqlx.display());
                let empty = rate(tenants, async { town.each(at_once, &run) }).await?;
                [empty, rate(tenants, async { town.each(at_once, &run) }).await?]
            }
            Way::Psql(at_once) => {
                let mut run = format!("{} -X -q -1 -v ON_ERROR_STOP=1", town.psql().display());
                for n in 1..=MIGRATIONS {
                    let _ = write!(run, " -f {folder}/set/{n:04}_t{n}.sql");
                }
                [rate(tenants, async { town.each(at_once, &run) }).await?, f64::NAN]
            }
        };
        town.check().await?;
        Ok(rates)
    }

    /// The most memory that a process has had that lists so many tenants and visits each.
    async fn memory(&self) -> Result<()> {
        let town = self.town(DATABASES).await?;
        town.up(8, Outcome::Applied).await?;
        println!(
            "\n| listed, in {DATABASES} current databases, 8 at once | peak | before the list | wall |\n|---|---|---|---|"
        );
        let mut base = None;
        for count in LISTED {
            let output = Command::new(env::current_exe()?)
                .arg("--listed")
                .args([count.to_string(), self.folder.join("set").display().to_string()])
                .stdin(Stdio::null())
                // Nobody else sees the password in a list of processes.
                .env("FLEET_URLS", (0..DATABASES).map(|at| town.url(at) + "\n").collect::<String>())
                .output()?;
            let text = String::from_utf8(output.stdout)?;
            if !output.status.success() {
                return Err(String::from_utf8_lossy(&output.stderr).into());
            }
            let numbers: Vec<f64> =
                text.split_whitespace().map(str::parse).collect::<std::result::Result<_, _>>()?;
            let [peak, before, wall] = numbers[..] else { return Err(text.into()) };
            let base = *base.get_or_insert(peak);
            println!("| {count} | {peak:.1} MB, {:.2} × | {before:.1} MB | {wall:.1} s |", peak / base);
        }
        Ok(())
    }

    /// The most connections that the server has seen at once, beside the bound.
    async fn connections(&self, tenants: usize) -> Result<()> {
        println!("\n| bound, 64 jobs | most seen at work | most seen at all | looks |\n|---|---|---|---|");
        for bound in BOUNDS {
            let town = self.town(tenants).await?;
            let (list, is_done) = (town.list()?, AtomicBool::new(false));
            let work = async {
                let fleet = Fleet::new(Runner::new(&self.set)).jobs(64).connections_per_server(bound);
                let report = fleet.up(&list).await;
                is_done.store(true, Ordering::SeqCst);
                all_are(report?, Outcome::Applied).map(drop)
            };
            let (done, seen) = tokio::join!(work, town.look(&is_done));
            done?;
            let (busy, all, looks) = seen?;
            println!("| {bound} | {busy} | {all} | {looks} |");
            if busy > i64::try_from(bound)? {
                return Err(format!("{busy} connections were at work, and {bound} allowed").into());
            }
        }
        Ok(())
    }
}

impl Town<'_> {
    async fn create(&self, name: &str, strategy: &str) -> Result<()> {
        self.admin
            .batch_execute(&format!("CREATE DATABASE {name} TEMPLATE empty STRATEGY {strategy}"))
            .await?;
        // The first connection to a database ever fills a cache of the server's.
        connect(&self.server.url_of(name)).await?.simple_query("SELECT 1").await?;
        Ok(())
    }

    fn url(&self, at: usize) -> String {
        // Some would ask for TLS first, which this server does not have.
        format!("{}?sslmode=disable", self.server.url_of(&format!("tenant_{at}")))
    }

    fn list(&self) -> Result<Tenants> {
        Ok(Tenants::new((0..self.tenants).map(|at| Tenant::new(format!("tenant_{at}"), self.url(at))))?)
    }

    async fn up(&self, jobs: usize, outcome: Outcome) -> Result<()> {
        let fleet = Fleet::new(Runner::new(&self.bench.set)).jobs(jobs).connections_per_server(jobs);
        all_are(fleet.up(&self.list()?).await?, outcome).map(drop)
    }

    /// A command for each tenant, its connection string at the end.
    fn each(&self, at_once: usize, command: &str) -> Result<()> {
        let urls = self.bench.folder.join("urls");
        fs::write(&urls, (0..self.tenants).map(|at| self.url(at) + "\n").collect::<String>())?;
        let line = format!("xargs -n 1 -P {at_once} {command} < {}", urls.display());
        let output = Command::new("sh").args(["-c", &line]).stdout(Stdio::null()).output()?;
        fs::remove_file(urls)?;
        if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into()) }
    }

    /// That a loop has done what it was to do.
    async fn check(&self) -> Result<()> {
        for at in [0, self.tenants - 1] {
            let client = connect(&self.url(at)).await?;
            let sql = "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relname ~ '^t[0-9]+$'";
            let count: i64 = client.query_one(sql, &[]).await?.get(0);
            if usize::try_from(count)? != MIGRATIONS {
                return Err(format!("tenant_{at} has {count} tables").into());
            }
        }
        Ok(())
    }

    /// The psql of this very server: that of the path may be a script around it.
    fn psql(&self) -> PathBuf {
        let of_server = self.server.bin_dir().map(|dir| dir.join("psql"));
        of_server.filter(|path| path.exists()).unwrap_or_else(|| "psql".into())
    }

    /// The most sessions at work, the most at all, and how often somebody looked. One that has said goodbye is idle until
    /// its process has ended. Autovacuum is nobody's client.
    async fn look(&self, is_done: &AtomicBool) -> Result<(i64, i64, usize)> {
        const SQL: &str = "SELECT count(*) FILTER (WHERE state IS DISTINCT FROM 'idle'), count(*) \
                           FROM pg_stat_activity WHERE datname LIKE 'tenant\\_%' \
                           AND backend_type = 'client backend'";
        let mut most = (0, 0, 0);
        while !is_done.load(Ordering::SeqCst) {
            let row = self.admin.query_one(SQL, &[]).await?;
            most = (most.0.max(row.get(0)), most.1.max(row.get(1)), most.2 + 1);
        }
        Ok(most)
    }
}

fn all_are(report: FleetReport, outcome: Outcome) -> Result<FleetReport> {
    if report.count(outcome) == report.tenants().len() { Ok(report) } else { Err(report.to_string().into()) }
}

/// What a process does whose memory is measured: prints its peak, what it was before there was a list, in MB, and seconds.
async fn listed(arguments: &[String]) -> Result<()> {
    let [count, folder] = arguments else { return Err("how many, and the folder".into()) };
    let set: MigrationSet = migrate_source::load(Path::new(folder))?.into();
    let urls = env::var("FLEET_URLS")?;
    let urls: Vec<&str> = urls.lines().collect();
    let before = peak()?;
    let start = Instant::now();
    let list =
        (0..count.parse()?).map(|at: usize| Tenant::new(format!("tenant_{at}"), urls[at % urls.len()]));
    let list = Tenants::new(list)?;
    let fleet = Fleet::new(Runner::new(&set)).jobs(8).connections_per_server(8);
    let report = all_are(fleet.up(&list).await?, Outcome::Current)?;
    let wall = start.elapsed().as_secs_f64();
    let peak = peak()?;
    drop(report);
    println!("{peak} {before} {wall}");
    Ok(())
}
