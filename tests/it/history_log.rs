//! The log beside the history: what was done, by whom, how long it took, and what failed.

use std::time::Duration;

use migrate_runtime::tokio_postgres::{Client, SimpleQueryMessage};
use migrate_runtime::{Done, LogEntry, MigrationSet, Runner, embed_migrations};

use crate::support::{Db, LOG, borrowed, pairs, set, set_of, small, value, with};

static SAMPLE: MigrationSet = embed_migrations!("../migrations");

/// The log, a line an entry: who, with what, what, and what there is to say of it.
async fn log(client: &Client) -> Vec<String> {
    let sql = "SELECT concat_ws(' | ', done_by = session_user, application, package, \
               concat_ws(' ', action, version, description, outcome), \
               CASE WHEN milliseconds IS NOT NULL THEN 'timed' END, detail) FROM schema_migrations_log ORDER BY id";
    let messages = client.simple_query(sql).await.unwrap();
    let line = |message: &SimpleQueryMessage| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    };
    messages.iter().filter_map(line).collect()
}

#[tokio::test]
async fn every_verb_has_its_entry() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    client.batch_execute("SET application_name = 'billing-api'").await.unwrap();
    let stepwise = "-- migrate: no-transaction\nVACUUM t1;";
    let files = with(
        &pairs(2),
        &[
            ("0003_s.up.sql", stepwise),
            ("0003_s.down.sql", stepwise),
            ("0004_bad.sql", "SELECT 1;\nSELECT 1/0;"),
        ],
    );
    let set = set_of(&files);
    let runner = Runner::new(&set).package("billing", "1.2.3");
    runner.baseline(&mut client, 1).await.unwrap();
    db.execute("CREATE TABLE t1 ()").await;
    runner.clone().target(3).run(&mut client).await.unwrap();
    runner.run(&mut client).await.unwrap_err();
    runner.revert(&mut client, 1).await.unwrap();
    runner.skip(&mut client, 3).await.unwrap();
    let edited = with(&files, &[("0002_t2.up.sql", "SELECT 2;")]);
    let edited = set_of(&edited);
    let repairer = Runner::new(&edited);
    let repairs = repairer.repairs(&mut client).await.unwrap();
    repairer.repair(&mut client, &repairs).await.unwrap();

    let who = "t | billing-api | billing 1.2.3";
    let log = log(&client).await;
    assert_eq!(
        log[..6],
        [
            format!("{who} | baseline 1 t1 done"),
            format!("{who} | apply 2 t2 done | timed"),
            format!("{who} | apply 3 s done | timed"),
            format!("{who} | apply 4 bad failed | division by zero (22012)"),
            format!("{who} | revert 3 s done | timed"),
            format!("{who} | skip 3 s done"),
        ]
    );
    // A set that was loaded has no package of its own.
    let start = "t | billing-api | repair 2 t2 done | 0002_t2: the file was edited; the checksum goes from ";
    assert!(log[6].starts_with(start), "{log:?}");
    assert_eq!(log.len(), 7);
    let checksum = set.iter().nth(2).unwrap().up().checksum().to_string();
    let same =
        format!("SELECT count(*) FROM schema_migrations_log WHERE version = 3 AND checksum = '{checksum}'");
    assert_eq!(value(&client, &same).await, "3");
}

#[tokio::test]
async fn an_embedded_set_brings_the_package_that_embeds_it() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    SAMPLE.run(&mut client).await.unwrap();
    let package = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"));
    let packages = "SELECT string_agg(DISTINCT package, ',') FROM schema_migrations_log";
    assert_eq!(value(&client, packages).await, package);
    Runner::new(&SAMPLE).package("other", "2").revert(&mut client, 1).await.unwrap();
    assert_eq!(
        value(&client, "SELECT package FROM schema_migrations_log WHERE action = 'revert'").await,
        "other 2"
    );
}

#[tokio::test]
async fn how_long_it_took_is_the_servers_time_and_the_reports() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let slow = "SELECT pg_sleep(0.05);";
    let stepwise = format!("-- migrate: no-transaction\n{slow}\n{slow}");
    let set = set(&[
        ("0001_a.up.sql", slow),
        ("0001_a.down.sql", slow),
        ("0002_b.up.sql", &stepwise),
        ("0002_b.down.sql", &stepwise),
    ]);
    let applied = set.run(&mut client).await.unwrap();
    let reverted = Runner::new(&set).revert(&mut client, 2).await.unwrap();
    let done = [applied.applied(), reverted.reverted()].concat();
    for (at, done) in done.iter().enumerate() {
        let sql = format!("SELECT milliseconds FROM schema_migrations_log ORDER BY id LIMIT 1 OFFSET {at}");
        let logged: f64 = value(&client, &sql).await.parse().unwrap();
        let told = done.duration().as_secs_f64() * 1000.0;
        let least = if done.version() == 2 { 100.0 } else { 50.0 };
        // The entry is written a moment before the answer, in the same transaction.
        assert!(least <= logged && logged <= told + 0.01, "{logged} {told}");
    }
}

/// What an earlier run has spent on a migration is in the log, and not in the report of the run that finishes it.
#[tokio::test]
async fn resumed_migration_reports_the_share_of_its_run() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let broken = "-- migrate: no-transaction\nSELECT 1;\nSELECT 1/n FROM t;";
    let set = set(&[
        ("0001_t.up.sql", "CREATE TABLE t AS SELECT 0 AS n;"),
        ("0001_t.down.sql", "DROP TABLE t;"),
        ("0002_x.up.sql", broken),
        ("0002_x.down.sql", broken),
    ]);
    let runner = Runner::new(&set);
    for action in ["apply", "revert"] {
        let run = async |client: &mut Client| match action {
            "apply" => runner.run(client).await,
            _ => runner.revert(client, 1).await,
        };
        if action == "revert" {
            db.execute("UPDATE t SET n = 0").await;
        }
        run(&mut client).await.unwrap_err();
        db.execute(
            "UPDATE t SET n = 1; \
             UPDATE schema_migrations SET started_at = started_at - interval '1 hour' WHERE version = 2",
        )
        .await;
        let report = run(&mut client).await.unwrap();
        let done = [report.applied(), report.reverted()].concat();
        assert_eq!(done.len(), 1);
        assert!(done[0].duration() <= report.duration(), "{report}");
        let logged = "SELECT milliseconds >= 3600000 FROM schema_migrations_log ORDER BY id DESC LIMIT 1";
        assert_eq!(value(&client, logged).await, "t");
    }
}

#[tokio::test]
async fn a_script_that_calls_itself_something_else() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    client.batch_execute("SET application_name = 'honest'").await.unwrap();
    let lies = "SET application_name = 'somebody else';";
    let set = set(&[("0001_a.up.sql", lies), ("0001_a.down.sql", lies), ("0002_b.sql", "SELECT 1;")]);
    set.run(&mut client).await.unwrap();
    db.execute("DELETE FROM schema_migrations WHERE version = 2").await;
    Runner::new(&set).revert(&mut client, 1).await.unwrap();
    let names = "SELECT string_agg(DISTINCT application, ',') FROM schema_migrations_log";
    assert_eq!(value(&client, names).await, "honest");
    assert_eq!(value(&client, "SHOW application_name").await, "honest");
}

#[tokio::test]
async fn a_failure_is_logged_once_however_often_it_was_tried() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    // A sequence is not rolled back: it fails the first time as one that may be tried again, then as one that may not.
    let fails = "DO $$ BEGIN IF nextval('tries') = 1 THEN RAISE 'again' USING ERRCODE = '40001'; END IF; RAISE 'no'; END $$;";
    let set = set(&[("0001_a.sql", "CREATE SEQUENCE tries;"), ("0002_b.sql", fails)]);
    let error = set.run(&mut client).await.unwrap_err();
    assert!(error.to_string().contains("no (P0001), at each of 2 attempts"), "{error}");
    assert_eq!(value(&client, LOG).await, "apply 1 done, apply 2 failed");
}

/// The log is only added to: a role that can do no more with it is enough.
#[tokio::test]
async fn who_migrates_need_not_be_able_to_change_the_log() {
    let db = Db::new().await;
    let role = format!("{}_log", db.name);
    let mut client = db.connect().await;
    set_of(&pairs(1)).run(&mut client).await.unwrap();
    let grants = format!(
        "CREATE ROLE {role}; GRANT USAGE, CREATE ON SCHEMA public TO {role}; \
         GRANT SELECT, INSERT, UPDATE, DELETE ON schema_migrations TO {role}; \
         GRANT INSERT ON schema_migrations_log TO {role}; SET SESSION AUTHORIZATION {role}"
    );
    client.batch_execute(&grants).await.unwrap();
    let stepwise = "-- migrate: no-transaction\nSELECT 1;";
    let set = set_of(&with(
        &pairs(2),
        &[("0003_s.up.sql", stepwise), ("0003_s.down.sql", stepwise), ("0004_bad.sql", "SELECT 1/0;")],
    ));
    let runner = Runner::new(&set);
    runner.run(&mut client).await.unwrap_err();
    runner.revert(&mut client, 2).await.unwrap();
    runner.skip(&mut client, 2).await.unwrap();
    assert_eq!(
        db.value(LOG).await,
        "apply 1 done, apply 2 done, apply 3 done, apply 4 failed, revert 3 done, revert 2 done, skip 2 done"
    );
    let by = format!("SELECT count(*) FROM schema_migrations_log WHERE done_by = '{role}'");
    assert_eq!(db.value(&by).await, "6");

    // One that cannot add to it cannot migrate, and is told what it needs.
    db.execute(&format!("REVOKE ALL ON schema_migrations_log FROM {role}")).await;
    let more = set_of(&pairs(3));
    let runner = Runner::new(&more);
    for error in
        [runner.run(&mut client).await.unwrap_err(), runner.revert(&mut client, 1).await.unwrap_err()]
    {
        assert_eq!(error.sqlstate(), Some("42501"));
        assert!(
            error.to_string().contains("INSERT on its log, the table of that name with the ending _log"),
            "{error}"
        );
    }
    assert_eq!(db.value("SELECT max(version) FROM schema_migrations").await, "2");
    // On a current database it can start.
    let current = set_of(&pairs(2));
    assert!(current.run(&mut client).await.is_ok());
    drop(client);
    db.execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
}

/// Of one message, each has its own time.
#[tokio::test]
async fn each_migration_begins_where_the_one_before_it_ends() {
    let db = Db::new().await;
    let files = small(20);
    let report = set(&borrowed(&files)).run(&mut db.connect().await).await.unwrap();
    let all: Duration = report.applied().iter().map(Done::duration).sum();
    assert!(all <= report.duration(), "{report}");
    let overlap = "SELECT count(*) FROM schema_migrations_log a, schema_migrations_log b \
                   WHERE a.version < b.version \
                   AND b.at - b.milliseconds * interval '1 ms' < a.at - interval '0.1 ms'";
    assert_eq!(db.value(overlap).await, "0");
}

#[tokio::test]
async fn it_can_be_read() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let set = set_of(&with(&pairs(2), &[("0003_bad.sql", "SELECT 1/0;")]));
    let runner = Runner::new(&set).package("billing", "1.2.3");
    assert_eq!(runner.log(&mut client, None).await.unwrap(), []);
    runner.run(&mut client).await.unwrap_err();
    runner.revert(&mut client, 1).await.unwrap();
    runner.skip(&mut client, 2).await.unwrap();

    let all = runner.log(&mut client, None).await.unwrap();
    let line = |entry: &LogEntry| {
        format!("{} {} {} {}", entry.action(), entry.version(), entry.description(), entry.outcome())
    };
    let lines: Vec<String> = all.iter().map(line).collect();
    assert_eq!(
        lines,
        ["apply 1 t1 done", "apply 2 t2 done", "apply 3 bad failed", "revert 2 t2 done", "skip 2 t2 done"]
    );
    assert!(all[0].duration().unwrap() > Duration::ZERO && all[4].duration().is_none());
    assert_eq!(all[2].detail(), Some("division by zero (22012)"));
    assert_eq!(all[0].package(), Some("billing 1.2.3"));
    let at = all[0].at();
    assert!(at.len() == 20 && at.ends_with('Z') && at.as_bytes()[10] == b'T', "{at}");
    assert_eq!(all[0].done_by(), db.value("SELECT session_user").await);
    assert_eq!(runner.log(&mut client, 2).await.unwrap(), all[3..]);
    client.batch_execute("ALTER TABLE schema_migrations_log DROP COLUMN outcome").await.unwrap();
    let error = runner.log(&mut client, None).await.unwrap_err();
    assert!(
        error.to_string().starts_with("reading the log \"public\".\"schema_migrations_log\" failed"),
        "{error}"
    );
}
