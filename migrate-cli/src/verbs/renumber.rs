//! `renumber`: moves drafts behind what is sealed.

use std::path::Path;
use std::time::SystemTime;

use migrate_runtime::cli::Terminal;
use serde_json::{Value, json};

use crate::Answer;
use crate::args;
use crate::failure::Failure;
use crate::say;

pub(crate) fn renumber(
    folder: &Path,
    renumber: &args::Renumber,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    let only: Vec<String> =
        renumber.only.iter().map(|name| migrate_source::stem_of(name).to_owned()).collect();
    let renumbered = migrate_source::renumber(folder, &only, SystemTime::now())?;
    if !renumbered.finished.is_empty() {
        terminal.note("an earlier run was cut; this is what it had left to do:");
    }
    for (from, to) in &renumbered.finished {
        say::done(terminal, &format!("{from} → {to}"));
    }
    for (from, to) in &renumbered.renamed {
        say::done(terminal, &format!("{from} → {to}"));
    }
    if renumbered.finished.is_empty() && renumbered.renamed.is_empty() {
        terminal.result("nothing to move: every draft is behind what is sealed");
    } else {
        say::next(
            terminal,
            "commit the new names; a development database that has applied one under its old version is built anew by \
             `migrate reset`",
        );
    }
    let all = renumbered.finished.iter().chain(&renumbered.renamed);
    let renamed: Value = all.map(|(from, to)| json!({ "from": from, "to": to })).collect();
    Ok(Answer::done(json!({ "renamed": renamed })))
}
