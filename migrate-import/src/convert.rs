//! The conversion as one path: drafts in the tool's order, versions, names, finished scripts, and what became of each file.

use crate::description;
use crate::draft::{Draft, Drafts};
use crate::files::{Input, Output};
use crate::finish::{Check, Finish, strip};
use crate::history::{OURS_BESIDE, is_called_as_ours, named_history};
use crate::note::{Note, Notes};
use crate::numbering::{self, Numbering};
use crate::pairs;
use crate::script::Script;
use crate::tools;
use migrate_source::other_tool::{Origin, Origins, Tool};
use migrate_source::{Faults, check_script, outline};

/// What a folder was converted into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversion {
    /// The files, in the order in which they are applied, each down right behind its up, the repeatable ones last.
    pub files: Vec<Output>,
    /// What was changed, left out, or could not be converted, by path and line.
    pub notes: Vec<Note>,
    /// Which rows of the tool's history table stand for which of our versions.
    pub origins: Origins,
    /// Where the history goes, as `history-table` of `migrate.toml` has it: somewhere else than by default, because the
    /// tool's table or one of the scripts has that name.
    pub history_table: Option<&'static str>,
}

impl Conversion {
    /// Why the history goes somewhere else than by default, where it does.
    pub fn why_history_table(&self) -> String {
        let tool = self.origins.tool;
        if is_called_as_ours(tool) {
            format!("`schema_migrations` is the history table of {tool}")
        } else {
            "these migrations name a table `schema_migrations`".to_owned()
        }
    }
}

/// Converts the files of a folder, which may come in any order.
pub fn convert(tool: Tool, files: &[Input]) -> Conversion {
    convert_checked(tool, files, &|name, text| check_script(name, text, &()))
}

/// The same for who can judge more of a script than the lexical rules, such as its syntax: it is given the name and the
/// text of each file. What is at fault in an up is told; a down with a fault, which never worked, is left out.
pub fn convert_checked(
    tool: Tool,
    files: &[Input],
    check: &dyn Fn(&str, String) -> Result<(), Faults>,
) -> Conversion {
    let mut files: Vec<&Input> = files.iter().collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let files: Vec<Input> = files.into_iter().cloned().collect();
    let mut notes = Notes::default();
    let drafts = tools::gather(tool, &files, &mut notes);
    let versions: Vec<&str> = drafts.migrations.iter().map(|draft| draft.version.as_str()).collect();
    let numbering = numbering::assign(&versions);
    let (outputs, origins) = assemble(tool, drafts, &numbering, check, &mut notes);
    for file in &files {
        let is_output = outputs.iter().any(|output| output.from == file.path);
        if is_output && file.text.starts_with('\u{feff}') {
            notes.changed(&file.path, None, "its byte order mark was taken out");
        }
        let is_known = is_output || notes.names(&file.path);
        if !is_known {
            notes.left_out(&file.path, format!("{}: left out", not_one_of(tool)));
        }
    }
    let is_named = outputs.iter().any(|output| named_history(&output.text).is_some());
    let history_table = (is_called_as_ours(tool) || is_named).then_some(OURS_BESIDE);
    Conversion { files: outputs, notes: notes.sorted(), origins, history_table }
}

fn assemble(
    tool: Tool,
    drafts: Drafts,
    numbering: &Numbering,
    check: Check<'_>,
    notes: &mut Notes,
) -> (Vec<Output>, Origins) {
    let finish = Finish { tool, check };
    let mut outputs = Vec::new();
    let mut origins: Vec<Origin> = Vec::new();
    let wanted: Vec<String> =
        drafts.migrations.iter().map(|draft| description::of(&draft.description)).collect();
    let names = description::unique(&wanted);
    for ((draft, version), description) in drafts.migrations.into_iter().zip(&numbering.versions).zip(names) {
        let written = numbering.written(*version);
        tell_renamed(&draft, &written, &description, notes);
        let is_same = |origin: &&Origin| draft.keys.contains(&origin.key);
        if let Some(first) = origins.iter().find(is_same) {
            tell_same(tool, &draft, &first.from, notes);
        }
        let stem = format!("{written}_{description}");
        let Draft { keys, up, down, checksums, .. } = draft;
        let from = up.from.clone();
        let down = down.and_then(|down| finished_down(down, &stem, finish, notes));
        let ending = if down.is_some() { "up.sql" } else { "sql" };
        outputs.push(output(up, format!("{stem}.{ending}"), finish, notes));
        outputs.extend(down);
        let origin = |key| Origin {
            key,
            version: *version,
            stem: stem.clone(),
            checksums: checksums.clone(),
            from: from.clone(),
        };
        origins.extend(keys.into_iter().map(origin));
    }
    let wanted: Vec<String> =
        drafts.repeatables.iter().map(|repeatable| description::of(&repeatable.description)).collect();
    let mut before = String::new();
    for (repeatable, description) in drafts.repeatables.into_iter().zip(description::unique(&wanted)) {
        if description < before {
            let what = format!(
                "it ran after {before}, and comes before it now, as both are ordered by their descriptions: look whether \
                 it needs what that makes"
            );
            notes.attention(&repeatable.script.from, None, what);
        }
        before = before.max(description.clone());
        if description != repeatable.description {
            let what = format!("its description is `{description}` now");
            notes.changed(&repeatable.script.from, None, what);
        }
        outputs.push(output(repeatable.script, format!("R_{description}.sql"), finish, notes));
    }
    (outputs, Origins { tool, origins })
}

fn output(script: Script, name: String, finish: Finish<'_>, notes: &mut Notes) -> Output {
    let from = script.from.clone();
    Output { text: finish.script(script, &name, notes).0, name, from }
}

/// `None`: it has no statement; or something is at fault in it, so that it never worked, and the folder would not compile
/// with it.
fn finished_down(mut script: Script, stem: &str, finish: Finish<'_>, notes: &mut Notes) -> Option<Output> {
    let (from, line) = (script.from.clone(), script.original(1).filter(|line| *line > 1));
    strip(&mut script, notes);
    if outline(script.text()).is_empty() {
        notes.changed(&from, line, "its way back has no statement, so that it has no down");
        return None;
    }
    let name = format!("{stem}.down.sql");
    let (text, compiles) = finish.script(script, &name, notes);
    if !compiles {
        let what = format!(
            "the way back was left out for what is at fault in it: correct it, save it as {name}, and rename {stem}.sql \
             to {stem}.up.sql"
        );
        notes.attention(&from, line, what);
    }
    compiles.then_some(Output { name, text, from })
}

/// Why a file is in no migration, where nothing else is known of it.
fn not_one_of(tool: Tool) -> String {
    match tool {
        Tool::Plain => "not an SQL file".to_owned(),
        tool => format!("not a migration of {tool}, by its name"),
    }
}

/// Tells of two files that are one to the tool.
fn tell_same(tool: Tool, draft: &Draft, first: &str, notes: &mut Notes) {
    match tool {
        // It has no table in which they could be one.
        Tool::Plain => {}
        Tool::Goose | Tool::Dbmate => {
            notes.error(&draft.up.from, pairs::same_version(&draft.version, first));
        }
        _ => {
            let what = format!(
                "{tool} cannot tell it from {first}, which has the same version there: look which of them a database has \
                 before it is adopted"
            );
            notes.attention(&draft.up.from, None, what);
        }
    }
}

fn tell_renamed(draft: &Draft, written: &str, description: &str, notes: &mut Notes) {
    let short = |version: &str| version.trim_start_matches('0').to_owned();
    if short(&draft.version) != short(written) {
        let what = match draft.version.as_str() {
            "" => format!("it has no version and becomes {written}, by its place in the order"),
            theirs => format!("its version {theirs} becomes {written}"),
        };
        notes.changed(&draft.up.from, None, what);
    }
    if description != draft.description {
        let what = format!("its description `{}` becomes `{description}`", draft.description);
        notes.changed(&draft.up.from, None, what);
    }
}
