//! What a statement does to a database in use beside what it is for, in the words that `generate`, `diff` and `drift` write above
//! a statement; and which lint speaks of which.

use std::fmt;

use super::catalogue::Lint;
use super::{
    column, compat, constraint, data, drop, index, lock, not_null, partition, rename, rewrite, security,
    trigger, types,
};

/// What a statement does beside what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Effect {
    /// Rows or values are gone, and a revert does not bring them back.
    DeletesData,
    /// Values that stay may be others afterwards, though no row fails: they are rounded, cut or merged, and a revert does not
    /// bring the old ones back.
    ChangesValues,
    /// What the values become depends on a setting of the session that runs it.
    DependsOnSession,
    /// Every row is written anew, under an ACCESS EXCLUSIVE lock.
    RewritesTable,
    /// A materialized view is computed.
    ComputesView,
    /// No other session reads or writes the table meanwhile.
    AccessExclusiveLock,
    /// No other session writes to the table until the transaction ends.
    BlocksWrites,
    /// An index is built, and no other session writes to the table meanwhile.
    BuildsIndex,
    /// Every row is read, and no other session writes meanwhile.
    ScansTable,
    /// It fails where existing rows do not fit.
    MayFailOnRows,
    /// What an index, a stored column or a check was computed with is no longer what the function gives.
    LeavesStaleValues,
    /// What a role may do or see changes.
    ChangesPrivileges,
    /// Whoever may read the statement, in a file or in the server's log, knows the password.
    ContainsPassword,
}

impl Effect {
    /// All there are.
    pub const ALL: [Self; 13] = [
        Self::DeletesData,
        Self::ChangesValues,
        Self::DependsOnSession,
        Self::RewritesTable,
        Self::ComputesView,
        Self::AccessExclusiveLock,
        Self::BlocksWrites,
        Self::BuildsIndex,
        Self::ScansTable,
        Self::MayFailOnRows,
        Self::LeavesStaleValues,
        Self::ChangesPrivileges,
        Self::ContainsPassword,
    ];

    /// Whether data that was there cannot be brought back: a statement that does this is written only with consent.
    pub fn needs_consent(self) -> bool {
        matches!(self, Self::DeletesData | Self::ChangesValues)
    }

    /// Whether no other session can write to a table for as long as it takes to read or to write all of its rows.
    pub fn locks_out_writers(self) -> bool {
        matches!(self, Self::RewritesTable | Self::BuildsIndex | Self::ScansTable)
    }

    /// Whether the text of a statement cannot show it: it takes the schema before and after.
    pub fn is_beyond_text(self) -> bool {
        matches!(self, Self::DeletesData | Self::ChangesValues | Self::ContainsPassword)
    }

    /// The word for it where one is asked for: `deletes-data`.
    pub fn name(self) -> &'static str {
        match self {
            Self::DeletesData => "deletes-data",
            Self::ChangesValues => "changes-values",
            Self::DependsOnSession => "depends-on-session",
            Self::RewritesTable => "rewrites-table",
            Self::ComputesView => "computes-view",
            Self::AccessExclusiveLock => "access-exclusive-lock",
            Self::BlocksWrites => "blocks-writes",
            Self::BuildsIndex => "builds-index",
            Self::ScansTable => "scans-table",
            Self::MayFailOnRows => "may-fail-on-rows",
            Self::LeavesStaleValues => "leaves-stale-values",
            Self::ChangesPrivileges => "changes-privileges",
            Self::ContainsPassword => "contains-password",
        }
    }

    /// The way around it, in a sentence without a full stop.
    pub fn instead(self) -> &'static str {
        match self {
            Self::DeletesData => "copy what you need to another table first",
            Self::ChangesValues => {
                "add a column of the new type, fill it with the values that you want, then switch"
            }
            Self::DependsOnSession => "run `SET TIME ZONE` before it, or write `USING … AT TIME ZONE 'UTC'`",
            Self::RewritesTable => {
                "add a column, fill it in batches and switch; or run it in a maintenance window"
            }
            Self::ComputesView => "create the view WITH NO DATA, and refresh it when the load is low",
            Self::AccessExclusiveLock => "set a `lock_timeout`, and keep the transaction short",
            Self::BlocksWrites => "put it last in its transaction, or in one of its own",
            Self::BuildsIndex => "build the index CONCURRENTLY; `generate --online` does",
            Self::ScansTable => {
                "add the constraint NOT VALID and validate it in a later migration; `generate --online` does"
            }
            Self::MayFailOnRows => "look for such rows first, and correct them in an earlier migration",
            Self::LeavesStaleValues => {
                "run `REINDEX` on the index, or update the rows, after the function is replaced"
            }
            Self::ChangesPrivileges => "check what each role needs before you run it",
            Self::ContainsPassword => {
                "keep the file out of version control, or set the password outside of migrations"
            }
        }
    }

    /// What a lint speaks of, but for [`column::TYPE`], where it depends on the types.
    pub(super) fn of(lint: &Lint) -> &'static [Self] {
        SPOKEN_OF.iter().find(|(other, _)| *other == lint).map_or(&[], |(_, effects)| effects)
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DeletesData => "deletes data",
            Self::ChangesValues => "changes values that do not fit exactly: they are rounded, cut or merged",
            Self::DependsOnSession => "converts by the time zone of the session that runs it",
            Self::RewritesTable => "rewrites the table under an ACCESS EXCLUSIVE lock",
            Self::ComputesView => "computes every row of the materialized view",
            Self::AccessExclusiveLock => "takes an ACCESS EXCLUSIVE lock",
            Self::BlocksWrites => "blocks writes to the table until the transaction ends",
            Self::BuildsIndex => "builds an index while nobody can write to the table",
            Self::ScansTable => "reads the whole table while nobody can write to it",
            Self::MayFailOnRows => "fails if existing rows violate it",
            Self::LeavesStaleValues => "leaves what was computed with the old function as it is",
            Self::ChangesPrivileges => "changes who may do what",
            Self::ContainsPassword => "contains a password",
        })
    }
}

/// Which lint speaks of what.
const SPOKEN_OF: &[(&Lint, &[Effect])] = {
    use Effect::{
        AccessExclusiveLock, BlocksWrites, BuildsIndex, ChangesPrivileges, ComputesView, DeletesData,
        LeavesStaleValues, MayFailOnRows, RewritesTable, ScansTable,
    };
    &[
        (&index::CREATE_INDEX, &[BuildsIndex]),
        (&index::CREATE_UNIQUE, &[MayFailOnRows]),
        (&index::DROP_INDEX, &[AccessExclusiveLock]),
        (&index::REINDEX, &[BuildsIndex]),
        (&constraint::FOREIGN_KEY, &[ScansTable, MayFailOnRows]),
        (&constraint::CHECK, &[ScansTable, MayFailOnRows]),
        (&constraint::VALIDATE, &[ScansTable]),
        (&constraint::VALIDATE_LATER, &[MayFailOnRows]),
        (&constraint::UNIQUE, &[BuildsIndex, MayFailOnRows]),
        (&constraint::PRIMARY_KEY, &[BuildsIndex, MayFailOnRows]),
        (&constraint::EXCLUSION, &[BuildsIndex, MayFailOnRows]),
        (&not_null::SET_NOT_NULL, &[ScansTable, MayFailOnRows]),
        (&column::REQUIRED, &[MayFailOnRows]),
        (&column::VOLATILE_DEFAULT, &[RewritesTable]),
        (&column::STORED, &[RewritesTable]),
        (&column::NUMBERED, &[RewritesTable]),
        (&column::OF_DOMAIN, &[RewritesTable]),
        (&column::EXPRESSION, &[RewritesTable]),
        (&rewrite::TABLE, &[RewritesTable]),
        (&rewrite::VACUUM_FULL, &[RewritesTable]),
        (&rewrite::CLUSTER, &[RewritesTable]),
        (&rewrite::REFRESH, &[RewritesTable, ComputesView]),
        (&rewrite::FILL, &[ComputesView]),
        (&partition::DETACH, &[AccessExclusiveLock]),
        (&partition::ATTACH, &[ScansTable, MayFailOnRows]),
        (&partition::WITHOUT_INDEXES, &[BuildsIndex]),
        (&partition::CREATE, &[AccessExclusiveLock]),
        (&partition::BESIDE_DEFAULT, &[ScansTable, MayFailOnRows]),
        (&lock::LOCK_TABLE, &[BlocksWrites]),
        (&trigger::CREATE, &[BlocksWrites]),
        (&trigger::DISABLE, &[BlocksWrites]),
        (&data::DELETE, &[DeletesData]),
        (&data::TRUNCATE, &[DeletesData]),
        (&data::TRUNCATE_CASCADE, &[DeletesData]),
        (&data::DOWN, &[DeletesData]),
        (&drop::TABLE, &[DeletesData]),
        (&drop::COLUMN, &[DeletesData]),
        (&drop::SCHEMA, &[DeletesData]),
        (&drop::DATABASE, &[DeletesData]),
        (&rename::TABLE, &[AccessExclusiveLock]),
        (&rename::COLUMN, &[AccessExclusiveLock]),
        (&rename::PART, &[AccessExclusiveLock]),
        (&types::DOMAIN, &[ScansTable, MayFailOnRows]),
        (&types::ATTRIBUTE, &[RewritesTable]),
        (&security::PUBLIC, &[ChangesPrivileges]),
        (&security::REVOKE, &[ChangesPrivileges]),
        (&security::OWNER, &[ChangesPrivileges]),
        (&compat::ROW_SECURITY, &[ChangesPrivileges]),
        (&compat::STORED_RESULT, &[LeavesStaleValues]),
    ]
};
