//! Scripts that do what no script should: whatever becomes of them, the history says the truth, the next migration runs,
//! and the caller's session is as it was.

use std::collections::BTreeSet;

use migrate_runtime::MigrationSet;
use migrate_runtime::tokio_postgres::Client;

use crate::support::{Db, value};

/// How a script ends.
#[derive(Clone, Copy)]
enum End {
    Applied,
    /// Not applied, and the error has these words.
    Failed(&'static str),
    /// The compiler has an objection.
    Refused,
}
use End::{Applied, Failed, Refused};

/// What a script does, how it ends in a transaction, and how without one.
type Case<'c> = (&'c str, End, End);

const NO_TRANSACTION: &str = "-- migrate: no-transaction\n";
const HELP_PROCEDURE: &str =
    "(2D000); put the statement into a migration that begins with `-- migrate: no-transaction`";
const FIRST: &str = "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1);
    CREATE TABLE late (id int REFERENCES t DEFERRABLE INITIALLY DEFERRED);
    CREATE TABLE steps (n int);
    CREATE PROCEDURE commits() LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO steps VALUES (1); COMMIT; INSERT INTO steps VALUES (2); END $$;";
/// Fails if the script before it has left a setting behind.
const NEXT: &str = "DO $$ BEGIN ASSERT current_setting('search_path') = 'mine, public' AND current_user = session_user \
                    AND current_setting('lock_timeout') = '3s'; END $$; CREATE TABLE next (id int);";

/// The versions in the history, and which of them is not applied.
const HOW_FAR: &str = "SELECT string_agg(concat(version, CASE state WHEN 'applied' THEN '' ELSE ' ' || state || ' after ' || \
                       statements_done END), ',' ORDER BY version) FROM public.schema_migrations";

/// Everything that a caller can notice of the session, its custom settings excepted.
async fn session(client: &Client) -> BTreeSet<String> {
    let sql = "SELECT string_agg(name || ' = ' || setting, E'\\n') || E'\\nrole ' || current_user || ' of ' || \
               session_user || E'\\nin a transaction: ' || (now() <> statement_timestamp()) || E'\\nadvisory locks: ' \
               || (SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory') FROM pg_settings";
    value(client, sql).await.lines().map(str::to_owned).collect()
}

/// A schema without tables and a history, and a session with settings of its own.
async fn set_up(client: &Client) {
    client.batch_execute("DISCARD ALL").await.unwrap();
    let schemas = "DROP SCHEMA IF EXISTS mine, public CASCADE; CREATE SCHEMA mine; CREATE SCHEMA public";
    client.batch_execute(&format!("SET client_min_messages = warning; {schemas}")).await.unwrap();
    client.batch_execute("RESET ALL; LOAD 'plpgsql'; SET search_path = mine, public").await.unwrap();
    client.batch_execute("SET work_mem = '5MB'; SET enable_hashjoin = off").await.unwrap();
}

/// A script between two others, or what the compiler says.
fn load(script: &str) -> Result<MigrationSet, String> {
    let files = [("0001_first.sql", FIRST), ("0002_hostile.sql", script), ("0003_next.sql", NEXT)];
    let folder = crate::support::folder(&files);
    migrate_source::load(folder.path()).map(Into::into).map_err(|faults| faults.to_string())
}

/// What is not as it should be.
async fn complaints(client: &mut Client, directive: &str, script: &str, end: End) -> Vec<String> {
    let mut complaints = Vec::new();
    let set = load(&format!("{directive}CREATE TABLE public.witness (id int);\n{script}"));
    let set = match (set, end) {
        (Ok(set), Applied | Failed(_)) => set,
        (Err(_), Refused) => return complaints,
        (Ok(_), Refused) => return vec!["it compiles".to_owned()],
        (Err(faults), _) => return vec![faults],
    };
    set_up(client).await;
    let before = session(client).await;
    let mut expect = |what: &str, is: &str, should_be: &str| {
        if is != should_be {
            complaints.push(format!("{what} is {is:?}, not {should_be:?}"));
        }
    };
    let left = async |client: &Client| {
        let now = session(client).await;
        now.symmetric_difference(&before).cloned().collect::<Vec<_>>().join("; ")
    };
    let result = set.run(client).await;
    expect("what the session has of it", &left(client).await, "");
    let witness = value(client, "SELECT to_regclass('public.witness') IS NOT NULL").await;
    if let Failed(words) = end {
        let error = result.as_ref().map_or_else(ToString::to_string, |_| "no error".to_owned());
        expect("the error", if error.contains(words) { words } else { &error }, words);
        // The last statement is the one that fails.
        let hostile = set.iter().nth(1).unwrap().up();
        let (done, last) = hostile.statements().enumerate().last().unwrap();
        let (stays, history) = match directive {
            "" => ("f", "1".to_owned()),
            _ => ("t", format!("1,2 failed after {done}")),
        };
        expect("its first statement", &witness, stays);
        expect("the history after the error", &value(client, HOW_FAR).await, &history);
        let corrected = format!("{}SELECT 1;", &hostile.text()[..last.start]);
        let corrected = load(&corrected).unwrap().run(client).await;
        expect(
            "the corrected run",
            &corrected.map_or_else(|error| format!("{error:#}"), |_| String::new()),
            "",
        );
    } else {
        expect("the run", &result.map_or_else(|error| format!("{error:#}"), |_| String::new()), "");
        expect("its first statement", &witness, "t");
        let again = set.run(client).await;
        expect("the next run", &again.map_or_else(|error| error.to_string(), |_| String::new()), "");
    }
    expect("what the session has of it at the end", &left(client).await, "");
    expect("the history", &value(client, HOW_FAR).await, "1,2,3");
    complaints
}

async fn check(cases: &[Case<'_>]) {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let mut all = Vec::new();
    for (script, in_transaction, without) in cases {
        for (directive, end) in [("", *in_transaction), (NO_TRANSACTION, *without)] {
            for complaint in complaints(&mut client, directive, script, end).await {
                all.push(format!("{directive}{script}\n    {complaint}"));
            }
        }
    }
    assert!(all.is_empty(), "\n{}", all.join("\n"));
}

#[tokio::test]
async fn transactions_that_end_in_the_middle() {
    check(&[
        ("CALL commits();", Failed(HELP_PROCEDURE), Applied),
        ("DO $$ BEGIN INSERT INTO steps VALUES (1); COMMIT; END $$;", Failed(HELP_PROCEDURE), Applied),
        ("DO $$ BEGIN ROLLBACK; END $$;", Failed(HELP_PROCEDURE), Applied),
        ("COMMIT;", Refused, Refused),
        (
            "INSERT INTO late VALUES (2);",
            Failed(": at COMMIT: "),
            Failed("(23503); a row refers to one that is missing"),
        ),
        ("SAVEPOINT a; CREATE TABLE gone (id int); ROLLBACK TO a;", Applied, Refused),
    ])
    .await;
}

#[tokio::test]
async fn settings_roles_and_what_discards_them() {
    let role = format!("hostile_role_{}", std::process::id());
    let admin = crate::support::connect(crate::support::SERVER.url()).await;
    admin.batch_execute(&format!("CREATE ROLE {role}")).await.unwrap();
    let (set_role, authorize) = (format!("SET ROLE {role};"), format!("SET SESSION AUTHORIZATION {role};"));
    check(&[
        (&*set_role, Applied, Applied),
        (&*authorize, Applied, Applied),
        ("DISCARD ALL;", Refused, Applied),
        ("DISCARD ALL; CREATE TABLE public.more (id int);", Refused, Applied),
        ("DISCARD TEMP;", Applied, Applied),
        ("RESET ALL;", Applied, Applied),
        ("SET enable_seqscan = off; RESET ALL; SET enable_seqscan = off;", Applied, Applied),
        ("RESET ROLE; RESET SESSION AUTHORIZATION;", Applied, Applied),
        ("SET transaction_isolation = 'serializable';", Refused, Refused),
        ("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 1;", Applied, Refused),
        ("SET lock_timeout = 1; SET idle_in_transaction_session_timeout = 1;", Applied, Applied),
        ("SET default_transaction_read_only = on;", Applied, Applied),
        ("SET transaction_read_only = on;", Refused, Refused),
        (
            "SELECT set_config('transaction_read_only', 'on', true);",
            Failed("writing its history row: "),
            Failed("(25006); "),
        ),
        (
            "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY, ISOLATION LEVEL SERIALIZABLE;",
            Applied,
            Applied,
        ),
        ("SET client_encoding = 'LATIN1'; SELECT 'größer';", Applied, Applied),
        ("SET client_encoding = 'LATIN1'; SELECT 'größe'::int;", Failed("(22P02); "), Failed("(22P02); ")),
        ("SET standard_conforming_strings = off; SET backslash_quote = off;", Applied, Applied),
        (
            "SET extra_float_digits = -15; SET quote_all_identifiers = on; SET array_nulls = off;",
            Applied,
            Applied,
        ),
        ("DO $$ BEGIN PERFORM set_config('search_path', 'nowhere', false); END $$;", Applied, Applied),
        ("SET session_replication_role = replica; SET row_security = off;", Applied, Applied),
    ])
    .await;
    admin.batch_execute(&format!("DROP ROLE {role}")).await.unwrap();
}

#[tokio::test]
async fn texts_that_end_or_answer_as_no_text_should() {
    check(&[
        ("SELECT 1 -- no semicolon, and no end of line", Applied, Applied),
        ("SELECT 1 /* ; */ --;", Applied, Applied),
        ("SELECT 1;;; ; -- ;", Applied, Applied),
        // Rows that look like answers of the runtime, and guards that say no.
        (
            "SELECT 1.5 AS migrate_0123456789abcdef, true AS \"?column?\"; SELECT 1.5 AS seconds, 't' AS state;",
            Applied,
            Applied,
        ),
        (
            "SELECT 'migrate: another process is applying migrations'::bool;",
            Failed("(22P02); "),
            Failed("(22P02); "),
        ),
        (
            "DO $$ BEGIN RAISE 'migrate: another process' USING ERRCODE = '22P02'; END $$;",
            Failed("(22P02); "),
            Failed("(22P02); "),
        ),
        (
            "SELECT 'migrate: another process has taken this migration over'::bool;",
            Failed("(22P02); "),
            Failed("(22P02); "),
        ),
        // More results than statements, and fewer.
        (
            "CREATE RULE more AS ON INSERT TO t DO ALSO SELECT 1, 2; INSERT INTO t VALUES (7); SELECT 1 / 0;",
            Failed("2_hostile.sql:"),
            Failed("division by zero"),
        ),
        (
            "CREATE RULE none AS ON INSERT TO t DO INSTEAD NOTHING; INSERT INTO t VALUES (7);",
            Applied,
            Applied,
        ),
        (
            "LISTEN migrations; NOTIFY migrations, 'x'; PREPARE p AS SELECT 1; CREATE TEMP TABLE schema_migrations (version int);",
            Applied,
            Applied,
        ),
    ])
    .await;
}
