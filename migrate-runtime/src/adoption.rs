//! A database that another tool has migrated: nothing is done there until its history is recorded in ours, and what
//! records it.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Instant;

use migrate_source::other_tool::{self, AdoptError, KnownHistory, LEDGER_FILE, Origins, Proof, Tool};
use tokio_postgres::Client;

use crate::error::{Doing, Error, ErrorKind};
use crate::history::{Highest, HistoryRow, How, RowState};
use crate::ledger::{self, Ledger};
use crate::options::Runner;
use crate::other_history::{Applied, OtherHistory};
use crate::plan::{Step, count};
use crate::question;
use crate::report::Report;
use crate::session::Session;

/// Why nothing is done to a database: what another tool has applied would be applied again.
#[derive(Clone, Debug)]
pub(crate) struct NotAdopted {
    applied: Applied,
    missing: Missing,
}

/// What is not recorded of another tool's history.
#[derive(Clone, Debug)]
enum Missing {
    /// All of it.
    All {
        /// The folder of that tool was imported.
        is_imported: bool,
    },
    /// These, by version and description: it has gone on since, or a baseline stopped before them.
    Some(Vec<String>),
    /// What is pending here may be in it.
    Unknown,
}

/// Where the history of the tool is that was imported, if not where it is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Whereabouts {
    Nowhere,
    /// It is there, without a row.
    Empty(String),
    Elsewhere {
        table: String,
        /// What makes the session look there.
        search_path: String,
    },
}

impl NotAdopted {
    #[cfg(all(test, feature = "cli"))]
    pub(crate) fn example() -> ErrorKind {
        let applied = Applied::example(Tool::Sqlx, 6);
        ErrorKind::NotAdopted(Box::new(Self { applied, missing: Missing::All { is_imported: true } }))
    }

    /// What to do if the table is none of this application's.
    pub(crate) fn otherwise(&self) -> String {
        format!(
            "if that table belongs to another application in this database, add `beside = [\"{}\"]` to migrate.toml",
            self.applied.history.known.key()
        )
    }
}

/// What happened, and the next command.
impl fmt::Display for NotAdopted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Applied { history, rows } = &self.applied;
        let is_imported = match &self.missing {
            Missing::All { is_imported } => *is_imported,
            Missing::Some(stems) => {
                return write!(
                    f,
                    "{} has applied {} here ({}), which is not recorded: run `migrate adopt` first",
                    history.known.name,
                    other_tool::listed(stems),
                    history.shown()
                );
            }
            Missing::Unknown => {
                return write!(
                    f,
                    "{} may have applied what is pending here, and this role may not read {}: run `migrate adopt` with a role \
                     that may",
                    history.known.name,
                    history.shown()
                );
            }
        };
        let rows = match rows {
            Some(1) => "1 row".to_owned(),
            Some(rows) => format!("{rows} rows"),
            None => "whose rows this role may not read".to_owned(),
        };
        let KnownHistory { name, tools, .. } = history.known;
        write!(
            f,
            "this database was migrated by {name} ({}, {rows}), and nothing of that is recorded here: ",
            history.shown()
        )?;
        match tools.first() {
            Some(_) if is_imported => f.write_str("run `migrate adopt` first"),
            Some(tool) => {
                write!(f, "run `migrate import --from {tool}` on its folder, then `migrate adopt`")
            }
            None => f.write_str("record what it has applied with `migrate baseline VERSION`"),
        }
    }
}

/// What [`Runner::adopt`] has recorded of another tool's history, or why there was nothing to record.
///
/// [`Display`](fmt::Display) says it in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adoption {
    tool: &'static str,
    records: Vec<Adopted>,
    pending: Vec<String>,
    warnings: Vec<String>,
    /// Why there is nothing to record, where there is nothing.
    why_nothing: &'static str,
    is_done: bool,
}

/// A migration that another tool has applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adopted {
    version: i64,
    stem: String,
    from: String,
    proof: Proof,
}

impl Adopted {
    /// The version of the migration here.
    pub fn version(&self) -> i64 {
        self.version
    }

    /// Version and description as the file name here has them.
    pub fn stem(&self) -> &str {
        &self.stem
    }

    /// The file of the other tool that it was made of.
    pub fn from(&self) -> &str {
        &self.from
    }

    /// Whether the checksum that the other tool kept is that of the file; `None`: it kept none.
    pub fn is_same(&self) -> Option<bool> {
        match self.proof {
            Proof::Same => Some(true),
            Proof::Differs => Some(false),
            Proof::NotKept => None,
        }
    }
}

impl Adoption {
    /// The other tool, as `migrate import --from` calls it.
    pub fn tool(&self) -> &str {
        self.tool
    }

    /// What was recorded, or is to be, in the order of the versions.
    pub fn records(&self) -> &[Adopted] {
        &self.records
    }

    /// The migrations that the next run applies, by version and description.
    pub fn pending(&self) -> &[String] {
        &self.pending
    }

    /// What does not agree and was no reason to stop: a sentence each.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Whether something was recorded; not by a dry run.
    pub fn is_done(&self) -> bool {
        self.is_done
    }
}

impl fmt::Display for Adoption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.records.len() {
            0 => f.write_str(self.why_nothing),
            records if self.is_done => write!(f, "recorded {}", count(records, "migration")),
            records => write!(f, "{} would be recorded", count(records, "migration")),
        }
    }
}

const ALREADY: &str = "already adopted; nothing to do";
const NEVER: &str =
    "nothing to adopt: the other tool has applied nothing here, and the database has a history already";
const FRESH: &str = "nothing to adopt: the other tool has applied nothing here, `up` applies everything";

/// The adoption, and what is to be written.
struct Decision<'s> {
    adoption: Adoption,
    ledger: Ledger,
    steps: Vec<Step<'s>>,
}

impl Runner<'_> {
    /// What `migrate.import` says. It was checked when the folder was read.
    pub(crate) fn origins(&self) -> Option<Origins> {
        Origins::parse(self.import.as_deref()?).ok()
    }

    /// Refuses to go on where another tool has applied what would be applied again. One round trip more where the history is
    /// empty or something that was imported is pending, and none otherwise.
    ///
    /// # Errors
    ///
    /// It has; or that cannot be found out.
    pub(crate) async fn must_be_adopted(
        &self,
        session: &Session<'_>,
        ledger: &Ledger,
    ) -> Result<(), ErrorKind> {
        // What is reverted to be applied again leaves an empty history behind in between.
        if ledger.is_as_expected || self.set.is_empty() || self.rules.restores {
            return Ok(());
        }
        if !ledger.history().is_empty() {
            return self.must_be_adopted_to_the_end(session, ledger.history()).await;
        }
        let Some(applied) = self.applied_by_other(session).await? else { return Ok(()) };
        let origins = self.origins();
        let imported = origins.map(|origins| origins.tool);
        let imported = imported.filter(|tool| applied.history.known.tools.contains(tool));
        match imported {
            Some(tool) if !applied.history.is_near => Err(elsewhere(tool, &applied.history)),
            _ => {
                let missing = Missing::All { is_imported: imported.is_some() };
                Err(ErrorKind::NotAdopted(Box::new(NotAdopted { applied, missing })))
            }
        }
    }

    /// The same for a history that has rows: the other tool may have gone on, and a baseline may have stopped too early.
    async fn must_be_adopted_to_the_end(
        &self,
        session: &Session<'_>,
        history: &[HistoryRow],
    ) -> Result<(), ErrorKind> {
        let Some(origins) = self.origins() else { return Ok(()) };
        let here: BTreeSet<i64> = history.iter().map(|row| row.version).collect();
        let is_pending =
            |version: i64| !here.contains(&version) && self.set.iter().any(|one| one.version() == version);
        if !origins.origins.iter().any(|origin| is_pending(origin.version)) {
            return Ok(());
        }
        let tool = origins.tool;
        let mut found = self.other_histories(session).await?;
        found.retain(|one| one.known.tools.contains(&tool) && !self.is_beside(one.known));
        let has_near = found.iter().any(|one| one.is_near);
        // Where its table is at hand, one elsewhere is another application's.
        for theirs in found.into_iter().filter(|one| one.is_near == has_near) {
            let refused = |rows, missing| {
                let applied = Applied { history: theirs.clone(), rows };
                Err(ErrorKind::NotAdopted(Box::new(NotAdopted { applied, missing })))
            };
            let rows = match theirs.rows_if_readable(tool, self, session).await? {
                Some(rows) => rows,
                None if theirs.is_near => return refused(None, Missing::Unknown),
                None => continue,
            };
            let records = match other_tool::adopt(&origins, &rows, &here) {
                Ok(adoption) => adoption.records,
                Err(AdoptError::Nothing { .. }) => continue,
                // It may be another application's.
                Err(_) if !theirs.is_near => continue,
                Err(error) => return Err(ErrorKind::Unadoptable(error)),
            };
            let reverted = self.reverted_here(session, records.iter().map(|record| record.version)).await?;
            let pending = records
                .into_iter()
                .filter(|record| is_pending(record.version) && !reverted.contains(&record.version));
            let stems: Vec<String> = pending.map(|record| record.stem).collect();
            match stems.is_empty() {
                true => {}
                false if !theirs.is_near => return Err(elsewhere(tool, &theirs)),
                false => return refused(u64::try_from(rows.len()).ok(), Missing::Some(stems)),
            }
        }
        Ok(())
    }

    /// Which of these versions were in the history here and have been reverted: the other tool's rows do not count for them.
    async fn reverted_here(
        &self,
        session: &Session<'_>,
        versions: impl Iterator<Item = i64>,
    ) -> Result<BTreeSet<i64>, ErrorKind> {
        let versions: Vec<i64> = versions.collect();
        if versions.is_empty() {
            return Ok(BTreeSet::new());
        }
        let doing = Doing::ReadingLog(self.history.log());
        let question = self.history.select_reverted(&versions);
        match question::ask(session, &self.history, doing, &question).await {
            Ok(rows) => Ok(rows.iter().filter_map(|row| row.get(0)?.parse().ok()).collect()),
            Err(ErrorKind::Database { error, .. }) if ledger::is_missing(&error) => Ok(BTreeSet::new()),
            Err(kind) => Err(kind),
        }
    }

    /// The same for a verb that does not read the history.
    ///
    /// # Errors
    ///
    /// Those of [`must_be_adopted`](Self::must_be_adopted), and the history cannot be read.
    pub(crate) async fn must_have_been_adopted(&self, session: &Session<'_>) -> Result<(), ErrorKind> {
        let ledger = ledger::read(session, &self.history).await?;
        self.must_be_adopted(session, &ledger).await
    }

    /// Records what the tool has applied that the folder was imported from, by its history table and by `migrate.import`,
    /// which is embedded with the set: in one transaction, without running anything. That table is not touched.
    ///
    /// It may be called at each start, before [`run`](Self::run): what is recorded already stays, and what the other tool has
    /// applied since is recorded too. A database in which the other tool has applied nothing stays as it is.
    ///
    /// # Errors
    ///
    /// There is no `migrate.import`; the other tool has a migration that failed, or rows of which none is of this folder; the
    /// history here has a migration unfinished that the other tool has applied.
    pub async fn adopt(&self, client: &mut Client) -> Result<Adoption, Error> {
        let (start, mut report) = (Instant::now(), Report::default());
        let result = self.record_adopted(&mut self.session(client), &mut report).await;
        let (result, adoption) = match result {
            Ok(adoption) => (Ok(()), Some(adoption)),
            Err(kind) => (Err(kind), None),
        };
        let report = self.arrive(start, result, report)?;
        adoption.ok_or_else(|| Error::new(ErrorKind::NoProgress, self.set.folder(), report))
    }

    /// What [`adopt`](Self::adopt) would record. It writes nothing.
    ///
    /// # Errors
    ///
    /// Those of [`adopt`](Self::adopt).
    pub async fn preview_adopt(&self, client: &mut Client) -> Result<Adoption, Error> {
        let decision = self.decide_adoption(&self.session(client)).await;
        decision.map(|decision| decision.adoption).map_err(|kind| self.error(kind))
    }

    async fn record_adopted(
        &self,
        session: &mut Session<'_>,
        report: &mut Report,
    ) -> Result<Adoption, ErrorKind> {
        loop {
            let Decision { mut adoption, ledger, steps } = self.decide_adoption(session).await?;
            if steps.is_empty() {
                return Ok(adoption);
            }
            let highest = Highest::of(ledger.history());
            let condition = if ledger.history().is_empty() {
                self.history.is_empty()
            } else {
                let unchanged = steps.iter().map(|step| self.history.is_unchanged(step, highest));
                unchanged.map(|one| format!("({one})")).collect::<Vec<_>>().join(" AND ")
            };
            let sql: Vec<String> = steps.iter().flat_map(|step| self.record(step, How::Baseline)).collect();
            if self.write_to(session, &ledger, &condition, &sql).await? {
                for step in &steps {
                    tracing::info!(
                        stem = step.stem(),
                        tool = adoption.tool,
                        "recorded what another tool has applied"
                    );
                    report.record(step);
                }
                adoption.is_done = true;
                return Ok(adoption);
            }
        }
    }

    async fn decide_adoption(&self, session: &Session<'_>) -> Result<Decision<'_>, ErrorKind> {
        let origins = self.origins().ok_or_else(|| {
            ErrorKind::NoImport(format!("{}/{LEDGER_FILE} is missing; `adopt` needs it", self.set.folder()))
        })?;
        let tool = origins.tool;
        if KnownHistory::of(tool).is_none() {
            return Err(ErrorKind::Unadoptable(AdoptError::NoTable(tool)));
        }
        let ledger = ledger::read(session, &self.history).await?;
        let found = self.other_histories(session).await?;
        let found = found.into_iter().filter(|found| found.known.tools.contains(&tool));
        let (near, far): (Vec<_>, Vec<_>) = found.partition(|found| found.is_near);
        let rows = match near.first() {
            Some(theirs) => theirs.rows(tool, self, session).await?,
            None => Vec::new(),
        };
        let here: BTreeSet<i64> =
            ledger.history().iter().filter(|row| is_recorded(row)).map(|row| row.version).collect();
        let matched = other_tool::adopt(&origins, &rows, &here);
        let is_nothing = matches!(matched, Err(AdoptError::Nothing { rows: 0 }));
        let mut matched = match matched {
            Ok(matched) => matched,
            Err(AdoptError::Nothing { rows: 0 }) => other_tool::Adoption::default(),
            Err(error) => return Err(ErrorKind::Unadoptable(error)),
        };
        let mut why_nothing = ALREADY;
        if is_nothing {
            let far = far.into_iter().filter(|theirs| !self.is_beside(theirs.known)).collect();
            why_nothing = self.why_nothing(session, &ledger, &origins, (near.first(), far)).await?;
        }
        if !near.is_empty() {
            let adopted =
                ledger.history().iter().filter(|row| row.state == RowState::Recorded(How::Baseline));
            let adopted = adopted.map(|row| row.version).collect();
            matched.warnings.extend(other_tool::reverted_there(&origins, &rows, &adopted));
        }
        let reverted =
            self.reverted_here(session, matched.records.iter().map(|record| record.version)).await?;
        for record in matched.records.extract_if(.., |record| reverted.contains(&record.version)) {
            matched.warnings.push(format!(
                "{} was reverted here, and {tool} still has its row: it stays pending; if the database has it, record it with \
                 `migrate skip VERSION`",
                record.stem
            ));
        }
        for record in &matched.records {
            self.must_have(record.version)?;
            // It is not among those that are recorded.
            if ledger.history().iter().any(|row| row.version == record.version) {
                return Err(ErrorKind::UnfinishedHere { tool, stem: record.stem.clone() });
            }
        }
        let versions = matched.versions();
        let migrations = self.set.iter().filter(|migration| versions.contains(&migration.version()));
        let steps = migrations.map(|migration| Step::apply(migration, None)).collect();
        let is_pending = |version: i64| !versions.contains(&version) && !here.contains(&version);
        let pending = self.set.iter().filter(|migration| is_pending(migration.version()));
        let pending = pending.map(|migration| migration.stem().to_owned()).collect();
        let adopted = |record: other_tool::Record| Adopted {
            version: record.version,
            stem: record.stem,
            from: record.from,
            proof: record.proof,
        };
        let adoption = Adoption {
            tool: tool.name(),
            records: matched.records.into_iter().map(adopted).collect(),
            pending,
            warnings: matched.warnings,
            why_nothing,
            is_done: false,
        };
        Ok(Decision { adoption, ledger, steps })
    }

    /// Why there is nothing to record, where the other tool has no row.
    ///
    /// # Errors
    ///
    /// It may have applied something all the same, or its table is somewhere else.
    async fn why_nothing(
        &self,
        session: &Session<'_>,
        ledger: &Ledger,
        origins: &Origins,
        (near, far): (Option<&OtherHistory>, Vec<OtherHistory>),
    ) -> Result<&'static str, ErrorKind> {
        for theirs in far {
            if theirs.lists_any_of(origins, self, session).await? {
                return Err(elsewhere(origins.tool, &theirs));
            }
        }
        if !ledger.history().is_empty() {
            return Ok(NEVER);
        }
        if self.has_other_tables(session).await? {
            let whereabouts = near.map_or(Whereabouts::Nowhere, |near| Whereabouts::Empty(near.shown()));
            return Err(ErrorKind::NoOtherHistory { tool: origins.tool, whereabouts });
        }
        Ok(FRESH)
    }

    /// Whether something is there that no migration of this set and no extension has made.
    async fn has_other_tables(&self, session: &Session<'_>) -> Result<bool, ErrorKind> {
        let rows = question::ask(session, &self.history, Doing::LookingForOthers, &self.has_tables()).await?;
        Ok(rows.first().and_then(|row| row.get(0)) == Some("t"))
    }
}

fn elsewhere(tool: Tool, theirs: &OtherHistory) -> ErrorKind {
    let (table, search_path) = (theirs.shown(), theirs.search_path());
    ErrorKind::NoOtherHistory { tool, whereabouts: Whereabouts::Elsewhere { table, search_path } }
}

fn is_recorded(row: &HistoryRow) -> bool {
    matches!(row.state, RowState::Recorded(_))
}
