//! The `migrate` command: arguments in, rendering out. What is done is decided by the other crates.

mod args;
mod failure;
mod folder;
pub mod reference;
mod schema;
mod scratch;
mod terminal;
mod verbs;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};
use serde_json::{Value, json};

use args::{Cli, Command, OutputFormat};
use failure::Failure;
use terminal::Terminal;

/// Parses the arguments, the first of which is the name of the program, does what they say, and says how it went.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    // It prints help, versions and mistakes by itself.
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    let mut terminal = Terminal::standard(&cli.common);
    let verb = cli.command.name();
    match run(&cli, &mut terminal) {
        Ok(Answer { mut object, code }) => {
            object["verb"] = json!(verb);
            object["exit_code"] = json!(code);
            object["error"] = Value::Null;
            terminal.json(&object);
            code.into()
        }
        Err(failure) => {
            terminal.error(failure.text());
            terminal.json(&json!({ "verb": verb, "exit_code": 1, "error": failure.json() }));
            ExitCode::FAILURE
        }
    }
}

/// What programs are told of what was done, and the exit code.
struct Answer {
    object: Value,
    code: u8,
}

impl Answer {
    fn done(object: Value) -> Self {
        Self { object, code: 0 }
    }
}

fn run(cli: &Cli, terminal: &mut Terminal) -> Result<Answer, Failure> {
    let dir = cli.common.dir.as_deref();
    let is_of_lint = matches!(cli.common.format, OutputFormat::Sarif | OutputFormat::Github);
    if is_of_lint && !matches!(cli.command, Command::Lint(_)) {
        return Err(Failure::new(
            "the formats `sarif` and `github` are for hazards",
            "they go with `migrate lint`; every verb has `--format json`",
        ));
    }
    match &cli.command {
        Command::Init => verbs::init(&folder::new(dir), terminal),
        Command::Create(create) => verbs::create(&folder::find(dir)?, create, terminal),
        Command::Lint(lint) => verbs::lint(&folder::find(dir)?, lint, cli.common.format, terminal),
        Command::Lock => verbs::lock(&folder::find(dir)?, terminal),
        Command::Renumber(renumber) => verbs::renumber(&folder::find(dir)?, renumber, terminal),
        Command::Verify(verify) => verbs::verify(&folder::find(dir)?, verify, terminal),
        Command::Completions(completions) => {
            Ok(verbs::completions(completions, &mut Cli::command(), terminal))
        }
        Command::Man(man) => verbs::man(man, Cli::command(), terminal),
    }
}
