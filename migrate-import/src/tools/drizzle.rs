//! Drizzle: `<tag>.sql`, in the order of `meta/_journal.json`; newer ones have a folder `<tag>` a migration, with
//! `migration.sql`, in the order of the folders' names. `--> statement-breakpoint` stands between statements. Its table has
//! the journal's time and the SHA-256 of the file. It has no downs.

use crate::checksums;
use crate::dates;
use crate::draft::{Draft, Drafts};
use crate::files::Input;
use crate::names;
use crate::note::Notes;
use crate::script::{Script, numbered};
use migrate_source::outline;

const BREAKPOINT: &str = "--> statement-breakpoint";

pub(super) fn gather(files: &[Input], notes: &mut Notes) -> Drafts {
    let journal = files.iter().find(|file| names::file_name(&file.path) == "_journal.json");
    let migrations = match journal {
        Some(journal) => of_journal(journal, files, notes),
        None => of_folders(files, notes),
    };
    for file in files {
        let name = names::file_name(&file.path);
        if name.ends_with("snapshot.json") {
            notes.left_out(
                &file.path,
                "a picture of the schema, which only Drizzle's generator needs: left out",
            );
        } else if name.ends_with(".sql") && !migrations.iter().any(|draft| draft.up.from == file.path) {
            let what = "the journal has no entry for it, so that Drizzle does not apply it: left out";
            notes.attention(&file.path, None, what);
        }
    }
    Drafts { migrations, repeatables: Vec::new() }
}

fn of_journal(journal: &Input, files: &[Input], notes: &mut Notes) -> Vec<Draft> {
    notes.left_out(&journal.path, "the order of the migrations is in their versions now: left out");
    let Some(entries) = entries(&journal.text) else {
        let what = "its `entries`, each with `tag` and `when`, cannot be read: restore it and import again";
        notes.attention(&journal.path, None, what);
        return Vec::new();
    };
    let root = names::split(names::split(&journal.path).0).0;
    let mut migrations = Vec::new();
    for (tag, when) in entries {
        let Some(file) = names::find(files, root, &format!("{tag}.sql")) else {
            let what = format!("it names {tag}.sql, which is not there: restore it and import again");
            notes.attention(&journal.path, None, what);
            continue;
        };
        migrations.push(draft(file, &tag, when, notes));
    }
    migrations
}

/// Tag and time of each migration.
fn entries(journal: &str) -> Option<Vec<(String, i64)>> {
    let journal: serde_json::Value = serde_json::from_str(journal).ok()?;
    let entry = |entry: &serde_json::Value| {
        Some((entry.get("tag")?.as_str()?.to_owned(), entry.get("when")?.as_i64()?))
    };
    journal.get("entries")?.as_array()?.iter().map(entry).collect()
}

fn of_folders(files: &[Input], notes: &mut Notes) -> Vec<Draft> {
    let mut migrations = Vec::new();
    for file in files.iter().filter(|file| names::file_name(&file.path) == "migration.sql") {
        let tag = names::file_name(names::split(&file.path).0);
        // The time is that of the folder's name.
        let when = names::digits(tag).0.parse().ok().and_then(dates::seconds).unwrap_or_default() * 1000;
        migrations.push(draft(file, tag, when, notes));
    }
    migrations
}

fn draft(file: &Input, tag: &str, when: i64, notes: &mut Notes) -> Draft {
    let (version, rest) = names::digits(tag);
    Draft {
        keys: vec![when.to_string()],
        version: version.to_owned(),
        description: rest.trim_start_matches('_').to_owned(),
        up: script(file, notes),
        down: None,
        checksums: vec![checksums::sha256(&file.text)],
    }
}

/// The text without its breakpoints. Drizzle sends each piece by itself, so that one may lack its semicolon.
fn script(file: &Input, notes: &mut Notes) -> Script {
    let mut script = Script::empty(&file.path);
    let mut piece = 0;
    for (number, line) in numbered(&file.text) {
        let Some((before, after)) = line.split_once(BREAKPOINT) else {
            script.push(number, line);
            continue;
        };
        if !before.trim().is_empty() {
            script.push(number, &format!("{}\n", before.trim_end()));
        }
        let is_open = outline(&script.text()[piece..]).last().is_some_and(|last| last.end.is_none());
        if is_open {
            script.push(number, ";\n");
            notes.changed(&file.path, Some(number), "the statement had no semicolon: one was added");
        }
        piece = script.text().len();
        if !after.trim().is_empty() {
            script.push(number, after);
        }
    }
    script
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breakpoints() {
        let text = "select 1;--> statement-breakpoint\nselect 2 -- two\n--> statement-breakpoint\nselect 3;";
        let mut notes = Notes::default();
        let script = script(&Input { path: "a".to_owned(), text: text.to_owned() }, &mut notes);
        assert_eq!(script.text(), "select 1;\nselect 2 -- two\n;\nselect 3;");
        assert_eq!(script.original(4), Some(4));
        assert_eq!(notes.sorted()[0].line, Some(3));
    }
}
