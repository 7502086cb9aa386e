//! The way back: newest first, each down together with the removal of its row, and what is in the way of it.

use migrate_runtime::{Error, MigrationSet, Runner};

use crate::support::{Db, LOG, ROWS, TABLES, pairs, set, set_of, stems, value, with};

/// Everything that the migrations made: columns, indexes, constraints.
const SCHEMA: &str = "SELECT string_agg(line, E'\\n' ORDER BY line) FROM ( \
    SELECT concat_ws(' ', table_name, ordinal_position, column_name, data_type, is_nullable, column_default) \
    FROM information_schema.columns WHERE table_schema = 'public' \
    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' \
    UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint \
    WHERE connamespace = 'public'::regnamespace) AS lines (line)";

#[derive(Clone, Copy, Debug)]
enum How {
    Count(usize),
    To(i64),
}

#[tokio::test]
async fn how_far_back() {
    let db = Db::new().await;
    let set = set_of(&pairs(4));
    let runner = Runner::new(&set);
    let mut client = db.connect().await;
    runner.run(&mut client).await.unwrap();
    let schema = value(&client, SCHEMA).await;
    for (how, left) in [
        (How::Count(0), 4),
        (How::Count(1), 3),
        (How::Count(3), 1),
        (How::Count(4), 0),
        (How::Count(9), 0),
        (How::To(4), 4),
        (How::To(2), 2),
        (How::To(0), 0),
    ] {
        let report = match how {
            How::Count(count) => runner.revert(&mut client, count).await.unwrap(),
            How::To(version) => runner.revert_to(&mut client, version).await.unwrap(),
        };
        let all = ["0004_t4", "0003_t3", "0002_t2", "0001_t1"];
        assert_eq!(stems(report.reverted()), all[..4 - left], "{how:?}");
        assert!(report.applied().is_empty() && report.recorded().is_empty(), "{how:?}");
        assert_eq!(report.current(), (left > 0).then(|| all[4 - left]), "{how:?}");
        let rows: Vec<String> = (1..=left).map(|version| format!("{version} applied")).collect();
        assert_eq!(value(&client, ROWS).await, rows.join(", "), "{how:?}");
        let tables: Vec<String> = (1..=left).map(|version| format!("t{version}")).collect();
        assert_eq!(value(&client, TABLES).await, tables.join(","), "{how:?}");

        let report = runner.run(&mut client).await.unwrap();
        assert_eq!((report.already_applied(), report.applied().len()), (left, 4 - left), "{how:?}");
        assert_eq!(value(&client, SCHEMA).await, schema, "{how:?}");
    }
    let counts = "SELECT string_agg(concat(action, ' ', n), ', ' ORDER BY action) FROM \
                  (SELECT action, count(*) FROM schema_migrations_log WHERE outcome = 'done' GROUP BY 1) AS x (action, n)";
    assert_eq!(value(&client, counts).await, "apply 22, revert 18");
}

#[tokio::test]
async fn a_database_without_migrations_has_nothing_to_revert() {
    let db = Db::new().await;
    let set = set_of(&pairs(2));
    let mut client = db.connect().await;
    let report = Runner::new(&set).revert(&mut client, 1).await.unwrap();
    assert_eq!(report.to_string(), "nothing to do: the database has no migration of this set");
    assert!(Runner::new(&set).revert_to(&mut client, 0).await.unwrap().reverted().is_empty());
    assert_eq!(value(&client, "SELECT to_regclass('schema_migrations') IS NULL").await, "t");
}

#[tokio::test]
async fn a_down_that_fails_leaves_its_row_and_its_effects() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let broken = with(&pairs(4), &[("0002_t2.down.sql", "DROP TABLE t2;\n\nDROP TABLE nowhere;")]);
    let set = set_of(&broken);
    set.run(&mut client).await.unwrap();

    let error = Runner::new(&set).revert_to(&mut client, 0).await.unwrap_err();
    assert!(error.is_migration() && !error.is_irreversible());
    assert_eq!((error.version(), error.sqlstate(), error.position()), (Some(2), Some("42P01"), Some((3, 1))));
    assert_eq!(error.file().as_deref(), Some("migrations/0002_t2.down.sql"));
    assert_eq!(stems(error.report().reverted()), ["0004_t4", "0003_t3"]);
    assert_eq!(error.report().current(), Some("0002_t2"));
    let full = format!("{error:#}");
    assert!(full.contains("nothing of 0002_t2 was reverted\nreverted before it: 0004_t4, 0003_t3"), "{full}");
    assert_eq!(value(&client, ROWS).await, "1 applied, 2 applied");
    assert_eq!(value(&client, TABLES).await, "t1,t2");

    let report = Runner::new(&set_of(&pairs(4))).revert_to(&mut client, 0).await.unwrap();
    assert_eq!(stems(report.reverted()), ["0002_t2", "0001_t1"]);
    assert_eq!(
        value(&client, LOG).await,
        "apply 1 done, apply 2 done, apply 3 done, apply 4 done, \
         revert 4 done, revert 3 done, revert 2 failed, revert 2 done, revert 1 done"
    );
}

/// What cannot be reverted keeps all of it from being reverted.
async fn check_refused(set: &MigrationSet, db: &Db, to: i64, message: &str) -> Error {
    let before = (db.value(ROWS).await, db.value(TABLES).await, db.value(LOG).await);
    let error = Runner::new(set).revert_to(&mut db.connect().await, to).await.unwrap_err();
    assert!(error.is_irreversible(), "{error}");
    assert!(error.to_string().contains(message), "{error}");
    assert!(error.report().reverted().is_empty());
    assert_eq!((db.value(ROWS).await, db.value(TABLES).await, db.value(LOG).await), before);
    error
}

#[tokio::test]
async fn a_migration_without_a_down_stops_before_anything() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let mut files = pairs(5);
    files.retain(|(name, _)| !name.starts_with("0002") && !name.starts_with("0003"));
    let others = [
        ("0002_t2.sql", "CREATE TABLE t2 (id int PRIMARY KEY);"),
        ("0003_t3.sql", "CREATE TABLE t3 (id int PRIMARY KEY);"),
    ];
    let set = set_of(&with(&files, &others));
    set.run(&mut client).await.unwrap();

    let error = check_refused(&set, &db, 0, "migrations/0003_t3.sql has no down: ").await;
    assert!(error.to_string().ends_with(" (1 obstacle more) [M0431]"), "{error}");
    let full = format!("{error:#}");
    assert!(full.contains("\nmigrations/0002_t2.sql has no down: ") && full.ends_with(" [M0431]"), "{full}");
    assert_eq!(error.report().current(), Some("0005_t5"));
    check_refused(&set, &db, 2, "migrations/0003_t3.sql has no down: ").await;
    // It is not in the way of what is above it.
    let report = Runner::new(&set).revert(&mut client, 2).await.unwrap();
    assert_eq!(stems(report.reverted()), ["0005_t5", "0004_t4"]);
    check_refused(&set, &db, 0, "has no down").await;
}

#[tokio::test]
async fn a_version_that_nobody_knows() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let set = set_of(&pairs(2));
    set.run(&mut client).await.unwrap();
    for version in [3, 99, -1] {
        let error = Runner::new(&set).revert_to(&mut client, version).await.unwrap_err();
        let expected =
            format!("{version} is not a version in migrations, whose newest migration is 0002_t2 [M0421]");
        assert_eq!(error.to_string(), expected);
    }
    // One of the set that is not applied is above everything that is.
    let newer = set_of(&pairs(3));
    assert!(Runner::new(&newer).revert_to(&mut client, 3).await.unwrap().reverted().is_empty());
    assert_eq!(value(&client, ROWS).await, "1 applied, 2 applied");
}

#[tokio::test]
async fn what_a_newer_binary_applied_is_reverted_by_the_downs_that_it_stored() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let stepwise = [
        ("0004_idx.up.sql", "-- migrate: no-transaction\nCREATE INDEX CONCURRENTLY t3_i ON t3 (id);"),
        ("0004_idx.down.sql", "-- migrate: no-transaction\nDROP INDEX CONCURRENTLY t3_i;"),
    ];
    let newer = set_of(&with(&pairs(3), &stepwise));
    Runner::new(&newer).store_downs(true).run(&mut client).await.unwrap();

    let older = set_of(&pairs(2));
    let report = Runner::new(&older).revert(&mut client, 1).await.unwrap();
    assert_eq!(stems(report.reverted()), ["4_idx"]);
    assert_eq!(value(&client, "SELECT to_regclass('t3_i') IS NULL").await, "t");
    let report = Runner::new(&older).revert_to(&mut client, 2).await.unwrap();
    assert_eq!((stems(report.reverted()), report.current()), (vec!["3_t3"], Some("0002_t2")));
    assert_eq!(value(&client, ROWS).await, "1 applied, 2 applied");
    // An own file goes before what is stored.
    db.execute("UPDATE schema_migrations SET down = 'SELECT 1/0'").await;
    Runner::new(&older).revert(&mut client, 1).await.unwrap();
    assert_eq!(value(&client, TABLES).await, "t1");
}

#[tokio::test]
async fn what_a_newer_binary_applied_and_did_not_store_stays() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    set_of(&pairs(3)).run(&mut client).await.unwrap();
    let older = set_of(&pairs(2));
    let message = "3_t3 has no file in this binary, and no down was stored when it was applied";
    check_refused(&older, &db, 2, message).await;
    check_refused(&older, &db, 0, message).await;
    // What somebody has broken is as good as not stored.
    db.execute("UPDATE schema_migrations SET down = 'DROP TABLE \"t3' WHERE version = 3").await;
    check_refused(&older, &db, 0, message).await;
    assert_eq!(
        stems(Runner::new(&set_of(&pairs(3))).revert(&mut client, 1).await.unwrap().reverted()),
        ["0003_t3"]
    );
}

#[tokio::test]
async fn a_stored_down_that_fails_says_where_it_is() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let newer = set_of(&with(&pairs(3), &[("0003_t3.down.sql", "DROP TABLE t3;\nDROP TABLE nowhere;")]));
    Runner::new(&newer).store_downs(true).run(&mut client).await.unwrap();
    let error = Runner::new(&set_of(&pairs(2))).revert(&mut client, 1).await.unwrap_err();
    assert_eq!((error.version(), error.position()), (Some(3), Some((2, 1))));
    assert!(format!("{error:#}").contains("2 | DROP TABLE nowhere;"), "{error:#}");
    assert_eq!(value(&client, TABLES).await, "t1,t2,t3");
}

#[tokio::test]
async fn a_baseline_is_the_end_of_the_way() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let set = set_of(&pairs(4));
    let runner = Runner::new(&set);
    db.execute("CREATE TABLE t1 (id int PRIMARY KEY); CREATE TABLE t2 (id int PRIMARY KEY)").await;
    runner.baseline(&mut client, 2).await.unwrap();
    runner.run(&mut client).await.unwrap();
    let why =
        "migrations/0002_t2.up.sql was recorded by a baseline, or adopted from another tool, and was not run";
    check_refused(&set, &db, 1, why).await;
    check_refused(&set, &db, 0, "undo it by a new migration").await;
    assert_eq!(stems(runner.revert_to(&mut client, 2).await.unwrap().reverted()), ["0004_t4", "0003_t3"]);
    assert_eq!(value(&client, ROWS).await, "1 baseline, 2 baseline");
    assert_eq!(value(&client, TABLES).await, "t1,t2");
}

#[tokio::test]
async fn what_was_skipped_loses_only_its_row() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let set = set_of(&pairs(3));
    let runner = Runner::new(&set);
    runner.clone().target(1).run(&mut client).await.unwrap();
    runner.skip(&mut client, 2).await.unwrap();
    runner.run(&mut client).await.unwrap();
    assert_eq!(value(&client, TABLES).await, "t1,t3");
    let report = runner.revert_to(&mut client, 0).await.unwrap();
    // The down of 0002 would fail: there is no such table.
    assert_eq!(report.reverted().len(), 3);
    assert_eq!((value(&client, ROWS).await, value(&client, TABLES).await), (String::new(), String::new()));
    let detail = "SELECT detail FROM schema_migrations_log WHERE action = 'revert' AND version = 2";
    assert_eq!(value(&client, detail).await, "the row only: it was recorded without running");
}

#[tokio::test]
async fn a_file_that_was_edited_or_renamed_since() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    set_of(&pairs(2)).run(&mut client).await.unwrap();
    let mut renamed = pairs(1);
    renamed.extend(pairs(2)[2..].iter().map(|(name, text)| (name.replace("_t2", "_other"), text.clone())));
    let edited = with(&pairs(2), &[("0002_t2.up.sql", "CREATE TABLE t2 (id bigint PRIMARY KEY);")]);
    for (files, message) in [
        (&renamed, "migrations/0002_other.up.sql is recorded under the description `t2`"),
        (
            &edited,
            "migrations/0002_t2.up.sql changed after it was applied here, so that its down may not fit",
        ),
    ] {
        let set = set_of(files);
        check_refused(&set, &db, 1, message).await;
        let wrong_version = Runner::new(&set).allow_changed(1..2);
        assert!(wrong_version.revert(&mut client, 1).await.unwrap_err().is_irreversible());
        let report = Runner::new(&set).allow_changed(2..=2).revert(&mut client, 1).await.unwrap();
        assert_eq!(report.reverted().len(), 1);
        assert_eq!(value(&client, TABLES).await, "t1");
        set_of(&pairs(2)).run(&mut client).await.unwrap();
    }
    // Comments and white space are no reason to refuse, nor is a contradiction below the way.
    let commented = with(
        &edited,
        &[
            ("0002_t2.up.sql", "/* two */ CREATE TABLE t2 (\n    id int PRIMARY KEY\n);"),
            ("0001_t1.up.sql", "SELECT 1;"),
        ],
    );
    assert_eq!(Runner::new(&set_of(&commented)).revert(&mut client, 1).await.unwrap().reverted().len(), 1);
}

#[tokio::test]
async fn repeatable_migrations_stay() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let set = set_of(&with(&pairs(2), &[("R_view.sql", "CREATE OR REPLACE VIEW v AS SELECT 1 AS one;")]));
    set.run(&mut client).await.unwrap();
    let report = Runner::new(&set).revert(&mut client, 5).await.unwrap();
    assert_eq!(stems(report.reverted()), ["0002_t2", "0001_t1"]);
    assert_eq!(value(&client, ROWS).await, "view applied");
}

#[tokio::test]
async fn a_down_that_removes_the_history_or_changes_the_session() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let hostile = "SET search_path = ''; SET work_mem = '77MB'; DROP TABLE public.t2; DELETE FROM public.schema_migrations WHERE version = 2;";
    let set = set(&[
        ("0001_t1.up.sql", "CREATE TABLE t1 ();"),
        ("0001_t1.down.sql", "DROP TABLE t1;"),
        ("0002_t2.up.sql", "CREATE TABLE t2 ();"),
        ("0002_t2.down.sql", hostile),
    ]);
    set.run(&mut client).await.unwrap();
    let report = Runner::new(&set).revert(&mut client, 2).await.unwrap();
    assert_eq!(stems(report.reverted()), ["0002_t2", "0001_t1"]);
    assert_eq!(value(&client, "SHOW work_mem").await, "4MB");
    assert_eq!(value(&client, "SHOW search_path").await, "\"$user\", public");
    assert_eq!(value(&client, LOG).await, "apply 1 done, apply 2 done, revert 2 done, revert 1 done");
}
