//! The rows of a database as statements, which make the same rows in another one of the same schema.

use migrate_schema::{Viewpoint, data, moved_sequences, rows};

use crate::support::Db;

/// In a transaction, as a migration is run.
async fn run(db: &Db, statements: &[String]) {
    let sql = format!("BEGIN;\n{};\nCOMMIT;", statements.join(";\n"));
    db.client.batch_execute(&sql).await.unwrap_or_else(|error| panic!("{error:?}\n{sql}"));
}

/// The statements for the rows of a database, which were run on another one of this schema.
async fn carried_over(schema: &str, filling: &str) -> Vec<String> {
    let (one, other) = (Db::new().await, Db::new().await);
    for db in [&one, &other] {
        db.client.batch_execute(schema).await.unwrap();
    }
    one.client.batch_execute(filling).await.unwrap();
    // What the session has set makes no difference.
    one.client
        .batch_execute(
            "SET datestyle TO 'SQL, DMY'; SET timezone TO 'Asia/Tokyo'; SET bytea_output TO escape",
        )
        .await
        .unwrap();
    let view = Viewpoint::without(["public.history".to_owned()]);
    let found = data(&one.client, &view).await.unwrap();
    run(&other, &found).await;
    assert_eq!(data(&other.client, &view).await.unwrap(), found);
    assert_eq!(rows(&other.client, &view).await.unwrap(), rows(&one.client, &view).await.unwrap());
    one.drop().await;
    other.drop().await;
    found
}

#[tokio::test]
async fn every_value_reads_back_as_it_was() {
    let schema = "CREATE TYPE pair AS (a int, b text); CREATE DOMAIN small AS int CHECK (VALUE < 9); \
        CREATE TABLE \"All\" (id int PRIMARY KEY, t text, c char(3), n numeric, f float8, b bool, y bytea, d date, \
        z timestamptz, i interval, j jsonb, x text[], p pair, r int4range, o regclass, s small, h int GENERATED ALWAYS AS \
        (id * 2) STORED, m json);";
    let filling = "ALTER TABLE \"All\" ADD gone int; ALTER TABLE \"All\" DROP gone; \
        INSERT INTO \"All\" (id) VALUES (10); \
        INSERT INTO \"All\" (id, t, c, n, f, b, y, d, z, i, j, x, p, r, o, s, m) VALUES (-9, E'it''s \\\\ a\\n\"line\"', 'a', 'NaN', \
        0.1::float8 + 0.2::float8, true, '\\x00ff', '2024-02-03', '2024-02-03 04:05:06.789+09', '1 day -02:03', '{\"a\": [1, null]}', \
        ARRAY['a,b', NULL, '\"'], ROW(1, NULL), '[1,5)', '\"All\"', 3, '{ }'), \
        (2, '', '', 1.50, 'Infinity', false, '', 'infinity', '-infinity', '0', 'null', '{}', ROW(NULL, NULL), 'empty', NULL, NULL, \
        '1');";
    let found = carried_over(schema, filling).await;
    assert_eq!(found.len(), 1);
    let lines: Vec<&str> = found[0].lines().collect();
    let columns = "id, t, c, n, f, b, y, d, z, i, j, x, p, r, o, s, m";
    assert_eq!(lines[0], format!("INSERT INTO \"All\" ({columns}) VALUES"));
    let first = "    (-9, E'it''s \\\\ a";
    assert_eq!(lines[1], first);
    assert!(
        found[0].contains("0.30000000000000004") && found[0].contains("'2024-02-02 19:05:06.789+00'"),
        "{}",
        found[0]
    );
}

/// Another line end would be another value.
#[tokio::test]
async fn no_value_depends_on_line_ends() {
    let schema = "CREATE TABLE a (id int, t text, x text[], j json);";
    let filling = "INSERT INTO a VALUES (1, E'it''s\\r\\n\\\\r \\r', ARRAY[E'\\r\\n', 'b\\c'], E'{\\r\\n}'), (2, E'\\n', '{}', '1');";
    let found = carried_over(schema, filling).await;
    let expected = "INSERT INTO a (id, t, x, j) VALUES\n    (1, E'it''s\\r\n\\\\r \\r', E'{\"\\r\n\",\"b\\\\\\\\c\"}', E'{\\r\n}'),\n    \
        (2, '\n', '{}', '1')";
    assert_eq!(found, [expected]);
}

#[tokio::test]
async fn tables_in_order_and_nothing_else_happens() {
    let schema = "CREATE TABLE a_members (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, team bigint NOT NULL, boss bigint \
        REFERENCES a_members DEFERRABLE INITIALLY DEFERRED); CREATE TABLE teams (id bigserial PRIMARY KEY, name text); \
        ALTER TABLE a_members ADD FOREIGN KEY (team) REFERENCES teams DEFERRABLE INITIALLY DEFERRED; \
        CREATE TABLE log (what text); CREATE TABLE empty (id int); CREATE TABLE nothing (); \
        CREATE TABLE history (id bigint GENERATED ALWAYS AS IDENTITY, version int); \
        CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO log VALUES (TG_NAME); RETURN NEW; END$$; \
        CREATE TRIGGER t AFTER INSERT ON teams FOR EACH ROW EXECUTE FUNCTION note(); \
        CREATE TRIGGER \"Always\" AFTER INSERT ON teams FOR EACH ROW EXECUTE FUNCTION note(); \
        ALTER TABLE teams ENABLE ALWAYS TRIGGER \"Always\"; \
        CREATE TRIGGER off AFTER INSERT ON teams FOR EACH ROW EXECUTE FUNCTION note(); \
        ALTER TABLE teams DISABLE TRIGGER off; \
        CREATE RULE twice AS ON INSERT TO a_members DO ALSO INSERT INTO log VALUES ('rule'); \
        CREATE TABLE parts (id int, at int NOT NULL) PARTITION BY LIST (at); \
        CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1); \
        CREATE TRIGGER p AFTER INSERT ON parts FOR EACH ROW EXECUTE FUNCTION note(); \
        CREATE SEQUENCE numbers START 5; \
        CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM teams;";
    let filling = "INSERT INTO teams (name) VALUES ('one'), ('two'); INSERT INTO a_members (team, boss) VALUES (1, 2), (2, NULL); \
        INSERT INTO parts VALUES (7, 1); INSERT INTO nothing DEFAULT VALUES; SELECT nextval('numbers'); DELETE FROM log; \
        INSERT INTO history (version) VALUES (1); REFRESH MATERIALIZED VIEW counted;";
    let found = carried_over(schema, filling).await;
    let expected = [
        "ALTER TABLE parts_1 DISABLE TRIGGER p",
        "ALTER TABLE teams DISABLE TRIGGER \"Always\"",
        "ALTER TABLE teams DISABLE TRIGGER t",
        "ALTER TABLE a_members DISABLE RULE twice",
        "INSERT INTO nothing DEFAULT VALUES",
        "INSERT INTO parts_1 (id, at) VALUES\n    (7, 1)",
        "INSERT INTO teams (id, name) VALUES\n    (1, 'one'),\n    (2, 'two')",
        "INSERT INTO a_members (id, team, boss) OVERRIDING SYSTEM VALUE VALUES\n    (1, 1, 2),\n    (2, 2, NULL)",
        "SET CONSTRAINTS ALL IMMEDIATE",
        "ALTER TABLE parts_1 ENABLE TRIGGER p",
        "ALTER TABLE teams ENABLE ALWAYS TRIGGER \"Always\"",
        "ALTER TABLE teams ENABLE TRIGGER t",
        "ALTER TABLE a_members ENABLE RULE twice",
        "SELECT pg_catalog.setval('a_members_id_seq', 2, true)",
        "SELECT pg_catalog.setval('numbers', 5, true)",
        "SELECT pg_catalog.setval('teams_id_seq', 2, true)",
        "REFRESH MATERIALIZED VIEW counted",
    ];
    assert_eq!(found, expected);
}

/// Who asks what becomes of the rows need not ask for these.
#[tokio::test]
async fn sequences_that_no_row_explains() {
    let db = Db::new().await;
    let sql = "CREATE SEQUENCE alone; SELECT setval('alone', 500); CREATE SEQUENCE untouched START 7; \
        CREATE SEQUENCE \"It's\"; SELECT setval('\"It''s\"', 3, false); \
        CREATE TABLE emptied (id serial); INSERT INTO emptied DEFAULT VALUES; DELETE FROM emptied; \
        CREATE TABLE owner (id serial); INSERT INTO owner DEFAULT VALUES; \
        CREATE SEQUENCE used; CREATE TABLE uses (id int DEFAULT nextval('used')); INSERT INTO uses DEFAULT VALUES; \
        CREATE TABLE parts (id serial) PARTITION BY LIST (id); \
        CREATE TABLE parts_1 PARTITION OF parts DEFAULT; INSERT INTO parts DEFAULT VALUES; \
        CREATE TABLE history (id serial); INSERT INTO history DEFAULT VALUES; DELETE FROM history;";
    db.client.batch_execute(sql).await.unwrap();
    let view = Viewpoint::without(["public.history".to_owned()]);
    let moved = moved_sequences(&db.client, &view).await.unwrap();
    let moved: Vec<_> = moved.iter().map(|moved| (&*moved.sequence, moved.last)).collect();
    assert_eq!(moved, [("\"It's\"", 3), ("alone", 500), ("emptied_id_seq", 1)]);
    let all = data(&db.client, &view).await.unwrap();
    assert_eq!(all.iter().filter(|statement| statement.contains("setval(")).count(), 6, "{all:?}");
    db.drop().await;
}

#[tokio::test]
async fn tables_in_a_circle() {
    let db = Db::new().await;
    let sql = "CREATE TABLE a (id int PRIMARY KEY, b int); CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a); \
        CREATE TABLE c (id int); INSERT INTO c VALUES (1); \
        INSERT INTO a VALUES (1, 1); INSERT INTO b VALUES (1, 1); ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b;";
    db.client.batch_execute(sql).await.unwrap();
    let error = data(&db.client, &Viewpoint::default()).await.unwrap_err();
    let expected =
        "no order of statements makes these, because each needs another: table public.a, table public.b";
    assert_eq!(error.to_string().replace("table a, table b", "table public.a, table public.b"), expected);
    // The session is as it was.
    assert_eq!(db.lines("SELECT 1").await, ["1"]);
    db.drop().await;
}
