//! Through PgBouncer: in transaction mode each transaction may run on another connection of the pool, and in both modes
//! who comes next gets a connection that others have used.

use std::collections::BTreeSet;

use crate::pooler::Pooler;
use crate::processes::{migrator, race};
use crate::support::{Db, HISTORY, INVALID_INDEXES, NO_ADVISORY_LOCK, borrowed, folder, say, small, value};

/// How many connections a pool has: one for each process, and fewer, so that they share them.
const SIZES: [usize; 2] = [8, 2];

/// A pool of a mode and a size, in front of a database.
struct Pool {
    pooler: Pooler,
    db: Db,
    name: String,
    size: usize,
}

/// Tests a pool of each size; where there is no PgBouncer nothing is made, and nothing is tested.
async fn in_each_pool(mode: &str, test: impl AsyncFn(&Pool)) {
    for size in SIZES {
        let Some(pooler) = Pooler::start(mode, size).await else { return };
        let name = format!("{mode} mode, {size}");
        test(&Pool { pooler, db: Db::new().await, name, size }).await;
    }
}

/// Lets eight processes race through a pool: all end well, each migration is applied once, a query gives this answer, and
/// the connections of the pool are as they were.
async fn check(pool: &Pool, files: &[(&str, &str)], (query, answer): (&str, &str)) {
    let Pool { pooler, db, name, size } = pool;
    let folder = folder(files);
    let versions: Vec<i64> = (1..=i64::try_from(files.len()).unwrap()).collect();
    assert_eq!(race(folder.path(), &pooler.url(db), 8).await, versions, "in {name}");
    let versions: Vec<String> = versions.iter().map(ToString::to_string).collect();
    assert_eq!(db.value(HISTORY).await, versions.join(","));
    assert_eq!(db.value("SELECT count(*) FROM schema_migrations").await, files.len().to_string());
    assert_eq!(db.value(INVALID_INDEXES).await, "0");
    assert_eq!(db.value(query).await, answer, "in {name}");
    assert_clean(pooler, db, *size).await;
    assert_eq!(db.value(NO_ADVISORY_LOCK).await, "t");
}

/// Holds as many transactions open as the pool has connections, and so looks at each of them.
async fn assert_clean(pooler: &Pooler, db: &Db, size: usize) {
    let expected = db.value(STATE).await;
    let mut backends = BTreeSet::new();
    let mut clients = Vec::new();
    for _ in 0..size {
        let client = pooler.connect(db).await;
        client.batch_execute("BEGIN").await.unwrap();
        backends.insert(value(&client, "SELECT pg_backend_pid()").await);
        assert_eq!(value(&client, STATE).await, expected);
        clients.push(client);
    }
    assert_eq!(backends.len(), size);
}

/// Who the session is, and each setting that was made on it, unless it is what it would be anyway.
const STATE: &str = "SELECT concat_ws(' ', session_user, current_user, (SELECT string_agg(name || '=' || setting, ' ' \
                     ORDER BY name) FROM pg_settings WHERE source = 'session' AND setting IS DISTINCT FROM reset_val))";

async fn many_small(mode: &str) {
    let mut files = small(20);
    files.push(("0021_slow.sql".to_owned(), "SELECT pg_sleep(0.3); CREATE TABLE slow (id int);".to_owned()));
    in_each_pool(mode, async |pool| {
        check(pool, &borrowed(&files), ("SELECT count(*) FROM slow", "0")).await;
    })
    .await;
}

#[tokio::test]
async fn an_empty_database_in_transaction_mode() {
    many_small("transaction").await;
}

#[tokio::test]
async fn an_empty_database_in_session_mode() {
    many_small("session").await;
}

async fn indexes(mode: &str) {
    let files = [
        (
            "0001_t.sql",
            "CREATE TABLE t (id int, n int); INSERT INTO t SELECT i, 0 FROM generate_series(1, 50000) AS i;",
        ),
        ("0002_idx.sql", "-- migrate: no-transaction\nCREATE INDEX CONCURRENTLY t_id_idx ON t (id);"),
        ("0003_u.sql", "CREATE TABLE u (id int);"),
        (
            "0004_more.sql",
            "-- migrate: no-transaction\nUPDATE t SET n = n + 1 WHERE id <= 1000;\n\
             CREATE INDEX CONCURRENTLY u_id_idx ON u (id);\nUPDATE t SET n = n + 1 WHERE id <= 1000;\nVACUUM t;",
        ),
        ("0005_last.sql", "CREATE TABLE last (id int);"),
    ];
    let query = "SELECT concat_ws(' ', sum(n), to_regclass('t_id_idx'), to_regclass('u_id_idx')) FROM t";
    in_each_pool(mode, async |pool| check(pool, &files, (query, "2000 t_id_idx u_id_idx")).await).await;
}

#[tokio::test]
async fn indexes_that_are_built_concurrently_in_transaction_mode() {
    indexes("transaction").await;
}

#[tokio::test]
async fn indexes_that_are_built_concurrently_in_session_mode() {
    indexes("session").await;
}

/// Applies scripts behind one that makes a schema `app` and the role that they call `$ROLE`. In the end each table must
/// be where it belongs: a list such as `app.a, public.b, app.c of $ROLE`, which is its owner where that is the role.
async fn session_changes(mode: &str, scripts: &[&str], tables: &str) {
    in_each_pool(mode, async |pool| {
        let db = &pool.db;
        let role = format!("{}_role", db.name);
        let first = "CREATE SCHEMA app; CREATE ROLE $ROLE; GRANT ALL ON SCHEMA app TO $ROLE;";
        let named = |(at, script): (usize, &&str)| {
            (format!("{:04}_s{at}.sql", at + 1), script.replace("$ROLE", &role))
        };
        let files: Vec<_> = [&[first], scripts].concat().iter().enumerate().map(named).collect();
        let query = format!(
            "SELECT string_agg(schemaname || '.' || tablename || CASE tableowner WHEN '{role}' THEN ' of $ROLE' ELSE '' \
             END, ', ' ORDER BY tablename) FROM pg_tables WHERE schemaname IN ('app', 'public') \
             AND tablename NOT LIKE 'schema_migrations%'"
        );
        check(pool, &borrowed(&files), (&query, tables)).await;
        // The first migration has made it.
        db.execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
    })
    .await;
}

/// Each of which is followed by one that relies on it having changed nothing.
const IN_TRANSACTIONS: [&str; 6] = [
    "SET search_path = app; CREATE TABLE a ();",
    "CREATE TABLE b ();",
    "SET work_mem = '7MB'; SET ROLE $ROLE; CREATE TABLE app.c ();",
    "CREATE TABLE d ();",
    "SET enable_seqscan = off; SET statement_timeout = 54321; SET SESSION AUTHORIZATION $ROLE; CREATE TABLE app.e ();",
    "CREATE TABLE f ();",
];
const TABLES: &str = "app.a, public.b, app.c of $ROLE, public.d, app.e of $ROLE, public.f";

#[tokio::test]
async fn scripts_that_change_the_session_in_transaction_mode() {
    session_changes("transaction", &IN_TRANSACTIONS, TABLES).await;
}

#[tokio::test]
async fn scripts_that_change_the_session_in_session_mode() {
    session_changes("session", &IN_TRANSACTIONS, TABLES).await;
}

/// Here the statements that rely on a change go in other messages than the change.
const STEPWISE: [&str; 5] = [
    "-- migrate: no-transaction\nSET search_path = app;\nCREATE TABLE a (id int);\nCREATE TABLE b ();",
    "-- migrate: no-transaction\nCREATE INDEX CONCURRENTLY a_id_idx ON app.a (id);",
    "CREATE TABLE c ();",
    "-- migrate: no-transaction\nSET work_mem = '7MB';\nSET ROLE $ROLE;\nCREATE TABLE app.d ();\nSELECT 1;\n\
     CREATE TABLE app.e ();",
    "CREATE TABLE f ();",
];
const STEPWISE_TABLES: &str = "app.a, app.b, public.c, app.d of $ROLE, app.e of $ROLE, public.f";

#[tokio::test]
async fn statements_that_change_the_session_in_transaction_mode() {
    session_changes("transaction", &STEPWISE, STEPWISE_TABLES).await;
}

#[tokio::test]
async fn statements_that_change_the_session_in_session_mode() {
    session_changes("session", &STEPWISE, STEPWISE_TABLES).await;
}

/// A statement that goes alone takes no `SET` with it to another session: it is done right, or refused with the reason.
#[tokio::test]
async fn a_set_before_a_statement_that_goes_alone_in_transaction_mode() {
    let Some(pooler) = Pooler::start("transaction", 4).await else {
        return;
    };
    let mut refused = 0;
    for _ in 0..4 {
        let db = Db::new().await;
        let folder = folder(&[
            ("0001_a.sql", "CREATE SCHEMA app; CREATE TABLE app.a (id int);"),
            (
                "0002_i.sql",
                "-- migrate: no-transaction\nSET search_path = app;\nINSERT INTO a VALUES (1);\n\
                 CREATE INDEX CONCURRENTLY a_id_idx ON a (id);",
            ),
        ]);
        let url = pooler.url(&db);
        let children: Vec<_> = (0..4).map(|_| migrator(folder.path(), &url).spawn().unwrap()).collect();
        for child in children {
            let output = child.wait_with_output().await.unwrap();
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert!(
                output.status.success() || stderr.contains("behind a pooler in transaction mode"),
                "{stderr}"
            );
            refused += usize::from(!output.status.success());
        }
        // By the server itself it comes to its end.
        let again = migrator(folder.path(), &db.url).output().await.unwrap();
        assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
        assert_eq!(db.value("SELECT count(*) FROM app.a").await, "1");
        assert_eq!(db.value("SELECT to_regclass('app.a_id_idx')").await, "app.a_id_idx");
    }
    say(&format!(
        "pgbouncer: {refused} of 16 processes refused a statement that its SET would not have reached"
    ));
}
