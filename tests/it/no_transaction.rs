//! Migrations without a transaction: statement by statement, with the progress on record.

use migrate_runtime::State;

use crate::support::{Db, HISTORY, INVALID_INDEXES, WAITS, set, until, value};

const TABLE: (&str, &str) =
    ("0001_t.sql", "CREATE TABLE t (a int, b int); INSERT INTO t VALUES (1, 1), (1, 2);");

#[tokio::test]
async fn statements_that_postgresql_refuses_in_a_transaction() {
    let db = Db::new().await;
    let set = set(&[
        TABLE,
        (
            "0002_idx.sql",
            "-- migrate: no-transaction\nCREATE INDEX CONCURRENTLY t_a ON t (a);\nVACUUM t;\nALTER TABLE t ADD c int",
        ),
        ("0003_u.sql", "CREATE TABLE u (id int);"),
    ]);
    let report = set.run(&mut db.connect().await).await.unwrap();
    assert_eq!(report.applied().len(), 3);
    assert_eq!(db.value(HISTORY).await, "1,2,3");
    assert!(set.run(&mut db.connect().await).await.unwrap().applied().is_empty());
}

#[tokio::test]
async fn a_failed_one_says_where_and_goes_on_there_after_it_was_corrected() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let script = "-- migrate: no-transaction\nALTER TABLE t ADD c int;\nCREATE UNIQUE INDEX CONCURRENTLY t_a ON t (a);\nVACUUM t;";
    let files = [TABLE, ("0002_idx.sql", script)];
    let broken = set(&files);

    let error = broken.run(&mut client).await.unwrap_err();
    assert_eq!((error.version(), error.sqlstate(), error.position()), (Some(2), Some("23505"), Some((3, 1))));
    assert!(format!("{error:#}").contains("1 statement of 0002_idx done, which stay"), "{error:#}");
    assert_eq!(error.report().applied().len(), 1);
    let status = broken.status(&mut client).await.unwrap();
    assert_eq!(status.migrations()[1].state(), State::Failed);
    assert!(status.migrations()[1].note().unwrap().starts_with("at statement 2: "), "{status}");
    assert_eq!(db.value(INVALID_INDEXES).await, "1");

    // The data is mended: the invalid index makes room, the column is not added twice.
    db.execute("DELETE FROM t WHERE b = 2").await;
    assert_eq!(broken.run(&mut client).await.unwrap().applied().len(), 1);
    assert_eq!(db.value(HISTORY).await, "1,2");
    assert_eq!(db.value(INVALID_INDEXES).await, "0");
    assert_eq!(db.value("SELECT to_regclass('t_a') IS NOT NULL").await, "t");
}

#[tokio::test]
async fn the_failed_statement_may_be_edited_and_the_ones_before_it_may_not() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let with = |statements: &str| {
        set(&[TABLE, ("0002_x.sql", &format!("-- migrate: no-transaction\n{statements}"))])
    };
    with("ALTER TABLE t ADD c int; ALTER TABLE nowhere ADD d int; VACUUM t;")
        .run(&mut client)
        .await
        .unwrap_err();

    let error = with("ALTER TABLE t ADD c bigint; ALTER TABLE t ADD d int; VACUUM t;")
        .run(&mut client)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("what is done of it, 1 statement, was edited since"), "{error}");

    with("ALTER TABLE t ADD c int;\n\n -- corrected\n ALTER TABLE t ADD d int; VACUUM t;")
        .run(&mut client)
        .await
        .unwrap();
    assert_eq!(db.value(HISTORY).await, "1,2");
    // The checksum on record is that of the file that was finished.
    assert!(
        with("ALTER TABLE t ADD c int; ALTER TABLE t ADD d int;")
            .run(&mut client)
            .await
            .unwrap_err()
            .is_changed()
    );
}

#[tokio::test]
async fn the_failed_statement_may_be_removed() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let with = |statements: &str| {
        set(&[TABLE, ("0002_x.sql", &format!("-- migrate: no-transaction\n{statements}"))])
    };
    with("ALTER TABLE t ADD c int; ALTER TABLE nowhere ADD d int;").run(&mut client).await.unwrap_err();
    with("ALTER TABLE t ADD c int;").run(&mut client).await.unwrap();
    assert_eq!(db.value(HISTORY).await, "1,2");
}

#[tokio::test]
async fn a_claim_whose_backend_is_gone_is_taken_over() {
    let db = Db::new().await;
    let set = set(&[
        TABLE,
        (
            "0002_idx.sql",
            "-- migrate: no-transaction\nCREATE TABLE u ();\nCREATE INDEX CONCURRENTLY t_a ON t (a);\nVACUUM t;",
        ),
    ]);
    let watcher = db.connect().await;
    set_up_to_first(&db).await;
    // An open transaction that has written to the table: the index build waits for its end.
    let blocker = db.connect().await;
    blocker.batch_execute("BEGIN; INSERT INTO t (a) VALUES (7)").await.unwrap();
    let mut client = db.connect().await;
    let run = set.run(&mut client);
    let cut = async {
        until(
            &watcher,
            "SELECT count(*) = 1 FROM pg_stat_progress_create_index WHERE datname = current_database()",
        )
        .await;
        let status = set.status(&mut db.connect().await).await.unwrap();
        assert_eq!(status.migrations()[1].state(), State::Running);
        let note = status.migrations()[1].note().unwrap();
        assert!(note.starts_with("by backend ") && note.contains("at statement 2"), "{note}");
        let terminate = "SELECT pg_terminate_backend(pid) FROM pg_stat_progress_create_index WHERE datname = current_database()";
        assert_eq!(value(&watcher, terminate).await, "t");
    };
    let (result, ()) = tokio::join!(run, cut);
    assert_eq!(result.unwrap_err().version(), Some(2));
    blocker.batch_execute("COMMIT").await.unwrap();
    assert_eq!(value(&watcher, INVALID_INDEXES).await, "1");

    let report = set.run(&mut db.connect().await).await.unwrap();
    assert_eq!(report.applied().len(), 1);
    assert_eq!(value(&watcher, HISTORY).await, "1,2");
    assert_eq!(value(&watcher, INVALID_INDEXES).await, "0");
    assert_eq!(value(&watcher, "SELECT count(*) FROM pg_class WHERE relname = 't_a'").await, "1");
}

async fn set_up_to_first(db: &Db) {
    set(&[TABLE]).run(&mut db.connect().await).await.unwrap();
}

#[tokio::test]
async fn a_claim_that_lives_is_waited_for() {
    let db = Db::new().await;
    let set = set(&[TABLE, ("0002_x.sql", "-- migrate: no-transaction\nUPDATE t SET a = 2;\nVACUUM t;")]);
    set_up_to_first(&db).await;
    let blocker = db.connect().await;
    blocker.batch_execute("BEGIN; LOCK TABLE t").await.unwrap();
    let (mut one, mut other) = (db.connect().await, db.connect().await);
    let release = async {
        let watcher = db.connect().await;
        until(&watcher, "SELECT count(*) = 1 FROM schema_migrations WHERE state = 'running'").await;
        blocker.batch_execute("COMMIT").await.unwrap();
    };
    let (one, other, ()) = tokio::join!(set.run(&mut one), set.run(&mut other), release);
    assert_eq!(one.unwrap().applied().len() + other.unwrap().applied().len(), 1);
    assert_eq!(db.value(HISTORY).await, "1,2");
}

#[tokio::test]
async fn what_goes_on_has_the_settings_that_were_made_before() {
    let db = Db::new().await;
    let with = |third: &str| {
        let script = format!(
            "-- migrate: no-transaction\nCREATE SCHEMA app;\nSET search_path = app;\n{third};\nCREATE TABLE u ();"
        );
        set(&[("0001_x.sql", &script)])
    };
    let mut client = db.connect().await;
    with("SELECT 1/0").run(&mut client).await.unwrap_err();
    assert_eq!(value(&client, "SHOW search_path").await, "\"$user\", public");
    with("SELECT 1").run(&mut db.connect().await).await.unwrap();
    assert_eq!(db.value("SELECT schemaname FROM pg_tables WHERE tablename = 'u'").await, "app");
}

/// What a block or a function sets holds for the statements behind it, as in a transaction, and also after a failure.
/// `DISCARD ALL` and `RESET ALL` undo what was set before them.
#[tokio::test]
async fn settings_hold_for_the_statements_behind_them() {
    let see = "INSERT INTO public.seen SELECT concat_ws(' ', current_setting('work_mem'), \
               current_setting('search_path'), current_setting('enable_seqscan'), current_user)";
    let block = "DO $$ BEGIN PERFORM set_config('work_mem', '1234kB', false); PERFORM set_config('search_path', 'app', false); \
                 SET enable_seqscan = off; END $$";
    let cases = [
        ("SET work_mem = '2MB'", "2MB \"$user\", public on postgres"),
        (block, "1234kB app off postgres"),
        (
            "SET search_path = public; SET lock_timeout = '1s'; VACUUM seen; RESET search_path",
            "4MB \"$user\", public on postgres",
        ),
        (&format!("SET work_mem = '2MB'; {block}; SET work_mem = '3MB'"), "3MB app off postgres"),
        (
            &format!("{block}; SET ROLE pg_monitor; RESET ROLE; DISCARD ALL"),
            "4MB \"$user\", public on postgres",
        ),
        (&format!("{block}; DISCARD ALL; SET work_mem = '3MB'"), "3MB \"$user\", public on postgres"),
        (&format!("SET work_mem = '2MB'; RESET ALL; {block}; VACUUM public.seen"), "1234kB app off postgres"),
        ("SELECT 1, set_config('work_mem', '5MB', false)", "5MB \"$user\", public on postgres"),
    ];
    for (statements, expected) in cases {
        let db = Db::new().await;
        let user = db.value("SELECT current_user").await;
        let with = |last: &str| {
            let script = format!(
                "-- migrate: no-transaction\nCREATE SCHEMA app; {statements};\n{see};\n{last};\n{see};"
            );
            set(&[("0001_seen.sql", "CREATE TABLE seen (what text);"), ("0002_x.sql", &script)])
        };
        let mut client = db.connect().await;
        with("SELECT 1/0").run(&mut client).await.unwrap_err();
        let settings = "SELECT concat_ws(' ', current_setting('work_mem'), current_setting('search_path'), \
                        current_setting('enable_seqscan'), current_setting('lock_timeout'))";
        assert_eq!(value(&client, settings).await, "4MB \"$user\", public on 0", "{statements}");
        with("SELECT 1").run(&mut db.connect().await).await.unwrap();
        let seen = db.value("SELECT string_agg(what, '; ') FROM seen").await;
        let expected = expected.replace("postgres", &user);
        assert_eq!(seen, format!("{expected}; {expected}"), "{statements}");
    }
}

#[tokio::test]
async fn an_unfinished_one_does_not_turn_into_one_with_a_transaction() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    set(&[("0001_x.sql", "-- migrate: no-transaction\nSELECT 1;\nSELECT 1/0;")])
        .run(&mut client)
        .await
        .unwrap_err();
    let error = set(&[("0001_x.sql", "SELECT 1;\nSELECT 2;")]).run(&mut client).await.unwrap_err();
    assert!(error.to_string().contains("was begun without a transaction"), "{error}");
}

#[tokio::test]
async fn a_procedure_that_commits_by_itself_runs() {
    let db = Db::new().await;
    let procedure = "CREATE TABLE log (n int); CREATE PROCEDURE p() LANGUAGE plpgsql AS \
                     $$ BEGIN INSERT INTO log VALUES (1); COMMIT; INSERT INTO log VALUES (2); END $$;";
    let set = set(&[("0001_p.sql", procedure), ("0002_x.sql", "-- migrate: no-transaction\nCALL p();")]);
    set.run(&mut db.connect().await).await.unwrap();
    assert_eq!(db.value("SELECT string_agg(n::text, ',') FROM log").await, "1,2");
}

#[tokio::test]
async fn a_lock_timeout_holds_for_each_statement_and_is_tried_again() {
    let db = Db::new().await;
    set_up_to_first(&db).await;
    let set =
        set(&[TABLE, ("0002_x.sql", "-- migrate: no-transaction\nALTER TABLE t ADD c int;\nVACUUM t;")]);
    let reader = db.connect().await;
    reader.batch_execute("BEGIN; SELECT * FROM t").await.unwrap();
    let mut client = db.connect().await;
    let runner = migrate_runtime::Runner::new(&set).lock_timeout(std::time::Duration::from_millis(50));
    let release = async {
        let watcher = db.connect().await;
        until(&watcher, "SELECT count(*) = 1 FROM schema_migrations WHERE state = 'failed'").await;
        reader.batch_execute("COMMIT").await.unwrap();
    };
    let (report, ()) = tokio::join!(runner.run(&mut client), release);
    assert_eq!(report.unwrap().applied().len(), 1);
    assert_eq!(db.value(HISTORY).await, "1,2");
}

/// As if it had stood still so long that another process thought it gone, and had since gone itself.
#[tokio::test]
async fn who_was_taken_over_from_finds_out_and_nothing_is_done_twice() {
    let db = Db::new().await;
    set_up_to_first(&db).await;
    db.execute("CREATE TABLE gate ()").await;
    let set = set(&[
        TABLE,
        (
            "0002_x.sql",
            "-- migrate: no-transaction\nUPDATE t SET a = a + 1;\nLOCK TABLE gate;\nUPDATE t SET a = a + 1;",
        ),
    ]);
    let (mut client, gate, watcher) = (db.connect().await, db.connect().await, db.connect().await);
    gate.batch_execute("BEGIN; LOCK TABLE gate").await.unwrap();
    let other = async {
        until(&watcher, WAITS).await;
        let another = "UPDATE schema_migrations SET claim = 'another', claimed_at = now() - interval '1 hour', \
                       backend_pid = 1 WHERE version = 2";
        watcher.batch_execute(another).await.unwrap();
        gate.batch_execute("COMMIT").await.unwrap();
    };
    let (report, ()) = tokio::join!(set.run(&mut client), other);
    assert_eq!(report.unwrap().applied().len(), 1);
    assert_eq!(db.value(HISTORY).await, "1,2");
    assert_eq!(db.value("SELECT count(*) FROM t WHERE a = 3").await, "2");
}
