//! What a person reads when a migration fails.

use migrate_runtime::Runner;

use crate::support::{Db, HISTORY, readme, set};

#[tokio::test]
async fn a_failed_migration_shows_the_line_with_a_caret_and_what_to_do() {
    let db = Db::new().await;
    let set = set(&[
        ("0001_a.sql", "CREATE TABLE über (id int);"),
        ("0002_b.sql", "-- Größe\nALTER TABLE über\n    ADD COLUMN größe nummeric;\n"),
    ]);
    let error = set.run(&mut db.connect().await).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "migrations/0002_b.sql:3:22: type \"nummeric\" does not exist (42704); correct the file, build and start again [M0601]"
    );
    assert_eq!(
        format!("{error:?}"),
        "migrations/0002_b.sql:3:22: type \"nummeric\" does not exist (42704); correct the file, build and start again [M0601]
  |
3 |     ADD COLUMN größe nummeric;
  |                      ^
nothing of 0002_b was applied
applied before it: 0001_a"
    );
}

#[tokio::test]
async fn the_readme_shows_what_a_person_reads() {
    let db = Db::new().await;
    let tenants = "CREATE TABLE tenants (\n    slug text,\n    price numeric, share nummeric\n);\n";
    let set = set(&[("0001_users.sql", "CREATE TABLE users (id int);"), ("0002_tenants.sql", tenants)]);
    let error = set.run(&mut db.connect().await).await.unwrap_err();
    assert_eq!(format!("{error:#}"), readme("text", "migrations/0002_tenants.sql"));
}

#[tokio::test]
async fn detail_hint_and_context_are_told() {
    let db = Db::new().await;
    let set = set(&[(
        "0001_a.sql",
        "SELECT 1;\n  DO $$ BEGIN RAISE EXCEPTION 'no' USING DETAIL = 'some', HINT = 'try', ERRCODE = 'MG001'; END $$;",
    )]);
    let error = set.run(&mut db.connect().await).await.unwrap_err();
    assert_eq!((error.position(), error.sqlstate()), (Some((2, 3)), Some("MG001")));
    let full = format!("{error:#}");
    assert!(full.contains("\ndetail: some\nhint: try\ncontext: PL/pgSQL function"), "{full}");
}

#[tokio::test]
async fn an_error_without_position_points_to_its_statement() {
    let db = Db::new().await;
    let set = set(&[("0001_a.sql", "CREATE TABLE a (id int);\n\n  CREATE TABLE a (id int);\nSELECT 1;")]);
    let error = set.run(&mut db.connect().await).await.unwrap_err();
    assert_eq!(error.position(), Some((3, 3)));
    assert!(error.to_string().contains("if the database has what this file makes, record that"), "{error}");
}

#[tokio::test]
async fn a_server_that_is_short_of_something_says_what_helps() {
    for (sqlstate, helps) in [
        ("53000", "give the server what it is short of, and start again"),
        ("53100", "free space on the disks of the server, and start again"),
        ("53200", "raise max_locks_per_transaction on the server, or split the migration, so that"),
        ("53300", "close connections, or raise the limit that is reached: max_connections, or the"),
        ("53400", "raise the limit that the server names, such as temp_file_limit or"),
    ] {
        // The server's words say nothing: they are in any language.
        let body = format!("BEGIN RAISE EXCEPTION 'nicht genug' USING ERRCODE = '{sqlstate}'; END");
        let raise = format!("DO $$ {body} $$;");
        let db = Db::new().await;
        let set = set(&[("0001_a.sql", &raise)]);
        let of_migration = set.run(&mut db.connect().await).await.unwrap_err();
        // The same where the history is made.
        let db = Db::new().await;
        let function =
            format!("CREATE FUNCTION no() RETURNS event_trigger LANGUAGE plpgsql AS $f$ {body} $f$;");
        db.execute(&format!("{function} CREATE EVENT TRIGGER no ON ddl_command_start EXECUTE FUNCTION no()"))
            .await;
        let of_history = Runner::new(&set).baseline(&mut db.connect().await, 1).await.unwrap_err();
        for error in [of_migration, of_history] {
            let text = error.to_string();
            assert_eq!(error.code().as_str(), "M0610", "{text}");
            assert!(text.contains(&format!("nicht genug ({sqlstate}); {helps}")), "{text}");
        }
    }
}

#[tokio::test]
async fn a_function_that_expects_another_type_is_not_taken_for_a_lost_connection() {
    let db = Db::new().await;
    let set = set(&[("0001_f.sql", "-- migrate: function\n")]);
    let runner = Runner::new(&set).function(1, |transaction| {
        Box::pin(async move {
            let row = transaction.query_one("SELECT 'x'::text", &[]).await?;
            let _: i64 = row.try_get(0)?;
            Ok(())
        })
    });
    let error = runner.run(&mut db.connect().await).await.unwrap_err();
    let text = format!("{error:#}");
    assert!(
        text.starts_with("migrations/0001_f.sql: the function failed: error deserializing column 0: "),
        "{text}"
    );
    assert!(
        text.contains("; nothing of it is committed: correct the function, build and start again"),
        "{text}"
    );
    assert!(text.ends_with("\nnothing of 0001_f was applied"), "{text}");
    assert_eq!(db.value("SELECT outcome FROM schema_migrations_log").await, "failed");
}

/// It must not, and is found out.
#[tokio::test]
async fn a_function_that_commits_and_then_fails() {
    let db = Db::new().await;
    let set = set(&[("0001_f.sql", "-- migrate: function\n")]);
    let runner = Runner::new(&set).function(1, |transaction| {
        Box::pin(async move { Ok(transaction.batch_execute("COMMIT; SELECT 1 / 0").await?) })
    });
    let error = runner.run(&mut db.connect().await).await.unwrap_err();
    let text = error.to_string();
    let words = "migrations/0001_f.sql: the function has ended the transaction that it was given, ";
    assert!(text.starts_with(words) && text.contains("; then it failed: "), "{text}");
    assert_eq!(db.value(HISTORY).await, "");
}
