//! Which of our migrations a database has, by the rows of the other tool's history table. It decides; recording is the
//! runtime's.

use std::collections::BTreeSet;
use std::fmt;

use super::known::KnownHistory;
use super::origins::{Origin, Origins};
use super::tool::Tool;
use super::version;
use crate::code::Code;

/// A row of the tool's table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What the migration is known by.
    pub key: String,
    /// Its checksum, where the tool keeps one.
    pub checksum: Option<String>,
    /// `done`; `failed`, which includes begun and not finished; `rolled back`, as somebody told the tool; `baseline`, which
    /// stands for everything up to it.
    pub standing: String,
}

/// What is to be recorded, and what somebody should know before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Adoption {
    /// The migrations that the database has, in our order.
    pub records: Vec<Record>,
    /// The names of those that it does not have, in our order: the next run applies them.
    pub pending: Vec<String>,
    /// What does not agree, each in a sentence.
    pub warnings: Vec<String>,
}

impl Adoption {
    /// The versions that are to be recorded.
    pub fn versions(&self) -> Vec<i64> {
        self.records.iter().map(|record| record.version).collect()
    }
}

/// A migration that the database has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Our version.
    pub version: i64,
    /// The name of our file, without its ending.
    pub stem: String,
    /// The file that it was made of.
    pub from: String,
    /// What shows that this is what was applied.
    pub proof: Proof,
}

/// What shows that a file is what was applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The checksum that the tool kept is that of the file.
    Same,
    /// The tool kept none: its version is all there is.
    NotKept,
    /// The checksum that the tool kept is another one.
    Differs,
}

/// Why a database cannot be adopted as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AdoptError {
    /// The tool has no history table.
    NoTable(Tool),
    /// A migration failed, or was begun and not finished.
    Failed {
        /// The tool.
        tool: Tool,
        /// What its row is known by.
        key: String,
    },
    /// The table keeps the newest migration only, and there is no file for it.
    NewestUnknown {
        /// What its row is known by.
        key: String,
    },
    /// One file stands for many migrations, of which the database does not have all.
    Partly {
        /// The file.
        from: String,
        /// What those are known by that it does not have.
        missing: Vec<String>,
    },
    /// There is nothing to record.
    Nothing {
        /// How many rows there are, none of which is of a file that was imported.
        rows: usize,
    },
    /// The third column says something else than it may.
    UnknownStanding(String),
}

impl AdoptError {
    /// The kind of error that it is.
    pub fn code(&self) -> Code {
        match self {
            Self::NoTable(_)
            | Self::Failed { .. }
            | Self::NewestUnknown { .. }
            | Self::Partly { .. }
            | Self::Nothing { .. } => Code::M0935,
            Self::UnknownStanding(_) => Code::M0934,
        }
    }
}

impl fmt::Display for AdoptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTable(tool) => {
                match tool {
                    Tool::Plain => f.write_str("a folder of SQL files has")?,
                    tool => write!(f, "{tool} has")?,
                }
                f.write_str(" no history table to adopt: record what the database has with `baseline`")
            }
            Self::Failed { tool, key } => {
                write!(f, "{tool} has recorded {key} as failed or not finished: {}", remedy(*tool))
            }
            Self::NewestUnknown { key } => write!(
                f,
                "the database is at {key}, and no file of that version was imported: check out the migrations that it \
                 was migrated with, and import those"
            ),
            Self::Partly { from, missing } => write!(
                f,
                "the database lacks {} of the migrations that {from} stands for: apply them with the tool that they are \
                 written for, then adopt",
                listed(missing)
            ),
            Self::Nothing { rows: 0 } => {
                f.write_str("its history table has no row: nothing has been applied, and `up` applies it all")
            }
            Self::Nothing { rows } => write!(
                f,
                "none of the {rows} rows in its history table is of a file that was imported: is it the right database?"
            ),
            Self::UnknownStanding(word) => {
                write!(f, "a row stands as `{word}`: the query was not that of this crate")
            }
        }
    }
}

impl std::error::Error for AdoptError {}

/// What to do about a migration that failed.
fn remedy(tool: Tool) -> &'static str {
    match tool {
        Tool::GolangMigrate => {
            "bring the schema to where a version begins or ends, say which with `migrate force VERSION`, then adopt"
        }
        Tool::Prisma => {
            "bring the schema to where the migration begins or ends, say which with `prisma migrate resolve --rolled-back` \
             or `--applied`, then adopt"
        }
        Tool::Flyway => "undo by hand what it left, run `flyway repair`, then adopt",
        _ => "finish it with that tool, then adopt",
    }
}

/// The first of them, and how many more.
pub fn listed(keys: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown = keys.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    match keys.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Matches the rows of a tool's history table with what was imported, but for the versions that are recorded here already.
///
/// # Errors
///
/// Something has to be done first, or there is nothing to record.
pub fn adopt(origins: &Origins, rows: &[Row], recorded: &BTreeSet<i64>) -> Result<Adoption, AdoptError> {
    let tool = origins.tool;
    if KnownHistory::of(tool).is_none() {
        return Err(AdoptError::NoTable(tool));
    }
    for row in rows {
        match row.standing.as_str() {
            "done" | "rolled back" | "baseline" => {}
            "failed" => return Err(AdoptError::Failed { tool, key: row.key.clone() }),
            other => return Err(AdoptError::UnknownStanding(other.to_owned())),
        }
    }
    let mut warnings = Vec::new();
    let is_imported = |row: &&Row| origins.origins.iter().any(|origin| matches(origins, origin, row));
    for row in rows.iter().filter(|row| !is_imported(row)) {
        match row.standing.as_str() {
            "done" if tool == Tool::GolangMigrate => {
                return Err(AdoptError::NewestUnknown { key: row.key.clone() });
            }
            "done" => warnings.push(format!(
                "{tool} has applied {}, for which no file was imported: it is not recorded, and what it did is in no \
                 migration here",
                row.key
            )),
            _ => {}
        }
    }
    let found = found(origins, rows);
    if found.iter().all(|(_, proof)| proof.is_none()) {
        let rows = rows.iter().filter(|row| row.standing != "rolled back").count();
        return Err(AdoptError::Nothing { rows });
    }
    sum_up(origins, &found, recorded, warnings)
}

/// What was recorded here because the tool had applied it, and is in its table no longer: a sentence for each version.
pub fn reverted_there(origins: &Origins, rows: &[Row], adopted: &BTreeSet<i64>) -> Vec<String> {
    let tool = origins.tool;
    let found = found(origins, rows);
    let mut lost: Vec<&Origin> = Vec::new();
    for (origin, _) in &found {
        let mut of_version = found.iter().filter(|(other, _)| other.version == origin.version);
        let is_listed = lost.last().is_some_and(|last| last.version == origin.version);
        if adopted.contains(&origin.version) && !is_listed && of_version.all(|(_, proof)| proof.is_none()) {
            lost.push(origin);
        }
    }
    let warning = |origin: &&Origin| {
        format!(
            "{} is recorded here, but {tool} has no row for it: if {tool} reverted it, apply it there again, or write a \
             migration that follows",
            origin.stem
        )
    };
    lost.iter().map(warning).collect()
}

/// Each of the origins, and what shows that it is applied.
fn found<'o>(origins: &'o Origins, rows: &[Row]) -> Vec<(&'o Origin, Option<Proof>)> {
    let covered = covered(origins, rows);
    let is_done = |row: &&Row| row.standing == "done";
    let with_proof = |(origin, nth): (&'o Origin, usize)| {
        let row = rows.iter().filter(is_done).rfind(|row| matches(origins, origin, row));
        (origin, row.map(|row| proof(origin, row)).or((nth <= covered).then_some(Proof::NotKept)))
    };
    origins.origins.iter().zip(1..).map(with_proof).collect()
}

/// Whether a row is that of a migration.
fn matches(origins: &Origins, origin: &Origin, row: &Row) -> bool {
    let canonical = |key: &str| Origins::canonical(origins.tool, key);
    if canonical(&origin.key) == canonical(&row.key) {
        return true;
    }
    // Drizzle's key is a time, which changes when its journal is written again. The hash is that of the file.
    let has_hash =
        |origin: &&Origin| row.checksum.as_ref().is_some_and(|kept| origin.checksums.contains(kept));
    origins.tool == Tool::Drizzle
        && has_hash(&origin)
        && origins.origins.iter().filter(has_hash).count() == 1
        && !origins.origins.iter().any(|other| other.key == row.key)
}

/// How many of the origins are applied because a row stands for all up to it.
fn covered(origins: &Origins, rows: &[Row]) -> usize {
    let all = &origins.origins;
    match origins.tool {
        Tool::GolangMigrate => {
            let newest = all.iter().rposition(|origin| rows.iter().any(|row| matches(origins, origin, row)));
            newest.map_or(0, |newest| newest + 1)
        }
        Tool::Flyway => {
            let baselines: Vec<&Row> = rows.iter().filter(|row| row.standing == "baseline").collect();
            let is_in = |origin: &&Origin| {
                baselines.iter().any(|row| version::by_parts(&origin.key, &row.key).is_le())
            };
            all.iter().filter(is_in).count()
        }
        _ => 0,
    }
}

fn proof(origin: &Origin, row: &Row) -> Proof {
    match &row.checksum {
        Some(kept) if origin.checksums.contains(kept) => Proof::Same,
        Some(_) if !origin.checksums.is_empty() => Proof::Differs,
        _ => Proof::NotKept,
    }
}

fn sum_up(
    origins: &Origins,
    found: &[(&Origin, Option<Proof>)],
    recorded: &BTreeSet<i64>,
    mut warnings: Vec<String>,
) -> Result<Adoption, AdoptError> {
    let tool = origins.tool;
    let mut records: Vec<Record> = Vec::new();
    let mut pending: Vec<String> = Vec::new();
    let versions: BTreeSet<i64> = found.iter().map(|(origin, _)| origin.version).collect();
    for version in versions.into_iter().filter(|version| !recorded.contains(version)) {
        let of_version: Vec<_> = found.iter().filter(|(origin, _)| origin.version == version).collect();
        let Some((origin, proof)) = of_version.first() else { continue };
        let missing: Vec<String> = of_version
            .iter()
            .filter(|(_, proof)| proof.is_none())
            .map(|(origin, _)| origin.key.clone())
            .collect();
        match proof.or(of_version.iter().find_map(|(_, proof)| *proof)) {
            None => pending.push(origin.stem.clone()),
            Some(_) if !missing.is_empty() => {
                return Err(AdoptError::Partly { from: origin.from.clone(), missing });
            }
            Some(proof) => {
                if proof == Proof::Differs {
                    warnings.push(format!(
                        "{} was applied with another text than {} has now, as the checksums of {tool} differ: what was \
                         edited since is not in the database",
                        origin.key, origin.from
                    ));
                }
                let (stem, from) = (origin.stem.clone(), origin.from.clone());
                records.push(Record { version, stem, from, proof });
            }
        }
    }
    let newest = records.iter().map(|record| record.version).chain(recorded.iter().copied()).max();
    let is_overtaken = |origin: &&Origin| {
        pending.contains(&origin.stem) && newest.is_some_and(|newest| origin.version < newest)
    };
    let overtaken: Vec<String> = found
        .iter()
        .map(|(origin, _)| *origin)
        .filter(is_overtaken)
        .map(|origin| origin.stem.clone())
        .collect();
    if !overtaken.is_empty() {
        warnings.push(format!(
            "{} was not applied, and comes before what was: apply it with {tool}, or record it with `migrate skip VERSION` \
             if the database has it",
            listed(&overtaken)
        ));
    }
    Ok(Adoption { records, pending, warnings })
}
