//! Measures how long a service waits for its migrations, beside the peers, at two distances from the database:
//! `cargo run --release --bin wall-time`, some twenty minutes. `-- --quick` repeats less and leaves out the longest,
//! `-- --only migrate,floor` leaves out the others.
//!
//! Each measurement connects, and applies small migrations that are in memory by then to a database of its own. That has
//! no history table yet, except for the floor; where nothing is pending, the same tool has applied 100 before. The tools
//! take turns; the figures are medians.

use std::env;
use std::time::{Duration, Instant};

use benchmarks::proxy::Proxy;
use benchmarks::tools::{FLOOR_HISTORY, Loaded, Result, Tool, connect};
use migrate_runtime::tokio_postgres::{Client, Config};
use migrate_server::{Options, Server};

/// How many migrations the database has already where nothing is pending.
const APPLIED: usize = 100;

/// The time to a server in another zone or region, and back.
const DISTANCE: Duration = Duration::from_millis(10);

#[tokio::main]
async fn main() -> Result<()> {
    let wishes = Wishes::parse(env::args().skip(1))?;
    // A private server is careless with its data by default, which would make every commit free.
    let settings = [("fsync", "on"), ("full_page_writes", "on"), ("shared_buffers", "128MB")];
    let options =
        settings.into_iter().fold(Options::new(), |options, (name, value)| options.setting(name, value));
    let bench = Bench::new(options.start()?, wishes.tools.clone()).await?;

    println!("PostgreSQL {}, medians.\n", bench.version().await?);
    println!("{}", heading("to connect and apply", &wishes.tools));
    let mut trips = Vec::new();
    for pending in [0, 1, 100, 1000] {
        if wishes.quick && pending == 1000 {
            continue;
        }
        let loaded = bench.load(pending).await?;
        for distance in [Duration::ZERO, DISTANCE] {
            let repetitions = wishes.repetitions(pending, distance);
            let samples = bench.measure(&loaded, distance, repetitions).await?;
            println!("{}", times(pending, distance, &samples));
            if distance == DISTANCE {
                trips.push((pending, samples));
            }
        }
    }
    println!("\n{}", heading("round trips to connect + to apply", &wishes.tools));
    for (pending, samples) in trips {
        let cells = samples.iter().map(|samples| {
            let Sample { trips: [to_connect, to_apply], .. } = samples[samples.len() / 2];
            format!("{to_connect} + {to_apply}")
        });
        println!("{}", row(&name(pending), "any", cells));
    }
    Ok(())
}

/// What the command line asks for.
struct Wishes {
    quick: bool,
    tools: Vec<Tool>,
}

impl Wishes {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self> {
        let mut wishes = Self { quick: false, tools: Tool::ALL.to_vec() };
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--quick" => wishes.quick = true,
                "--only" => {
                    let names = arguments.next().unwrap_or_default();
                    let names: Vec<&str> = names.split(',').collect();
                    wishes.tools.retain(|tool| names.contains(&tool.to_string().as_str()));
                    if wishes.tools.len() != names.len() {
                        let all = Tool::ALL.map(|tool| tool.to_string()).join(",");
                        return Err(format!("--only takes some of {all}").into());
                    }
                }
                _ => return Err("usage: wall-time [--quick] [--only migrate,floor]".into()),
            }
        }
        Ok(wishes)
    }

    fn repetitions(&self, pending: usize, delay: Duration) -> usize {
        match (self.quick, pending) {
            (true, _) => 3,
            // The peers take a minute each time.
            (false, 1000..) if !delay.is_zero() && self.tools.len() > 2 => 3,
            (false, 1000..) => 7,
            (false, _) => 15,
        }
    }
}

/// One run of one tool.
#[derive(Clone, Copy)]
struct Sample {
    time: Duration,
    /// Round trips to connect, and to apply.
    trips: [usize; 2],
}

/// A tool with what it is to do, and the database whose copies it does it in.
struct Case {
    loaded: Loaded,
    template: String,
}

/// The server, and the way to it.
struct Bench {
    server: Server,
    admin: Client,
    port: u16,
    /// Adds [`DISTANCE`].
    proxy: Proxy,
    tools: Vec<Tool>,
}

impl Bench {
    async fn new(server: Server, tools: Vec<Tool>) -> Result<Self> {
        let admin = connect(server.url()).await?;
        let port = server.url().parse::<Config>()?.get_ports()[0];
        let proxy = Proxy::to(port, DISTANCE / 2)?;
        admin.batch_execute("CREATE DATABASE empty").await?;
        admin.batch_execute("CREATE DATABASE floor").await?;
        connect(&server.url_of("floor")).await?.batch_execute(FLOOR_HISTORY).await?;
        Ok(Self { server, admin, port, proxy, tools })
    }

    async fn version(&self) -> Result<String> {
        let row = self.admin.query_one("SHOW server_version", &[]).await?;
        Ok(row.get(0))
    }

    /// Everything that comes before the clock starts.
    async fn load(&self, pending: usize) -> Result<Vec<Case>> {
        let mut cases = Vec::new();
        for &tool in &self.tools {
            let case = match (tool, pending) {
                (Tool::Floor, _) => {
                    Case { loaded: Loaded::new(tool, pending).await?, template: "floor".to_owned() }
                }
                (_, 0) => {
                    let case = Case {
                        loaded: Loaded::new(tool, APPLIED).await?,
                        template: format!("current_{tool}"),
                    };
                    self.admin.batch_execute(&format!("CREATE DATABASE {}", case.template)).await?;
                    case.loaded.run(&self.url(&case.template, self.port), || {}).await?;
                    case
                }
                _ => Case { loaded: Loaded::new(tool, pending).await?, template: "empty".to_owned() },
            };
            cases.push(case);
        }
        Ok(cases)
    }

    /// The samples of each tool, sorted.
    async fn measure(
        &self,
        cases: &[Case],
        distance: Duration,
        repetitions: usize,
    ) -> Result<Vec<Vec<Sample>>> {
        let mut samples = vec![Vec::new(); cases.len()];
        for _ in 0..repetitions {
            for (case, samples) in cases.iter().zip(&mut samples) {
                samples.push(self.measure_once(case, distance).await?);
            }
        }
        for samples in &mut samples {
            samples.sort_by_key(|sample: &Sample| sample.time);
        }
        Ok(samples)
    }

    async fn measure_once(&self, case: &Case, distance: Duration) -> Result<Sample> {
        self.admin.batch_execute(&format!("CREATE DATABASE bench TEMPLATE {}", case.template)).await?;
        // The first connection to a database ever fills a cache of the server's.
        drop(connect(&self.url("bench", self.port)).await?);
        // Whoever is on the way out shall be gone, and the disk at rest.
        self.admin.batch_execute("CHECKPOINT").await?;
        tokio::time::sleep(Duration::from_millis(50)).await;
        self.proxy.take();

        let port = if distance.is_zero() { self.port } else { self.proxy.port };
        let url = self.url("bench", port);
        let mut to_connect = 0;
        let start = Instant::now();
        case.loaded.run(&url, || to_connect = self.proxy.take()).await?;
        let sample = Sample { time: start.elapsed(), trips: [to_connect, self.proxy.take()] };

        self.admin.batch_execute("DROP DATABASE bench WITH (FORCE)").await?;
        Ok(sample)
    }

    fn url(&self, database: &str, port: u16) -> String {
        let url = self.server.url_of(database).replace(&format!(":{}/", self.port), &format!(":{port}/"));
        // Some would ask for TLS first, which this server does not have.
        format!("{url}?sslmode=disable")
    }
}

fn heading(what: &str, tools: &[Tool]) -> String {
    let names = tools.iter().map(ToString::to_string);
    let rule = "|---|---|".to_owned() + &"---|".repeat(tools.len());
    format!("{}\n{rule}", row(what, "round trip", names))
}

fn row(first: &str, second: &str, cells: impl Iterator<Item = String>) -> String {
    let cells: Vec<String> = cells.collect();
    format!("| {first} | {second} | {} |", cells.join(" | "))
}

fn name(pending: usize) -> String {
    if pending == 0 { format!("nothing pending, {APPLIED} applied") } else { format!("{pending} pending") }
}

/// Medians, and how many times the first of them each is.
fn times(pending: usize, distance: Duration, samples: &[Vec<Sample>]) -> String {
    let median = |samples: &Vec<Sample>| samples[samples.len() / 2].time.as_secs_f64() * 1000.0;
    let base = samples.first().map_or(f64::NAN, median);
    let cells = samples.iter().enumerate().map(|(at, samples)| {
        let median = median(samples);
        let ratio = if at == 0 { String::new() } else { format!(", {:.2} ×", median / base) };
        if median < 100.0 { format!("{median:.1} ms{ratio}") } else { format!("{median:.0} ms{ratio}") }
    });
    let repetitions = samples.first().map_or(0, Vec::len);
    row(&format!("{} (of {repetitions})", name(pending)), &format!("{} ms", distance.as_millis()), cells)
}
