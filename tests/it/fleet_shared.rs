//! A run that several processes share: each tenant is migrated once, whoever dies on the way, and everybody has the whole
//! report in the end.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use migrate_runtime::fleet::{
    Fleet, Gate, GateFuture, Observer, Outcome, Share, SharedRun, Stop, Tenant, Tenants, Wave,
};
use migrate_runtime::{MigrationSet, Runner};

use crate::fleet_tenants::counts;
use crate::support::{Db, borrowed, options, set, small, until};

/// A database of schemas `s1`, `s2`, …, each a tenant, which is the control database too.
pub(crate) struct Village {
    pub(crate) db: Db,
    pub(crate) tenants: Tenants,
}

impl Village {
    pub(crate) async fn of(count: usize) -> Self {
        let db = Db::new().await;
        let sql: Vec<String> = (1..=count).map(|n| format!("CREATE SCHEMA s{n}; ")).collect();
        db.execute(&sql.concat()).await;
        let tenant = |n| Tenant::new(format!("s{n}"), &db.url).in_schema(format!("s{n}"));
        let tenants = Tenants::new((1..=count).map(tenant)).unwrap();
        Self { db, tenants }
    }

    pub(crate) fn run(&self) -> SharedRun {
        SharedRun::new(&self.db.url, "release 7").lease(Duration::from_secs(2))
    }

    /// How often a migration was applied, in all schemas.
    pub(crate) async fn applied(&self, count: usize) -> String {
        let each: Vec<String> = (1..=count)
            .map(|n| format!("(SELECT count(*) FROM s{n}.schema_migrations_log WHERE outcome = 'done')"))
            .collect();
        self.db.value(&format!("SELECT {}", each.join(" + "))).await
    }
}

pub(crate) fn two() -> MigrationSet {
    set(&borrowed(&small(2)))
}

#[tokio::test]
async fn three_share_it_and_each_has_the_whole_report() {
    let village = Village::of(30).await;
    let set = two();
    let fleet = Fleet::new(Runner::new(&set)).jobs(3).connections_per_server(3);
    let fleet = fleet.canaries(2).waves([Share::Percent(50.0)]);
    let (tenants, run) = (&village.tenants, village.run());
    let (a, b, c) = tokio::join!(
        fleet.up_shared(tenants, &run),
        fleet.up_shared(tenants, &run),
        fleet.up_shared(tenants, &run)
    );
    for report in [a, b, c] {
        let report = report.unwrap();
        assert_eq!((counts(&report).as_str(), report.is_well()), ("30 applied", true), "{report}");
        assert_eq!(report.tenants().iter().filter(|tenant| tenant.wave() == 1).count(), 2);
        assert_eq!(report.tenants()[29].wave(), 3);
    }
    assert_eq!(village.applied(30).await, "60");

    // Who comes again finds it done, and another set is another run.
    assert_eq!(counts(&fleet.up_shared(tenants, &run).await.unwrap()), "30 applied");
    let more = crate::support::set(&borrowed(&small(3)));
    let error = Fleet::new(Runner::new(&more)).up_shared(tenants, &run).await.unwrap_err();
    assert!(error.to_string().starts_with("the run release 7 is of another set of migrations"), "{error}");
    let other = SharedRun::new(&village.db.url, "release 8");
    assert_eq!(
        counts(&Fleet::new(Runner::new(&more)).up_shared(tenants, &other).await.unwrap()),
        "30 applied"
    );
    assert_eq!(village.applied(30).await, "90");
    let ledger = village.db.value("SELECT string_agg(t::text, '') FROM migrate_fleet_turns t").await;
    assert!(!ledger.contains("postgres://"), "{ledger}");
}

#[tokio::test]
async fn what_a_process_has_claimed_that_is_gone_goes_to_others() {
    let village = Village::of(6).await;
    let set = two();
    // One whose migrations never end, as if its process were stuck for good: it is dropped in the middle.
    let gate = village.db.connect().await;
    gate.batch_execute("CREATE TABLE public.gate ()").await.unwrap();
    gate.batch_execute("BEGIN; LOCK TABLE public.gate").await.unwrap();
    let stuck = crate::support::set(&[
        ("0001_t1.sql", "CREATE TABLE t1 (id int PRIMARY KEY);\n"),
        ("0002_t2.sql", "CREATE TABLE t2 (id int PRIMARY KEY);\n"),
    ]);
    assert_eq!(stuck, set);
    village.db.execute("CREATE FUNCTION s1.wait() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN \
        IF current_schema() = 's1' THEN LOCK TABLE public.gate; END IF; END $$; \
        CREATE EVENT TRIGGER wait ON ddl_command_start WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION s1.wait()").await;
    let fleet = Fleet::new(Runner::new(&set).lock_timeout(None)).jobs(2).connections_per_server(2);
    let run = village.run();
    let waits = "SELECT count(*) >= 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
    let looking = village.db.connect().await;
    tokio::select! {
        report = fleet.up_shared(&village.tenants, &run) => panic!("{report:?}"),
        () = until(&looking, waits) => {}
    }
    assert_eq!(
        village.db.value("SELECT count(*) > 0 FROM migrate_fleet_turns WHERE state = 'claimed'").await,
        "t"
    );
    gate.batch_execute("COMMIT").await.unwrap();
    gate.batch_execute("DROP EVENT TRIGGER wait").await.unwrap();

    let report = fleet.up_shared(&village.tenants, &run).await.unwrap();
    assert!(report.is_well(), "{report}");
    assert_eq!(report.count(Outcome::Applied) + report.count(Outcome::Current), 6, "{report}");
    assert_eq!(village.applied(6).await, "12");
}

struct No;

impl Gate for No {
    fn pass<'g>(&'g self, _: &'g Wave) -> GateFuture<'g> {
        Box::pin(async { Err("the error rate is up".into()) })
    }
}

#[tokio::test]
async fn a_run_that_has_stopped_goes_on_when_somebody_wants_it() {
    let village = Village::of(10).await;
    let set = two();
    village.db.execute("CREATE TABLE s2.t2 ()").await;
    let fleet = Fleet::new(Runner::new(&set)).jobs(2);
    let run = village.run();

    let report = fleet.clone().canaries(2).up_shared(&village.tenants, &run).await.unwrap();
    assert_eq!(counts(&report), "1 applied, 1 failed, 8 not begun");
    assert_eq!(report.stopped(), Some("1 of 2 canaries failed"));
    assert_eq!(
        counts(&fleet.up_shared(&village.tenants, &run).await.unwrap()),
        "1 applied, 1 failed, 8 not begun"
    );

    village.db.execute("DROP TABLE s2.t2").await;
    let again = run.clone().retry_failed();
    let report = fleet.clone().gate(&No).up_shared(&village.tenants, &again).await.unwrap();
    assert_eq!(counts(&report), "2 applied, 8 not begun");
    assert_eq!(report.stopped(), Some("the check after wave 1 of 2 failed: the error rate is up"));
    let report = fleet.up_shared(&village.tenants, &again).await.unwrap();
    assert_eq!((counts(&report).as_str(), report.is_well()), ("10 applied", true));
    assert_eq!(village.applied(10).await, "20");
}

#[tokio::test]
async fn enough_failures_stop_all_and_a_process_that_is_told_to_stops_alone() {
    let village = Village::of(12).await;
    let set = two();
    let (fleet, run) = (Fleet::new(Runner::new(&set)).jobs(2), village.run());
    let stop = Stop::default();
    stop.call();
    let report = fleet.clone().stop(stop).up_shared(&village.tenants, &run).await.unwrap();
    assert_eq!(counts(&report), "12 not begun");
    assert_eq!(report.stopped(), Some("this process was interrupted; others may continue the run"));

    village.db.execute("CREATE TABLE s3.t2 (); CREATE TABLE s4.t2 (); CREATE TABLE s5.t2 ()").await;
    let fleet = fleet.max_failures(Share::Count(2));
    let (a, b) =
        tokio::join!(fleet.up_shared(&village.tenants, &run), fleet.up_shared(&village.tenants, &run));
    for report in [a.unwrap(), b.unwrap()] {
        assert!(report.stopped().unwrap().ends_with(" of 12 tenants failed"), "{report}");
        assert!(report.count(Outcome::NotBegun) > 0, "{report}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_control_database_that_is_away_for_a_moment() {
    let control = Arc::new(Mutex::new(options().start().unwrap()));
    let village = Village::of(12).await;
    let set = two();
    let run = SharedRun::new(control.lock().unwrap().url(), "r").lease(Duration::from_secs(2));
    let told = Told::default();
    let fleet = Fleet::new(Runner::new(&set)).jobs(1).waves([Share::Count(4)]).pause(Duration::from_secs(1));
    let fleet = fleet.observer(&told);
    let crash = async {
        let begun = "SELECT count(*) > 2 FROM pg_class WHERE relname = 't2'";
        until(&village.db.connect().await, begun).await;
        let control = Arc::clone(&control);
        let crashed = tokio::task::spawn_blocking(move || {
            let mut server = control.lock().unwrap();
            server.stop_immediately().unwrap();
            server.restart().unwrap();
        });
        crashed.await.unwrap();
    };
    let (report, ()) = tokio::join!(fleet.up_shared(&village.tenants, &run), crash);
    let report = report.unwrap();
    assert!(report.is_well(), "{report}");
    assert_eq!(village.applied(12).await, "24");
    let told = told.0.lock().unwrap();
    assert!(told.len() >= 2 && told.iter().step_by(2).all(|one| one != "back"), "{told:?}");
    assert_eq!(told.last().map(String::as_str), Some("back"), "{told:?}");
}

/// Takes down what is said of the control database.
#[derive(Default)]
struct Told(Mutex<Vec<String>>);

impl Observer for Told {
    fn control_away(&self, reason: &str) {
        self.0.lock().unwrap().push(reason.to_owned());
    }

    fn control_back(&self) {
        self.0.lock().unwrap().push("back".to_owned());
    }
}

#[tokio::test]
async fn a_tenant_that_only_others_know_is_told() {
    let village = Village::of(3).await;
    let set = two();
    let (fleet, run) = (Fleet::new(Runner::new(&set)), village.run());
    let stop = Stop::default();
    stop.call();
    fleet.clone().stop(stop).up_shared(&village.tenants, &run).await.unwrap();
    let fewer = Tenants::new(village.tenants.list()[..2].to_vec()).unwrap();
    let report = fleet.up_shared(&fewer, &run).await.unwrap();
    assert_eq!(counts(&report), "2 applied, 1 failed");
    assert!(report.tenants()[2].error().unwrap().contains("list the same tenants everywhere"), "{report}");

    let gone = SharedRun::new("postgres://u:s3cret@127.0.0.1:1/d", "x");
    let error = fleet.up_shared(&fewer, &gone).await.unwrap_err();
    assert!(
        error.to_string().starts_with("the control database of the run x cannot be reached: "),
        "{error}"
    );
    assert!(!format!("{error}{error:?}{gone:?}").contains("s3cret"));
}
