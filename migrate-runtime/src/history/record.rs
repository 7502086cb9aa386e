//! Writing to the history: rows that come and go with their migrations, and the log.

use super::{HistoryTable, How, Mark, Progress};
use crate::guard;
use crate::identifier::literal;
use crate::plan::{Action, Step};
use crate::repair::{Change, Repair};

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

impl HistoryTable {
    /// Writes the row of a step that has a transaction, in it, if the condition holds; nobody sees the row before
    /// [`Self::finish`] has completed it.
    pub(crate) fn begin(&self, step: &Step<'_>, condition: &str) -> String {
        let state = guard::value("'running'", condition, guard::CHANGED, "text");
        format!(
            "INSERT INTO {self} (version, description, checksum, tokens_checksum, state, down) \
             SELECT {version}, {description}, {checksums}, {state}, {down} \
             ON CONFLICT (version, description) DO UPDATE SET checksum = EXCLUDED.checksum, \
             tokens_checksum = EXCLUDED.tokens_checksum, state = EXCLUDED.state, down = EXCLUDED.down, \
             started_at = EXCLUDED.started_at, applied_by = EXCLUDED.applied_by, application = EXCLUDED.application",
            version = step.version(),
            description = literal(step.description()),
            checksums = checksums(step),
            down = nullable(step.stored_down()),
        )
    }

    /// Records that a step is done, and answers with a row that has the mark. An applied migration's row is written
    /// also where the script has removed the one of [`Self::begin`]; one without a transaction must still be claimed.
    pub(crate) fn finish(&self, step: &Step<'_>, mark: &Mark, author: &Author) -> String {
        let (version, description) = (step.version(), literal(step.description()));
        let recorded = match step.action() {
            _ if step.is_stepwise() => self.finish_claimed(step, mark),
            Action::Apply => format!(
                "INSERT INTO {self} AS history \
                 (version, description, checksum, tokens_checksum, state, started_at, applied_at) \
                 VALUES ({version}, {description}, {checksums}, 'applied', \
                 pg_catalog.transaction_timestamp(), pg_catalog.clock_timestamp()) \
                 ON CONFLICT (version, description) DO UPDATE SET state = EXCLUDED.state, \
                 applied_at = EXCLUDED.applied_at RETURNING started_at",
                checksums = checksums(step),
            ),
            Action::Revert => format!(
                "DELETE FROM {self} WHERE {} RETURNING pg_catalog.transaction_timestamp()",
                key(version, step.description()),
            ),
        };
        // The start is the row's, or the transaction's where a script has removed the row.
        let seconds = "pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) \
                       COALESCE((SELECT started_at FROM recorded), pg_catalog.transaction_timestamp()))";
        let entry = Entry {
            action: step.action().name(),
            version,
            description: step.description(),
            checksum: Some(step.checksum()),
            failure: None,
            detail: step.script().is_none().then_some("the row only: it was recorded without running"),
        };
        let logged = self.entry(&entry, author, "took.seconds * 1000", "FROM took");
        let answer = if step.is_stepwise() {
            let is_mine = "EXISTS (SELECT FROM recorded)";
            guard::value("seconds::pg_catalog.text", is_mine, guard::TAKEN_OVER, "text")
        } else {
            "seconds".to_owned()
        };
        format!(
            "WITH recorded (started_at) AS ({recorded}), took (seconds) AS (SELECT {seconds}), logged AS ({logged}) \
             SELECT {answer} AS {mark} FROM took",
            mark = mark.column(),
        )
    }

    /// Records a migration as applied that was not run here.
    pub(crate) fn record(&self, step: &Step<'_>, how: How) -> String {
        let state = match how {
            How::Applied => "applied",
            How::Baseline => "baseline",
            How::Skipped => "skipped",
        };
        format!(
            "INSERT INTO {self} AS history (version, description, checksum, tokens_checksum, state, applied_at) \
             VALUES ({version}, {description}, {checksums}, '{state}', pg_catalog.clock_timestamp()) \
             ON CONFLICT (version, description) DO UPDATE SET state = EXCLUDED.state, \
             checksum = EXCLUDED.checksum, tokens_checksum = EXCLUDED.tokens_checksum, \
             applied_at = EXCLUDED.applied_at, statements_done = NULL, done_checksum = NULL, claim = NULL, \
             claimed_at = NULL, backend_pid = NULL, backend_start = NULL, error = NULL",
            version = step.version(),
            description = literal(step.description()),
            checksums = checksums(step),
        )
    }

    /// Makes one change that brings a row in line with its file.
    pub(crate) fn repair(&self, repair: &Repair) -> String {
        let row = format!("WHERE {}", key(repair.version, &repair.was.0));
        match &repair.change {
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
        }
    }

    /// A condition that holds as long as the row is the one for which the change was listed, and nobody works on it.
    pub(crate) fn is_as_shown(&self, repair: &Repair) -> String {
        let (description, checksum) = &repair.was;
        format!(
            "EXISTS (SELECT FROM {self} WHERE {} AND checksum OPERATOR(pg_catalog.=) {} AND claim IS NULL)",
            key(repair.version, description),
            literal(checksum),
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

    /// A condition that holds as long as the history is as it was planned upon: `highest` is the highest version in
    /// it, and the row of the step is what it was.
    pub(crate) fn is_unchanged(&self, step: &Step<'_>, highest: i64) -> String {
        let row = match (step.recorded_checksum(), step.version()) {
            (Some(checksum), version) => format!(
                "EXISTS (SELECT FROM {self} WHERE {} AND checksum OPERATOR(pg_catalog.=) {} \
                 AND state OPERATOR(pg_catalog.=) ANY (ARRAY['applied', 'baseline', 'skipped']))",
                key(version, step.description()),
                literal(checksum),
            ),
            (None, 0) => format!("NOT EXISTS (SELECT FROM {self} WHERE {})", key(0, step.description())),
            (None, version) => format!(
                "NOT EXISTS (SELECT FROM {self} WHERE version OPERATOR(pg_catalog.=) {version}::pg_catalog.int8)"
            ),
        };
        format!(
            "(SELECT COALESCE(pg_catalog.max(version), 0) FROM {self}) \
             OPERATOR(pg_catalog.=) {highest}::pg_catalog.int8 AND {row}"
        )
    }
}

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

fn nullable(text: Option<&str>) -> String {
    text.map_or_else(|| "NULL".to_owned(), literal)
}
