//! `fleet`: the runtime does it; here the two folders are loaded.

use std::path::Path;

use migrate_runtime::MigrationSet;
use migrate_runtime::cli::{self, Terminal};
use migrate_source::Loaded;

use super::fleet_verify;
use crate::Answer;
use crate::args::{Common, Fleet, FleetVerb};
use crate::failure::Failure;
use crate::{folder, stage};

pub(crate) async fn fleet(
    fleet: &Fleet,
    common: &Common,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    let tenants = load(fleet.tenants.as_deref().or(common.dir.as_deref()), terminal)?;
    let master = fleet.master.as_deref().map(|master| load(Some(master), terminal)).transpose()?;
    let mut production = tenants.production.clone();
    production.extend(master.iter().flat_map(|master| master.production.iter().cloned()));
    let target = common.target(production);
    let set = MigrationSet::from(tenants.set);
    let runner = common.runner(&set, &tenants.applying)?;
    let verb = match &fleet.verb {
        FleetVerb::Runtime(verb) => verb,
        FleetVerb::Verify(verify) => {
            let history = common.history_table(&tenants.applying)?.unwrap_or_else(stage::history_table);
            return fleet_verify::verify(verify, &target, (&set, runner, history), terminal).await;
        }
    };
    let master_set = master.as_ref().map(|master| MigrationSet::from(master.set.clone()));
    let applying = master.map(|master| master.applying).unwrap_or_default();
    // What is said of the history's table by an option is said of both.
    let master = master_set.as_ref().map(|set| common.runner(set, &applying)).transpose()?;
    let exit = Box::pin(cli::fleet::run(verb, &target, master, runner, terminal)).await;
    Ok(Answer::Told(exit))
}

fn load(named: Option<&Path>, terminal: &mut Terminal) -> Result<Loaded, Failure> {
    folder::load(&folder::find(named)?, terminal)
}
