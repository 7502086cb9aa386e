//! Test databases, as a test sees them: what it gets, what it may be, and what is left when it is over.
//! `testing_processes` has what several processes do.

use std::process::{Command, Output};

use migrate_runtime::testing::{Blueprint, TestDb};
use migrate_runtime::tokio_postgres::Client;
use migrate_runtime::{BoxError, MigrationSet, Runner, embed_migrations};

use crate::support::{Db, SERVER, borrowed, connect, set, small, value};

static MIGRATIONS: MigrationSet = embed_migrations!("../migrations");

const INSERT: &str = "INSERT INTO users (email, display_name) VALUES ('ada@example.org', 'Ada')";

/// The sample on the server that all tests share.
struct Sample;

impl Blueprint for Sample {
    fn runner(&self) -> Result<Runner<'_>, BoxError> {
        Ok(Runner::new(&MIGRATIONS))
    }

    fn server(&self) -> Option<String> {
        Some(SERVER.url().to_owned())
    }
}

#[migrate_runtime::test(Sample)]
async fn a_test_has_a_database_of_its_own(db: TestDb) {
    let client = db.connect().await.unwrap();
    assert_eq!(value(&client, "SELECT current_database()").await, db.name());
    assert_eq!(value(&client, "SELECT count(*) FROM users").await, "0");
    client.batch_execute(INSERT).await.unwrap();
    assert!(client.batch_execute(INSERT).await.is_err());
    let other = TestDb::new(&Sample).await.unwrap();
    assert_eq!(value(&other.connect().await.unwrap(), "SELECT count(*) FROM users").await, "0");
    // What was copied is a database like any other: nothing is pending, and another driver finds it.
    let report = MIGRATIONS.run_url(other.url()).await.unwrap();
    assert!(report.applied().is_empty());
    other.close().await.unwrap();
}

#[migrate_runtime::test(Sample)]
async fn a_test_has_a_client(client: Client) -> Result<(), Box<dyn std::error::Error>> {
    let name: String = client.query_one("SELECT current_database()", &[]).await?.get(0);
    assert!(name.starts_with("migrate_testdb_"), "{name}");
    Ok(())
}

#[migrate_runtime::test(Sample, flavor = "multi_thread", worker_threads = 2)]
async fn a_test_has_threads(db: TestDb) {
    let url = db.url().to_owned();
    let spawned = tokio::spawn(async move { value(&connect(&url).await, "SELECT 1").await });
    // A runtime with one thread would never come to it.
    let wait = || tokio::runtime::Handle::current().block_on(spawned).unwrap();
    assert_eq!(tokio::task::block_in_place(wait), "1");
}

#[migrate_runtime::test(Sample)]
#[should_panic(expected = "as it should")]
async fn a_test_may_be_one_that_panics(_db: TestDb) {
    panic!("as it should");
}

async fn is_there(name: &str) -> bool {
    let sql = format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'");
    value(&connect(SERVER.url()).await, &sql).await == "1"
}

#[tokio::test]
async fn a_database_is_gone_with_its_value() {
    let db = TestDb::new(&Sample).await.unwrap();
    let name = db.name().to_owned();
    let _client = db.connect().await.unwrap();
    assert!(is_there(&name).await);
    drop(db);
    assert!(!is_there(&name).await);

    let db = TestDb::new(&Sample).await.unwrap();
    let name = db.name().to_owned();
    db.close().await.unwrap();
    assert!(!is_there(&name).await);
}

#[tokio::test]
async fn a_set_without_migrations() {
    let db = TestDb::on(SERVER.url(), &MigrationSet::EMPTY).await.unwrap();
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(value(&db.connect().await.unwrap(), tables).await, "0");
}

#[tokio::test]
async fn options_that_matter_have_a_template_of_their_own() {
    let files = small(2);
    let set = set(&borrowed(&files));
    let runner = Runner::new(&set).in_schema("tenant", &[]).unwrap();
    let (within, plain) =
        (TestDb::on(SERVER.url(), &runner).await.unwrap(), TestDb::on(SERVER.url(), &set).await.unwrap());
    let schema = "SELECT string_agg(DISTINCT schemaname, ',') FROM pg_tables WHERE tablename LIKE 'schema_migrations%'";
    assert_eq!(value(&within.connect().await.unwrap(), schema).await, "tenant");
    assert_eq!(value(&plain.connect().await.unwrap(), schema).await, "public");
}

#[tokio::test]
async fn a_function_is_a_part_of_the_template() {
    let set = set(&[("0001_t.sql", "CREATE TABLE t (n int);"), ("0002_fill.sql", "-- migrate: function\n")]);
    let runner = Runner::new(&set).function(2, |transaction| {
        Box::pin(async move { Ok(transaction.batch_execute("INSERT INTO t VALUES (7)").await?) })
    });
    let db = TestDb::on(SERVER.url(), &runner).await.unwrap();
    assert_eq!(value(&db.connect().await.unwrap(), "SELECT n FROM t").await, "7");
}

#[tokio::test]
async fn migrations_that_fail_are_tried_once() {
    let set = set(&[("0001_broken.sql", "CREATE TABLE testing_broken (id int);\nSELECT 1 / 0;")]);
    let results = tokio::join!(
        TestDb::on(SERVER.url(), &set),
        TestDb::on(SERVER.url(), &set),
        TestDb::on(SERVER.url(), &set),
        TestDb::on(SERVER.url(), &set),
    );
    let errors = [results.0, results.1, results.2, results.3].map(|result| result.unwrap_err());
    assert_eq!(errors.iter().filter(|error| error.migration().is_some()).count(), 1);
    for error in errors {
        let (line, full) = (error.to_string(), format!("{error:?}"));
        assert!(error.is_migration() && !line.contains('\n'), "{line}");
        assert!(line.contains("0001_broken.sql:2:") && line.contains("division by zero"), "{line}");
        assert!(full.starts_with(&line) && full.contains("SELECT 1 / 0;"), "{full}");
    }
}

#[tokio::test]
async fn a_role_that_may_not_create_databases() {
    let db = Db::new().await;
    let role = format!("{}_timid", db.name);
    db.execute(&format!("CREATE ROLE {role} LOGIN PASSWORD 'secret'")).await;
    let (_, address) = SERVER.url().rsplit_once('@').unwrap();
    let url = format!("postgres://{role}:secret@{address}");
    let error = TestDb::on(&url, &MIGRATIONS).await.unwrap_err();
    assert_eq!(error.sqlstate(), Some("42501"));
    let text = format!("{error:#}");
    assert!(text.contains(&format!("ALTER ROLE \"{role}\" CREATEDB")) && !text.contains("secret"), "{text}");
    db.execute(&format!("DROP ROLE {role}")).await;
}

#[migrate_runtime::test(MIGRATIONS)]
#[ignore = "other tests run it, by itself"]
async fn one_that_panics(db: TestDb) {
    panic!("{} is used", db.name());
}

#[migrate_runtime::test(MIGRATIONS)]
#[ignore = "other tests run it, by itself"]
async fn one_that_returns_an_error(db: TestDb) -> Result<(), String> {
    Err(format!("{} is used", db.name()))
}

#[migrate_runtime::test(MIGRATIONS)]
#[ignore = "other tests run it, by itself"]
#[allow(clippy::print_stdout, reason = "its output is what the other test reads")]
async fn one_that_passes(db: TestDb) {
    println!("{} is used", db.name());
}

/// Runs one of those in a process of its own.
fn run(test: &str, environment: &[(&str, &str)]) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--ignored", "--nocapture"]);
    command.env_remove("MIGRATE_KEEP_TEST_DATABASES").env_remove("DATABASE_URL");
    let Output { stdout, stderr, .. } = command.envs(environment.iter().copied()).output().unwrap();
    String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr)
}

/// The name of the database that it had.
fn used(output: &str) -> &str {
    let at = output.find("migrate_testdb_").unwrap_or_else(|| panic!("{output}"));
    output[at..].split([' ', '"']).next().unwrap()
}

#[tokio::test]
async fn a_database_is_kept_where_it_is_wanted() {
    let server = ("DATABASE_URL", SERVER.url());
    for (test, wanted, is_kept) in [
        ("testing::one_that_panics", "", false),
        ("testing::one_that_panics", "failed", true),
        ("testing::one_that_returns_an_error", "failed", true),
        ("testing::one_that_passes", "failed", false),
        ("testing::one_that_passes", "1", true),
    ] {
        let output = run(test, &[server, ("MIGRATE_KEEP_TEST_DATABASES", wanted)]);
        let name = used(&output);
        let admin = connect(SERVER.url()).await;
        assert_eq!(is_there(name).await, is_kept, "{test} {wanted}: {output}");
        let told = output.lines().find(|line| line.starts_with("the database of this test is kept: "));
        assert_eq!(told.is_some(), is_kept, "{output}");
        if let Some(told) = told {
            let comment = format!(
                "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{name}'"
            );
            let kept = format!("migrate-runtime test database: kept of {test}");
            assert_eq!(value(&admin, &comment).await, kept);
            assert!(told.starts_with("the database of this test is kept: postgres://"), "{told}");
            assert!(told.contains('@') && told.ends_with(&format!("/{name}")), "{told}");
            let (user, _) = told.split_once("//").unwrap().1.split_once('@').unwrap();
            assert!(!user.contains(':'), "{told}");
            admin.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
        }
    }
}

#[tokio::test]
async fn who_has_no_server_is_told_how_to_have_one() {
    let output = run("testing::one_that_panics", &[]);
    assert!(output.contains("there is no server for test databases: set DATABASE_URL"), "{output}");
    assert!(output.contains("migrate_server::Server::of_run()"), "{output}");
}
