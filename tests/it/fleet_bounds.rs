//! How many connections a fleet has, by what the server counts, and that schemas of one database share them.

use std::sync::atomic::{AtomicBool, Ordering};

use migrate_runtime::Runner;
use migrate_runtime::fleet::{Fleet, Outcome, Tenants};

use crate::fleet_tenants::{Town, counts, outcomes};
use crate::support::{Db, SERVER, borrowed, connect, set, small, until, value};

/// The most connections that the server had at once to databases whose names begin like that, while the work was done. One
/// that has said goodbye is idle until its process has ended, and does not count.
async fn most_connections<T>(prefix: &str, work: impl Future<Output = T>) -> (usize, T) {
    let admin = connect(SERVER.url()).await;
    // Those of the test itself may need a moment to end.
    until(&admin, &format!("SELECT count(*) = 0 FROM pg_stat_activity WHERE datname LIKE '{prefix}%'")).await;
    let is_done = AtomicBool::new(false);
    let sql = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE datname LIKE '{prefix}%' AND state IS DISTINCT FROM 'idle' \
         AND backend_type = 'client backend'"
    );
    let look = async {
        let mut most = 0;
        while !is_done.load(Ordering::SeqCst) {
            most = most.max(value(&admin, &sql).await.parse().unwrap());
        }
        most
    };
    let work = async {
        let done = work.await;
        is_done.store(true, Ordering::SeqCst);
        done
    };
    let (most, done) = tokio::join!(look, work);
    (most, done)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_databases_and_never_more_connections_than_the_bound() {
    let town = Town::of("fleet_fifty", 50).await;
    let set = set(&borrowed(&small(5)));
    let fleet = Fleet::new(Runner::new(&set)).jobs(32).connections_per_server(4);
    let tenants = town.tenants();
    let (most, report) = most_connections("fleet_fifty", fleet.up(&tenants)).await;
    assert_eq!(counts(&report.unwrap()), "50 applied");
    assert!((2..=4).contains(&most), "{most}");
    let rows = "SELECT count(*) FROM schema_migrations_log";
    for at in 0..50 {
        assert_eq!(value(&town.connect(at).await, rows).await, "5");
    }
    let (most, report) = most_connections("fleet_fifty", Fleet::new(Runner::new(&set)).up(&tenants)).await;
    assert_eq!(counts(&report.unwrap()), "50 current");
    assert!(most <= migrate_runtime::fleet::MOST_PER_SERVER, "{most}");
    town.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_schemas_of_one_database_share_its_connections() {
    let db = Db::new().await;
    db.execute(
        "DO $$ BEGIN FOR n IN 1..100 LOOP EXECUTE format('CREATE SCHEMA tenant_%s', n); END LOOP; END $$",
    )
    .await;
    db.execute("CREATE SCHEMA other; CREATE EXTENSION IF NOT EXISTS plpgsql").await;
    let set = set(&[
        ("0001_users.sql", "CREATE TABLE users (id int PRIMARY KEY);"),
        ("0002_index.sql", "-- migrate: no-transaction\nCREATE INDEX CONCURRENTLY users_idx ON users (id);"),
        ("R_view.sql", "CREATE OR REPLACE VIEW v AS SELECT id FROM users;"),
    ]);
    let tenants = Tenants::schemas(&db.url, "tenant_*").await.unwrap();
    assert_eq!(tenants.list().len(), 100);
    let before = value(&db.connect().await, SESSIONS).await;
    let fleet = Fleet::new(Runner::new(&set)).connections_per_server(3);
    let (most, report) = most_connections(&db.name, fleet.up(&tenants)).await;
    let report = report.unwrap();
    assert_eq!(counts(&report), "100 applied", "{report}");
    assert!(most <= 3, "{most}");
    let count = "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname LIKE 'tenant\\_%' AND relname = ";
    for (name, expected) in
        [("users", "100"), ("users_idx", "100"), ("v", "100"), ("schema_migrations", "100")]
    {
        assert_eq!(db.value(&format!("{count}'{name}'")).await, expected);
    }
    assert_eq!(
        db.value(
            "SELECT count(*) FROM pg_class WHERE relname = 'users' AND relnamespace = 'other'::regnamespace"
        )
        .await,
        "0"
    );
    assert_eq!(counts(&fleet.up(&tenants).await.unwrap()), "100 current");
    // Statistics come late; that no connection was made for each of 200 visits is seen all the same.
    let after = value(&db.connect().await, SESSIONS).await;
    let made = after.parse::<i64>().unwrap() - before.parse::<i64>().unwrap();
    assert!(made < 60, "{made} connections were made");

    db.execute("CREATE TABLE tenant_7.users_gone (); DROP SCHEMA tenant_8 CASCADE; DELETE FROM tenant_9.schema_migrations WHERE version = 1").await;
    let report = fleet.up(&tenants).await.unwrap();
    assert_eq!(counts(&report), "98 current, 1 changed, 1 failed");
    let of = |slug: &str| report.tenants().iter().find(|tenant| tenant.slug() == slug).unwrap();
    assert!(
        of("tenant_8").error().unwrap().contains("there is no schema \"tenant_8\""),
        "{}",
        outcomes(&report)
    );
    assert_eq!(of("tenant_9").outcome(), Outcome::Changed);
}

/// Two processes on schemas that are all fresh: a session of theirs has been told of many tables that they are not there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_fleets_meet_on_fresh_schemas() {
    let db = Db::new().await;
    db.execute(
        "DO $$ BEGIN FOR n IN 1..120 LOOP EXECUTE format('CREATE SCHEMA fresh_%s', n); END LOOP; END $$",
    )
    .await;
    let set = set(&borrowed(&small(1)));
    let tenants = Tenants::schemas(&db.url, "fresh_*").await.unwrap();
    let fleet = Fleet::new(Runner::new(&set)).connections_per_server(8);
    let (one, other) = tokio::join!(fleet.up(&tenants), fleet.up(&tenants));
    for report in [one.unwrap(), other.unwrap()] {
        assert!(report.is_well(), "{report}");
    }
    let tables = "SELECT count(*) FROM pg_class WHERE relname = 't1'";
    assert_eq!(db.value(tables).await, "120");
}

/// How many sessions the database has had so far.
const SESSIONS: &str = "SELECT sessions FROM pg_stat_database WHERE datname = current_database()";

#[tokio::test]
async fn the_first_tenant_of_a_server_keeps_nobody_waiting() {
    let db = Db::new().await;
    db.execute("CREATE SCHEMA s1; CREATE SCHEMA s2; CREATE SCHEMA s3; CREATE TABLE gate ()").await;
    let gate = db.connect().await;
    gate.batch_execute("BEGIN; LOCK TABLE gate").await.unwrap();
    let set = set(&[("0001_a.sql", "CREATE TABLE a ();"), ("0002_gate.sql", "LOCK TABLE public.gate;")]);
    let tenants = Tenants::schemas(&db.url, "s*").await.unwrap();
    let fleet = Fleet::new(Runner::new(&set).lock_timeout(None));
    let looking = db.connect().await;
    let all_wait = async {
        let waits = "SELECT count(*) = 3 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
        until(&looking, waits).await;
        gate.batch_execute("COMMIT").await.unwrap();
    };
    let (report, ()) = tokio::join!(fleet.up(&tenants), all_wait);
    assert_eq!(counts(&report.unwrap()), "3 applied");
}
