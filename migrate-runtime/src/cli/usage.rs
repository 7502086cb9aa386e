//! A command line that cannot be understood: what is said of it, for people and for programs, and the exit code. No password that
//! was typed is repeated.

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{Command, Parser};
use migrate_source::Code;
use serde_json::json;

use super::{Exit, Format, Hidden, Terminal};

/// Parses the arguments of the process as [`clap::Parser::parse`] does: help and version end it with 0. A command line that
/// cannot be understood ends it with [`Exit::Usage`], 64, where clap alone would use 2, which a verb may use for something else.
pub fn parse<P: Parser>() -> P {
    let args: Vec<OsString> = std::env::args_os().collect();
    let error = match P::try_parse_from(&args) {
        Ok(parsed) => return parsed,
        Err(error) => error,
    };
    std::process::exit(report(&error, &args, &P::command(), &mut Terminal::standard()).code().into())
}

/// Prints what clap has to say instead of parsed arguments: help, the version or a mistake.
#[doc(hidden)]
pub fn report(error: &clap::Error, args: &[OsString], command: &Command, terminal: &mut Terminal) -> Exit {
    if error.exit_code() == 0 {
        // The terminal removes the colours where none are wanted.
        terminal.result(error.render().ansi().to_string().trim_end());
        return terminal.close(Exit::Done);
    }
    let mistake = Mistake::new(error, args, command);
    terminal.note(mistake.shown.trim_end());
    if mistake.wants_json {
        let Mistake { message, details, verb, next, .. } = mistake;
        terminal.set_format(Format::Json);
        let object = json!({
            "verb": verb, "database": null, "exit_code": Exit::Usage.code(),
            "error": { "code": Code::M0901.as_str(), "message": message, "details": details, "next": next },
        });
        terminal.answer(verb.as_deref().unwrap_or_default(), &object);
    }
    terminal.close(Exit::Usage)
}

/// What clap says.
struct Mistake {
    /// In colours, as clap prints it.
    shown: String,
    /// One line.
    message: String,
    /// All of it, without colours.
    details: String,
    /// The verb, where one was typed.
    verb: Option<String>,
    next: String,
    /// Whether a program reads the answer.
    wants_json: bool,
}

impl Mistake {
    fn new(error: &clap::Error, args: &[OsString], command: &Command) -> Self {
        let typed = || args.iter().skip(1).filter_map(|arg| arg.to_str()).take_while(|arg| *arg != "--");
        let follows = typed().zip(typed().skip(1)).any(|pair| pair == ("--format", "json"));
        let hidden = Hidden::of(args);
        // The help has no password in it, and shows how one is typed.
        let is_help = error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
        let masked = |text: String| if is_help { text } else { hidden.out_of(&text) };
        let with_code = if is_help { "error:".to_owned() } else { format!("error[{}]:", Code::M0901) };
        let text = masked(error.render().to_string());
        let details = text.trim().strip_prefix("error: ").unwrap_or(text.trim()).to_owned();
        // What it lists below is a part of it: `were not provided:`.
        let first: Vec<&str> = details.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
        let lines = if first.first().is_some_and(|line| line.ends_with(':')) { first.len() } else { 1 };
        let message = first.into_iter().take(lines).collect::<Vec<_>>().join(" ");
        let verb = verb(command, typed());
        let name = command.get_bin_name().unwrap_or(command.get_name());
        let next = match &verb {
            Some(verb) => format!("`{name} {verb} --help` lists its options"),
            None => format!("`{name} --help` lists the verbs"),
        };
        Self {
            // Where it is the help, there is none.
            shown: masked(error.render().ansi().to_string()).replacen("error:", &with_code, 1),
            message,
            details,
            verb,
            next,
            wants_json: follows || typed().any(|arg| arg == "--format=json"),
        }
    }
}

/// The verb that was typed, with those above it: `fleet up`.
fn verb<'a>(command: &Command, typed: impl Iterator<Item = &'a str>) -> Option<String> {
    let (mut command, mut path) = (command, Vec::new());
    for word in typed {
        if let Some(below) = command.find_subcommand(word) {
            (command, path) = (below, [path, vec![word]].concat());
        }
    }
    (!path.is_empty()).then(|| path.join(" "))
}
