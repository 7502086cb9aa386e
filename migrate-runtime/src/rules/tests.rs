//! What a caller allows, by version and by kind.

use super::*;

#[test]
fn ranges_of_every_sort_are_kept_and_add_up() {
    let mut allowed = Allowed::default();
    assert!(!allowed.contains(1));
    allowed.add(&(3..5));
    allowed.add(&(8..=8));
    let found: Vec<i64> = (0..10).filter(|version| allowed.contains(*version)).collect();
    assert_eq!(found, [3, 4, 8]);
    allowed.add(&..);
    assert!(allowed.contains(i64::MIN) && allowed.contains(i64::MAX));
}

/// Each kind, with what allows it.
#[test]
fn each_kind_is_allowed_by_its_own_rule_and_what_is_half_done_by_none() {
    let of = |name: &str| {
        let mut rules = Rules::default();
        match name {
            "changed" => rules.changed.add(&(1..=1)),
            "missing" => rules.missing.add(&(1..=1)),
            _ => rules.out_of_order.add(&(1..=1)),
        }
        rules
    };
    let stem = String::new;
    let replaced =
        |is_finished| ContradictionKind::Replaced { was: stem(), now: None, below: 0, is_finished };
    let kinds = [
        (ContradictionKind::Changed { applied_at: stem() }, Some("changed")),
        (ContradictionKind::Renamed { was: stem(), is_finished: true }, Some("changed")),
        (replaced(true), Some("changed")),
        (ContradictionKind::OtherHistory, Some("changed")),
        (ContradictionKind::Missing, Some("missing")),
        (ContradictionKind::Renumbered { now: stem(), below: 0 }, Some("missing")),
        (ContradictionKind::OutOfOrder { after: stem() }, Some("out of order")),
        (ContradictionKind::Renamed { was: stem(), is_finished: false }, None),
        (replaced(false), None),
        (ContradictionKind::NowInTransaction, None),
        (ContradictionKind::StartEdited { done: 1 }, None),
        (ContradictionKind::HalfReverted { done: 1 }, None),
        (ContradictionKind::BeforeCheckpoint { at: stem() }, None),
        (ContradictionKind::Unfinished { stem: stem(), state: "running" }, None),
        (ContradictionKind::Ahead, None),
    ];
    for (kind, by) in kinds {
        for name in ["changed", "missing", "out of order"] {
            assert_eq!(of(name).allow(1, &kind), by == Some(name), "{kind:?} by {name}");
            assert!(!of(name).allow(2, &kind), "{kind:?} of another version by {name}");
        }
    }
}

#[test]
fn the_unit_is_what_was_asked_for() {
    assert_eq!((Unit::of(true), Unit::of(false)), (Unit::Statement, Unit::Migration));
}
