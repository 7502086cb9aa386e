//! Statements that PostgreSQL takes only outside a transaction, cut at each step of theirs: the table in "How it works" of
//! the book. The next run goes on, whatever the cut has left, and ends where an undisturbed one ends.

use migrate_runtime::tokio_postgres::{Client, Config, NoTls};
use migrate_runtime::{MigrationSet, Report, Runner};

use crate::support::{Db, HISTORY, INVALID_INDEXES, ROWS, set, until, value};

/// A statement, and what another session holds while it comes to one of its steps after the other.
struct Case {
    statement: &'static str,
    gates: &'static [&'static str],
    /// A query for what it leads to, and its answer.
    end: (&'static str, &'static str),
}

const SETUP: (&str, &str) = (
    "0001_t.sql",
    "CREATE TABLE t (id int, body text); INSERT INTO t SELECT n, 'x' FROM generate_series(1, 10) AS n; \
     CREATE INDEX old ON t (id); \
     CREATE TABLE p (id int) PARTITION BY RANGE (id); CREATE TABLE c PARTITION OF p FOR VALUES FROM (0) TO (10); \
     CREATE TABLE log (n int); \
     CREATE FUNCTION whole(t) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1.id';",
);

const INDEXES: &str = "SELECT string_agg(relname, ',' ORDER BY relname) FROM pg_index \
                       JOIN pg_class ON pg_class.oid = indexrelid WHERE indrelid = 't'::regclass";

/// Before its first step; while writers are waited for; while old snapshots are.
const BUILD: &[&str] = &[
    "LOCK TABLE t",
    "INSERT INTO t VALUES (7)",
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM log",
];

/// The same, and while readers are waited for, when the new index has taken the old one's place.
const REBUILD: &[&str] = &[BUILD[0], BUILD[1], BUILD[2], "LOCK TABLE t IN ACCESS SHARE MODE"];

const CASES: [Case; 14] = [
    Case { statement: "CREATE INDEX CONCURRENTLY i ON t (body)", gates: BUILD, end: (INDEXES, "i,old") },
    Case {
        statement: "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON ONLY t USING btree (id DESC, lower(body)) WHERE id <> 7",
        gates: BUILD,
        end: (INDEXES, "i,old"),
    },
    Case {
        statement: "CREATE INDEX CONCURRENTLY ON public.t (body)",
        gates: BUILD,
        end: (INDEXES, "old,t_body_idx"),
    },
    // Names that are written in an unusual way.
    Case {
        statement: "CREATE INDEX CONCURRENTLY U&\"\\0069\" ON ONLY (public /* the schema */ . -- the table\n t) ((t.id + 1)) WHERE t.body > ''",
        gates: BUILD,
        end: (INDEXES, "i,old"),
    },
    // Of the row of a table, which no other table has.
    Case {
        statement: "CREATE INDEX CONCURRENTLY ON t (whole(t))",
        gates: BUILD,
        end: (INDEXES, "old,t_whole_idx"),
    },
    Case {
        statement: "CREATE INDEX CONCURRENTLY a_name_of_more_than_63_bytes_that_postgresql_cuts_off_after_the_63rd ON t (id)",
        gates: BUILD,
        end: (INDEXES, "a_name_of_more_than_63_bytes_that_postgresql_cuts_off_after_the,old"),
    },
    // One like it is there already.
    Case { statement: "CREATE INDEX CONCURRENTLY ON t (id)", gates: BUILD, end: (INDEXES, "old,t_id_idx") },
    Case {
        statement: "DROP INDEX CONCURRENTLY old",
        gates: &["LOCK TABLE t", "LOCK TABLE t IN ACCESS SHARE MODE"],
        end: (INDEXES, "<null>"),
    },
    Case { statement: "REINDEX INDEX CONCURRENTLY old", gates: REBUILD, end: (INDEXES, "old") },
    Case {
        statement: "REINDEX (CONCURRENTLY) TABLE public.t",
        gates: REBUILD,
        end: ("SELECT count(*) FROM pg_class WHERE relname ~ '_cc(new|old)'", "0"),
    },
    Case {
        statement: "REINDEX SCHEMA CONCURRENTLY public",
        gates: REBUILD,
        end: ("SELECT count(*) FROM pg_class WHERE relname ~ '_cc(new|old)'", "0"),
    },
    Case {
        statement: "ALTER TABLE p DETACH PARTITION c CONCURRENTLY",
        gates: &["LOCK TABLE p", "LOCK TABLE p IN ACCESS SHARE MODE"],
        end: ("SELECT count(*) || ' ' || to_regclass('c') FROM pg_inherits", "0 c"),
    },
    Case {
        statement: "VACUUM t",
        gates: &["LOCK TABLE t"],
        end: ("SELECT count(*) FROM t WHERE body = 'x'", "10"),
    },
    Case {
        statement: "ALTER SYSTEM RESET work_mem",
        gates: &[],
        end: ("SELECT count(*) FROM t WHERE body = 'x'", "10"),
    },
];

/// What befalls a statement.
#[derive(Clone, Copy, Debug)]
enum Fault {
    /// While another session holds something that it waits for: its backend gets this call.
    Waiting { gate: &'static str, call: &'static str },
    /// When it is done, and its record is written.
    Recording(&'static str),
}

const CALLS: [&str; 2] = ["pg_cancel_backend", "pg_terminate_backend"];
const RECORDING: [&str; 2] = [
    "RAISE SQLSTATE '53100' USING MESSAGE = 'no space left'",
    "PERFORM pg_terminate_backend(pg_backend_pid())",
];

fn second(statement: &str) -> MigrationSet {
    set(&[SETUP, ("0002_x.sql", &format!("-- migrate: no-transaction\n{statement};"))])
}

async fn at_first(db: &Db, set: &MigrationSet) -> Client {
    let mut client = db.connect().await;
    Runner::new(set).target(1).run(&mut client).await.unwrap();
    client
}

/// Runs the second migration into a fault, which is over afterwards.
async fn disturb(db: &Db, set: &MigrationSet, fault: Fault) {
    let mut client = at_first(db, set).await;
    let watcher = db.connect().await;
    match fault {
        Fault::Waiting { gate, call } => {
            let holder = db.connect().await;
            holder.batch_execute(&format!("BEGIN; {gate}")).await.unwrap();
            let pid = value(&holder, "SELECT pg_backend_pid()").await;
            let waits = format!("FROM pg_stat_activity WHERE {pid} = ANY (pg_blocking_pids(pid))");
            let act = async {
                until(&watcher, &format!("SELECT count(*) = 1 {waits}")).await;
                assert_eq!(value(&watcher, &format!("SELECT {call}(pid) {waits}")).await, "t");
            };
            let (result, ()) = tokio::join!(set.run(&mut client), act);
            result.unwrap_err();
            holder.batch_execute("ROLLBACK").await.unwrap();
        }
        Fault::Recording(what) => {
            trigger(&watcher, &format!("IF NEW.statements_done = 1 THEN {what}; END IF;")).await;
            let error = set.run(&mut client).await.unwrap_err();
            if what.starts_with("RAISE") {
                let text = format!("{error:#}");
                assert!(text.contains("1 statement of 0002_x done"), "{text}");
                assert_eq!(value(&watcher, ROWS).await, "1 applied, 2 running", "{text}");
            }
            watcher.batch_execute("DROP FUNCTION strike CASCADE").await.unwrap();
        }
    }
}

/// A trigger before each update of the history.
async fn trigger(client: &Client, body: &str) {
    let sql = format!(
        "CREATE SEQUENCE IF NOT EXISTS struck; CREATE FUNCTION strike() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} \
         RETURN NEW; END $$; CREATE TRIGGER strike BEFORE UPDATE ON schema_migrations FOR EACH ROW EXECUTE FUNCTION strike()"
    );
    client.batch_execute(&sql).await.unwrap();
}

async fn check(case: &Case, fault: Fault) {
    let (db, set) = (Db::new().await, second(case.statement));
    disturb(&db, &set, fault).await;
    let about = format!("{}: {fault:?}", case.statement);
    let report: Report =
        set.run(&mut db.connect().await).await.unwrap_or_else(|error| panic!("{about}: {error:#}"));
    assert_eq!(report.applied().len(), 1, "{about}");
    let (query, answer) = case.end;
    let indexes = db.value(INDEXES).await;
    assert_eq!(db.value(query).await, answer, "{about}: {indexes}");
    assert_eq!(db.value(INVALID_INDEXES).await, "0", "{about}");
    assert_eq!(db.value(HISTORY).await, "1,2", "{about}");
    assert!(set.run(&mut db.connect().await).await.unwrap().applied().is_empty(), "{about}");
}

#[tokio::test]
async fn finishes_what_was_cut_at_any_step() {
    let mut checks = Vec::new();
    for case in &CASES {
        let gates = case.gates.iter();
        let waiting = gates.flat_map(|gate| CALLS.map(|call| Fault::Waiting { gate, call }));
        checks.extend(waiting.chain(RECORDING.map(Fault::Recording)).map(|fault| (case, fault)));
    }
    assert!(checks.len() > 60);
    // Some wait while others work.
    let checks = std::sync::Mutex::new(checks);
    let lane = || async {
        loop {
            let next = checks.lock().unwrap().pop();
            let Some((case, fault)) = next else { return };
            Box::pin(check(case, fault)).await;
        }
    };
    tokio::join!(lane(), lane(), lane());
}

/// Databases are the server's: their names must not be those of another test.
#[tokio::test]
async fn databases_are_made_and_dropped_once() {
    let name = format!("{}_x", Db::new().await.name);
    for fault in RECORDING.map(Fault::Recording) {
        for (statement, is_there) in [("CREATE", "t"), ("DROP", "f")] {
            let (db, set) = (Db::new().await, second(&format!("{statement} DATABASE {name}")));
            disturb(&db, &set, fault).await;
            set.run(&mut db.connect().await).await.unwrap();
            let query = format!("SELECT count(*) = 1 FROM pg_database WHERE datname = '{name}'");
            assert_eq!(db.value(&query).await, is_there, "{statement}");
            assert_eq!(db.value(HISTORY).await, "1,2");
        }
    }
}

/// It must bear being called again: see the recipe of backfills.
#[tokio::test]
async fn a_procedure_that_commits_is_called_again() {
    let set = second("CALL work()");
    let db = Db::new().await;
    at_first(&db, &set).await;
    db.execute(
        "CREATE PROCEDURE work() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES (1); COMMIT; \
         UPDATE t SET body = 'y' WHERE id = 1; END $$",
    )
    .await;
    disturb(&db, &set, Fault::Waiting { gate: "UPDATE t SET body = 'x' WHERE id = 1", call: CALLS[0] }).await;
    set.run(&mut db.connect().await).await.unwrap();
    assert_eq!(db.value("SELECT count(*) FROM log").await, "2");
    assert_eq!(db.value("SELECT body FROM t WHERE id = 1").await, "y");
}

/// A cancel that strikes the record of a statement was meant for a statement: this one is recorded, and no other is sent.
#[tokio::test]
async fn a_cancel_of_a_record_loses_nothing() {
    let indexes = "CREATE INDEX CONCURRENTLY i ON t (id);\nCREATE INDEX CONCURRENTLY j ON t (id)";
    for (statements, is_stopped) in [("CREATE INDEX CONCURRENTLY i ON t (id)", false), (indexes, true)] {
        let (db, set) = (Db::new().await, second(statements));
        let mut client = at_first(&db, &set).await;
        let once = "IF NEW.statements_done = 1 AND nextval('public.struck') = 1 THEN PERFORM pg_cancel_backend(pg_backend_pid()); \
                    PERFORM pg_sleep(60); END IF;";
        trigger(&client, once).await;
        let result = set.run(&mut client).await;
        if is_stopped {
            let error = result.unwrap_err();
            assert_eq!(error.sqlstate(), Some("57014"));
            assert!(format!("{error:#}").contains("1 statement of 0002_x done"), "{error:#}");
            let done = "SELECT state || statements_done FROM schema_migrations WHERE version = 2";
            assert_eq!(value(&client, done).await, "running1");
            assert_eq!(value(&client, INDEXES).await, "i,old");
            set.run(&mut client).await.unwrap();
            assert_eq!(value(&client, INDEXES).await, "i,j,old");
        } else {
            assert_eq!(result.unwrap().applied().len(), 1);
            assert_eq!(value(&client, INDEXES).await, "i,old");
        }
        assert_eq!(value(&client, HISTORY).await, "1,2");
    }
}

/// An index of the name that a statement builds, made by hand after the statement was cut, counts if it is the same one.
#[tokio::test]
async fn another_definition_is_not_taken_for_the_index() {
    let cases = [
        ("i ON t (body)", "INDEX i ON t (body)", true),
        ("i ON t (body)", "INDEX i ON t (id)", false),
        ("i ON t (id)", "UNIQUE INDEX i ON t (id)", false),
        ("i ON t (body)", "INDEX i ON t (body DESC)", false),
        ("i ON t (body)", "INDEX i ON t (body) WHERE id > 0", false),
        ("i ON t (body) WHERE id > 0", "INDEX i ON t (body) WHERE id > 1", false),
        ("i ON t (body)", "INDEX i ON t (body) INCLUDE (id)", false),
        ("i ON t (body)", "INDEX i ON t USING hash (body)", false),
        ("i ON t (body)", "INDEX i ON t (body text_pattern_ops)", false),
        ("i ON t (body COLLATE \"C\")", "INDEX i ON t (body)", false),
        ("i ON t (lower(body))", "INDEX i ON t (upper(body))", false),
        ("i ON t (lower(body))", "INDEX i ON t USING btree ((lower(body)))", true),
        ("i ON t (body) WITH (fillfactor = 50)", "INDEX i ON t (body)", false),
        ("ON t (body)", "INDEX t_body_idx ON t (body)", true),
        ("ON t (body)", "INDEX t_body_idx ON t (body, id)", false),
    ];
    for (wanted, by_hand, is_same) in cases {
        let about = format!("{wanted}: {by_hand}");
        let (db, set) = (Db::new().await, second(&format!("CREATE INDEX CONCURRENTLY {wanted}")));
        disturb(&db, &set, Fault::Waiting { gate: "LOCK TABLE t", call: CALLS[1] }).await;
        db.execute(&format!("CREATE {by_hand}")).await;
        let result = set.run(&mut db.connect().await).await;
        let count = db.value("SELECT count(*) FROM pg_index WHERE indrelid = 't'::regclass").await;
        if is_same || wanted.starts_with("ON") {
            assert_eq!(result.unwrap().applied().len(), 1, "{about}");
            assert_eq!(count, if is_same { "2" } else { "3" }, "{about}");
            continue;
        }
        let text = format!("{:#}", result.unwrap_err());
        assert!(text.contains("relation \"i\" already exists"), "{about}: {text}");
        // As often as it is tried.
        let again = format!("{:#}", set.run(&mut db.connect().await).await.unwrap_err());
        assert_eq!(again, text, "{about}");
        assert!(text.contains("was cut at this statement"), "{about}: {text}");
        assert_eq!(db.value(HISTORY).await, "1", "{about}");
    }
}

/// What was there before the statement was first sent is not its work.
#[tokio::test]
async fn an_index_that_was_there_before_is_in_the_way() {
    let (db, set) = (Db::new().await, second("CREATE INDEX CONCURRENTLY old ON t (id)"));
    disturb(&db, &set, Fault::Waiting { gate: "LOCK TABLE t", call: CALLS[1] }).await;
    for _ in 0..2 {
        let error = set.run(&mut db.connect().await).await.unwrap_err();
        assert_eq!(error.sqlstate(), Some("42P07"));
    }
    db.execute("DROP INDEX old").await;
    set.run(&mut db.connect().await).await.unwrap();
    assert_eq!(db.value(INDEXES).await, "old");
}

/// `IF NOT EXISTS` passes over an index that is not valid, as a build that was cut by hand leaves it.
#[tokio::test]
async fn an_invalid_index_does_not_exist() {
    let (db, set) = (Db::new().await, second("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t (body)"));
    let mut client = at_first(&db, &set).await;
    client.batch_execute("CREATE UNIQUE INDEX CONCURRENTLY i ON t (body)").await.unwrap_err();
    assert_eq!(value(&client, INVALID_INDEXES).await, "1");
    set.run(&mut client).await.unwrap_err();
    assert_eq!(value(&client, HISTORY).await, "1");
    client.batch_execute("UPDATE t SET body = id::text").await.unwrap();
    set.run(&mut client).await.unwrap();
    assert_eq!(value(&client, INVALID_INDEXES).await, "0");
    assert_eq!(value(&client, INDEXES).await, "i,old");
    assert_eq!(value(&client, HISTORY).await, "1,2");
}

/// Only a superuser may drop an index of a TOAST table by its name.
#[tokio::test]
async fn an_owner_rebuilds_a_table_with_toast() {
    let (db, set) = (Db::new().await, second("REINDEX TABLE CONCURRENTLY t"));
    let role = format!("{}_owner", db.name);
    db.execute(&format!("CREATE ROLE {role} LOGIN PASSWORD 'pw'; GRANT ALL ON SCHEMA public TO {role}"))
        .await;
    let connect = async || {
        let mut config: Config = db.url.parse().unwrap();
        let (client, connection) = config.user(&role).password("pw").connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    };
    let (mut client, holder, watcher) = (connect().await, connect().await, db.connect().await);
    Runner::new(&set).target(1).run(&mut client).await.unwrap();
    holder.batch_execute("BEGIN; INSERT INTO t VALUES (7)").await.unwrap();
    let pid = value(&holder, "SELECT pg_backend_pid()").await;
    let waits = format!("FROM pg_stat_activity WHERE {pid} = ANY (pg_blocking_pids(pid))");
    let act = async {
        until(&watcher, &format!("SELECT count(*) = 1 {waits}")).await;
        value(&watcher, &format!("SELECT pg_terminate_backend(pid) {waits}")).await;
    };
    let (result, ()) = tokio::join!(set.run(&mut client), act);
    result.unwrap_err();
    holder.batch_execute("ROLLBACK").await.unwrap();
    let mut client = connect().await;
    assert_eq!(set.run(&mut client).await.unwrap().applied().len(), 1);
    assert_eq!(value(&client, INDEXES).await, "old");
    drop((client, holder));
    db.execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
}

/// What the former text has left is not in the way, and does not stay.
#[tokio::test]
async fn what_an_edited_statement_left_is_dropped() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    second("CREATE UNIQUE INDEX CONCURRENTLY i ON t (body)").run(&mut client).await.unwrap_err();
    assert_eq!(value(&client, INVALID_INDEXES).await, "1");
    second("CREATE INDEX CONCURRENTLY j ON t (body)").run(&mut client).await.unwrap();
    assert_eq!(value(&client, INDEXES).await, "j,old");
}

/// The statement that is sent is the one that was corrected.
#[tokio::test]
async fn a_corrected_statement_is_judged_anew() {
    let db = Db::new().await;
    let wrong = second("CREATE INDEX CONCURRENTLY i ON t (id)");
    disturb(&db, &wrong, Fault::Waiting { gate: "INSERT INTO t VALUES (7)", call: CALLS[0] }).await;
    assert_eq!(db.value(INVALID_INDEXES).await, "1");
    let right = second("CREATE INDEX CONCURRENTLY i ON t (body)");
    right.run(&mut db.connect().await).await.unwrap();
    assert_eq!(db.value("SELECT pg_get_indexdef('i'::regclass) LIKE '%(body)'").await, "t");
    assert_eq!(db.value(INVALID_INDEXES).await, "0");
}
