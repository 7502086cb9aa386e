//! A process that applies a folder to a database and prints the versions it applied: `migrator FOLDER URL`.

#![allow(clippy::print_stdout, reason = "its output is what the tests read")]

use std::path::Path;

use migrate_runtime::MigrationSet;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (folder, url) = (args.next().ok_or("no folder")?, args.next().ok_or("no URL")?);
    let set = MigrationSet::from(migrate_source::load(Path::new(&folder))?);
    let report = set.run_url(&url).await?;
    for applied in report.applied() {
        println!("{}", applied.version());
    }
    Ok(())
}
