//! What was done with each of several sets.

use std::fmt;

use crate::report::Report;

/// What a verb of [`Sets`](crate::Sets) did: a [`Report`] for each set, in the order in which they had their turns. The
/// duration of each is that of its own turn.
///
/// [`Display`](fmt::Display) prints all of them, each after the name of its set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SetsReport {
    sets: Vec<(String, Report)>,
}

impl SetsReport {
    /// The names of the sets with their reports.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Report)> {
        self.sets.iter().map(|(name, report)| (name.as_str(), report))
    }

    /// The report of the set of this name, if it had its turn.
    pub fn get(&self, name: &str) -> Option<&Report> {
        self.iter().find(|(other, _)| *other == name).map(|(_, report)| report)
    }

    pub(super) fn push(&mut self, name: &str, report: Report) {
        self.sets.push((name.to_owned(), report));
    }
}

impl fmt::Display for SetsReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (name, report)) in self.iter().enumerate() {
            let line = if at > 0 { "\n" } else { "" };
            write!(f, "{line}{name}: {report}")?;
        }
        Ok(())
    }
}
