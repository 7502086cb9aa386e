//! One set on many databases: each tenant's failure is its own, every tenant is in the report once, and what was done is
//! done once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use migrate_runtime::fleet::{
    CreateDatabase, Fleet, Gate, GateFuture, Observer, Outcome, Share, Stop, Tenant, TenantReport, Tenants,
    Wave,
};
use migrate_runtime::{MigrationSet, Runner};
use tokio::sync::Notify;

use crate::fleet_tenants::{Town, counts, outcomes};
use crate::proxy::Proxy;
use crate::support::{Db, HISTORY, SERVER, TABLES, borrowed, connect, options, set, small, value};

fn three() -> MigrationSet {
    set(&borrowed(&small(3)))
}

#[tokio::test]
async fn a_service_may_spawn_it() {
    fn assert_send<T: Send>(_: T) {}
    let (set, tenants) = (three(), Tenants::default());
    let fleet = Fleet::new(Runner::new(&set));
    assert_send(fleet.up(&tenants));
    assert_send(Tenants::from_query("", ""));
    let report = fleet.up(&tenants).await.unwrap();
    assert!(report.is_well() && report.to_string().starts_with("0 tenants in "), "{report}");
}

#[tokio::test]
async fn everybody_is_brought_forward_once_and_then_left_alone() {
    let town = Town::of("fleet_all", 12).await;
    let set = three();
    let fleet = Fleet::new(Runner::new(&set));
    set_of_two().run(&mut town.connect(5).await).await.unwrap();
    let status = fleet.status(&town.tenants()).await.unwrap();
    assert_eq!(counts(&status), "12 behind");
    let behind = &status.tenants()[5];
    assert_eq!((behind.from(), behind.to(), behind.migrations()), (Some("0002_t2"), Some("0003_t3"), 1));
    assert_eq!(status.skew().into_iter().collect::<Vec<_>>(), [(None, 11), (Some("0002_t2"), 1)]);

    let report = fleet.up(&town.tenants()).await.unwrap();
    assert_eq!((counts(&report).as_str(), report.is_well()), ("12 applied", true));
    assert_eq!(report.skew().into_iter().collect::<Vec<_>>(), [(Some("0003_t3"), 12)]);
    for at in 0..12 {
        assert_eq!(value(&town.connect(at).await, HISTORY).await, "1,2,3");
    }
    assert_eq!(counts(&fleet.up(&town.tenants()).await.unwrap()), "12 current");
    assert_eq!(counts(&fleet.status(&town.tenants()).await.unwrap()), "12 current");
    let older = set_of_two();
    assert_eq!(counts(&Fleet::new(Runner::new(&older)).up(&town.tenants()).await.unwrap()), "12 ahead");
    town.end().await;
}

fn set_of_two() -> MigrationSet {
    set(&borrowed(&small(2)))
}

/// A URL of the shared server with another user and password.
fn as_nobody(url: &str) -> String {
    let (_, rest) = url.split_once('@').unwrap();
    format!("postgres://nobody_at_all:s3cret@{rest}")
}

#[tokio::test]
async fn failures_of_every_kind_are_each_their_own() {
    let town = Town::of("fleet_odd", 9).await;
    let set = set(&[
        ("0001_t.sql", "CREATE TABLE t (id int);"),
        ("0002_unique.sql", "ALTER TABLE t ADD CONSTRAINT once UNIQUE (id);"),
    ]);
    let first = set_of_one();
    for at in 1..9 {
        first.run(&mut town.connect(at).await).await.unwrap();
    }
    // 1: what is there contradicts the migration. 2: its history was edited. 3: somebody holds a lock. 4: a newer binary
    // was here.
    town.connect(1).await.batch_execute("INSERT INTO t VALUES (1), (1)").await.unwrap();
    town.connect(2)
        .await
        .batch_execute("UPDATE schema_migrations SET checksum = 'x', tokens_checksum = 'x'")
        .await
        .unwrap();
    let holder = town.connect(3).await;
    holder.batch_execute("BEGIN; LOCK TABLE t IN ACCESS SHARE MODE").await.unwrap();
    town.connect(4).await.batch_execute(
        "INSERT INTO schema_migrations (version, description, checksum, tokens_checksum, state, applied_at) \
         SELECT 9, 'newer', '', '', 'applied', now()",
    ).await.unwrap();
    let mut list = town.list();
    list[5] = Tenant::new("t5", as_nobody(&town.url(5)));
    list[6] = Tenant::new("t6", SERVER.url_of("no_such_database"));
    list[7] = Tenant::new("t7", "postgres://u:s3cret@127.0.0.1:1/d");
    list[8] = Tenant::new("t8", "postgres://u:s3cret@h/d?sslmod=off");
    let tenants = Tenants::new(list).unwrap();

    let runner = Runner::new(&set).lock_timeout(Duration::from_millis(200)).max_attempts(1);
    let report = Fleet::new(runner).patience(Duration::from_millis(300)).up(&tenants).await.unwrap();
    assert_eq!(
        outcomes(&report),
        "t0 applied, t1 failed, t2 changed, t3 failed, t4 changed, t5 failed, t6 failed, t7 unreachable, t8 failed"
    );
    for (at, words) in [
        (1, "0002_unique.sql:1:1: could not create unique index"),
        (2, "was edited after it was applied"),
        (3, "canceling statement due to lock timeout (55P03); the lock was held by"),
        (4, "0002_unique.sql is not applied, but 9_newer, which comes after it, is"),
        (5, "password authentication failed"),
        (6, "database \"no_such_database\" does not exist"),
        (7, "refused the connection"),
        (8, "unknown option `sslmod`"),
    ] {
        let error = report.tenants()[at].error().unwrap();
        assert!(error.contains(words), "t{at}: {error}");
        assert!(!format!("{report}{report:?}{}", serde_json::to_string(&report).unwrap()).contains("s3cret"));
    }
    assert_eq!(report.tenants()[7].attempts(), 2);
    assert!(report.tenants().iter().enumerate().all(|(at, tenant)| at == 7 || tenant.attempts() == 1));

    // Once what is wrong is mended, the same again finishes the job.
    holder.batch_execute("COMMIT").await.unwrap();
    town.connect(1).await.batch_execute("DELETE FROM t").await.unwrap();
    let report =
        Fleet::new(Runner::new(&set)).up(&Tenants::new(town.list().drain(..4)).unwrap()).await.unwrap();
    assert_eq!(outcomes(&report), "t0 current, t1 applied, t2 changed, t3 applied");
    town.end().await;
}

fn set_of_one() -> MigrationSet {
    set(&[("0001_t.sql", "CREATE TABLE t (id int);")])
}

/// Takes down what happens.
#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl Notes {
    fn add(&self, note: String) {
        self.0.lock().unwrap().push(note);
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Observer for Notes {
    fn wave_begun(&self, wave: &Wave) {
        self.add(format!("wave {}/{}: {}", wave.number, wave.of, wave.tenants));
    }

    fn done(&self, tenant: &TenantReport) {
        self.add(format!("{} {}", tenant.slug(), tenant.outcome()));
    }
}

struct Refuses;

impl Gate for Refuses {
    fn pass<'g>(&'g self, wave: &'g Wave) -> GateFuture<'g> {
        Box::pin(async move { if wave.number == 2 { Err("errors rise".into()) } else { Ok(()) } })
    }
}

#[tokio::test]
async fn canaries_come_first_and_waves_after_them_until_a_check_says_no() {
    let town = Town::of("fleet_waves", 8).await;
    let (set, notes) = (three(), Notes::default());
    let fleet = Fleet::new(Runner::new(&set)).observer(&notes).jobs(1);
    let fleet = fleet.canary_slugs(["t6"]).waves([Share::Percent(50.0)]).gate(&Refuses);
    let report = fleet.up(&town.tenants()).await.unwrap();
    assert_eq!(
        notes.take(),
        ["wave 1/3: 1", "t6 applied", "wave 2/3: 3", "t0 applied", "t1 applied", "t2 applied"]
    );
    assert_eq!(counts(&report), "4 applied, 4 not begun");
    assert_eq!(report.stopped(), Some("the check after wave 2 of 3 failed: errors rise"));
    assert!(!report.is_well());
    assert_eq!(report.tenants()[6].wave(), 1);
    assert_eq!(report.tenants()[7].wave(), 0);
    assert_eq!(value(&town.connect(7).await, TABLES).await, "");

    let fleet = Fleet::new(Runner::new(&set)).canaries(1).waves([Share::Count(3)]);
    assert_eq!(counts(&fleet.up(&town.tenants()).await.unwrap()), "4 current, 4 applied");
    let error = Fleet::new(Runner::new(&set)).canary_slugs(["nobody"]).up(&town.tenants()).await.unwrap_err();
    assert_eq!(error.to_string(), "the canary nobody is not among the tenants [M0705]");
    town.end().await;
}

#[tokio::test]
async fn a_rollout_stops_after_failures_and_loses_nobody() {
    let town = Town::of("fleet_stop", 8).await;
    let set = three();
    for at in [1, 2, 4, 6] {
        town.connect(at).await.batch_execute("CREATE TABLE t2 ()").await.unwrap();
    }
    let fleet = Fleet::new(Runner::new(&set)).jobs(1);
    let report = fleet.clone().max_failures(Share::Percent(20.0)).up(&town.tenants()).await.unwrap();
    assert_eq!(
        outcomes(&report),
        "t0 applied, t1 failed, t2 failed, t3 not begun, t4 not begun, t5 not begun, t6 not begun, t7 not begun"
    );
    assert_eq!(report.stopped(), Some("2 of 8 tenants failed"));
    // A canary that fails is enough.
    let report = fleet.clone().canary_slugs(["t3", "t4"]).up(&town.tenants()).await.unwrap();
    assert_eq!(
        (counts(&report).as_str(), report.stopped()),
        ("1 applied, 1 failed, 6 not begun", Some("1 of 2 canaries failed"))
    );
    // Whoever has had enough says so.
    let stop = Stop::default();
    stop.call();
    let report = fleet.stop(stop).up(&town.tenants()).await.unwrap();
    assert_eq!((counts(&report).as_str(), report.stopped()), ("8 not begun", Some("it was interrupted")));
    town.end().await;
}

#[tokio::test]
async fn a_current_tenant_costs_one_round_trip_and_two_rows() {
    let db = Db::new().await;
    let set = set(&borrowed(&small(50)));
    set.run(&mut db.connect().await).await.unwrap();
    let proxy = Proxy::to(&db.url).await;
    // What the proxy counts begins with the first message in the clear.
    let url = format!("{}?sslmode=disable", proxy.url(&db.url));
    let tenants = Tenants::new([Tenant::new("a", &url)]).unwrap();
    let fleet = Fleet::new(Runner::new(&set)).connections_per_server(1);
    connect(&url).await;
    let connecting = proxy.take_turnarounds();
    let _ = proxy.take_rows();
    assert!(fleet.up(&tenants).await.unwrap().is_well());
    assert_eq!((proxy.take_turnarounds() - connecting, proxy.take_rows()), (1, 2));
}

#[tokio::test]
async fn databases_that_are_missing_are_created_for_who_wants_that() {
    let missing = format!("fleet_missing_{}", std::process::id());
    let set = three();
    let tenants = Tenants::new([Tenant::new("new", SERVER.url_of(&missing))]).unwrap();
    let fleet = Fleet::new(Runner::new(&set));
    assert_eq!(counts(&fleet.up(&tenants).await.unwrap()), "1 failed");
    let owned = fleet.clone().create_missing(CreateDatabase::new().owner("nobody_at_all"));
    let report = owned.up(&tenants).await.unwrap();
    assert!(
        report.tenants()[0]
            .error()
            .unwrap()
            .contains("could not be created: role \"nobody_at_all\" does not exist"),
        "{report}"
    );

    let how = CreateDatabase::new().template("template0").encoding("UTF8");
    let fleet = fleet.create_missing(how);
    assert_eq!(counts(&fleet.up(&tenants).await.unwrap()), "1 applied");
    assert_eq!(value(&connect(&SERVER.url_of(&missing)).await, TABLES).await, "t1,t2,t3");
    connect(SERVER.url())
        .await
        .batch_execute(&format!("DROP DATABASE {missing} WITH (FORCE)"))
        .await
        .unwrap();
}

/// Says when the third tenant is done.
#[derive(Default)]
struct Third {
    done: AtomicUsize,
    reached: Notify,
}

impl Observer for Third {
    fn done(&self, _: &TenantReport) {
        if self.done.fetch_add(1, Ordering::SeqCst) == 2 {
            self.reached.notify_one();
        }
    }
}

#[tokio::test]
async fn a_server_that_goes_away_in_the_middle() {
    let server = Arc::new(Mutex::new(options().start().unwrap()));
    let url = server.lock().unwrap().url().to_owned();
    let admin = connect(&url).await;
    let urls: Vec<String> = (0..10).map(|n| server.lock().unwrap().url_of(&format!("t{n}"))).collect();
    for n in 0..10 {
        admin.batch_execute(&format!("CREATE DATABASE t{n}")).await.unwrap();
    }
    let set = three();
    let tenants =
        Tenants::new(urls.iter().enumerate().map(|(n, url)| Tenant::new(format!("t{n}"), url))).unwrap();

    let third = Third::default();
    let fleet = Fleet::new(Runner::new(&set)).jobs(4).connections_per_server(4).observer(&third);
    let crash = async {
        third.reached.notified().await;
        let server = Arc::clone(&server);
        let crashed = tokio::task::spawn_blocking(move || {
            let mut server = server.lock().unwrap();
            server.stop_immediately().unwrap();
            server.restart().unwrap();
        });
        crashed.await.unwrap();
    };
    let (report, ()) = tokio::join!(fleet.up(&tenants), crash);
    let report = report.unwrap();
    assert!(report.is_well(), "{report}");
    for url in &urls {
        assert_eq!(value(&connect(url).await, HISTORY).await, "1,2,3");
    }

    // For good: who cannot be reached is told, and so is everybody who was not begun.
    server.lock().unwrap().stop_immediately().unwrap();
    let fleet = Fleet::new(Runner::new(&set))
        .jobs(4)
        .patience(Duration::from_millis(300))
        .max_failures(Share::Count(4));
    let report = fleet.up(&tenants).await.unwrap();
    assert!(report.count(Outcome::Unreachable) >= 4, "{report}");
    assert_eq!(report.count(Outcome::Unreachable) + report.count(Outcome::NotBegun), 10, "{report}");
}
