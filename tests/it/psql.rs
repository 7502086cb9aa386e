//! `psql` on the same files and `run` give the same schema.

use std::ffi::OsStr;
use std::path::Path;

use migrate_runtime::{MigrationSet, embed_migrations};

use crate::skip::skip;
use crate::support::{Db, load, pg_dump, program, run_program};

const NOT_COMPARED: &str = "what it makes of the files is not compared with what `run` makes";

static SAMPLE: MigrationSet = embed_migrations!("../migrations");

/// The schema without the history table, and without the random key that newer versions put around it.
fn dump(pg_dump: &Path, db: &Db) -> String {
    let args = ["--schema-only", "--exclude-table=schema_migrations*", "--dbname", &db.url].map(OsStr::new);
    let dump = run_program(pg_dump, &args);
    let is_key = |line: &&str| line.starts_with("\\restrict") || line.starts_with("\\unrestrict");
    dump.lines().filter(|line| !is_key(line)).collect::<Vec<_>>().join("\n")
}

async fn check(set: &MigrationSet, folder: &Path) {
    let (by_run, by_psql) = (Db::new().await, Db::new().await);
    let Some(psql) = program("psql") else { return skip("psql", NOT_COMPARED) };
    let pg_dump = match pg_dump(&by_run).await {
        Ok(pg_dump) => pg_dump,
        Err(missing) => return skip(missing, NOT_COMPARED),
    };
    set.run(&mut by_run.connect().await).await.unwrap();
    for migration in set.iter() {
        let file = folder.join(migration.up().file());
        let options = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--dbname", &by_psql.url, "--file"];
        let args: Vec<&OsStr> = options.iter().map(OsStr::new).chain([file.as_os_str()]).collect();
        run_program(&psql, &args);
    }
    let dumped = dump(&pg_dump, &by_run);
    assert_eq!(dumped, dump(&pg_dump, &by_psql));
    assert!(dumped.contains("CREATE TABLE"));
}

#[tokio::test]
async fn the_sample_set() {
    check(&SAMPLE, &Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations")).await;
}

#[tokio::test]
async fn a_set_with_everything_that_is_hard() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/embedded/migrations");
    check(&load(&folder), &folder).await;
}
