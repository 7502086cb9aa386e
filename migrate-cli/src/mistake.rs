//! A command line that cannot be understood: what is said of it, for people and for programs.

use std::ffi::OsString;

use clap::CommandFactory as _;
use clap::error::ErrorKind;
use migrate_runtime::cli::Hidden;
use migrate_source::Code;

use crate::args::Cli;

/// What clap says, without a password that was typed.
pub(crate) struct Mistake {
    /// In colours, as clap prints it.
    pub(crate) shown: String,
    /// One line.
    pub(crate) message: String,
    /// All of it, without colours.
    pub(crate) details: String,
    /// The verb, where one was typed: `up`, `fleet up`.
    pub(crate) verb: Option<String>,
    /// Whether a program reads the answer.
    pub(crate) wants_json: bool,
}

impl Mistake {
    pub(crate) fn new(error: &clap::Error, args: &[OsString]) -> Self {
        let typed = || args.iter().skip(1).filter_map(|arg| arg.to_str()).take_while(|arg| *arg != "--");
        let command = Cli::command();
        let is_verb = |arg: &&str| command.get_subcommands().any(|verb| verb.get_name() == *arg);
        let verb = typed().find(is_verb).map(|verb| match (verb, command.find_subcommand(verb)) {
            ("fleet", Some(fleet)) => {
                let below = typed()
                    .skip_while(|arg| *arg != verb)
                    .skip(1)
                    .find(|arg| fleet.get_subcommands().any(|verb| verb.get_name() == *arg));
                below.map_or_else(|| verb.to_owned(), |below| format!("{verb} {below}"))
            }
            _ => verb.to_owned(),
        });
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
        Self {
            // Where it is the help, there is none.
            shown: masked(error.render().ansi().to_string()).replacen("error:", &with_code, 1),
            message,
            verb,
            wants_json: follows || typed().any(|arg| arg == "--format=json"),
            details,
        }
    }

    /// What to do next.
    pub(crate) fn next(&self) -> String {
        match &self.verb {
            Some(verb) => format!("`migrate help {verb}` says what it takes"),
            None => "`migrate help` lists the verbs".to_owned(),
        }
    }
}
