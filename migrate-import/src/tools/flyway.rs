//! Flyway: `V<version>__<description>.sql`, in folders below too, `U…` for the way back, `R__….sql` for what runs whenever it
//! changes, and `….sql.conf` beside a file. Its table has the version and a CRC-32 of the lines.

use migrate_source::other_tool::version;

use crate::checksums;
use crate::draft::{Drafts, Repeatable};
use crate::files::Input;
use crate::names::{self, Direction};
use crate::note::Notes;
use crate::pairs::{self, Half};
use crate::placeholders;
use crate::script::Script;

pub(super) fn gather(files: &[Input], notes: &mut Notes) -> Drafts {
    let mut halves = Vec::new();
    let mut repeatables = Vec::new();
    for file in files {
        let name = names::file_name(&file.path);
        if name.ends_with(".java") || name.ends_with(".class") || name.ends_with(".kt") {
            let what = "a migration in Java cannot be converted: write its SQL into a file of the same name that ends with \
                        `.sql`, and import again; or let a migration of ours that says `-- migrate: function` do it";
            notes.attention(&file.path, None, what);
            continue;
        }
        let Some(stem) = name.strip_suffix(".sql") else { continue };
        let (version, description) = stem.split_once("__").unwrap_or((stem, ""));
        let prefix = version.chars().next();
        match prefix {
            Some('V' | 'U') if is_version(&version[1..]) => {
                let direction = if prefix == Some('V') { Direction::Up } else { Direction::Down };
                halves.push(Half {
                    version: version[1..].replace('_', "."),
                    description: description.to_owned(),
                    direction,
                    script: script(file, files, notes),
                    checksums: vec![checksums::flyway(&file.text)],
                });
            }
            Some('R') if version == "R" => {
                let description = description.to_owned();
                repeatables.push(Repeatable { description, script: script(file, files, notes) });
            }
            Some('B') if is_version(&version[1..]) => {
                let what = "a baseline, which stands for the migrations up to its version: left out, as those are here; if \
                            they no longer are, name it `V…` and import again";
                notes.attention(&file.path, None, what);
            }
            _ if name.starts_with("before") || name.starts_with("after") => {
                let what = "a callback: left out; a service has `Hooks` for that, in Rust";
                notes.attention(&file.path, None, what);
            }
            _ => {}
        }
    }
    halves.sort_by(|a, b| version::by_parts(&a.version, &b.version));
    repeatables.sort_by(|a, b| a.description.cmp(&b.description));
    Drafts { repeatables, ..pairs::join(halves, version::parts, notes) }
}

fn is_version(text: &str) -> bool {
    text.split(['.', '_']).all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}

fn script(file: &Input, files: &[Input], notes: &mut Notes) -> Script {
    let (folder, name) = names::split(&file.path);
    let conf = names::find(files, folder, &format!("{name}.conf"));
    let is_off = |conf: &Input, setting: &str| {
        let mut settings = conf.text.lines().filter_map(|line| line.split_once('='));
        settings.any(|(name, value)| name.trim() == setting && value.trim().eq_ignore_ascii_case("false"))
    };
    if !conf.is_some_and(|conf| is_off(conf, "placeholderReplacement")) {
        placeholders::tell(&file.path, &file.text, notes);
    }
    let no_transaction = conf.is_some_and(|conf| is_off(conf, "executeInTransaction"));
    if let Some(conf) = conf {
        let what = if no_transaction {
            "`executeInTransaction=false` became `-- migrate: no-transaction`"
        } else {
            "it says nothing that is needed: left out"
        };
        notes.changed(&conf.path, None, what);
    }
    Script::whole(&file.path, &file.text).no_transaction(no_transaction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        assert!(is_version("1.1_0") && !is_version("1..0") && !is_version(""));
    }
}
