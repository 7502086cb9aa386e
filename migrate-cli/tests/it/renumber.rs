//! `renumber` finds out which of two migrations was there first: by the branch, by the database, or by whoever is at the terminal.

use std::process::Command;

use crate::life::Life;
use crate::session::Session;
use crate::skip::skip;

const ONE: (&str, &str) = ("0001_users.sql", "CREATE TABLE users (id bigint);\n");
const PLANS: (&str, &str) = ("0002_plans.sql", "CREATE TABLE plans (id bigint);\n");
const TEAMS: (&str, &str) = ("0002_teams.sql", "CREATE TABLE teams (id bigint);\n");

/// A folder whose first migration is sealed.
fn sealed() -> Session {
    let session = Session::with(&[ONE]);
    session.run_quietly(&["lock"], 0);
    session
}

fn write(session: &Session, (file, text): (&str, &str)) {
    session.write(&format!("migrations/{file}"), text);
}

fn migrations(session: &Session) -> Vec<String> {
    let names = session.names("migrations").into_iter();
    names.filter(|name| name.ends_with(".sql")).collect()
}

/// Runs `git` in the folder of a session, as a user without settings.
fn git(session: &Session, args: &[&str]) -> bool {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"]);
    git.args(args).current_dir(session.path("."));
    git.output().is_ok_and(|output| output.status.success())
}

/// What one branch has added, the other has merged: whatever their names, the one that is upstream stays.
#[test]
fn what_the_default_branch_has_stays() {
    for (theirs, ours, expected) in [
        (TEAMS, PLANS, ["0001_users.sql", "0002_teams.sql", "0003_plans.sql"]),
        (PLANS, TEAMS, ["0001_users.sql", "0002_plans.sql", "0003_teams.sql"]),
    ] {
        let session = sealed();
        if !git(&session, &["init", "--quiet"]) {
            return skip("git", "no branch is compared");
        }
        let commit = |message: &str| {
            assert!(git(&session, &["add", "--all"]));
            assert!(git(&session, &["commit", "--quiet", "--message", message]));
        };
        commit("users");
        assert!(git(&session, &["checkout", "--quiet", "-b", "ours"]));
        write(&session, ours);
        commit("ours");
        assert!(git(&session, &["checkout", "--quiet", "main"]));
        write(&session, theirs);
        commit("theirs");
        assert!(git(&session, &["checkout", "--quiet", "ours"]));
        assert!(git(&session, &["merge", "--quiet", "--no-edit", "main"]));
        let output = session.output(&["renumber"]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("compared with main\n"), "{said}");
        assert_eq!(migrations(&session), expected);
        session.run_quietly(&["lock"], 0);
    }
}

#[test]
fn what_a_database_has_applied_stays() {
    for (applied, other, expected) in [
        (TEAMS, PLANS, ["0001_users.sql", "0002_teams.sql", "0003_plans.sql"]),
        (PLANS, TEAMS, ["0001_users.sql", "0002_plans.sql", "0003_teams.sql"]),
    ] {
        for session in [sealed(), Session::with(&[ONE])] {
            let life = Life::new(session);
            write(&life.session, applied);
            life.session.run_quietly(&["up"], 0);
            write(&life.session, other);
            life.session.run_quietly(&["renumber"], 0);
            assert_eq!(migrations(&life.session), expected);
            life.session.run_quietly(&["up"], 0);
        }
    }
}

/// With timestamps there is no collision, and the one that was merged late is never applied.
#[test]
fn a_late_timestamp_is_moved_as_the_error_says() {
    let [early, late] = ["20260101000000_early.sql", "20260201000000_late.sql"];
    let mut life = Life::new(Session::with(&[(late, TEAMS.1)]));
    life.session.run_quietly(&["up"], 0);
    write(&life.session, (early, PLANS.1));
    let (object, _) = life.session.json(&["up"]);
    let message = object["error"]["message"].as_str().unwrap();
    assert!(message.contains("run `migrate renumber 20260101000000_early`"), "{message}");
    // By its name, without a database.
    life.session.run(&["renumber", "--database-url", "host=localhost port=1"]);
    life.session.run_quietly(&["renumber", "20260101000000_early"], 0);
    assert!(migrations(&life.session)[0].ends_with("_late.sql"));
    life.session.run_quietly(&["up"], 0);
    // By what the database has.
    write(&life.session, ("20260102000000_more.sql", ONE.1));
    life.session.run_quietly(&["renumber"], 0);
    assert!(migrations(&life.session)[2].ends_with("_more.sql"));
    life.session.run_quietly(&["up"], 0);
    life.check("renumber_late");
}

/// Of a migration that is named, too, the branch and the database are asked.
#[test]
fn named_one_that_is_applied_moves_with_consent_only() {
    let life = Life::new(Session::with(&[ONE, PLANS]));
    life.session.run_quietly(&["up"], 0);
    let before = migrations(&life.session);
    let (object, code) = life.session.json(&["renumber", "users"]);
    assert_eq!(
        (code, &object["error"]["code"], migrations(&life.session)),
        (1, &"M0164".into(), before.clone())
    );
    // What follows is applied too, and cannot close the gap.
    let (object, code) = life.session.json(&["renumber", "users", "--yes"]);
    assert_eq!((code, &object["error"]["code"], migrations(&life.session)), (1, &"M0144".into(), before));
    write(&life.session, TEAMS);
    let (object, code) = life.session.json(&["renumber", "plans"]);
    assert_eq!((code, &object["error"]["code"]), (1, &"M0164".into()));
    life.session.run_quietly(&["renumber", "plans", "--yes"], 0);
    assert_eq!(migrations(&life.session), ["0001_users.sql", "0002_teams.sql", "0003_plans.sql"]);
}

#[test]
fn url_that_cannot_be_understood_is_an_error() {
    let session = sealed();
    for url in ["bogus", "postgres://localhost:port/x", "host=localhost unknown=1"] {
        for args in [&["renumber", "--database-url", url][..], &["renumber", "users", "--database-url", url]]
        {
            let (object, code) = session.json(args);
            assert_eq!(code, 1, "{object}");
            assert_ne!(object["error"]["code"], "M0162", "{object}");
        }
    }
}

#[test]
fn nothing_to_move_is_said_where_one_is_named() {
    let session = Session::with(&[ONE, PLANS]);
    let said = |args: &[&str]| String::from_utf8(session.output(args).stdout).unwrap();
    assert_eq!(said(&["renumber", "plans"]), "nothing to move: `plans` is behind all others\n");
    assert_eq!(said(&["renumber"]), "nothing to move: no two migrations have one version\n");
}

#[test]
fn without_evidence_the_one_to_be_moved_is_named() {
    let mut session = sealed();
    write(&session, PLANS);
    write(&session, TEAMS);
    session.run(&["lint"]).run(&["renumber"]).run(&["renumber", "plan"]).run(&["renumber", "plans"]);
    assert_eq!(migrations(&session), ["0001_users.sql", "0002_teams.sql", "0003_plans.sql"]);
    crate::session::check("renumber_which", &session.transcript());
}

#[cfg(unix)]
#[test]
fn somebody_at_a_terminal_is_asked() {
    use crate::pty::{AtTerminal, CTRL_C};
    let session = sealed();
    write(&session, PLANS);
    write(&session, TEAMS);
    for (typed, code, last) in
        [(CTRL_C, 130, "0002_teams.sql"), ("users\n", 1, "0002_teams.sql"), ("plans\n", 0, "0003_plans.sql")]
    {
        let mut terminal = AtTerminal::new(&session, &["renumber"]);
        terminal.shows("0002_plans, 0002_teams");
        terminal.shows("Which one");
        terminal.types(typed);
        let ended = terminal.ends();
        assert_eq!(ended.code, code, "{}", ended.screen);
        assert_eq!(migrations(&session).last().map(String::as_str), Some(last), "{}", ended.screen);
    }
}
