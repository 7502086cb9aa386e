//! A history table that does not keep what is written to it, because of a trigger or a rule: each path fails before
//! anything is committed without its row, and goes on once that is gone.

use migrate_runtime::tokio_postgres::Client;
use migrate_runtime::{Error, MigrationSet, Report, Runner};

use crate::support::{Db, ROWS, TABLES, set, value};

/// What is to be done, on a history that has the first migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Run,
    ByStatement,
    Rehearse,
    Revert,
    Baseline,
    Skip,
    Repair,
}

struct Case {
    name: &'static str,
    /// Those that the database has, and those that the verb is about.
    files: [&'static [(&'static str, &'static str)]; 2],
    verb: Verb,
    discard: &'static str,
}

const A: &[(&str, &str)] = &[("0001_a.up.sql", "CREATE TABLE a ();"), ("0001_a.down.sql", "DROP TABLE a;")];
const AB: &[(&str, &str)] = &[A[0], A[1], ("0002_b.sql", "CREATE TABLE b ();")];
const FUNCTION: &[(&str, &str)] = &[A[0], A[1], ("0002_b.sql", "-- migrate: function\n")];
const STEPWISE: &[(&str, &str)] =
    &[A[0], A[1], ("0002_b.sql", "-- migrate: no-transaction\nCREATE TABLE b ();\nVACUUM b;")];
const ALONE_FIRST: &[(&str, &str)] =
    &[A[0], A[1], ("0002_b.sql", "-- migrate: no-transaction\nVACUUM a;\nCREATE TABLE b ();")];
const CHECKED: &[(&str, &str)] = &[("0001_a.sql", "CREATE TABLE a (); ")];
const BACK_STEPWISE: &[(&str, &str)] =
    &[A[0], ("0001_a.down.sql", "-- migrate: no-transaction\nDROP TABLE a;")];
const BACK_FUNCTION: &[(&str, &str)] = &[A[0], ("0001_a.down.sql", "-- migrate: function\n")];
const VIEW: &[(&str, &str)] = &[A[0], A[1], ("R_v.sql", "CREATE OR REPLACE VIEW v AS SELECT 1 AS x;")];
const OTHER_VIEW: &[(&str, &str)] = &[A[0], A[1], ("R_v.sql", "CREATE OR REPLACE VIEW v AS SELECT 2 AS x;")];

/// A trigger that lets no row through.
const INSERT: &str =
    "CREATE TRIGGER d BEFORE INSERT ON schema_migrations FOR EACH ROW EXECUTE FUNCTION discard()";
const UPDATE: &str =
    "CREATE TRIGGER d BEFORE UPDATE ON schema_migrations FOR EACH ROW EXECUTE FUNCTION discard()";
const DELETE: &str =
    "CREATE TRIGGER d BEFORE DELETE ON schema_migrations FOR EACH ROW EXECUTE FUNCTION discard()";
const DONE: &str = "CREATE TRIGGER d BEFORE UPDATE ON schema_migrations FOR EACH ROW WHEN (new.state = 'applied') \
                    EXECUTE FUNCTION discard()";
const RULE: &str = "CREATE RULE d AS ON INSERT TO schema_migrations DO INSTEAD NOTHING";
const CONDITIONAL: &str =
    "CREATE RULE d AS ON INSERT TO schema_migrations WHERE new.version > 1 DO INSTEAD NOTHING";
const NO_DELETE: &str = "CREATE RULE d AS ON DELETE TO schema_migrations DO INSTEAD NOTHING";

const CASES: [Case; 25] = [
    Case { name: "a transaction", files: [A, AB], verb: Verb::Run, discard: INSERT },
    Case { name: "a rule", files: [A, AB], verb: Verb::Run, discard: RULE },
    Case { name: "a conditional rule", files: [A, AB], verb: Verb::Run, discard: CONDITIONAL },
    Case { name: "a function", files: [A, FUNCTION], verb: Verb::Run, discard: INSERT },
    Case { name: "a claim", files: [A, STEPWISE], verb: Verb::Run, discard: INSERT },
    Case { name: "a claim, by a rule", files: [A, STEPWISE], verb: Verb::Run, discard: RULE },
    Case { name: "a statement's record", files: [A, STEPWISE], verb: Verb::Run, discard: UPDATE },
    Case { name: "before a statement", files: [A, ALONE_FIRST], verb: Verb::Run, discard: UPDATE },
    Case { name: "the end of a claim", files: [A, STEPWISE], verb: Verb::Run, discard: DONE },
    Case { name: "by statement", files: [A, AB], verb: Verb::ByStatement, discard: INSERT },
    Case { name: "its end", files: [A, AB], verb: Verb::ByStatement, discard: DONE },
    Case { name: "a new repeatable", files: [A, VIEW], verb: Verb::Run, discard: INSERT },
    Case { name: "a repeatable", files: [VIEW, OTHER_VIEW], verb: Verb::Run, discard: UPDATE },
    Case { name: "a rehearsal", files: [A, AB], verb: Verb::Rehearse, discard: INSERT },
    Case { name: "a down", files: [A, A], verb: Verb::Revert, discard: DELETE },
    Case { name: "a down, by a rule", files: [A, A], verb: Verb::Revert, discard: NO_DELETE },
    Case { name: "what a down unbinds", files: [VIEW, VIEW], verb: Verb::Revert, discard: UPDATE },
    Case { name: "a down by a function", files: [A, BACK_FUNCTION], verb: Verb::Revert, discard: DELETE },
    Case { name: "the claim of a down", files: [A, BACK_STEPWISE], verb: Verb::Revert, discard: UPDATE },
    Case { name: "the end of a down", files: [A, BACK_STEPWISE], verb: Verb::Revert, discard: DELETE },
    Case { name: "a baseline", files: [&[], A], verb: Verb::Baseline, discard: INSERT },
    Case { name: "a baseline, by a rule", files: [&[], A], verb: Verb::Baseline, discard: RULE },
    Case { name: "a skip", files: [A, AB], verb: Verb::Skip, discard: INSERT },
    Case { name: "a skip, by a rule", files: [A, AB], verb: Verb::Skip, discard: RULE },
    Case { name: "a repair", files: [A, CHECKED], verb: Verb::Repair, discard: UPDATE },
];

async fn act(verb: Verb, set: &MigrationSet, client: &mut Client) -> Result<Report, Error> {
    let mut runner = Runner::new(set);
    if set.iter().any(|migration| migration.up().is_function()) {
        runner = runner.function(2, |transaction| {
            Box::pin(async move { Ok(transaction.batch_execute("CREATE TABLE b ()").await?) })
        });
    }
    if set.iter().any(|migration| migration.down().is_some_and(|down| down.is_function())) {
        runner = runner.revert_function(1, |transaction| {
            Box::pin(async move { Ok(transaction.batch_execute("DROP TABLE a").await?) })
        });
    }
    match verb {
        Verb::Run => runner.run(client).await,
        Verb::ByStatement => runner.statement_by_statement().run(client).await,
        Verb::Rehearse => runner.rehearse(client).await.map(|_| Report::default()),
        Verb::Revert => runner.revert(client, 1).await,
        Verb::Baseline => runner.baseline(client, 1).await,
        Verb::Skip => runner.skip(client, 2).await,
        Verb::Repair => {
            let repairs = runner.repairs(client).await?;
            runner.repair(client, &repairs).await.map(|()| Report::default())
        }
    }
}

#[tokio::test]
async fn nothing_is_committed_without_its_row() {
    let views = "SELECT coalesce(string_agg(definition, ','), '') FROM pg_views WHERE schemaname = 'public'";
    for Case { name, files: [before, files], verb, discard } in CASES {
        let db = Db::new().await;
        let mut client = db.connect().await;
        if before.is_empty() {
            Runner::new(&set(A)).make_history(&mut client).await.unwrap();
        } else {
            set(before).run(&mut client).await.unwrap();
        }
        client
            .batch_execute(
                "CREATE FUNCTION discard() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
            )
            .await
            .unwrap();
        client.batch_execute(discard).await.unwrap();
        let set = set(files);
        let state = async |client: &Client| {
            let mut state = Vec::new();
            for query in [ROWS, TABLES, views, "SELECT string_agg(checksum, ',') FROM schema_migrations"] {
                state.push(value(client, query).await);
            }
            state
        };
        let there = state(&client).await;
        let error = act(verb, &set, &mut client).await.unwrap_err();
        assert_eq!(error.code().as_str(), "M0617", "{name}: {error:#}");
        let text = format!("{error:#}");
        // Of what goes by statements, those that are done stay.
        let stays = [
            "a statement's record",
            "before a statement",
            "the end of a claim",
            "its end",
            "the end of a down",
        ]
        .contains(&name);
        if stays {
            let is_said = text.contains(" done, which stay") || text.contains(" is done; the next ");
            assert!(is_said, "{name}: {text}");
        } else {
            let nothing = [
                "nothing of 0",
                "nothing of R_v",
                "discards the row: drop its",
                "writing to the history table",
            ];
            assert!(nothing.iter().any(|words| text.contains(words)), "{name}: {text}");
            assert_eq!(state(&client).await, there, "{name}");
        }
        let outside = "SELECT transaction_timestamp() = statement_timestamp()";
        assert_eq!(value(&client, outside).await, "t", "{name}");
        // What is left of a claim that could not be given back goes with its connection.
        client = db.connect().await;
        let kind = if discard.contains("RULE") { "RULE" } else { "TRIGGER" };
        client.batch_execute(&format!("DROP {kind} d ON schema_migrations")).await.unwrap();
        act(verb, &set, &mut client).await.unwrap_or_else(|error| panic!("{name}: {error:#}"));
        if verb != Verb::Rehearse {
            assert_ne!(state(&client).await, there, "{name}");
        }
    }
}

/// Triggers may look on, and keep the log elsewhere.
#[tokio::test]
async fn other_triggers_and_those_on_the_log() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    set(A).run(&mut client).await.unwrap();
    client
        .batch_execute(
            "CREATE TABLE audit (version bigint); CREATE TABLE elsewhere (LIKE schema_migrations_log);
             CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS
                 'BEGIN INSERT INTO public.audit VALUES (new.version); RETURN new; END';
             CREATE TRIGGER audit BEFORE INSERT ON schema_migrations FOR EACH ROW EXECUTE FUNCTION audit();
             CREATE FUNCTION redirect() RETURNS trigger LANGUAGE plpgsql AS
                 'BEGIN INSERT INTO public.elsewhere VALUES (new.*); RETURN NULL; END';
             CREATE TRIGGER redirect BEFORE INSERT ON schema_migrations_log FOR EACH ROW EXECUTE FUNCTION redirect();",
        )
        .await
        .unwrap();
    let set = set(STEPWISE);
    assert_eq!(set.run(&mut client).await.unwrap().applied().len(), 1);
    assert!(set.run(&mut client).await.unwrap().applied().is_empty());
    assert_eq!(
        value(&client, "SELECT (SELECT count(*) FROM audit) + (SELECT count(*) FROM elsewhere)").await,
        "2"
    );
}

/// The row is there already, and it is not another process that has changed it.
#[tokio::test]
async fn a_claim_of_what_was_begun() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let with = |last: &str| {
        set(&[
            A[0],
            A[1],
            ("0002_b.sql", &format!("-- migrate: no-transaction\nCREATE TABLE b ();\n{last};")),
        ])
    };
    with("VACUUM nowhere").run(&mut client).await.unwrap_err();
    let discard = "CREATE FUNCTION discard() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'";
    client.batch_execute(&format!("{discard}; {UPDATE}")).await.unwrap();
    let error = with("VACUUM b").run(&mut client).await.unwrap_err();
    assert_eq!(error.code().as_str(), "M0617", "{error}");
    client.batch_execute("DROP FUNCTION discard CASCADE").await.unwrap();
    // The claim, the record of a statement that is about to be sent, and that of one that is done.
    for (when, done) in [
        ("NEW.claim IS DISTINCT FROM OLD.claim", "1 statement"),
        ("NEW.found_before IS DISTINCT FROM OLD.found_before AND NEW.statements_done = 1", "1 statement"),
        ("NEW.statements_done = 2", "2 statements"),
    ] {
        let trigger = UPDATE.replace("EXECUTE", &format!("WHEN ({when}) EXECUTE"));
        client.batch_execute(&format!("{discard}; {trigger}")).await.unwrap();
        let error = with("CREATE INDEX CONCURRENTLY i ON b ((1))").run(&mut client).await.unwrap_err();
        assert_eq!(error.code().as_str(), "M0617", "{error}");
        assert!(format!("{error:#}").contains(&format!("{done} of 0002_b done")), "{error:#}");
        client.batch_execute("DROP FUNCTION discard CASCADE").await.unwrap();
    }
    with("VACUUM b").run(&mut client).await.unwrap();
    assert_eq!(value(&client, ROWS).await, "1 applied, 2 applied");
}

#[tokio::test]
async fn a_policy_that_hides_the_row_from_a_delete() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let role = format!("{}_role", db.name);
    client
        .batch_execute(&format!(
            "CREATE ROLE {role}; GRANT CREATE, USAGE ON SCHEMA public TO {role}; SET ROLE {role}"
        ))
        .await
        .unwrap();
    let set = set(A);
    set.run(&mut client).await.unwrap();
    client
        .batch_execute(
            "ALTER TABLE schema_migrations ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
             CREATE POLICY reads ON schema_migrations FOR SELECT USING (true);
             CREATE POLICY adds ON schema_migrations FOR INSERT WITH CHECK (true);",
        )
        .await
        .unwrap();
    let error = Runner::new(&set).revert(&mut client, 1).await.unwrap_err();
    assert_eq!(error.code().as_str(), "M0617", "{error:#}");
    assert_eq!((&*value(&client, ROWS).await, &*value(&client, TABLES).await), ("1 applied", "a"));
    client.batch_execute(&format!("RESET ROLE; DROP OWNED BY {role}; DROP ROLE {role}")).await.unwrap();
}
