//! How the tests of the command line type a command: no process, but its arguments, its terminal and what it prints.

use std::io::{Cursor, Write};
use std::sync::{Arc, Mutex};

use clap::Parser as _;
use migrate_runtime::cli::{Exit, Migrate, Terminal};
use migrate_runtime::{MigrationSet, Runner};
use serde_json::Value;

use crate::support::Db;

/// What a command came to.
pub(crate) struct Played {
    pub(crate) exit: Exit,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// The command of a service that nests the verbs.
#[derive(clap::Parser)]
#[command(name = "service")]
struct Command {
    #[command(flatten)]
    migrate: Migrate,
}

/// A stream that is read afterwards.
#[derive(Clone, Default)]
pub(crate) struct Paper(Arc<Mutex<Vec<u8>>>);

impl Paper {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Types a line, with nobody at the terminal.
pub(crate) async fn play(db: &Db, set: &MigrationSet, line: &str) -> Played {
    play_as(db, Runner::new(set), line, None).await
}

/// Types a line, and then these answers.
pub(crate) async fn play_as(db: &Db, runner: Runner<'_>, line: &str, answers: Option<&str>) -> Played {
    let adjust = |terminal: Terminal| match answers {
        Some(answers) => terminal.answering(Cursor::new(answers.to_owned())),
        None => terminal,
    };
    play_at(&db.url, runner, line, &["*_production"], adjust).await
}

/// Types a line at a terminal. The names are those of production.
pub(crate) async fn play_at(
    url: &str,
    runner: Runner<'_>,
    line: &str,
    production: &[&str],
    adjust: impl FnOnce(Terminal) -> Terminal,
) -> Played {
    let words = ["service", "--database-url", url].into_iter().chain(line.split_whitespace());
    let mut migrate = Command::try_parse_from(words).unwrap_or_else(|error| panic!("{error}")).migrate;
    migrate.target.production = production.iter().map(|name| (*name).to_owned()).collect();
    let (out, err) = (Paper::default(), Paper::default());
    let mut terminal = adjust(Terminal::new(out.clone(), err.clone()));
    let exit = migrate_runtime::cli::run(&migrate.verb, &migrate.target, runner, &mut terminal).await;
    let played = Played { exit, out: out.text(), err: err.text() };
    let password = url
        .split_once("://")
        .and_then(|(_, rest)| rest.split_once('@')?.0.split_once(':'))
        .map(|(_, password)| password);
    for text in [&played.out, &played.err] {
        assert!(!password.is_some_and(|password| password.len() > 3 && text.contains(password)), "{text}");
    }
    if migrate.target.format == migrate_runtime::cli::Format::Json {
        played.value();
    }
    played
}

impl Played {
    /// The one JSON object on the standard output, of the shape that is documented.
    #[track_caller]
    pub(crate) fn value(&self) -> Value {
        let value: Value = serde_json::from_str(&self.out).unwrap_or_else(|error| {
            panic!("{error} in {:?}; standard error: {}", self.out, self.err);
        });
        crate::cli_schema::check(&value);
        assert_eq!(value["exit_code"], self.exit.code());
        value
    }

    /// The output without durations, which no test can know.
    pub(crate) fn out(&self) -> String {
        without_durations(&self.out)
    }

    pub(crate) fn err(&self) -> String {
        without_durations(&self.err)
    }
}

/// `12 ms` and `1.4 s` become `…`.
pub(crate) fn without_durations(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let words: Vec<&str> = line.split(' ').collect();
        let mut kept: Vec<&str> = Vec::new();
        for word in words {
            let unit = word.trim_end_matches([',', ':']);
            let follows_number = kept.last().is_some_and(|last| last.parse::<f64>().is_ok());
            if ["ms", "s"].contains(&unit) && follows_number {
                kept.pop();
                kept.push(match word.strip_prefix(unit) {
                    Some(",") => "…,",
                    Some(":") => "…:",
                    _ => "…",
                });
            } else {
                kept.push(word);
            }
        }
        kept.join(" ")
    });
    lines.collect::<Vec<_>>().join("\n")
}
