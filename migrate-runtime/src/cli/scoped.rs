//! Options that several verbs share: each verb takes those that mean something to it, and all of them may stand before the verb,
//! where those that mean nothing to it are passed over.

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, Subcommand};

use super::{Color, Format, Migrate, Target, Verb};

/// Gives each verb its own copy of the shared options that it takes. The verb is named as it is typed: `fleet up`. A verb that
/// has verbs below it takes what one of them takes.
#[doc(hidden)]
#[must_use]
pub fn scoped(command: Command, options: &[&str], takes: &dyn Fn(&str, &str) -> bool) -> Command {
    let mut command = command;
    for option in options {
        command = command.mut_arg(option, |arg| arg.global(false));
    }
    let shared: Vec<Arg> =
        command.get_arguments().filter(|arg| options.contains(&arg.get_id().as_str())).cloned().collect();
    below(command, "", &shared, takes)
}

fn below(command: Command, path: &str, shared: &[Arg], takes: &dyn Fn(&str, &str) -> bool) -> Command {
    command.mut_subcommands(|verb| {
        let path = format!("{path} {}", verb.get_name());
        let path = path.trim_start();
        let lower: Vec<String> =
            verb.get_subcommands().map(|lower| format!("{path} {}", lower.get_name())).collect();
        let is_taken = |option: &str| {
            let is_of_lower = lower.iter().any(|lower| takes(lower, option));
            if lower.is_empty() { takes(path, option) } else { is_of_lower }
        };
        let own = shared.iter().filter(|arg| is_taken(arg.get_id().as_str())).cloned();
        let own: Vec<Arg> = own.collect();
        below(verb.args(own), path, shared, takes)
    })
}

/// The value of a shared option that was typed nearest to the verb.
#[doc(hidden)]
pub fn nearest<T: Clone + Send + Sync + 'static>(matches: &ArgMatches, option: &str) -> Option<T> {
    let below = matches.subcommand().and_then(|(_, below)| nearest(below, option));
    below.or_else(|| {
        // One that the verb does not take is not known there.
        let value = matches.try_get_one::<T>(option).ok().flatten()?;
        (matches.value_source(option) == Some(ValueSource::CommandLine)).then(|| value.clone())
    })
}

/// What is beside each verb.
const OPTIONS: [&str; 4] = ["database_url", "yes", "format", "color"];

impl Target {
    /// Takes over what was typed behind the verb.
    pub(super) fn take_nearest(&mut self, matches: &ArgMatches) {
        if let Some(url) = nearest::<String>(matches, "database_url") {
            self.database_url = Some(url);
        }
        self.yes = nearest::<bool>(matches, "yes").unwrap_or(self.yes);
        self.format = nearest::<Format>(matches, "format").unwrap_or(self.format);
        self.color = nearest::<Color>(matches, "color").unwrap_or(self.color);
    }
}

/// A command that has a verb and what is beside it.
pub(super) fn augmented<V: Subcommand>(command: Command, takes: &dyn Fn(&str, &str) -> bool) -> Command {
    let command = V::augment_subcommands(Target::augment_args(command));
    scoped(command.subcommand_required(true).arg_required_else_help(true), &OPTIONS, takes)
}

/// What was typed for such a command.
pub(super) fn parsed<V: FromArgMatches>(matches: &ArgMatches) -> Result<(Target, V), clap::Error> {
    let mut target = Target::from_arg_matches(matches)?;
    target.take_nearest(matches);
    // For whoever embeds this. clap would show it as an option that was typed.
    let of_environment = || std::env::var("DATABASE_URL").ok().filter(|url| !url.is_empty());
    target.database_url = target.database_url.or_else(of_environment);
    Ok((target, V::from_arg_matches(matches)?))
}

/// Whether a verb on a database takes one of these options.
fn takes(verb: &str, option: &str) -> bool {
    option != "yes" || Verb::WRITING.contains(&verb)
}

impl Args for Migrate {
    fn augment_args(command: Command) -> Command {
        augmented::<Verb>(command, &takes)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Migrate {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        parsed(matches).map(|(target, verb)| Self { target, verb })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(feature = "fleet")]
impl Args for super::fleet::Fleet {
    fn augment_args(command: Command) -> Command {
        let takes = |verb: &str, option: &str| option != "yes" || verb == "up";
        augmented::<super::fleet::FleetVerb>(command, &takes)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

#[cfg(feature = "fleet")]
impl FromArgMatches for super::fleet::Fleet {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        parsed(matches).map(|(target, verb)| Self { target, verb })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Service {
        #[command(subcommand)]
        command: Nested,
    }

    #[derive(clap::Subcommand)]
    enum Nested {
        /// Looks after the schema.
        Migrate(Migrate),
    }

    fn parse(line: &str) -> Result<Migrate, clap::Error> {
        let Nested::Migrate(migrate) = Service::try_parse_from(line.split(' '))?.command;
        Ok(migrate)
    }

    #[test]
    fn options_are_taken_before_and_behind_their_verbs() {
        use clap::CommandFactory as _;
        Service::command().debug_assert();
        for (line, url, yes, format) in [
            ("s migrate up", None, false, Format::Human),
            ("s migrate --database-url a --yes up --format json", Some("a"), true, Format::Json),
            ("s migrate up --database-url a -y", Some("a"), true, Format::Human),
            ("s migrate --database-url a up --database-url b", Some("b"), false, Format::Human),
            // Which means nothing to the verb.
            ("s migrate --yes status --format json", None, true, Format::Json),
        ] {
            let Target { database_url, yes: is_yes, format: is_format, .. } =
                parse(line).unwrap_or_else(|error| panic!("{line}: {error}")).target;
            assert_eq!((database_url.as_deref(), is_yes, is_format), (url, yes, format), "{line}");
        }
        for line in ["s migrate status --yes", "s migrate wait -y", "s migrate history --yes", "s migrate"] {
            assert!(parse(line).is_err(), "{line}");
        }
    }

    #[test]
    fn verbs_that_write_take_a_yes() {
        for verb in Verb::augment_subcommands(Command::new("s")).get_subcommands() {
            let name = verb.get_name();
            let arguments = if ["baseline", "skip"].contains(&name) { " 1" } else { "" };
            let parsed =
                parse(&format!("s migrate {name}{arguments}")).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(parsed.verb.writes(), Verb::WRITING.contains(&name), "{name}");
        }
    }
}
