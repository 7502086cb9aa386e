//! `completions` and `man`: what a package of the command installs beside it.

use std::fs;
use std::io;
use std::path::Path;

use clap_mangen::Man;
use migrate_runtime::cli::Terminal;
use migrate_source::{Code, durable};
use serde_json::json;

use super::shown;
use crate::Answer;
use crate::args;
use crate::failure::Failure;
use crate::say;

pub(crate) fn completions(
    completions: &args::Completions,
    command: &mut clap::Command,
    terminal: &mut Terminal,
) -> Answer {
    let mut script = Vec::new();
    clap_complete::generate(completions.shell, command, "migrate", &mut script);
    let script = String::from_utf8_lossy(&script);
    terminal.verbatim(&script);
    Answer::done(json!({ "shell": completions.shell.to_string(), "text": script }))
}

pub(crate) fn man(
    man: &args::Man,
    mut command: clap::Command,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    command.build();
    let Some(folder) = &man.out else {
        let page = page(command).map_err(|error| failed(Path::new("the page"), &error))?;
        terminal.verbatim(&page);
        return Ok(Answer::done(json!({ "text": page })));
    };
    fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
    let verbs = command.get_subcommands().filter(|verb| verb.get_name() != "help").cloned();
    let pages: Vec<clap::Command> = std::iter::once(command.clone()).chain(verbs).collect();
    let mut wrote = Vec::new();
    for command in pages {
        let name = command.get_display_name().unwrap_or(command.get_name()).to_owned();
        let path = folder.join(format!("{name}.1"));
        page(command)
            .and_then(|page| durable::replace(&path, &page))
            .map_err(|error| failed(&path, &error))?;
        say::wrote(terminal, &shown(&path));
        wrote.push(shown(&path));
    }
    Ok(Answer::done(json!({ "wrote": wrote })))
}

fn page(command: clap::Command) -> io::Result<String> {
    let mut page = Vec::new();
    Man::new(command).render(&mut page)?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}

fn failed(path: &Path, error: &io::Error) -> Failure {
    Failure::new(
        Code::M0904,
        format!("{}: cannot be written: {error}", shown(path)),
        "allow it, or name another folder: `--out`",
    )
}
