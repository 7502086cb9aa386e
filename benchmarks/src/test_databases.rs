//! Measures how long 100 tests take that have a database of their own with 300 migrations, beside `#[sqlx::test]`:
//! `cargo run --release --bin test-databases`, some minutes. `-- --runs 5` repeats more; `-- --nextest` starts each test as a
//! process of its own, by cargo-nextest; `-- --durable` has a server that waits for its disk. The server's data are in `TMPDIR`:
//! with `TMPDIR=/dev/shm` they are in memory, and a disk that is busy does not count.
//!
//! The tests are at the end of this file, compiled by `cargo test`, and do the same: one row in, one row out. Each run is a
//! process, or a run of nextest, on a server that both share; the first run of each finds no template. They take turns.

use std::env;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use benchmarks::tools::{Result, connect};
use migrate_server::Options;

/// Names of modules below.
const TOOLS: [(&str, &str); 2] = [("migrate_runtime::test", "ours::"), ("sqlx::test", "theirs::")];

#[tokio::main]
async fn main() -> Result<()> {
    let (mut runs, mut by_nextest, mut is_durable) = (3, false, false);
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--runs" => runs = arguments.next().unwrap_or_default().parse()?,
            "--nextest" => by_nextest = true,
            "--durable" => is_durable = true,
            _ => return Err("usage: test-databases [--runs N] [--nextest] [--durable]".into()),
        }
    }
    build(by_nextest)?;
    let mut options = Options::new().setting("max_connections", "200");
    if is_durable {
        for name in ["fsync", "full_page_writes", "synchronous_commit"] {
            options = options.setting(name, "on");
        }
    }
    let server = options.start()?;
    let version: String = connect(server.url()).await?.query_one("SHOW server_version", &[]).await?.get(0);
    println!("PostgreSQL {version}, fsync {}.\n", if is_durable { "on" } else { "off" });
    println!(
        "| 100 tests, 300 migrations | the first run | a later run (median of {}) | ratio |\n|---|---|---|---|",
        runs - 1
    );
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..runs {
        for ((_, filter), times) in TOOLS.iter().zip(&mut times) {
            times.push(run(filter, server.url(), by_nextest)?);
        }
    }
    let mut base = None;
    for ((tool, _), times) in TOOLS.iter().zip(times) {
        let first = times[0];
        let mut later = times[1..].to_vec();
        later.sort();
        let later = later.get(later.len() / 2).copied().unwrap_or(first);
        let base = *base.get_or_insert(later);
        let ratio = later.as_secs_f64() / base.as_secs_f64();
        println!("| `{tool}` | {:.2} s | {:.2} s | {ratio:.1} × |", first.as_secs_f64(), later.as_secs_f64());
    }
    Ok(())
}

/// What `cargo test` is told, or nextest.
fn cargo(by_nextest: bool) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(if by_nextest { ["nextest", "run"].as_slice() } else { ["test"].as_slice() });
    command.args(["--release", "--bin", "test-databases"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

/// Compiles before the clock starts.
fn build(by_nextest: bool) -> Result<()> {
    if cargo(by_nextest).arg("--no-run").status()?.success() {
        Ok(())
    } else {
        Err("the tests do not compile".into())
    }
}

/// The time of all tests of a tool.
fn run(filter: &str, url: &str, by_nextest: bool) -> Result<Duration> {
    let mut command = cargo(by_nextest);
    command.arg(filter).env("DATABASE_URL", url).stdout(Stdio::piped()).stderr(Stdio::piped());
    let start = Instant::now();
    let output = command.output()?;
    let time = start.elapsed();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    if !output.status.success()
        || !(said.contains("100 passed") || said.contains("100 tests run: 100 passed"))
    {
        return Err(format!("{filter} did not pass:\n{said}").into());
    }
    Ok(time)
}

/// Ten modules of ten tests each.
#[cfg(test)]
macro_rules! hundred {
    ($one:ident) => {
        hundred!($one: a b c d e f g h i j);
    };
    ($one:ident: $($module:ident)*) => {
        $(mod $module { super::$one!(a b c d e f g h i j); })*
    };
}

#[cfg(test)]
mod ours {
    use migrate_runtime::{MigrationSet, embed_migrations};

    pub static MIGRATIONS: MigrationSet = embed_migrations!("target/test_databases", allow_drafts);

    macro_rules! tests {
        ($($name:ident)*) => { $(
            #[migrate_runtime::test(crate::ours::MIGRATIONS)]
            async fn $name(client: migrate_runtime::tokio_postgres::Client) {
                client.execute("INSERT INTO t1 (name) VALUES ('a')", &[]).await.expect("a table");
                let row = client.query_one("SELECT count(*) FROM t1", &[]).await.expect("a row");
                assert_eq!(row.get::<_, i64>(0), 1);
            }
        )* };
    }
    use tests;

    hundred!(tests);
}

#[cfg(test)]
mod theirs {
    pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("target/test_databases");

    macro_rules! tests {
        ($($name:ident)*) => { $(
            #[sqlx::test(migrator = "crate::theirs::MIGRATOR")]
            async fn $name(pool: sqlx::PgPool) {
                sqlx::query("INSERT INTO t1 (name) VALUES ('a')").execute(&pool).await.expect("a table");
                let count: i64 =
                    sqlx::query_scalar("SELECT count(*) FROM t1").fetch_one(&pool).await.expect("a row");
                assert_eq!(count, 1);
            }
        )* };
    }
    use tests;

    hundred!(tests);
}
