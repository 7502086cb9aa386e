//! The command line before a way back that deletes rows: it asks, and without a terminal it needs `--yes`.

use migrate_runtime::Runner;
use migrate_runtime::cli::Exit;

use crate::cli::{play, play_as};
use crate::support::{Db, HISTORY, set_of, with};

struct Case {
    /// Behind the ups, by hand.
    rows: &'static str,
    down: &'static str,
    /// What is said of it; nothing: there is nothing to ask.
    loss: &'static str,
}

const UP: &str = "CREATE TABLE a (id int, note text); CREATE SCHEMA s; CREATE TABLE s.b (id int); CREATE VIEW v AS SELECT 1;";

const CASES: [Case; 19] = [
    Case { rows: "", down: "DROP TABLE a;", loss: "" },
    Case { rows: ONE, down: "DROP TABLE a;", loss: "deletes the table a, which has 1 row" },
    Case { rows: ONE, down: "DROP VIEW v; DROP TABLE s.b;", loss: "" },
    Case { rows: ONE, down: "DROP TABLE IF EXISTS gone;", loss: "" },
    Case { rows: ONE, down: "ALTER TABLE a DROP note;", loss: "" },
    Case {
        rows: "INSERT INTO a VALUES (1, 'x'), (2, 'y'), (3, NULL)",
        down: "ALTER TABLE a DROP COLUMN note;",
        loss: "deletes the column a.note, which has 2 values",
    },
    Case { rows: ONE, down: "ALTER TABLE a DROP CONSTRAINT IF EXISTS c;", loss: "" },
    Case { rows: ONE, down: "TRUNCATE s.b;", loss: "" },
    Case { rows: ONE, down: "TRUNCATE s.b, a;", loss: "deletes rows of a, which has 1 row" },
    Case { rows: ONE, down: "DELETE FROM a WHERE id = 1;", loss: "deletes rows of a, which has 1 row" },
    Case {
        rows: "INSERT INTO a SELECT n FROM generate_series(1, 1500) AS n",
        down: "DELETE FROM a;",
        loss: "deletes rows of a, which has more than 1000 rows",
    },
    Case { rows: ONE, down: "DROP SCHEMA s CASCADE;", loss: "" },
    Case {
        rows: "INSERT INTO s.b VALUES (1), (2)",
        down: "DROP SCHEMA s CASCADE;",
        loss: "deletes the schema s with its tables, which has 2 rows",
    },
    Case {
        rows: "",
        down: "DO $$ BEGIN DELETE FROM a; END $$;",
        loss: "runs a DO block with a DROP, DELETE or TRUNCATE",
    },
    Case { rows: ONE, down: "UPDATE a SET note = NULL;", loss: "" },
    // A name that means something else by then.
    Case {
        rows: ONE,
        down: "ALTER TABLE a RENAME TO c; DROP TABLE c;",
        loss: "deletes the table c, whose rows could not be counted",
    },
    Case {
        rows: "INSERT INTO s.b VALUES (1)",
        down: "SET LOCAL search_path = s; DROP TABLE b;",
        loss: "deletes the table b, whose rows could not be counted",
    },
    Case { rows: "", down: "SET LOCAL lock_timeout = '1s'; DROP TABLE a;", loss: "" },
    Case {
        rows: "ALTER TABLE a RENAME TO \"A b\"; INSERT INTO \"A b\" VALUES (1)",
        down: "DROP TABLE \"A b\";",
        loss: "deletes the table \"A b\", which has 1 row",
    },
];

const ONE: &str = "INSERT INTO a VALUES (1)";

#[tokio::test]
async fn down_that_deletes_rows_needs_consent() {
    for Case { rows, down, loss } in CASES {
        let db = Db::new().await;
        let set = set_of(&with(&[], &[("0001_a.up.sql", UP), ("0001_a.down.sql", down)]));
        play(&db, &set, "up").await;
        db.execute(rows).await;
        let shown = play(&db, &set, "down --dry-run").await.out;
        assert_eq!(shown.contains(&format!("-- loss: {loss}")), !loss.is_empty(), "{down}: {shown}");
        let played = play(&db, &set, "down").await;
        if loss.is_empty() {
            assert_eq!(played.exit, Exit::Done, "{down}: {}", played.err);
            continue;
        }
        assert_eq!(played.exit, Exit::Error, "{down}: {}", played.err);
        let expected = "error[M0914]: `down` would delete data, and there is no terminal to confirm at\n";
        assert!(
            played.err.contains(&format!("{expected}  0001_a.down.sql: {loss}")),
            "{down}: {}",
            played.err
        );
        assert!(played.err.ends_with("\nhelp: pass --yes if this data may be deleted\n"), "{}", played.err);
        assert_eq!(db.value(HISTORY).await, "1", "{down}");
    }
}

#[tokio::test]
async fn redo_and_down_ask_at_a_terminal() {
    let db = Db::new().await;
    let set = set_of(&with(
        &[],
        &[("0001_a.up.sql", UP), ("0001_a.down.sql", "DROP TABLE a; DROP SCHEMA s CASCADE; DROP VIEW v;")],
    ));
    play(&db, &set, "up").await;
    db.execute(ONE).await;
    let value = play(&db, &set, "redo --format json").await.value();
    assert_eq!(value["error"]["code"], "M0914");
    assert_eq!(value["error"]["next"], "pass --yes if this data may be deleted");
    // What only looks deletes nothing.
    assert_eq!(play(&db, &set, "down --dry-run").await.exit, Exit::Done);
    for (line, answer, exit, rows) in [
        ("down", "n\n", Exit::Error, "1"),
        ("down", "", Exit::Error, "1"),
        ("redo", "\n", Exit::Error, "1"),
        ("redo", "y\n", Exit::Done, "0"),
    ] {
        let played = play_as(&db, Runner::new(&set), line, Some(answer)).await;
        assert_eq!(played.exit, exit, "{line} {answer:?}: {}", played.err);
        let verb = if line == "redo" { "reverts and applies again" } else { "reverts" };
        let shown = format!(
            "`{line}` {verb} 1 migration:\n  0001_a\n    ! deletes the table a, which has 1 row\nDelete this data? [y/N] "
        );
        assert!(played.err.contains(&shown), "{line}: {}", played.err);
        assert_eq!(db.value("SELECT count(*) FROM a").await, rows, "{line} {answer:?}");
    }
    db.execute(ONE).await;
    let yes = play(&db, &set, "down --yes").await;
    assert_eq!(yes.exit, Exit::Done, "{}", yes.err);
    assert_eq!(db.value("SELECT to_regclass('a') IS NULL").await, "t");
}
