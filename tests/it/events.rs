//! What a service's log gets: spans and events of `tracing`, and the server's notices with the file that they are about.

use tracing::Level;

use crate::log::Log;
use crate::support::{Db, set};

#[tokio::test]
async fn a_run_and_each_migration_have_their_spans_and_notices_are_events() {
    let db = Db::new().await;
    let set = set(&[
        ("0001_a.sql", "CREATE TABLE a (id int); DROP TABLE IF EXISTS nowhere;"),
        ("0002_b.sql", "-- migrate: no-transaction\nCREATE INDEX CONCURRENTLY a_id_idx ON a (id);"),
        ("0003_c.sql", "SELECT * FROM nowhere;"),
    ]);
    let log = Log::default();
    log.of(Level::INFO, set.run_url(&db.url)).await.unwrap_err();
    for pieces in [
        ["INFO migrate{folder=\"migrations\"", "migrations are pending pending=3"],
        [
            "INFO migrate{",
            "migration{version=1 stem=\"0001_a\"}: migrate_runtime::workshop: applied duration=",
        ],
        [
            "INFO migrate{",
            "migration{version=2 stem=\"0002_b\"}: migrate_runtime::workshop: applied duration=",
        ],
        ["ERROR", "migrations/0003_c.sql:1:15"],
        ["INFO migrate_runtime::notice: table \"nowhere\" does not exist, skipping", "file=\"0001_a.sql\""],
    ] {
        assert_eq!(log.count(&pieces), 1, "{pieces:?}: {}", log.text());
    }
}

/// Some say much, some nothing, one at its `COMMIT`; one has no transaction, and one fails.
#[tokio::test]
async fn each_notice_is_an_event_with_the_file_that_raised_it() {
    let db = Db::new().await;
    let raise = |what: &str, count: usize| {
        format!("DO $$ BEGIN FOR n IN 1..{count} LOOP RAISE NOTICE '{what} %', n; END LOOP; END $$;")
    };
    let (many, one, some) = (raise("many", 10_000), raise("one", 1), raise("some", 50));
    let at_commit = "CREATE TABLE t (id int); CREATE FUNCTION say() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                     RAISE NOTICE 'at commit 1'; RETURN NULL; END $$; CREATE CONSTRAINT TRIGGER late AFTER INSERT \
                     ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION say(); INSERT INTO t VALUES (1);";
    let stepwise =
        format!("-- migrate: no-transaction\n{}\nVACUUM t;\n{}", raise("step", 2), raise("late", 3));
    let failing = format!("{}\nSELECT 1 / 0;", raise("last", 5));
    let set = set(&[
        ("0001_one.sql", &one),
        ("0002_nothing.sql", "SELECT 1;"),
        ("0003_at_commit.sql", at_commit),
        ("0004_many.sql", &many),
        ("0005_some.sql", &some),
        ("0006_stepwise.sql", &stepwise),
        ("0007_failing.sql", &failing),
    ]);
    let log = Log::default();
    log.of(Level::INFO, set.run_url(&db.url)).await.unwrap_err();
    let expected = [
        ("one", "0001_one", 1),
        ("at commit", "0003_at_commit", 1),
        ("many", "0004_many", 10_000),
        ("some", "0005_some", 50),
        ("step", "0006_stepwise", 2),
        ("late", "0006_stepwise", 3),
        ("last", "0007_failing", 5),
    ];
    for (what, file, count) in expected {
        let notice = format!("migrate_runtime::notice: {what} ");
        assert_eq!(log.count(&[&notice]), count, "{what}");
        assert_eq!(log.count(&[&notice, &format!("file=\"{file}.sql\"")]), count, "{what}");
    }
    let all: usize = expected.iter().map(|(_, _, count)| count).sum();
    assert_eq!(
        log.count(&["migrate_runtime::notice: "]),
        all,
        "those that are no script's have no place here"
    );
}
