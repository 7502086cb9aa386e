//! From a declared schema to migrations, and what databases have beside what their migrations made.

use migrate_server::Server;
use serde_json::json;

use crate::life::{Life, query};
use crate::session::{Session, check};
use crate::skip::skip;

const SCHEMA: &str = "\
-- What a declared schema names may be declared later.
CREATE TABLE tenant_users (
    tenant_id bigint NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    user_id bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role text NOT NULL DEFAULT 'member' CHECK (role IN ('member', 'admin')),
    PRIMARY KEY (tenant_id, user_id)
);
CREATE INDEX tenant_users_user_id_idx ON tenant_users (user_id);

CREATE TABLE users (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL UNIQUE,
    name text
);

CREATE TABLE tenants (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    slug text NOT NULL UNIQUE
);
";

/// A folder with a declared schema and no migrations, and the arguments for a server to try them on.
fn begin(schema: &str) -> (Server, Session) {
    let server = Server::start().unwrap();
    let session = Session::with(&[("migrate.toml", "versions = \"sequence\"\n")]);
    session.write("schema.sql", schema);
    (server, session)
}

fn generate<'a>(server: &'a Server, args: &[&'a str]) -> Vec<&'a str> {
    [&["generate"], args, &["--dev-url", server.url()]].concat()
}

/// Calls it, and appends what it wrote.
fn run(session: &mut Session, server: &Server, args: &[&str]) {
    let before = session.names("migrations");
    session.run(&generate(server, args));
    for file in session.names("migrations") {
        if !before.contains(&file) {
            let text = session.read(&format!("migrations/{file}"));
            session.note(&format!("--- {file}\n{text}"));
        }
    }
}

#[test]
fn the_story_of_a_schema() {
    let (server, mut session) = begin(SCHEMA);
    run(&mut session, &server, &["init"]);
    run(&mut session, &server, &["again"]);
    session.write("schema.sql", &SCHEMA.replace("    name text\n", "    name text,\n    phone text\n"));
    run(&mut session, &server, &["add phone"]);
    session.append("schema.sql", "CREATE TABLE plans (id int PRIMARY KEY, price numeric(10, 2) NOT NULL);\n");
    run(&mut session, &server, &["add_plans"]);
    session.append("schema.sql", "CREATE INDEX users_phone_idx ON users (phone);\n");
    run(&mut session, &server, &["add_users_phone_idx"]);
    run(&mut session, &server, &["again"]);
    session.run(&["verify", "--dev-url", server.url()]);
    let transcript = session.transcript().replace(server.url(), "[URL]");
    check("generate", &transcript);
}

#[test]
fn what_is_lost_is_asked_for() {
    let (server, mut session) = begin(SCHEMA);
    session.run_quietly(&generate(&server, &["init"]), 0);
    session.write("schema.sql", &SCHEMA.replace("name text", "full_name text"));
    session.run(&generate(&server, &["full name"]));
    assert_eq!(session.names("migrations").len(), 3);
    session.run(&generate(&server, &["full name", "--rename", "name=full_names"]));
    session.run(&generate(&server, &["full name", "--rename", "nick=full_name"]));
    session.run(&generate(&server, &["full name", "--dry-run", "--allow", "deletes-data"]));
    run(&mut session, &server, &["full name", "--rename", "users.name=full_name"]);
    session.write("schema.sql", &SCHEMA.replace("name text", "called text -- @renamed from=full_name"));
    run(&mut session, &server, &["called"]);
    // What a comment says is done, or is not said as it should be.
    session.run(&generate(&server, &["again"]));
    session.write("schema.sql", &SCHEMA.replace("name text", "named text -- @renamed: called"));
    session.run(&generate(&server, &["named"]));
    let accounts = SCHEMA.replace(" users", " accounts").replace("name text", "\"Name\" text");
    session.write("schema.sql", &accounts);
    session.run(&generate(&server, &["accounts"]));
    let comment =
        |text: &str, what: &str, old: &str| text.replace(what, &format!("-- @renamed from={old}\n{what}"));
    let both = comment(&comment(&accounts, "CREATE TABLE accounts", "users"), "    \"Name\"", "called");
    session.write("schema.sql", &both);
    run(&mut session, &server, &["accounts"]);
    session.write("schema.sql", &accounts);
    run(&mut session, &server, &["again"]);
    session.run(&["verify", "--dev-url", server.url()]);
    let transcript = session.transcript().replace(server.url(), "[URL]");
    check("generate_renames", &transcript);
}

#[test]
fn what_is_wrong_with_what_is_declared() {
    let (server, mut session) =
        begin("CREATE TABLE a (id bigint);\n\nCREATE TABLE b (a bigint REFERENCES aa (id));\n");
    session.run(&generate(&server, &["init"]));
    session.write("schema.sql", "CREATE TABLE a (id bigint;\n");
    session.run(&generate(&server, &["init"]));
    session.write("schema.sql", "\\restrict x\n");
    session.run(&generate(&server, &["init"]));
    session.write("schema.sql", "");
    session.run(&generate(&server, &["init"]));
    std::fs::remove_file(session.path("schema.sql")).unwrap();
    session.run(&generate(&server, &["init"]));
    session.run(&generate(&server, &["init", "--schema", "nowhere"]));
    let transcript = session.transcript().replace(server.url(), "[URL]");
    check("generate_wrong", &transcript);
    assert_eq!(session.names("migrations"), ["migrate.toml"]);
}

/// The changes of `on_a_database_in_use`, which take four migrations.
fn changed() -> String {
    SCHEMA
        .replace(
            "    name text\n",
            "    name text NOT NULL,\n    phone text UNIQUE,\n    CHECK (name <> '')\n",
        )
        .replace("ON tenant_users (user_id)", "ON tenant_users (user_id, role)")
}

/// What is declared is never left out without a word: what is missing would be dropped.
#[test]
fn all_that_is_declared_is_read_or_reported() {
    let (server, session) = begin("CREATE TABLE a (id int);\n");
    std::fs::create_dir(session.path("schema")).unwrap();
    session.write("schema/b.sql", "CREATE TABLE b (id int);\n");
    let (object, code) = session.json(&generate(&server, &["init"]));
    let message = object["error"]["message"].as_str().unwrap();
    assert_eq!((code, message), (1, "both schema.sql and schema are there, and each declares the schema"));
    std::fs::remove_file(session.path("schema.sql")).unwrap();
    session.write("schema/c.SQL", "CREATE TABLE c (id int);\nINSERT INTO c VALUES (1);\n");
    let output = session.output(&generate(&server, &["init", "--dry-run"]));
    let (sql, said) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(sql.contains("CREATE TABLE public.c") || sql.contains("CREATE TABLE c"), "{sql}");
    assert!(said.contains("warning: schema/c.SQL:2:1: `INSERT` is left out"), "{said}");
}

#[test]
fn several_migrations_have_a_second_each() {
    let (server, session) = begin(SCHEMA);
    session.write("migrations/migrate.toml", "");
    session.run_quietly(&generate(&server, &["init"]), 0);
    session.write("schema.sql", &changed());
    session.run_quietly(&generate(&server, &["online", "--online"]), 0);
    let names = session.names("migrations");
    let ups: Vec<&str> = names.iter().filter_map(|name| name.strip_suffix(".up.sql")).collect();
    let descriptions: Vec<&str> = ups.iter().filter_map(|stem| Some(stem.split_once('_')?.1)).collect();
    assert_eq!(descriptions, ["init", "online", "online_2", "online_3", "online_4"]);
    let versions: Vec<i64> = ups.iter().filter_map(|stem| stem.split_once('_')?.0.parse().ok()).collect();
    assert!(versions.is_sorted_by(|a, b| a < b) && versions[0] > 20_000_000_000_000, "{versions:?}");
    let (object, code) = session.json(&generate(&server, &["again"]));
    assert_eq!((&object["migrations"], code), (&json!([]), 0), "{object:#}");
    session.run_quietly(&["verify", "--dev-url", server.url()], 0);
}

#[test]
fn nothing_is_written_that_does_not_load() {
    let (server, mut session) = begin(SCHEMA);
    session.run_quietly(&generate(&server, &["init"]), 0);
    session.write("schema.sql", &changed());
    let settings = "versions = \"sequence\"\n[lints]\ndrop-constraint = \"deny\"\n";
    session.write("migrations/migrate.toml", settings);
    let before = session.names("migrations");
    // What the last of them does is denied.
    session.run(&generate(&server, &["online", "--online"]));
    assert_eq!(session.names("migrations"), before);
    // Behind one that is not written yet, a new one would wait.
    session.write("migrations/migrate.toml", "versions = \"sequence\"\n");
    session.run_quietly(&["create", "by hand"], 0);
    session.run(&generate(&server, &["online"]));
    let transcript = session.transcript().replace(server.url(), "[URL]");
    check("generate_refused", &transcript);
}

#[test]
fn on_a_database_in_use() {
    let (server, mut session) = begin(SCHEMA);
    session.run_quietly(&generate(&server, &["init"]), 0);
    session.write("schema.sql", &changed());
    run(&mut session, &server, &["online", "--online"]);
    run(&mut session, &server, &["again"]);
    session.run(&["verify", "--dev-url", server.url()]);
    let transcript = session.transcript().replace(server.url(), "[URL]");
    check("generate_online", &transcript);
}

/// What has no online way is refused by the name of its recipe, unless the lock is allowed.
#[test]
fn what_has_no_online_way_names_its_recipe() {
    struct Case {
        wanted: &'static str,
        recipe: &'static str,
        allow: &'static [&'static str],
    }
    let before =
        "CREATE TABLE t (id int PRIMARY KEY, at int, note text);\nCREATE TABLE r (t int REFERENCES t);\n";
    let (server, session) = begin(before);
    session.run_quietly(&generate(&server, &["init"]), 0);
    for Case { wanted, recipe, allow } in [
        Case {
            wanted: "CREATE TABLE t (id bigint PRIMARY KEY, at int, note text);\nCREATE TABLE r (t bigint REFERENCES t);\n",
            recipe: "change-type",
            allow: &["--allow", "rewrites-table", "--allow", "scans-table"],
        },
        Case {
            wanted: "CREATE TABLE t (id int PRIMARY KEY, at int, note text) PARTITION BY RANGE (id);\nCREATE TABLE r (t int);\n",
            recipe: "partition",
            allow: &["--allow", "deletes-data"],
        },
        Case {
            wanted: "CREATE TABLE t (id int PRIMARY KEY, at int);\nCREATE TABLE r (t int REFERENCES t);\nCREATE TABLE notes (id int, note text);\n",
            recipe: "split-table",
            allow: &["--allow", "deletes-data"],
        },
    ] {
        session.write("schema.sql", wanted);
        let names = session.names("migrations");
        let (object, code) = session.json(&generate(&server, &["next", "--online"]));
        assert_eq!((&object["error"]["code"], code), (&json!("M0807"), 1), "{object:#}");
        assert!(object.to_string().contains(&format!("recipes/{recipe}.md")), "{object:#}");
        assert_eq!(session.names("migrations"), names);
        let arguments = [&["next", "--online", "--dry-run"], allow].concat();
        session.run_quietly(&generate(&server, &arguments), 0);
    }
}

/// A check proves the bounds of a partition that is attached, and of one that comes beside a default one.
#[test]
fn partitions_of_a_table_in_use_need_no_consent() {
    let before = "CREATE TABLE t (k int) PARTITION BY LIST (k);\nCREATE TABLE rest PARTITION OF t DEFAULT;\n\
                  CREATE TABLE t1 (k int);\n";
    let (server, session) = begin(before);
    session.run_quietly(&generate(&server, &["init"]), 0);
    let after = "CREATE TABLE t (k int) PARTITION BY LIST (k);\nCREATE TABLE rest PARTITION OF t DEFAULT;\n\
                 CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1);\nCREATE TABLE t2 PARTITION OF t FOR VALUES IN (2);\n";
    session.write("schema.sql", after);
    session.run_quietly(&generate(&server, &["next", "--online"]), 0);
}

#[test]
fn what_somebody_has_changed_by_hand() {
    let life = Life::new(Session::with(&[
        ("0001_users.sql", "CREATE TABLE users (id bigint PRIMARY KEY, email text);\n"),
        ("0002_teams.sql", "CREATE TABLE teams (id bigint);\n"),
    ]));
    let server = Server::start().unwrap();
    let drift = ["drift", "--dev-url", server.url()];
    life.session.run_quietly(&["up", "--to", "1"], 0);
    let (object, code) = life.session.json(&drift);
    assert_eq!((code, &object["differences"]), (0, &json!([])), "{object:#}");
    life.sql(
        "CREATE INDEX by_hand ON users (email); ALTER TABLE users ADD extra int, ALTER email SET NOT NULL",
    );
    let (object, code) = life.session.json(&drift);
    let expected = json!([
        "~ column users.email: NOT NULL in the database, nullable in the migrations",
        "- column users.extra",
        "- index by_hand"
    ]);
    assert_eq!((code, &object["differences"]), (2, &expected), "{object:#}");
    // What it says brings it back.
    for statement in object["statements"].as_array().unwrap() {
        life.sql(statement["sql"].as_str().unwrap());
    }
    assert_eq!(life.session.json(&drift).1, 0);
    life.session.run_quietly(&["up"], 0);
    assert_eq!(life.session.json(&drift).1, 0);
}

/// Sends the standard output of a call to psql, which stops at the first error, as `migrate … > f; psql -f f` does. `None`: psql
/// is not there.
fn pipe_to_psql(life: &Life, url: &str, args: &[&str], code: i32) -> Option<String> {
    let output = life.session.output(args);
    let sql = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(code), "{sql}{}", String::from_utf8_lossy(&output.stderr));
    life.session.write("out.sql", &sql);
    let beside = life.server.bin_dir().map(|dir| dir.join("psql")).filter(|psql| psql.is_file());
    let mut psql = std::process::Command::new(beside.unwrap_or_else(|| "psql".into()));
    psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-f"]).arg(life.session.path("out.sql"));
    let Ok(ran) = psql.output() else {
        skip("psql", "nothing is piped to it");
        return None;
    };
    assert!(ran.status.success(), "{}\n{sql}", String::from_utf8_lossy(&ran.stderr));
    Some(sql)
}

#[test]
fn drift_in_psql_brings_back_all_but_what_would_delete_data() {
    let life = Life::new(Session::with(&[(
        "0001_users.sql",
        "CREATE TABLE users (id bigint PRIMARY KEY, email text);\nCREATE TABLE p (id int) PARTITION BY RANGE (id);\n",
    )]));
    life.session.run_quietly(&["up"], 0);
    assert!(pipe_to_psql(&life, &life.url, &["drift"], 0).is_none_or(|sql| sql.starts_with("-- no drift")));
    life.sql(
        "CREATE TABLE \"backup\n; DROP TABLE users; --\" AS SELECT 1 AS n; \
         CREATE TABLE old (id int) PARTITION BY RANGE (id); \
         CREATE TABLE old_1 PARTITION OF old FOR VALUES FROM (0) TO (9); INSERT INTO old VALUES (1); \
         ALTER TABLE users ADD extra int, ALTER email SET NOT NULL; CREATE INDEX by_hand ON users (email)",
    );
    let Some(sql) = pipe_to_psql(&life, &life.url, &["drift"], 2) else { return };
    assert!(sql.starts_with("-- 6 differences. \"-\" exists only in the database, \"+\" only in the migrations, \"~\" differs:\n"), "{sql}");
    assert_eq!(life.sql("SELECT n FROM \"backup\n; DROP TABLE users; --\""), ["1"], "{sql}");
    assert_eq!(life.sql("SELECT id FROM old"), ["1"], "{sql}");
    assert_eq!(life.sql("SELECT extra FROM users"), [""; 0], "{sql}");
    assert_eq!(life.sql("SELECT to_regclass('by_hand') IS NULL"), ["t"], "{sql}");
    let nullable = "SELECT is_nullable FROM information_schema.columns WHERE column_name = 'email'";
    assert_eq!(life.sql(nullable), ["YES"], "{sql}");

    // The same of `diff`.
    life.sql("CREATE DATABASE of_diff");
    let other = life.server.url_of("of_diff");
    let sql = pipe_to_psql(&life, &life.url, &["diff", &life.url, &other], 2).unwrap();
    assert!(sql.contains("\"-\" exists only in the first, \"+\" only in the second"), "{sql}");
    assert_eq!(life.sql("SELECT id FROM old"), ["1"], "{sql}");
}

/// What something kept depends on stays, and nothing is made in its place. Each case has the SQL that makes the database differ
/// from the migrations, and what stays as a comment and is run.
#[test]
fn drift_in_psql_leaves_alone_what_relies_on_a_loss() {
    struct Case {
        by_hand: &'static str,
        comments: &'static [&'static str],
        run: &'static [&'static str],
    }
    const SQL: &str = "CREATE TABLE was (id int);\nCREATE VIEW wasview AS SELECT id FROM was;\n\
        CREATE TABLE partd (id int) PARTITION BY RANGE (id);\nCREATE TABLE part_1 PARTITION OF partd FOR VALUES FROM (0) TO (9);\n\
        CREATE INDEX part_i ON partd (id);\n";
    let cases = [
        Case {
            by_hand: "CREATE SCHEMA other; CREATE TABLE other.t (id int); CREATE VIEW other.v AS SELECT * FROM other.t",
            comments: &["DROP TABLE other.t;", "DROP SCHEMA other;"],
            run: &["DROP VIEW other.v;"],
        },
        Case {
            by_hand: "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; \
                CREATE FUNCTION g() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE TABLE kept (id int DEFAULT g()); \
                CREATE TRIGGER tr BEFORE INSERT ON kept FOR EACH ROW EXECUTE FUNCTION f(); \
                CREATE FUNCTION free() RETURNS int LANGUAGE sql AS 'SELECT 2'",
            comments: &["DROP TABLE kept;", "DROP FUNCTION f();", "DROP FUNCTION g();"],
            run: &["DROP FUNCTION free();"],
        },
        Case {
            by_hand: "CREATE TYPE used AS ENUM ('a'); CREATE DOMAIN d AS used; CREATE TYPE unused AS ENUM ('b'); \
                CREATE SEQUENCE s; ALTER TABLE was ADD of_d d, ADD n int DEFAULT nextval('s')",
            comments: &["ALTER TABLE was DROP COLUMN of_d;", "DROP DOMAIN d;", "DROP TYPE used;"],
            run: &["DROP TYPE unused;"],
        },
        Case {
            by_hand: "DROP TABLE partd; CREATE TABLE partd (id int); CREATE TABLE kid () INHERITS (partd)",
            comments: &["DROP TABLE partd;", "CREATE TABLE partd ("],
            run: &[],
        },
        Case {
            by_hand: "DROP VIEW wasview; CREATE TABLE wasview (id int); CREATE TABLE beside (id int)",
            comments: &["DROP TABLE wasview;", "CREATE VIEW wasview AS"],
            run: &[],
        },
        Case {
            by_hand: "DROP VIEW wasview; CREATE MATERIALIZED VIEW wasview AS SELECT 1 AS id; \
                ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC; DROP TABLE part_1; CREATE TABLE part_1 (id int, m int)",
            comments: &["DROP COLUMN m;"],
            run: &["ALTER DEFAULT PRIVILEGES"],
        },
    ];
    let mut life = Life::new(Session::with(&[("0001_all.sql", SQL)]));
    let dev = life.server.url().to_owned();
    for (at, Case { by_hand, comments, run }) in cases.iter().enumerate() {
        let name = format!("case_{at}");
        life.sql(&format!("CREATE DATABASE {name}"));
        let url = life.server.url_of(&name);
        life.session.set("DATABASE_URL", &url);
        life.session.run_quietly(&["up"], 0);
        query(&url, by_hand);
        let drift = ["drift", "--dev-url", &dev];
        let Some(sql) = pipe_to_psql(&life, &url, &drift, 2) else { return };
        for comment in *comments {
            let is_there = sql.lines().any(|line| line.starts_with("-- ") && line.contains(comment));
            assert!(is_there && !sql.lines().any(|line| line.starts_with(comment)), "{comment}\n{sql}");
        }
        for statement in *run {
            assert!(sql.lines().any(|line| line.starts_with(statement)), "{statement}\n{sql}");
        }
        // A second time there is nothing but what deletes data and what relies on it.
        let again = pipe_to_psql(&life, &url, &drift, 2).unwrap();
        let live: Vec<&str> =
            again.lines().filter(|line| !line.is_empty() && !line.starts_with("--")).collect();
        assert!(live.is_empty(), "{live:?}\n{again}");
    }
}

#[test]
fn a_dry_run_in_psql_goes_there_and_deletes_nothing() {
    let life = Life::new(Session::with(&[("0001_a.sql", "CREATE TABLE a (id bigint, n int);\n")]));
    life.session.run_quietly(&["up"], 0);
    life.session.write("schema.sql", "CREATE TABLE a (id bigint, more int);\n");
    let Some(sql) = pipe_to_psql(&life, &life.url, &["generate", "next", "--dry-run"], 0) else { return };
    assert_eq!(life.sql("SELECT n, more FROM a"), [""; 0], "{sql}");
    life.session.write("schema.sql", "CREATE TABLE a (id bigint, n int);\n");
    let sql = pipe_to_psql(&life, &life.url, &["generate", "next", "--dry-run"], 0).unwrap();
    assert!(sql.starts_with("-- nothing to change"), "{sql}");
}

#[test]
fn a_dump_in_psql_makes_functions_whose_bodies_come_too_soon() {
    let life = Life::new(Session::with(&[]));
    life.sql(
        "CREATE FUNCTION a() RETURNS int LANGUAGE sql AS 'SELECT 1'; \
         CREATE FUNCTION b() RETURNS int LANGUAGE sql AS 'SELECT a()'; \
         CREATE OR REPLACE FUNCTION a() RETURNS int LANGUAGE sql AS 'SELECT CASE WHEN random() > 2 THEN b() ELSE 1 END'",
    );
    life.sql("CREATE DATABASE copy");
    let copy = life.server.url_of("copy");
    let Some(sql) = pipe_to_psql(&life, &copy, &["dump"], 0) else { return };
    assert!(sql.contains("SET check_function_bodies TO off;") && !sql.contains("SET LOCAL"), "{sql}");
    life.session.run_quietly(&["diff", &life.url, &copy], 0);
    // As a migration, and in a transaction.
    life.session.write("migrations/0001_schema.sql", &sql);
    life.sql("CREATE DATABASE migrated");
    let migrated = life.server.url_of("migrated");
    life.session.run_quietly(&["up", "--database-url", &migrated], 0);
    life.session.run_quietly(&["diff", &life.url, &migrated], 0);
    life.sql("CREATE DATABASE in_transaction");
    let other = life.server.url_of("in_transaction");
    query(&other, &format!("BEGIN; {sql}; COMMIT"));
    life.session.run_quietly(&["diff", &life.url, &other], 0);
}

#[test]
fn what_a_dump_lacks_is_on_the_standard_error() {
    let life = Life::new(Session::with(&[]));
    life.sql(
        "CREATE TYPE word; CREATE FUNCTION word_in(cstring) RETURNS word LANGUAGE internal IMMUTABLE STRICT AS 'textin'; \
         CREATE FUNCTION word_out(word) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout'; \
         CREATE TYPE word (INPUT = word_in, OUTPUT = word_out, LIKE = text)",
    );
    let output = life.session.output(&["dump"]);
    let (sql, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{sql}{said}");
    assert!(said.contains("✗ not in the SQL: ") && !sql.contains('✗'), "{sql}{said}");
    assert!(said.contains("error[M0845]: "), "{said}");
}

/// The tables are not in the SQL, so that what needs them could not be made.
#[test]
fn a_dump_leaves_out_what_refers_to_a_history() {
    let life = Life::new(Session::with(&[("0001_a.sql", "CREATE TABLE a (id bigint);\n")]));
    life.session.run_quietly(&["up", "--database-url", &life.url], 0);
    life.sql(
        "CREATE TABLE _sqlx_migrations (version bigint PRIMARY KEY, description text NOT NULL, installed_on timestamptz, \
         success boolean NOT NULL, checksum bytea NOT NULL, execution_time bigint NOT NULL); \
         CREATE VIEW done AS SELECT version FROM _sqlx_migrations; CREATE VIEW newest AS SELECT max(version) FROM done; \
         CREATE VIEW ours AS SELECT version FROM schema_migrations; \
         CREATE TABLE deployments (id bigint, version bigint, \
         CONSTRAINT known FOREIGN KEY (version) REFERENCES _sqlx_migrations); \
         CREATE FUNCTION rows_of() RETURNS SETOF _sqlx_migrations LANGUAGE sql AS 'SELECT NULL::_sqlx_migrations'",
    );
    let output = life.session.output(&["dump"]);
    let (sql, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{sql}{said}");
    assert!(sql.contains("CREATE TABLE a") && sql.contains("CREATE TABLE deployments"), "{sql}");
    assert!(!sql.contains("_migrations") && !sql.contains("CREATE VIEW"), "{sql}");
    let left_out: Vec<&str> =
        said.lines().filter_map(|line| line.split_once("left out: ")).map(|(_, rest)| rest).collect();
    for thing in ["view done", "view newest", "view ours", "known", "function rows_of"] {
        assert_eq!(left_out.iter().filter(|line| line.contains(thing)).count(), 1, "{thing}: {said}");
    }
    assert_eq!(left_out.len(), 5, "{said}");
}

#[test]
fn what_is_said_of_a_trial_is_what_was_done() {
    let server = Server::start().unwrap();
    for (files, there_and_back) in [
        (&[("0001_a.sql", "CREATE TABLE a (id bigint);\n")][..], false),
        (&[("0001_a.up.sql", "CREATE TABLE a (id bigint);\n"), ("0001_a.down.sql", "DROP TABLE a;\n")], true),
    ] {
        let session = Session::with(files);
        session.write("schema.sql", "CREATE TABLE b (id bigint);\n");
        let output = session.output(&generate(&server, &["next"]));
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(
            !said.contains("tried") && !String::from_utf8_lossy(&output.stdout).contains("tried"),
            "{said}"
        );
        let refused = "error[M0844]: nothing written: this migration deletes data\nhelp: review it; if intended, rerun with \
                       --allow deletes-data\n";
        assert!(said.contains(refused), "{said}");
        let output = session.output(&generate(&server, &["next", "--allow", "deletes-data"]));
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{said}");
        assert!(said.contains("it was tried on a scratch database"), "{said}");
        assert_eq!(said.contains("there and back"), there_and_back, "{said}");
    }
}

#[test]
fn a_dump_makes_the_same_schema() {
    let life = Life::new(Session::with(&[]));
    let server = Server::start().unwrap();
    life.sql(SCHEMA_IN_ORDER);
    let (object, code) = life.session.json(&["dump", "--dev-url", server.url()]);
    assert_eq!((code, &object["residue"]), (0, &json!([])), "{object:#}");
    life.session.write("schema.sql", object["sql"].as_str().unwrap());
    life.session.run_quietly(&generate(&server, &["init"]), 0);
    let other = life.server.url_of("other");
    life.sql("CREATE DATABASE other");
    life.session.run_quietly(&["up", "--database-url", &other], 0);
    let (object, code) = life.session.json(&["diff", &life.url, &other]);
    assert_eq!((code, &object["differences"]), (0, &json!([])), "{object:#}");
    life.sql("DROP VIEW adults");
    let (object, code) = life.session.json(&["diff", &life.url, &other]);
    assert_eq!((code, &object["differences"]), (2, &json!(["+ view adults"])), "{object:#}");
}

const SCHEMA_IN_ORDER: &str = "\
CREATE TYPE mood AS ENUM ('fine', 'so so');
CREATE TABLE people (id bigserial PRIMARY KEY, age int CHECK (age > 0), mood mood DEFAULT 'fine', friend bigint REFERENCES people);
CREATE VIEW adults AS SELECT * FROM people WHERE age > 17;
CREATE FUNCTION count_adults() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM adults';
COMMENT ON TABLE people IS 'Those we know.';
";

#[test]
fn declared_statement_that_is_wrong_is_to_be_corrected() {
    let session = Session::with(&[("0001_t.sql", "CREATE TABLE t (id int);\n")]);
    let missing = "all that they name must be declared";
    for (declared, help) in [
        ("CREATE TABLE t (id int);\nCREATE TABLE u (id int REFERENCES nowhere);\n", missing),
        ("CREATE TABLE t (id int);\nCREATE TABLE t (id int);\n", "correct the statement"),
        (
            "CREATE TABLE t (id int, id int);\nCREATE VIEW v AS SELECT * FROM nowhere;\n",
            "correct the statement",
        ),
    ] {
        session.write("schema.sql", declared);
        let output = session.output(&["generate", "next"]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("error[M0822]") && said.contains(help), "{declared}{said}");
        assert_eq!(said.contains(missing), help == missing, "{declared}{said}");
    }
}

#[test]
fn a_down_that_lacks_something_is_told_from_an_up_that_does() {
    struct Case {
        wanted: &'static str,
        said: [&'static str; 2],
    }
    const BEFORE: &str = "CREATE TABLE a (x int, y int);\nCREATE TABLE h () INHERITS (a);\n";
    for Case { wanted, said } in [
        Case {
            wanted: "CREATE TABLE a (x int, y int); CREATE TABLE h (x int, y int) INHERITS (a)",
            said: ["not brought back by the down: ~ column h.x: ", "has a down that does not bring back all"],
        },
        Case {
            wanted: "CREATE TABLE a (x int, y int); CREATE TABLE h (x int) INHERITS (a); CREATE TABLE n ()",
            said: ["not in the migration: ~ column h.x: ", "does not make all that is declared"],
        },
    ] {
        let (server, session) = begin(wanted);
        session.write("migrations/0001_a.sql", BEFORE);
        let output = session.output(&generate(&server, &["next"]));
        let all = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{all}");
        assert!(all.contains("error[M0845]: ") && said.iter().all(|said| all.contains(said)), "{all}");
        session.run_quietly(&generate(&server, &["next", "--allow", "residue"]), 0);
    }
}
