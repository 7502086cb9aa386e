//! A process is killed in the middle of its work; what started it starts it again.

use benchmarks::tools::Result;

use crate::bench::Bench;
use crate::cell::Cell;
use crate::migration::Migration;
use crate::peer::Peer;
use crate::program::End;

/// Another session than ours that works on this database.
const WORKS: &str = "datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'";

pub(super) async fn in_transaction(bench: &Bench, peer: Peer) -> Result<Cell> {
    let mut cell = Cell::default();
    let slow = ["CREATE TABLE a (id bigint)", "SELECT pg_sleep(3)", "CREATE TABLE b (id bigint)"];
    let image = bench.image(peer, &[Migration::table(1, "users"), Migration::new(2, "slow", &slow)])?;
    let db = bench.database(peer).await?;
    let mut running = image.start(&db.url, None)?;
    let sleeps =
        format!("SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND {WORKS}");
    if !db.until_or(&sleeps, || running.has_ended()).await? {
        let run = running.end(bench.limit).await?;
        return Err(format!("{peer} did not come to the second statement: {}", run.text).into());
    }
    running.kill().await?;
    // Its session does not know yet: the server sleeps on.
    let run = bench.run(&image, &db).await?;
    cell.note_run("start again, at once", &run);
    cell.note("state", &db.state().await?);
    let tables = db.tables().await?;
    let is_whole = tables.contains("a") && tables.contains("b") && db.history().await?.len() == 2;
    match (run.end, is_whole) {
        (End::Done, true) => cell.say("goes on by itself"),
        (End::Done, false) => cell.say("starts, and is not whole"),
        (End::Waiting, _) => cell.say("waits"),
        (End::Failed, _) => {
            let ended = format!("SELECT count(*) = 0 FROM pg_stat_activity WHERE {WORKS}");
            db.until(&ended).await?;
            let run = bench.run(&image, &db).await?;
            cell.note_run("start once more, when the session is gone", &run);
            cell.note("state", &db.state().await?);
            cell.say(if run.is(End::Done) {
                "does not start while the old session works, then goes on"
            } else {
                "does not start, also later"
            });
        }
    }
    bench.drop(db).await?;
    Ok(cell)
}

/// The server goes on with what the process has sent.
pub(super) async fn index(bench: &Bench, peer: Peer) -> Result<Cell> {
    concurrently(bench, peer, false).await
}

/// The session ends as well, as it does when the server is restarted.
pub(super) async fn index_and_session(bench: &Bench, peer: Peer) -> Result<Cell> {
    concurrently(bench, peer, true).await
}

async fn concurrently(bench: &Bench, peer: Peer, session: bool) -> Result<Cell> {
    if peer.mark().is_none() {
        return Ok(Cell::only("there is no mark"));
    }
    let mut cell = Cell::default();
    let users = Migration::table(1, "users");
    let index =
        Migration::new(2, "index", &["CREATE INDEX CONCURRENTLY users_id_idx ON users (id)"]).outside();
    let image = bench.image(peer, &[users.clone(), index])?;
    let db = bench.migrated(peer, &[users]).await?;
    // The index waits for this transaction, which writes to the table.
    let writer = db.session().await?;
    writer.batch_execute("BEGIN; INSERT INTO users VALUES (1)").await?;
    let mut running = image.start(&db.url, None)?;
    let builds =
        format!("{WORKS} AND query ILIKE '%CREATE INDEX CONCURRENTLY%' AND wait_event_type = 'Lock'");
    let is_building = format!("SELECT count(*) > 0 FROM pg_stat_activity WHERE {builds}");
    if !db.until_or(&is_building, || running.has_ended()).await? {
        let run = running.end(bench.limit).await?;
        return Err(format!("{peer} did not come to its index: {}", run.text).into());
    }
    running.kill().await?;
    if session {
        db.values(&format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {builds}")).await?;
    }
    writer.batch_execute("COMMIT").await?;
    let gone = format!("SELECT count(*) = 0 FROM pg_stat_activity WHERE {WORKS}");
    db.until(&gone).await?;
    cell.note("state after the kill", &db.state().await?);
    let run = bench.run(&image, &db).await?;
    cell.note_run("start again", &run);
    cell.note("state", &db.state().await?);
    let is_whole = db.indexes().await? == ["users_id_idx"] && db.history().await?.len() == 2;
    let phrase = match (run.end, is_whole) {
        (End::Done, true) => "goes on by itself",
        (End::Done, false) => "starts, and is not whole",
        (End::Waiting, _) => "waits",
        (End::Failed, _) => {
            db.values("DROP INDEX users_id_idx").await?;
            let run = bench.run(&image, &db).await?;
            cell.note_run("start, after the index was dropped", &run);
            if run.is(End::Done) {
                "does not start, until the index is dropped by hand"
            } else {
                "does not start, also when the index is dropped by hand"
            }
        }
    };
    cell.say(phrase);
    bench.drop(db).await?;
    Ok(cell)
}
