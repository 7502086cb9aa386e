//! `import`: the folder of another tool's migrations, converted into one of ours.

use std::path::Path;

use migrate_import::{Note, NoteKind};
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
        let help = if error.is_not_empty() {
            format!("run `migrate import --from {tool} {source} --dir {}-new`", shown(folder))
        } else if error.code() == Code::M0938 {
            format!("correct {source}, and import it again; nothing was written")
        } else {
            format!("name the folder of {tool}: `migrate import --from {tool} PATH`")
        };
        Failure::new(error.code(), error, help)
    };
    let reading = migrate_import::read(&import.path).map_err(failed)?;
    let check = |name: &str, text: String| migrate_check::check_script(name, text);
    let conversion = migrate_import::convert_checked(import.from, &reading.files, &check);
    let notes: Vec<&Note> = reading.notes.iter().chain(&conversion.notes).collect();
    // They say why, where nothing can be written. What is an error is told as one.
    for note in notes.iter().filter(|note| note.kind != NoteKind::Error) {
        terminal.note(&note.to_string());
    }
    migrate_import::write(&conversion, folder).map_err(failed)?;
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

fn kind(kind: NoteKind) -> &'static str {
    match kind {
        NoteKind::Error => "error",
        NoteKind::Attention => "attention",
        NoteKind::LeftOut => "left out",
        _ => "changed",
    }
}
