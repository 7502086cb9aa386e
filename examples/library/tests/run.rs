//! The library by itself: each test has a database with its migrations applied, and nothing of an application's.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::LazyLock;

use migrate_runtime::testing::{Blueprint, TestDb};
use migrate_runtime::{BoxError, Runner};
use migrate_server::Server;

static SERVER: LazyLock<Server> =
    LazyLock::new(|| Server::obtain().unwrap_or_else(|error| panic!("{error}")));

struct Library;

impl Blueprint for Library {
    fn runner(&self) -> Result<Runner<'_>, BoxError> {
        Ok(Runner::new(&audit_log::MIGRATIONS))
    }

    fn server(&self) -> Option<String> {
        Some(SERVER.url().to_owned())
    }
}

#[migrate_runtime::test(Library)]
async fn an_entry_is_there_with_its_transaction_and_stays(db: TestDb) {
    let mut client = db.connect().await.unwrap();
    let transaction = client.transaction().await.unwrap();
    audit_log::record(&transaction, "ada", "looked").await.unwrap();
    transaction.rollback().await.unwrap();
    let transaction = client.transaction().await.unwrap();
    audit_log::record(&transaction, "ada", "bought").await.unwrap();
    transaction.commit().await.unwrap();

    for sql in [
        "UPDATE audit_log.entries SET actor = 'bob'",
        "DELETE FROM audit_log.entries",
        "TRUNCATE audit_log.entries",
    ] {
        let error = client.batch_execute(sql).await.unwrap_err();
        assert_eq!(error.as_db_error().unwrap().message(), "the audit log is only appended to", "{sql}");
    }
    let rows = client.query("SELECT actor || ' ' || action FROM audit_log.entries", &[]).await.unwrap();
    let entries: Vec<&str> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(entries, ["ada bought"]);
}

#[migrate_runtime::test(Library)]
async fn it_leaves_the_schema_of_others_alone_and_goes_without_a_trace(db: TestDb) {
    let mut client = db.connect().await.unwrap();
    let objects = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace";
    assert_eq!(client.query_one(objects, &[]).await.unwrap().get::<_, i64>(0), 0);
    let report = audit_log::migrations().runner().revert_to(&mut client, 0).await.unwrap();
    assert_eq!(report.reverted().len(), 2);
    let tables =
        "SELECT string_agg(tablename, ' ' ORDER BY tablename) FROM pg_tables WHERE schemaname = 'audit_log'";
    let left: String = client.query_one(tables, &[]).await.unwrap().get(0);
    assert_eq!(left, "schema_migrations schema_migrations_log");
}
