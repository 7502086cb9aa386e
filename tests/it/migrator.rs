//! A process that applies a folder to a database and prints the versions it applied: `migrator FOLDER URL`.

#![allow(clippy::print_stdout, reason = "its output is what the tests read")]

use std::path::Path;

use migrate_runtime::{MigrationSet, Runner};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (folder, url) = (args.next().ok_or("no folder")?, args.next().ok_or("no URL")?);
    let loaded = migrate_source::load_with_drafts(Path::new(&folder), &())?;
    let set = MigrationSet::from(loaded.set);
    let report = Runner::new(&set).applying(&loaded.applying)?.run_url(&url).await?;
    for applied in report.applied() {
        println!("{}", applied.version());
    }
    Ok(())
}
