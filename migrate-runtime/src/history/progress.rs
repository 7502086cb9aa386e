//! Writing to the history for a migration without a transaction: who works on it, and how far it got.
//!
//! Each statement here answers to the claim: a process that another one has taken over from finds no row of its own.

use super::read::CLAIM_LIVES;
use super::record::nullable;
use super::{HistoryTable, Mark, Progress};
use crate::guard;
use crate::identifier::literal;
use crate::plan::{Action, Step};

impl HistoryTable {
    /// Claims a migration: a new row, or the row of one that is begun, that failed, or that is to be reverted.
    pub(crate) fn claim(&self, step: &Step<'_>, mark: &Mark) -> Vec<String> {
        let (version, claim) = (step.version(), literal(mark.claim()));
        let (checksum, tokens) = step.checksums();
        let down = nullable(step.stored_down());
        let none = migrate_source::tokens_checksum([]);
        let mine = format!(
            "claim = {claim}, claimed_at = pg_catalog.clock_timestamp(), \
             {here}, error = NULL",
            here = here(),
        );
        let row = |done: usize| {
            let done = format!("statements_done OPERATOR(pg_catalog.=) {done}");
            format!("WHERE version OPERATOR(pg_catalog.=) {version} AND {done}")
        };
        let (claimed, progress) = match (step.action(), &step.resume) {
            (Action::Apply, None) => {
                return vec![guard::kept(&format!(
                    "INSERT INTO {self} (version, description, checksum, tokens_checksum, state, down, started_at, \
                     statements_done, done_checksum, claim, claimed_at, backend_pid, backend_start) \
                     VALUES ({version}, {description}, '{checksum}', '{tokens}', 'running', {down}, \
                     pg_catalog.clock_timestamp(), 0, '{none}', {claim}, pg_catalog.clock_timestamp(), \
                     pg_catalog.pg_backend_pid(), {BACKEND_START}) RETURNING version",
                    description = literal(step.description()),
                ))];
            }
            (Action::Revert, None) => {
                return vec![guard::kept(&format!(
                    "UPDATE {self} SET state = 'reverting', started_at = pg_catalog.clock_timestamp(), \
                     statements_done = 0, done_checksum = '{none}', found_before = NULL, settings_found = NULL, {mine} \
                     WHERE version OPERATOR(pg_catalog.=) {version} RETURNING version"
                ))];
            }
            (Action::Apply, Some(resume)) => {
                let update = format!(
                    "UPDATE {self} SET state = 'running', applied_by = session_user, checksum = '{checksum}', tokens_checksum = '{tokens}', \
                     down = {down}, {mine} {}",
                    row(resume.progress.statements),
                );
                (update, &resume.progress)
            }
            (Action::Revert, Some(resume)) => {
                (format!("UPDATE {self} SET {mine} {}", row(resume.progress.statements)), &resume.progress)
            }
        };
        vec![claimed, self.is_claimed(version, progress, mark)]
    }

    /// A query that fails unless the row has the claim: another process may have recorded one more statement between the
    /// guard and the claim, and otherwise it is the table that keeps the row as it is.
    fn is_claimed(&self, version: i64, progress: &Progress, mark: &Mark) -> String {
        let unrecorded = guard::value("true", "false", guard::UNRECORDED, "bool");
        let otherwise =
            guard::value(&unrecorded, &self.is_abandoned(version, progress), guard::CHANGED, "bool");
        let mine = mine(version, mark);
        format!("SELECT CASE WHEN EXISTS (SELECT FROM {self} WHERE {mine}) THEN true ELSE {otherwise} END")
    }

    /// Makes sure that a migration is still claimed, and for the next ten seconds; and records that its next statement is
    /// about to be sent, with an expression for what there is before it: see [`Sent`](super::Sent).
    pub(crate) fn touch(&self, version: i64, found_before: &str, mark: &Mark) -> String {
        let update = format!(
            "UPDATE {self} SET claimed_at = pg_catalog.clock_timestamp(), {}, found_before = {found_before} \
             WHERE {} RETURNING version",
            here(),
            mine(version, mark),
        );
        let exists = guard::value("true", "EXISTS (SELECT FROM touched)", guard::TAKEN_OVER, "bool");
        format!("WITH touched AS ({update}) SELECT {exists}")
    }

    /// Records that one more statement is done, or fails if the claim is another's by now. The second column of its
    /// answer is the pid of the backend, the third [`Found`](super::Found), where the settings behind the statement are in
    /// the transaction's [`FOUND_SETTINGS`].
    pub(crate) fn advance(
        &self,
        version: i64,
        progress: &Progress,
        has_settings: bool,
        mark: &Mark,
    ) -> String {
        let Progress { statements, checksum } = progress;
        let found = format!(
            "settings_found = pg_catalog.concat('{} ', pg_catalog.current_setting('{FOUND_SETTINGS}', true)), ",
            statements.saturating_sub(1)
        );
        let update = format!(
            "UPDATE {self} SET statements_done = {statements}, done_checksum = '{checksum}', \
             found_before = NULL, {found}claimed_at = pg_catalog.clock_timestamp(), {here} \
             WHERE {mine} RETURNING settings_found",
            found = if has_settings { &*found } else { "" },
            here = here(),
            mine = mine(version, mark),
        );
        let taken_over = format!("{} ({})", guard::TAKEN_OVER, mark.claim());
        let exists = guard::value("true", "EXISTS (SELECT FROM advanced)", &taken_over, "bool");
        let found = if has_settings { "(SELECT settings_found FROM advanced)" } else { "NULL" };
        format!("WITH advanced AS ({update}) SELECT {exists}, pg_catalog.pg_backend_pid(), {found}")
    }

    /// What becomes of the row when all statements are done: part of [`Self::finish_claimed`].
    pub(super) fn close_claim(&self, step: &Step<'_>, mark: &Mark) -> String {
        let mine = mine(step.version(), mark);
        match step.action() {
            Action::Apply => format!(
                "UPDATE {self} SET state = 'applied', applied_at = pg_catalog.clock_timestamp(), {FINISHED}, \
                 {UNCLAIMED} WHERE {mine} RETURNING started_at"
            ),
            Action::Revert => format!("DELETE FROM {self} WHERE {mine} RETURNING started_at"),
        }
    }

    /// A query for the claim that the row has, its state, the backend on record, and whether a process works on it: none
    /// where there is no row, a claim of NULL where no process has one.
    pub(crate) fn claimant(&self, version: i64) -> String {
        format!(
            "SELECT claim, state, backend_pid, {CLAIM_LIVES} FROM {self} AS history \
             WHERE version OPERATOR(pg_catalog.=) {version}"
        )
    }

    /// Records that a statement failed.
    pub(crate) fn fail(&self, step: &Step<'_>, error: &str, mark: &Mark) -> String {
        let state = match step.action() {
            Action::Apply => "failed",
            Action::Revert => "reverting",
        };
        format!(
            "UPDATE {self} SET state = '{state}', error = {}, {UNCLAIMED} WHERE {}",
            literal(error),
            mine(step.version(), mark),
        )
    }

    /// Gives a claim back in the middle of a statement, so that other processes can go on at once.
    pub(crate) fn release(&self, version: i64, mark: &Mark) -> String {
        format!("UPDATE {self} SET {UNCLAIMED} WHERE {}", mine(version, mark))
    }

    /// A condition that holds as long as nobody works on a migration that this process wants to go on with.
    pub(crate) fn is_abandoned(&self, version: i64, progress: &Progress) -> String {
        format!(
            "EXISTS (SELECT FROM {self} AS history WHERE version OPERATOR(pg_catalog.=) {version}::pg_catalog.int8 \
             AND state OPERATOR(pg_catalog.=) ANY (ARRAY['running', 'failed', 'reverting']) \
             AND statements_done OPERATOR(pg_catalog.=) {done} \
             AND {unclaimed})",
            done = progress.statements,
            unclaimed = is_unclaimed(),
        )
    }
}

/// A condition on a row `history`: nobody works on its migration.
pub(super) fn is_unclaimed() -> String {
    format!("NOT (claim IS NOT NULL AND {CLAIM_LIVES})")
}

/// What a row gets that nobody works on any more.
pub(super) const UNCLAIMED: &str =
    "claim = NULL, claimed_at = NULL, backend_pid = NULL, backend_start = NULL";

/// What a row gets besides whose migration is done: nothing is left of how it came to that.
pub(super) const FINISHED: &str =
    "statements_done = NULL, done_checksum = NULL, found_before = NULL, settings_found = NULL, error = NULL";

/// A setting of a transaction, with the settings that a statement of it has left.
pub(crate) const FOUND_SETTINGS: &str = "migrate.found";

fn mine(version: i64, mark: &Mark) -> String {
    format!(
        "version OPERATOR(pg_catalog.=) {version} AND claim OPERATOR(pg_catalog.=) {}",
        literal(mark.claim())
    )
}

/// By which session a migration is worked on.
fn here() -> String {
    format!("backend_pid = pg_catalog.pg_backend_pid(), backend_start = {BACKEND_START}")
}

/// When the backend of this session started: a pid alone comes back one day.
const BACKEND_START: &str = "(SELECT activity.backend_start FROM pg_catalog.pg_stat_activity AS activity \
                             WHERE activity.pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid())";
