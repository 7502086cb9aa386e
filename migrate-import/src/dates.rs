//! Seconds since 1970 from and to `YYYYMMDDHHMMSS`, in UTC.

const DAY: i64 = 86_400;

/// What [`timestamp`] can write.
pub(crate) const MAX: i64 = 253_402_300_799;

/// Year, month and day from days since 1970, by the proleptic Gregorian calendar: in years that begin in March, so that
/// the leap day is the last one.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// `YYYYMMDDHHMMSS` as a number.
pub(crate) fn timestamp(seconds: i64) -> i64 {
    let (year, month, day) = civil(seconds.div_euclid(DAY));
    let rest = seconds.rem_euclid(DAY);
    let time = rest / 3600 * 10_000 + rest / 60 % 60 * 100 + rest % 60;
    (year * 10_000 + month * 100 + day) * 1_000_000 + time
}

/// The seconds of a number that reads `YYYYMMDDHHMMSS`, or nearly: a month, day, hour, minute or second that is none counts
/// as the nearest that is. `None`: it is no date at all.
pub(crate) fn seconds(number: i64) -> Option<i64> {
    let (date, time) = (number / 1_000_000, number % 1_000_000);
    let (year, month, day) = (date / 10_000, date / 100 % 100, date % 100);
    if !(1970..=2199).contains(&year) || month > 12 || day > 31 {
        return None;
    }
    let month = month.max(1);
    let next = if month == 12 { days(year + 1, 1, 1) } else { days(year, month + 1, 1) };
    let day = days(year, month, day.max(1)).min(next - 1);
    let (hour, minute, second) = (time / 10_000, time / 100 % 100, time % 100);
    Some(day * DAY + hour.min(23) * 3600 + minute.min(59) * 60 + second.min(59))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for (number, of) in [
            (19_700_101_000_000, 0),
            (20_240_229_235_959, 1_709_251_199),
            (20_001_231_120_000, 978_264_000),
            (99_991_231_235_959, MAX),
        ] {
            assert_eq!(timestamp(of), number);
            assert!(of == MAX || seconds(number) == Some(of));
        }
    }

    #[test]
    fn what_is_nearly_a_date() {
        assert_eq!(seconds(20_150_100_000_001).map(timestamp), Some(20_150_101_000_001));
        assert_eq!(seconds(20_250_517_273_700).map(timestamp), Some(20_250_517_233_700));
        assert_eq!(seconds(20_230_230_006_160).map(timestamp), Some(20_230_228_005_959));
        assert_eq!(seconds(20_231_301_000_000), None);
        assert_eq!(seconds(19_000_101_000_000), None);
        assert_eq!(seconds(0), None);
    }
}
