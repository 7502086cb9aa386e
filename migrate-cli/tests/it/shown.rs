//! The commands that the README and the book show: the command line takes them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use migrate_cli::reference::{mistake, page};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The README and each page of the book, with its text.
fn pages() -> Vec<(PathBuf, String)> {
    let mut folders = vec![Path::new(ROOT).join("docs/src")];
    let mut paths = vec![Path::new(ROOT).join("README.md")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "md") {
                paths.push(path);
            }
        }
    }
    paths.sort();
    let text = |path: PathBuf| (path.clone(), std::fs::read_to_string(path).unwrap());
    paths.into_iter().map(text).collect()
}

/// What is typed at a prompt in a block, each with the lines that go on.
fn typed(page: &str) -> Vec<String> {
    let blocks = page.split("```console\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let mut commands = Vec::new();
    for block in blocks {
        let block = block.replace("\\\n", " ");
        let mut lines = block.lines().map(str::trim).peekable();
        while let Some(line) = lines.next() {
            let Some(command) = line.strip_prefix("$ ") else { continue };
            let mut command = command.to_owned();
            // A quote that is open goes on in the next line.
            while shlex::split(&command).is_none() {
                command = format!("{command}\n{}", lines.next().unwrap());
            }
            commands.push(command);
        }
    }
    commands
}

#[test]
fn commands_at_a_prompt_are_taken() {
    let mut count = 0;
    for (path, page) in pages() {
        for command in typed(&page) {
            let words = shlex::split(&command).unwrap();
            let Some(at) = words.iter().position(|word| word == "migrate") else { continue };
            if at > 0 && words[at - 1] != "|" {
                // The command of a service.
                continue;
            }
            count += 1;
            assert_eq!(mistake(words[at..].to_vec()), None, "{}: {command}", path.display());
        }
    }
    assert!(count > 25, "only {count} commands were found");
}

#[test]
fn verbs_that_are_named_exist() {
    let reference = page();
    let is_heading = |line: &&str| line.starts_with("## ");
    let verbs: BTreeSet<&str> = reference.lines().filter(is_heading).map(|line| &line[3..]).collect();
    let mut count = 0;
    for (path, page) in pages() {
        for rest in page.split("`migrate ").skip(1) {
            let is_of_verb = |c: char| c.is_ascii_lowercase() || c == '-';
            let verb = rest.split(|c| !is_of_verb(c)).next().unwrap();
            count += 1;
            let is_one = verbs.contains(verb) || verb == "help";
            assert!(is_one, "{}: there is no `migrate {verb}`", path.display());
        }
    }
    assert!(count > 60, "only {count} were found");
}

#[test]
fn what_is_mistyped_is_found() {
    let args = |line: &str| shlex::split(line).unwrap();
    assert!(mistake(args("migrate up --rehearse")).is_none());
    assert!(mistake(args("migrate up --reherse")).is_some_and(|mistake| mistake.contains("--rehearse")));
    let page = "```console\n$ migrate a \\\n    b 'c\nd'\nout\n```\n";
    assert_eq!(typed(page), ["migrate a      b 'c\nd'"]);
}
