//! Made-up rows: every table gets some, whatever its types and constraints.

use std::collections::BTreeMap;

use migrate_schema::{Generated, Request, Viewpoint, generate};

use crate::support::{self, Db, listed};

/// The database that has what the first one makes, and the way from there to what both make.
async fn planned(before: &str, more: &str, request: &Request) -> (Db, Generated) {
    let (here, there) = (Db::new().await, Db::new().await);
    here.client.batch_execute(before).await.unwrap();
    there.client.batch_execute(&format!("{before};{more}")).await.unwrap();
    let goal = there.read().await;
    let generated = generate(&here.client, &goal, &Viewpoint::default(), request).await.unwrap();
    there.drop().await;
    (here, generated)
}

fn counts(generated: &Generated) -> BTreeMap<&str, u64> {
    generated.sample.iter().map(|rows| (&*rows.table, rows.count)).collect()
}

#[tokio::test]
async fn every_table_gets_rows_and_nothing_is_left() {
    support::prepare().await;
    let every = include_str!("../sample/every.sql");
    let request = Request::default();
    let touch = "DO $$ DECLARE t regclass; BEGIN FOR t IN SELECT oid FROM pg_class WHERE relkind IN ('r', 'p') \
        AND relnamespace = 'public'::regnamespace LOOP EXECUTE format('COMMENT ON TABLE %s IS ''touched''', t); END LOOP; END $$";
    let (here, generated) = planned(every, touch, &request).await;
    let counts = counts(&generated);
    let tables = here
        .lines("SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
        .await;
    assert_eq!(tables, [counts.len().to_string()], "{counts:?}");
    for (table, count) in &counts {
        // Of what can be true only once, there is one row; and partitions share what there is for all of them.
        let least = match *table {
            "only_true" => 1,
            "\"none\"" => 4,
            table if table.starts_with("ev_") || table.starts_with("hp") => 10,
            "circle_1" | "circle_2" => 5,
            _ => 30,
        };
        assert!(*count >= least, "{table}: {count}");
    }
    // They are gone, and sequences are where they were.
    for table in counts.keys() {
        assert_eq!(here.lines(&format!("SELECT count(*) FROM {table}")).await, ["0"], "{table}");
    }
    assert_eq!(here.lines("SELECT nextval('\"Users_Id_seq\"')").await, ["1"]);
    // Triggers and rules act on rows as before.
    let enabled = "SELECT concat(tgname, tgenabled) FROM pg_trigger WHERE NOT tgisinternal UNION ALL \
        SELECT concat(rulename, ev_enabled) FROM pg_rewrite WHERE ev_class = 'ruled'::regclass ORDER BY 1";
    assert_eq!(here.lines(enabled).await, ["gA", "hO", "rO", "uO"]);
    here.drop().await;
}

#[tokio::test]
async fn rows_that_are_there_stay_and_none_are_added() {
    let before = "CREATE TABLE kinds (id int PRIMARY KEY, name text); CREATE TABLE things (id serial, kind int REFERENCES kinds); \
        CREATE TABLE parent (id int); CREATE TABLE child () INHERITS (parent); \
        INSERT INTO kinds VALUES (1, 'a'); INSERT INTO child VALUES (7)";
    let more = "ALTER TABLE kinds ADD n int; ALTER TABLE things ADD n int; ALTER TABLE parent ADD n int";
    let (here, generated) = planned(before, more, &Request::default()).await;
    let expected = BTreeMap::from([("parent", 50), ("things", 50)]);
    assert_eq!(counts(&generated), expected);
    let all = "SELECT concat_ws(' ', (SELECT count(*) FROM things), (SELECT count(*) FROM kinds), (SELECT sum(id) FROM parent))";
    assert_eq!(here.lines(all).await, ["0 1 7"]);
    here.drop().await;
}

#[tokio::test]
async fn the_same_plan_comes_with_rows_and_without() {
    let before = "CREATE TABLE t (id int PRIMARY KEY, a int)";
    let more = "ALTER TABLE t ADD b int; ALTER TABLE t ALTER id TYPE bigint";
    let (here, generated) = planned(before, more, &Request::default().with_sample_rows(7)).await;
    assert_eq!(counts(&generated), BTreeMap::from([("t", 7)]));
    let (other, without) = planned(before, more, &Request::default().with_sample_rows(0)).await;
    assert!(counts(&without).is_empty());
    for (one, other) in generated.migrations.iter().zip(&without.migrations) {
        assert_eq!((&one.up, &one.down), (&other.up, &other.down));
    }
    assert_eq!(listed(&here.read().await.differences(&other.read().await)), "");
    here.drop().await;
    other.drop().await;
}

#[tokio::test]
async fn only_what_a_plan_touches_or_needs_gets_rows() {
    const BEFORE: &str = "CREATE DOMAIN small AS int; CREATE TABLE top (id int PRIMARY KEY); \
        CREATE TABLE middle (id int PRIMARY KEY, top int NOT NULL REFERENCES top); \
        CREATE TABLE leaf (middle int REFERENCES middle, n small); CREATE TABLE lookup (id int); \
        CREATE FUNCTION is_known(int) RETURNS bool LANGUAGE sql AS 'SELECT count(*) >= 0 FROM lookup'; \
        CREATE TABLE checked (id int CHECK (is_known(id)))";
    for (more, expected) in [
        ("CREATE TABLE another (id int)", &[][..]),
        ("ALTER TABLE top ADD more int", &["top"]),
        ("ALTER TABLE leaf ADD more int", &["leaf", "middle", "top"]),
        ("ALTER DOMAIN small ADD CONSTRAINT few CHECK (VALUE < 1000)", &["leaf", "middle", "top"]),
        ("ALTER TABLE checked ADD more int", &["checked", "lookup"]),
        ("ALTER FUNCTION is_known(int) STABLE", &["checked", "lookup"]),
    ] {
        let (here, generated) = planned(BEFORE, more, &Request::default()).await;
        assert_eq!(counts(&generated).into_keys().collect::<Vec<_>>(), expected, "{more}");
        here.drop().await;
    }
}
