//! Faults of the folder: what a file is called.

use benchmarks::tools::Result;

use crate::bench::Bench;
use crate::cell::Cell;
use crate::migration::Migration;
use crate::peer::Peer;
use crate::program::End;

/// Each of the two names is tried in a folder of its own.
pub(super) async fn bad_name(bench: &Bench, peer: Peer) -> Result<Cell> {
    let mut cell = Cell::default();
    let mut phrases = Vec::new();
    for (table, path) in peer.bad_names() {
        let mut files = peer.files(&[Migration::table(1, "users")]);
        files.insert(path.clone(), peer.frame(&format!("CREATE TABLE {table} (id bigint);\n")));
        let what = path.display().to_string();
        let Some(image) = bench.compile(peer, files, &mut cell)? else {
            phrases.push("does not compile");
            continue;
        };
        let db = bench.database(peer).await?;
        let run = bench.run(&image, &db).await?;
        cell.note_run(&format!("start with {what}"), &run);
        cell.note("state", &db.state().await?);
        phrases.push(match (run.end, db.has(table).await?) {
            (End::Done, true) => "applied",
            (End::Done, false) if run.warns() || run.text.contains(&what) => "ignored, and said so",
            (End::Done, false) => "ignored",
            (End::Failed, _) => "does not start",
            (End::Waiting, _) => "waits",
        });
        bench.drop(db).await?;
    }
    phrases.dedup();
    phrases.into_iter().for_each(|phrase| cell.say(phrase));
    Ok(cell)
}

pub(super) async fn duplicate(bench: &Bench, peer: Peer) -> Result<Cell> {
    let mut cell = Cell::default();
    let migrations =
        [Migration::table(1, "users"), Migration::table(2, "orders"), Migration::table(2, "plans")];
    let Some(image) = bench.compile(peer, peer.files(&migrations), &mut cell)? else {
        cell.say("does not compile");
        return Ok(cell);
    };
    let db = bench.database(peer).await?;
    let run = bench.run(&image, &db).await?;
    cell.note_run("start on an empty database", &run);
    cell.note("state", &db.state().await?);
    let applied = db.tables().await?.len();
    match run.end {
        End::Done if applied == 3 => cell.say("both are applied"),
        End::Done => cell.say("one of them is never run, nothing is said"),
        End::Failed if applied == 0 => cell.say("does not start, nothing is applied"),
        End::Failed => cell.say(format!("does not start, {applied} of 3 are applied")),
        End::Waiting => cell.say("waits"),
    }
    if run.is(End::Done) && applied < 3 {
        let run = bench.run(&image, &db).await?;
        cell.note_run("second start", &run);
        if db.tables().await?.len() == 3 {
            cell.say("it is applied at the second start");
        }
    }
    bench.drop(db).await?;
    Ok(cell)
}

pub(super) async fn gap(bench: &Bench, peer: Peer) -> Result<Cell> {
    let mut cell = Cell::default();
    let migrations = [Migration::table(1, "users").sequence(), Migration::table(3, "orders").sequence()];
    let Some(image) = bench.compile(peer, peer.files(&migrations), &mut cell)? else {
        cell.say("does not compile");
        return Ok(cell);
    };
    let db = bench.database(peer).await?;
    let run = bench.run(&image, &db).await?;
    cell.note_run("start on an empty database", &run);
    cell.say(match run.end {
        End::Done if run.warns() => "accepted, and said so",
        End::Done => "accepted",
        End::Failed => "does not start",
        End::Waiting => "waits",
    });
    bench.drop(db).await?;
    Ok(cell)
}
