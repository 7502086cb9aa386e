//! Roles belong to a server: one of our own has those that somebody names, and on another one none is made.

use migrate_server::Server;

use crate::life::{Life, query};
use crate::session::Session;

#[test]
fn a_server_of_our_own_has_those_that_are_named() {
    let life = Life::new(Session::with(&[("0001_t.sql", "CREATE TABLE t (id int);\n")]));
    life.session.write("schema.sql", "CREATE TABLE t (id int);\nGRANT SELECT ON t TO \"some one\", other;\n");
    let output = life.session.output(&["generate", "grants"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let up = life.session.read("migrations/0002_grants.sql");
    assert!(up.contains("TO \"some one\", other;"), "{up}");

    life.sql("CREATE ROLE other");
    life.sql("CREATE TABLE u (id int)");
    life.sql("GRANT SELECT ON u TO other");
    let output = life.session.output(&["dump"]);
    let dump = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{dump}{}", String::from_utf8_lossy(&output.stderr));
    assert!(dump.contains("GRANT SELECT ON TABLE u TO other;"), "{dump}");
}

#[test]
fn on_another_one_none_is_made() {
    let server = Server::start().unwrap();
    let session = Session::with(&[]);
    session.write("schema.sql", "CREATE TABLE t (id int);\nGRANT SELECT ON t TO other;\n");
    let output = session.output(&["generate", "grants", "--dev-url", server.url()]);
    let printed = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{printed}");
    let said = "error[M0843]: the server of --dev-url has no role \"other\"\n  schema.sql:2:1\n\
        help: create it there (`CREATE ROLE other`), or leave out --dev-url\n";
    assert!(printed.contains(said), "{printed}");
    let left = "SELECT count(*) FROM pg_database WHERE datname LIKE 'migrate\\_scratch%'";
    assert_eq!(query(server.url(), left), ["0"]);
    assert_eq!(query(server.url(), "SELECT count(*) FROM pg_roles WHERE rolname = 'other'"), ["0"]);
}

/// A folder whose migrations, and whose downs, name roles that nothing makes.
fn with_grants() -> Session {
    let session = Session::with(&[
        ("0001_t.up.sql", "CREATE TABLE t (id int);\nGRANT SELECT ON t TO app_ro;\n"),
        ("0001_t.down.sql", "DROP TABLE t;\n"),
        ("0002_owner.up.sql", "ALTER TABLE t OWNER TO \"the owner\";\n"),
        (
            "0002_owner.down.sql",
            "GRANT SELECT ON t TO only_down;\nREVOKE ALL ON t FROM only_down;\nALTER TABLE t OWNER TO CURRENT_USER;\n",
        ),
        ("R_grants.sql", "GRANT INSERT ON t TO app_rw;\n"),
    ]);
    session.write("schema.sql", "CREATE TABLE t (id int, more int);\nGRANT SELECT ON t TO other;\n");
    session.run_quietly(&["lock"], 0);
    session
}

#[test]
fn each_verb_makes_the_roles_on_a_scratch_server_of_its_own() {
    let life = Life::new(with_grants());
    for role in ["app_ro", "\"the owner\"", "app_rw"] {
        life.sql(&format!("CREATE ROLE {role}"));
    }
    life.session.run_quietly(&["up"], 0);
    for (line, code) in [
        ("verify", 0),
        ("docs --out page.html", 0),
        ("drift", 0),
        ("dump", 0),
        ("squash --to 2 --dry-run", 0),
        ("generate next --dry-run", 0),
        ("fleet up --schemas app_*", 0),
        ("fleet verify --schemas app_*", 0),
    ] {
        if line.starts_with("fleet up") {
            life.sql("CREATE SCHEMA app_1");
        }
        let output = life.session.output(&line.split(' ').collect::<Vec<_>>());
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            output.status.code(),
            Some(code),
            "{line}: {}{said}",
            String::from_utf8_lossy(&output.stdout)
        );
    }
}

#[test]
fn each_verb_says_once_which_role_a_named_server_lacks() {
    let server = Server::start().unwrap();
    let life = Life::new(with_grants());
    for role in ["app_ro", "\"the owner\"", "app_rw"] {
        life.sql(&format!("CREATE ROLE {role}"));
    }
    life.session.run_quietly(&["up"], 0);
    for schema in ["app_1", "app_2", "app_3"] {
        life.sql(&format!("CREATE SCHEMA {schema}"));
    }
    life.session.run_quietly(&["fleet", "up", "--schemas", "app_*"], 0);
    for line in [
        "verify",
        "docs --out page.html",
        "drift",
        "dump",
        "squash --to 2 --dry-run",
        "generate next --dry-run",
        "fleet verify --schemas app_*",
    ] {
        let args: Vec<&str> = line.split(' ').chain(["--dev-url", server.url()]).collect();
        let output = life.session.output(&args);
        let all = [output.stdout, output.stderr].concat();
        let all = String::from_utf8_lossy(&all);
        assert_eq!(output.status.code(), Some(1), "{line}: {all}");
        let lacking =
            ["app_ro", "the owner"].map(|role| format!("the server of --dev-url has no role \"{role}\"\n"));
        assert_eq!(
            lacking.iter().map(|lacking| all.matches(lacking).count()).sum::<usize>(),
            1,
            "{line}: {all}"
        );
        assert_eq!(all.matches("error[M0843]").count(), 1, "{line}: {all}");
        assert!(all.contains("help: create it there (`CREATE ROLE "), "{line}: {all}");
        // A dump names it itself.
        let has_place = all.contains("\n  migrations/") || all.contains("\n  schema.sql:");
        assert!(has_place == (line != "dump") && !all.contains("does not exist"), "{line}: {all}");
    }
}

#[test]
fn role_with_a_quote_in_its_name_is_made() {
    let session = Session::with(&[(
        "0001_t.sql",
        "CREATE TABLE t (id int);\nGRANT SELECT ON t TO \"Weird\"\"R\", \"\"\"\";\n",
    )]);
    session.run_quietly(&["verify"], 0);
    let server = Server::start().unwrap();
    let output = session.output(&["verify", "--dev-url", server.url()]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("has no role \"Weird\"R\"\n"), "{said}");
    assert!(said.contains("(`CREATE ROLE \"Weird\"\"R\"`)"), "{said}");
}

/// None can be made, on no server.
#[test]
fn predefined_role_that_a_version_lacks_is_reported_as_such() {
    let server = Server::start().unwrap();
    let session =
        Session::with(&[("0001_t.sql", "CREATE TABLE t (id int);\nGRANT SELECT ON t TO pg_nosuch;\n")]);
    session.write("schema.sql", "CREATE TABLE t (id int);\nGRANT SELECT ON t TO pg_nosuch;\n");
    for (line, place) in
        [("verify", "migrations/0001_t.sql:2:1"), ("generate next", "migrations/0001_t.sql:2:1")]
    {
        for (options, lacking) in [("", "the scratch server"), (server.url(), "the server of --dev-url")] {
            let mut args: Vec<&str> = line.split(' ').collect();
            args.extend(["--dev-url", options].into_iter().filter(|_| !options.is_empty()));
            let output = session.output(&args);
            let said = String::from_utf8(output.stderr).unwrap();
            let expected = format!(
                "error[M0843]: {lacking} has no role \"pg_nosuch\"\n  {place}\nhelp: correct the name"
            );
            assert!(output.status.code() == Some(1) && said.contains(&expected), "{args:?}: {said}");
        }
    }
}
