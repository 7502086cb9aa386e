//! refinery: `V<version>__<name>.sql`, in folders below too, without downs. `U` in place of `V` is a migration that may come
//! late. Its table has the version and a hash (SipHash-1-3) of name, version and text.

use crate::checksums;
use crate::draft::Drafts;
use crate::files::Input;
use crate::names::{self, Direction};
use crate::note::Notes;
use crate::pairs::{self, Half};
use crate::script::Script;

pub(super) fn gather(files: &[Input], notes: &mut Notes) -> Drafts {
    let mut halves = Vec::new();
    for file in files {
        let Some((prefix, version, name)) = parse(names::file_name(&file.path)) else { continue };
        if !file.path.ends_with(".sql") {
            if file.path.ends_with(".rs") {
                let what = "a migration in Rust cannot be converted: put the SQL that it returns into a file of the same \
                            name that ends with `.sql`, and import again";
                notes.attention(&file.path, None, what);
            }
            continue;
        }
        if prefix == 'U' {
            let what = "a migration that may come late (`U`): from now on it has its place like any other";
            notes.changed(&file.path, None, what);
        }
        let number = version.parse().unwrap_or_default();
        halves.push(Half {
            version: version.to_owned(),
            description: name.to_owned(),
            direction: Direction::Up,
            script: Script::whole(&file.path, &file.text),
            checksums: checksums::refinery(name, number, &file.text),
        });
    }
    halves.sort_by(|a, b| names::by_number(&a.version, &b.version));
    pairs::join(halves, |version| names::number(version).to_owned(), notes)
}

/// `V`, the version, and the name as refinery cuts it: up to what is no letter, digit or underscore.
fn parse(file: &str) -> Option<(char, &str, &str)> {
    let prefix = file.chars().next().filter(|c| matches!(c, 'V' | 'U'))?;
    let (version, rest) = names::digits(&file[1..]);
    let rest = rest.strip_prefix("__")?;
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    let is_one = !version.is_empty() && end > 0 && rest[end..].starts_with('.');
    is_one.then_some((prefix, version, &rest[..end]))
}
