//! Rails: `<version>_<name>.rb`, which is Ruby. Only `structure.sql`, the dump of the schema, can be converted: it becomes the
//! first migration, and stands for all that it lists. Its table has the versions, and no checksum.

use crate::draft::{Draft, Drafts};
use crate::files::Input;
use crate::names;
use crate::note::Notes;
use crate::script::Script;
use migrate_source::outline;

pub(super) fn gather(files: &[Input], notes: &mut Notes) -> Drafts {
    let structure = files.iter().find(|file| names::file_name(&file.path) == "structure.sql");
    for file in files {
        let name = names::file_name(&file.path);
        let (version, rest) = names::digits(name);
        let is_migration = !version.is_empty() && rest.starts_with('_') && rest.ends_with(".rb");
        if is_migration && structure.is_some() {
            notes.left_out(
                &file.path,
                "it is Ruby; the migration that was made of `structure.sql` stands for it",
            );
        } else if is_migration || name == "schema.rb" {
            let what = "it is Ruby and cannot be converted: set `config.active_record.schema_format = :sql`, run `rails \
                        db:schema:dump`, and import again with the `db/structure.sql` that it writes";
            notes.attention(&file.path, None, what);
        }
    }
    let migrations = structure.map(|structure| draft(structure, notes)).into_iter().collect();
    Drafts { migrations, repeatables: Vec::new() }
}

fn draft(structure: &Input, notes: &mut Notes) -> Draft {
    let mut script = Script::whole(&structure.path, &structure.text);
    let mut keys = Vec::new();
    let statements = outline(script.text());
    // From the last to the first, so that those before keep their places.
    for statement in statements.iter().rev() {
        let sql = &script.text()[statement.range.clone()];
        let Some(table) = table_of_rails(sql) else { continue };
        if table == "schema_migrations" && sql.to_ascii_lowercase().starts_with("insert") {
            keys.extend(quoted_numbers(sql));
        }
        let line = script.line_of(statement.range.start);
        let what = format!("the table `{table}` belongs to Rails: its statement was taken out");
        notes.changed(&structure.path, line, what);
        let end = statement.end.unwrap_or(statement.range.end);
        script.cut(statement.range.start..end);
    }
    keys.sort_by(|a, b| names::by_number(a, b));
    keys.dedup();
    if keys.is_empty() {
        let what = "it lists no version of a migration, so that no database can be adopted: dump it with `rails \
                    db:schema:dump` and import again";
        notes.attention(&structure.path, None, what);
    }
    Draft {
        version: keys.last().cloned().unwrap_or_default(),
        keys,
        description: "structure".to_owned(),
        up: script,
        down: None,
        checksums: Vec::new(),
    }
}

/// Which of the tables that Rails keeps for itself a statement creates, alters, fills or describes.
fn table_of_rails(sql: &str) -> Option<&'static str> {
    let head: String = sql.chars().take(200).filter(|c| *c != '"').collect();
    let words: Vec<&str> =
        head.split(|c: char| c.is_whitespace() || c == '(').filter(|word| !word.is_empty()).take(7).collect();
    let first = words.first()?.to_ascii_lowercase();
    if !matches!(first.as_str(), "create" | "alter" | "insert" | "comment") {
        return None;
    }
    let is_named = |table: &str| words.iter().any(|word| word.rsplit('.').next() == Some(table));
    ["schema_migrations", "ar_internal_metadata"].into_iter().find(|table| is_named(table))
}

fn quoted_numbers(sql: &str) -> Vec<String> {
    let is_number = |text: &&str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    sql.split('\'').filter(is_number).map(str::to_owned).collect()
}
