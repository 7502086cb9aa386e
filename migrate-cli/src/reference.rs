//! The page `COMMANDS.md`: every verb with its options, as the command line has them; and whether it takes what is shown elsewhere.

use std::fmt::Write as _;

use clap::{Arg, Command};

const HEAD: &str = "# The `migrate` command

Made from the command line itself: `migrate help VERB` says the same.

";

const SHARED: &str = "Each verb names those that it takes. They may stand before the verb as well, where those that mean nothing to \
it are passed over: `migrate --database-url URL up`.";

/// The page.
pub fn page() -> String {
    let mut command = crate::args::command();
    command.build();
    let mut page = HEAD.to_owned();
    page.push_str("| Verb | What it does |\n|---|---|\n");
    let verbs: Vec<&Command> = command.get_subcommands().filter(|verb| verb.get_name() != "help").collect();
    for verb in &verbs {
        let name = verb.get_name();
        let _ = writeln!(page, "| [`{name}`](#{name}) | {} |", about(verb));
    }
    let shared: Vec<&Arg> = command.get_arguments().filter(|arg| !is_built_in(arg)).collect();
    let _ = write!(page, "\n## Shared options\n\n{SHARED}\n\n{}", options(&shared));
    let _ = write!(page, "\n```text\n{}\n```\n", crate::args::EXIT_CODES);
    let known: Vec<&str> = shared.iter().map(|arg| arg.get_id().as_str()).collect();
    for verb in verbs {
        section(&mut page, verb, "##", verb.get_name(), &known);
    }
    page
}

/// What the command line has against these arguments, of which the first is the command. `None`: it takes them.
pub fn mistake(args: impl IntoIterator<Item = String>) -> Option<String> {
    let mistake = crate::args::command().try_get_matches_from(args).err()?;
    (mistake.exit_code() != 0).then(|| mistake.to_string())
}

/// A verb, and those below it.
fn section(page: &mut String, verb: &Command, level: &str, name: &str, known: &[&str]) {
    let _ = write!(page, "\n{level} {name}\n\n{}\n", long_about(verb));
    let is_shared = |arg: &Arg| known.contains(&arg.get_id().as_str());
    let (shared, own): (Vec<&Arg>, Vec<&Arg>) =
        verb.get_arguments().filter(|arg| !is_built_in(arg)).partition(|arg| is_shared(arg));
    let _ = write!(page, "\n```text\n{}\n```\n", usage(verb));
    if !own.is_empty() {
        let _ = write!(page, "\n{}", options(&own));
    }
    let shared: Vec<String> =
        shared.iter().filter_map(|arg| Some(format!("`--{}`", arg.get_long()?))).collect();
    let _ = write!(page, "\nShared options: {}.\n", shared.join(", "));
    for below in verb.get_subcommands().filter(|below| below.get_name() != "help") {
        section(page, below, &format!("{level}#"), &format!("{name} {}", below.get_name()), known);
    }
}

/// Of every command, by clap.
fn is_built_in(arg: &Arg) -> bool {
    matches!(arg.get_id().as_str(), "help" | "version")
}

fn about(command: &Command) -> String {
    command.get_about().map(ToString::to_string).unwrap_or_default()
}

/// Whole sentences.
fn long_about(command: &Command) -> String {
    let text = command.get_long_about().or(command.get_about()).map(ToString::to_string).unwrap_or_default();
    let (first, rest) = text.split_once("\n\n").unwrap_or((&text, ""));
    let stop = if first.ends_with('.') { "" } else { "." };
    if rest.is_empty() { format!("{first}{stop}") } else { format!("{first}{stop}\n\n{rest}") }
}

fn usage(command: &Command) -> String {
    let usage = command.clone().render_usage().to_string();
    usage.trim_start_matches("Usage: ").to_owned()
}

fn options(args: &[&Arg]) -> String {
    let mut table = "| Option | |\n|---|---|\n".to_owned();
    for arg in args {
        let help = arg.get_long_help().or(arg.get_help()).map(ToString::to_string).unwrap_or_default();
        let values: Vec<String> = arg
            .get_possible_values()
            .iter()
            .filter(|value| arg.get_action().takes_values() && !value.is_hide_set())
            .map(|value| format!("`{}`", value.get_name()))
            .collect();
        let values = if values.is_empty() { String::new() } else { format!(": {}", values.join(", ")) };
        let text = help.replace("\n\n", ". ").replace('\n', " ").replace("  ", " ").replace('|', "\\|");
        let _ = writeln!(table, "| {} | {text}{values} |", name(arg));
    }
    table
}

fn name(arg: &Arg) -> String {
    let value = arg.get_value_names().and_then(<[_]>::first).map(ToString::to_string);
    let value = value.filter(|_| arg.get_action().takes_values());
    let long = match (arg.get_long(), value) {
        (Some(long), Some(value)) => format!("--{long} {value}"),
        (Some(long), None) => format!("--{long}"),
        (None, value) => value.unwrap_or_default(),
    };
    match arg.get_short() {
        Some(short) => format!("`-{short}`, `{long}`"),
        None => format!("`{long}`"),
    }
}
