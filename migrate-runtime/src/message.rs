//! The messages that change the history: what stands around a migration's own SQL in its transaction.

use std::ops::Range;
use std::time::Duration;

use crate::carried;
use crate::guard;
use crate::history::{Author, Highest, HistoryTable, Mark, Sent, TAKE_DOWN_START};
use crate::hooks::Hooks;
use crate::in_schema::InSchema;
use crate::plan::Step;
use crate::recovery;
use crate::settings::Settings;
use crate::statement::Statement;
use crate::watch::Watched;

/// The limits that hold inside each transaction. `None`: those of the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timeouts {
    pub(crate) lock: Option<Duration>,
    /// Zero: no limit. Where it is not `None`, the session's limits of a transaction do not hold either.
    pub(crate) statement: Option<Duration>,
}

/// What all messages of a run have in common.
pub(crate) struct Envelope<'e> {
    pub(crate) history: &'e HistoryTable,
    pub(crate) within: Option<&'e InSchema>,
    pub(crate) timeouts: Timeouts,
    pub(crate) settings: &'e Settings,
    pub(crate) author: &'e Author,
    pub(crate) mark: Mark,
}

/// A message of transactions, one a step.
#[derive(Default)]
pub(crate) struct Message {
    pub(crate) sql: String,
    /// What creates the history before the first step.
    pub(crate) creation: Option<Own>,
    pub(crate) transactions: Vec<Transaction>,
}

/// Where things stand in one transaction of a message.
pub(crate) struct Transaction {
    /// The statements, counted from 0, that are guards.
    pub(crate) guards: Range<usize>,
    /// How many statements come before the script.
    pub(crate) prologue: usize,
    /// The bytes of the message that are the script.
    pub(crate) script: Range<usize>,
}

/// One transaction of this crate's own statements, or the beginning of one.
#[derive(Debug)]
pub(crate) struct Own {
    pub(crate) sql: String,
    pub(crate) guards: Range<usize>,
    pub(crate) statements: usize,
}

impl<'e> Envelope<'e> {
    /// Whose work a second connection looks at while a message is under way.
    pub(crate) fn watched<'w>(&'w self, step: &'w Step<'_>, hooks: Option<&'w dyn Hooks>) -> Watched<'w>
    where
        'e: 'w,
    {
        Watched { history: self.history, stem: step.stem(), hooks }
    }

    /// One transaction a step: guards, the script as it is, its history row. `highest` is the highest version in the
    /// history before the first step. What a script sets is put back in its transaction.
    pub(crate) fn steps(&self, steps: &[Step<'_>], mut highest: Highest, creation: Option<Own>) -> Message {
        let mut message = Message::default();
        message.sql.extend(creation.as_ref().map(|creation| &*creation.sql));
        let mut before = creation.as_ref().map_or(0, |creation| creation.statements);
        message.creation = creation;
        for (at, step) in steps.iter().enumerate() {
            let head = self.head(step, highest, at == 0);
            message.sql += &head.sql;
            let start = message.sql.len();
            message.sql += step.text();
            message.transactions.push(Transaction {
                guards: before + head.guards.start..before + head.guards.end,
                prologue: before + head.statements,
                script: start..message.sql.len(),
            });
            before = 0;
            message.sql += "\n;\n";
            message.sql += &self.tail(step);
            message.sql += "COMMIT;\n";
            highest = step.highest_after(highest);
        }
        message.sql += &self.settings.sweep();
        message
    }

    /// A step as it is rehearsed, with a text that stands for its script and is as many bytes long: as in [`Self::steps`], in a transaction that is open already or is opened here, and that
    /// stays open. The answer to [`DEFERRABLE`] stands where that to `COMMIT` does.
    pub(crate) fn rehearsal(
        &self,
        step: &Step<'_>,
        text: &str,
        highest: Highest,
        creation: Option<Own>,
        is_open: bool,
    ) -> Message {
        let creation = creation.map(|own| own.left_open(self.settings));
        let mut head = self.head(step, highest, !is_open && creation.is_none());
        if is_open || creation.is_some() {
            head = head.without_begin();
        }
        let before = creation.as_ref().map_or(0, |creation| creation.statements);
        let beginning = creation.as_ref().map_or("", |creation| &creation.sql);
        let start = beginning.len() + head.sql.len();
        let sql = format!("{beginning}{}{}\n;\n{}{DEFERRABLE};\n", head.sql, text, self.tail(step));
        let transaction = Transaction {
            guards: before + head.guards.start..before + head.guards.end,
            prologue: before + head.statements,
            script: start..start + text.len(),
        };
        Message { sql, creation, transactions: vec![transaction] }
    }

    /// The beginning of the transaction of a step, up to where its script stands. The first of a message makes sure
    /// that the session is like the one whose settings were read.
    pub(crate) fn head(&self, step: &Step<'_>, highest: Highest, is_first: bool) -> Own {
        let last = guard::require(&self.history.is_unchanged(step, highest), guard::CHANGED);
        let mut own = begin(self.history, self.timeouts, self.settings, is_first, last);
        if let Some(within) = self.within {
            own.sql += &within.set_path(true);
            own.sql += ";\n";
            own.statements += 1;
        }
        own
    }

    /// What stands before a function, in a transaction that the driver has begun, so that it knows of it.
    pub(crate) fn guards(&self, step: &Step<'_>, highest: Highest) -> String {
        self.head(step, highest, true).without_begin().sql
    }

    /// The end of the transaction of a step, but for its `COMMIT`, at which the limits hold once more.
    pub(crate) fn tail(&self, step: &Step<'_>) -> String {
        let finish = self.history.finish(step, &self.mark, self.author);
        let is_same =
            step.is_function().then(|| guard::require(&self.history.holds_lock(), guard::ENDED) + ";\n");
        let is_same = is_same.unwrap_or_default();
        let restore = self.settings.restore();
        // Behind a pooler there is no later message that would surely meet this session.
        let sweep = if step.may_change_session() { self.settings.sweep() } else { String::new() };
        let limits = limits(self.timeouts, self.settings);
        // Triggers of deferred constraints look for their tables as the script did.
        let within = self.within.map(|within| within.set_path(true) + ";\n").unwrap_or_default();
        format!("{is_same}{restore};\n{sweep}\n{limits}{within}{finish};\n")
    }

    /// Writes the row that says who is at a migration without a transaction.
    pub(crate) fn claim(&self, step: &Step<'_>, highest: Highest) -> Own {
        let condition = match &step.resume {
            Some(resume) => self.history.is_abandoned(step.version(), &resume.progress),
            None => self.history.is_unchanged(step, highest),
        };
        let claim = self.history.claim(step, &self.mark);
        let mut own = own(self.history, self.timeouts, self.settings, true, &condition, &claim);
        own.sql.insert_str(0, &self.mark.comment());
        own
    }

    pub(crate) fn limits(&self) -> String {
        limits(self.timeouts, self.settings)
    }

    /// A statement of this crate's own on the row of such a migration, which waits for its lock no longer than others.
    pub(crate) fn limited(&self, statement: &str) -> String {
        let (comment, limits) = (self.mark.comment(), self.limits());
        format!("{comment}BEGIN ISOLATION LEVEL READ COMMITTED;\n{limits}{statement};\nCOMMIT;\n")
    }

    /// Records that all statements of such a migration are done.
    pub(crate) fn finish_claimed(&self, step: &Step<'_>) -> String {
        self.limited(&self.history.finish_claimed(step, &self.mark, self.author))
    }

    /// One statement of such a migration in a transaction of its own with the record that it is done, and behind how many
    /// bytes it stands.
    pub(crate) fn statement(&self, statement: &Statement<'_, '_>) -> (String, usize) {
        let begin = format!(
            "{}BEGIN ISOLATION LEVEL READ COMMITTED;\n{}",
            self.mark.comment(),
            statement.settings.sql(&self.limits()),
        );
        let is_opaque = carried::is_opaque(statement.sql);
        let find = is_opaque.then(|| format!("{};\n", self.settings.find()));
        let message = format!(
            "{begin}{sql}\n;\n{find}{restore};\n{sweep}\n{lifted}{advance};\nCOMMIT;\n",
            sql = statement.sql,
            find = find.unwrap_or_default(),
            restore = self.settings.restore(),
            sweep = self.settings.sweep(),
            // These strike at the COMMIT too.
            lifted = lifted(self.timeouts, self.settings, "SET LOCAL"),
            advance = self.advance(statement, is_opaque),
        );
        (message, begin.len())
    }

    /// What comes before a statement that PostgreSQL takes only by itself: the limits of the session are lifted, and the
    /// settings made that the statements before it made.
    pub(crate) fn prelude(&self, statement: &Statement<'_, '_>) -> Option<String> {
        // Nor does a limit of the run hold for it: what is cut leaves more behind than what takes long.
        let settings = statement.settings.sql(&lifted(self.timeouts, self.settings, "SET"));
        let sql = || format!("{}{settings}SELECT NULL, {BACKEND};", self.mark.comment());
        (!settings.is_empty()).then(sql)
    }

    /// The messages of a statement that PostgreSQL takes only by itself. `kept` is what the history has of it already.
    pub(crate) fn alone(&self, statement: &Statement<'_, '_>, kept: Option<&Sent>) -> Alone {
        let comment = self.mark.comment();
        let (version, found_before) = (statement.step.version(), recovery::found_before(statement.sql, kept));
        let (restore, sweep) = (self.settings.restore(), self.settings.sweep());
        Alone {
            touch: self.limited(&self.history.touch(version, &found_before, &self.mark)),
            message: format!("{comment}{}", statement.sql),
            before: comment.len(),
            tidy: format!("{comment}BEGIN ISOLATION LEVEL READ COMMITTED;\n{restore};\n{sweep}\nCOMMIT;\n"),
            advance: self.limited(&self.advance(statement, false)),
        }
    }

    fn advance(&self, statement: &Statement<'_, '_>, has_settings: bool) -> String {
        self.history.advance(statement.step.version(), &statement.progress, has_settings, &self.mark)
    }
}

/// What is sent for a statement that PostgreSQL takes only by itself, in this order; the last two are one message.
pub(crate) struct Alone {
    /// Makes sure that the migration is still this process's.
    pub(crate) touch: String,
    /// The statement, behind so many bytes.
    pub(crate) message: String,
    pub(crate) before: usize,
    /// Puts back what it has set.
    pub(crate) tidy: String,
    /// Records that it is done.
    pub(crate) advance: String,
}

/// The second column of a row that says by which backend a message was answered.
pub(crate) const BACKEND: &str = "pg_catalog.pg_backend_pid()";

impl Own {
    /// The same in a transaction that is open already.
    fn without_begin(mut self) -> Self {
        // Nothing that comes before a script has a line of its own within a statement.
        if let Some((_, rest)) = self.sql.split_once(";\n") {
            self.sql = rest.to_owned();
        }
        let Range { start, end } = self.guards;
        Self { guards: start - 1..end - 1, statements: self.statements - 1, ..self }
    }

    /// The same without its `COMMIT`, and with the settings as they were before it.
    fn left_open(mut self, settings: &Settings) -> Self {
        let commit = "COMMIT;\n";
        self.sql.truncate(self.sql.len() - commit.len());
        self.sql += &settings.restore();
        self.sql += ";\n";
        self.statements += 1;
        self
    }
}

/// Lists the constraints that may wait for the end of a transaction. In a schema that the role may not use, it can have
/// changed nothing.
pub(crate) const DEFERRABLE: &str = "SELECT namespace.nspname, conname, condeferred \
    FROM pg_catalog.pg_constraint JOIN pg_catalog.pg_namespace AS namespace \
    ON namespace.oid OPERATOR(pg_catalog.=) connamespace WHERE condeferrable \
    AND pg_catalog.has_schema_privilege(namespace.oid, 'USAGE')";

/// The columns of its answer.
pub(crate) const DEFERRABLE_COLUMNS: [&str; 3] = ["nspname", "conname", "condeferred"];

/// One transaction of this crate's own statements, under the guard of the lock and one more condition; and that the
/// session has these settings (`is_alike`), where what follows is to put them back.
pub(crate) fn own(
    history: &HistoryTable,
    timeouts: Timeouts,
    settings: &Settings,
    is_alike: bool,
    condition: &str,
    statements: &[String],
) -> Own {
    let mut own = begin(history, timeouts, settings, is_alike, guard::require(condition, guard::CHANGED));
    let pin = "SET LOCAL search_path = pg_catalog, pg_temp";
    for statement in [pin].into_iter().chain(statements.iter().map(String::as_str)).chain(["COMMIT"]) {
        own.sql += statement;
        own.sql += ";\n";
        own.statements += 1;
    }
    own
}

/// Makes what the guard of each transaction locks: without that guard, since there is nothing to be locked yet.
pub(crate) fn lock_creation(history: &HistoryTable, schema_exists: bool) -> String {
    let mut sql = "BEGIN;\nSET LOCAL search_path = pg_catalog, pg_temp;\n".to_owned();
    for statement in history.create_lock(schema_exists) {
        sql += &statement;
        sql += ";\n";
    }
    sql + "COMMIT;\n"
}

/// Creates the history, and writes to it.
pub(crate) fn creation(
    history: &HistoryTable,
    timeouts: Timeouts,
    settings: &Settings,
    schema_exists: bool,
    more: &[String],
) -> Own {
    let statements = [&history.create(schema_exists), more].concat();
    own(history, timeouts, settings, false, &history.is_missing(), &statements)
}

/// The beginning of a transaction, and which of its statements are guards: the lock, and the last one, and before them
/// that the session is alike, where it is to be. The last is a statement of its own: its snapshot must be younger than the
/// lock.
fn begin(
    history: &HistoryTable,
    timeouts: Timeouts,
    settings: &Settings,
    is_alike: bool,
    last: String,
) -> Own {
    let mut statements = vec!["BEGIN ISOLATION LEVEL READ COMMITTED".to_owned()];
    let first_guard = statements.len();
    statements.extend(is_alike.then(|| guard::require(&settings.are_in_force(), guard::UNLIKE)));
    // A table that is to be locked may itself be locked.
    statements.extend(limit_statements(timeouts, settings));
    statements.push(history.take_lock(TAKE_DOWN_START));
    let last_guard = statements.len();
    statements.push(last);
    Own {
        sql: statements.join(";\n") + ";\n",
        guards: first_guard..last_guard + 1,
        statements: statements.len(),
    }
}

/// How long a transaction waits for a lock, and how long a statement of it may take.
fn limits(timeouts: Timeouts, settings: &Settings) -> String {
    limit_statements(timeouts, settings).into_iter().map(|limit| limit + ";\n").collect()
}

/// A timeout as its setting has it: an integer of milliseconds.
pub(crate) fn milliseconds(timeout: Duration) -> i32 {
    i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX)
}

fn limit_statements(timeouts: Timeouts, settings: &Settings) -> Vec<String> {
    let set = |name: &str, value: Duration| format!("SET LOCAL {name} = {}", milliseconds(value));
    let lock = timeouts.lock.map(|value| set("lock_timeout", value));
    let is_limit = |value: &Duration| value.as_millis() > 0;
    let statement = timeouts.statement.filter(is_limit).map(|value| set("statement_timeout", value));
    lock.into_iter().chain(lift(timeouts, settings, "SET LOCAL")).chain(statement).collect()
}

/// What lifts the limits that the session has, unless they are to hold.
fn lift(timeouts: Timeouts, settings: &Settings, set: &str) -> impl Iterator<Item = String> {
    let limits = settings.limits().filter(move |_| timeouts.statement.is_some());
    limits.map(move |name| format!("{set} {name} = 0"))
}

fn lifted(timeouts: Timeouts, settings: &Settings, set: &str) -> String {
    lift(timeouts, settings, set).map(|limit| limit + ";\n").collect()
}
