//! Another tool's history under the name of ours: it is told whose it is, and nothing is touched.

use migrate_runtime::Runner;

use crate::support::{Db, set};

/// The tables as the tools make them.
const TABLES: [(&str, &str); 9] = [
    ("golang-migrate", "version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL"),
    ("dbmate", "version varchar(128) PRIMARY KEY"),
    ("Rails (Active Record) or dbmate", "version character varying NOT NULL PRIMARY KEY"),
    ("node-pg-migrate", "id SERIAL PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL"),
    ("Ecto", "version bigint PRIMARY KEY, inserted_at timestamp(0)"),
    (
        "sqlx",
        "version bigint PRIMARY KEY, description text NOT NULL, installed_on timestamptz NOT NULL DEFAULT now(), \
         success boolean NOT NULL, checksum bytea NOT NULL, execution_time bigint NOT NULL",
    ),
    (
        "refinery",
        "version int4 PRIMARY KEY, name varchar(255), applied_on varchar(255), checksum varchar(255)",
    ),
    ("diesel", "version varchar(50) PRIMARY KEY, run_on timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP"),
    ("Supabase", "version text NOT NULL PRIMARY KEY, statements text[], name text"),
];

#[tokio::test]
async fn the_tool_is_named_and_its_table_is_not_touched() {
    let set = set(&[("0001_a.sql", "CREATE TABLE a (id int);")]);
    let db = Db::new().await;
    let mut client = db.connect().await;
    for (tool, columns) in TABLES {
        db.execute(&format!("CREATE TABLE schema_migrations ({columns})")).await;
        let error = set.run(&mut client).await.unwrap_err();
        let expected = format!(
            "the table \"public\".\"schema_migrations\" exists and looks like the history of {tool}; nothing was \
             touched: choose another name with Runner::history_table"
        );
        assert!(error.to_string().starts_with(&expected), "{tool}: {error}");
        assert_eq!(db.value("SELECT count(*) FROM schema_migrations").await, "0", "{tool}");
        assert_eq!(db.value("SELECT to_regclass('a') IS NULL").await, "t", "{tool}");
        db.execute("DROP TABLE schema_migrations").await;
    }
}

#[tokio::test]
async fn a_table_of_nobody_known_and_a_view_are_not_touched_either() {
    let set = set(&[("0001_a.sql", "CREATE TABLE a (id int);")]);
    let db = Db::new().await;
    for (sql, drop) in [
        ("CREATE TABLE schema_migrations (thing int)", "DROP TABLE schema_migrations"),
        ("CREATE VIEW schema_migrations AS SELECT 1 AS one", "DROP VIEW schema_migrations"),
    ] {
        db.execute(sql).await;
        let error = set.run(&mut db.connect().await).await.unwrap_err();
        assert!(error.to_string().contains("exists and is not a history table of this crate"), "{error}");
        assert_eq!(db.value("SELECT to_regclass('a') IS NULL").await, "t");
        db.execute(drop).await;
    }
}

/// The history was dropped to start over, and its log was left.
#[tokio::test]
async fn a_log_without_its_history_is_an_error_and_not_waited_for() {
    let set = set(&[("0001_a.sql", "CREATE TABLE a (id int);")]);
    let db = Db::new().await;
    let mut client = db.connect().await;
    set.run(&mut client).await.unwrap();
    db.execute("DROP TABLE schema_migrations; DROP TABLE a").await;
    for error in [
        set.run(&mut client).await.unwrap_err(),
        Runner::new(&set).baseline(&mut client, 1).await.unwrap_err(),
    ] {
        assert_eq!(error.sqlstate(), Some("42P07"), "{error}");
        assert!(error.to_string().contains("; the name is taken, "), "{error}");
    }
    db.execute("DROP TABLE schema_migrations_log").await;
    assert_eq!(set.run(&mut client).await.unwrap().applied().len(), 1);
}
