//! A service whose folder comes from another tool: its databases are adopted, by the verb that it nests or when it starts.

use migrate_runtime::cli::Exit;
use migrate_runtime::{MigrationSet, Runner, embed_migrations};
use migrate_source::Code;
use serde_json::json;

use crate::cli::play_as;
use crate::support::{Db, ROWS, folder, set, value};

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
                    here: run `migrate adopt` first [M0437]";
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

/// The old service still runs, or a colleague has used the old tool once more: the second `adopt` was forgotten.
#[tokio::test]
async fn what_the_tool_applies_later_is_adopted_first() {
    let db = migrated_by_sqlx().await;
    let mut client = db.connect().await;
    let runner = Runner::new(&IMPORTED);
    runner.adopt(&mut client).await.unwrap();
    assert_eq!(runner.plan(&mut client).await.unwrap().steps().len(), 1);
    db.execute(&format!("ALTER TABLE accounts ADD COLUMN note text; {}", applied(20_230_103_000_000, NOTE)))
        .await;
    let expected = "sqlx has applied 20230103000000_note here (public._sqlx_migrations), which is not recorded: run \
                    `migrate adopt` first [M0437]";
    let error = runner.run(&mut client).await.unwrap_err();
    assert_eq!((error.is_not_adopted(), error.to_string().as_str()), (true, expected));
    for line in
        ["up", "up --dry-run", "up --rehearse", "status", "plan", "skip 20230103000000", "down", "repair"]
    {
        let played = play_as(&db, Runner::new(&IMPORTED), &format!("{line} --format json"), None).await;
        assert_eq!(played.value()["error"]["code"], "M0437", "{line}: {}", played.out);
    }
    // It is another application's.
    assert_eq!(Runner::new(&IMPORTED).beside("sqlx").plan(&mut client).await.unwrap().steps().len(), 1);
    runner.adopt(&mut client).await.unwrap();
    assert!(runner.run(&mut client).await.unwrap().applied().is_empty());
}

/// The warning of `baseline` is not the last word.
#[tokio::test]
async fn a_baseline_that_stops_too_early_is_no_way_round() {
    let db = migrated_by_sqlx().await;
    let mut client = db.connect().await;
    let runner = Runner::new(&IMPORTED);
    runner.baseline(&mut client, 20_230_101_000_000).await.unwrap();
    let error = runner.run(&mut client).await.unwrap_err();
    assert!(error.is_not_adopted() && error.to_string().contains("20230102000000_cents"), "{error}");
    assert_eq!(value(&client, CENTS_NOW).await, "100");
    assert_eq!(runner.adopt(&mut client).await.unwrap().records().len(), 1);
    assert_eq!(runner.run(&mut client).await.unwrap().applied().len(), 1);
    assert_eq!(value(&client, CENTS_NOW).await, "100");
}

#[tokio::test]
async fn rows_that_cannot_be_read_may_be_of_what_is_pending() {
    let db = migrated_by_sqlx().await;
    let mut client = db.connect().await;
    let runner = Runner::new(&IMPORTED);
    runner.adopt(&mut client).await.unwrap();
    let role = format!("{}_role", db.name);
    db.execute(&format!(
        "CREATE ROLE {role}; GRANT ALL ON SCHEMA public TO {role}; GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}; \
         REVOKE ALL ON _sqlx_migrations FROM {role}"
    ))
    .await;
    client.batch_execute(&format!("SET SESSION AUTHORIZATION {role}")).await.unwrap();
    let error = runner.run(&mut client).await.unwrap_err();
    assert!(error.is_not_adopted() && error.to_string().contains("this role may not read"), "{error}");
    client
        .batch_execute(&format!("RESET SESSION AUTHORIZATION; DROP OWNED BY {role}; DROP ROLE {role}"))
        .await
        .unwrap();
}

/// The row of the other tool stays when a migration is reverted here.
#[tokio::test]
async fn what_is_reverted_here_is_pending_again() {
    let files = [("0001_a.sql", "CREATE TABLE a (id int);"), ("0002_b.up.sql", "CREATE TABLE b (id int);")];
    let down = ("0002_b.down.sql", "DROP TABLE b;");
    let import = "# Imported from sqlx.\n0001_a\t1\t-\t1_a.sql\n0002_b\t2\t-\t2_b.sql\n";
    let folder = folder(&[&files[..], &[down, ("migrate.import", import)]].concat());
    let loaded = migrate_check::load(folder.path()).unwrap();
    let set = MigrationSet::from(loaded.set);
    let runner = Runner::new(&set).applying(&loaded.applying).unwrap();
    let db = Db::new().await;
    db.execute(&format!("CREATE TABLE a (); {THEIRS} {}", applied(1, "00"))).await;
    let mut client = db.connect().await;
    assert_eq!(runner.adopt(&mut client).await.unwrap().records().len(), 1);
    assert_eq!(runner.run(&mut client).await.unwrap().applied().len(), 1);
    db.execute(&applied(2, "00")).await;
    runner.revert(&mut client, 1).await.unwrap();
    let adoption = runner.preview_adopt(&mut client).await.unwrap();
    assert_eq!((adoption.records().len(), adoption.pending()), (0, &["0002_b".to_owned()][..]));
    assert!(adoption.warnings()[0].starts_with("0002_b was reverted here"), "{:?}", adoption.warnings());
    assert_eq!(runner.run(&mut client).await.unwrap().applied().len(), 1);
}

/// Taken for none, it would have everything applied a second time.
#[tokio::test]
async fn a_history_outside_the_search_path_is_reported() {
    let db = migrated_by_sqlx().await;
    for (schema, search_path) in [("app", "app"), ("My App", "%22My%5C%20App%22")] {
        db.execute(&format!(
            "CREATE SCHEMA \"{schema}\"; ALTER TABLE _sqlx_migrations SET SCHEMA \"{schema}\""
        ))
        .await;
        let mut client = db.connect().await;
        for (verb, error) in [
            ("adopt", Runner::new(&IMPORTED).adopt(&mut client).await.unwrap_err()),
            ("run", IMPORTED.run(&mut client).await.unwrap_err()),
            ("status", IMPORTED.status(&mut client).await.unwrap_err()),
        ] {
            let expected = format!(
                "the history of sqlx is {schema}._sqlx_migrations, in a schema outside the search path [M0934]\nhelp: add \
                 `options=-csearch_path%3D{search_path}` to the URL, or"
            );
            assert!(format!("{error:#}").starts_with(&expected), "{verb}: {error:#}");
        }
        let url = format!(
            "{}{}options=-csearch_path%3D{search_path}",
            db.url,
            if db.url.contains('?') { "&" } else { "?" }
        );
        let mut there = crate::support::connect(&url).await;
        let adoption = Runner::new(&IMPORTED).preview_adopt(&mut there).await.unwrap();
        assert_eq!(adoption.records().len(), 2, "{schema}");
        db.execute(&format!("ALTER TABLE \"{schema}\"._sqlx_migrations SET SCHEMA public")).await;
    }
    // That of another application lists other migrations.
    let db = Db::new().await;
    db.execute(&format!("CREATE SCHEMA app; SET search_path = app; {THEIRS} {}", applied(7, "00"))).await;
    let mut client = db.connect().await;
    Runner::new(&IMPORTED).adopt(&mut client).await.unwrap();
    assert_eq!(IMPORTED.run(&mut client).await.unwrap().applied().len(), 3);
}

/// With the tool's table and without, a database that has tables is not a new one.
#[tokio::test]
async fn tables_without_a_row_for_them_are_an_error() {
    for (sql, says) in [
        ("CREATE TABLE a ()".to_owned(), "none of them is _sqlx_migrations"),
        (
            format!("CREATE TABLE a (); {THEIRS}"),
            "public._sqlx_migrations, the history of sqlx, lists nothing",
        ),
    ] {
        let db = Db::new().await;
        db.execute(&sql).await;
        let error = Runner::new(&IMPORTED).adopt(&mut db.connect().await).await.unwrap_err();
        assert!(error.code() == Code::M0934 && error.to_string().contains(says), "{error}");
    }
    // Tables of the history alone, ours or theirs, are those of a new one.
    for ours in [false, true] {
        let db = Db::new().await;
        db.execute(THEIRS).await;
        let mut client = db.connect().await;
        if ours {
            Runner::new(&IMPORTED).make_history(&mut client).await.unwrap();
        }
        let adoption = Runner::new(&IMPORTED).adopt(&mut client).await.unwrap();
        assert_eq!((adoption.is_done(), adoption.pending().len()), (false, 3));
    }
}

/// What is left to `up`, where there is something to adopt and where there is not.
#[tokio::test]
async fn pending_is_what_up_applies() {
    let db = Db::new().await;
    let play = async |line: &str| play_as(&db, Runner::new(&IMPORTED), line, None).await;
    let fresh = play("adopt --format json").await.value();
    assert_eq!(fresh["pending"].as_array().map(Vec::len), Some(3), "{fresh}");
    IMPORTED.run(&mut db.connect().await).await.unwrap();
    let done = play("adopt --format json").await.value();
    assert_eq!(done["pending"], json!([]));
}

#[tokio::test]
async fn adopt_warns_of_what_the_tool_reverted() {
    let db = migrated_by_sqlx().await;
    let mut client = db.connect().await;
    let runner = Runner::new(&IMPORTED);
    runner.adopt(&mut client).await.unwrap();
    assert_eq!(runner.preview_adopt(&mut client).await.unwrap().warnings(), &[] as &[String]);
    for (sql, lost) in [
        ("DELETE FROM _sqlx_migrations WHERE version = 20230102000000", &["20230102000000_cents"][..]),
        ("DELETE FROM _sqlx_migrations", &["20230101000000_accounts", "20230102000000_cents"]),
    ] {
        db.execute(sql).await;
        let adoption = runner.adopt(&mut client).await.unwrap();
        let begins = lost.iter().map(|stem| format!("{stem} is recorded here, but sqlx has no row for it"));
        assert_eq!(adoption.warnings().len(), lost.len(), "{:?}", adoption.warnings());
        assert!(adoption.warnings().iter().zip(begins).all(|(warning, begin)| warning.starts_with(&begin)));
    }
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
    let expected = "migrations/migrate.import is missing; `adopt` needs it [M0933]\n\
                    help: run `migrate import --from TOOL FOLDER`";
    assert_eq!((error.code(), format!("{error:#}").as_str()), (Code::M0933, expected));
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
