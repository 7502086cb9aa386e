//! Databases that another tool has migrated: nothing is applied to them a second time.

use std::time::Duration;

use migrate_runtime::tokio_postgres::Client;
use migrate_runtime::{Error, MigrationSet, NamedSet, Runner, Sets};
use migrate_source::Code;
use migrate_source::other_tool::{KnownHistory, Tool};

use crate::cli::play_as;
use crate::support::{Db, set, value};

fn ours() -> MigrationSet {
    set(&[("0001_a.up.sql", "CREATE TABLE a (id int);"), ("0001_a.down.sql", "DROP TABLE a;")])
}

/// Some tools call their table as ours is called.
fn runner(set: &MigrationSet) -> Runner<'_> {
    Runner::new(set).history_table("public", "migrate_history").unwrap()
}

/// A table as the tool leaves it behind one migration or more.
fn table(known: &KnownHistory) -> String {
    if let Some(tool) = known.tools.first() {
        let tables = concat!(env!("CARGO_MANIFEST_DIR"), "/../migrate-import/tests/tables");
        return std::fs::read_to_string(format!("{tables}/{tool}.sql")).unwrap();
    }
    let schema = known.schema().map(|schema| format!("CREATE SCHEMA {schema};")).unwrap_or_default();
    let place = known.place().split('.').map(|part| format!("\"{part}\"")).collect::<Vec<_>>().join(".");
    let columns: Vec<String> = known.columns().map(|column| format!("\"{column}\" text")).collect();
    format!("{schema} CREATE TABLE {place} ({}); INSERT INTO {place} DEFAULT VALUES", columns.join(", "))
}

fn of(tool: Tool) -> &'static KnownHistory {
    KnownHistory::of(tool).unwrap()
}

/// What each verb says that could do something, or say that something is to be done.
async fn refusals(runner: &Runner<'_>, client: &mut Client) -> Vec<(&'static str, Option<(Code, String)>)> {
    let told = |error: &Error| (error.code(), error.to_string());
    let sets = Sets::new([NamedSet::new("a", runner.clone())]).unwrap();
    vec![
        ("run", runner.run(client).await.err().as_ref().map(told)),
        ("plan", runner.plan(client).await.err().as_ref().map(told)),
        ("preview", runner.preview(client).await.err().as_ref().map(told)),
        ("status", runner.status(client).await.err().as_ref().map(told)),
        ("rehearse", runner.rehearse(client).await.err().as_ref().map(told)),
        ("revert", runner.revert(client, 1).await.err().as_ref().map(told)),
        ("revert_to", runner.revert_to(client, 0).await.err().as_ref().map(told)),
        ("preview_revert", runner.preview_revert(client, 1).await.err().as_ref().map(told)),
        ("skip", runner.skip(client, 1).await.err().as_ref().map(told)),
        ("repairs", runner.repairs(client).await.err().as_ref().map(told)),
        ("log", runner.log(client, None).await.err().as_ref().map(told)),
        ("probe", runner.probe(client).await.err().as_ref().map(told)),
        ("sets", sets.run(client).await.err().map(|error| told(error.error()))),
    ]
}

#[tokio::test]
async fn each_verb_refuses_whatever_the_tool() {
    let set = ours();
    for known in KnownHistory::all() {
        let db = Db::new().await;
        db.execute(&table(known)).await;
        let mut client = db.connect().await;
        for (verb, error) in refusals(&runner(&set), &mut client).await {
            let (code, text) = error.unwrap_or_else(|| panic!("{}: {verb} goes on", known.name));
            assert_eq!(code, Code::M0437, "{}: {verb}: {text}", known.name);
            let begins = format!("this database was migrated by {} (", known.name);
            assert!(text.starts_with(&begins) && text.contains(known.place()), "{verb}: {text}");
            let way =
                if known.tools.is_empty() { "migrate baseline VERSION" } else { "migrate import --from" };
            assert!(text.contains(way), "{verb}: {text}");
        }
        for line in [
            "up",
            "up --dry-run",
            "up --rehearse",
            "down",
            "down --dry-run",
            "redo",
            "status",
            "plan",
            "skip 1",
            "repair",
            "history",
            "probe",
        ] {
            let played = play_as(&db, runner(&set), &format!("{line} --format json"), None).await;
            assert_eq!(played.value()["error"]["code"], "M0437", "{}: {line}: {}", known.name, played.out);
        }
        assert_eq!(
            value(&client, "SELECT to_regclass('a') IS NULL AND to_regclass('migrate_history') IS NULL")
                .await,
            "t"
        );
    }
}

#[tokio::test]
async fn what_is_no_history_of_a_tool_is_in_nobodys_way() {
    let set = ours();
    for sql in [
        "CREATE TABLE _sqlx_migrations (id int); INSERT INTO _sqlx_migrations VALUES (1)".to_owned(),
        // The right names, and nothing that this tool would write.
        "CREATE TABLE _sqlx_migrations (version point, description int, success int, checksum int); \
         INSERT INTO _sqlx_migrations VALUES (NULL, 1, 1, 1)"
            .to_owned(),
        "CREATE VIEW _sqlx_migrations AS SELECT 1 AS version, '' AS description, true AS success, ''::bytea AS checksum"
            .to_owned(),
        // Before the first migration.
        table(of(Tool::Sqlx)) + "DELETE FROM _sqlx_migrations",
        table(of(Tool::Goose)) + "DELETE FROM goose_db_version WHERE version_id > 0",
        table(of(Tool::Prisma)) + "UPDATE _prisma_migrations SET rolled_back_at = now()",
        // Where the tool would not look for it.
        "CREATE SCHEMA attic; SET search_path = attic; ".to_owned() + &table(of(Tool::Sqlx)),
    ] {
        let db = Db::new().await;
        db.execute(&sql).await;
        let report = runner(&set).run(&mut db.connect().await).await;
        assert_eq!(report.unwrap_or_else(|error| panic!("{sql}: {error}")).applied().len(), 1);
    }
}

#[tokio::test]
async fn another_applications_tool_is_let_be() {
    let set = ours();
    let db = Db::new().await;
    db.execute(&(table(of(Tool::Sqlx)) + &table(of(Tool::Flyway)))).await;
    let mut client = db.connect().await;
    let error = runner(&set).beside("sqlx").run(&mut client).await.unwrap_err();
    assert!(error.to_string().contains("migrated by Flyway"), "{error}");
    assert!(format!("{error:#}").contains("add `beside = [\"flyway\"]` to migrate.toml"), "{error:#}");
    runner(&set).beside("sqlx").beside("Flyway").run(&mut client).await.unwrap();
    // From then on the history says what there is.
    assert!(runner(&set).run(&mut client).await.unwrap().applied().is_empty());
    runner(&set).revert(&mut client, 1).await.unwrap();
    assert!(runner(&set).run(&mut client).await.unwrap_err().is_not_adopted());
}

#[tokio::test]
async fn a_baseline_is_an_answer_with_a_hint() {
    let set = ours();
    let db = Db::new().await;
    db.execute(&table(of(Tool::Sqlx))).await;
    let mut client = db.connect().await;
    let report = runner(&set).baseline(&mut client, 1).await.unwrap();
    let hint = "sqlx has applied migrations here, which public._sqlx_migrations lists: `migrate adopt` records exactly that";
    let last = report.warnings().last().map(String::as_str);
    assert_eq!((report.recorded(), last), (&["0001_a".to_owned()][..], Some(hint)));
    assert!(runner(&set).run(&mut client).await.unwrap().applied().is_empty());
}

/// A role that may not count the rows does not take that for none.
#[tokio::test]
async fn rows_that_cannot_be_seen_count_as_rows() {
    let set = ours();
    for sql in [
        "GRANT INSERT ON _sqlx_migrations TO SESSION_ROLE",
        "GRANT SELECT ON _sqlx_migrations TO SESSION_ROLE; ALTER TABLE _sqlx_migrations ENABLE ROW LEVEL SECURITY",
    ] {
        let db = Db::new().await;
        let role = format!("{}_role", db.name);
        let grants = format!("CREATE ROLE {role}; GRANT CREATE ON SCHEMA public TO {role}; {sql}");
        db.execute(&(table(of(Tool::Sqlx)) + &grants.replace("SESSION_ROLE", &role))).await;
        let mut client = db.connect().await;
        client.batch_execute(&format!("SET SESSION AUTHORIZATION {role}")).await.unwrap();
        let error = runner(&set).run(&mut client).await.unwrap_err();
        let text = error.to_string();
        assert!(error.is_not_adopted() && text.contains("whose rows this role may not read"), "{text}");
        client.batch_execute("RESET SESSION AUTHORIZATION").await.unwrap();
        assert_eq!(value(&client, "SHOW row_security").await, "on");
        client.batch_execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await.unwrap();
    }
}

#[tokio::test]
async fn a_table_that_is_locked_is_not_waited_for() {
    let set = ours();
    let db = Db::new().await;
    db.execute(&table(of(Tool::Sqlx))).await;
    let holder = db.connect().await;
    holder.batch_execute("BEGIN; LOCK TABLE _sqlx_migrations").await.unwrap();
    let mut client = db.connect().await;
    let runner = runner(&set).lock_timeout(Duration::from_millis(20)).max_attempts(1);
    let error = runner.run(&mut client).await.unwrap_err();
    assert!(error.is_lock_timeout() && error.to_string().contains("_sqlx_migrations"), "{error}");
    holder.batch_execute("ROLLBACK").await.unwrap();
    assert!(runner.run(&mut client).await.unwrap_err().is_not_adopted());
}

#[tokio::test]
async fn each_schema_is_looked_at_by_itself() {
    let set = ours();
    let db = Db::new().await;
    db.execute("CREATE SCHEMA one; CREATE SCHEMA two").await;
    db.execute(&format!("SET search_path = one; {}", table(of(Tool::Sqlx)))).await;
    let mut client = db.connect().await;
    let in_schema = |schema| runner(&set).in_schema(schema, &[]).unwrap();
    let error = in_schema("one").run(&mut client).await.unwrap_err();
    assert!(error.to_string().contains("(one._sqlx_migrations, 2 rows)"), "{error}");
    assert_eq!(in_schema("two").run(&mut client).await.unwrap().applied().len(), 1);
}

/// What is there already was probably made by the tool whose history is there.
#[tokio::test]
async fn what_is_there_already_is_to_be_adopted() {
    let set = set(&[("0001_a.sql", "CREATE TABLE a (id int);")]);
    for (theirs, advice) in [(true, "with Runner::adopt"), (false, "with Runner::baseline")] {
        let db = Db::new().await;
        let mut client = db.connect().await;
        runner(&set).make_history(&mut client).await.unwrap();
        db.execute("CREATE TABLE a (id int); CREATE TABLE b (id int)").await;
        // Recorded by hand, so that the history is not empty.
        let more =
            crate::support::set(&[("0001_b.sql", "SELECT 1;"), ("0002_a.sql", "CREATE TABLE a (id int);")]);
        runner(&more).target(1).run(&mut client).await.unwrap();
        if theirs {
            db.execute(&table(of(Tool::Sqlx))).await;
        }
        let error = runner(&more).run(&mut client).await.unwrap_err();
        assert!(error.code() == Code::M0609 && error.to_string().contains(advice), "{error}");
        assert!(!error.to_string().contains("drop it"), "{error}");
    }
}
