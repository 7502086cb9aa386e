//! What a script says: SQL that is wrong, and SQL that no transaction may have.

use benchmarks::tools::Result;

use crate::bench::Bench;
use crate::cell::Cell;
use crate::migration::Migration;
use crate::peer::Peer;
use crate::program::{End, Run};

const TWO_TABLES: [&str; 2] = ["CREATE TABLE a (id bigint)", "CREATE TABLE b (id bigint)"];

pub(super) async fn syntax(bench: &Bench, peer: Peer) -> Result<Cell> {
    third_is_wrong(bench, peer, "CREATE TABL c (id bigint)").await
}

pub(super) async fn statement(bench: &Bench, peer: Peer) -> Result<Cell> {
    third_is_wrong(bench, peer, "CREATE TABLE c (id nummeric)").await
}

async fn third_is_wrong(bench: &Bench, peer: Peer, third: &str) -> Result<Cell> {
    let mut cell = Cell::default();
    let [first, second] = TWO_TABLES;
    let migrations = [Migration::table(1, "users"), Migration::new(2, "wrong", &[first, second, third])];
    let Some(image) = bench.compile(peer, peer.files(&migrations), &mut cell)? else {
        let message = cell.notes[0].1.clone();
        cell.say(format!("does not compile; {}", names(&message)));
        return Ok(cell);
    };
    let db = bench.database(peer).await?;
    let run = bench.run(&image, &db).await?;
    cell.note_run("start on an empty database", &run);
    cell.note("state", &db.state().await?);
    cell.say(match run.end {
        End::Failed => format!("does not start; {}", names(&run.text)),
        End::Done => "starts".to_owned(),
        End::Waiting => "waits".to_owned(),
    });
    let tables = db.tables().await?;
    cell.say(match (tables.contains("a"), tables.contains("users")) {
        (true, _) => "a part of the file remains",
        (false, true) => "nothing of the file remains",
        (false, false) => "nothing remains, not even the file before",
    });
    bench.drop(db).await?;
    Ok(cell)
}

/// What a message says about the place. The third statement begins in the third line, or in that after two comments or
/// separators.
fn names(message: &str) -> String {
    let has = |patterns: &[&str]| patterns.iter().any(|pattern| message.contains(pattern));
    let mut named = Vec::new();
    if has(&["wrong.sql", "_wrong/up.sql"]) {
        named.push("file");
    } else if has(&["wrong", "2026010100000", "2026-01-01-00000", "migration 2"]) {
        named.push("migration");
    }
    if has(&["TABLE c (id nummeric)", "TABL c (id bigint)"]) {
        named.push("statement");
    }
    if has(&[":3:", "line: 3", "line 3", "line: 4", "line 4"]) {
        named.push("line");
    }
    if has(&[":3:8", ":3:20", "column: ", "column "]) {
        named.push("column");
    }
    if message
        .lines()
        .any(|line| !line.is_empty() && line.chars().all(|c| " |^-".contains(c)) && line.contains('^'))
    {
        named.push("caret");
    }
    if !has(&["nummeric", "TABL c", "TABL\""]) {
        named.push("not what is wrong");
    }
    if named.is_empty() { "the error, and no place".to_owned() } else { named.join(", ") }
}

/// A table, and then this.
async fn second(
    bench: &Bench,
    peer: Peer,
    cell: &mut Cell,
    migration: Migration,
) -> Result<Option<(Run, Vec<String>)>> {
    let migrations = [Migration::table(1, "users"), migration];
    let Some(image) = bench.compile(peer, peer.files(&migrations), cell)? else {
        return Ok(None);
    };
    let db = bench.database(peer).await?;
    let run = bench.run(&image, &db).await?;
    cell.note_run("start on an empty database", &run);
    cell.note("state", &db.state().await?);
    let indexes = db.indexes().await?;
    bench.drop(db).await?;
    Ok(Some((run, indexes)))
}

const INDEX: &str = "CREATE INDEX CONCURRENTLY users_id_idx ON users (id)";

pub(super) async fn concurrently(bench: &Bench, peer: Peer) -> Result<Cell> {
    index(bench, peer, Migration::new(2, "index", &[INDEX]), 1).await
}

pub(super) async fn concurrently_marked(bench: &Bench, peer: Peer) -> Result<Cell> {
    if peer.mark().is_none() {
        return Ok(Cell::only("there is no mark"));
    }
    index(bench, peer, Migration::new(2, "index", &[INDEX]).outside(), 1).await
}

pub(super) async fn concurrently_twice(bench: &Bench, peer: Peer) -> Result<Cell> {
    if peer.mark().is_none() {
        return Ok(Cell::only("there is no mark"));
    }
    let other = "CREATE INDEX CONCURRENTLY users_id_desc_idx ON users (id DESC)";
    index(bench, peer, Migration::new(2, "indexes", &[INDEX, other]).outside(), 2).await
}

async fn index(bench: &Bench, peer: Peer, migration: Migration, count: usize) -> Result<Cell> {
    let mut cell = Cell::default();
    let Some((run, indexes)) = second(bench, peer, &mut cell, migration).await? else {
        cell.say("does not compile");
        return Ok(cell);
    };
    let is_built = indexes.len() == count && !indexes.iter().any(|index| index.contains("invalid"));
    cell.say(match (run.end, is_built) {
        (End::Done, true) => "applied",
        (End::Done, false) => "starts, without the index",
        (End::Failed, _) => "does not start",
        (End::Waiting, _) => "waits for itself without limit",
    });
    Ok(cell)
}

/// After the failure, the third statement is corrected, built and started.
pub(super) async fn outside(bench: &Bench, peer: Peer) -> Result<Cell> {
    if peer.mark().is_none() {
        return Ok(Cell::only("there is no mark"));
    }
    let mut cell = Cell::default();
    let [first, second] = TWO_TABLES;
    let file = |third| [Migration::new(1, "three", &[first, second, third]).outside()];
    let wrong = bench.image(peer, &file("CREATE TABLE c (id nummeric)"))?;
    let corrected = bench.image(peer, &file("CREATE TABLE c (id numeric)"))?;
    let db = bench.database(peer).await?;
    let run = bench.run(&wrong, &db).await?;
    cell.note_run("start on an empty database", &run);
    cell.note("state", &db.state().await?);
    let left = db.tables().await?.len();
    let run = bench.run(&corrected, &db).await?;
    cell.note_run("start, corrected", &run);
    cell.note("state", &db.state().await?);
    let is_whole = db.tables().await?.len() == 3 && db.history().await?.len() == 1;
    let phrase = match (run.end, is_whole) {
        (End::Done, true) if left > 0 => "goes on at that statement",
        (End::Done, true) => "nothing remained; applied",
        (End::Done, false) => "starts, and is not whole",
        (End::Failed, _) if left > 0 => {
            db.values("DROP TABLE a, b").await?;
            let run = bench.run(&corrected, &db).await?;
            cell.note_run("start, after its first two tables were dropped", &run);
            if run.is(End::Done) {
                "does not start, until the first two are undone by hand"
            } else {
                "does not start, also when the first two are undone by hand"
            }
        }
        (End::Failed, _) => "does not start",
        (End::Waiting, _) => "waits",
    };
    cell.say(phrase);
    bench.drop(db).await?;
    Ok(cell)
}
