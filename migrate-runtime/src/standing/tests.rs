//! How versions stand, without a server: each rule by a set and a history that it decides.

use super::*;
use crate::histories::{
    APPLIED, STEPWISE, applied, claimant, digest, migration, progress, row, row_of, set, stranger, three,
    version,
};

const RECORDED: Standing = Standing::Recorded { how: How::Applied, reformatted: false };

/// The standings, each with the number of its version; 0 for a repeatable migration.
fn standings(set: &MigrationSet, history: &[HistoryRow], unit: Unit) -> Vec<(i64, Standing)> {
    let number = |found: i64| if found == 0 { 0 } else { found - version(0) };
    let entries = classify(set, history, unit);
    entries.into_iter().map(|entry| (number(entry.version), entry.standing)).collect()
}

#[track_caller]
fn check(set: &MigrationSet, history: &[HistoryRow], expected: &[(i64, Standing)]) {
    assert_eq!(standings(set, history, Unit::Migration), expected);
}

#[test]
fn what_has_no_row_is_pending_and_what_is_above_every_file_is_ahead() {
    let set = three();
    check(&set, &[], &[(1, Standing::Pending), (2, Standing::Pending), (3, Standing::Pending)]);
    check(&set, &applied(&set, &[1]), &[(1, RECORDED), (2, Standing::Pending), (3, Standing::Pending)]);
    let mut history = applied(&set, &[1, 2, 3]);
    history.push(stranger(4));
    check(&set, &history, &[(1, RECORDED), (2, RECORDED), (3, RECORDED), (4, Standing::Ahead)]);
}

#[test]
fn what_is_below_an_applied_one_is_out_of_order_or_missing() {
    let all = three();
    let after =
        |stem: &str| Standing::Contradiction(ContradictionKind::OutOfOrder { after: stem.to_owned() });
    let history = applied(&all, &[2]);
    check(&all, &history, &[(1, after("20260101000002_b")), (2, RECORDED), (3, Standing::Pending)]);
    let two = set(&[("1_a.sql", "SELECT 1;"), ("3_c.sql", "SELECT 3;")]);
    let missing = Standing::Contradiction(ContradictionKind::Missing);
    check(&two, &applied(&all, &[1, 2, 3]), &[(1, RECORDED), (2, missing.clone()), (3, RECORDED)]);
    check(&two, &applied(&all, &[1, 2]), &[(1, RECORDED), (2, missing), (3, Standing::Pending)]);
}

#[test]
fn a_row_says_how_it_came_and_what_it_was() {
    let set = three();
    let file = migration(&set, 1);
    let of = |row: HistoryRow| standings(&set, &[row], Unit::Migration).remove(0).1;
    let skipped = row(&set, 1, RowState::Recorded(How::Skipped));
    assert_eq!(of(skipped), Standing::Recorded { how: How::Skipped, reformatted: false });
    let reformatted = HistoryRow { checksum: "00".to_owned(), ..row(&set, 1, APPLIED) };
    assert_eq!(of(reformatted), Standing::Recorded { how: How::Applied, reformatted: true });
    // The text is the same: what the tokens were by an older rule does not count.
    assert_eq!(of(HistoryRow { tokens_checksum: "11".to_owned(), ..row(&set, 1, APPLIED) }), RECORDED);
    let other = HistoryRow { description: "a".to_owned(), version: file.version(), ..stranger(1) };
    let applied_at = "2026-01-02T03:04:05Z".to_owned();
    assert_eq!(of(other), Standing::Contradiction(ContradictionKind::Changed { applied_at }));
    for (state, is_finished) in [(APPLIED, true), (failed(&set, 1, 0), false)] {
        let renamed = HistoryRow { description: "old".to_owned(), ..row(&set, 1, state) };
        let was = "old".to_owned();
        assert_eq!(of(renamed), Standing::Contradiction(ContradictionKind::Renamed { was, is_finished }));
    }
}

#[test]
fn a_row_of_another_migration_is_not_renamed() {
    let old = set(&[("1_a.sql", "SELECT 1;"), ("2_b.sql", "SELECT 2;"), ("3_c.sql", STEPWISE)]);
    let below = version(1);
    let replaced = |was: &str, now: Option<&str>, is_finished| {
        let (was, now) = (format!("2026010100000{was}"), now.map(|now| format!("2026010100000{now}")));
        Standing::Contradiction(ContradictionKind::Replaced { was, now, below, is_finished })
    };
    let renumbered = ContradictionKind::Renumbered { now: "20260101000003_b".to_owned(), below };
    let renamed = |was: &str, is_finished| {
        Standing::Contradiction(ContradictionKind::Renamed { was: was.to_owned(), is_finished })
    };
    let history = applied(&old, &[1, 2]);
    // The files at the second version and after it; how the second version stands.
    for (files, expected) in [
        (vec![("2_z.sql", "SELECT 9;"), ("3_b.sql", "SELECT 2;")], replaced("2_b", Some("3_b"), true)),
        (vec![("2_z.sql", "SELECT 9;")], replaced("2_b", None, true)),
        (vec![("2_z.sql", "SELECT /* b */ 2;")], renamed("b", true)),
        (vec![("3_b.sql", "SELECT 2;")], Standing::Contradiction(renumbered)),
        (vec![("3_z.sql", "SELECT 9;")], Standing::Contradiction(ContradictionKind::Missing)),
    ] {
        let set = set(&[&[("1_a.sql", "SELECT 1;")], &*files].concat());
        assert_eq!(standings(&set, &history, Unit::Migration)[1], (2, expected), "{files:?}");
    }
    // Of what is begun, the first statements tell whether it is the same.
    for (text, done, is_same) in [(STEPWISE, 0, true), ("SELECT 9;", 0, false), ("SELECT 9;", 1, false)] {
        let history = [row(&old, 3, failed(&old, 3, done))];
        let set = set(&[("3_z.sql", text)]);
        let found = standings(&set, &history, Unit::Migration).remove(0).1;
        let is_renamed = matches!(&found, Standing::Contradiction(ContradictionKind::Renamed { .. }));
        assert_eq!(is_renamed, is_same, "{found:?}");
    }
}

fn failed(set: &MigrationSet, number: i64, statements: usize) -> RowState {
    RowState::Failed { progress: progress(set, number, statements), error: "no".to_owned() }
}

#[test]
fn a_migration_by_statements_goes_on_where_its_first_statements_are_the_same() {
    let set = set(&[("1_a.sql", STEPWISE)]);
    let of = |state| standings(&set, &[row(&set, 1, state)], Unit::Migration).remove(0).1;
    for done in [0, 2, 3] {
        let progress = progress(&set, 1, done);
        assert_eq!(of(failed(&set, 1, done)), Standing::Failed { progress: progress.clone() });
        for alive in [true, false] {
            let state = RowState::Running { progress: progress.clone(), claim: claimant(7, alive) };
            let expected = Standing::Running { pid: Some(7), alive, progress: progress.clone() };
            assert_eq!(of(state), expected);
        }
    }
    let edited = Progress { statements: 2, ..progress(&set, 1, 1) };
    let error = String::new();
    assert_eq!(
        of(RowState::Failed { progress: edited.clone(), error: error.clone() }),
        Standing::Contradiction(ContradictionKind::StartEdited { done: 2 })
    );
    assert_eq!(
        of(RowState::Running { progress: edited, claim: claimant(7, true) }),
        Standing::Contradiction(ContradictionKind::StartEdited { done: 2 })
    );
    // More statements than there are, of which all that are there are the same.
    let shortened = Progress { statements: 4, ..progress(&set, 1, 3) };
    assert_eq!(
        of(RowState::Failed { progress: shortened, error }),
        Standing::Contradiction(ContradictionKind::StartEdited { done: 4 })
    );
}

#[test]
fn what_was_begun_by_statements_cannot_be_finished_in_a_transaction() {
    let set = three();
    let history = [row(&set, 1, failed(&set, 1, 0))];
    let refused = Standing::Contradiction(ContradictionKind::NowInTransaction);
    assert_eq!(standings(&set, &history, Unit::Migration)[0].1, refused);
    let progress = progress(&set, 1, 0);
    assert_eq!(standings(&set, &history, Unit::Statement)[0].1, Standing::Failed { progress });
}

#[test]
fn what_is_being_reverted_is_waited_for_and_what_was_left_half_reverted_is_not() {
    let set = three();
    let state = |alive| RowState::Reverting {
        progress: progress(&set, 1, 1),
        claim: claimant(7, alive),
        error: None,
    };
    let progress = progress(&set, 1, 1);
    check(
        &set,
        &[row(&set, 1, state(true))],
        &[
            (1, Standing::Reverting { pid: Some(7), progress }),
            (2, Standing::Pending),
            (3, Standing::Pending),
        ],
    );
    let half = Standing::Contradiction(ContradictionKind::HalfReverted { done: 1 });
    check(&set, &[row(&set, 1, state(false))], &[(1, half), (2, Standing::Pending), (3, Standing::Pending)]);
}

#[test]
fn a_repeatable_migration_runs_again_when_it_has_changed() {
    let set = set(&[("1_a.sql", "SELECT 1;"), ("R_v.sql", "SELECT 2;"), ("R_w.sql", "SELECT 3;")]);
    let files: Vec<Migration<'_>> = set.repeatables().collect();
    let one = row(&set, 1, APPLIED);
    check(&set, std::slice::from_ref(&one), &[(1, RECORDED), (0, Standing::Pending), (0, Standing::Pending)]);
    let history = [stranger(0), row_of(files[0], APPLIED), row_of(files[1], APPLIED), one.clone()];
    check(&set, &history, &[(1, RECORDED), (0, RECORDED), (0, RECORDED), (0, Standing::Ahead)]);
    let changed = HistoryRow { checksum: "00".to_owned(), ..row_of(files[0], APPLIED) };
    let history = [changed, row_of(files[1], APPLIED), one];
    check(&set, &history, &[(1, RECORDED), (0, Standing::Pending), (0, RECORDED)]);
    let entries = classify(&set, &history, Unit::Migration);
    assert_eq!(entries[1].row.map(|row| &*row.description), Some("v"));
}

/// A release with one repeatable migration, by its newest version and its text.
fn release(newest: i64, text: &str) -> MigrationSet {
    let files = [("1_a.sql", "SELECT 1;"), ("2_b.sql", "SELECT 2;"), ("R_v.sql", text)];
    if newest == 2 { set(&files) } else { set(&[files[0], files[2]]) }
}

fn view(set: &MigrationSet) -> Migration<'_> {
    set.repeatables().next().expect("a view")
}

#[test]
fn who_replaces_a_repeatable_migration() {
    const OLD: &str = "SELECT 'old';";
    let checksum = |text: &str| view(&release(1, text)).up().checksum().to_string();
    let superseded = |by: Option<i64>| Standing::Superseded { by: by.map(version) };
    // What the row is bound to, whether the file's text was replaced, and how a set stands that ends at 1, and at 2.
    let cases = [
        (None, false, [Standing::Pending, Standing::Pending]),
        (None, true, [Standing::Pending, Standing::Pending]),
        (Some(0), false, [Standing::Pending, Standing::Pending]),
        (Some(0), true, [Standing::Pending, Standing::Pending]),
        (Some(1), false, [Standing::Pending, Standing::Pending]),
        (Some(1), true, [superseded(None), Standing::Pending]),
        (Some(2), false, [superseded(Some(2)), Standing::Pending]),
        (Some(2), true, [superseded(Some(2)), superseded(None)]),
    ];
    for (bound, is_replaced, expected) in cases {
        for (newest, expected) in [1, 2].into_iter().zip(expected) {
            let set = release(newest, OLD);
            let row = HistoryRow {
                checksum: "00".to_owned(),
                set_version: bound.map(version),
                superseded: if is_replaced {
                    vec!["11".to_owned(), checksum(OLD)]
                } else {
                    vec!["11".to_owned()]
                },
                ..row_of(view(&set), APPLIED)
            };
            let found = &repeatable::classify(&set, std::slice::from_ref(&row))[0].standing;
            assert_eq!(*found, expected, "{bound:?} {is_replaced} {newest}");
            // The same text is there, whoever ran it; or is to run again.
            let same = HistoryRow { checksum: checksum(OLD), ..row };
            let expected = if bound.is_some() { RECORDED } else { Standing::Pending };
            assert_eq!(repeatable::classify(&set, &[same])[0].standing, expected);
        }
    }
}

/// Whatever the order in which releases start, each of them runs its text once at most until something is reverted, and
/// none leaves one that is to run again.
#[test]
fn releases_that_start_in_any_order_do_not_go_on_for_ever() {
    let releases = [release(1, "SELECT 'a';"), release(1, "SELECT 'b';"), release(1, "SELECT 'c';")];
    let (turns, revert) = (7, releases.len());
    for order in 0..4_usize.pow(turns) {
        let order: Vec<usize> = (0..turns).map(|at| order / 4_usize.pow(at) % 4).collect();
        let mut row: Option<HistoryRow> = None;
        let mut has_run = [false; 3];
        for who in &order {
            if *who == revert {
                row = row.map(|row| HistoryRow { set_version: None, ..row });
                has_run = [false; 3];
                continue;
            }
            let set = &releases[*who];
            if repeatable::classify(set, row.as_slice())[0].standing == Standing::Pending {
                assert!(!std::mem::replace(&mut has_run[*who], true), "{order:?}");
                let binding = binding(&view(set), row.as_ref(), version(1));
                row = Some(HistoryRow {
                    set_version: Some(binding.set_version),
                    superseded: binding.superseded,
                    ..row_of(view(set), APPLIED)
                });
            }
            let row = row.as_ref().expect("a row");
            assert!(row.set_version.is_some() && !row.superseded.contains(&row.checksum), "{order:?}");
        }
    }
}

/// The text that replaced another one stays the newer one, also where the older binary is the first after a revert.
#[test]
fn a_revert_does_not_make_the_newer_text_the_older_one() {
    let (old, new) = (release(1, "SELECT 'old';"), release(1, "SELECT 'new';"));
    let run = |set: &MigrationSet, row: Option<HistoryRow>| {
        let binding = binding(&view(set), row.as_ref(), version(1));
        let (set_version, superseded) = (Some(binding.set_version), binding.superseded);
        HistoryRow { set_version, superseded, ..row_of(view(set), APPLIED) }
    };
    let unbound = HistoryRow { set_version: None, ..run(&new, Some(run(&old, None))) };
    for first in [&old, &new] {
        let row = run(first, Some(unbound.clone()));
        let found = repeatable::classify(&new, std::slice::from_ref(&row)).remove(0).standing;
        let row = if found == Standing::Pending { run(&new, Some(row)) } else { row };
        assert_eq!(row.checksum, view(&new).up().checksum().to_string());
        assert_eq!(repeatable::classify(&old, &[row])[0].standing, Standing::Superseded { by: None });
    }
}

#[test]
fn an_entry_is_called_by_its_file_or_else_by_its_row() {
    let set = three();
    let mut history = applied(&set, &[1, 2, 3]);
    history.push(stranger(4));
    let entries = classify(&set, &history, Unit::Migration);
    assert_eq!(entries[0].stem(), "20260101000001_a");
    assert_eq!(entries[0].subject("m"), "m/20260101000001_a.sql");
    assert_eq!(
        (entries[3].stem(), entries[3].subject("m")),
        ("20260101000004_stranger".into(), "20260101000004_stranger".into())
    );
    let nameless = Entry { version: 5, migration: None, row: None, standing: Standing::Ahead };
    assert_eq!(nameless.stem(), "5");
}

/// A checkpoint in the place of a, b and c, with the version of c, and one migration after it.
fn checkpoint(rows: &[HistoryRow]) -> MigrationSet {
    let text = format!("-- migrate: checkpoint {}\nSELECT 1;", digest(rows));
    set(&[("3_all.sql", &text), ("4_d.sql", "SELECT 4;")])
}

#[test]
fn a_checkpoint_stands_for_the_history_that_it_names() {
    let old = three();
    let rows = applied(&old, &[1, 2, 3]);
    let new = checkpoint(&rows);
    let stands = Standing::StandsFor { how: How::Applied, rows: 3 };
    check(&new, &[], &[(3, Standing::Pending), (4, Standing::Pending)]);
    check(&new, &rows, &[(3, stands.clone()), (4, Standing::Pending)]);
    let mut history = rows.clone();
    history.push(row(&new, 4, APPLIED));
    check(&new, &history, &[(3, stands), (4, RECORDED)]);
    // A repeatable migration is no part of it.
    history.insert(0, stranger(0));
    assert_eq!(squashed(&new, &history).map(|(_, rows)| rows.len()), Some(3));
    let entries = classify(&new, &rows, Unit::Migration);
    assert_eq!(entries[0].row.map(|row| &*row.description), Some("c"));
    // The database began with it.
    check(&new, &applied(&new, &[3]), &[(3, RECORDED), (4, Standing::Pending)]);
    assert!(squashed(&new, &applied(&new, &[3])).is_none());
    // A set without a checkpoint has nothing squashed.
    assert!(squashed(&old, &rows).is_none());
}

#[test]
fn a_checkpoint_refuses_what_it_does_not_stand_for() {
    let old = three();
    let rows = applied(&old, &[1, 2, 3]);
    let new = checkpoint(&rows);
    let first = |history: &[HistoryRow]| standings(&new, history, Unit::Migration).remove(0);
    let refused = |kind| (3, Standing::Contradiction(kind));
    let at = "20260101000002_b".to_owned();
    assert_eq!(first(&rows[..2]), refused(ContradictionKind::BeforeCheckpoint { at }));
    let mut other = rows.clone();
    other[1].tokens_checksum = "11".to_owned();
    assert_eq!(first(&other), refused(ContradictionKind::OtherHistory));
    // The description of the checkpoint, below its version.
    let mut named = rows[..2].to_vec();
    named[1].description = "all".to_owned();
    let at = "20260101000002_all".to_owned();
    assert_eq!(first(&named), refused(ContradictionKind::BeforeCheckpoint { at }));
    let mut unfinished = rows;
    unfinished[2].state = failed(&old, 3, 0);
    let stem = "20260101000003_c".to_owned();
    assert_eq!(first(&unfinished), refused(ContradictionKind::Unfinished { stem, state: "failed" }));
    // It is not recorded by a row that is not finished, nor by one of another version.
    let row_of_it = |history: &[HistoryRow]| classify(&new, history, Unit::Migration)[0].row.is_some();
    assert!(!row_of_it(&unfinished) && !row_of_it(&named) && row_of_it(&other));
}
