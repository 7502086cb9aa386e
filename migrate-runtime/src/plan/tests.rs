//! What is to be done, without a server: each rule by a set and a history that it decides.

use super::*;
use crate::contradiction::ContradictionKind;
use crate::histories::{
    APPLIED, STEPWISE, applied, claimant, digest, progress, row, row_of, set, stranger, three, version,
};
use crate::history::{How, RowState};
use crate::rules::LeftOut;

fn stems(plan: &Plan<'_>) -> Vec<String> {
    plan.steps().iter().map(|step| step.stem().trim_start_matches("2026010100000").to_owned()).collect()
}

#[track_caller]
fn decide<'a>(set: &'a MigrationSet, history: &[HistoryRow], rules: &Rules) -> Plan<'a> {
    Plan::decide(set, history, rules).unwrap_or_else(|found| panic!("{found:?}"))
}

fn upto(number: i64) -> Rules {
    Rules { target: Some(version(number)), ..Rules::default() }
}

#[test]
fn what_is_pending_is_done_in_order() {
    let set = three();
    let plan = decide(&set, &[], &Rules::default());
    assert_eq!((stems(&plan), plan.is_empty()), (vec!["1_a".into(), "2_b".into(), "3_c".into()], false));
    assert_eq!((plan.applied(), plan.current(), plan.at()), (0, None, 0));
    assert_eq!((plan.highest, plan.ahead(), plan.warnings().len()), (Highest::default(), &[][..], 0));
    assert!(plan.steps().iter().all(|step| step.action() == Action::Apply && step.resume.is_none()));

    let plan = decide(&set, &applied(&set, &[1, 2]), &Rules::default());
    assert_eq!((stems(&plan), plan.applied()), (vec!["3_c".to_owned()], 2));
    assert_eq!((plan.current(), plan.at()), (Some("20260101000002_b"), version(2)));
    assert_eq!(plan.highest, Highest::settled(version(2)));
    assert_eq!(plan.steps()[0].recorded_checksum(), None);

    let plan = decide(&set, &applied(&set, &[1, 2, 3]), &Rules::default());
    assert!(plan.is_empty() && plan.applied() == 3 && plan.running.is_none());
}

#[test]
fn a_target_is_the_last_that_is_done() {
    let set = set(&[("1_a.sql", "SELECT 1;"), ("2_b.sql", "SELECT 2;"), ("R_v.sql", "SELECT 3;")]);
    assert_eq!(stems(&decide(&set, &[], &upto(1))), ["1_a"]);
    // The newest version is no target that is older than the set: the view is made.
    assert_eq!(stems(&decide(&set, &[], &upto(2))), ["1_a", "2_b", "R_v"]);
    assert_eq!(stems(&decide(&set, &[], &Rules::default())), ["1_a", "2_b", "R_v"]);
    assert_eq!(stems(&decide(&set, &applied(&set, &[1, 2]), &upto(1))), [""; 0]);
}

#[test]
fn a_database_that_is_ahead_is_left_as_it_is() {
    let set = set(&[("1_a.sql", "SELECT 1;"), ("R_v.sql", "SELECT 2;")]);
    let mut history = applied(&set, &[1]);
    history.push(stranger(2));
    let plan = decide(&set, &history, &Rules::default());
    assert_eq!((stems(&plan).len(), plan.ahead()), (0, &[version(2)][..]));
    assert_eq!((plan.applied(), plan.at()), (1, version(1)));
    let why = "R_v: it is not applied, because the database is ahead of this binary";
    assert_eq!(plan.warnings(), [why]);

    let deny = Rules { deny_ahead: true, ..Rules::default() };
    let found = Plan::decide(&set, &history, &deny).expect_err("a contradiction");
    let expected = Contradiction {
        subject: "20260101000002_stranger".to_owned(),
        version: version(2),
        kind: ContradictionKind::Ahead,
    };
    assert_eq!(found, [expected]);
    // A repeatable migration without a file is no sign of a newer binary.
    let view = row_of(set.repeatables().next().expect("a view"), APPLIED);
    let history = [stranger(0), view, row(&set, 1, APPLIED)];
    let plan = decide(&set, &history, &deny);
    assert!(plan.is_empty() && plan.ahead().is_empty() && plan.warnings().is_empty());
    assert_eq!(plan.applied(), 1);
}

#[test]
fn a_repeatable_migration_replaces_its_own_row() {
    let set = set(&[("1_a.sql", "SELECT 1;"), ("R_v.sql", "SELECT 2;")]);
    let view = row_of(set.repeatables().next().expect("a view"), APPLIED);
    let changed = HistoryRow { checksum: "00".to_owned(), ..view };
    let plan = decide(&set, &[changed, row(&set, 1, APPLIED)], &Rules::default());
    assert_eq!((stems(&plan), plan.steps()[0].recorded_checksum()), (vec!["R_v".to_owned()], Some("00")));
    assert_eq!((plan.applied(), plan.at()), (1, version(1)));
}

#[test]
fn a_repeatable_migration_that_is_newer_in_the_database_is_left_and_told() {
    let set = set(&[("1_a.sql", "SELECT 1;"), ("R_v.sql", "SELECT 2;")]);
    let view = set.repeatables().next().expect("a view");
    let was = |bound, superseded| HistoryRow {
        checksum: "00".to_owned(),
        set_version: Some(version(bound)),
        superseded,
        ..row_of(view, APPLIED)
    };
    let text = view.up().checksum().to_string();
    for (row, why) in [
        (was(2, Vec::new()), "it is not applied, because a newer release has replaced it"),
        (was(1, vec![text]), SUPERSEDED),
    ] {
        let plan = decide(&set, &[row, crate::histories::row(&set, 1, APPLIED)], &Rules::default());
        assert!(plan.is_empty());
        assert_eq!(plan.warnings(), [format!("R_v: {why}")]);
    }
}

/// What was reverted is applied again, and no further.
#[test]
fn below_the_newest_version_a_repeatable_migration_is_restored_as_it_was() {
    let set = set(&[("1_a.sql", "SELECT 1;"), ("2_b.sql", "SELECT 2;"), ("R_v.sql", "SELECT 3;")]);
    let bound = row_of(set.repeatables().next().expect("a view"), APPLIED);
    let unbound = HistoryRow { set_version: None, ..bound.clone() };
    let edited = HistoryRow { checksum: "00".to_owned(), ..unbound.clone() };
    for (row, restores, expected) in [
        (unbound.clone(), true, vec!["1_a", "R_v"]),
        (unbound, false, vec!["1_a"]),
        (edited, true, vec!["1_a"]),
        (bound, true, vec!["1_a"]),
    ] {
        let plan = decide(&set, &[row], &Rules { restores, ..upto(1) });
        assert_eq!(stems(&plan), expected);
        let binding = plan.steps().last().and_then(Step::binding).map(|binding| binding.set_version);
        assert_eq!(binding, (expected.len() == 2).then_some(version(1)));
    }
}

#[test]
fn what_contradicts_is_told_all_at_once_unless_it_is_allowed() {
    let all = three();
    let set = set(&[("1_a.sql", "SELECT 1;"), ("2_b.sql", "SELECT 2;"), ("4_d.sql", "SELECT 4;")]);
    let mut changed = row(&set, 1, APPLIED);
    (changed.checksum, changed.tokens_checksum) = ("00".to_owned(), "11".to_owned());
    let history = [changed, row(&all, 3, APPLIED), row(&set, 4, APPLIED)];
    let found = Plan::decide(&set, &history, &Rules::default()).expect_err("contradictions");
    let found: Vec<(&str, i64)> = found.iter().map(|it| (&*it.subject, it.version - version(0))).collect();
    let file = |name: &str| format!("{}/2026010100000{name}", set.folder());
    let (first, second) = (file("1_a.sql"), file("2_b.sql"));
    assert_eq!(found, [(&*first, 1), (&*second, 2), ("20260101000003_c", 3)]);

    let mut rules = Rules::default();
    rules.changed.add(&(..=version(1)));
    rules.missing.add(&(version(3)..));
    rules.out_of_order.add(&(version(2)..=version(2)));
    let plan = decide(&set, &history, &rules);
    assert_eq!((stems(&plan), plan.applied()), (vec!["2_b".to_owned()], 2));
    let warnings: Vec<&str> = plan.warnings().iter().map(|line| &line[13..]).collect();
    assert_eq!(
        warnings,
        [
            "1_a: it was edited after it was applied, which is allowed",
            "2_b: it comes before migrations that are applied, which is allowed",
            "3_c: it has no file, which is allowed"
        ]
    );
    // Beyond the target it is allowed too, and not done.
    let rules = Rules { target: Some(version(1)), ..rules };
    assert!(decide(&set, &history, &rules).is_empty());
}

#[test]
fn only_comments_were_edited() {
    let set = three();
    let mut history = applied(&set, &[1, 2, 3]);
    history[1].checksum = "00".to_owned();
    let plan = decide(&set, &history, &Rules::default());
    let why = "20260101000002_b: only comments and white space of it were edited after it was applied";
    assert_eq!((plan.warnings(), plan.applied()), (&[why.to_owned()][..], 3));
}

#[test]
fn what_is_half_done_goes_on_and_who_is_at_it_is_waited_for() {
    let set = set(&[("1_a.sql", STEPWISE), ("2_b.sql", "SELECT 2;")]);
    let progress = progress(&set, 1, 2);
    let claim = || Some(Claim { stem: "20260101000001_a".to_owned(), pid: Some(7) });
    let of = |state, rules: &Rules| {
        let history = [row(&set, 1, state)];
        let plan = decide(&set, &history, rules);
        let resumes = plan.steps().first().and_then(|step| step.resume.clone());
        (resumes, plan.running.clone(), plan.highest, stems(&plan).len())
    };
    let unsettled = Highest { version: version(1), is_settled: false };
    let all = Rules::default();
    let was = |was_cut| Some(Resume { progress: progress.clone(), was_cut, sent: None, found: None });
    let failed = RowState::Failed { progress: progress.clone(), error: String::new() };
    assert_eq!(of(failed.clone(), &all), (was(false), None, unsettled, 2));
    let running = |alive| RowState::Running { progress: progress.clone(), claim: claimant(7, alive) };
    assert_eq!(of(running(true), &all), (was(true), claim(), unsettled, 2));
    assert_eq!(of(running(false), &all), (was(true), None, unsettled, 2));
    let reverting = RowState::Reverting { progress: progress.clone(), claim: claimant(7, true), error: None };
    assert_eq!(of(reverting.clone(), &all), (None, claim(), unsettled, 2));
    // Beyond the target nobody is waited for.
    let before = Rules { target: Some(0), ..Rules::default() };
    for state in [failed, running(true), reverting] {
        assert_eq!(of(state, &before), (None, None, unsettled, 0));
    }
}

#[test]
fn a_checkpoint_counts_as_one() {
    let old = three();
    let history = applied(&old, &[1, 2, 3]);
    let text = format!("-- migrate: checkpoint {}\nSELECT 1;", digest(&history));
    let new = set(&[("3_all.sql", &text), ("4_d.sql", "SELECT 4;")]);
    let plan = decide(&new, &history, &Rules::default());
    assert_eq!((stems(&plan), plan.applied(), plan.at()), (vec!["4_d".to_owned()], 1, version(3)));
}

#[test]
fn by_statements_where_that_is_the_unit() {
    let set = set(&[("1_a.sql", "SELECT 1;"), ("R_v.sql", "SELECT 2;")]);
    let rules = Rules { unit: Unit::Statement, ..Rules::default() };
    let plan = decide(&set, &[], &rules);
    assert_eq!(plan.steps().iter().map(Step::is_stepwise).collect::<Vec<_>>(), [true, false]);
    let plan = decide(&set, &[], &Rules::default());
    assert!(!plan.steps().iter().any(Step::is_stepwise));
}

#[test]
fn the_downs_are_stored_where_there_are_any() {
    let set = set(&[("1_a.up.sql", "SELECT 1;"), ("1_a.down.sql", "SELECT 9;"), ("2_b.sql", "SELECT 2;")]);
    let plan = decide(&set, &[], &Rules::default());
    assert!(plan.steps().iter().all(|step| step.stored_down().is_none()));
    let plan = plan.storing_downs(&set, 0);
    let stored: Vec<Option<&str>> = plan.steps().iter().map(Step::stored_down).collect();
    assert_eq!(stored, [Some("SELECT 9;"), None]);
}

#[test]
fn plans_that_are_made_elsewhere() {
    let set = three();
    let plan = Plan::nothing(&set);
    assert!(plan.is_empty());
    assert_eq!((plan.applied(), plan.current()), (3, Some("20260101000003_c")));
    let history = [stranger(1)];
    let step = Step::revert(&history[0], None, None, None);
    let claim = Claim { stem: "1_a".to_owned(), pid: None };
    let plan = Plan::of_steps(vec![step], Some(claim.clone()));
    assert_eq!((plan.steps().len(), plan.running), (1, Some(claim)));
}

#[test]
fn what_a_plan_says() {
    let set = three();
    let say = |history: &[HistoryRow]| decide(&set, history, &Rules::default()).to_string();
    assert_eq!(say(&applied(&set, &[1, 2, 3])), "nothing to do");
    assert_eq!(say(&applied(&set, &[1, 2])), "1 migration to apply:\n  20260101000003_c");
    assert_eq!(say(&applied(&set, &[1])), "2 migrations to apply:\n  20260101000002_b\n  20260101000003_c");
}

#[test]
fn an_edited_draft_is_told_how_to_be_applied_again() {
    let set = three();
    let mut history = applied(&set, &[1, 2, 3]);
    for row in &mut history {
        row.tokens_checksum = "11".to_owned();
        row.checksum = "00".to_owned();
    }
    let said = |history: &[HistoryRow], rules: &Rules| {
        let contradictions = Plan::decide(&set, history, rules).expect_err("contradictions");
        contradictions.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let rules = Rules { drafts_above: Some(version(1)), ..Rules::default() };
    let drafts = said(&history, &rules);
    assert!(drafts[0].contains("restore the file"), "{drafts:?}");
    assert!(drafts[1].contains(&format!("`down --to {}`", version(1))), "{drafts:?}");
    assert!(drafts[2].contains("`redo` reverts it"), "{drafts:?}");
    assert!(said(&history, &Rules::default()).iter().all(|one| one.contains("restore the file")));
    // To apply again what was never run would run it for the first time.
    for how in [How::Skipped, How::Baseline] {
        history[2].state = RowState::Recorded(how);
        assert!(said(&history, &rules).iter().all(|one| one.contains("restore the file")), "{how:?}");
    }
}

#[test]
fn a_row_whose_file_is_left_out_is_not_ahead() {
    let (all, set) = (three(), set(&[("1_a.sql", "SELECT 1;")]));
    let left_out = ["20260101000002_b.sql", "20260101000003_c.sql", "20260101000003_c.down.sql"];
    let left_out = LeftOut::new(left_out.map(str::to_owned));
    let rules = Rules { left_out, drafts_above: Some(0), ..Rules::default() };
    let mut other = applied(&all, &[1, 2]);
    other[1].description = "z".to_owned();
    let mut later = applied(&all, &[1]);
    later.push(stranger(4));
    for (history, expected) in [
        (applied(&all, &[1]), None),
        (later, None),
        (applied(&all, &[1, 2]), Some("/20260101000002_b.sql was edited after it was applied")),
        (applied(&all, &[1, 2, 3]), Some("/20260101000002_b.sql was edited after it was applied")),
        (applied(&all, &[1, 3]), Some("/20260101000002_b.sql is not applied, but 20260101000003_c")),
        (other, Some("/20260101000002_b.sql is not 20260101000002_z, which this database has")),
    ] {
        let found = Plan::decide(&set, &history, &rules);
        let said = found.map_or_else(|list| list.iter().map(ToString::to_string).collect(), |_| Vec::new());
        assert_eq!(said.len(), usize::from(expected.is_some()), "{said:?}");
        assert!(said.iter().zip(expected).all(|(said, expected)| said.contains(expected)), "{said:?}");
    }
}

#[test]
fn the_downs_of_drafts_are_stored() {
    let set = set(&[
        ("1_a.up.sql", "SELECT 1;"),
        ("1_a.down.sql", "SELECT -1;"),
        ("2_b.up.sql", "SELECT 2;"),
        ("2_b.down.sql", "SELECT -2;"),
    ]);
    let stored = |above| {
        let plan = Plan::decide(&set, &[], &Rules::default()).expect("a plan").storing_downs(&set, above);
        plan.steps().iter().map(|step| step.stored_down().is_some()).collect::<Vec<_>>()
    };
    assert_eq!(stored(0), [true, true]);
    assert_eq!(stored(version(1)), [false, true]);
}
