//! Whether a verb may write: what it is about to do is listed before somebody is asked.

use migrate_source::Code;

use super::confirm::{Consent, Guard, NOT_CONFIRMED, agree, ask_for_name, guard, why_production};
use super::outcome::Outcome;
use super::terminal::{Style, Terminal, paint, printable};
use super::verbs::{Scene, limited};
use super::work::{Ended, carry_out};
use super::{Down, Exit, Hazard, Told, Verb};
use crate::State;
use crate::loss::Prospect;
use crate::plan::count;
use crate::revert::Goal;

impl Down {
    pub(super) fn goal(&self, version: Option<i64>) -> Goal {
        match (version, self.steps) {
            (Some(version), _) => Goal::Version(version),
            (None, steps) => Goal::Count(steps.unwrap_or(1) as usize),
        }
    }
}

impl Scene<'_, '_> {
    /// Why a verb may not write. `None`: it may, or does not want to.
    pub(super) async fn refusal(&mut self, verb: &Verb) -> Option<Outcome> {
        // What is to be repaired or adopted is shown before anybody is asked.
        if !verb.writes() || matches!(verb, Verb::Repair | Verb::Adopt(_)) {
            return None;
        }
        if let Some(refusal) = self.refusal_of_drafts(verb) {
            return Some(refusal);
        }
        let is_of_name = match guard(verb.name(), self.database, self.target, self.terminal) {
            Guard::Refusal(why) => return Some(Outcome::failed(&why)),
            Guard::Question => true,
            Guard::Open => false,
        };
        let reverts = matches!(verb, Verb::Down(_) | Verb::Redo);
        if self.target.yes || !(is_of_name || reverts) {
            return None;
        }
        // The verb says why.
        if self.is_refused_anyway(verb).await {
            return None;
        }
        let prospects = match self.prospects(verb).await {
            Ok(prospects) => prospects,
            Err(outcome) => return Some(outcome),
        };
        let loses = reverts && prospects.iter().any(|prospect| !prospect.losses.is_empty());
        let is_idle = prospects.is_empty() && !matches!(verb, Verb::Baseline(_) | Verb::Skip(_));
        if is_idle || !(is_of_name || loses) {
            return None;
        }
        let attended = self.terminal.is_attended();
        if loses && !attended {
            return Some(Outcome::failed(&would_lose(verb, &prospects)));
        }
        // Lints are about applying.
        let hazards = match &self.target.hazards {
            Some(hazards) if !reverts => {
                hazards.among(&prospects.iter().map(|prospect| prospect.file.clone()).collect::<Vec<_>>())
            }
            _ => Vec::new(),
        };
        for line in listed(verb, &prospects, &hazards) {
            self.terminal.note(&line);
        }
        let consent = if is_of_name {
            ask_for_name(verb.name(), self.database, self.terminal).await
        } else {
            agree("Delete this data?", "delete it", Code::M0914, self.target, self.terminal).await
        };
        refusal(consent, self.terminal)
    }

    /// Production gets all of a folder or nothing of it.
    fn refusal_of_drafts(&self, verb: &Verb) -> Option<Outcome> {
        let (_, empty) = self.runner.rules.left_out.first()?;
        let why = why_production(self.database, self.target)?;
        let writes = matches!(verb, Verb::Up(up) if !up.rehearse);
        let name = self.database.name();
        let what = format!("{empty} has no statement yet, and {name} {why}");
        let next = "write the statement, or take the file out of the folder";
        writes.then(|| Outcome::refused(Code::M0112, &what, next))
    }

    /// Whether the history refuses it, whatever the answer: what has one gets no baseline, and what is recorded is not skipped.
    async fn is_refused_anyway(&mut self, verb: &Verb) -> bool {
        let is_baseline = match verb {
            Verb::Baseline(_) => true,
            Verb::Skip(_) => false,
            _ => return false,
        };
        let (runner, version) = (self.runner.clone(), self.version.unwrap_or_default());
        if runner.must_have(version).is_err() {
            return true;
        }
        let ended = carry_out(self.terminal, self.database.url(), runner, async |runner, client, _| {
            runner.status(client).await
        });
        let Ended::Done(status) = ended.await else { return false };
        let is_recorded = |state| matches!(state, State::Applied | State::Baseline | State::Skipped);
        let mut migrations = status.migrations().iter();
        migrations.any(|one| is_recorded(one.state()) && (is_baseline || one.version() == version))
    }

    /// What the verb would do.
    async fn prospects(&mut self, verb: &Verb) -> Result<Vec<Prospect>, Outcome> {
        let (mut runner, version) = (self.runner.clone(), self.version);
        runner.rules.restores = matches!(verb, Verb::Redo);
        let ended =
            carry_out(self.terminal, self.database.url(), runner, async |runner, client, _| match verb {
                Verb::Up(up) => limited(runner, (version, up.steps), client).await?.prospects(client).await,
                Verb::Down(down) => runner.prospects_back(client, down.goal(version)).await,
                Verb::Redo => runner.prospects_back(client, Goal::Count(1)).await,
                _ => Ok(Vec::new()),
            });
        let mut prospects = None;
        let outcome = Outcome::of(ended.await, |found| {
            prospects = Some(found);
            Outcome::done()
        });
        match prospects {
            Some(prospects) if outcome.problem.is_none() => Ok(prospects),
            _ if outcome.exit == Exit::Interrupted => Err(Outcome::interrupted(": nothing was done")),
            _ => Err(outcome),
        }
    }
}

/// What is made of a refusal to go on; `None`: there is none.
pub(super) fn refusal(consent: Consent, terminal: &Terminal) -> Option<Outcome> {
    match consent {
        Consent::Given => None,
        Consent::Declined if terminal.was_interrupted() => Some(Outcome::interrupted(": nothing was done")),
        Consent::Declined => {
            Some(Outcome::refused(Code::M0906, "not confirmed: nothing was done", NOT_CONFIRMED))
        }
        Consent::Impossible(why) => Some(Outcome::failed(&why)),
    }
}

/// A line each: what the verb is about to do, and below it what is dangerous.
fn listed(verb: &Verb, prospects: &[Prospect], hazards: &[Hazard]) -> Vec<String> {
    let number = |does: &str| format!("`{}` {does} {}:", verb.name(), count(prospects.len(), "migration"));
    let mut lines = vec![match verb {
        Verb::Up(up) if up.rehearse => number("runs and rolls back"),
        Verb::Up(_) => number("applies"),
        Verb::Down(_) => number("reverts"),
        Verb::Redo => number("reverts and applies again"),
        Verb::Baseline(version) => {
            format!(
                "`baseline` records every migration up to version {} without running it.",
                version.version
            )
        }
        Verb::Skip(version) => {
            format!("`skip` records version {} without running it.", version.version)
        }
        _ => return Vec::new(),
    }];
    for prospect in prospects {
        lines.push(printable(&format!("  {}", prospect.text)));
        let hazards = hazards.iter().filter(|hazard| hazard.path == prospect.file);
        let hazards = hazards.map(|hazard| format!("{} [{}]", hazard.message, hazard.lint));
        for danger in prospect.losses.iter().cloned().chain(hazards) {
            lines.push(format!("    {} {}", paint(Style::Warning, "!"), printable(&danger)));
        }
    }
    lines
}

/// Nobody could be asked about rows that would be lost.
fn would_lose(verb: &Verb, prospects: &[Prospect]) -> Told {
    let lines = prospects
        .iter()
        .flat_map(|prospect| prospect.losses.iter().map(|loss| format!("\n  {}: {loss}", prospect.file)));
    let text = format!(
        "`{}` would delete data, and there is no terminal to confirm at{}\n\
         help: pass --yes if this data may be deleted",
        verb.name(),
        lines.collect::<String>()
    );
    Told::new(Code::M0914, text)
}
