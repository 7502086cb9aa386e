//! The files that are written beside a report: `--report` and `--metrics`.

use std::path::Path;

use migrate_source::Code;

use super::Pace;
use crate::cli::words::Words;
use crate::cli::{Terminal, Told};
use crate::fleet::FleetReport;

impl Pace {
    /// Whether the files have a folder to be in: to be asked before anything is done.
    ///
    /// # Errors
    ///
    /// A file has the path of a folder, or is to be in a folder that is not there.
    pub fn can_be_written(&self) -> Result<(), Told> {
        self.report.iter().chain(&self.metrics).try_for_each(|path| can_be_written(path))
    }

    /// Writes the files, for a set that was loaded from a folder. Returns what could not be written: one that cannot keeps
    /// nothing else from being told.
    #[must_use]
    pub fn write(&self, report: &FleetReport, terminal: &mut Terminal) -> Vec<Told> {
        self.write_in(Words::OfFolder, report, terminal)
    }

    pub(super) fn write_in(&self, words: Words, report: &FleetReport, terminal: &mut Terminal) -> Vec<Told> {
        let files = [
            self.report.as_deref().map(|path| (path, words.say(&report.to_html()))),
            self.metrics.as_deref().map(|path| (path, report.to_prometheus())),
        ];
        let written = files.into_iter().flatten().map(|(path, text)| write(path, &text, terminal));
        written.filter_map(Result::err).collect()
    }
}

fn can_be_written(path: &Path) -> Result<(), Told> {
    let failed = |text| Err(Told::new(Code::M0904, text));
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    match folder {
        _ if path.is_dir() => failed(format!("{} is a folder: name a file in it", path.display())),
        Some(folder) if !folder.is_dir() => {
            failed(format!("{} cannot be written: there is no folder {}", path.display(), folder.display()))
        }
        _ => Ok(()),
    }
}

fn write(path: &Path, text: &str, terminal: &mut Terminal) -> Result<(), Told> {
    let failed = |error| Told::new(Code::M0904, format!("{} cannot be written: {error}", path.display()));
    std::fs::write(path, text).map_err(failed)?;
    terminal.note(&format!("written: {}", path.display()));
    Ok(())
}
