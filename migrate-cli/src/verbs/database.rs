//! The verbs on a database, which the runtime has: they get the folder.

use std::collections::BTreeMap;
use std::path::PathBuf;

use migrate_runtime::MigrationSet;
use migrate_runtime::cli::{self, Hazard, Hazards, Target, Terminal, Verb};
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
    let (set, production, applying, drafts) = match (loaded, verb) {
        (Ok(loaded), _) => {
            let left_out = [&*loaded.unfinished, &*loaded.waiting].concat();
            let drafts = (loaded.sealed, left_out, loaded.warnings());
            (MigrationSet::from(loaded.set), loaded.production, loaded.applying, drafts)
        }
        // What these say is of the database alone.
        (Err(_), Verb::Wait(_) | Verb::History(_)) if named.is_none() => {
            (MigrationSet::EMPTY, None, Applying::default(), (i64::MAX, Vec::new(), Vec::new()))
        }
        (Err(failure), _) => return Err(failure),
    };
    let hazards = folder.ok().map(hazards_of);
    let target = Target { hazards, ..common.target(production) };
    let runner = common.runner(&set, &applying)?.with_drafts(drafts.0, drafts.1, drafts.2);
    let exit = Box::pin(cli::run(verb, &target, runner, terminal)).await;
    Ok(Answer::Told(exit))
}

/// What is dangerous in files of the folder.
fn hazards_of(folder: PathBuf) -> Hazards {
    Hazards::new(move |paths| {
        // As the set has them: the name of the folder, and the file.
        let named = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
        let found = migrate_check::lint_pending(&folder, paths.iter().map(|path| named(path)).collect());
        let shown: BTreeMap<String, &String> = paths.iter().map(|path| (named(path), path)).collect();
        let found = found.unwrap_or_default().into_iter();
        let shown = found.filter_map(|hazard| {
            let name = hazard.path().file_name()?.to_str()?;
            Some(Hazard {
                path: (*shown.get(name)?).clone(),
                line: hazard.line(),
                column: hazard.column(),
                lint: hazard.lint().name().to_owned(),
                message: hazard.message().to_owned(),
                help: hazard.help(),
            })
        });
        shown.collect()
    })
}
