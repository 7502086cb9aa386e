//! Servers that cannot be reached: each is waited for once, however many tenants it has, and in a shared run a tenant is left
//! to whoever reaches it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use migrate_runtime::Runner;
use migrate_runtime::fleet::{Fleet, Observer, Outcome, Tenant, Tenants};
use tokio::sync::Notify;

use crate::fleet_shared::{Village, two};
use crate::fleet_tenants::counts;
use crate::support::{connect, options, until};

/// Nothing listens there.
const NOWHERE: &str = "postgres://u:s3cret@127.0.0.1:1/d";

/// Counts how often it is said that a server is away, and says when that was so often.
#[derive(Default)]
struct Away {
    count: AtomicUsize,
    third: Notify,
}

impl Observer for Away {
    fn server_away(&self, _: &str, reason: &str, _: Duration) {
        assert!(!reason.contains("s3cret"), "{reason}");
        if self.count.fetch_add(1, Ordering::SeqCst) == 2 {
            self.third.notify_one();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn server_is_waited_for_by_one_probe() {
    let server = Arc::new(Mutex::new(options().start().unwrap()));
    let url = server.lock().unwrap().url().to_owned();
    let admin = connect(&url).await;
    admin
        .batch_execute(
            "DO $$ BEGIN FOR n IN 1..60 LOOP EXECUTE format('CREATE SCHEMA s%s', n); END LOOP; END $$",
        )
        .await
        .unwrap();
    drop(admin);
    server.lock().unwrap().stop_immediately().unwrap();
    let tenant = |n| Tenant::new(format!("s{n}"), &url).in_schema(format!("s{n}"));
    let elsewhere = Village::of(5).await;
    let others = elsewhere.tenants.list().iter().cloned();
    let others = others
        .map(|tenant| Tenant::new(format!("o{}", tenant.slug()), &elsewhere.db.url).in_schema(tenant.slug()));
    let tenants = Tenants::new((1..=60).map(tenant).chain(others)).unwrap();
    let (set, away) = (two(), Away::default());
    let fleet = Fleet::new(Runner::new(&set)).connections_per_server(4).observer(&away);
    let restart = async {
        away.third.notified().await;
        // The others did not wait for it.
        until(&elsewhere.db.connect().await, "SELECT count(*) = 5 FROM pg_class WHERE relname = 't2'").await;
        let server = Arc::clone(&server);
        tokio::task::spawn_blocking(move || server.lock().unwrap().restart().unwrap()).await.unwrap();
    };
    let (report, ()) = tokio::join!(fleet.up(&tenants), restart);
    let report = report.unwrap();
    assert_eq!((counts(&report).as_str(), report.is_well()), ("65 applied", true), "{report}");
    // Four visits were under way when it was found out; since then each failed one was a probe that was told of. A server that
    // is starting may break a visit off once more.
    let attempts: u32 = report.tenants().iter().map(migrate_runtime::fleet::TenantReport::attempts).sum();
    let told = u32::try_from(away.count.load(Ordering::SeqCst)).unwrap();
    assert!(attempts <= 65 + 3 + told + 4, "{attempts} attempts, {told} told");
}

#[tokio::test]
async fn dead_server_is_given_up_for_all_at_once() {
    let village = Village::of(3).await;
    let dead = (1..=200).map(|n| Tenant::new(format!("d{n}"), NOWHERE));
    let tenants = Tenants::new(dead.chain(village.tenants.list().iter().cloned())).unwrap();
    let (set, away) = (two(), Away::default());
    let fleet = Fleet::new(Runner::new(&set)).observer(&away);
    let report = fleet.patience(Duration::from_millis(700)).up(&tenants).await.unwrap();
    assert_eq!(counts(&report), "3 applied, 200 unreachable", "{report}");
    let attempts: u32 =
        report.tenants()[..200].iter().map(migrate_runtime::fleet::TenantReport::attempts).sum();
    // At once, after half a second, and at the end; on a busy machine that is the same moment.
    let told = u32::try_from(away.count.load(Ordering::SeqCst)).unwrap();
    assert!((2..=3).contains(&attempts) && told == attempts - 1, "{attempts} attempts, {told} told");
    assert!(
        report.tenants()[..200]
            .iter()
            .all(|tenant| tenant.error().unwrap().contains("refused the connection"))
    );
}

/// The same tenants in another network, where only those are reached that the predicate names.
fn seen(village: &Village, is_reached: impl Fn(usize) -> bool) -> Tenants {
    let list = village.tenants.list().iter().enumerate().map(|(at, tenant)| {
        let url = if is_reached(at) { &village.db.url } else { NOWHERE };
        Tenant::new(tenant.slug(), url).in_schema(tenant.slug())
    });
    Tenants::new(list).unwrap()
}

#[tokio::test]
async fn tenants_are_left_to_who_reaches_them() {
    let village = Village::of(40).await;
    let set = two();
    let fleet = Fleet::new(Runner::new(&set)).connections_per_server(3);
    let (odd, even) = (seen(&village, |at| at % 2 == 1), seen(&village, |at| at % 2 == 0));
    let run = village.run();
    let (one, other) = tokio::join!(fleet.up_shared(&odd, &run), fleet.up_shared(&even, &run));
    for report in [one.unwrap(), other.unwrap()] {
        assert_eq!((counts(&report).as_str(), report.is_well()), ("40 applied", true), "{report}");
    }
    assert_eq!(village.applied(40).await, "80");
}

#[tokio::test]
async fn tenant_fails_when_no_live_process_reaches_it() {
    let village = Village::of(4).await;
    let set = two();
    let fleet = Fleet::new(Runner::new(&set)).patience(Duration::from_millis(200));
    let tenants = seen(&village, |at| at > 0);
    let run = village.run();
    // One process has died, another one is alive and has not tried.
    fleet.up_shared(&Tenants::default(), &run).await.unwrap();
    let db = village.db.connect().await;
    db.batch_execute("DELETE FROM migrate_fleet_runs").await.unwrap();
    let join = async {
        until(&db, "SELECT count(*) = 1 FROM migrate_fleet_runs").await;
        db.batch_execute(
            "INSERT INTO migrate_fleet_workers VALUES ('release 7', 'dead', 'dead', now() - interval '1 s'), \
             ('release 7', 'alive', 'alive', now() + interval '1 h')",
        )
        .await
        .unwrap();
    };
    let others = async {
        join.await;
        let waited = "SELECT count(*) FILTER (WHERE state = 'done') = 3 AND count(*) FILTER (WHERE state = 'waiting' AND \
                      wait_until < now() AND cardinality(passed_by) = 2) = 1 FROM migrate_fleet_turns";
        until(&db, waited).await;
        db.batch_execute("DELETE FROM migrate_fleet_workers WHERE claim = 'alive'").await.unwrap();
    };
    let (one, other, ()) =
        tokio::join!(fleet.up_shared(&tenants, &run), fleet.up_shared(&tenants, &run), others);
    for report in [one.unwrap(), other.unwrap()] {
        assert_eq!(counts(&report), "3 applied, 1 unreachable", "{report}");
        assert!(report.tenants()[0].error().unwrap().contains("refused the connection"), "{report}");
    }
    // When it is back, it has another turn like any that has failed.
    let report = fleet.up_shared(&village.tenants, &run.retry_failed()).await.unwrap();
    assert_eq!((counts(&report).as_str(), report.count(Outcome::Unreachable)), ("4 applied", 0), "{report}");
}

#[tokio::test]
async fn whose_limit_it_is_decides_the_advice() {
    let village = Village::of(1).await;
    let (db, name) = (village.db.connect().await, &village.db.name);
    let role = format!("{name}_limited");
    db.batch_execute(&format!("CREATE ROLE {role} LOGIN PASSWORD 'pw'")).await.unwrap();
    let (_, rest) = village.db.url.split_once('@').unwrap();
    let tenants = Tenants::new([Tenant::new("a", format!("postgres://{role}:pw@{rest}"))]).unwrap();
    let set = two();
    let fleet = Fleet::new(Runner::new(&set)).patience(Duration::from_millis(100));
    for (of, limited) in [("ROLE", &role), ("DATABASE", name)] {
        db.batch_execute(&format!("ALTER {of} {limited} CONNECTION LIMIT 0")).await.unwrap();
        let report = fleet.status(&tenants).await.unwrap();
        let tenant = &report.tenants()[0];
        let told = tenant.error().unwrap();
        assert_eq!(
            (tenant.sqlstate(), tenant.outcome(), tenant.attempts()),
            (Some("53300"), Outcome::Unreachable, 2)
        );
        assert_eq!(tenant.code().unwrap().to_string(), "M0513");
        assert!(told.contains(&format!("ALTER {of} \"{limited}\" CONNECTION LIMIT")), "{told}");
        assert!(!told.contains("max_connections"), "{told}");
        db.batch_execute(&format!("ALTER {of} {limited} CONNECTION LIMIT -1")).await.unwrap();
    }
    db.batch_execute(&format!("DROP ROLE {role}")).await.unwrap();
}
