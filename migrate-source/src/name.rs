//! The name of a migration file: version, description and direction, and what is wrong with a name that is none.

use std::fmt;

use crate::timestamp::is_date_and_time;

/// A file name that follows the rule `<version>_<description>.sql`, `….up.sql` or `….down.sql`, or that of a repeatable
/// migration, `R_<description>.sql`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileName {
    /// 0 for a repeatable migration, which has none.
    pub(crate) version: i64,
    /// `None` for a repeatable migration.
    pub(crate) style: Option<VersionStyle>,
    pub(crate) description: String,
    pub(crate) direction: Direction,
}

/// How a version is written. A folder keeps to one style.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VersionStyle {
    /// `0001`, `0002`, …: without gaps.
    Sequence,
    /// `YYYYMMDDHHMMSS`, UTC.
    Timestamp,
}

impl fmt::Display for VersionStyle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sequence => "a sequence number",
            Self::Timestamp => "a timestamp",
        })
    }
}

/// What a file does to the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// `.sql`: forward, with no way back.
    Forward,
    /// `.up.sql`: forward, with a `.down.sql` beside it.
    Up,
    /// `.down.sql`: back.
    Down,
    /// `R_….sql`: forward, and once more whenever it changes.
    Repeatable,
}

/// What the name of a repeatable migration begins with, in place of a version.
const REPEATABLE: &str = "R_";

/// Why a file name is no migration's.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameFault {
    /// It does not begin with digits.
    NoVersion,
    /// The digits are not followed by `_`.
    NoSeparator,
    /// Nothing stands between the version and the ending.
    NoDescription,
    /// The description has other characters than `a`–`z`, `0`–`9` and single `_` between them.
    Description,
    /// Between description and `.sql` stands something else than `up` or `down`.
    Direction(String),
    /// In the name of a repeatable migration, something stands between description and `.sql`.
    RepeatableDirection(String),
    /// It ends with something that is nearly `.sql`.
    Ending(String),
    /// The version is 0.
    VersionZero,
    /// The version does not fit into PostgreSQL's `bigint`.
    VersionTooLarge,
    /// The version has 14 digits and is no date and time.
    NoDate,
}

impl fmt::Display for NameFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoVersion => f.write_str("the file name does not begin with a version"),
            Self::NoSeparator => f.write_str("in the file name, the version is not followed by `_`"),
            Self::NoDescription => f.write_str("the file name has no description"),
            Self::Description => {
                f.write_str("the description in the file name is not `lowercase_with_underscores`")
            }
            Self::Direction(found) => {
                write!(f, "in the file name, `.{found}` is neither `.up` nor `.down`")
            }
            Self::RepeatableDirection(found) => {
                write!(f, "a repeatable migration has no down, so that its file name has no `.{found}`")
            }
            Self::Ending(found) => {
                write!(f, "the file looks like a migration but ends with `{found}`, not `.sql`")
            }
            Self::VersionZero => f.write_str("version 0 stands for an empty database"),
            Self::VersionTooLarge => {
                write!(f, "the version is larger than {}, the largest bigint", i64::MAX)
            }
            Self::NoDate => f.write_str("the version has 14 digits and is no YYYYMMDDHHMMSS"),
        }
    }
}

impl FileName {
    /// Parses the name of a file that ends with `.sql`.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with it, reading from the left.
    pub(crate) fn parse(name: &str) -> Result<Self, NameFault> {
        if let Some(rest) = name.strip_prefix(REPEATABLE) {
            return Self::parse_repeatable(rest);
        }
        let (stem, direction) = split_ending(name)?;
        let digits = stem.len() - stem.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (version, rest) = stem.split_at(digits);
        if version.is_empty() {
            return Err(NameFault::NoVersion);
        }
        let (version, style) = parse_version(version)?;
        let description = match rest.strip_prefix('_') {
            _ if rest.is_empty() => return Err(NameFault::NoDescription),
            None => return Err(NameFault::NoSeparator),
            Some("") => return Err(NameFault::NoDescription),
            Some(description) => description,
        };
        if !is_description(description) {
            return Err(NameFault::Description);
        }
        Ok(Self { version, style: Some(style), description: description.to_owned(), direction })
    }

    /// Parses what follows `R_`.
    fn parse_repeatable(rest: &str) -> Result<Self, NameFault> {
        let Some(stem) = rest.strip_suffix(".sql") else {
            return Err(NameFault::Ending(rest.to_owned()));
        };
        if let Some((_, found)) = stem.split_once('.') {
            return Err(NameFault::RepeatableDirection(found.to_owned()));
        }
        match stem {
            "" => Err(NameFault::NoDescription),
            _ if !is_description(stem) => Err(NameFault::Description),
            _ => Ok(Self {
                version: 0,
                style: None,
                description: stem.to_owned(),
                direction: Direction::Repeatable,
            }),
        }
    }
}

/// Version, or `R`, and description as a file name has them: what comes before its ending.
pub(crate) fn stem(file: &str) -> &str {
    file.split_once('.').map_or(file, |(stem, _)| stem)
}

/// The name that a misnamed file probably should have.
pub(crate) fn propose(name: &str, fault: &NameFault) -> Option<String> {
    if matches!(fault, NameFault::VersionZero | NameFault::VersionTooLarge | NameFault::NoDate) {
        return None;
    }
    let lower = name.to_ascii_lowercase();
    let stem = lower.find(".sq").map_or(lower.as_str(), |at| &lower[..at]);
    let (stem, ending) = match stem.rsplit_once('.') {
        Some((stem, "up" | "do" | "apply")) => (stem, ".up.sql"),
        Some((stem, "down" | "undo" | "revert")) => (stem, ".down.sql"),
        _ => (stem, ".sql"),
    };
    // Flyway writes `V1__create.sql`.
    let stem = match stem.strip_prefix('v') {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => rest,
        _ => stem,
    };
    // And `R__views.sql`.
    let proposal = if let Some(description) = stem.strip_prefix("r_").or_else(|| stem.strip_prefix("r-")) {
        format!("{REPEATABLE}{}.sql", proposed_description(description))
    } else {
        let (version, description) = split_version(stem);
        let version = match version.as_str() {
            "" => "0001".to_owned(),
            version => format!("{version:0>4}"),
        };
        format!("{version}_{}{ending}", proposed_description(description))
    };
    (proposal != name && FileName::parse(&proposal).is_ok()).then_some(proposal)
}

fn proposed_description(text: &str) -> String {
    let words: Vec<&str> =
        text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    if words.is_empty() { "describe_the_change".to_owned() } else { words.join("_") }
}

/// Whether a file that does not end with `.sql` was probably meant to be a migration, and then its ending.
pub(crate) fn nearly_sql(name: &str) -> Option<&str> {
    let lower = name.to_ascii_lowercase();
    if let Some(at) = lower.find(".sql") {
        return Some(&name[at..]);
    }
    let at = name.rfind('.');
    let ending = at.map_or("", |at| &name[at..]);
    if matches!(&*ending.to_ascii_lowercase(), ".sq" | ".sl" | ".slq" | ".psql" | ".pgsql" | ".ddl") {
        return Some(ending);
    }
    let stem = at.map_or(name, |at| &name[..at]);
    let digits = stem.bytes().take_while(u8::is_ascii_digit).count();
    let looks_like_one = digits > 0 && stem[digits..].starts_with(['_', '-']);
    looks_like_one.then_some(ending)
}

/// The name without `.sql`, `.up.sql` or `.down.sql`, and what the ending says.
fn split_ending(name: &str) -> Result<(&str, Direction), NameFault> {
    let Some(stem) = name.strip_suffix(".sql") else {
        return Err(NameFault::Ending(name.to_owned()));
    };
    match stem.split_once('.') {
        None => Ok((stem, Direction::Forward)),
        Some((stem, "up")) => Ok((stem, Direction::Up)),
        Some((stem, "down")) => Ok((stem, Direction::Down)),
        Some((_, other)) => Err(NameFault::Direction(other.to_owned())),
    }
}

fn parse_version(digits: &str) -> Result<(i64, VersionStyle), NameFault> {
    let version: i64 = digits.parse().map_err(|_| NameFault::VersionTooLarge)?;
    if version == 0 {
        return Err(NameFault::VersionZero);
    }
    if digits.len() != 14 {
        return Ok((version, VersionStyle::Sequence));
    }
    if is_date_and_time(version) { Ok((version, VersionStyle::Timestamp)) } else { Err(NameFault::NoDate) }
}

fn is_description(text: &str) -> bool {
    text.split('_')
        .all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
}

/// The digits a name begins with, of which a date may be cut up by `-`, and what follows.
fn split_version(stem: &str) -> (String, &str) {
    let run = stem.len() - stem.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-').len();
    let digits: String = stem[..run].chars().filter(char::is_ascii_digit).collect();
    if digits.len() == 14 {
        return (digits, &stem[run..]);
    }
    let run = stem.len() - stem.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    (stem[..run].to_owned(), &stem[run..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, version: i64, style: VersionStyle, description: &str, direction: Direction) {
        let (style, description) = (Some(style), description.to_owned());
        assert_eq!(FileName::parse(name), Ok(FileName { version, style, description, direction }));
    }

    #[track_caller]
    fn check_repeatable(name: &str, description: &str) {
        let (description, direction) = (description.to_owned(), Direction::Repeatable);
        assert_eq!(FileName::parse(name), Ok(FileName { version: 0, style: None, description, direction }));
    }

    #[track_caller]
    fn check_fault(name: &str, fault: &NameFault, proposal: Option<&str>) {
        assert_eq!(FileName::parse(name).as_ref(), Err(fault));
        assert_eq!(propose(name, fault).as_deref(), proposal);
    }

    #[test]
    fn names() {
        use Direction::{Down, Forward, Up};
        use VersionStyle::{Sequence, Timestamp};
        check("0001_users.sql", 1, Sequence, "users", Forward);
        check("12_a_b2.up.sql", 12, Sequence, "a_b2", Up);
        check("0001_2fa.down.sql", 1, Sequence, "2fa", Down);
        check("20240229235959_x.sql", 20_240_229_235_959, Timestamp, "x", Forward);
        check("9223372036854775807_x.sql", i64::MAX, Sequence, "x", Forward);
        check_repeatable("R_views.sql", "views");
        check_repeatable("R_2fa_views.sql", "2fa_views");
    }

    #[test]
    fn faults_and_proposals() {
        use NameFault as F;
        check_fault("create_users.sql", &F::NoVersion, Some("0001_create_users.sql"));
        check_fault("V1__init.sql", &F::NoVersion, Some("0001_init.sql"));
        check_fault("Rviews.sql", &F::NoVersion, Some("0001_rviews.sql"));
        check_fault("r_views.sql", &F::NoVersion, Some("R_views.sql"));
        check_fault("r__Views.sql", &F::NoVersion, Some("R_views.sql"));
        check_fault("R-views.sql", &F::NoVersion, Some("R_views.sql"));
        check_fault("R__views.sql", &F::Description, Some("R_views.sql"));
        check_fault("R_All views.sql", &F::Description, Some("R_all_views.sql"));
        check_fault("R_.sql", &F::NoDescription, Some("R_describe_the_change.sql"));
        for found in ["up", "down", "undo"] {
            let fault = F::RepeatableDirection(found.into());
            check_fault(&format!("R_views.{found}.sql"), &fault, Some("R_views.sql"));
        }
        check_fault("0001-users.sql", &F::NoSeparator, Some("0001_users.sql"));
        check_fault("12users.sql", &F::NoSeparator, Some("0012_users.sql"));
        check_fault("12345users.sql", &F::NoSeparator, Some("12345_users.sql"));
        check_fault("views.sql", &F::NoVersion, Some("0001_views.sql"));
        // What is no name either is not proposed.
        check_fault("2024-13-01-000000_users.sql", &F::NoSeparator, None);
        check_fault("0001users.sql", &F::NoSeparator, Some("0001_users.sql"));
        check_fault("2024-02-29-100000_users.sql", &F::NoSeparator, Some("20240229100000_users.sql"));
        check_fault("0001.sql", &F::NoDescription, Some("0001_describe_the_change.sql"));
        check_fault("0001_.up.sql", &F::NoDescription, Some("0001_describe_the_change.up.sql"));
        check_fault("0001_Add Users.sql", &F::Description, Some("0001_add_users.sql"));
        check_fault("0001__users_.sql", &F::Description, Some("0001_users.sql"));
        check_fault("0001_größe.sql", &F::Description, Some("0001_gr_e.sql"));
        check_fault("0001_users.dwn.sql", &F::Direction("dwn".into()), Some("0001_users_dwn.sql"));
        check_fault("0001_users.undo.sql", &F::Direction("undo".into()), Some("0001_users.down.sql"));
        check_fault("0000_users.sql", &F::VersionZero, None);
        check_fault("9223372036854775808_x.sql", &F::VersionTooLarge, None);
        check_fault("20240230000000_x.sql", &F::NoDate, None);
        check_fault("20241301000000_x.sql", &F::NoDate, None);
        check_fault("20240101240000_x.sql", &F::NoDate, None);
        check_fault("19000101000000_x.sql", &F::NoDate, None);
    }

    #[test]
    fn files_that_were_probably_meant_to_be_migrations() {
        assert_eq!(nearly_sql("0001_users.SQL"), Some(".SQL"));
        assert_eq!(nearly_sql("R_views.SQL"), Some(".SQL"));
        assert_eq!(nearly_sql("0001_users.sq"), Some(".sq"));
        assert_eq!(nearly_sql("0001_users.sql.bak"), Some(".sql.bak"));
        assert_eq!(nearly_sql("0001_users.up.sql~"), Some(".sql~"));
        assert_eq!(nearly_sql("0001_users.txt"), Some(".txt"));
        assert_eq!(nearly_sql("0001_users"), Some(""));
        assert_eq!(nearly_sql("schema.rb"), None);
        assert_eq!(nearly_sql("_users.txt"), None);
        assert_eq!(nearly_sql("2024.csv"), None);
    }
}
