//! `lint`: what is dangerous on a database that is in use.

use std::path::Path;

use migrate_check::{Level, report};
use migrate_runtime::cli::Terminal;
use serde_json::{Value, json};

use crate::Answer;
use crate::args::{self, OutputFormat};
use crate::failure::Failure;
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
        OutputFormat::Human => terminal.verbatim(&report::human(&hazards)),
        OutputFormat::Sarif => terminal.verbatim(&report::sarif(&hazards)),
        OutputFormat::Github => terminal.verbatim(&report::github(&hazards)),
        OutputFormat::Json => {}
    }
    let denied = hazards.iter().filter(|hazard| hazard.level() == Level::Deny).count();
    if denied > 0 {
        say::next(
            terminal,
            "change the script as the help says; or, where it is meant, write `-- migrate: allow <lint>, <reason>` before \
             the statement",
        );
    }
    let fails = denied > 0 || (lint.strict && !hazards.is_empty());
    let hazards: Value = serde_json::from_str(&report::json(&hazards)).unwrap_or_default();
    Ok(Answer::Of(json!({ "hazards": hazards }), fails.into()))
}
