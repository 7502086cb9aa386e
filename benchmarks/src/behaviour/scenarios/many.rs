//! Several processes at once, and a pooler between them and the server.

use std::time::{Duration, Instant};

use benchmarks::tools::Result;

use crate::bench::Bench;
use crate::cell::Cell;
use crate::database::Db;
use crate::migration::Migration;
use crate::peer::Peer;
use crate::pooler::Pooler;
use crate::program::{End, Image, Run};

const REPLICAS: usize = 8;

pub(super) async fn replicas(bench: &Bench, peer: Peer) -> Result<Cell> {
    let names = ["users", "orders", "plans", "invoices", "payments"];
    let migrations: Vec<Migration> = (1..).zip(names).map(|(n, name)| Migration::table(n, name)).collect();
    race(bench, peer, &[], &migrations).await
}

/// The table is there already, so that all arrive at the index.
pub(super) async fn replicas_concurrently(bench: &Bench, peer: Peer) -> Result<Cell> {
    if peer.mark().is_none() {
        return Ok(Cell::only("there is no mark"));
    }
    let rows = "CREATE TABLE users AS SELECT generate_series(1, 200000) AS id";
    let users = Migration::new(1, "users", &[rows]);
    let index =
        Migration::new(2, "index", &["CREATE INDEX CONCURRENTLY users_id_idx ON users (id)"]).outside();
    race(bench, peer, std::slice::from_ref(&users), &[users.clone(), index]).await
}

/// Starts many at once on a database that has these, several times over.
async fn race(bench: &Bench, peer: Peer, before: &[Migration], all: &[Migration]) -> Result<Cell> {
    let mut cell = Cell::default();
    let image = bench.image(peer, all)?;
    let (mut worst, mut reason, mut is_whole, mut recovers) = (0, String::new(), true, true);
    for round in 1..=bench.rounds {
        let db = if before.is_empty() {
            bench.database(peer).await?
        } else {
            bench.migrated(peer, before).await?
        };
        let runs = at_once(&image, &db.url, REPLICAS, bench.limit).await?;
        let bad: Vec<&Run> = runs.iter().filter(|run| !run.is(End::Done)).collect();
        let what = format!("round {round}: {} of {REPLICAS} do not start", bad.len());
        cell.note(what, &db.state().await?);
        for run in &bad {
            cell.note_run("one of them", run);
        }
        if bad.len() > worst {
            (worst, reason) = (bad.len(), why(&bad));
        }
        if !bad.is_empty() {
            // As what started them does again.
            let run = bench.run(&image, &db).await?;
            cell.note_run("start again", &run);
            recovers &= run.is(End::Done);
        }
        is_whole &= db.history().await?.len() == all.len()
            && !db.indexes().await?.iter().any(|index| index.contains("invalid"));
        bench.drop(db).await?;
    }
    cell.say(match worst {
        0 => "all start".to_owned(),
        _ => format!("up to {worst} of {REPLICAS} do not start: {reason}"),
    });
    if !recovers {
        cell.say("nor does a later start succeed");
    }
    if recovers && !is_whole {
        cell.say("the schema is not whole in the end");
    }
    Ok(cell)
}

async fn at_once(image: &Image, url: &str, count: usize, limit: Duration) -> Result<Vec<Run>> {
    let started = (0..count).map(|_| image.start(url, None)).collect::<Result<Vec<_>>>()?;
    let since = Instant::now();
    let mut runs = Vec::new();
    for running in started {
        runs.push(running.end(limit.saturating_sub(since.elapsed())).await?);
    }
    Ok(runs)
}

/// In a word or two, of all that failed.
fn why(runs: &[&Run]) -> String {
    let is = |word: &str| runs.iter().any(|run| run.text.to_lowercase().contains(word));
    let mut words = Vec::new();
    if is("deadlock") {
        words.push("deadlock");
    }
    if is("already running") {
        words.push("another is running");
    }
    if is("prepared statement") {
        words.push("prepared statements");
    } else if is("duplicate key") || is("already exists") {
        words.push("already exists");
    }
    if runs.iter().any(|run| run.is(End::Waiting)) {
        words.push("waiting");
    }
    if words.is_empty() { "see the details".to_owned() } else { words.join(", ") }
}

/// Two starts one after the other, then four at once with something new.
pub(super) async fn pgbouncer(bench: &Bench, peer: Peer) -> Result<Cell> {
    let Some(pooler) = Pooler::start(bench.server.url()).await? else {
        return Ok(Cell::only("not run: there is no PgBouncer"));
    };
    let mut cell = Cell::default();
    cell.note("the pooler", &pooler.version()?);
    through(bench, peer, &pooler, "", &mut cell).await?;
    if peer == Peer::Sqlx && cell.short() != WORKS {
        let option = "statement-cache-capacity=0";
        let mut with = Cell::default();
        through(bench, peer, &pooler, &format!("&{option}"), &mut with).await?;
        cell.say(format!("with `{option}`: {}", with.short()));
        cell.notes.append(&mut with.notes);
    }
    Ok(cell)
}

const WORKS: &str = "works";

async fn through(bench: &Bench, peer: Peer, pooler: &Pooler, more: &str, cell: &mut Cell) -> Result<()> {
    let all = [Migration::table(1, "users"), Migration::table(2, "orders"), Migration::table(3, "plans")];
    let old = bench.image(peer, &all[..2])?;
    let new = bench.image(peer, &all)?;
    let db = bench.database(peer).await?;
    let url = format!("{}{more}", pooler.url(&db)?);
    let limit = Duration::from_secs(10);
    let mut runs = vec![old.run(&url, None, limit).await?, old.run(&url, None, limit).await?];
    runs.extend(at_once(&new, &url, 4, limit).await?);
    for run in &runs {
        cell.note_run("start", run);
    }
    let bad: Vec<&Run> = runs.iter().filter(|run| !run.is(End::Done)).collect();
    let leaked = leaked_locks(&db).await?;
    cell.note("advisory locks that nobody holds on purpose any more", &leaked.to_string());
    cell.note("state", &db.state().await?);
    if bad.is_empty() && leaked == 0 && db.history().await?.len() == 3 {
        cell.say(WORKS);
    }
    if !bad.is_empty() {
        cell.say(format!("{} of {} do not start: {}", bad.len(), runs.len(), why(&bad)));
    }
    if leaked > 0 {
        cell.say("a lock is left behind");
    }
    bench.drop(db).await
}

/// All processes have ended; a lock that is still there is that of a connection which the pooler keeps.
async fn leaked_locks(db: &Db) -> Result<usize> {
    let sql = "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database \
               WHERE locktype = 'advisory' AND granted AND datname = current_database()";
    Ok(db.values(sql).await?.first().ok_or("no answer")?.parse()?)
}
