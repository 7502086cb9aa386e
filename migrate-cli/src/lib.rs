//! The `migrate` command: arguments in, rendering out. What is done is decided by the other crates.

mod args;
mod failure;
mod folder;
mod git;
#[doc(hidden)]
pub mod page;
pub mod reference;
mod say;
mod scratch;
mod stage;
mod verbs;

use std::ffi::OsString;
use std::process::ExitCode;

use migrate_runtime::cli::{self, Exit, Hidden, Terminal};
use migrate_source::Code;
use serde_json::{Value, json};

use args::{Cli, Command, OutputFormat};
use failure::Failure;

/// Parses the arguments, the first of which is the name of the program, does what they say, and says how it went.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    let cli = match args::parse(&args) {
        Ok(cli) => cli,
        Err(error) => return cli::report(&error, &args, &args::command(), &mut Terminal::standard()).into(),
    };
    let mut terminal = Terminal::standard();
    terminal.set(&cli.common.target(None));
    terminal.hide(Hidden::of(&args));
    let done = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        // Its size does not matter on the heap.
        Ok(runtime) => runtime.block_on(Box::pin(run(&cli, &mut terminal))),
        Err(error) => Err(Failure::new(Code::M0910, error, "the system is short of something: try again")),
    };
    finish(cli.command.name(), done, &mut terminal)
}

/// What programs are told of what was done, and the exit code.
enum Answer {
    /// The verb has told them already.
    Told(Exit),
    /// An object with what is the verb's own.
    Of(Value, u8),
    /// The same, and why that is not what was asked for.
    Refused(Value, Failure),
}

impl Answer {
    fn done(object: Value) -> Self {
        Self::Of(object, 0)
    }
}

/// What all verbs end with.
fn finish(verb: &str, done: Result<Answer, Failure>, terminal: &mut Terminal) -> ExitCode {
    let (mut object, code, error) = match done {
        Ok(Answer::Told(exit)) => return exit.into(),
        Ok(Answer::Of(object, code)) => (object, code, Value::Null),
        Ok(Answer::Refused(object, failure)) => {
            failure.tell(terminal);
            (object, failure.exit(), failure.json())
        }
        Err(failure) => {
            failure.tell(terminal);
            (json!({}), failure.exit(), failure.json())
        }
    };
    object["verb"] = json!(verb);
    object["exit_code"] = json!(code);
    object["error"] = error;
    if object.get("database").is_none() {
        object["database"] = Value::Null;
    }
    terminal.answer(verb, &object);
    end(code, terminal)
}

/// The exit code of a verb; or that of an error, where what it printed is not all there.
fn end(code: u8, terminal: &mut Terminal) -> ExitCode {
    match terminal.close(Exit::Done) {
        Exit::Error if code != Exit::Interrupted.code() => Exit::Error.into(),
        _ => code.into(),
    }
}

async fn run(cli: &Cli, terminal: &mut Terminal) -> Result<Answer, Failure> {
    let dir = cli.common.dir.as_deref();
    let is_of_lint = matches!(cli.common.format, OutputFormat::Sarif | OutputFormat::Github);
    if is_of_lint && !matches!(cli.command, Command::Lint(_)) {
        return Err(Failure::new(
            Code::M0901,
            "the formats `sarif` and `github` are for hazards",
            "use them with `migrate lint`; every verb has `--format json`",
        )
        .exiting(Exit::Usage));
    }
    let mut finished = Vec::new();
    if cli.command.reads_folder()
        && let Ok(folder) = folder::find(dir)
    {
        finished = folder::finish_create(&folder, terminal)?;
    }
    match &cli.command {
        Command::Init(init) => verbs::init(&folder::new(dir), init, terminal),
        Command::Create(create) => verbs::create(&folder::find(dir)?, create, &finished, terminal),
        Command::Lint(lint) => verbs::lint(&folder::find(dir)?, lint, cli.common.format, terminal),
        Command::Lock => verbs::lock(&folder::find(dir)?, terminal),
        Command::Renumber(renumber) => {
            verbs::renumber(&folder::find(dir)?, renumber, &cli.common, terminal).await
        }
        Command::Squash(squash) => {
            let folder = folder::find(dir)?;
            let work = Box::pin(verbs::squash(&folder, squash, &cli.common, terminal));
            scratch::until_interrupted(work).await
        }
        Command::Generate(generate) => {
            let folder = folder::find(dir)?;
            scratch::until_interrupted(verbs::generate(&folder, generate, terminal)).await
        }
        Command::Drift(drift) => {
            let folder = folder::find(dir)?;
            scratch::until_interrupted(verbs::drift(&folder, drift, &cli.common, terminal)).await
        }
        Command::Diff(diff) => scratch::until_interrupted(verbs::diff(diff, terminal)).await,
        Command::Dump(dump) => scratch::until_interrupted(verbs::dump(dump, &cli.common, terminal)).await,
        Command::Verify(verify) => {
            let folder = folder::find(dir)?;
            let work = Box::pin(verbs::verify(&folder, verify, &cli.common, terminal));
            scratch::until_interrupted(work).await
        }
        Command::Docs(docs) => {
            let folder = folder::find(dir)?;
            let work = Box::pin(verbs::docs(&folder, docs, &cli.common, terminal));
            scratch::until_interrupted(work).await
        }
        Command::Database(verb) => verbs::database(verb, &cli.common, terminal).await,
        Command::Fleet(fleet) => Box::pin(verbs::fleet(fleet, &cli.common, terminal)).await,
        Command::Reset => verbs::reset(&folder::find(dir)?, &cli.common, terminal).await,
        Command::Import(import) => verbs::import(&folder::new(dir), import, terminal),
        Command::Explain(explain) => verbs::explain(explain, terminal),
        Command::Completions(completions) => {
            Ok(verbs::completions(completions, &mut args::command(), terminal))
        }
        Command::Man(man) => verbs::man(man, args::command(), terminal),
    }
}
