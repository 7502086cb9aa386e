//! `create`: the files of a new migration.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use migrate_runtime::cli::Terminal;
use migrate_source::{CreateError, Outline, Shape, VersionStyle};
use serde_json::json;

use super::shown;
use crate::Answer;
use crate::args;
use crate::failure::Failure;
use crate::say;

pub(crate) fn create(
    folder: &Path,
    create: &args::Create,
    finished: &[PathBuf],
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    let style = match create {
        _ if create.timestamp => Some(VersionStyle::Timestamp),
        _ if create.sequential => Some(VersionStyle::Sequence),
        _ => None,
    };
    let shape = match create {
        _ if create.repeatable => Some(Shape::Repeatable),
        _ if create.forward_only => Some(Shape::ForwardOnly),
        _ if create.with_down => Some(Shape::WithDown),
        _ => None,
    };
    let outline = Outline { name: &create.name, style, shape };
    let created = match migrate_source::create(folder, &outline, SystemTime::now()) {
        // It is the one that was cut.
        Err(CreateError::DescriptionTaken { stem, .. }) if is_among(&stem, finished) => {
            let wrote: Vec<String> = finished.iter().map(|file| shown(file)).collect();
            terminal.note(&format!(
                "nothing else was created: `{stem}` is the migration of this name, which the earlier run had begun"
            ));
            return Ok(Answer::done(json!({ "migration": stem, "wrote": wrote })));
        }
        created => created?,
    };
    for file in &created.files {
        say::wrote(terminal, &shown(file));
    }
    if let Some(later) = &created.behind {
        terminal.note(&format!("`{later}` is later than now: the version is a second behind it"));
    }
    if created.touched.is_none() {
        terminal.note(
            "cargo does not see a file that was added until something else changes: have a build script watch the \
             folder, `migrate_source::build::watch(\"migrations\");`, or let there be a migrate.toml",
        );
    }
    say::next(terminal, "write the SQL, see `migrate lint`, apply it with `migrate up`");
    Ok(Answer::done(json!({
        "migration": created.stem,
        "wrote": created.files.iter().map(|file| shown(file)).collect::<Vec<_>>(),
    })))
}

fn is_among(stem: &str, files: &[PathBuf]) -> bool {
    let is_of = |name: &str| name.strip_prefix(stem).is_some_and(|rest| rest.starts_with('.'));
    files.iter().filter_map(|file| file.file_name()?.to_str()).any(is_of)
}
