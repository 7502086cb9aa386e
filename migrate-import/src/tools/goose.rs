//! goose: `<version>_<name>.sql` with `-- +goose Up` and `-- +goose Down` in it. Its table has the version, and no checksum.

use crate::draft::{Draft, Drafts};
use crate::files::Input;
use crate::names;
use crate::note::Notes;
use crate::sections::{self, Mark};

pub(super) fn gather(files: &[Input], notes: &mut Notes) -> Drafts {
    let mut migrations = Vec::new();
    for file in files {
        let name = names::file_name(&file.path);
        let (version, rest) = names::digits(name);
        if version.is_empty() || !rest.starts_with('_') {
            continue;
        }
        if name.ends_with(".go") {
            let what = "a migration in Go cannot be converted: write its SQL into a file of the same name that ends with \
                        `.sql`, and import again; or let a migration of ours that says `-- migrate: function` do it";
            notes.attention(&file.path, None, what);
        }
        let Some(stem) = rest.strip_suffix(".sql") else { continue };
        let sections = sections::cut(&file.path, &file.text, mark, notes);
        let Some(up) = sections.up else {
            let what = "it has no `-- +goose Up`, without which goose refuses it: left out";
            notes.attention(&file.path, None, what);
            continue;
        };
        migrations.push(Draft {
            keys: vec![names::number(version).to_owned()],
            version: version.to_owned(),
            description: stem[1..].to_owned(),
            up,
            down: sections.down,
            checksums: Vec::new(),
        });
    }
    migrations.sort_by(|a, b| names::by_number(&a.version, &b.version));
    Drafts { migrations, repeatables: Vec::new() }
}

fn mark(line: &str) -> Option<Mark> {
    let directive = line.trim().strip_prefix("--")?.trim_start().strip_prefix("+goose")?;
    let words: Vec<String> = directive.split_whitespace().map(str::to_ascii_lowercase).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    Some(match words[..] {
        ["up"] => Mark::Up { no_transaction: false },
        ["down"] => Mark::Down { no_transaction: false },
        ["statementbegin"] => Mark::StatementBegin,
        ["statementend"] => Mark::StatementEnd,
        ["no", "transaction"] => Mark::NoTransaction,
        ["envsub", "on"] => Mark::Variables(true),
        ["envsub", "off"] => Mark::Variables(false),
        _ => Mark::Unknown,
    })
}
