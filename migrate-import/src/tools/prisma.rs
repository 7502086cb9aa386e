//! Prisma: a folder `<version>_<name>` a migration, with `migration.sql`, in the order of the folders' names. Its table has
//! the folder's name and the SHA-256 of the file. It has no downs.

use crate::checksums;
use crate::draft::{Draft, Drafts};
use crate::files::Input;
use crate::names;
use crate::note::Notes;
use crate::script::Script;

pub(super) fn gather(files: &[Input], notes: &mut Notes) -> Drafts {
    let mut migrations = Vec::new();
    for file in files {
        let (path, name) = names::split(&file.path);
        let folder = names::file_name(path);
        match name {
            "migration.sql" if !folder.is_empty() => {
                let (version, rest) = names::digits(folder);
                migrations.push(Draft {
                    keys: vec![folder.to_owned()],
                    version: version.to_owned(),
                    description: rest.trim_start_matches(['_', '-']).to_owned(),
                    up: Script::whole(&file.path, &file.text),
                    down: None,
                    checksums: vec![checksums::sha256(&file.text)],
                });
            }
            "migration_lock.toml" => {
                let what = "it names the kind of database, which is always PostgreSQL here: left out";
                notes.left_out(&file.path, what);
            }
            _ => {}
        }
    }
    migrations.sort_by(|a, b| a.keys.cmp(&b.keys));
    Drafts { migrations, repeatables: Vec::new() }
}
