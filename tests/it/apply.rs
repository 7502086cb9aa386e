//! Applying: what a run does to an empty database, to one that is current, and up to a target.

use migrate_runtime::{MigrationSet, Runner};

use crate::support::{Db, HISTORY, borrowed, set, small};

#[tokio::test]
async fn an_empty_database_is_brought_up_to_date_and_a_current_one_is_left_alone() {
    let db = Db::new().await;
    let files = small(3);
    let set = set(&borrowed(&files));

    let report = set.run(&mut db.connect().await).await.unwrap();
    assert_eq!(report.applied().iter().map(migrate_runtime::Done::version).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!((report.already_applied(), report.current()), (0, Some("0003_t3")));
    assert_eq!(db.value(HISTORY).await, "1,2,3");
    assert_eq!(db.value("SELECT count(*) FROM pg_tables WHERE tablename LIKE 't_'").await, "3");

    let before = db.value("SELECT string_agg(xmin::text, ',') FROM schema_migrations").await;
    let report = set.run(&mut db.connect().await).await.unwrap();
    assert!(report.applied().is_empty());
    assert_eq!((report.already_applied(), report.current()), (3, Some("0003_t3")));
    assert_eq!(db.value("SELECT string_agg(xmin::text, ',') FROM schema_migrations").await, before);
}

#[tokio::test]
async fn a_plan_changes_nothing_and_says_what_run_does() {
    let db = Db::new().await;
    let files = small(2);
    let set = set(&borrowed(&files));
    let mut client = db.connect().await;

    let plan = set.plan(&mut client).await.unwrap();
    let planned: Vec<i64> = plan.steps().iter().map(migrate_runtime::Step::version).collect();
    assert_eq!(plan.to_string(), "2 migrations to apply:\n  0001_t1\n  0002_t2");
    assert_eq!(db.value("SELECT to_regclass('schema_migrations') IS NULL").await, "t");

    let report = set.run(&mut client).await.unwrap();
    assert_eq!(report.applied().iter().map(migrate_runtime::Done::version).collect::<Vec<_>>(), planned);
    let plan = set.plan(&mut client).await.unwrap();
    assert!(plan.is_empty());
    assert_eq!((plan.applied(), plan.to_string().as_str()), (2, "nothing to do"));
}

#[tokio::test]
async fn a_target_is_the_last_that_is_applied() {
    let db = Db::new().await;
    let files = small(4);
    let set = set(&borrowed(&files));
    let mut client = db.connect().await;

    let report = Runner::new(&set).target(2).run(&mut client).await.unwrap();
    assert_eq!(report.current(), Some("0002_t2"));
    assert_eq!(db.value(HISTORY).await, "1,2");

    let error = Runner::new(&set).target(9).run(&mut client).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "9 is not a version in migrations, whose newest migration is 0004_t4 [M0421]"
    );
    assert_eq!(db.value(HISTORY).await, "1,2");

    set.run(&mut client).await.unwrap();
    assert_eq!(db.value(HISTORY).await, "1,2,3,4");
}

#[tokio::test]
async fn a_failing_migration_leaves_the_ones_before_it_and_nothing_of_itself() {
    let db = Db::new().await;
    let files = [
        ("0001_a.sql", "CREATE TABLE a (id int);"),
        ("0002_b.sql", "CREATE TABLE b (id int);\nINSERT INTO missing VALUES (1);"),
        ("0003_c.sql", "CREATE TABLE c (id int);"),
    ];
    let mut client = db.connect().await;

    let error = set(&files).run(&mut client).await.unwrap_err();
    assert_eq!((error.version(), error.sqlstate()), (Some(2), Some("42P01")));
    assert_eq!((error.file().as_deref(), error.position()), (Some("migrations/0002_b.sql"), Some((2, 13))));
    assert_eq!(error.report().applied().len(), 1);
    assert_eq!(db.value(HISTORY).await, "1");
    assert_eq!(
        db.value("SELECT string_agg(tablename, ',') FROM pg_tables WHERE tablename IN ('a', 'b', 'c')").await,
        "a"
    );

    // The connection is as it was: the corrected set runs on it.
    let corrected = [files[0], ("0002_b.sql", "CREATE TABLE b (id int);"), files[2]];
    set(&corrected).run(&mut client).await.unwrap();
    assert_eq!(db.value(HISTORY).await, "1,2,3");
}

#[tokio::test]
async fn a_migration_that_postgresql_cannot_parse_does_not_hold_back_the_ones_before_it() {
    let db = Db::new().await;
    let files = [
        ("0001_a.sql", "CREATE TABLE a (id int);"),
        ("0002_b.sql", "CREATE TABLE b (id int);\n\nCREATE TABEL b (é int);"),
        ("0003_c.sql", "CREATE TABLE c (id int);"),
    ];
    let error = set(&files).run(&mut db.connect().await).await.unwrap_err();
    assert_eq!((error.version(), error.sqlstate()), (Some(2), Some("42601")));
    assert_eq!(error.position(), Some((3, 8)));
    assert_eq!(error.report().applied().len(), 1);
    assert_eq!(db.value(HISTORY).await, "1");
}

#[tokio::test]
async fn a_deferred_constraint_that_fails_at_commit_takes_the_history_row_with_it() {
    let db = Db::new().await;
    let files = [
        (
            "0001_a.sql",
            "CREATE TABLE a (id int PRIMARY KEY, up int REFERENCES a DEFERRABLE INITIALLY DEFERRED);",
        ),
        ("0002_b.sql", "INSERT INTO a VALUES (1, 2);"),
    ];
    let error = set(&files).run(&mut db.connect().await).await.unwrap_err();
    assert_eq!((error.version(), error.sqlstate()), (Some(2), Some("23503")));
    assert!(error.to_string().contains("migrations/0002_b.sql: at COMMIT: "), "{error}");
    assert_eq!(db.value(HISTORY).await, "1");
    assert_eq!(db.value("SELECT count(*) FROM a").await, "0");
}

#[tokio::test]
async fn the_end_of_a_script_cannot_swallow_what_follows() {
    let db = Db::new().await;
    let files = [
        ("0001_a.sql", "CREATE TABLE a (id int) -- no semicolon, no line break"),
        ("0002_b.sql", "\u{feff}CREATE TABLE b (id int); /* done */"),
        ("0003_c.sql", "SELECT 1 AS migrate_recorded_version;\r\nSELECT 2;;;\r\n"),
        ("0004_d.sql", "SET search_path = ''; DELETE FROM public.schema_migrations WHERE version = 4;"),
    ];
    set(&files).run(&mut db.connect().await).await.unwrap();
    assert_eq!(db.value(HISTORY).await, "1,2,3,4");
}

#[tokio::test]
async fn the_history_can_be_kept_elsewhere() {
    let db = Db::new().await;
    let files = small(2);
    let set = set(&borrowed(&files));
    let runner = Runner::new(&set).history_table("Service \"x\"", "applied").unwrap();
    runner.run(&mut db.connect().await).await.unwrap();
    assert!(runner.run(&mut db.connect().await).await.unwrap().applied().is_empty());
    assert_eq!(db.value("SELECT count(*) FROM \"Service \"\"x\"\"\".applied").await, "2");
    assert_eq!(db.value("SELECT to_regclass('schema_migrations') IS NULL").await, "t");

    assert!(Runner::new(&set).history_table("public", "").is_err());
}

#[tokio::test]
async fn a_large_set_takes_several_messages() {
    let db = Db::new().await;
    let padding = "-- padding\n".repeat(40_000);
    let files: Vec<(String, String)> =
        small(6).into_iter().map(|(name, text)| (name, format!("{padding}{text}"))).collect();
    set(&borrowed(&files)).run(&mut db.connect().await).await.unwrap();
    assert_eq!(db.value(HISTORY).await, "1,2,3,4,5,6");
}

#[tokio::test]
async fn the_empty_set_does_nothing() {
    let db = Db::new().await;
    let report = MigrationSet::EMPTY.run(&mut db.connect().await).await.unwrap();
    assert_eq!(report.to_string(), "nothing to do: the database has no migration of this set");
    assert_eq!(db.value("SELECT to_regclass('schema_migrations') IS NULL").await, "t");
}

#[tokio::test]
async fn a_transaction_that_the_caller_has_begun_is_left_alone() {
    let db = Db::new().await;
    let set = set(&[("0001_a.sql", "CREATE TABLE a (id int);")]);
    for prepared in [false, true] {
        if prepared {
            set.run(&mut db.connect().await).await.unwrap();
        }
        let mut client = db.connect().await;
        client.batch_execute("BEGIN; CREATE TABLE mine (id int)").await.unwrap();
        let error = set.run(&mut client).await.unwrap_err();
        assert!(error.to_string().starts_with("a transaction is open on this connection"), "{error}");
        client.batch_execute("ROLLBACK").await.unwrap();
        assert_eq!(db.value("SELECT to_regclass('mine') IS NULL").await, "t");
    }
}

#[tokio::test]
async fn a_script_cannot_pass_for_the_history() {
    let db = Db::new().await;
    let set = set(&[(
        "0001_a.sql",
        "CREATE TABLE a ();\nSELECT 1 AS migrate_recorded, 0.5 AS d;\nSELECT 2;\nSELECT 1/0;",
    )]);
    let error = set.run(&mut db.connect().await).await.unwrap_err();
    assert_eq!((error.position(), error.report().applied().len()), (Some((4, 1)), 0));
    assert_eq!(db.value(HISTORY).await, "");
}
