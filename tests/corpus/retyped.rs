//! Whether a table is written anew when a column gets another type: what the lint says is what PostgreSQL does.

use std::fs;

use migrate_runtime::tokio_postgres::Client;

use crate::judge;

/// Types, and one value that fits all others of its row.
const TYPES: [(&str, &[&str]); 10] = [
    (
        "'a'",
        &[
            "varchar",
            "varchar(10)",
            "varchar(20)",
            "character varying(10)",
            "text",
            "char(10)",
            "char(20)",
            "char",
            "bpchar",
            "pg_catalog.text",
            "name",
        ],
    ),
    ("1", &["smallint", "int", "bigint", "integer", "real", "double precision", "float(10)", "float"]),
    (
        "1",
        &[
            "numeric",
            "numeric(5)",
            "numeric(7)",
            "numeric(5, 2)",
            "numeric(7, 2)",
            "numeric(7, 3)",
            "decimal(5, 2)",
        ],
    ),
    (
        "'2026-01-01 12:00'",
        &[
            "timestamp",
            "timestamp(3)",
            "timestamp(0)",
            "timestamp(6)",
            "timestamptz",
            "timestamptz(3)",
            "timestamp(3) with time zone",
        ],
    ),
    ("'12:00'", &["time", "time(3)", "time(6)", "timetz", "timetz(3)", "time(6) with time zone"]),
    ("'1 year'", &["interval", "interval(3)", "interval(6)", "interval year to month", "interval day"]),
    ("B'101'", &["bit(3)", "varbit", "varbit(3)", "bit varying(8)"]),
    (
        "'{}'",
        &[
            "varchar(10)[]",
            "varchar(20)[]",
            "varchar[]",
            "varchar",
            "text[]",
            "varchar(10) array",
            "char(20)[]",
            "bpchar[]",
            "int[]",
            "numeric(5, 2)[]",
            "numeric[]",
            "timestamp(3)[]",
            "timestamp[]",
            "interval year to month[]",
            "interval(3)[]",
            "interval[]",
            "bit(3)[]",
            "varbit(3)[]",
            "varbit[]",
        ],
    ),
    ("'10.0.0.0/8'", &["cidr", "inet", "text"]),
    ("'1'", &["json", "jsonb", "text", "xml", "oid", "int", "small", "e"]),
];

/// Whether PostgreSQL writes the table anew. `None`: it does not convert that by itself.
async fn is_rewritten(client: &Client, from: &str, to: &str, value: &str) -> Option<bool> {
    let setup = format!("DROP TABLE IF EXISTS t; CREATE TABLE t (c {from}); INSERT INTO t VALUES ({value})");
    client.batch_execute(&setup).await.ok()?;
    let node = async || -> u32 {
        client.query_one("SELECT relfilenode FROM pg_class WHERE relname = 't'", &[]).await.unwrap().get(0)
    };
    let before = node().await;
    client.batch_execute(&format!("ALTER TABLE t ALTER c TYPE {to}")).await.ok()?;
    Some(node().await != before)
}

/// What the lint says, of two migrations.
fn message(from: &str, to: &str) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
    write("0001_a.sql", format!("CREATE TABLE t (c {from});"));
    write("0002_b.sql", format!("ALTER TABLE t ALTER c TYPE {to};"));
    let hazards = migrate_check::lint(folder.path()).unwrap();
    hazards.iter().find(|hazard| hazard.lint().name() == "change-column-type").map(ToString::to_string)
}

#[tokio::test]
async fn a_change_of_type_is_reported_where_postgresql_rewrites() {
    let (_server, client) = judge::start().await;
    let setup = "SET TimeZone = 'Europe/Berlin'; CREATE DOMAIN small AS int CHECK (VALUE < 9); CREATE TYPE e AS ENUM ('1')";
    client.batch_execute(setup).await.unwrap();
    let (mut blamed, mut rewritten, mut kept) = (Vec::new(), 0, 0);
    for (value, types) in TYPES {
        for (from, to) in types.iter().flat_map(|from| types.iter().map(move |to| (*from, *to))) {
            let Some(is_rewritten) = is_rewritten(&client, from, to, value).await else { continue };
            *(if is_rewritten { &mut rewritten } else { &mut kept }) += 1;
            let said = message(from, to);
            // Whether a type of the user's is a domain, no script need say.
            let is_open = said.as_ref().is_some_and(|said| said.contains("unless one of them is a domain"));
            if said.is_some() != is_rewritten && !is_open {
                blamed.push(format!("{from} to {to}: rewritten is {is_rewritten}"));
            }
        }
    }
    assert!(blamed.is_empty(), "{}", blamed.join("\n"));
    assert!(rewritten > 100 && kept > 100, "{rewritten} are rewritten, {kept} are not");
    let said = message("timestamp", "timestamptz").unwrap();
    assert!(said.contains("unless the session's `TimeZone` is UTC"), "{said}");
    client.batch_execute("SET TimeZone = 'UTC'").await.unwrap();
    let is_rewritten = is_rewritten(&client, "timestamp", "timestamptz", "'2026-01-01'").await;
    assert_eq!(is_rewritten, Some(false));
}
