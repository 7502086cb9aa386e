//! What came of a tenant, in one word.

use std::fmt;

/// What came of a tenant, or how it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Outcome {
    /// It has all migrations of the set, and had them before.
    Current,
    /// Migrations were applied, and it has all of them now.
    Applied,
    /// It lacks migrations of the set.
    Behind,
    /// It has migrations beyond everything in the set.
    Ahead,
    /// Its schema is not what its migrations make.
    Drifted,
    /// Its history contradicts the set: a migration was edited, renamed or removed, or is out of order.
    Changed,
    /// Something went wrong, or has gone wrong before and is not finished.
    Failed,
    /// There was no connection, however often it was tried.
    Unreachable,
    /// The rollout had stopped before its turn.
    NotBegun,
}

impl Outcome {
    /// All of them, from the best to the worst.
    pub const ALL: [Self; 9] = [
        Self::Current,
        Self::Applied,
        Self::Behind,
        Self::Ahead,
        Self::Drifted,
        Self::Changed,
        Self::Failed,
        Self::Unreachable,
        Self::NotBegun,
    ];

    /// Whether somebody has to look after it.
    pub fn is_trouble(self) -> bool {
        matches!(self, Self::Drifted | Self::Changed | Self::Failed | Self::Unreachable | Self::NotBegun)
    }

    /// Whether it counts where a rollout stops after so many failures.
    pub(super) fn is_failure(self) -> bool {
        self.is_trouble() && self != Self::NotBegun
    }

    /// As programs know it, in JSON, in figures and in the ledger of a shared run: `not-begun`.
    pub fn key(self) -> &'static str {
        match self {
            Self::NotBegun => "not-begun",
            one => one.name(),
        }
    }

    /// As it is printed for people: `not begun`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Applied => "applied",
            Self::Behind => "behind",
            Self::Ahead => "ahead",
            Self::Drifted => "drifted",
            Self::Changed => "changed",
            Self::Failed => "failed",
            Self::Unreachable => "unreachable",
            Self::NotBegun => "not begun",
        }
    }
}

/// What a comparison of a tenant's schema with what its migrations make has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SchemaCheck {
    /// They are the same.
    Same,
    /// They differ.
    Drifted,
    /// They could not be compared; a note says why.
    NotCompared,
}

impl fmt::Display for SchemaCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Same => "same",
            Self::Drifted => "drifted",
            Self::NotCompared => "not compared",
        })
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
