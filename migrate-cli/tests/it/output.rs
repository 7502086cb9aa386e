//! A standard output that takes nothing: an error of every verb, where nothing that was done is undone. One that is closed by its
//! reader is none.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;
use std::process::{Output, Stdio};
use std::sync::Arc;

use migrate_server::Server;

use crate::life::{Life, query};
use crate::session::Session;
use crate::skip::skip;

/// A command line whose verb prints something, and how it ends where that can be read.
struct Call {
    /// Words with spaces between; `$DEV` is the server of scratch databases, `$OTHER` a second database on it.
    line: &'static str,
    code: i32,
}

const fn call(line: &'static str) -> Call {
    Call { line, code: 0 }
}

/// In an order in which each of them has something to say.
const CALLS: [Call; 43] = [
    call("--help"),
    call("--version"),
    call("help up"),
    call("fleet status --help"),
    call("explain"),
    call("explain M0201"),
    call("completions bash"),
    call("man"),
    call("man --out pages"),
    call("init --dir made"),
    call("import --from golang-migrate theirs --dir imported"),
    call("lint"),
    call("lint --format sarif"),
    call("lint --format github"),
    call("generate next --schema schema.sql --allow deletes-data --dry-run --dev-url $DEV"),
    call("squash --to 2 --dry-run --dev-url $DEV"),
    call("lock"),
    call("renumber"),
    call("verify --dev-url $DEV"),
    call("docs --out page.html --dev-url $DEV"),
    call("wait"),
    call("probe"),
    call("plan"),
    call("up --dry-run"),
    call("up --rehearse"),
    call("up"),
    call("status"),
    call("history"),
    call("repair"),
    call("down --dry-run"),
    call("down"),
    call("skip 2"),
    Call { line: "drift --dev-url $DEV", code: 2 },
    call("dump --dev-url $DEV"),
    Call { line: "diff $URL $OTHER", code: 2 },
    call("adopt --dry-run --dir imported --database-url $OTHER"),
    call("adopt --yes --dir imported --database-url $OTHER"),
    call("fleet plan --schemas app_*"),
    call("fleet up --schemas app_*"),
    call("fleet status --schemas app_*"),
    call("fleet verify --schemas app_* --dev-url $DEV"),
    call("reset --yes --database-url $OTHER"),
    call("create more --forward-only"),
];

/// Those that are covered by others: what they print goes the same way.
const ALIKE: [&str; 3] = ["baseline", "redo", "fleet"];

const FILES: [(&str, &str); 4] = [
    ("0001_a.up.sql", "CREATE TABLE a (id bigint PRIMARY KEY, n int);\n"),
    ("0001_a.down.sql", "DROP TABLE a;\n"),
    ("0002_b.up.sql", "ALTER TABLE a DROP COLUMN n;\n"),
    ("0002_b.down.sql", "ALTER TABLE a ADD COLUMN n int;\n"),
];

/// A folder and two databases, in each of which every verb has something to do.
struct Scene {
    life: Life,
    other: String,
}

impl Scene {
    fn new(server: &Arc<Server>) -> Self {
        let session = Session::with(&FILES);
        session.write("schema.sql", "CREATE TABLE a (id bigint PRIMARY KEY);\nCREATE TABLE c (id bigint);\n");
        std::fs::create_dir(session.path("theirs")).unwrap();
        session.write("theirs/000001_x.up.sql", "CREATE TABLE x (id bigint);\n");
        session.write("theirs/000001_x.down.sql", "DROP TABLE x;\n");
        let life = Life::on(server, session);
        let other = format!("{}_other", life.name);
        query(server.url(), &format!("CREATE DATABASE {other}"));
        let other = server.url_of(&other);
        query(
            &other,
            "CREATE TABLE x (id bigint); CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT \
             NULL); INSERT INTO schema_migrations VALUES (1, false);",
        );
        life.sql("CREATE SCHEMA app_1");
        Self { life, other }
    }

    fn output(&self, call: &Call, format: &str, stdout: impl Into<Stdio>) -> Output {
        let word = |word: &str| {
            word.replace("$DEV", self.life.server.url())
                .replace("$OTHER", &self.other)
                .replace("$URL", &self.life.url)
        };
        let mut args: Vec<String> = call.line.split(' ').map(word).collect();
        if !call.line.contains("--format") && !call.line.contains("help") && !call.line.contains("--version")
        {
            args.extend(["--format".to_owned(), format.to_owned()]);
        }
        let mut command = self.life.session.command(Path::new(env!("CARGO_BIN_EXE_migrate")), &args);
        command.stdin(Stdio::null()).stderr(Stdio::piped()).stdout(stdout);
        command.spawn().unwrap().wait_with_output().unwrap()
    }

    /// What was done is done, whatever could be printed.
    fn assert_done(&self) {
        assert!(self.life.has_table("a"));
        assert_eq!(self.life.sql("SELECT count(*) FROM app_1.schema_migrations"), ["2"]);
        assert!(
            ["page.html", "pages/migrate.1", "migrations/migrate.lock", "imported/migrate.toml"]
                .into_iter()
                .all(|path| self.life.session.path(path).is_file())
        );
        assert!(self.life.session.names("migrations").iter().any(|name| name.ends_with("_more.sql")));
    }
}

#[test]
fn each_verb_fails_where_its_output_cannot_be_written() {
    let Ok(full) = File::options().write(true).open("/dev/full") else {
        return skip("/dev/full", "it is a device of Linux");
    };
    let server = Arc::new(Server::start().unwrap());
    for format in ["human", "json"] {
        let scene = Scene::new(&server);
        for call in CALLS {
            let output = scene.output(&call, format, full.try_clone().unwrap());
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{} ({format}): {stderr}", call.line);
            let said = "error[M0912]: the standard output cannot be written: ";
            assert_eq!(stderr.matches(said).count(), 1, "{} ({format}): {stderr}", call.line);
            assert_eq!(stderr.matches("error[").count(), 1, "{} ({format}): {stderr}", call.line);
            let done: &[&str] = match call.line {
                "up" => &["0001_a", "0002_b"],
                "down" => &["reverted 0002_b"],
                "skip 2" => &["0002_b"],
                "create more --forward-only" => &["_more.sql"],
                "reset --yes --database-url $OTHER" => &["applied 2 migrations"],
                _ => &[],
            };
            for done in done {
                assert!(stderr.contains(done), "{} ({format}) does not say {done}: {stderr}", call.line);
            }
        }
        scene.assert_done();
    }
}

#[test]
fn each_verb_ends_quietly_where_nobody_reads_on() {
    let server = Arc::new(Server::start().unwrap());
    for format in ["human", "json"] {
        let scene = Scene::new(&server);
        for call in CALLS {
            let (reader, writer) = std::io::pipe().unwrap();
            drop(reader);
            let output = scene.output(&call, format, writer);
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(call.code), "{} ({format}): {stderr}", call.line);
            assert!(!stderr.contains("error["), "{} ({format}): {stderr}", call.line);
        }
        scene.assert_done();
    }
}

/// Whoever adds a verb adds it here.
#[test]
fn each_verb_is_among_them() {
    let page = migrate_cli::reference::page();
    let headings = page.lines().filter_map(|line| line.strip_prefix("## ").or(line.strip_prefix("### ")));
    let verbs: BTreeSet<&str> = headings.filter(|name| *name != "Shared options").collect();
    let missing: Vec<&&str> = verbs
        .iter()
        .filter(|verb| !ALIKE.contains(verb) && !CALLS.iter().any(|call| call.line.starts_with(**verb)))
        .collect();
    assert!(verbs.len() > 25 && missing.is_empty(), "{missing:?}");
}
