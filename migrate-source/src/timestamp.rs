//! Versions that are timestamps, `YYYYMMDDHHMMSS` in UTC: which numbers are, and that of a moment.

use std::time::{Duration, SystemTime};

/// Whether the digits are a date and time of the calendar.
pub(crate) fn is_date_and_time(version: i64) -> bool {
    let (date, time) = (version / 1_000_000, version % 1_000_000);
    let (year, month, day) = (date / 10_000, date / 100 % 100, date % 100);
    let (hour, minute, second) = (time / 10_000, time / 100 % 100, time % 100);
    // Before 1970 there was no PostgreSQL to migrate: such a number is a sequence gone wrong.
    year >= 1970
        && (1..=12).contains(&month)
        && (1..=days_of(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60
}

/// The version of a moment, to the second.
pub(crate) fn of(moment: SystemTime) -> i64 {
    let seconds = moment.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs();
    of_seconds(i64::try_from(seconds).unwrap_or(i64::MAX).min(LAST_SECOND))
}

/// A moment as ISO 8601 in UTC, to the second: `2024-02-29T23:59:59Z`.
pub fn iso_8601(moment: SystemTime) -> String {
    let digits = format!("{:014}", of(moment));
    let [year, month, day, hour, minute, second] =
        [0..4, 4..6, 6..8, 8..10, 10..12, 12..14].map(|range| &digits[range]);
    format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z")
}

/// The version a second later.
pub(crate) fn next(version: i64) -> i64 {
    later(version, 1)
}

/// The version so many seconds later.
pub(crate) fn later(version: i64, seconds: i64) -> i64 {
    of_seconds(seconds_of(version) + seconds)
}

/// The end of the year 9999, beyond which a version would have more digits.
const LAST_SECOND: i64 = 253_402_300_799;

const SECONDS_A_DAY: i64 = 24 * 60 * 60;

fn of_seconds(seconds: i64) -> i64 {
    let (mut days, time) = (seconds / SECONDS_A_DAY, seconds % SECONDS_A_DAY);
    let (mut year, mut month) = (1970, 1);
    while days >= days_of_year(year) {
        days -= days_of_year(year);
        year += 1;
    }
    while days >= days_of(year, month) {
        days -= days_of(year, month);
        month += 1;
    }
    let date = year * 10_000 + month * 100 + days + 1;
    date * 1_000_000 + time / 3600 * 10_000 + time / 60 % 60 * 100 + time % 60
}

fn seconds_of(version: i64) -> i64 {
    let (date, time) = (version / 1_000_000, version % 1_000_000);
    let (year, month, day) = (date / 10_000, date / 100 % 100, date % 100);
    let days = (1970..year).map(days_of_year).sum::<i64>()
        + (1..month).map(|month| days_of(year, month)).sum::<i64>()
        + (day - 1);
    days * SECONDS_A_DAY + time / 10_000 * 3600 + time / 100 % 100 * 60 + time % 100
}

fn days_of_year(year: i64) -> i64 {
    if is_leap(year) { 366 } else { 365 }
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds by `date --utc --date '…' +%s`.
    #[test]
    fn moments() {
        for (seconds, version) in [
            (0, 19_700_101_000_000),
            (951_827_696, 20_000_229_123_456),
            (1_709_251_199, 20_240_229_235_959),
            (1_709_251_200, 20_240_301_000_000),
            (4_107_542_399, 21_000_228_235_959),
            (LAST_SECOND, 99_991_231_235_959),
        ] {
            assert!(is_date_and_time(version));
            assert_eq!((of_seconds(seconds), seconds_of(version)), (version, seconds));
        }
        assert_eq!(of(SystemTime::UNIX_EPOCH + Duration::from_secs(u64::MAX >> 2)), 99_991_231_235_959);
    }

    #[test]
    fn iso_8601_is_in_utc_to_the_second() {
        let moment = SystemTime::UNIX_EPOCH + Duration::from_millis(1_709_251_199_999);
        assert_eq!(iso_8601(moment), "2024-02-29T23:59:59Z");
        assert_eq!(iso_8601(SystemTime::UNIX_EPOCH), "1970-01-01T00:00:00Z");
    }

    #[test]
    fn a_second_later() {
        assert_eq!(next(20_231_231_235_959), 20_240_101_000_000);
        assert_eq!(next(20_240_228_235_959), 20_240_229_000_000);
        assert_eq!(next(20_240_101_000_000), 20_240_101_000_001);
    }
}
