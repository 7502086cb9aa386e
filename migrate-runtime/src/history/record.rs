//! Writing to the history: rows that come and go with their migrations, and the log.

use super::progress::{FINISHED, UNCLAIMED, is_unclaimed};
use super::{Highest, HistoryTable, How, Mark, Progress};
use crate::guard;
use crate::identifier::literal;
use crate::plan::{Action, Step};
use crate::repair::{Change, Repair, Was};
use crate::standing::Binding;

/// On whose behalf entries of the log are written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Author {
    /// Name and version of the package that embeds the migrations.
    pub(crate) package: Option<String>,
}

/// An entry of the log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'a> {
    /// `apply`, `revert`, `baseline`, `skip` or `repair`.
    pub(crate) action: &'static str,
    pub(crate) version: i64,
    pub(crate) description: &'a str,
    pub(crate) checksum: Option<&'a str>,
    /// What failed.
    pub(crate) failure: Option<&'a str>,
    /// What is to be said besides.
    pub(crate) detail: Option<&'a str>,
}

impl<'a> Entry<'a> {
    /// Something was done to the migration of a step.
    pub(crate) fn of(action: &'static str, step: &'a Step<'_>) -> Self {
        let (version, description) = (step.version(), step.description());
        Self { action, version, description, checksum: Some(step.checksum()), failure: None, detail: None }
    }
}

impl HistoryTable {
    /// Records that a step is done, and answers with a row that has the mark: two statements at the end of the step's
    /// transaction, which fails where the history does not keep the row. The log is for people, and may be kept elsewhere.
    ///
    /// Each is said as plainly as it can be: what it costs is parsing and planning it, once a migration.
    pub(crate) fn finish(&self, step: &Step<'_>, mark: &Mark, author: &Author) -> String {
        let mark = mark.column();
        let row_only = step.script().is_none().then_some("the row only: it was recorded without running");
        let entry = Entry { detail: row_only, ..Entry::of(step.action().name(), step) };
        let answer = |condition: &str| {
            guard::value(&format!("({ELAPSED})::pg_catalog.text"), condition, guard::UNRECORDED, "text")
        };
        let recorded = match step.action() {
            Action::Apply => {
                let (version, description) = (step.version(), literal(step.description()));
                let (columns, bound) = step.binding().map_or_else(Default::default, |binding| {
                    let superseded = Some(binding.superseded.join(" ")).filter(|list| !list.is_empty());
                    let bound = format!(", {}, {}", binding.set_version, nullable(superseded.as_deref()));
                    (", set_version, superseded", bound)
                });
                let row = format!(
                    "INSERT INTO {self} (version, description, checksum, tokens_checksum, state, applied_at, down{columns}) \
                     VALUES ({version}, {description}, {checksums}, 'applied', pg_catalog.clock_timestamp(), {down}{bound})",
                    checksums = checksums(step),
                    down = nullable(step.stored_down()),
                );
                let replacing = if version == 0 { REPLACING } else { "" };
                let answer = answer("EXISTS (SELECT FROM recorded)");
                format!("WITH recorded AS ({row}{replacing} RETURNING version) SELECT {answer} AS {mark}")
            }
            // The script may have removed the row.
            Action::Revert => {
                let row = key(step.version(), step.description());
                let unbound = self.unbind();
                let answer = answer(&format!(
                    "(EXISTS (SELECT FROM removed) OR NOT EXISTS (SELECT FROM {self} WHERE {row})) AND {}",
                    self.are_unbound()
                ));
                format!(
                    "WITH removed AS (DELETE FROM {self} WHERE {row} RETURNING version), unbound AS ({unbound}) \
                     SELECT {answer} AS {mark}"
                )
            }
        };
        // A role that may only add to the log may not read it: the answer comes from the history.
        let logged = self.entry(&entry, author, ELAPSED, "");
        format!("{logged};\n{recorded}")
    }

    /// The same for a migration without a transaction: one statement, which fails unless it is still claimed.
    pub(crate) fn finish_claimed(&self, step: &Step<'_>, mark: &Mark, author: &Author) -> String {
        let recorded = self.close_claim(step, mark);
        let elapsed = "pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) started_at) \
                       OPERATOR(pg_catalog.*) 1000::pg_catalog.float8";
        let entry = Entry::of(step.action().name(), step);
        let logged = self.entry(&entry, author, "took.milliseconds", "FROM took");
        let told = "(SELECT took.milliseconds FROM took)::pg_catalog.text";
        let (told, unbound) = match step.action() {
            Action::Apply => (told.to_owned(), String::new()),
            Action::Revert => (
                guard::value(told, &self.are_unbound(), guard::UNRECORDED, "text"),
                format!(", unbound AS ({})", self.unbind()),
            ),
        };
        let answer = guard::value(&told, "EXISTS (SELECT FROM took)", guard::TAKEN_OVER, "text");
        format!(
            "WITH recorded (started_at) AS ({recorded}){unbound}, took (milliseconds) AS (SELECT {elapsed} FROM recorded), \
             logged AS ({logged}) SELECT {answer} AS {mark}",
            mark = mark.column(),
        )
    }

    /// Has every repeatable migration run again: what is reverted may take with it what they have made.
    fn unbind(&self) -> String {
        format!(
            "UPDATE {self} SET set_version = NULL WHERE version OPERATOR(pg_catalog.=) 0 RETURNING description"
        )
    }

    /// A condition that holds when [`Self::unbind`], as `unbound` of the same query, has reached every row.
    fn are_unbound(&self) -> String {
        format!(
            "(SELECT pg_catalog.count(*) FROM unbound) OPERATOR(pg_catalog.=) \
             (SELECT pg_catalog.count(*) FROM {self} WHERE version OPERATOR(pg_catalog.=) 0)"
        )
    }

    /// Records a migration as applied that was not run here.
    pub(crate) fn record(&self, step: &Step<'_>, how: How) -> String {
        let state = how.name();
        guard::kept(&format!(
            "INSERT INTO {self} AS history (version, description, checksum, tokens_checksum, state, applied_at) \
             VALUES ({version}, {description}, {checksums}, '{state}', pg_catalog.clock_timestamp()) \
             ON CONFLICT (version, description) DO UPDATE SET state = EXCLUDED.state, \
             checksum = EXCLUDED.checksum, tokens_checksum = EXCLUDED.tokens_checksum, \
             applied_at = EXCLUDED.applied_at, {FINISHED}, {UNCLAIMED} RETURNING version",
            version = step.version(),
            description = literal(step.description()),
            checksums = checksums(step),
        ))
    }

    /// Makes one change that brings a row in line with its file.
    pub(crate) fn repair(&self, repair: &Repair) -> String {
        let row = format!("WHERE {} RETURNING version", key(repair.version, &repair.was.description));
        guard::kept(&match &repair.change {
            Change::Realign { description, checksum, tokens_checksum, .. } => format!(
                "UPDATE {self} SET description = {}, checksum = {}, tokens_checksum = {} {row}",
                literal(description),
                literal(checksum),
                literal(tokens_checksum),
            ),
            Change::Progress(Progress { statements, checksum }) => format!(
                "UPDATE {self} SET statements_done = {statements}, done_checksum = {} {row}",
                literal(checksum),
            ),
            Change::Remove => format!("DELETE FROM {self} {row}"),
            Change::Restore { superseded } => {
                format!("UPDATE {self} SET superseded = {} {row}", literal(&superseded.join(" ")))
            }
        })
    }

    /// A condition that holds as long as the row is the one for which the change was listed, no further, and nobody
    /// works on it.
    pub(crate) fn is_as_shown(&self, repair: &Repair) -> String {
        let Was { description, checksum, state, progress } = &repair.was;
        let done = progress.as_ref().map_or("", |progress| &progress.checksum);
        format!(
            "EXISTS (SELECT FROM {self} AS history WHERE {key} AND checksum OPERATOR(pg_catalog.=) {checksum} \
             AND state OPERATOR(pg_catalog.=) '{state}'::pg_catalog.text \
             AND COALESCE(done_checksum, '') OPERATOR(pg_catalog.=) {done} \
             AND {unclaimed})",
            unclaimed = is_unclaimed(),
            key = key(repair.version, description),
            checksum = literal(checksum),
            done = literal(done),
        )
    }

    /// A condition that holds as long as there is no row.
    pub(crate) fn is_empty(&self) -> String {
        format!("NOT EXISTS (SELECT FROM {self})")
    }

    /// Appends an entry to the log.
    pub(crate) fn log_entry(&self, entry: &Entry<'_>, author: &Author) -> String {
        self.entry(entry, author, "NULL", "")
    }

    fn entry(&self, entry: &Entry<'_>, author: &Author, milliseconds: &str, from: &str) -> String {
        let outcome = if entry.failure.is_some() { "failed" } else { "done" };
        format!(
            "INSERT INTO {log} (action, version, description, checksum, outcome, detail, milliseconds, package) \
             SELECT '{action}', {version}, {description}, {checksum}, '{outcome}', {detail}, \
             ({milliseconds})::pg_catalog.float8, {package} {from}",
            log = self.log(),
            action = entry.action,
            version = entry.version,
            description = literal(entry.description),
            checksum = nullable(entry.checksum),
            detail = nullable(entry.failure.or(entry.detail)),
            package = nullable(author.package.as_deref()),
        )
    }

    /// A condition that holds as long as the history is as it was planned upon: this is its newest row, or the one that
    /// is to be reverted, newest first; and the row of the step is what it was.
    pub(crate) fn is_unchanged(&self, step: &Step<'_>, highest: Highest) -> String {
        let highest = match step.action() {
            Action::Apply => highest,
            Action::Revert => Highest::settled(step.version()),
        };
        // What a repeatable migration is bound to decides who replaces it.
        let is_bound = |binding: &Binding| {
            let was = binding.was.unwrap_or(-1);
            format!(" AND COALESCE(set_version, -1) OPERATOR(pg_catalog.=) {was}")
        };
        let row = match (step.recorded_checksum(), step.version()) {
            (Some(checksum), version) => format!(
                " AND EXISTS (SELECT FROM {self} WHERE {} AND checksum OPERATOR(pg_catalog.=) {} \
                 AND {SETTLED}{})",
                key(version, step.description()),
                literal(checksum),
                step.binding().map(is_bound).unwrap_or_default(),
            ),
            // What is above the highest is not there.
            (None, version) if version > highest.version => String::new(),
            (None, version) => {
                format!(" AND NOT EXISTS (SELECT FROM {self} WHERE {})", key(version, step.description()))
            }
        };
        // Somebody may have begun to revert it.
        let expected = format!("{}{}", highest.version, if highest.is_settled { "" } else { UNSETTLED });
        format!(
            "COALESCE((SELECT pg_catalog.concat(version, CASE WHEN {SETTLED} THEN '' ELSE '{UNSETTLED}' END) FROM {self} \
             ORDER BY version DESC LIMIT 1), '0') OPERATOR(pg_catalog.=) '{expected}'::pg_catalog.text{row}"
        )
    }
}

/// A condition on a row: its migration is finished, however it came into the history.
pub(super) const SETTLED: &str = "state OPERATOR(pg_catalog.=) ANY (ARRAY['applied', 'baseline', 'skipped'])";

/// A condition on a row: it is that of a repeatable migration that is to run again, see [`HistoryTable::unbind`].
pub(super) const UNBOUND: &str = "version OPERATOR(pg_catalog.=) 0 AND set_version IS NULL";

/// What tells a newest row that is not finished.
const UNSETTLED: &str = " unsettled";

/// Takes down when a step begins, in microseconds since 1970: all transactions of a message have the same
/// `transaction_timestamp()`, its arrival. What stays on the session is the name of the setting, without a value.
pub(crate) const TAKE_DOWN_START: &str = "pg_catalog.set_config('migrate.started', \
    (pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()) OPERATOR(pg_catalog.*) \
    1000000::pg_catalog.float8)::pg_catalog.int8::pg_catalog.text, true)";

/// How many milliseconds the step has taken by the server's clock. A script may have changed what [`TAKE_DOWN_START`]
/// set.
const ELAPSED: &str = "CASE WHEN pg_catalog.current_setting('migrate.started', true) \
    OPERATOR(pg_catalog.~) '^[0-9]{1,18}$'::pg_catalog.text \
    THEN (pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()) OPERATOR(pg_catalog.*) \
    1000000::pg_catalog.float8 OPERATOR(pg_catalog.-) pg_catalog.current_setting('migrate.started')::pg_catalog.float8) \
    OPERATOR(pg_catalog./) 1000::pg_catalog.float8 END";

/// What becomes of the row of a repeatable migration.
const REPLACING: &str = " ON CONFLICT (version, description) DO UPDATE SET checksum = EXCLUDED.checksum, \
    tokens_checksum = EXCLUDED.tokens_checksum, state = EXCLUDED.state, started_at = NULL, \
    applied_at = EXCLUDED.applied_at, applied_by = EXCLUDED.applied_by, application = EXCLUDED.application, \
    set_version = EXCLUDED.set_version, superseded = EXCLUDED.superseded";

/// The condition that a row is this migration's.
fn key(version: i64, description: &str) -> String {
    format!(
        "version OPERATOR(pg_catalog.=) {version}::pg_catalog.int8 \
         AND description OPERATOR(pg_catalog.=) {}",
        literal(description)
    )
}

/// The two checksums of the script that applies the step's migration, as literals.
fn checksums(step: &Step<'_>) -> String {
    let (checksum, tokens) = step.checksums();
    format!("{}, {}", literal(checksum), literal(tokens))
}

pub(super) fn nullable(text: Option<&str>) -> String {
    text.map_or_else(|| "NULL".to_owned(), literal)
}
