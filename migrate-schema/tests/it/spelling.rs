//! Expressions in every place that has one: they are applied, read, written by `dump`, and read again; and what PostgreSQL
//! printed is applied as it is, as `pg_dump` does. Nothing differs.
//!
//! The seed is fixed. `SCHEMA_SPELLING=5000` takes all expressions, and makes so many more out of them; `SCHEMA_SPELLING=5000,7`
//! others.

mod place;
mod random;

use std::collections::BTreeMap;

use migrate_schema::{Difference, Fact, Schema, Viewpoint, dump};

use crate::support::{self, Db, listed};
use place::{PLACES, Place};
use random::Random;

/// What the expressions are about.
const FIXTURE: &str = include_str!("spelling/fixture.sql");
/// One a line: a version that does not know one refuses it.
const EXPRESSIONS: &str = include_str!("spelling/expressions.txt");
const QUERIES: &str = include_str!("spelling/queries.txt");
const STATEMENTS: &str = include_str!("spelling/statements.txt");

/// How many are made out of others, where nobody asks for more; of those that are listed it is one of so many then.
const MADE: usize = 120;
const ONE_OF: usize = 2;
/// How many things are in one database.
const BATCH: usize = 120;

/// What is to be made: statements, of which the first one that PostgreSQL takes is enough.
struct Thing {
    place: &'static str,
    either: Vec<String>,
}

fn things(made: Option<usize>, seed: u64) -> Vec<Thing> {
    let mut random = Random::new(seed);
    let mut things = Vec::new();
    let mut add = |place: &'static Place, expression: &str| {
        let name = format!("k{}", things.len());
        let either = [expression.to_owned(), format!("({expression}) IS NOT NULL")];
        let either = either.iter().map(|expression| place.declare(&name, expression)).collect();
        things.push(Thing { place: place.name, either });
    };
    for expression in EXPRESSIONS.lines().step_by(if made.is_some() { 1 } else { ONE_OF }) {
        add(random.of(PLACES), expression);
    }
    for at in 0..made.unwrap_or(MADE) {
        add(&PLACES[at % PLACES.len()], &random.expression());
    }
    for query in QUERIES.lines() {
        let either = vec![format!("CREATE VIEW k{} AS {query}", things.len())];
        things.push(Thing { place: "query", either });
    }
    for statement in STATEMENTS.lines() {
        let either = vec![statement.replace("{name}", &format!("k{}", things.len()))];
        things.push(Thing { place: "statement", either });
    }
    things
}

async fn with_fixture() -> Db {
    let db = Db::new().await;
    db.client.batch_execute(FIXTURE).await.unwrap();
    db
}

/// Every text of a schema.
fn texts(schema: &Schema) -> BTreeMap<String, String> {
    let text = |fact: &Fact| {
        let names =
            ["definition", "expression", "generated", "using", "check", "condition", "partitioned_by"];
        names.iter().filter_map(|name| fact.get(name)).collect::<Vec<_>>().join("\n")
    };
    schema.facts().map(|fact| (fact.key().to_string(), text(fact))).collect()
}

async fn check(things: &[Thing], taken: &mut BTreeMap<&'static str, usize>) {
    let (here, there, again) = (with_fixture().await, Db::new().await, with_fixture().await);
    for thing in things {
        for sql in &thing.either {
            if here.client.batch_execute(sql).await.is_ok() {
                *taken.entry(thing.place).or_default() += 1;
                break;
            }
        }
    }
    let first = here.read().await;

    let dumped = dump(&there.client, &first, &Viewpoint::default()).await;
    let dumped = dumped.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(listed(&dumped.residue), "");
    let second = there.read().await;
    assert_eq!(listed(&second.differences(&first)), "");
    // Even printed alike, but where nothing says of what type an array is, or what a column was called.
    let second = texts(&second);
    for (key, text) in texts(&first) {
        let cannot = text.contains("(ARRAY[") || text.contains("ORDER BY");
        assert!(cannot || second[&key] == text, "{key}:\n{text}\n{}", second[&key]);
    }

    for sql in first.facts().filter_map(place::as_printed) {
        let done = again.client.batch_execute(&sql).await;
        // What PostgreSQL prints of these, it does not read.
        let is_read = !sql.contains(" CYCLE ") && !sql.contains(" IS DOCUMENT");
        assert!(done.is_ok() || !is_read, "{done:?}\n{sql}");
    }
    let mut differences = again.read().await.differences(&first);
    differences.retain(|difference| !matches!(difference, Difference::Extra(_)));
    assert_eq!(listed(&differences), "");
    for db in [here, there, again] {
        db.drop().await;
    }
}

#[tokio::test]
async fn both_spellings_of_every_expression_are_equal() {
    let asked = std::env::var("SCHEMA_SPELLING").unwrap_or_default();
    let (made, seed) = asked.split_once(',').unwrap_or((&asked, "0"));
    support::prepare().await;
    let things = things(made.parse().ok(), seed.parse().unwrap());
    let mut taken = BTreeMap::new();
    for batch in things.chunks(BATCH) {
        check(batch, &mut taken).await;
    }
    for place in PLACES.iter().filter(|place| place.name != "filter") {
        assert!(taken.get(place.name).is_some_and(|count| *count > 2), "{}: {taken:?}", place.name);
    }
}
