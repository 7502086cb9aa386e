//! Whatever a verb refuses, programs get an error: a code, a line, and what to do.

use std::collections::BTreeSet;
use std::sync::Arc;

use migrate_server::Server;
use serde_json::Value;

use crate::life::Life;
use crate::session::Session;

/// Command lines that are refused, of each verb. `$DEV` is a server of scratch databases, `$GONE` one that is not there.
const REFUSED: [&str; 47] = [
    "init --dir schema.sql/x",
    "create x --dir nowhere",
    "lint --dir nowhere",
    "lint --strict",
    "lint --dir denied",
    "lock --dir nowhere",
    "renumber --dir nowhere",
    "squash --to 9 --dev-url $DEV",
    "generate next --schema nowhere.sql --dev-url $DEV",
    "generate next --dev-url $DEV",
    "generate next --schema typed.sql --dir typed --dev-url $DEV",
    "drift --database-url $GONE",
    "drift --dir nowhere",
    "diff $GONE $GONE",
    "dump --database-url $GONE",
    "dump --database-url $TYPED --dev-url $DEV",
    "verify --dir nowhere",
    "verify --dir wrong --dev-url $DEV",
    "docs --dir nowhere",
    "docs --dir wrong --dev-url $GONE",
    "docs --dir wrong --out nowhere/page.html --dev-url $DEV",
    "up --database-url $GONE",
    "up --dir nowhere",
    "down --database-url $GONE",
    "redo --database-url $GONE",
    "status --database-url $GONE",
    "plan --database-url $GONE",
    "baseline 1 --database-url $GONE",
    "skip 1 --database-url $GONE",
    "repair --database-url $GONE",
    "history --database-url $GONE",
    "wait --timeout 1s --database-url $GONE",
    "probe --database-url $GONE",
    "fleet plan --schemas app_* --database-url $GONE",
    "fleet up --schemas app_* --database-url $GONE",
    "fleet down --to 1 --schemas app_* --database-url $GONE",
    "fleet status --schemas app_* --database-url $GONE",
    "fleet verify --schemas app_* --dev-url $DEV --database-url $GONE",
    "fleet verify --schemas app_* --dev-url $DEV",
    "reset",
    "import --from sqlx nowhere",
    "import --from plain empty",
    "adopt",
    "adopt --dir nowhere",
    "explain M9999",
    "completions nosh",
    "man --out schema.sql/x",
];

const WORD: &str = "CREATE TYPE word;
CREATE FUNCTION word_in(cstring) RETURNS word LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION word_out(word) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE word (INPUT = word_in, OUTPUT = word_out, LIKE = text);
";

#[test]
fn each_refusal_has_an_error_for_programs() {
    let server = Arc::new(Server::start().unwrap());
    let life = Life::on(
        &server,
        Session::with(&[
            ("0001_a.up.sql", "CREATE TABLE a (id bigint);\n"),
            ("0001_a.down.sql", "DROP TABLE a;\n"),
            ("0002_gone.up.sql", "ALTER TABLE a ADD b int; ALTER TABLE a DROP b;\n"),
            ("0002_gone.down.sql", "SELECT 1;\n"),
        ]),
    );
    let session = &life.session;
    session.write("schema.sql", "");
    for folder in ["denied", "wrong", "typed", "empty"] {
        std::fs::create_dir(session.path(folder)).unwrap();
    }
    session.write("denied/0001_drop.sql", "DROP TABLE a;\n");
    session.write("denied/migrate.toml", "[lints]\ndrop-table = \"deny\"\n");
    session.write("wrong/0001_a.up.sql", "CREATE TABLE a (id bigint);\n");
    session.write("wrong/0001_a.down.sql", "SELECT 1;\n");
    // What nothing knows how to make.
    session.write("typed.sql", WORD);
    life.sql(WORD);
    life.sql("CREATE SCHEMA app_1");
    session.run_quietly(&["fleet", "up", "--schemas", "app_*"], 0);
    life.sql("ALTER TABLE app_1.a ADD by_hand int");
    let mut faults = Vec::new();
    for line in REFUSED {
        let typed = life.url.clone();
        let word = |word: &str| {
            word.replace("$DEV", server.url())
                .replace("$GONE", "postgres://nobody@127.0.0.1:1/x")
                .replace("$TYPED", &typed)
        };
        let mut args: Vec<String> = line.split(' ').map(word).collect();
        args.extend(["--format".to_owned(), "json".to_owned()]);
        let output = session.output(&args);
        let stdout = String::from_utf8(output.stdout).unwrap();
        let code = output.status.code();
        // A fleet has a line for each tenant, and one for all of them.
        let object: Option<Value> = serde_json::from_str(&stdout)
            .ok()
            .or_else(|| serde_json::from_str(stdout.lines().last().unwrap_or_default()).ok());
        let error = object.map(|object| object["error"].clone()).unwrap_or_default();
        let is_told =
            error["code"].is_string() && error["message"].is_string() && error["details"].is_string();
        if code == Some(0) || !is_told {
            faults.push(format!("{line}: {code:?} {stdout}{}", String::from_utf8_lossy(&output.stderr)));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

/// Whoever adds a verb adds it here.
#[test]
fn each_verb_has_a_refusal() {
    let page = migrate_cli::reference::page();
    let headings = page.lines().filter_map(|line| line.strip_prefix("## ").or(line.strip_prefix("### ")));
    let verbs: BTreeSet<&str> =
        headings.filter(|name| !name.to_lowercase().contains("options") && *name != "fleet").collect();
    let missing: Vec<&&str> =
        verbs.iter().filter(|verb| !REFUSED.iter().any(|line| line.starts_with(**verb))).collect();
    assert!(verbs.len() > 25 && missing.is_empty(), "{missing:?}");
}
