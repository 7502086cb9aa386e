//! Where the history is kept: schemas and tables of any name, and more than one of them.

use migrate_runtime::Runner;

use crate::support::{Db, set, value};

const FILES: [(&str, &str); 5] = [
    ("0001_a.up.sql", "CREATE TABLE IF NOT EXISTS a (id int);"),
    ("0001_a.down.sql", "SELECT 1;"),
    ("0002_b.up.sql", "-- migrate: no-transaction\nCREATE INDEX CONCURRENTLY ON a (id);\nSELECT 1;"),
    ("0002_b.down.sql", "-- migrate: no-transaction\nSELECT 1;"),
    ("R_view.sql", "CREATE OR REPLACE VIEW v AS SELECT 1 AS one;"),
];

/// Every verb, on a history of this name.
async fn check(schema: &str, table: &str) {
    let db = Db::new().await;
    let set = set(&FILES);
    let runner = Runner::new(&set).history_table(schema, table).unwrap();
    let mut client = db.connect().await;
    let name =
        |table: &str| format!("\"{}\".\"{}\"", schema.replace('"', "\"\""), table.replace('"', "\"\""));
    assert_eq!(runner.run_url(&db.url).await.unwrap().applied().len(), 3, "{table}");
    assert!(runner.run(&mut client).await.unwrap().applied().is_empty(), "{table}");
    assert!(runner.status(&mut client).await.unwrap().to_string().contains("0002_b"), "{table}");
    assert_eq!(runner.revert(&mut client, 2).await.unwrap().reverted().len(), 2, "{table}");
    // What is repeatable runs again after a revert.
    assert_eq!(runner.run(&mut client).await.unwrap().applied().len(), 3, "{table}");
    client.batch_execute(&format!("DELETE FROM {} WHERE version > 0", name(table))).await.unwrap();
    runner.skip(&mut client, 1).await.unwrap();
    let counts = format!(
        "SELECT (SELECT count(*) FROM {}) || ' ' || (SELECT count(*) FROM {})",
        name(table),
        name(&format!("{table}_log"))
    );
    assert_eq!(value(&client, &counts).await, "2 9", "{table}");
    assert_eq!(
        value(&client, "SELECT to_regclass('public.schema_migrations') IS NULL").await,
        "t",
        "{table}"
    );
}

#[tokio::test]
async fn names_that_need_quotes() {
    for (schema, table) in [
        ("public", "it's \"quoted\"; DROP TABLE a; --"),
        ("Größe und \"Maß\"", "Schema Migrations"),
        ("SELECT", "TABLE"),
        ("back\\slash", "per%cent \\' $$ $1 {} 🐘"),
        ("public", &"x".repeat(58)),
        (&"ö".repeat(31), &"é".repeat(29)),
    ] {
        check(schema, table).await;
    }
}

#[test]
fn names_that_cannot_be() {
    let set = set(&FILES[..1]);
    for (schema, table, why) in [
        ("public", "x".repeat(59).as_str(), "has more than 58 bytes"),
        ("public", "ö".repeat(30).as_str(), "has more than 58 bytes"),
        ("public", "x".repeat(64).as_str(), "has more than 63 bytes"),
        ("ö".repeat(32).as_str(), "t", "has more than 63 bytes"),
        ("", "t", "is empty"),
        ("public", "", "is empty"),
        ("public", "a\0b", "has a control character"),
    ] {
        let error = Runner::new(&set).history_table(schema, table).unwrap_err();
        assert!(error.to_string().contains(why), "{schema:?} {table:?}: {error}");
    }
}

/// Two sets of one database: neither sees the other, nor waits for it.
#[tokio::test]
async fn two_sets_with_two_tables_at_once() {
    let db = Db::new().await;
    let one = set(&[("0001_a.sql", "CREATE TABLE a (id int);"), ("0002_b.sql", "CREATE TABLE b (id int);")]);
    let other =
        set(&[("0001_x.sql", "CREATE TABLE x (id int);"), ("0002_y.sql", "CREATE TABLE y (id int);")]);
    // Names that differ in case and by a quote only, in a schema that both have to create.
    let one = Runner::new(&one).history_table("both", "history").unwrap();
    let other = Runner::new(&other).history_table("both", "History").unwrap();
    let (first, second) = tokio::join!(one.run_url(&db.url), other.run_url(&db.url));
    assert_eq!((first.unwrap().applied().len(), second.unwrap().applied().len()), (2, 2));

    // One holds its lock for as long as a table is locked; the other does not mind.
    let gate = db.connect().await;
    gate.batch_execute("BEGIN; LOCK TABLE a").await.unwrap();
    let more = set(&[
        ("0001_a.sql", "CREATE TABLE a (id int);"),
        ("0002_b.sql", "CREATE TABLE b (id int);"),
        ("0003_c.sql", "ALTER TABLE a ADD c int;"),
    ]);
    let further = set(&[
        ("0001_x.sql", "CREATE TABLE x (id int);"),
        ("0002_y.sql", "CREATE TABLE y (id int);"),
        ("0003_z.sql", "CREATE TABLE z (id int);"),
    ]);
    let one = Runner::new(&more).history_table("both", "history").unwrap().lock_timeout(None);
    let other = Runner::new(&further).history_table("both", "History").unwrap();
    let pass = async {
        crate::support::until(&db.connect().await, "SELECT count(*) = 1 FROM pg_locks WHERE NOT granted")
            .await;
        let report = other.run_url(&db.url).await.unwrap();
        gate.batch_execute("COMMIT").await.unwrap();
        report
    };
    let (first, second) = tokio::join!(one.run_url(&db.url), pass);
    assert_eq!((first.unwrap().applied().len(), second.applied().len()), (1, 1));
}
