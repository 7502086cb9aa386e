//! `lint`: what is dangerous on a database that is in use.

use std::path::Path;

use migrate_check::{Level, report};
use migrate_runtime::cli::Terminal;
use migrate_source::Code;
use serde_json::{Value, json};

use crate::Answer;
use crate::args::{self, OutputFormat};
use crate::failure::{Failure, count};
use crate::say;

pub(crate) fn lint(
    folder: &Path,
    lint: &args::Lint,
    format: OutputFormat,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    let hazards = migrate_check::lint(folder).inspect_err(|faults| match format {
        OutputFormat::Sarif => terminal.verbatim(&report::sarif_faults(faults)),
        OutputFormat::Github => terminal.verbatim(&report::github_faults(faults)),
        OutputFormat::Human | OutputFormat::Json => {}
    })?;
    if let Ok(loaded) = migrate_source::load_with_drafts(folder, &()) {
        for warning in loaded.warnings() {
            say::warning(terminal, &warning);
        }
    }
    match format {
        OutputFormat::Human if hazards.is_empty() && is_sealed(folder)? => {
            terminal.result("nothing to check: all files are sealed");
        }
        OutputFormat::Human => terminal.verbatim(&report::human(&hazards)),
        OutputFormat::Sarif => terminal.verbatim(&report::sarif(&hazards)),
        OutputFormat::Github => terminal.verbatim(&report::github(&hazards)),
        OutputFormat::Json => {}
    }
    let denied = hazards.iter().filter(|hazard| hazard.level() == Level::Deny).count();
    let all = hazards.len();
    let fails = denied > 0 || (lint.strict && all > 0);
    let hazards: Value = serde_json::from_str(&report::json(&hazards)).unwrap_or_default();
    let object = json!({ "hazards": hazards });
    if !fails {
        return Ok(Answer::done(object));
    }
    let (number, how) = if denied > 0 { (denied, "denied") } else { (all, "found, and the lint is strict") };
    let failure = Failure::new(
        Code::M0212,
        format!("{} {how}", count(number, "hazard")),
        "change the script as the help says; or, where it is meant, write `-- migrate: allow <lint>, <reason>` before the \
         statement",
    );
    Ok(Answer::Refused(object, failure))
}

/// Whether no file is a draft: what is sealed is not checked again.
fn is_sealed(folder: &Path) -> Result<bool, Failure> {
    let loaded = migrate_source::load_with_drafts(folder, &())?;
    Ok(loaded.has_lock && loaded.drafts.is_empty())
}
