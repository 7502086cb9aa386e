//! A verb of a fleet from its beginning to its end: who is asked, what is done, what is shown meanwhile, and how Ctrl-C is
//! heard.

use std::pin::pin;
use std::time::Duration;

use migrate_source::Code;
use serde_json::{Map, Value, json};
use tokio::sync::mpsc::{self, UnboundedReceiver};

use super::args::{FleetVerb, Up};
use super::check::Check;
use super::list::{control_of, tenants_of};
use super::live::{Ear, Event, Live};
use super::{MASTER, show};
use crate::Runner;
use crate::cli::confirm::{Consent, confirm, confirm_fleet};
use crate::cli::terminal::{Terminal, printable};
use crate::cli::words::Words;
use crate::cli::{Database, Exit, Target, Told};
use crate::fleet::{
    Fleet, FleetError, FleetReport, Outcome, SharedRun, Stop, Tenant, TenantReport, Tenants, Visit,
};
use crate::plan::count;

const NO_CONTROL: &str =
    "the control database of --master is not given\nhelp: pass --database-url, or set DATABASE_URL";
const NO_LEDGER: &str =
    "the control database of --run is not given\nhelp: pass --database-url, or set DATABASE_URL";
const GIVEN_UP: &str = "interrupted three times, without waiting for the servers, which may still be at work\nhelp: rerun to \
                        continue; each tenant's history shows what was applied";
const INTERRUPTED: &str =
    "interrupted: tenants under way were finished, the others were not begun\nhelp: rerun to continue";
const INTERRUPTED_LATE: &str =
    "interrupted after every tenant had its turn\nhelp: rerun to see that nothing is left";
const MASTER_FIRST: &str = "no tenant was visited, because the control database's own migrations were not applied\nhelp: fix \
                            what is reported of (master), and rerun";

const OTHER_RUN: &str = "rerun with another name behind --run for the tenants that are not in this one";

/// What is to be done about a fleet in which a tenant needs attention, or had no turn.
fn trouble(report: &FleetReport, is_shared: bool) -> String {
    let all = count(report.tenants().len(), "tenant");
    // A shared run that is over gets no new tenants.
    let is_outside = |tenant: &&TenantReport| tenant.code() == Some(Code::M0713);
    let outside = report.tenants().iter().filter(is_outside).count();
    let not_begun = report.count(Outcome::NotBegun) - outside;
    let attention = report.tenants().iter().filter(|tenant| tenant.outcome().is_trouble()).count();
    let attention = attention - not_begun - outside;
    let mut what: Vec<String> = [
        (attention, "needs attention", "need attention"),
        (not_begun, "was not begun", "were not begun"),
        (outside, "is not in this run", "are not in this run"),
    ]
    .into_iter()
    .filter(|(number, ..)| *number > 0)
    .map(|(number, one, many)| format!("{number} of {all} {}", if number == 1 { one } else { many }))
    .collect();
    what.extend(report.stopped().map(|why| format!("the rollout stopped: {why}")));
    let retry = if is_shared { " with --retry-failed" } else { "" };
    let rerun = match attention {
        0 => format!("rerun{retry}"),
        _ => format!("fix it and rerun{retry}; finished tenants are skipped"),
    };
    let has_others = attention + not_begun > 0 || report.stopped().is_some();
    let help = match (outside > 0, has_others) {
        (false, _) => rerun,
        (true, false) => OTHER_RUN.to_owned(),
        (true, true) => format!("{OTHER_RUN}; for the others, {rerun}"),
    };
    format!("{}\nhelp: {help}", what.join("; "))
}

const TICK: Duration = Duration::from_millis(100);

/// How it ended that something was done with a fleet.
struct Ended {
    exit: Exit,
    fields: Map<String, Value>,
    problem: Option<Told>,
}

impl Ended {
    fn failed(exit: Exit, problem: Told) -> Self {
        Self { exit, fields: Map::new(), problem: Some(problem) }
    }
}

impl<T: Into<Told>> From<T> for Ended {
    fn from(problem: T) -> Self {
        Self::failed(Exit::Error, problem.into())
    }
}

/// Does what the verb says with every tenant, and prints what came of it. With a check, `up` leaves those tenants alone that
/// it finds something wrong with: see [`Fleet::check`].
pub async fn run(
    verb: &FleetVerb,
    target: &Target,
    master: Option<Runner<'_>>,
    tenants: Runner<'_>,
    check: Option<&dyn Visit>,
    terminal: &mut Terminal,
) -> Exit {
    terminal.set(target);
    terminal.listen();
    let words = Words::of(&tenants);
    let target = &target.with_production_of(&tenants);
    let control = control_of(verb.list(), target);
    let ended = match &control {
        Ok(control) => {
            let scene = Scene { verb, target, control: control.as_ref(), check, words };
            // On the heap: the future is handed on by whoever embeds this.
            Box::pin(scene.play(master, tenants, terminal)).await.unwrap_or_else(|ended| ended)
        }
        Err(why) => why.clone().into(),
    };
    let control = control.ok().flatten();
    let Ended { exit, mut fields, problem } = ended;
    if let Some(problem) = &problem {
        terminal.error(problem.code().as_str(), &words.say(problem.text()));
    }
    fields.insert("verb".to_owned(), json!(verb.name()));
    fields.insert("database".to_owned(), json!(control.map(|control| control.to_string())));
    fields.insert("exit_code".to_owned(), json!(exit.code()));
    let error = problem.map(|problem| {
        let text = words.say(problem.text());
        let ends = ["\nhelp: ", "\nnext: "].iter().find_map(|end| text.split_once(end));
        let (message, next) = ends.unzip();
        let message = message.unwrap_or_else(|| text.lines().next().unwrap_or_default());
        json!({ "code": problem.code().as_str(), "message": message, "details": text, "next": next })
    });
    fields.insert("error".to_owned(), error.unwrap_or_default());
    terminal.json_line(&Value::Object(fields));
    terminal.close(exit)
}

/// What a verb is done with.
struct Scene<'s> {
    verb: &'s FleetVerb,
    target: &'s Target,
    control: Option<&'s Database>,
    check: Option<&'s dyn Visit>,
    words: Words,
}

impl Scene<'_> {
    async fn play(
        self,
        master: Option<Runner<'_>>,
        tenants: Runner<'_>,
        terminal: &mut Terminal,
    ) -> Result<Ended, Ended> {
        if let Some(control) = self.control.filter(|_| self.verb.list().is_of_control() || master.is_some()) {
            terminal.note(&format!("control database: {control}"));
        }
        self.verb.pace().can_be_written()?;
        let mut fields = Map::new();
        // A file is read before anything is done. For the others the master's own migrations come first: they may be what
        // makes the list.
        let list = self.verb.list();
        let of_file = if list.is_of_control() { None } else { Some(tenants_of(list, None).await?) };
        let is_behind = match master {
            Some(master) => self.play_master(master, &mut fields, terminal).await?,
            None => false,
        };
        let listed = match of_file {
            Some(listed) => listed,
            None => tenants_of(list, self.control)
                .await
                .map_err(|why| Ended { fields: fields.clone(), ..why.into() })?,
        };
        let skipped = match listed.skipped().len() {
            0 => String::new(),
            skipped => {
                let names = crate::fleet::skipped(listed.skipped());
                printable(&format!("; {skipped} skipped as not PostgreSQL: {names}"))
            }
        };
        terminal.note(&format!("{}{skipped}", count(listed.list().len(), "tenant")));
        let up = if let FleetVerb::Up(up) = self.verb { Some(&**up) } else { None };
        if up.is_some()
            && let Some((why, exit)) = confirm_fleet(self.control, &listed, self.target, terminal).await
        {
            return Err(Ended { fields, ..Ended::failed(exit, why) });
        }
        let tenants = match up.and_then(|up| up.to.as_ref()) {
            Some(name) => {
                let version = name.version_in(tenants.set);
                tenants.target(version.map_err(|error| Told::new(error.code(), error.to_string()))?)
            }
            None => tenants,
        };
        let fleet = self.verb.pace().apply(Fleet::new(tenants));
        let (report, is_told) = match self.attend(fleet, &listed, up, terminal).await {
            Ok(attended) => attended,
            Err(ended) => return Err(Ended { fields, ..ended }),
        };
        Ok(self.tell(&report, is_told, is_behind, fields, terminal))
    }

    /// The control database's own migrations. True: it is behind.
    async fn play_master(
        &self,
        master: Runner<'_>,
        fields: &mut Map<String, Value>,
        terminal: &mut Terminal,
    ) -> Result<bool, Ended> {
        let control = self.control.ok_or_else(|| Told::new(Code::M0708, NO_CONTROL))?;
        if let FleetVerb::Up(_) = self.verb {
            match confirm(self.verb.name(), control, self.target, terminal).await {
                Consent::Given => {}
                Consent::Impossible(why) => return Err(why.into()),
                Consent::Declined => {
                    let is_told = terminal.was_interrupted();
                    let exit = if is_told { Exit::Interrupted } else { Exit::Error };
                    let code = if is_told { Code::M0908 } else { Code::M0906 };
                    let why = Told::new(code, "not confirmed: nothing was done");
                    return Err(Ended::failed(exit, why));
                }
            }
        }
        let only = Tenants::new([Tenant::new(MASTER, control.url())])?;
        let fleet = self.verb.pace().apply(Fleet::new(master));
        let (report, is_told) = self.attend(fleet, &only, None, terminal).await?;
        fields.insert("master".to_owned(), json!(report.tenants().first()));
        if is_told || !report.is_well() {
            let exit = show::exit(&report, is_told, false);
            let problem = Told::new(Code::M0709, MASTER_FIRST);
            return Err(Ended { fields: std::mem::take(fields), ..Ended::failed(exit, problem) });
        }
        let Some(master) = report.tenants().first() else { return Ok(false) };
        if !matches!(self.verb, FleetVerb::Up(_)) {
            let at = master.from().unwrap_or("none of its migrations");
            terminal.result(&format!("{MASTER}  {}  {at}", master.outcome()));
        }
        Ok(master.outcome() == Outcome::Behind)
    }

    fn tell(
        &self,
        report: &FleetReport,
        is_told: bool,
        master_is_behind: bool,
        mut fields: Map<String, Value>,
        terminal: &mut Terminal,
    ) -> Ended {
        let wants_pending = match self.verb {
            FleetVerb::Up(_) => {
                show::table(report, self.words, terminal);
                false
            }
            FleetVerb::Status(look) => {
                show::skew(report, self.words, terminal);
                look.exit_code
            }
            FleetVerb::Plan(look) => {
                show::plan(report, self.words, terminal);
                look.exit_code
            }
        };
        fields.insert("fleet".to_owned(), show::object(report));
        let unwritten = self.verb.pace().write_in(self.words, report, terminal);
        let mut exit = show::exit(report, is_told, wants_pending);
        if exit == Exit::Done && wants_pending && master_is_behind {
            exit = Exit::Pending;
        }
        let problem = match exit {
            Exit::Interrupted if report.count(Outcome::NotBegun) == 0 => {
                Some(Told::new(Code::M0908, INTERRUPTED_LATE))
            }
            Exit::Interrupted => Some(Told::new(Code::M0908, INTERRUPTED)),
            Exit::Error => Some(Told::new(Code::M0710, trouble(report, self.is_shared()))),
            _ => None,
        };
        if !unwritten.is_empty() {
            exit = Exit::Error;
        }
        let told: Vec<Told> = unwritten.into_iter().chain(problem).collect();
        let texts: Vec<&str> = told.iter().map(Told::text).collect();
        let problem = told.last().map(|last| Told::new(last.code(), texts.join("\n")));
        Ended { exit, fields, problem }
    }

    fn is_shared(&self) -> bool {
        matches!(self.verb, FleetVerb::Up(up) if up.run.is_some())
    }

    /// Does it, and shows it meanwhile. Ctrl-C once: what is under way is finished. Twice: it is given up.
    async fn attend(
        &self,
        fleet: Fleet<'_>,
        tenants: &Tenants,
        up: Option<&Up>,
        terminal: &mut Terminal,
    ) -> Result<(FleetReport, bool), Ended> {
        let (events, heard) = mpsc::unbounded_channel();
        let (ear, stop) = (Ear(events), Stop::default());
        let check = up.and_then(|up| up.check.as_deref()).map(Check);
        let mut fleet = fleet.observer(&ear).stop(stop.clone());
        if let Some(up) = up {
            fleet = up.apply(fleet);
            if let Some(check) = self.check {
                fleet = fleet.check(check);
            }
        }
        if let Some(check) = &check {
            fleet = fleet.gate(check);
        }
        let is_rollout = matches!(self.verb, FleetVerb::Up(_));
        let run = up.and_then(|up| self.shared(up));
        let work = async {
            match run {
                Some(run) => fleet.up_shared(tenants, &run?).await,
                None if is_rollout => fleet.up(tenants).await,
                None => fleet.status(tenants).await,
            }
        };
        let mut live = Live::new(tenants.list().len(), self.words);
        attend(work, heard, &mut live, &stop, terminal).await
    }

    /// The run that is shared with others.
    fn shared(&self, up: &Up) -> Option<Result<SharedRun, FleetError>> {
        let name = up.run.as_ref()?;
        let Some(control) = self.control else {
            return Some(Err(FleetError::new(Code::M0708, NO_LEDGER)));
        };
        let mut run = SharedRun::new(control.url(), name);
        if let Some(schema) = &up.ledger_schema {
            run = match run.schema(schema) {
                Ok(run) => run,
                Err(error) => return Some(Err(FleetError::new(error.code(), error.to_string()))),
            };
        }
        if let Some(lease) = up.lease {
            run = run.lease(lease);
        }
        Some(Ok(if up.retry_failed { run.retry_failed() } else { run }))
    }
}

async fn attend(
    work: impl Future<Output = Result<FleetReport, FleetError>>,
    mut heard: UnboundedReceiver<Event>,
    live: &mut Live,
    stop: &Stop,
    terminal: &mut Terminal,
) -> Result<(FleetReport, bool), Ended> {
    let mut ticks = tokio::time::interval(TICK);
    let mut interrupts = 0_u32;
    let result = {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                Some(event) = heard.recv() => live.hear(event, terminal),
                () = terminal.interrupted() => {
                    interrupts += 1;
                    match interrupts {
                        1 => stop.call(),
                        2 => {
                            stop.cancel();
                            terminal.note("interrupted again: asking the servers to cancel their statements");
                            continue;
                        }
                        _ => break None,
                    }
                    terminal.note("interrupted: finishing the tenants under way; press Ctrl-C again to cancel them");
                }
                result = &mut work => break Some(result),
                _ = ticks.tick(), if terminal.is_live() => live.show(terminal),
            }
        }
    };
    while let Ok(event) = heard.try_recv() {
        live.hear(event, terminal);
    }
    terminal.clear();
    match result {
        Some(Ok(report)) => Ok((report, interrupts > 0)),
        Some(Err(error)) => Err(error.into()),
        None => Err(Ended::failed(Exit::Interrupted, Told::new(Code::M0908, GIVEN_UP))),
    }
}
