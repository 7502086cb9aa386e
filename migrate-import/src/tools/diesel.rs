//! Diesel: a folder `<version>_<name>` a migration, with `up.sql`, mostly `down.sql`, and `metadata.toml` where it says
//! `run_in_transaction = false`. Its table has the version without its `-`, and no checksum.

use crate::draft::{Draft, Drafts};
use crate::files::Input;
use crate::names;
use crate::note::Notes;
use crate::script::Script;

pub(super) fn gather(files: &[Input], notes: &mut Notes) -> Drafts {
    let mut migrations: Vec<Draft> = Vec::new();
    for up in files {
        let (folder, file) = names::split(&up.path);
        if file != "up.sql" || folder.is_empty() {
            continue;
        }
        let (version, description) = folder_name(folder);
        let metadata = names::find(files, folder, "metadata.toml");
        let no_transaction = metadata.is_some_and(|metadata| !runs_in_transaction(metadata, notes));
        let script = |file: &Input| Script::whole(&file.path, &file.text).no_transaction(no_transaction);
        migrations.push(Draft {
            keys: vec![version.replace('-', "")],
            version: version.to_owned(),
            description: description.to_owned(),
            up: script(up),
            down: names::find(files, folder, "down.sql").map(script),
            checksums: Vec::new(),
        });
    }
    for file in files.iter().filter(|file| names::file_name(&file.path) == "down.sql") {
        let folder = names::split(&file.path).0;
        if names::find(files, folder, "up.sql").is_none() {
            notes.attention(&file.path, None, "a down without the `up.sql` beside it: it was left out");
        }
    }
    for file in files.iter().filter(|file| file.path.ends_with(".rs")) {
        let what = "a migration in Rust cannot be converted: write its SQL into `up.sql`, or let a migration of ours that \
                    says `-- migrate: function` call it";
        notes.attention(&file.path, None, what);
    }
    // As texts, without `-`: so does Diesel.
    migrations.sort_by(|a, b| a.keys.cmp(&b.keys));
    Drafts { migrations, repeatables: Vec::new() }
}

fn folder_name(folder: &str) -> (&str, &str) {
    let name = names::file_name(folder);
    name.split_once('_').unwrap_or((name, ""))
}

fn runs_in_transaction(metadata: &Input, notes: &mut Notes) -> bool {
    let table: Result<toml::Table, _> = metadata.text.parse();
    match table {
        Ok(table) => {
            let says_no = table.get("run_in_transaction").and_then(toml::Value::as_bool) == Some(false);
            let became =
                if says_no { "became `-- migrate: no-transaction`" } else { "says nothing that is needed" };
            notes.changed(&metadata.path, None, became);
            !says_no
        }
        Err(error) => {
            let what = format!("it cannot be read, and was taken as empty: {}", error.message());
            notes.attention(&metadata.path, None, what);
            true
        }
    }
}
