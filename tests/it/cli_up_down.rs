//! The command line: `up`, `down` and `redo`, with what they print and how they exit.

use std::time::Duration;

use migrate_runtime::Runner;
use migrate_runtime::cli::Exit;
use serde_json::json;

use crate::cli::{play, play_at};
use crate::support::{Db, HISTORY, ROWS, TABLES, pairs, set, set_of, with};

#[tokio::test]
async fn the_life_of_a_migration() {
    let db = Db::new().await;
    let set = set_of(&pairs(3));
    let shown = db.url.split_once('@').unwrap().1;

    let pending = play(&db, &set, "status --exit-code").await;
    assert_eq!(pending.exit, Exit::Pending);
    assert_eq!(
        pending.out,
        "· 0001_t1  pending\n· 0002_t2  pending\n· 0003_t3  pending\n3 pending: `up` applies them\n"
    );

    let up = play(&db, &set, "up").await;
    assert_eq!(up.exit, Exit::Done, "{}", up.err);
    assert_eq!(
        up.out(),
        "✓ 0001_t1  …\n✓ 0002_t2  …\n✓ 0003_t3  …\napplied 3 migrations in …: the database is at 0003_t3"
    );
    assert!(up.err.starts_with("database: postgres://") && up.err.contains(shown), "{}", up.err);
    assert_eq!(up.err.lines().count(), 1, "{}", up.err);

    let again = play(&db, &set, "up").await;
    assert_eq!((again.exit, &*again.out()), (Exit::Done, "nothing to do: the database is at 0003_t3"));

    let status = play(&db, &set, "status --exit-code").await;
    assert_eq!(status.exit, Exit::Done);
    assert!(status.out.ends_with("\nthe database is current\n"), "{}", status.out);

    let down = play(&db, &set, "down").await;
    assert_eq!(down.out(), "✓ reverted 0003_t3  …\nreverted 1 migration in …: the database is at 0002_t2");
    assert_eq!(db.value(TABLES).await, "t1,t2");

    let redo = play(&db, &set, "redo").await;
    assert_eq!(
        redo.out(),
        "✓ reverted 0002_t2  …\n✓ 0002_t2  …\nreverted 1 migration, applied 1 migration in …: the database is at 0002_t2"
    );

    let all = play(&db, &set, "down --to 0").await;
    assert!(all.out().ends_with("in …: the database has no migration of this set"), "{}", all.out());
    assert_eq!(db.value(TABLES).await, "");
    let nothing = play(&db, &set, "redo").await;
    assert_eq!(nothing.out(), "nothing to do: the database has no migration of this set");
}

/// It was recorded because somebody had done its work: to run it would do that twice.
#[tokio::test]
async fn redo_refuses_what_was_skipped() {
    let db = Db::new().await;
    let files = [
        ("0001_t1.up.sql", "CREATE TABLE t1 (cents int); INSERT INTO t1 VALUES (1);"),
        ("0001_t1.down.sql", "DROP TABLE t1;"),
        ("0002_m.up.sql", "UPDATE t1 SET cents = cents * 100;"),
        ("0002_m.down.sql", "UPDATE t1 SET cents = cents / 100;"),
    ];
    let set = set(&files);
    assert_eq!(play(&db, &set, "up --to 1").await.exit, Exit::Done);
    db.execute("UPDATE t1 SET cents = cents * 100").await;
    assert_eq!(play(&db, &set, "skip 2").await.exit, Exit::Done);
    for line in ["redo", "redo --yes"] {
        let refused = play(&db, &set, line).await;
        assert_eq!(refused.exit, Exit::Error, "{line}");
        let expected = "error[M0433]: migrations/0002_m.up.sql was recorded by a skip and was never run";
        assert!(refused.err.contains(expected), "{line}: {}", refused.err);
        assert_eq!(db.value("SELECT cents FROM t1").await, "100", "{line}");
        assert_eq!(db.value(ROWS).await, "1 applied, 2 skipped", "{line}");
    }
    let down = play(&db, &set, "down").await;
    assert!(down.out().starts_with("✓ removed the record of 0002_m  …\n"), "{}", down.out());
    assert_eq!(db.value("SELECT cents FROM t1").await, "100");
}

#[tokio::test]
async fn down_to_0_is_all_whatever_is_called_0() {
    let db = Db::new().await;
    let zero = [("0003_0.up.sql", "CREATE TABLE z ();"), ("0003_0.down.sql", "DROP TABLE z;")];
    let set = set_of(&with(&pairs(2), &zero));
    assert_eq!(play(&db, &set, "up").await.exit, Exit::Done);
    let down = play(&db, &set, "down --to 0").await;
    assert!(down.out().contains("reverted 3 migrations"), "{} {}", down.out(), down.err);
}

/// Whether or not something newer is pending.
#[tokio::test]
async fn redo_brings_back_what_the_down_takes_with_it() {
    let down = ("0002_t2.down.sql", "DROP TABLE t2 CASCADE;");
    let view = ("R_v.sql", "CREATE OR REPLACE VIEW v AS SELECT id FROM t2;");
    for newest in [2, 3] {
        let db = Db::new().await;
        assert_eq!(play(&db, &set_of(&with(&pairs(2), &[down, view])), "up").await.exit, Exit::Done);
        let set = set_of(&with(&pairs(newest), &[down, view]));
        let redo = play(&db, &set, "redo").await;
        assert!(redo.out().starts_with("✓ reverted 0002_t2  …\n✓ 0002_t2  …\n✓ R_v  …\n"), "{}", redo.out());
        assert_eq!(db.value("SELECT count(*) FROM v").await, "0");
        assert_eq!(play(&db, &set, "up").await.exit, Exit::Done);
        assert_eq!(play(&db, &set, "status --exit-code").await.exit, Exit::Done);
    }
}

#[tokio::test]
async fn as_far_as_one_says() {
    let db = Db::new().await;
    let set = set_of(&with(&pairs(4), &[("R_v.sql", "CREATE OR REPLACE VIEW v AS SELECT 1 AS a;")]));
    assert_eq!(play(&db, &set, "up --to 1").await.exit, Exit::Done);
    assert_eq!(db.value(HISTORY).await, "1");
    play(&db, &set, "up --steps 2").await;
    assert_eq!(db.value(HISTORY).await, "1,2,3");
    play(&db, &set, "up --steps 9").await;
    assert_eq!(db.value(HISTORY).await, "0,1,2,3,4");
    play(&db, &set, "down --steps 2").await;
    assert_eq!(db.value(HISTORY).await, "0,1,2");
    play(&db, &set, "down --to 1").await;
    assert_eq!(db.value(HISTORY).await, "0,1");

    let unknown = play(&db, &set, "up --to 17").await;
    assert_eq!(unknown.exit, Exit::Error);
    assert!(unknown.err.contains("error[M0421]: 17 is not a version in migrations"), "{}", unknown.err);
}

#[tokio::test]
async fn dry_run_shows_the_scripts_and_runs_nothing() {
    let db = Db::new().await;
    let set = set_of(&pairs(2));
    let shown = |verb: &str, stems: [&str; 2], sql: [&str; 2]| {
        let direction = if verb == "apply" { "up" } else { "down" };
        let parts: Vec<String> = stems
            .iter()
            .zip(sql)
            .map(|(stem, sql)| {
                format!(
                    "\n-- {stem}: one transaction with its history row; lock_timeout 3 s; up to 10 attempts\n\
                     -- migrations/{stem}.{direction}.sql:1\n{sql}\n"
                )
            })
            .collect();
        (format!("-- 2 migrations to {verb}\n{}", parts.concat()), parts)
    };
    let creates = ["CREATE TABLE t1 (id int PRIMARY KEY);", "CREATE TABLE t2 (id int PRIMARY KEY);"];
    let (both, parts) = shown("apply", ["0001_t1", "0002_t2"], creates);
    for line in ["up --dry-run", "plan", "plan --to 2", "up --dry-run --to 2"] {
        assert_eq!(play(&db, &set, line).await.out, both, "{line}");
    }
    for line in ["up --dry-run --steps 1", "plan --steps 1", "plan --to 1"] {
        let one = format!("-- 1 migration to apply\n{}", parts[0]);
        assert_eq!(play(&db, &set, line).await.out, one, "{line}");
    }
    assert_eq!(db.value("SELECT to_regclass('schema_migrations') IS NULL").await, "t");

    play(&db, &set, "up").await;
    let (both, _) = shown("revert", ["0002_t2", "0001_t1"], ["DROP TABLE t2;", "DROP TABLE t1;"]);
    assert_eq!(play(&db, &set, "down --steps 5 --dry-run").await.out, both);
    assert_eq!(db.value(HISTORY).await, "1,2");
    let nothing = play(&db, &set, "up --dry-run").await;
    assert_eq!(nothing.out, "");
    assert!(nothing.err.ends_with("\nnothing to do\n"), "{}", nothing.err);
    let json = play(&db, &set, "down --dry-run --format json").await.value();
    let step = json!({
        "action": "revert", "version": 2, "migration": "0002_t2", "text": "0002_t2", "execution": "transaction",
        "path": "migrations/0002_t2.down.sql", "statements_done": 0,
        "statements": [{
            "line": 1, "column": 1, "sql": "DROP TABLE t2", "alone": false, "hazards": null,
        }],
    });
    let plan =
        json!({ "steps": [step], "warnings": [], "lock_timeout_milliseconds": 3000.0, "attempts": 10 });
    assert_eq!(json["plan"], plan);
    assert_eq!(json["messages"][0]["subject"], "0002_t2");
}

/// What is printed is the file, with comments in between that change nothing of it.
#[tokio::test]
async fn plan_keeps_scripts_as_they_are() {
    let db = Db::new().await;
    let scripts = [
        ("0001_f.sql", "-- About f.\n\n/* a\n b */ SELECT 1; SELECT 2;\n  SELECT 'x\n;y'; SELECT 3\n"),
        ("0002_g.sql", "SELECT 'ä\n'; /* c\n */\nSELECT $$\n$$;"),
        (
            "0003_i.sql",
            "-- migrate: no-transaction\nCREATE TABLE i (n int);\n\nCREATE INDEX CONCURRENTLY ON i (n);\nANALYZE i;",
        ),
    ];
    let set = set(&scripts);
    let plan = play(&db, &set, "plan").await.out;
    let own = |line: &&str| !line.starts_with("-- migrations/") && !line.starts_with("-- 000");
    let kept: Vec<&str> = plan.lines().skip(1).filter(own).collect();
    let expected: Vec<&str> =
        scripts.iter().flat_map(|(_, sql)| [""].into_iter().chain(sql.lines())).collect();
    assert_eq!(kept, expected);
    let places: Vec<&str> = plan.lines().filter(|line| line.starts_with("-- migrations/")).collect();
    assert_eq!(
        places,
        [
            "-- migrations/0001_f.sql:4",
            "-- migrations/0001_f.sql:4",
            "-- migrations/0001_f.sql:5",
            "-- migrations/0001_f.sql:6",
            "-- migrations/0002_g.sql:1",
            "-- migrations/0002_g.sql:4",
            "-- migrations/0003_i.sql:2",
            "-- migrations/0003_i.sql:4: sent by itself, so lock_timeout does not apply",
            "-- migrations/0003_i.sql:5",
        ]
    );
    let around = "-- 0003_i: no transaction, one statement at a time; lock_timeout 3 s; up to 10 attempts a statement\n";
    assert!(plan.contains(around), "{plan}");

    let few = Runner::new(&set).lock_timeout(Duration::from_millis(1500)).max_attempts(1);
    let plan = play_at(&db.url, few, "plan --to 1", &[], |terminal| terminal).await.out;
    assert!(plan.contains("; lock_timeout 1500 ms; no retry\n"), "{plan}");
}

#[tokio::test]
async fn a_failure_in_the_middle() {
    let db = Db::new().await;
    let set = set(&[
        ("0001_a.sql", "CREATE TABLE a (n int);"),
        ("0002_b.sql", "CREATE TABLE b (\n    n nummeric\n);"),
        ("0003_c.sql", "CREATE TABLE c (n int);"),
    ]);
    let failed = play(&db, &set, "up").await;
    assert_eq!(failed.exit, Exit::Error);
    assert_eq!(failed.out(), "✓ 0001_a  …");
    for part in [
        "\nerror[M0601]: migrations/0002_b.sql:2:7: type \"nummeric\" does not exist (42704); correct the file",
        "\n2 |     n nummeric\n  |       ^\n",
        "\nnothing of 0002_b was applied\napplied before it: 0001_a\n",
    ] {
        assert!(failed.err.contains(part), "{part:?} is not in {}", failed.err);
    }
    assert_eq!(db.value(HISTORY).await, "1");

    let value = play(&db, &set, "up --format json").await.value();
    let error = &value["error"];
    assert_eq!(
        (&error["file"], &error["line"], &error["column"], &error["sqlstate"], &error["version"]),
        (&json!("migrations/0002_b.sql"), &json!(2), &json!(7), &json!("42704"), &json!(2))
    );
    assert_eq!(value["report"]["applied"], json!([]));
}

#[tokio::test]
async fn programs_get_one_object() {
    let db = Db::new().await;
    let set = set_of(&pairs(2));
    let up = play(&db, &set, "--format json up").await;
    let value = up.value();
    assert_eq!((&value["verb"], &value["error"]), (&json!("up"), &json!(null)));
    assert!(value["database"].as_str().unwrap().contains(":***@"), "{value}");
    let report = &value["report"];
    assert_eq!(report["applied"][1]["migration"], "0002_t2");
    assert!(report["applied"][1]["milliseconds"].as_f64().unwrap() > 0.0);
    assert_eq!((&report["current"], &report["already_applied"]), (&json!("0002_t2"), &json!(0)));
    // What people read is on the other stream.
    assert!(up.err().contains("\n✓ 0001_t1  …\n✓ 0002_t2  …"), "{}", up.err);
    let redo = play(&db, &set, "redo --format json").await.value();
    assert_eq!(redo["report"]["reverted"][0]["version"], 2);
    assert_eq!(redo["report"]["applied"][0]["version"], 2);
}

#[tokio::test]
async fn what_cannot_be_reverted() {
    let db = Db::new().await;
    let set = set(&[("0001_a.sql", "CREATE TABLE a (n int);")]);
    play(&db, &set, "up").await;
    for verb in ["down", "redo", "down --dry-run"] {
        let failed = play(&db, &set, verb).await;
        assert_eq!(failed.exit, Exit::Error);
        assert!(
            failed.err.contains("error[M0431]: migrations/0001_a.sql has no down: write one"),
            "{}",
            failed.err
        );
    }
    // One that a newer binary has applied can be reverted here at most, and not applied again.
    let newer = set_of(&pairs(2));
    let older = set_of(&pairs(1));
    let db = Db::new().await;
    let stores = |db| play_at(db, Runner::new(&newer).store_downs(true), "up", &[], |terminal| terminal);
    stores(&db.url).await;
    let redo = play(&db, &older, "redo").await;
    assert!(redo.err.contains("error[M0421]: 2 is not a version in migrations"), "{}", redo.err);
    assert_eq!(db.value(HISTORY).await, "1,2");
}

#[tokio::test]
async fn notices_are_lines() {
    let db = Db::new().await;
    let set = set(&[(
        "0001_a.sql",
        "DO $$ BEGIN RAISE NOTICE 'half way'; RAISE WARNING E'look\\x1b[31m here'; END $$;\nCREATE TABLE a (n int);",
    )]);
    let up = play(&db, &set, "up").await;
    assert!(up.err.contains("\n  notice: 0001_a.sql: half way\n"), "{}", up.err);
    assert!(up.err.contains("\n  warning: 0001_a.sql: look\u{fffd}[31m here\n"), "{}", up.err);
}

#[tokio::test]
async fn what_is_tried_again_says_why() {
    let db = Db::new().await;
    let set = set(&[("0001_a.sql", "CREATE TABLE a (n int);"), ("0002_gate.sql", "LOCK TABLE a;")]);
    Runner::new(&set).target(1).run(&mut db.connect().await).await.unwrap();
    let gate = db.connect().await;
    gate.batch_execute("BEGIN; LOCK TABLE a").await.unwrap();
    let runner = Runner::new(&set).lock_timeout(Duration::from_millis(300)).max_attempts(2);
    let up = play_at(&db.url, runner, "up", &[], |terminal| terminal).await;
    let again = "\n  0002_gate is tried again: canceling statement due to lock timeout (55P03); the lock was held by pid ";
    assert_eq!(up.err.matches(again).count(), 1, "{}", up.err);
    assert!(up.err.contains(", at each of 2 attempts; the lock was held by pid "), "{}", up.err);
}

#[tokio::test]
async fn colours_are_for_a_terminal() {
    let db = Db::new().await;
    let set = set_of(&pairs(1));
    let plain = |line| play_at(&db.url, Runner::new(&set), line, &[], |terminal| terminal);
    let colored =
        |line| play_at(&db.url, Runner::new(&set), line, &[], |terminal| terminal.colored(true, true));
    assert!(!plain("status").await.out.contains('\x1b'));
    assert!(plain("status --color always").await.out.contains("\x1b[1mpending\x1b[0m"));
    assert!(colored("status").await.out.contains("\x1b[1mpending\x1b[0m"));
    assert!(!colored("status --color never").await.out.contains('\x1b'));
    let failed = colored("down --to 9").await;
    assert!(failed.err.contains("\x1b[31merror[M0421]:\x1b[0m 9 is not"), "{}", failed.err);
}
