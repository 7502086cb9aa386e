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

/// The version as it is written, and the file that is later than now, if there is one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Next {
    pub(super) digits: String,
    pub(super) behind: Option<String>,
}

/// The version behind all that are there.
///
/// # Errors
///
/// The folder has both styles, or not the one that is wanted; there is one of this second already; there is none left.
pub(super) fn next(
    there: &[Named<'_>],
    wanted: Option<VersionStyle>,
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
        (wanted, last) => wanted.or(last.map(|last| last.style)).unwrap_or(VersionStyle::Sequence),
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
            match last {
                Some(last) if last.version == now => {
                    Err(CreateError::SameSecond { file: last.file.to_owned() })
                }
                Some(last) if last.version > now => {
                    let digits = timestamp::next(last.version).to_string();
                    Ok(Next { digits, behind: Some(last.file.to_owned()) })
                }
                _ => Ok(Next { digits: now.to_string(), behind: None }),
            }
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
        next(&there, wanted, now).map(|next| next.digits).map_err(|error| error.to_string())
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
        check(&[], None, "0001");
        check(&["0002_b.sql", "0001_a.sql"], None, "0003");
        check(&["9999_a.sql"], Some(Sequence), "10000");
        check(&["1_a.sql", "2_b.sql"], None, "3");
        check(&["000009_a.sql"], None, "000010");
        check_refused(&["9223372036854775807_a.sql"], None, "no version is left");
        check_refused(&["9999999999999_a.sql"], None, "no version is left");
    }

    #[test]
    fn the_moment() {
        check(&[], Some(Timestamp), "20240229235959");
        check(&["20240229235958_a.sql"], None, "20240229235959");
        check_refused(
            &["20240229235959_a.sql"],
            None,
            "`20240229235959_a.sql` was created in this very second",
        );
        check(&["20991231235959_a.sql"], None, "21000101000000");
    }

    #[test]
    fn a_folder_keeps_to_its_style() {
        check_refused(&["0001_a.sql"], Some(Timestamp), "the version of `0001_a.sql` is a sequence number");
        check_refused(&["20240229235958_a.sql"], Some(Sequence), "is a timestamp");
        check_refused(&["0001_a.sql", "20240229235958_b.sql"], None, "two styles");
    }
}
