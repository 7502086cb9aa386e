//! What an error says: one line, and in full.

use std::fmt;

use migrate_source::Code;
use migrate_source::other_tool::KnownHistory;
use tokio_postgres::error::{DbError, ErrorPosition};

use super::{Doing, Error, ErrorKind};
use crate::adopt::Unskippable;
use crate::adoption::Whereabouts;
use crate::blocker;
use crate::failure::{Failure, Place};
use crate::plan::{Action, count};
use crate::remedy;
use crate::report::Done;
use crate::revert::Obstacle;
use crate::watch::Sight;

/// Some functions raise whole documents; a log and a history table want their beginning.
const LONGEST: usize = 1000;

impl Error {
    fn line(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.kind {
            ErrorKind::Connect(error) => write!(f, "{error}"),
            ErrorKind::Database { doing, error } => {
                write!(f, "{doing} failed: {}; {}", cause(error), remedy::of_database(doing, error).1)
            }
            ErrorKind::Locked { doing, error, blockers, attempts } => {
                write!(f, "{doing} failed: {}", cause(error))?;
                if *attempts > 1 {
                    write!(f, ", at each of {attempts} attempts")?;
                }
                if let Some(list) = blocker::list(blockers) {
                    write!(f, "; the lock was held by {list}")?;
                }
                write!(f, "; {}", remedy::of_database(doing, error).1)
            }
            ErrorKind::Contradictions(list) => first_of(list, "contradiction", f),
            ErrorKind::Irreversible(list) => first_of(list, "obstacle", f),
            ErrorKind::Migration { failure, attempts } => self.migration(failure, *attempts, f),
            ErrorKind::Refused(error) => write!(f, "the service refused to migrate: {error}"),
            ErrorKind::UnknownVersion { version, newest } => {
                write!(f, "{version} is not a version in {}", self.0.folder)?;
                match newest {
                    Some(newest) => write!(f, ", whose newest migration is {newest}"),
                    None => f.write_str(", which has no migration"),
                }
            }
            ErrorKind::NoFunction { file, version, action } => write!(
                f,
                "{}/{file} is a migration in Rust, and no function is registered for it: call Runner::{}({version}, …)",
                self.0.folder,
                registers(*action),
            ),
            ErrorKind::UnannouncedFunction { version, action } => write!(
                f,
                "a function is registered by Runner::{}({version}, …), and no file in {} announces it: add one of that \
                 version that says `-- migrate: function`",
                registers(*action),
                self.0.folder,
            ),
            ErrorKind::Unskippable { version, why } => unskippable(*version, *why, f),
            kind => of_database(kind, f),
        }
    }

    fn migration(&self, failure: &Failure, attempts: u32, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path(failure))?;
        match &failure.place {
            Place::Script(excerpt) => write!(f, ":{}: ", excerpt.position())?,
            Place::Creation => f.write_str(": creating the history before it: ")?,
            Place::Prologue => f.write_str(": before its first statement: ")?,
            Place::History => f.write_str(": writing its history row: ")?,
            Place::Commit => f.write_str(": at COMMIT: ")?,
            Place::Lost => f.write_str(" was sent: ")?,
            Place::Function => f.write_str(": the function failed: ")?,
            Place::Unrecorded => return write!(f, ": writing its history row: {}", failure.cause),
            Place::Ended | Place::Overtaken => return write!(f, ": {}", failure.cause),
            Place::Refused => return write!(f, ": the service refused it: {}", failure.cause),
        }
        write!(f, "{}", failure.cause)?;
        if attempts > 1 {
            write!(f, ", at each of {attempts} attempts")?;
        }
        if failure.is_lock_timeout() {
            blockers(failure, f)?;
        }
        write!(f, "; {}", remedy::of_migration(failure).1)
    }

    fn details(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.kind {
            ErrorKind::Contradictions(list) => more_of(list, |one| one.kind.code(), f),
            ErrorKind::Irreversible(list) => more_of(list, Obstacle::code, f),
            ErrorKind::Migration { failure, .. } => self.migration_details(failure, f),
            ErrorKind::NotAdopted(found) => write!(f, "\nhelp: {}", found.otherwise()),
            ErrorKind::NoImport(_) => f.write_str("\nhelp: run `migrate import --from TOOL FOLDER`"),
            ErrorKind::NoOtherHistory { tool, whereabouts } => match whereabouts {
                Whereabouts::Elsewhere { search_path, .. } => write!(
                    f,
                    "\nhelp: add `{search_path}` to the URL, or `beside = [\"{tool}\"]` to migrate.toml if that table belongs to \
                     another application"
                ),
                Whereabouts::Nowhere | Whereabouts::Empty(_) => f.write_str(
                    "\nhelp: connect to the database that was migrated, or record what this one has with `migrate baseline \
                     VERSION`",
                ),
            },
            _ => Ok(()),
        }?;
        // What fails may be what is not in the folder any more.
        self.0.report.warnings_of_binary().iter().try_for_each(|warning| write!(f, "\nwarning: {warning}"))
    }

    fn migration_details(&self, failure: &Failure, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Place::Script(excerpt) = &failure.place {
            write!(f, "\n{excerpt}")?;
        }
        if let Some(error) = failure.server_error().and_then(tokio_postgres::Error::as_db_error) {
            server_details(error, f)?;
        }
        let stem = &failure.stem;
        let (done, again) = match failure.action {
            Action::Apply => ("applied", "run"),
            Action::Revert => ("reverted", "revert"),
        };
        if let Some(note) = failure.note {
            write!(f, "\nnote: {note}")?;
        }
        match failure.statements_done {
            _ if failure.is_unknown() => write!(
                f,
                "\nwhether {stem} was {done} is not known: the server may still be at work on it; the next {again} finds out"
            )?,
            None if failure.place == Place::Ended => {}
            None => write!(f, "\nnothing of {stem} was {done}")?,
            Some(statements) => {
                let statements = count(statements, "statement");
                write!(
                    f,
                    "\n{statements} of {stem} done, which stay; the next {again} continues after them"
                )?;
            }
        }
        let report = &self.0.report;
        for (verb, list) in [("applied", report.applied()), ("reverted", report.reverted())] {
            let stems: Vec<&str> = list.iter().map(Done::stem).collect();
            if !stems.is_empty() {
                write!(f, "\n{verb} before it: {}", stems.join(", "))?;
            }
        }
        Ok(())
    }
}

/// Who was in the way.
fn blockers(failure: &Failure, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    const UNKNOWN: &str = "; who held it could not be found out, ";
    match &failure.sight {
        Sight::Seen(list) => match blocker::list(list) {
            Some(text) => write!(f, "; the lock was held by {text}"),
            None => f.write_str("; no other session was in the way when it was last checked"),
        },
        Sight::Blind => {
            write!(f, "{UNKNOWN}which takes a second connection (run_url, or Runner::watch_url)")
        }
        Sight::Late => write!(f, "{UNKNOWN}because it was over too soon"),
        Sight::Obscured(why) => write!(f, "{UNKNOWN}because a second connection failed: {why}"),
    }
}

/// The others of a list, as far as somebody would read them: the database of another project has hundreds.
fn more_of<T: fmt::Display>(
    list: &[T],
    code: impl Fn(&T) -> Code,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    const TOLD: usize = 20;
    list[1..].iter().take(TOLD).try_for_each(|one| write!(f, "\n{one} [{}]", code(one)))?;
    match (list.len() - 1).saturating_sub(TOLD) {
        0 => Ok(()),
        more => write!(f, "\nand {more} more: is it the right database?"),
    }
}

/// Errors about the database as a whole.
fn of_database(kind: &ErrorKind, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match kind {
        ErrorKind::NoProgress => f.write_str(
            "again and again another process was there first, or the session had other settings than the one before, \
             and nothing changed: look for a trigger or rule on the history table, and, behind a pooler, for sessions \
             with settings of their own",
        ),
        ErrorKind::OpenTransaction => f.write_str(
            "a transaction is open on this connection: commit it or roll it back first, because each migration needs \
             one of its own",
        ),
        ErrorKind::NonstandardStrings => f.write_str(
            "standard_conforming_strings is off on this connection, and the migrations were checked with it on: remove \
             the setting from the database, the role or the connection string",
        ),
        ErrorKind::ForeignTable { table, owner: Some(owner) } => write!(
            f,
            "the table {table} exists and looks like the history of {owner}; nothing was touched: choose another name \
             with Runner::history_table, and record what is applied already: with Runner::adopt after \
             `migrate import`, which chooses that name, or with Runner::baseline"
        ),
        ErrorKind::ForeignTable { table, owner: None } => write!(
            f,
            "the table {table} exists and is not a history table of this crate; nothing was touched: choose another \
             name with Runner::history_table"
        ),
        ErrorKind::FormerTable { table, statement } => write!(
            f,
            "the history table {table} has an earlier format, and nothing was touched: run `{statement}` as its owner"
        ),
        ErrorKind::ForeignRow { table, row } => write!(
            f,
            "the history table {table} has a row that this crate does not leave there, of version {row}: look for an edit \
             by hand, or for a function that committed its transaction, and correct or delete the row"
        ),
        ErrorKind::Unrecorded { table } => write!(
            f,
            "the history table {table} discards the row: drop its trigger, rule or policy, and start again"
        ),
        ErrorKind::NoSchema { schema } => write!(
            f,
            "there is no schema {schema} in this database, and nothing was touched: create it with CREATE SCHEMA {schema}, \
             or check its name"
        ),
        ErrorKind::HasHistory { table } => write!(
            f,
            "the database has a history already, in {table}: a baseline is for one that has none; see Runner::status"
        ),
        ErrorKind::NothingThere { presence } => write!(
            f,
            "nothing was recorded: this database has none of the tables that these migrations create; it lacks {}",
            presence.list()
        ),
        ErrorKind::NotAdopted(found) => write!(f, "{found}"),
        ErrorKind::NoImport(why) => f.write_str(why),
        ErrorKind::NoOtherHistory { tool, whereabouts } => match whereabouts {
            Whereabouts::Nowhere => {
                let table = KnownHistory::of(*tool).map_or("its history", KnownHistory::place);
                write!(f, "this database has tables, and none of them is {table}, the history of {tool}")
            }
            Whereabouts::Empty(table) => {
                write!(f, "this database has tables, and {table}, the history of {tool}, lists nothing as applied")
            }
            Whereabouts::Elsewhere { table, .. } => {
                write!(f, "the history of {tool} is {table}, in a schema outside the search path")
            }
        },
        ErrorKind::Unadoptable(error) => write!(f, "{error}"),
        ErrorKind::UnfinishedHere { tool, stem } => write!(
            f,
            "{tool} has applied {stem}, which is unfinished in the history here: see Runner::status, then record it with \
             Runner::skip"
        ),
        ErrorKind::ChangedSince { table } => write!(
            f,
            "the history table {table} has changed since the repairs were listed, and none was made: list them again"
        ),
        _ => Ok(()),
    }
}

fn registers(action: Action) -> &'static str {
    match action {
        Action::Apply => "function",
        Action::Revert => "revert_function",
    }
}

fn unskippable(version: i64, why: Unskippable, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "version {version} cannot be skipped: ")?;
    f.write_str(match why {
        Unskippable::Recorded => "the history has it already",
        Unskippable::Running => "another process is at work on it; wait for its end",
        Unskippable::NotNext => "others that come before it are not applied; apply or skip these first",
        Unskippable::HalfReverted => "its down has been begun; revert it to the end first",
        Unskippable::Squashed => {
            "it is a checkpoint, and the database has only a part of what it stands for; apply the rest from the archive, \
             by `migrate up --dir <archive>`"
        }
    })
}

/// The first of a list, and how many more there are.
fn first_of<T: fmt::Display>(list: &[T], noun: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (first, more) = (&list[0], list.len() - 1);
    write!(f, "{first}")?;
    if more > 0 {
        write!(f, " ({} more)", count(more, noun))?;
    }
    Ok(())
}

/// What the server says besides its message.
fn server_details(error: &DbError, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let fields = [("detail", error.detail()), ("hint", error.hint()), ("context", error.where_())];
    for (name, value) in fields {
        if let Some(value) = value {
            let value: String = value.chars().take(LONGEST).collect();
            write!(f, "\n{name}: {}", value.replace('\n', "\n  "))?;
        }
    }
    if let Some(ErrorPosition::Internal { query, .. }) = error.position() {
        write!(f, "\nquery: {}", query.trim().replace('\n', "\n  "))?;
    }
    Ok(())
}

/// The server's message with its SQLSTATE, or what happened on the way to the server.
pub(crate) fn cause(error: &tokio_postgres::Error) -> String {
    if let Some(error) = error.as_db_error() {
        let message: String = error.message().chars().take(LONGEST).collect();
        return format!("{} ({})", message.replace('\n', " "), error.code().code());
    }
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

impl fmt::Display for Doing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reading(history) => write!(f, "reading the history table {history}"),
            Self::ReadingOther(table) => write!(f, "reading {table}, the history of another tool,"),
            Self::LookingForOthers => f.write_str("looking for the histories of other tools"),
            Self::ReadingLog(log) => write!(f, "reading the log {log}"),
            Self::Creating(history) => write!(f, "creating the history table {history}"),
            Self::Writing(history) => write!(f, "writing to the history table {history}"),
            Self::ReadingSettings => f.write_str("reading the settings of the session"),
            Self::AskingForLock => f.write_str("asking who holds the lock of the history table"),
            Self::LookingForTables => f.write_str("looking for the tables of the migrations"),
            Self::Probing => f.write_str("finding out what the server can do"),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.line(f)?;
        write!(f, " [{}]", self.code())?;
        if f.alternate() { self.details(f) } else { Ok(()) }
    }
}

/// What an error says, without its code: for whoever shows that in another place.
#[cfg(feature = "cli")]
pub(crate) struct Uncoded<'e>(pub(crate) &'e Error);

#[cfg(feature = "cli")]
impl fmt::Display for Uncoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.line(f)?;
        if f.alternate() { self.0.details(f) } else { Ok(()) }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:#}")
    }
}
