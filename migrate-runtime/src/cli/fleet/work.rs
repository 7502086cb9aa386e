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
use crate::fleet::{Fleet, FleetError, FleetReport, Outcome, SharedRun, Stop, Tenant, Tenants};

const NO_CONTROL: &str =
    "the master's migrations are applied to the control database, and none is given: say --database-url";
const GIVEN_UP: &str = "interrupted three times, without waiting: a server may still be at work on what it was sent\n\
                        next: run it again to continue; each tenant's history has what was done";

const INTERRUPTED: &str =
    "interrupted: the tenants under way are finished\nnext: run it again to continue with the others";

/// What is to be done about a fleet in which not everybody is well.
fn trouble(report: &FleetReport, is_shared: bool) -> String {
    let troubled = report.tenants().iter().filter(|tenant| tenant.outcome().is_trouble());
    let (troubled, all) = (troubled.count(), report.tenants().len());
    let stopped = report.stopped().map(|why| format!("it stopped, because {why}; ")).unwrap_or_default();
    // A shared run that is over or has stopped visits no tenant again by itself, and gets no new ones.
    let outside = report.tenants().iter().filter(|tenant| tenant.code() == Some(Code::M0713)).count();
    let retry = "fix what is reported of each, and run the same command again";
    let next = match (outside, is_shared) {
        (0, false) => format!("{retry}: a finished tenant costs one round trip"),
        (0, true) => format!("{retry} with --retry-failed"),
        (outside, _) => {
            let other = "run the same command with another name behind --run";
            let others = if outside < troubled || report.stopped().is_some() {
                format!("; for the others, {retry} with --retry-failed")
            } else {
                String::new()
            };
            format!(
                "{other}, for the {} that this run does not have{others}",
                crate::plan::count(outside, "tenant")
            )
        }
    };
    format!("{stopped}{troubled} of {all} tenants are not where they should be\nnext: {next}")
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

/// Does what the verb says with every tenant, and prints what came of it.
pub async fn run(
    verb: &FleetVerb,
    target: &Target,
    master: Option<Runner<'_>>,
    tenants: Runner<'_>,
    terminal: &mut Terminal,
) -> Exit {
    terminal.set(target);
    terminal.listen();
    let words = Words::of(&tenants);
    let target = &target.with_production_of(&tenants);
    let control = control_of(verb.list(), target);
    let ended = match &control {
        Ok(control) => {
            let scene = Scene { verb, target, control: control.as_ref(), words };
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
        let (message, next) = text.split_once("\nnext: ").unzip();
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
        // The master's own migrations come first: they may be what makes the list.
        let is_behind = match master {
            Some(master) => self.play_master(master, &mut fields, terminal).await?,
            None => false,
        };
        let listed = tenants_of(self.verb.list(), self.control).await?;
        let skipped = match listed.skipped().len() {
            0 => String::new(),
            count => {
                let names = crate::fleet::skipped(listed.skipped());
                printable(&format!(", and {count} skipped that have no PostgreSQL: {names}"))
            }
        };
        terminal.note(&format!("{}{skipped}", crate::plan::count(listed.list().len(), "tenant")));
        let up = if let FleetVerb::Up(up) = self.verb { Some(&**up) } else { None };
        if up.is_some()
            && let Some((why, exit)) = confirm_fleet(self.control, &listed, self.target, terminal).await
        {
            return Err(Ended { fields, ..Ended::failed(exit, why) });
        }
        let tenants = match up.and_then(|up| up.to) {
            Some(version) => tenants.target(version),
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
            let problem = "the tenants had no turn, because the master's own migrations come first";
            let problem = Told::new(Code::M0709, problem);
            return Err(Ended { fields: std::mem::take(fields), ..Ended::failed(exit, problem) });
        }
        let Some(master) = report.tenants().first() else { return Ok(false) };
        if !matches!(self.verb, FleetVerb::Up(_)) {
            let at = master.from().unwrap_or("no migration of its set");
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
            return Some(Err(FleetError::new(
                Code::M0708,
                "a run that is shared has its ledger in the control database, and none is given: say --database-url",
            )));
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
                            terminal.note("interrupted again: the servers are asked to cancel what they are at");
                            continue;
                        }
                        _ => break None,
                    }
                    terminal.note("interrupted: what is under way is finished, and nothing more is begun; Ctrl-C again cancels it");
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
