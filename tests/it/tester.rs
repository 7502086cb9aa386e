//! A process with test databases: `tester FOLDER URL COUNT` makes so many at once, prints what they are called and which
//! tables they have, a line each, and drops them when its input ends. An empty URL stands for what a test does that names none.

#![allow(clippy::print_stdout, reason = "its output is what the tests read")]

use std::path::Path;

use migrate_runtime::testing::TestDb;
use migrate_runtime::tokio_postgres::SimpleQueryMessage;
use migrate_runtime::{MigrationSet, Runner};
use tokio::io::AsyncReadExt as _;
use tokio::task::JoinSet;

const TABLES: &str = "SELECT coalesce(string_agg(tablename, ',' ORDER BY tablename), '') FROM pg_tables \
     WHERE schemaname = 'public'";

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [folder, url, count] = args.as_slice() else {
        return Err("tester FOLDER URL COUNT".into());
    };
    let loaded = migrate_source::load_with_drafts(Path::new(folder), &())?;
    let set: &'static MigrationSet = Box::leak(Box::new(MigrationSet::from(loaded.set)));
    let runner = Runner::new(set).applying(&loaded.applying)?;
    let mut making = JoinSet::new();
    for _ in 0..count.parse()? {
        let (url, runner) = (url.clone(), runner.clone());
        making.spawn(async move {
            if url.is_empty() { TestDb::new(&runner).await } else { TestDb::on(&url, &runner).await }
        });
    }
    let mut databases = Vec::new();
    let mut failed = Ok(());
    while let Some(made) = making.join_next().await {
        match made? {
            Ok(db) => {
                let messages = db.connect().await?.simple_query(TABLES).await?;
                let row = messages.iter().find_map(|message| match message {
                    SimpleQueryMessage::Row(row) => row.get(0),
                    _ => None,
                });
                println!("{} {}", db.name(), row.unwrap_or_default());
                databases.push(db);
            }
            Err(error) => failed = Err(error),
        }
    }
    println!("all are there");
    tokio::io::stdin().read_to_end(&mut Vec::new()).await?;
    for db in databases {
        db.close().await?;
    }
    Ok(failed?)
}
