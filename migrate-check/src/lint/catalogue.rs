//! The catalogue: every lint, with its level, its reason and its remedy.

use std::fmt;

use super::effect::Effect;
use super::{
    column, compat, constraint, data, design, drop, index, judge, key, lock, not_null, partition, rename,
    resume, rewrite, security, trigger, twice, types,
};

/// What is made of a hazard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Nothing.
    Allow,
    /// `migrate lint` shows it.
    Warn,
    /// The folder does not compile.
    Deny,
}

impl Level {
    /// `allow`, `warn` or `deny`, as `migrate.toml` has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Warn => "warn",
            Self::Deny => "deny",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::Allow, Self::Warn, Self::Deny].into_iter().find(|level| level.name() == name)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What becomes of a lint in a script that reverts another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InDown {
    /// It is as dangerous there.
    Same,
    /// It is what a down is for, and the data are gone.
    LosesData,
    /// It is what a down is for.
    Fine,
}

/// A way in which a statement can be dangerous.
#[derive(Debug)]
pub struct Lint {
    pub(super) name: &'static str,
    pub(super) level: Level,
    pub(super) in_down: InDown,
    pub(super) summary: &'static str,
    pub(super) why: &'static str,
    pub(super) instead: &'static str,
    pub(super) sql: &'static str,
    pub(super) manual: &'static str,
}

impl Lint {
    /// Every lint, by subject.
    pub const ALL: &'static [&'static Self] = &[
        &index::CREATE_INDEX,
        &index::CREATE_UNIQUE,
        &index::DROP_INDEX,
        &index::REINDEX,
        &constraint::FOREIGN_KEY,
        &constraint::CHECK,
        &constraint::VALIDATE,
        &constraint::VALIDATE_LATER,
        &constraint::UNIQUE,
        &constraint::PRIMARY_KEY,
        &constraint::EXCLUSION,
        &constraint::DROP_CONSTRAINT,
        &not_null::SET_NOT_NULL,
        &not_null::DROP_NOT_NULL,
        &column::REQUIRED,
        &column::VOLATILE_DEFAULT,
        &column::STORED,
        &column::NUMBERED,
        &column::OF_DOMAIN,
        &column::TYPE,
        &column::EXPRESSION,
        &column::DEFAULT,
        &rewrite::TABLE,
        &rewrite::VACUUM_FULL,
        &rewrite::CLUSTER,
        &rewrite::REFRESH,
        &rewrite::FILL,
        &partition::DETACH,
        &partition::ATTACH,
        &partition::WITHOUT_INDEXES,
        &partition::CREATE,
        &partition::BESIDE_DEFAULT,
        &lock::LOCK_TABLE,
        &lock::MANY,
        &lock::TIMEOUT,
        &trigger::CREATE,
        &trigger::DISABLE,
        &data::UPDATE,
        &data::DELETE,
        &data::TRUNCATE,
        &data::TRUNCATE_CASCADE,
        &data::WITH_DDL,
        &data::DOWN,
        &drop::TABLE,
        &drop::COLUMN,
        &drop::VIEW,
        &drop::SCHEMA,
        &drop::DATABASE,
        &drop::TYPE,
        &drop::FUNCTION,
        &drop::OTHER,
        &drop::TRIGGER,
        &drop::CASCADE,
        &rename::TABLE,
        &rename::COLUMN,
        &rename::OTHER,
        &rename::PART,
        &rename::SCHEMA,
        &types::ENUM_USED,
        &types::ENUM_PLACE,
        &types::ATTRIBUTE,
        &types::DOMAIN,
        &types::NEW_DOMAIN,
        &key::KEY,
        &design::SERIAL,
        &design::TIMESTAMP,
        &design::CHAR,
        &design::VARCHAR,
        &design::JSON,
        &design::MONEY,
        &design::TOO_LONG,
        &design::UNQUALIFIED,
        &security::PUBLIC,
        &security::DEFINER,
        &security::REVOKE,
        &security::OWNER,
        &twice::COLUMN,
        &twice::WIDE_INDEX,
        &compat::REPLICATION,
        &compat::ADD_COLUMN,
        &compat::ENUM_VALUE,
        &compat::RESTRICT,
        &compat::REPLACE,
        &compat::STORED_RESULT,
        &compat::OPTIONS,
        &compat::ROW_SECURITY,
        &compat::SEQUENCE,
        &compat::INHERITANCE,
        &compat::EXTENSION,
        &resume::MISSING_IF,
        &judge::UNUSED_ALLOW,
    ];

    /// The lint of a name.
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::ALL.iter().copied().find(|lint| lint.name == name)
    }

    /// The lint that was probably meant.
    pub fn resembling(name: &str) -> Option<&'static Self> {
        let distance = |lint: &Self| strsim::damerau_levenshtein(name, lint.name);
        Self::ALL.iter().copied().min_by_key(|lint| distance(lint)).filter(|lint| {
            let shorter = name.len().min(lint.name.len());
            distance(lint) <= (shorter / 3).max(2)
        })
    }

    /// The name, as `migrate.toml` and `-- migrate: allow` have it.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What is made of it where `migrate.toml` says nothing.
    pub fn level(&self) -> Level {
        self.level
    }

    /// What it is, without a full stop.
    pub fn summary(&self) -> &'static str {
        self.summary
    }

    /// What is locked and for how long, or what breaks.
    pub fn why(&self) -> &'static str {
        self.why
    }

    /// What to do instead.
    pub fn instead(&self) -> &'static str {
        self.instead
    }

    /// An example of what to do instead; may be empty.
    pub fn sql(&self) -> &'static str {
        self.sql
    }

    /// What of a statement it speaks of, in the words of `generate`. For a change of type, what it may do at most.
    pub fn effects(&self) -> &'static [Effect] {
        use Effect::{BuildsIndex, DependsOnSession, MayFailOnRows, RewritesTable, ScansTable};
        if *self == column::TYPE {
            return &[DependsOnSession, RewritesTable, BuildsIndex, ScansTable, MayFailOnRows];
        }
        Effect::of(self)
    }

    /// Where PostgreSQL's manual speaks of it; may be empty.
    pub fn manual(&self) -> &'static str {
        self.manual
    }
}

/// A lint is its name.
impl PartialEq for Lint {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Lint {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_in_kebab_case() {
        for (at, lint) in Lint::ALL.iter().enumerate() {
            let is_kebab = |c: char| c.is_ascii_lowercase() || c == '-';
            assert!(lint.name.chars().all(is_kebab), "{}", lint.name);
            assert!(Lint::ALL[..at].iter().all(|other| other != lint), "{} is there twice", lint.name);
            assert!(lint.level < Level::Deny, "{} is denied by default", lint.name);
            assert!(!lint.summary.ends_with('.') && !lint.instead.ends_with('.'), "{}", lint.name);
            assert!(lint.why.ends_with('.'), "{}", lint.name);
        }
    }

    #[test]
    fn misspelt_names() {
        assert_eq!(Lint::resembling("drop-tabel"), Some(&drop::TABLE));
        assert_eq!(Lint::resembling("drop_table"), Some(&drop::TABLE));
        assert_eq!(Lint::resembling("everything"), None);
    }
}
