//! Files as people have them: a whole dump, and scripts that are larger than any script should be.

use std::fmt::Write as _;

use crate::skip::skip;
use crate::support::{Db, HISTORY, pg_dump, run_program, set, value};

const DUMPED: &str = "CREATE SCHEMA app; CREATE TYPE app.kind AS ENUM ('a', 'b'); CREATE TABLE app.t (id int GENERATED ALWAYS AS \
                      IDENTITY PRIMARY KEY, kind app.kind DEFAULT 'a' NOT NULL, note text); CREATE FUNCTION app.f() RETURNS int \
                      LANGUAGE plpgsql AS $_$ BEGIN RETURN 1; -- it's; a $1 \n END $_$; CREATE VIEW app.v AS SELECT note FROM app.t; \
                      INSERT INTO app.t (note) VALUES ('it''s; \\ -- no comment'), (E'two\\nlines'), (NULL);";
/// What `pg_dump` writes, where there is none that takes the server.
const LITERAL: &str = "SET statement_timeout = 0;\nSET lock_timeout = 0;\nSET idle_in_transaction_session_timeout = 0;\n\
                       SET client_encoding = 'UTF8';\nSET standard_conforming_strings = on;\n\
                       SELECT pg_catalog.set_config('search_path', '', false);\nSET check_function_bodies = false;\n\
                       SET xmloption = content;\nSET client_min_messages = warning;\nSET row_security = off;\n\
                       CREATE SCHEMA app;\nSET default_tablespace = '';\nSET default_table_access_method = heap;\n\
                       CREATE TABLE app.t (id integer NOT NULL, note text);\nINSERT INTO app.t VALUES (1, NULL), (2, NULL), \
                       (3, NULL);\nSELECT pg_catalog.setval('app.s', 3, true);\n";

async fn dump() -> String {
    let db = Db::new().await;
    let pg_dump = match pg_dump(&db).await {
        Ok(pg_dump) => pg_dump,
        Err(missing) => {
            skip(missing, "a dump that is written down stands for what it writes");
            return LITERAL
                .replace("SELECT pg_catalog.setval", "CREATE SEQUENCE app.s;\nSELECT pg_catalog.setval");
        }
    };
    db.execute(DUMPED).await;
    let args = ["--inserts", "--no-owner", "--dbname", &db.url].map(std::ffi::OsStr::new);
    let dump = run_program(&pg_dump, &args);
    // Commands of psql, which newer versions put around a dump.
    dump.lines().filter(|line| !line.starts_with('\\')).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_whole_dump_is_a_migration() {
    let dump = dump().await;
    for directive in ["", "-- migrate: no-transaction\n"] {
        let db = Db::new().await;
        let script = format!("{directive}{dump}");
        let next = "DO $$ BEGIN ASSERT current_setting('search_path') LIKE '%public%'; END $$; CREATE TABLE next (id int);";
        let set =
            set(&[("0001_t.sql", "CREATE TABLE t ();"), ("0002_dump.sql", &script), ("0003_next.sql", next)]);
        let mut client = db.connect().await;
        let settings = "SELECT string_agg(name || setting, ',' ORDER BY name) FROM pg_settings WHERE name NOT LIKE 'plpgsql%'";
        let before = value(&client, settings).await;
        assert_eq!(set.run(&mut client).await.unwrap().applied().len(), 3);
        assert_eq!(value(&client, settings).await, before);
        assert_eq!(value(&client, HISTORY).await, "1,2,3");
        assert_eq!(value(&client, "SELECT count(*) FROM app.t").await, "3");
        assert_eq!(value(&client, "SELECT to_regclass('public.next') IS NOT NULL").await, "t");
        assert!(set.run(&mut client).await.unwrap().applied().is_empty());
    }
}

/// Fifty megabytes, and an error at the end of them.
async fn check(script: &str, statements: usize) {
    let db = Db::new().await;
    let failing = format!("{}\nSELECT nothing;", script.trim_end());
    let next = ("0003_next.sql", "CREATE TABLE next (id int);");
    let table = ("0001_t.sql", "CREATE TABLE t (note text);");
    let mut client = db.connect().await;
    let error = set(&[table, ("0002_large.sql", &failing), next]).run(&mut client).await.unwrap_err();
    let lines = u32::try_from(script.lines().count()).unwrap();
    assert_eq!((error.sqlstate(), error.position()), (Some("42703"), Some((lines + 1, 8))));
    assert!(format!("{error:#}").len() < 2000);
    assert_eq!(value(&client, "SELECT count(*) FROM t").await, "0");

    let report = set(&[table, ("0002_large.sql", script), next]).run(&mut client).await.unwrap();
    assert_eq!(report.applied().len(), 2);
    assert_eq!(value(&client, HISTORY).await, "1,2,3");
    assert_eq!(value(&client, "SELECT count(*) FROM t").await, statements.to_string());
    assert_eq!(value(&client, "SELECT sum(length(note)) FROM t").await, "50000000");
}

#[tokio::test]
async fn fifty_megabytes_of_statements() {
    let insert = format!("INSERT INTO t VALUES ('{}');\n", "ä;--".repeat(1250));
    check(&insert.repeat(10_000), 10_000).await;
}

#[tokio::test]
async fn fifty_megabytes_in_one_literal() {
    check(&format!("INSERT INTO t VALUES ('{}');", "x".repeat(50_000_000)), 1).await;
}

/// The first of the record's columns is a checksum of all statements that are done.
#[tokio::test]
async fn a_thousand_statements_without_a_transaction() {
    let db = Db::new().await;
    let mut script = "-- migrate: no-transaction\n".to_owned();
    for n in 0..1000 {
        writeln!(script, "INSERT INTO t VALUES ('{n}{}');", "x".repeat(10_000)).unwrap();
    }
    let set = set(&[("0001_t.sql", "CREATE TABLE t (note text);"), ("0002_large.sql", &script)]);
    assert_eq!(set.run(&mut db.connect().await).await.unwrap().applied().len(), 2);
    assert_eq!(db.value("SELECT count(*) FROM t").await, "1000");
}
