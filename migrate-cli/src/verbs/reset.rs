//! `reset`: drops the database and builds it anew.

use std::path::Path;

use migrate_runtime::MigrationSet;
use migrate_runtime::cli::{self, Database, Target, Terminal};
use serde_json::json;

use migrate_source::Code;

use crate::Answer;
use crate::args::Common;
use crate::failure::{Failure, count};
use crate::say;
use crate::scratch;

pub(crate) async fn reset(
    folder: &Path,
    common: &Common,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    // Before anything is dropped that could not be built again.
    let loaded = crate::folder::load(folder, terminal)?;
    let target = common.target(loaded.production);
    let set = MigrationSet::from(loaded.set);
    let runner = common.runner(&set, &loaded.applying)?;
    let database = cli::resolve(&target)?;
    terminal.note(&format!("database: {database}"));
    agree(&database, &target, terminal).await?;

    scratch::recreate(database.url(), database.exact_name()).await?;
    say::done(terminal, &format!("dropped {} and created it anew", database.name()));
    let report = cli::apply(&database, runner, terminal).await.map_err(Failure::from)?;
    let at = report.current().map(|stem| format!(": the database is at {stem}")).unwrap_or_default();
    terminal.done(&format!("applied {}{at}", count(report.applied().len(), "migration")));
    let applied: Vec<&str> = report.applied().iter().map(migrate_runtime::Done::stem).collect();
    Ok(Answer::done(json!({ "database": database.to_string(), "applied": applied })))
}

/// Nothing is dropped by mistake.
async fn agree(database: &Database, target: &Target, terminal: &mut Terminal) -> Result<(), Failure> {
    let name = database.name();
    if let Some(why) = cli::why_production(database, target) {
        let names_mean_nothing = Target { no_production: true, ..target.clone() };
        let help = match cli::why_production(database, &names_mean_nothing) {
            Some(_) => "to go back there, revert with `migrate down`, or restore a backup",
            None => {
                "revert with `migrate down` instead; if it is not production, set `production = []` in migrate.toml"
            }
        };
        return Err(Failure::new(Code::M0907, format!("{name} {why}: `reset` never drops it"), help));
    }
    if target.yes {
        return Ok(());
    }
    if !terminal.is_attended() {
        return Err(Failure::new(
            Code::M0906,
            format!("`reset` would delete everything in {name}, and there is no terminal to confirm at"),
            "pass --yes if that database may be deleted",
        ));
    }
    terminal.listen();
    terminal.note(&format!("All that is in {name} will be lost."));
    match terminal.ask("Type the name of the database to go on:").await {
        Some(answer) if answer == name => Ok(()),
        _ if terminal.was_interrupted() => Err(Failure::interrupted("nothing was done")),
        _ => Err(Failure::new(
            Code::M0906,
            "that is not its name: nothing was done",
            "type it as it is shown, or pass --yes",
        )),
    }
}
