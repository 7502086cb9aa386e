//! The command line: status, plan, baseline, skip, repair, history and the rehearsal, with their errors.

use migrate_runtime::Runner;
use migrate_runtime::cli::Exit;
use serde_json::json;

use crate::cli::{play, play_as, play_at};
use crate::skip::skip;
use crate::support::{Db, HISTORY, ROWS, TABLES, pairs, program, run_program, set, set_of, small, with};

#[tokio::test]
async fn status_says_what_contradicts() {
    let db = Db::new().await;
    let old = set_of(&pairs(2));
    play(&db, &old, "up").await;
    let edited = set_of(&with(&pairs(2), &[("0002_t2.up.sql", "CREATE TABLE t2 (id bigint);")]));
    // It is asked how things stand, and is told: no error, unless the exit code is to say so.
    let told = play(&db, &edited, "status").await;
    assert_eq!(told.exit, Exit::Done);
    assert!(told.out.contains("\n✗ 0002_t2  changed  "), "{}", told.out);
    assert!(told.out.contains("  the file was edited since\n"), "{}", told.out);
    for part in [
        "error[M0401]: migrations/0002_t2.up.sql was edited after it was applied",
        "\nnext: restore the file as it was applied; or, if the database has what the file says now, `repair`",
    ] {
        assert!(told.err.contains(part), "{part:?} is not in {}", told.err);
    }
    let strict = play(&db, &edited, "status --exit-code --format json").await;
    assert_eq!(strict.exit, Exit::Error);
    let value = strict.value();
    assert_eq!((&value["current"], &value["pending"]), (&json!(false), &json!(null)));
    assert_eq!(value["migrations"][1]["state"], "changed");
    // What the service allows is no error.
    let allowing = Runner::new(&edited).allow_changed(2..=2);
    assert_eq!(play_as(&db, allowing, "status --exit-code", None).await.exit, Exit::Done);
}

#[tokio::test]
async fn status_needs_a_database() {
    let set = set_of(&pairs(1));
    let status = |url: &'static str| {
        let runner = Runner::new(&set);
        async move { play_at(url, runner, "status --exit-code", &[], |terminal| terminal).await }
    };
    let nobody = status("postgres://app:secret@127.0.0.1:1/shop").await;
    assert_eq!(nobody.exit, Exit::Error);
    assert!(
        nobody.err.starts_with("database: postgres://app:***@127.0.0.1:1/shop\nerror[M0504]: "),
        "{}",
        nobody.err
    );
    assert!(nobody.err.contains("refused the connection") && nobody.err.contains("\nnext: `wait` waits"));
    let misspelt = status("host=h colour=red").await;
    assert!(
        misspelt.err.starts_with("error[M0502]: parameter 2 of the connection string is not known"),
        "{}",
        misspelt.err
    );

    let db = Db::new().await;
    let url: &'static str = String::leak(format!("{}_gone", db.url));
    let gone = status(url).await;
    assert!(gone.err.contains("_gone\" does not exist (3D000, "), "{}", gone.err);
    assert!(gone.err.contains(": create it with CREATE DATABASE"), "{}", gone.err);
}

/// Exactly what is sent: psql comes to the same with it.
#[tokio::test]
async fn exact_plan_prints_what_is_sent() {
    let db = Db::new().await;
    let set = set_of(&pairs(2));
    let plan = play(&db, &set, "plan --exact").await;
    assert!(plan.out.starts_with("-- message 1 of 2: 0001_t1\nBEGIN ISOLATION LEVEL"), "{}", plan.out);
    assert!(plan.out.contains("\n\n-- message 2 of 2: 0002_t2\nBEGIN"), "{}", plan.out);
    assert!(plan.out.contains("\nCREATE TABLE t2 (id int PRIMARY KEY);\n"), "{}", plan.out);
    let value = play(&db, &set, "plan --format json").await.value();
    assert_eq!(value["messages"][1]["subject"], "0002_t2");
    assert_eq!(value["plan"]["steps"][0]["action"], "apply");
    db.execute(&plan.out).await;
    assert_eq!(db.value(HISTORY).await, "1,2");
    assert_eq!(db.value(TABLES).await, "t1,t2");
    let nothing = play(&db, &set, "plan --exact").await;
    assert_eq!(nothing.out, "");
    assert!(nothing.err.ends_with("\nnothing to do\n"), "{}", nothing.err);

    if let Some(psql) = program("psql") {
        let db = Db::new().await;
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), play(&db, &set, "plan --exact").await.out).unwrap();
        run_program(&psql, &["-qXd".as_ref(), db.url.as_ref(), "-f".as_ref(), file.path().as_os_str()]);
        assert_eq!(db.value(HISTORY).await, "1,2");
    } else {
        skip("psql", "it is not tried whether it runs the plan");
    }
}

#[tokio::test]
async fn baseline_and_skip_record() {
    let db = Db::new().await;
    let set = set_of(&pairs(4));
    db.execute(
        "CREATE TABLE t1 (); CREATE SCHEMA other; CREATE VIEW other.t2 AS SELECT 1; CREATE TABLE t3 ()",
    )
    .await;
    let baseline = play(&db, &set, "baseline 2").await;
    assert_eq!(baseline.out, "recorded without running: 0001_t1, 0002_t2; not checked against the schema\n");
    assert_eq!(baseline.err.lines().count(), 2, "{}", baseline.err);
    let again = play(&db, &set, "baseline 2").await;
    assert!(again.err.contains("error[M0422]: the database has a history already"), "{}", again.err);
    assert!(again.err.contains("see `status`"), "{}", again.err);
    let late = play(&db, &set, "skip 4").await;
    assert!(
        late.err.contains("error[M0423]: version 4 cannot be skipped: others that come before it"),
        "{}",
        late.err
    );
    let skip = play(&db, &set, "skip 3 --format json").await.value();
    assert_eq!(skip["report"]["recorded"], json!(["0003_t3"]));
    assert_eq!(skip["report"]["warnings"], json!([]));
    assert_eq!(db.value(ROWS).await, "1 baseline, 2 baseline, 3 skipped");
    assert_eq!(db.value(TABLES).await, "t1,t3");
}

/// As on an empty database, or on another one than was meant.
#[tokio::test]
async fn baseline_needs_the_tables_of_its_migrations() {
    let db = Db::new().await;
    let set = set_of(&pairs(4));
    for _ in 0..2 {
        let refused = play(&db, &set, "baseline 2").await;
        assert_eq!((refused.exit, &*refused.out), (Exit::Error, ""));
        for part in [
            "error[M0427]: nothing was recorded: this database has none of the tables that these migrations create; \
             it lacks tables `t1`, `t2`\n",
            "\nnext: `up` creates them; if they are missing on purpose, say --allow-missing\n",
        ] {
            assert!(refused.err.contains(part), "{}", refused.err);
        }
        assert_eq!(db.value("SELECT to_regclass('schema_migrations') IS NULL").await, "t");
        // A table of somebody else is none of them.
        db.execute("CREATE TABLE IF NOT EXISTS others ()").await;
    }
    let meant = play(&db, &set, "baseline 1 --allow-missing").await;
    let warning = "\nwarning: 0001_t1: recorded, but this database lacks table `t1`\n";
    assert!(meant.exit == Exit::Done && meant.err.contains(warning), "{}", meant.err);
    let skip = play(&db, &set, "skip 2").await;
    let warning = "\nwarning: 0002_t2: recorded, but this database lacks table `t2`\n";
    assert!(skip.exit == Exit::Done && skip.err.contains(warning), "{}", skip.err);

    // One of two is there; and what may have been dropped, or was never said to be a table, is nobody's matter.
    let db = Db::new().await;
    db.execute("CREATE TABLE t2 ()").await;
    let some = play(&db, &set, "baseline 3 --format json").await.value();
    let warning = "0001_t1 to 0003_t3: recorded, but this database lacks tables `t1`, `t3`";
    assert_eq!(some["report"]["warnings"], json!([warning]));
    let db = Db::new().await;
    let uncertain = crate::support::set(&[
        ("0001_a.sql", "CREATE TABLE a (n int); CREATE TEMP TABLE b (n int);"),
        ("0002_b.sql", "DO $$BEGIN EXECUTE 'DROP TABLE a'; END$$;"),
        ("0003_c.sql", "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';"),
    ]);
    let recorded = play(&db, &uncertain, "baseline 3").await;
    assert_eq!((recorded.exit, recorded.err.lines().count()), (Exit::Done, 2), "{}", recorded.err);
}

#[tokio::test]
async fn repair_shows_and_asks() {
    let db = Db::new().await;
    let before = set_of(&small(2));
    let nothing = play(&db, &before, "repair").await;
    assert_eq!((nothing.exit, &*nothing.out), (Exit::Done, "nothing to repair\n"));
    play(&db, &before, "up").await;
    let edited = set_of(&with(&small(2), &[("0002_t2.sql", "CREATE TABLE t2 (id bigint);")]));
    let runner = || Runner::new(&edited);
    let checksum = "SELECT checksum FROM schema_migrations WHERE version = 2";
    let was = db.value(checksum).await;

    let nobody = play_as(&db, runner(), "repair", None).await;
    assert_eq!(nobody.exit, Exit::Error);
    assert!(
        nobody.out.starts_with("1 row to repair:\n  0002_t2: the file was edited; the checksum goes from ")
    );
    assert!(
        nobody
            .err
            .contains("error[M0906]: no terminal to confirm at\nhelp: pass --yes to change the history"),
        "{}",
        nobody.err
    );
    let no = play_as(&db, runner(), "repair", Some("n\n")).await;
    assert!(
        no.err.contains("Change the history like that? [y/N] error[M0906]: not confirmed: nothing was done"),
        "{}",
        no.err
    );
    assert_eq!(no.exit, Exit::Error);
    let gone = play_as(&db, runner(), "repair --format json", Some("")).await;
    assert_eq!(gone.value()["made"], false);
    assert_eq!(db.value(checksum).await, was);

    let yes = play_as(&db, runner(), "repair", Some("y\n")).await;
    assert_eq!(yes.exit, Exit::Done, "{}", yes.err);
    assert!(
        yes.out.ends_with("\nthe history agrees with the files now; nothing of the schema was touched\n")
    );
    assert_ne!(db.value(checksum).await, was);
    assert_eq!(play(&db, &edited, "status --exit-code").await.exit, Exit::Done);

    let back = play(&db, &before, "repair --yes --format json").await.value();
    assert_eq!((&back["made"], &back["repairs"][0]["migration"]), (&json!(true), &json!("0002_t2")));
    assert_eq!(db.value(checksum).await, was);
}

#[tokio::test]
async fn history_is_the_log() {
    let db = Db::new().await;
    let set = set_of(&with(&pairs(2), &[("0003_bad.sql", "SELECT 1/0;")]));
    assert_eq!(play(&db, &set, "history").await.out, "no migration was run on this database yet\n");
    play(&db, &set, "up").await;
    play(&db, &set, "down").await;
    let all = play(&db, &set, "history").await;
    let lines: Vec<&str> = all.out.lines().collect();
    assert_eq!(lines.len(), 5, "{}", all.out);
    assert!(lines[0].contains("Z  apply    0001_t1   done  ") && lines[0].contains(" ms  "), "{}", lines[0]);
    assert!(lines[2].contains("  apply    0003_bad  failed"), "{}", lines[2]);
    assert_eq!(lines[3], "    division by zero (22012)");
    assert!(lines[4].contains("  revert   0002_t2   done"), "{}", lines[4]);
    assert_eq!(play(&db, &set, "history --last 1").await.out.lines().count(), 1);
    let value = play(&db, &set, "history --last 0 --format json").await.value();
    assert_eq!(value["history"].as_array().unwrap().len(), 4);
    assert_eq!(value["history"][2]["outcome"], "failed");
}

#[tokio::test]
async fn a_rehearsal_says_what_it_could_not_do() {
    let db = Db::new().await;
    let set = set(&[
        ("0001_a.sql", "CREATE TABLE a (n int);"),
        ("0002_v.sql", "-- migrate: no-transaction\nVACUUM a;\nCREATE INDEX CONCURRENTLY ON a (n);"),
        ("0003_s.sql", "-- migrate: no-transaction\nDISCARD ALL;"),
        ("0004_b.sql", "CREATE TABLE b (n int);"),
    ]);
    let rehearsed = play(&db, &set, "up --rehearse").await;
    assert_eq!(rehearsed.exit.code(), 2);
    assert_eq!(
        rehearsed.out(),
        "✓ rehearsed 0001_a  …\n✓ rehearsed 0002_v  …\n✓ rehearsed 0004_b  …\n\
         rehearsed 3 migrations in …, and rolled back: nothing has changed\n\
         not rehearsed: 0002_v: statement 1 (0002_v.sql:2) runs only outside a transaction\n\
         not rehearsed: 0003_s: statement 1 (0003_s.sql:2) runs only outside a transaction"
    );
    assert_eq!(db.value(TABLES).await, "");
    let whole = play(&db, &set, "up --rehearse --to 2 --allow-blocking").await;
    assert_eq!(whole.exit.code(), 2);
    assert!(whole.err.contains("\nwarning: statements with CONCURRENTLY run without it"), "{}", whole.err);
    let value = play(&db, &set, "up --rehearse --to 1 --format json").await.value();
    assert_eq!(value["rehearsal"]["rehearsed"][0]["migration"], "0001_a");
    assert_eq!(value["rehearsal"]["unrehearsed"], json!([]));

    let bad = crate::support::set(&[("0001_a.sql", "SELECT 1/0;")]);
    let failed = play(&db, &bad, "up --rehearse").await;
    assert_eq!(failed.exit, Exit::Error);
    assert!(failed.err.contains(
        "the rehearsal was rolled back: nothing has changed\nerror[M0601]: migrations/0001_a.sql:1:1"
    ));
}

/// One that stopped halfway is no pending one that a deployment would apply.
#[tokio::test]
async fn status_of_a_failed_migration_exits_with_1() {
    let db = Db::new().await;
    let half = "-- migrate: no-transaction\nCREATE TABLE half (id int);\nSELECT 1/0;\n";
    let set = set_of(&with(&pairs(4), &[("0002_t2.up.sql", half)]));
    assert_eq!(play(&db, &set, "status --exit-code").await.exit, Exit::Pending);
    play(&db, &set, "up").await;
    let status = play(&db, &set, "status --exit-code").await;
    assert_eq!(status.exit, Exit::Error, "{}", status.out);
    let last = "\n1 failed, 2 pending: fix the cause, then run `up`\n";
    assert!(status.out.ends_with(last), "{}", status.out);
    let value = play(&db, &set, "status --format json").await.value();
    assert_eq!((&value["pending"], &value["failed"]), (&json!(3), &json!(1)));
}
