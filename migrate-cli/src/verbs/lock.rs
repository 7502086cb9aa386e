//! `lock`: seals the drafts of a folder.

use std::path::Path;

use migrate_runtime::cli::Terminal;
use serde_json::json;

use super::shown;
use crate::Answer;
use crate::failure::{Failure, count};
use crate::say;

pub(crate) fn lock(folder: &Path, terminal: &mut Terminal) -> Result<Answer, Failure> {
    let ledger = folder.join(migrate_source::LOCK_FILE);
    let is_first = !ledger.exists();
    let sealed = migrate_check::seal(folder)?;
    for file in &sealed.added {
        say::done(terminal, &format!("sealed {file}"));
    }
    let mut wrote = Vec::new();
    if sealed.added.is_empty() {
        terminal.result("nothing to seal: every migration is in migrate.lock");
    } else {
        wrote.push(shown(&ledger));
        say::done(terminal, &format!("added {} to {}", count(sealed.added.len(), "line"), shown(&ledger)));
    }
    if is_first && !sealed.added.is_empty() {
        say::next(
            terminal,
            "commit migrate.lock with the migrations; from now on a release build refuses drafts",
        );
    }
    Ok(Answer::done(json!({ "sealed": sealed.added, "wrote": wrote })))
}
