//! The verbs of a database's life as a subcommand: what a service nests, and what the `migrate` command is made of. It
//! holds no rule of its own: the verbs of [`Runner`] decide, this asks, shows and exits.
//!
//! ```no_run
//! use clap::Parser as _;
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
//! match Args::parse().command {
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
//! which is embedded with the set, or of [`Target::production`], a verb that writes needs `--yes`, or somebody at a terminal who types the name of the database. With neither it is an
//! error; nothing ever waits for an answer that nobody can give.
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
//! | 2 | of `status --exit-code`: migrations are pending. Of the command line itself, as clap has it: a usage error |
//! | 130 | it was interrupted by Ctrl-C or SIGTERM |
//!
//! Where the standard output cannot be written, a full disk for example, the verb does what it does, says on the standard error
//! what it has done, and exits with 1. A reader that closes a pipe is no error: the exit code is what it would have been.
//!
//! Ctrl-C once: the migration in hand is finished, no other is begun, and what was done is reported. Twice: the server is
//! told to cancel the statement in hand, which is rolled back; without a transaction it may have to be looked after, and
//! the next run does that.

mod args;
mod confirm;
mod events;
mod exit;
#[cfg(feature = "fleet")]
pub mod fleet;
mod hidden;
mod outcome;
mod progress;
mod standard;
mod stream;
mod target;
mod terminal;
mod told;
mod verbs;
mod view;
mod wait;
mod words;
mod work;

use migrate_source::Code;
use serde_json::{Value, json};

use crate::error::Uncoded;
use crate::{Error, Report, Runner};
pub use args::{Color, Down, Format, HistoryArgs, Migrate, StatusArgs, Target, Up, Verb, Version, Wait};
pub use confirm::{Consent, confirm, why_production};
pub use exit::Exit;
#[doc(hidden)]
pub use hidden::Hidden;
use outcome::Outcome;
pub use target::{Database, resolve};
pub use terminal::{Style, Terminal, paint};
pub use told::Told;
use verbs::{Scene, refusal};
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
    let of_set = runner.production.iter().map(|&name| name.to_owned());
    let production = target.production.iter().cloned().chain(of_set).collect();
    let target = &Target { production, ..target.clone() };
    let database = match resolve(target) {
        Ok(database) => database,
        Err(error) => return finish(verb, None, Outcome::failed(&error), words, terminal),
    };
    terminal.note(&format!("database: {database}"));
    for warning in database.warnings() {
        terminal.note(&format!("{} {warning}", paint(Style::Warning, "warning:")));
    }
    // A repair is shown before anybody is asked.
    if verb.writes() && !matches!(verb, Verb::Repair) {
        let consent = confirm(verb.name(), &database, target, terminal).await;
        if let Some(refusal) = refusal(consent, terminal) {
            return finish(verb, Some(&database), refusal, words, terminal);
        }
    }
    let scene = Scene { database: &database, target, runner, words, terminal: &mut *terminal };
    // On the heap: the future is handed on by whoever embeds this.
    let outcome = Box::pin(scene.play(verb)).await;
    finish(verb, Some(&database), outcome, words, terminal)
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
