//! `renumber`: moves drafts behind what was there first. What that is, the lock file says, the branch, the database, or whoever
//! is at the terminal.

use std::path::Path;
use std::time::{Duration, SystemTime};

use migrate_runtime::MigrationSet;
use migrate_runtime::cli::{self, Terminal};
use migrate_source::{Applying, Code, Evidence, MigrationName, RenumberError, Renumbered};
use serde_json::{Value, json};

use crate::Answer;
use crate::args::{self, Common};
use crate::failure::Failure;
use crate::git;
use crate::say;
use crate::scratch::Connection;

/// A database that does not answer in this time is not asked: without it there is a question, or an error that says what to do.
const PATIENCE: Duration = Duration::from_secs(5);

pub(crate) async fn renumber(
    folder: &Path,
    renumber: &args::Renumber,
    common: &Common,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    let mut evidence = evidence(folder, common, terminal).await?;
    let mut only = renumber.only.clone();
    let renumbered = loop {
        match migrate_source::renumber(folder, &only, &evidence, SystemTime::now()) {
            Err(RenumberError::WhichOne { stems }) if terminal.is_attended() => {
                only = vec![ask(stems, terminal).await?];
            }
            Err(error @ (RenumberError::Upstream { .. } | RenumberError::Applied { .. }))
                if terminal.is_attended() =>
            {
                confirm(error, terminal).await?;
                evidence.moves_known = true;
            }
            renumbered => break renumbered?,
        }
    };
    let is_known = evidence.upstream.is_some() || evidence.applied.is_some();
    Ok(tell(&renumbered, &renumber.only, is_known, terminal))
}

/// Asks which of several migrations with one version is to move.
async fn ask(stems: Vec<String>, terminal: &mut Terminal) -> Result<MigrationName, Failure> {
    terminal.listen();
    terminal.note(&format!("these have one version: {}", stems.join(", ")));
    let answer = terminal.ask("Which one has no database applied, so that it can move?").await;
    if terminal.was_interrupted() {
        return Err(Failure::interrupted("nothing was renamed"));
    }
    let named: Option<MigrationName> = answer.and_then(|answer| answer.parse().ok());
    let Some(named) = named else { return Err(RenumberError::WhichOne { stems }.into()) };
    match named.find(stems.iter().map(String::as_str)) {
        Ok(stem) => Ok(stem.parse().unwrap_or(named)),
        Err(error) => Err(RenumberError::Name(error).into()),
    }
}

/// Asks whether one moves that the branch or the database has.
async fn confirm(error: RenumberError, terminal: &mut Terminal) -> Result<(), Failure> {
    terminal.listen();
    terminal.note(error.to_string().lines().next().unwrap_or_default());
    let answer = terminal.ask("Move it all the same? [y/N]").await;
    if terminal.was_interrupted() {
        return Err(Failure::interrupted("nothing was renamed"));
    }
    match answer {
        Some(answer) if answer.trim().eq_ignore_ascii_case("y") => Ok(()),
        _ => Err(error.into()),
    }
}

fn tell(renumbered: &Renumbered, only: &[MigrationName], is_known: bool, terminal: &mut Terminal) -> Answer {
    if !renumbered.finished.is_empty() {
        terminal.note("an earlier run was cut; this is what it had left to do:");
    }
    let all = || renumbered.finished.iter().chain(&renumbered.renamed);
    for (from, to) in all() {
        say::done(terminal, &format!("{from} → {to}"));
    }
    if all().next().is_some() {
        say::next(
            terminal,
            "commit the new names; a development database that has applied one under its old version is built anew by \
             `migrate reset`",
        );
    } else {
        terminal.result(&match only {
            [_, ..] => format!("nothing to move: {} behind all others", are(only)),
            _ if renumbered.has_lock => "nothing to move: every draft is behind what is sealed".to_owned(),
            _ if is_known => "nothing to move: no migration comes before one that was there first".to_owned(),
            _ => "nothing to move: no two migrations have one version".to_owned(),
        });
        if let Some(stem) = renumbered.last_but_one.as_ref().filter(|_| !renumbered.has_lock && !is_known) {
            say::next(
                terminal,
                &format!(
                    "if one was merged late, name it, e.g. `migrate renumber {stem}`: without a lock file, a branch or a \
                     database, nothing says which that is"
                ),
            );
        }
    }
    let renamed: Value = all().map(|(from, to)| json!({ "from": from, "to": to })).collect();
    Answer::done(json!({ "renamed": renamed }))
}

/// Those that were named, and the verb.
fn are(named: &[MigrationName]) -> String {
    let names: Vec<String> = named.iter().map(|name| format!("`{name}`")).collect();
    format!("{} {}", names.join(", "), if names.len() == 1 { "is" } else { "are" })
}

/// What the repository and the database know. Neither has to be there.
///
/// # Errors
///
/// The database was named on the command line, and cannot be understood.
async fn evidence(folder: &Path, common: &Common, terminal: &mut Terminal) -> Result<Evidence, Failure> {
    let upstream = git::upstream(folder);
    if let Some(upstream) = &upstream {
        terminal.note(&format!("compared with {}", upstream.branch));
    }
    let upstream = upstream.map(|upstream| migrate_source::versions_of(&upstream.files));
    let (applying, production) = migrate_source::settings(folder).unwrap_or_default();
    let target = common.target(production);
    let moves_known = target.yes;
    let database = match cli::resolve(&target) {
        Ok(database) => database,
        Err(why) if target.database_url.is_some() => return Err(why.into()),
        Err(why) => {
            if why.code() != Code::M0501 {
                let why = why.to_string();
                terminal.note(&format!(
                    "not compared with a database: {}",
                    why.lines().next().unwrap_or_default()
                ));
            }
            return Ok(Evidence { upstream, moves_known, ..Evidence::default() });
        }
    };
    let is_production = cli::why_production(&database, &target).is_some();
    let said = tokio::time::timeout(PATIENCE, applied(&database, common, &applying)).await;
    let (compared, applied) = match said {
        Ok(Ok(applied)) => (format!("compared with the database: {database}"), Some(applied)),
        Ok(Err(failure)) => {
            let why = failure.text().lines().next().unwrap_or_default();
            (format!("not compared with a database: {why}"), None)
        }
        Err(_) => (format!("not compared with a database: {database} did not answer"), None),
    };
    terminal.note(&compared);
    Ok(Evidence { upstream, applied, is_production, moves_known })
}

/// The migrations that a database has, by version and description.
async fn applied(
    database: &cli::Database,
    common: &Common,
    applying: &Applying,
) -> Result<Vec<(i64, String)>, Failure> {
    let mut connection = Connection::open(database.url()).await?;
    // The folder may not load: that two migrations have one version is why this is asked.
    let status = common.runner(&MigrationSet::EMPTY, applying)?.status(&mut connection.client).await;
    connection.close().await;
    let status = status.map_err(|error| Failure::of_run(&error))?;
    let description = |stem: &str| stem.split_once('_').map_or("", |(_, description)| description).to_owned();
    let migrations = status.migrations().iter();
    Ok(migrations.map(|one| (one.version(), description(one.stem()))).collect())
}
