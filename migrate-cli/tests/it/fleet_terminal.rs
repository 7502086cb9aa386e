//! A fleet at a real terminal: what is shown while it is under way, what is asked before production, and Ctrl-C.

use crate::life::Life;
use crate::pty::{AtTerminal, CTRL_C};
use crate::session::Session;
use crate::terminal::{Outside, SOMEBODY_WAITS};

const UP: [&str; 5] = ["fleet", "up", "--schemas", "s*", "--jobs"];

/// Five schemas, whose migration waits as long as somebody holds a table of the control database.
fn scene() -> (Life, Outside) {
    let life = Life::new(Session::with(&[
        ("0001_a.sql", "CREATE TABLE a (id bigint PRIMARY KEY);\n"),
        ("0002_gate.sql", "LOCK TABLE public.gate;\n"),
        ("migrate.toml", "lock-timeout = \"0s\"\n"),
    ]));
    life.sql("CREATE SCHEMA s1; CREATE SCHEMA s2; CREATE SCHEMA s3; CREATE SCHEMA s4; CREATE SCHEMA s5; CREATE TABLE gate ()");
    let outside = Outside::new(&life.url);
    outside.run("BEGIN; LOCK TABLE gate");
    (life, outside)
}

fn migrated(life: &Life) -> usize {
    life.sql("SELECT nspname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE relname = 'a'")
        .len()
}

#[test]
fn a_bar_with_who_takes_longest_and_a_ctrl_c_after_which_nothing_is_begun() {
    let (life, outside) = scene();
    let mut terminal = AtTerminal::new(&life.session, &[&UP[..], &["2"]].concat());
    terminal.shows("0/5");
    terminal.shows("2 under way  slowest: s1, ");
    outside.until(&SOMEBODY_WAITS.replace("= 1", "= 2"));
    terminal.types(CTRL_C);
    terminal.shows("interrupted: finishing the tenants under way");
    outside.run("COMMIT");
    let ended = terminal.ends();
    assert_eq!(ended.code, 130, "{}", ended.screen);
    assert!(
        ended.screen.contains("5 tenants in ") && ended.screen.contains("2 applied, 3 not begun"),
        "{}",
        ended.screen
    );
    assert!(ended.screen.contains("stopped: interrupted"), "{}", ended.screen);
    assert_eq!(migrated(&life), 2);
    life.session.run_quietly(&[&UP[..], &["2"]].concat(), 0);
    assert_eq!(migrated(&life), 5);
}

#[test]
fn a_second_ctrl_c_cancels_on_the_server_and_the_next_run_finishes() {
    let (life, outside) = scene();
    let mut terminal = AtTerminal::new(&life.session, &[&UP[..], &["1"]].concat());
    outside.until(SOMEBODY_WAITS);
    terminal.types(CTRL_C);
    terminal.shows("press Ctrl-C again to cancel them");
    terminal.types(CTRL_C);
    terminal.shows("interrupted again: asking the servers to cancel their statements");
    let ended = terminal.ends();
    assert_eq!(ended.code, 130, "{}", ended.screen);
    assert!(ended.screen.contains("canceling statement due to user request (57014)"), "{}", ended.screen);
    assert!(ended.screen.contains("1 failed, 4 not begun"), "{}", ended.screen);
    // Nobody waits for it any more: what comes free is nobody's.
    outside.until(
        "count(*) = 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
    );
    outside.run("COMMIT");
    assert_eq!(life.sql("SELECT count(*) FROM s1.schema_migrations"), ["1"]);
    life.session.run_quietly(&[&UP[..], &["5"]].concat(), 0);
    assert_eq!(migrated(&life), 5);
    assert_eq!(life.sql("SELECT count(*) FROM s1.schema_migrations_log WHERE outcome = 'done'"), ["2"]);
}

#[test]
fn before_production_the_number_of_tenants_is_typed() {
    let (mut life, outside) = scene();
    outside.run("COMMIT");
    life.session.set("MIGRATE_ENV", "production");
    let args = [&UP[..], &["5"]].concat();
    for (answer, code, expected) in [("4\n", 1, 0), (CTRL_C, 130, 0), ("5\n", 0, 5)] {
        let mut terminal = AtTerminal::new(&life.session, &args);
        terminal.shows("these tenants are production, because MIGRATE_ENV is `production`.");
        terminal.shows("Type the number of tenants to go on:");
        terminal.types(answer);
        let ended = terminal.ends();
        assert_eq!((ended.code, migrated(&life)), (code, expected), "{}", ended.screen);
    }
}
