//! Random schemas, and what random changes make of them: the way is found, there and back, it is the same each time, and
//! afterwards there is nothing left to do.
//!
//! The seed is fixed, so that each run has the same cases. `SCHEMA_RANDOM=1000` runs as many, `SCHEMA_RANDOM=1000,7` others, and
//! `SCHEMA_ONLINE=1.0` all of them online.

mod heirs;
mod model;
mod text;

use migrate_schema::{Manner, Request, Viewpoint, declare, generate, plan};
use proptest::prelude::TestCaseError;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::support::{self, Db, listed};
use model::{Model, change};

const CASES: u32 = 80;

/// A schema empty again is quicker than a new database.
const EMPTY: &str = "DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION pg_database_owner; \
     GRANT USAGE ON SCHEMA public TO PUBLIC";

/// Whether a table declares by itself what it inherits, or not: PostgreSQL has no statement that changes this alone.
fn is_of_declaring_it(difference: &str) -> bool {
    let (here, there) = ("declared by the table itself", "inherited only");
    [format!(": {there} -> {here}"), format!(": {here} -> {there}")]
        .iter()
        .any(|end| difference.ends_with(end))
}

async fn check(here: &Db, there: &Db, before: &Model, after: &Model, manner: Manner) -> Result<(), String> {
    for (db, model) in [(here, before), (there, after)] {
        db.client.batch_execute(EMPTY).await.map_err(|error| format!("{error:?}"))?;
        let statements = model.statements();
        let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
        declare(&db.client, &statements).await.map_err(|refused| format!("not a schema: {refused:?}"))?;
        db.client.batch_execute("DISCARD ALL").await.map_err(|error| format!("{error:?}"))?;
    }
    let (start, goal) = (here.read().await, there.read().await);
    let planned = plan(&start, &goal, manner).map_err(|error| error.to_string())?;
    let again = plan(&start, &there.read().await, manner).map_err(|error| error.to_string())?;
    if planned != again {
        return Err("another plan the second time".to_owned());
    }
    let request = Request::default().by(manner);
    let generated = generate(&here.client, &goal, &Viewpoint::default(), &request).await;
    let generated = generated.map_err(|error| error.to_string())?;
    let mut residue = listed(&generated.residue);
    for migration in &generated.migrations {
        residue += &listed(&migration.residue);
    }
    residue += &listed(&here.read().await.differences(&start));
    let is_left = residue.lines().any(is_of_declaring_it);
    let residue: String =
        residue.lines().filter(|line| !is_of_declaring_it(line)).map(|line| line.to_owned() + "\n").collect();
    if !residue.is_empty() {
        let scripts = generated.migrations.iter().map(|both| both.up.sql() + "-- back\n" + &both.down.sql());
        return Err(format!("left over:\n{residue}\n{}", scripts.collect::<String>()));
    }
    for migration in &generated.migrations {
        here.run(&migration.up).await;
    }
    let left = plan(&here.read().await, &goal, manner).map_err(|error| error.to_string())?;
    if is_left || left.is_empty() { Ok(()) } else { Err(format!("left to do: {:?}", left.statements)) }
}

#[test]
fn whatever_a_schema_becomes() {
    let asked = std::env::var("SCHEMA_RANDOM").unwrap_or_default();
    let (cases, seed) = asked.split_once(',').unwrap_or((&asked, "0"));
    let cases = cases.parse().unwrap_or(CASES);
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.parse::<u64>().unwrap().to_le_bytes());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (here, there) = runtime.block_on(async {
        support::prepare().await;
        (Db::new().await, Db::new().await)
    });
    let config = Config { cases, failure_persistence: None, max_shrink_time: 60_000, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let online = std::env::var("SCHEMA_ONLINE").map_or(0.2, |share| share.parse().unwrap());
    let manner = proptest::bool::weighted(online);
    let done = runner.run(&(change(), manner), |((before, after), online)| {
        let manner = if online { Manner::Online } else { Manner::AtOnce };
        let text = |model: &Model| {
            model.statements().iter().rev().fold(String::new(), |text, sql| text + sql + ";\n")
        };
        runtime.block_on(check(&here, &there, &before, &after, manner)).map_err(|why| {
            let (before, after) = (text(&before), text(&after));
            TestCaseError::fail(format!("{manner:?}: {why}\n-- before\n{before}-- becomes\n{after}"))
        })
    });
    if let Err(error) = done {
        let text = error.to_string();
        // Behind it comes the input, which is the same in other words.
        panic!("{}", text.split("minimal failing input").next().unwrap());
    }
    runtime.block_on(async {
        here.drop().await;
        there.drop().await;
    });
}
