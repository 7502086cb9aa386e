//! Which migrations get which versions: decisions only, no file is touched.

use std::time::SystemTime;

use crate::fault::VersionStyle;
use crate::renumber::RenumberError;
use crate::timestamp;

/// A migration of the folder.
#[derive(Clone, Copy, Debug)]
pub(super) struct Named<'a> {
    pub(super) stem: &'a str,
    pub(super) version: i64,
    pub(super) style: VersionStyle,
    /// Whether it may get another version: otherwise it is sealed, or not one of those that were named.
    pub(super) moves: bool,
}

/// Old and new stems, in the new order, of the migrations that get another version. They are given in their order.
///
/// # Errors
///
/// The folder has two styles and nothing sealed to say which one is right; there is no version left.
pub(super) fn moves<'a>(
    migrations: &[Named<'a>],
    now: SystemTime,
) -> Result<Vec<(&'a str, String)>, RenumberError> {
    let stay = || migrations.iter().filter(|named| !named.moves);
    let movable: Vec<&Named<'a>> = migrations.iter().filter(|named| named.moves).collect();
    // What stays says how versions are written.
    let Some(pattern) = stay().next_back().or(movable.first().copied()) else {
        return Ok(Vec::new());
    };
    // Where nothing stays, nothing says which of two styles is right.
    let nothing_stays = stay().next().is_none();
    let other =
        migrations.iter().find(|named| named.style != pattern.style && (nothing_stays || !named.moves));
    if let Some(other) = other {
        let [file, other] = [pattern.stem, other.stem].map(str::to_owned);
        return Err(RenumberError::MixedStyles { file, other });
    }
    let last = stay().map(|named| named.version).max().unwrap_or_default();
    let versions = match pattern.style {
        VersionStyle::Sequence => numbers(last, movable.len(), width(pattern.stem))?,
        VersionStyle::Timestamp => seconds(last, &movable, now),
    };
    let moved = movable.iter().zip(versions).map(|(named, version)| {
        let description = &named.stem[width(named.stem)..];
        (named.stem, format!("{version}{description}"))
    });
    Ok(moved.filter(|(from, to)| from != to).collect())
}

/// A gap that a migration leaves in a sequence when it moves, by places in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Gap {
    /// The one that leaves it.
    pub(super) leaves: usize,
    /// The first behind it that stays.
    pub(super) behind: usize,
}

/// The first gap that those leave that move, in a sequence. The migrations are given in their order.
pub(super) fn gap(migrations: &[Named<'_>]) -> Option<Gap> {
    let is_number = |named: &Named<'_>| named.style == VersionStyle::Sequence;
    let mut leaves = None;
    let mut last = None;
    for (at, named) in migrations.iter().enumerate().filter(|(_, named)| is_number(named)) {
        if named.moves {
            if last.is_none_or(|last| named.version > last) {
                leaves = leaves.or(Some(at));
            }
            continue;
        }
        if let Some(leaves) = leaves
            && migrations[leaves].version < named.version
        {
            return Some(Gap { leaves, behind: at });
        }
        (leaves, last) = (None, Some(named.version));
    }
    None
}

/// How many digits the version has.
fn width(stem: &str) -> usize {
    stem.find('_').unwrap_or(stem.len())
}

/// The next numbers.
fn numbers(last: i64, count: usize, width: usize) -> Result<Vec<String>, RenumberError> {
    let mut version = last;
    let mut numbers = Vec::new();
    for _ in 0..count {
        version = version.checked_add(1).ok_or(RenumberError::NoVersionLeft)?;
        let digits = format!("{version:0width$}");
        // Such a number would be taken for a timestamp.
        if digits.len() == 14 {
            return Err(RenumberError::NoVersionLeft);
        }
        numbers.push(digits);
    }
    Ok(numbers)
}

/// The versions that they have, up to the first one that is not above the one before it; from there on those of now.
fn seconds(last: i64, movable: &[&Named<'_>], now: SystemTime) -> Vec<String> {
    let now = timestamp::of(now);
    let (mut previous, mut in_order) = (last, true);
    let version = |named: &&Named<'_>| {
        in_order &= named.version > previous && named.style == VersionStyle::Timestamp;
        previous = match () {
            () if in_order => named.version,
            () if now > previous => now,
            () => timestamp::next(previous),
        };
        previous.to_string()
    };
    movable.iter().map(version).collect()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    /// A `*` marks those that may move. Only what moves is in the result.
    fn found(stems: &[&str]) -> Result<Vec<String>, String> {
        let mut migrations: Vec<Named<'_>> = stems.iter().map(|stem| named(stem)).collect();
        migrations.sort_by_key(|named| (named.version, named.stem));
        // 2024-02-29 23:59:59.
        let now = UNIX_EPOCH + Duration::from_secs(1_709_251_199);
        let moves = moves(&migrations, now).map_err(|error| error.to_string())?;
        Ok(moves.into_iter().map(|(from, to)| format!("{from} {to}")).collect())
    }

    fn named(text: &str) -> Named<'_> {
        let stem = text.trim_start_matches('*');
        let version = stem[..width(stem)].parse().expect("a version");
        let style = if width(stem) == 14 { VersionStyle::Timestamp } else { VersionStyle::Sequence };
        Named { stem, version, style, moves: text.starts_with('*') }
    }

    #[track_caller]
    fn check(stems: &[&str], expected: &[&str]) {
        assert_eq!(found(stems).expect("no error"), expected);
    }

    #[test]
    fn numbers_come_behind_what_is_sealed() {
        check(&[], &[]);
        check(&["0001_a", "0002_b"], &[]);
        check(&["0001_a", "*0002_b", "*0003_c"], &[]);
        check(&["0001_a", "0002_b", "*0002_c"], &["0002_c 0003_c"]);
        check(&["0001_a", "0003_b", "*0002_c", "*0004_d"], &["0002_c 0004_c", "0004_d 0005_d"]);
        // A gap is closed, and two drafts of one version get two.
        check(&["0001_a", "*0004_b", "*0004_c"], &["0004_b 0002_b", "0004_c 0003_c"]);
        check(&["*0002_a"], &["0002_a 0001_a"]);
        check(&["9_a", "*9_b"], &["9_b 10_b"]);
        // The width is that of the last one that stays.
        check(&["0001_a", "*2_b"], &["2_b 0002_b"]);
    }

    #[test]
    fn gap_is_found_where_none_takes_the_place() {
        let gap = |stems: &[&str]| {
            let migrations: Vec<Named<'_>> = stems.iter().map(|stem| named(stem)).collect();
            gap(&migrations).map(|gap| (gap.leaves, gap.behind))
        };
        assert_eq!(gap(&["*0001_z", "0002_a"]), Some((0, 1)));
        assert_eq!(gap(&["0001_a", "*0002_b", "*0003_c", "0004_d"]), Some((1, 3)));
        for stems in [
            &["0001_a", "*0002_b"][..],
            &["0001_a", "*0002_b", "0002_c"],
            &["0001_a", "0002_b", "*0002_c", "0003_d"],
            &["*20240101000000_a", "20240201000000_b"],
        ] {
            assert_eq!(gap(stems), None, "{stems:?}");
        }
    }

    #[test]
    fn timestamps_become_now_from_the_first_that_is_not_behind() {
        let sealed = "20240201000000_a";
        check(&[sealed, "*20240202000000_b", "*20240209000000_c"], &[]);
        check(
            &[sealed, "*20240101000000_b", "*20240209000000_c"],
            &["20240101000000_b 20240229235959_b", "20240209000000_c 20240301000000_c"],
        );
        check(&[sealed, "*20240202000000_b", "*20240202000000_c"], &["20240202000000_c 20240229235959_c"]);
        // What is sealed is later than now.
        check(&["20990101000000_a", "*20240101000000_b"], &["20240101000000_b 20990101000001_b"]);
    }

    #[test]
    fn what_is_sealed_says_which_style() {
        check(&["0001_a", "*20240101000000_b"], &["20240101000000_b 0002_b"]);
        check(&["20240101000000_a", "*0001_b"], &["0001_b 20240229235959_b"]);
        for both in [["0001_a", "20240101000000_b"], ["*0001_a", "*20240101000000_b"]] {
            assert!(found(&both).expect_err("an error").contains("two styles"));
        }
    }

    #[test]
    fn there_is_an_end() {
        assert!(found(&["9223372036854775807_a", "*0001_b"]).is_err());
        assert!(found(&["9999999999999_a", "*0001_b"]).is_err());
    }
}
