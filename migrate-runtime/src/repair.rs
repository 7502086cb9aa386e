//! Bringing the history in line with the files: what would be changed is a value that is shown first.

use std::fmt;

use migrate_source::{Migration, Script};
use tokio_postgres::Client;

use crate::contradiction::{Contradiction, ContradictionKind};
use crate::error::{Error, ErrorKind};
use crate::history::{Entry, HistoryRow, Progress};
use crate::ledger;
use crate::options::Runner;
use crate::plan::count;
use crate::report::Report;
use crate::session::Session;
use crate::standing::{self, Standing, classify, first_statements};

/// What is to be changed in the history so that it agrees with the files.
///
/// [`Display`](fmt::Display) lists it, a line a change; [`Runner::repair`] makes exactly these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repairs(Vec<Repair>);

/// One row that is to be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repair {
    pub(crate) version: i64,
    pub(crate) stem: String,
    pub(crate) was: Was,
    pub(crate) change: Change,
}

/// What the row has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Was {
    pub(crate) description: String,
    pub(crate) checksum: String,
    pub(crate) state: &'static str,
    /// How far it is, where it is not finished.
    pub(crate) progress: Option<Progress>,
}

/// What becomes of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// It gets these: description, checksum, checksum of the tokens.
    Realign { description: String, checksum: String, tokens_checksum: String, why: &'static str },
    /// It gets the file's first statements as those that are done.
    Progress(Progress),
    /// It goes, so that the migration is applied from its beginning.
    Remove,
    /// A repeatable migration: it gets these texts as those that were replaced, so that the next run applies the file's.
    Restore { superseded: Vec<String> },
}

impl Runner<'_> {
    /// What [`repair`](Self::repair) would change. Costs one round trip, takes no lock and writes nothing.
    ///
    /// Rows get the checksum and the description of their file. A migration without a transaction that stopped half-way
    /// and whose done statements were edited gets the file's as those that are done; one that has a transaction now
    /// loses its row and is applied from its beginning. A repeatable migration whose text was replaced by a newer one is
    /// applied by the next run. Rows without file stay: [`allow_missing`](Self::allow_missing)
    /// is for these.
    ///
    /// # Errors
    ///
    /// A file is another migration than the one that was applied, which no row is changed to: to record it would say that it
    /// was run. The history cannot be read.
    pub async fn repairs(&self, client: &mut Client) -> Result<Repairs, Error> {
        let ledger = self.ledger(client).await.map_err(|kind| self.error(kind))?;
        let entries = classify(self.set, ledger.history(), self.rules.unit);
        let replaced: Vec<Contradiction> = entries.iter().filter_map(|entry| self.replaced(entry)).collect();
        if !replaced.is_empty() {
            return Err(self.error(ErrorKind::Contradictions(replaced)));
        }
        Ok(Repairs(entries.iter().filter_map(repair_of).collect()))
    }

    /// Makes the changes, all or none, and takes them down in the log. Nothing of the schema is touched. A migration that
    /// somebody is at work on is left alone.
    ///
    /// # Errors
    ///
    /// The history is no longer as it was when the changes were listed, or cannot be written.
    pub async fn repair(&self, client: &mut Client, repairs: &Repairs) -> Result<(), Error> {
        if repairs.0.is_empty() {
            return Ok(());
        }
        let result = self.make(&mut self.session(client), repairs).await;
        result.map_err(|kind| Error::new(kind, self.set.folder(), Report::default()))
    }

    /// A file that is another migration than the one that was applied, unless that is allowed.
    fn replaced(&self, entry: &standing::Entry<'_, '_>) -> Option<Contradiction> {
        match &entry.standing {
            Standing::Contradiction(kind @ ContradictionKind::Replaced { .. })
                if !self.rules.allow(entry.version, kind) =>
            {
                let subject = entry.subject(self.set.folder());
                Some(Contradiction { subject, version: entry.version, kind: kind.clone() })
            }
            _ => None,
        }
    }

    async fn make(&self, session: &mut Session<'_>, repairs: &Repairs) -> Result<(), ErrorKind> {
        let conditions: Vec<String> =
            repairs.0.iter().map(|repair| self.history.is_as_shown(repair)).collect();
        let mut statements = Vec::new();
        for repair in &repairs.0 {
            let detail = repair.to_string();
            let entry = Entry {
                action: "repair",
                version: repair.version,
                description: &repair.was.description,
                checksum: Some(&repair.was.checksum),
                failure: None,
                detail: Some(&detail),
            };
            statements.push(self.history.repair(repair));
            statements.push(self.history.log_entry(&entry, &self.author));
        }
        loop {
            let ledger = ledger::read(session, &self.history).await?;
            let entries = classify(self.set, ledger.history(), self.rules.unit);
            let now: Vec<Repair> = entries.iter().filter_map(repair_of).collect();
            if !repairs.0.iter().all(|repair| now.contains(repair)) {
                return Err(ErrorKind::ChangedSince { table: self.history.to_string() });
            }
            if self.write_to(session, &ledger, &conditions.join(" AND "), &statements).await? {
                return Ok(());
            }
        }
    }
}

fn repair_of(entry: &standing::Entry<'_, '_>) -> Option<Repair> {
    let (migration, row) = (entry.migration?, entry.row?);
    if row.state.is_claimed() {
        return None;
    }
    let change = match &entry.standing {
        Standing::Recorded { reformatted: true, .. } => {
            realign(&migration, "comments and white space were edited")
        }
        Standing::Superseded { by: None } => {
            let text = migration.up().checksum().to_string();
            let others = row.superseded.iter().filter(|other| **other != text);
            Change::Restore { superseded: others.cloned().collect() }
        }
        Standing::Contradiction(kind) => match kind {
            ContradictionKind::Changed { .. } | ContradictionKind::EditedDraft { .. } => {
                realign(&migration, "the file was edited")
            }
            ContradictionKind::Renamed { .. } => realign(&migration, "the file was renamed"),
            ContradictionKind::StartEdited { done } => Change::Progress(progress(migration.up(), *done)),
            ContradictionKind::NowInTransaction => Change::Remove,
            _ => return None,
        },
        _ => return None,
    };
    let stem = migration.stem().to_owned();
    Some(Repair { version: entry.version, stem, was: Was::of(row), change })
}

impl Was {
    fn of(row: &HistoryRow) -> Self {
        Self {
            description: row.description.clone(),
            checksum: row.checksum.clone(),
            state: row.state.name(),
            progress: row.state.progress().cloned(),
        }
    }
}

fn realign(migration: &Migration<'_>, why: &'static str) -> Change {
    Change::Realign {
        description: migration.description().to_owned(),
        checksum: migration.up().checksum().to_string(),
        tokens_checksum: migration.up().tokens_checksum().to_string(),
        why,
    }
}

/// The file may have fewer statements than were done before it was edited.
fn progress(script: Script<'_>, done: usize) -> Progress {
    let statements = done.min(script.statements().len());
    Progress { statements, checksum: first_statements(script, statements) }
}

impl Repairs {
    /// The changes.
    pub fn iter(&self) -> impl Iterator<Item = &Repair> {
        self.0.iter()
    }

    /// Whether history and files agree, as far as this can mend it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Repair {
    /// The version of the row.
    pub fn version(&self) -> i64 {
        self.version
    }

    /// Version and description as the file name has them.
    pub fn stem(&self) -> &str {
        &self.stem
    }
}

impl fmt::Display for Repairs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("nothing to repair");
        }
        write!(f, "{} to repair:", count(self.0.len(), "row"))?;
        self.0.iter().try_for_each(|repair| write!(f, "\n  {repair}"))
    }
}

impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { stem, was: Was { description, checksum, .. }, change, .. } = self;
        match change {
            Change::Realign { description: new, .. } if new != description => {
                write!(
                    f,
                    "{stem}: the file was renamed; the row, which says `{description}`, gets its name"
                )?;
                f.write_str(" and checksum")
            }
            Change::Realign { checksum: new, why, .. } => {
                write!(f, "{stem}: {why}; the checksum goes from {} to {}", short(checksum), short(new))
            }
            Change::Progress(Progress { statements: 0, .. }) => {
                write!(f, "{stem}: nothing of it is taken for done; it is applied from its beginning")
            }
            Change::Progress(Progress { statements: 1, .. }) => {
                write!(f, "{stem}: its first statement is taken for done, as it is in the file now")
            }
            Change::Progress(progress) => write!(
                f,
                "{stem}: its first {} are taken for done, as they are in the file now",
                count(progress.statements, "statement")
            ),
            Change::Remove => write!(
                f,
                "{stem}: it was begun without a transaction and has one now; its row goes, and it is applied from its \
                 beginning"
            ),
            Change::Restore { .. } => {
                write!(f, "{stem}: its text was replaced by another one; the next run applies it again")
            }
        }
    }
}

/// The beginning of a checksum, enough to tell two apart.
fn short(checksum: &str) -> &str {
    checksum.get(..12).unwrap_or(checksum)
}
