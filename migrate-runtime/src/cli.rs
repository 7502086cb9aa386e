//! The verbs of a database's life as a subcommand: what a service nests, and what the `migrate` command is made of. It
//! holds no rule of its own: the verbs of [`Runner`] decide, this asks, shows and exits.
//!
//! ```no_run
//! use migrate_runtime::{MigrationSet, Runner, cli, embed_migrations};
//!
//! # mod doc { pub(super) use migrate_runtime::MigrationSet; }
//! static MIGRATIONS: MigrationSet = embed_migrations!("../migrations");
//!
//! #[derive(clap::Parser)]
//! struct Args {
//!     #[command(subcommand)]
//!     command: Option<Command>,
//! }
//!
//! #[derive(clap::Subcommand)]
//! enum Command {
//!     /// Looks after the schema of the database
//!     Migrate(cli::Migrate),
//! }
//!
//! # async fn example() -> std::process::ExitCode {
//! match cli::parse::<Args>().command {
//!     Some(Command::Migrate(migrate)) => migrate.run(Runner::new(&MIGRATIONS)).await.into(),
//!     None => todo!("the service itself"),
//! }
//! # }
//! ```
//!
//! Then `myservice migrate status` says how the database stands, `myservice migrate up` brings it forward, and
//! `myservice migrate --help` lists the rest.
//!
//! # Which database
//!
//! That of `--database-url`; or of the variable `DATABASE_URL`; or of `DATABASE_URL` in the nearest file `.env`
//! from the current folder upwards to the root of the repository, which is for development; or of libpq's variables (`PGHOST`, `PGDATABASE`, `PGUSER`, …). What a connection string
//! does not say is looked up as by [`connect`](crate::connect), a password in `.pgpass` for example. Which one it is, is the first line that is printed, without the password.
//!
//! # Production
//!
//! Where `MIGRATE_ENV` is `production`, or the database or its host has one of the names of `production` in `migrate.toml`,
//! which is embedded with the set, or of [`Target::production`], a verb that writes needs `--yes`, or the name of the database,
//! typed at a terminal. With neither it is an error; nothing ever waits for an answer that cannot come. `MIGRATE_ENV` may be
//! `production`, `staging`, `development` or `test`; any other value is an error, because it would guard nothing.
//!
//! A database that is not named, and whose name, host or user has one of the words `prod`, `production`, `prd` and `live` in it
//! (`shop-prod`, `db.prod1.example.com`), gets a warning before each write, and a question at a terminal; without a terminal the
//! verb continues. `production = []` in `migrate.toml` and [`Target::no_production`] turn that off.
//!
//! Before a question, the migrations that are about to be applied or reverted are listed, with what they would delete.
//!
//! # Data loss
//!
//! `down` and `redo` read the scripts that they would run for `DROP TABLE`, `DROP COLUMN`, `DROP SCHEMA … CASCADE`, `TRUNCATE`,
//! `DELETE` and the like, and count the rows that these would delete. If there are any, or if they cannot be counted, the verb
//! asks at a terminal; without a terminal it needs `--yes`. An empty table is no reason to ask.
//!
//! A service's own `Runner::run` and `Runner::revert` never ask.
//!
//! # What is printed
//!
//! With `--format human`, results go to the standard output, and what goes with them to the standard error: the database,
//! notices of the server, questions, progress, errors. With `--format json`, the standard output has one JSON object and
//! nothing else, whatever the verb and whether it succeeds; its shape is in `schemas/cli.json` of this crate, and only
//! grows. Colours are for a terminal, unless `NO_COLOR` is set.
//!
//! # How it ends
//!
//! | Exit code | |
//! |---|---|
//! | 0 | it is done, or there was nothing to do; of `status --exit-code`: the database is current |
//! | 1 | an error, which is printed; of `status --exit-code` also: history and files contradict each other |
//! | 2 | of `status --exit-code`: migrations are pending; of `up --rehearse`: something was not rehearsed |
//! | 64 | the command line cannot be understood: an unknown option, a missing argument, a bad value |
//! | 130 | it was interrupted by Ctrl-C or SIGTERM |
//!
//! 64 is what [`parse`] ends with; `clap::Parser::parse` ends with 2, which scripts would take for pending migrations.
//!
//! Where the standard output cannot be written, a full disk for example, the verb does what it does, says on the standard error
//! what it has done, and exits with 1. A reader that closes a pipe is no error: the exit code is what it would have been.
//!
//! Ctrl-C once: the migration in hand is finished, no other is begun, and what was done is reported. Twice: the server is
//! told to cancel the statement in hand, which is rolled back; without a transaction it may have to be looked after, and
//! the next run does that.

mod adopt;
mod args;
mod confirm;
mod consent;
mod events;
mod exit;
#[cfg(feature = "fleet")]
pub mod fleet;
mod hazard;
mod hidden;
mod outcome;
mod preview;
mod progress;
mod scoped;
mod standard;
mod stream;
mod target;
mod terminal;
mod told;
mod usage;
mod verbs;
mod view;
mod wait;
mod words;
mod work;

use migrate_source::{Code, SelectError};
use serde_json::{Value, json};

use crate::error::Uncoded;
use crate::rules::stem;
use crate::{Error, MigrationName, Report, Runner};
pub use args::{
    Adopt, Baseline, Color, Down, Format, HistoryArgs, Migrate, PlanArgs, StatusArgs, Target, Up, Verb,
    Version, Wait,
};
pub use confirm::{Consent, confirm, why_production};
pub use exit::Exit;
pub use hazard::{Hazard, Hazards};
#[doc(hidden)]
pub use hidden::Hidden;
use outcome::Outcome;
#[doc(hidden)]
pub use scoped::{nearest, scoped};
pub use target::{Database, resolve};
pub use terminal::{Style, Terminal, paint};
pub use told::Told;
pub use usage::parse;
#[doc(hidden)]
pub use usage::report;
use verbs::Scene;
use words::Words;

/// The JSON schema of what is printed with `--format json`.
pub const JSON_SCHEMA: &str = include_str!("../schemas/cli.json");

/// Does what the verb says with the set and the options of the runner, and prints what came of it.
///
/// The runner's own hooks are called as ever. Its `target` gives way to `--to` and `--steps`.
pub async fn run(verb: &Verb, target: &Target, runner: Runner<'_>, terminal: &mut Terminal) -> Exit {
    terminal.set(target);
    terminal.listen();
    let words = Words::of(&runner);
    let target = &target.with_production_of(&runner);
    let database = match resolve(target) {
        Ok(database) => database,
        Err(error) => return finish(verb, None, Outcome::failed(&error), words, terminal),
    };
    terminal.note(&format!("database: {database}"));
    for warning in database.warnings() {
        terminal.note(&format!("{} {warning}", paint(Style::Warning, "warning:")));
    }
    let version = match verb.migration().map(|name| version_of(name, &runner)).transpose() {
        Ok(version) => version,
        Err(error) => {
            let outcome = Outcome::refused(error.code(), &error.what(), &error.help());
            return finish(verb, Some(&database), outcome, words, terminal);
        }
    };
    if says_what_is_left_out(verb) {
        for warning in &*runner.warnings {
            terminal.note(&format!("{} {warning}", paint(Style::Warning, "warning:")));
        }
    }
    let runner = in_development(runner, why_production(&database, target).is_none());
    let mut scene = Scene { database: &database, target, version, runner, words, terminal: &mut *terminal };
    // On the heap: the future is handed on by whoever embeds this.
    let outcome = Box::pin(async {
        match scene.refusal(verb).await {
            Some(refusal) => refusal,
            None => scene.play(verb).await,
        }
    });
    let outcome = outcome.await;
    finish(verb, Some(&database), outcome, words, terminal)
}

/// The version of a migration that is in the set, or in a file that is left out of it.
fn version_of(name: &MigrationName, runner: &Runner<'_>) -> Result<i64, SelectError> {
    name.version_in(runner.set).or_else(|error| {
        let left_out = runner.rules.left_out.ups();
        let found = name.find(left_out.clone().map(|(_, file)| stem(file))).map_err(|_| error)?;
        Ok(left_out.clone().find(|(_, file)| stem(file) == found).map_or(0, |(version, _)| version))
    })
}

/// Whether it is said before the verb has its turn what the folder has and the set does not. A report says it too; some verbs
/// are about the database alone.
fn says_what_is_left_out(verb: &Verb) -> bool {
    match verb {
        Verb::Up(up) => up.dry_run || up.rehearse,
        Verb::Redo | Verb::History(_) | Verb::Wait(_) | Verb::Probe => false,
        _ => true,
    }
}

/// A draft may be edited after it was applied, as long as the database is not production's and does not look like it.
fn in_development(mut runner: Runner<'_>, is_development: bool) -> Runner<'_> {
    if is_development {
        runner.rules.drafts_above = (runner.sealed < i64::MAX).then_some(runner.sealed);
    } else {
        runner.sealed = i64::MAX;
    }
    runner
}

/// Why [`apply`] did not come to its end.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NotApplied {
    /// The exit code: of an error, or of Ctrl-C.
    pub exit: Exit,
    /// The kind of error that it is.
    pub code: Code,
    /// All there is to say, with what to do about it.
    pub text: String,
}

/// Applies what is pending and shows that as `up` does, Ctrl-C included, for a verb of whoever embeds this: it asks
/// nothing, and leaves the end to them.
///
/// # Errors
///
/// Those of [`Runner::run`]; and somebody has pressed Ctrl-C.
pub async fn apply(
    database: &Database,
    runner: Runner<'_>,
    terminal: &mut Terminal,
) -> Result<Report, NotApplied> {
    terminal.listen();
    let words = Words::of(&runner);
    let work = work::carry_out(terminal, database.url(), runner, async |runner, client, here| {
        runner.run_here(client, here).await
    });
    let mut report = None;
    let outcome = Outcome::of(Box::pin(work).await, |done| {
        report = Some(done);
        Outcome::done()
    });
    match (outcome.problem, report) {
        (None, Some(report)) => Ok(report),
        (problem, _) => {
            let code = problem.as_ref().map_or(Code::M0908, outcome::Problem::code);
            let text = problem.map(|problem| problem.said(words).text().to_owned()).unwrap_or_default();
            Err(NotApplied { exit: outcome.exit, code, text })
        }
    }
}

/// What an error of the runtime says to somebody at a command line whose migrations are in a folder: its remedies name verbs
/// and options, where `{error:#}` names what the code of a service calls. [`Error::code`] is not in it.
pub fn in_words_of_the_command(error: &Error) -> String {
    Words::OfFolder.say(&format!("{:#}", Uncoded(error)))
}

/// What all verbs end with.
fn finish(
    verb: &Verb,
    database: Option<&Database>,
    outcome: Outcome,
    words: Words,
    terminal: &mut Terminal,
) -> Exit {
    let problem = outcome.problem.map(|problem| problem.said(words));
    if let Some(problem) = &problem {
        terminal.error(problem.code().as_str(), problem.text());
    }
    let mut object = outcome.fields;
    words.say_in(&mut object);
    object.insert("verb".to_owned(), json!(verb.name()));
    object.insert("database".to_owned(), json!(database.map(ToString::to_string)));
    object.insert("exit_code".to_owned(), json!(outcome.exit.code()));
    let error = problem.as_ref().map(|problem| problem.fields().clone());
    object.insert("error".to_owned(), error.unwrap_or_default());
    terminal.json(&Value::Object(object));
    terminal.close(outcome.exit)
}
