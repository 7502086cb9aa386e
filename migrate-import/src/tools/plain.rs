//! No tool that is known: SQL files in the order of their paths, where numbers count as numbers. A folder with a
//! `manifest.json` that lists its files has those, in that order, and no others. Marks of sql-migrate (`-- +migrate Up`) and Atlas
//! (`-- atlas:txmode none`) are understood.

use crate::draft::{Draft, Drafts};
use crate::files::Input;
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

/// A `manifest.json`: the SQL files of its folder, in the order in which they are applied.
struct Manifest<'a> {
    path: &'a str,
    folder: &'a str,
    /// Their paths in the folder that is imported.
    listed: Vec<String>,
}

impl<'a> Manifest<'a> {
    /// `None`: it is no list of SQL files, which is an error where there are some.
    fn read(file: &'a Input, files: &[Input], notes: &mut Notes) -> Option<Self> {
        let (path, folder) = (&*file.path, names::split(&file.path).0);
        let Ok(value) = serde_json::from_str(&file.text) else {
            notes.error(
                path,
                "it is not JSON, so that it does not say which files are applied, and in which order",
            );
            return None;
        };
        let names = match list(&value) {
            Ok(names) => names,
            Err(_)
                if !files.iter().any(|file| file.path.ends_with(".sql") && is_below(folder, &file.path)) =>
            {
                notes.attention(path, None, "there is no SQL file in its folder: left out");
                return None;
            }
            Err(why) => {
                notes.error(path, why);
                return None;
            }
        };
        let in_folder = |name: &&str| {
            let name = name.strip_prefix("./").unwrap_or(*name);
            if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
        };
        let listed: Vec<String> = names.iter().map(in_folder).collect();
        for (at, listed_path) in listed.iter().enumerate() {
            if !files.iter().any(|file| file.path == *listed_path) {
                notes.error(path, format!("it names {}, which is not there", names[at]));
            }
            if listed[..at].contains(listed_path) {
                notes.error(path, format!("it names {} twice", names[at]));
            }
        }
        notes.left_out(path, "the order of the files is in their versions now: left out");
        Some(Self { path, folder, listed })
    }

    /// Whether a file is one of those that it lists or might: of its folder, and of those below it where it names some.
    fn is_about(&self, path: &str) -> bool {
        let names_some = || self.listed.iter().any(|listed| names::split(listed).0 != self.folder);
        names::split(path).0 == self.folder || (is_below(self.folder, path) && names_some())
    }

    fn place(&self, path: &str) -> Option<usize> {
        self.listed.iter().position(|listed| listed == path)
    }

    /// A down has its place beside its up.
    fn lists_up_of(&self, path: &str) -> bool {
        let Some((stem, Some(Direction::Down))) = names::ending(path) else { return false };
        ["sql", "up.sql"].iter().any(|ending| self.place(&format!("{stem}.{ending}")).is_some())
    }
}

/// The SQL files in the order in which they are applied.
fn ordered<'a>(files: &'a [Input], notes: &mut Notes) -> Vec<&'a Input> {
    let is_manifest = |file: &&Input| names::file_name(&file.path) == "manifest.json";
    let manifests = files.iter().filter(is_manifest);
    let manifests: Vec<Manifest<'_>> =
        manifests.filter_map(|file| Manifest::read(file, files, notes)).collect();
    let mut ordered: Vec<((&str, Option<usize>), &Input)> = Vec::new();
    for file in files.iter().filter(|file| file.path.ends_with(".sql")) {
        // The nearest one says more than one above it.
        let about = manifests.iter().filter(|manifest| manifest.is_about(&file.path));
        let manifest = about.max_by_key(|manifest| manifest.folder.len());
        let place = manifest.and_then(|manifest| manifest.place(&file.path));
        if let Some(Manifest { path, .. }) =
            manifest.filter(|one| place.is_none() && !one.lists_up_of(&file.path))
        {
            notes.attention(&file.path, None, format!("{path} does not list it: left out"));
            continue;
        }
        let folder = manifest.map_or(names::split(&file.path).0, |manifest| manifest.folder);
        ordered.push(((folder, place), file));
    }
    ordered.sort_by(|((one, place), a), ((other, other_place), b)| {
        let in_folder = || place.cmp(other_place).then_with(|| names::natural(&a.path, &b.path));
        if one == other { in_folder() } else { names::natural(&a.path, &b.path) }
    });
    ordered.into_iter().map(|(_, file)| file).collect()
}

/// Whether a file is in a folder, or in one below it.
fn is_below(folder: &str, path: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// The names of SQL files that a manifest lists: it is a list of them, or an object that has one. An empty list counts where
/// there is no other.
///
/// # Errors
///
/// Why it cannot be read so. A guess would apply other files, or in another order, than the project does.
fn list(manifest: &serde_json::Value) -> Result<Vec<&str>, &'static str> {
    const NONE: &str = "it is neither a list of the names of SQL files nor an object with one such list";
    let values: Vec<&serde_json::Value> = match manifest {
        serde_json::Value::Object(object) => {
            object.values().filter(|value| value.is_array() || value.is_object()).collect()
        }
        other => vec![other],
    };
    let with_sql: Vec<&serde_json::Value> =
        values.iter().copied().filter(|value| has_sql_file(value)).collect();
    let list = match (&with_sql[..], &values[..]) {
        ([list], _) => list,
        ([], values) if values.iter().all(|value| value.as_array().is_some_and(Vec::is_empty)) => {
            values.first().ok_or(NONE)?
        }
        ([], _) => return Err(NONE),
        _ => return Err("it names SQL files in several lists, and does not say which one comes first"),
    };
    let names = list.as_array().ok_or(NONE)?.iter().map(serde_json::Value::as_str);
    names.collect::<Option<Vec<_>>>().ok_or(NONE)
}

/// Whether one of the texts in it is the name of an SQL file.
fn has_sql_file(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::String(text) => text.ends_with(".sql"),
        serde_json::Value::Array(values) => values.iter().any(has_sql_file),
        serde_json::Value::Object(object) => object.values().any(has_sql_file),
        _ => false,
    }
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
