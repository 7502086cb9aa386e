//! The version that comes next in a folder.

use std::time::SystemTime;

use crate::create::CreateError;
use crate::fault::VersionStyle;
use crate::timestamp;

/// A file of the folder or of its ledger that has a version.
#[derive(Clone, Copy, Debug)]
pub(super) struct Named<'a> {
    pub(super) file: &'a str,
    pub(super) version: i64,
    pub(super) style: VersionStyle,
}

/// A version may be this many seconds ahead of the clock without a word: several migrations that are written at once have a
/// second each.
const UNREMARKABLE: i64 = 100;

/// The version as it is written, and the file that is much later than now, if there is one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Next {
    pub(super) digits: String,
    pub(super) behind: Option<String>,
}

/// The version behind all that are there. A timestamp that would not be is a second behind the last.
///
/// # Errors
///
/// The folder has both styles, or not the one that is wanted; there is none left.
pub(super) fn next(
    there: &[Named<'_>],
    wanted: Option<VersionStyle>,
    of_first: VersionStyle,
    now: SystemTime,
) -> Result<Next, CreateError> {
    let last = there.iter().max_by_key(|named| (named.version, named.file));
    if let (Some(last), Some(other)) =
        (last, there.iter().find(|named| last.is_some_and(|last| last.style != named.style)))
    {
        return Err(CreateError::MixedStyles { file: other.file.to_owned(), other: last.file.to_owned() });
    }
    let style = match (wanted, last) {
        (Some(wanted), Some(last)) if wanted != last.style => {
            return Err(CreateError::Style { wanted, file: last.file.to_owned() });
        }
        (wanted, last) => wanted.or(last.map(|last| last.style)).unwrap_or(of_first),
    };
    match style {
        VersionStyle::Sequence => {
            let width = last.map_or(4, |last| last.file.find('_').unwrap_or_default());
            let version =
                last.map_or(0, |last| last.version).checked_add(1).ok_or(CreateError::NoVersionLeft)?;
            let digits = format!("{version:0width$}");
            // Such a number would be taken for a timestamp.
            if digits.len() == 14 {
                Err(CreateError::NoVersionLeft)
            } else {
                Ok(Next { digits, behind: None })
            }
        }
        VersionStyle::Timestamp => {
            let now = timestamp::of(now);
            let Some(last) = last.filter(|last| last.version >= now) else {
                return Ok(Next { digits: now.to_string(), behind: None });
            };
            let digits = timestamp::next(last.version).to_string();
            if digits.len() != 14 {
                return Err(CreateError::NoVersionLeft);
            }
            let is_remarkable = last.version > timestamp::later(now, UNREMARKABLE);
            Ok(Next { digits, behind: is_remarkable.then(|| last.file.to_owned()) })
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use VersionStyle::{Sequence, Timestamp};

    fn found(files: &[&str], wanted: Option<VersionStyle>) -> Result<String, String> {
        let there: Vec<Named<'_>> = files
            .iter()
            .map(|file| {
                let version =
                    file.split('_').next().and_then(|digits| digits.parse().ok()).expect("a version");
                Named { file, version, style: if file.find('_') == Some(14) { Timestamp } else { Sequence } }
            })
            .collect();
        // 2024-02-29 23:59:59.
        let now = SystemTime::UNIX_EPOCH + Duration::from_millis(1_709_251_199_999);
        next(&there, wanted, Timestamp, now).map(|next| next.digits).map_err(|error| error.to_string())
    }

    #[track_caller]
    fn check(files: &[&str], wanted: Option<VersionStyle>, expected: &str) {
        assert_eq!(found(files, wanted).as_deref(), Ok(expected));
    }

    #[track_caller]
    fn check_refused(files: &[&str], wanted: Option<VersionStyle>, expected: &str) {
        let error = found(files, wanted).expect_err("an error");
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn the_next_number() {
        check(&[], Some(Sequence), "0001");
        check(&["0002_b.sql", "0001_a.sql"], None, "0003");
        check(&["9999_a.sql"], Some(Sequence), "10000");
        check(&["1_a.sql", "2_b.sql"], None, "3");
        check(&["000009_a.sql"], None, "000010");
        check_refused(&["9223372036854775807_a.sql"], None, "no version is left");
        check_refused(&["9999999999999_a.sql"], None, "no version is left");
    }

    #[test]
    fn the_moment() {
        check(&[], None, "20240229235959");
        check(&["20240229235958_a.sql"], None, "20240229235959");
        // One of this second, and some that are a little or much ahead.
        check(&["20240229235959_a.sql"], None, "20240301000000");
        check(&["20240301000003_a.sql"], None, "20240301000004");
        check(&["20991231235959_a.sql"], None, "21000101000000");
        check_refused(&["99991231235959_a.sql"], None, "no version is left");
    }

    #[test]
    fn only_a_version_that_is_much_later_is_mentioned() {
        // 2024-02-29 23:59:59.
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_709_251_199);
        for (version, is_mentioned) in
            [(20_240_229_235_959, false), (20_240_301_000_059, false), (20_240_301_010_000, true)]
        {
            let there = [Named { file: "a", version, style: Timestamp }];
            let behind = next(&there, None, Timestamp, now).expect("a version").behind;
            assert_eq!(behind.is_some(), is_mentioned, "{version}");
        }
    }

    #[test]
    fn a_folder_keeps_to_its_style() {
        check_refused(&["0001_a.sql"], Some(Timestamp), "the version of `0001_a.sql` is a sequence number");
        check_refused(&["20240229235958_a.sql"], Some(Sequence), "is a timestamp");
        check_refused(&["0001_a.sql", "20240229235958_b.sql"], None, "two styles");
    }
}
