//! The verbs on a database, which the runtime has: they get the folder.

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
    let loaded = folder::find(common.dir.as_deref())
        .and_then(|folder| migrate_check::load(&folder).map_err(Failure::from));
    let (set, production, applying, drafts) = match (loaded, verb) {
        (Ok(loaded), _) => {
            let drafts = (loaded.sealed, loaded.warnings());
            (MigrationSet::from(loaded.set), loaded.production, loaded.applying, drafts)
        }
        // What these say is of the database alone.
        (Err(_), Verb::Wait(_) | Verb::History(_)) if common.dir.is_none() => {
            (MigrationSet::EMPTY, Vec::new(), Applying::default(), (i64::MAX, Vec::new()))
        }
        (Err(failure), _) => return Err(failure),
    };
    let target = common.target(production);
    let runner = common.runner(&set, &applying)?.with_drafts(drafts.0, drafts.1);
    let exit = Box::pin(cli::run(verb, &target, runner, terminal)).await;
    Ok(Answer::Told(exit))
}
