//! `fleet`: the runtime does it; here the two folders are loaded, and the check for drift comes with them.

use std::path::Path;

use migrate_runtime::MigrationSet;
use migrate_runtime::cli::{self, Terminal};
use migrate_runtime::fleet::Visit;
use migrate_source::Loaded;

use super::fleet_verify::{self, Bench, Compare};
use crate::Answer;
use crate::args::{Common, Fleet, FleetUp, FleetVerb};
use crate::failure::Failure;
use crate::{folder, scratch, stage};

pub(crate) async fn fleet(
    fleet: &Fleet,
    common: &Common,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    let tenants = load(fleet.tenants.as_deref().or(common.dir.as_deref()), terminal)?;
    let master = fleet.master.as_deref().map(|master| load(Some(master), terminal)).transpose()?;
    let declared = std::iter::once(&tenants).chain(&master).filter_map(|loaded| loaded.production.clone());
    let production = declared.reduce(|all, more| [all, more].concat());
    let target = common.target(production);
    let versions = MigrationSet::from(tenants.set.without_repeatables());
    let left_out = [&*tenants.unfinished, &*tenants.waiting].concat();
    let set = MigrationSet::from(tenants.set);
    let runner = common.runner(&set, &tenants.applying)?.with_drafts(i64::MAX, left_out, Vec::new());
    let history = common.history_table(&tenants.applying)?.unwrap_or_else(stage::history_table);
    let of_versions = common.runner(&versions, &tenants.applying)?;
    let master_set = master.as_ref().map(|master| MigrationSet::from(master.set.clone()));
    let applying = master.map(|master| master.applying).unwrap_or_default();
    // What is said of the history's table by an option is said of both.
    let master = master_set.as_ref().map(|set| common.runner(set, &applying)).transpose()?;
    let (verb, check) = match &fleet.verb {
        FleetVerb::Verify(verify) => {
            let bench = Bench::new(verify.dev_url.as_deref());
            let visit = Compare::new((&set, of_versions), history, &verify.look.pace, bench);
            return Box::pin(fleet_verify::verify(verify, &target, (runner, visit), terminal)).await;
        }
        FleetVerb::Up(FleetUp { up, check_drift, dev_url }) => {
            let verb = cli::fleet::FleetVerb::Up(up.clone());
            if *check_drift {
                // An interruption meanwhile is heard by the run, and ends it before a tenant is visited.
                terminal.listen();
                let bench = scratch::or_dropped(Bench::open(dev_url.as_deref(), &runner, &set)).await?;
                (verb, Some(Compare::new((&set, of_versions), history, &up.pace, bench)))
            } else {
                (verb, None)
            }
        }
        FleetVerb::Status(look) => (cli::fleet::FleetVerb::Status(look.clone()), None),
        FleetVerb::Plan(look) => (cli::fleet::FleetVerb::Plan(look.clone()), None),
    };
    let visit = check.as_ref().map(|check| check as &dyn Visit);
    let exit = Box::pin(cli::fleet::run(&verb, &target, master, runner, visit, terminal)).await;
    if let Some(check) = check {
        scratch::or_dropped(check.end()).await?;
    }
    Ok(Answer::Told(exit))
}

fn load(named: Option<&Path>, terminal: &mut Terminal) -> Result<Loaded, Failure> {
    folder::load(&folder::find(named)?, terminal)
}
