//! The command on a fleet whose processes are killed, alone or among others that share its run; and fleets that are large.

use std::process::Stdio;

use serde_json::Value;

use crate::fleet::{Company, args};
use crate::schema::check_line;

/// So many processes share a run, and one of them is killed in the middle; each tenant is migrated once.
fn shared(tenants: usize, processes: usize) {
    let company = Company::of(tenants);
    let more = ["--run", "release 1", "--lease", "2s", "--format", "json", "--connections", "8"];
    let args = args("up", &more);
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_migrate"));
    let start = |_| {
        let mut command = company.life.session.command(binary, &args);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let mut children: Vec<_> = (0..processes).map(start).collect();
    // It has begun, and is far from its end.
    let begun = "SELECT CASE WHEN to_regclass('migrate_fleet_turns') IS NULL THEN 0 ELSE \
        (xpath('/row/n/text()', query_to_xml('SELECT count(*) AS n FROM migrate_fleet_turns WHERE outcome IS NOT NULL', true, true, '')))[1]::text::int END";
    while company.life.sql(begun)[0].parse::<usize>().unwrap() < tenants / 10 {}
    let victim = &mut children[0];
    let was_at_work = victim.try_wait().unwrap().is_none();
    victim.kill().unwrap();
    assert!(was_at_work, "it was over before it could be killed");
    for (n, child) in children.into_iter().enumerate() {
        let output = child.wait_with_output().unwrap();
        if n > 0 {
            let text = String::from_utf8(output.stdout).unwrap();
            let last: Value = check_line(text.lines().last().unwrap());
            assert!(output.status.success(), "{last:#}{}", String::from_utf8_lossy(&output.stderr));
            assert_eq!(last["fleet"]["tenants"], tenants);
            let counts = last["fleet"]["counts"].as_object().unwrap();
            let done: u64 = ["applied", "current"].iter().filter_map(|one| counts.get(*one)?.as_u64()).sum();
            assert_eq!(done, u64::try_from(tenants).unwrap(), "{last:#}");
        }
    }
    for n in 0..company.count {
        let rows = company.ask(
            n,
            "SELECT string_agg(concat(action, version, outcome), ' ' ORDER BY id) FROM schema_migrations_log",
        );
        assert_eq!(rows, ["apply1done apply2done"], "{}", company.name(n));
    }
}

#[test]
fn four_processes_one_of_them_killed_and_fifty_tenants() {
    shared(50, 4);
}

#[test]
#[ignore = "five hundred databases take a while: cargo test -p migrate-cli --test it fleet_killed -- --ignored"]
fn four_processes_one_of_them_killed_and_five_hundred_tenants() {
    shared(500, 4);
}

#[test]
#[ignore = "two thousand schemas take a while: cargo test -p migrate-cli --test it fleet_killed -- --ignored"]
fn two_thousand_schemas_of_one_database() {
    let company = Company::of(0);
    company.life.sql("DO $$ BEGIN FOR n IN 1..2000 LOOP EXECUTE format('CREATE SCHEMA tenant_%s', n); IF n % 100 = 0 THEN COMMIT; END IF; END LOOP; END $$");
    for outcome in ["applied", "current"] {
        let output = company.life.session.output(&[
            "fleet",
            "up",
            "--dir",
            "tenants",
            "--schemas",
            "tenant_*",
            "--format",
            "json",
        ]);
        let text = String::from_utf8(output.stdout).unwrap();
        let last = check_line(text.lines().last().unwrap());
        assert_eq!(last["fleet"]["counts"], serde_json::json!({ outcome: 2000 }), "{last:#}");
    }
    assert_eq!(
        company.life.sql("SELECT count(*) FROM pg_tables WHERE tablename IN ('users', 'wells')"),
        ["4000"]
    );
}

#[test]
fn a_process_that_is_killed_goes_on_where_it_was() {
    let company = Company::of(20);
    let args = args("up", &["--jobs", "2"]);
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_migrate"));
    let mut child = company
        .life
        .session
        .command(binary, &args)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while company.ask(5, "SELECT to_regclass('wells') IS NOT NULL") != ["t"] {}
    child.kill().unwrap();
    child.wait().unwrap();
    let (last, _, code) = company.lines("up", &[]);
    assert_eq!(code, 0, "{last:#}");
    for n in 0..20 {
        assert_eq!(company.ask(n, "SELECT count(*) FROM schema_migrations_log"), ["2"]);
    }
}
