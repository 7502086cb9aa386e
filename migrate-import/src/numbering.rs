//! Which of our versions stands for which of theirs. Theirs come in the order in which they are applied, and that order is
//! kept whatever they look like.
//!
//! 1. A sequence from 1 without gaps is kept.
//! 2. Where more than half are dates, all become UTC timestamps: `2019-03-22-170700` is `20190322170700`, and so is
//!    `2019-3-22-170700`, as what has separators is read part by part. What follows the second is dropped, milliseconds since
//!    1970 are the date they stand for, a date without time is its midnight, a day that is none is the nearest. What is no date and comes first is a second each from 1970 on. Whatever does not come behind
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
    let parts: Vec<&str> = version.split(['-', '_']).collect();
    let is_digits = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !parts.iter().all(is_digits) {
        return None;
    }
    match parts[..] {
        [whole] => date_of_digits(whole),
        [date, ref rest @ ..] if date.len() == 8 => Some(day(date)? + time(rest)?),
        [year, month, day_of_month, ref rest @ ..] if is_year_month_day([year, month, day_of_month]) => {
            Some(day(&format!("{year}{month:0>2}{day_of_month:0>2}"))? + time(rest)?)
        }
        _ => date_of_digits(&parts.concat()),
    }
}

fn is_year_month_day(parts: [&str; 3]) -> bool {
    parts[0].len() == 4 && parts[1..].iter().all(|part| part.len() <= 2)
}

/// The midnight of `YYYYMMDD`.
fn day(digits: &str) -> Option<i64> {
    dates::seconds(digits.parse::<i64>().ok()? * 1_000_000)
}

/// The second of the day: `HHMMSS` in one part, of which the hour may have one digit, or each in a part of its own; `HHMM`; or
/// the number that one has among those of its day. What follows the second counts for nothing.
fn time(parts: &[&str]) -> Option<i64> {
    const MIDNIGHT: i64 = 19_700_101_000_000;
    let of_clock = |digits: &str| dates::seconds(MIDNIGHT + digits.parse::<i64>().ok()?);
    match parts {
        [] => Some(0),
        [whole, ..] if whole.len() >= 6 => of_clock(whole.get(..6)?),
        [whole, ..] if whole.len() == 5 => of_clock(whole),
        [whole, ..] if whole.len() >= 3 => of_clock(&format!("{whole}00")),
        [one] => one.parse().ok(),
        [hour, minute, rest @ ..] => {
            let second = rest.first().copied().filter(|second| second.len() <= 2).unwrap_or("0");
            of_clock(&format!("{hour:0>2}{minute:0>2}{second:0>2}"))
        }
    }
}

fn date_of_digits(digits: &str) -> Option<i64> {
    let part = |from: usize, to: usize| digits.get(from..to)?.parse::<i64>().ok();
    match digits.len() {
        8 => day(digits),
        10 => {
            // `2023010102` is the third one of a day. Seconds since 1970 begin with 20 in the year 2033.
            let of_day = day(&digits[..8]).map(|day| day + part(8, 10).unwrap_or(0));
            of_day.or(part(0, 10).filter(|seconds| *seconds >= 1_000_000_000))
        }
        12 => dates::seconds(part(0, 12)? * 100),
        // Those that begin with 20 come in the year 2033: until then it is a date that lacks a digit, and nobody knows which.
        13 => Some(part(0, 13)? / 1000).filter(|seconds| (1_000_000_000..2_000_000_000).contains(seconds)),
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

    #[test]
    fn dates_with_separators_are_read_by_their_parts() {
        for (theirs, expected) in [
            ("2020-12-7-190800", "20201207190800"),
            ("2020-1-27-190800", "20200127190800"),
            ("2020-1-7-190800", "20200107190800"),
            ("2020-01-07-90800", "20200107090800"),
            ("2020-1-1-1908", "20200101190800"),
            ("2020-1-1", "20200101000000"),
            ("2020-12-7", "20201207000000"),
            ("2020_1_7_190800", "20200107190800"),
            ("2020-1-7-9-8-7", "20200107090807"),
            ("2020-1-7-19-08", "20200107190800"),
            ("2020-1-7-190800-0000", "20200107190800"),
            ("2020-1-7-3", "20200107000003"),
            ("20200107-3", "20200107000003"),
            ("20200107-190800", "20200107190800"),
            ("2020-13-7-190800", "0001"),
            ("2020-12-7-", "0001"),
            // A digit is missing somewhere.
            ("2020127190800", "0001"),
        ] {
            check(&[theirs], &[expected]);
        }
        // What is no date has its place behind the one before it, and moves none that comes after it.
        check(
            &["20201206000000", "2020127190800", "20201208000000"],
            &["20201206000000", "20201206000001", "20201208000000"],
        );
    }
}
