//! The ledger of a shared run: who may make it, how a process joins, and which tenants it does not have or does not try again.

use std::time::Duration;

use migrate_runtime::Runner;
use migrate_runtime::fleet::{Fleet, Outcome, SharedRun, Tenants};

use crate::fleet_shared::{Village, two};
use crate::fleet_tenants::counts;
use crate::support::until;

#[tokio::test]
async fn join_is_sent_again_as_a_whole() {
    let village = Village::of(4).await;
    let set = two();
    let fleet = Fleet::new(Runner::new(&set));
    fleet.up_shared(&Tenants::default(), &SharedRun::new(&village.db.url, "before")).await.unwrap();
    // The backend is ended in the middle of it, once each time.
    for (number, table) in
        ["migrate_fleet_runs", "migrate_fleet_turns", "migrate_fleet_workers"].iter().enumerate()
    {
        let sql = format!(
            "DROP SEQUENCE IF EXISTS once; CREATE SEQUENCE once; CREATE OR REPLACE FUNCTION end_it() RETURNS trigger \
             LANGUAGE plpgsql AS $$ BEGIN IF nextval('public.once') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); \
             END IF; RETURN NEW; END $$; \
             CREATE TRIGGER end_it BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION end_it()"
        );
        village.db.execute(&sql).await;
        let run = SharedRun::new(&village.db.url, format!("run {number}"));
        let report = fleet.up_shared(&village.tenants, &run).await.unwrap();
        assert!(report.is_well(), "{table}: {report}");
        assert_ne!(village.db.value("SELECT last_value FROM once").await, "1", "{table}");
        let turns = format!("SELECT count(*) FROM migrate_fleet_turns WHERE run = 'run {number}'");
        assert_eq!(village.db.value(&turns).await, "4", "{table}");
        village.db.execute(&format!("DROP TRIGGER end_it ON {table}")).await;
    }
}

#[tokio::test]
async fn role_names_a_schema_that_it_may_use() {
    let village = Village::of(2).await;
    let (db, set) = (village.db.connect().await, two());
    let role = format!("{}_rollout", village.db.name);
    db.batch_execute(&format!(
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE ROLE {role} LOGIN PASSWORD 'pw'; CREATE SCHEMA \"Own\" AUTHORIZATION {role}"
    ))
    .await
    .unwrap();
    let (_, rest) = village.db.url.split_once('@').unwrap();
    let run = SharedRun::new(format!("postgres://{role}:pw@{rest}"), "r");
    let fleet = Fleet::new(Runner::new(&set));
    for (run, words) in [
        (
            run.clone(),
            "cannot be created in the schema \"public\": permission denied for schema public (42501); ",
        ),
        (
            run.clone().schema("none").unwrap(),
            "schema \"none\" does not exist (3F000); create it, CREATE SCHEMA \"none\", or name another one, ",
        ),
    ] {
        let error = fleet.up_shared(&village.tenants, &run).await.unwrap_err();
        let told = error.to_string();
        assert!(told.contains(words) && told.contains("by SharedRun::schema [M0707]"), "{told}");
        assert!(!told.contains("goes on"), "{told}");
    }
    let own = run.clone().schema("Own").unwrap();
    assert_eq!(counts(&fleet.up_shared(&village.tenants, &own).await.unwrap()), "2 applied");
    // Tables that another role has made, and this one may not use.
    fleet.up_shared(&village.tenants, &village.run()).await.unwrap();
    let error = fleet.up_shared(&village.tenants, &run).await.unwrap_err().to_string();
    let (_, privileges) = error.split_once("; grant the role ").expect(&error);
    let (privileges, tables) = privileges.split_once(" on the tables ").unwrap();
    let (tables, _) = tables.split_once(" [").unwrap();
    let grant = format!("GRANT {privileges} ON {tables} TO {role}").replace(" and ", ", ");
    db.batch_execute(&grant).await.unwrap();
    assert_eq!(counts(&fleet.up_shared(&village.tenants, &run).await.unwrap()), "2 current");
    db.batch_execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await.unwrap();
}

#[tokio::test]
async fn tables_of_an_older_version_are_brought_forward() {
    let village = Village::of(2).await;
    let set = two();
    let fleet = Fleet::new(Runner::new(&set));
    fleet.up_shared(&Tenants::default(), &village.run()).await.unwrap();
    village
        .db
        .execute(
            "DROP TABLE migrate_fleet_workers; ALTER TABLE migrate_fleet_turns DROP COLUMN passed_by, \
             DROP COLUMN wait_until, DROP COLUMN lost, DROP COLUMN lost_by; DELETE FROM migrate_fleet_runs",
        )
        .await;
    assert_eq!(counts(&fleet.up_shared(&village.tenants, &village.run()).await.unwrap()), "2 applied");
}

#[tokio::test]
async fn new_tenants_are_not_in_the_run() {
    let village = Village::of(3).await;
    let set = two();
    let (fleet, run) = (Fleet::new(Runner::new(&set)), village.run());
    let first = Tenants::new(village.tenants.list()[..2].to_vec()).unwrap();
    fleet.up_shared(&first, &run).await.unwrap();
    for run in [run.clone(), run.retry_failed()] {
        let report = fleet.up_shared(&village.tenants, &run).await.unwrap();
        assert_eq!(counts(&report), "2 applied, 1 not begun", "{report}");
        let new = &report.tenants()[2];
        assert_eq!(new.code().unwrap().to_string(), "M0713");
        assert!(new.error().unwrap().contains("in a run with another name"), "{report}");
    }
}

#[tokio::test]
async fn tenant_that_three_processes_died_at_fails() {
    let village = Village::of(5).await;
    let set = two();
    let gate = village.db.connect().await;
    gate.batch_execute(
        "CREATE TABLE public.gate (); CREATE FUNCTION public.wait() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN \
         IF current_schema() = 's1' THEN LOCK TABLE public.gate; END IF; END $$; \
         CREATE EVENT TRIGGER wait ON ddl_command_start WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION public.wait()",
    )
    .await
    .unwrap();
    let run = village.run().lease(Duration::from_millis(400));
    let fleet = Fleet::new(Runner::new(&set).lock_timeout(None)).jobs(2).connections_per_server(2);
    fleet.up_shared(&Tenants::default(), &SharedRun::new(&village.db.url, "before")).await.unwrap();
    gate.batch_execute("BEGIN; LOCK TABLE public.gate").await.unwrap();
    let looking = village.db.connect().await;
    for lost in 0..3 {
        let begun = format!(
            "SELECT count(*) = 1 FROM migrate_fleet_turns WHERE slug = 's1' AND state = 'claimed' AND lost = {lost} \
             AND lease_until > clock_timestamp()"
        );
        // A process that dies at it says nothing more.
        tokio::select! {
            report = fleet.up_shared(&village.tenants, &run) => panic!("{report:?}"),
            () = until(&looking, &begun) => {}
        }
        if lost == 2 {
            // It had the process for itself.
            let sql = "SELECT count(*) FROM migrate_fleet_turns AS t JOIN migrate_fleet_turns AS s1 USING (claim) \
                       WHERE s1.slug = 's1' AND t.state = 'claimed'";
            assert_eq!(village.db.value(sql).await, "1");
        }
    }
    let report = fleet.up_shared(&village.tenants, &run).await.unwrap();
    assert_eq!((report.count(Outcome::Failed), report.tenants().len()), (1, 5), "{report}");
    let failed = &report.tenants()[0];
    assert_eq!(failed.code().unwrap().to_string(), "M0712", "{report}");
    assert!(
        failed.error().unwrap().starts_with("3 processes died while they migrated this tenant, "),
        "{report}"
    );
    gate.batch_execute("COMMIT; DROP EVENT TRIGGER wait").await.unwrap();
    let report = fleet.up_shared(&village.tenants, &run.retry_failed()).await.unwrap();
    assert!(report.is_well(), "{report}");
    assert_eq!(village.applied(5).await, "10");
}
