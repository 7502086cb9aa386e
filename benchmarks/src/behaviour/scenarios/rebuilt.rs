//! Whether a build notices a migration that was added.

use std::fs;
use std::path::Path;

use benchmarks::service::Service;
use benchmarks::tools::Result;

use crate::bench::Bench;
use crate::cell::Cell;
use crate::migration::Migration;
use crate::peer::Peer;
use crate::program::Built;
use crate::workshop::Workshop;

const BUILD_SCRIPT: &str = "fn main() {\n    println!(\"cargo::rerun-if-changed=migrations\");\n}\n";

/// What embeds nothing reads its folder when it starts.
pub(super) async fn new_file(bench: &Bench, peer: Peer) -> Result<Cell> {
    let Some(tool) = peer.tool() else {
        return Ok(Cell::only("the folder is read at start"));
    };
    let mut cell = Cell::default();
    let service = Workshop::new_service(tool, &format!("{tool}-new-file"))?;
    let without = added(bench, peer, &service, "without a build script", &mut cell).await?;
    cell.say(without);
    fs::write(service.folder.join("build.rs"), BUILD_SCRIPT)?;
    let with = added(bench, peer, &service, "with a build script", &mut cell).await?;
    fs::remove_file(service.folder.join("build.rs"))?;
    cell.say(format!("with a `build.rs`: {with}"));
    Ok(cell)
}

async fn added(
    bench: &Bench,
    peer: Peer,
    service: &Service,
    what: &str,
    cell: &mut Cell,
) -> Result<&'static str> {
    let [first, second] = [Migration::table(1, "users"), Migration::table(2, "orders")];
    service.write(peer.files(&[first]))?;
    let built = bench.workshop.borrow().compile(service)?;
    runs(built)?;
    for (path, text) in peer.files(&[second]) {
        let path = service.folder.join("migrations").join(path);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("")))?;
        fs::write(path, text)?;
    }
    let built = bench.workshop.borrow().compile(service)?;
    let image = runs(built)?;
    let db = bench.database(peer).await?;
    let run = bench.run(&image, &db).await?;
    cell.note_run(&format!("start, {what}"), &run);
    let has = db.has("orders").await?;
    let is_said = run.warns();
    bench.drop(db).await?;
    run.succeeded()?;
    Ok(match (has, is_said) {
        (true, _) => "noticed",
        (false, true) => "not noticed, a debug build says so when it starts",
        (false, false) => "not noticed",
    })
}

fn runs(built: Built) -> Result<crate::program::Image> {
    match built {
        Built::Runs(image) => Ok(image),
        Built::Refused(message) => Err(message.into()),
    }
}
