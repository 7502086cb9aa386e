//! Scripts that are at the history themselves, and schemas that stand in the way of its SQL.

use std::time::Duration;

use migrate_runtime::Runner;
use migrate_runtime::tokio_postgres::Client;
use tracing::Level;

use crate::log::Log;
use crate::support::{Db, HISTORY, set, until, value};

const FIRST: (&str, &str) = ("0001_first.sql", "CREATE TABLE t (id int);");
const NEXT: (&str, &str) = ("0003_next.sql", "CREATE TABLE next (id int);");
const NO_TRANSACTION: &str = "-- migrate: no-transaction\n";
const LOOK: &str = "; look at what the script does to the history table or to the session";

/// Fails with these words, in a transaction and without one, and nothing of the statement stays.
async fn check_failure(script: &str, words: &str, words_without: &str) {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let rows = "SELECT string_agg(version || state, ',' ORDER BY version) FROM schema_migrations";
    for (directive, words, expected) in
        [("", words, "1applied"), (NO_TRANSACTION, words_without, "1applied,2failed")]
    {
        let script = format!("{directive}{script}");
        let set = set(&[FIRST, ("0002_hostile.sql", &script), NEXT]);
        let error = set.run(&mut client).await.unwrap_err();
        assert!(error.to_string().contains(words), "{script}\n{error}");
        assert_eq!((error.version(), &*value(&client, rows).await), (Some(2), expected), "{script}");
        assert_eq!(value(&client, "SELECT to_regclass('schema_migrations_log') IS NOT NULL").await, "t");
    }
    set(&[FIRST, ("0002_hostile.sql", "-- migrate: no-transaction\nSELECT 1;"), NEXT])
        .run(&mut client)
        .await
        .expect(script);
    assert_eq!(value(&client, HISTORY).await, "1,2,3", "{script}");
}

#[tokio::test]
async fn what_takes_the_history_away_fails() {
    let gone = format!(
        "writing its history row: relation \"public.schema_migrations\" does not exist (42P01){LOOK}"
    );
    check_failure("DROP TABLE schema_migrations;", &gone, "does not exist (42P01)").await;
    check_failure("ALTER TABLE schema_migrations RENAME TO x;", &gone, "does not exist (42P01)").await;
}

/// The failure is on record as soon as there is a log again.
#[tokio::test]
async fn what_takes_the_log_away_fails() {
    let gone = format!(
        "writing its history row: relation \"public.schema_migrations_log\" does not exist (42P01){LOOK}"
    );
    for (directive, stays) in [("", "t 1applied"), (NO_TRANSACTION, "f 1applied,2running")] {
        let db = Db::new().await;
        let mut client = db.connect().await;
        let script = format!("{directive}ALTER TABLE schema_migrations_log RENAME TO x;");
        let set = set(&[FIRST, ("0002_hostile.sql", &script), NEXT]);
        let error = set.run(&mut client).await.unwrap_err();
        assert!(error.to_string().contains(&gone), "{error}");
        let state = "SELECT (to_regclass('schema_migrations_log') IS NOT NULL) || ' ' || \
                     string_agg(version || state, ',' ORDER BY version) FROM schema_migrations";
        assert_eq!(value(&client, &state.replace(") || ' '", ")::text::char || ' '")).await, stays);
        if !directive.is_empty() {
            client.batch_execute("ALTER TABLE x RENAME TO schema_migrations_log").await.unwrap();
            assert_eq!(set.run(&mut client).await.unwrap().applied().len(), 2);
        }
    }
}

/// What a script writes there besides, and the row that it gets all the same.
async fn check_row(script: &str, versions: &str) {
    for directive in ["", NO_TRANSACTION] {
        let db = Db::new().await;
        let mut client = db.connect().await;
        let script = format!("{directive}{script}");
        let honest = set(&[FIRST, ("0002_hostile.sql", &script)]);
        let result = honest.run(&mut client).await;
        if directive.is_empty() {
            assert_eq!(result.expect(&script).applied().len(), 2, "{script}");
            assert_eq!(value(&client, HISTORY).await, versions, "{script}");
            let kept = "SELECT description || length(checksum) FROM schema_migrations WHERE version = 2";
            assert_eq!(value(&client, kept).await, "hostile64", "{script}");
            let unchanged = honest.run(&mut client).await;
            assert!(unchanged.is_ok() || versions != "1,2", "{script}: {unchanged:?}");
        } else if let Err(error) = result {
            let words = "it changes the history row of its own migration: leave that table to this crate";
            assert!(error.to_string().contains(words), "{script}: {error}");
            assert_eq!(
                value(&client, "SELECT state FROM schema_migrations WHERE version = 2").await,
                "failed"
            );
        }
        // However it is: no end that does not come, and no claim.
        assert_eq!(value(&client, "SELECT count(claim) FROM schema_migrations").await, "0", "{script}");
    }
}

#[tokio::test]
async fn its_own_row_is_written_all_the_same() {
    check_row("DELETE FROM schema_migrations WHERE version = 2;", "1,2").await;
    check_row("UPDATE schema_migrations SET checksum = 'x', tokens_checksum = 'y', state = 'baseline' WHERE version = 2;", "1,2").await;
    check_row("UPDATE schema_migrations SET claim = 'x', applied_at = 'infinity', down = 'SELECT 1' WHERE version = 2;", "1,2")
        .await;
    check_row("TRUNCATE schema_migrations, schema_migrations_log;", "2").await;
    check_row("INSERT INTO schema_migrations (version, description, checksum, tokens_checksum, state) VALUES (9, 'x', 'x', 'x', 'applied');", "1,2,9").await;
}

/// It stays with the session. Others start on a current database; where something is pending they say whom they wait for.
#[tokio::test]
async fn the_lock_of_the_history_that_a_script_has_taken() {
    let db = Db::new().await;
    let take = "DO $$ BEGIN PERFORM pg_advisory_lock((classid::bigint << 32) | objid::bigint) FROM pg_locks \
                WHERE pid = pg_backend_pid() AND locktype = 'advisory'; END $$;";
    let files = [FIRST, ("0002_hostile.sql", take), NEXT];
    let mut client = db.connect().await;
    assert_eq!(set(&files[..2]).run(&mut client).await.unwrap().applied().len(), 2);
    let mut other = db.connect().await;
    assert!(set(&files[..2]).run(&mut other).await.unwrap().applied().is_empty());
    let holder = value(&client, "SELECT pg_backend_pid()").await;
    let log = Log::default();
    let release = async {
        log.until(&format!("waiting for pid {holder} (")).await;
        drop(client);
    };
    let set = set(&files);
    let (report, ()) = tokio::join!(log.of(Level::INFO, set.run(&mut other)), release);
    assert_eq!(report.unwrap().applied().len(), 1);
    assert_eq!(db.value(HISTORY).await, "1,2,3");
}

#[tokio::test]
async fn an_event_trigger_that_forbids_ddl_forbids_that_of_migrations_alone() {
    let db = Db::new().await;
    let trigger = "CREATE FUNCTION no() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no DDL on a Friday'; END $$;
                   CREATE EVENT TRIGGER no ON ddl_command_start EXECUTE FUNCTION no();";
    let (insert, drop) = ("INSERT INTO t VALUES (1);", "DROP EVENT TRIGGER no; CREATE TABLE u (id int);");
    let files = [
        FIRST,
        ("0002_no.sql", trigger),
        ("0003_insert.sql", insert),
        ("0004_ddl.sql", "CREATE TABLE x ();"),
    ];
    let mut client = db.connect().await;
    let error = set(&files).run(&mut client).await.unwrap_err();
    assert!(
        error.to_string().starts_with("migrations/0004_ddl.sql:1:1: no DDL on a Friday (P0001); "),
        "{error}"
    );
    assert_eq!(value(&client, HISTORY).await, "1,2,3");
    let mended = [FIRST, files[1], files[2], ("0004_ddl.sql", drop)];
    assert_eq!(set(&mended).run(&mut client).await.unwrap().applied().len(), 1);
}

/// A function of each name and an operator of each sign that the history's SQL may use, for types that fit better than
/// those of `pg_catalog`. All of them fail.
async fn hijack(client: &Client) {
    client
        .batch_execute(
            "CREATE SCHEMA evil;
            CREATE FUNCTION evil.no() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'hijacked'; END $$;
            DO $do$
            DECLARE name text; sign text; a text; b text; n int := 0;
            BEGIN
                FOR name IN SELECT DISTINCT proname FROM pg_proc WHERE proname = ANY (ARRAY['concat', 'now', 'max', 'count',
                    'clock_timestamp', 'to_char', 'timezone', 'current_setting', 'set_config', 'pg_backend_pid', 'lower',
                    'starts_with', 'string_agg', 'date_part', 'to_regclass', 'unnest', 'pg_blocking_pids', 'format_type',
                    'pg_try_advisory_xact_lock', 'transaction_timestamp', 'statement_timestamp', 'version'])
                LOOP
                    EXECUTE format('CREATE FUNCTION evil.%I() RETURNS text LANGUAGE sql AS ''SELECT evil.no()''', name);
                    EXECUTE format('CREATE FUNCTION evil.%I(VARIADIC text[]) RETURNS text LANGUAGE sql AS ''SELECT evil.no()''', name);
                    EXECUTE format('CREATE FUNCTION evil.%I(bigint) RETURNS text LANGUAGE sql AS ''SELECT evil.no()''', name);
                    EXECUTE format('CREATE FUNCTION evil.%I(text, text) RETURNS text LANGUAGE sql AS ''SELECT evil.no()''', name);
                    EXECUTE format('CREATE FUNCTION evil.%I(text, text, boolean) RETURNS text LANGUAGE sql AS ''SELECT evil.no()''', name);
                END LOOP;
                FOR a, b IN SELECT x, y FROM unnest(ARRAY['text', 'bigint', 'integer', 'smallint', 'name', 'oid', 'boolean',
                    'float8', 'timestamptz', 'interval', 'numeric']) AS x, unnest(ARRAY['text', 'bigint', 'integer',
                    'smallint', 'name', 'oid', 'boolean', 'float8', 'timestamptz', 'interval', 'numeric']) AS y
                LOOP
                    n := n + 1;
                    EXECUTE format('CREATE FUNCTION evil.op%s(%s, %s) RETURNS boolean LANGUAGE sql AS ''SELECT evil.no()::boolean''', n, a, b);
                    FOREACH sign IN ARRAY ARRAY['=', '<>', '<', '>', '-', '+', '*', '||'] LOOP
                        EXECUTE format('CREATE OPERATOR evil.%s (FUNCTION = evil.op%s, LEFTARG = %s, RIGHTARG = %s)', sign, n, a, b);
                    END LOOP;
                END LOOP;
            END $do$;",
        )
        .await
        .unwrap();
}

#[tokio::test]
async fn what_stands_before_pg_catalog_in_search_path_is_not_called() {
    let db = Db::new().await;
    hijack(&db.connect().await).await;
    db.execute(&format!("ALTER DATABASE {} SET search_path = evil, pg_catalog, public", db.name)).await;
    let third = "-- migrate: no-transaction\nSELECT public.nothing();";
    let files = [
        ("0001_t.sql", "CREATE TABLE public.t (id int);"),
        (
            "0002_i.sql",
            "-- migrate: no-transaction\nCREATE INDEX CONCURRENTLY i ON public.t (id);\nALTER TABLE public.t ADD c int;",
        ),
        ("0003_u.up.sql", "CREATE TABLE public.u (id int);"),
        ("0003_u.down.sql", "DROP TABLE public.u;"),
        ("0004_v.up.sql", "-- migrate: no-transaction\nCREATE TABLE public.v (id int);"),
        ("0004_v.down.sql", "-- migrate: no-transaction\nDROP TABLE public.v;"),
        ("R_view.sql", "CREATE OR REPLACE VIEW public.w AS SELECT 1 AS one;"),
    ];
    let all = set(&files);
    let mut client = db.connect().await;
    assert_eq!(all.run_url(&db.url).await.unwrap().applied().len(), 5);
    assert!(all.run(&mut client).await.unwrap().applied().is_empty());
    assert!(all.status(&mut client).await.is_ok());
    assert_eq!(Runner::new(&all).revert(&mut client, 2).await.unwrap().reverted().len(), 2);

    let failing = set(&[("0001_renamed.sql", files[0].1), files[1], ("0003_u.sql", third)]);
    let runner = Runner::new(&failing);
    let repairs = runner.repairs(&mut client).await.unwrap();
    runner.repair(&mut client, &repairs).await.unwrap();
    assert_eq!(runner.run(&mut client).await.unwrap_err().sqlstate(), Some("42883"));
    runner.skip(&mut client, 3).await.unwrap();

    // Two at once, and a lock that does not come free.
    let alter = ("0004_l.sql", "ALTER TABLE public.t ADD d int;");
    let locked = set(&[("0001_renamed.sql", files[0].1), files[1], ("0003_u.sql", third), alter]);
    let runner = Runner::new(&locked).lock_timeout(Duration::from_secs(1));
    let reader = db.connect().await;
    reader.batch_execute("BEGIN; LOCK TABLE public.t").await.unwrap();
    let release = async {
        let watcher = db.connect().await;
        watcher.batch_execute("SET search_path = pg_catalog").await.unwrap();
        until(&watcher, "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted").await;
        until(&watcher, "SELECT count(*) = 0 FROM pg_locks WHERE NOT granted").await;
        reader.batch_execute("COMMIT").await.unwrap();
    };
    let log = Log::default();
    let both = async { tokio::join!(runner.run_url(&db.url), runner.run(&mut client)) };
    let ((one, other), ()) = tokio::join!(log.of(Level::INFO, both), release);
    assert_eq!(one.unwrap().applied().len() + other.unwrap().applied().len(), 1);
    assert!(log.count(&["waiting for pid "]) + log.count(&["waits for a lock"]) > 0, "{}", log.text());
}
