//! No tool that is known: SQL files in the order of their paths, where numbers count as numbers. A folder with a
//! `manifest.json` that lists its files has them in that order. Marks of sql-migrate (`-- +migrate Up`) and Atlas
//! (`-- atlas:txmode none`) are understood.

use crate::convert::Input;
use crate::draft::{Draft, Drafts};
use crate::names::{self, Direction};
use crate::note::Notes;
use crate::script::Script;
use crate::sections::{self, Mark};

pub(super) fn gather(files: &[Input], notes: &mut Notes) -> Drafts {
    let mut migrations: Vec<Draft> = Vec::new();
    let mut downs = Vec::new();
    for file in ordered(files, notes) {
        let Some((stem, direction)) = names::ending(&file.path) else { continue };
        let sections = sections::cut(&file.path, &file.text, mark, notes);
        let script = sections.up.unwrap_or_else(|| whole(file));
        if direction == Some(Direction::Down) {
            downs.push((stem, script));
            continue;
        }
        let (version, description) = parts(stem);
        migrations.push(Draft {
            keys: vec![stem.to_owned()],
            version,
            description,
            up: script,
            down: sections.down,
            checksums: Vec::new(),
        });
    }
    for (stem, down) in downs {
        match migrations.iter_mut().find(|draft| draft.keys[0] == stem && draft.down.is_none()) {
            Some(draft) => draft.down = Some(down),
            None => notes.attention(&down.from, None, "it is a down without its up: it was left out"),
        }
    }
    Drafts { migrations, repeatables: Vec::new() }
}

/// The SQL files in the order in which they are applied.
fn ordered<'a>(files: &'a [Input], notes: &mut Notes) -> Vec<&'a Input> {
    let mut files_in_order: Vec<&Input> = files.iter().collect();
    let mut manifests: Vec<(&str, Vec<String>)> = Vec::new();
    for manifest in files.iter().filter(|file| names::file_name(&file.path) == "manifest.json") {
        match listed(&manifest.text) {
            Some(names) => {
                let folder = names::split(&manifest.path).0;
                for name in names.iter().filter(|name| names::find(files, folder, name).is_none()) {
                    let what = format!("it names {name}, which is not there: restore it and import again");
                    notes.attention(&manifest.path, None, what);
                }
                manifests.push((folder, names));
                notes.left_out(&manifest.path, "the order of the files is in their versions now: left out");
            }
            None => notes.attention(&manifest.path, None, "it has no list of SQL files: left out"),
        }
    }
    let place = |file: &Input| {
        let (folder, name) = names::split(&file.path);
        let names = manifests.iter().find(|(of, _)| *of == folder).map(|(_, names)| names)?;
        names.iter().position(|listed| listed == name)
    };
    files_in_order.sort_by(|a, b| {
        let (one, other) = (names::split(&a.path).0, names::split(&b.path).0);
        let in_folder = || place(a).cmp(&place(b)).then_with(|| names::natural(&a.path, &b.path));
        if one == other { in_folder() } else { names::natural(&a.path, &b.path) }
    });
    files_in_order
}

/// The one list of a manifest in which all are names of SQL files.
fn listed(manifest: &str) -> Option<Vec<String>> {
    let manifest: serde_json::Value = serde_json::from_str(manifest).ok()?;
    let names = |value: &serde_json::Value| {
        let names: Option<Vec<String>> =
            value.as_array()?.iter().map(|name| Some(name.as_str()?.to_owned())).collect();
        names.filter(|names| names.iter().all(|name| name.ends_with(".sql")))
    };
    manifest.as_object()?.values().find_map(names)
}

fn whole(file: &Input) -> Script {
    let script = Script::whole(&file.path, &file.text);
    let is_mark = |line: &str| line.trim_end() == "-- atlas:txmode none";
    let is_marked = file.text.lines().any(is_mark);
    script.no_transaction(is_marked)
}

/// Version and description: of the file, or the version of its folder where the file has none.
fn parts(stem: &str) -> (String, String) {
    let (folder, name) = names::split(stem);
    let versioned = |name: &str| {
        let name = name.strip_prefix(['v', 'V']).unwrap_or(name).to_owned();
        let is_part = |c: char| c.is_ascii_digit() || c == '.';
        let end = name.find(|c| !is_part(c)).unwrap_or(name.len());
        (name[..end].trim_end_matches('.').to_owned(), name[end..].to_owned())
    };
    let (version, rest) = versioned(name);
    if version.is_empty() {
        return (versioned(names::file_name(folder)).0, name.to_owned());
    }
    (version, rest.trim_start_matches(['_', '-', '.', ' ']).to_owned())
}

fn mark(line: &str) -> Option<Mark> {
    let directive = line.trim().strip_prefix("--")?.trim_start().strip_prefix("+migrate")?;
    let words: Vec<String> = directive.split_whitespace().map(str::to_ascii_lowercase).collect();
    let no_transaction = words.iter().any(|word| word == "notransaction");
    Some(match words.first().map(String::as_str) {
        Some("up") => Mark::Up { no_transaction },
        Some("down") => Mark::Down { no_transaction },
        Some("statementbegin") => Mark::StatementBegin,
        Some("statementend") => Mark::StatementEnd,
        _ => Mark::Unknown,
    })
}
