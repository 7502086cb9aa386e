//! The pages about errors that only a server can make show what is really printed.

use migrate_runtime::cli::in_words_of_the_command;
use migrate_runtime::{Error, Runner};

use crate::support::{Db, set};

/// The page about the error shows it, as the command prints it.
#[track_caller]
fn check(code: &str, error: &Error) {
    assert_eq!(error.code().as_str(), code, "{error}");
    let path = format!("{}/../migrate-cli/errors/{code}.md", env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(&path).unwrap();
    let text = in_words_of_the_command(error);
    let printed = format!("```text\nerror[{code}]: {}\n", text.lines().next().unwrap());
    assert!(page.contains(&printed), "{path} shows not\n{printed}");
    for line in text.lines().filter(|line| line.starts_with("detail: ")) {
        assert!(page.contains(&format!("\n{line}\n")), "{path} shows not\n{line}");
    }
}

/// A run of these files fails.
async fn failing(files: &[(&str, &str)]) -> Error {
    let db = Db::new().await;
    set(files).run(&mut db.connect().await).await.unwrap_err()
}

#[tokio::test]
async fn a_statement_fails() {
    let users = ("0001_users.sql", "CREATE TABLE users (id bigint PRIMARY KEY, state text);");
    let tenants = "CREATE TABLE tenants (\n    slug text,\n    price numeric, share nummeric\n);\n";
    check("M0601", &failing(&[users, ("0002_tenants.sql", tenants)]).await);
    let commits = "DO $$ BEGIN COMMIT; END $$;";
    check("M0606", &failing(&[users, ("0002_batches.sql", commits)]).await);
    let slow = "SET statement_timeout = '20ms';\nSELECT pg_sleep(60);";
    check("M0604", &failing(&[users, ("0002_slow.sql", slow)]).await);
    let state = "CREATE TYPE state AS ENUM ('active');";
    let paused = "ALTER TYPE state ADD VALUE 'paused';\nSELECT 'paused'::state;";
    check("M0607", &failing(&[("0001_state.sql", state), ("0002_paused.sql", paused)]).await);
    let rows = "CREATE TABLE tenants (slug text);\nINSERT INTO tenants VALUES ('shop'), ('shop');";
    let unique = "ALTER TABLE tenants ADD UNIQUE (slug);";
    check("M0608", &failing(&[("0001_tenants.sql", rows), ("0002_slug.sql", unique)]).await);
}

#[tokio::test]
async fn what_is_there_already() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    client.batch_execute("CREATE TABLE users ()").await.unwrap();
    let set = set(&[("0001_users.sql", "CREATE TABLE users (id bigint);")]);
    check("M0609", &set.run(&mut client).await.unwrap_err());
    client.batch_execute("DROP TABLE schema_migrations, schema_migrations_log").await.unwrap();
    client.batch_execute("CREATE VIEW schema_migrations_log AS SELECT 1").await.unwrap();
    check("M0523", &set.run(&mut client).await.unwrap_err());
}

#[tokio::test]
async fn a_server_that_takes_no_writes() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    client.batch_execute("SET default_transaction_read_only = on").await.unwrap();
    let set = set(&[("0001_users.sql", "CREATE TABLE users (id bigint);")]);
    check("M0525", &set.run(&mut client).await.unwrap_err());
}

#[tokio::test]
async fn a_function_that_goes_on() {
    let db = Db::new().await;
    let set = set(&[("0001_backfill.sql", "-- migrate: function\n")]);
    let runner = Runner::new(&set).function(1, |transaction| {
        Box::pin(async move {
            let _ = transaction.batch_execute("SELECT 1 / 0").await;
            Ok(transaction.batch_execute("SELECT 1").await?)
        })
    });
    check("M0614", &runner.run(&mut db.connect().await).await.unwrap_err());
}
