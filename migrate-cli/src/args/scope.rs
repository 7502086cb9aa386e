//! Which of the shared options each verb takes, and what was typed for them.

use std::path::PathBuf;

use clap::{ArgMatches, Command, CommandFactory as _, FromArgMatches as _};
use migrate_runtime::cli::{Color, nearest, scoped};

use super::{Cli, Command as Verb, Common, OutputFormat};

/// The shared options, each with the verbs that it means something to. `*`: all of them; `fleet *`: all of a fleet's.
const OPTIONS: [(&str, &[&str]); 6] = [
    (
        "dir",
        &[
            "init", "create", "lint", "lock", "renumber", "squash", "generate", "drift", "verify", "docs",
            "up", "down", "redo", "status", "plan", "baseline", "skip", "repair", "history", "probe",
            "fleet *", "reset", "import", "adopt",
        ],
    ),
    (
        "database_url",
        &[
            "renumber", "drift", "dump", "docs", "up", "down", "redo", "status", "plan", "baseline", "skip",
            "repair", "history", "wait", "probe", "fleet *", "reset", "adopt",
        ],
    ),
    (
        "history_table",
        &[
            "renumber", "squash", "drift", "dump", "verify", "docs", "up", "down", "redo", "status", "plan",
            "baseline", "skip", "repair", "history", "fleet *", "reset", "adopt",
        ],
    ),
    ("yes", &["renumber", "up", "down", "redo", "baseline", "skip", "repair", "fleet up", "reset", "adopt"]),
    ("format", &["*"]),
    ("color", &["*"]),
];

/// Those of `fleet`. The master's migrations are no tenant's, whose schemas `verify` compares.
const OF_FLEET: [(&str, &[&str]); 2] =
    [("tenants", &["up", "status", "plan", "verify"]), ("master", &["up", "status", "plan"])];

/// The command line: each verb with the options that mean something to it. All of them may stand before the verb.
pub(crate) fn command() -> Command {
    // Which keeps them in their order.
    let command = Cli::command().mut_subcommands(|verb| {
        if verb.get_name() != "fleet" {
            return verb;
        }
        scoped(verb, &OF_FLEET.map(|(option, _)| option), &|verb, option| is_taken(&OF_FLEET, verb, option))
    });
    let mut command =
        scoped(command, &OPTIONS.map(|(option, _)| option), &|verb, option| is_taken(&OPTIONS, verb, option));
    with_whole_usage(&mut command);
    command
}

fn is_taken(options: &[(&str, &[&str])], verb: &str, option: &str) -> bool {
    let verbs = options.iter().find(|(known, _)| *known == option).map_or(&[][..], |(_, verbs)| verbs);
    verbs.iter().any(|known| {
        let of_all = known.strip_suffix('*');
        *known == verb || of_all.is_some_and(|beginning| verb.starts_with(beginning))
    })
}

/// What is said of a mistake shows how the verb is called, and not which options were typed.
fn with_whole_usage(command: &mut Command) {
    let mut built = command.clone();
    built.build();
    whole_usage(command, &built);
}

fn whole_usage(command: &mut Command, built: &Command) {
    for verb in command.get_subcommands_mut() {
        let Some(built) = built.find_subcommand(verb.get_name()) else { continue };
        let usage = built.clone().render_usage().to_string();
        let usage = usage.trim_start_matches("Usage:").trim().to_owned();
        whole_usage(verb, built);
        *verb = std::mem::take(verb).override_usage(usage);
    }
}

/// What was typed.
///
/// # Errors
///
/// It cannot be understood; or it asks for help or the version.
pub(crate) fn parse(args: &[std::ffi::OsString]) -> Result<Cli, clap::Error> {
    let matches = command().try_get_matches_from(args)?;
    let mut cli = Cli::from_arg_matches(&matches)?;
    cli.common.take_nearest(&matches);
    if let Verb::Fleet(fleet) = &mut cli.command {
        fleet.tenants = nearest::<PathBuf>(&matches, "tenants").or(fleet.tenants.take());
        fleet.master = nearest::<PathBuf>(&matches, "master").or(fleet.master.take());
    }
    Ok(cli)
}

impl Common {
    /// Takes over what was typed behind the verb.
    fn take_nearest(&mut self, matches: &ArgMatches) {
        self.dir = nearest::<PathBuf>(matches, "dir").or(self.dir.take());
        self.database_url = nearest::<String>(matches, "database_url").or(self.database_url.take());
        self.history_table = nearest::<String>(matches, "history_table").or(self.history_table.take());
        self.yes = nearest::<bool>(matches, "yes").unwrap_or(self.yes);
        self.format = nearest::<OutputFormat>(matches, "format").unwrap_or(self.format);
        self.color = nearest::<Color>(matches, "color").unwrap_or(self.color);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verbs<'c>(command: &'c Command, above: &str, list: &mut Vec<(String, &'c Command)>) {
        for verb in command.get_subcommands().filter(|verb| verb.get_name() != "help") {
            let path = format!("{above} {}", verb.get_name()).trim_start().to_owned();
            verbs(verb, &path, list);
            list.push((path, verb));
        }
    }

    /// A verb that is named here and is not there would hide that another one has no options.
    #[test]
    fn table_names_verbs_that_there_are() {
        let command = command();
        command.clone().debug_assert();
        let mut list = Vec::new();
        verbs(&command, "", &mut list);
        let is_there = |known: &str| list.iter().any(|(path, _)| path == known);
        for (option, known) in OPTIONS {
            for verb in known.iter().filter(|verb| !verb.ends_with('*')) {
                assert!(is_there(verb), "{option}: {verb}");
            }
        }
    }

    #[test]
    fn each_verb_lists_the_options_that_it_takes_and_no_other() {
        let command = command();
        let mut list = Vec::new();
        verbs(&command, "", &mut list);
        assert!(list.len() > 30, "{}", list.len());
        for (path, verb) in list.iter().filter(|(path, _)| path != "fleet") {
            let listed = |option: &str| verb.get_arguments().any(|arg| arg.get_id() == option);
            for (option, _) in OPTIONS {
                assert_eq!(listed(option), is_taken(&OPTIONS, path, option), "{path}: {option}");
            }
            // What was typed does not change how the verb is called.
            let usage = (*verb).clone().render_usage().to_string();
            assert!(usage.starts_with(&format!("Usage: migrate {path}")), "{usage}");
        }
    }

    #[test]
    fn shared_options_stand_before_or_behind_the_verb() {
        let typed = |line: &str| {
            let args: Vec<std::ffi::OsString> = line.split(' ').map(Into::into).collect();
            parse(&args)
        };
        let url = Some("postgres://h/d");
        for (line, url, dir) in [
            ("migrate --database-url postgres://h/d --dir a up", url, Some("a")),
            ("migrate up --database-url postgres://h/d --dir a", url, Some("a")),
            ("migrate --dir a up --dir b", None, Some("b")),
            ("migrate fleet --database-url postgres://h/d status --schemas x", url, None),
            ("migrate fleet status --schemas x --database-url postgres://h/d", url, None),
            // Which means nothing to the verb, and is passed over.
            ("migrate --database-url postgres://h/d create x", url, None),
        ] {
            let common = typed(line).unwrap_or_else(|error| panic!("{line}: {error}")).common;
            assert_eq!(
                (common.database_url.as_deref(), common.dir.as_deref()),
                (url, dir.map(std::path::Path::new))
            );
        }
        for line in [
            "migrate create x --database-url postgres://h/d",
            "migrate status --yes",
            "migrate wait --dir a",
            "migrate dump --dir a",
            "migrate explain --database-url postgres://h/d",
            "migrate fleet status --schemas x --yes",
            "migrate fleet verify --schemas x --master a",
        ] {
            assert!(typed(line).is_err(), "{line}");
        }
    }
}
