//! From a folder to a migration set: every rule about several files, and all faults at once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::applying::Applying;
use crate::check::{Candidate, Check, Seal, Settings};
use crate::checkpoint::{self, CheckpointFault};
use crate::config::{self, Config};
use crate::fault::{Fault, FaultKind, Faults};
use crate::folder::{self, Folder, SourceFile};
use crate::lock::{self, Ledger, LockFault};
use crate::name::{self, Direction, FileName, VersionStyle};
use crate::named_file::NamedFile;
use crate::other_tool::Origins;
use crate::set::MigrationSet;

/// A folder without faults: its set, and what its lock file says of the files.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Loaded {
    /// The migrations, which are the same with a lock file and without.
    pub set: MigrationSet,
    /// Whether the folder has a lock file.
    pub has_lock: bool,
    /// The files that the lock file does not seal, in the order of the folder. Without a lock file nothing is a draft,
    /// and a repeatable migration never is.
    pub drafts: Vec<String>,
    /// Names of production's databases and hosts, in which `*` stands for any characters: `production` in `migrate.toml`.
    /// `None`: the file does not say.
    pub production: Option<Vec<String>>,
    /// What `migrate.toml` says of how the migrations are applied.
    pub applying: Applying,
    /// The newest version that the lock file seals, 0 where there is none: what is above is a draft, or could be one.
    pub sealed: i64,
    /// The files that have no statement yet and are not sealed. They are not in the set.
    pub unfinished: Vec<String>,
    /// The files that are not in the set because they come behind a migration that is not finished.
    pub waiting: Vec<String>,
}

impl Loaded {
    /// What is to be said of the files that are not in the set, each in a line.
    pub fn warnings(&self) -> Vec<String> {
        let is_empty =
            |stem: &str| self.unfinished.iter().any(|file| name::stem(file) == stem && !file.ends_with(DOWN));
        let mut warnings = Vec::new();
        for file in &self.unfinished {
            let stem = name::stem(file);
            match file.ends_with(DOWN) {
                true if is_empty(stem) => {}
                true => warnings.push(format!("`{file}` has no statement yet: {stem} cannot be reverted")),
                false => warnings.push(format!("`{file}` has no statement yet: {stem} is left out")),
            }
        }
        let waiting: Vec<&str> =
            self.waiting.iter().filter(|file| !file.ends_with(DOWN)).map(|file| name::stem(file)).collect();
        if !waiting.is_empty() {
            let named = waiting.iter().take(3).copied().collect::<Vec<_>>().join(", ");
            let more = waiting.len().saturating_sub(3);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            warnings.push(format!("left out too, as they come after it: {named}{more}"));
        }
        warnings
    }
}

/// How the name of a down ends.
const DOWN: &str = ".down.sql";

/// Reads a folder of migrations and checks its names, their order, the lexical structure of the SQL, and that no file
/// was changed which its lock file seals.
///
/// # Errors
///
/// Every fault of the folder and its files, sorted by path and position.
pub fn load(folder: &Path) -> Result<MigrationSet, Faults> {
    load_and(folder, &())
}

/// The same, and what somebody else has to say of the scripts.
///
/// # Errors
///
/// Every fault of the folder and its files, sorted by path and position.
pub fn load_and(folder: &Path, check: &dyn Check) -> Result<MigrationSet, Faults> {
    let examined = examine(folder, check)?;
    examined.is_finished()?;
    Ok(examined.loaded(folder).set)
}

/// The same, and which files are drafts. `&()` is the check that has nothing to say.
///
/// A file without a statement that is not sealed is no fault here, so that a migration can be written step by step. It is left
/// out, and so are the migrations after it: see [`Loaded::unfinished`].
///
/// # Errors
///
/// Every other fault of the folder and its files, sorted by path and position.
pub fn load_with_drafts(folder: &Path, check: &dyn Check) -> Result<Loaded, Faults> {
    Ok(examine(folder, check)?.loaded(folder))
}

impl Examined {
    pub(crate) fn loaded(self, folder: &Path) -> Loaded {
        let Self { files, ledger, config } = self;
        let first_empty = files.iter().find(|file| file.is_unfinished() && file.is_versioned_up());
        let first_empty = first_empty.map_or(i64::MAX, |file| file.name.version);
        let is_behind = |file: &NamedFile| file.name.version > first_empty && !file.is_unfinished();
        // What runs again stands for the newest schema, which they would lead to.
        let is_cut_short = files.iter().any(|file| file.is_versioned_up() && is_behind(file));
        let waits = |file: &NamedFile| is_behind(file) || file.is_repeatable() && is_cut_short;
        let is_in_set = |file: &&NamedFile| file.name.version != first_empty && !waits(file);
        let scripts = files
            .iter()
            .filter(is_in_set)
            .filter_map(|file| Some((&*file.file, &*file.text, file.script.as_ref()?)));
        let set = MigrationSet::from_scripts(folder.display().to_string(), scripts);
        let named = |which: &dyn Fn(&NamedFile) -> bool| {
            files.iter().filter(|file| which(file)).map(|file| file.file.clone()).collect()
        };
        let sealed = files.iter().filter(|file| file.seal == Seal::Sealed).map(|file| file.name.version);
        let Config { production, applying, .. } = config;
        Loaded {
            set,
            has_lock: ledger.is_some(),
            drafts: named(&NamedFile::is_draft),
            production,
            applying,
            sealed: sealed.max().unwrap_or_default(),
            unfinished: named(&NamedFile::is_unfinished),
            waiting: named(&|file| waits(file) && !file.is_unfinished()),
        }
    }

    /// Whether each file has a statement, which is asked for where files are no longer to change.
    ///
    /// # Errors
    ///
    /// A fault for each that has none.
    pub(crate) fn is_finished(&self) -> Result<(), Faults> {
        Faults::check(self.files.iter().filter_map(|file| file.empty.clone()).collect())
    }
}

/// A folder without faults.
pub(crate) struct Examined {
    /// In the order of the set.
    pub(crate) files: Vec<NamedFile>,
    pub(crate) ledger: Option<Ledger>,
    pub(crate) config: Config,
}

/// Reads a folder and applies every rule to it.
///
/// # Errors
///
/// Every fault of the folder and its files, sorted by path and position.
pub(crate) fn examine(path: &Path, check: &dyn Check) -> Result<Examined, Faults> {
    examine_read(path, folder::read(path)?, check)
}

/// The same for what is read already, or is yet to be written.
///
/// # Errors
///
/// Those of [`examine`].
pub(crate) fn examine_read(path: &Path, read: Folder, check: &dyn Check) -> Result<Examined, Faults> {
    let mut faults = read.faults;
    let config_file = read.config;
    let mut config =
        config_file.as_ref().and_then(|file| parse_config(file, &mut faults)).unwrap_or_default();
    config.applying.import = read.import.as_ref().and_then(|file| file.text.clone());
    let ledger = read.lock.and_then(|file| Ledger::read(file, &mut faults));
    let origins = read.import.as_ref().and_then(|file| parse_import(file, &mut faults));
    let is_empty = read.files.is_empty() && faults.is_empty();
    let mut files: Vec<NamedFile> = read
        .files
        .into_iter()
        .filter_map(|file| NamedFile::new(file, ledger.as_ref(), check, &mut faults))
        .collect();
    files.sort_by(|a, b| a.order().cmp(&b.order()));
    if let Some(origins) = &origins {
        let imported: BTreeSet<&str> = origins.origins.iter().map(|origin| origin.stem.as_str()).collect();
        for file in &mut files {
            file.is_imported = imported.contains(file.stem());
        }
    }
    let versioned = &files[..files.partition_point(|file| !file.is_repeatable())];
    // A file that is not read, or whose name is wrong, would show up as a gap too, and as removed.
    let all_are_known = faults.iter().all(|fault| !fault.kind().is_of_name());
    if let Some(ledger) = &ledger {
        faults.extend(lock::judge(path, ledger, versioned, all_are_known));
    }
    check_styles(versioned, &mut faults);
    check_pairs(versioned, &config, &mut faults);
    faults.extend(checkpoint::judge(versioned));
    check_duplicates(versioned, &mut faults);
    if all_are_known && !faults.iter().any(is_gone) {
        check_gaps(versioned, &mut faults);
    }
    if is_empty {
        faults.push(Fault::of_file(path.to_owned(), FaultKind::NoMigrations));
    }
    faults.extend(files.iter().filter(|file| !file.is_unfinished()).filter_map(|file| file.empty.clone()));
    let candidates: Vec<Candidate<'_>> = files.iter().filter_map(NamedFile::candidate).collect();
    let no_file = path.join(config::SETTINGS_FILE);
    let settings = Settings {
        path: config_file.as_ref().map_or(&no_file, |file| &file.path),
        text: config_file.as_ref().and_then(|file| file.text.as_deref()).unwrap_or_default(),
        lints: &config.lints,
    };
    faults.extend(check.check(&candidates, settings));
    Faults::check(faults)?;
    Ok(Examined { files, ledger, config })
}

/// What `migrate.toml` of a folder says of how its migrations are applied, and of the names of production, whatever else is
/// wrong with the folder. `None`: there is no such file, or it has faults.
#[doc(hidden)]
pub fn settings(folder: &Path) -> Option<(Applying, Option<Vec<String>>)> {
    let config = config::parse(&std::fs::read_to_string(folder.join(config::SETTINGS_FILE)).ok()?).ok()?;
    Some((config.applying, config.production))
}

/// The migrations that files with these names are, by version and description. Those that are named otherwise are none.
#[doc(hidden)]
pub fn versions_of(files: &[String]) -> Vec<(i64, String)> {
    let names = files.iter().filter_map(|file| FileName::parse(file).ok());
    names.filter(|name| name.style.is_some()).map(|name| (name.version, name.description)).collect()
}

fn parse_config(file: &SourceFile, faults: &mut Vec<Fault>) -> Option<Config> {
    let text = file.text.as_deref()?;
    config::parse(text)
        .map_err(|found| {
            let in_text = |(at, kind)| Fault::in_text(file.path.clone(), text, at, kind);
            faults.extend(found.into_iter().map(in_text));
        })
        .ok()
}

/// What `migrate.import` says, where the folder has one.
pub(crate) fn parse_import(file: &SourceFile, faults: &mut Vec<Fault>) -> Option<Origins> {
    let text = file.text.as_deref()?;
    Origins::parse(text)
        .map_err(|error| {
            let before = text.split_inclusive('\n').take(error.line() - 1).map(str::len).sum();
            faults.push(Fault::in_text(
                file.path.clone(),
                text,
                before,
                FaultKind::Import(error.why().to_owned()),
            ));
        })
        .ok()
}

/// A number sorts before every timestamp, so a folder keeps to one style. Told once, for the first file of the rarer
/// style.
fn check_styles(files: &[NamedFile], faults: &mut Vec<Fault>) {
    let of = |style| files.iter().filter(move |file| file.name.style == Some(style));
    let (numbers, timestamps) = (of(VersionStyle::Sequence).count(), of(VersionStyle::Timestamp).count());
    let rarer = if numbers <= timestamps { VersionStyle::Sequence } else { VersionStyle::Timestamp };
    let here = of(rarer).next();
    let there = files.iter().find_map(|file| Some((file, file.name.style.filter(|style| *style != rarer)?)));
    if let (Some(here), Some((other, there))) = (here, there) {
        let kind = FaultKind::MixedStyles { here: rarer, there, other: other.file.clone() };
        faults.push(here.fault(kind));
    }
}

fn check_pairs(files: &[NamedFile], config: &Config, faults: &mut Vec<Fault>) {
    let mut pairs: BTreeMap<&str, Vec<&NamedFile>> = BTreeMap::new();
    for file in files {
        pairs.entry(file.stem()).or_default().push(file);
    }
    for (stem, pair) in pairs {
        let find = |direction| pair.iter().find(|file| file.name.direction == direction);
        let (forward, up, down) = (find(Direction::Forward), find(Direction::Up), find(Direction::Down));
        match (forward.or(up), up, down) {
            (_, None, Some(down)) => {
                let up = format!("{stem}.up.sql");
                let forward = forward.map(|file| file.file.clone());
                faults.push(down.fault(FaultKind::DownWithoutUp { up, forward }));
            }
            (Some(any_up), _, None) if config.require_down && !any_up.is_checkpoint() => {
                let down = format!("{stem}.down.sql");
                faults.push(any_up.fault(FaultKind::UpWithoutDown { down, forward: up.is_none() }));
            }
            _ => {}
        }
    }
}

fn check_duplicates(files: &[NamedFile], faults: &mut Vec<Fault>) {
    let mut versions: BTreeMap<(i64, bool), &NamedFile> = BTreeMap::new();
    let mut descriptions: BTreeMap<(&str, bool), &NamedFile> = BTreeMap::new();
    for file in files {
        let first = *versions.entry((file.name.version, file.is_down())).or_insert(file);
        if first.file != file.file {
            // What the ledger says of the one that must give way is more than what can be said without it.
            let kind = duplicate(file, first);
            let is_said = |fault: &Fault| {
                *fault.kind() == kind || explains_duplicate(fault, file) || explains_duplicate(fault, first)
            };
            if !faults.iter().any(is_said) {
                faults.push(file.fault(kind));
            }
            continue;
        }
        let first = *descriptions.entry((&file.name.description, file.is_down())).or_insert(file);
        // A down has its up's description: one fault for the pair is enough.
        if first.file != file.file && !file.is_down() {
            faults.push(file.fault(FaultKind::DuplicateDescription { other: first.file.clone() }));
        }
    }
}

/// The same for the downs of two migrations as for their ups: it is said once.
fn duplicate(file: &NamedFile, other: &NamedFile) -> FaultKind {
    let by_name = file.stem() == other.stem();
    let named = |file: &NamedFile| if by_name { file.file.clone() } else { file.stem().to_owned() };
    FaultKind::DuplicateVersion { one: named(file), other: named(other), version: file.name.version }
}

fn explains_duplicate(fault: &Fault, file: &NamedFile) -> bool {
    match fault.kind() {
        FaultKind::Lock(LockFault::DraftBesideSealed { .. })
        | FaultKind::Checkpoint(CheckpointFault::NotFirst { .. }) => fault.path() == file.path,
        FaultKind::Lock(LockFault::Renamed { to, .. }) => *to == file.file,
        FaultKind::Lock(LockFault::MergeMarker | LockFault::DuplicateVersion { .. }) => true,
        _ => false,
    }
}

fn is_gone(fault: &Fault) -> bool {
    matches!(fault.kind(), FaultKind::Lock(LockFault::Removed { .. } | LockFault::Renamed { .. }))
}

/// A sequence begins with 1, or with a checkpoint, and has no gap: what is missing was forgotten in a commit, or deleted.
fn check_gaps(files: &[NamedFile], faults: &mut Vec<Fault>) {
    let checkpoint = files.first().filter(|first| first.is_checkpoint());
    let mut previous = checkpoint.map_or(0, |checkpoint| checkpoint.name.version);
    for file in files.iter().filter(|file| file.name.style == Some(VersionStyle::Sequence)) {
        let found = file.name.version;
        // A down has the version of its up, and the files are in order.
        if found - previous > 1 {
            let width = file.stem().find('_').unwrap_or_default();
            let expected = format!("{:0width$}", previous + 1);
            faults.push(file.fault(FaultKind::Gap { expected, found }));
        }
        previous = found;
    }
}

/// Checks one script that is in no folder, under the name that it would have there.
///
/// # Errors
///
/// Every fault of the name and the script, sorted by position.
pub fn check_script(name: &str, text: String, check: &dyn Check) -> Result<(), Faults> {
    let mut faults = Vec::new();
    let source = SourceFile { name: name.to_owned(), path: PathBuf::from(name), text: Some(text) };
    let mut file = NamedFile::new(source, None, check, &mut faults);
    faults.extend(file.as_mut().and_then(|file| file.empty.take()));
    let candidates: Vec<_> = file.iter().filter_map(NamedFile::candidate).collect();
    faults.extend(check.check(&candidates, Settings::default()));
    Faults::check(faults)
}

#[cfg(all(test, unix))]
mod tests;
