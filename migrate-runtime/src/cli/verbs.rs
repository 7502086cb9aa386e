//! What each verb does: which verb of the runtime it is, and what is printed of the answer.

use migrate_source::Code;
use serde_json::{Value, json};
use tokio_postgres::Client;

use super::confirm::{Consent, Guard, agree, ask_for_name, guard};
use super::consent::refusal;
use super::outcome::{self, Outcome};
use super::preview::{self, Shown};
use super::terminal::{Style, Terminal, paint};
use super::words::Words;
use super::work::{Ended, carry_out};
use super::{Baseline, Database, Down, Exit, Target, Up, Verb, view};
use crate::error::Error;
use crate::options::Runner;
use crate::preview::PreviewStep;
use crate::report::Report;
use crate::revert::Goal;
use crate::status::State;

/// What a verb is done with.
pub(super) struct Scene<'s, 'r> {
    pub(super) database: &'s Database,
    pub(super) target: &'s Target,
    /// Of the migration that the verb names.
    pub(super) version: Option<i64>,
    pub(super) runner: Runner<'r>,
    pub(super) words: Words,
    pub(super) terminal: &'s mut Terminal,
}

impl Scene<'_, '_> {
    pub(super) async fn play(self, verb: &Verb) -> Outcome {
        match verb {
            Verb::Up(up) if up.rehearse => self.rehearse(up).await,
            Verb::Up(up) => self.up(up).await,
            Verb::Down(down) => self.down(down).await,
            Verb::Redo => self.redo().await,
            Verb::Status(status) => self.status(status.exit_code).await,
            Verb::Plan(plan) => self.plan(plan.steps, plan.exact).await,
            Verb::Baseline(baseline) => self.baseline(baseline).await,
            Verb::Skip(_) => self.skip().await,
            Verb::Adopt(adopt) => self.adopt(adopt.dry_run).await,
            Verb::Repair => self.repair().await,
            Verb::History(history) => self.history(history.last).await,
            Verb::Probe => self.probe().await,
            Verb::Wait(wait) => super::wait::wait(self.terminal, self.database, wait.duration()).await,
        }
    }

    async fn up(self, up: &Up) -> Outcome {
        if up.dry_run {
            return self.plan(up.steps, false).await;
        }
        let Self { database, version, runner, words, terminal, .. } = self;
        let ended = carry_out(terminal, database.url(), runner, async |runner, client, here| {
            limited(runner, (version, up.steps), client).await?.run_here(client, here).await
        })
        .await;
        reported(ended, words, terminal)
    }

    async fn rehearse(self, up: &Up) -> Outcome {
        let Self { database, version, runner, terminal, .. } = self;
        if up.allow_blocking {
            let warning = "statements with CONCURRENTLY run without it: others wait for their tables until the rehearsal ends";
            terminal.note(&format!("{} {warning}", paint(Style::Warning, "warning:")));
        }
        let ended = carry_out(terminal, database.url(), runner, async |runner, client, here| {
            let limited = limited(runner, (version, up.steps), client).await?;
            limited.rehearse_blocking(up.allow_blocking).rehearse_here(client, here).await
        })
        .await;
        if let Ended::Failed(error) = &ended
            && error.is_migration()
        {
            terminal.note("the rehearsal was rolled back: nothing has changed");
        }
        Outcome::of(ended, |rehearsal| {
            terminal.result(&view::rehearsal(&rehearsal));
            let unrehearsed = rehearsal.unrehearsed().iter().map(
                |one| json!({ "version": one.version(), "migration": one.stem(), "reason": one.reason() }),
            );
            let value = json!({
                "rehearsed": rehearsal.rehearsed().iter().map(outcome::done).collect::<Vec<_>>(),
                "unrehearsed": unrehearsed.collect::<Vec<_>>(),
                "warnings": rehearsal.warnings(),
                "milliseconds": outcome::milliseconds(rehearsal.duration()),
            });
            let is_whole = rehearsal.unrehearsed().is_empty();
            let exit = if is_whole { Exit::Done } else { Exit::Pending };
            Outcome::done().exiting(exit).with("rehearsal", value)
        })
    }

    async fn down(self, down: &Down) -> Outcome {
        let Self { database, target, version, runner, words, terminal } = self;
        let goal = down.goal(version);
        if down.dry_run {
            let ended = carry_out(terminal, database.url(), runner.clone(), async |runner, client, _| {
                let preview = runner.preview_way_back(client, goal).await?;
                Ok((preview, runner.prospects_back(client, goal).await?))
            })
            .await;
            return Outcome::of(ended, |(preview, prospects)| {
                let shown = Shown::new(&preview, &runner, target.hazards.as_ref()).losing(&prospects);
                show(&shown, false, words, terminal)
            });
        }
        let ended = carry_out(terminal, database.url(), runner, async |runner, client, here| {
            runner.go_back(client, goal, here).await
        })
        .await;
        reported(ended, words, terminal)
    }

    /// What stands in the way of applying again is found before anything is reverted.
    async fn redo(self) -> Outcome {
        let Self { database, runner, words, terminal, .. } = self;
        let ended = carry_out(terminal, database.url(), runner, async |runner, client, here| {
            let preview = runner.preview_revert(client, 1).await?;
            let mut runner = runner.clone();
            runner.rules.restores = true;
            let Some(newest) = preview.steps().first().map(PreviewStep::version) else {
                return runner.go_back(client, Goal::Count(1), here).await;
            };
            let up_to_it = runner.clone().target(newest);
            // That it is not what was applied is over when it is reverted.
            up_to_it.clone().allow_changed(newest..=newest).plan(client).await?;
            let reverted = runner.go_back(client, Goal::Count(1), here).await?;
            Ok(up_to_it.run_here(client, here).await?.after(&reverted))
        })
        .await;
        reported(ended, words, terminal)
    }

    async fn status(self, wants_exit_code: bool) -> Outcome {
        let Self { database, runner, words, terminal, .. } = self;
        let (warnings, left_out) = (runner.warnings.clone(), runner.rules.left_out.clone());
        let ended = carry_out(terminal, database.url(), runner, async |runner, client, _| {
            let status = runner.status(client).await?;
            // By the same rules as `up`: what the service allows is no error.
            let plan = runner.plan(client).await.map(|plan| plan.steps().len());
            Ok((status, plan))
        })
        .await;
        Outcome::of(ended, |(status, pending)| {
            terminal.result(&words.say(&view::status(&status)));
            let failed = status.migrations().iter().filter(|one| one.state() == State::Failed).count();
            let waiting = view::waiting(&left_out, &status);
            if waiting.is_none() || !matches!(pending, Ok(0)) {
                terminal.result(&view::pending(&pending, failed));
            }
            if let Some(waiting) = &waiting {
                terminal.result(waiting);
            }
            let migrations = status.migrations().iter().map(|one| {
                json!({
                    "version": one.version(), "migration": one.stem(), "state": one.state(),
                    "applied_at": one.applied_at(), "note": one.note(),
                })
            });
            let exit = match pending {
                Ok(0) if waiting.is_none() => Exit::Done,
                Ok(_) if failed > 0 => Exit::Error,
                Ok(_) => Exit::Pending,
                Err(_) => Exit::Error,
            };
            let problem = pending.as_ref().err().map(outcome::Problem::of);
            let outcome = Outcome::done()
                .with("migrations", Value::Array(migrations.collect()))
                .with("warnings", json!(*warnings))
                .with("current", json!(exit == Exit::Done))
                .with("pending", json!(pending.ok()))
                .with("failed", json!(failed));
            let exit = if wants_exit_code { exit } else { Exit::Done };
            Outcome { problem, ..outcome.exiting(exit) }
        })
    }

    async fn plan(self, steps: Option<u32>, is_exact: bool) -> Outcome {
        let Self { database, target, version, runner, words, terminal } = self;
        let ended = carry_out(terminal, database.url(), runner.clone(), async |runner, client, _| {
            limited(runner, (version, steps), client).await?.preview(client).await
        })
        .await;
        Outcome::of(ended, |preview| {
            let shown = Shown::new(&preview, &runner, target.hazards.as_ref());
            show(&shown, is_exact, words, terminal)
        })
    }

    async fn baseline(self, baseline: &Baseline) -> Outcome {
        let Self { database, version, mut runner, words, terminal, .. } = self;
        runner.baselines_what_is_there = !baseline.allow_missing;
        let ended = carry_out(terminal, database.url(), runner, async |runner, client, _| {
            runner.baseline(client, version.unwrap_or_default()).await
        })
        .await;
        reported(ended, words, terminal)
    }

    async fn skip(self) -> Outcome {
        let Self { database, version, runner, words, terminal, .. } = self;
        let ended = carry_out(terminal, database.url(), runner, async |runner, client, _| {
            runner.skip(client, version.unwrap_or_default()).await
        })
        .await;
        reported(ended, words, terminal)
    }

    async fn repair(self) -> Outcome {
        let Self { database, target, runner, terminal, .. } = self;
        let ended = carry_out(terminal, database.url(), runner.clone(), async |runner, client, _| {
            runner.repairs(client).await
        })
        .await;
        let repairs = match ended {
            Ended::Done(repairs) => repairs,
            ended => return Outcome::of(ended, |_| Outcome::done()),
        };
        let list: Vec<Value> = repairs
            .iter()
            .map(
                |one| json!({ "version": one.version(), "migration": one.stem(), "change": one.to_string() }),
            )
            .collect();
        let outcome = |made: bool, outcome: Outcome| {
            outcome.with("repairs", Value::Array(list.clone())).with("made", json!(made))
        };
        terminal.result(&repairs.to_string());
        if repairs.is_empty() {
            return outcome(false, Outcome::done());
        }
        let consent = match guard("repair", database, target, terminal) {
            Guard::Refusal(why) => Consent::Impossible(why),
            Guard::Question => ask_for_name("repair", database, terminal).await,
            Guard::Open => {
                let what = "change the history";
                agree("Change the history like that?", what, Code::M0906, target, terminal).await
            }
        };
        if let Some(refusal) = refusal(consent, terminal) {
            return outcome(false, refusal);
        }
        let ended = carry_out(terminal, database.url(), runner, async |runner, client, _| {
            runner.repair(client, &repairs).await
        })
        .await;
        match ended {
            Ended::Done(()) => {
                terminal.done("the history agrees with the files now; nothing of the schema was touched");
                outcome(true, Outcome::done())
            }
            ended => outcome(false, Outcome::of(ended, |()| Outcome::done())),
        }
    }

    async fn probe(self) -> Outcome {
        let Self { database, runner, terminal, .. } = self;
        let ended =
            carry_out(terminal, database.url(), runner, async |runner, client, _| runner.probe(client).await)
                .await;
        Outcome::of(ended, |found| {
            terminal.result(&found.to_string());
            let outcome = if found.are_enough() {
                Outcome::done()
            } else {
                Outcome::refused(
                    Code::M0537,
                    "the server cannot do what the settings ask of it",
                    "change migrate.toml as is said above, before the first migration is applied",
                )
            };
            outcome.with(
                "capabilities",
                json!({
                    "version": found.version(),
                    "advisory_locks": found.has_advisory_locks(),
                    "transactional_ddl": found.has_transactional_ddl(),
                    "enough": found.are_enough(),
                }),
            )
        })
    }

    async fn history(self, last: u32) -> Outcome {
        let Self { database, runner, terminal, .. } = self;
        let newest = (last > 0).then_some(last as usize);
        let set = runner.set;
        let ended = carry_out(terminal, database.url(), runner, async |runner, client, _| {
            runner.log(client, newest).await
        })
        .await;
        Outcome::of(ended, |entries| {
            terminal.result(&view::history(&entries, set));
            let entries = entries.iter().map(|entry| {
                json!({
                    "at": entry.at(), "action": entry.action(), "outcome": entry.outcome(),
                    "version": entry.version(), "description": entry.description(),
                    "detail": entry.detail(), "milliseconds": entry.duration().map(outcome::milliseconds),
                    "done_by": entry.done_by(), "application": entry.application(),
                    "package": entry.package(),
                })
            });
            Outcome::done().with("history", Value::Array(entries.collect()))
        })
    }
}

/// The runner that goes as far as `--to` or `--steps` say, and no further.
pub(super) async fn limited<'r>(
    runner: &Runner<'r>,
    limit: (Option<i64>, Option<u32>),
    client: &mut Client,
) -> Result<Runner<'r>, Error> {
    let to = match limit {
        (Some(version), _) => Some(version),
        (None, Some(steps)) => {
            let plan = runner.plan(client).await?;
            // Repeatable ones come with the newest version, and do not count.
            let mut versions = plan.steps().iter().map(crate::Step::version).filter(|version| *version > 0);
            let steps = steps as usize;
            // Where there are no more, repeatable ones come too.
            if versions.clone().count() > steps { versions.nth(steps.saturating_sub(1)) } else { None }
        }
        (None, None) => None,
    };
    Ok(match to {
        Some(version) => runner.clone().target(version),
        None => runner.clone(),
    })
}

/// What is printed of what was done.
fn reported(ended: Ended<Report>, words: Words, terminal: &mut Terminal) -> Outcome {
    Outcome::of(ended, |report| {
        warn(report.warnings(), words, terminal);
        terminal.done(&words.say(&view::report(&report)));
        if words == Words::OfFolder && !report.recorded().is_empty() {
            terminal.note(&format!("{} `migrate drift` checks the schema", paint(Style::Bold, "next:")));
        }
        Outcome::done().with("report", outcome::report(&report))
    })
}

/// What is printed of what would be done.
fn show(shown: &Shown<'_>, is_exact: bool, words: Words, terminal: &mut Terminal) -> Outcome {
    let preview = shown.preview();
    if preview.is_empty() {
        terminal.note("nothing to do");
    }
    warn(preview.warnings(), words, terminal);
    terminal.verbatim(&if is_exact { preview::messages(preview) } else { shown.scripts() });
    let messages = preview.messages().iter();
    let messages = messages.map(|one| json!({ "subject": one.subject(), "sql": one.sql() }));
    Outcome::done().with("plan", shown.plan()).with("messages", Value::Array(messages.collect()))
}

fn warn(warnings: &[String], words: Words, terminal: &mut Terminal) {
    for warning in warnings {
        terminal.note(&format!("{} {}", paint(Style::Warning, "warning:"), words.say(warning)));
    }
}
