//! The rehearsal of migrations without a transaction, by what stands for their statements.

use crate::rehearse::{is_untouched, set_and, unrehearsed};
use crate::support::{Db, TABLES, set, stems};

const NO_TRANSACTION_FILE: &str = "-- migrate: no-transaction\n";

/// What `what` holds, in a file without a transaction between two others.
fn around(what: &str) -> migrate_runtime::MigrationSet {
    set(&[
        ("0001_x.sql", &format!("{NO_TRANSACTION_FILE}{what}")),
        ("0002_last.sql", "CREATE TABLE last (n int);"),
    ])
}

const TABLES_AND_INDEXES: &str = "SELECT string_agg(relname, ',' ORDER BY relname) FROM pg_class \
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'i', 'I')";

#[tokio::test]
async fn equivalents_are_rehearsed_and_leave_nothing() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    db.execute(
        "CREATE TABLE t (a int, b int); INSERT INTO t VALUES (1, 1), (1, 2); CREATE INDEX t_a ON t (a); \
         CREATE TABLE p (n int) PARTITION BY LIST (n); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1); \
         CREATE TYPE kind AS ENUM ('x')",
    )
    .await;
    let before = db.value(TABLES_AND_INDEXES).await;
    for what in [
        "CREATE INDEX CONCURRENTLY t_b ON t (b);\nSELECT 't_b'::regclass;",
        "DROP INDEX CONCURRENTLY IF EXISTS t_a;\nCREATE INDEX CONCURRENTLY t_a ON t (a, b);",
        "REINDEX TABLE CONCURRENTLY t;\nREINDEX (CONCURRENTLY) INDEX t_a;",
        "ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY;\nALTER TABLE p1 ADD COLUMN m int;",
        "ALTER TYPE kind ADD VALUE 'y';\nUPDATE t SET b = 3;",
        "CREATE TABLE large AS SELECT repeat('x', 900) AS x FROM generate_series(1, 12000);\n\
         CREATE INDEX CONCURRENTLY ON large (x);",
    ] {
        let set = around(what);
        let rehearsal =
            set_and(&set).rehearse(&mut client).await.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(unrehearsed(&rehearsal), [""; 0], "{what}");
        assert_eq!(stems(rehearsal.rehearsed()), ["0001_x", "0002_last"], "{what}");
        assert_eq!(db.value(TABLES_AND_INDEXES).await, before, "{what}");
        is_untouched(&db, &client).await;
    }
    // What has no equivalent is not said to be rehearsed.
    for (what, left_out, rehearsed) in [
        ("VACUUM t;", vec![(1, 2)], vec!["0002_last"]),
        (
            "REINDEX SCHEMA public;\nVACUUM (ANALYZE) t;\nCLUSTER;",
            vec![(1, 2), (2, 3), (3, 4)],
            vec!["0002_last"],
        ),
        ("SET work_mem = '5MB';\nVACUUM t;\nSELECT 1;", vec![(2, 3)], vec!["0001_x", "0002_last"]),
        ("ALTER SYSTEM RESET work_mem;\nCREATE TABLE x (n int);", vec![(1, 2)], vec!["0001_x", "0002_last"]),
    ] {
        let set = around(what);
        let rehearsal = set_and(&set).rehearse(&mut client).await.unwrap();
        let reason = |(statement, line): (u8, u8)| {
            format!("0001_x: statement {statement} (0001_x.sql:{line}) runs only outside a transaction")
        };
        let left_out: Vec<String> = left_out.into_iter().map(reason).collect();
        assert_eq!(unrehearsed(&rehearsal), left_out, "{what}");
        assert_eq!(stems(rehearsal.rehearsed()), rehearsed, "{what}");
        is_untouched(&db, &client).await;
    }
    // And what would fail, fails where it is.
    for (what, expected) in [
        (
            "SELECT 'ä';\nCREATE UNIQUE INDEX CONCURRENTLY u ON t (a);",
            "0001_x.sql:3:1: could not create unique index",
        ),
        (
            "VACUUM t;\nCREATE INDEX CONCURRENTLY ON t ((nowhere + 1));",
            "0001_x.sql:3:34: column \"nowhere\" does not exist",
        ),
        ("DROP INDEX CONCURRENTLY missing;", "0001_x.sql:2:1: index \"missing\" does not exist"),
    ] {
        let set = around(what);
        let error = set_and(&set).rehearse(&mut client).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        is_untouched(&db, &client).await;
    }
}

/// Behind whatever cannot be rehearsed, unless that may have changed the rows.
#[tokio::test]
async fn failing_validate_is_found_behind_anything() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    db.execute(
        "CREATE TABLE t (n int); INSERT INTO t VALUES (-1); CREATE TYPE kind AS ENUM ('a'); \
         ALTER TABLE t ADD CONSTRAINT positive CHECK (n > 0) NOT VALID; \
         CREATE PROCEDURE mends() LANGUAGE plpgsql AS 'BEGIN UPDATE t SET n = 1; COMMIT; END'",
    )
    .await;
    let validate = "ALTER TABLE t VALIDATE CONSTRAINT positive;";
    for (what, is_found) in [
        ("-- migrate: no-transaction\nCREATE INDEX CONCURRENTLY i ON t (n);", true),
        ("-- migrate: no-transaction\nALTER SYSTEM RESET work_mem;", true),
        ("-- migrate: no-transaction\nCREATE DATABASE never;", true),
        ("-- migrate: no-transaction\nVACUUM t;", true),
        ("CREATE TABLE k (k kind DEFAULT 'b');", true),
        ("UPDATE t SET n = 1 WHERE 'b'::kind IS NOT NULL;", false),
        ("-- migrate: no-transaction\nCALL mends();", false),
    ] {
        let set = set(&[
            ("0001_kind.sql", "ALTER TYPE kind ADD VALUE 'b';"),
            ("0002_x.sql", what),
            ("0003_valid.sql", validate),
            ("0004_last.sql", "CREATE TABLE last (n int);"),
        ]);
        let rehearsal = set_and(&set).rehearse(&mut client).await;
        match rehearsal {
            Err(error) => {
                assert_eq!((error.version(), error.sqlstate()), (Some(3), Some("23514")), "{what}: {error}");
                assert!(is_found, "{what}");
            }
            Ok(rehearsal) => {
                let told = unrehearsed(&rehearsal);
                assert!(!is_found && told.len() == 2, "{what}: {told:?}");
                assert!(told[1].starts_with("0003_valid: it may need what was not rehearsed"), "{told:?}");
                assert_eq!(stems(rehearsal.rehearsed()), ["0001_kind", "0004_last"], "{what}");
            }
        }
        is_untouched(&db, &client).await;
    }
}

/// Objects that are missing because their migration was left out are no failure.
#[tokio::test]
async fn what_needs_something_left_out_is_left_out() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    db.execute("CREATE TYPE kind AS ENUM ('a'); CREATE TABLE t (n int)").await;
    for needs in [
        "ALTER TABLE k ADD COLUMN n int;",
        "CREATE VIEW v AS SELECT k FROM t;",
        "CREATE VIEW v AS SELECT f();",
        "CREATE TABLE s.x (n int);",
    ] {
        let set = set(&[
            ("0001_kind.sql", "ALTER TYPE kind ADD VALUE 'b';"),
            (
                "0002_use.sql",
                "CREATE TABLE k (k kind DEFAULT 'b'); ALTER TABLE t ADD COLUMN k kind; CREATE SCHEMA s;",
            ),
            ("0003_needs.sql", needs),
            ("0004_last.sql", "CREATE TABLE last (n int);"),
        ]);
        let rehearsal = set_and(&set).rehearse(&mut client).await.unwrap();
        assert_eq!(stems(rehearsal.rehearsed()), ["0001_kind", "0004_last"], "{needs}");
        let told = unrehearsed(&rehearsal);
        assert!(
            told[1].starts_with("0003_needs: it may need what was not rehearsed before it: "),
            "{told:?}"
        );
        is_untouched(&db, &client).await;
    }
}

/// Whoever wrote `CONCURRENTLY` wanted the table to stay in use.
#[tokio::test]
async fn large_table_is_not_blocked_unasked() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    db.execute(
        "CREATE SCHEMA app; CREATE TABLE app.large AS SELECT n, repeat('x', 900) AS x FROM generate_series(1, 12000) AS n; \
         CREATE INDEX large_n ON app.large (n); \
         CREATE TABLE app.whole (n int, x text) PARTITION BY LIST (n); \
         CREATE TABLE app.part (n int, x text); ALTER TABLE app.whole ATTACH PARTITION app.part DEFAULT; \
         INSERT INTO app.whole SELECT * FROM app.large",
    )
    .await;
    for (what, relation) in [
        ("SET search_path = app;\nCREATE INDEX CONCURRENTLY i ON large (x);", "\"large\""),
        ("SELECT 1;\nDROP INDEX CONCURRENTLY app.large_n;", "\"app\".\"large_n\""),
        ("SELECT 1;\nREINDEX INDEX CONCURRENTLY app.large_n;", "\"app\".\"large_n\""),
        ("SELECT 1;\nALTER TABLE app.whole DETACH PARTITION app.part CONCURRENTLY;", "\"app\".\"whole\""),
    ] {
        let set = around(what);
        let runner = set_and(&set);
        let rehearsal = runner.rehearse(&mut client).await.unwrap();
        assert_eq!(stems(rehearsal.rehearsed()), ["0001_x", "0002_last"], "{what}");
        let [left_out] = rehearsal.unrehearsed() else { panic!("{rehearsal:?}") };
        let expected = format!("statement 2 (0001_x.sql:3) would block {relation} (");
        assert!(left_out.would_block() && left_out.reason().starts_with(&expected), "{left_out:?}");
        assert!(
            left_out.reason().ends_with(" MB) without CONCURRENTLY until the rehearsal ends"),
            "{left_out:?}"
        );
        let rehearsal = runner.rehearse_blocking(true).rehearse(&mut client).await.unwrap();
        assert_eq!(unrehearsed(&rehearsal), [""; 0], "{what}");
        is_untouched(&db, &client).await;
    }

    // What needs what was left out is not known to fail; and one that nothing was run of is not rehearsed.
    let unique = "CREATE UNIQUE INDEX CONCURRENTLY u ON app.large (n);";
    let set = set(&[
        ("0001_u.sql", &format!("{NO_TRANSACTION_FILE}{unique}")),
        ("0002_t.sql", "CREATE TABLE t (n int);"),
        ("0003_c.sql", "ALTER TABLE app.large ADD CONSTRAINT c UNIQUE USING INDEX u;"),
        ("0004_l.sql", "CREATE TABLE l (n int);"),
    ]);
    let rehearsal = set_and(&set).rehearse(&mut client).await.unwrap();
    assert_eq!(stems(rehearsal.rehearsed()), ["0002_t", "0004_l"]);
    let told = unrehearsed(&rehearsal);
    assert!(told[0].starts_with("0001_u: statement 1 (0001_u.sql:2) would block "), "{told:?}");
    let reason = "0003_c: it may need what was not rehearsed before it: index \"u\" does not exist";
    assert!(told[1].starts_with(reason), "{told:?}");
    assert_eq!(told.len(), 2, "{told:?}");
    let rehearsal = set_and(&set).rehearse_blocking(true).rehearse(&mut client).await.unwrap();
    assert_eq!(rehearsal.rehearsed().len(), 4);

    // Rows that do not fit have nothing to do with it.
    let set = crate::support::set(&[
        ("0001_u.sql", &format!("{NO_TRANSACTION_FILE}{unique}")),
        ("0002_c.sql", "ALTER TABLE app.large ADD CHECK (n > 1);"),
    ]);
    let error = set_and(&set).rehearse(&mut client).await.unwrap_err();
    assert_eq!((error.version(), error.sqlstate()), (Some(2), Some("23514")), "{error}");
    is_untouched(&db, &client).await;
}

#[tokio::test]
async fn what_relies_on_a_commit_is_left_out() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    db.execute(
        "CREATE PROCEDURE commits() LANGUAGE plpgsql AS 'BEGIN COMMIT; END'; CREATE TYPE kind AS ENUM ('a'); \
         CREATE TABLE d (m int UNIQUE, n int); \
         ALTER TABLE d ADD FOREIGN KEY (n) REFERENCES d (m) DEFERRABLE INITIALLY DEFERRED",
    )
    .await;
    for (what, reason) in [
        ("CALL commits();", "it relies on a COMMIT between its statements: invalid transaction termination"),
        (
            "ALTER TYPE kind ADD VALUE 'b';\nSELECT 'b'::kind;",
            "it uses an enum value that counts only once the migration which adds it is committed",
        ),
        (
            "INSERT INTO d VALUES (1, 1);\nALTER TABLE d ADD COLUMN o int;",
            "it relies on a COMMIT between its statements: cannot ALTER TABLE \"d\" because it has pending trigger",
        ),
    ] {
        let set = around(what);
        let rehearsal = set_and(&set).rehearse(&mut client).await.unwrap();
        assert_eq!(stems(rehearsal.rehearsed()), ["0002_last"], "{what}");
        let told = unrehearsed(&rehearsal);
        assert!(told[0].starts_with(&format!("0001_x: {reason}")), "{told:?}");
        assert_eq!(told.len(), 1, "{told:?}");
        is_untouched(&db, &client).await;
    }

    // One that is begun; and a server that would not roll it back.
    let begun = around("CREATE TABLE x (n int);\nSELECT 1/0;");
    set_and(&begun).run(&mut client).await.unwrap_err();
    let rehearsal = set_and(&begun).rehearse(&mut client).await.unwrap();
    let reason = "0001_x: an earlier run has begun it, and what is left of that is found out by the next one";
    assert_eq!(unrehearsed(&rehearsal), [reason]);
    assert_eq!(stems(rehearsal.rehearsed()), ["0002_last"]);
    let db = Db::new().await;
    let mut client = db.connect().await;
    let rehearsal = set_and(&begun).statement_by_statement().rehearse(&mut client).await.unwrap();
    assert_eq!((rehearsal.rehearsed().len(), rehearsal.unrehearsed().len()), (0, 2));
    assert_eq!(db.value(TABLES).await, "");
}
