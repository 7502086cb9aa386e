//! Several sets in one database: a library's, and that of an application with foreign keys to it, in the declared order.

use migrate_runtime::{MigrationSet, NamedSet, Report, Runner, Sets, SetsError, SetsReport};

use crate::proxy::Proxy;
use crate::support::{Db, NO_ADVISORY_LOCK, TABLES, connect, set, stems, value};

/// Its tables are in a schema of its own, which is the one of its history.
const LIBRARY: &[(&str, &str)] = &[
    ("0001_entries.up.sql", "CREATE TABLE audit.entries (id int PRIMARY KEY);"),
    ("0001_entries.down.sql", "DROP TABLE audit.entries;"),
    (
        "0002_idx.up.sql",
        "-- migrate: no-transaction\nCREATE INDEX CONCURRENTLY entries_idx ON audit.entries (id DESC);",
    ),
    ("0002_idx.down.sql", "-- migrate: no-transaction\nDROP INDEX CONCURRENTLY audit.entries_idx;"),
];

const APPLICATION: &[(&str, &str)] = &[
    ("0001_orders.up.sql", "CREATE TABLE orders (id int PRIMARY KEY, entry int REFERENCES audit.entries);"),
    ("0001_orders.down.sql", "DROP TABLE orders;"),
];

const REPORTS: &[(&str, &str)] = &[
    ("0001_totals.up.sql", "CREATE VIEW totals AS SELECT count(*) FROM orders;"),
    ("0001_totals.down.sql", "DROP VIEW totals;"),
];

/// The sets of an application, which stay where they are listed from.
struct Owned {
    library: MigrationSet,
    application: MigrationSet,
    reports: MigrationSet,
}

impl Owned {
    fn new() -> Self {
        Self { library: set(LIBRARY), application: set(APPLICATION), reports: set(REPORTS) }
    }

    /// Listed the wrong way round.
    fn sets(&self) -> Sets<'_> {
        let named = |name, set, (schema, table)| {
            NamedSet::new(name, Runner::new(set).history_table(schema, table).unwrap())
        };
        Sets::new([
            named("reports", &self.reports, ("public", "reports_migrations")).after("shop").after("audit"),
            named("shop", &self.application, ("public", "schema_migrations")).after("audit"),
            named("audit", &self.library, ("audit", "schema_migrations")),
        ])
        .unwrap()
    }
}

fn names(report: &SetsReport) -> Vec<&str> {
    report.iter().map(|(name, _)| name).collect()
}

fn applied(report: &SetsReport) -> usize {
    report.iter().map(|(_, report)| report.applied().len()).sum()
}

#[tokio::test]
async fn each_set_is_applied_behind_those_that_it_refers_to_and_goes_before_them() {
    let db = Db::new().await;
    let owned = Owned::new();
    let (sets, mut client) = (owned.sets(), db.connect().await);
    assert_eq!(sets.iter().map(NamedSet::name).collect::<Vec<_>>(), ["audit", "shop", "reports"]);
    let report = sets.run(&mut client).await.unwrap();
    assert_eq!(names(&report), ["audit", "shop", "reports"]);
    assert_eq!(stems(report.get("audit").unwrap().applied()), ["0001_entries", "0002_idx"]);
    assert_eq!(stems(report.get("shop").unwrap().applied()), ["0001_orders"]);
    let again = sets.run_url(&db.url).await.unwrap();
    assert_eq!(
        again.to_string(),
        "audit: nothing to do: the database is at 0002_idx\nshop: nothing to do: the database is at 0001_orders\n\
         reports: nothing to do: the database is at 0001_totals"
    );

    // A library does not go from under who uses it: the database sees to that, and all stays as it was.
    let error = sets.get("audit").unwrap().runner().revert_to(&mut client, 0).await.unwrap_err();
    assert!(
        error.to_string().contains("0001_entries.down.sql:1:1: cannot drop table audit.entries"),
        "{error}"
    );
    assert_eq!(stems(error.report().reverted()), ["0002_idx"]);
    assert_eq!(applied(&sets.run(&mut client).await.unwrap()), 1);

    let report = sets.revert_all(&mut client).await.unwrap();
    assert_eq!(names(&report), ["reports", "shop", "audit"]);
    assert_eq!(stems(report.get("audit").unwrap().reverted()), ["0002_idx", "0001_entries"]);
    assert_eq!(db.value("SELECT concat(to_regclass('orders'), to_regclass('audit.entries'))").await, "");
    assert_eq!(applied(&sets.run(&mut client).await.unwrap()), 4);
}

#[tokio::test]
async fn replicas_that_start_at_once_apply_each_migration_once() {
    let db = Db::new().await;
    let run = |url: String| async move { Owned::new().sets().run_url(&url).await };
    let replicas: Vec<_> = (0..6).map(|_| tokio::spawn(run(db.url.clone()))).collect();
    let mut sum = 0;
    for replica in replicas {
        let report = replica.await.unwrap().unwrap();
        assert_eq!(names(&report), ["audit", "shop", "reports"]);
        assert_eq!(report.get("reports").and_then(Report::current), Some("0001_totals"));
        sum += applied(&report);
    }
    assert_eq!(sum, 4);
    let log = "SELECT count(*) FROM (SELECT FROM audit.schema_migrations_log UNION ALL SELECT FROM schema_migrations_log \
               UNION ALL SELECT FROM reports_migrations_log) AS log";
    assert_eq!(db.value(log).await, "4");
    assert_eq!(db.value(NO_ADVISORY_LOCK).await, "t");
}

#[tokio::test]
async fn a_set_that_fails_is_named_with_what_was_done_before_it_and_what_was_not_begun() {
    let db = Db::new().await;
    db.execute("CREATE TABLE orders ()").await;
    let owned = Owned::new();
    let error = owned.sets().run_url(&db.url).await.unwrap_err();
    assert_eq!((error.set(), names(error.report())), (Some("shop"), vec!["audit"]));
    assert_eq!(error.not_begun().collect::<Vec<_>>(), ["reports"]);
    assert_eq!((applied(error.report()), error.error().sqlstate()), (2, Some("42P07")));
    let line = error.to_string();
    let place = "shop: migrations/0001_orders.up.sql:1:1: relation \"orders\" already exists (42P07)";
    assert!(line.starts_with(place) && !line.contains('\n'), "{line}");
    let text = format!("{error:#}");
    assert!(
        text.ends_with(
            "\nsets that were done before it, and stay so: audit\nsets that were not begun: reports"
        ),
        "{text}"
    );
    assert_eq!(db.value("SELECT to_regclass('reports_migrations')").await, "<null>");

    db.execute("DROP TABLE orders").await;
    let report = owned.sets().run_url(&db.url).await.unwrap();
    let counts: Vec<usize> = report.iter().map(|(_, report)| report.applied().len()).collect();
    assert_eq!(counts, [0, 1, 1]);
}

#[tokio::test]
async fn nothing_is_reverted_where_a_set_cannot_be() {
    let db = Db::new().await;
    let library = set(&[("0001_entries.sql", "CREATE TABLE entries (id int PRIMARY KEY);")]);
    let application = set(APPLICATION_IN_PUBLIC);
    let sets = Sets::new([
        NamedSet::new("library", Runner::new(&library).history_table("public", "library").unwrap()),
        NamedSet::new("shop", Runner::new(&application)).after("library"),
    ])
    .unwrap();
    let mut client = db.connect().await;
    sets.run(&mut client).await.unwrap();
    let error: SetsError = sets.revert_all(&mut client).await.unwrap_err();
    assert_eq!((error.set(), error.error().is_irreversible()), (Some("library"), true));
    assert_eq!(error.not_begun().collect::<Vec<_>>(), ["shop"]);
    assert_eq!(db.value(TABLES).await, "entries,library,library_log,orders");
    assert_eq!(applied(&sets.run(&mut client).await.unwrap()), 0);
}

const APPLICATION_IN_PUBLIC: &[(&str, &str)] = &[
    ("0001_orders.up.sql", "CREATE TABLE orders (id int PRIMARY KEY, entry int REFERENCES entries);"),
    ("0001_orders.down.sql", "DROP TABLE orders;"),
];

#[tokio::test]
async fn sets_that_would_share_a_history_are_refused_before_anything_is_done() {
    let owned = Owned::new();
    let error = Sets::new([
        NamedSet::new("audit", Runner::new(&owned.library)),
        NamedSet::new("shop", Runner::new(&owned.application)).after("audit"),
    ])
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the sets audit and shop would both keep their history in \"public\".\"schema_migrations\": give one of them \
         another `history-table` in its migrate.toml, or by Runner::history_table [M0552]"
    );
}

#[tokio::test]
async fn a_current_database_costs_a_round_trip_a_set() {
    let db = Db::new().await;
    let owned = Owned::new();
    owned.sets().run_url(&db.url).await.unwrap();
    let proxy = Proxy::to(&db.url).await;
    let mut client = connect(&proxy.url(&db.url)).await;
    proxy.take_turnarounds();
    owned.sets().run(&mut client).await.unwrap();
    assert_eq!(proxy.take_turnarounds(), 3);
    assert_eq!(value(&client, "SELECT 1").await, "1");
}

#[tokio::test]
async fn no_connection_is_no_fault_of_a_set() {
    let error = Owned::new().sets().run_url("postgres://app:s3cret@127.0.0.1:1/shop").await.unwrap_err();
    assert!(error.set().is_none() && error.error().is_connect() && names(error.report()).is_empty());
    let text = format!("{error:#}");
    assert!(
        text.ends_with("\nsets that were not begun: audit, shop, reports") && !text.contains("s3cret"),
        "{text}"
    );
}
