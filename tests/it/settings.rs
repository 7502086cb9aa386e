//! What a script sets stays with the script: the history, the next migration and the caller's connection do not notice.

use crate::support::{Db, HISTORY, set, value};

#[tokio::test]
async fn a_script_that_changes_the_session_changes_it_for_itself_only() {
    let db = Db::new().await;
    let role = format!("{}_role", db.name);
    db.execute(&format!("CREATE ROLE {role}; CREATE SCHEMA mine; CREATE SCHEMA theirs AUTHORIZATION {role}"))
        .await;
    let mut client = db.connect().await;
    client
        .batch_execute("SET search_path = mine, public; SET my.setting = 'kept'; SET work_mem = '5MB'; SET enable_hashjoin = off")
        .await
        .unwrap();

    let hostile = [
        // As pg_dump begins.
        "SELECT pg_catalog.set_config('search_path', '', false); SET row_security = off; SET check_function_bodies = false;".to_owned(),
        format!("SET ROLE {role}; CREATE TABLE theirs.b (id int);"),
        format!("SET SESSION AUTHORIZATION {role};"),
        "RESET ALL; SET my.setting = 'kept';".to_owned(),
        "SET statement_timeout = 1; SET lock_timeout = 1; SET default_transaction_read_only = on;".to_owned(),
        "SET standard_conforming_strings = off; SET client_min_messages = error; SET enable_seqscan = off;".to_owned(),
        "SET session_replication_role = replica; SET datestyle = 'German';".to_owned(),
    ];
    let mut files = Vec::new();
    for (at, script) in hostile.iter().enumerate() {
        files.push((format!("{:04}_hostile{at}.sql", 2 * at + 1), script.clone()));
        let expected = "SELECT pg_sleep(0.002); DO $$ BEGIN ASSERT current_setting('search_path') = 'mine, public' \
                        AND current_user = session_user; END $$;";
        files.push((
            format!("{:04}_next{at}.sql", 2 * at + 2),
            format!("{expected} CREATE TABLE next{at} (id int);"),
        ));
    }
    let no_transaction =
        format!("-- migrate: no-transaction\nSET search_path = '';\nSET ROLE {role};\nSELECT 1;");
    files.push(("0015_stepwise.sql".to_owned(), no_transaction));
    files.push(("0016_last.sql".to_owned(), "CREATE TABLE last (id int);".to_owned()));
    set(&crate::support::borrowed(&files)).run(&mut client).await.unwrap();

    let all: Vec<String> = (1..=16).map(|version| version.to_string()).collect();
    assert_eq!(db.value(HISTORY).await, all.join(","));
    assert_eq!(db.value("SELECT count(*) FROM pg_tables WHERE schemaname = 'mine'").await, "8");
    assert_eq!(
        db.value(&format!("SELECT tableowner = '{role}' FROM pg_tables WHERE tablename = 'b'")).await,
        "t"
    );
    assert_eq!(db.value("SELECT count(DISTINCT applied_by) FROM schema_migrations").await, "1");
    for (setting, expected) in [
        ("search_path", "mine, public"),
        ("role", "none"),
        ("my.setting", "kept"),
        ("work_mem", "5MB"),
        ("enable_hashjoin", "off"),
        ("enable_seqscan", "on"),
        ("statement_timeout", "0"),
        ("lock_timeout", "0"),
        ("default_transaction_read_only", "off"),
        ("standard_conforming_strings", "on"),
        ("session_replication_role", "origin"),
        ("datestyle", "ISO, MDY"),
    ] {
        assert_eq!(value(&client, &format!("SHOW {setting}")).await, expected, "{setting}");
    }
    assert_eq!(value(&client, "SELECT session_user = current_user").await, "t");
    db.execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
}

#[tokio::test]
async fn what_a_script_changes_is_put_back_also_when_the_next_one_fails() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let scripts =
        [("0001_a.sql", "SET enable_seqscan = off; SET work_mem = '7MB';"), ("0002_b.sql", "SELECT 1/0;")];
    set(&scripts).run(&mut client).await.unwrap_err();
    assert_eq!(db.value(HISTORY).await, "1");
    assert_eq!(value(&client, "SHOW work_mem").await, "4MB");
    assert_eq!(value(&client, "SHOW enable_seqscan").await, "on");
}

#[tokio::test]
async fn strings_with_backslash_escapes_are_refused() {
    let db = Db::new().await;
    db.execute(&format!("ALTER DATABASE {} SET standard_conforming_strings = off", db.name)).await;
    let error = set(&[("0001_a.sql", "SELECT 'C:\\';")]).run(&mut db.connect().await).await.unwrap_err();
    assert!(error.to_string().starts_with("standard_conforming_strings is off"), "{error}");
}
