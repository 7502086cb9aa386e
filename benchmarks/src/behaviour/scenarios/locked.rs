//! A migration alters a table that somebody reads for a while: whether it waits, and who waits behind it.

use std::time::{Duration, Instant};

use benchmarks::tools::Result;
use migrate_runtime::tokio_postgres::Client;

use crate::bench::Bench;
use crate::cell::Cell;
use crate::migration::Migration;
use crate::peer::Peer;
use crate::program::End;

/// How long the table is in use from when the migration wants it.
const HELD: Duration = Duration::from_secs(12);

/// Between two readings of another session.
const PAUSE: Duration = Duration::from_millis(50);

pub(super) async fn locked(bench: &Bench, peer: Peer) -> Result<Cell> {
    let mut cell = Cell::default();
    let users = Migration::table(1, "users");
    let note = Migration::new(2, "note", &["ALTER TABLE users ADD COLUMN note text"]);
    let image = bench.image(peer, &[users.clone(), note])?;
    let db = bench.migrated(peer, &[users]).await?;
    let report = db.session().await?;
    report.batch_execute("BEGIN; SELECT count(*) FROM users").await?;

    let mut running = image.start(&db.url, None)?;
    let wants = "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted AND relation = 'users'::regclass";
    if !db.until_or(wants, || running.has_ended()).await? {
        let run = running.end(bench.limit).await?;
        return Err(format!("{peer} did not ask for the table: {}", run.text).into());
    }
    let readings = read(db.session().await?, HELD).await?;
    report.batch_execute("COMMIT").await?;
    let longest = readings.iter().max().copied().unwrap_or_default();
    let list: Vec<String> = readings
        .iter()
        .filter(|took| took.as_millis() > 500)
        .map(|took| format!("{:.1} s", took.as_secs_f64()))
        .collect();
    cell.note(format!("{} readings; those of more than 0.5 s", readings.len()), &list.join(", "));

    let ended_before = running.has_ended()?;
    let run = running.end(bench.limit).await?;
    cell.note_run("start", &run);
    cell.note("state", &db.state().await?);
    let end = match (run.end, ended_before) {
        (End::Done, _) => "it is applied after that",
        (End::Failed, true) => "it gives up before",
        (End::Failed, false) => "it fails after that",
        (End::Waiting, _) => "it waits on",
    };
    cell.say(if longest + Duration::from_millis(500) > HELD {
        "who only reads the table waits as long".to_owned()
    } else {
        format!("who only reads it waits {:.1} s at most", longest.as_secs_f64())
    });
    cell.say(end);
    bench.drop(db).await?;
    Ok(cell)
}

/// Reads the table again and again, and says how long each took. What has no answer in the end has taken until then.
async fn read(client: Client, held: Duration) -> Result<Vec<Duration>> {
    let since = Instant::now();
    let mut readings = Vec::new();
    while let Some(left) = held.checked_sub(since.elapsed()) {
        let reading = Instant::now();
        let answer = tokio::time::timeout(left, client.simple_query("SELECT count(*) FROM users")).await;
        readings.push(reading.elapsed());
        match answer {
            Ok(answer) => drop(answer?),
            Err(_) => break,
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(readings)
}
