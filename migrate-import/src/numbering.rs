//! Which of our versions stands for which of theirs. Theirs come in the order in which they are applied, and that order is
//! kept whatever they look like.
//!
//! 1. A sequence from 1 without gaps is kept.
//! 2. Where more than half are dates, all become UTC timestamps: `2019-03-22-170700` is `20190322170700`, what follows the
//!    second is dropped, milliseconds since 1970 are the date they stand for, a date without time is its midnight, a day that
//!    is none is the nearest. What is no date and comes first is a second each from 1970 on. Whatever does not come behind
//!    the one before it becomes the second behind that.
//! 3. Everything else is numbered anew from 1: a sequence with gaps, from 0, or of `1.2.3`.

use migrate_source::VersionStyle;

use crate::dates;

/// The versions that were given, in the order of those that they stand for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Numbering {
    pub(crate) style: VersionStyle,
    pub(crate) versions: Vec<i64>,
    /// How many digits a version of a sequence is written with.
    pub(crate) width: usize,
}

impl Numbering {
    /// The version as a file name has it.
    pub(crate) fn written(&self, version: i64) -> String {
        let width = self.width;
        format!("{version:0width$}")
    }
}

pub(crate) fn assign(theirs: &[&str]) -> Numbering {
    let width = theirs.iter().map(|version| version.len()).max().unwrap_or(0);
    let is_sequence = theirs.iter().zip(1..).all(|(version, n)| number(version) == Some(n));
    let dates: Vec<Option<i64>> = theirs.iter().map(|version| date(version)).collect();
    if !is_sequence && dates.iter().flatten().count() * 2 > theirs.len() {
        let versions = ascending(theirs, &dates).into_iter().map(dates::timestamp).collect();
        return Numbering { style: VersionStyle::Timestamp, versions, width: 14 };
    }
    // Fourteen digits would be a timestamp.
    let width = if is_sequence { width.clamp(4, 13) } else { 4 };
    let versions = (1..).take(theirs.len()).collect();
    Numbering { style: VersionStyle::Sequence, versions, width }
}

fn ascending(theirs: &[&str], dates: &[Option<i64>]) -> Vec<i64> {
    let mut seconds: Vec<i64> = Vec::new();
    for (version, date) in theirs.iter().zip(dates) {
        let next = seconds.last().map_or(0, |last| last + 1);
        let small = number(version).filter(|number| *number < 1_000_000_000);
        seconds.push(date.or(small).unwrap_or(next).max(next).min(dates::MAX));
    }
    seconds
}

fn number(version: &str) -> Option<i64> {
    let is_number = !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit());
    version.parse().ok().filter(|_| is_number)
}

/// The seconds since 1970 that a version stands for, if it is a date.
fn date(version: &str) -> Option<i64> {
    if version.bytes().any(|b| !b.is_ascii_digit() && !matches!(b, b'-' | b'_')) {
        return None;
    }
    let digits: String = version.chars().filter(char::is_ascii_digit).collect();
    let part = |from: usize, to: usize| digits.get(from..to)?.parse::<i64>().ok();
    match digits.len() {
        8 => dates::seconds(part(0, 8)? * 1_000_000),
        10 => {
            // `2023010102` is the third one of a day. Seconds since 1970 begin with 20 in the year 2033.
            let of_day = dates::seconds(part(0, 8)? * 1_000_000).map(|day| day + part(8, 10).unwrap_or(0));
            of_day.or(part(0, 10).filter(|seconds| *seconds >= 1_000_000_000))
        }
        12 => dates::seconds(part(0, 12)? * 100),
        13 => Some(part(0, 13)? / 1000).filter(|seconds| *seconds >= 1_000_000_000),
        14.. => dates::seconds(part(0, 14)?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(theirs: &[&str], expected: &[&str]) {
        let numbering = assign(theirs);
        let written: Vec<String> = numbering.versions.iter().map(|v| numbering.written(*v)).collect();
        assert_eq!(written, expected);
    }

    #[test]
    fn sequences() {
        check(&["0001", "0002"], &["0001", "0002"]);
        check(&["1", "2"], &["0001", "0002"]);
        check(&["000001", "000002"], &["000001", "000002"]);
        check(&["00000000000000000001"], &["0000000000001"]);
        check(&["0000", "0001"], &["0001", "0002"]);
        check(&["1", "2", "4"], &["0001", "0002", "0003"]);
        check(&["1.0", "1.1", "1.10", ""], &["0001", "0002", "0003", "0004"]);
        check(&[], &[]);
    }

    #[test]
    fn timestamps() {
        check(&["20230101000000", "20230102000000"], &["20230101000000", "20230102000000"]);
        check(&["20230101000000", "20230101000000"], &["20230101000000", "20230101000001"]);
        check(
            &["00000000000000", "20140924113530", "2019-03-22-170700", "2026-01-20-162913-0000"],
            &["19700101000000", "20140924113530", "20190322170700", "20260120162913"],
        );
        check(
            &["20150100000001000000", "20191100000001000000", "20191100000001000001"],
            &["20150101000001", "20191101000001", "20191101000002"],
        );
        check(
            &["1", "20230101000000", "20230102000000"],
            &["19700101000001", "20230101000000", "20230102000000"],
        );
        check(&["1697040000000", "20231012000000123"], &["20231011160000", "20231012000000"]);
        check(&["1697040000"], &["20231011160000"]);
        check(
            &["20220101_000001", "20220102", "2022010301"],
            &["20220101000001", "20220102000000", "20220103000001"],
        );
        check(&["20230102000000", "20230101000000"], &["20230102000000", "20230102000001"]);
        check(&["20250517273700"], &["20250517233700"]);
    }
}
