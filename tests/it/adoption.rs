//! A service whose folder comes from another tool: its databases are adopted, by the verb that it nests or when it starts.

use migrate_runtime::cli::Exit;
use migrate_runtime::{MigrationSet, Runner, embed_migrations};
use migrate_source::Code;
use serde_json::json;

use crate::cli::play_as;
use crate::support::{Db, ROWS, set, value};

/// From sqlx, with `migrate.import`: accounts, then `UPDATE … cents * 100`, then a column.
static IMPORTED: MigrationSet = embed_migrations!("fixtures/embedded_import/migrations");

/// As sqlx keeps it; the checksum of the first is that of the file.
const THEIRS: &str = "CREATE TABLE _sqlx_migrations (version bigint PRIMARY KEY, description text NOT NULL, \
    installed_on timestamptz NOT NULL DEFAULT now(), success boolean NOT NULL, checksum bytea NOT NULL, \
    execution_time bigint NOT NULL);";

fn applied(version: i64, checksum: &str) -> String {
    format!(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES ({version}, 'x', true, '\\x{checksum}', 1);"
    )
}

const ACCOUNTS: &str =
    "b17529576a130f31d69ecd225ab8ce34ab92c4be2fd69a736c84c8a317722b97e0cfdabb4c95ff250810d99bea405175";
const CENTS: &str =
    "d0e192500db011fa2bdfbaac49dbd118e20c54c32fa9488bab1972cb50c01eee0f7376d190be005aab61ba4521f8ce8c";
const NOTE: &str =
    "fddaecb06ceffb2fe514f51e7d44079eff038036feb33bad390a43f12839da85eb835d499472ab5cd6bbca0d8dcdd19d";

/// A database that sqlx has brought to the second migration.
async fn migrated_by_sqlx() -> Db {
    let db = Db::new().await;
    db.execute("CREATE TABLE accounts (id bigint PRIMARY KEY, cents numeric NOT NULL DEFAULT 1)").await;
    db.execute("INSERT INTO accounts VALUES (1, 100)").await;
    let rows = [applied(20_230_101_000_000, ACCOUNTS), applied(20_230_102_000_000, CENTS)].concat();
    db.execute(&(THEIRS.to_owned() + &rows)).await;
    db
}

const CENTS_NOW: &str = "SELECT sum(cents) FROM accounts";
const ALREADY: &str = "already adopted; nothing to do\n";

#[tokio::test]
async fn an_update_does_not_run_a_second_time() {
    let db = migrated_by_sqlx().await;
    let mut client = db.connect().await;
    let error = IMPORTED.run(&mut client).await.unwrap_err();
    assert!(error.is_not_adopted(), "{error}");
    let expected = "this database was migrated by sqlx (public._sqlx_migrations, 2 rows), and nothing of that is recorded \
                    here: run `migrate adopt` first (in code: Runner::adopt) [M0437]";
    assert_eq!(error.to_string(), expected);
    assert_eq!(value(&client, CENTS_NOW).await, "100");
    Runner::new(&IMPORTED).adopt(&mut client).await.unwrap();
    assert_eq!(IMPORTED.run(&mut client).await.unwrap().applied().len(), 1);
    assert_eq!(value(&client, CENTS_NOW).await, "100");
}

#[tokio::test]
async fn the_nested_verb_says_the_truth_in_each_state() {
    let db = migrated_by_sqlx().await;
    let play = async |line: &str| play_as(&db, Runner::new(&IMPORTED), line, None).await;
    let lines = "  20230101000000_accounts  applied as 20230101000000_accounts.sql, the same checksum\n  \
                 20230102000000_cents  applied as 20230102000000_cents.sql, the same checksum\n  \
                 20230103000000_note  pending\n";
    assert_eq!(play("adopt --dry-run").await.out, format!("{lines}2 migrations would be recorded\n"));
    assert_eq!(db.value("SELECT to_regclass('schema_migrations') IS NULL").await, "t");
    let done = play("adopt").await;
    assert_eq!((done.exit, done.out), (Exit::Done, format!("{lines}✓ recorded 2 migrations\n")));
    for line in ["adopt --dry-run", "adopt"] {
        let again = play(line).await;
        assert_eq!((again.exit, again.out.as_str()), (Exit::Done, ALREADY), "{line}");
    }
    // An old replica still runs, and has gone on.
    db.execute(&format!("ALTER TABLE accounts ADD COLUMN note text; {}", applied(20_230_103_000_000, NOTE)))
        .await;
    let value = play("adopt --dry-run --format json").await.value();
    assert_eq!((&value["records"], &value["recorded"]), (&json!(["20230103000000_note"]), &json!(false)));
    let value = play("adopt --format json").await.value();
    assert_eq!((&value["records"], &value["recorded"]), (&json!(["20230103000000_note"]), &json!(true)));
    assert_eq!((&value["tool"], &value["pending"]), (&json!("sqlx"), &json!([])));
    assert_eq!(play("adopt").await.out, ALREADY);
    let rows = "20230101000000 baseline, 20230102000000 baseline, 20230103000000 baseline";
    assert_eq!(db.value(ROWS).await, rows);
    assert!(IMPORTED.run(&mut db.connect().await).await.unwrap().applied().is_empty());
}

/// One script for old databases and for new ones.
#[tokio::test]
async fn a_service_adopts_at_each_start() {
    let runner = Runner::new(&IMPORTED);
    for (db, recorded, applied) in [(migrated_by_sqlx().await, 2, 1), (Db::new().await, 0, 3)] {
        let mut client = db.connect().await;
        let adoption = runner.adopt(&mut client).await.unwrap();
        assert_eq!((adoption.records().len(), adoption.is_done()), (recorded, recorded > 0));
        assert_eq!(runner.run(&mut client).await.unwrap().applied().len(), applied);
        let again = runner.adopt(&mut client).await.unwrap();
        assert_eq!((again.records().len(), again.is_done()), (0, false), "{again}");
        assert!(runner.run(&mut client).await.unwrap().applied().is_empty());
        assert_eq!(value(&client, CENTS_NOW).await, "100");
    }
}

#[tokio::test]
async fn many_replicas_adopt_at_once() {
    let db = migrated_by_sqlx().await;
    let adopt = async || {
        let mut client = db.connect().await;
        Runner::new(&IMPORTED).adopt(&mut client).await.unwrap().is_done()
    };
    let (a, b, c, d) = tokio::join!(adopt(), adopt(), adopt(), adopt());
    assert_eq!([a, b, c, d].into_iter().filter(|done| *done).count(), 1);
    assert_eq!(db.value("SELECT count(*) FROM schema_migrations_log WHERE action = 'baseline'").await, "2");
}

/// A migration of ours that is newer than what the other tool applies meanwhile is no reason not to record that.
#[tokio::test]
async fn what_is_applied_on_both_sides_is_recorded_once() {
    let db = migrated_by_sqlx().await;
    let mut client = db.connect().await;
    let runner = Runner::new(&IMPORTED);
    runner.adopt(&mut client).await.unwrap();
    runner.run(&mut client).await.unwrap();
    db.execute(&applied(20_230_103_000_000, NOTE)).await;
    let adoption = runner.adopt(&mut client).await.unwrap();
    assert_eq!((adoption.to_string().as_str(), adoption.is_done()), (ALREADY.trim_end(), false));
}

#[tokio::test]
async fn what_is_unfinished_here_is_a_conflict() {
    let db = migrated_by_sqlx().await;
    let mut client = db.connect().await;
    let runner = Runner::new(&IMPORTED);
    runner.adopt(&mut client).await.unwrap();
    db.execute(
        "INSERT INTO schema_migrations (version, description, checksum, tokens_checksum, state, statements_done, \
         done_checksum, error) SELECT 20230103000000, 'note', checksum, tokens_checksum, 'failed', 0, checksum, 'x' \
         FROM schema_migrations LIMIT 1",
    )
    .await;
    db.execute(&applied(20_230_103_000_000, NOTE)).await;
    let error = runner.adopt(&mut client).await.unwrap_err();
    assert_eq!(error.code(), Code::M0438, "{error}");
}

#[tokio::test]
async fn without_an_import_there_is_nothing_to_match() {
    let set = set(&[("0001_a.sql", "CREATE TABLE a (id int);")]);
    let db = migrated_by_sqlx().await;
    let error = Runner::new(&set).adopt(&mut db.connect().await).await.unwrap_err();
    assert!(
        error.code() == Code::M0933 && error.to_string().starts_with("migrations/migrate.import is missing"),
        "{error}"
    );
}

/// What `beside` lists in the folder's `migrate.toml` is embedded too.
#[tokio::test]
async fn the_embedded_settings_list_other_applications() {
    let db = Db::new().await;
    db.execute(
        "CREATE TABLE goose_db_version (id int, version_id bigint, is_applied boolean, tstamp timestamp)",
    )
    .await;
    db.execute("INSERT INTO goose_db_version VALUES (1, 1, true, now())").await;
    assert_eq!(IMPORTED.run(&mut db.connect().await).await.unwrap().applied().len(), 3);
}
