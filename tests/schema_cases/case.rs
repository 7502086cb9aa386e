//! One case: before, the plan, after; and back.

use std::collections::BTreeMap;
use std::path::Path;

use migrate_runtime::tokio_postgres::Client;
use migrate_schema::{InTransaction, Manner, Plan, Schema, Statement, Viewpoint};

use crate::budget::Budget;
use crate::database::{Database, Maker, connect};
use crate::judge::{Judge, difference};

/// What came of a case.
#[derive(Default)]
pub(crate) struct Outcome {
    /// Why it is no case: PostgreSQL does not take its files.
    pub(crate) invalid: Option<String>,
    pub(crate) up: Option<Result<(), String>>,
    pub(crate) down: Option<Result<(), String>>,
    pub(crate) budget: Budget,
}

impl Outcome {
    pub(crate) fn is_valid(&self) -> bool {
        self.invalid.is_none()
    }

    /// Whether there was no plan at all.
    pub(crate) fn is_error(&self) -> bool {
        let is_error = |result: &Option<Result<(), String>>| matches!(result, Some(Err(why)) if why.starts_with("no plan"));
        is_error(&self.up) || is_error(&self.down)
    }
}

pub(crate) async fn run(maker: &Maker, judge: &Judge, folder: &Path) -> Outcome {
    let (before, after, seed) =
        (folder.join("before.sql"), folder.join("after.sql"), folder.join("seed.sql"));
    let seeded: Vec<&Path> = if seed.exists() { vec![&before, &seed] } else { vec![&before] };
    let (first, second) = (maker.make(&seeded).await, maker.make(&[&after]).await);
    match (first, second) {
        (Ok(first), Ok(second)) => {
            let outcome = there_and_back(judge, folder, &first, &second).await;
            maker.drop(first).await;
            maker.drop(second).await;
            outcome
        }
        (first, second) => {
            let mut why = String::new();
            for made in [first, second] {
                match made {
                    Ok(made) => maker.drop(made).await,
                    Err(error) => why = error,
                }
            }
            Outcome { invalid: Some(why), ..Outcome::default() }
        }
    }
}

async fn there_and_back(judge: &Judge, folder: &Path, first: &Database, second: &Database) -> Outcome {
    let (here, there) = (read(&first.client).await, read(&second.client).await);
    let (listed_here, listed_there) =
        (judge.listing(&first.client).await, judge.listing(&second.client).await);
    let rows = count_rows(&first.client, &here).await;
    let mut outcome = Outcome::default();
    let plans = [(&here, &there), (&there, &here)].map(|(from, to)| migrate_schema::plan(from, to, manner()));
    if let [Ok(up), Ok(down)] = &plans {
        outcome.budget = Budget::of(folder, up, down);
    }
    let way = Way { judge, database: first };
    let up = way.go(&here, &there, &listed_there, Some(&rows)).await;
    let arrived = up.is_ok();
    outcome.up = Some(up);
    if arrived {
        outcome.down = Some(way.go(&there, &here, &listed_here, None).await);
    }
    outcome
}

struct Way<'c> {
    judge: &'c Judge,
    database: &'c Database,
}

impl Way<'_> {
    async fn go(
        &self,
        from: &Schema,
        to: &Schema,
        listed: &std::collections::BTreeSet<String>,
        rows: Option<&BTreeMap<String, i64>>,
    ) -> Result<(), String> {
        let plan = migrate_schema::plan(from, to, manner()).map_err(|error| format!("no plan: {error}"))?;
        let script = script(&plan);
        apply(&self.database.url, &plan).await.map_err(|why| format!("{why}\n{script}"))?;
        let found = self.judge.listing(&self.database.client).await;
        if found != *listed {
            return Err(format!("{}\n{script}", difference(&found, listed)));
        }
        let reached = read(&self.database.client).await;
        let residue = reached.differences(to);
        if !residue.is_empty() {
            let residue: Vec<String> = residue.iter().map(ToString::to_string).collect();
            return Err(format!("residue {}\n{script}", residue.join("\n")));
        }
        let again =
            migrate_schema::plan(&reached, to, manner()).map_err(|error| format!("no plan: {error}"))?;
        if !again.is_empty() {
            return Err(format!("planned again:\n{}\n--- first:\n{script}", self::script(&again)));
        }
        let loses =
            plan.statements.iter().flat_map(|statement| &statement.hazards).any(|it| it.needs_consent());
        if let Some(rows) = rows.filter(|_| !loses) {
            let now = count_rows(&self.database.client, to).await;
            let lost: Vec<&String> = rows
                .iter()
                .filter(|(table, count)| now.get(*table).is_some_and(|now| now != *count))
                .map(|(table, _)| table)
                .collect();
            if !lost.is_empty() {
                return Err(format!("rows are lost: {lost:?}\n{script}"));
            }
        }
        Ok(())
    }
}

async fn read(client: &Client) -> Schema {
    migrate_schema::read(client, &Viewpoint::default()).await.unwrap()
}

fn script(plan: &Plan) -> String {
    plan.statements.iter().fold(String::new(), |script, statement| script + &statement.sql + ";\n")
}

/// In one transaction where that can be, as a migration is applied.
async fn apply(url: &str, plan: &Plan) -> Result<(), String> {
    let client = connect(url).await;
    let plain: Vec<&Statement> = plan.statements.iter().collect();
    if plain.iter().all(|statement| statement.transaction == InTransaction::Yes) {
        client.batch_execute("BEGIN").await.unwrap();
    }
    for statement in plain {
        if let Err(error) = client.batch_execute(&statement.sql).await {
            let why = error.as_db_error().map_or_else(
                || error.to_string(),
                |error| {
                    format!(
                        "{} {} {}",
                        error.message(),
                        error.detail().unwrap_or_default(),
                        error.hint().unwrap_or_default()
                    )
                },
            );
            return Err(format!(
                "fails: {} <- {}",
                why.lines().collect::<Vec<_>>().join(" "),
                statement.sql.lines().next().unwrap_or_default()
            ));
        }
    }
    client.batch_execute("COMMIT").await.map_err(|error| error.to_string())
}

async fn count_rows(client: &Client, schema: &Schema) -> BTreeMap<String, i64> {
    let mut counts = BTreeMap::new();
    let tables = schema.facts().filter(|fact| fact.key().kind() == migrate_schema::Kind::Table);
    for table in tables {
        let name = table.key().path().join(".");
        if let Ok(row) = client.query_one(&format!("SELECT count(*) FROM {name}"), &[]).await {
            counts.insert(name, row.get(0));
        }
    }
    counts
}

/// `SCHEMA_ONLINE` has each change made as on a database in use.
fn manner() -> Manner {
    if std::env::var_os("SCHEMA_ONLINE").is_some() { Manner::Online } else { Manner::AtOnce }
}
