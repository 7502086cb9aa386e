//! `SeaORM`: `m<date>_<number>_<name>.rs`, which is Rust. Only SQL files that are named the same can be converted. Its table
//! has the name of the file, and no checksum.

use crate::draft::Drafts;
use crate::files::Input;
use crate::names::{self, Direction};
use crate::note::Notes;
use crate::pairs::{self, Half};
use crate::script::Script;

pub(super) fn gather(files: &[Input], notes: &mut Notes) -> Drafts {
    let mut halves: Vec<Half> = Vec::new();
    for file in files {
        let name = names::file_name(&file.path);
        if let Some((stem, direction)) = names::ending(name) {
            let version = version(stem);
            halves.extend(version.map(|version| Half {
                version: stem.to_owned(),
                description: stem[version.len() + 1..].trim_start_matches('_').to_owned(),
                direction: direction.unwrap_or(Direction::Up),
                script: Script::whole(&file.path, &file.text),
                checksums: Vec::new(),
            }));
        } else if let Some(stem) = name.strip_suffix(".rs").filter(|stem| version(stem).is_some()) {
            let has_sql = |other: &Input| {
                names::ending(names::file_name(&other.path)).is_some_and(|(other, _)| other == stem)
            };
            if files.iter().any(has_sql) {
                notes.left_out(&file.path, "the SQL file of the same name was converted");
                continue;
            }
            let what = format!(
                "it is Rust and cannot be converted: run it on an empty database with `log_statement = 'all'`, put the SQL \
                 that the server's log then has into `{stem}.sql` beside it, and import again; or begin with a dump of the \
                 schema (`pg_dump --schema-only`) as the first migration"
            );
            notes.attention(&file.path, None, what);
        }
    }
    halves.sort_by(|a, b| a.version.cmp(&b.version));
    let mut drafts = pairs::join(halves, str::to_owned, notes);
    for draft in &mut drafts.migrations {
        draft.version = version(&draft.version).unwrap_or_default().to_owned();
    }
    drafts
}

/// `20220101_000001` of `m20220101_000001_create_table`.
fn version(stem: &str) -> Option<&str> {
    let rest = stem.strip_prefix('m')?;
    let (date, behind) = names::digits(rest);
    let number = names::digits(behind.strip_prefix('_')?).0;
    let is_one = date.len() == 8 && number.len() == 6;
    is_one.then(|| &rest[..15])
}
