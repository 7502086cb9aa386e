//! What the command says of a fleet: what to do next after a shared run, who was skipped, whose connection string is missing,
//! and that the control database is away.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use crate::fleet::{Company, args};
use crate::life::query;
use crate::session::Session;

/// The standard error and the exit code of a verb for people.
fn told(company: &Company, verb: &str, more: &[&str]) -> (String, String, i32) {
    let output = company.life.session.output(&args(verb, more));
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code().unwrap())
}

#[test]
fn advice_after_shared_run_helps() {
    let company = Company::of(2);
    let run = ["--run", "r 1"];
    company.ask(1, "CREATE TABLE wells ()");
    let (_, said, code) = told(&company, "up", &run);
    assert!(
        said.contains("help: fix it and rerun with --retry-failed; finished tenants are skipped\n")
            && code == 1,
        "{said}"
    );
    company.ask(1, "DROP TABLE wells");
    assert_eq!(told(&company, "up", &[&run[..], &["--retry-failed"]].concat()).2, 0);

    // A new tenant is not in the run that is over: the advice, followed, gives it its turn.
    let url = company.life.server.url_of(&company.name(2));
    query(company.life.server.url(), &format!("CREATE DATABASE {}", company.name(2)));
    company.life.sql(&format!("INSERT INTO tenants VALUES ('t002', '{url}')"));
    let (table, said, code) = told(&company, "up", &run);
    assert_eq!(code, 1, "{said}");
    assert!(!said.contains("--retry-failed"), "{said}");
    assert!(
        said.contains(
            "help: rerun with another name behind --run for the tenants that are not in this one\n"
        ),
        "{said}"
    );
    assert!(table.contains("not begun: the run r 1 began without this tenant"), "{table}");
    let (last, _, code) = company.lines("up", &["--run", "r 2"]);
    assert_eq!(
        (code, &last["fleet"]["counts"]),
        (0, &serde_json::json!({ "applied": 1, "current": 2 })),
        "{last:#}"
    );

    // Both at once.
    company.life.session.write("tenants/0003_more.sql", "CREATE TABLE more (id int);\n");
    company.ask(0, "CREATE TABLE more ()");
    company.life.sql("UPDATE tenants SET deleted_at = now() WHERE slug = 't002'");
    assert_eq!(told(&company, "up", &["--run", "r 3"]).2, 1);
    company.life.sql("UPDATE tenants SET deleted_at = NULL");
    let (_, said, _) = told(&company, "up", &["--run", "r 3"]);
    assert!(
        said.contains("1 of 3 tenants needs attention; 1 of 3 tenants is not in this run\n")
            && said.contains("for the others, fix it and rerun with --retry-failed;"),
        "{said}"
    );
}

#[test]
fn missing_url_fails_its_tenant_alone() {
    let company = Company::of(2);
    company.life.sql("ALTER TABLE tenants ALTER database_url DROP NOT NULL");
    company.life.sql(
        "INSERT INTO tenants VALUES ('a', NULL), ('b', ''), ('c', ' '), ('d', 'postgres://h/d?sslmod=x')",
    );
    company.life.sql("INSERT INTO tenants VALUES ('old', NULL, 'ORACLE'), ('older', NULL, 'MYSQL')");
    let (table, said, code) = told(&company, "up", &[]);
    assert_eq!(code, 1, "{said}");
    assert!(
        table.contains(": 2 applied, 4 failed; 2 skipped as not PostgreSQL: old (ORACLE), older (MYSQL)\n"),
        "{table}"
    );
    assert!(said.contains("6 tenants; 2 skipped as not PostgreSQL: old (ORACLE), older (MYSQL)\n"), "{said}");
    for slug in ["a", "b", "c"] {
        assert!(said.contains(&format!("✗ {slug} failed: it has no `database_url`")), "{said}");
    }
    let (_, lines, _) = company.lines("status", &[]);
    assert_eq!((&lines[0]["tenant"]["error"]["code"], lines.len()), (&"M0702".into(), 6), "{lines:#?}");
}

#[test]
fn rows_and_lines_are_named() {
    let company = Company::of(0);
    company.life.session.write("list.csv", "slug,database_url\na,postgres://h/d\n\n\na,postgres://h/d\n");
    let from = "SELECT slug, 'postgres://h/d' AS database_url FROM (VALUES ('a'), ('b'), (NULL)) AS t (slug)";
    for (who, words) in [
        (
            ["--tenants-file", "list.csv"],
            "error[M0703]: line 5: two tenants are called a, the other one in line 2: ",
        ),
        (["--tenants-from", from], "error[M0703]: row 3: a tenant has no slug: "),
    ] {
        let output =
            company.life.session.output(&[&["fleet", "status", "--tenants", "tenants"], &who[..]].concat());
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(words) && output.status.code() == Some(1), "{said}");
    }
}

#[test]
fn ledger_has_another_schema() {
    let company = Company::of(1);
    let role = format!("{}_rollout", company.life.name);
    company.life.sql(&format!(
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE ROLE {role} LOGIN PASSWORD 'pw'; GRANT SELECT ON tenants TO {role}; \
         CREATE SCHEMA ops AUTHORIZATION {role}"
    ));
    let (_, rest) = company.life.url.split_once('@').unwrap();
    let url = format!("postgres://{role}:pw@{rest}");
    let (last, _, code) = company.lines("up", &["--run", "r", "--database-url", &url]);
    let message = last["error"]["details"].as_str().unwrap();
    assert_eq!((code, &last["error"]["code"]), (1, &"M0707".into()), "{last:#}");
    assert!(
        message.contains("permission denied for schema public") && message.ends_with("with --ledger-schema"),
        "{message}"
    );
    let own = ["--run", "r", "--database-url", &url, "--ledger-schema", "ops"];
    assert_eq!(company.lines("up", &own).2, 0);
    assert_eq!(company.life.sql("SELECT slug, outcome FROM ops.migrate_fleet_turns"), ["t000|applied"]);
    let (_, said, code) = told(&company, "up", &["--ledger-schema", "ops"]);
    assert!(code == 64 && said.contains("--run"), "{said}");
    let (_, said, code) = told(&company, "up", &["--run", "r", "--ledger-schema", ""]);
    assert!(code == 1 && said.contains("error[M0538]: "), "{said}");
}

#[test]
fn standard_error_says_that_the_control_database_is_away() {
    let company = Company::of(2);
    let check = "while ! test -e go; do sleep 0.05; done";
    let more = ["--run", "r", "--canary", "1", "--check", check, "--lease", "600ms", "--jobs", "1"];
    let mut command =
        company.life.session.command(env!("CARGO_BIN_EXE_migrate").as_ref(), &args("up", &more));
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let gate = "SELECT CASE WHEN EXISTS (SELECT FROM pg_class WHERE relname = 'migrate_fleet_workers') THEN \
                (xpath('//n/text()', query_to_xml('SELECT count(gate_claim) AS n FROM migrate_fleet_runs', true, true, '')))[1]::text END";
    while company.life.sql(gate) != ["1"] {}
    let server = company.life.server.url();
    let (name, admin) = (&company.life.name, |sql: String| query(server, &sql));
    admin(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"));
    admin(format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"));
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let mut all = Vec::new();
    let mut until = |words: &str| {
        let found = lines.by_ref().inspect(|line| all.push(line.clone())).any(|line| line.starts_with(words));
        assert!(found, "{words:?} is not in {all:#?}");
    };
    until("the control database cannot be reached, retrying: ");
    admin(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true"));
    until("the control database is reachable again");
    company.life.session.write("go", "");
    assert!(child.wait().unwrap().success());
}

#[test]
fn help_offers_formats_that_the_verb_has() {
    let session = Session::new();
    for verb in ["up", "status", "plan", "verify"] {
        for help in ["--help", "-h"] {
            let text = String::from_utf8(session.output(&["fleet", verb, help]).stdout).unwrap();
            assert!(text.contains("--format") && text.contains("json"), "{text}");
            assert!(!text.contains("sarif") && !text.contains("github"), "{text}");
        }
    }
    for verb in [&["up", "--help"][..], &["create", "--help"], &["--help"]] {
        let text = String::from_utf8(session.output(verb).stdout).unwrap();
        assert!(!text.contains("sarif"), "{text}");
    }
    let text = String::from_utf8(session.output(&["lint", "--help"]).stdout).unwrap();
    assert!(text.contains("--format sarif") && text.contains("--format github"), "{text}");
}
