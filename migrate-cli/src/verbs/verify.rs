//! `verify`: tries every down on a scratch database.

use std::path::Path;

use migrate_runtime::cli::Terminal;
use migrate_runtime::{Migration, MigrationSet, Runner};
use migrate_schema::{Schema, Viewpoint};
use migrate_source::{Code, Loaded};
use serde_json::{Value, json};

use crate::Answer;
use crate::args::{self, Common};
use crate::failure::{Failure, count};
use crate::say;
use crate::scratch::{Connection, Scratch};
use crate::stage::{self, with_functions};

pub(crate) async fn verify(
    folder: &Path,
    verify: &args::Verify,
    common: &Common,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    let Loaded { set: whole, applying, .. } = crate::folder::load(folder, terminal)?;
    // Those come behind the last one and rely on it: they would be in its way back.
    let set = MigrationSet::from(whole.without_repeatables());
    let whole = MigrationSet::from(whole);
    let runner = with_functions(common.runner(&set, &applying)?, &set);
    let last = with_functions(common.runner(&whole, &applying)?, &whole);
    let viewpoint = common.viewpoint(&applying)?;
    let scratch = Scratch::new(verify.dev_url.as_deref()).await?;
    terminal.note(&format!("a scratch database on {}", scratch.origin()));
    let mut trial = Trial { runner, viewpoint, scratch, connection: None, findings: Vec::new() };
    let tried = match trial.all(&set, terminal).await {
        Ok(()) => trial.below_repeatables(&whole, &last, terminal).await,
        failed => failed,
    };
    let answer = trial.answer(&set);
    // A database that is left over is the lesser evil.
    let ended = trial.scratch.end(trial.connection.take()).await;
    tried?;
    ended?;
    if matches!(answer, Answer::Of(..)) {
        terminal.result(&match downs(&set) {
            0 => "no migration has a down: nothing was tried".to_owned(),
            downs => format!("{} tried: each brings the schema back", count(downs, "down")),
        });
    }
    Ok(answer)
}

/// A line for each thing: `-` is missing, `+` is left over, `~` is not as it was.
fn differences(first: &Schema, second: &Schema) -> Vec<String> {
    first.outline_of_differences(second).iter().map(ToString::to_string).collect()
}

/// What is wrong with a down.
struct Finding {
    file: String,
    what: String,
    difference: Vec<String>,
}

struct Trial<'a> {
    runner: Runner<'a>,
    viewpoint: Viewpoint,
    scratch: Scratch,
    connection: Option<Connection>,
    findings: Vec<Finding>,
}

impl Trial<'_> {
    async fn all(&mut self, set: &MigrationSet, terminal: &mut Terminal) -> Result<(), Failure> {
        self.connection = Some(self.scratch.renew(None).await?);
        // The history is there before the first schema is read, wherever it is kept.
        let made = self.runner.clone().make_history(&mut self.client()?.client).await;
        made.map_err(|error| Failure::of_run(&error))?;
        for migration in set.iter() {
            let before = self.schema().await?;
            self.up(migration.version()).await?;
            let Some(down) = migration.down() else {
                let is_checkpoint = migration.up().is_checkpoint();
                let why = if is_checkpoint {
                    "is a checkpoint, whose downs are in its archive"
                } else {
                    "has no down"
                };
                terminal.result(&format!("  {}  {why}", migration.stem()));
                continue;
            };
            let found = self.findings.len();
            let is_as_it_should_be = self.back_and_forth(migration, down.file(), &before).await?;
            if self.findings.len() == found {
                let in_rust = migration.up().is_function() || down.is_function();
                let note = if in_rust { "  in Rust, which was left out" } else { "" };
                say::done(terminal, &format!("{}{note}", migration.stem()));
            }
            self.tell(found, terminal);
            if !is_as_it_should_be {
                let connection = self.connection.take();
                self.connection = Some(self.scratch.renew(connection).await?);
                self.up(migration.version()).await?;
            }
        }
        Ok(())
    }

    /// Applies the repeatable migrations. Then everything that has a down is reverted below them and applied again: a down
    /// meets what they have made, and they make again what it takes away.
    async fn below_repeatables(
        &mut self,
        whole: &MigrationSet,
        last: &Runner<'_>,
        terminal: &mut Terminal,
    ) -> Result<(), Failure> {
        self.run(last.clone()).await?;
        // What is wrong without them is wrong with them as well.
        if whole.repeatables().next().is_none() || !self.findings.is_empty() {
            return Ok(());
        }
        let after = self.schema().await?;
        let migrations: Vec<Migration<'_>> = whole.iter().collect();
        let downs = migrations.iter().rev().map_while(Migration::down);
        let mut oldest = None;
        for down in downs {
            let find = |what: &str, difference| Finding {
                file: down.file().to_owned(),
                what: what.to_owned(),
                difference,
            };
            if let Err(failure) = self.revert(last).await {
                let what = format!("it fails once the repeatable migrations have run: {}", failure.coded());
                self.findings.push(find(&what, Vec::new()));
                self.tell(0, terminal);
                return Ok(());
            }
            oldest = Some(find(
                "after it and the downs of all that is newer, the repeatable migrations do not bring back what they had made (- is missing, + is left over, ~ is not the same):",
                Vec::new(),
            ));
        }
        let Some(finding) = oldest else {
            return Ok(());
        };
        self.run(last.clone()).await?;
        let difference = differences(&after, &self.schema().await?);
        if !difference.is_empty() {
            self.findings.push(Finding { difference, ..finding });
        }
        self.tell(0, terminal);
        Ok(())
    }

    /// Prints the findings from this one on.
    fn tell(&self, from: usize, terminal: &mut Terminal) {
        for finding in &self.findings[from..] {
            say::wrong(terminal, &format!("{}: {}", finding.file, finding.what));
            for line in &finding.difference {
                terminal.result(&format!("    {line}"));
            }
        }
    }

    /// Reverts a migration and applies it again. `false`: the database is no longer what the next one needs.
    async fn back_and_forth(
        &mut self,
        migration: Migration<'_>,
        file: &str,
        before: &Schema,
    ) -> Result<bool, Failure> {
        let after = self.schema().await?;
        let find =
            |what: &str, difference| Finding { file: file.to_owned(), what: what.to_owned(), difference };
        let runner = self.runner.clone();
        if let Err(failure) = self.revert(&runner).await {
            self.findings.push(find(&format!("it fails: {}", failure.coded()), Vec::new()));
            return Ok(false);
        }
        let difference = differences(before, &self.schema().await?);
        if !difference.is_empty() {
            let what = "it does not bring the schema back (- is missing, + is left over, ~ is not the same):";
            self.findings.push(find(what, difference));
        }
        if let Err(failure) = self.up(migration.version()).await {
            let what = format!("after it, the migration cannot be applied again: {}", failure.coded());
            self.findings.push(find(&what, Vec::new()));
            return Ok(false);
        }
        let difference = differences(&after, &self.schema().await?);
        let is_same = difference.is_empty();
        if !is_same {
            let what = "applied again, the migration does not have the same effect (- is missing, + is left over, ~ is not the same):";
            self.findings.push(find(what, difference));
        }
        Ok(is_same)
    }

    async fn up(&mut self, version: i64) -> Result<(), Failure> {
        self.run(self.runner.clone().target(version)).await
    }

    async fn run(&mut self, runner: Runner<'_>) -> Result<(), Failure> {
        let connection = self.connection.as_mut().ok_or_else(gone)?;
        self.scratch.run(&runner, connection).await
    }

    async fn revert(&mut self, runner: &Runner<'_>) -> Result<(), Failure> {
        let connection = self.connection.as_mut().ok_or_else(gone)?;
        self.scratch.revert(runner, connection).await
    }

    async fn schema(&mut self) -> Result<Schema, Failure> {
        let viewpoint = self.viewpoint.clone();
        stage::read_again(self.client()?, &viewpoint).await
    }

    fn client(&mut self) -> Result<&mut Connection, Failure> {
        self.connection.as_mut().ok_or_else(gone)
    }

    fn answer(&self, set: &MigrationSet) -> Answer {
        let downs = downs(set);
        let mut wrong: Vec<&str> = self.findings.iter().map(|finding| &*finding.file).collect();
        wrong.dedup();
        let object = |finding: &Finding| json!({ "file": finding.file, "what": finding.what, "difference": finding.difference });
        let findings: Value = self.findings.iter().map(object).collect();
        let object = json!({ "downs": downs, "findings": findings });
        if wrong.is_empty() {
            return Answer::done(object);
        }
        let failure = Failure::new(
            Code::M0845,
            format!("{} tried, {} wrong", count(downs, "down"), wrong.len()),
            "correct the named downs; remove the down file if the change cannot be reverted",
        );
        Answer::Refused(object, failure)
    }
}

fn downs(set: &MigrationSet) -> usize {
    set.iter().filter(|migration| migration.down().is_some()).count()
}

fn gone() -> Failure {
    Failure::new(Code::M0842, "the scratch database is gone", "run the command again")
}
