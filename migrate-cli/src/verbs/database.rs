//! The verbs on a database, which the runtime has: they get the folder.

use std::path::Path;

use migrate_check::Hazard;
use migrate_runtime::MigrationSet;
use migrate_runtime::cli::{self, Terminal, Verb};
use migrate_source::Applying;

use crate::Answer;
use crate::args::Common;
use crate::failure::Failure;
use crate::folder;

pub(crate) async fn database(
    verb: &Verb,
    common: &Common,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    // A server that is waited for is nobody's in particular.
    let named = if matches!(verb, Verb::Wait(_)) { None } else { common.dir.as_deref() };
    let folder = folder::find(named);
    let loaded = folder
        .as_ref()
        .map_err(Failure::clone)
        .and_then(|folder| migrate_check::load(folder).map_err(Failure::from));
    let (set, production, applying) = match (loaded, verb) {
        (Ok(loaded), _) => (MigrationSet::from(loaded.set), loaded.production, loaded.applying),
        // What these say is of the database alone.
        (Err(_), Verb::Wait(_) | Verb::History(_)) if named.is_none() => {
            (MigrationSet::EMPTY, None, Applying::default())
        }
        (Err(failure), _) => return Err(failure),
    };
    let target = common.target(production);
    let runner = common.runner(&set, &applying)?;
    let hazards = || folder.as_deref().map(hazards).unwrap_or_default();
    let exit = Box::pin(cli::run_with(verb, &target, runner, &hazards, terminal)).await;
    Ok(Answer::Told(exit))
}

/// What is dangerous in the files, for whoever is asked before they are applied. A folder that has a fault was refused before.
fn hazards(folder: &Path) -> Vec<(String, String)> {
    let hazards = migrate_check::lint_sealed(folder).unwrap_or_default();
    let file = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let named =
        |hazard: &Hazard| (file(hazard.path()), format!("{} [{}]", hazard.message(), hazard.lint().name()));
    hazards.iter().map(named).collect()
}
