//! What was applied, and what the next binary has, do not agree.

use benchmarks::tools::Result;

use crate::bench::Bench;
use crate::cell::Cell;
use crate::database::Db;
use crate::migration::Migration;
use crate::peer::Peer;
use crate::program::{End, Run};

pub(super) async fn edited(bench: &Bench, peer: Peer) -> Result<Cell> {
    let wider = "CREATE TABLE orders (\n    id bigint PRIMARY KEY,\n    note text\n)";
    let files = [Migration::table(1, "users"), Migration::new(2, "orders", &[wider])];
    let option = match peer {
        Peer::Migrate => Some("allow_changed"),
        Peer::Refinery => Some("set_abort_divergent(false)"),
        _ => None,
    };
    changed(bench, peer, &files, option).await
}

pub(super) async fn line_endings(bench: &Bench, peer: Peer) -> Result<Cell> {
    let files = [Migration::table(1, "users"), Migration::table(2, "orders").crlf()];
    changed(bench, peer, &files, None).await
}

pub(super) async fn comment(bench: &Bench, peer: Peer) -> Result<Cell> {
    let files = [Migration::table(1, "users"), Migration::table(2, "orders").comment()];
    changed(bench, peer, &files, None).await
}

/// The second of two applied migrations is another one now.
async fn changed(bench: &Bench, peer: Peer, now: &[Migration], option: Option<&str>) -> Result<Cell> {
    let before = [Migration::table(1, "users"), Migration::table(2, "orders")];
    let db = bench.migrated(peer, &before).await?;
    start(bench, db, now, option, &|run, _| phrase(run)).await
}

pub(super) async fn missing(bench: &Bench, peer: Peer) -> Result<Cell> {
    let all = [Migration::table(1, "users"), Migration::table(2, "orders"), Migration::table(3, "plans")];
    let db = bench.migrated(peer, &all).await?;
    let option = match peer {
        Peer::Migrate => Some("allow_missing"),
        Peer::Sqlx => Some("set_ignore_missing(true)"),
        Peer::Refinery => Some("set_abort_missing(false)"),
        Peer::NodePgMigrate => Some("checkOrder: false"),
        _ => None,
    };
    let [first, _, third] = all;
    start(bench, db, &[first, third], option, &|run, _| phrase(run)).await
}

pub(super) async fn out_of_order(bench: &Bench, peer: Peer) -> Result<Cell> {
    let all = [Migration::table(1, "users"), Migration::table(2, "orders"), Migration::table(3, "plans")];
    let [first, _, third] = all.clone();
    let db = bench.migrated(peer, &[first, third]).await?;
    let option = match peer {
        Peer::Migrate => Some("allow_out_of_order"),
        Peer::Refinery => Some("set_abort_missing(false)"),
        Peer::NodePgMigrate => Some("checkOrder: false"),
        _ => None,
    };
    let late = |run: &Run, has_orders| match (run.end, has_orders) {
        (End::Done, true) => "it is applied late".to_owned(),
        (End::Done, false) => "starts, it is never applied, nothing is said".to_owned(),
        _ => phrase(run),
    };
    start(bench, db, &all, option, &late).await
}

pub(super) async fn older(bench: &Bench, peer: Peer) -> Result<Cell> {
    let all = [Migration::table(1, "users"), Migration::table(2, "orders")];
    let db = bench.migrated(peer, &all).await?;
    let option = match peer {
        Peer::Sqlx => Some("set_ignore_missing(true)"),
        Peer::Refinery => Some("set_abort_missing(false)"),
        _ => None,
    };
    let [first, _] = all;
    start(bench, db, &[first], option, &|run, _| phrase(run)).await
}

/// Starts with these migrations, and if that fails once more with the option.
async fn start(
    bench: &Bench,
    db: Db,
    migrations: &[Migration],
    option: Option<&str>,
    phrase: &dyn Fn(&Run, bool) -> String,
) -> Result<Cell> {
    let mut cell = Cell::default();
    let peer = db.peer;
    let Some(image) = bench.compile(peer, peer.files(migrations), &mut cell)? else {
        cell.say("does not compile");
        return Ok(cell);
    };
    let run = bench.run(&image, &db).await?;
    cell.note_run("start", &run);
    cell.say(phrase(&run, db.has("orders").await?));
    if let (End::Failed, Some(option)) = (run.end, option) {
        let run = image.run(&db.url, Some(option), bench.limit).await?;
        cell.note_run(&format!("start with `{option}`"), &run);
        cell.say(format!("with `{option}`: {}", phrase(&run, db.has("orders").await?)));
    }
    cell.note("state", &db.state().await?);
    bench.drop(db).await?;
    Ok(cell)
}

fn phrase(run: &Run) -> String {
    match run.end {
        End::Done if run.warns() => "starts, and says so",
        End::Done => "starts, nothing is said",
        End::Failed => "does not start",
        End::Waiting => "waits",
    }
    .to_owned()
}
