//! The way back, without a server: what is reverted by what, and what is in the way.

use migrate_source::StoredScript;

use super::*;
use crate::histories::{
    APPLIED, STEPWISE, applied, claimant, digest, migration, progress, row, set, stranger, three, version,
};
use crate::history::Progress;
use crate::rules::Unit;
use crate::standing::first_statements;

/// Three of them, each with a down.
fn downs() -> MigrationSet {
    set(&[
        ("1_a.up.sql", "SELECT 1;"),
        ("1_a.down.sql", "SELECT -1;"),
        ("2_b.up.sql", "SELECT 2;"),
        ("2_b.down.sql", "SELECT -2;"),
        ("3_c.up.sql", "SELECT 3;"),
        ("3_c.down.sql", "SELECT -3;"),
    ])
}

/// What is run, by the number of its version, and where it goes on.
type Found = Vec<(i64, Option<String>, Option<Resume>)>;

fn found(plan: &Plan<'_>) -> Found {
    let script = |step: &Step<'_>| step.script().map(|script| script.text().to_owned());
    plan.steps().iter().map(|step| (step.version() - version(0), script(step), step.resume.clone())).collect()
}

fn decided(set: &MigrationSet, history: &[HistoryRow], target: i64) -> Result<Found, Vec<Obstacle>> {
    decide(set, history, target, &Rules::default()).map(|plan| found(&plan))
}

#[track_caller]
fn check_obstacle(set: &MigrationSet, history: &[HistoryRow], kind: ObstacleKind) {
    let kinds = |obstacles: Vec<Obstacle>| obstacles.into_iter().map(|it| it.kind).collect::<Vec<_>>();
    assert_eq!(decided(set, history, 0).map_err(kinds), Err(vec![kind]));
}

fn down(number: i64) -> (i64, Option<String>, Option<Resume>) {
    (number, Some(format!("SELECT -{number};")), None)
}

#[test]
fn the_newest_goes_first_and_the_target_stays() {
    let set = downs();
    let history = applied(&set, &[1, 2, 3]);
    assert_eq!(decided(&set, &history, 0), Ok(vec![down(3), down(2), down(1)]));
    assert_eq!(decided(&set, &history, version(1)), Ok(vec![down(3), down(2)]));
    assert_eq!(decided(&set, &history, version(3)), Ok(vec![]));
    // A repeatable migration has no version, and is not reverted.
    let mut history = history;
    history.insert(0, stranger(0));
    assert_eq!(decided(&set, &history, 0).map(|steps| steps.len()), Ok(3));
}

#[test]
fn a_count_is_a_version_that_stays() {
    let set = crate::set::MigrationSet::from(downs());
    let runner = Runner::new(&set);
    let mut history = applied(set.source(), &[1, 2, 3]);
    history.insert(0, stranger(0));
    let of = |goal, done| runner.target_of(goal, done, &history).map_err(|error| format!("{error:?}"));
    for (count, done, stays) in [(0, 0, 3), (1, 0, 2), (2, 0, 1), (2, 1, 2), (1, 2, 3)] {
        assert_eq!(of(Goal::Count(count), done), Ok(version(stays)), "{count} of which {done} are done");
    }
    assert_eq!((of(Goal::Count(3), 0), of(Goal::Count(9), 0)), (Ok(0), Ok(0)));
    assert_eq!((of(Goal::Version(0), 0), of(Goal::Version(version(2)), 5)), (Ok(0), Ok(version(2))));
    assert!(of(Goal::Version(version(4)), 0).is_err());
    // In the set and not in the history; and the other way round.
    let ahead = [stranger(7)];
    let of = |goal| runner.target_of(goal, 0, &ahead).map_err(|error| format!("{error:?}"));
    assert_eq!(of(Goal::Version(version(1))), Ok(version(1)));
    assert_eq!(of(Goal::Version(version(7))), Ok(version(7)));
    assert!(of(Goal::Version(version(8))).is_err());
}

#[test]
fn what_was_never_run_is_not_run_back() {
    let set = downs();
    let skipped = [row(&set, 1, RowState::Recorded(How::Skipped))];
    assert_eq!(decided(&set, &skipped, 0), Ok(vec![(1, None, None)]));
    check_obstacle(&set, &[row(&set, 1, RowState::Recorded(How::Baseline))], ObstacleKind::Baseline);
}

#[test]
fn what_is_not_finished_is_brought_to_its_end_first() {
    let set = downs();
    let progress = progress(&set, 1, 0);
    let failed = RowState::Failed { progress: progress.clone(), error: String::new() };
    check_obstacle(&set, &[row(&set, 1, failed)], ObstacleKind::Unfinished);
    let running = |alive| RowState::Running { progress: progress.clone(), claim: claimant(7, alive) };
    check_obstacle(&set, &[row(&set, 1, running(false))], ObstacleKind::Unfinished);
    // Somebody is at it: the others are decided as if it were not there.
    let history = [row(&set, 1, APPLIED), row(&set, 2, running(true)), row(&set, 3, APPLIED)];
    let plan = decide(&set, &history, 0, &Rules::default()).expect("a plan");
    let claim = Claim { stem: "20260101000002_b".to_owned(), pid: Some(7) };
    assert_eq!((found(&plan), plan.running), (vec![down(3), down(1)], Some(claim)));
}

#[test]
fn a_down_by_statements_goes_on_where_it_was_left() {
    let set = set(&[("1_a.up.sql", "SELECT 1;"), ("1_a.down.sql", STEPWISE)]);
    let script = migration(&set, 1).down().expect("a down");
    let progress = |statements| Progress { statements, checksum: first_statements(script, statements) };
    let state = |progress, alive, error: Option<&str>| RowState::Reverting {
        progress,
        claim: claimant(7, alive),
        error: error.map(str::to_owned),
    };
    for (error, was_cut) in [(None, true), (Some("no"), false)] {
        let history = [row(&set, 1, state(progress(2), false, error))];
        let resume = Some(Resume { progress: progress(2), was_cut, sent: None, found: None });
        assert_eq!(decided(&set, &history, 0), Ok(vec![(1, Some(STEPWISE.to_owned()), resume)]));
    }
    let edited = Progress { statements: 1, checksum: progress(2).checksum };
    check_obstacle(&set, &[row(&set, 1, state(edited, false, None))], ObstacleKind::StartEdited(1));
    let history = [row(&set, 1, state(progress(2), true, None))];
    let plan = decide(&set, &history, 0, &Rules::default()).expect("a plan");
    assert_eq!((plan.steps().len(), plan.running.and_then(|claim| claim.pid)), (0, Some(7)));
}

#[test]
fn an_edited_or_renamed_up_is_not_reverted_unless_that_is_allowed() {
    let set = downs();
    let of = |row: HistoryRow, rules: &Rules| {
        let history = [row];
        let plan = decide(&set, &history, 0, rules).map(|plan| found(&plan));
        plan.map_err(|mut obstacles| obstacles.remove(0).kind)
    };
    let mut rules = Rules::default();
    rules.changed.add(&(version(1)..=version(1)));
    let changed = HistoryRow { tokens_checksum: "11".to_owned(), ..row(&set, 1, APPLIED) };
    assert_eq!(of(changed.clone(), &Rules::default()), Err(ObstacleKind::Changed));
    assert_eq!(of(changed, &rules), Ok(vec![down(1)]));
    let renamed = HistoryRow { description: "old".to_owned(), ..row(&set, 1, APPLIED) };
    assert_eq!(of(renamed.clone(), &Rules::default()), Err(ObstacleKind::Renamed("old".to_owned())));
    assert_eq!(of(renamed, &rules), Ok(vec![down(1)]));
    // Comments do not count.
    let reformatted = HistoryRow { checksum: "00".to_owned(), ..row(&set, 1, APPLIED) };
    assert_eq!(of(reformatted, &Rules::default()), Ok(vec![down(1)]));
}

#[test]
fn redo_refuses_what_was_never_run() {
    let set = downs();
    let again = Rules { restores: true, ..Rules::default() };
    for (how, once, twice) in [
        (How::Applied, Ok(vec![down(2)]), Ok(vec![down(2)])),
        (How::Skipped, Ok(vec![(2, None, None)]), Err(ObstacleKind::Skipped)),
        (How::Baseline, Err(ObstacleKind::Baseline), Err(ObstacleKind::Baseline)),
    ] {
        let history = [row(&set, 2, RowState::Recorded(how))];
        for (rules, expected) in [(&Rules::default(), once), (&again, twice)] {
            let found = decide(&set, &history, 0, rules).map(|plan| found(&plan));
            assert_eq!(found.map_err(|mut obstacles| obstacles.remove(0).kind), expected, "{how:?}");
        }
    }
}

#[test]
fn an_edited_draft_is_reverted_by_what_belongs_to_it() {
    let set = downs();
    let rules = Rules { drafts_above: Some(version(1)), ..Rules::default() };
    let edited = |number| HistoryRow { tokens_checksum: "11".to_owned(), ..row(&set, number, APPLIED) };
    let stored = StoredScript::parse("x".to_owned(), "SELECT 9;".to_owned()).expect("a script");
    let renamed = HistoryRow { description: "old".to_owned(), ..row(&set, 2, APPLIED) };
    for (row, script, warning) in [
        (
            HistoryRow { down: Some(stored.clone()), ..edited(2) },
            "SELECT 9;",
            Some("by the down that was stored"),
        ),
        (HistoryRow { down: Some(stored), ..row(&set, 2, APPLIED) }, "SELECT -2;", None),
        (renamed, "SELECT -2;", None),
    ] {
        let history = [row];
        let plan = decide(&set, &history, 0, &rules).expect("a plan");
        assert_eq!(found(&plan), [(2, Some(script.to_owned()), None)]);
        assert_eq!(plan.steps()[0].file(), "20260101000002_b.down.sql");
        assert_eq!(plan.warnings().len(), usize::from(warning.is_some()));
        assert!(plan.warnings().iter().zip(warning).all(|(said, expected)| said.contains(expected)));
    }
    // What is sealed was not to be edited; and the down of a new text may not fit what the old one did.
    for row in [edited(1), edited(2)] {
        let obstacles = decide(&set, std::slice::from_ref(&row), 0, &rules).expect_err("an obstacle");
        assert_eq!(obstacles[0].kind, ObstacleKind::Changed);
    }
}

#[test]
fn a_down_that_was_stored_stands_in_for_the_one_that_is_not_there() {
    let set = three();
    let stored = |text: &str| StoredScript::parse("x".to_owned(), text.to_owned()).expect("a script");
    let with = |row: HistoryRow| HistoryRow { down: Some(stored("SELECT 9;")), ..row };
    let nine = |number| Ok(vec![(number, Some("SELECT 9;".to_owned()), None)]);
    check_obstacle(&set, &[row(&set, 1, APPLIED)], ObstacleKind::NoDown);
    check_obstacle(&set, &[stranger(7)], ObstacleKind::NoFile);
    assert_eq!(decided(&set, &[with(row(&set, 1, APPLIED))], 0), nine(1));
    assert_eq!(decided(&set, &[with(stranger(7))], 0), nine(7));
    // The one of the set is the one that is run.
    let set = downs();
    assert_eq!(decided(&set, &[with(row(&set, 1, APPLIED))], 0), Ok(vec![down(1)]));
}

#[test]
fn every_obstacle_is_told_with_its_file() {
    let set = three();
    let history = [row(&set, 1, APPLIED), stranger(7)];
    let obstacles = decided(&set, &history, 0).expect_err("obstacles");
    let shown: Vec<String> = obstacles.iter().map(ToString::to_string).collect();
    let file = format!("{}/20260101000001_a.sql has no down: write one", set.folder());
    assert!(shown.len() == 2 && shown[0].starts_with("20260101000007_stranger has no file"), "{shown:?}");
    assert!(shown[1].starts_with(&file), "{shown:?}");
}

#[test]
fn a_checkpoint_is_reverted_from_its_archive() {
    let old = three();
    let rows = applied(&old, &[1, 2, 3]);
    let text = format!("-- migrate: checkpoint {}\nSELECT 1;", digest(&rows));
    let new = set(&[("3_all.sql", &text), ("4_d.up.sql", "SELECT 4;"), ("4_d.down.sql", "SELECT -4;")]);
    let mut history = rows;
    history.push(row(&new, 4, APPLIED));
    assert_eq!(decided(&new, &history, version(3)), Ok(vec![down(4)]));
    let squashed = |target| decided(&new, &history, target).map_err(|mut found| found.remove(0).kind);
    for stays in [0, version(1), version(2)] {
        assert_eq!(squashed(stays), Err(ObstacleKind::Squashed(3)));
    }
    // Nothing is left of what it stands for above the target.
    let below = [row(&old, 1, APPLIED)];
    assert_eq!(decided(&new, &below, version(1)), Ok(vec![]));
    let obstacle = decided(&new, &history, 0).expect_err("an obstacle").remove(0);
    assert!(obstacle.subject.ends_with("/20260101000003_all.sql"), "{obstacle:?}");
    // The database began with it.
    check_obstacle(&new, &[row(&new, 3, APPLIED)], ObstacleKind::Checkpoint);
}

#[test]
fn by_statements_where_that_is_the_unit() {
    let set = downs();
    let history = applied(&set, &[1]);
    let rules = Rules { unit: Unit::Statement, ..Rules::default() };
    let is_stepwise = |rules| decide(&set, &history, 0, rules).expect("a plan").steps()[0].is_stepwise();
    assert!(is_stepwise(&rules) && !is_stepwise(&Rules::default()));
}
