//! `import`: the folder of another tool's migrations, converted into one of ours.

use std::path::{Path, PathBuf};

use migrate_import::{Note, NoteKind, Tool};
use migrate_runtime::cli::Terminal;
use migrate_source::Code;
use serde_json::{Value, json};

use super::shown;
use crate::Answer;
use crate::args;
use crate::failure::{Failure, count};
use crate::folder;
use crate::say;

pub(crate) fn import(
    folder: &Path,
    import: &args::Import,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    let (tool, source) = (import.from, shown(&import.path));
    let failed = |error: migrate_import::FolderError| {
        let help = match () {
            () if error.is_not_empty() => {
                format!("run `migrate import --from {tool} {source} --dir {}`", shown(&new_beside(folder)))
            }
            () if error.code() == Code::M0938 => {
                format!("correct {source}, and import it again; nothing was written")
            }
            () if tool == Tool::Plain => {
                "name a folder with .sql files: `migrate import --from plain PATH`".to_owned()
            }
            () => format!("name the folder of {tool}: `migrate import --from {tool} PATH`"),
        };
        Failure::new(error.code(), error, help)
    };
    let not_written = |error: migrate_import::FolderError| {
        if !error.is_inaccessible() {
            return failed(error);
        }
        let help = format!(
            "make it a folder that you may write, or name another one: `migrate import --from {tool} {source} --dir PATH`"
        );
        Failure::new(error.code(), error, help)
    };
    if is_inside(folder, &import.path) {
        // The next import would take what this one has written for theirs.
        return Err(Failure::new(
            Code::M0932,
            format!("{} is inside {source}, which is imported", shown(folder)),
            "name a folder outside it: `--dir PATH`",
        ));
    }
    let reading = migrate_import::read(&import.path).map_err(failed)?;
    let check = |name: &str, text: String| migrate_check::check_script(name, text);
    let conversion = migrate_import::convert_checked(import.from, &reading.files, &check);
    let notes: Vec<&Note> = reading.notes.iter().chain(&conversion.notes).collect();
    // They say why, where nothing can be written. What is an error is told as one.
    for note in notes.iter().filter(|note| note.kind != NoteKind::Error) {
        terminal.note(&note.to_string());
    }
    migrate_import::write(&conversion, folder).map_err(not_written)?;
    say::wrote(terminal, &format!("{}: {}", shown(folder), count(conversion.files.len(), "file")));
    if let Some(table) = conversion.history_table {
        let settings = shown(&folder.join(migrate_source::SETTINGS_FILE));
        let why = conversion.why_history_table();
        say::wrote(terminal, &format!("{settings}: {why}, so the history goes to {table}"));
    }
    let attention = notes.iter().filter(|note| note.kind == NoteKind::Attention).count();
    if attention > 0 {
        terminal.result(&format!("{} for you to look at, above", count(attention, "note")));
    }
    let dir = if shown(folder) == folder::NAME { String::new() } else { format!(" --dir {}", shown(folder)) };
    let verify = format!("`migrate verify{dir}` tries the files on a scratch database");
    let recorded = match migrate_import::history_table(tool) {
        Some(_) => format!("`migrate adopt{dir}` records what {tool} has applied to a database"),
        None => format!("`migrate baseline VERSION{dir}` records what a database has already"),
    };
    say::next(terminal, &format!("{verify}; {recorded}"));
    let files = conversion.files.iter().map(|file| json!({ "name": file.name, "from": file.from }));
    let notes = notes.iter().map(
        |note| json!({ "path": note.path, "line": note.line, "kind": kind(note.kind), "what": note.what }),
    );
    Ok(Answer::done(json!({
        "folder": shown(folder),
        "files": files.collect::<Value>(),
        "notes": notes.collect::<Value>(),
    })))
}

/// `migrations-new` for `migrations`, however it is written.
fn new_beside(folder: &Path) -> PathBuf {
    match folder.file_name() {
        Some(name) => folder.with_file_name(format!("{}-new", name.to_string_lossy())),
        None => folder.join(format!("{}-new", folder::NAME)),
    }
}

/// Whether a folder, which need not be there, is below another one. It may be the other one.
fn is_inside(folder: &Path, other: &Path) -> bool {
    let Ok(other) = other.canonicalize() else { return false };
    let Ok(folder) = std::path::absolute(folder) else { return false };
    let there = folder.ancestors().find_map(|above| above.canonicalize().ok());
    there.is_some_and(|there| there.starts_with(&other) && (there != other || !folder.exists()))
}

fn kind(kind: NoteKind) -> &'static str {
    match kind {
        NoteKind::Error => "error",
        NoteKind::Attention => "attention",
        NoteKind::LeftOut => "left out",
        _ => "changed",
    }
}
