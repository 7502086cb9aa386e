//! `fleet up --check-drift`: a tenant whose schema was changed by hand is left alone, whatever it is a part of.

use migrate_server::Server;
use serde_json::{Value, json};

use crate::fleet::{Company, args};
use crate::life::query;

/// What came of a tenant.
fn line<'l>(lines: &'l [Value], slug: &str) -> &'l Value {
    lines.iter().map(|line| &line["tenant"]).find(|tenant| tenant["slug"] == slug).unwrap()
}

fn has_no_scratch_left(company: &Company) {
    let count = "SELECT count(*) FROM pg_database WHERE datname LIKE 'migrate_scratch%'";
    assert_eq!(query(company.life.server.url(), count), ["0"]);
}

#[test]
fn drifted_tenant_is_left_alone_and_others_go_on() {
    let company = Company::of(4);
    let dev = company.life.server.url().to_owned();
    let check = ["--check-drift", "--dev-url", &dev];
    // New tenants have nothing that could have drifted.
    let (last, lines, code) = company.lines("up", &check);
    assert_eq!((code, &last["fleet"]["counts"]), (0, &json!({ "applied": 4 })), "{last:#}");
    assert!(lines.iter().all(|line| line["tenant"]["check"] == "same"), "{lines:#?}");

    company.life.session.write("tenants/0003_more.sql", "CREATE TABLE more (id int);\n");
    company.ask(1, "ALTER TABLE users ADD COLUMN surprise text");
    company.ask(2, "UPDATE schema_migrations SET checksum = 'x', tokens_checksum = 'x' WHERE version = 1");
    for run in [&[][..], &["--run", "r 1"]] {
        let (last, lines, code) = company.lines("up", &[&check[..], run, &["--report", "r.html"]].concat());
        assert_eq!((code, &last["fleet"]["counts"]["drifted"]), (1, &json!(1)), "{last:#}");
        let drifted = line(&lines, "t001");
        assert_eq!(
            (&drifted["outcome"], &drifted["check"], &drifted["error"]["code"]),
            (&json!("drifted"), &json!("drifted"), &json!("M0715"))
        );
        assert_eq!(drifted["notes"], json!(["- column users.surprise"]));
        assert_eq!(company.ask(1, "SELECT count(*) FROM schema_migrations"), ["2"]);
        assert_eq!(company.ask(0, "SELECT count(*) FROM schema_migrations"), ["3"]);
        // The runner refuses what contradicts the set, in its own words.
        let edited = line(&lines, "t002");
        assert_eq!((&edited["outcome"], &edited["error"]["code"]), (&json!("changed"), &json!("M0401")));
        let page = company.life.session.read("r.html");
        assert!(page.contains("<td>drifted</td>") && page.contains("<td>same</td>"), "{page}");
    }
    let output = company.life.session.output(&args("up", &check));
    let (table, said) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(said.contains("✗ t001 drifted: not migrated, because its schema is not what"), "{said}");
    assert!(said.contains("\n  - column users.surprise\n"), "{said}");
    assert!(table.contains("drifted: not migrated, because") && table.contains("  - column"), "{table}");

    company.ask(1, "ALTER TABLE users DROP COLUMN surprise");
    let (last, _, _) = company.lines("up", &check);
    assert_eq!(last["fleet"]["counts"], json!({ "current": 2, "applied": 1, "changed": 1 }));
    has_no_scratch_left(&company);
}

#[test]
fn older_text_of_repeatable_migration_is_no_drift() {
    let company = Company::of(2);
    let session = &company.life.session;
    let dev = company.life.server.url().to_owned();
    let check = ["--check-drift", "--dev-url", &dev];
    session.write("tenants/R_ids.sql", "CREATE OR REPLACE VIEW ids AS SELECT id FROM users;\n");
    assert_eq!(company.lines("up", &check).2, 0);

    // A release with another text of it and a column that the text needs; then one with another text only.
    session.write("tenants/0003_names.sql", "ALTER TABLE users ADD COLUMN name text;\n");
    for text in ["SELECT id, name FROM users", "SELECT id, name, name AS again FROM users"] {
        let text = format!("CREATE OR REPLACE VIEW ids AS {text};\n");
        session.write("tenants/R_ids.sql", &text);
        let verify = session.output(&args("verify", &["--dev-url", &dev]));
        assert_eq!(verify.status.code(), Some(0), "{}", String::from_utf8_lossy(&verify.stdout));
        let (last, lines, code) = company.lines("up", &check);
        assert_eq!((code, &last["fleet"]["counts"]), (0, &json!({ "applied": 2 })), "{lines:#?}");
        assert!(lines.iter().all(|line| line["tenant"]["check"] == "same"), "{lines:#?}");
    }
    // A view of the present text that was changed by hand is.
    company.ask(0, "CREATE OR REPLACE VIEW ids AS SELECT id, name, 'x'::text AS again FROM users");
    company.ask(1, "ALTER TABLE wells ADD COLUMN surprise text");
    let (last, _, code) = company.lines("up", &check);
    assert_eq!((code, &last["fleet"]["counts"]), (1, &json!({ "drifted": 2 })));
    session.write("tenants/0004_more.sql", "CREATE TABLE more (id int);\n");
    let (_, lines, _) = company.lines("up", &check);
    assert_eq!(line(&lines, "t001")["notes"], json!(["- column wells.surprise"]));
    has_no_scratch_left(&company);
}

#[test]
fn schemas_that_are_new_or_drifted_are_told_apart() {
    let company = Company::of(0);
    company.life.sql("CREATE SCHEMA tenant_a; CREATE SCHEMA tenant_b");
    let dev = company.life.server.url().to_owned();
    let list = company.life.session.path("list.csv");
    let url = &company.life.url;
    let text =
        format!("slug,database_url,schema\na,{url},tenant_a\nb,{url},tenant_b\nnew,{url},tenant_new\n");
    std::fs::write(&list, text).unwrap();
    let up = |file: &str| {
        let list = ["--tenants-file", "list.csv", "--create-missing", "--check-drift", "--dev-url", &dev];
        let args = [&["fleet", "up", "--tenants", file, "--format", "json"][..], &list].concat();
        let output = company.life.session.output(&args);
        let text = String::from_utf8(output.stdout).unwrap();
        let lines: Vec<Value> = text.lines().map(crate::schema::check_line).collect();
        lines.last().unwrap()["fleet"]["counts"].clone()
    };
    assert_eq!(up("tenants"), json!({ "applied": 3 }));
    company.life.session.write("tenants/0003_more.sql", "CREATE TABLE more (id int);\n");
    company.life.sql("DROP TABLE tenant_b.wells");
    assert_eq!(up("tenants"), json!({ "applied": 2, "drifted": 1 }));
    assert_eq!(company.life.sql("SELECT to_regclass('tenant_b.more') IS NULL"), ["t"]);
    has_no_scratch_left(&company);
}

#[test]
fn without_scratch_server_nothing_is_begun() {
    let company = Company::of(1);
    let nowhere = ["--check-drift", "--dev-url", "postgres://u@127.0.0.1:1/d"];
    let (last, lines, code) = company.lines("up", &nowhere);
    assert_eq!((code, lines.len(), &last["error"]["code"]), (1, 0, &json!("M0504")), "{last:#}");
    assert_eq!(company.ask(0, "SELECT to_regclass('users') IS NULL"), ["t"]);
}

#[test]
fn tenant_that_cannot_be_compared_is_left_alone() {
    let company = Company::of(1);
    let unless_scratch = "CREATE TABLE users (id int);\nDO $$ BEGIN\n  \
        IF current_database() LIKE 'migrate\\_scratch%' THEN RAISE EXCEPTION 'not here'; END IF;\nEND $$;\n";
    company.life.session.write("tenants/0001_users.sql", unless_scratch);
    assert_eq!(company.lines("up", &[]).2, 0);
    company.life.session.write("tenants/0003_more.sql", "CREATE TABLE more (id int);\n");
    let (last, lines, code) = company.lines("up", &["--check-drift"]);
    let tenant = line(&lines, "t000");
    assert_eq!(
        (code, &tenant["outcome"], &tenant["check"]),
        (1, &json!("failed"), &json!("not-compared")),
        "{last:#}"
    );
    assert_eq!(tenant["error"]["code"], "M0716");
    assert!(tenant["notes"][0].as_str().unwrap().contains("not here"), "{tenant:#}");
    assert_eq!(company.ask(0, "SELECT to_regclass('more') IS NULL"), ["t"]);
}

#[test]
fn missing_role_is_said_once_before_a_tenant_is_visited() {
    let company = Company::of(2);
    company
        .life
        .session
        .write("tenants/0001_users.sql", "CREATE TABLE users (id int);\nGRANT SELECT ON users TO app;\n");
    query(company.life.server.url(), "CREATE ROLE app");
    assert_eq!(company.lines("up", &[]).2, 0);
    company.life.session.write("tenants/0003_more.sql", "CREATE TABLE more (id int);\n");
    // The role is on the tenants' server only.
    let other = Server::start().unwrap();
    let (last, lines, code) = company.lines("up", &["--check-drift", "--dev-url", other.url()]);
    assert_eq!((code, lines.len(), &last["error"]["code"]), (1, 0, &json!("M0843")), "{last:#}");
    assert_eq!(company.ask(0, "SELECT to_regclass('more') IS NULL"), ["t"]);
    let left = "SELECT count(*) FROM pg_database WHERE datname LIKE 'migrate\\_scratch%'";
    assert_eq!(query(other.url(), left), ["0"]);
    query(other.url(), "CREATE ROLE app");
    assert_eq!(company.lines("up", &["--check-drift", "--dev-url", other.url()]).2, 0);
    assert_eq!(company.ask(1, "SELECT to_regclass('more') IS NULL"), ["f"]);
}
