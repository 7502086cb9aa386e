//! A migration as a person names it on a command line: by its version, its description, both, or a file of it.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use crate::create;
use crate::name;
use crate::set::MigrationSet;

/// What somebody calls a migration: `3`, `0003`, `add_users`, `"Add users"`, `0003_add_users`, or the name or path of its
/// file. Which one that is depends on which there are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MigrationName(String);

/// Why a name is not that of one migration. [`Display`](fmt::Display) says what to do too, in a line that begins with
/// `help: `.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SelectError {
    /// No migration is called so.
    Unknown {
        /// As it was given.
        name: String,
        /// Those that are called alike, or else the last ones.
        candidates: Vec<String>,
    },
    /// Several are.
    Ambiguous {
        /// As it was given.
        name: String,
        /// Which.
        candidates: Vec<String>,
    },
}

/// How many migrations a message names.
const NAMED: usize = 4;

impl MigrationName {
    /// The version, where the name is one.
    pub fn version(&self) -> Option<i64> {
        let is_number = !self.0.is_empty() && self.0.bytes().all(|byte| byte.is_ascii_digit());
        self.0.parse().ok().filter(|_| is_number)
    }

    /// The version of the migration of a set that it is. A version that the set does not have is one all the same: a
    /// database may have it.
    ///
    /// # Errors
    ///
    /// No migration is called so, or several are.
    pub fn version_in(&self, set: &MigrationSet) -> Result<i64, SelectError> {
        // Before the first one, whatever a migration is called.
        if self.version() == Some(0) {
            return Ok(0);
        }
        match (self.find(set.iter().map(|migration| migration.stem())), self.version()) {
            (Ok(stem), _) => {
                let found = set.iter().find(|migration| migration.stem() == stem);
                Ok(found.map_or(0, |migration| migration.version()))
            }
            (Err(_), Some(version)) => Ok(version),
            (Err(error), None) => Err(error),
        }
    }

    /// Which of these it is, by version and description as their files have them. A version goes before a description.
    ///
    /// # Errors
    ///
    /// None is called so, or several are.
    pub fn find<'s>(&self, stems: impl Iterator<Item = &'s str> + Clone) -> Result<&'s str, SelectError> {
        let stem = name::stem(self.0.rsplit(['/', '\\']).next().unwrap_or_default());
        let description = create::description(stem).ok();
        let version = self.version();
        let is_version = |other: &str| version.is_some_and(|version| split(other).0 == version.to_string());
        let is_description = |other: &str| description.as_deref() == Some(split(other).1);
        let rules: [&dyn Fn(&str) -> bool; 3] = [&|other| other == stem, &is_version, &is_description];
        for rule in rules {
            let mut found: Vec<&str> = stems.clone().filter(|other| rule(other)).collect();
            found.dedup();
            match &*found {
                [] => {}
                [one] => return Ok(one),
                several => {
                    let candidates = several.iter().map(|&stem| stem.to_owned()).collect();
                    return Err(SelectError::Ambiguous { name: self.0.clone(), candidates });
                }
            }
        }
        Err(SelectError::Unknown { name: self.0.clone(), candidates: near(stem, stems) })
    }
}

/// The digits of the version without zeros before them, and the description.
fn split(stem: &str) -> (&str, &str) {
    let (version, description) = stem.split_once('_').unwrap_or((stem, ""));
    (version.trim_start_matches('0'), description)
}

/// Those that are called nearly so, or else the last ones.
fn near<'s>(name: &str, stems: impl Iterator<Item = &'s str> + Clone) -> Vec<String> {
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let description = name.split_once('_').filter(|(version, _)| is_number(version));
    let name = description.map_or(name, |(_, description)| description).to_ascii_lowercase();
    let is_near = |stem: &&str| {
        let description = split(stem).1;
        !name.is_empty() && (description.contains(&name) || strsim::jaro_winkler(description, &name) > 0.85)
    };
    let mut alike: Vec<&str> = stems.clone().filter(is_near).collect();
    if alike.is_empty() {
        alike = stems.collect();
    }
    alike.dedup();
    let last = alike.len().saturating_sub(NAMED);
    alike[last..].iter().map(|&stem| stem.to_owned()).collect()
}

impl FromStr for MigrationName {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.trim().to_owned()))
    }
}

impl From<i64> for MigrationName {
    fn from(version: i64) -> Self {
        Self(version.to_string())
    }
}

impl fmt::Display for MigrationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl SelectError {
    /// What is wrong, in a line.
    pub fn what(&self) -> String {
        match self {
            Self::Unknown { name, .. } => format!("no migration is called {name:?}"),
            Self::Ambiguous { name, candidates } => {
                format!("several migrations are called {name:?}: {}", candidates.join(", "))
            }
        }
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Unknown { candidates, .. } if candidates.is_empty() => {
                "there is none yet: `migrate create` writes one".to_owned()
            }
            Self::Unknown { candidates, .. } => {
                format!("name one by version or description, such as {}", candidates.join(", "))
            }
            Self::Ambiguous { .. } => "name it by version and description".to_owned(),
        }
    }
}

impl fmt::Display for SelectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\nhelp: {}", self.what(), self.help())
    }
}

impl std::error::Error for SelectError {}

#[cfg(test)]
mod tests {
    use super::*;

    const STEMS: [&str; 5] =
        ["0001_users", "0002_add_vip", "0003_2024", "0003_twin", "20240101000000_add_vip"];

    fn found(name: &str) -> Result<&'static str, String> {
        let name: MigrationName = name.parse().expect("any text is one");
        name.find(STEMS.into_iter()).map_err(|error| error.to_string())
    }

    #[test]
    fn finds_by_version_description_both_or_file() {
        for (name, expected) in [
            ("1", "0001_users"),
            ("0001", "0001_users"),
            ("users", "0001_users"),
            (" Users ", "0001_users"),
            ("0001_users", "0001_users"),
            ("0001_users.up.sql", "0001_users"),
            ("db/migrations/0001_users.down.sql", "0001_users"),
            ("db\\0001_users.sql", "0001_users"),
            ("0002_add_vip", "0002_add_vip"),
            ("2", "0002_add_vip"),
            ("20240101000000", "20240101000000_add_vip"),
            // No version, so that it is a description.
            ("2024", "0003_2024"),
        ] {
            assert_eq!(found(name).as_deref(), Ok(expected), "{name}");
        }
    }

    #[test]
    fn names_the_candidates_where_it_is_not_one() {
        for (name, expected) in [
            ("add_vip", "several migrations are called \"add_vip\": 0002_add_vip, 20240101000000_add_vip\n"),
            ("Add VIP", "several migrations are called \"Add VIP\": "),
            ("3", "several migrations are called \"3\": 0003_2024, 0003_twin\n"),
            (
                "user",
                "no migration is called \"user\"\nhelp: name one by version or description, such as 0001_users",
            ),
            ("0009_usres", "such as 0001_users"),
            ("9", "such as 0002_add_vip, 0003_2024, 0003_twin, 20240101000000_add_vip"),
            ("0", "no migration is called \"0\""),
            ("", "no migration is called \"\""),
            ("a\u{1b}b", "\"a\\u{1b}b\""),
        ] {
            let error = found(name).expect_err(name);
            assert!(error.contains(expected) && error.contains("\nhelp: "), "{error}");
        }
        let none = MigrationName::from(1).find(std::iter::empty()).expect_err("an error").to_string();
        assert!(none.contains("there is none yet"), "{none}");
    }

    #[test]
    fn only_digits_are_a_version() {
        for (name, version) in [("3", Some(3)), ("0003", Some(3)), ("0", Some(0)), ("+3", None), ("-3", None)]
        {
            assert_eq!(name.parse::<MigrationName>().expect("any text").version(), version, "{name}");
        }
    }
}
