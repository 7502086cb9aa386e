//! The command at a real terminal: what is asked there, what is shown while something takes long, and Ctrl-C.

use std::sync::Arc;
use std::time::{Duration, Instant};

use migrate_runtime::tokio_postgres::{Client, SimpleQueryMessage};
use migrate_server::Server;
use tokio::runtime::Runtime;

use crate::life::Life;
use crate::pty::{AtTerminal, CTRL_C, CTRL_D, Ended};
use crate::session::Session;

/// A connection beside that of the command, which may hold a lock.
pub(crate) struct Outside {
    runtime: Runtime,
    client: Client,
}

impl Outside {
    pub(crate) fn new(url: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let client = runtime.block_on(async {
            let (client, connection) = migrate_runtime::connect(url).await.unwrap();
            tokio::spawn(connection);
            client
        });
        Self { runtime, client }
    }

    pub(crate) fn run(&self, sql: &str) {
        self.runtime.block_on(self.client.batch_execute(sql)).unwrap();
    }

    fn holds(&self, condition: &str) -> bool {
        // In a transaction, it would see for ever who was there at first.
        let sql = format!("SELECT pg_stat_clear_snapshot(); SELECT {condition}");
        let messages = self.runtime.block_on(self.client.simple_query(&sql)).unwrap();
        messages
            .iter()
            .any(|message| matches!(message, SimpleQueryMessage::Row(row) if row.get(0) == Some("t")))
    }

    /// The server sends no word of it: it is asked again.
    pub(crate) fn until(&self, condition: &str) {
        let start = Instant::now();
        while !self.holds(condition) {
            assert!(start.elapsed() < Duration::from_mins(1), "it never holds: {condition}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

pub(crate) const SOMEBODY_WAITS: &str =
    "count(*) = 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";

const NOBODY_ELSE: &str = "count(*) = 1 FROM pg_stat_activity WHERE datname = current_database()";

const ONE: [(&str, &str); 3] = [
    ("0001_a.up.sql", "CREATE TABLE a (id bigint PRIMARY KEY);\n"),
    ("0001_a.down.sql", "DROP TABLE a;\n"),
    ("migrate.toml", "production = [\"life_*\"]\n"),
];

#[test]
fn production_wants_its_name() {
    let life = Life::new(Session::with(&ONE));
    let name = life.name.clone();
    let question = "writes to it. Type the name of the database to go on: ";
    let typed = |verb: &str, typed: &str| {
        let mut terminal = AtTerminal::new(&life.session, &[verb]);
        terminal.shows(&format!("is production, because `{name}` is among the names of production."));
        terminal.shows(&format!("`{verb}` {question}"));
        terminal.types(typed);
        terminal.ends()
    };
    let refused = "error[M0906]: not confirmed: nothing was done\nnext: run it again and type what it asks for, or pass --yes\n";
    let interrupted = "error[M0908]: interrupted: nothing was done\n";
    for (verb, is_there_after) in [("up", true), ("down", false)] {
        for (answer, code, end) in [
            ("life\n", 1, refused),
            ("\n", 1, refused),
            (CTRL_D, 1, refused),
            (CTRL_C, 130, interrupted),
            // What was typed before Ctrl-C does not count.
            (&*format!("{name}{CTRL_C}"), 130, interrupted),
        ] {
            let ended = typed(verb, answer);
            assert_eq!(ended.code, code, "{verb} {answer:?}: {}", ended.screen);
            assert!(ended.screen.ends_with(&format!("{end}\n")), "{verb} {answer:?}: {:?}", ended.screen);
            assert_eq!(life.has_table("a"), !is_there_after, "{verb} {answer:?}");
        }
        let ended = typed(verb, &format!("{name}\n"));
        assert_eq!(ended.code, 0, "{}", ended.screen);
        assert_eq!(life.has_table("a"), is_there_after, "{verb}");
    }
    // What only looks asks nothing.
    let ended = AtTerminal::new(&life.session, &["status"]).ends();
    assert!(ended.code == 0 && !ended.screen.contains("looks like"), "{}", ended.screen);
    // Where the terminal is not there to answer, nothing waits for it.
    life.session.run_quietly(&["up"], 1);
    assert!(!life.has_table("a"));
}

/// `reset` and `repair` ask too, whatever the database is called.
#[test]
fn what_loses_something_asks() {
    let life = Life::new(Session::with(&ONE[..2]));
    let name = life.name.clone();
    life.session.run_quietly(&["up"], 0);
    life.sql("CREATE TABLE by_hand (id int)");
    let question = "Type the name of the database to go on: ";
    for (answer, code) in [("no\n", 1), (CTRL_D, 1), (CTRL_C, 130)] {
        let mut terminal = AtTerminal::new(&life.session, &["reset"]);
        terminal.shows(question);
        terminal.types(answer);
        let ended = terminal.ends();
        assert_eq!(ended.code, code, "{}", ended.screen);
        assert!(ended.screen.contains("nothing was done"), "{}", ended.screen);
        assert!(life.has_table("by_hand"));
    }
    let mut terminal = AtTerminal::new(&life.session, &["reset"]);
    terminal.shows(question);
    terminal.types(&format!("{name}\n"));
    let ended = terminal.ends();
    assert!(ended.code == 0 && life.has_table("a") && !life.has_table("by_hand"), "{}", ended.screen);

    life.session.write("migrations/0001_a.up.sql", "CREATE TABLE a (id bigint PRIMARY KEY, n int);\n");
    let checksum = || life.sql("SELECT checksum FROM schema_migrations");
    let before = checksum();
    for (answer, code, changes) in
        [("\n", 1, false), (CTRL_D, 1, false), (CTRL_C, 130, false), ("y\n", 0, true)]
    {
        let mut terminal = AtTerminal::new(&life.session, &["repair"]);
        terminal.shows("Change the history like that? [y/N] ");
        terminal.types(answer);
        let ended = terminal.ends();
        assert_eq!((ended.code, checksum() != before), (code, changes), "{}", ended.screen);
    }
}

#[test]
fn colours_are_for_a_terminal() {
    let server = Arc::new(Server::start().unwrap());
    let life = Life::on(&server, Session::with(&ONE[..2]));
    let is_coloured = |ended: &Ended| ended.sent.contains("\x1b[32m");
    let mut no_color = Life::on(&server, Session::with(&ONE[..2]));
    no_color.session.set("NO_COLOR", "1");
    for verb in ["up", "status"] {
        let ended = AtTerminal::new(&life.session, &[verb]).ends();
        assert!(ended.code == 0 && is_coloured(&ended), "{verb}: {:?}", ended.sent);
        let ended = AtTerminal::new(&life.session, &[verb, "--color", "never"]).ends();
        assert!(ended.code == 0 && !is_coloured(&ended), "{verb}: {:?}", ended.sent);
        let ended = AtTerminal::new(&no_color.session, &[verb]).ends();
        assert!(ended.code == 0 && !ended.sent.contains("\x1b["), "{verb}: {:?}", ended.sent);
        // Each stream by itself.
        let ended = AtTerminal::into_pipe(&life.session, &[verb]).ends();
        assert!(ended.code == 0 && !ended.out.contains('\x1b'), "{verb}: {:?}", ended.out);
    }
    let ended = AtTerminal::into_pipe(&life.session, &["down", "--to", "7"]).ends();
    assert!(ended.code == 1 && ended.sent.contains("\x1b[31merror[M0421]:\x1b[0m"), "{:?}", ended.sent);
    let output = life.session.output(&["down", "--to", "7"]);
    assert!(!output.stderr.contains(&0x1b));
}

/// Which is beside the one that is interrupted, and after it.
const AROUND: [(&str, &str); 4] = [
    ("0001_a.up.sql", "CREATE TABLE a (id bigint PRIMARY KEY);\n"),
    ("0001_a.down.sql", "DROP TABLE a;\n"),
    ("0003_c.up.sql", "CREATE TABLE c (id bigint PRIMARY KEY);\n"),
    ("0003_c.down.sql", "DROP TABLE c;\n"),
];

/// A folder whose second migration waits at a gate, in the direction of the verb. Two tables are there: `gate`, and `kept`
/// which has one row.
struct Gated {
    life: Life,
    outside: Outside,
    verb: &'static [&'static str],
}

/// Patience of its own: that of a run would let it try again.
const TRANSACTIONAL: &str =
    "CREATE TABLE b (id bigint PRIMARY KEY);\nSET LOCAL lock_timeout = 0;\nDELETE FROM gate;\n";
const STEPWISE: &str = "-- migrate: no-transaction\nCREATE TABLE b (id bigint PRIMARY KEY);\nSET lock_timeout = 0;\nDELETE FROM gate;\n";
const CONCURRENT: &str = "-- migrate: no-transaction\nCREATE TABLE b (id bigint PRIMARY KEY);\nCREATE INDEX CONCURRENTLY gate_n ON gate (n);\n";

impl Gated {
    fn new(server: &Arc<Server>, verb: &'static [&'static str], script: &str) -> Self {
        let life = Life::on(server, Session::with(&AROUND));
        let outside = Outside::new(&life.url);
        outside.run("CREATE TABLE gate (n int); INSERT INTO gate VALUES (1)");
        let plain = if script.contains("no-transaction") {
            "-- migrate: no-transaction\nDROP TABLE IF EXISTS b;\nDROP INDEX CONCURRENTLY IF EXISTS gate_n;\n"
        } else {
            "DROP TABLE IF EXISTS b;\n"
        };
        let is_up = verb[0] == "up";
        let (up, down) = if is_up { (script, plain) } else { (plain, script) };
        life.session.write("migrations/0002_b.up.sql", up);
        life.session.write("migrations/0002_b.down.sql", down);
        if !is_up {
            life.session.run_quietly(&["up"], 0);
        }
        Self { life, outside, verb }
    }

    fn at_the_gate(&self) -> AtTerminal {
        self.outside.run("BEGIN; LOCK TABLE gate IN SHARE ROW EXCLUSIVE MODE");
        let terminal = AtTerminal::new(&self.life.session, self.verb);
        self.outside.until(SOMEBODY_WAITS);
        terminal
    }

    fn open(&self) {
        self.outside.run("COMMIT");
    }

    fn applied(&self) -> Vec<String> {
        self.life.sql("SELECT version, state FROM schema_migrations ORDER BY version")
    }

    /// The same again, and nobody in its way: it comes to the end that it would have come to.
    fn goes_on(&self) {
        self.outside.until(NOBODY_ELSE);
        let ended = AtTerminal::new(&self.life.session, self.verb).ends();
        assert_eq!(ended.code, 0, "{}", ended.screen);
        let is_up = self.verb[0] == "up";
        let expected: &[&str] = if is_up { &["1|applied", "2|applied", "3|applied"] } else { &[] };
        assert_eq!(self.applied(), expected);
        // What the script makes is there in both directions.
        let tables = ["a", "b", "c"].map(|table| self.life.has_table(table));
        assert_eq!(tables, [is_up, true, is_up]);
    }
}

const UP: &[&str] = &["up"];
const DOWN: &[&str] = &["down", "--to", "0", "--yes"];

#[test]
fn ctrl_c_once_finishes_what_is_in_hand() {
    let server = Arc::new(Server::start().unwrap());
    for verb in [UP, DOWN] {
        for script in [TRANSACTIONAL, STEPWISE, CONCURRENT] {
            let gated = Gated::new(&server, verb, script);
            let mut terminal = gated.at_the_gate();
            terminal.types(CTRL_C);
            terminal.shows("interrupted: 0002_b is finished first; Ctrl-C again cancels it");
            gated.open();
            let ended = terminal.ends();
            assert_eq!(ended.code, 130, "{}", ended.screen);
            let (done, rows): (_, &[&str]) = match verb[0] {
                "up" => ("✓ 0002_b  ", &["1|applied", "2|applied"]),
                _ => ("✓ reverted 0002_b  ", &["1|applied"]),
            };
            assert!(ended.screen.contains(done), "{}", ended.screen);
            assert!(!ended.screen.contains("0003_c") || verb == DOWN, "{}", ended.screen);
            let end =
                "error[M0908]: interrupted\nhelp: run it again to continue; completed work is recorded\n\n";
            assert!(ended.screen.ends_with(end), "{:?}", ended.screen);
            assert_eq!(gated.applied(), rows, "{verb:?} {script}");
            assert!(gated.life.has_table("b"));
            gated.goes_on();
        }
    }
}

#[test]
fn ctrl_c_twice_stops_now() {
    let server = Arc::new(Server::start().unwrap());
    for verb in [UP, DOWN] {
        for script in [TRANSACTIONAL, STEPWISE, CONCURRENT] {
            let gated = Gated::new(&server, verb, script);
            let mut terminal = gated.at_the_gate();
            terminal.types(CTRL_C);
            terminal.shows("Ctrl-C again cancels it");
            terminal.types(CTRL_C);
            // The gate stays shut.
            let ended = terminal.ends();
            assert_eq!(ended.code, 130, "{}", ended.screen);
            let is_up = verb == UP;
            let (file, line) = (if is_up { "up" } else { "down" }, script.lines().count());
            let begins = format!(
                "error[M0908]: interrupted: migrations/0002_b.{file}.sql:{line}:1: canceling statement due to user request (57014)\n"
            );
            assert!(ended.screen.contains(&begins), "{}", ended.screen);
            let end = "next: run it again to continue; completed work is recorded\n\n";
            assert!(ended.screen.ends_with(end), "{:?}", ended.screen);
            let part = match (is_up, script == TRANSACTIONAL) {
                (true, true) => None,
                (true, false) => Some("2|failed"),
                (false, true) => Some("2|applied"),
                (false, false) => Some("2|reverting"),
            };
            let rows: Vec<&str> = std::iter::once("1|applied").chain(part).collect();
            assert_eq!(gated.applied(), rows, "{verb:?} {script} {}", ended.screen);
            // Rolled back, or done and recorded.
            assert_eq!(gated.life.has_table("b"), script != TRANSACTIONAL, "{verb:?} {script}");
            assert!(!gated.life.has_table("c"));
            gated.open();
            gated.goes_on();
        }
    }
}

/// As a container is told to end.
#[test]
fn sigterm_is_heard_like_ctrl_c() {
    let gated = Gated::new(&Arc::new(Server::start().unwrap()), UP, TRANSACTIONAL);
    let mut terminal = gated.at_the_gate();
    terminal.terminate();
    terminal.shows("interrupted: 0002_b is finished first");
    gated.open();
    let ended = terminal.ends();
    assert_eq!((ended.code, gated.applied().len()), (130, 2), "{}", ended.screen);
    gated.goes_on();
}

#[test]
fn what_takes_long_is_shown_and_nothing_of_it_stays() {
    let server = Arc::new(Server::start().unwrap());
    for (columns, shown, no_color) in
        [(120, "2/3  1 s  0002_b: statement 3: DELETE FROM gate", ""), (30, "2/3  1 s  0002_b", "1")]
    {
        let mut gated = Gated::new(&server, UP, STEPWISE);
        gated.life.session.set("NO_COLOR", no_color);
        gated.outside.run("BEGIN; LOCK TABLE gate IN SHARE ROW EXCLUSIVE MODE");
        let mut terminal = AtTerminal::of_width(columns, &gated.life.session, UP);
        terminal.shows(shown);
        gated.open();
        let ended = terminal.ends();
        assert_eq!(ended.code, 0, "{}", ended.screen);
        let lines: Vec<&str> = ended.screen.lines().map(|line| line.get(..10).unwrap_or(line)).collect();
        assert_eq!(
            lines,
            ["database: ", "✓ 0001_a", "✓ 0002_b", "✓ 0003_c", "applied 3 ", ""],
            "{}",
            ended.screen
        );
    }
    // Through a pipe there is no such line.
    let gated = Gated::new(&server, UP, TRANSACTIONAL);
    let output = gated.life.session.output(UP);
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(!text.contains(['\r', '\x1b']) && !text.contains("DELETE"), "{text:?}");
}
